//! The API server: the store, the only write path ([`api_server`]), admission, and the contract that every control loop keeps.
//!
//! Invariants: [`World::write`] is the only way to change an object and says exactly what changed. Nothing here
//! decides what a controller should do. No clock: the caller says what time it is.

mod account;
mod admission;
mod api_server;
mod checked;
mod component;
mod error;
mod events;
mod eviction;
#[cfg(test)]
pub(crate) mod given;
mod hash;
mod hint;
mod lease;
mod limit_range;
mod persistent;
mod pod_security;
mod quota;
mod recorder;
mod repeated;
mod service_ip;
mod slow_start;
mod text_order;
mod traffic;
mod world;
mod write;

pub use account::{DEFAULT_ACCOUNT, account, account_key, default_account};
pub use admission::RUNTIME_CLASS;
pub use component::{Actor, Because, Component, Cx, Reconciled, StepNo, Wakes, WorkKey, Written};
pub use error::ApiError;
pub use eviction::eviction;
pub use hash::{StableHash, spelled};
pub use hint::Sought;
pub use lease::{lease_key, silent_since, stopped_lease};
pub use persistent::{Map, MapKey, Set};
pub use pod_security::pod_security_warnings;
pub use quota::{is_quota, with_usage};
pub use recorder::{BINDING, Occurrence, Recorder};
pub use service_ip::{as_tried, dns_service, is_dns_service, is_kubernetes_service, kubernetes_service};
pub use slow_start::attempted;
pub use traffic::{Bond, Traffic};
pub use world::{PodName, World};
pub use write::{Action, Change, EventType, Propagation, Write};
