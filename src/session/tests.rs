use super::*;
use crate::examples;
use crate::kubectl::File;
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
fn a_text_that_was_read_in_slices_is_applied_as_any_other() {
    let session = opened("log_collector");
    let text = format!("{}---\nkind: Nothing\n", session.documents.manifest.text.replace("100m", "150m"));
    let mut sliced = SlicedText::new(text.as_str().into());
    let mut slices = 1;
    while sliced.go_on() {
        slices += 1;
    }
    assert!(slices > 1 && sliced.percent() == 100);
    let written = sliced.finish();
    let at_once = done(&session, &Act::Edit(DocumentName::Manifest, text.as_str().into()), Past::Ask);
    let in_slices = done(&session, &Act::Edit(DocumentName::Manifest, written), Past::Ask);
    let manifests = [&at_once, &in_slices].map(|session| &session.documents.manifest);
    assert_eq!(manifests[0], manifests[1]);
    assert_eq!(format!("{:?}", manifests[0].read), format!("{:?}", manifests[1].read));
    assert!(manifests[1].errors() > 0 && manifests[1].is_dirty());
    let requests = [&at_once, &in_slices].map(|session| {
        let answer = session.requests()[0].run(session.timeline.world(), session.timeline.now());
        (answer.out, answer.err)
    });
    assert_eq!(requests[0], requests[1]);
}

#[test]
fn a_node_added_in_the_past_is_named_after_the_cluster_and_the_list_that_it_joins() {
    let session = done(&opened("log_collector"), &Act::AddNode, Past::Ask);
    let earlier = done(&session, &Act::Seek(3), Past::Ask);
    assert_eq!(named(&earlier.applied(DocumentName::Nodes), "node-1"), 0, "it was not there yet");
    let written = edit(&earlier, DocumentName::Nodes, |text| {
        format!("{text}---\napiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n")
    });
    for (earlier, past, cluster, list) in [
        (&earlier, Past::Here, ["node-1"].as_slice(), [1, 0]),
        (&earlier, Past::Latest, &["node-1", "node-2"], [1, 1]),
        (&written, Past::Here, &["node-2"], [1, 1]),
    ] {
        let (asked, outcome) = earlier.act(&Act::AddNode, Past::Ask);
        assert!(matches!(outcome, Outcome::WouldDrop { from: 4, .. }), "{outcome:?}");
        let again = done(&asked, &Act::AddNode, past);
        let nodes = again.timeline.world().nodes().map(|node| node.metadata.name.to_string());
        let nodes: Vec<_> = nodes.filter(|name| name.starts_with("node-")).collect();
        assert_eq!(nodes, cluster);
        let text = &again.documents.nodes.text;
        assert_eq!(["node-1", "node-2"].map(|name| named(text, name)), list, "{past:?}");
        let applied = again.applied(DocumentName::Nodes);
        assert_eq!(named(&applied, "node-1"), usize::from(cluster.contains(&"node-1")), "{past:?}");
    }
}

#[test]
fn what_commands_wrote_into_the_list_goes_along_with_the_time() {
    let start = listed(TWO_NODES).act(&Act::Run(5_000), Past::Ask).0;
    let before = start.timeline.shown();
    let cordoned = done(&start, &doing(Request::cordon("n2", true)), Past::Ask);
    let cordoned = cordoned.act(&Act::Run(5_000), Past::Ask).0;
    let labelled =
        done(&cordoned, &doing(Request::label(&ObjectKey::node("n1"), "disk", Some("hdd"), true)), Past::Ask);
    let text = |session: &Session| session.documents.nodes.text.to_string();
    let last = labelled.timeline.shown();
    // However one gets there.
    let by_steps = |from: &Session, act: &Act, to: u32| {
        let mut session = from.clone();
        while session.timeline.shown() != to {
            session = done(&session, act, Past::Ask);
        }
        session
    };
    for back in [by_steps(&labelled, &Act::Back, before), done(&labelled, &Act::Seek(before), Past::Ask)] {
        assert_eq!(text(&back), TWO_NODES);
        assert!(back.requests().is_empty(), "an Apply would not do it again");
        let run = back.act(&Act::Run(5_000), Past::Ask).0;
        for forth in [by_steps(&back, &Act::Forward, last), done(&back, &Act::Latest, Past::Ask), run] {
            assert_eq!(text(&forth), text(&labelled));
            assert!(forth.requests().is_empty(), "an Apply would not take it back");
        }
        let halfway = by_steps(&back, &Act::Forward, cordoned.timeline.shown());
        assert_eq!(text(&halfway), text(&cordoned));
    }
    // So it does in a branch beside the open one.
    let beside = done(&done(&labelled, &Act::Seek(before), Past::Ask), &Act::Fork, Past::Ask);
    for (to, expected) in [(Act::Latest, &labelled), (Act::Seek(before), &start)] {
        let moved = beside.act(&Act::Latest, Past::Ask).0.act(&to, Past::Ask).0;
        let switched = done(&moved, &Act::Switch(labelled.branch.no), Past::Ask);
        assert_eq!(text(&switched), text(expected), "{to:?}");
    }
}

#[test]
fn what_the_user_wrote_into_the_list_does_not_go_along_with_the_time() {
    let start = listed(TWO_NODES).act(&Act::Run(5_000), Past::Ask).0;
    let before = start.timeline.shown();
    let cordoned = done(&start, &doing(Request::cordon("n2", true)), Past::Ask);
    let noted = edit(&cordoned, DocumentName::Nodes, |text| format!("# Mine.\n{text}"));
    let same = noted.act(&Act::Apply, Past::Ask).0;
    assert!(!same.documents.is_dirty(), "the cluster has all of it: it counts as applied");
    let labelled = edit(&cordoned, DocumentName::Nodes, |text| text.replace("ssd", "hdd"));
    // To say what stood there before is to say something.
    let uncordoned = edit(&cordoned, DocumentName::Nodes, |_| TWO_NODES.to_owned());
    let text = |session: &Session| session.documents.nodes.text.to_string();
    // In the past, too, where later commands wrote something else into the list.
    let back = done(&cordoned, &Act::Seek(before), Past::Ask);
    let noted_before = edit(&back, DocumentName::Nodes, |text| format!("# Mine.\n{text}"));
    let same_before = noted_before.act(&Act::Apply, Past::Ask).0;
    let all = [
        noted,
        same,
        done(&labelled, &Act::Apply, Past::Ask),
        labelled,
        uncordoned,
        noted_before,
        same_before,
    ];
    for session in all {
        let back = session.act(&Act::Latest, Past::Ask).0.act(&Act::Seek(before), Past::Ask).0;
        // Whatever is written into the other text, and after a reload.
        let other = edit(&back, DocumentName::Manifest, |text| format!("{text}\n# More.\n"));
        for back in [Session::resume(&Saved::of(&back)).act(&Act::Resume(500), Past::Ask).0, back, other] {
            assert_eq!(text(&back), text(&session));
            assert_eq!(text(&back.act(&Act::Latest, Past::Ask).0), text(&session));
        }
    }
}

#[test]
fn the_list_goes_along_where_one_act_was_several_commands() {
    let start = listed(TWO_NODES).act(&Act::Run(5_000), Past::Ask).0;
    let before = start.timeline.shown();
    let both = ["n1", "n2"].map(|node| Request::cordon(node, true)).to_vec();
    let cordoned = done(&start, &Act::DoAll { title: "Cordon".into(), requests: both }, Past::Ask);
    assert!(!cordoned.documents.is_dirty());
    let back = done(&cordoned, &Act::Seek(before), Past::Ask);
    assert_eq!(&*back.documents.nodes.text, TWO_NODES);
    let forth = done(&back, &Act::Latest, Past::Ask);
    assert_eq!(forth.documents.nodes.text, cordoned.documents.nodes.text);
}

#[test]
fn an_added_node_is_told_as_itself() {
    let session = done(&opened("log_collector"), &Act::AddNode, Past::Ask);
    let step = session.timeline.step(session.timeline.shown()).expect("a step");
    assert_eq!(step.changes[0].key(), ObjectKey::node("node-1"));
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
        assert_eq!(there.applied_later(), (*expected != *new).then_some(before + 1), "step {no}");
        let edited = edit(&there, DocumentName::Manifest, |text| format!("# mine\n{text}"));
        assert_eq!(edited.applied_later(), None, "that text never was applied");
    }
}

#[test]
fn an_apply_that_changes_nothing_takes_no_step() {
    let session = opened("log_collector");
    let (again, outcome) = session.act(&Act::Apply, Past::Ask);
    assert_eq!((outcome, again.at()), (Outcome::Unchanged, session.at()));
    let commented = edit(&session, DocumentName::Manifest, |text| format!("# mine\n{text}"));
    let (applied, outcome) = commented.act(&Act::Apply, Past::Ask);
    assert_eq!(outcome, Outcome::Unchanged);
    assert!(!applied.documents.is_dirty(), "the text counts as applied all the same");
    assert_eq!(applied.timeline.len(), session.timeline.len());
    let said = applied.transcript().pop().expect("kubectl's answer");
    assert_eq!((&*said.line, said.acted), ("kubectl apply -f manifest.yaml", false));
    assert!(
        said.out.lines().count() > 0 && said.out.lines().all(|line| line.ends_with(" unchanged")),
        "{}",
        said.out
    );
    let typed = Act::Enter("kubectl apply -f manifest.yaml".into());
    let typed = done(&commented, &typed, Past::Ask);
    assert!(!typed.documents.is_dirty() && typed.timeline.len() == session.timeline.len());
    // What differs is one step, of what differs.
    let both = edit(&commented, DocumentName::Nodes, |text| format!("# mine\n{text}"));
    let both = edit(&both, DocumentName::Manifest, |text| text.replace("100m", "150m"));
    let applied = done(&both, &Act::Apply, Past::Ask);
    assert_eq!(applied.timeline.len(), session.timeline.len() + 1);
    assert!(!applied.documents.is_dirty());
    let earlier = done(&commented, &Act::Seek(3), Past::Ask);
    assert!(earlier.documents.is_dirty(), "of the past it is not said that it would drop steps");
    assert_eq!(earlier.act(&Act::Apply, Past::Ask).1, Outcome::Unchanged);
    let empty = edit(&session, DocumentName::Manifest, |_| "# nothing\n".into());
    assert_eq!(empty.act(&Act::Apply, Past::Ask).1, Outcome::Refused(Refusal::NoObjects));
}

