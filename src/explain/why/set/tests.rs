use super::super::{Badge, BudgetSlot, Section, Tone, why_set};
use super::budget::{bound, row};
use super::*;
use crate::api::{IntOrString, Object, ObjectKey};
use crate::cluster::given::node;
use crate::controllers::daemonset::bounds::Bound;
use crate::controllers::daemonset::history::{self, RevisionOrigin};
use crate::controllers::daemonset::trace::Sync;
use crate::explain::plain;
use crate::kubectl::Request;
use crate::sim::Trace;
use crate::sim::given::{agent, apply, on_delete, refuse_pods, rolling, run, set, settled, until};
use serde_json::{Value, json};

fn why(timeline: &Timeline) -> Why {
    why_set(timeline, &agent()).expect("there is such a DaemonSet")
}

fn verdict(timeline: &Timeline) -> String {
    plain(&why(timeline).verdict)
}

fn section(timeline: &Timeline, title: &str) -> Section {
    let sections = why(timeline).sections;
    sections.into_iter().find(|section| section.title == title).expect("there is such a section")
}

fn words(section: &Section) -> Vec<String> {
    let words = section.blocks.iter().filter_map(|block| match block {
        Block::Words(words) => Some(plain(words)),
        _ => None,
    });
    words.collect()
}

/// The badge of the budget and what is said of it.
fn budget(timeline: &Timeline) -> (Badge, Vec<String>) {
    let section = section(timeline, "Budget");
    let [badge] = &section.badges[..] else { panic!("{:?}", section.badges) };
    (badge.clone(), words(&section))
}

/// The first row of the budget: its name, the nodes in its slots, slots not listed, `1/1 in use`.
fn slots(timeline: &Timeline) -> (&'static str, Vec<Option<String>>, usize, String) {
    let section = section(timeline, "Budget");
    let [Block::Budget(rows), ..] = &section.blocks[..] else { panic!("{:?}", section.blocks) };
    let row = &rows[0];
    (row.name, row.slots.iter().map(|slot| slot.node.clone()).collect(), row.more, row.used.clone())
}

/// What the last sync did, line by line, and then its sums.
fn last_sync(timeline: &Timeline) -> Vec<String> {
    let section = section(timeline, "Last sync");
    let mut told = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Changes(lines) => {
                told.extend(lines.iter().map(|(sign, words)| format!("{sign} {}", plain(words))));
            }
            Block::Words(words) => told.push(plain(words)),
            _ => {}
        }
    }
    told
}

/// What stands at each node.
fn nodes(timeline: &Timeline) -> Vec<String> {
    let section = section(timeline, "Nodes");
    let [Block::NodeLines(lines)] = &section.blocks[..] else { panic!("{:?}", section.blocks) };
    lines.iter().map(|line| format!("{}: {}", line.name, plain(&line.words))).collect()
}

/// The name of the newest revision.
fn newest(timeline: &Timeline) -> EcoString {
    let world = timeline.world();
    let set = world.daemon_set("default", "agent").expect("there is such a DaemonSet");
    history::revisions(world, set)[0].metadata.name.clone()
}

fn one() -> Value {
    rolling(json!(1), json!(0))
}

fn power(timeline: &mut Timeline, node: &str, on: bool) {
    timeline.say(&Request::power(node, on));
}

fn pods(timeline: &Timeline) -> usize {
    timeline.world().pod_count()
}

/// The end of the name of the pod on a node, of the one made last.
fn pod_on(timeline: &Timeline, node: &str) -> String {
    let last = timeline.world().pods_on(node).max_by_key(|pod| pod.metadata.creation_timestamp);
    name_end(&last.expect("a pod").metadata.name).to_owned()
}

/// The headline of a node.
fn on_node(timeline: &Timeline, node: &str) -> String {
    let set = timeline.world().daemon_set("default", "agent").cloned();
    plain(&super::super::verdict_on_node(timeline, node, set.as_deref()).expect("an answer"))
}

