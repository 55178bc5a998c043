//! The terminal: a command line, and what was said and answered at which step.

#[cfg(target_arch = "wasm32")]
mod line;
pub mod model;
pub mod prompt;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::session::Session;
use crate::ui::state::{Height, Panel, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "terminal",
    name: "Terminal",
    icon: "i-log",
    slot: Slot::Dock,
    key: Some(("`", "Terminal (in it, on an empty line: higher or lower)")),
    on_phone: true,
    asks_why: false,
    height: Height::Half,
    count: |_| None,
    is_wide: false,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::Terminal given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// Counts how often it was asked for: it takes the focus with each.
    pub asked: u32,
    /// Counts the openings: what was cleared away is of one.
    pub opened: u32,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given { session: state.session.clone(), asked: state.view.asked, opened: state.opened }
    }
}
