use super::*;
use crate::examples;
use crate::kubectl::Request;
use crate::session::{Act, DocumentName, Past};

fn opened(id: &str) -> Session {
    Session::of_example(examples::find(id).expect("there is such an example"))
}

fn done(session: &Session, act: &Act) -> Session {
    let (next, outcome) = session.act(act, Past::Ask);
    assert!(matches!(outcome, Outcome::Done(_)), "{act:?}: {outcome:?}");
    next
}

fn run(session: &Session) -> Session {
    let (next, outcome) = session.act(&Act::Run(5_000), Past::Ask);
    assert_eq!(outcome, Outcome::Stable);
    next
}

fn cordon(node: &str) -> Act {
    Act::Do { title: String::new(), request: Request::cordon(node, true) }
}

fn beside(session: &Session) -> &Session {
    session.beside().expect("one is compared with it")
}

/// The rolling update in two ways: as the example has it, and with another bound.
fn pair() -> Session {
    let session = done(&opened("rolling_update"), &Act::Fork);
    let text = session.documents.manifest.text.replace("maxUnavailable: 1", "maxUnavailable: 2");
    assert_ne!(text, *session.documents.manifest.text);
    let session = done(&done(&session, &Act::Edit(DocumentName::Manifest, text.into())), &Act::Apply);
    done(&done(&session, &Act::Switch(0)), &Act::Apply)
}

#[test]
fn a_fork_keeps_the_run_it_came_from_whole() {
    let first = run(&done(&opened("log_collector"), &cordon("worker-a1")));
    let len = first.timeline.len();
    let back = done(&first, &Act::Seek(5));
    let fork = done(&back, &Act::Fork);
    assert_eq!((fork.timeline.len(), fork.timeline.shown(), fork.log.len()), (5, 5, 1));
    assert_eq!((beside(&fork).timeline.len(), beside(&fork).log.len()), (len, 2));
    assert_eq!(fork.branch.from, Some((0, 5)));
    assert_ne!(fork.at(), back.at());
    // Going on does in the fork what it did in the first: nothing else was done.
    let again = run(&fork);
    let cordoned = first.log[1].after;
    assert_eq!(again.timeline.mark(cordoned), first.timeline.mark(cordoned));
    let old = done(&again, &Act::Switch(0));
    assert_eq!((old.timeline.len(), old.branch.no, beside(&old).branch.no), (len, 0, 1));
}

#[test]
fn what_is_done_in_the_past_can_go_on_as_a_branch() {
    let first = opened("log_collector");
    let back = done(&first, &Act::Seek(4));
    let (asked, outcome) = back.act(&cordon("worker-a1"), Past::Ask);
    assert!(matches!(outcome, Outcome::WouldDrop { from: 5, .. }), "{outcome:?}");
    for act in [cordon("worker-a1"), Act::Enter("kubectl cordon worker-a1".into())] {
        let (next, outcome) = asked.act(&act, Past::Branch);
        let Outcome::Done(did) = outcome else { panic!("{outcome:?}") };
        assert_eq!((did.dropped, next.timeline.len(), next.branches().len()), (None, 5, 2));
        assert_eq!(beside(&next).timeline.len(), first.timeline.len());
        assert_eq!(next.branch.name, "cordon worker-a1");
    }
}

#[test]
fn a_branch_is_named_after_the_first_thing_done_in_it_until_the_user_names_it() {
    let session = pair();
    let names = |session: &Session| -> Vec<String> {
        session.branches().iter().map(|branch| branch.name.to_string()).collect()
    };
    assert!(names(&session)[1].starts_with("maxUnavailable 2"), "{:?}", names(&session));
    let named = done(&session, &Act::NameBranch(1, "  two at a time ".into()));
    let named = done(&named, &Act::NameBranch(0, "one at a time".into()));
    assert_eq!(names(&named), ["one at a time", "two at a time"]);
    for (no, name) in [(1, " "), (1, "two at a time"), (7, "x")] {
        let (_, outcome) = named.act(&Act::NameBranch(no, name.into()), Past::Ask);
        assert_eq!(outcome, Outcome::Unchanged, "{no} {name:?}");
    }
}

