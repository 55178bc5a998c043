//! A rolling update: the pods by revision, step by step, and what differs between two revisions.

pub mod diff;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod diff_view;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use diff_view::DiffView;

use crate::api::ObjectKey;
use crate::session::ShownRun;
use crate::ui::state::{Height, Panel, Slot, UiState};

/// The panel: the pods of the shown DaemonSet by revision, step by step.
pub const PANEL: Panel = Panel {
    id: "rollout",
    name: "Rollout",
    icon: "i-stable",
    slot: Slot::Dock,
    key: None,
    on_phone: false,
    asks_why: true,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::RolloutChart given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given { run: state.session.shown_run(), set: state.shown_set() }
    }
}
