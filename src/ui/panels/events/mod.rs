//! Events as `kubectl get events` shows them.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::session::ShownRun;
use crate::ui::state::{Height, Panel, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "events",
    name: "Events",
    icon: "i-list",
    slot: Slot::Dock,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |state| Some(state.session.timeline.world().event_count()),
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::EventsPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given { run: state.session.shown_run() }
    }
}
