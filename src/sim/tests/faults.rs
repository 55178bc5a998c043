//! Containers that crash, are never ready or lack their image, and what comes of it.

use crate::api::{Millis, Object, ObjectKey, PrintedPod};
use crate::kubectl::Request;
use crate::kubelet::{Fault, KubeletDeed, Stage};
use crate::sim::given::{agent, apply, rolling, run, settled, until};
use crate::sim::{RunEnd, Timeline, Trace};
use serde_json::json;
use std::rc::Rc;

/// READY, STATUS and RESTARTS of the set's pods, node by node.
fn printed(timeline: &Timeline) -> Vec<String> {
    let pods = timeline.world().pods();
    let mut rows: Vec<_> = pods
        .map(|pod| {
            let printed = PrintedPod::of(pod);
            let node = pod.target_node().unwrap_or_default();
            format!("{node} {}/{} {} {}", printed.ready, printed.containers, printed.status, printed.restarts)
        })
        .collect();
    rows.sort();
    rows
}

fn events(timeline: &Timeline, reason: &str) -> Vec<String> {
    let events = timeline.world().events().filter(|event| event.reason == reason);
    events.map(|event| event.message.to_string()).collect()
}

fn pod_key(timeline: &Timeline) -> ObjectKey {
    let pod = timeline.world().pods().next().expect("a pod");
    pod.key()
}

fn set_fault(timeline: &mut Timeline, fault: Fault, on: bool) {
    let pod = pod_key(timeline);
    timeline.say(&Request::fault(&pod, fault, on, true));
}

#[test]
fn an_update_to_an_image_that_cannot_be_pulled_stops_at_the_first_node_until_it_is_undone() {
    let spec = rolling(json!(1), json!(0));
    let mut timeline = settled(3, &spec);
    apply(&mut timeline, "bad", &spec);
    run(&mut timeline);
    let rows = printed(&timeline);
    let stuck: Vec<_> = rows.iter().filter(|row| row.contains(" 0/1 ImagePullBackOff 0")).collect();
    assert_eq!((rows.len(), stuck.len()), (3, 1), "{rows:?}");
    let pod = timeline.world().pods().find(|pod| !pod.is_ready()).expect("the stuck pod");
    assert_eq!(pod.status.phase, "Pending");
    let ready = pod.condition("Ready").expect("a condition");
    assert_eq!(
        (&*ready.reason, &*ready.message),
        ("ContainersNotReady", "containers with unready status: [agent]")
    );
    let image = "registry.example/agent:bad";
    assert_eq!(events(&timeline, "BackOff"), [format!("Back-off pulling image \"{image}\"")]);
    assert!(events(&timeline, "Failed").contains(&"Error: ErrImagePull".to_owned()));
    assert!(events(&timeline, "Failed").contains(&"Error: ImagePullBackOff".to_owned()));

    timeline.say(&Request::roll_back(&agent(), 1));
    run(&mut timeline);
    assert_eq!(printed(&timeline), ["n00 1/1 Running 0", "n01 1/1 Running 0", "n02 1/1 Running 0"]);
    let set = timeline.world().daemon_set("default", "agent").expect("the set");
    assert_eq!(set.status.updated_number_scheduled, 3);
}

