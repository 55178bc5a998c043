//! The sheets for what leaves the page and what comes in: sharing, exporting, importing. Their script is fetched when
//! one is asked for; it asks the model for what it shows.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::SheetHost;

use crate::session::Session;
use crate::ui::state::UiState;
use serde_json::{Map, Value};

/// What the sheets read.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// Where one looks, as a link says it.
    pub look: Map<String, Value>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given { session: state.session.clone(), look: state.view.look() }
    }
}
