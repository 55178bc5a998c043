//! Whole answers in situations that people met: who decided, with which figures, and what to do.

use super::why::{why_node, why_pod, why_set};
use super::*;
use crate::api::{Kind, Millis, Object, ObjectKey};
use crate::cluster::{Actor, Propagation};
use crate::controllers::daemonset::eligibility::Placement;
use crate::kubectl::{Files, Request};
use crate::sim::given::{at_rest, rolling, set, settled, until};
use crate::sim::{StepNo, Timeline};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A cluster of nodes, with names and the rest of their YAML, to which a manifest was just applied.
fn cluster(nodes: &[(&str, &str)], manifest: &str) -> Timeline {
    let node = |(name, rest): &(&str, &str)| {
        format!("apiVersion: v1\nkind: Node\nmetadata: {{name: '{name}'}}\n{rest}\n")
    };
    let nodes: Vec<String> = nodes.iter().map(node).collect();
    let mut timeline = at_rest(1, objects(&nodes.join("---\n")));
    timeline.say(&Request::apply(Request::text_of(&objects(manifest))));
    timeline
}

fn objects(text: &str) -> Vec<Object> {
    let documents = serde_yaml::Deserializer::from_str(text);
    let read = |document| Value::deserialize(document).expect("YAML");
    let all = documents.map(read).filter(|value| !value.is_null());
    all.map(|value| Object::from_json(value).expect("an object")).collect()
}

/// A DaemonSet `name` with more fields of its pods' spec, and of its container.
fn daemon_set(name: &str, spec: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: {name}, namespace: default}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{{spec}containers: [{{name: c, image: 'example.test/a:1'{container}}}]}}\n"
    )
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, "default", name)
}

fn run(timeline: &mut Timeline) {
    timeline.run(3_000);
}

/// The headline of Why? of a node for a DaemonSet. Names of pods are random: their ends are written as `*`.
fn of_node(timeline: &Timeline, node: &str, set: &str) -> String {
    let set = timeline.world().daemon_set("default", set).cloned();
    masked(timeline, &why_node(timeline, node, set.as_deref(), None).expect("there is such a node").verdict)
}

fn of_set(timeline: &Timeline, set: &str) -> String {
    masked(timeline, &why_set(timeline, &key(set)).expect("there is such a DaemonSet").verdict)
}

fn of_pod_on(timeline: &Timeline, node: &str) -> String {
    let pod = timeline.world().pods_on(node).next().expect("a pod").clone();
    let why = why_pod(timeline, &pod.metadata.namespace, &pod.metadata.name, None);
    masked(timeline, &why.expect("there is such a pod").verdict)
}

fn step(timeline: &Timeline, no: StepNo) -> String {
    let Told { what, because, .. } = told(timeline, no).expect("a recorded step");
    masked(timeline, &[what, vec![Piece::Text(" ".into())], because].concat()).trim_end().to_owned()
}

fn masked(timeline: &Timeline, pieces: &[Piece]) -> String {
    let mut text = plain(pieces);
    let every = timeline.steps().flat_map(|step| &step.changes);
    for change in every.filter(|change| change.is_of(&Kind::Pod)) {
        text = text.replace(name_end(change.name()), "*");
    }
    text
}

/// What the actors' steps since one say.
fn steps_since(timeline: &Timeline, since: StepNo) -> Vec<String> {
    (since + 1..=timeline.len()).map(|no| step(timeline, no)).collect()
}

/// The reason on a node's card.
fn card(timeline: &Timeline, node: &str, set: &str) -> Option<String> {
    let world = timeline.world();
    let set = world.daemon_set("default", set).expect("there is such a DaemonSet");
    let placement = Placement::new(&set.spec.template);
    let told = why::card(timeline, set, &placement, world.node(node).expect("there is such a node"));
    told.map(|told| masked(timeline, &told))
}

#[test]
fn a_refused_creation_is_told_as_refused_with_the_reason_and_what_to_do() {
    let spec = "priorityClassName: agents, ";
    let mut timeline = cluster(&[("n0", ""), ("n1", "")], &daemon_set("agent", spec, ""));
    for _ in 0..3 {
        timeline.forward();
    }
    let could_not =
        "daemonset-controller could not create 2 pods of agent: no PriorityClass with name agents was found.";
    let told = steps_since(&timeline, 1);
    assert_eq!(told[0], format!("{could_not} Because step 1 created DaemonSet agent."));
    assert!(told[1].starts_with(could_not), "{told:?}");
    assert!(told[2].ends_with("after step 3 failed in the same way."), "{told:?}");
    assert!(timeline.step(3).is_some_and(|step| step.failed()));
    let remedy = "Create PriorityClass agents, or take priorityClassName out of the template.";
    assert_eq!(
        of_node(&timeline, "n1", "agent"),
        format!(
            "No pod, because the API server refuses it: no PriorityClass with name agents was found. {remedy} The controller keeps trying, each time after a longer wait."
        )
    );
    assert_eq!(
        of_set(&timeline, "agent"),
        format!(
            "The API server refuses its pods: no PriorityClass with name agents was found. {remedy} 2 of 2 eligible nodes have no pod; the controller keeps trying, each time after a longer wait."
        )
    );
    assert_eq!(
        card(&timeline, "n1", "agent").as_deref(),
        Some("refused: no PriorityClass with name agents was found")
    );
    timeline.say(&Request::apply(Request::text_of(&objects(
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: agents}\nvalue: 7\n",
    ))));
    run(&mut timeline);
    assert_eq!(of_set(&timeline, "agent"), "All 2 eligible nodes have an available r1 pod.");
    assert_eq!(card(&timeline, "n1", "agent"), None);
}

/// What was refused beside it is not why a pod that was created is bound.
#[test]
fn a_pod_is_bound_because_it_was_created_whatever_else_was_refused() {
    let mut timeline = cluster(&[("n0", ""), ("n1", "")], "");
    timeline.say(&Request::apply(Request::text_of(&objects(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: default}\nspec: {hard: {pods: '1'}}\n",
    ))));
    timeline.say(&Request::apply(Request::text_of(&objects(&daemon_set("agent", "", "")))));
    until(&mut timeline, |timeline| timeline.steps().any(|step| step.actor == Actor::Scheduler));
    let bound = timeline.steps().rfind(|step| step.actor == Actor::Scheduler).map(|step| step.no);
    let told = step(&timeline, bound.expect("it was bound"));
    assert!(told.contains(" created pod ") && !told.contains("quota"), "{told}");
    run(&mut timeline);
    let told = of_set(&timeline, "agent");
    assert!(told.contains("exceeded quota: q"), "{told}");
}