#[test]
fn a_bound_is_told_with_the_sum_behind_it() {
    for (setting, of, value, expected) in [
        (Some("10%"), 7, 1, "10% of 7 = 0.7, rounded up to 1"),
        (Some("1%"), 5, 1, "1% of 5 = 0.05, rounded up to 1"),
        (Some("33%"), 7, 3, "33% of 7 = 2.31, rounded up to 3"),
        (Some("25%"), 10, 3, "25% of 10 = 2.5, rounded up to 3"),
        (Some("50%"), 4, 2, "50% of 4 = 2"),
        (Some("100%"), 3, 3, "100% of 3 = 3"),
        (Some("0%"), 3, 0, "0% of 3 = 0"),
        (None, 3, 0, "0 allowed"),
    ] {
        let setting = setting.map(|percent| IntOrString::String(percent.into()));
        let told = bound(&Bound { setting, of, value, raised_to_one: false });
        assert_eq!(told, expected);
    }
    let number = |number, value, raised_to_one| {
        bound(&Bound { setting: Some(IntOrString::Int(number)), of: 9, value, raised_to_one })
    };
    assert_eq!(number(3, 3, false), "3 allowed");
    assert_eq!(number(0, 1, true), "0 allowed, raised to 1 because maxSurge is 0, too");
}

#[test]
fn a_row_draws_eight_slots_and_counts_the_rest() {
    let of = |value, used: &[&str]| {
        let used: Vec<EcoString> = used.iter().map(|node| (*node).into()).collect();
        let setting = Some(IntOrString::Int(value));
        row("maxSurge", &Bound { setting, of: 20, value, raised_to_one: false }, &used, true)
    };
    let twelve = of(12, &["a", "b"]);
    assert_eq!((twelve.slots.len(), twelve.more, twelve.used.as_str()), (8, 4, "2/12 in use"));
    assert_eq!(twelve.slots[1], BudgetSlot { node: Some("b".into()), is_surge: true });
    assert_eq!(twelve.slots[2], BudgetSlot { node: None, is_surge: true });
    let over = of(1, &["a", "b"]);
    assert_eq!((over.slots.len(), over.more, over.used.as_str()), (1, 0, "2/1 in use"));
    // Whoever rolls out for the first time uses no budget.
    let first = Bound { setting: Some(IntOrString::Int(1)), of: 7, value: 1, raised_to_one: false };
    let used = ["a".into(), "b".into()];
    assert_eq!(row("maxUnavailable", &first, &used, false).used, "2 unavailable, 1 allowed");
    assert_eq!(row("maxUnavailable", &first, &used[..1], false).used, "1/1 in use");
}

#[test]
fn at_rest_nothing_is_asked_of_the_budget() {
    let timeline = settled(3, &one());
    assert_eq!(verdict(&timeline), "All 3 eligible nodes have an available r1 pod.");
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Good, "no old pods"));
    assert_eq!(told, ["1 allowed; every node has an available pod, so 1 may be taken down for an update"]);
    assert_eq!(slots(&timeline), ("maxUnavailable", vec![None], 0, "0/1 in use".into()));
    assert_eq!(section(&timeline, "Nodes").by, "3 of 3 available on r1");
    assert_eq!(nodes(&timeline), ["n00: r1 ready", "n01: r1 ready", "n02: r1 ready"]);
    assert_eq!(section(&timeline, "Last sync").badges, [Badge::new(Tone::Neutral, "nothing to do")]);
}

#[test]
fn before_the_first_deletion_any_old_pod_can_be_next() {
    let percent = rolling(json!("10%"), json!(0));
    let mut timeline = settled(12, &percent);
    apply(&mut timeline, "2", &percent);
    assert_eq!(verdict(&timeline), "Rolls out r2: 0 of 12 nodes have it.");
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Good, "room"));
    assert_eq!(
        told,
        [
            "10% of 12 = 1.2, rounded up to 2; every node has an available pod, so 2 may be taken down for the update",
            "Next, 2 of 12 old pods can be deleted. A real controller picks them in random order; here they go by name, unless you choose random order.",
        ]
    );
    assert_eq!(slots(&timeline).1, [None, None]);
}

