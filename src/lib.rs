#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
pub mod cluster;
pub mod controllers;
pub mod examples;
pub mod explain;
pub mod kubectl;
pub mod kubelet;
pub mod lessons;
pub mod manifest;
pub mod network;
pub mod scheduler;
pub mod session;
pub mod sim;
pub mod ui;
