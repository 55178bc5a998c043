#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
pub mod cluster;
pub mod controllers;
pub mod explain;
pub mod kubelet;
pub mod manifest;
pub mod scheduler;
pub mod sim;
#[cfg(target_arch = "wasm32")]
pub mod ui;