#[test]
fn what_was_changed_elsewhere_is_known_to_differ_from_its_text_and_apply_takes_it_back() {
    let mut session = done(&opened("rolling_update"), &Act::Apply, Past::Ask);
    session = session.act(&Act::Run(5_000), Past::Ask).0;
    assert_eq!(session.drift(), []);
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet");
    let set = ObjectKey::new(crate::api::Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
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
    let placed = session.place(&session.trial().refused);
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
            "namespaces \"shop\" not found.\nAlso refused because of it: configmap/b.".into(),
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

const TWO_NODES: &str = "\
# The room's cluster.
apiVersion: v1
kind: Node
metadata:
  name: n1 # by the window
  labels: {disk: ssd}
spec:
  taints:
  - key: gpu # the big one
    effect: NoSchedule
---
apiVersion: v1
kind: Node
metadata: {name: n2}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default}
spec: {nodeName: n1, containers: [{name: web, image: web}]}
status: {phase: Running, conditions: [{type: Ready, status: \"True\"}]}
";

/// A cluster at rest of this node list.
fn listed(nodes: &str) -> Session {
    Session::new("", "", nodes).act(&Act::Run(5_000), Past::Ask).0
}

fn doing(request: Request) -> Act {
    Act::Do { title: "It".into(), request }
}

#[test]
fn the_node_list_follows_what_is_done_to_its_objects_and_keeps_its_comments() {
    use crate::api::{NO_SCHEDULE, Taint};
    use crate::cluster::Propagation;
    let n1 = || ObjectKey::node("n1");
    let start = listed(TWO_NODES);
    let without_web = TWO_NODES.split("---\napiVersion: v1\nkind: Pod").next().expect("the first part");
    for (request, from, to) in [
        (
            Request::taint("n1", &Taint::new("maint", "yes", NO_SCHEDULE)),
            "    effect: NoSchedule\n",
            "    effect: NoSchedule\n  - effect: NoSchedule\n    key: maint\n    value: \"yes\"\n",
        ),
        (Request::label(&n1(), "disk", Some("hdd"), true), "{disk: ssd}", "{disk: hdd}"),
        (
            Request::cordon("n2", true),
            "metadata: {name: n2}\n",
            "metadata: {name: n2}\nspec:\n  unschedulable: true\n",
        ),
        (Request::delete(&ObjectKey::pod("default", "web"), Propagation::Background), TWO_NODES, without_web),
    ] {
        let line = request.line().to_string();
        let next = done(&start, &doing(request), Past::Ask);
        let values = |text: &str| Document::new(text, "").objects();
        assert_eq!(values(&next.documents.nodes.text), values(&TWO_NODES.replace(from, to)), "{line}");
        assert!(next.documents.nodes.text.contains("# by the window"), "{line}");
        assert!(!next.documents.is_dirty(), "{line}: text and cluster agree");
        assert_eq!(next.applied_at(), None, "{line}: no text was applied");
        assert_eq!(next.drift(), [], "{line}");
        let settled = next.act(&Act::Run(5_000), Past::Ask).0;
        assert_eq!(settled.drift(), [], "{line}, when all is done");
        assert_eq!(settled.act(&Act::Apply, Past::Ask).1, Outcome::Unchanged, "{line}");
        let back = done(&next, &Act::Seek(next.timeline.shown() - 1), Past::Ask);
        assert_eq!(&*back.documents.nodes.applied, TWO_NODES, "{line}: it was not done yet");
        assert_eq!(&*back.documents.nodes.text, TWO_NODES, "{line}: the text says so, too");
    }
}

#[test]
fn a_change_undone_leaves_the_node_list_as_it_was() {
    let start = listed(TWO_NODES);
    let on = done(&start, &doing(Request::cordon("n1", true)), Past::Ask);
    let off = done(&on, &doing(Request::cordon("n1", false)), Past::Ask);
    assert_eq!(&*off.documents.nodes.text, TWO_NODES);
    let untainted = done(&start, &doing(Request::untaint("n1", "gpu", "NoSchedule")), Past::Ask);
    assert!(!untainted.documents.nodes.text.contains("key: gpu"));
    assert_eq!(untainted.drift(), []);
}

#[test]
fn a_text_that_is_being_edited_keeps_the_edit_and_follows_too() {
    let start = listed(TWO_NODES);
    let edited = edit(&start, DocumentName::Nodes, |text| text.replace("disk: ssd", "disk: ssd, rack: a"));
    let next = done(&edited, &doing(Request::cordon("n1", true)), Past::Ask);
    let nodes = &next.documents.nodes;
    assert!(nodes.text.contains("rack: a") && nodes.text.contains("unschedulable: true"));
    assert!(!nodes.applied.contains("rack: a") && nodes.applied.contains("unschedulable: true"));
    // Only another object cannot be read.
    let broken =
        edit(&start, DocumentName::Nodes, |text| text.replace("kind: Node\nmetadata: {name: n2}", "kind: ["));
    let next = done(&broken, &doing(Request::cordon("n1", true)), Past::Ask);
    assert!(
        next.documents.nodes.text.contains("kind: [")
            && next.documents.nodes.text.contains("unschedulable: true")
    );
}

#[test]
fn what_a_broken_text_could_not_follow_is_told_once_it_is_mended_and_taken_over() {
    use crate::api::{Kind, NO_SCHEDULE, Taint};
    let start = listed(TWO_NODES);
    let broken = edit(&start, DocumentName::Nodes, |text| text.replace("name: n1 #", "name: [n1 #"));
    let taint = doing(Request::taint("n1", &Taint::new("maint", "yes", NO_SCHEDULE)));
    let (tainted, outcome) = broken.act(&taint, Past::Ask);
    let Outcome::Done(Done { unfollowed, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        unfollowed,
        ["nodes.yaml does not have this change of node n1: a part of the text cannot be read."]
    );
    assert_eq!(tainted.drift(), [], "nothing can be written yet");
    let gone = doing(Request::cordon("n2", true));
    assert!(
        done(&tainted, &gone, Past::Ask).documents.nodes.text.contains("unschedulable"),
        "this node can be read"
    );
    // As it was, and with an edit of the user's own in it.
    let plain = edit(&tainted, DocumentName::Nodes, |text| text.replace("name: [n1 #", "name: n1 #"));
    let edited = edit(&plain, DocumentName::Nodes, |text| text.replace("disk: ssd", "disk: nvme"));
    // What a list does not say it does not take back either; it is told all the same.
    let n1 = ObjectKey::node("n1");
    for (request, undo, says) in [
        (Request::cordon("n1", true), Request::cordon("n1", false), "unschedulable: true"),
        (Request::label(&n1, "rack", Some("a"), false), Request::label(&n1, "rack", None, false), "rack: a"),
    ] {
        let done_to = done(&broken, &doing(request), Past::Ask);
        let mended = edit(&done_to, DocumentName::Nodes, |text| text.replace("name: [n1 #", "name: n1 #"));
        assert_eq!(mended.drift(), [DocumentName::Nodes], "{says}");
        let taken = done(&mended, &Act::TakeOver, Past::Ask);
        assert!(taken.documents.nodes.text.contains(says) && !taken.documents.is_dirty());
        assert_eq!(taken.drift(), [], "{says}");
        assert_eq!(done(&mended, &doing(undo), Past::Ask).drift(), [], "{says}, and undone");
    }
    for (mended, is_dirty) in [(plain, false), (edited, true)] {
        assert_eq!((mended.drift(), mended.documents.is_dirty()), (vec![DocumentName::Nodes], is_dirty));
        let keys: Vec<_> = mended.drifted(DocumentName::Nodes).expect("it has").0.into_iter().collect();
        assert_eq!(keys, [ObjectKey::new(Kind::Node, "", "n1")]);
        let taken = done(&mended, &Act::TakeOver, Past::Ask);
        let text = &taken.documents.nodes.text;
        assert!(text.contains("key: maint") && text.contains("# by the window"), "{text}");
        assert_eq!(
            text.contains("nvme"),
            is_dirty,
            "an edit of the user's own stays, and is still to be applied"
        );
        assert_eq!((taken.drift(), taken.documents.is_dirty()), (Vec::new(), is_dirty));
        let applied = at_rest(&taken.act(&Act::Apply, Past::Ask).0);
        let node = applied.timeline.world().node("n1").cloned().expect("the node");
        assert!(node.spec.taints.iter().any(|taint| taint.key == "maint"));
        assert_eq!((applied.drift(), applied.documents.is_dirty()), (Vec::new(), false));
    }
}

#[test]
fn what_is_done_elsewhere_is_told_as_such_while_the_text_is_edited() {
    let session = at_rest(&done(&opened("rolling_update"), &Act::Apply, Past::Ask));
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet").metadata.clone();
    let edited = edit(&session, DocumentName::Manifest, |text| format!("# mine\n{text}"));
    assert_eq!(edited.drift(), []);
    let undo = format!("kubectl rollout undo ds/{} -n {}", set.name, set.namespace);
    let undone = at_rest(&said(&edited, &undo));
    assert_eq!(undone.drift(), [DocumentName::Manifest]);
    let taken = done(&undone, &Act::TakeOver, Past::Ask);
    assert!(taken.documents.manifest.text.starts_with("# mine\n"));
    assert_eq!((taken.drift(), would_change(&taken)), (Vec::new(), Vec::new()));
    // A text that says so by itself has nothing to take over.
    let text = taken.documents.manifest.text.to_string();
    let same = edit(&undone, DocumentName::Manifest, |_| text.clone());
    assert_eq!((same.documents.is_dirty(), same.drift()), (true, Vec::new()));
}

#[test]
fn what_is_done_after_a_text_was_taken_over_is_told_again() {
    let session = at_rest(&done(&opened("rolling_update"), &Act::Apply, Past::Ask));
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet").metadata.clone();
    let about = format!("ds/{} -n {}", set.name, set.namespace);
    let mut session = session;
    for revision in [1, 2] {
        session = at_rest(&said(&session, &format!("kubectl rollout undo {about} --to-revision={revision}")));
        assert_eq!(session.drift(), [DocumentName::Manifest], "revision {revision}");
        assert!(!session.documents.is_dirty(), "the user edited nothing");
        session = done(&session, &Act::TakeOver, Past::Ask);
        assert_eq!((session.drift(), session.documents.is_dirty()), (Vec::new(), false));
        assert_eq!(session.act(&Act::Apply, Past::Ask).1, Outcome::Unchanged);
    }
    // It stays so in stored work, and in the past it is as it was.
    let text = session.documents.manifest.text.clone();
    assert_eq!(session.applied(DocumentName::Manifest), text);
    let back = done(&session, &Act::Seek(1), Past::Ask);
    assert_ne!(back.applied(DocumentName::Manifest), text);
}

#[test]
fn what_is_not_in_the_node_list_leaves_it_alone() {
    let start = done(&listed(TWO_NODES), &Act::AddNode, Past::Ask);
    let text = start.documents.nodes.text.clone();
    let other = doing(Request::power("n1", false));
    assert_eq!(done(&start, &other, Past::Ask).documents.nodes.text, text);
    let chance = done(&start, &doing(Request::order(true)), Past::Ask);
    assert_eq!((&chance.documents.nodes.text, chance.drift()), (&text, Vec::new()));
}

#[test]
fn a_text_takes_over_what_the_cluster_has_by_now_and_keeps_its_comments() {
    let mut session = done(&opened("rolling_update"), &Act::Apply, Past::Ask);
    session = session.act(&Act::Run(5_000), Past::Ask).0;
    let (old, new) =
        (opened("rolling_update").documents.manifest.applied, session.documents.manifest.text.clone());
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet");
    let key = ObjectKey::new(crate::api::Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
    let undone = done(&session, &doing(Request::roll_back(&key, 1)), Past::Ask);
    assert_eq!(undone.drift(), [DocumentName::Manifest]);
    let taken = done(&undone, &Act::TakeOver, Past::Ask);
    let image = |text: &str| text.lines().find(|line| line.contains("image:")).map(str::to_owned);
    let text = &taken.documents.manifest.text;
    assert_eq!(image(text), image(&old));
    assert_ne!(image(text), image(&new));
    assert_eq!(
        **text, *old,
        "what differed between the two revisions is as it was, and nothing else is touched"
    );
    let template = |session: &Session| {
        session.timeline.world().daemon_sets().next().map(|set| set.spec.template.clone())
    };
    let (applied, outcome) = taken.act(&Act::Apply, Past::Ask);
    assert_eq!((outcome, template(&applied)), (Outcome::Unchanged, template(&undone)));
    assert_eq!(applied.drift(), []);
    assert_eq!(
        session.act(&Act::TakeOver, Past::Ask).1,
        Outcome::Unchanged,
        "there was nothing to take over"
    );
}

/// A dump of a cluster with a DaemonSet that owns its pods: the set, its revision, nodes, and a pod on each with this
/// hash.
fn dump(image: &str, hash: &str, revision: bool) -> [String; 3] {
    let template = "{metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: 'a:2'}]}}";
    let owner = "ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: ds-uid-1, controller: true}]";
    let set = format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: agent, uid: ds-uid-1, namespace: default}}\nspec:\n  selector: {{matchLabels: {{app: agent}}}}\n  template: {template}\n"
    );
    let revision = if revision {
        let data = template.replacen('{', "{$patch: replace, ", 1);
        format!(
            "---\napiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {{name: agent-{hash}, namespace: default, labels: {{app: agent, controller-revision-hash: {hash}}}, {owner}}}\ndata: {{spec: {{template: {data}}}}}\nrevision: 4\n"
        )
    } else {
        String::new()
    };
    let nodes = ["n1", "n2"].map(|node| {
        format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: agent-{node}\n  namespace: default\n  labels: {{app: agent, controller-revision-hash: {hash}}}\n  {owner}\nspec: {{nodeName: {node}, containers: [{{name: c, image: '{image}'}}]}}\nstatus: {{phase: Running, conditions: [{{type: Ready, status: 'True'}}]}}\n")
    });
    [set, revision, nodes.join("---\n")]
}

fn pods(session: &Session) -> Vec<String> {
    let world = session.timeline.world();
    let told = |pod: &Rc<crate::api::Pod>| {
        let hash = pod.metadata.labels.get("controller-revision-hash");
        format!("{} {}", pod.metadata.name, hash.map_or("", |hash| hash.as_str()))
    };
    world.pods().map(told).collect()
}

#[test]
fn the_pods_of_a_dump_belong_to_the_set_of_the_dump() {
    for (has_revision, is_one_text, number) in
        [(false, false, 1), (true, false, 4), (false, true, 1), (true, true, 4)]
    {
        let [set, revision, nodes] = dump("a:2", "abc", has_revision);
        let mut session = if is_one_text {
            let session = edit(&Session::new("", "", "").begun(), DocumentName::Nodes, |_| {
                format!("{nodes}---\n{set}{revision}")
            });
            done(&session, &Act::Apply, Past::Ask)
        } else {
            Session::of_manifest(&format!("{nodes}---\n{set}{revision}"))
        };
        session = session.act(&Act::Run(5_000), Past::Ask).0;
        assert_eq!(pods(&session), ["agent-n1 abc", "agent-n2 abc"], "{has_revision} {is_one_text}");
        let world = session.timeline.world();
        let set = world.daemon_set("default", "agent").expect("the set");
        assert_eq!(set.status.updated_number_scheduled, 2);
        let revisions = world.of_kind(&crate::api::Kind::ControllerRevision);
        let known: Vec<_> = revisions
            .map(|one| (one.metadata().name.to_string(), one.to_json()["revision"].as_i64()))
            .collect();
        assert_eq!(known, [("agent-abc".to_owned(), Some(number))], "{has_revision} {is_one_text}");
        assert!(!session.trial().changes_anything(), "nothing differs");
        assert!(session.trial().refused.is_empty());
    }
}

#[test]
fn pods_of_a_dump_that_were_made_from_an_earlier_template_are_replaced() {
    for has_revision in [false, true] {
        let [set, revision, nodes] = dump("a:1", "abc", has_revision);
        let revision = revision.replace("a:2", "a:1");
        let session = Session::of_manifest(&format!("{nodes}---\n{set}{revision}"));
        let first = session.timeline.world().pods().count();
        assert_eq!(first, 2);
        let session = session.act(&Act::Run(5_000), Past::Ask).0;
        let names = pods(&session);
        assert!(names.len() == 2 && names.iter().all(|name| !name.contains("abc")), "{names:?}");
        let world = session.timeline.world();
        let set = world.daemon_set("default", "agent").expect("the set");
        assert_eq!(set.status.updated_number_scheduled, 2);
    }
}

fn opened_with(manifest: &str, nodes: &str) -> Session {
    Session::new("", manifest, nodes).begun()
}

fn said(session: &Session, words: &str) -> Session {
    let request = Request::parse(words, &crate::kubectl::Files::new()).expect("a line").remove(0);
    done(session, &Act::Do { title: words.into(), request }, Past::Here)
}

fn at_rest(session: &Session) -> Session {
    session.act(&Act::Run(5_000), Past::Ask).0
}

/// What Apply would do that can be seen.
fn would_change(session: &Session) -> Vec<String> {
    let changes = session.trial().changes;
    let changes = changes.iter().flat_map(|(_, changes)| changes);
    changes.filter(|change| follow::differs(change)).map(|change| change.key().to_string()).collect()
}

#[test]
fn kinds_of_the_api_server_are_stored_and_others_are_refused_at_their_lines() {
    let session = opened_with(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\n---\napiVersion: v1\nkind: ReplicationController\nmetadata: {name: rc}\n",
        examples::FOUR_NODES,
    );
    assert!(!session.documents.is_dirty(), "{:?}", session.trial().refused);
    let custom = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: foo}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let session = edit(&session, DocumentName::Manifest, |_| custom.into());
    let told = refusals(&session);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &*told[0].1), (2, "no matches for kind \"Foo\" in version \"example.com/v1\""));
    assert_eq!(told[0].2, "Add the CustomResourceDefinition of this kind, and apply twice.");
    let applied = done(&session, &Act::Apply, Past::Ask);
    assert!(applied.documents.is_dirty(), "what was refused is still to be applied");
    for (version, kind) in [("v1", "Foo"), ("apps/v1", "Foo"), ("batch/v1beta1", "CronJob")] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: foo}}\n");
        assert_eq!(Document::new(&text, "").errors(), 1, "{text}");
    }
}