#[test]
fn a_pod_that_crashes_is_restarted_with_growing_waits_as_kubectl_shows() {
    let mut timeline = settled(1, &json!({}));
    set_fault(&mut timeline, Fault::Crash, true);
    let (mut seen, mut at) = (Vec::new(), Vec::new());
    while seen.len() < 9 {
        assert!(timeline.forward(), "a crash loop never ends");
        let row = printed(&timeline).remove(0);
        if seen.last() != Some(&row) {
            at.push(timeline.now());
            seen.push(row);
        }
    }
    assert_eq!(
        seen,
        [
            "n00 1/1 Running 0",
            "n00 0/1 Error 0",
            "n00 1/1 Running 1",
            "n00 0/1 Error 1",
            "n00 0/1 CrashLoopBackOff 1",
            "n00 1/1 Running 2",
            "n00 0/1 Error 2",
            "n00 0/1 CrashLoopBackOff 2",
            "n00 1/1 Running 3",
        ]
    );
    assert_eq!(at[5] - at[3], Millis::seconds(10), "from the end to the next start");
    assert_eq!(at[8] - at[6], Millis::seconds(20));
    let pod = timeline.world().pods().next().expect("a pod");
    assert_eq!(pod.status.phase, "Running");
    let container = &pod.status.container_statuses[0];
    let last = container.last_state.terminated.as_ref().expect("its last end");
    assert_eq!((last.exit_code, &*last.reason), (1, "Error"));
    let (name, uid) = (&pod.metadata.name, &pod.metadata.uid);
    assert_eq!(
        events(&timeline, "BackOff"),
        [format!("Back-off restarting failed container agent in pod {name}_default({uid})")]
    );
    assert!(matches!(timeline.run(400), RunEnd::NotSettling { .. } | RunEnd::More));

    set_fault(&mut timeline, Fault::Crash, false);
    run(&mut timeline);
    assert!(printed(&timeline)[0].starts_with("n00 1/1 Running "), "{:?}", printed(&timeline));
}

/// READY and STATUS of a pod on one node, each as it comes, until it is as expected.
fn seen_of(policy: &str, init: &serde_json::Value, last: &str) -> Vec<String> {
    let mut timeline = settled(1, &json!({}));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "job" },
        "spec": { "restartPolicy": policy, "initContainers": init, "containers": [{ "name": "c", "image": "c:1" }] },
    });
    let pod = Object::from_json(pod).expect("a pod");
    timeline.say(&Request::apply(Request::text_of(&[pod])));
    let mut seen: Vec<String> = Vec::new();
    while timeline.forward() {
        if let Some(pod) = timeline.world().pod("default", "job") {
            let printed = PrintedPod::of(pod);
            let row = format!("{}/{} {}", printed.ready, printed.containers, printed.status);
            if seen.last() != Some(&row) {
                seen.push(row);
            }
        }
        if seen.last().is_some_and(|seen| seen == last) {
            break;
        }
    }
    seen
}

#[test]
fn init_containers_run_one_after_the_other_before_the_containers() {
    let init = |image: &str| json!({ "name": image.split(':').next(), "image": image });
    let sidecar = json!({ "name": "side", "image": "side:1", "restartPolicy": "Always" });
    for (what, policy, init, expected) in [
        (
            "two",
            "Always",
            json!([init("a:1"), init("b:1")]),
            &["0/1 Pending", "0/1 Init:0/2", "0/1 Init:1/2", "0/1 PodInitializing", "1/1 Running"][..],
        ),
        (
            "a sidecar before one",
            "Never",
            json!([sidecar, init("a:1")]),
            &["0/2 Pending", "0/2 Init:0/2", "1/2 Init:1/2", "1/2 PodInitializing", "2/2 Running"],
        ),
        (
            "one that crashes is started again",
            "Always",
            json!([init("a:crash")]),
            &[
                "0/1 Pending",
                "0/1 Init:0/1",
                "0/1 Init:Error",
                "0/1 Init:0/1",
                "0/1 Init:Error",
                "0/1 Init:CrashLoopBackOff",
            ],
        ),
        (
            "one that crashes fails the pod",
            "Never",
            json!([init("a:crash")]),
            &["0/1 Pending", "0/1 Init:0/1", "0/1 Init:Error"],
        ),
        (
            "one without its image",
            "Always",
            json!([init("a:bad")]),
            &["0/1 Pending", "0/1 Init:0/1", "0/1 Init:ErrImagePull", "0/1 Init:ImagePullBackOff"],
        ),
    ] {
        assert_eq!(seen_of(policy, &init, expected[expected.len() - 1]), expected, "{what}");
    }
}

