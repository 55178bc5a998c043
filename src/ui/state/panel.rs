//! What the page has to know of a panel: its place, its names, its key.

use super::UiState;
use std::fmt;

/// A place of the page. A narrow screen shows one of them at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// In the middle: views of the cluster, of which one is shown.
    #[default]
    Stage,
    /// On the left: what the user wrote.
    Side,
    /// On the right: why.
    Right,
    /// At the bottom, beside the transport: tabs.
    Dock,
    /// Before all others: the open lesson. There only as long as one is open.
    Task,
}

impl Slot {
    /// All.
    pub const ALL: [Slot; 5] = [Slot::Stage, Slot::Side, Slot::Right, Slot::Dock, Slot::Task];

    /// Its name in `data-slot`.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Stage => "stage",
            Slot::Side => "side",
            Slot::Right => "right",
            Slot::Dock => "dock",
            Slot::Task => "task",
        }
    }
}

/// How a panel is drawn: it takes from the state what its component is given.
#[cfg(target_arch = "wasm32")]
pub type Draw = fn(&UiState, &yew::Callback<super::UiAction>) -> yew::Html;

/// What the component of a panel is given. It looks again only when that is another.
#[cfg(target_arch = "wasm32")]
#[derive(yew::Properties, PartialEq)]
pub struct PanelProps<T: PartialEq> {
    /// What it reads.
    pub given: T,
    /// Where actions go.
    pub act: yew::Callback<super::UiAction>,
}

/// A panel. Its constant stands in its folder and in the list of all (`ui/list.rs`); tabs, keys, the tabs of a
/// narrow screen and the help follow from that.
pub struct Panel {
    /// Tells it from the others.
    pub id: &'static str,
    /// On its tab.
    pub name: &'static str,
    /// Its icon in `static/icons.svg`.
    pub icon: &'static str,
    /// Where it stands.
    pub slot: Slot,
    /// The key that shows it, as the browser names it, and what the help says of the key.
    pub key: Option<(&'static str, &'static str)>,
    /// Whether a narrow screen has a tab for it; the others are reached from one of their slot.
    pub on_phone: bool,
    /// Whether Why? tells of the shown DaemonSet when it is shown: the grounds for what it draws.
    pub asks_why: bool,
    /// Whether it takes the room of Why? as long as nothing is asked, and that of the editor when the user chooses it.
    pub is_wide: bool,
    /// How high the dock is as long as the user has not said it.
    pub height: Height,
    /// A number on its tab.
    pub count: fn(&UiState) -> Option<usize>,
    /// Whether it is what its place shows as long as the user has not chosen.
    pub suits: fn(&UiState) -> bool,
    /// Draws it.
    #[cfg(target_arch = "wasm32")]
    pub draw: Draw,
}

/// How high the dock is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Height {
    /// As high as the transport.
    #[default]
    Low,
    /// Not quite half of the page.
    Half,
    /// Most of the page.
    High,
}

impl Height {
    /// The next one, after the highest the lowest.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Height::Low => Height::Half,
            Height::Half => Height::High,
            Height::High => Height::Low,
        }
    }
}

/// By name.
impl PartialEq for Panel {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
