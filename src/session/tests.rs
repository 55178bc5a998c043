use super::*;
use crate::examples;
use crate::sim::Trace;

fn opened(id: &str) -> Session {
    Session::of_example(examples::find(id).expect("there is such an example"))
}

fn done(session: &Session, act: &Act, past: Past) -> Session {
    let (next, outcome) = session.act(act, past);
    assert!(matches!(outcome, Outcome::Done(_)), "{act:?}: {outcome:?}");
    next
}

fn edit(session: &Session, name: DocumentName, edit: impl Fn(&str) -> String) -> Session {
    let text = edit(&session.documents.get(name).text);
    done(session, &Act::Edit(name, text.into()), Past::Ask)
}

fn named(text: &str, name: &str) -> usize {
    text.lines().filter(|line| line.trim() == format!("name: {name}")).count()
}

#[test]
fn a_node_added_in_the_past_is_named_after_the_cluster_and_the_list_that_it_joins() {
    let session = done(&opened("log_collector"), &Act::AddNode, Past::Ask);
    let earlier = done(&session, &Act::Seek(3), Past::Ask);
    assert_eq!(named(&earlier.applied(DocumentName::Nodes), "node-1"), 0, "it was not there yet");
    for (past, cluster) in [(Past::Here, ["node-2"].as_slice()), (Past::Latest, &["node-1", "node-2"])] {
        let (asked, outcome) = earlier.act(&Act::AddNode, Past::Ask);
        assert!(matches!(outcome, Outcome::WouldDrop { from: 4, .. }), "{outcome:?}");
        let again = done(&asked, &Act::AddNode, past);
        let nodes = again.timeline.world().nodes().map(|node| node.metadata.name.to_string());
        let nodes: Vec<_> = nodes.filter(|name| name.starts_with("node-")).collect();
        assert_eq!(nodes, cluster);
        for name in ["node-1", "node-2"] {
            assert_eq!(named(&again.documents.nodes.text, name), 1, "{name} {past:?}");
        }
        assert_eq!(named(&again.applied(DocumentName::Nodes), "node-1"), cluster.len() - 1);
    }
}

#[test]
fn an_added_node_is_told_as_itself() {
    let session = done(&opened("log_collector"), &Act::AddNode, Past::Ask);
    let step = session.timeline.step(session.timeline.shown()).expect("a step");
    assert_eq!(step.changes[0].key, crate::api::ObjectKey::node("node-1"));
    let Trace::Command(trace) = &step.trace else { panic!("a command") };
    assert!(
        trace.request.line().as_str().starts_with("playground add nodes -f - <<"),
        "{}",
        trace.request.line()
    );
}

#[test]
fn what_is_refused_at_the_latest_step_is_not_taken_as_applied() {
    // Another set's selector is immutable as soon as it is there, not before.
    let session = opened("log_collector");
    let other = |text: &str| text.replace("      name: fluentd-elasticsearch\n", "      name: other\n");
    let edited = edit(&done(&session, &Act::Seek(0), Past::Ask), DocumentName::Manifest, other);
    let (asked, outcome) = edited.act(&Act::Apply, Past::Ask);
    assert!(matches!(outcome, Outcome::WouldDrop { .. }), "{outcome:?}");
    let (tried, outcome) = asked.act(&Act::Apply, Past::Latest);
    assert!(matches!(outcome, Outcome::Refused(Refusal::ByServer(_))), "{outcome:?}");
    assert!(tried.documents.is_dirty());
    assert_eq!((tried.timeline.len(), tried.log.len()), (session.timeline.len(), session.log.len()));
}

#[test]
fn texts_as_applied_are_known_at_every_step() {
    let first = opened("rolling_update");
    let (old, new) = (first.documents.manifest.applied.clone(), first.documents.manifest.text.clone());
    let before = first.timeline.len();
    let applied = done(&first, &Act::Apply, Past::Ask);
    assert_eq!(applied.applied_at(), Some(before + 1));
    for (no, expected) in [(0, ""), (1, &*old), (before, &*old), (before + 1, &*new)] {
        let there = done(&done(&applied, &Act::Back, Past::Ask), &Act::Jump(-9999), Past::Ask);
        let there = if no == 0 { there } else { done(&there, &Act::Seek(no), Past::Ask) };
        assert_eq!(&*there.documents.manifest.applied, expected, "step {no}");
        assert_eq!(there.documents.manifest.text, new, "the text in the editor does not travel");
        assert_eq!(there.documents.manifest.is_dirty(), *expected != *new);
    }
}

#[test]
fn an_apply_that_changes_nothing_takes_no_step() {
    let session = opened("log_collector");
    let (again, outcome) = session.act(&Act::Apply, Past::Ask);
    assert_eq!((outcome, again.at()), (Outcome::Unchanged, session.at()));
    let commented = edit(&session, DocumentName::Manifest, |text| format!("# mine\n{text}"));
    let applied = done(&commented, &Act::Apply, Past::Ask);
    assert!(!applied.documents.is_dirty());
    assert_eq!(applied.timeline.len(), session.timeline.len() + 1, "only the manifest is applied");
    let empty = edit(&session, DocumentName::Manifest, |_| "# nothing\n".into());
    assert_eq!(empty.act(&Act::Apply, Past::Ask).1, Outcome::Refused(Refusal::NoObjects));
}

