//! What several loops make of a cluster together.

mod faults;
mod nodes;
mod reports;
mod workloads;
