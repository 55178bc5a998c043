//! The native tests that are not beside the code they test: one binary, one module a concern.

mod cases;
mod lessons;
mod properties;
mod reading;
mod statements;
mod tidy;
mod words;
