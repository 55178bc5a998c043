//! The sheets for what leaves the page and what comes in: sharing, exporting, importing. Their script is fetched when
//! one is asked for; it asks the model for what it shows.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::SheetHost;