#[test]
fn the_conditions_of_a_pod_say_which_init_containers_and_sidecars_are_missing() {
    let mut timeline = settled(1, &json!({}));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "job" },
        "spec": {
            "initContainers": [
                { "name": "side", "image": "side:unready", "restartPolicy": "Always" },
                { "name": "a", "image": "a:1" },
            ],
            "containers": [{ "name": "c", "image": "c:1" }],
        },
    });
    let pod = Object::from_json(pod).expect("a pod");
    timeline.say(&Request::apply(Request::text_of(&[pod])));
    let told = |timeline: &Timeline, type_: &str| {
        let pod = timeline.world().pod("default", "job")?;
        pod.condition(type_).map(|known| format!("{} {} {}", known.status, known.reason, known.message))
    };
    until(&mut timeline, |timeline| told(timeline, "Initialized").is_some());
    let incomplete = "False ContainersNotInitialized containers with incomplete status: [side a]";
    assert_eq!(told(&timeline, "Initialized").as_deref(), Some(incomplete));
    run(&mut timeline);
    assert_eq!(told(&timeline, "Initialized").as_deref(), Some("True  "));
    let unready = "False ContainersNotReady containers with unready status: [side]";
    assert_eq!(told(&timeline, "Ready").as_deref(), Some(unready));
    let pod = timeline.world().pod("default", "job").expect("the pod");
    assert_eq!(pod.status.phase, "Running");
    let pulled = events(&timeline, "Pulling");
    let images: Vec<&str> = pulled.iter().filter_map(|text| text.split('"').nth(1)).collect();
    assert_eq!(images[images.len() - 3..], ["side:unready", "a:1", "c:1"]);
}

#[test]
fn a_container_that_ran_for_more_than_ten_minutes_is_started_again_at_once() {
    let mut timeline = settled(1, &json!({}));
    set_fault(&mut timeline, Fault::Crash, true);
    until(&mut timeline, |timeline| printed(timeline)[0].ends_with("1/1 Running 3"));
    set_fault(&mut timeline, Fault::Crash, false);
    run(&mut timeline);
    let later = timeline.now() + Millis::seconds(601);
    timeline.advance(later);
    set_fault(&mut timeline, Fault::Crash, true);
    let mut seen: Vec<String> = Vec::new();
    while seen.len() < 4 {
        assert!(timeline.forward());
        let row = printed(&timeline).remove(0);
        if seen.last() != Some(&row) {
            seen.push(row);
        }
    }
    assert_eq!(seen[1..], ["n00 0/1 Error 3", "n00 1/1 Running 4", "n00 0/1 Error 4"]);
}

#[test]
fn a_pod_that_is_never_ready_runs_and_holds_up_an_update() {
    let spec = rolling(json!(1), json!(0));
    let mut timeline = settled(2, &spec);
    apply(&mut timeline, "unready", &spec);
    run(&mut timeline);
    let rows = printed(&timeline);
    assert_eq!(rows.iter().filter(|row| row.ends_with(" 0/1 Running 0")).count(), 1, "{rows:?}");
    apply(&mut timeline, "2", &spec);
    run(&mut timeline);
    assert_eq!(printed(&timeline), ["n00 1/1 Running 0", "n01 1/1 Running 0"]);
}

