//! The taints explorer: which tolerations open which taints, what happens to the pod on each node, and what would happen
//! with other taints and tolerations.

#[cfg(target_arch = "wasm32")]
mod form;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod table;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::ui::state::{Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "taints",
    name: "Taints",
    icon: "g-shut",
    slot: Slot::Stage,
    key: Some(("t", "Taints and tolerations")),
    on_phone: true,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::TaintsPanel state={state.clone()} act={act.clone()} /> },
};
