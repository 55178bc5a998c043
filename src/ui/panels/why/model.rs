//! What Why? is about: what the user selected, or what the shown step did something to.

use super::Inquiry;
use crate::api::{DaemonSet, Kind, ObjectKey};
use crate::explain::{
    self,
    why::{FieldSource, Why, causes, why_node, why_object, why_pod, why_service, why_set},
};
use crate::session::{DocumentName, Documents};
use crate::sim::Timeline;
use crate::ui::state::{Selection, in_namespace};

/// The answer for the selection, with the steps that led to it; none where there is nothing to ask about.
pub fn model(asked: &Inquiry) -> Option<Why> {
    let Inquiry { run: timeline, selection, attempt, .. } = asked;
    // What is gone by the shown step tells its last state.
    let gone = |key: &ObjectKey| why_object(timeline, key);
    let mut why = match selection {
        Selection::Node(node) => {
            why_node(timeline, node, set(asked), *attempt).or_else(|| gone(&ObjectKey::node(node)))
        }
        Selection::Pod(pod) => why_pod(timeline, &pod.namespace, &pod.name, *attempt).or_else(|| gone(pod)),
        Selection::Set(set) => why_set(timeline, set).or_else(|| gone(set)),
        Selection::Service(service) => why_service(timeline, service).or_else(|| gone(service)),
        Selection::Step => of_step(timeline, set(asked)),
    }?;
    let of = if *selection == Selection::Step { Some(timeline.shown()) } else { why.step };
    let led = of.and_then(|no| causes(timeline, no));
    // The objects' YAML is long and stands last.
    let place = why.sections.iter().position(|section| section.title.ends_with("YAML"));
    why.sections.splice(place.unwrap_or(why.sections.len())..place.unwrap_or(why.sections.len()), led);
    Some(why)
}

/// Where a field stands in the user's texts; none where they do not have it.
pub fn place_of(documents: &Documents, source: &FieldSource) -> Option<(DocumentName, u32)> {
    DocumentName::ALL.into_iter().find_map(|name| {
        let own = documents.get(name).read.named(&source.key.name);
        let mut own = own.filter(|located| in_namespace(located.object.key()) == source.key);
        Some((name, own.next_back()?.line_of(&source.path)?))
    })
}

fn set(asked: &Inquiry) -> Option<&DaemonSet> {
    let key = asked.set.as_ref()?;
    asked.run.world().daemon_set(&key.namespace, &key.name).map(|set| &**set)
}