#[test]
fn what_was_changed_elsewhere_is_known_to_differ_from_its_text_and_apply_takes_it_back() {
    let mut session = done(&opened("rolling_update"), &Act::Apply, Past::Ask);
    session = session.act(&Act::Run(5_000), Past::Ask).0;
    assert_eq!(session.drift(), []);
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet");
    let set =
        crate::api::ObjectKey::new(crate::api::Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
    let undo = Act::Do { title: "Undo to r1".into(), request: Request::roll_back(&set, 1) };
    let undone = done(&session, &undo, Past::Ask);
    assert!(!undone.documents.is_dirty());
    assert_eq!(undone.drift(), [DocumentName::Manifest]);
    let again = done(&undone, &Act::Apply, Past::Ask);
    assert_eq!(again.drift(), []);
    let template = |session: &Session| {
        session.timeline.world().daemon_sets().next().map(|set| set.spec.template.clone())
    };
    assert_eq!(template(&again), template(&session));
}

#[test]
fn acts_that_move_say_whether_they_did() {
    let session = opened("log_collector");
    assert_eq!(session.act(&Act::Forward, Past::Ask).1, Outcome::Stable);
    let start = done(&session, &Act::Seek(0), Past::Ask);
    for act in [Act::Back, Act::Jump(-3), Act::Seek(0), Act::Cause] {
        assert_eq!(start.act(&act, Past::Ask).1, Outcome::Unchanged, "{act:?}");
    }
    let (settling, outcome) = opened("no_execute").act(&Act::Run(100_000), Past::Ask);
    assert!(matches!(outcome, Outcome::NotSettling(_)), "{outcome:?}");
    assert!(settling.timeline.len() > 300);
}

#[test]
fn idle_steps_are_passed_over_and_nothing_else() {
    let start = done(&opened("log_collector"), &Act::Seek(0), Past::Ask);
    let busy: Vec<StepNo> =
        start.timeline.steps().filter(|step| !step.is_idle()).map(|step| step.no).collect();
    assert!(busy.len() < start.timeline.len() as usize, "there are idle ones");
    let mut seen = Vec::new();
    let mut session = start;
    while seen.len() < busy.len() {
        session = done(&session, &Act::ForwardBusy, Past::Ask);
        seen.push(session.timeline.shown());
    }
    assert_eq!(seen, busy);
}

#[test]
fn a_pasted_manifest_that_would_be_refused_waits_in_the_editor() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}\n";
    let session = Session::of_manifest(text);
    assert_eq!(session.timeline.len(), 0);
    assert!(session.documents.manifest.is_dirty());
    assert!(matches!(session.act(&Act::Apply, Past::Ask).1, Outcome::Refused(Refusal::ByServer(_))));
}

/// The diagnostics of what the API server would refuse: line, message, what is suggested, what the fix adds.
fn refusals(session: &Session) -> Vec<(u32, String, String, String)> {
    let placed = session.documents.place(&session.trial().refused);
    let told = placed.into_iter().map(|(_, told)| {
        let fix = told.fix.map(|fix| fix.replacement).unwrap_or_default();
        (told.span.line, told.message, told.suggestion.unwrap_or_default(), fix)
    });
    told.collect()
}

const TWO_IN_SHOP: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: shop}
";

#[test]
fn a_missing_namespace_is_told_once_and_can_be_added() {
    let session = Session::of_manifest(TWO_IN_SHOP);
    let added = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\n";
    assert_eq!(
        refusals(&session),
        [(
            2,
            "namespaces \"shop\" not found\nAlso refused because of it: configmap/b".into(),
            "Add Namespace shop before it.".into(),
            added.to_owned()
        )]
    );
    let mended = edit(&session, DocumentName::Manifest, |text| format!("{added}{text}"));
    assert_eq!(refusals(&mended), []);
    assert!(!done(&mended, &Act::Apply, Past::Ask).documents.is_dirty());
}

#[test]
fn a_namespace_that_stands_below_what_needs_it_comes_with_the_first_apply_and_the_second_helps() {
    let text = format!("{TWO_IN_SHOP}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n");
    let session = edit(&Session::new("", "", examples::FOUR_NODES), DocumentName::Manifest, |_| text.clone());
    let [(2, _, suggestion, fix)] = &refusals(&session)[..] else { panic!("{:?}", refusals(&session)) };
    assert_eq!(
        suggestion,
        "Namespace shop is in line 9, and kubectl applies from top to bottom. Move it up, or apply twice."
    );
    assert_eq!(fix, "");
    let (once, outcome) = session.act(&Act::Apply, Past::Ask);
    let Outcome::Done(Done { refused, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refused, ["namespaces \"shop\" not found"; 2]);
    assert!(once.documents.manifest.is_dirty(), "it is still to be applied");
    let twice = done(&once, &Act::Apply, Past::Ask);
    assert!(!twice.documents.is_dirty());
    let maps = crate::api::Kind::of("v1", "ConfigMap");
    assert_eq!(twice.timeline.world().of_kind(&maps).count(), 2);
}
