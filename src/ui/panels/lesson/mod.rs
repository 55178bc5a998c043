//! Lessons: the list of all, the one that is open, and the one that is being written.

#[cfg(target_arch = "wasm32")]
mod make;
#[cfg(target_arch = "wasm32")]
mod overview;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use overview::Overview;

pub mod model;

use crate::ui::state::{Height, Panel, Slot};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "lesson",
    name: "Task",
    icon: "i-list",
    slot: Slot::Task,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::LessonPanel state={state.clone()} act={act.clone()} /> },
};
