//! Lessons: the list, the one that is open, how far one is with it.

use crate::lessons::{self, Index, Lesson, Mistake, Progress, Verdict};
use crate::session::Session;
use crate::sim::StepNo;
use std::rc::Rc;

/// A lesson that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// So many steps were there when it began.
    pub begun: StepNo,
    /// How its goals stand.
    pub verdicts: Rc<Vec<Verdict>>,
    /// Whether it was solved since it was opened.
    pub solved: bool,
    /// The number of the solution's next thing; none as long as the solution is not shown.
    pub solving: Option<usize>,
}

/// A lesson that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// As it stands.
    pub source: Rc<str>,
    /// As it is read.
    pub lesson: Rc<Lesson>,
    /// What is wrong with it.
    pub mistakes: Rc<Vec<Mistake>>,
    /// How its goals stand in the shown cluster.
    pub verdicts: Rc<Vec<Verdict>>,
}

impl Draft {
    pub(super) fn new(source: &str) -> Self {
        let (lesson, mistakes) = lessons::read(lessons::OWN, source);
        Draft {
            source: source.into(),
            lesson: Rc::new(lesson),
            mistakes: Rc::new(mistakes),
            verdicts: Rc::default(),
        }
    }
}

/// A text that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The list of lessons.
    Index,
    /// A lesson; whether it begins anew, or belongs to the work that is open.
    Lesson(String, bool),
}

impl Wanted {
    /// Where it lies.
    pub fn address(&self) -> String {
        let name = match self {
            Wanted::Index => "index",
            Wanted::Lesson(name, _) => name,
        };
        format!("lessons/{name}.txt")
    }
}

/// Lessons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learning {
    /// All that there are; none until it is fetched.
    pub index: Option<Rc<Index>>,
    /// The open one.
    pub open: Option<Open>,
    /// The one that is being written.
    pub draft: Option<Draft>,
    /// How far one is.
    pub progress: Progress,
    /// What is to be fetched.
    pub wanted: Option<Wanted>,
    /// The text of a lesson of one's own, which no server has.
    pub own: Option<Rc<str>>,
}

/// Something else with the lessons.
#[derive(Clone, Debug, PartialEq)]
pub enum LearningAction {
    /// A lesson is to be opened.
    Open(String),
    /// What was wanted is there, or cannot be had.
    Fetched(Wanted, Option<Rc<str>>),
    /// The open lesson is to begin anew.
    Reset,
    /// One more hint is to be shown.
    Hint,
    /// The solution is to be shown, from the beginning.
    Solve,
    /// The next thing of the solution is to be done.
    Next,
    /// What is open is to become a lesson.
    Make,
    /// The lesson that is written is to be another.
    Write(Rc<str>),
    /// It is to be tried.
    Try,
    /// It is no longer written.
    Unmake,
    /// All progress is to be forgotten.
    Clear,
}

impl Learning {
    /// What was learned before, and a lesson of one's own.
    pub fn new(progress: &str, own: Option<String>) -> Self {
        Learning { progress: Progress::read(progress), own: own.map(Into::into), ..Learning::default() }
    }

    /// Whether the lesson's panel is there.
    pub fn is_shown(&self) -> bool {
        self.open.is_some() || self.draft.is_some()
    }

    /// Follows the session: how the goals stand, what is solved.
    pub(super) fn follow(&mut self, session: &Session) {
        if let Some(draft) = &mut self.draft {
            let begun = session.timeline.len();
            draft.verdicts = Rc::new(draft.lesson.verdicts(session, begun));
        }
        let Some(open) = &mut self.open else { return };
        if lessons::opened_by(session) != Some(&open.lesson.name) {
            self.open = None;
            return;
        }
        open.verdicts = Rc::new(open.lesson.verdicts(session, open.begun));
        if open.verdicts.iter().all(|verdict| verdict.holds) && !open.solved {
            open.solved = true;
            let commands = lessons::commands(session, open.begun);
            let mark = self.progress.mark_mut(&open.lesson.name);
            mark.solved = true;
            if open.solving.is_none() && (mark.commands == 0 || commands < mark.commands) {
                mark.commands = commands;
            }
        }
    }

    /// Belongs to the work that is open, if a lesson opened it.
    pub(super) fn resume(&mut self, session: &Session) {
        let Some(name) = lessons::opened_by(session) else { return };
        self.want(name.to_owned(), false);
    }

    /// Wants a lesson.
    pub(super) fn want(&mut self, name: String, anew: bool) {
        self.wanted = Some(Wanted::Lesson(name, anew));
    }

    /// The lesson that the text says, as it begins.
    pub(super) fn opened(&mut self, name: &str, source: &str) -> (Session, Vec<Mistake>) {
        let (lesson, mistakes) = lessons::read(name, source);
        let session = lesson.begin();
        let begun = session.timeline.len();
        self.open = Some(Open {
            lesson: Rc::new(lesson),
            begun,
            verdicts: Rc::default(),
            solved: false,
            solving: None,
        });
        (session, mistakes)
    }
}
