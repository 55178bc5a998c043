//! What is asked in the Reach panel.

use super::panel::Panel;
use crate::network::{Call, Caller};
use crate::sim::StepNo;
use std::rc::Rc;

/// Questions that are kept to compare with, at most.
const MOST: usize = 4;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reaching {
    /// The questions that were asked, the last one first.
    pub asked: Rc<Vec<Call>>,
    /// Which of them is shown.
    pub shown: usize,
    /// How often a hundred requests were sent anew.
    pub again: u64,
    /// The step from which on a request is sent each simulated second.
    pub since: Option<StepNo>,
    /// Who is to ask next.
    pub from: Option<Caller>,
}

/// Something else is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum ReachAction {
    /// A pod or a node is to ask next, in this panel.
    From(Caller, &'static Panel),
    /// A request is sent.
    Ask(Call),
    /// A hundred more requests of each question are sent.
    Again,
    /// One of those that were asked is to be shown.
    Show(usize),
    /// From now on a request is sent each simulated second, or no more.
    Keep(bool),
}

impl Reaching {
    /// The question that is shown.
    pub fn question(&self) -> Option<&Call> {
        self.asked.get(self.shown)
    }

    pub(super) fn take(&mut self, action: ReachAction, shown: StepNo) {
        self.from = None;
        match action {
            ReachAction::From(client, _) => self.from = Some(client),
            ReachAction::Ask(question) => {
                let asked = Rc::make_mut(&mut self.asked);
                asked.retain(|earlier| *earlier != question);
                asked.insert(0, question);
                asked.truncate(MOST);
                self.shown = 0;
            }
            ReachAction::Again => self.again += 1,
            ReachAction::Show(place) => self.shown = place.min(self.asked.len().saturating_sub(1)),
            ReachAction::Keep(keeps) => self.since = keeps.then_some(shown),
        }
    }
}
