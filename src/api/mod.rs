//! The Kubernetes objects that the playground gives a meaning to, as plain values.
//!
//! Field names and defaults are upstream's (`staging/src/k8s.io/api`). Each struct holds the fields that the
//! simulation reads, typed, and everything else that was written in [`Rest`], so that an object given back
//! (`get -o yaml`) holds all that was put in. Strictness (unknown fields, wrong types) is the manifest's work,
//! before anything is decoded into these types.
//!
//! Invariants: values only. Nothing here knows of a cluster, of time passing or of who asks.

#[macro_use]
mod macros;

mod affinity;
mod aggregate;
pub mod base64;
mod core;
pub mod defaults;
pub mod discovery;
mod ip;
mod labels;
mod lean;
pub mod merge;
mod meta;
mod names;
mod object;
mod printed;
mod quantity;
pub mod requests;
mod rest;
mod served;
mod small_map;
pub mod sort;
mod strategy;
mod taint;
mod time;
pub mod validation;
mod workload;

pub use affinity::*;
pub use core::*;
pub use discovery::EndpointSlice;
pub use ecow::{EcoString, EcoVec};
pub use labels::*;
pub use lean::{ApiPart, SharedPart, push_lean};
pub use meta::*;
pub use names::{label_value, path_segment, qualified_name};
pub use object::*;
pub use printed::PrintedPod;
pub use quantity::*;
pub use rest::Rest;
pub(crate) use rest::is_default;
pub use small_map::SmallMap;
pub use strategy::*;
pub use taint::*;
pub use time::*;
pub use workload::*;