#[test]
fn a_used_up_budget_names_the_pods_that_it_waits_for() {
    let two = rolling(json!(2), json!(0));
    let mut timeline = settled(4, &two);
    let gone = ["n00", "n01"].map(|node| pod_on(&timeline, node));
    apply(&mut timeline, "2", &two);
    // The controller has not looked yet: nothing is used up, and nobody waits for the budget.
    for (node, why) in [
        ("n01", "the controller deletes it with its next sync"),
        ("n02", "the controller takes other pods down first, with its next sync (maxUnavailable)"),
    ] {
        let told = format!("Runs its pod: nothing keeps it away from {node}. Its pod is still r1: {why}.");
        assert_eq!(on_node(&timeline, node), told);
    }
    timeline.forward();
    assert_eq!(
        last_sync(&timeline),
        [
            format!("+ revision r2, {}", newest(&timeline)),
            format!("− {} on n00: it has an old template, and maxUnavailable allows it", gone[0]),
            format!("− {} on n01: it has an old template, and maxUnavailable allows it", gone[1]),
            "maxUnavailable: 2 allowed; every node has an available pod, so 2 may be taken down: 2 of 4 old pods taken".into(),
        ]
    );
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Bad, "used up"));
    assert_eq!(
        told,
        [
            "2 allowed; 2 nodes have no available pod, so no other may be taken down for the update",
            "No other pod may be deleted until the pod on n00, n01 is available.",
        ]
    );
    let used = vec![Some("n00".to_owned()), Some("n01".to_owned())];
    assert_eq!(slots(&timeline), ("maxUnavailable", used, 0, "2/2 in use".into()));
    let [first, second] = &gone;
    assert!(
        verdict(&timeline)
            .ends_with(&format!("{first} on n00 is Terminating; {second} on n01 is Terminating.")),
        "{}",
        verdict(&timeline)
    );
    assert_eq!(nodes(&timeline)[1..3], ["n01: r1 Terminating", "n02: r1 waits for the budget"]);
    assert_eq!(
        on_node(&timeline, "n02"),
        "Runs its pod: nothing keeps it away from n02. Its pod is still r1: the rolling update takes no further pod down until enough are available again (maxUnavailable)."
    );
}

#[test]
fn more_than_two_blockers_are_counted() {
    let three = rolling(json!(3), json!(0));
    let mut timeline = settled(5, &three);
    for node in ["n01", "n02", "n03"] {
        power(&mut timeline, node, false);
    }
    run(&mut timeline);
    let told = verdict(&timeline);
    let expected = "All 2 eligible nodes have an available r1 pod. Not counted, because no longer eligible: n01 is NotReady; n02 is NotReady; and 1 more.";
    assert_eq!(told, expected, "the taint unreachable:NoSchedule keeps the others from being desired");
    apply(&mut timeline, "2", &three);
    let told = verdict(&timeline);
    assert!(told.ends_with("n01 is NotReady; n02 is NotReady; and 1 more."), "{told}");
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Bad, "used up"));
    assert_eq!(
        told,
        [
            "3 allowed; 3 nodes have no available pod, so no other may be taken down for the update",
            "3 old pods are not available anyway, so they are replaced at once, outside the budget.",
            "No other pod may be deleted until the pod on n01, n02 and 1 more is available.",
        ]
    );
}

#[test]
fn nodes_that_only_keep_a_pod_are_not_among_those_that_should_have_one() {
    let mut timeline = settled(3, &one());
    let mut told = Vec::new();
    for node in ["n00", "n01", "n02"] {
        timeline.say(&Request::taint(node, &crate::api::Taint::new("gpu", "", crate::api::NO_SCHEDULE)));
        run(&mut timeline);
        told.push((verdict(&timeline), section(&timeline, "Nodes").by));
    }
    let expected = [
        ("All 2 eligible nodes have an available r1 pod.", "2 of 2 available on r1"),
        ("The only eligible node has an available r1 pod.", "1 of 1 available on r1"),
        ("No node is eligible for its pods. 3 nodes still have a pod.", "none is eligible"),
    ];
    assert_eq!(told, expected.map(|(verdict, by)| (verdict.to_owned(), by.to_owned())));
    assert_eq!(nodes(&timeline)[0], "n00: r1 ready (would get no new pod)");
}

