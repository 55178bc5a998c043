//! The terminal: what is typed, and what was answered at which step.
//!
//! A command that changes the cluster is a step, as any act is, and so is a request that is sent after the last one. One
//! that only reads, or fails, makes no step, nor does a request at an earlier step: its answer is as of then, and nothing
//! is dropped for it. Such a [`Reply`] belongs to the step at which it was given. A command that follows (`-w`) prints
//! with the steps that come; what stands behind it in its line waits until it ends, as in a shell, and so does what is
//! typed meanwhile. `kubectl edit` opens an object ([`EditedObject`]).

use super::act::{Done, Outcome, Past, Planned};
use super::{DocumentName, Session};
use crate::api::{EcoString, Millis, ObjectKey, Time, sort};
use crate::cluster::World;
use crate::kubectl::shell::{self, Pipe, Ran, Readers};
use crate::kubectl::{
    Again, Answer, Begun, Book, CommandCx, File, Files, Interleaving, Reads, Request, brought_to, in_order,
    tried_again,
};
use crate::sim::{StepNo, Timeline, Trace};
use std::rc::Rc;

/// Replies that are kept, at most.
const MOST: usize = 300;

/// Bytes of an answer that are kept, at most.
const LONGEST: usize = 400_000;

/// Exit code of a shell that does not understand.
const NOT_UNDERSTOOD: i32 = 2;

/// What is said where an object is to be edited while another one is.
const IS_EDITED: &str =
    "edit: another object is open in the editor: save it there, or cancel, and give this command again\n";

/// Exit code of a program that Ctrl+C ended.
const INTERRUPTED: i32 = 130;

/// An object that is open in the editor (`kubectl edit`).
#[derive(Clone, Debug, PartialEq)]
pub struct EditedObject {
    /// The command.
    request: Request,
    /// The object, or the first of several.
    pub key: ObjectKey,
    /// How many there are in the text.
    count: usize,
    /// Its text when the command was given.
    opened: Rc<str>,
    /// The text as the editor was given it: as above, or as it was refused, with the reasons.
    pub text: Rc<str>,
    /// What was wrong with it, in kubectl's words, where it was given the text again.
    pub refused: Option<Rc<str>>,
    /// The commands that wait until it is saved.
    then: Rc<str>,
}

impl EditedObject {
    /// The command that opened it.
    pub fn line(&self) -> &str {
        self.request.line().as_str()
    }

    /// What it is, in short: `agent`, or `2 objects`.
    pub fn name(&self) -> String {
        if self.count > 1 { format!("{} objects", self.count) } else { self.key.name.to_string() }
    }

    /// What is said under it while it is edited.
    pub fn told(&self) -> String {
        match self.count {
            0 | 1 => format!("{} is being edited.", self.key),
            count => format!("{count} objects are being edited."),
        }
    }
}

/// A command that made no step, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The step that was shown.
    pub at: StepNo,
    /// When it was given: at the time of that step, or later.
    pub time: Time,
    /// What was typed.
    pub typed: Rc<str>,
    /// Standard output.
    pub out: Rc<str>,
    /// Standard error.
    pub err: Rc<str>,
    /// Where the one stands among the other ([`Exchange::printed`]).
    places: Interleaving,
    /// Exit code.
    pub code: i32,
    /// Whether it goes on with the steps that come.
    pub follows: Follows,
    /// Until when it waits for something, if it does.
    pub waits: Option<Time>,
    /// Until when it follows, if not for as long as there is anything to come.
    limit: Option<Time>,
    /// What it printed then.
    pub heard: Vec<Heard>,
    /// The programs that read what it prints.
    behind: Readers,
    /// What it printed itself, where programs read that.
    raw: Vec<Heard>,
    /// What it has looked at so far.
    reads: Reads,
    /// The cluster when it was given, if it waits for something.
    begun: Option<Rc<Begins>>,
    /// The commands of its line that wait until it ends; empty if there are none.
    pub then: Rc<str>,
    /// What was typed while it went on, and at which step: it waits until then too.
    pub ahead: Vec<Heard>,
}

