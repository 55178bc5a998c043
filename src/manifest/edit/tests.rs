//! The text of a change, by layout; and that any change of any text leaves exactly the wanted objects.

use super::*;
use crate::api::Kind;
use crate::manifest::parse;
use proptest::prelude::*;
use serde_json::json;

const NODES: &str = "# My nodes
apiVersion: v1
kind: Node
metadata:
  name: n1 # the first
  labels:
    pool: gpu
    # the zone
    zone: a
spec:
  taints:
  - key: gpu # why
    effect: NoSchedule
  # kept
  - {key: b, value: \"true\", effect: NoExecute}
---
# second
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {pool: cpu}}
";

fn taint(key: &str, value: &str, effect: &str) -> Taint {
    Taint::new(key, value, effect)
}

fn edited(text: &str, node: &str, change: TextChange) -> String {
    apply(text, &ObjectKey::node(node), &change).expect("edited")
}

/// The lines that only one of two texts has: `-` of the first, `+` of the second.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let operations = similar::capture_diff_slices(similar::Algorithm::Myers, &before, &after);
    let changed = operations.iter().filter(|operation| operation.tag() != similar::DiffTag::Equal);
    changed
        .flat_map(|operation| {
            let removed = before[operation.old_range()].iter().map(|line| format!("-{line}"));
            let added = after[operation.new_range()].iter().map(|line| format!("+{line}"));
            removed.chain(added).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_brackets_of_a_list_that_is_empty_by_now_stand_behind_its_key_and_not_in_a_comment() {
    let item = "- apiVersion: v1\n  kind: Node\n  metadata: {name: n1}\n";
    for (before, after) in [
        ("items:\n# in list\n", "items: []\n# in list\n"),
        ("items: # of mine\n\n  # in list: items:\n", "items: [] # of mine\n\n  # in list: items:\n"),
        ("items:\n", "items: []\n"),
    ] {
        let head = "apiVersion: v1\nkind: List\n";
        let text = edited(&format!("{head}{before}{item}"), "n1", TextChange::Delete);
        assert_eq!(text, format!("{head}{after}"));
    }
}

#[test]
fn a_change_touches_only_its_lines() {
    for (node, change, expected) in [
        (
            "n1",
            TextChange::SetTaint(taint("new", "v", "NoSchedule")),
            vec!["+  - {key: new, value: v, effect: NoSchedule}"],
        ),
        (
            "n1",
            TextChange::SetTaint(taint("b", "x", "NoExecute")),
            vec![
                "-  - {key: b, value: \"true\", effect: NoExecute}",
                "+  - {key: b, value: x, effect: NoExecute}",
            ],
        ),
        (
            "n1",
            TextChange::RemoveTaint { key: "gpu".into(), effect: None },
            vec!["-  - key: gpu # why", "-    effect: NoSchedule"],
        ),
        (
            "n1",
            TextChange::RemoveTaint { key: "b".into(), effect: Some("NoExecute".into()) },
            vec!["-  - {key: b, value: \"true\", effect: NoExecute}"],
        ),
        ("n1", TextChange::SetLabel("zone".into(), "b".into()), vec!["-    zone: a", "+    zone: b"]),
        ("n1", TextChange::SetLabel("on".into(), "yes".into()), vec!["+    \"on\": \"yes\""]),
        ("n1", TextChange::RemoveLabel("pool".into()), vec!["-    pool: gpu"]),
        ("n1", TextChange::SetAnnotation("a/b".into(), "c".into()), vec!["+  annotations:", "+    a/b: c"]),
        ("n1", TextChange::SetUnschedulable(true), vec!["+  unschedulable: true"]),
        ("n2", TextChange::SetUnschedulable(true), vec!["+spec:", "+  unschedulable: true"]),
        (
            "n2",
            TextChange::SetLabel("pool".into(), "a,b".into()),
            vec![
                "-metadata: {name: n2, labels: {pool: cpu}}",
                "+metadata: {name: n2, labels: {pool: \"a,b\"}}",
            ],
        ),
        (
            "n2",
            TextChange::RemoveLabel("pool".into()),
            vec!["-metadata: {name: n2, labels: {pool: cpu}}", "+metadata: {name: n2}"],
        ),
        (
            "n2",
            TextChange::SetTaint(taint("k", "", "NoSchedule")),
            vec!["+spec:", "+  taints:", "+  - key: k", "+    effect: NoSchedule"],
        ),
        (
            "n2",
            TextChange::Delete,
            vec![
                "----",
                "-# second",
                "-apiVersion: v1",
                "-kind: Node",
                "-metadata: {name: n2, labels: {pool: cpu}}",
            ],
        ),
    ] {
        let after = edited(NODES, node, change.clone());
        assert_eq!(difference(NODES, &after), expected, "{change:?}\n{after}");
    }
}

#[test]
fn the_last_taint_takes_its_field_with_it() {
    let text = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec:\n  taints: [{key: a, effect: NoSchedule}]\n  \
                unschedulable: true\n";
    let after = edited(text, "n1", TextChange::RemoveTaint { key: "a".into(), effect: None });
    assert_eq!(difference(text, &after), ["-  taints: [{key: a, effect: NoSchedule}]"]);
    let after = edited(&after, "n1", TextChange::SetUnschedulable(false));
    assert_eq!(after, "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n");
}

#[test]
fn items_of_lists_are_objects_too() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n1\n- apiVersion: v1\n  \
                kind: Node\n  metadata:\n    name: n2 # two\n";
    let after = edited(text, "n2", TextChange::SetLabel("a".into(), "b".into()));
    assert_eq!(difference(text, &after), ["+    labels:", "+      a: b"]);
    let after = edited(text, "n1", TextChange::Delete);
    assert_eq!(
        after,
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n2 # two\n"
    );
    let after = edited(&after, "n2", TextChange::Delete);
    assert!(parse(&after).objects.is_empty(), "{after}");
}

#[test]
fn json_stays_json() {
    let text = "{\"kind\": \"NodeList\", \"apiVersion\": \"v1\", \"items\": [\n {\"metadata\": {\"name\": \"n1\"}},\n \
                {\"metadata\": {\"name\": \"n2\"}, \"spec\": {}}]}";
    let after = edited(text, "n2", TextChange::SetUnschedulable(true));
    assert!(after.ends_with("\"spec\": {\"unschedulable\":true}}]}"), "{after}");
    let after = edited(&after, "n1", TextChange::SetTaint(taint("a", "yes", "NoSchedule")));
    let value: Value = serde_json::from_str(&after).expect("JSON");
    assert_eq!(
        value["items"][0]["spec"]["taints"][0],
        json!({"key": "a", "value": "yes", "effect": "NoSchedule"})
    );
}

#[test]
fn tolerations_go_to_the_pod_template() {
    let text = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d, namespace: kube-system}\nspec:\n  template:\n    \
                spec:\n      # all of them\n      tolerations:\n      - operator: Exists # any\n      containers:\n      - name: c\n";
    let key = ObjectKey::new(Kind::DaemonSet, "kube-system", "d");
    let toleration = Toleration::exists("gpu", "NoSchedule");
    let after = apply(text, &key, &TextChange::AddToleration(toleration.clone())).expect("added");
    assert_eq!(
        difference(text, &after),
        ["+      - key: gpu", "+        operator: Exists", "+        effect: NoSchedule"]
    );
    assert_eq!(
        apply(&after, &key, &TextChange::AddToleration(toleration.clone())),
        Err(EditError::NothingToDo)
    );
    assert_eq!(apply(&after, &key, &TextChange::RemoveToleration(toleration)).as_deref(), Ok(text));
}

