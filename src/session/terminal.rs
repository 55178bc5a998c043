//! The terminal: what is typed, and what was answered at which step.
//!
//! A command that changes the cluster is a step, as any act is, and so is a request that is sent after the last one. One
//! that only reads, or fails, makes no step, nor does a request at an earlier step: its answer is as of then, and nothing
//! is dropped for it. Such a [`Reply`] belongs to the step at which it was given. A command that follows (`-w`) prints with the steps that come.

use super::act::{Done, Outcome, Past, Planned};
use super::{DocumentName, Session};
use crate::api::{Time, sort};
use crate::cluster::World;
use crate::kubectl::shell::{self, Pipe, Ran};
use crate::kubectl::{Again, Answer, Begun, Book, CommandCx, File, Files, Request};
use crate::sim::{StepNo, Timeline, Trace};
use std::rc::Rc;

/// Replies that are kept, at most.
const MOST: usize = 300;

/// Bytes of an answer that are kept, at most.
const LONGEST: usize = 400_000;

/// Exit code of a shell that does not understand.
const NOT_UNDERSTOOD: i32 = 2;

/// What is said where an object is to be edited.
const NO_EDITOR: &str = "edit: objects are not opened here. Change it in manifest.yaml or nodes.yaml and apply that, or use kubectl set, label, taint or patch.\n";

/// Exit code of a program that Ctrl+C ended.
const INTERRUPTED: i32 = 130;

/// A command that made no step, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The step that was shown.
    pub at: StepNo,
    /// What was typed.
    pub typed: Rc<str>,
    /// Standard output.
    pub out: Rc<str>,
    /// Standard error.
    pub err: Rc<str>,
    /// Exit code.
    pub code: i32,
    /// Whether it goes on with the steps that come.
    pub follows: Follows,
    /// Until when it waits for something, if it does.
    pub waits: Option<Time>,
    /// What it printed then.
    pub heard: Vec<Heard>,
}

/// What a command that follows printed with a later step.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The step.
    pub at: StepNo,
    /// What it printed.
    pub text: Rc<str>,
}

/// Whether a command goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Follows {
    /// It ended at once.
    No,
    /// It has seen the steps up to this one, and goes on: it prints what changes, or waits for something.
    On(Request, Time, StepNo),
    /// It ended with this step.
    Until(Request, Time, StepNo, i32),
}

/// A command of the transcript: with a step of its own, or without.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The step that it made, or at which it was given.
    pub step: StepNo,
    /// Whether it made that step.
    pub acted: bool,
    /// What was said.
    pub line: Rc<str>,
    /// Standard output.
    pub out: Rc<str>,
    /// Standard error.
    pub err: Rc<str>,
    /// Exit code.
    pub code: i32,
    /// What it printed with later steps.
    pub heard: Vec<Heard>,
    /// Whether it goes on, and until which step it did.
    pub follows: Follows,
}

impl Session {
    /// All that was said so far, by buttons too, in the order of the steps.
    pub fn transcript(&self) -> Vec<Exchange> {
        let acts = self.log.iter().filter_map(|entry| {
            let step = self.timeline.step(entry.after + 1)?;
            let Trace::Command(said) = &step.trace else { return None };
            Some(Exchange {
                step: entry.after + 1,
                acted: true,
                line: entry.request.line().as_str().into(),
                out: said.answer.out.as_str().into(),
                err: said.answer.err.as_str().into(),
                code: said.answer.code,
                heard: Vec::new(),
                follows: Follows::No,
            })
        });
        let replies = self.replies.iter().map(|reply| Exchange {
            step: reply.at,
            acted: false,
            line: Rc::clone(&reply.typed),
            out: Rc::clone(&reply.out),
            err: Rc::clone(&reply.err),
            code: reply.code,
            heard: reply.heard.clone(),
            follows: reply.follows.clone(),
        });
        let mut all: Vec<Exchange> = acts.chain(replies).collect();
        // Who reads at a step reads after what made it.
        sort::by_key(&mut all, |exchange| (exchange.step, !exchange.acted));
        all
    }

    /// Whether a command follows at the shown step.
    pub fn follows(&self) -> bool {
        let shown = self.timeline.shown();
        self.replies.iter().any(|reply| reply.at <= shown && matches!(reply.follows, Follows::On(..)))
    }

    /// Whether what is typed would change the cluster at the shown step.
    pub fn would_act(&self, text: &str) -> bool {
        let Ok(pipes) = shell::read(text) else { return false };
        pipes.iter().any(|pipe| self.ran(pipe).asked.is_some_and(|(_, answer)| answer.acts()))
    }

    /// Whether a command sends something over the network, with no recorded step to come.
    fn is_sent(&self, answer: &Answer) -> bool {
        answer.sent.is_some() && self.later_steps() == 0
    }

