//! What kubectl prints: pure functions from objects to text.

pub mod age;
pub mod columns;
pub mod describe;
pub mod event;
pub mod format;
pub mod go;
pub mod gotemplate;
pub mod json;
pub mod jsonpath;
pub mod kyaml;
pub mod lines;
pub mod name;
pub mod object;
mod rare;
pub mod tab;
pub mod table;
pub mod template;
mod volumes;
