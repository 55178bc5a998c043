use super::*;
use crate::api::Object;
use crate::cluster::{Actor, given};
use crate::explain::plain;
use crate::sim::given::{agent, apply, at_rest, on_delete, rolling, run, set, settled};
use serde_json::{Value, json};

fn node(name: &str, spec: Value, memory: &str) -> Object {
    let allocatable = json!({ "cpu": "4", "memory": memory, "pods": "110" });
    given::node(name, json!({ "spec": spec, "status": { "allocatable": allocatable } }))
}

fn taint(key: &str, effect: &str) -> Value {
    json!({ "taints": [{ "key": key, "value": "true", "effect": effect }] })
}

/// A plain node, a tainted one, a cordoned one and a full one.
fn four() -> Timeline {
    at_rest(
        1,
        vec![
            node("plain", json!({}), "8Gi"),
            node("gpu", taint("gpu", "NoSchedule"), "8Gi"),
            node("cordoned", json!({ "unschedulable": true }), "8Gi"),
            node("full", json!({}), "100Mi"),
        ],
    )
}

/// The DaemonSet, which asks for more memory than the full node has.
fn asking() -> Vec<Request> {
    let mut value = set("1", &json!({})).to_json();
    value["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({ "requests": { "memory": "200Mi" } });
    vec![Request::apply(Request::text_of(&[Object::from_json(value).expect("a DaemonSet")]))]
}

fn answers(forecast: &Forecast) -> Vec<(&str, Guess)> {
    forecast.answers.iter().map(|(node, choice)| (node.as_str(), *choice)).collect()
}

fn guesses(all: &[(&str, Guess)]) -> BTreeMap<EcoString, Guess> {
    all.iter().map(|(node, choice)| ((*node).into(), *choice)).collect()
}

#[test]
fn who_gets_a_pod_is_what_a_copy_comes_to() {
    let timeline = four();
    let forecast = Forecast::of(&timeline, &asking(), Question::Placed, &agent());
    assert_eq!(
        answers(&forecast),
        [("cordoned", Guess::Pod), ("full", Guess::Pending), ("gpu", Guess::NoPod), ("plain", Guess::Pod)]
    );
    assert_eq!((forecast.end, forecast.proviso()), (ForecastEnd::Stable, ""));
    assert_eq!((timeline.len(), timeline.shown()), (0, 0), "the cluster itself has not moved");
}

#[test]
fn a_miss_is_told_with_its_reason_and_its_step() {
    let forecast = Forecast::of(&four(), &asking(), Question::Placed, &agent());
    let guesses = guesses(&[
        ("cordoned", Guess::NoPod),
        ("full", Guess::Pod),
        ("gpu", Guess::NoPod),
        ("no-such-node", Guess::Pod),
    ]);
    let marked = forecast.mark(&guesses);
    let told: Vec<(&str, bool, String)> =
        marked.iter().map(|mark| (mark.node.as_str(), mark.is_hit(), plain(&mark.why))).collect();
    assert_eq!(told[0].0, "cordoned");
    assert!(told[0].2.contains("cordon"), "{}", told[0].2);
    assert_eq!(told[1].0, "full");
    assert!(told[1].2.contains("200Mi") && told[1].2.contains("memory"), "{}", told[1].2);
    assert_eq!((told[2].0, told[2].1, told.len()), ("gpu", true, 3));
    assert!(told[2].2.contains("gpu=true:NoSchedule"), "{}", told[2].2);
    for mark in &marked {
        let step = mark.step.and_then(|no| forecast.run.step(no)).expect("it was decided in a step");
        let actor = if &*mark.node == "full" { Actor::Scheduler } else { Actor::DaemonSetController };
        assert_eq!(step.actor, actor, "{}", mark.node);
    }
}

#[test]
fn who_loses_a_pod_is_told_with_who_takes_it() {
    let mut timeline = settled(2, &json!({}));
    let taint = crate::api::Taint::new("maintenance", "", crate::api::NO_EXECUTE);
    let commands = [Request::taint("n01", &taint)];
    let forecast = Forecast::of(&timeline, &commands, Question::Evicted, &agent());
    assert_eq!(answers(&forecast), [("n00", Guess::Stays), ("n01", Guess::Leaves)]);
    let (why, step) = forecast.why("n01");
    assert!(plain(&why).contains("maintenance:NoExecute"), "{}", plain(&why));
    assert!(step.is_some());
    assert_eq!(Question::that_suits(&timeline, &commands, &agent()), Question::Evicted);
    // What an update deletes is no eviction.
    apply(&mut timeline, "2", &json!({}));
    let forecast = Forecast::of(&timeline, &[], Question::Evicted, &agent());
    assert!(forecast.answers.values().all(|choice| *choice == Guess::Stays), "{:?}", forecast.answers);
}

#[test]
fn which_node_is_updated_next_is_decided_with_the_first_one() {
    for (spec, next, bound) in [
        (rolling(json!(1), json!(0)), vec!["n00"], "maxUnavailable 1"),
        (rolling(json!(2), json!(0)), vec!["n00", "n01"], "maxUnavailable 2"),
        (rolling(json!(0), json!(1)), vec!["n00"], "maxSurge 1"),
    ] {
        let mut timeline = settled(3, &spec);
        apply(&mut timeline, "2", &spec);
        assert_eq!(Question::that_suits(&timeline, &[], &agent()), Question::Updated);
        let forecast = Forecast::of(&timeline, &[], Question::Updated, &agent());
        let named: Vec<&str> = forecast
            .answers
            .iter()
            .filter(|(_, choice)| **choice == Guess::Next)
            .map(|(node, _)| node.as_str())
            .collect();
        assert_eq!((named, forecast.end), (next.clone(), ForecastEnd::Decided));
        let (why, step) = forecast.why("n02");
        let why = plain(&why);
        assert!(why.contains(bound) && why.contains("by name"), "{why}");
        assert_eq!(step, Some(forecast.until()));
        // Once the first is under way, the next one is asked for.
        (0..forecast.until() - timeline.shown()).for_each(|_| assert!(timeline.forward()));
        let after = Forecast::of(&timeline, &[], Question::Updated, &agent());
        assert!(
            next.iter().all(|node| after.answers.get(*node) != Some(&Guess::Next)),
            "{:?}",
            after.answers
        );
    }
}

#[test]
fn an_update_that_turns_to_nobody_says_why() {
    let mut timeline = settled(2, &on_delete());
    apply(&mut timeline, "2", &on_delete());
    let forecast = Forecast::of(&timeline, &[], Question::Updated, &agent());
    assert_eq!(forecast.end, ForecastEnd::Stable);
    assert_eq!(answers(&forecast), [("n00", Guess::Later), ("n01", Guess::Later)]);
    let (why, step) = forecast.why("n00");
    assert!(plain(&why).contains("OnDelete"), "{}", plain(&why));
    assert_eq!(step, None);
    assert_ne!(forecast.proviso(), "");
}

#[test]
fn what_is_recorded_right_after_is_asked_for_and_what_comes_later_is_not() {
    let mut timeline = settled(2, &json!({}));
    let before = timeline.shown();
    timeline.say(&Request::cordon("n00", true));
    run(&mut timeline);
    let rest = timeline.len();
    let taint = crate::api::Taint::new("maintenance", "", crate::api::NO_EXECUTE);
    timeline.say(&Request::taint("n01", &taint));
    run(&mut timeline);
    timeline.seek(before);
    let forecast = Forecast::of(&timeline, &[], Question::Placed, &agent());
    assert_eq!((forecast.until(), forecast.end), (rest, ForecastEnd::Command));
    assert_eq!(answers(&forecast), [("n00", Guess::Pod), ("n01", Guess::Pod)]);
    timeline.seek(rest);
    let forecast = Forecast::of(&timeline, &[], Question::Placed, &agent());
    assert_eq!(answers(&forecast), [("n00", Guess::Pod), ("n01", Guess::NoPod)]);
}

#[test]
fn the_run_itself_comes_to_what_its_copy_came_to() {
    let mut timeline = four();
    let forecast = Forecast::of(&timeline, &asking(), Question::Placed, &agent());
    for request in asking() {
        timeline.say(&request);
    }
    run(&mut timeline);
    assert_eq!((timeline.shown(), timeline.digest()), (forecast.until(), forecast.run.digest()));
}

#[test]
fn only_nodes_that_have_something_to_lose_are_asked_about() {
    let timeline = four();
    let nodes = |question: Question| question.nodes(&timeline, &agent()).len();
    assert_eq!(Question::ALL.map(nodes), [4, 0, 0]);
    let timeline = settled(3, &json!({}));
    let nodes = |question: Question| question.nodes(&timeline, &agent()).len();
    assert_eq!(Question::ALL.map(nodes), [3, 3, 3]);
    assert_eq!(Question::that_suits(&timeline, &[], &agent()), Question::Placed);
}
