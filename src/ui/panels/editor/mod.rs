//! The editor: what the user wrote, what is wrong with it, and what applying it would change.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod typed;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use {typed::Typed, view::EditorPanel};