/// A definition with its scope, and a resource of it.
fn custom(scope: &str) -> [String; 2] {
    [
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: foos.example.com}}\nspec:\n  group: example.com\n  scope: {scope}\n  names: {{kind: Foo, plural: foos}}\n  versions:\n  - {{name: v1, served: true, storage: true}}\n  - {{name: v1alpha1, served: false, storage: false}}\n"
        ),
        "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: foo}\n".to_owned(),
    ]
}

#[test]
fn a_custom_resource_is_of_the_scope_that_its_definition_says() {
    for (scope, namespace, deleted) in [
        ("Namespaced", "default", "foo.example.com \"foo\" deleted from default namespace\n"),
        ("Cluster", "", "foo.example.com \"foo\" deleted\n"),
    ] {
        let [definition, resource] = custom(scope);
        let text = format!("{definition}---\n{resource}");
        let session =
            edit(&Session::new("", "", examples::FOUR_NODES), DocumentName::Manifest, |_| text.clone());
        let told = refusals(&session);
        let message = "no matches for kind \"Foo\" in version \"example.com/v1\"";
        let twice = "Its CustomResourceDefinition is in line 1, but kubectl looks up all kinds before it creates anything. Apply twice.";
        assert_eq!(told, [(13, message.to_owned(), twice.to_owned(), String::new())], "{scope}");
        let once = done(&session, &Act::Apply, Past::Ask);
        assert!(once.documents.is_dirty(), "{scope}: the resource is still to be applied");
        assert_eq!(refusals(&once), [], "{scope}");
        let twice = done(&once, &Act::Apply, Past::Ask);
        assert!(!twice.documents.is_dirty(), "{scope}: {:?}", twice.trial().refused);
        let kind = crate::api::Kind::of("example.com/v1", "Foo");
        let stored: Vec<_> = twice.timeline.world().of_kind(&kind).map(|foo| foo.key().namespace).collect();
        assert_eq!(stored, [namespace], "{scope}");
        let delete = Request::of(["kubectl", "delete", "-f", "foo.yaml"]);
        let delete = delete.with_file("foo.yaml", File::new(&*resource));
        assert_eq!(delete.run(twice.timeline.world(), twice.timeline.now()).out, deleted, "{scope}");
        let old = edit(&twice, DocumentName::Manifest, |_| resource.replace("/v1", "/v1alpha1"));
        assert_eq!(refusals(&old).len(), 1, "{scope}: a version that is not served");
    }
}

