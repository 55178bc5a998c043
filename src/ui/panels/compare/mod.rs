//! What-if: two branches of the run side by side at the same simulated time, what differs, and what they come to.

#[cfg(target_arch = "wasm32")]
mod chart;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::ui::state::{COMPARING, Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: COMPARING,
    name: "What if",
    icon: "i-branch",
    slot: Slot::Stage,
    key: Some(("w", "What if: compare two branches")),
    on_phone: false,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::ComparePanel state={state.clone()} act={act.clone()} /> },
};
