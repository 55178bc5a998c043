//! Events as `kubectl get events` shows them.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::EventsPanel;