#[test]
fn one_refused_pod_is_one_pod() {
    let spec = "priorityClassName: agents, ";
    let mut timeline = cluster(&[("n0", "")], &daemon_set("agent", spec, ""));
    timeline.forward();
    assert_eq!(
        step(&timeline, 2),
        "daemonset-controller could not create a pod of agent: no PriorityClass with name agents was found. Because step 1 created DaemonSet agent."
    );
}

#[test]
fn a_pending_daemon_pod_says_what_its_only_node_lacks() {
    let small = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '1'}}";
    let roomy = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}";
    let victims = " No pod there has a lower priority, so none is preempted for it.";
    let anti = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: first}}}]}}, ";
    for (what, node, (spec, container), headline, on_card) in [
        (
            "too many pods",
            small,
            ("", ""),
            format!("Its pod * is Pending: n, the only node it may run on, holds 1 pod already and takes 1 at most.{victims}"),
            "Too many pods: 1 of 1",
        ),
        (
            "cpu",
            roomy,
            ("", ", resources: {requests: {cpu: 1500m}}"),
            "Its pod * is Pending: n, the only node it may run on, has 1000m of cpu free; it asks for 1500m.".into(),
            "Insufficient cpu: asks 1500m, 1000m free",
        ),
        (
            "cpu and memory",
            roomy,
            ("", ", resources: {requests: {cpu: 1500m, memory: 2Gi}}"),
            "Its pod * is Pending: n, the only node it may run on, has 1000m of cpu and 1Gi of memory free; it asks for 1500m and 2Gi.".into(),
            "Insufficient cpu: asks 1500m, 1000m free; Insufficient memory: asks 2Gi, 1Gi free",
        ),
        (
            "a port of another pod",
            roomy,
            ("", ", ports: [{containerPort: 80, hostPort: 80}]"),
            format!("Its pod * is Pending: n, the only node it may run on, has no free host port 80: taken by first-*.{victims}"),
            "host port 80 taken by first-*",
        ),
        (
            "a scheduler that nobody runs",
            roomy,
            ("schedulerName: mine, ", ""),
            "Its pod * is Pending: no scheduler named mine runs here. So it is never tried, and there is no event. Set spec.schedulerName to default-scheduler, or leave it out.".into(),
            "no scheduler named mine runs here",
        ),
        (
            "anti-affinity",
            roomy,
            (anti, ""),
            format!("Its pod * is Pending: n, the only node it may run on, does not take it beside first-*: node(s) didn't match pod anti-affinity rules.{victims}"),
            "node(s) didn't match pod anti-affinity rules because of first-*",
        ),
    ] {
        let first = daemon_set("first", "", ", ports: [{containerPort: 80, hostPort: 80}]");
        let mut timeline = cluster(&[("n", node)], &first);
        run(&mut timeline);
        timeline.say(&Request::apply(Request::text_of(&objects(&daemon_set("second", spec, container)))));
        run(&mut timeline);
        assert_eq!(of_node(&timeline, "n", "second"), headline, "{what}");
        assert_eq!(card(&timeline, "n", "second").as_deref(), Some(on_card), "{what}");
        assert_eq!(
            of_set(&timeline, "second"),
            format!("0 of 1 eligible nodes have an available r1 pod: * for n is Pending ({on_card})."),
            "{what}"
        );
        assert_eq!(of_node(&timeline, "n", "first"), "Runs its pod: nothing keeps it away from n.", "{what}");
    }
}

#[test]
fn a_pod_that_its_kubelet_turns_away_again_and_again_says_so() {
    let node = ("n", "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}");
    let manifest = daemon_set("a", "nodeName: 'n', ", ", resources: {requests: {cpu: 1500m}}");
    let mut timeline = cluster(&[node], &manifest);
    timeline.forward();
    timeline.forward();
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Its pod * failed: the kubelet of n turned it away, OutOfcpu: asks 1500m, 1000m free. The DaemonSet controller replaces it, each time after a longer wait (back-off)."
    );
    assert_eq!(card(&timeline, "n", "a").as_deref(), Some("OutOfcpu: asks 1500m, 1000m free"));
}

/// With maxSurge a node needs a pod that has not failed, whatever the back-off of those that have: `podsShouldBeOnNode`.
#[test]
fn with_max_surge_there_is_no_wait_for_the_next_one() {
    let node = ("n", "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}");
    let strategy = "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let manifest = daemon_set("a", "nodeName: 'n', ", ", resources: {requests: {cpu: 1500m}}")
        .replace("\n  template:", &format!("\n  {strategy}\n  template:"));
    let mut timeline = cluster(&[node], &manifest);
    timeline.forward();
    timeline.forward();
    let failed = "Its pod * failed: the kubelet of n turned it away, OutOfcpu: asks 1500m, 1000m free.";
    let next = "With maxSurge the DaemonSet controller creates another one at once, without a back-off.";
    assert_eq!(of_node(&timeline, "n", "a"), format!("{failed} {next}"));
    let made = |timeline: &Timeline| timeline.world().pods().count();
    let first = timeline.now();
    while made(&timeline) < 5 {
        assert!(timeline.forward());
    }
    assert!(timeline.now() - first < Millis::seconds(1), "four more within a second: no wait");
}

#[test]
fn the_cause_of_a_look_at_a_set_is_one_of_its_own_pods() {
    let web = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a-web, namespace: default}\nspec: {nodeName: n1, containers: [{name: c, image: c}]}\n";
    let mut timeline = cluster(&[("n1", ""), ("n2", "")], &format!("{}{web}", daemon_set("agent", "", "")));
    run(&mut timeline);
    timeline.say(&Request::delete(&ObjectKey::node("n1"), Propagation::Background));
    run(&mut timeline);
    let because = |actor: Actor, of: Actor| -> Vec<String> {
        let is_of = |no: StepNo| timeline.step(no).is_some_and(|cause| cause.actor == of);
        let steps =
            timeline.steps().filter(|step| step.actor == actor && step.cause.step().is_some_and(is_of));
        let told = steps.filter_map(|step| Some(plain(&told(&timeline, step.no)?.because)));
        told.map(|told| masked(&timeline, &[Piece::Text(told)])).collect()
    };
    let first = &because(Actor::DaemonSetController, Actor::DaemonSetController)[0];
    assert!(
        first.ends_with(" created pod agent-* for n1.") || first.contains(" created pod agent-"),
        "{first}"
    );
    let gone = because(Actor::DaemonSetController, Actor::PodGarbageCollector);
    assert!(!gone.is_empty() && gone.iter().all(|told| told.contains(" removed pod agent-")), "{gone:?}");
}

