//! The sheets for what leaves the page and what comes in: sharing, exporting, importing. Their script is fetched when
//! one is asked for; it asks the model for what it shows.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::SheetHost;

use crate::lessons;
use crate::session::Session;
use crate::ui::state::UiState;
use serde_json::{Map, Value};

/// What the sheets read.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// Its title.
    pub title: String,
    /// Where one looks, as a link says it.
    pub look: Map<String, Value>,
    /// The text of the open lesson, if it is one of the user's own.
    pub lesson: Option<String>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        let own = state.learning.open.as_ref().filter(|open| lessons::is_own(&open.lesson.name));
        let lesson = own.map(|open| open.lesson.source.clone());
        let title = state.title().to_owned();
        Given { session: state.session.clone(), title, look: state.view.look(), lesson }
    }
}
