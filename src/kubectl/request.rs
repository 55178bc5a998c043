//! What a person says, and what comes of it.

use super::by_hand::{EDITED_BY_HAND, without_header};
use super::files::{File, Files};
use super::line::{self, Command, SyntaxError};
use super::print::go;
use super::shell::readers::Readers;
use super::{Again, Begun, Book, Books, CommandCx, Line, Reads, Setting};
use super::{run, run_again, run_since, setting_of};
use crate::api::{EcoString, Millis, ObjectKey, Time};
use crate::cluster::{ApiError, Traffic, World, Write};
use crate::network::{Caller, End, NameCode};
use std::ops::Range;
use std::rc::Rc;

/// The variable that says for how long a command has been trying.
pub const WAITED: &str = "WAITED";

fn is_waiting(text: &str) -> bool {
    text.strip_prefix(WAITED).is_some_and(|rest| rest.starts_with('='))
}

/// A line of a command that tried again, as a terminal shows it: `kubectl drain a # 5s later`. None for others.
pub fn tried_again(line: &str) -> Option<String> {
    let (variable, given) = line.split_once(' ').filter(|_| is_waiting(line))?;
    Some(format!("{given} # {} later", &variable[WAITED.len() + 1..]))
}

/// A command with the texts that it reads: all that its answer depends on, besides the cluster and the time.
#[derive(Clone, Debug)]
pub struct Request(Rc<Said>);

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

#[derive(Debug, PartialEq)]
struct Said {
    line: Line,
    command: Command,
    /// The programs that read what it prints.
    behind: Readers,
    files: Files,
}

impl Request {
    /// A command with texts.
    pub fn new(command: &Command, files: Files) -> Self {
        Request::piped(command, Readers::default(), files)
    }

    /// A command of which programs read what it prints.
    pub(super) fn piped(command: &Command, behind: Readers, files: Files) -> Self {
        let command = super::canonical(command);
        let line = behind.line_with(&command);
        Request(Rc::new(Said { line, command, behind, files }))
    }