#[test]
fn what_is_being_deleted_says_whom_it_waits_for() {
    let mut timeline = cluster(&[("n1", ""), ("n2", "")], &daemon_set("agent", "", ""));
    run(&mut timeline);
    timeline.say(&Request::power("n1", false));
    run(&mut timeline);
    timeline.say(&Request::delete(&key("agent"), Propagation::Foreground));
    timeline.forward();
    timeline.forward();
    let ending = "Its pod * is Terminating because its owner, DaemonSet agent, is being deleted. The kubelet of n2 is stopping its containers; they have 30s left. No new one comes: DaemonSet agent is being deleted.";
    assert_eq!(of_node(&timeline, "n2", "agent"), ending);
    run(&mut timeline);
    let way_out = "It goes when the kubelet runs again, when node n1 is deleted, or by force: kubectl delete pod agent-* --grace-period=0 --force.";
    let because = "It has to go because its owner, DaemonSet agent, is being deleted.";
    let waits = "only the kubelet of n1 can confirm that it has stopped, and that kubelet is silent";
    assert_eq!(of_pod_on(&timeline, "n1"), format!("Terminating: {waits}. {way_out} {because}"));
    assert_eq!(
        of_set(&timeline, "agent"),
        format!(
            "Is being deleted, after its pods. It waits for * on n1: Terminating (the kubelet of n1 is silent). {way_out}"
        )
    );
    let node = of_node(&timeline, "n1", "agent");
    assert!(
        node.starts_with(&format!(
            "Its pod * is Terminating: {waits}. {way_out} {because} No new one comes: "
        )),
        "{node}"
    );
    assert_eq!(of_node(&timeline, "n2", "agent"), "No pod: DaemonSet agent is being deleted.");
    assert_eq!(card(&timeline, "n1", "agent").as_deref(), Some("the kubelet of n1 is silent"));
    assert_eq!(card(&timeline, "n2", "agent").as_deref(), Some("DaemonSet agent is being deleted"));
    timeline.say(&Request::power("n1", true));
    run(&mut timeline);
    assert_eq!(timeline.world().pod_count(), 0);
}

#[test]
fn toleration_seconds_count_from_when_pod_and_taint_were_seen_together() {
    let spec = "tolerations: [{key: maint, operator: Exists, effect: NoExecute, tolerationSeconds: 10}], ";
    let mut timeline = cluster(&[("n1", "")], &daemon_set("agent", spec, ""));
    run(&mut timeline);
    let taint = crate::api::Taint::new("maint", "", "NoExecute");
    timeline.say(&Request::taint("n1", &taint));
    let eviction = |timeline: &Timeline| {
        let set = timeline.world().daemon_set("default", "agent").cloned();
        let why = why_node(timeline, "n1", set.as_deref(), None).expect("an answer");
        let section =
            why.sections.into_iter().find(|section| section.title == "Eviction").expect("a section");
        let last = section.blocks.last().cloned();
        let words = match last {
            Some(why::Block::Words(words)) => plain(&words),
            other => panic!("{other:?}"),
        };
        (section.badges[0].word.clone(), words)
    };
    let not_yet =
        "The time counts from when taint-eviction sees pod and taint together; it has not looked yet.";
    assert_eq!(eviction(&timeline), ("after 10s".into(), not_yet.into()));
    // The first pod goes after 10 s, and its successor is seen when it is bound.
    let sees = |timeline: &Timeline| {
        let last = timeline.step(timeline.shown()).map(|step| &step.trace);
        matches!(last, Some(crate::sim::Trace::TaintEviction(trace))
            if matches!(trace.decision, crate::controllers::taint_eviction::Decision::Schedules(_)))
    };
    until(&mut timeline, sees);
    timeline.forward();
    until(&mut timeline, sees);
    let seen = timeline.shown();
    until(&mut timeline, |timeline| timeline.world().pods().all(|pod| pod.is_ready()));
    let (word, words) = eviction(&timeline);
    assert!(word.starts_with("in 8"), "{word}");
    assert!(
        words.contains(&format!(
            "saw pod and taint together (step {seen}, 1.9s ago), not from when the taint came"
        )),
        "{words}"
    );
    let headline = of_node(&timeline, "n1", "agent");
    assert_eq!(
        headline,
        format!(
            "Runs its pod: your toleration matches its only taint maint:NoExecute. It is evicted {word} (tolerationSeconds: 10)."
        )
    );
    let evicts = |timeline: &Timeline| matches!(timeline.step(timeline.shown()), Some(step) if step.actor == Actor::TaintEviction);
    timeline.forward();
    until(&mut timeline, evicts);
    assert_eq!(
        step(&timeline, timeline.shown()),
        format!(
            "taint-eviction evicts agent-*: its tolerationSeconds for maint:NoExecute have run out. 10s after step {seen} saw pod and taint together."
        )
    );
}

#[test]
fn the_second_pod_of_a_surge_is_the_one_that_is_told() {
    let surge = rolling(json!(0), json!(1));
    let mut timeline = settled(2, &surge);
    let mut next = set("2", &surge).to_json();
    next["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "9" } });
    timeline.say(&Request::apply(Request::text_of(&[Object::from_json(next).expect("a DaemonSet")])));
    run(&mut timeline);
    let short = "Insufficient cpu: asks 9000m, 4000m free";
    assert_eq!(of_set(&timeline, "agent"), format!("Waits because * for n00 is Pending ({short})."));
    assert_eq!(
        of_node(&timeline, "n00", "agent"),
        "Its new pod * is Pending: n00, the only node it may run on, has 4000m of cpu free; it asks for 9000m. The old one, *, serves until then."
    );
    let last = steps_since(&timeline, timeline.len() - 1);
    assert!(
        last[0].contains(
            "cannot create another new pod of agent yet: maxSurge: 1 is used up by n00 (not ready)"
        ),
        "{last:?}"
    );
}

#[test]
fn a_node_without_a_pod_says_what_its_taint_lacks_of_your_toleration() {
    let gpu = "spec: {taints: [{key: gpu, value: 'true', effect: NoSchedule}]}";
    for (spec, expected) in [
        ("", "No pod: nothing tolerates gpu=true:NoSchedule."),
        (
            "tolerations: [{key: gpu, value: 'yes', effect: NoSchedule}], ",
            "No pod: your toleration gpu=yes does not match gpu=true:NoSchedule (value differs).",
        ),
        (
            "tolerations: [{key: gpu, value: 'true', effect: NoExecute}], ",
            "No pod: your toleration gpu:NoExecute does not match gpu=true:NoSchedule (effect differs).",
        ),
        ("nodeSelector: {disk: ssd}, ", "No pod: the node has no label disk (nodeSelector disk=ssd)."),
    ] {
        let mut timeline = cluster(&[("n", gpu)], &daemon_set("a", spec, ""));
        run(&mut timeline);
        assert_eq!(of_node(&timeline, "n", "a"), expected);
    }
}

#[test]
fn a_pod_that_waits_for_its_readiness_gate_says_so() {
    let mut timeline =
        cluster(&[("n", "")], &daemon_set("a", "readinessGates: [{conditionType: example.com/x}], ", ""));
    run(&mut timeline);
    let gate = "its containers are ready, but corresponding condition of pod readiness gate \"example.com/x\" does not exist";
    assert!(of_pod_on(&timeline, "n").contains(gate), "{}", of_pod_on(&timeline, "n"));
    assert!(of_node(&timeline, "n", "a").contains(gate), "{}", of_node(&timeline, "n", "a"));
    assert_eq!(card(&timeline, "n", "a").as_deref(), Some("a readiness gate is not True"));
}

#[test]
fn a_node_whose_taint_came_before_its_pod_was_bound_does_not_say_that_it_keeps_it() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    until(&mut timeline, |timeline| timeline.world().pods().next().is_some());
    timeline.say(&Request::taint("n", &crate::api::Taint::new("late", "", "NoSchedule")));
    run(&mut timeline);
    let pod = timeline.world().pods().next().expect("the pod");
    assert_eq!(pod.node(), None);
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Its pod * is Pending: n, the only node it may run on, has the taint late:NoSchedule, which it does not \
             tolerate. The controller neither deletes it nor makes another."
    );
    assert_eq!(card(&timeline, "n", "a").as_deref(), Some("untolerated taint late:NoSchedule"));
    let set = timeline.world().daemon_set("default", "a").cloned();
    let why = why_node(&timeline, "n", set.as_deref(), None).expect("an answer");
    assert_eq!(why.sections[0].badges[0].word, "no, but its pod is left waiting");
}

