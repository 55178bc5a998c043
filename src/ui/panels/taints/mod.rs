//! The taints explorer: which tolerations open which taints, what happens to the pod on each node, and what would happen
//! with other taints and tolerations.

#[cfg(target_arch = "wasm32")]
mod form;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod table;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::api::ObjectKey;
use crate::explain::taints::Edit;
use crate::session::ShownRun;
use crate::ui::state::{Height, Panel, Slot, UiState};
use std::rc::Rc;

/// The panel.
pub const PANEL: Panel = Panel {
    id: "taints",
    name: "Taints",
    icon: "g-shut",
    slot: Slot::Stage,
    key: Some(("t", "Taints and tolerations")),
    on_phone: true,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::TaintsPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
    /// Whose tolerations are looked at.
    pub subject: Option<ObjectKey>,
    /// What is tried.
    pub edits: Rc<Vec<Edit>>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            run: state.session.shown_run(),
            subject: state.tried_of(),
            edits: Rc::clone(&state.trying.edits),
        }
    }
}