    /// A command of these words.
    pub fn of<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        Request::new(&Command::of(words), Files::new())
    }

    /// The commands of a text, which read these files, each with the programs that read what it prints.
    ///
    /// # Errors
    /// The text is no sequence of commands, or a command of the cluster stands behind a pipe.
    pub fn parse(text: &str, files: &Files) -> Result<Vec<Self>, SyntaxError> {
        let mut pipes: Vec<(Command, Vec<Command>)> = Vec::new();
        for part in line::parse(text)? {
            match pipes.last_mut().filter(|_| part.join == line::Join::Pipe) {
                Some(_) if part.command.is_of_cluster() => {
                    let message =
                        "one command of a pipe is the cluster's: give the others on lines of their own"
                            .into();
                    return Err(SyntaxError { message, span: part.span, is_open: false });
                }
                Some((_, behind)) => behind.push(part.command),
                None => pipes.push((part.command, Vec::new())),
            }
        }
        let read = |(command, behind): &(Command, Vec<Command>)| {
            Request::piped(command, Readers::of(behind), files.clone())
        };
        Ok(pipes.iter().map(read).collect())
    }

    /// The same command with a text that it may read.
    #[must_use]
    pub fn with_file(&self, name: &str, file: File) -> Self {
        let mut files = self.0.files.clone();
        files.insert(name.to_owned(), file);
        Request::piped(&self.0.command, self.0.behind.clone(), files)
    }

    /// The same command, of which programs read what it prints.
    #[must_use]
    pub(super) fn read_by(&self, behind: Readers) -> Self {
        Request::piped(&self.0.command, behind, self.0.files.clone())
    }

    /// `kubectl edit` with what a person made of the text; the same command is then the same change.
    #[must_use]
    pub fn edited(&self, text: &str) -> Self {
        self.with_editor(EDITED_BY_HAND, Some(without_header(text).to_owned()))
    }

    /// `kubectl edit` with an editor that leaves the text as it is.
    #[must_use]
    pub fn not_edited(&self) -> Self {
        self.with_editor("KUBE_EDITOR=true", None)
    }

    fn with_editor(&self, editor: &str, stdin: Option<String>) -> Self {
        self.with_variable("KUBE_EDITOR=", editor, stdin)
    }

    /// The same command, so long after it was given: what it does when it tries again ([`Answer::asks_again`]).
    #[must_use]
    pub fn waited(&self, millis: Millis) -> Self {
        let name = format!("{WAITED}=");
        self.with_variable(&name, &format!("{name}{}", go::duration(millis)), self.0.command.stdin.clone())
    }

    /// The same command with a variable, which it may have had before.
    fn with_variable(&self, name: &str, whole: &str, stdin: Option<String>) -> Self {
        // Of two the last one would count.
        let others = self.words().iter().filter(|word| !word.starts_with(name)).cloned();
        let words = std::iter::once(whole.to_owned()).chain(others).collect();
        Request::piped(&Command { words, stdin }, self.0.behind.clone(), self.0.files.clone())
    }

    /// Its canonical text.
    pub fn line(&self) -> &Line {
        &self.0.line
    }

    /// The line as one may read it in a sentence: without what it reads, without the editor that a person was, without how
    /// long it has been trying, and no longer than a few lines.
    pub fn headline(&self) -> String {
        const MOST: usize = 200;
        let words = self.given().iter().skip_while(|word| *word == EDITED_BY_HAND).cloned().collect();
        let line = Command { words, stdin: None }.to_string();
        match line.char_indices().nth(MOST) {
            Some((end, _)) => format!("{} …", &line[..end]),
            None => line,
        }
    }

    /// The same among other lines, most of which are of `kubectl`.
    pub fn in_short(&self) -> String {
        let line = self.headline();
        line.strip_prefix("kubectl ").unwrap_or(&line).to_owned()
    }

    /// Its words.
    pub fn words(&self) -> &[String] {
        &self.0.command.words
    }

    /// Its words as they were given first: without how long it has been trying.
    pub fn given(&self) -> &[String] {
        match self.words() {
            [first, given @ ..] if is_waiting(first) => given,
            words => words,
        }
    }

    /// What it reads from its standard input.
    pub fn stdin(&self) -> Option<&str> {
        self.0.command.stdin.as_deref()
    }

    /// The texts that it may read.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// What it sets, whatever the cluster is.
    pub fn setting(&self) -> Option<Setting> {
        setting_of(self.words())
    }

    /// Runs it against a cluster. Nothing is written there.
    pub fn run(&self, world: &World, now: Time) -> Answer {
        self.run_with(world, now, &Books::default())
    }

    /// Runs it with the texts that have been fetched ([`Answer::wants`]).
    pub fn run_with(&self, world: &World, now: Time, books: &Books) -> Answer {
        let mut answer = run(&self.0.command, &CommandCx { world, now, files: &self.0.files, books });
        if !self.0.behind.is_empty() {
            (answer.out, answer.code) = self.0.behind.read(&answer.out, false);
            answer.places = Interleaving::new();
        }
        answer
    }

    /// Goes on with a command that follows ([`Answer::follows`]), after something changed: what is new.
    pub fn run_on(&self, world: &World, now: Time, again: Again) -> Answer {
        let (begun, books) = (Begun { world, at: again.since }, Books::default());
        run_again(
            &self.0.command,
            &CommandCx { world, now, files: &self.0.files, books: &books },
            &begun,
            Some(again),
        )
    }

    /// Asks a command that waits ([`Answer::waits`]) again, after something changed.
    pub fn run_since(&self, world: &World, now: Time, begun: &Begun) -> Answer {
        run_since(
            &self.0.command,
            &CommandCx { world, now, files: &self.0.files, books: &Books::default() },
            begun,
        )
    }
}

/// How standard output and standard error take turns on a terminal: so many bytes of the one, then so many of the other
/// had been printed by then. What is left comes last.
pub type Interleaving = Vec<(usize, usize)>;

