//! The map: one cell a node, for clusters too large to look through card by card.

pub mod filter;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::MapPanel;
