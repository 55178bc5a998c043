//! The panels: adding one is a folder and a line here.

use super::panels::{
    compare, editor, events, lesson, map, predict, reach, rollout, stage, taints, terminal, why,
};
use super::state::{Panel, Slot, UiState};

/// All panels that have a place on the page. Those of one place stand in the order of its tabs; the first is shown
/// until the user chooses another. A narrow screen has its tabs in this order.
pub const PANELS: &[Panel] = &[
    lesson::PANEL,
    stage::NODES,
    taints::PANEL,
    map::PANEL,
    reach::PANEL,
    compare::PANEL,
    editor::PANEL,
    why::PANEL,
    predict::PANEL,
    events::PANEL,
    terminal::PANEL,
    rollout::PANEL,
];

/// The panels of a place.
pub fn of(slot: Slot) -> impl Iterator<Item = &'static Panel> {
    PANELS.iter().filter(move |panel| panel.slot == slot)
}

/// The panel that a place shows: the one that the user chose, else the one that suits what is open, else the first.
pub fn shown(slot: Slot, state: &UiState) -> Option<&'static Panel> {
    let suiting = || of(slot).find(|panel| (panel.suits)(state));
    state.view.panel(slot).or_else(suiting).or_else(|| of(slot).next())
}

/// Whether the cluster has the room of Why?, too: a wide panel is shown, and nothing is asked.
pub fn is_wide(state: &UiState) -> bool {
    shown(Slot::Stage, state).is_some_and(|panel| panel.is_wide) && !state.view.is_asking()
}

/// The tab of a narrow screen under which a panel is found.
pub fn tab_of(panel: &'static Panel) -> &'static Panel {
    let tab = || of(panel.slot).find(|other| other.on_phone);
    if panel.on_phone { panel } else { tab().unwrap_or(panel) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_keys_are_those_of_one_panel() {
        let names: BTreeSet<_> = PANELS.iter().map(|panel| panel.id).collect();
        assert_eq!(names.len(), PANELS.len());
        let keys: Vec<_> = PANELS.iter().filter_map(|panel| panel.key).map(|(key, _)| key).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn every_place_has_a_panel_and_a_narrow_screen_reaches_each() {
        for slot in Slot::ALL {
            assert!(of(slot).next().is_some(), "{slot:?}");
        }
        assert!(
            of(Slot::Right).next().is_some_and(|panel| panel.id == why::PANEL.id),
            "Why? stands there first"
        );
        for panel in PANELS {
            assert!(tab_of(panel).on_phone, "{panel:?}");
        }
    }
}
