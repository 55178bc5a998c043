use super::*;
use crate::api::{NO_EXECUTE, NO_SCHEDULE, Taint};
use crate::explain::plain;
use crate::kubectl::Request;
use crate::sim::given::{agent, apply, on_delete, rolling, run, settled};
use serde_json::{Value, json};

/// The second version on three nodes, updated in one way and in another.
fn pair(a: &Value, b: &Value) -> [Timeline; 2] {
    let start = settled(3, &json!({}));
    [a, b].map(|spec| {
        let mut timeline = start.clone();
        apply(&mut timeline, "2", spec);
        timeline
    })
}

fn courses(timelines: &[Timeline; 2]) -> [Course; 2] {
    let from = timelines[0].shown().min(timelines[1].shown()) - 1;
    [0, 1].map(|index| Course::of(&timelines[index], from, &agent()).expect("there is the DaemonSet"))
}

fn said(courses: &[Course; 2]) -> String {
    plain(&told(["A", "B"], [&courses[0], &courses[1]]))
}

fn ran(mut timelines: [Timeline; 2]) -> [Course; 2] {
    let from = timelines[0].shown().min(timelines[1].shown()) - 1;
    timelines.iter_mut().for_each(run);
    [0, 1].map(|index| Course::of(&timelines[index], from, &agent()).expect("there is the DaemonSet"))
}

#[test]
fn the_classic_pair_differs_in_time_in_readiness_and_in_pods() {
    let [a, b] = ran(pair(&rolling(json!(1), json!(0)), &rolling(json!(0), json!(1))));
    assert_eq!((a.desired, a.lowest, a.most), (3, 2, 3));
    assert_eq!((b.desired, b.lowest, b.most), (3, 3, 4));
    assert!(a.done.is_some() && b.done.is_some());
    let said = said(&[a, b]);
    assert!(said.starts_with("A is done after "), "{said}");
    assert!(said.contains(" and has as few as 2 of 3 ready. B is done "), "{said}");
    assert!(said.contains(" and never has fewer than 3 ready. B has up to 4 pods at once."), "{said}");
}

#[test]
fn a_run_that_stops_says_what_it_waits_for() {
    let [a, b] = ran(pair(&rolling(json!(1), json!(0)), &on_delete()));
    assert_eq!((b.done, b.is_stable), (None, true));
    let said = said(&[a, b]);
    assert!(said.contains("B stops after "), "{said}");
    assert!(
        said.contains(
            " and is not done and never has fewer than 3 ready. 3 nodes still have a pod of an older revision"
        ),
        "{said}"
    );
}

#[test]
fn runs_that_are_still_the_same_say_so_and_those_on_their_way_too() {
    let one = rolling(json!(1), json!(0));
    let same = pair(&one, &one);
    assert_eq!(said(&courses(&same)), "So far both branches have the same pods.");
    let [mut a, b] = pair(&one, &one);
    while a.forward() {}
    let said = said(&courses(&[a, b]).map(|course| course));
    assert!(said.contains("B is not done after "), "{said}");
}

#[test]
fn the_line_of_a_chart_stands_where_the_counters_say() {
    let mut timeline = settled(3, &json!({}));
    let from = timeline.shown();
    // A pod may stay there, so that the controller does not look.
    timeline.say(&Request::taint("n01", &Taint::new("gpu", "", NO_SCHEDULE)));
    run(&mut timeline);
    let course = Course::of(&timeline, from, &agent()).expect("there is the DaemonSet");
    assert_eq!((course.desired, course.most_desired), (2, 3));
}

#[test]
fn places_and_evictions_are_told_where_they_differ() {
    let start = settled(3, &json!({}));
    let with = |taint: &Taint| {
        let mut timeline = start.clone();
        timeline.say(&Request::taint("n01", taint));
        timeline
    };
    let pair = [with(&Taint::new("a", "", NO_SCHEDULE)), with(&Taint::new("a", "", NO_EXECUTE))];
    let [a, b] = ran(pair);
    assert_eq!((a.evicted, b.evicted), (0, 1));
    let said = said(&[a, b]);
    assert!(said.contains(" B evicts 1 pod, the other none. Only A has a pod on n01."), "{said}");
}

#[test]
fn what_both_share_comes_after_what_differs_and_is_told_once() {
    let start = settled(3, &json!({}));
    let evicting = |node: &str| {
        let mut timeline = start.clone();
        timeline.say(&Request::taint(node, &Taint::new("a", "", NO_EXECUTE)));
        timeline
    };
    let courses = ran([evicting("n01"), evicting("n02")]);
    let took = tenths(courses[0].took());
    let expected = format!("Only A has a pod on n02. Only B has a pod on n01. Both are done after {took}.");
    assert_eq!(said(&courses), expected);
}