/// The answer for the shown step: for what it was about or else changed, where Why? has most to say; if that is gone,
/// for its last state. A step about nothing leaves the DaemonSet that is shown, and without one the first node.
fn of_step(timeline: &Timeline, set: Option<&DaemonSet>) -> Option<Why> {
    let world = timeline.world();
    let step = timeline.step(timeline.shown());
    let about = step.and_then(|step| explain::subject(step));
    let changed = || {
        let changes = step.into_iter().flat_map(|step| &step.changes).map(|change| change.key());
        changes.filter(|key| key.kind != Kind::Event)
    };
    let there = |key: &ObjectKey| Selection::of(key).is_some() && world.get(key).is_some();
    if let Some(key) = about.iter().cloned().chain(changed()).find(there) {
        return match key.kind {
            Kind::Node => why_node(timeline, &key.name, set, None),
            Kind::DaemonSet => why_set(timeline, &key),
            Kind::Service => why_service(timeline, &key),
            _ => why_pod(timeline, &key.namespace, &key.name, None),
        };
    }
    let gone = about.into_iter().chain(changed()).find_map(|key| why_object(timeline, &key));
    gone.or_else(|| {
        let set = set?;
        let key = set.key();
        why_set(timeline, &key)
    })
    .or_else(|| why_node(timeline, &world.nodes().next()?.metadata.name, set, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Propagation;
    use crate::explain::why::Block;
    use crate::kubectl::Request;
    use crate::session::Act;
    use crate::sim::SimState;
    use crate::sim::given::{agent, rolling, run, settled, until};
    use crate::ui::state::{Opening, Prefs, Theme, UiAction, UiState, ViewAction};
    use serde_json::json;
    use std::rc::Rc;

    fn model(state: &UiState) -> Option<Why> {
        super::model(&super::super::Given::of(state).asked)
    }

    #[test]
    fn a_tainted_node_says_which_taint_and_what_would_let_the_pod_in() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::View(ViewAction::Select(Selection::Node("gpu-1".into()))));
        let why = model(&state).expect("an answer");
        assert_eq!(
            explain::plain(&why.verdict),
            "No pod: your toleration gpu=yes does not match gpu=true:NoSchedule (value differs)."
        );
        assert!(why.sections.iter().any(|section| section.title == "To change it"));
    }

    #[test]
    fn what_the_plugins_decided_by_leads_to_its_line() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let example = crate::examples::find("log_collector").expect("there is such an example");
        let state = state.reduced(UiAction::Opened(Opening::Example(example)));
        let state = state.reduced(UiAction::View(ViewAction::Select(Selection::Node("edge-1".into()))));
        let why = model(&state).expect("an answer");
        let blocks = || why.sections.iter().flat_map(|section| &section.blocks);
        let line = |sources: &[FieldSource]| {
            sources.iter().find_map(|source| place_of(&state.session.documents, source))
        };
        let marks = blocks().find_map(|block| match block {
            Block::Plugins(marks) => Some(marks),
            _ => None,
        });
        let of = |name: &str| {
            let mark = marks.and_then(|marks| marks.iter().find(|mark| mark.name == name)).expect(name);
            line(&mark.sources).map(|(document, _)| document)
        };
        assert_eq!(of("NodeResourcesFit"), Some(DocumentName::Manifest));
        assert_eq!(of("TaintToleration"), Some(DocumentName::Manifest));
        assert_eq!(of("PodTopologySpread"), None, "the manifest has none");
        let row = blocks().find_map(|block| match block {
            Block::Nodes(rows) => rows.iter().find(|row| row.name == "edge-1"),
            _ => None,
        });
        let row = row.expect("edge-1 was turned down");
        assert_eq!(line(&row.sources).map(|(document, _)| document), Some(DocumentName::Nodes));
    }

    /// The headline for the shown step, with the ends of pods' names as `*`.
    fn headline(timeline: &Timeline) -> (String, String) {
        let why =
            of_step(timeline, timeline.world().daemon_sets().next().map(|set| &**set)).expect("an answer");
        (why.key.kind.name().to_owned(), explain::plain(&why.verdict))
    }

    #[test]
    fn a_step_after_which_its_object_is_gone_tells_its_last_state() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(2, &spec);
        let name = timeline.world().pods_on("n01").next().expect("a pod").metadata.name.to_string();
        let propagation = Propagation::Background;
        timeline.say(&Request::delete(&ObjectKey::pod("default", &name), propagation));
        until(&mut timeline, |timeline| timeline.world().pod("default", &name).is_none());
        let no = timeline.shown();
        assert_eq!(
            headline(&timeline),
            ("Pod".into(), format!("Gone since step {no}: kubelet on n01 stopped {name} and removed it."))
        );
        run(&mut timeline);
        timeline.say(&Request::delete(&agent(), propagation));
        let no = timeline.shown();
        assert_eq!(
            headline(&timeline),
            ("DaemonSet".into(), format!("Gone since step {no}: you deleted DaemonSet agent."))
        );
    }

    #[test]
    fn a_step_about_nothing_leaves_the_daemon_set() {
        let mut timeline = settled(2, &rolling(json!(1), json!(0)));
        timeline.say(&Request::apply(Request::text_of(&[])));
        assert_eq!(headline(&timeline).0, "DaemonSet");
        timeline.say(&Request::order(true));
        assert_eq!(headline(&timeline).0, "DaemonSet");
        let timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        assert_eq!(of_step(&timeline, None), None, "an empty cluster has nothing to ask about");
    }

    #[test]
    fn a_step_about_another_kind_of_object_tells_that_object() {
        let mut timeline = settled(1, &rolling(json!(1), json!(0)));
        let budget = json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": { "name": "b", "namespace": "default" },
            "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "agent" } } },
        });
        let budget = crate::api::Object::from_json(budget).expect("a budget");
        timeline.say(&Request::apply(Request::text_of(&[budget])));
        timeline.forward();
        let (kind, told) = headline(&timeline);
        assert_eq!(kind, "PodDisruptionBudget");
        assert!(
            told.starts_with(&format!("In step {} disruption updated the status of b", timeline.shown())),
            "{told}"
        );
    }

    #[test]
    fn what_decided_is_found_at_its_line_of_the_texts() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::View(ViewAction::Select(Selection::Node("gpu-2".into()))));
        let why = model(&state).expect("an answer");
        let blocks = why.sections.iter().flat_map(|section| &section.blocks);
        let mut sources = Vec::new();
        for block in blocks {
            match block {
                Block::Taints(taints) => sources.extend(taints.iter().map(|(.., source)| source)),
                Block::Matrix(rows) => sources.extend(rows.iter().filter_map(|row| row.source.as_ref())),
                _ => {}
            }
        }
        assert!(sources.len() >= 3, "{sources:?}");
        for source in sources {
            let (name, line) = place_of(&state.session.documents, source).expect("it is written");
            let text = &state.session.documents.get(name).text;
            let found = text.lines().nth(line as usize - 1).expect("a line");
            assert!(found.contains("key") && found.trim_start().starts_with('-'), "{source:?}: {found}");
        }
        let unwritten = FieldSource { key: ObjectKey::node("gpu-2"), path: "spec.unschedulable".into() };
        assert_eq!(place_of(&state.session.documents, &unwritten), None);
    }

    #[test]
    fn what_is_pinned_and_gone_tells_its_last_state() {
        let begun = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let set = begun.shown_set().expect("a DaemonSet");
        let pods = begun.session.timeline.world().pods_in(&set.namespace);
        let pod = pods.last().expect("a pod");
        let node = ObjectKey::node(pod.node().expect("it is on a node"));
        for key in [pod.key(), node, set] {
            let select = ViewAction::Select(Selection::of(&key).expect("Why? can be asked of it"));
            let delete = Request::delete(&key, Propagation::Background);
            let acts = [UiAction::View(select), UiAction::did("Delete".into(), delete)];
            let state = acts.into_iter().fold(Rc::clone(&begun), |state, act| state.reduced(act));
            let state = state.reduced(UiAction::Session(Act::Run(1_000)));
            let told = model(&state).expect("an answer");
            assert!(explain::plain(&told.verdict).starts_with("Gone since step "), "{key}");
        }
    }

    #[test]
    fn without_a_selection_it_follows_the_step() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        assert_eq!(state.view.selection, Selection::Step);
        assert!(model(&state).is_some());
    }
}
