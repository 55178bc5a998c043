//! Lessons and challenges: a small cluster, a text, and goals that tick as soon as the cluster says so.
//!
//! A lesson is a folder of data kept as one text (`static/lessons/<name>.txt`; a saved or shared lesson is the same
//! text), so that it is fetched with one request, and only when it is opened. Its files stand one after the other,
//! each below a line `-- NAME --`:
//!
//! | file | what it is |
//! |---|---|
//! | `lesson` | lines `key: value`, below; a line that begins with two spaces goes on with the value before it |
//! | `text.md` | what to do, in Markdown; after a line `---` what it taught, shown once it is solved |
//! | `manifest.yaml`, `nodes.yaml` | what is in the editor when it begins |
//! | any other | a text for `edit`, `apply` or `nodes`; `.diff`: lines of the text before with ` `, `-` or `+` before them |
//!
//! | key | its value |
//! |---|---|
//! | `title`, `minutes` | of the overview |
//! | `chapter` | its number; of a challenge the chapter that it needs |
//! | `level`, `shows`, `par` | only of a challenge: from 1 to 3; what kubectl shows; with how many commands it can be solved |
//! | `gotchas` | the numbers of the lines below that it answers |
//! | `asks` | `placed`, `evicted` or `updated`, a DaemonSet, ` :: ` and a line as of `start`: what is guessed before that is done ([`Question`]) |
//! | `start` | what was done before it begins, a line for each thing ([`Move`]); without any, the manifest is applied and comes to rest |
//! | `goal`, `keep` | `LABEL :: RULE` ([`Rule`]); a goal is to be reached, what is to be kept holds from the start |
//! | `hint` | one of three |
//! | `solution` | one way to do it, as `start` |
//! | `shortcut` | what looks like a way and must not be one, as `start` |
//!
//! Invariants: pure; what a goal says is read from the shown cluster and from the steps up to the shown one, so it
//! ticks and unticks with them.
#![doc = include_str!("GOTCHAS.md")]

mod index;
mod judge;
mod make;
mod markdown;
mod moves;
mod progress;
mod read;
mod rule;

pub use index::{Chapter, Index, Listing};
pub use judge::{Evidence, Judged, judge};
pub use make::made_of;
pub use markdown::{Passage, blocks};
pub use moves::{Move, play};
pub use progress::{LessonMark, Progress};
pub use read::{is_lesson, read};
pub use rule::Rule;

use crate::api::ObjectKey;
use crate::cluster::StableHash;
use crate::explain::predict::{Forecast, Question};
use crate::kubectl::Request;
use crate::session::Session;
use crate::sim::StepNo;
use std::collections::BTreeMap;

/// How the name of a session begins that a lesson opened; the lesson's name follows.
const OPENED: &str = "lesson ";

/// How the name of a lesson begins that lies nowhere: one's own, or one that came as a file or link.
const OWN: &str = "own-";
/// The name that all of these had in work that was stored earlier.
const ANY_OWN: &str = "own";

/// At most so many steps a lesson takes to come to rest.
pub const REST: u32 = 5_000;

/// A lesson, or a challenge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Names its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The number of its chapter; of a challenge, the chapter that it needs.
    pub chapter: usize,
    /// How long it takes.
    pub minutes: u32,
    /// Of a challenge, how hard it is, from 1 to 3; 0 for a lesson.
    pub level: usize,
    /// Of a challenge, what kubectl shows.
    pub shows: String,
    /// With so many commands it can be solved.
    pub par: Option<usize>,
    /// The numbers of the gotchas that it answers.
    pub gotchas: Vec<usize>,
    /// What to do, and what it taught, in Markdown.
    pub text: [String; 2],
    /// What is guessed before it runs.
    pub asks: Option<Guessed>,
    /// What is to be reached, and what is to be kept.
    pub goals: Vec<Goal>,
    /// Hints.
    pub hints: Vec<String>,
    /// What was done before it begins.
    pub start: Vec<Move>,
    /// One way to do it.
    pub solution: Vec<Move>,
    /// What must not be a way.
    pub shortcuts: Vec<Move>,
    /// All texts by name.
    pub files: BTreeMap<String, String>,
    /// The whole as it was read.
    pub source: String,
}

/// Something that is to be reached, or kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// In words.
    pub label: String,
    /// As a rule.
    pub rule: Rule,
    /// Whether it holds from the start and is to stay so.
    pub keeps: bool,
}

/// What is guessed before it runs. The right answer stands nowhere: it is found by running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessed {
    /// What is asked.
    pub question: Question,
    /// The DaemonSet that it is about.
    pub set: ObjectKey,
    /// What is done then.
    pub then: Move,
}

/// A mistake in a lesson's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Lesson {
    /// Whether it is a challenge.
    pub fn is_challenge(&self) -> bool {
        self.level > 0
    }

    /// The cluster in which it begins. Its first steps are those of [`Lesson::start`].
    pub fn begin(&self) -> Session {
        let file = |name: &str| self.files.get(name).map_or("", String::as_str);
        let mut session =
            Session::new(&format!("{OPENED}{}", self.name), file("manifest.yaml"), file("nodes.yaml"));
        let usual = [Move::Apply("manifest.yaml".into()), Move::Run(REST)];
        let start = if self.start.is_empty() { &usual[..] } else { &self.start };
        session = start.iter().fold(session, |session, a_move| play(&session, a_move, &self.files));
        session.touched = false;
        session
    }

    /// What becomes of the question if that is done at the shown step; none if nothing is asked.
    pub fn forecast(&self, session: &Session) -> Option<Forecast> {
        let Guessed { question, set, then } = self.asks.as_ref()?;
        let after = play(session, then, &self.files);
        let done = after.log.get(session.done().count()..).unwrap_or_default();
        let requests: Vec<Request> = done.iter().map(|entry| entry.request.clone()).collect();
        Some(Forecast::of(&session.timeline, &requests, *question, set))
    }

    /// How each goal stands as of the shown step of a session that began with so many steps.
    pub fn verdicts(&self, session: &Session, begun: StepNo) -> Vec<Judged> {
        let judged = self.goals.iter().map(|goal| {
            let judged = judge(&goal.rule, session, begun);
            // What is still to be reached is not broken by how the cluster stands now.
            let is_lost = goal.keeps || matches!(judged.link, Some(Evidence::Step(_)));
            Judged { against: judged.against && is_lost, ..judged }
        });
        judged.collect()
    }
}

/// The name of a lesson that lies nowhere. It follows from the text, so that the work in one is not taken for that in another.
pub fn own_name(source: &str) -> String {
    format!("{OWN}{:x}", StableHash::default().text(source).finish())
}

/// Whether a lesson lies nowhere: no server has it.
pub fn is_own(name: &str) -> bool {
    name.starts_with(OWN) || name == ANY_OWN
}

/// Whether a lesson that lies nowhere is the one of this text.
pub fn is_own_of(name: &str, source: &str) -> bool {
    name == ANY_OWN || name == own_name(source)
}

/// The name of the lesson that opened a session, if one did.
pub fn opened_by(session: &Session) -> Option<&str> {
    session.example.strip_prefix(OPENED)
}

/// Commands of the user's since the lesson began that changed something, up to the shown step.
pub fn commands(session: &Session, begun: StepNo) -> usize {
    // A request changes nothing.
    let is_sent = |after: StepNo| session.timeline.step(after + 1).is_some_and(|step| step.sent().is_some());
    session.done().filter(|entry| entry.after >= begun && !is_sent(entry.after)).count()
}