#[test]
fn what_stands_beside_nodes_in_their_list_keeps_none_from_joining() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata: {name: n1}\n- apiVersion: v1\n  kind: PersistentVolume\n  metadata: {name: pv}\n- apiVersion: example.com/v1\n  kind: Foo\n  metadata: {name: foo}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n  spec: {nodeName: n1, containers: [{name: c, image: a}]}\n";
    let session = edit(&opened_with("", ""), DocumentName::Nodes, |_| list.into());
    let told = refusals(&session);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &*told[0].1), (11, "no matches for kind \"Foo\" in version \"example.com/v1\""));
    let applied = done(&session, &Act::Apply, Past::Ask);
    let world = applied.timeline.world();
    assert_eq!((world.node_count(), world.pod_count()), (1, 1));
    assert!(applied.documents.nodes.is_dirty());
}

#[test]
fn a_refusal_stands_at_the_object_that_is_refused() {
    let pod = |image: &str, policy: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{restartPolicy: {policy}, containers: [{{name: c, image: '{image}'}}]}}\n"
        )
    };
    let text = format!("{}---\n{}", pod("a", "Always"), pod("a", "Never"));
    let session = edit(&opened_with("", examples::FOUR_NODES), DocumentName::Manifest, |_| text.clone());
    let lines: Vec<u32> = refusals(&session).iter().map(|told| told.0).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| *line > 5), "{lines:?}");
    let job = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\nspec: {containers: [{name: c, image: a}]}\n";
    let session = edit(&session, DocumentName::Manifest, |_| job.into());
    assert!(session.documents.manifest.read.diagnostics.is_empty(), "its name will be a good one");
    let told = refusals(&session);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0, &*told[0].1), (2, "from job-: cannot use generate name with apply"));
}

const CORDONED: &str = "apiVersion: v1
kind: Node
metadata: {name: n1}
spec:
  unschedulable: true
  taints:
  - {key: node.kubernetes.io/unschedulable, effect: NoSchedule, timeAdded: '2026-01-01T00:00:00Z'}
  - {key: own, effect: NoSchedule}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
";

#[test]
fn taints_that_follow_from_a_cordon_or_a_condition_are_no_wish_of_the_list() {
    let start = at_rest(&opened_with("", CORDONED));
    assert_eq!(start.drift(), []);
    let mut session = start.clone();
    for (line, text) in [
        ("kubectl uncordon n1", None),
        ("kubectl cordon n1", None),
        ("kubectl cordon n2", None),
        ("kubectl uncordon n1", None),
        ("ssh n2 sudo systemctl stop kubelet", Some("unreachable")),
        ("ssh n2 sudo systemctl start kubelet", None),
        ("kubectl taint nodes n2 more=1:NoExecute", None),
    ] {
        session = at_rest(&said(&session, line));
        assert_eq!(session.drift(), [], "{line}: {}", session.documents.nodes.text);
        assert!(text.is_none_or(|text| !session.documents.nodes.text.contains(text)), "{line}");
        // Another change of the list leaves them alone.
        let edited = edit(&session, DocumentName::Nodes, |text| format!("# more\n{text}"));
        assert_eq!(would_change(&edited), Vec::<String>::new(), "{line}");
    }
    let text = &session.documents.nodes.text;
    assert!(!text.contains("node.kubernetes.io/unschedulable"), "{text}");
    assert!(text.contains("key: own") && text.contains("key: more"), "{text}");
    let keys = |session: &Session, node: &str| -> Vec<String> {
        let node = session.timeline.world().node(node).expect("the node");
        node.spec.taints.iter().map(|taint| taint.key.to_string()).collect()
    };
    assert_eq!(keys(&session, "n1"), ["own"]);
    let edited = edit(&session, DocumentName::Nodes, |text| {
        text.lines().filter(|line| !line.contains("key: own")).map(|line| format!("{line}\n")).collect()
    });
    let applied = at_rest(&done(&edited, &Act::Apply, Past::Ask));
    assert_eq!(keys(&applied, "n1"), Vec::<String>::new(), "{}", applied.documents.nodes.text);
}

#[test]
fn a_taint_that_only_a_controller_sets_is_told_to_have_no_effect() {
    let told = |spec: &str| -> Vec<(u32, String)> {
        let text = format!("apiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\n{spec}");
        let read = Document::new(&text, "").read;
        read.diagnostics
            .iter()
            .map(|told| (told.span.line, told.suggestion.clone().unwrap_or_default()))
            .collect()
    };
    let unreachable = "spec:\n  taints:\n  - {key: own, effect: NoSchedule}\n  - {key: node.kubernetes.io/unreachable, effect: NoExecute}\n";
    let unknown = "status: {conditions: [{type: Ready, status: Unknown}]}\n";
    let instead = "state the condition Ready: Unknown, or stop the kubelet".to_owned();
    assert_eq!(told(unreachable), [(7, instead)]);
    assert_eq!(told(&format!("{unreachable}{unknown}")), []);
    let cordoned = "spec: {taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}\n";
    assert_eq!(told(cordoned), [(4, "set spec.unschedulable: true".to_owned())]);
    assert_eq!(told(&cordoned.replace("spec: {", "spec: {unschedulable: true, ")), []);
    // Another effect is one's own.
    assert_eq!(told(&cordoned.replace("NoSchedule", "NoExecute")), []);
}

#[test]
fn a_node_that_was_silent_and_comes_back_is_as_its_list_says() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec: {nodeName: n1, containers: [{name: c, image: web:1}]}\n";
    let set = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: agent:1}]}}}\n";
    let nodes = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n2}\n";
    let start = at_rest(&opened_with(&format!("{pod}---\n{set}"), nodes));
    let pods = |session: &Session| -> Vec<(String, bool, bool)> {
        let pods = session.timeline.world().pods_on("n1");
        pods.map(|pod| {
            (pod.metadata.generate_name.to_string(), pod.is_ready(), pod.metadata.is_terminating())
        })
        .collect()
    };
    let node = |session: &Session| {
        let node = session.timeline.world().node("n1").expect("the node").clone();
        let keys: Vec<String> = node.spec.taints.iter().map(|taint| taint.to_string()).collect();
        (node.ready().unwrap_or_default().to_owned(), keys)
    };
    let healthy = node(&start);
    assert_eq!((&*healthy.0, healthy.1.len()), ("True", 0));
    let down = at_rest(&said(&start, "ssh n1 sudo systemctl stop kubelet"));
    let unreachable =
        ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"];
    assert_eq!(node(&down), ("Unknown".to_owned(), unreachable.map(str::to_owned).to_vec()));
    // The pod that does not tolerate it is to go, and nobody is there to stop it.
    assert_eq!(pods(&down), [("agent-".to_owned(), false, false), (String::new(), false, true)]);
    let back = at_rest(&said(&down, "ssh n1 sudo systemctl start kubelet"));
    assert_eq!(node(&back), healthy);
    assert_eq!(pods(&back), [("agent-".to_owned(), true, false)]);
    assert_eq!(back.drift(), [DocumentName::Manifest], "the evicted pod is missing, and nothing else");
    assert_eq!(would_change_of(&back, DocumentName::Manifest), ["pod/web"]);
}

/// What applying a text again would change.
fn would_change_of(session: &Session, name: DocumentName) -> Vec<String> {
    let changes = session.trial_of(name, session.documents.get(name)).changes;
    let changes = changes.iter().flat_map(|(_, changes)| changes);
    changes.filter(|change| follow::differs(change)).map(|change| change.key().to_string()).collect()
}

#[test]
fn a_kubelet_that_is_started_is_not_unknown_in_the_list_any_more() {
    let nodes = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec:\n  taints:\n  - {key: node.kubernetes.io/unreachable, effect: NoSchedule}\nstatus:\n  conditions:\n  - {type: Ready, status: Unknown}\n";
    let start = at_rest(&opened_with("", nodes));
    let started = at_rest(&said(&start, "ssh n1 sudo systemctl start kubelet"));
    assert_eq!(started.timeline.world().node("n1").and_then(|node| node.ready()), Some("True"));
    assert!(!started.documents.nodes.text.contains("Unknown"), "{}", started.documents.nodes.text);
    assert_eq!(started.drift(), []);
}