#[test]
fn a_cordoned_node_names_the_taint_that_the_user_tolerates_too() {
    let tolerations = "tolerations: [{operator: Exists}], ";
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", tolerations, ""));
    run(&mut timeline);
    timeline.say(&Request::cordon("n", true));
    timeline.say(&Request::taint("n", &crate::api::Taint::new("gpu", "", "NoExecute")));
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Keeps its pod: daemon pods tolerate a cordon, and your toleration matches gpu:NoExecute."
    );
}

#[test]
fn a_node_with_a_pod_says_why_it_keeps_it_or_loses_it() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    assert_eq!(of_node(&timeline, "n", "a"), "Gets a pod with the next sync: nothing keeps it away from n.");
    run(&mut timeline);
    timeline.say(&Request::cordon("n", true));
    assert_eq!(of_node(&timeline, "n", "a"), "Keeps its pod: daemon pods tolerate a cordon.");
    let badge = |timeline: &Timeline| {
        let set = timeline.world().daemon_set("default", "a").cloned();
        why_node(timeline, "n", set.as_deref(), None).expect("an answer").sections[0].badges[0].word.clone()
    };
    let taint = |effect: &str| Request::taint("n", &crate::api::Taint::new("gpu", "", effect));
    timeline.say(&taint("NoSchedule"));
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Keeps its pod, but would not get a new one: nothing tolerates gpu:NoSchedule."
    );
    assert_eq!(badge(&timeline), "no, but a running pod stays");
    assert_eq!(card(&timeline, "n", "a").as_deref(), Some("Kept, but would get no new pod"));
    timeline.say(&taint("NoExecute"));
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Its pod will be deleted: nothing tolerates gpu:NoExecute (and 1 more)."
    );
    assert_eq!(badge(&timeline), "no");
    assert_eq!(
        card(&timeline, "n", "a").as_deref(),
        Some("Will be deleted: gpu:NoExecute is not tolerated (and 1 more)")
    );
    let before = timeline.len();
    timeline.forward();
    assert_eq!(
        steps_since(&timeline, before),
        [
            "daemonset-controller deleted a-* on n: it does not tolerate gpu:NoExecute. Because step 14 added gpu:NoExecute to n."
        ]
    );
}

#[test]
fn an_applied_file_is_told_by_what_changed() {
    let apply = |text: &str| Request::apply(Request::text_of(&objects(text)));
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    let mut told = |command: &Request| {
        timeline.say(command);
        step(&timeline, timeline.len())
    };
    let namespaces: Vec<String> = (0..4)
        .map(|index| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: ns{index}}}\n"))
        .collect();
    for (command, expected) in [
        (apply(""), "you applied manifest.yaml: error: no objects passed to apply."),
        (apply(&daemon_set("a", "", "")), "you applied manifest.yaml: 1 unchanged."),
        (
            apply(&daemon_set("a", "hostNetwork: true, ", "")),
            "you applied manifest.yaml: DaemonSet a configured (new template).",
        ),
        (apply(&namespaces.join("---\n")), "you applied manifest.yaml: 4 created."),
        (
            apply(&format!("{}---\n{}", namespaces[0], daemon_set("b", "", ""))),
            "you applied manifest.yaml: DaemonSet b created, 1 unchanged.",
        ),
    ] {
        assert_eq!(told(&command), expected);
    }
}

#[test]
fn a_pod_in_trouble_says_what_its_container_does_and_what_to_do() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    run(&mut timeline);
    let pod = timeline.world().pods().next().expect("a pod").clone();
    for (phase, waiting, restarts, status_word, headline) in [
        (
            "Running",
            "CrashLoopBackOff",
            3,
            "CrashLoopBackOff",
            "CrashLoopBackOff on n: its container c exits again and again (3 restarts), and the kubelet waits longer before each new start, up to 5m. In a real cluster kubectl logs a-* --previous says more. Fix the image, its arguments or its configuration in the template.",
        ),
        (
            "Pending",
            "ImagePullBackOff",
            0,
            "ImagePullBackOff",
            "ImagePullBackOff on n: the image example.test/a:1 of its container c cannot be pulled. Correct the image's name or tag in the template; until then the kubelet tries again.",
        ),
    ] {
        let mut faulty = crate::api::Pod::clone(&pod);
        faulty.status.phase = phase.into();
        faulty.status.conditions = Default::default();
        let container = &mut faulty.status.container_statuses.make_mut()[0];
        let detail = crate::api::ContainerStateDetail { reason: waiting.into(), ..Default::default() };
        container.state = crate::api::ContainerState { waiting: Some(detail.into()), ..Default::default() };
        container.restart_count = restarts;
        container.ready = false;
        assert_eq!(stage(&faulty), (PodStage::Failed, status_word.into()));
        let told = standing::standing(&timeline, &faulty.into()).headline();
        assert_eq!(masked(&timeline, &told), headline);
    }
}

