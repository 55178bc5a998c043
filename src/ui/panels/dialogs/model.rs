//! What can be done to a node or a pod, and how kubectl says it.

use crate::api::{Node, ObjectKey, Taint};
use crate::cluster::{Propagation, World, silent_since};
use crate::session::Act;
use crate::sim::Command;
use crate::ui::state::{Dialog, FloatingAction, Selection, UiAction, UiState, ViewAction};

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it does.
    pub label: String,
    /// How kubectl says it, or what follows from it.
    pub hint: String,
    /// The action.
    pub action: UiAction,
    /// Whether a line separates it from the entry before.
    pub apart: bool,
}

fn entry(label: &str, hint: impl Into<String>, action: UiAction) -> Entry {
    Entry { label: label.into(), hint: hint.into(), action, apart: false }
}

fn apart(label: &str, hint: impl Into<String>, action: UiAction) -> Entry {
    Entry { apart: true, ..entry(label, hint, action) }
}

/// The menu of a node.
pub fn node_menu(world: &World, name: &str) -> Vec<Entry> {
    let Some(node) = world.node(name) else { return Vec::new() };
    let cordoned = node.spec.unschedulable;
    let (verb, label) = if cordoned { ("uncordon", "Uncordon") } else { ("cordon", "Cordon") };
    let runs = silent_since(world, name).is_none();
    let (power, effect) = if runs {
        ("Stop the kubelet", "node goes NotReady")
    } else {
        ("Start the kubelet", "node becomes Ready")
    };
    let node_name = || name.to_owned();
    let key = ObjectKey::node(name);
    vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Node(name.into())))),
        apart(
            label,
            format!("kubectl {verb}"),
            UiAction::did(format!("{label} {name}"), Command::Cordon { node: node_name(), on: !cordoned }),
        ),
        entry("Taint…", "kubectl taint", UiAction::Floating(FloatingAction::Ask(Dialog::Taint(name.into())))),
        entry("Label…", "kubectl label", UiAction::Floating(FloatingAction::Ask(Dialog::Label(name.into())))),
        apart(
            power,
            effect,
            UiAction::did(format!("{power} of {name}"), Command::Power { node: node_name(), on: !runs }),
        ),
        apart(
            "Remove the node",
            "kubectl delete node",
            UiAction::did(
                format!("Delete {name}"),
                Command::Delete { key, propagation: Propagation::Background },
            ),
        ),
    ]
}

/// The menu of a pod.
pub fn pod_menu(world: &World, key: &ObjectKey) -> Vec<Entry> {
    let Some(pod) = world.pod(&key.namespace, &key.name) else { return Vec::new() };
    let mut menu = vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Pod(key.clone())))),
        apart(
            "Delete the pod",
            "kubectl delete pod",
            UiAction::did(
                format!("Delete {}", key.name),
                Command::Delete { key: key.clone(), propagation: Propagation::Background },
            ),
        ),
    ];
    if pod.status.phase == crate::api::RUNNING && !pod.metadata.is_terminating() {
        let command = Command::FailPod { pod: key.clone() };
        menu.push(entry(
            "Make it fail",
            "its container exits",
            UiAction::did(format!("Make {} fail", key.name), command),
        ));
    }
    menu
}

/// The menu of a DaemonSet: the ways to delete it differ in what becomes of its pods.
pub fn set_menu(key: &ObjectKey) -> Vec<Entry> {
    let delete = |label: &str, hint: &str, propagation| {
        let command = Command::Delete { key: key.clone(), propagation };
        apart(label, hint, UiAction::did(format!("Delete {}", key.name), command))
    };
    vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Set(key.clone())))),
        delete("Delete, then its pods", "--cascade=background", Propagation::Background),
        Entry {
            apart: false,
            ..delete("Delete after its pods", "--cascade=foreground", Propagation::Foreground)
        },
        Entry { apart: false, ..delete("Delete, keep its pods", "--cascade=orphan", Propagation::Orphan) },
    ]
}

/// The command that adds a taint, and how kubectl says it: it refuses to replace one without being told to. None as
/// long as the key is no key.
pub fn taint_command(node: &Node, key: &str, value: &str, effect: &str) -> Option<(Command, String)> {
    let (key, value) = (key.trim(), value.trim());
    if !is_key(key) || !is_value(value) {
        return None;
    }
    let taint = Taint::new(key, value, effect);
    let replaces = node.spec.taints.iter().any(|have| have.is_same(&taint));
    let overwrite = if replaces { " --overwrite" } else { "" };
    let name = &node.metadata.name;
    let text = format!("kubectl taint nodes {name} {taint}{overwrite}");
    Some((Command::Taint { node: name.to_string(), add: vec![taint], remove: Vec::new() }, text))
}