#[test]
fn after_taking_over_nothing_differs() {
    // A template of another time.
    let mut session = at_rest(&done(&opened("rolling_update"), &Act::Apply, Past::Ask));
    let set = session.timeline.world().daemon_sets().next().expect("a DaemonSet").metadata.clone();
    let undo = format!("kubectl rollout undo ds/{} -n {}", set.name, set.namespace);
    session = at_rest(&said(&session, &undo));
    assert_eq!(session.drift(), [DocumentName::Manifest]);
    let taken = done(&session, &Act::TakeOver, Past::Ask);
    assert_eq!(would_change(&taken), Vec::<String>::new());
    assert_eq!(taken.drift(), []);
    // A set that is gone.
    let deleted = at_rest(&said(&session, &format!("kubectl delete ds {} -n {}", set.name, set.namespace)));
    let taken = done(&deleted, &Act::TakeOver, Past::Ask);
    assert!(!taken.applies_nothing());
    assert_eq!(taken.requests(), []);
    assert_eq!(taken.act(&Act::Apply, Past::Ask).1, Outcome::Unchanged);
    // One node of the list.
    let nodes = "# two\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n2, labels: {disk: hdd}}\n";
    let start = at_rest(&opened_with("", nodes));
    let edited = edit(&start, DocumentName::Nodes, |text| text.replace("hdd", "ssd"));
    let applied = at_rest(&done(&edited, &Act::Apply, Past::Ask));
    let changed = Act::Do {
        title: "Change it behind the list's back".into(),
        request: Request::label(&ObjectKey::node("n2"), "disk", Some("nvme"), true),
    };
    let changed = done(&applied, &changed, Past::Ask);
    let behind = edit(&changed, DocumentName::Nodes, |text| text.replace("nvme", "ssd"));
    assert_eq!(would_change(&behind), ["node/n2"]);
    let trial = behind.trial();
    let taken = follow::taken_over(&behind.documents.nodes, &follow::different(&trial), &trial);
    assert_eq!(*taken, *nodes.replace("hdd", "nvme"));
}

#[test]
fn what_is_listed_beside_the_nodes_has_its_namespace_and_goes_when_it_is_listed_no_more() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: mon}\n";
    let set = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: mon}\nspec:\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: a}]}}\n";
    let session = edit(&opened_with("", node), DocumentName::Nodes, |_| format!("{node}{set}{map}"));
    assert_eq!(refusals(&session), []);
    let session = at_rest(&done(&session, &Act::Apply, Past::Ask));
    assert_eq!(session.timeline.world().pod_count(), 1);
    let session = edit(&session, DocumentName::Nodes, |_| node.into());
    let session = at_rest(&done(&session, &Act::Apply, Past::Ask));
    let world = session.timeline.world();
    assert_eq!((world.pod_count(), world.daemon_sets().count()), (0, 0));
    let kind = crate::api::Kind::of("v1", "ConfigMap");
    assert_eq!(world.of_kind(&kind).filter(|map| map.metadata().name == "settings").count(), 0);
}

#[test]
fn a_pod_that_is_being_deleted_in_a_dump_is_being_deleted_here() {
    let node = |ready: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\nstatus:\n  conditions: [{{type: Ready, status: '{ready}'}}]\n"
        )
    };
    let pod = |finalizers: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  deletionTimestamp: '2026-01-01T00:00:00Z'\n  deletionGracePeriodSeconds: 30\n  finalizers: [{finalizers}]\nspec: {{nodeName: n1, containers: [{{name: c, image: a}}]}}\nstatus: {{phase: Running}}\n"
        )
    };
    for (ready, finalizers, stays) in
        [("True", "", false), ("True", "example.com/hold", true), ("Unknown", "", true)]
    {
        let text = format!("{}{}", node(ready), pod(finalizers));
        let start = opened_with("", &text);
        assert!(
            start.documents.nodes.read.diagnostics.is_empty(),
            "{:?}",
            start.documents.nodes.read.diagnostics
        );
        let is_terminating = |session: &Session| {
            session.timeline.world().pod("default", "p").map(|pod| pod.metadata.is_terminating())
        };
        assert_eq!(is_terminating(&start), Some(true), "{ready} {finalizers}");
        let later = at_rest(&start);
        assert_eq!(is_terminating(&later), stays.then_some(true), "{ready} {finalizers}");
        let edited = edit(&later, DocumentName::Nodes, |text| format!("# more\n{text}"));
        assert_eq!(would_change(&edited), Vec::<String>::new(), "{ready} {finalizers}");
    }
}

mod terminal {
    use super::*;
    use crate::api::Kind;
    use crate::api::Millis;
    use crate::cluster::Propagation;
    use crate::session::{EditedObject, Exchange, Follows};

    fn typed(session: &Session, text: &str) -> Session {
        let (session, outcome) = session.act(&Act::Enter(text.into()), Past::Ask);
        assert!(matches!(outcome, Outcome::Done(_)), "{text}: {outcome:?}");
        session
    }

    fn go(session: &Session, act: Act) -> Session {
        session.act(&act, Past::Ask).0
    }

    fn last(session: &Session) -> Exchange {
        session.transcript().pop().expect("something was said")
    }

    fn opened() -> Session {
        go(&Session::of_example(examples::first()), Act::Run(1_000))
    }

    #[test]
    fn what_changes_the_cluster_is_a_step_and_what_reads_is_none() {
        let start = opened();
        let len = start.timeline.len();
        let read = typed(&start, "kubectl get nodes -o name | wc -l");
        assert_eq!(read.timeline.len(), len);
        let said = last(&read);
        assert!(!said.acted && said.step == len && said.out.trim().parse::<u32>().is_ok(), "{said:?}");
        let written = typed(&read, "k cordon worker-1");
        assert_eq!(written.timeline.len(), len + 1);
        let said = last(&written);
        assert_eq!((said.acted, said.step, &*said.line), (true, len + 1, "kubectl cordon worker-1"));
        assert_eq!(&*said.out, "node/worker-1 cordoned\n");
        assert_eq!(written.log.len(), start.log.len() + 1);
    }

    #[test]
    fn what_stands_behind_a_drain_or_a_delete_waits_until_the_pods_are_gone() {
        let start = opened();
        let pods = |session: &Session, node: &str| session.timeline.world().pods_on(node).count();
        let drain = "kubectl drain worker-1 --ignore-daemonsets --force";
        let alone = typed(&start, drain);
        let before = pods(&start, "worker-1");
        assert_eq!(pods(&alone, "worker-1"), before, "they are told to end");
        let line = format!("{drain} && kubectl get pods -A --field-selector spec.nodeName=worker-1 -o name");
        let said = last(&typed(&start, &line)).out.to_string();
        assert_eq!(said.lines().count(), 1, "the daemon pod is left: {said}");
        let delete = "kubectl delete pod -n kube-system -l app=node-exporter";
        for (line, is_gone) in [
            (format!("{delete}; echo done"), true),
            (format!("{delete} --wait=false; echo done"), false),
            (delete.to_owned(), false),
        ] {
            let session = typed(&start, &line);
            let ends = session.timeline.world().pods().any(|pod| pod.metadata.is_terminating());
            assert_eq!(ends, !is_gone, "{line}");
        }
        // What cannot go keeps the line from going on, as it would keep kubectl.
        let silent = typed(&start, "ssh worker-1 sudo systemctl stop kubelet");
        let stuck = typed(&silent, &format!("{drain} && kubectl delete node worker-1"));
        assert!(stuck.timeline.world().node("worker-1").is_some());
        let said = last(&stuck);
        assert!(said.code == 1 && said.err.contains("is still there"), "{}", said.err);
        assert_eq!(&*said.line, "kubectl delete node worker-1");
        let line = format!("{drain} && kubectl label node worker-1 a=b");
        let whole = typed(&start, &line);
        let again = resumed(&whole);
        assert_eq!(again.timeline.digest(), whole.timeline.digest(), "a stored run waits as it did");
        // It ends with the error, and waits for nothing.
        let failed = typed(&start, "kubectl delete pod -n kube-system nosuch; echo done");
        assert_eq!(failed.timeline.len(), start.timeline.len());
    }

    /// Six pods of which five have to be available: the second of a node goes when the first is back elsewhere.
    #[test]
    fn a_drain_with_a_timeout_tries_again_until_the_budget_allows_it_or_its_time_is_up() {
        let start = opened();
        let make = |name: &str| {
            format!(
                "kubectl create deployment {name} --image=web:1 --replicas=6; kubectl create poddisruptionbudget {name} --selector=app={name} --min-available=5; sleep 30"
            )
        };
        let start = typed(&start, &make("shop"));
        let on = |session: &Session, node: &str| {
            let pods = session.timeline.world().pods_on(node);
            pods.filter(|pod| pod.metadata.labels.get("app").is_some_and(|app| *app == "shop")).count()
        };
        let node = ["worker-1", "worker-2", "worker-3"].into_iter().find(|node| on(&start, node) > 1);
        let node = node.expect("six pods on three nodes");
        let before = start.timeline.now();
        let line = format!("kubectl drain {node} --ignore-daemonsets --force --timeout=120s");
        let session = typed(&start, &format!("{line} && kubectl get nodes"));
        let said = session.transcript();
        let last = said.iter().rfind(|one| one.line.contains("drain")).expect("it was tried again");
        assert!(last.out.ends_with(&format!("node/{node} drained\n")) && last.err.is_empty(), "{last:?}");
        assert!(last.line.starts_with(&format!("{line} # ")) && last.line.ends_with("s later"), "{last:?}");
        assert!(!last.out.contains("cordoned"), "{last:?}");
        let step = crate::explain::told(&session.timeline, last.step).expect("a step");
        assert!(!crate::explain::plain(&step.what).contains("WAITED"), "{step:?}");
        assert_eq!(on(&session, node), 0);
        let took = session.timeline.now() - before;
        assert!(took > Millis::seconds(4) && took < Millis::seconds(60), "{took:?}");
        let again = resumed(&session);
        assert_eq!(again.timeline.digest(), session.timeline.digest(), "a stored run tries as it did");

        // One that never allows it.
        let strict = typed(
            &start,
            "kubectl delete poddisruptionbudget shop; kubectl create poddisruptionbudget all --selector=app=shop --min-available=6",
        );
        let failed = typed(&strict, &format!("{line} && echo done"));
        let said = failed.transcript();
        let end = said.last().expect("an answer");
        assert!(end.code == 1 && end.err.contains("global timeout reached: 2m0s"), "{end:?}");
        assert!(on(&failed, node) > 1);
        assert_eq!(failed.timeline.now() - strict.timeline.now(), Millis::seconds(120));
        assert_eq!(resumed(&failed).transcript(), said, "what was tried in vain is told again as it was");

        // On a cordoned node the first try changes nothing, and what stands behind waits for what a later one evicts.
        let cordoned = typed(&start, &format!("kubectl cordon {node}; {line} && kubectl delete node {node}"));
        assert!(cordoned.timeline.world().node(node).is_none());
        let forced =
            cordoned.timeline.world().events().filter(|event| event.reason == "NodeNotFound").count();
        assert_eq!(forced, 0);

        // Of several nodes each is asked once.
        let both = typed(
            &strict,
            "kubectl drain worker-1 worker-2 --ignore-daemonsets --force --timeout=120s && echo done",
        );
        let said = both.transcript();
        let end = said.last().expect("an answer");
        assert!(end.code == 1 && end.err.contains("it is not allowed now; drain again later"), "{end:?}");
    }