/// The cluster when a command was given. It follows from the step, so that replies are the same without it.
#[derive(Clone, Debug)]
struct Begins(World);

impl PartialEq for Begins {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a command that follows printed with a later step, or what was typed at one while it went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The step.
    pub at: StepNo,
    /// The text.
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
    /// Where the one stands among the other.
    places: Interleaving,
    /// Exit code.
    pub code: i32,
    /// What it printed with later steps.
    pub heard: Vec<Heard>,
    /// Whether it goes on, and until which step it did.
    pub follows: Follows,
    /// The commands of its line that wait until it ends.
    pub then: Rc<str>,
    /// What was typed while it goes on, and waits too.
    pub ahead: Vec<Heard>,
}

impl Exchange {
    /// What a terminal shows of its own outputs, in order.
    pub fn printed(&self) -> Vec<&str> {
        in_order(&self.out, &self.err, &self.places)
    }
}

/// What waited for a command that has ended.
pub(super) struct Due {
    /// The commands of its line.
    then: Rc<str>,
    /// Its exit code.
    code: i32,
    /// What was typed meanwhile.
    ahead: Vec<Heard>,
}

/// As many steps as a large cluster takes in a second or two: while a line waits, the page stands still.
const MOST_STEPS: StepNo = 20_000;

/// A line as a terminal shows it.
fn shown(line: &Rc<str>) -> Rc<str> {
    tried_again(line).map_or_else(|| Rc::clone(line), Rc::from)
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
                line: shown(&entry.request.line().as_str().into()),
                out: said.answer.out.as_str().into(),
                err: said.answer.err.as_str().into(),
                places: said.answer.places.clone(),
                code: said.answer.code,
                heard: Vec::new(),
                follows: Follows::No,
                then: Rc::default(),
                ahead: Vec::new(),
            })
        });
        let replies = self.replies.iter().map(|reply| Exchange {
            step: reply.at,
            acted: false,
            line: shown(&reply.typed),
            out: Rc::clone(&reply.out),
            err: Rc::clone(&reply.err),
            places: reply.places.clone(),
            code: reply.code,
            heard: reply.heard.clone(),
            follows: reply.follows.clone(),
            then: Rc::clone(&reply.then),
            ahead: reply.ahead.clone(),
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
        let done = match self.type_ahead(text, &pipes) {
            Ok(true) => Ok(Done::default()),
            Ok(false) => self.run_pipes(&pipes, past),
            Err(wants) => Err(wants),
        };
        match done {
            Ok(done) => Outcome::Done(done),
            Err(Outcome::Wants(book, _)) => {
                *self = before;
                Outcome::Wants(book, Rc::clone(text))
            }
            Err(outcome @ Outcome::WouldDrop { .. }) => {
                *self = before;
                outcome
            }
            Err(outcome) => outcome,
        }
    }

    /// Takes a line down behind the command that goes on at the last step, if one does. In the past a line is a look at
    /// what was, and waits for nothing.
    fn type_ahead(&mut self, text: &Rc<str>, pipes: &[Pipe]) -> Result<bool, Outcome> {
        let at = self.timeline.shown();
        if at < self.timeline.len() || self.open_reply().is_none() {
            return Ok(false);
        }
        // What it wants to read is there when its turn comes.
        let wants = |pipe| self.ran(pipe).asked.and_then(|(_, answer)| answer.wants);
        if let Some(book) = pipes.iter().find_map(wants) {
            return Err(Outcome::Wants(book, Rc::default()));
        }
        if let Some(reply) = self.open_reply() {
            reply.ahead.push(Heard { at, text: Rc::clone(text) });
        }
        Ok(true)
    }

    /// The command that goes on at the shown step, the last if there are several.
    fn open_reply(&mut self) -> Option<&mut Reply> {
        let shown = self.timeline.shown();
        let is_open = |reply: &Reply| reply.at <= shown && matches!(reply.follows, Follows::On(..));
        let at = self.replies.iter().rposition(is_open)?;
        Rc::make_mut(&mut self.replies).get_mut(at)
    }

    /// Runs commands one after the other, up to one that goes on by itself: the others wait for it.
    fn run_pipes(&mut self, pipes: &[Pipe], past: Past) -> Result<Done, Outcome> {
        let (mut done, mut code) = (Done::default(), 0);
        for (index, pipe) in pipes.iter().enumerate() {
            if !pipe.join.is_run_after(code) {
                continue;
            }
            let rest = pipes.get(index + 1..).unwrap_or_default();
            if self.timeline.is_unfinished() {
                Rc::make_mut(&mut self.timeline).finish();
                self.catch_up();
            }
            let ran = self.ran(pipe);
            if let Some(book) = ran.asked.as_ref().and_then(|(_, answer)| answer.wants) {
                return Err(Outcome::Wants(book, Rc::default()));
            }
            code = ran.code;
            match &ran.asked {
                Some((request, answer))
                    if answer.acts() || pipe.commands.len() == 1 && self.is_sent(answer) =>
                {
                    let mut awaited = self.known(&answer.awaits_gone.keys);
                    let mut timeout = answer.awaits_gone.timeout;
                    done.add(self.act_on(request, answer.code, past)?);
                    if answer.asks_again.is_some() {
                        code = self.try_again(request, answer, &mut awaited, &mut timeout, &mut done)?;
                        if code != 0 {
                            continue;
                        }
                    }
                    if self.stays(&awaited, timeout, rest) {
                        return Ok(done);
                    }
                }
                Some((request, Answer { opened: Some(opened), code: 0, .. })) if self.editing.is_none() => {
                    let text: Rc<str> = opened.text.as_str().into();
                    self.editing = Some(Rc::new(EditedObject {
                        request: request.clone(),
                        key: opened.key.clone(),
                        count: opened.count,
                        opened: Rc::clone(&text),
                        text,
                        refused: None,
                        then: shell::rest(rest).into(),
                    }));
                    return Ok(done);
                }
                asked => {
                    if let Some((request, answer)) = asked {
                        self.know_applied(request, answer.code);
                    }
                    if let Some(time) = pipe.sleeps().filter(|_| code == 0) {
                        self.pass(time);
                    }
                    let again = asked.as_ref().filter(|(_, answer)| answer.asks_again.is_some());
                    if let Some((request, answer)) = again {
                        // In the past a line is a look at what was: it is not asked again.
                        let is_last = self.later_steps() == 0;
                        code = i32::from(!is_last);
                        self.reply(pipe.text().into(), &Ran { code, ..ran.clone() });
                        let (mut awaited, mut timeout) = (Vec::new(), None);
                        if is_last {
                            code = self.try_again(request, answer, &mut awaited, &mut timeout, &mut done)?;
                        }
                        if code == 0 && self.stays(&awaited, timeout, rest) {
                            return Ok(done);
                        }
                        continue;
                    }
                    let place = self.reply(pipe.text().into(), &ran);
                    if rest.is_empty() {
                        continue;
                    }
                    match self.replies.get(place).map(|reply| &reply.follows) {
                        Some(Follows::On(..)) => {
                            // What these want to read is there when their turn comes.
                            let wants = |pipe| self.ran(pipe).asked.and_then(|(_, answer)| answer.wants);
                            if let Some(book) = rest.iter().find_map(wants) {
                                return Err(Outcome::Wants(book, Rc::default()));
                            }
                            if let Some(reply) = Rc::make_mut(&mut self.replies).get_mut(place) {
                                reply.then = shell::rest(rest).into();
                            }
                            return Ok(done);
                        }
                        // It was given in the past, and ended there.
                        Some(Follows::Until(_, _, to, ended)) => {
                            code = *ended;
                            let to = *to;
                            self.travel(|next| next.seek(to));
                        }
                        // It was to go on, and nothing comes any more.
                        _ => code = self.replies.get(place).map_or(code, |reply| reply.code),
                    }
                }
            }
        }
        Ok(done)
    }

    /// Whether what stands behind a command is not run: time passes until what it awaits is gone, and some of it stays.
    fn stays(&mut self, awaited: &[(ObjectKey, EcoString)], timeout: Option<Millis>, rest: &[Pipe]) -> bool {
        let left = if rest.is_empty() { None } else { self.await_gone(awaited, timeout) };
        let Some(left) = left else { return false };
        let err =
            format!("{left} is still there: kubectl would wait on, and what stands behind it is not run\n");
        let typed = shell::rest(rest).trim_start_matches([';', '&', ' ']).into();
        self.reply(typed, &Ran { err, code: 1, ..Ran::default() });
        true
    }

    /// Tries again what was refused, until it is done or its time is up. What it does is a step each time; where it is
    /// refused as before nothing is told. Gives the exit code, and adds what is awaited then, for how long.
    fn try_again(
        &mut self,
        request: &Request,
        first: &Answer,
        awaited: &mut Vec<(ObjectKey, EcoString)>,
        timeout: &mut Option<Millis>,
        done: &mut Done,
    ) -> Result<i32, Outcome> {
        let (mut waited, mut wait, mut code) = (Millis(0), first.asks_again, first.code);
        let most = self.timeline.len().saturating_add(MOST_STEPS);
        while let Some(span) = wait {
            self.pass(span);
            waited = Millis(waited.0 + span.0);
            let request = request.waited(waited);
            let answer = request.run(self.timeline.world(), self.timeline.now());
            let is_cut = answer.asks_again.is_some() && self.timeline.len() > most;
            wait = answer.asks_again.filter(|_| !is_cut);
            code = if is_cut { 1 } else { answer.code };
            *timeout = answer.awaits_gone.timeout;
            if answer.acts() {
                awaited.extend(self.known(&answer.awaits_gone.keys));
                done.add(self.act_on(&request, answer.code, Past::Here)?);
            } else if wait.is_none() {
                self.ask_again(&request.line().as_str().into(), &Rc::default(), &[]);
            }
        }
        Ok(code)
    }

    /// Objects that are there, with what tells them from others of their name.
    fn known(&self, keys: &[ObjectKey]) -> Vec<(ObjectKey, EcoString)> {
        let uid = |key: &ObjectKey| Some(self.timeline.world().get(key)?.metadata().uid.clone());
        keys.iter().filter_map(|key| Some((key.clone(), uid(key)?))).collect()
    }

    /// Lets time pass until objects are gone, as kubectl does before a shell takes the next command of a line. Gives one
    /// that does not go in the time that one may sleep, or that kubectl was given.
    fn await_gone(
        &mut self,
        awaited: &[(ObjectKey, EcoString)],
        timeout: Option<Millis>,
    ) -> Option<ObjectKey> {
        let timeline = Rc::make_mut(&mut self.timeline);
        let until = timeline.now() + timeout.unwrap_or(shell::MOST_SLEPT).min(shell::MOST_SLEPT);
        let left = |world: &World| {
            let is_there = |(key, uid): &&(ObjectKey, EcoString)| {
                world.get(key).is_some_and(|object| object.metadata().uid == *uid)
            };
            awaited.iter().find(is_there).map(|(key, _)| key.clone())
        };
        for _ in 0..MOST_STEPS {
            let is_due = timeline.following().is_some_and(|at| at <= until);
            if left(timeline.world()).is_none() || !is_due || !timeline.forward() {
                break;
            }
        }
        let left = left(timeline.world());
        self.catch_up();
        left
    }

    /// Lets so much time pass.
    fn pass(&mut self, span: Millis) {
        let held_list = self.holds_list();
        let timeline = Rc::make_mut(&mut self.timeline);
        timeline.advance(timeline.now() + span);
        self.catch_up();
        self.show_moved(held_list);
    }

    /// A text of which a command said that the cluster has all of it counts as applied.
    fn know_applied(&mut self, request: &Request, code: i32) {
        for (name, text) in Planned::typed(request, code, &self.documents).applied {
            self.count_as_applied(name, text);
        }
    }

    /// Does a command that changes something at the shown step.
    fn act_on(&mut self, request: &Request, code: i32, past: Past) -> Result<Done, Outcome> {
        let (shown, len) = (self.timeline.shown(), self.timeline.len());
        let later = (shown < len).then_some((shown + 1, len));
        if let (Some((from, to)), Past::Ask) = (later, past) {
            return Err(Outcome::WouldDrop { from, to });
        }
        if later.is_some()
            && past == Past::Branch
            && let refused @ Outcome::Refused(_) = self.fork()
        {
            return Err(refused);
        }
        let carried = self.carry_out(vec![Planned::typed(request, code, &self.documents)]);
        // What was typed says itself what was refused.
        Ok(Done { dropped: later.filter(|_| past != Past::Branch), refused: Vec::new(), ..carried })
    }

    /// Runs commands that waited for one that has ended.
    pub(super) fn run_due(&mut self, due: &Due) {
        // One that asks for a text which nobody could know of fails; what stands behind it is left.
        let pipes = shell::after(&due.then, due.code);
        if let Err(Outcome::Wants(..)) = self.run_pipes(&pipes, Past::Here) {
            self.reply(shell::rest(&pipes).trim_start_matches([';', '&', ' ']).into(), &unread());
        }
        for line in &due.ahead {
            // The one before may go on now: then they wait for that.
            if let Outcome::Wants(..) = self.enter(&line.text, Past::Here) {
                self.reply(Rc::clone(&line.text), &unread());
            }
        }
    }

    /// What is open in the editor.
    pub fn editing(&self) -> Option<&EditedObject> {
        self.editing.as_deref()
    }

    /// The line that saving a text says.
    pub(super) fn saving(&self, text: &str) -> Option<Request> {
        let editing = self.editing()?;
        let live = self.timeline.world().get(&editing.key);
        let text =
            live.and_then(|live| brought_to(&live, &editing.opened, text)).unwrap_or_else(|| text.into());
        Some(editing.request.edited(&text))
    }

    /// Saves what is open in the editor, or leaves it.
    pub(super) fn save(&mut self, text: Option<&str>, past: Past) -> Outcome {
        let Some(editing) = self.editing.clone() else { return Outcome::Unchanged };
        let before = self.clone();
        if past == Past::Latest {
            self.travel(Session::latest);
        }
        let is_given_up = text.is_none_or(|text| editing.refused.is_some() && *text == *editing.text);
        let request = match text.and_then(|text| self.saving(text)).filter(|_| !is_given_up) {
            Some(request) => request,
            None => editing.request.not_edited(),
        };
        let answer = request.run(self.timeline.world(), self.timeline.now());
        if let Some(opened) = &answer.opened {
            let refused = Some(opened.reasons.as_str().into());
            self.editing = Some(Rc::new(EditedObject {
                text: opened.text.as_str().into(),
                refused,
                ..(*editing).clone()
            }));
            return Outcome::Done(Done::default());
        }
        self.editing = None;
        let code = answer.code;
        let mut done = Done::default();
        if answer.acts() {
            match self.act_on(&request, code, past) {
                Ok(carried) => done.add(carried),
                Err(outcome) => {
                    *self = before;
                    return outcome;
                }
            }
        } else {
            let (out, err) = (answer.out.clone(), answer.err.clone());
            let line = request.line().as_str().into();
            let ran = Ran { out, err, code, asked: Some((request, answer)), behind: None };
            self.reply(line, &ran);
        }
        if !editing.then.is_empty() {
            self.run_due(&Due { then: Rc::clone(&editing.then), code, ahead: Vec::new() });
        }
        Outcome::Done(done)
    }

    /// A text that a command wanted is there, or cannot be had: the command is run.
    pub(super) fn learn(&mut self, book: Book, text: Option<&str>, typed: &Rc<str>) -> Outcome {
        let Some(text) = text else {
            self.reply(Rc::clone(typed), &unread());
            return Outcome::Done(Done::default());
        };
        self.books.add(book, text);
        self.enter(typed, Past::Ask)
    }

    /// Ends the command that goes on. What stands behind it in its line ends with it; what was typed meanwhile is run.
    pub(super) fn interrupt(&mut self) -> Outcome {
        let shown = self.timeline.shown();
        let is_editing = self.editing.is_some();
        let Some(reply) = self.open_reply() else {
            // An editor that is ended leaves the object as it is.
            return if is_editing { self.save(None, Past::Ask) } else { Outcome::Unchanged };
        };
        reply.heard.retain(|heard| heard.at <= shown);
        if let Follows::On(request, since, _) = reply.follows.clone() {
            reply.follows = Follows::Until(request, since, shown, INTERRUPTED);
        }
        // In the past these would be other acts there.
        let ahead = reply.ahead.clone();
        let ahead = if shown == self.timeline.len() { ahead } else { Vec::new() };
        self.run_due(&Due { then: Rc::default(), code: INTERRUPTED, ahead });
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
            reply.raw.retain(|raw| raw.at <= shown);
            reply.ahead.retain(|line| line.at <= shown);
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

    /// Whether commands wait for one that follows: they are run right after the step with which it ends.
    pub(super) fn is_waited_for(&self) -> bool {
        self.replies.iter().any(|reply| reply.is_waited_for() && matches!(reply.follows, Follows::On(..)))
    }

    /// Lets commands that follow see the steps that came. Gives what waited for those that have ended.
    pub(super) fn listen(&mut self) -> Vec<Due> {
        let len = self.timeline.len();
        let is_behind = |reply: &Reply| matches!(reply.follows, Follows::On(_, _, to) if to < len);
        let mut due = Vec::new();
        if !self.replies.iter().any(is_behind) {
            return due;
        }
        let replies = Rc::make_mut(&mut self.replies);
        let from = replies.iter().filter_map(|reply| match reply.follows {
            Follows::On(_, _, to) => Some(to),
            _ => None,
        });
        let from = from.min().unwrap_or(len);
        let mut timeline = Timeline::clone(&self.timeline);
        timeline.seek(from);
        while timeline.shown() < len && timeline.forward() {
            for reply in replies.iter_mut() {
                due.extend(reply.hear(&timeline));
            }
        }
        due
    }

    /// Runs the commands of a pipe at the shown step. Nothing is written.
    fn ran(&self, pipe: &Pipe) -> Ran {
        let text = |name: DocumentName| File::new(Rc::clone(&self.documents.get(name).text));
        let files: Files =
            sort::map(DocumentName::ALL.into_iter().map(|name| (name.file().to_owned(), text(name))));
        let mut history = Vec::new();
        if pipe.commands.iter().any(|command| command.words.first().is_some_and(|word| word == "history")) {
            let shown = self.timeline.shown();
            let said = self.transcript().into_iter().filter(|exchange| exchange.step <= shown);
            history.extend(said.map(|exchange| exchange.line.to_string()));
        }
        let (world, now) = (self.timeline.world(), self.timeline.now());
        pipe.run(&CommandCx { world, now, files: &files, books: &self.books }, &history)
    }

    /// Takes down what was answered; gives its place among the replies.
    fn reply(&mut self, typed: Rc<str>, ran: &Ran) -> usize {
        let (at, time) = (self.timeline.shown(), self.timeline.now());
        let asked = ran.asked.as_ref().filter(|_| ran.behind.is_some());
        let behind = ran.behind.clone().unwrap_or_default();
        let until = |follows: bool| {
            let answer = asked.map(|(_, answer)| answer).filter(|answer| answer.follows == follows)?;
            answer.waits.map(|waits| waits.until)
        };
        // What is waited for when nothing more happens never comes.
        let goes_on = self.timeline.can_advance() || at < self.timeline.len();
        let waits = until(false).filter(|_| goes_on);
        let limit = until(true);
        let is_over = limit.is_some() && !goes_on;
        let over = asked.filter(|_| is_over).map(|(request, answer)| {
            let again = Again { changes: &[], printed: &answer.out, since: time, is_over };
            let last = request.run_on(self.timeline.world(), time, again);
            let all = answer.out.clone() + &last.out;
            let (out, code) = if behind.is_empty() { (all, last.code) } else { behind.read(&all, false) };
            Ran { out, err: ran.err.clone() + &last.err, code, ..ran.clone() }
        });
        let ran = over.as_ref().unwrap_or(ran);
        let limit = limit.filter(|_| goes_on);
        let printed = asked.map_or("", |(_, answer)| answer.out.as_str());
        let follows = match asked {
            Some((request, answer))
                if answer.follows && !is_over && !behind.has_enough(printed) || waits.is_some() =>
            {
                Follows::On(request.clone(), time, at)
            }
            _ => Follows::No,
        };
        let is_opened = asked.is_some_and(|(_, answer)| answer.opened.is_some() && answer.code == 0);
        let (mut out, err, code) = match waits {
            Some(_) => (String::new(), "", 0),
            None if is_opened => (String::new(), IS_EDITED, 1),
            None => (ran.out.clone(), ran.err.as_str(), ran.code),
        };
        let mut raw = Vec::new();
        if follows != Follows::No && !behind.is_empty() {
            let text = if waits.is_some() { "" } else { printed };
            raw.push(Heard { at, text: text.into() });
            out = behind.read(text, true).0;
        }
        let (heard, then, ahead) = (Vec::new(), Rc::default(), Vec::new());
        // They are places in what a command printed, not in what another made of it.
        let places = asked.filter(|(_, answer)| (out.as_str(), err) == (&answer.out, &answer.err));
        let (out, err) = (capped(&out), capped(err));
        let places = places.map_or_else(Interleaving::new, |(_, answer)| answer.places.clone());
        let reads = asked.map_or_else(Reads::default, |(_, answer)| answer.reads.clone());
        let begun = waits.map(|_| Rc::new(Begins(self.timeline.world().clone())));
        let reply = Reply {
            at,
            time,
            typed,
            out,
            err,
            places,
            code,
            follows,
            waits,
            limit,
            heard,
            behind,
            raw,
            reads,
            begun,
            then,
            ahead,
        };
        let replies = Rc::make_mut(&mut self.replies);
        let mut place = replies.partition_point(|other| other.at <= at);
        replies.insert(place, reply);
        if replies.len() > MOST {
            replies.remove(0);
            place = place.saturating_sub(1);
        }
        if at < self.timeline.len() {
            // Nothing waits for it yet, and the others have heard all there is.
            drop(self.listen());
        }
        place
    }

    /// Gives a stored command again that made no step.
    pub(super) fn ask_again(&mut self, typed: &Rc<str>, then: &Rc<str>, ahead: &[Heard]) {
        match shell::read(typed).as_deref() {
            Ok([pipe]) => {
                let ran = self.ran(pipe);
                if ran.asked.as_ref().is_none_or(|(_, answer)| !answer.acts()) {
                    let place = self.reply(Rc::clone(typed), &ran);
                    if let Some(reply) = Rc::make_mut(&mut self.replies).get_mut(place) {
                        reply.then = Rc::clone(then);
                        reply.ahead = ahead.to_vec();
                    }
                }
            }
            Ok(_) => {}
            Err(_) => drop(self.enter(typed, Past::Here)),
        }
    }

    /// Ends what followed where Ctrl+C ended it.
    pub(super) fn end_again(&mut self, at: StepNo, typed: &Rc<str>, until: StepNo) {
        drop(self.listen());
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
    /// Takes down what it prints with a step; gives what waited for it, if it ends.
    fn hear(&mut self, timeline: &Timeline) -> Option<Due> {
        let at = timeline.shown();
        let Follows::On(request, since, to) = &mut self.follows else { return None };
        let (Some(step), true) = (timeline.step(at), *to < at) else { return None };
        let until = self.waits.or(self.limit);
        let may_go_on = until.is_none_or(|until| timeline.now() < until && timeline.can_advance());
        if may_go_on && !self.reads.is_touched_by(&step.changes) {
            *to = at;
            return None;
        }
        let (request, since) = (request.clone(), *since);
        let printed = self.printed();
        let (answer, goes_on) = match &self.begun {
            Some(begun) => {
                let begun = Begun { world: &begun.0, at: since };
                let answer = request.run_since(timeline.world(), timeline.now(), &begun);
                let goes_on = answer.waits.is_some() && may_go_on;
                (answer, goes_on)
            }
            // Its time was over before this step.
            None if self.limit.is_some_and(|until| timeline.now() > until) => {
                let mut before = timeline.clone();
                before.back();
                let again = Again { changes: &[], printed: &printed, since, is_over: true };
                (request.run_on(before.world(), before.now(), again), false)
            }
            None => {
                let again = Again { changes: &step.changes, printed: &printed, since, is_over: !may_go_on };
                let answer = request.run_on(timeline.world(), timeline.now(), again);
                let goes_on = answer.follows && printed.len() <= LONGEST;
                (answer, goes_on)
            }
        };
        self.reads.join(&answer.reads);
        self.heard(at, answer, goes_on, &printed)
    }

    /// What the command itself printed so far.
    fn printed(&self) -> String {
        let texts = |heard: &[Heard]| -> String { heard.iter().map(|heard| &*heard.text).collect() };
        if self.behind.is_empty() { format!("{}{}", self.out, texts(&self.heard)) } else { texts(&self.raw) }
    }

    fn heard(&mut self, at: StepNo, answer: Answer, goes_on: bool, printed: &str) -> Option<Due> {
        let Follows::On(request, since, _) = self.follows.clone() else { return None };
        // One that waits prints when it ends.
        let is_told = !goes_on || self.waits.is_none();
        let (mut text, mut code, mut goes_on) = (answer.out, answer.code, goes_on);
        let has_news = !text.is_empty() || !goes_on;
        if !is_told {
            text.clear();
        } else if has_news && !self.behind.is_empty() {
            let all = format!("{printed}{text}");
            if !text.is_empty() {
                self.raw.push(Heard { at, text: text.into() });
            }
            goes_on &= !self.behind.has_enough(&all);
            let before = self.behind.read(printed, true).0;
            let read = self.behind.read(&all, goes_on);
            (text, code) = (read.0.strip_prefix(&*before).unwrap_or(&read.0).to_owned(), read.1);
        }
        if is_told {
            text += &answer.err;
        }
        if !text.is_empty() {
            self.heard.push(Heard { at, text: text.into() });
        }
        self.follows = match goes_on {
            true => Follows::On(request, since, at),
            false => Follows::Until(request, since, at, code),
        };
        (!goes_on && self.is_waited_for()).then(|| Due {
            then: Rc::clone(&self.then),
            code,
            ahead: self.ahead.clone(),
        })
    }

    /// Whether anything waits until it ends.
    fn is_waited_for(&self) -> bool {
        !self.then.is_empty() || !self.ahead.is_empty()
    }

    /// The step at which Ctrl+C ended it.
    pub(super) fn interrupted_at(&self) -> Option<StepNo> {
        match self.follows {
            Follows::Until(.., at, INTERRUPTED) => Some(at),
            _ => None,
        }
    }
}

/// What is said where a text cannot be had that a command prints.
fn unread() -> Ran {
    let err = "this text could not be loaded: check the network connection, then run the command again\n"
        .to_owned();
    Ran { err, code: 1, ..Ran::default() }
}

fn capped(text: &str) -> Rc<str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let lines = text[end..].lines().count();
    format!("{}\n… {lines} more lines are not kept here\n", &text[..end]).into()
}
