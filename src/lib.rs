#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
#[cfg(target_arch = "wasm32")]
pub mod ui;