#[test]
fn a_pod_whose_init_containers_run_or_crash_says_so() {
    let spec = |image: &str| format!("initContainers: [{{name: i, image: 'example.test/i:{image}'}}], ");
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", &spec("1"), ""));
    let waits = |timeline: &Timeline| {
        let pod = timeline.world().pods().next();
        pod.is_some_and(|pod| pod.condition("Initialized").is_some_and(|known| known.status == "False"))
    };
    while !waits(&timeline) {
        assert!(timeline.forward());
    }
    assert_eq!(
        of_pod_on(&timeline, "n"),
        "Is bound to n; its init containers run first, one after the other (Init:0/1)."
    );
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", &spec("crash"), ""));
    let end = timeline.run(5_000);
    let told = unsettled(&timeline, &end).map(|told| masked(&timeline, &told)).expect("it goes on");
    assert!(told.contains("container i exits again and again"), "{told}");
    while !timeline
        .world()
        .pods()
        .any(|pod| crate::api::PrintedPod::of(pod).status == "Init:CrashLoopBackOff")
    {
        assert!(timeline.forward());
    }
    let told = of_pod_on(&timeline, "n");
    assert!(told.starts_with("CrashLoopBackOff on n: its container i exits again and again"), "{told}");
}

#[test]
fn a_pod_that_failed_says_why_and_whether_it_comes_back() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    run(&mut timeline);
    let pod = timeline.world().pods().next().expect("a pod").clone();
    let comes_back = "The DaemonSet controller replaces it, each time after a longer wait (back-off).";
    for (phase, reason, message, exit_code, status_word, headline) in [
        (
            "Failed",
            "Evicted",
            "Pod was rejected: The node had condition: [DiskPressure]. ",
            None,
            "Evicted",
            "Failed: the kubelet of n turned it away, Evicted: The node had condition: [DiskPressure]. Daemon pods tolerate the taint of a node under pressure, so the controller creates the pod again until the pressure on n ends.".to_owned(),
        ),
        (
            "Failed",
            "",
            "",
            Some(3),
            "ExitCode:3",
            format!("Failed on n: its container c exited with code 3. {comes_back}"),
        ),
        (
            "Running",
            "",
            "",
            Some(1),
            "ExitCode:1",
            "Runs on n, but its container c exited with code 1 (0 restarts); the kubelet starts it again.".to_owned(),
        ),
    ] {
        let mut ended = crate::api::Pod::clone(&pod);
        ended.status.phase = phase.into();
        (ended.status.reason, ended.status.message) = (reason.into(), message.into());
        ended.status.conditions = Default::default();
        let container = &mut ended.status.container_statuses.make_mut()[0];
        let detail = exit_code.map(|exit_code| {
            crate::api::ContainerStateDetail { exit_code, ..Default::default() }.into()
        });
        container.state = crate::api::ContainerState { terminated: detail, ..Default::default() };
        container.ready = false;
        assert_eq!(status(&ended), status_word);
        let told = standing::standing(&timeline, &ended.into()).headline();
        assert_eq!(masked(&timeline, &told), headline);
    }
}

#[test]
fn a_silent_node_and_the_end_of_its_daemon_set_step_by_step() {
    let mut timeline = cluster(&[("n1", ""), ("n2", "")], &daemon_set("agent", "", ""));
    run(&mut timeline);
    let since = timeline.len();
    timeline.say(&Request::power("n1", false));
    run(&mut timeline);
    let no = |step: StepNo| since + step;
    let told = steps_since(&timeline, since);
    assert_eq!(
        told[..2],
        [
            "you stopped the kubelet of n1; after 50s without a heartbeat the node counts as unreachable."
                .to_owned(),
            format!(
                "node-lifecycle has heard nothing from the kubelet of n1 for 50s: the node's conditions become Unknown; added node.kubernetes.io/unreachable:NoSchedule, node.kubernetes.io/unreachable:NoExecute to n1; marked 1 pod not ready. 50.1s after step {} stopped the kubelet of n1.",
                no(1)
            ),
        ]
    );
    assert!(
        told.contains(&format!(
            "taint-eviction leaves agent-* on its node. Because step {} marked agent-* not ready.",
            no(2)
        )) || told.iter().any(|line| line.starts_with("taint-eviction leaves agent-* on its node.")),
        "{told:#?}"
    );
    let since = timeline.len();
    timeline.say(&Request::delete(&key("agent"), Propagation::Foreground));
    run(&mut timeline);
    let told = steps_since(&timeline, since);
    assert_eq!(told[0], "you deleted DaemonSet agent.");
    assert!(told.contains(&format!("daemonset-controller leaves agent alone: it is being deleted. Because step {} began to delete DaemonSet agent.", since + 1)), "{told:#?}");
    assert!(
        told.iter()
            .any(|line| line
                .starts_with("garbage-collector waits for 1 dependent of DaemonSet agent to be gone.")),
        "{told:#?}"
    );
    assert!(
        told.iter()
            .any(|line| line.starts_with("kubelet on n2 stopped agent-* and removed it. 1s after step ")
                && line.ends_with("began to delete pod agent-*, grace 30s.")),
        "{told:#?}"
    );
}

#[test]
fn the_way_of_a_daemon_pod_step_by_step() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    run(&mut timeline);
    let told = steps_since(&timeline, 0);
    let expected = [
        "you applied manifest.yaml: DaemonSet a created.",
        "daemonset-controller created a pod of a for n. Because step 1 created DaemonSet a.",
        "scheduler bound a-* to n. Because step 2 created pod a-* for n.",
    ];
    assert!(expected.iter().all(|line| told.iter().any(|other| other == line)), "{told:#?}");
    let from = |start: &str| told.iter().find(|line| line.starts_with(start)).cloned().unwrap_or_default();
    assert!(
        from("kubelet on n is creating the containers of a-*. 1s after step ").ends_with("bound a-* to n."),
        "{told:#?}"
    );
    assert!(
        from("kubelet on n started a-*: Running and ready. 1s after step ")
            .ends_with("began to create the containers of a-*."),
        "{told:#?}"
    );
    assert!(
        from("daemonset-controller updated the status of a: 1 of 1 ready. ")
            .ends_with("marked a-* Running and ready."),
        "{told:#?}"
    );
}

