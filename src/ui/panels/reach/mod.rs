//! Who answers: one request from a client to an address, hop by hop, and many of them.

pub mod model;
pub mod picture;
#[cfg(target_arch = "wasm32")]
mod view;
pub mod watch;

use crate::examples;
use crate::ui::state::{Height, Panel, Slot};

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
    draw: |state, act| yew::html! { <view::ReachPanel state={state.clone()} act={act.clone()} /> },
};
