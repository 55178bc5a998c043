//! Rules about the source that no compiler checks: which part may look at which, what the core must not touch, and
//! that nothing lies about that nobody uses.

mod circles;
mod contract;
mod files;
mod given;
mod layers;
mod names;
mod sentences;
pub mod source;
mod styles;
mod weight;