    #[test]
    fn each_line_that_changed_the_cluster_is_read_back_as_it_is_stored() {
        let start = opened();
        for line in [
            "kubectl cordon worker-1 | jq .",
            "kubectl cordon worker-1 | less",
            "kubectl cordon worker-1 | LC_ALL=C sort",
            "kubectl cordon worker-1 | tee a | wc -l",
        ] {
            let session = typed(&start, line);
            assert_eq!(session.log.len(), start.log.len() + 1, "{line}");
            let again = resumed(&session);
            assert_eq!(again.timeline.digest(), session.timeline.digest(), "{line}");
        }
        let two = typed(&start, "kubectl cordon worker-1 | kubectl get nodes");
        assert_eq!(two.log.len(), start.log.len(), "nothing was done");
        assert!(last(&two).err.contains("stands last in a pipe"), "{}", last(&two).err);
    }

    #[test]
    fn programs_behind_a_command_that_changes_the_cluster_read_what_it_prints() {
        let start = opened();
        for (line, out, code) in [
            ("kubectl label nodes --all q=1 | grep -c worker", "2\n", 0),
            ("kubectl cordon worker-1 | wc -l", "1\n", 0),
            ("kubectl label nodes --all q=2 | grep nosuch", "", 1),
            ("kubectl label nodes --all q=3 | head -1 | cut -d/ -f1", "node\n", 0),
            (
                "echo '{apiVersion: v1, kind: Namespace, metadata: {name: x}}' | kubectl apply -f - | wc -l",
                "1\n",
                0,
            ),
        ] {
            let session = typed(&start, &format!("{line} && echo well"));
            let said = session.transcript();
            let is_well = said.last().is_some_and(|last| &*last.out == "well\n");
            assert_eq!(is_well, code == 0, "{line}");
            let act = said.iter().rfind(|said| said.acted).expect("it is a step");
            assert_eq!((&*act.out, act.code), (out, code), "{line}");
            assert!(line.starts_with("echo") || *act.line == *line, "{}", act.line);
            let said = resumed(&session).transcript();
            let same = said.iter().rfind(|said| said.acted).expect("it is a step");
            assert_eq!((&same.line, &same.out), (&act.line, &act.out), "it is stored");
        }
    }

    #[test]
    fn the_namespace_of_the_context_goes_along_with_the_steps_and_is_stored() {
        let start = opened();
        let len = start.timeline.len();
        let moved = typed(&start, "k config set-context --current --namespace=kube-public");
        assert_eq!((moved.timeline.len(), &*last(&moved).out), (len + 1, "Context \"oracle\" modified.\n"));
        let read = typed(&moved, "k get pods");
        assert_eq!(&*last(&read).err, "No resources found in kube-public namespace.\n");
        let made = typed(&read, "k create cm mine --from-literal=a=b");
        let map = |session: &Session, namespace: &str| {
            let key = ObjectKey::new(Kind::of("v1", "ConfigMap"), namespace, "mine");
            session.timeline.world().get(&key).is_some()
        };
        assert_eq!((map(&made, "kube-public"), map(&made, "default")), (true, false));
        let home = |session: &Session| session.timeline.world().home().to_string();
        assert_eq!(home(&go(&made, Act::Seek(len))), "");
        assert_eq!(home(&go(&go(&made, Act::Seek(len)), Act::Latest)), "kube-public");
        // A button means the object that it stands at.
        let pod = made.timeline.world().pods().find(|pod| pod.metadata.namespace == "default");
        let pod = pod.expect("a pod").metadata.name.clone();
        let request = Request::delete(&ObjectKey::pod("default", &pod), Propagation::Background);
        let button = Act::Do { title: "Delete".into(), request };
        assert_eq!(made.lines(&button), [format!("kubectl delete pod {pod} -n default")]);
        let mut again = Session::resume(&Saved::of(&made));
        while again.resuming().is_some() {
            again = again.act(&Act::Resume(500), Past::Ask).0;
        }
        assert_eq!((home(&again), map(&again, "kube-public")), ("kube-public".to_owned(), true));
        let home_again = typed(&again, "k config set-context --current --namespace=default");
        assert!(last(&typed(&home_again, "k get pods")).out.lines().count() > 1);
    }

    #[test]
    fn a_command_in_the_past_that_writes_asks_and_one_that_reads_does_not() {
        let start = opened();
        let past = go(&start, Act::Seek(3));
        let read = typed(&past, "kubectl get nodes");
        assert_eq!(read.timeline.len(), start.timeline.len());
        assert!(read.would_act("kubectl cordon worker-1") && !read.would_act("kubectl get pods"));
        let line: Rc<str> = "kubectl get pods; kubectl cordon worker-1".into();
        let (asked, outcome) = read.act(&Act::Enter(line.clone()), Past::Ask);
        assert_eq!(outcome, Outcome::WouldDrop { from: 4, to: start.timeline.len() });
        assert!(asked == read, "nothing is done before the answer");
        let later = typed(&go(&read, Act::Latest), "kubectl get ds -A");
        let (here, _) = go(&later, Act::Seek(3)).act(&Act::Enter(line), Past::Here);
        assert_eq!(here.timeline.len(), 4);
        let steps: Vec<_> = here.transcript().iter().map(|said| (said.step, said.acted)).collect();
        assert_eq!(steps[steps.len() - 3..], [(3, false), (3, false), (4, true)], "{steps:?}");
    }

    #[test]
    fn commands_after_one_that_failed_are_left_out() {
        let session = typed(&opened(), "kubectl get pod nosuch && kubectl get nodes; echo after");
        let lines: Vec<_> = session.replies.iter().map(|reply| (&*reply.typed, reply.code)).collect();
        assert_eq!(lines, [("kubectl get pod nosuch", 1), ("echo after", 0)]);
        assert_eq!(last(&typed(&session, "kubectl get 'x")).code, 2);
    }

    #[test]
    fn what_follows_prints_with_the_steps_and_goes_back_with_them() {
        let start = typed(&opened(), "kubectl get nodes -w");
        let at = start.timeline.len();
        assert!(start.follows());
        let cordoned = beside(&start, Request::cordon("worker-1", true));
        let watched = cordoned.replies[0].clone();
        assert_eq!(watched.heard.len(), 1, "{watched:?}");
        assert_eq!(watched.heard[0].at, at + 1);
        assert!(watched.heard[0].text.starts_with("worker-1"), "{:?}", watched.heard[0].text);
        let ended = go(&cordoned, Act::Interrupt);
        assert!(!ended.follows());
        let more = typed(&ended, "kubectl uncordon worker-1");
        assert_eq!(more.replies[0].heard.len(), 1);
        // Another story from the step where it began: it goes on there.
        let back = go(&cordoned, Act::Seek(at));
        let (other, _) = back.act(&Act::Enter("kubectl cordon worker-2".into()), Past::Here);
        assert!(other.replies[0].heard[0].text.starts_with("worker-2"));
    }

    /// Something that is done by another hand than the terminal's.
    fn beside(session: &Session, request: Request) -> Session {
        go(session, Act::Do { title: String::new(), request })
    }

    #[test]
    fn what_is_typed_while_a_command_goes_on_waits_until_it_ends_and_ctrl_c_ends_it() {
        let start = typed(&opened(), "kubectl get nodes -w; echo never");
        let from = (start.timeline.len(), start.timeline.now());
        let lines = ["sleep 90", "kubectl cordon worker-1 && kubectl wait --for=delete node/worker-1", "ls"];
        let waits = lines.iter().fold(start.clone(), |session, line| typed(&session, line));
        assert_eq!((waits.timeline.len(), waits.timeline.now()), from, "nothing is run yet");
        assert_eq!(waits.replies.len(), 1);
        let ahead: Vec<&str> = waits.replies[0].ahead.iter().map(|line| &*line.text).collect();
        assert_eq!(ahead, lines);
        // It is stored, and taken again.
        let back = resumed(&waits);
        assert_eq!(
            (back.transcript(), back.timeline.digest()),
            (waits.transcript(), waits.timeline.digest())
        );
        // Ctrl+C ends it, and what stands behind it in its line; the others have their turn, up to the next that waits.
        let ended = go(&back, Act::Interrupt);
        let said: Vec<String> = ended.transcript().iter().map(|said| said.line.to_string()).collect();
        let told = ["sleep 90", "kubectl cordon worker-1", "kubectl wait --for=delete node/worker-1"];
        assert_eq!(said[said.len() - 3..], told, "{said:?}");
        assert!(ended.timeline.now().since(from.1).0 >= 90_000 && ended.follows());
        let at = ended.timeline.len();
        let waiting = ended.replies.last().expect("it waits");
        assert_eq!(waiting.ahead, [Heard { at, text: "ls".into() }]);
        let again = resumed(&ended);
        assert_eq!(
            (again.transcript(), again.timeline.digest()),
            (ended.transcript(), ended.timeline.digest())
        );
        // It ends by itself, and `ls` is run right then.
        let gone = beside(&again, Request::of(["kubectl", "delete", "node", "worker-1"]));
        assert!(!gone.follows());
        assert_eq!((&*last(&gone).line, last(&gone).step), ("ls", gone.timeline.len()));
        // Where the story goes on otherwise before a line was typed, it is not typed.
        let earlier = go(&beside(&start, Request::cordon("worker-2", true)), Act::Seek(from.0));
        let (other, _) = go(&earlier, Act::Latest).act(&Act::Enter("ls".into()), Past::Ask);
        assert_eq!(other.replies[0].ahead.len(), 1);
        let past = go(&other, Act::Seek(from.0));
        let (other, _) = past
            .act(&Act::Do { title: String::new(), request: Request::cordon("worker-3", true) }, Past::Here);
        assert!(other.follows() && other.replies[0].ahead.is_empty());
    }

