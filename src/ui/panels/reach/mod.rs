//! Who answers: one request from a client to an address, hop by hop, and many of them.

pub mod model;
pub mod picture;
#[cfg(target_arch = "wasm32")]
mod view;
pub mod watch;

use crate::api::{EcoString, ObjectKey};
use crate::examples;
use crate::session::ShownRun;
use crate::ui::state::{Height, Panel, Reaching, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "reach",
    name: "Reach",
    icon: "i-reach",
    slot: Slot::Stage,
    key: Some(("h", "Reach: who answers a request")),
    on_phone: true,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |state| examples::find(&state.session.example).is_some_and(|example| example.asks.is_some()),
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::ReachPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
    /// What is asked.
    pub reaching: Reaching,
    /// The example that is open.
    pub example: EcoString,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            run: state.session.shown_run(),
            set: state.shown_set(),
            reaching: state.reaching.clone(),
            example: state.session.example.clone(),
        }
    }
}
