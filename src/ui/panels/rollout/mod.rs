//! A rolling update: the pods by revision, step by step, and what differs between two revisions.

pub mod diff;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod diff_view;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use diff_view::DiffView;

use crate::ui::state::{Height, Panel, Slot};

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
    draw: |state, _| yew::html! { <view::RolloutChart state={state.clone()} /> },
};
