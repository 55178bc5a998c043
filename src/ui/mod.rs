//! The page.
//!
//! [`state`] is all that it shows and the only way in which that changes; `panels` make plain models of it and
//! components of those. State, models and what they need compile natively and are tested there; components and
//! `browser` exist only in the browser.
//!
//! Invariants: components dispatch [`state::UiAction`]s and touch nothing else. No style attributes: the page's
//! policy forbids them.

pub mod figures;
pub mod keys;
pub mod list;
pub mod panels;
pub mod state;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod shared;
#[cfg(target_arch = "wasm32")]
mod widgets;

#[cfg(target_arch = "wasm32")]
pub use app::mount;
#[cfg(target_arch = "wasm32")]
pub use shared::Shared;

#[cfg(test)]
mod tests;
