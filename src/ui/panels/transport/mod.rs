//! Time: stepping, playing, the lanes, and the sentence that tells the shown step.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod lanes;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::TransportPanel;

use crate::session::ShownRun;
use crate::ui::state::{Height, Moving, UiState};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
    /// How steps go by.
    pub moving: Moving,
    /// Whether playing passes over idle steps.
    pub skips_idle: bool,
    /// Whether there is room for what the user did.
    pub has_room: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            run: state.session.shown_run(),
            moving: state.moving.clone(),
            skips_idle: state.prefs.skip_idle,
            has_room: state.view.height() != Height::Low,
        }
    }
}
