//! What-if: two branches of the run side by side at the same simulated time, what differs, and what they come to.

#[cfg(target_arch = "wasm32")]
mod chart;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::api::{EcoString, ObjectKey};
use crate::session::Session;
use crate::ui::state::{COMPARING, Height, Motion, Panel, Slot, UiState};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The panel.
pub const PANEL: Panel = Panel {
    id: COMPARING,
    name: "What if",
    icon: "i-branch",
    slot: Slot::Stage,
    key: Some(("w", "What if: compare two branches")),
    on_phone: false,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::ComparePanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is open.
    pub session: Session,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
    /// The DaemonSet that can be asked about.
    pub asked: Option<ObjectKey>,
    /// The place of each node in the user's list.
    pub order: Rc<BTreeMap<EcoString, usize>>,
    /// Whether both run.
    pub is_running: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            session: state.session.clone(),
            set: state.shown_set(),
            asked: state.asking().set(),
            order: Rc::clone(state.node_order()),
            is_running: state.moving.motion == Motion::Running,
        }
    }
}
