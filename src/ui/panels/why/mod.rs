//! Why? of the selected node or pod.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::ui::state::{Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "why",
    name: "Why?",
    icon: "i-why",
    slot: Slot::Right,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::WhyPanel state={state.clone()} act={act.clone()} /> },
};
