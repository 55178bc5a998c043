//! The cluster: the frame with the DaemonSet's counters, and the view with a card for each node.

pub mod gate;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod card;
#[cfg(target_arch = "wasm32")]
mod frame;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use frame::Stage;

use crate::ui::state::{Height, Panel, Slot};

/// The view of the cluster that is shown first: a card for each node.
pub const NODES: Panel = Panel {
    id: "nodes",
    name: "Nodes",
    icon: "i-grid",
    slot: Slot::Stage,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::Nodes state={state.clone()} act={act.clone()} /> },
};
