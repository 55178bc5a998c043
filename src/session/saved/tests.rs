use super::*;
use crate::examples;
use crate::session::{Act, Outcome, Past, Resumed};

fn opened(id: &str) -> Session {
    Session::of_example(examples::find(id).expect("there is such an example"))
}

/// Written and read.
fn stored(session: &Session) -> Saved {
    let (texts, run) = Saved::of(session).to_json();
    let text = |part: Map<String, Value>| Value::Object(part).to_string();
    let saved = Saved::from_json(Some(&text(texts)), Some(&text(run))).expect("it can be read");
    assert_eq!(saved, Saved::of(session));
    saved
}

fn resumed(saved: &Saved, slice: u32) -> (Session, Resumed) {
    let mut session = Session::resume(saved);
    for _ in 0..100_000 {
        let (next, outcome) = session.act(&Act::Resume(slice), Past::Ask);
        session = next;
        if let Outcome::Resumed(resumed) = outcome {
            assert_eq!(session.resuming(), None);
            return (session, resumed);
        }
        assert_eq!(Saved::of(&session).run, saved.run, "meanwhile the run stays as it was stored");
    }
    panic!("it does not end");
}

#[test]
fn what_was_read_in_the_terminal_comes_back_at_its_steps() {
    let mut session = opened("log_collector");
    for act in [
        Act::Enter("kubectl get nodes -w".into()),
        Act::Enter("kubectl cordon worker-a1; kubectl get 'x".into()),
        Act::Enter("kubectl get pods | wc -l".into()),
        Act::Run(30),
        Act::Interrupt,
        Act::Run(30),
        Act::Seek(5),
        Act::Enter("kubectl get ds".into()),
    ] {
        (session, _) = session.act(&act, Past::Ask);
    }
    assert!(session.replies.len() >= 3);
    let (back, resumed) = resumed(&stored(&session), 7);
    assert_eq!(resumed.differs, None);
    assert_eq!(back.replies, session.replies);
    assert_eq!(back.transcript(), session.transcript());
}

#[test]
fn what_waits_and_when_it_was_typed_come_back() {
    let mut session = Session::of_example(examples::first());
    for act in [
        Act::Enter("kubectl rollout restart ds -n kube-system && kubectl rollout status ds -n kube-system && kubectl cordon worker-1; kubectl get nodes".into()),
        Act::Enter("sleep 2m; kubectl cordon worker-2; kubectl get nodes; sleep 30".into()),
        Act::Enter("kubectl get events -w | head -3 && kubectl get ds".into()),
    ] {
        (session, _) = session.act(&act, Past::Ask);
    }
    while session.timeline.can_advance() {
        (session, _) = session.act(&Act::Run(2_000), Past::Ask);
    }
    for act in [
        Act::Interrupt,
        Act::Enter("kubectl get pods -w | grep x && kubectl get ds; ls".into()),
        Act::Enter("echo ahead".into()),
    ] {
        (session, _) = session.act(&act, Past::Ask);
    }
    let waits = session.replies.last().map(|reply| &*reply.then);
    assert_eq!(waits, Some("&& kubectl get ds; ls"));
    assert_eq!(session.replies.last().map(|reply| reply.ahead.len()), Some(1));
    let lines: Vec<_> = session.transcript().iter().map(|said| said.line.to_string()).collect();
    assert_eq!(lines.iter().filter(|line| line.contains("cordon")).count(), 2, "{lines:?}");
    assert!(session.log.iter().any(|entry| entry.waited.is_some()));
    let (back, resumed) = resumed(&stored(&session), 7);
    assert_eq!(resumed.differs, None);
    assert_eq!(back.log, session.log);
    assert_eq!(back.replies, session.replies);
    assert_eq!(back.transcript(), session.transcript());
    let at = |session: &Session| session.timeline.steps().map(|step| step.at).collect::<Vec<_>>();
    assert_eq!(at(&back), at(&session));
}

fn worked() -> Session {
    let cordon = Request::cordon("worker-a1", true);
    let next = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    let acts = [
        Act::AddNode,
        Act::Run(30),
        Act::Do { title: "Cordon".into(), request: cordon },
        Act::Run(7),
        Act::Edit(DocumentName::Manifest, next.into()),
        Act::Apply,
        Act::Run(5_000),
        Act::Back,
        Act::Edit(DocumentName::Nodes, "# mine".into()),
    ];
    acts.iter().fold(opened("log_collector"), |session, act| session.act(act, Past::Ask).0)
}