#[test]
fn windows_line_ends_and_a_missing_last_one_are_kept() {
    let text = "apiVersion: v1\r\nkind: Node\r\nmetadata:\r\n  name: n1";
    let after = edited(text, "n1", TextChange::SetLabel("a".into(), "b".into()));
    assert_eq!(after, format!("{text}\r\n  labels:\r\n    a: b"));
}

#[test]
fn an_alias_is_not_changed_for_others() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n1, labels: &l {a: b}}}\n\
                - apiVersion: v1\n  kind: Node\n  metadata: {name: n2, labels: *l}\n";
    let after = edited(text, "n2", TextChange::SetLabel("a".into(), "c".into()));
    let manifest = parse(&after);
    let labels: Vec<Value> = manifest
        .objects
        .iter()
        .map(|located| located.object.to_json()["metadata"]["labels"].clone())
        .collect();
    assert_eq!(labels, [json!({"a": "b"}), json!({"a": "c"})]);
}

#[test]
fn what_cannot_be_changed_is_said() {
    let label = TextChange::SetLabel("pool".into(), "gpu".into());
    assert_eq!(apply(NODES, &ObjectKey::node("n3"), &label), Err(EditError::NotFound));
    assert_eq!(apply(NODES, &ObjectKey::node("n1"), &label), Err(EditError::NothingToDo));
    assert_eq!(apply("a: [", &ObjectKey::node("n1"), &label), Err(EditError::Unreadable));
}