#[test]
fn a_step_with_several_causes_names_the_users_besides_the_first() {
    let mut timeline = cluster(&[("n1", ""), ("n2", "")], &daemon_set("a", "", ""));
    run(&mut timeline);
    let before = timeline.len();
    let taint = crate::api::Taint::new("gpu", "", "NoExecute");
    timeline.say(&Request::taint("n1", &taint.clone()));
    timeline.say(&Request::taint("n2", &taint));
    timeline.forward();
    assert_eq!(
        step(&timeline, before + 3),
        format!(
            "daemonset-controller deleted a-* on n1: it does not tolerate gpu:NoExecute; deleted a-* on n2: it does not tolerate gpu:NoExecute. Because step {} added gpu:NoExecute to n1, and step {} added gpu:NoExecute to n2.",
            before + 1,
            before + 2
        )
    );
}

#[test]
fn a_patch_is_told_by_the_fields_that_it_sets() {
    let path = "/spec/updateStrategy/type";
    let surge = r#"{"spec":{"updateStrategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}"#;
    let three =
        r#"{"metadata":{"labels":{"a":"b","c":null}},"spec":{"template":{"spec":{"tolerations":[]}}}}"#;
    let replaced = format!(r#"[{{"op":"replace","path":"{path}","value":"OnDelete"}}]"#);
    for (patch, expected) in [
        (
            ["-p", surge],
            "patched DaemonSet agent: spec.updateStrategy.rollingUpdate.maxSurge=1, spec.updateStrategy.rollingUpdate.maxUnavailable=0.",
        ),
        (["-p", three], "patched DaemonSet agent: metadata.labels.a=b, metadata.labels.c=null and 1 more."),
        (["--type=json", &format!("--patch={replaced}")], "patched DaemonSet agent."),
    ] {
        let mut timeline = settled(1, &json!({}));
        let words = ["kubectl", "patch", "daemonset", "agent"].into_iter().chain(patch);
        timeline.say(&Request::of(words));
        let told = step(&timeline, timeline.shown());
        assert!(told.starts_with(&format!("you {expected}")), "{told}");
    }
}

#[test]
fn a_run_that_never_settles_says_what_goes_round_in_circles() {
    let timed = "tolerations: [{key: maint, operator: Exists, effect: NoExecute, tolerationSeconds: 10}], ";
    let tainted = "spec: {taints: [{key: maint, effect: NoExecute}]}";
    let full = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}";
    let too_big = ", resources: {requests: {cpu: 1500m}}";
    for (node, spec, container, expected) in [
        (
            tainted,
            timed,
            "",
            "This never settles: maint:NoExecute on n evicts each pod of a after 10s (tolerationSeconds), and the controller creates it again.",
        ),
        (
            full,
            "nodeName: 'n', ",
            too_big,
            "This never settles: each pod of a is turned away by the kubelet of n, and the controller creates another.",
        ),
        (
            "",
            "priorityClassName: none, ",
            "",
            "This never settles: the controller keeps trying to create pods of a, and the API server refuses them: no PriorityClass with name none was found.",
        ),
    ] {
        let mut timeline = cluster(&[("n", node)], &daemon_set("a", spec, container));
        let end = timeline.run(5_000);
        let told = unsettled(&timeline, &end);
        assert_eq!(told.map(|told| plain(&told)).as_deref(), Some(expected));
    }
    assert_eq!(unsettled(&settled(1, &rolling(json!(1), json!(0))), &crate::sim::RunEnd::Stable), None);
}

#[test]
fn an_attempt_says_what_brought_the_pod_back_and_which_node_it_may_run_on() {
    let gpu = "spec: {taints: [{key: gpu, effect: NoSchedule}]}";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {containers: [{name: c, image: i}]}\n";
    let mut empty = cluster(&[], pod);
    run(&mut empty);
    assert_eq!(of_pod(&empty, "p"), "Pending: the cluster has no node.");
    let mut two = cluster(&[("m", gpu), ("n", gpu)], pod);
    run(&mut two);
    assert_eq!(
        of_pod(&two, "p"),
        "Pending: none of the 2 nodes can take it: 2 node(s) had untolerated taint(s)."
    );
    let mut timeline = cluster(&[("n", gpu)], pod);
    run(&mut timeline);
    assert_eq!(
        of_pod(&timeline, "p"),
        "Pending: the only node cannot take it: 1 node(s) had untolerated taint(s)."
    );
    let taint = crate::api::Taint::new("gpu", "", "NoSchedule");
    timeline.say(&Request::untaint("n", &taint.key, &taint.effect));
    run(&mut timeline);
    assert_eq!(of_pod(&timeline, "p"), "Runs on n and is ready.");
    let why = why_pod(&timeline, "default", "p", None).expect("an answer");
    let filter = why.sections.iter().find(|section| section.title == "Scheduler: Filter").expect("a section");
    let why::Block::Words(words) = &filter.blocks[0] else { panic!("{filter:?}") };
    let told = plain(words);
    assert!(
        told.starts_with(
            "Tried again because node/n lost taint gpu:NoSchedule: TaintToleration had rejected the pod."
        ),
        "{told}"
    );
}

fn of_pod(timeline: &Timeline, name: &str) -> String {
    plain(&why_pod(timeline, "default", name, None).expect("there is such a pod").verdict)
}

#[test]
fn a_preemption_names_its_victims_and_what_they_free() {
    let node = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}";
    let low = "apiVersion: v1\nkind: Pod\nmetadata: {name: low, namespace: default}\nspec: {nodeName: 'n', containers: [{name: c, image: i, resources: {requests: {cpu: 600m}}}]}\n";
    let class =
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n";
    let mut timeline = cluster(&[("n", node)], &format!("{class}---\n{low}"));
    run(&mut timeline);
    let set = daemon_set("a", "priorityClassName: high, ", ", resources: {requests: {cpu: 500m}}");
    timeline.say(&Request::apply(Request::text_of(&objects(&set))));
    until(&mut timeline, |timeline| timeline.step(timeline.shown()).is_some_and(|step| step.failed()));
    assert_eq!(
        of_node(&timeline, "n", "a"),
        "Its pod * preempts * on n and waits until it is gone: then 1000m of cpu will be free."
    );
    assert!(
        step(&timeline, timeline.shown()).starts_with("scheduler chose * as victim and nominated n for a-*.")
    );
    let why = why_node(&timeline, "n", timeline.world().daemon_set("default", "a").cloned().as_deref(), None);
    let sections = why.expect("an answer").sections;
    let words = |title: &str| -> Vec<String> {
        let section = sections.iter().find(|section| section.title == title);
        let blocks = section.iter().flat_map(|section| &section.blocks);
        blocks
            .flat_map(|block| match block {
                why::Block::Words(words) => vec![plain(words)],
                why::Block::Trace(lines) => lines
                    .iter()
                    .map(|line| format!("{} | {} | {}", plain(&line.what), line.small, line.badge.word))
                    .collect(),
                _ => Vec::new(),
            })
            .collect()
    };
    assert_eq!(words("Candidate nodes"), ["Room can be made on this node only."]);
    assert_eq!(
        words("Victims on n"),
        [
            "Without 1 pod of lower priority | cpu 500m of 1000m | fits",
            "Put back low, priority 0 | cpu 1100m > 1000m | victim",
        ]
    );
    run(&mut timeline);
    assert_eq!(of_node(&timeline, "n", "a"), "Runs its pod: nothing keeps it away from n.");
}

