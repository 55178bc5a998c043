//! Takes a stored run again, in slices.

use super::saved::{Saved, SavedRun};
use super::{Document, Documents, LogEntry, Outcome, Resumed, Session, start};
use crate::api::Time;
use crate::kubectl::Books;
use crate::sim::StepNo;
use std::rc::Rc;

/// A stored run that is being taken again.
#[derive(Clone, Debug)]
pub struct Resuming {
    /// As it was stored.
    pub(super) run: Rc<SavedRun>,
    /// So many of the user's commands are done.
    done: usize,
    /// So many of the commands that made no step were given.
    asked: usize,
    /// The step by which it is another run than the stored one.
    differs: Option<StepNo>,
}

impl Session {
    /// A stored session. Its run is still to be taken again ([`Act::Resume`](super::Act::Resume)).
    pub fn resume(saved: &Saved) -> Self {
        let others = saved.others.iter().map(Session::resume_branch).collect();
        Session { others: Rc::new(others), ..Session::resume_branch(saved) }
    }

    fn resume_branch(saved: &Saved) -> Self {
        let run = Rc::clone(&saved.run);
        let texts = &saved.texts;
        let mut session = Session {
            example: texts.example.as_str().into(),
            start: Rc::clone(&run.start),
            documents: Documents {
                manifest: Document::of(Rc::clone(&texts.manifest), Rc::default()),
                nodes: Document::of(Rc::clone(&texts.nodes), Rc::default()),
            },
            timeline: Rc::new(start(&run.start)),
            log: Rc::default(),
            books: Books::default(),
            replies: Rc::default(),
            editing: None,
            touched: texts.touched,
            branch: saved.branch.clone(),
            others: Rc::default(),
            beside: None,
            resuming: Some(Rc::new(Resuming { run, done: 0, asked: 0, differs: None })),
            run: 0,
        };
        session.show_applied();
        session
    }

    /// How many steps of a stored run are taken again, and of how many: of the open branch, then of the others.
    pub fn resuming(&self) -> Option<(StepNo, StepNo)> {
        if let Some(resuming) = &self.resuming {
            return Some((self.timeline.len(), resuming.run.recorded));
        }
        self.others.iter().find_map(Session::resuming)
    }

    /// The next one of the other branches that is still to be taken again.
    fn resuming_branch(&mut self) -> Option<&mut Session> {
        if self.others.iter().all(|other| other.resuming.is_none()) {
            return None;
        }
        Rc::make_mut(&mut self.others).iter_mut().find(|other| other.resuming.is_some())
    }

    /// Leaves out the rest of the stored run.
    pub(super) fn abandon(&mut self) -> Outcome {
        match self.resuming.take() {
            Some(_) => {
                self.run += 1;
                self.touched = true;
                Outcome::Done(super::Done::default())
            }
            None => self.resuming_branch().map_or(Outcome::Unchanged, Session::abandon),
        }
    }

    /// Goes to the time of the last step, or to a later one that was waited for then.
    fn wait(&mut self, to: Option<Time>) {
        let timeline = Rc::make_mut(&mut self.timeline);
        timeline.seek(timeline.len());
        if let Some(time) = to {
            timeline.wait(time);
        }
    }

    /// Takes at most so many steps of the stored run again.
    pub(super) fn take_again(&mut self, most: u32) -> Outcome {
        let Some(mut resuming) = self.resuming.take().map(Rc::unwrap_or_clone) else {
            return self.resuming_branch().map_or(Outcome::Unchanged, |other| other.take_again(most));
        };
        let run = Rc::clone(&resuming.run);
        let mut ended = false;
        for _ in 0..most {
            while let Some(asked) =
                run.replies.get(resuming.asked).filter(|asked| asked.at <= self.timeline.len())
            {
                resuming.asked += 1;
                self.wait(asked.time);
                self.ask_again(&asked.typed, &asked.then, &asked.ahead);
            }
            let timeline = Rc::make_mut(&mut self.timeline);
            let act = run.log.get(resuming.done);
            let until = act.map_or(run.recorded, |act| act.after);
            if timeline.len() < until && timeline.forward() {
                resuming.compare(timeline.len(), timeline.mark(timeline.len()));
                continue;
            }
            let Some(act) = act else {
                ended = true;
                break;
            };
            let after = timeline.len();
            self.wait(act.waited);
            let timeline = Rc::make_mut(&mut self.timeline);
            timeline.say(&act.request);
            Rc::make_mut(&mut self.log).push(LogEntry { after, ..act.clone() });
            resuming.done += 1;
            resuming.compare(timeline.len(), timeline.mark(timeline.len()));
        }
        self.run += 1;
        if !ended {
            self.resuming = Some(Rc::new(resuming));
            self.show_applied();
            return Outcome::Done(super::Done::default());
        }
        let len = self.timeline.len();
        if len != run.recorded {
            resuming.differs.get_or_insert(len.min(run.recorded) + 1);
        }
        for asked in &run.replies {
            if let Some(until) = asked.until {
                self.end_again(asked.at, &asked.typed, until);
            }
        }
        Rc::make_mut(&mut self.timeline).seek(run.shown);
        self.show_applied();
        self.adopt_list();
        Outcome::Resumed(Resumed { engine: run.engine.clone(), differs: resuming.differs })
    }
}

impl Resuming {
    fn compare(&mut self, no: StepNo, mark: Option<u64>) {
        if self.run.differs_at(no, mark) {
            self.differs.get_or_insert(no);
        }
    }
}
