//! What happened and why, in words: the one place where recorded decisions become text.
//!
//! Invariants: everything said here is read from the timeline (steps, traces, objects); nothing is decided anew.
//! Wording: who did what to which object, because of which field; kubectl's words, exact names, numbers with units.

mod change;
mod piece;
mod step;

pub use change::describe as describe_change;
pub use piece::{Piece, plain};
pub use step::{Told, told};
