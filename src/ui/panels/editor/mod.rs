//! The editor: what the user wrote, what is wrong with it, and what applying it would change.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod typed;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use typed::Typed;

use crate::ui::state::{Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "editor",
    name: "YAML",
    icon: "i-file",
    slot: Slot::Side,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::EditorPanel state={state.clone()} act={act.clone()} /> },
};
