//! A rolling update: the pods by revision, step by step, and what differs between two revisions.

pub mod diff;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod diff_view;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use diff_view::DiffView;
#[cfg(target_arch = "wasm32")]
pub use view::RolloutChart;
