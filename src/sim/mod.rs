//! The simulation: deterministic discrete events, recorded step by step.
//!
//! One [`Step`] is one look of one control loop (or one command of the user's), with its time, actor, cause,
//! whole decision and the objects before and after. A [`Timeline`] holds the steps and moves among them.
//!
//! Invariants: the same commands on the same start give the same steps, on every machine. Of the events at one
//! instant the one that was asked for first goes first. Only [`SimState`] has a clock, and it jumps from event to
//! event.

mod agenda;
mod command;
#[cfg(test)]
pub(crate) mod given;
mod loops;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod timeline;
mod trial;

pub use crate::cluster::StepNo;
pub use command::Said;
pub use loops::Trace;
pub use state::{Founding, SimState};
pub use step::{Cause, Step};
pub use timeline::{RunEnd, Timeline};
pub use trial::{Refused, Trial};
