//! Random acts of a person through `Session`: what is refused changes nothing, moving about changes no text, nothing is
//! dropped unasked, and stored work is taken again as it was.

use super::config;
use playground::kubectl::Request;
use playground::session::{Act, DocumentName, Outcome, Past, Resumed, Saved, Session};
use proptest::prelude::*;

/// A DaemonSet of an image, in a text as one writes it.
fn manifest(image: &str) -> String {
    format!(
        "# mine\napiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: agent\nspec:\n  selector:\n    matchLabels: {{app: agent}}\n  template:\n    metadata:\n      labels: {{app: agent}}\n    spec:\n      containers:\n      - name: agent\n        image: {image}\n"
    )
}

/// Nodes in a list, the last one with a taint.
fn nodes(count: usize) -> String {
    let node = |number: usize| {
        let taint =
            if number + 1 == count { "\nspec:\n  taints: [{key: gpu, effect: NoExecute}]" } else { "" };
        format!("apiVersion: v1\nkind: Node\nmetadata:\n  name: n{number}{taint}\n")
    };
    (0..count).map(node).collect::<Vec<_>>().join("---\n")
}

/// Lines that read, that write, that follow, that wait and that are wrong.
const LINES: [&str; 14] = [
    "kubectl get pods -o wide",
    "k get ds,nodes",
    "kubectl get pods -w",
    "kubectl rollout status ds/agent",
    "kubectl wait --for=condition=Ready pod --all --timeout=5s",
    "kubectl label node n0 disk=ssd --overwrite",
    "kubectl set image ds/agent agent=agent:9 --record",
    "kubectl delete pods --all; kubectl get pods | wc -l",
    "kubectl cordon n0 && kubectl drain n0 --ignore-daemonsets",
    "kubectl rollout undo ds/agent",
    "ssh n0 sudo systemctl stop kubelet",
    "ssh n0 sudo systemctl start kubelet",
    "kubectl nosuch --flag",
    "kubectl get pods 'open",
];

fn act() -> impl Strategy<Value = Act> {
    let edit = |name, texts: Vec<String>| {
        prop::sample::select(texts).prop_map(move |text| Act::Edit(name, text.as_str().into()))
    };
    let manifests =
        vec![manifest("agent:1"), manifest("agent:bad"), "kind: DaemonSet\n".into(), String::new()];
    let lists = vec![nodes(1), nodes(3), "a: [".into()];
    let simple = vec![Act::Apply, Act::AddNode, Act::TakeOver, Act::Revert, Act::Interrupt];
    let moving = vec![Act::Forward, Act::ForwardBusy, Act::Back, Act::Latest, Act::Cause];
    prop_oneof![
        2 => edit(DocumentName::Manifest, manifests),
        1 => edit(DocumentName::Nodes, lists),
        4 => prop::sample::select(simple),
        4 => prop::sample::select(moving),
        2 => (0u32..60).prop_map(Act::Seek),
        1 => (-20i64..20).prop_map(Act::Jump),
        4 => (1u32..120).prop_map(Act::Run),
        4 => prop::sample::select(&LINES[..]).prop_map(|line| Act::Enter(line.into())),
        1 => any::<bool>().prop_map(|on| Act::Do { title: "Cordon n0".into(), request: Request::cordon("n0", on) }),
    ]
}

fn past() -> impl Strategy<Value = Past> {
    prop::sample::select(vec![Past::Ask, Past::Ask, Past::Here, Past::Latest])
}

/// What a session holds, in the form in which it is stored.
fn held(session: &Session) -> String {
    let (texts, run) = Saved::of(session).to_json();
    format!("{texts:?}\n{run:?}\n{:?}", session.transcript())
}

fn texts(session: &Session) -> [String; 2] {
    DocumentName::ALL.map(|name| session.documents.get(name).text.to_string())
}

/// Does an act and checks what must hold whatever it is.
fn done(session: &Session, act: &Act, past: Past) -> Result<Session, TestCaseError> {
    let (next, outcome) = session.act(act, past);
    let (before, after) = (session.timeline.len(), next.timeline.len());
    match &outcome {
        Outcome::WouldDrop { from, to } => {
            prop_assert_eq!(past, Past::Ask);
            prop_assert_eq!((*from, *to), (session.timeline.shown() + 1, before));
        }
        Outcome::Done(done) => {
            prop_assert!(done.dropped.is_none() || past == Past::Here, "{act:?} dropped steps unasked");
        }
        _ => {}
    }
    if matches!(outcome, Outcome::WouldDrop { .. } | Outcome::Refused(_) | Outcome::Wants(..)) {
        prop_assert_eq!(texts(&next), texts(session), "{:?} is refused and changes a text", act);
        prop_assert_eq!(before, after, "{:?} is refused and makes a step", act);
    }
    if past != Past::Here {
        prop_assert!(after >= before, "{act:?} shortens the run");
    }
    let is_moving = matches!(
        act,
        Act::Forward | Act::ForwardBusy | Act::Back | Act::Jump(_) | Act::Seek(_) | Act::Latest | Act::Cause
    );
    // What was typed while a command went on, or stands behind it, is run with the step at which that ends.
    let waits = session.replies.iter().any(|reply| !reply.ahead.is_empty() || !reply.then.is_empty());
    if (is_moving || matches!(act, Act::Run(_))) && !waits {
        prop_assert_eq!(&next.documents.manifest.text, &session.documents.manifest.text, "{:?}", act);
        // The node list follows what commands wrote into it, and nothing of it is lost.
        let back = next.act(&Act::Seek(session.timeline.shown()), Past::Ask).0;
        prop_assert_eq!(texts(&back), texts(session), "{:?} and back", act);
    }
    prop_assert_eq!(held(&session.act(act, past).0), held(&next), "{:?} is not the same twice", act);
    Ok(next)
}

/// Stored work as it is opened again, and how its run was.
fn opened_again(session: &Session) -> (Session, Resumed) {
    let (texts, run) = Saved::of(session).to_json();
    let json = |map| serde_json::Value::Object(map).to_string();
    let saved = Saved::from_json(Some(&json(texts)), Some(&json(run))).expect("it can be read");
    let mut again = Session::resume(&saved);
    loop {
        let (next, outcome) = again.act(&Act::Resume(100), Past::Ask);
        if let Outcome::Resumed(told) = outcome {
            return (next, told);
        }
        again = next;
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_a_person_does_is_kept_and_nothing_is_dropped_unasked(
        acts in prop::collection::vec((act(), past()), 1..14),
    ) {
        let edit = Act::Edit(DocumentName::Nodes, nodes(2).as_str().into());
        let mut session = Session::of_manifest(&manifest("agent:1")).act(&edit, Past::Ask).0;
        session = session.act(&Act::Apply, Past::Latest).0;
        for (act, past) in &acts {
            session = done(&session, act, *past)?;
        }
        let (again, told) = opened_again(&session);
        prop_assert_eq!(told.differs, None, "the run is another one");
        prop_assert_eq!(again.timeline.len(), session.timeline.len());
        prop_assert_eq!(texts(&again), texts(&session));
        let said = |session: &Session| -> Vec<_> {
            session.transcript().iter().map(|told| (told.step, told.line.clone())).collect()
        };
        prop_assert_eq!(said(&again), said(&session));
    }
}