/// What a terminal shows of both outputs, in order: each part is as long as the other does not come in between.
pub fn in_order<'t>(out: &'t str, err: &'t str, places: &[(usize, usize)]) -> Vec<&'t str> {
    let texts = [out, err];
    let mut seen = [0, 0];
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    for (of_out, of_err) in places.iter().copied().chain([(out.len(), err.len())]) {
        for (text, to) in [of_out, of_err].into_iter().enumerate() {
            // Of a long text only the beginning is kept: a place beyond that is one in its rest.
            if to <= seen[text] || !texts[text].is_char_boundary(to) {
                continue;
            }
            match parts.last_mut() {
                Some((last, part)) if *last == text => part.end = to,
                _ => parts.push((text, seen[text]..to)),
            }
            seen[text] = to;
        }
    }
    parts.into_iter().map(|(text, part)| &texts[text][part]).collect()
}

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Where the one stands among the other.
    pub places: Interleaving,
    /// Exit code.
    pub code: i32,
    /// What it writes, in order.
    pub writes: Vec<Write>,
    /// What came of it for each object.
    pub done: Vec<DoneTo>,
    /// What it sets.
    pub setting: Option<Setting>,
    /// Whether it goes on with each change in the cluster ([`Request::run_on`]).
    pub follows: bool,
    /// An object that is to be opened in an editor (`kubectl edit`), or opened again.
    pub opened: Option<Opened>,
    /// What was waited for is not so yet: until then the same command may be asked again, whenever the cluster has
    /// changed. This answer is that of a cluster in which nothing happens any more.
    pub waits: Option<Waits>,
    /// A text that has to be fetched, and then the same command asked again: this is no answer.
    pub wants: Option<Book>,
    /// What it sent over the network.
    pub sent: Option<Rc<Outbound>>,
    /// What it waits for before it ends: what stands behind it in its line comes then.
    pub awaits_gone: AwaitsGone,
    /// It tries something again after so long ([`Request::waited`]), and has not ended before.
    pub asks_again: Option<Millis>,
    /// What it looked at.
    pub reads: Reads,
}

/// Objects that a command waits to be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwaitsGone {
    /// Which.
    pub keys: Vec<ObjectKey>,
    /// How long at most; none = for ever.
    pub timeout: Option<Millis>,
}

/// What a program sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Outbound {
    /// Who sent it.
    pub from: Caller,
    /// What, in order.
    pub queries: Vec<Dispatch>,
    /// What clients had sent before.
    pub before: Traffic,
    /// What they have sent with it.
    pub after: Traffic,
}

/// One thing that was sent, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Dispatch {
    /// A request to a host, and its port.
    Request(EcoString, u16, End),
    /// A name that was looked up, and how many addresses or records it has.
    Lookup(EcoString, NameCode, usize),
}

/// An object in an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The object, or the first of several.
    pub key: ObjectKey,
    /// How many there are in the text.
    pub count: usize,
    /// Its text, with what kubectl says above it.
    pub text: String,
    /// What was wrong with it, in kubectl's words; empty where it is edited for the first time.
    pub reasons: String,
}

/// How long a command waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Until then at most.
    pub until: Time,
}

impl Answer {
    /// Whether anything comes of it: a write, or a setting.
    pub fn acts(&self) -> bool {
        !self.writes.is_empty() || self.setting.is_some()
    }

    /// What the API server refused.
    pub fn refused(&self) -> impl Iterator<Item = (&ObjectKey, &ApiError)> {
        self.done.iter().filter_map(|done| match &done.deed {
            Deed::Refused(error) => Some((&done.key, error)),
            _ => None,
        })
    }
}

/// What came of a command for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct DoneTo {
    /// The object.
    pub key: ObjectKey,
    /// What was done.
    pub deed: Deed,
}

/// What was done to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// It is new.
    Created,
    /// It was changed.
    Configured,
    /// It was as wanted already.
    Unchanged,
    /// It is deleted, or its deletion began.
    Deleted,
    /// It was refused.
    Refused(ApiError),
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn both_outputs_come_in_order_and_nothing_of_them_is_lost() {
        for (out, err, places, expected) in [
            ("a\nb\n", "w\n", vec![(2, 2)], vec!["a\n", "w\n", "b\n"]),
            ("a\n", "w\nx\n", vec![(0, 2)], vec!["w\n", "a\n", "x\n"]),
            ("a\n", "x\n", vec![], vec!["a\n", "x\n"]),
            ("a\n", "w\nx\n", vec![(2, 2)], vec!["a\n", "w\nx\n"]),
            // Of a long text only the beginning was kept, and what was said there ends amidst a letter.
            ("a\n…", "w\n", vec![(2, 0), (3, 2), (99, 2)], vec!["a\n", "w\n", "…"]),
        ] {
            assert_eq!(in_order(out, err, &places), expected);
        }
    }
}