#[test]
fn volumes_that_would_need_binding_are_said_not_to_be_simulated() {
    let volumes = "volumes: [{name: data, persistentVolumeClaim: {claimName: c}}, {name: logs, hostPath: {path: /var/log}}], ";
    for (spec, expected) in [
        (volumes, Some("PersistentVolumes are not simulated. Treated as bound on every node: data.")),
        ("volumes: [{name: logs, hostPath: {path: /var/log}}], ", None),
        ("", None),
    ] {
        let mut timeline = cluster(&[("n", "")], &daemon_set("a", spec, ""));
        run(&mut timeline);
        let why = why_set(&timeline, &key("a")).expect("an answer");
        let told = why.sections.iter().find(|section| section.title == "Volumes").map(|section| {
            let [why::Block::Words(words)] = &section.blocks[..] else { panic!("{section:?}") };
            plain(words)
        });
        assert_eq!(told.as_deref(), expected, "{spec}");
    }
}

#[test]
fn a_faulty_image_is_told_by_what_it_does() {
    let spec = rolling(json!(1), json!(0));
    for (tag, steps, of_the_set) in [
        (
            "bad",
            [
                "kubelet on n00 could not pull an image of agent-*: ErrImagePull.",
                "kubelet on n00 waits before it pulls an image of agent-* again: ImagePullBackOff.",
            ],
            "Waits because * on n00 is ImagePullBackOff (the image example.test/a:bad cannot be pulled).",
        ),
        (
            "unready",
            [
                "kubelet on n00 started agent-*: Running, not ready.",
                "began to create the containers of agent-*.",
            ],
            "Waits because * on n00 is Running, not ready.",
        ),
    ] {
        let mut timeline = settled(2, &spec);
        let before = timeline.len();
        let mut next = set("2", &spec).to_json();
        next["spec"]["template"]["spec"]["containers"][0]["image"] = format!("example.test/a:{tag}").into();
        timeline.say(&Request::apply(Request::text_of(&[Object::from_json(next).expect("a DaemonSet")])));
        for _ in 0..25 {
            timeline.forward();
        }
        let told = steps_since(&timeline, before);
        for expected in steps {
            assert!(told.iter().any(|line| line.contains(expected)), "{expected}: {told:#?}");
        }
        assert_eq!(of_set(&timeline, "agent"), of_the_set);
    }
}

#[test]
fn pods_that_are_turned_away_in_a_loop_are_told_at_every_moment() {
    let full = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}}";
    let pressed = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '10'}, conditions: [{type: Ready, status: 'True'}, {type: DiskPressure, status: 'True'}]}";
    let too_big = ("nodeName: 'n', ", ", resources: {requests: {cpu: 1500m}}");
    for (node, (spec, container), grounds) in [
        (full, too_big, "OutOfcpu: asks 1500m, 1000m free"),
        (pressed, ("", ""), "Evicted: The node had condition: [DiskPressure]"),
    ] {
        let mut timeline = cluster(&[("n", node)], &daemon_set("a", spec, container));
        until(&mut timeline, |timeline| {
            let away = |step: &&std::rc::Rc<crate::sim::Step>| step.actor == Actor::Kubelet;
            timeline.steps().filter(away).count() == 3
        });
        let away = timeline.steps().rfind(|step| step.actor == Actor::Kubelet).map(|step| step.no);
        let told = step(&timeline, away.expect("the pod was turned away"));
        let ends = format!("{}. Because step", grounds.split_once(": ").expect("a reason and a message").1);
        assert!(!told.contains("..") && !told.contains(". .") && !told.contains(". ."), "{told}");
        assert!(spec.is_empty() == told.contains(&ends), "{told}");
        let mut states = BTreeSet::new();
        for _ in 0..8 {
            let pod = timeline.world().pods_on("n").next();
            states.insert(pod.map(|pod| pod.status.phase.to_string()));
            let told = of_node(&timeline, "n", "a");
            assert!(told.contains("turned away by the kubelet of n"), "{told}");
            assert!(told.contains(grounds), "{told}");
            let on_card = card(&timeline, "n", "a");
            let waits = timeline.world().pods_on("n").next().is_some_and(|pod| pod.status.phase == "Pending");
            assert_eq!(on_card.as_deref(), (!waits).then_some(grounds));
            let told = of_set(&timeline, "a");
            assert!(told.contains(&grounds[..7]), "{told}");
            timeline.forward();
        }
        assert_eq!(states.len(), 3, "none, waiting, failed");
    }
}

#[test]
fn a_pod_that_is_ending_says_who_decided_that() {
    let end = "The kubelet of n is stopping its containers; they have 30s left.";
    let taint = crate::api::Taint::new("disk", "failing", "NoExecute");
    let plain_pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: plain, namespace: default}\nspec: {containers: [{name: c, image: i}]}\n";
    let class =
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n";
    let small = "status: {capacity: {cpu: '1', memory: 1Gi, pods: '1'}}";
    let of_ending = |timeline: &Timeline| {
        let pod = timeline.world().pods_on("n").find(|pod| pod.metadata.is_terminating()).cloned();
        let pod = pod.expect("an ending pod").metadata.clone();
        let why = why_pod(timeline, &pod.namespace, &pod.name, None).expect("there is such a pod");
        masked(timeline, &why.verdict)
    };
    let ending = |timeline: &Timeline| timeline.world().pods_on("n").any(|pod| pod.metadata.is_terminating());
    let pod = ObjectKey::pod("default", "plain");
    let urgent = daemon_set("a", "priorityClassName: high, ", "");
    for (manifest, command, expected) in [
        (
            plain_pod.to_owned(),
            Request::taint("n", &taint),
            "taint-eviction evicted it: it does not tolerate disk=failing:NoExecute",
        ),
        (plain_pod.to_owned(), Request::delete(&pod, Propagation::Background), "you deleted it"),
        (
            format!("{class}---\n{plain_pod}"),
            Request::apply(Request::text_of(&objects(&urgent))),
            "a-* preempts it (priority 1000 over 0)",
        ),
        (
            daemon_set("a", "", ""),
            Request::apply(Request::text_of(&objects(&daemon_set("a", "hostNetwork: true, ", "")))),
            "the DaemonSet controller replaces it: it has template r1, the current one is r2, and maxUnavailable allows it",
        ),
        (
            daemon_set("a", "", ""),
            Request::taint("n", &taint),
            "the DaemonSet controller deleted it: it does not tolerate disk=failing:NoExecute",
        ),
        (
            daemon_set("a", "", ""),
            Request::delete(&key("a"), Propagation::Background),
            "its owner, DaemonSet a, is gone",
        ),
    ] {
        let mut timeline = cluster(&[("n", small)], &manifest);
        run(&mut timeline);
        timeline.say(&command);
        until(&mut timeline, ending);
        assert_eq!(of_ending(&timeline), format!("Terminating because {expected}. {end}"));
        if manifest.contains("kind: DaemonSet") && timeline.world().daemon_sets().next().is_some() {
            let told = of_node(&timeline, "n", "a");
            assert!(
                told.starts_with(&format!("Its pod * is Terminating because {expected}. {end}")),
                "{told}"
            );
        }
    }
}

