//! What-if: several runs of one session, of which one is open. A branch is forked from the open run at the shown step and
//! shares all that came before with it: states are persistent maps, so a fork copies nothing.
//!
//! While two branches are compared the transport moves both, along the simulated time: of two next steps the earlier one
//! comes first.

mod what_if;

use super::Session;
use super::act::{Done, Outcome, Refusal};
use crate::api::{EcoString, Object, ObjectKey, Time, sort};
use crate::explain::compare::{differences, told_difference};
use crate::sim::{RunEnd, Step, StepNo, Timeline};
use std::rc::Rc;

/// At most so many branches a session has.
pub const MOST_BRANCHES: usize = 6;

/// The most letters of a branch's name.
const LETTERS: usize = 32;

/// At most so many steps a branch takes to come to the time of the other.
const CATCH_UP: u32 = 5_000;

/// A branch among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Tells it from the others; the first is 0.
    pub no: u32,
    /// Its name.
    pub name: EcoString,
    /// Whether the user gave the name; else it follows from the first thing that is done in the branch.
    pub is_named: bool,
    /// The branch that it was forked from, and the step after which; none for the first.
    pub from: Option<(u32, StepNo)>,
}

/// The first branch.
impl Default for Branch {
    fn default() -> Self {
        Branch { no: 0, name: "as it is".into(), is_named: false, from: None }
    }
}

impl Session {
    /// All branches, in the order in which they were made.
    pub fn branches(&self) -> Vec<&Branch> {
        let mut all: Vec<&Branch> = self.others.iter().map(|other| &other.branch).collect();
        all.push(&self.branch);
        sort::by_key(&mut all, |branch| branch.no);
        all
    }

    /// The session with a branch open; none if there is no such branch.
    pub fn of_branch(&self, no: u32) -> Option<&Session> {
        if no == self.branch.no {
            return Some(self);
        }
        self.others.iter().find(|other| other.branch.no == no)
    }

    /// The branch that the open one is compared with.
    pub fn beside(&self) -> Option<&Session> {
        self.others.iter().find(|other| Some(other.branch.no) == self.beside)
    }

    /// Whether there is a step to go forward to, in the open branch or in the one beside it.
    pub fn can_advance(&self) -> bool {
        self.timeline.can_advance() || self.beside().is_some_and(|other| other.timeline.can_advance())
    }

    /// The last step that the open branch and the one beside it have in common: up to it they are one run.
    pub fn common(&self) -> StepNo {
        self.beside().map_or(0, |other| common(self, other))
    }

    /// The times at which something became different in the open branch and in the one beside it, as far as both are
    /// recorded.
    pub fn differences(&self, set: &ObjectKey) -> Vec<Time> {
        let other =
            self.beside().map(|other| differences([&self.timeline, &other.timeline], self.common(), set));
        other.unwrap_or_default()
    }

    /// The time that is shown: of two branches that of the later step.
    pub fn shown_time(&self) -> Time {
        let own = shown_at(&self.timeline);
        self.beside().map_or(own, |other| own.max(shown_at(&other.timeline)))
    }

    /// Copies the run as it is at the shown step. The copy is open from then on, without the later steps, and is
    /// compared with the run that it came from, which is kept whole.
    pub(super) fn fork(&mut self) -> Outcome {
        if self.others.len() + 1 >= MOST_BRANCHES {
            return Outcome::Refused(Refusal::Branches);
        }
        let shown = self.timeline.shown();
        let mut kept = self.clone();
        kept.others = Rc::default();
        kept.editing = None;
        kept.beside = None;
        let no = self.branches().last().map_or(0, |last| last.no) + 1;
        self.beside = Some(self.branch.no);
        let from = Some((self.branch.no, shown));
        self.branch = Branch { no, name: format!("what if {no}").into(), is_named: false, from };
        Rc::make_mut(&mut self.others).push(kept);
        self.forget_later_replies();
        Rc::make_mut(&mut self.log).retain(|entry| entry.after < shown);
        Rc::make_mut(&mut self.timeline).drop_later();
        self.run += 1;
        self.touched = true;
        self.show_applied();
        Outcome::Done(Done::default())
    }

    /// Opens another branch. If it was compared with the open one, they change places.
    pub(super) fn switch(&mut self, no: u32) -> Outcome {
        let others = Rc::make_mut(&mut self.others);
        let Some(place) = others.iter().position(|other| other.branch.no == no) else {
            return Outcome::Unchanged;
        };
        let mut next = others.remove(place);
        next.others = std::mem::take(&mut self.others);
        next.books = self.books.clone();
        next.beside = if self.beside == Some(no) { Some(self.branch.no) } else { self.beside };
        next.touched |= self.touched;
        let mut last = std::mem::replace(self, next);
        last.editing = None;
        last.beside = None;
        Rc::make_mut(&mut self.others).push(last);
        Outcome::Done(Done::default())
    }