#[test]
fn on_delete_has_no_budget_and_says_what_it_waits_for() {
    let mut timeline = settled(3, &on_delete());
    apply(&mut timeline, "2", &on_delete());
    run(&mut timeline);
    let expected =
        "3 nodes still have a pod of an older revision: with OnDelete each stays until somebody deletes it.";
    assert_eq!(verdict(&timeline), expected);
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Neutral, "OnDelete"));
    assert_eq!(told, ["OnDelete: old pods stay until somebody deletes them. 3 old pods."]);
    assert_eq!(nodes(&timeline)[0], "n00: r1 stays until somebody deletes it");
}

#[test]
fn a_surge_tells_of_second_pods() {
    let surge = rolling(json!(0), json!("40%"));
    let mut timeline = settled(4, &surge);
    apply(&mut timeline, "2", &surge);
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Good, "room"));
    assert_eq!(
        told,
        [
            "40% of 4 = 1.6, rounded up to 2; no new pod is still starting, so 2 nodes may get a second pod for the update",
            "Next, 2 of 4 nodes can get a second pod. A real controller picks them in random order; here they go by name, unless you choose random order.",
        ]
    );
    timeline.forward();
    assert_eq!(
        last_sync(&timeline)[1..],
        [
            "+ a pod for n00: its old pod is replaced, within maxSurge",
            "+ a pod for n01: its old pod is replaced, within maxSurge",
            "maxSurge: 40% of 4 = 1.6, rounded up to 2; no new pod is still starting, so 2 nodes may get a second pod: 2 of 4 nodes get one",
        ]
    );
    let (badge, told) = budget(&timeline);
    assert_eq!(badge, Badge::new(Tone::Bad, "used up"));
    assert_eq!(
        told,
        [
            "40% of 4 = 1.6, rounded up to 2; 2 new pods are not available yet, so no other node may get a second pod for the update",
            "No other node may get a second pod until the pod on n00, n01 is available.",
        ]
    );
    let used = vec![Some("n00".to_owned()), Some("n01".to_owned())];
    assert_eq!(slots(&timeline), ("maxSurge", used, 0, "2/2 in use".into()));
    assert_eq!(nodes(&timeline)[2], "n02: r1 waits for the budget");
    assert_eq!(
        on_node(&timeline, "n02"),
        "Runs its pod: nothing keeps it away from n02. Its pod is still r1: the rolling update makes no further new pod until one of those that it has made is available (maxSurge)."
    );
    run(&mut timeline);
    assert_eq!(on_node(&timeline, "n02"), "Runs its pod: nothing keeps it away from n02.");
    assert_eq!(verdict(&timeline), "All 4 eligible nodes have an available r2 pod.");
}

#[test]
fn a_surge_keeps_what_is_no_longer_eligible_while_others_are_missing() {
    let surge = rolling(json!(0), json!(1));
    let mut timeline = settled(3, &surge);
    timeline.say(&Request::taint("n02", &crate::api::Taint::new("gpu", "", crate::api::NO_SCHEDULE)));
    run(&mut timeline);
    let key = timeline.world().pods_on("n01").next().map(|pod| ObjectKey::pod("default", &pod.metadata.name));
    let propagation = crate::cluster::Propagation::Background;
    timeline.say(&Request::delete(&key.expect("a pod"), propagation));
    until(&mut timeline, |timeline| {
        let runs = |pod: &Pod| !pod.is_ready() && !pod.metadata.is_terminating();
        timeline.world().pods_on("n01").any(|pod| runs(pod))
    });
    apply(&mut timeline, "2", &surge);
    let (_, told) = budget(&timeline);
    assert_eq!(
        told,
        [
            "1 allowed; no new pod is still starting, so 1 node may get a second pod for the update",
            "1 old pod is not available anyway, so its node gets a new pod at once, outside the budget.",
            "1 old pod is on a node that is no longer eligible. It stays until more pods are available than desired (now 2 of 2).",
        ]
    );
    assert_eq!(nodes(&timeline)[2], "n02: r1 stays until enough others are available (would get no new pod)");
}

