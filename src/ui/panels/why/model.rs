//! What Why? is about: what the user selected, or what the shown step did something to.

use crate::api::{Kind, ObjectKey};
use crate::explain::{
    self,
    why::{Why, why_node, why_pod, why_set},
};
use crate::sim::Timeline;
use crate::ui::state::{Selection, UiState};

/// The answer for the selection; none where there is nothing to ask about.
pub fn model(state: &UiState) -> Option<Why> {
    let timeline = &state.session.timeline;
    match &state.view.selection {
        Selection::Node(node) => why_node(timeline, node, set(state), state.view.attempt),
        Selection::Pod(pod) => why_pod(timeline, &pod.namespace, &pod.name, state.view.attempt),
        Selection::Set(set) => why_set(timeline, set),
        Selection::Step => match subject(timeline)? {
            key if key.kind == Kind::Node => why_node(timeline, &key.name, set(state), None),
            key if key.kind == Kind::DaemonSet => why_set(timeline, &key),
            key => why_pod(timeline, &key.namespace, &key.name, None),
        },
    }
}

fn set(state: &UiState) -> Option<&crate::api::DaemonSet> {
    let world = state.session.timeline.world();
    let chosen = state.view.set.as_ref().and_then(|key| world.daemon_set(&key.namespace, &key.name));
    chosen.or_else(|| world.daemon_sets().next()).map(|set| &**set)
}

/// What the shown step was about, or else changed, and that is still there; else the first node.
fn subject(timeline: &Timeline) -> Option<ObjectKey> {
    let world = timeline.world();
    let of_step = timeline.step(timeline.shown()).and_then(|step| {
        let there = |key: &ObjectKey| Selection::of(key).is_some() && world.get(key).is_some();
        let about = explain::subject(step).filter(|key| there(key));
        about.or_else(|| step.changes.iter().map(|change| change.key.clone()).find(|key| there(key)))
    });
    of_step.or_else(|| world.nodes().next().map(|node| ObjectKey::node(&node.metadata.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::{Prefs, Theme, UiAction, ViewAction};
    use std::rc::Rc;

    #[test]
    fn a_tainted_node_says_which_taint_and_what_would_let_the_pod_in() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::View(ViewAction::Select(Selection::Node("gpu-1".into()))));
        let why = model(&state).expect("an answer");
        assert_eq!(explain::plain(&why.verdict), "No pod: nothing tolerates gpu=true:NoSchedule.");
        assert!(why.sections.iter().any(|section| section.title == "To change it"));
    }

    #[test]
    fn without_a_selection_it_follows_the_step() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        assert_eq!(state.view.selection, Selection::Step);
        assert!(model(&state).is_some());
    }
}