#[test]
fn containers_that_crash_for_ever_are_named_and_told_at_every_moment() {
    let crashing = daemon_set("a", "", "").replace("a:1", "a:crash");
    let mut timeline = cluster(&[("n1", ""), ("n2", ""), ("n3", "")], &crashing);
    let end = timeline.run(5_000);
    let told = unsettled(&timeline, &end).map(|told| masked(&timeline, &told));
    assert_eq!(
        told.as_deref(),
        Some(
            "This never settles: container c exits again and again, and the kubelet starts it again after a wait (CrashLoopBackOff), in a-* on n1, a-* on n2 and 1 more."
        )
    );
    until(&mut timeline, |timeline| timeline.world().pods_on("n1").any(|pod| pod.is_ready()));
    let told = of_node(&timeline, "n1", "a");
    assert!(told.starts_with("Runs its pod: nothing keeps it away from n1. It is ready, after "), "{told}");
    assert!(told.ends_with(" restarts of its container c."), "{told}");
    assert!(of_pod_on(&timeline, "n1").starts_with("Runs on n1 and is ready, after "));
}

#[test]
fn a_pod_that_is_not_ready_says_what_keeps_it_from_it() {
    let unready = daemon_set("a", "", "").replace("a:1", "a:unready");
    let mut timeline = cluster(&[("n", "")], &unready);
    run(&mut timeline);
    assert_eq!(
        of_pod_on(&timeline, "n"),
        "Runs on n and is not ready: container c does not become ready, because of the tag of its image example.test/a:unready."
    );
    assert_eq!(card(&timeline, "n", "a").as_deref(), Some("container c does not become ready"));
    let label = crate::kubelet::Fault::NotReady.label();
    let labelled = daemon_set("a", "", "").replace(
        "metadata: {labels: {app: a}}",
        &format!("metadata: {{labels: {{app: a, {label}: 'true'}}}}"),
    );
    let mut timeline = cluster(&[("n", "")], &labelled);
    run(&mut timeline);
    assert_eq!(
        of_pod_on(&timeline, "n"),
        format!(
            "Runs on n and is not ready: container c does not become ready, because of the label {label}."
        )
    );
}

#[test]
fn what_a_command_reads_is_not_a_part_of_its_sentence() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: default}\n";
    let ran = |timeline: &mut Timeline, line: &str| {
        let read = Request::parse(line, &Files::new()).expect("a line");
        read.iter().for_each(|request| drop(timeline.say(request)));
        step(timeline, timeline.len())
    };
    let by_hand =
        |text: &str| format!("KUBE_EDITOR='cp /dev/stdin' kubectl edit cm c <<'EOF'\n{text}\nEOF\n");
    let told = ran(&mut timeline, &format!("kubectl create -f - <<'EOF'\n{text}EOF\n"));
    assert_eq!(told, "you ran kubectl create -f -.");
    let key = ObjectKey::new(Kind::of("v1", "ConfigMap"), "default", "c");
    let mut changed = timeline.world().get(&key).expect("it was created").to_json();
    changed["data"] = json!({ "a": "b" });
    assert_eq!(ran(&mut timeline, &by_hand(&changed.to_string())), "you edited ConfigMap c.");
    assert_eq!(ran(&mut timeline, &by_hand("")), "you ran kubectl edit cm c.");
    let with_another = by_hand("").replace("kubectl", "EDITOR=vi kubectl");
    assert_eq!(ran(&mut timeline, &with_another), "you ran EDITOR=vi kubectl edit cm c.");
    assert_eq!(
        ran(&mut timeline, "KUBE_EDITOR=true kubectl edit cm c"),
        "you ran KUBE_EDITOR=true kubectl edit cm c."
    );
}

#[test]
fn what_kubectl_complains_of_is_told_not_the_hint_below_it() {
    let mut timeline = cluster(&[("n", "")], &daemon_set("a", "", ""));
    let unknown = "apiVersion: example.test/v1\nkind: Foo\nmetadata: {name: f}\n";
    timeline.say(&Request::apply(crate::kubectl::File::new(unknown)));
    let told = step(&timeline, timeline.len());
    assert!(told.contains("no matches for kind \"Foo\"") && !told.contains("ensure CRDs"), "{told}");
}

#[test]
fn a_budget_and_nodes_that_were_ruled_out_are_told_in_whole_sentences() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: solo, namespace: default, labels: {app: p}}\nspec: {containers: [{name: c, image: i}]}\n";
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b, namespace: default}\nspec: {minAvailable: 0, selector: {matchLabels: {app: p}}}\n";
    let mut timeline = cluster(&[("n", "")], &format!("{pod}---\n{budget}"));
    run(&mut timeline);
    let told = steps_since(&timeline, 0).join(" ");
    assert!(
        told.contains("updated the status of b: 1 healthy pod, 0 required, so 1 disruption allowed."),
        "{told}"
    );
    let big = daemon_set("a", "", ", resources: {requests: {cpu: '9'}}");
    let mut timeline = cluster(&[("n1", ""), ("n2", ""), ("n3", "")], &big);
    run(&mut timeline);
    let pod = timeline.world().pods().next().expect("a pod").clone();
    let why = why_pod(&timeline, "default", &pod.metadata.name, None).expect("an answer");
    let blocks = why.sections.iter().flat_map(|section| &section.blocks);
    let rows: Vec<String> = blocks
        .filter_map(|block| match block {
            why::Block::Nodes(rows) => Some(rows),
            _ => None,
        })
        .flatten()
        .map(|row| format!("{} {}", row.name, plain(&row.words)))
        .collect();
    assert!(
        rows.iter()
            .any(|row| row == "2 nodes were not checked: they didn't satisfy plugin(s) [NodeAffinity]"),
        "{rows:?}"
    );
}
