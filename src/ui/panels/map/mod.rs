//! The map: one cell a node, for clusters too large to look through card by card.

pub mod filter;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::SideMap;

use crate::ui::state::{Height, Panel, Slot};

/// Above so many nodes the map is what is shown first.
pub const MANY: usize = 60;

/// The map.
pub const PANEL: Panel = Panel {
    id: "map",
    name: "Map",
    icon: "i-map",
    slot: Slot::Stage,
    key: Some(("m", "Map of the nodes")),
    on_phone: false,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |state| state.session.timeline.world().node_count() > MANY,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::MapPanel state={state.clone()} act={act.clone()} /> },
};
