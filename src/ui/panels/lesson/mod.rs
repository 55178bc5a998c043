//! Lessons: the list of all, the one that is open, and the one that is being written.

#[cfg(target_arch = "wasm32")]
mod goal;
#[cfg(target_arch = "wasm32")]
mod make;
#[cfg(target_arch = "wasm32")]
mod overview;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use overview::Overview;

pub mod model;

use crate::session::Session;
use crate::ui::state::{Guessing, Height, Learning, Panel, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "lesson",
    name: "Task",
    icon: "i-book",
    slot: Slot::Task,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::LessonPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// The lessons.
    pub learning: Learning,
    /// What one guesses of the open one.
    pub guessing: Option<Guessing>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            session: state.session.clone(),
            learning: state.learning.clone(),
            guessing: state.guessing().filter(|_| state.predicting.of_lesson),
        }
    }
}