#[test]
fn an_update_that_cannot_go_on_says_so_in_the_controllers_words() {
    let surge = rolling(json!(0), json!(1));
    let mut timeline = settled(2, &surge);
    power(&mut timeline, "n00", false);
    run(&mut timeline);
    apply(&mut timeline, "2", &surge);
    timeline.say(&Request::delete(&ObjectKey::node("n00"), crate::cluster::Propagation::Background));
    let expected = "couldn't get node for nodeName \"n00\": node \"n00\" not found";
    assert_eq!(verdict(&timeline), format!("The rolling update cannot go on: {expected}."));
    let section = section(&timeline, "Budget");
    assert_eq!(section.badges, [Badge::new(Tone::Bad, "cannot go on")]);
    assert_eq!(section.blocks, [Block::Words(vec![Piece::Code(expected.into())])]);
}

#[test]
fn pods_taken_by_chance_are_said_to_be() {
    let mut taken = Vec::new();
    for by_chance in [false, true] {
        let mut timeline = settled(12, &one());
        timeline.say(&Request::order(by_chance));
        apply(&mut timeline, "2", &one());
        timeline.forward();
        let told = last_sync(&timeline);
        let sums = "maxUnavailable: 1 allowed; every node has an available pod, so 1 may be taken down: 1 of 12 old pods taken";
        let expected = if by_chance { format!("{sums}, in random order") } else { sums.to_owned() };
        assert_eq!(told.last(), Some(&expected));
        until(&mut timeline, |timeline| pods(timeline) == 11);
        let missing = (0..12).map(|index| format!("n{index:02}"));
        taken.extend(missing.filter(|node| timeline.world().pods_on(node).next().is_none()));
    }
    assert_eq!(taken[0], "n00", "by name");
    assert_ne!(taken[1], "n00", "this seed draws another");
}

#[test]
fn a_first_sync_lists_twelve_pods_and_counts_the_rest_and_puts_the_update_off() {
    let mut timeline = settled(0, &one());
    let nodes = (0..15).map(|index| node(&format!("n{index:02}"), json!({})));
    assert_eq!(verdict(&timeline), "No node is eligible for its pods.");
    timeline.say(&Request::set_nodes(Request::text_of(&nodes.collect::<Vec<_>>())));
    until(&mut timeline, |timeline| timeline.world().nodes().all(|node| node.spec.taints.is_empty()));
    let told = verdict(&timeline);
    assert_eq!(
        told,
        "0 of 15 eligible nodes have an available r1 pod: n00 has no pod yet; n01 has no pod yet; and 13 more."
    );
    until(&mut timeline, |timeline| pods(timeline) > 0);
    let told = last_sync(&timeline);
    assert_eq!(told.len(), 14);
    assert_eq!(told[0], "+ a pod for n00: eligible, and without a pod");
    assert_eq!(
        told[12..],
        [
            "· and 3 more pods",
            "The rolling update waits for the next sync: this one created or deleted pods for other reasons.",
        ]
    );
}

/// `syncDaemonSet` in `pkg/controller/daemon/daemon_controller.go` returns the error of `manage` first.
#[test]
fn a_sync_that_is_refused_everything_does_not_put_the_update_off_for_other_reasons() {
    for (strategy, expected) in [
        (one(), Some("A sync that fails ends there: it does not come to the rolling update.")),
        (on_delete(), None),
    ] {
        let mut timeline = settled(0, &strategy);
        refuse_pods(&mut timeline);
        timeline.say(&Request::set_nodes(Request::text_of(&[node("n00", json!({}))])));
        until(&mut timeline, |timeline| timeline.steps().any(|step| !step.refused.is_empty()));
        let told = last_sync(&timeline);
        assert!(told[0].contains("exceeded quota: q"), "{told:?}");
        assert_eq!(told.get(1).map(String::as_str), expected);
    }
}

#[test]
fn many_nodes_in_the_same_state_are_told_together() {
    let mut timeline = settled(40, &one());
    assert_eq!(nodes(&timeline), ["40 nodes: r1 ready"]);
    apply(&mut timeline, "2", &one());
    timeline.forward();
    assert_eq!(nodes(&timeline), ["n00: r1 Terminating", "39 nodes: r1 waits for the budget"]);
}