#[test]
fn both_move_along_the_simulated_time() {
    let session = pair();
    let common = session.common();
    assert_eq!(session.branch.from.map_or(common, |(_, from)| from), common);
    let mut both = done(&session, &Act::Seek(common));
    assert_eq!(beside(&both).timeline.shown(), common);
    let mut times = Vec::new();
    loop {
        let (next, outcome) = both.act(&Act::Forward, Past::Ask);
        if outcome == Outcome::Stable {
            break;
        }
        both = next;
        times.push(shown_at(&both.timeline).max(shown_at(&beside(&both).timeline)));
    }
    assert!(times.is_sorted() && times.len() > 20, "{}", times.len());
    let ends = [both.timeline.len(), beside(&both).timeline.len()];
    assert_eq!([both.timeline.shown(), beside(&both).timeline.shown()], ends);
    assert_ne!(ends[0], ends[1]);
    // Back again, step by step, they meet where they parted.
    for _ in 0..times.len() {
        both = done(&both, &Act::Back);
    }
    assert_eq!([both.timeline.shown(), beside(&both).timeline.shown()], [common, common]);
    let earlier = done(&both, &Act::Back);
    assert_eq!([earlier.timeline.shown(), beside(&earlier).timeline.shown()], [common - 1, common - 1]);
    // A step of the one is shown with the other as it was then.
    let there = done(&earlier, &Act::Seek(common + 9));
    let (own, other) = (shown_at(&there.timeline), shown_at(&beside(&there).timeline));
    assert!(other <= own, "{own:?} {other:?}");
    let latest = done(&there, &Act::Latest);
    assert_eq!([latest.timeline.shown(), beside(&latest).timeline.shown()], ends);
}

#[test]
fn a_run_until_stable_runs_both() {
    let session = run(&pair());
    assert!(session.timeline.following().is_none() && beside(&session).timeline.following().is_none());
    let alone = done(&session, &Act::Compare(None));
    assert!(alone.beside().is_none());
    let further = done(&alone, &Act::Back);
    let other = further.of_branch(1).expect("it is there");
    assert_eq!(other.timeline.shown(), other.timeline.len(), "it does not move any more");
}

#[test]
fn in_place_of_a_dropped_branch_another_is_open() {
    let session = pair();
    let (len, other) = (session.timeline.len(), beside(&session).timeline.len());
    let kept = done(&session, &Act::DropBranch(1));
    assert_eq!((kept.branch.no, kept.timeline.len(), kept.branches().len()), (0, len, 1));
    let kept = done(&session, &Act::DropBranch(0));
    assert_eq!((kept.branch.no, kept.timeline.len(), kept.branches().len()), (1, other, 1));
    assert!(kept.beside().is_none());
    let again = done(&kept, &Act::Fork);
    let were = [session.at(), beside(&session).at()];
    assert!(!were.contains(&again.at()), "a new run is never taken for one that was dropped");
    let (_, outcome) = kept.act(&Act::DropBranch(1), Past::Ask);
    assert_eq!(outcome, Outcome::Unchanged, "the last one stays");
}

