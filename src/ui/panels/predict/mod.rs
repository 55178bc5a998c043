//! Predict, then run: one guesses what becomes of each node, and the run gives the answer.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::ui::state::{GUESSING, Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: GUESSING,
    name: "Guess",
    icon: "i-help",
    slot: Slot::Stage,
    key: Some(("g", "Guess what happens, then run")),
    on_phone: false,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::PredictPanel given={state.asking()} act={act.clone()} /> },
};
