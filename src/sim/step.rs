//! One step: what is recorded of it.

use super::loops::{Loops, Trace};
use crate::api::{ApiPart, EcoString, SharedPart, Time};
use crate::cluster::{Actor, ApiError, Change, StepNo, WorkKey, Write};
use crate::kubectl::{Outbound, Setting};
use crate::scheduler::SchedulingTrace;
use std::ops::Deref;
use std::rc::Rc;

/// Why a step was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was there from the start.
    Start,
    /// The user wanted it.
    User,
    /// Something that a step changed.
    Change(StepNo),
    /// A time that a step set.
    Timer {
        /// The step.
        set_by: StepNo,
    },
}

impl Cause {
    /// The step that is the cause.
    pub fn step(self) -> Option<StepNo> {
        match self {
            Cause::Change(step) | Cause::Timer { set_by: step } => Some(step),
            Cause::Start | Cause::User => None,
        }
    }
}

/// One look of one control loop, or one command: who, when, because of what, what was decided, what changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number.
    pub no: StepNo,
    /// The simulated time.
    pub at: Time,
    /// Who.
    pub actor: Actor,
    /// What was looked at; none for a command.
    pub key: Option<WorkKey>,
    /// Because of what.
    pub cause: Cause,
    /// The whole decision.
    pub trace: Trace,
    /// What changed, in order.
    pub changes: Vec<Change>,
    /// What few steps have. Its fields are read as if they stood here.
    pub more: SharedPart<MoreOfStep>,
}

/// What few steps have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoreOfStep {
    /// Further steps whose changes it saw for the first time, besides those of the cause.
    pub also: Vec<StepNo>,
    /// Events that were forgotten before, as too old.
    pub expired: Vec<Change>,
    /// What the API server refused.
    pub refused: Vec<(Write, ApiError)>,
}

impl ApiPart for MoreOfStep {
    const NOTHING: &Self = &MoreOfStep { also: Vec::new(), expired: Vec::new(), refused: Vec::new() };
}

impl Deref for Step {
    type Target = MoreOfStep;

    fn deref(&self) -> &MoreOfStep {
        self.more.get()
    }
}

impl Step {
    /// What a client sent in it.
    pub fn sent(&self) -> Option<&Outbound> {
        match &self.trace {
            Trace::Command(said) => said.answer.sent.as_deref(),
            _ => None,
        }
    }

    /// The namespace in which kubectl was before it and after it, where the step changed that.
    pub fn moved(&self) -> Option<(&EcoString, &EcoString)> {
        match &self.trace {
            Trace::Command(said) => match &said.answer.setting {
                Some(Setting::Home(before, after)) => Some((before, after)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it wrote anything.
    pub fn wrote(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether its actor tried to do something and could not: a write was refused, no node was found, a sync ended
    /// with an error, a pod was turned away.
    pub fn failed(&self) -> bool {
        !self.refused.is_empty() || Loops::failed(&self.trace)
    }

    /// The attempt to schedule a pod in which victims were chosen, if it was one.
    pub fn preemption(&self) -> Option<&Rc<SchedulingTrace>> {
        let Trace::Scheduling(trace) = &self.trace else { return None };
        trace
            .attempt()
            .filter(|attempt| attempt.preemption.as_deref().is_some_and(|made| made.chosen().is_some()))
    }

    /// Whether nothing happened: a loop looked, had nothing to write and did not fail.
    pub fn is_idle(&self) -> bool {
        !matches!(self.trace, Trace::Command(_)) && !self.wrote() && !self.failed()
    }
}
