//! The editor: what the user wrote, what is wrong with it, and what applying it would change.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod typed;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use typed::Typed;

use crate::api::ObjectKey;
use crate::session::{DocumentName, Session};
use crate::ui::state::{Height, Panel, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "editor",
    name: "YAML",
    icon: "i-file",
    slot: Slot::Side,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::EditorPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// Counts the openings: it gives up its history with each.
    pub opened: u32,
    /// Counts the times that Apply was refused: it goes to the first error with each.
    pub objections: u32,
    /// The text that is shown.
    pub document: DocumentName,
    /// The line that was asked for last, and how many were asked for by then.
    pub line: Option<(DocumentName, u32, u32)>,
    /// Whether the difference between two revisions stands in its place.
    pub shows_diff: bool,
    /// Whether it shows the object that `kubectl edit` opened.
    pub shows_edited: bool,
    /// The DaemonSet whose revisions these are.
    pub set: Option<ObjectKey>,
    /// Whether nothing can be written.
    pub is_read_only: bool,
    /// Whether one guesses what comes: what Apply would do is not told.
    pub is_guessing: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            session: state.session.clone(),
            opened: state.opened,
            objections: state.objections,
            document: state.view.document,
            line: state.view.line,
            shows_diff: state.view.shows_diff,
            shows_edited: state.view.shows_edited,
            set: state.shown_set(),
            is_read_only: state.mode.is_read_only(),
            is_guessing: state.is_guessing(),
        }
    }
}
