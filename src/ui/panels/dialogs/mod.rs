//! What floats above the page: menus, questions, the list of keys.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod forms;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::Dialogs;

use crate::api::EcoString;
use crate::session::Session;
use crate::ui::state::{Dialog, UiState};

/// What they read.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The dialog that is open, with what is open below it.
    pub open: Option<(Dialog, Session)>,
    /// The nodes that what it does is meant for.
    pub nodes: Vec<EcoString>,
    /// Whether single letters are shortcuts.
    pub letters: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        let dialog = state.floating.dialog.clone();
        let nodes = match &dialog {
            Some(Dialog::NodeMenu(name) | Dialog::Taint(name) | Dialog::Label(name)) => state.meant(name),
            _ => Vec::new(),
        };
        Given {
            open: dialog.map(|dialog| (dialog, state.session.clone())),
            nodes,
            letters: state.prefs.letters,
        }
    }
}
