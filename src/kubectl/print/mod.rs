//! What kubectl prints: pure functions from objects to text.

pub mod name;
pub mod object;
pub mod tab;
pub mod template;