    /// Gives a branch another name; an empty one changes nothing.
    pub(super) fn name_branch(&mut self, no: u32, name: &str) -> Outcome {
        let name: EcoString = name.trim().chars().take(LETTERS).collect();
        let named = |branch: &mut Branch| {
            if name.is_empty() || branch.name == name {
                return Outcome::Unchanged;
            }
            (branch.name, branch.is_named) = (name.clone(), true);
            Outcome::Done(Done::default())
        };
        if no == self.branch.no {
            return named(&mut self.branch);
        }
        let other = Rc::make_mut(&mut self.others).iter_mut().find(|other| other.branch.no == no);
        other.map_or(Outcome::Unchanged, |other| named(&mut other.branch))
    }

    /// Drops a branch with all its steps. In place of the open one the one beside it is opened, or the first.
    pub(super) fn drop_branch(&mut self, no: u32) -> Outcome {
        if self.others.is_empty() {
            return Outcome::Unchanged;
        }
        if no == self.branch.no {
            let next = self.beside.unwrap_or_else(|| {
                self.branches().iter().map(|branch| branch.no).find(|other| *other != no).unwrap_or(no)
            });
            self.switch(next);
        }
        let before = self.others.len();
        let dropped = self.others.iter().find(|other| other.branch.no == no);
        let runs = dropped.map_or(self.run, |dropped| dropped.run);
        Rc::make_mut(&mut self.others).retain(|other| other.branch.no != no);
        // Whoever compares chooses anew, and brings that one to the shown time.
        self.beside = self.beside.filter(|other| *other != no);
        // No other run may take it for the dropped one's.
        self.run = self.run.max(runs) + 1;
        self.touched = true;
        if self.others.len() == before { Outcome::Unchanged } else { Outcome::Done(Done::default()) }
    }

    /// Compares the open branch with another one, or with none. The other is brought to the shown time.
    pub(super) fn compare(&mut self, no: Option<u32>) -> Outcome {
        let other = no.and_then(|no| self.others.iter().find(|other| other.branch.no == no));
        if other.is_some_and(|other| other.resuming.is_some()) {
            return Outcome::Resuming;
        }
        let next = other.map(|other| other.branch.no);
        if self.beside == next {
            return Outcome::Unchanged;
        }
        self.beside = next;
        self.catch_up();
        Outcome::Done(Done::default())
    }

    /// Names the open branch after the first thing that was done in it, as long as the user did not name it.
    pub(super) fn name_after_first(&mut self) {
        let Some((_, from)) = self.branch.from.filter(|_| !self.branch.is_named) else { return };
        let Some(first) = self.log.iter().find(|entry| entry.after == from) else { return };
        let words = first.request.in_short();
        let step = self.timeline.step(from + 1);
        let told = step.and_then(|step| told(step)).unwrap_or(words);
        self.branch.name = told.chars().take(LETTERS).collect();
    }

    /// Does something to the timeline of the branch beside the open one.
    fn with_beside<T>(&mut self, go: impl FnOnce(&mut Timeline) -> T) -> Option<T> {
        let beside = self.beside;
        let others = Rc::make_mut(&mut self.others);
        let other = others.iter_mut().find(|other| Some(other.branch.no) == beside)?;
        let held_list = other.holds_list();
        let came = go(Rc::make_mut(&mut other.timeline));
        other.show_moved(held_list);
        Some(came)
    }

    /// Brings the branch beside the open one to the time of the step that is shown of the open one.
    pub(super) fn catch_up(&mut self) {
        let common = self.common();
        let (shown, at) = (self.timeline.shown(), shown_at(&self.timeline));
        self.with_beside(|other| match shown <= common {
            true => other.seek(shown),
            false => seek_time(other, common, at),
        });
    }

    /// One step on; of two branches that of the one whose next step is the earlier one. Gives the step, if there is one.
    pub(super) fn forward(&mut self) -> Option<Rc<Step>> {
        let own = self.timeline.following();
        let other = self.beside().and_then(|other| other.timeline.following());
        let is_own = match (own, other) {
            (Some(own), Some(other)) => own <= other,
            (own, _) => own.is_some(),
        };
        let is_common = self.timeline.shown() < self.common();
        let mut step = None;
        if is_own || is_common {
            let timeline = Rc::make_mut(&mut self.timeline);
            step = forward(timeline);
        }
        if (!is_own || is_common) && other.is_some() {
            step = self.with_beside(forward).flatten().or(step);
        }
        step
    }

