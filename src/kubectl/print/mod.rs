//! What kubectl prints: pure functions from objects to text.

pub mod age;
pub mod describe;
pub mod name;
pub mod object;
pub mod tab;
pub mod table;
pub mod template;
