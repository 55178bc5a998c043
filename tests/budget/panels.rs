//! The model of each panel in the middle of an update of 5,000 nodes: the first one, and the one after one more step.

use super::cluster::{apply, empty, set, settle};
use super::{Found, SIZES};
use allocation_counter::measure;
use playground::api::{Kind, ObjectKey};
use playground::examples;
use playground::explain::taints::{Edit, read_taint};
use playground::explain::why::{why_node, why_pod, why_set};
use playground::explain::{preview, told};
use playground::kubectl::Request;
use playground::network::Caller;
use playground::session::Session;
use playground::sim::Timeline;
use playground::ui::panels::map::model::{By, Cells};
use playground::ui::panels::reach::watch::Requests;
use playground::ui::panels::stage::model::{Cards, head, touched};
use playground::ui::panels::transport::model::{actors, first_in_view, lanes};
use playground::ui::panels::{dialogs, events, reach, rollout, taints, terminal};
use playground::ui::state::Reaching;
use std::collections::BTreeMap;
use std::rc::Rc;

/// As many cards as are near to what is seen.
const CARDS: usize = 120;

/// As many columns as the lanes have on a large screen.
const COLUMNS: u32 = 120;

fn agent() -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, "default", "agent")
}

/// In the middle of an update.
fn updating(nodes: usize) -> Timeline {
    let mut timeline = empty(nodes);
    apply(&mut timeline, 0);
    settle(&mut timeline);
    apply(&mut timeline, 1);
    timeline.run(500);
    timeline
}

/// What the view of the nodes makes for a picture.
fn stage(cards: &mut Cards, timeline: &Timeline) {
    let touched = touched(timeline, timeline.shown());
    let model = cards.model(timeline, Some(&agent()), &BTreeMap::new(), touched);
    for node in model.nodes.iter().take(CARDS) {
        drop(cards.card(timeline, &node.name));
    }
}

/// How many allocations the model of each panel takes.
fn costs(timeline: &mut Timeline) -> Vec<(&'static str, u64)> {
    let set_key = agent();
    let pod = timeline.world().pods().last().map(|pod| pod.metadata.name.clone()).expect("a pod");
    let shown = timeline.world().daemon_set("default", "agent").cloned();
    let count = |work: &mut dyn FnMut()| measure(work).count_total;
    let (mut cards, mut cells) = (Cards::default(), Cells::default());
    let places = Rc::default();
    let mut session = Session::of_example(examples::first());
    session.timeline = Rc::new(timeline.clone());
    let explorer = |edits: Vec<Edit>| taints::Given {
        run: session.shown_run(),
        subject: Some(set_key.clone()),
        edits: Rc::new(edits),
    };
    let tried = Edit::Taint {
        nodes: vec!["node-00003".into()],
        from: None,
        to: Some(read_taint("gpu=true:NoExecute").expect("a taint")),
    };
    let asked =
        reach::model::question(&Caller::Node("node-00003".into()), "10.244.3.2:80").expect("a question");
    let asking = reach::Given {
        run: session.shown_run(),
        set: Some(set_key.clone()),
        reaching: Reaching { asked: Rc::new(vec![asked]), ..Reaching::default() },
        example: "".into(),
    };
    let mut map = |timeline: &Timeline| {
        let mut shown = session.clone();
        shown.timeline = Rc::new(timeline.clone());
        let at = shown.shown_run().at();
        count(&mut || {
            cells.update(timeline, at, Some(&set_key), false);
            drop(cells.blocks(&places, By::Zone));
        })
    };
    let first_map = map(timeline);
    let mut costs = vec![
        ("map", first_map),
        ("taints", count(&mut || drop(taints::model::model(&explorer(Vec::new()))))),
        ("taints-tried", count(&mut || drop(taints::model::model(&explorer(vec![tried.clone()]))))),
        ("reach", count(&mut || drop(reach::model::model(&asking, &mut Requests::default())))),
        ("terminal", count(&mut || drop(terminal::model::model(&session, 0)))),
        (
            "node-menu",
            count(&mut || {
                drop(dialogs::model::node_menu(timeline.world(), timeline.now(), &["node-00003".into()]))
            }),
        ),
        ("stage", count(&mut || stage(&mut cards, timeline))),
        ("stage-head", count(&mut || drop(head(timeline, Some(&set_key))))),
        ("why-set", count(&mut || drop(why_set(timeline, &set_key)))),
        ("why-node", count(&mut || drop(why_node(timeline, "node-00003", shown.as_deref(), None)))),
        ("why-pod", count(&mut || drop(why_pod(timeline, "default", &pod, None)))),
        ("events", count(&mut || drop(events::model::model(timeline)))),
        ("rollout", count(&mut || drop(rollout::model::chart(timeline, &set_key)))),
        ("step-line", count(&mut || drop(told(timeline, timeline.shown())))),
        (
            "lanes",
            count(&mut || {
                let first = first_in_view(timeline, COLUMNS);
                drop(lanes(timeline, &actors(timeline), first, COLUMNS));
            }),
        ),
        (
            "preview",
            count(&mut || {
                let command = Request::apply(Request::text_of(&[set(2)]));
                drop(preview(&[command], timeline.world(), timeline.now()));
            }),
        ),
    ];
    assert!(timeline.forward(), "the update goes on");
    let next = count(&mut || stage(&mut cards, timeline));
    costs.push(("stage-after-a-step", next));
    costs.push(("map-after-a-step", map(timeline)));
    costs
}

#[test]
fn the_models_of_the_panels_stay_within_their_budgets_at_5000_nodes() {
    let mut found = Found::new("panels");
    for (name, allocations) in costs(&mut updating(SIZES[2])) {
        found.note(name, allocations as f64);
    }
    found.check();
}