#[test]
fn the_history_says_what_each_revision_changed_who_carries_it_and_what_undo_would_do() {
    let with = |version: &str, tolerations: Value, cause: &str| {
        let mut value = set(version, &one()).to_json();
        value["spec"]["template"]["spec"]["tolerations"] = tolerations;
        value["metadata"]["annotations"] = json!({ "kubernetes.io/change-cause": cause });
        Request::apply(Request::text_of(&[Object::from_json(value).expect("a DaemonSet")]))
    };
    let mut timeline = settled(2, &one());
    let history = |timeline: &Timeline| match &section(timeline, "History").blocks[..] {
        [Block::History(rows), rest @ ..] => {
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (row.number, row.what.clone(), row.pods, row.is_current, row.cause.clone()))
                .collect();
            (rows, rest.len())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(history(&timeline), (vec![(1, "registry.example/agent:1".into(), 2, true, None)], 0));
    let gpu = json!([{ "key": "gpu", "operator": "Exists", "effect": "NoSchedule" }]);
    timeline.say(&with("2", gpu, "a newer agent"));
    run(&mut timeline);
    let (rows, undo) = history(&timeline);
    let cause = Some("a newer agent".to_owned());
    assert_eq!(
        rows,
        [
            (2, "image agent:2, tolerations[gpu:NoSchedule]".to_owned(), 2, true, cause),
            (1, "registry.example/agent:1".to_owned(), 0, false, None),
        ]
    );
    assert_eq!(undo, 1);
    let expected = "Undo runs kubectl rollout undo ds/agent -n default --to-revision=1. The old template comes back as revision 3.";
    assert_eq!(words(&section(&timeline, "History")), [expected]);
    timeline.say(&Request::roll_back(&agent(), 1));
    timeline.forward();
    assert_eq!(last_sync(&timeline)[0], "~ revision r1 becomes r3: its template is the current one again");
}

#[test]
fn a_rollout_starts_where_its_revision_came_or_came_back() {
    let mut timeline = settled(2, &one());
    let origin = |timeline: &Timeline| {
        let step = rollout_start(timeline, &agent()).expect("it has a revision");
        match &timeline.step(step).expect("a recorded step").trace {
            Trace::DaemonSet(trace) => match &trace.sync {
                Sync::Done(sync) => sync.history.origin,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(origin(&timeline), RevisionOrigin::Created(1));
    apply(&mut timeline, "2", &one());
    assert_eq!(origin(&timeline), RevisionOrigin::Created(1), "the controller has not seen it yet");
    run(&mut timeline);
    assert_eq!(origin(&timeline), RevisionOrigin::Created(2));
    apply(&mut timeline, "1", &one());
    run(&mut timeline);
    assert_eq!(origin(&timeline), RevisionOrigin::Renumbered { from: 1, to: 3 });
    timeline.seek(0);
    assert_eq!(rollout_start(&timeline, &agent()), None);
}

#[test]
fn changes_of_a_template_are_told_up_to_three() {
    let told = |before: Value, after: Value| {
        let [before, after] =
            [before, after].map(|spec| serde_json::from_value(json!({ "spec": spec })).expect("a template"));
        told_changes(&before, &after)
    };
    let container = |fields: Value| {
        let mut container = json!({ "name": "c" });
        for (field, value) in fields.as_object().into_iter().flatten() {
            container[field] = value.clone();
        }
        json!({ "containers": [container] })
    };
    let image = |image: &str| container(json!({ "image": image }));
    assert_eq!(told(image("a/b:1"), image("a/b:1")), "");
    assert_eq!(told(image("a/b:1"), image("a/b:2")), "image b:2");
    let args = |args: Value| container(json!({ "args": args }));
    assert_eq!(told(args(json!(["a"])), args(json!([]))), "args[0] gone");
    assert_eq!(
        told(args(json!(["a", "b", "c", "d", "e"])), args(json!(["v", "w", "x", "y", "z"]))),
        "args[0] v, args[1] w, args[2] x, 2 more"
    );
}

#[test]
fn until_the_next_sync_a_revision_that_comes_back_keeps_its_number() {
    let mut timeline = settled(2, &one());
    apply(&mut timeline, "2", &one());
    run(&mut timeline);
    assert_eq!(section(&timeline, "Nodes").by, "2 of 2 available on r2");
    timeline.say(&Request::roll_back(&agent(), 1));
    assert_eq!(section(&timeline, "Nodes").by, "0 of 2 available on r1");
    timeline.forward();
    assert_eq!(section(&timeline, "Nodes").by, "0 of 2 available on r3");
}
