//! The cluster: the frame with the DaemonSet's counters, and the view with a card for each node.

pub mod gate;
pub mod model;

#[cfg(target_arch = "wasm32")]
mod card;
#[cfg(target_arch = "wasm32")]
mod frame;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub use frame::{Given as Head, StageHead, told_notice};

use crate::api::{EcoString, ObjectKey};
use crate::session::ShownRun;
use crate::sim::StepNo;
use crate::ui::state::{Guessing, Height, Motion, Moving, Panel, Selection, Slot, Speed, UiState};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The view of the cluster that is shown first: a card for each node.
pub const NODES: Panel = Panel {
    id: "nodes",
    name: "Nodes",
    icon: "i-grid",
    slot: Slot::Stage,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::Nodes given={Given::of(state)} act={act.clone()} /> },
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
    /// The step whose changes are marked.
    pub marked_step: StepNo,
    /// The step that was just taken back.
    pub undone: Option<StepNo>,
    /// What Why? is about.
    pub selection: Selection,
    /// The nodes that are chosen together.
    pub marked: Rc<BTreeSet<EcoString>>,
    /// Whether the welcome asks about a node.
    pub asks: bool,
    /// Whether the shown step's own scene stands in their place.
    pub shows_scene: bool,
    /// Whether steps go by too fast for anything to travel.
    pub is_hurried: bool,
    /// Counts the openings.
    pub opened: u32,
    /// What one guesses.
    pub guessing: Option<Guessing>,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        let Moving { motion, speed, undone, .. } = state.moving;
        Given {
            run: state.session.shown_run(),
            set: state.shown_set(),
            order: Rc::clone(state.node_order()),
            marked_step: state.marked_step(),
            undone,
            selection: state.view.selection.clone(),
            marked: Rc::clone(&state.view.marked),
            asks: state.prefs.welcome,
            shows_scene: state.shows_scene() && !state.predicting.is_on,
            is_hurried: motion == Motion::Running || (motion == Motion::Playing && speed == Speed::Fast),
            opened: state.opened,
            guessing: state.guessing(),
        }
    }
}
