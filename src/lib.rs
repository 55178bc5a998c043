#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
pub mod cluster;
pub mod controllers;
pub mod manifest;
#[cfg(target_arch = "wasm32")]
pub mod ui;