    /// The session as it comes back from the storage.
    fn resumed(session: &Session) -> Session {
        let (texts, run) = Saved::of(session).to_json();
        let text = |part| serde_json::Value::Object(part).to_string();
        let saved = Saved::from_json(Some(&text(texts)), Some(&text(run))).expect("it can be read");
        let mut back = Session::resume(&saved);
        while back.resuming().is_some() {
            back = go(&back, Act::Resume(500));
        }
        back
    }

    #[test]
    fn rollout_status_follows_until_the_rollout_is_done() {
        let session = typed(&opened(), "kubectl rollout restart ds/node-exporter -n kube-system");
        let session = typed(&session, "kubectl rollout status ds/node-exporter -n kube-system");
        assert!(session.follows());
        let session = go(&session, Act::Run(2_000));
        let reply = &session.replies[0];
        assert!(matches!(reply.follows, Follows::Until(.., 0)), "{:?}", reply.follows);
        let end = "daemon set \"node-exporter\" successfully rolled out\n";
        assert_eq!(reply.heard.last().map(|heard| &*heard.text), Some(end));
    }

    #[test]
    fn rollout_status_follows_no_longer_than_it_may() {
        let begun = typed(&opened(), "kubectl rollout restart ds/node-exporter -n kube-system");
        let status = |session: &Session, limit: &str| {
            let line = format!("kubectl rollout status ds/node-exporter -n kube-system --timeout={limit}");
            let session = typed(session, &line);
            let at = session.replies.len() - 1;
            (session, at)
        };
        let (session, _) = status(&begun, "1s");
        assert!(session.follows());
        let at = session.timeline.now();
        let session = go(&session, Act::Run(2_000));
        let reply = &session.replies[0];
        let Follows::Until(_, _, end, 1) = reply.follows else { panic!("{:?}", reply.follows) };
        assert!(session.timeline.time_of(end).since(at).0 >= 1_000);
        assert_eq!(
            reply.heard.last().map(|heard| &*heard.text),
            Some("error: timed out waiting for the condition\n")
        );
        let (long, at) = status(&begun, "10m");
        let long = go(&long, Act::Run(2_000));
        assert!(matches!(long.replies[at].follows, Follows::Until(.., 0)));
        // A rollout that nothing brings on any more.
        let line = "kubectl set image ds/node-exporter -n kube-system *=exporter:unready";
        let stuck = go(&typed(&opened(), line), Act::Run(4_000));
        assert!(!stuck.timeline.can_advance());
        let (over, at) = status(&stuck, "1m");
        assert_eq!((over.follows(), over.replies[at].code), (false, 1), "{:?}", over.replies[at]);
        assert_eq!(&*over.replies[at].err, "error: timed out waiting for the condition\n");
        assert!(over.replies[at].out.contains("1 out of 7 new pods have been updated"));
        // What stands behind it is run as a shell runs it.
        for (line, is_run) in
            [("&& echo done", false), ("; echo done", true), ("| tail -1 && echo done", true)]
        {
            let line = format!("kubectl rollout status ds/node-exporter -n kube-system --timeout=1m {line}");
            let out: Vec<_> = typed(&stuck, &line).replies.iter().map(|reply| reply.out.clone()).collect();
            assert_eq!(out.last().is_some_and(|out| &**out == "done\n"), is_run, "{line}: {out:?}");
        }
    }

    /// Nothing happens between the time at which the last pod is ready and the one at which it counts as available.
    #[test]
    fn a_rollout_that_is_done_too_late_was_not_done_in_time() {
        let lines = [
            r#"kubectl patch ds node-exporter -n kube-system -p '{"spec":{"minReadySeconds":3000}}'"#,
            "kubectl rollout restart ds/node-exporter -n kube-system",
            "kubectl rollout status ds/node-exporter -n kube-system --timeout=10m",
        ];
        let session = lines.iter().fold(opened(), |session, line| typed(&session, line));
        let session = go(&session, Act::Run(20_000));
        let reply = &session.replies[0];
        assert!(matches!(reply.follows, Follows::Until(.., 1)), "{} {:?}", reply.out, reply.heard);
    }

    #[test]
    fn a_rollout_ends_with_its_set() {
        for status in [
            "kubectl rollout status ds/node-exporter -n kube-system",
            "kubectl rollout status ds -n kube-system",
        ] {
            let begun = typed(&opened(), "kubectl rollout restart ds/node-exporter -n kube-system");
            let session = typed(&begun, status);
            let gone = beside(
                &session,
                Request::of(["kubectl", "delete", "ds", "node-exporter", "-n", "kube-system"]),
            );
            let reply = &gone.replies[0];
            assert!(matches!(reply.follows, Follows::Until(.., 1)), "{status}: {:?}", reply.follows);
            assert_eq!(
                reply.heard.last().map(|heard| &*heard.text),
                Some("error: object has been deleted\n")
            );
        }
    }

    #[test]
    fn rollouts_are_followed_one_after_the_other() {
        let lines = ["kubectl rollout restart ds", "kubectl rollout status ds"];
        let two = examples::find("two_sets").expect("an example");
        let begun = go(&Session::of_example(two), Act::Run(2_000));
        let session = lines.iter().fold(begun, |session, line| typed(&session, line));
        let sets = session.timeline.world().daemon_sets().count();
        let session = go(&session, Act::Run(4_000));
        let reply = &session.replies[0];
        let told: Vec<&str> =
            reply.out.lines().chain(reply.heard.iter().flat_map(|heard| heard.text.lines())).collect();
        let mut order: Vec<&str> = told.iter().filter_map(|line| line.split('"').nth(1)).collect();
        order.dedup();
        assert!(sets > 1);
        assert_eq!(order.len(), sets, "none comes again: {told:?}");
        assert_eq!(told.iter().filter(|line| line.ends_with("successfully rolled out")).count(), sets);
    }

    #[test]
    fn what_stands_behind_a_command_that_follows_waits_for_it() {
        let line = "kubectl rollout restart ds/node-exporter -n kube-system && kubectl rollout status ds/node-exporter -n kube-system | tail -1 && kubectl cordon worker-1; kubectl get nodes -o name | head -1";
        let start = typed(&opened(), line);
        assert!(start.follows() && start.replies.len() == 1);
        assert_eq!(&*start.replies[0].out, "", "tail prints when all is read");
        assert!(start.replies[0].then.starts_with("&& kubectl cordon worker-1; kubectl get nodes"));
        let end = |mut session: Session| {
            while session.timeline.can_advance() {
                session = go(&session, Act::Run(2_000));
            }
            session
        };
        let done = end(start.clone());
        let Follows::Until(_, _, ended, 0) = done.replies[0].follows else { panic!("{:?}", done.replies[0]) };
        let heard: Vec<_> = done.replies[0].heard.iter().map(|heard| (heard.at, &*heard.text)).collect();
        assert_eq!(heard, [(ended, "daemon set \"node-exporter\" successfully rolled out\n")]);
        assert_eq!(done.log.last().map(|entry| entry.after), Some(ended), "it is cordoned right then");
        assert_eq!(done.replies.last().map(|reply| reply.at), Some(ended + 1));
        // The same lines wait again where the story goes on otherwise.
        let (other, _) = go(&done, Act::Seek(ended - 2))
            .act(&Act::Enter("kubectl label node worker-2 a=b".into()), Past::Here);
        assert!(other.follows() && other.replies.len() == 1);
        let other = end(other);
        assert_eq!(last(&other).step, other.replies[1].at);
        assert!(other.log.last().is_some_and(|entry| entry.request.line().as_str().contains("cordon")));
        // What is ended by Ctrl+C takes with it what waits.
        let ended = end(go(&start, Act::Interrupt));
        assert_eq!(ended.log.len(), start.log.len());
        // Given in the past it waits there.
        let Follows::Until(_, _, end, _) = done.replies[0].follows else { unreachable!() };
        let past = go(&done, Act::Seek(start.timeline.len()));
        let past = typed(&past, "kubectl rollout status ds/node-exporter -n kube-system; ls");
        assert_eq!((past.timeline.shown(), &*last(&past).line), (end, "kubectl get nodes -o name | head -1"));
        assert!(past.replies.iter().any(|reply| &*reply.typed == "ls" && reply.at == end));
    }

    #[test]
    fn programs_behind_a_command_that_follows_read_what_it_prints() {
        let start = typed(&opened(), "kubectl get nodes -w | grep worker-1 | head -2; ls");
        assert!(start.follows() && start.replies[0].out.lines().count() == 1, "{:?}", start.replies);
        let other = beside(&start, Request::cordon("worker-2", true));
        assert!(other.replies[0].heard.is_empty());
        let own = beside(&other, Request::cordon("worker-1", true));
        assert!(own.replies[0].heard[0].text.contains("SchedulingDisabled"));
        assert!(!own.follows(), "head has its lines");
        assert_eq!(&*last(&own).line, "ls");
    }

    #[test]
    fn time_that_is_slept_passes() {
        let start = opened();
        let slept = typed(&start, "sleep 90; kubectl cordon worker-1");
        let (from, to) = (start.timeline.now(), slept.timeline.now());
        assert!(to.since(from).0 >= 90_000 && slept.timeline.step(slept.timeline.len()).unwrap().at == to);
        assert!(slept.log.last().is_some_and(|entry| entry.waited == Some(to)));
    }

    #[test]
    fn events_are_gone_an_hour_later_though_nothing_happened_meanwhile() {
        let start = go(&opened(), Act::Run(5_000));
        let events = |session: &Session| session.timeline.world().events().count();
        let before = events(&start);
        assert!(before > 0);
        let slept = typed(&start, &format!("{}kubectl get events -A", "sleep 10m; ".repeat(7)));
        assert_eq!(events(&slept), 0);
        assert_eq!(&*last(&slept).err, "No resources found\n");
        assert_eq!(slept.timeline.len(), start.timeline.len(), "reading makes no step");
        let back = go(&slept, Act::Back);
        assert!(events(&back) > 0, "what was forgotten is there again in the past");
        assert_eq!(events(&go(&back, Act::Forward)), before, "the step itself was an hour ago");
        // Who writes finds the cluster as it was shown.
        let event = start.timeline.world().events().next().expect("an event").metadata.name.clone();
        let set = typed(
            &slept,
            &format!("kubectl -n kube-system delete event {event}; kubectl label node worker-1 a=b"),
        );
        let said = set.transcript();
        assert!(said[said.len() - 2].err.contains("not found"), "{:?}", said[said.len() - 2]);
        let (told, again) = (set.timeline.digest(), go(&go(&set, Act::Back), Act::Forward));
        assert_eq!((events(&set), events(&again), again.timeline.digest()), (0, 0, told));
        assert_eq!(events(&go(&set, Act::Back)), before);
    }

