//! The terminal: a command line, and what was said and answered at which step.

#[cfg(target_arch = "wasm32")]
mod line;
pub mod model;
pub mod prompt;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::ui::state::{Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "terminal",
    name: "Terminal",
    icon: "i-log",
    slot: Slot::Dock,
    key: Some(("`", "Terminal; there, on an empty line, its height")),
    on_phone: true,
    asks_why: false,
    height: Height::Half,
    count: |_| None,
    is_wide: false,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::Terminal state={state.clone()} act={act.clone()} /> },
};
