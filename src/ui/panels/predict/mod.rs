//! Predict, then run: one guesses what becomes of each node, and the run gives the answer.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::guess_bar;

use crate::ui::state::{GUESSING, Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: GUESSING,
    name: "Guess",
    icon: "i-guess",
    slot: Slot::Right,
    key: Some(("g", "Guess what happens, then run")),
    on_phone: false,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::PredictPanel given={model::model(&state.asking(), state.guessing())} act={act.clone()} /> },
};
