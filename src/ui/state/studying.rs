//! What a person does with lessons, and what becomes of the page by it.

use super::{LearningAction, LessonDraft, Mode, Notice, Page, Slot, UiState, Wanted};
use crate::lessons::{self, Index, Progress};
use crate::session::{Act, Past};
use std::rc::Rc;

impl UiState {
    /// Something else with the lessons.
    pub(super) fn learn(&mut self, action: LearningAction) {
        self.stop();
        match action {
            LearningAction::Open(name) => self.learning.want(name, true),
            // What came too late is not what one looks at by now.
            LearningAction::Fetched(Wanted::Lesson(name, true), _)
                if self.learning.wanted != Some(Wanted::Lesson(name.clone(), true)) => {}
            LearningAction::Fetched(wanted, text) => {
                self.learning.wanted = self.learning.wanted.take().filter(|other| *other != wanted);
                match (wanted, text) {
                    (Wanted::Index, Some(text)) => self.learning.index = Some(Rc::new(Index::read(&text))),
                    (Wanted::Lesson(name, anew), Some(text)) => {
                        if anew {
                            self.choices += 1;
                            self.set_own_work_aside();
                        }
                        self.open_lesson(&name, &text, anew);
                        // It says where it stands in the list, and which comes next.
                        if self.learning.index.is_none() {
                            self.learning.wanted = Some(Wanted::Index);
                        }
                    }
                    // The page that shows the list says so.
                    (Wanted::Index, None) => {}
                    (_, None) => {
                        let text = "This lesson could not be loaded. Check the network connection, then open it again.";
                        self.floating.notice = Some(Notice::bad(text));
                    }
                }
            }
            LearningAction::Reset => self.restart(None),
            LearningAction::Solve => self.restart(Some(0)),
            LearningAction::Hint => {
                if let Some(open) = &self.learning.open {
                    let most = open.lesson.hints.len();
                    let mark = self.learning.progress.mark_mut(&open.lesson.name);
                    mark.hints = (mark.hints + 1).min(most);
                }
            }
            LearningAction::Next => self.solve_on(),
            LearningAction::Make | LearningAction::Remake => {
                self.choices += 1;
                let closed = self.learning.closed.take();
                let draft = self.learning.draft.take().map(|draft| draft.source);
                let written = draft.or(closed).filter(|_| action == LearningAction::Make);
                let source = match (written, &self.learning.open) {
                    (Some(written), _) => written.to_string(),
                    (None, Some(open))
                        if action == LearningAction::Make && lessons::is_own(&open.lesson.name) =>
                    {
                        open.lesson.source.clone()
                    }
                    (None, _) => lessons::made_of(&self.session),
                };
                self.learning.draft = Some(LessonDraft::new(&source));
                self.learning.want_no_more();
                self.view.page = Page::Cluster;
                self.view.slot = Slot::Task;
            }
            LearningAction::Write(source) => self.learning.draft = Some(LessonDraft::new(&source)),
            LearningAction::Try => {
                if let Some(source) = self.learning.draft.as_ref().map(|draft| Rc::clone(&draft.source)) {
                    self.set_own_work_aside();
                    self.open_lesson(&lessons::own_name(&source), &source, true);
                }
            }
            LearningAction::Unmake => self.close_draft(),
            LearningAction::Clear => self.learning.progress = Progress::default(),
        }
    }

    /// Whether something goes with this that cannot be had again: then it is asked first.
    #[cold]
    #[inline(never)]
    pub(super) fn would_lose(&self, action: &LearningAction) -> bool {
        match action {
            LearningAction::Remake => {
                self.learning.written().is_some_and(|text| **text != *lessons::made_of(&self.session))
            }
            LearningAction::Clear => self.learning.progress != Progress::default(),
            LearningAction::Reset | LearningAction::Solve => self.session.touched,
            LearningAction::Open(_) => {
                self.session.touched && self.learning.open.as_ref().is_some_and(|open| !open.solved)
            }
            _ => false,
        }
    }

    /// The lesson that is written goes out of sight; its text stays.
    fn close_draft(&mut self) {
        let draft = self.learning.draft.take().map(|draft| draft.source);
        self.learning.closed = draft.or(self.learning.closed.take());
    }

    /// Sets aside what is open and changed, unless it is of a lesson.
    pub(super) fn set_own_work_aside(&mut self) {
        if lessons::opened_by(&self.session).is_none() && self.session.touched {
            self.storage.set_aside(self.saved());
        }
    }

    /// Opens a lesson: anew, or as that to which the work belongs that is open.
    pub(super) fn open_lesson(&mut self, name: &str, source: &str, anew: bool) {
        let is_other = lessons::opened_by(&self.session) != Some(name);
        if !anew && is_other {
            return;
        }
        if anew {
            self.learning.progress.solving = None;
        }
        let (session, mistakes) = self.learning.opened(name, source);
        if lessons::is_own(name) {
            self.learning.own = Some(source.into());
        }
        if anew {
            self.close_draft();
            self.learning.progress.last = Some(name.to_owned());
            self.learning.progress.mark_mut(name);
            self.show(session, Mode::Own);
            if is_other {
                self.view.begin_at_cluster();
            }
            self.prefs.welcome = false;
            self.view.slot = Slot::Task;
        }
        if let Some(mistake) = mistakes.first() {
            let text = format!("The lesson has a mistake in line {}: {}.", mistake.line, mistake.message);
            self.floating.notice = Some(Notice::bad(text));
        }
    }

    /// Opens the lesson to which the work belongs that is open, if it does.
    pub(super) fn resume_lesson(&mut self) {
        let Some(name) = lessons::opened_by(&self.session).map(str::to_owned) else { return };
        match self.learning.own_text(&name) {
            Some(own) => self.open_lesson(&name, &own, false),
            None if lessons::is_own(&name) => {
                let text = "This work belongs to a lesson whose text is not stored here. Open the lesson's file again.";
                self.floating.notice = Some(Notice::bad(text));
            }
            None => self.learning.want(name, false),
        }
        self.learning.follow(&self.session);
    }

    /// Lets the open lesson begin anew.
    fn restart(&mut self, solving: Option<usize>) {
        let Some(lesson) = self.learning.open.as_ref().map(|open| Rc::clone(&open.lesson)) else { return };
        self.open_lesson(&lesson.name, &lesson.source, true);
        self.learning.solve(solving);
    }

    /// Does the next thing of the solution.
    fn solve_on(&mut self) {
        let Some(open) = &self.learning.open else { return };
        let (lesson, Some(next)) = (Rc::clone(&open.lesson), open.solving) else { return };
        let Some(a_move) = lesson.solution.get(next) else { return };
        self.learning.solve(Some(next + 1));
        self.act(Act::Latest, Past::Ask);
        self.session = lessons::play(&self.session, a_move, &lesson.files);
        self.moving.undone = None;
    }
}
