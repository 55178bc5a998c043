//! Time: stepping, playing, the lanes, and the sentence that tells the shown step.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod lanes;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::TransportPanel;