    /// Runs what was typed: commands that change the cluster as steps, others as replies.
    pub(super) fn enter(&mut self, text: &Rc<str>, past: Past) -> Outcome {
        let before = self.clone();
        if past == Past::Latest {
            self.travel(Session::latest);
        }
        let pipes = match shell::read(text) {
            Ok(pipes) => pipes,
            Err(error) => {
                let ran = Ran { err: format!("{}\n", error.message), code: NOT_UNDERSTOOD, ..Ran::default() };
                self.reply(Rc::clone(text), &ran);
                return Outcome::Done(Done::default());
            }
        };
        let (mut done, mut code) = (Done::default(), 0);
        for pipe in &pipes {
            if pipe.join == crate::kubectl::line::Join::IfOk && code != 0 {
                continue;
            }
            let ran = self.ran(pipe);
            if let Some(book) = ran.asked.as_ref().and_then(|(_, answer)| answer.wants) {
                *self = before;
                return Outcome::Wants(book, Rc::clone(text));
            }
            code = ran.code;
            match &ran.asked {
                Some((request, answer)) if answer.acts() || ran.is_plain && self.is_sent(answer) => {
                    let (shown, len) = (self.timeline.shown(), self.timeline.len());
                    let later = (shown < len).then_some((shown + 1, len));
                    if let (Some((from, to)), Past::Ask) = (later, past) {
                        *self = before;
                        return Outcome::WouldDrop { from, to };
                    }
                    if later.is_some()
                        && past == Past::Branch
                        && let refused @ Outcome::Refused(_) = self.fork()
                    {
                        return refused;
                    }
                    let planned = Planned::typed(request, answer.code, &self.documents);
                    let carried = self.carry_out(vec![planned]);
                    done.dropped = done.dropped.or(later.filter(|_| past != Past::Branch));
                    done.unfollowed.extend(carried.unfollowed);
                }
                _ => self.reply(pipe.text().into(), &ran),
            }
        }
        Outcome::Done(done)
    }

    /// A text that a command wanted is there, or cannot be had: the command is run.
    pub(super) fn learn(&mut self, book: Book, text: Option<&str>, typed: &Rc<str>) -> Outcome {
        let Some(text) = text else {
            let err =
                "this text could not be loaded: is there a connection to the page's server?\n".to_owned();
            self.reply(Rc::clone(typed), &Ran { err, code: 1, ..Ran::default() });
            return Outcome::Done(Done::default());
        };
        self.books.add(book, text);
        self.enter(typed, Past::Ask)
    }

    /// Ends the command that follows, the last if there are several.
    pub(super) fn interrupt(&mut self) -> Outcome {
        let shown = self.timeline.shown();
        let replies = Rc::make_mut(&mut self.replies);
        let open = |reply: &&mut Reply| reply.at <= shown && matches!(reply.follows, Follows::On(..));
        let Some(reply) = replies.iter_mut().rev().find(open) else { return Outcome::Unchanged };
        reply.heard.retain(|heard| heard.at <= shown);
        if let Follows::On(request, since, _) = reply.follows.clone() {
            reply.follows = Follows::Until(request, since, shown, INTERRUPTED);
        }
        Outcome::Done(Done::default())
    }

    /// Takes away what was read after the shown step: it is another story from here on.
    pub(super) fn forget_later_replies(&mut self) {
        let shown = self.timeline.shown();
        if self.replies.is_empty() {
            return;
        }
        let replies = Rc::make_mut(&mut self.replies);
        replies.retain(|reply| reply.at <= shown);
        for reply in replies {
            reply.heard.retain(|heard| heard.at <= shown);
            match reply.follows.clone() {
                Follows::On(request, since, to) => {
                    reply.follows = Follows::On(request, since, to.min(shown));
                }
                Follows::Until(request, since, to, _) if to > shown => {
                    reply.follows = Follows::On(request, since, shown);
                }
                _ => {}
            }
        }
    }

    /// Lets commands that follow see the steps that came.
    pub(super) fn listen(&mut self) {
        let len = self.timeline.len();
        let is_behind = |reply: &Reply| matches!(reply.follows, Follows::On(_, _, to) if to < len);
        if !self.replies.iter().any(is_behind) {
            return;
        }
        let replies = Rc::make_mut(&mut self.replies);
        let from = replies.iter().filter_map(|reply| match reply.follows {
            Follows::On(_, _, to) => Some(to),
            _ => None,
        });
        let from = from.min().unwrap_or(len);
        let mut timeline = Timeline::clone(&self.timeline);
        let begun: Vec<World> = replies
            .iter()
            .map(|reply| {
                let is_on = matches!(reply.follows, Follows::On(..)) && reply.waits.is_some();
                timeline.seek(if is_on { reply.at } else { from });
                timeline.world().clone()
            })
            .collect();
        timeline.seek(from);
        while timeline.shown() < len && timeline.forward() {
            for (reply, begun) in replies.iter_mut().zip(&begun) {
                reply.hear(&timeline, begun);
            }
        }
    }

