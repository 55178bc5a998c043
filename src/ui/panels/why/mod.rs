//! Why? of the selected node or pod.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

use crate::api::ObjectKey;
use crate::session::{Documents, ShownRun};
use crate::sim::StepNo;
use crate::ui::state::{Height, Panel, Selection, Slot, UiState};

/// The panel.
pub const PANEL: Panel = Panel {
    id: "why",
    name: "Why?",
    icon: "i-why",
    slot: Slot::Right,
    key: None,
    on_phone: true,
    asks_why: false,
    is_wide: false,
    height: Height::Low,
    count: |_| None,
    suits: |_| false,
    #[cfg(target_arch = "wasm32")]
    draw: |state, act| yew::html! { <view::WhyPanel given={Given::of(state)} act={act.clone()} /> },
};

/// What is asked.
#[derive(Clone, PartialEq)]
pub struct Inquiry {
    /// The run.
    pub run: ShownRun,
    /// Of what.
    pub selection: Selection,
    /// The attempt to schedule the selected pod that is told; none = the last one.
    pub attempt: Option<StepNo>,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
}

/// What it reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What is asked.
    pub asked: Inquiry,
    /// The texts, whose lines it leads to.
    pub documents: Documents,
    /// Whether the DaemonSet controller takes nodes by chance.
    pub by_chance: bool,
    /// Whether the answer waits until the question was asked.
    pub waits: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState) -> Self {
        Given {
            asked: Inquiry {
                run: state.session.shown_run(),
                selection: state.view.selection.clone(),
                attempt: state.view.attempt,
                set: state.shown_set(),
            },
            documents: state.session.documents.clone(),
            by_chance: state.session.by_chance(),
            waits: state.prefs.welcome,
        }
    }
}
