//! The stage of a step that makes room for a pod: one node as a fit diagram, now, in the dry run, and after.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::PreemptionScene;
