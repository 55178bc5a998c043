//! What floats above the page: menus, questions, the list of keys.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod forms;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::Dialogs;
