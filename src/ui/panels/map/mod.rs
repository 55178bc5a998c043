//! The map: one cell a node, for clusters too large to look through card by card.

pub mod filter;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use view::SideMap;

use crate::api::{EcoString, ObjectKey};
use crate::session::ShownRun;
use crate::ui::state::{Guessing, Height, Panel, Selection, Slot, UiState};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Above so many nodes the map is what is shown first.
pub const MANY: usize = 60;

/// The map.
pub const PANEL: Panel = Panel {
    id: "map",
    name: "Map",
    icon: "i-map",
    slot: Slot::Stage,
    key: Some(("m", "Map of the nodes (on a node: its menu)")),
    on_phone: false,
    asks_why: false,
    is_wide: true,
    height: Height::Low,
    count: |_| None,
    suits: |state| state.session.timeline.world().node_count() > MANY,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::MapPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The run.
    pub run: ShownRun,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
    /// The place of each node in the user's list.
    pub order: Rc<BTreeMap<EcoString, usize>>,
    /// What Why? is about.
    pub selection: Selection,
    /// The nodes that are chosen together.
    pub marked: Rc<BTreeSet<EcoString>>,
    /// What one guesses.
    pub guessing: Option<Guessing>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            run: state.session.shown_run(),
            set: state.shown_set(),
            order: Rc::clone(state.node_order()),
            selection: state.view.selection.clone(),
            marked: Rc::clone(&state.view.marked),
            guessing: state.guessing(),
        }
    }
}