#[test]
fn an_object_is_appended_as_a_document() {
    let node = parse("apiVersion: v1\nkind: Node\nmetadata: {name: x}\n").objects[0].object.clone();
    for (text, expected) in [
        ("", vec!["node/x"]),
        ("# only a comment\n", vec!["node/x"]),
        (NODES, vec!["node/n1", "node/n2", "node/x"]),
        ("apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---", vec!["node/a", "node/x"]),
    ] {
        let manifest = parse(&append(text, &node));
        let keys: Vec<String> =
            manifest.objects.iter().map(|located| located.object.key().to_string()).collect();
        assert_eq!(
            (keys, manifest.diagnostics),
            (expected.iter().map(|key| (*key).to_owned()).collect(), Vec::new())
        );
    }
}

/// A value in one of the ways that YAML has.
fn written(value: &Value, style: &mut impl FnMut() -> usize, indent: usize) -> String {
    let space = " ".repeat(indent);
    match value {
        Value::Object(fields) if !fields.is_empty() && !style().is_multiple_of(3) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| {
                    let comment =
                        if style().is_multiple_of(4) { format!("{space}# {key}\n") } else { String::new() };
                    let shown = written(value, style, indent + 2);
                    let shown = if shown.starts_with('\n') { shown } else { format!(" {shown}") };
                    format!("{comment}{space}{key}:{shown}")
                })
                .collect();
            format!("\n{}", fields.join("\n"))
        }
        Value::Array(items) if !items.is_empty() && !style().is_multiple_of(3) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| {
                    let shown = written(item, style, indent + 2);
                    format!("{space}- {}", shown.trim_start())
                })
                .collect();
            format!("\n{}", items.join("\n"))
        }
        other => other.to_string(),
    }
}

fn change() -> impl Strategy<Value = TextChange> {
    let word = || prop::sample::select(vec!["a", "b", "gpu", "true", "x/y", "010", "k: v"]);
    let effect = || prop::sample::select(vec!["NoSchedule", "NoExecute"]);
    prop_oneof![
        (word(), word(), effect())
            .prop_map(|(key, value, effect)| TextChange::SetTaint(Taint::new(key, value, effect))),
        (word(), prop::option::of(effect())).prop_map(|(key, effect)| TextChange::RemoveTaint {
            key: key.into(),
            effect: effect.map(Into::into)
        }),
        (word(), word()).prop_map(|(key, value)| TextChange::SetLabel(key.into(), value.into())),
        word().prop_map(|key| TextChange::RemoveLabel(key.into())),
        (word(), word()).prop_map(|(key, value)| TextChange::SetAnnotation(key.into(), value.into())),
        word().prop_map(|key| TextChange::RemoveAnnotation(key.into())),
        any::<bool>().prop_map(TextChange::SetUnschedulable),
        Just(TextChange::Delete),
    ]
}

proptest! {
    #[test]
    fn any_change_leaves_the_wanted_objects(
        choices in prop::collection::vec(0usize..12, 40),
        changes in prop::collection::vec((change(), 0usize..3), 1..8),
        is_list in any::<bool>(),
    ) {
        let mut taken = 0;
        let mut style = || { taken += 1; choices[taken % choices.len()] };
        let nodes: Vec<Value> = (0..3).map(|number| {
            let mut node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("n{number}")}});
            if style() % 2 == 0 { node["metadata"]["labels"] = json!({"a": "b", "gpu": "true"}); }
            if style() % 2 == 0 { node["spec"]["taints"] = json!([{"key": "a", "effect": "NoSchedule"}, {"key": "b", "value": "x", "effect": "NoExecute"}]); }
            if style() % 3 == 0 { node["spec"]["unschedulable"] = json!(true); }
            node
        }).collect();
        let mut text = if is_list {
            written(&json!({"apiVersion": "v1", "kind": "List", "items": nodes}), &mut style, 0).trim_start().to_owned()
        } else {
            let texts: Vec<String> = nodes.iter().map(|node| written(node, &mut style, 0).trim_start().to_owned()).collect();
            texts.join("\n---\n")
        };
        let mut there = vec![0, 1, 2];
        for (change, number) in changes {
            let key = ObjectKey::node(&format!("n{number}"));
            match apply(&text, &key, &change) {
                Ok(after) => {
                    if change == TextChange::Delete { there.retain(|known| *known != number); }
                    text = after;
                }
                Err(EditError::NotFound) => prop_assert!(!there.contains(&number), "{text}"),
                Err(EditError::NothingToDo) => {}
                Err(EditError::Unreadable | EditError::Unsupported) => prop_assert!(false, "{change:?} of {key} in\n{text}"),
            }
            let names: Vec<String> = parse(&text).objects.iter().map(|located| located.object.key().to_string()).collect();
            let expected: Vec<String> = there.iter().map(|number| format!("node/n{number}")).collect();
            prop_assert_eq!(names, expected, "{}", text);
        }
    }
}