#[test]
fn a_stored_run_is_taken_again_whatever_the_slices() {
    let session = worked();
    let saved = stored(&session);
    for slice in [1, 7, 1_000] {
        let (again, told) = resumed(&saved, slice);
        assert_eq!(told.differs, None);
        assert_eq!(again.timeline.digest(), session.timeline.digest());
        assert_eq!(again.timeline.shown(), session.timeline.shown());
        assert_eq!(again.documents, session.documents);
        assert_eq!(Saved::of(&again), saved);
    }
}

#[test]
fn acts_come_at_their_step_in_a_run_of_any_length() {
    let session = opened("no_execute");
    let mut timeline = (*session.timeline).clone();
    while timeline.len() < 4_300 && timeline.forward() {}
    assert_eq!(timeline.len(), 4_300, "it never comes to rest");
    let long = Session { timeline: Rc::new(timeline), ..session };
    let (long, _) = long.act(&Act::AddNode, Past::Ask);
    let (again, told) = resumed(&stored(&long), 5_000);
    assert_eq!((told.differs, again.log.last().map(|entry| entry.after)), (None, Some(4_300)));
    assert_eq!(again.timeline.len(), 4_301);
}

#[test]
fn a_run_that_is_another_one_by_now_is_told_with_the_step() {
    let session = worked();
    let mut saved = stored(&session);
    let run = Rc::make_mut(&mut saved.run);
    run.engine = "0.0.1".into();
    run.marks.iter_mut().filter(|(no, _)| *no >= 12).for_each(|(_, mark)| *mark ^= 1);
    let expected = Resumed { engine: "0.0.1".into(), differs: Some(12) };
    assert_eq!(resumed(&saved, 100).1, expected);
    let mut saved = stored(&session);
    Rc::make_mut(&mut saved.run).recorded += 1;
    let (again, told) = resumed(&saved, 100);
    assert_eq!(told.differs, Some(session.timeline.len() + 1), "it came to rest earlier");
    assert_eq!(again.documents.nodes.text, session.documents.nodes.text);
}

#[test]
fn while_a_run_is_taken_again_texts_can_be_edited_and_nothing_else_is_done() {
    let saved = stored(&worked());
    let begun = Session::resume(&saved).act(&Act::Resume(10), Past::Ask).0;
    for act in [Act::Apply, Act::AddNode, Act::Forward, Act::Seek(0), Act::Run(3)] {
        assert_eq!(begun.act(&act, Past::Here).1, Outcome::Resuming, "{act:?}");
    }
    let edited = begun.act(&Act::Edit(DocumentName::Nodes, "# new".into()), Past::Ask).0;
    assert_eq!(&*Saved::of(&edited).texts.nodes, "# new");
    let stopped = edited.act(&Act::Abandon, Past::Ask).0;
    assert_eq!((stopped.resuming(), stopped.timeline.len()), (None, 10));
    assert_eq!(&*stopped.documents.nodes.text, "# new");
}

#[test]
fn a_text_that_was_applied_often_is_stored_once() {
    let session = opened("log_collector");
    let text = session.documents.manifest.text.clone();
    let mut again = session;
    for number in 0..3 {
        for text in [text.replace("100m", &format!("15{number}m")), text.to_string()] {
            again = again.act(&Act::Edit(DocumentName::Manifest, text.into()), Past::Ask).0;
            again = again.act(&Act::Apply, Past::Ask).0;
        }
    }
    let (_, run) = Saved::of(&again).to_json();
    assert_eq!(run["acts"].as_array().map(Vec::len), Some(7));
    assert_eq!(run["texts"].as_array().map(Vec::len), Some(5));
}