    /// One step back; of two branches that of the one whose shown step is the later one.
    fn back(&mut self) {
        let common = self.common();
        let own = (self.timeline.shown() > common, shown_at(&self.timeline));
        let other = self.beside().map(|other| (other.timeline.shown() > common, shown_at(&other.timeline)));
        let goes = match (own, other) {
            (_, None) => (true, false),
            ((true, own), Some((true, other))) => (own > other, own <= other),
            ((false, _), Some((false, _))) => (true, true),
            ((own, _), Some((other, _))) => (own, other),
        };
        if goes.0 {
            Rc::make_mut(&mut self.timeline).back();
        }
        if goes.1 {
            self.with_beside(Timeline::back);
        }
    }

    /// Some steps on or back.
    pub(super) fn jump(&mut self, by: i64) {
        for _ in 0..by.unsigned_abs() {
            match by > 0 {
                true if self.forward().is_none() => return,
                true => {}
                false if self.is_at_start() => return,
                false => self.back(),
            }
        }
    }

    fn is_at_start(&self) -> bool {
        self.timeline.shown() == 0 && self.beside().is_none_or(|other| other.timeline.shown() == 0)
    }

    /// Shows a recorded step, and of the branch beside it the cluster as it was then.
    pub(super) fn seek(&mut self, no: StepNo) {
        Rc::make_mut(&mut self.timeline).seek(no);
        self.catch_up();
    }

    /// Shows the cluster as it was at a time, and the branch beside it as it was then.
    pub(super) fn seek_time(&mut self, at: Time) {
        let common = self.common();
        seek_time(Rc::make_mut(&mut self.timeline), 0, at);
        let shown = self.timeline.shown();
        self.with_beside(|other| match shown < common {
            true => other.seek(shown),
            false => seek_time(other, common, at),
        });
    }

    /// The last recorded step; of each of two branches its own.
    pub(super) fn latest(&mut self) {
        let last = |timeline: &mut Timeline| timeline.seek(timeline.len());
        last(Rc::make_mut(&mut self.timeline));
        self.with_beside(last);
    }

    /// Goes on until nothing more happens by itself, at most so many steps: two branches side by side as long as both go
    /// on, then the one that does.
    pub(super) fn run(&mut self, most: u32) -> RunEnd {
        let held_list = self.holds_list();
        let own = Rc::make_mut(&mut self.timeline).run(most);
        self.show_moved(held_list);
        if own == RunEnd::More {
            self.catch_up();
            return own;
        }
        let other = self.with_beside(|other| other.run(most)).unwrap_or(RunEnd::Stable);
        match (own, other) {
            (_, RunEnd::More) => RunEnd::More,
            (RunEnd::Stable, other) => other,
            (own, _) => own,
        }
    }
}

/// One step on.
fn forward(timeline: &mut Timeline) -> Option<Rc<Step>> {
    let moved = timeline.forward();
    timeline.step(timeline.shown()).filter(|_| moved).cloned()
}

/// What the first command of a branch changed of a DaemonSet, in a few words.
fn told(step: &Step) -> Option<String> {
    let set = |object: &Option<Object>| object.as_ref().and_then(Object::as_daemon_set).cloned();
    let mut sets = step.changes.iter().filter_map(|change| Some((set(&change.before)?, set(&change.after)?)));
    sets.find_map(|(before, after)| told_difference(&before, &after))
}

/// The last step that two branches have in common: from the same start the same acts give the same steps.
fn common(one: &Session, other: &Session) -> StepNo {
    let mut places = 0..one.log.len().max(other.log.len());
    let differs = places.find(|place| one.log.get(*place) != other.log.get(*place));
    let acts = differs.into_iter().flat_map(|place| [one.log.get(place), other.log.get(place)]);
    let lens = [one.timeline.len(), other.timeline.len()];
    acts.flatten().map(|act| act.after).chain(lens).min().unwrap_or(0)
}

/// The time of the shown step.
fn shown_at(timeline: &Timeline) -> Time {
    timeline.time_of(timeline.shown())
}

/// Shows the last step up to a time, at least the given one, and takes those that are not recorded yet.
fn seek_time(timeline: &mut Timeline, least: StepNo, at: Time) {
    let (mut low, mut high) = (least.min(timeline.len()), timeline.len());
    while low < high {
        let middle = high - (high - low) / 2;
        if timeline.step(middle).is_some_and(|step| step.at <= at) { low = middle } else { high = middle - 1 }
    }
    timeline.seek(low);
    for _ in 0..CATCH_UP {
        if timeline.following().is_none_or(|next| next > at) || !timeline.forward() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
