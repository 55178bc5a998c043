//! What the API server does to what is written, whoever writes it.

use super::{Case, errors};
use playground::api::Kind;
use playground::kubectl::{Deed, Request};
use playground::manifest::Severity;

/// `cache.AddPod`: a pod is in NodeInfo once, whatever came first.
#[test]
fn case_01_a_pod_that_comes_with_its_node_is_counted_once() {
    let mut case = Case::open("01");
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(case.nodes("nodes2.yaml"), ["node/n1 created", "pod/a created", "node/n0 deleted"]);
    case.run();
    assert_eq!(case.apply("manifest2.yaml"), ["pod/probe created"]);
    case.run();
    assert_eq!(case.pod("default", "probe").node(), Some("n1"), "1 + 1 <= 2 CPUs");
}

/// `ValidateRBACName`: `IsPathSegmentName`.
#[test]
fn case_02_names_of_roles_may_have_colons() {
    let mut case = Case::open("02");
    assert!(errors(&case.read("manifest.yaml")).is_empty());
    let answers = case.apply("manifest.yaml");
    assert!(answers.iter().all(|answer| answer.ends_with(" created")), "{answers:?}");
}

/// `apply.go`, applyOneObject: each object is got anew, then patched.
#[test]
fn case_04_an_object_that_stands_twice_is_applied_twice() {
    let mut case = Case::open("04");
    let answers = case.apply("manifest.yaml");
    assert_eq!(
        answers,
        [
            "namespace/obs created",
            "serviceaccount/agent created",
            "daemonset/agent created",
            "namespace/obs unchanged",
            "serviceaccount/agent unchanged",
        ]
    );
}

/// A dump's resourceVersion is the other cluster's.
#[test]
fn case_05_a_dump_of_nodes_can_be_applied_again_and_edited() {
    let mut case = Case::open("05");
    assert_eq!(case.world().node_count(), 2);
    let read = case.read("nodes.yaml");
    let notes: Vec<_> = read.diagnostics.iter().map(|note| (note.severity, note.message.as_str())).collect();
    assert_eq!(
        notes,
        [(
            Severity::Info,
            "resourceVersion, uid and creationTimestamp are written by the cluster this comes from; not applied here, also of one more object"
        )]
    );
    assert!(
        Case::open("04").read("manifest.yaml").diagnostics.iter().all(|note| note.severity != Severity::Info)
    );
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(case.nodes("nodes.yaml"), ["node/controlplane unchanged", "node/node01 unchanged"]);
    let edited = case.text("nodes.yaml").replace("1912960Ki", "2912960Ki");
    let read = playground::manifest::parse(&edited);
    let objects = read.objects.iter().map(|located| located.object.clone()).collect::<Vec<_>>();
    let trace = case.timeline.say(&Request::set_nodes(Request::text_of(&objects)));
    assert!(
        trace.answer.done.iter().all(|done| !matches!(done.deed, Deed::Refused(_))),
        "{:?}",
        trace.answer.done
    );
    assert!(trace.answer.done.iter().any(|done| done.deed == Deed::Configured));
}

/// `admission/errors.go` (a refused creation has no name yet), `tools/record/events_cache.go` (one event, counted up).
#[test]
fn case_09_a_refused_creation_names_no_pod_and_is_one_event() {
    let mut case = Case::open("09");
    case.apply("manifest.yaml");
    case.run_for(20);
    let why = "Error creating: pods \"agent-\" is forbidden: no PriorityClass with name agents was found";
    // The tries are 5 ms apart, then 10, 20 ... Each tells of one pod: the others are not tried in that batch.
    let tries = case.timeline.steps().filter(|step| !step.refused.is_empty()).count();
    assert_eq!(case.events(), [format!("FailedCreate x{tries}: {why}")]);
    case.run_for(7_000);
    assert_eq!(case.events().len(), 1);
}