#[test]
fn there_is_an_end_to_branches() {
    let mut session = opened("log_collector");
    for _ in 1..MOST_BRANCHES {
        session = done(&session, &Act::Fork);
    }
    let (same, outcome) = session.act(&Act::Fork, Past::Ask);
    assert_eq!((outcome, same.branches().len()), (Outcome::Refused(Refusal::Branches), MOST_BRANCHES));
    let numbers: Vec<u32> = same.branches().iter().map(|branch| branch.no).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_question_is_asked_in_two_branches_that_differ_in_one_change() {
    let set = |session: &Session| {
        session.timeline.world().daemon_sets().next().map(|set| set.key()).expect("a DaemonSet")
    };
    for (example, told, name, left, right) in [
        (
            "rolling_update",
            "maxSurge 1 instead of maxUnavailable 1",
            "maxSurge 1",
            "maxUnavailable: 1",
            "maxSurge: 1",
        ),
        (
            "surge",
            "maxUnavailable 1 instead of maxSurge 1",
            "maxUnavailable 1",
            "maxSurge: 1",
            "maxUnavailable: 1",
        ),
    ] {
        let session = opened(example);
        let asked = session.what_ifs(&set(&session)).into_iter().next().expect(example);
        assert_eq!(asked.told, told);
        let next = done(&session, &Act::WhatIf(Box::new(asked)));
        let applied = [beside(&next), &next].map(|session| Rc::clone(&session.documents.manifest.applied));
        assert!(applied[0].contains(left) && !applied[0].contains(right), "{}", applied[0]);
        assert!(applied[1].contains(right), "{}", applied[1]);
        assert_eq!((next.branch.name.as_str(), next.common()), (name, session.timeline.len()));
        let (ran, outcome) = next.act(&Act::Run(5_000), Past::Ask);
        assert_eq!(outcome, Outcome::Stable);
        assert!(ran.timeline.len() > next.timeline.len() && beside(&ran).timeline.len() > next.common());
    }
}

#[test]
fn tolerations_that_are_missing_and_those_that_are_there_can_be_asked_about() {
    let session = opened("taints");
    let set = session.timeline.world().daemon_sets().next().map(|set| set.key()).expect("a DaemonSet");
    let told: Vec<String> = session.what_ifs(&set).into_iter().map(|asked| asked.told).collect();
    assert!(told.iter().any(|told| told == "a toleration for gpu=true:NoSchedule"), "{told:?}");
    assert!(
        told.iter().any(|told| told == "no toleration for node-role.kubernetes.io/control-plane"),
        "{told:?}"
    );
    let asked = session.what_ifs(&set).into_iter().find(|asked| asked.told.contains("a toleration for gpu"));
    let next = done(&session, &Act::WhatIf(Box::new(asked.expect("it can be asked"))));
    let next = run(&next);
    let pods = |session: &Session| session.timeline.world().pods_on("gpu-1").count();
    assert!(pods(&next) > pods(beside(&next)), "it gets a pod there");
    assert_eq!(next.branch.name, "tolerates gpu");
}

#[test]
fn a_question_about_the_manifest_leaves_out_what_was_done_after_it() {
    let session = opened("taints");
    let set = session.timeline.world().daemon_sets().next().map(|set| set.key()).expect("a DaemonSet");
    assert_eq!(session.before_what_if(), None);
    let last = session.what_ifs(&set).pop().expect("a question").told;
    assert!(last.starts_with("maxSurge 1 instead of"), "nothing was updated yet: {last}");
    let cordoned = done(&session, &Act::Enter("kubectl cordon gpu-1".into()));
    assert_eq!(cordoned.before_what_if(), Some((1, 1)));
    let asked = cordoned.what_ifs(&set).into_iter().next().expect("a question");
    let next = done(&cordoned, &Act::WhatIf(Box::new(asked)));
    let is_cordoned = |session: &Session| {
        session.timeline.world().node("gpu-1").is_some_and(|node| node.spec.unschedulable)
    };
    assert!(is_cordoned(beside(&done(&next, &Act::Latest))) && !is_cordoned(&next));
}

#[test]
fn both_branches_are_shown_at_each_time_at_which_they_became_different() {
    let session = run(&pair());
    let set = session.timeline.world().daemon_sets().next().expect("there is one").key();
    let times = session.differences(&set);
    assert!(times.len() > 2, "{times:?}");
    let session = done(&session, &Act::Seek(session.common()));
    let mut last = session.shown_time();
    for at in times {
        let there = done(&session, &Act::At(at));
        assert!(at > last && there.shown_time() == at, "{at:?} {last:?}");
        let sides = [&there.timeline, &beside(&there).timeline];
        assert!(sides.iter().all(|side| side.following().is_none_or(|next| next > at)), "{at:?}");
        last = at;
    }
    let start = done(&session, &Act::At(session.timeline.started()));
    assert_eq!(start.timeline.shown(), beside(&start).timeline.shown());
}
