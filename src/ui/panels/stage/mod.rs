//! The cluster: the DaemonSet's counters and a card for each node.

pub mod gate;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod card;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::StagePanel;