/// `--event-ttl`: the API server keeps an event for an hour after it was told last.
#[test]
fn case_14_events_are_forgotten_after_an_hour_and_come_back_with_the_steps() {
    let mut case = Case::open("14");
    case.apply("manifest.yaml");
    case.run();
    let told = case.timeline.len();
    let before = case.events();
    assert!(!before.is_empty());
    // A pod that needs 9 hours to get ready makes the time pass.
    let late = case.text("manifest.yaml").replace("cpu: \"8\"", "cpu: \"1\"").replace(
        "labels: {app: agent}\n    spec",
        "labels: {app: agent}\n      annotations: {pod-ready.stage.kwok.x-k8s.io/delay: 9h}\n    spec",
    );
    let read = playground::manifest::parse(&late);
    let objects = read.objects.iter().map(|located| located.object.clone()).collect::<Vec<_>>();
    case.timeline.say(&Request::apply(Request::text_of(&objects)));
    case.run();
    let after = case.events();
    assert!(before.iter().all(|event| !after.contains(event)), "{after:#?}");
    case.timeline.seek(told);
    assert_eq!(case.events(), before);
}

/// `registry/core/pod/strategy.go`, PrepareForCreate: for whoever creates a pod.
#[test]
fn case_14_a_daemon_pod_is_pending_from_the_start() {
    let mut case = Case::open("14");
    case.apply("manifest.yaml");
    case.run();
    let pod = case.world().pods().next().cloned().expect("the daemon pod");
    assert_eq!(pod.status.phase, "Pending");
    assert_eq!(pod.status.rest.get("qosClass"), Some(&"Burstable".into()));
    assert_eq!(pod.metadata.generation, 1);
}

/// The node list is what is to be: a pod whose field cannot be updated is replaced.
#[test]
fn case_15_pods_of_the_node_list_are_followed() {
    let mut case = Case::open("15");
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(case.pod("default", "a").status.phase, "Running");
    assert_eq!(case.nodes("nodes.yaml"), ["pod/a unchanged", "node/n1 unchanged"]);
    let asks = |case: &Case| {
        case.pod("default", "a").spec.containers[0].resources.requests.get("cpu").map(|cpu| cpu.to_string())
    };
    assert_eq!(asks(&case), Some("1".to_owned()));
    assert_eq!(case.nodes("nodes2.yaml"), ["pod/a deleted", "pod/a created", "node/n1 unchanged"]);
    assert_eq!(asks(&case), Some("3".to_owned()));
    case.run();
    assert_eq!(case.pod("default", "a").status.phase, "Running");
    assert_eq!(case.nodes("nodes3.yaml"), ["node/n1 unchanged", "pod/a deleted"]);
    case.run();
    assert_eq!(case.world().pod_count(), 0);
}

/// Pods that are there have namespaces that are there.
#[test]
fn case_16_namespaces_of_listed_pods_are_made() {
    let mut case = Case::open("16");
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(
        case.nodes("nodes2.yaml"),
        [
            "node/n1 created",
            "namespace/shop created",
            "pod/web created",
            "namespace/data created",
            "pod/db created",
            "node/n0 deleted",
        ]
    );
    assert_eq!(case.world().of_kind(&Kind::Namespace).count(), 6);
    case.run();
    assert_eq!(case.pod("shop", "web").node(), Some("n1"));
}

/// DefaultTolerationSeconds and Priority admit on update too; `topologySpreadConstraints` are merged by their key.
#[test]
fn a_pod_that_was_applied_can_be_applied_again() {
    let mut case = Case::open("applied");
    assert_eq!(case.apply("manifest.yaml"), ["pod/web created"]);
    case.run();
    assert_eq!(case.apply("manifest2.yaml"), ["pod/web unchanged", "namespace/added created"]);
    let mut case = Case::open("applied");
    assert_eq!(case.apply("matchLabelKeys.yaml"), ["pod/web created"]);
    case.run();
    assert_eq!(case.apply("matchLabelKeys.yaml"), ["pod/web unchanged"]);
}

/// Times of objects are read back as they were written, whatever the clock says.
#[test]
fn the_clock_may_run_beyond_the_year_9999() {
    let mut case = Case::open("clock");
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(case.now().to_string(), "9999-12-31T23:59:59Z");
    assert_eq!(case.apply("manifest2.yaml"), ["daemonset/agent unchanged", "configmap/late created"]);
    assert_eq!(case.apply("manifest3.yaml"), ["daemonset/agent unchanged", "configmap/late configured"]);
    case.run();
}