#[test]
fn branches_are_stored_with_the_work_and_taken_again() {
    let (mut session, _) = Session::of_example(examples::first()).act(&Act::Seek(5), Past::Ask);
    for act in [Act::Fork, Act::NameBranch(1, "mine".into()), Act::AddNode, Act::Run(5_000)] {
        (session, _) = session.act(&act, Past::Ask);
    }
    let saved = stored(&session);
    assert_eq!((saved.branch.name.as_str(), saved.others.len()), ("mine", 1));
    let mut again = Session::resume(&saved);
    assert_eq!(Saved::of(&again), saved, "before it is taken again");
    while again.resuming().is_some() {
        let (next, outcome) = again.act(&Act::Resume(40), Past::Ask);
        if let Outcome::Resumed(resumed) = outcome {
            assert_eq!(resumed.differs, None);
        }
        again = next;
    }
    assert_eq!(Saved::of(&again), saved);
    for no in [0, 1] {
        let digest = |session: &Session| session.of_branch(no).map(|session| session.timeline.digest());
        assert_eq!(digest(&again), digest(&session), "branch {no}");
    }
}

/// Work that the page stored in its first form, and in the next one while commands were no lines yet: written by those
/// versions.
const FIRST: &str = include_str!("../../../tests/data/stored/work.1.json");
const SECOND: [&str; 2] = [
    include_str!("../../../tests/data/stored/texts.2.json"),
    include_str!("../../../tests/data/stored/run.2.json"),
];

#[test]
fn what_earlier_versions_stored_opens_and_says_from_which_step_its_run_differs() {
    let first = Saved::from_old(FIRST).expect("it can be read");
    let second = Saved::from_json(Some(SECOND[0]), Some(SECOND[1])).expect("it can be read");
    for (saved, engine) in [(first, ""), (second, "0.1.0")] {
        assert!(!saved.odd, "{engine}: all of it is read");
        let lines: Vec<String> = saved.run.log.iter().map(|entry| entry.request.line().to_string()).collect();
        let [apply, update, add, cordon, taint, delete] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!([apply, update].map(String::as_str), ["kubectl apply -f manifest.yaml"; 2]);
        // The first version applied a new node like anything else.
        assert!(
            add.starts_with(if engine.is_empty() { apply } else { "playground add nodes -f -" }),
            "{add}"
        );
        assert_eq!(cordon, "kubectl cordon gpu-1");
        assert_eq!(taint, "kubectl taint nodes gpu-1 k=v:NoExecute --overwrite");
        assert!(delete.starts_with("kubectl delete pod fluentd-elasticsearch-"), "{delete}");

        let (session, told) = resumed(&saved, 50);
        assert_eq!(told.engine, engine);
        let differs = told.differs.expect("its loops took other steps");
        assert!((1..=saved.run.recorded + 1).contains(&differs), "{differs}");
        assert_eq!(session.documents.manifest.text, saved.texts.manifest);
        assert_eq!(session.documents.nodes.text, saved.texts.nodes);
        // What was done is done again.
        let latest = session.act(&Act::Latest, Past::Ask).0;
        let world = latest.timeline.world();
        let gpu = world.node("gpu-1").expect("it is there");
        assert!(gpu.spec.unschedulable && gpu.spec.taints.iter().any(|taint| *taint.key == *"k"));
        assert!(world.node("node-1").is_some());
        // From now on it is work of this version.
        assert_eq!(resumed(&stored(&session), 50).1, Resumed { engine: ENGINE.into(), differs: None });
    }
}

#[test]
fn a_branch_is_taken_again_though_something_else_was_done_after_its_fork_before() {
    let mut session = opened("no_room");
    for (act, past) in [
        (Act::AddNode, Past::Latest),
        (Act::Run(30), Past::Latest),
        (Act::Apply, Past::Latest),
        (Act::Run(60), Past::Latest),
        (Act::Jump(-12), Past::Latest),
        (Act::AddNode, Past::Branch),
        (Act::Run(30), Past::Latest),
    ] {
        (session, _) = session.act(&act, past);
    }
    assert_eq!(session.branches().len(), 2);
    let mut back = Session::resume(&stored(&session));
    while back.resuming().is_some() {
        (back, _) = back.act(&Act::Resume(500), Past::Ask);
    }
    for (own, again) in session.timeline.steps().zip(back.timeline.steps()) {
        assert_eq!(format!("{own:?}"), format!("{again:?}"));
    }
    assert_eq!(session.timeline.digest(), back.timeline.digest());
}