    #[test]
    fn an_object_is_edited_saved_or_left() {
        let start = opened();
        let open = typed(&start, "kubectl edit ds/node-exporter -n kube-system && kubectl cordon worker-1");
        let editing = open.editing().expect("it is open").clone();
        assert!(open.replies.is_empty() && editing.text.starts_with("# Please edit the object below."));
        assert!(last(&typed(&open, "kubectl edit node worker-1")).err.starts_with("edit: another object"));
        let several = typed(&start, "kubectl edit node worker-1 worker-2");
        let names = [&open, &several].map(|session| session.editing().map(EditedObject::name));
        assert_eq!(names, [Some("node-exporter".to_owned()), Some("2 objects".to_owned())]);
        // The object as it was: nothing is done, and what waited is.
        for act in [Act::CloseEdit, Act::Save(editing.text.clone())] {
            let left = go(&open, act);
            assert!(left.editing().is_none() && left.timeline.len() == open.timeline.len() + 1);
            assert_eq!(&*left.replies[0].err, "Edit cancelled, no changes made.\n");
        }
        let bad = go(&open, Act::Save(editing.text.replace("RollingUpdate", "Nope").into()));
        let again = bad.editing().expect("it stays open");
        assert!(again.text.contains("# daemonsets.apps \"node-exporter\" was not valid:"), "{}", again.text);
        assert_eq!(bad.timeline.len(), open.timeline.len());
        let given_up = go(&bad, Act::Save(again.text.clone()));
        assert!(given_up.editing().is_none() && given_up.timeline.len() == open.timeline.len() + 1);
        // Meanwhile it was changed elsewhere; and the texts travel.
        let other = typed(&open, "kubectl label ds node-exporter -n kube-system x=y");
        let save =
            Act::Save(editing.text.replace("  revisionHistoryLimit: 10", "  revisionHistoryLimit: 4").into());
        assert!(other.writes(&save));
        let saved = go(&other, save);
        let said = saved.transcript()[saved.transcript().len() - 2].clone();
        assert_eq!(&*said.out, "daemonset.apps/node-exporter edited\n");
        assert!(said.line.starts_with(
            "KUBE_EDITOR='cp /dev/stdin' kubectl edit ds/node-exporter -n kube-system <<'EOF'\n"
        ));
        let key = &editing.key;
        let now = saved.timeline.world().get(key).expect("it is there");
        assert_eq!(now.metadata().labels.get("x").map(|value| value.to_string()), Some("y".into()));
        let past = go(&other, Act::Seek(2));
        let (_, outcome) = past.act(&Act::Save("kind: x\n".into()), Past::Ask);
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }

    #[test]
    fn a_typed_apply_brings_the_text_to_the_cluster() {
        let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
        let session = go(&opened(), Act::Edit(DocumentName::Manifest, text.into()));
        assert!(session.documents.is_dirty());
        let session = typed(&session, "kubectl apply -f manifest.yaml");
        assert!(!session.documents.is_dirty());
        assert_eq!(&*last(&session).out, "namespace/a created\n");
    }

    #[test]
    fn a_text_that_a_command_wants_is_learnt_once() {
        let session = opened();
        let line: Rc<str> = "kubectl get --help".into();
        let (session, outcome) = session.act(&Act::Enter(Rc::clone(&line)), Past::Ask);
        let Outcome::Wants(book, wanted) = outcome else { panic!("{outcome:?}") };
        assert_eq!(wanted, line);
        let text = include_str!("../../static/help/commands.txt");
        let (session, outcome) = session.act(&Act::Learn(book, Some(text.into()), line), Past::Ask);
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        assert!(last(&session).out.starts_with("Display one or many resources."));
        let session = typed(&session, "kubectl taint --help");
        assert!(last(&session).out.starts_with("Update the taints on one or more nodes."));
    }

    #[test]
    fn no_line_panics_and_one_that_fails_changes_nothing() {
        let session = opened();
        let whole = "kubectl get pods -l 'a in (b)' -o jsonpath='{.x[*]}' | awk '{print $1}' | sort -k2 && k apply -f - <<EOF\nkind: x\nEOF\n";
        for end in 0..whole.len() {
            for text in [&whole[..end], &whole[end..]] {
                let (next, outcome) = session.act(&Act::Enter(text.into()), Past::Ask);
                assert!(matches!(outcome, Outcome::Done(_) | Outcome::Wants(..)), "{text}");
                assert_eq!(next.timeline.len(), session.timeline.len(), "{text}");
            }
        }
    }
}

/// The pod on a node whose name begins so.
fn pod_on(session: &Session, start: &str) -> String {
    let mut pods = session.timeline.world().pods().map(|pod| pod.metadata.name.to_string());
    pods.find(|name| name.starts_with(start)).expect("a pod")
}

#[test]
fn a_request_is_a_step_of_the_client_s_and_one_at_an_earlier_step_is_answered_as_of_then() {
    let session = opened("reach_service");
    let session = session.act(&Act::Run(5_000), Past::Ask).0;
    let line = format!("kubectl exec {} -- curl -s http://agent.monitoring:9100/", pod_on(&session, "web"));
    let (before, sent) =
        (session.timeline.len(), |session: &Session| session.timeline.world().traffic().sent);
    let asked = done(&session, &Act::Enter(line.as_str().into()), Past::Ask);
    let asked = done(&asked, &Act::Enter(line.as_str().into()), Past::Ask);
    assert_eq!((asked.timeline.len(), asked.timeline.shown(), sent(&asked)), (before + 2, before + 2, 2));
    let step = asked.timeline.step(before + 1).expect("a step");
    assert_eq!(
        (step.actor, step.wrote(), step.failed(), step.is_idle()),
        (crate::cluster::Actor::Client, false, false, false)
    );
    let told = crate::explain::told(&asked.timeline, before + 1).expect("it is told");
    let told = crate::explain::plain(&told.what);
    assert!(
        told.starts_with("client web-")
            && told.contains(" asked for agent.monitoring:9100: answered by agent-"),
        "{told}"
    );
    let said = asked.transcript();
    assert!(said.last().is_some_and(|said| said.acted && said.step == before + 2 && said.code == 0));
    assert!(!asked.documents.is_dirty() && asked.drift().is_empty());

    // Back and forward, what was sent goes along.
    let back = done(&asked, &Act::Seek(before), Past::Ask);
    assert_eq!((sent(&back), sent(&done(&back, &Act::Forward, Past::Ask))), (0, 1));
    // At an earlier step it drops nothing and asks nothing: before there were pods it is refused.
    let early = done(&asked, &Act::Seek(1), Past::Ask);
    let early = done(&early, &Act::Enter(line.as_str().into()), Past::Ask);
    assert_eq!((early.timeline.len(), early.timeline.shown()), (before + 2, 1));
    let said = early.transcript();
    let said = said.iter().find(|said| said.step == 1 && !said.acted).expect("an answer");
    assert_ne!(said.code, 0);

    // Stored and taken again it is the same run.
    let mut again = Session::resume(&Saved::of(&asked));
    while again.resuming().is_some() {
        again = again.act(&Act::Resume(500), Past::Ask).0;
    }
    assert_eq!(again.timeline.digest(), asked.timeline.digest());
    // What goes through a pipe is read, not recorded.
    let piped = done(&asked, &Act::Enter(format!("{line} | wc -l").into()), Past::Ask);
    assert_eq!(piped.timeline.len(), asked.timeline.len());
}

#[test]
fn a_lost_request_is_a_step_that_failed_and_says_where() {
    let session = opened("reach_local");
    let line =
        format!("kubectl exec {} -- curl -m 2 http://agent.monitoring:9100/", pod_on(&session, "train"));
    let asked = done(&session, &Act::Enter(line.into()), Past::Ask);
    let no = asked.timeline.len();
    assert!(asked.timeline.step(no).is_some_and(|step| step.failed()));
    let told = crate::explain::told(&asked.timeline, no).expect("it is told");
    assert!(crate::explain::plain(&told.what).ends_with(": dropped."), "{told:?}");
}

#[test]
fn the_sets_of_a_dump_count_at_once_what_they_counted_there() {
    let [set, revision, nodes] = dump("a:2", "abc", true);
    let status = "status: {desiredNumberScheduled: 2, currentNumberScheduled: 2, numberReady: 2, numberAvailable: 2, updatedNumberScheduled: 2, numberMisscheduled: 0, observedGeneration: 7}\n";
    let set = set.replace("namespace: default}", "namespace: default, generation: 7}") + status;
    let session = Session::of_manifest(&format!("{nodes}---\n{set}{revision}"));
    assert_eq!(session.timeline.len(), 1);
    let counted = |session: &Session| {
        let set = session.timeline.world().daemon_set("default", "agent").expect("the set");
        (set.status.desired_number_scheduled, set.status.number_ready, set.status.observed_generation)
    };
    assert_eq!(counted(&session), (2, 2, 1));
    assert!(!session.documents.is_dirty() && session.drift().is_empty());
    let told = crate::explain::told(&session.timeline, 1).expect("it is told");
    assert!(crate::explain::plain(&told.what).contains("applied manifest.yaml: "), "{told:?}");
    let session = session.act(&Act::Run(500), Past::Ask).0;
    assert_eq!(counted(&session), (2, 2, 1));
    let wrote = session.timeline.steps().skip(1).filter(|step| step.wrote());
    assert_eq!(wrote.map(|step| step.no).collect::<Vec<StepNo>>(), Vec::<StepNo>::new(), "it stands at rest");
}
