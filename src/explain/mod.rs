//! What happened and why, in words: the one place where recorded decisions become text.
//!
//! Invariants: everything said here is read from the timeline (steps, traces, objects), or asked of the components'
//! own pure functions; there are no rules of its own.
//! Wording: who did what to which object, because of which field; kubectl's words, exact names, numbers with units.

mod change;
pub mod compare;
mod counters;
mod eligibility;
mod ended_by;
mod grounds;
mod leaving;
mod loops;
mod measure;
mod piece;
mod pods;
pub mod predict;
mod preview;
pub mod reach;
mod refused;
mod said;
mod span;
mod standing;
mod step;
pub mod taints;
pub mod template;
#[cfg(test)]
mod tests;
mod turned_away;
mod unsettled;
pub mod why;

pub use change::describe as describe_change;
pub use counters::{COUNTERS, MISSCHEDULED, counters};
pub use eligibility::obstacle;
pub use measure::{Measure, lacking};
pub use piece::{Piece, count, kept_end, plain};
pub use pods::{PodStage, Revisions, name_end, revision_name, stage, status};
pub use preview::{Preview, PreviewLine, preview, told_behind, told_left_behind};
pub use span::{human, whole};
pub use step::{Told, subject, told};
pub use unsettled::unsettled;