    /// Runs the commands of a pipe at the shown step. Nothing is written.
    fn ran(&self, pipe: &Pipe) -> Ran {
        let files: Files = DocumentName::ALL
            .into_iter()
            .map(|name| (name.file().to_owned(), File::new(Rc::clone(&self.documents.get(name).text))))
            .collect();
        let mut history = Vec::new();
        if pipe.commands.iter().any(|command| command.words.first().is_some_and(|word| word == "history")) {
            let shown = self.timeline.shown();
            let said = self.transcript().into_iter().filter(|exchange| exchange.step <= shown);
            history.extend(said.map(|exchange| exchange.line.to_string()));
        }
        let (world, now) = (self.timeline.world(), self.timeline.now());
        pipe.run(&CommandCx { world, now, files: &files, books: &self.books }, &history)
    }

    fn reply(&mut self, typed: Rc<str>, ran: &Ran) {
        let at = self.timeline.shown();
        let asked = ran.asked.as_ref().filter(|_| ran.is_plain);
        let waits = asked.and_then(|(_, answer)| answer.waits).map(|waits| waits.until);
        // What is waited for when nothing more happens never comes.
        let waits = waits.filter(|_| self.timeline.can_advance() || at < self.timeline.len());
        let follows = match asked {
            Some((request, answer)) if answer.follows || waits.is_some() => {
                Follows::On(request.clone(), self.timeline.now(), at)
            }
            _ => Follows::No,
        };
        let is_opened = asked.is_some_and(|(_, answer)| answer.opened.is_some());
        let (out, err, code) = match waits {
            Some(_) => ("", "", 0),
            None if is_opened => ("", NO_EDITOR, 1),
            None => (ran.out.as_str(), ran.err.as_str(), ran.code),
        };
        let reply =
            Reply { at, typed, out: capped(out), err: capped(err), code, follows, waits, heard: Vec::new() };
        let replies = Rc::make_mut(&mut self.replies);
        let place = replies.partition_point(|other| other.at <= at);
        replies.insert(place, reply);
        if replies.len() > MOST {
            replies.remove(0);
        }
        self.listen();
    }

    /// Gives a stored command again that made no step.
    pub(super) fn ask_again(&mut self, typed: &Rc<str>) {
        match shell::read(typed).as_deref() {
            Ok([pipe]) => {
                let ran = self.ran(pipe);
                if ran.asked.as_ref().is_none_or(|(_, answer)| !answer.acts()) {
                    self.reply(Rc::clone(typed), &ran);
                }
            }
            Ok(_) => {}
            Err(_) => drop(self.enter(typed, Past::Here)),
        }
    }

    /// Ends what followed where Ctrl+C ended it.
    pub(super) fn end_again(&mut self, at: StepNo, typed: &Rc<str>, until: StepNo) {
        self.listen();
        let replies = Rc::make_mut(&mut self.replies);
        let Some(reply) = replies.iter_mut().find(|reply| reply.at == at && reply.typed == *typed) else {
            return;
        };
        if let Follows::On(request, since, _) | Follows::Until(request, since, ..) = reply.follows.clone() {
            reply.heard.retain(|heard| heard.at <= until);
            reply.follows = Follows::Until(request, since, until, INTERRUPTED);
        }
    }
}

impl Reply {
    fn hear(&mut self, timeline: &Timeline, begun: &World) {
        let at = timeline.shown();
        let Follows::On(request, since, to) = &self.follows else { return };
        let (Some(step), true) = (timeline.step(at), *to < at) else { return };
        let printed: String =
            std::iter::once(&*self.out).chain(self.heard.iter().map(|heard| &*heard.text)).collect();
        if let Some(until) = self.waits {
            let begun = Begun { world: begun, at: *since };
            let answer = request.run_since(timeline.world(), timeline.now(), &begun);
            let goes_on = answer.waits.is_some() && timeline.now() < until && timeline.can_advance();
            return self.heard(at, answer, goes_on);
        }
        let again = Again { changes: &step.changes, printed: &printed, since: *since };
        let answer = request.run_on(timeline.world(), timeline.now(), again);
        let goes_on = answer.follows && printed.len() <= LONGEST;
        self.heard(at, answer, goes_on);
    }

    fn heard(&mut self, at: StepNo, answer: Answer, goes_on: bool) {
        let Follows::On(request, since, _) = self.follows.clone() else { return };
        // One that waits prints when it ends.
        if !goes_on || self.waits.is_none() {
            let text = answer.out + &answer.err;
            if !text.is_empty() {
                self.heard.push(Heard { at, text: text.into() });
            }
        }
        self.follows = match goes_on {
            true => Follows::On(request, since, at),
            false => Follows::Until(request, since, at, answer.code),
        };
    }

    /// The step at which Ctrl+C ended it.
    pub(super) fn interrupted_at(&self) -> Option<StepNo> {
        match self.follows {
            Follows::Until(.., at, INTERRUPTED) => Some(at),
            _ => None,
        }
    }
}

fn capped(text: &str) -> Rc<str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let lines = text[end..].lines().count();
    format!("{}\n… {lines} more lines are not kept here\n", &text[..end]).into()
}