#[test]
fn ready_pods_are_charted_by_revision_over_the_time() {
    let [a, _] = ran(pair(&rolling(json!(1), json!(0)), &on_delete()));
    let counts: Vec<Vec<(i64, u32)>> =
        a.ready.iter().map(|(_, ready)| ready.iter().map(|(no, pods)| (*no, *pods)).collect()).collect();
    assert_eq!(counts[0], [(1, 3)]);
    assert_eq!(counts[1], [(1, 2)]);
    assert_eq!(counts.last(), Some(&vec![(2, 3)]));
    assert!(a.ready.is_sorted_by_key(|(at, _)| *at));
    assert_eq!(a.ready.last().map(|(at, _)| *at), a.done);
}

#[test]
fn what_differs_now_is_found_node_by_node() {
    let [mut a, mut b] = pair(&rolling(json!(1), json!(0)), &rolling(json!(0), json!(1)));
    let differing = |a: &Timeline, b: &Timeline| differing_nodes(a.world(), b.world(), &agent()).len();
    assert_eq!(differing(&a, &b), 0, "nothing has happened yet");
    while differing(&a, &b) == 0 {
        assert!(a.forward() && b.forward());
    }
    assert_eq!(
        differing_nodes(a.world(), b.world(), &agent()).first().map(|name| name.as_str()),
        Some("n00")
    );
    run(&mut a);
    run(&mut b);
    assert_eq!(differing(&a, &b), 0, "both are done");
}

#[test]
fn a_change_of_a_set_has_a_short_name() {
    let of = |version: &str, spec: &Value| {
        crate::sim::given::set(version, spec).as_daemon_set().cloned().expect("a DaemonSet")
    };
    let before = of("1", &rolling(json!(1), json!(0)));
    for (after, expected) in [
        (of("1", &rolling(json!(1), json!(0))), None),
        (of("1", &rolling(json!(0), json!("50%"))), Some("maxSurge 50%")),
        (of("1", &rolling(json!(2), json!(0))), Some("maxUnavailable 2")),
        (of("1", &on_delete()), Some("OnDelete")),
        (of("2", &rolling(json!(1), json!(0))), Some("image agent:2")),
    ] {
        assert_eq!(told_difference(&before, &after).as_deref(), expected);
    }
}

#[test]
fn each_time_at_which_something_became_different_is_found_and_no_other() {
    let one = rolling(json!(1), json!(0));
    let ends = |spec: &Value| {
        let mut timelines = pair(&one, spec);
        let common = timelines[0].shown().min(timelines[1].shown()) - 1;
        timelines.iter_mut().for_each(run);
        (timelines, common)
    };
    let ([a, b], common) = ends(&one);
    assert!(differences([&a, &b], common, &agent()).is_empty(), "they are the same run");
    let ([mut a, mut b], common) = ends(&rolling(json!(0), json!(1)));
    let found = differences([&a, &b], common, &agent());
    // The same, by looking at the whole of both clusters at every recorded time.
    let steps =
        |run: &Timeline| (common + 1..=run.len()).filter_map(|no| run.step(no)).map(|step| step.at).collect();
    let times: BTreeSet<Time> = [&a, &b].into_iter().flat_map(|run| -> Vec<Time> { steps(run) }).collect();
    let mut last = (BTreeMap::new(), [None, None]);
    let mut expected = Vec::new();
    for at in times {
        for run in [&mut a, &mut b] {
            let no = (0..=run.len()).rev().find(|no| run.step(*no).is_none_or(|step| step.at <= at));
            run.seek(no.unwrap_or(0));
        }
        let all = [&a, &b].map(|run| signs(run.world(), &agent()));
        let pairs: BTreeMap<EcoString, [Option<Sign>; 2]> = differing_nodes(a.world(), b.world(), &agent())
            .into_iter()
            .map(|node| (node.clone(), all.each_ref().map(|signs| signs.get(&node).cloned())))
            .collect();
        let counted = [&a, &b].map(|run| counts(run.world(), &agent()));
        let is_new = pairs.iter().any(|(node, pair)| last.0.get(node) != Some(pair))
            || (counted[0] != counted[1] && counted != last.1);
        if is_new {
            expected.push(at);
        }
        last = (pairs, counted);
    }
    assert!(found.len() > 3 && found == expected, "{found:?} {expected:?}");
}