/// The command that removes a taint.
pub fn untaint_command(node: &str, taint: &Taint) -> Command {
    Command::Taint { node: node.into(), add: Vec::new(), remove: vec![taint.clone()] }
}

/// The command that sets a label (or removes it, without a value), and how kubectl says it.
pub fn label_command(node: &str, label: &str, value: Option<&str>) -> Option<(Command, String)> {
    let (label, value) = (label.trim(), value.map(str::trim));
    if !is_key(label) || value.is_some_and(|value| !is_value(value)) {
        return None;
    }
    let text = match value {
        Some(value) => format!("kubectl label nodes {node} {label}={value} --overwrite"),
        None => format!("kubectl label nodes {node} {label}-"),
    };
    let key = ObjectKey::node(node);
    Some((Command::Label { key, label: label.into(), value: value.map(str::to_owned) }, text))
}

/// The labels of a node that a user may want to change, by key.
pub fn labels(node: &Node) -> Vec<(String, String)> {
    node.metadata.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// Whether the API server takes it as a key: an optional DNS prefix and a name.
fn is_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let dns = |prefix: &str| {
        !prefix.is_empty()
            && prefix.len() <= 253
            && prefix.split('.').all(|part| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                    && !part.starts_with('-')
                    && !part.ends_with('-')
            })
    };
    !name.is_empty() && is_value(name) && prefix.is_none_or(dns)
}

/// Whether the API server takes it as a value: at most 63 letters, digits, `-`, `_` and `.`, no sign at the ends.
fn is_value(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && ends(text.chars().next())
        && ends(text.chars().last())
}

/// The question before recorded steps are dropped.
pub fn branch_question(state: &UiState, act: &Act) -> (String, String) {
    let later = state.session.later_steps();
    let title = format!("{} at step {}?", act.title(), state.session.timeline.shown());
    let words = if later == 1 { "1 later step was".to_owned() } else { format!("{later} later steps were") };
    let they = if later == 1 { "It is" } else { "They are" };
    (title, format!("{words} recorded. {they} dropped, because the cluster takes another course from here."))
}

/// The object that a dialog is about, if it is gone by the shown step.
pub fn is_gone(world: &World, dialog: &Dialog) -> bool {
    match dialog {
        Dialog::NodeMenu(name) | Dialog::Taint(name) | Dialog::Label(name) => world.node(name).is_none(),
        Dialog::PodMenu(key) | Dialog::SetMenu(key) => world.get(key).is_none(),
        Dialog::Shortcuts | Dialog::Branch(_) | Dialog::Replace(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_what_the_api_server_takes() {
        for (text, expected) in [
            ("gpu", true),
            ("example.com/gpu", true),
            ("", false),
            ("a b", false),
            ("/gpu", false),
            ("Example.com/gpu", false),
            ("example.com/", false),
            ("-gpu", false),
            ("gpu.1_x", true),
        ] {
            assert_eq!(is_key(text), expected, "{text:?}");
        }
        assert!(is_value(""), "a value may be empty");
        assert!(!is_value(&"x".repeat(64)));
    }

    #[test]
    fn commands_are_told_as_kubectl_takes_them() {
        let text = |command: Option<(Command, String)>| command.map(|(_, text)| text).unwrap_or_default();
        let mut node = Node::default();
        node.metadata.name = "n1".into();
        node.spec.taints.push(Taint::new("gpu", "old", "NoExecute"));
        for (key, value, effect, expected) in [
            (" gpu ", "true", "NoExecute", "kubectl taint nodes n1 gpu=true:NoExecute --overwrite"),
            ("gpu", "old", "NoExecute", "kubectl taint nodes n1 gpu=old:NoExecute --overwrite"),
            ("gpu", "", "NoSchedule", "kubectl taint nodes n1 gpu:NoSchedule"),
            ("gpus", "", "NoExecute", "kubectl taint nodes n1 gpus:NoExecute"),
        ] {
            assert_eq!(text(taint_command(&node, key, value, effect)), expected);
        }
        assert_eq!(
            text(label_command("n1", "disk", Some("ssd"))),
            "kubectl label nodes n1 disk=ssd --overwrite"
        );
        assert_eq!(text(label_command("n1", "disk", None)), "kubectl label nodes n1 disk-");
        assert_eq!(taint_command(&node, "", "true", "NoExecute"), None);
    }
}
