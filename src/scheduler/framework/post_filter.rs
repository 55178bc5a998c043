//! PostFilter: what can be done when no node is possible.

use super::filter::Cycle;
use super::filters::Filters;
use super::status::Nomination;
use crate::scheduler::trace::{Preempted, Verdicts};
use std::rc::Rc;

/// What PostFilter is told.
pub struct Unschedulable<'a, 'c> {
    /// The attempt.
    pub cycle: Cycle<'a>,
    /// The checks that PreFilter set up.
    pub filters: &'c Filters<'a>,
    /// The verdict on each node.
    pub verdicts: &'c Verdicts,
    /// PreFilter was broken off, so later plugins have not seen the pod.
    pub broken_off: bool,
    /// Decides between equals.
    pub chance: u64,
}

/// Asked when no node is possible.
pub trait PostFilter {
    /// What can be done.
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered;
}

/// What PostFilter comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct PostFiltered {
    /// What becomes of `status.nominatedNodeName`.
    pub nomination: Nomination,
    /// None = room can be made.
    pub failure: Option<PostFilterFailure>,
    /// How it was decided.
    pub preemption: Option<Rc<Preempted>>,
}

/// Why PostFilter could not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostFilterFailure {
    /// It tried; the next plugin is asked.
    Unschedulable(String),
    /// It could not even try; no further plugin is asked.
    Error(String),
}

/// One of so many places, by chance.
pub fn pick(chance: u64, places: usize) -> usize {
    if places == 0 { 0 } else { (chance % places as u64) as usize }
}