#[test]
fn a_fault_that_is_switched_off_ends() {
    for (fault, word) in [(Fault::NotReady, "0/1 Running"), (Fault::Crash, "")] {
        let mut timeline = settled(1, &json!({}));
        set_fault(&mut timeline, fault, true);
        if word.is_empty() {
            until(&mut timeline, |timeline| printed(timeline)[0].contains("CrashLoopBackOff"));
        } else {
            run(&mut timeline);
            assert!(printed(&timeline)[0].contains(word), "{:?}", printed(&timeline));
        }
        set_fault(&mut timeline, fault, false);
        run(&mut timeline);
        assert!(printed(&timeline)[0].contains("1/1 Running"), "{fault:?}: {:?}", printed(&timeline));
    }
    let mut timeline = settled(1, &rolling(json!(1), json!(0)));
    apply(&mut timeline, "broken", &rolling(json!(1), json!(0)));
    run(&mut timeline);
    set_fault(&mut timeline, Fault::ImagePull, false);
    run(&mut timeline);
    assert_eq!(printed(&timeline), ["n00 1/1 Running 0"]);
}

/// `ErrInvalidImageName` in `pkg/kubelet/images/types.go`.
#[test]
fn an_image_whose_name_cannot_be_read_waits_for_another() {
    let spec = rolling(json!(1), json!(0));
    let mut timeline = settled(2, &spec);
    apply(&mut timeline, "Team/Agent: 2", &spec);
    run(&mut timeline);
    let rows = printed(&timeline);
    assert_eq!(rows.iter().filter(|row| row.ends_with(" 0/1 InvalidImageName 0")).count(), 1, "{rows:?}");
    let image = "registry.example/agent:Team/Agent: 2";
    let told = format!(
        "Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: invalid reference format"
    );
    assert_eq!(events(&timeline, "InspectFailed"), [told]);
    assert_eq!(events(&timeline, "Failed"), ["Error: InvalidImageName"]);
    assert!(events(&timeline, "Pulling").iter().all(|told| !told.contains("Team")));
    apply(&mut timeline, "3", &spec);
    run(&mut timeline);
    assert_eq!(printed(&timeline), ["n00 1/1 Running 0", "n01 1/1 Running 0"]);
}

#[test]
fn one_restart_policy_decides_whether_a_crash_is_the_end() {
    for (policy, expected) in [("Never", "Failed"), ("OnFailure", "Running"), ("Always", "Running")] {
        let mut timeline = settled(1, &json!({}));
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "job", "labels": { "pod-container-crash.stage.kwok.x-k8s.io": "true" } },
            "spec": { "restartPolicy": policy, "containers": [{ "name": "c", "image": "c:1" }] },
        });
        let pod = Object::from_json(pod).expect("a pod");
        timeline.say(&Request::apply(Request::text_of(&[pod])));
        until(&mut timeline, |timeline| {
            let last = timeline.step(timeline.shown()).map(|step| step.trace.clone());
            let crash = |stage| matches!(stage, Stage::PodContainerCrash);
            matches!(last, Some(Trace::Kubelet(trace))
                if matches!(trace.deed, KubeletDeed::Stage { stage, .. } if crash(stage)))
        });
        let pod = timeline.world().pod("default", "job").expect("the pod");
        assert_eq!(pod.status.phase, expected, "{policy}");
    }
}

#[test]
fn a_pod_that_goes_before_its_kubelet_has_begun_goes_because_of_who_deleted_it() {
    let spec = rolling(json!(1), json!(0));
    let mut timeline = settled(1, &spec);
    apply(&mut timeline, "2", &spec);
    until(&mut timeline, |timeline| {
        timeline.world().pods().any(|pod| pod.node().is_some() && pod.status.container_statuses.is_empty())
    });
    let key = pod_key(&timeline);
    timeline.say(&Request::delete(&key, crate::cluster::Propagation::Background));
    let deleted = timeline.shown();
    until(&mut timeline, |timeline| timeline.world().get(&key).is_none());
    let removed = Rc::clone(timeline.step(timeline.shown()).expect("a step"));
    assert_eq!((removed.actor, removed.cause.step()), (crate::cluster::Actor::Kubelet, Some(deleted)));
    run(&mut timeline);
    let idle = timeline.steps().filter(|step| step.actor == removed.actor && step.is_idle()).count();
    assert_eq!(idle, 0, "a kubelet looks when something is due");
}
