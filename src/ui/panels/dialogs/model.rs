//! What can be done to a node or a pod, and how kubectl says it.

use crate::api::{Node, ObjectKey, Pod, Taint, label_value, qualified_name};
use crate::cluster::{Propagation, World, silent_since};
use crate::kubectl::{Fault, Request};
use crate::session::Act;
use crate::ui::state::{Dialog, FloatingAction, Selection, UiAction, UiState, ViewAction};

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuEntry {
    /// What it does.
    pub label: String,
    /// How kubectl says it, or what follows from it.
    pub hint: String,
    /// The action.
    pub action: UiAction,
    /// Whether a line separates it from the entry before.
    pub apart: bool,
}

fn entry(label: &str, hint: impl Into<String>, action: UiAction) -> MenuEntry {
    MenuEntry { label: label.into(), hint: hint.into(), action, apart: false }
}

fn apart(label: &str, hint: impl Into<String>, action: UiAction) -> MenuEntry {
    MenuEntry { apart: true, ..entry(label, hint, action) }
}

/// The menu of a node.
pub fn node_menu(world: &World, name: &str) -> Vec<MenuEntry> {
    let Some(node) = world.node(name) else { return Vec::new() };
    let cordoned = node.spec.unschedulable;
    let label = if cordoned { "Uncordon" } else { "Cordon" };
    let runs = silent_since(world, name).is_none();
    let (power, effect) = if runs {
        ("Stop the kubelet", "node goes NotReady")
    } else {
        ("Start the kubelet", "node becomes Ready")
    };
    let key = ObjectKey::node(name);
    let (cordon, remove) = (Request::cordon(name, !cordoned), Request::delete(&key, Propagation::Background));
    vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Node(name.into())))),
        apart(label, cordon.line().as_str(), UiAction::did(format!("{label} {name}"), cordon.clone())),
        entry("Taint…", "kubectl taint", UiAction::Floating(FloatingAction::Ask(Dialog::Taint(name.into())))),
        entry("Label…", "kubectl label", UiAction::Floating(FloatingAction::Ask(Dialog::Label(name.into())))),
        apart(power, effect, UiAction::did(format!("{power} of {name}"), Request::power(name, !runs))),
        apart(
            "Remove the node",
            remove.line().as_str(),
            UiAction::did(format!("Delete {name}"), remove.clone()),
        ),
    ]
}

/// The menu of a pod.
pub fn pod_menu(world: &World, key: &ObjectKey) -> Vec<MenuEntry> {
    let Some(pod) = world.pod(&key.namespace, &key.name) else { return Vec::new() };
    let delete = Request::delete(key, Propagation::Background);
    let mut menu = vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Pod(key.clone())))),
        apart(
            "Delete the pod",
            delete.line().as_str(),
            UiAction::did(format!("Delete {}", key.name), delete.clone()),
        ),
    ];
    if pod.status.phase == crate::api::RUNNING && !pod.metadata.is_terminating() {
        let request = Request::fail_pod(key);
        menu.push(entry(
            "Make it fail",
            "its container exits",
            UiAction::did(format!("Make {} fail", key.name), request),
        ));
    }
    if !pod.metadata.is_terminating() && !pod.is_finished() {
        menu.extend(FAULTS.into_iter().map(|played| fault(pod, key, played)));
        if let Some(first) = menu.iter_mut().rev().nth(FAULTS.len() - 1) {
            first.apart = true;
        }
    }
    menu
}

/// Faults to play with: how the menu calls them, and what `kubectl get pods` then says.
const FAULTS: [(Fault, &str, &str); 3] = [
    (Fault::Crash, "Let it crash", "CrashLoopBackOff"),
    (Fault::NotReady, "Never ready", "READY 0/1"),
    (Fault::ImagePull, "Image not pullable", "ImagePullBackOff"),
];

/// The entry that switches a fault of a pod's containers on, or off again.
fn fault(pod: &Pod, key: &ObjectKey, (fault, label, status): (Fault, &str, &str)) -> MenuEntry {
    let asks = |container| fault.asked(pod, container) == Some(true);
    let labelled = pod.metadata.labels.get(fault.label().as_str()).is_some_and(|value| value == "true");
    let is_on = labelled || pod.status.container_statuses.iter().any(asks);
    let request = Request::fault(key, fault, !is_on);
    let (label, hint) = match is_on {
        true => ("Back to healthy".to_owned(), format!("ends {status}")),
        false => (label.to_owned(), status.to_owned()),
    };
    entry(&label, hint, UiAction::did(format!("{label} ({})", key.name), request))
}

/// The menu of a DaemonSet: the ways to delete it differ in what becomes of its pods.
pub fn set_menu(key: &ObjectKey) -> Vec<MenuEntry> {
    let delete = |label: &str, hint: &str, propagation| {
        let request = Request::delete(key, propagation);
        apart(label, hint, UiAction::did(format!("Delete {}", key.name), request))
    };
    vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Set(key.clone())))),
        delete("Delete, then its pods", "--cascade=background", Propagation::Background),
        MenuEntry {
            apart: false,
            ..delete("Delete after its pods", "--cascade=foreground", Propagation::Foreground)
        },
        MenuEntry {
            apart: false,
            ..delete("Delete, keep its pods", "--cascade=orphan", Propagation::Orphan)
        },
    ]
}

/// The line that adds a taint; kubectl refuses to replace one without being told to. None as long as the key is no
/// key.
pub fn taint(node: &Node, key: &str, value: &str, effect: &str) -> Option<Request> {
    let (key, value) = (key.trim(), value.trim());
    let is_taint = qualified_name(key).is_empty() && label_value(value).is_empty();
    let (name, taint) = (&node.metadata.name, Taint::new(key, value, effect));
    let replaces = node.spec.taints.iter().any(|have| have.is_same(&taint));
    is_taint.then(|| if replaces { Request::taint(name, &taint) } else { Request::new_taint(name, &taint) })
}

/// The line that removes a taint.
pub fn untaint(node: &str, taint: &Taint) -> Request {
    Request::untaint(node, &taint.key, &taint.effect)
}

/// The line that sets a label, or removes it without a value. None as long as the key is no key.
pub fn label(node: &str, label: &str, value: Option<&str>) -> Option<Request> {
    let (label, value) = (label.trim(), value.map(str::trim));
    let is_label =
        qualified_name(label).is_empty() && value.is_none_or(|value| label_value(value).is_empty());
    is_label.then(|| Request::label(&ObjectKey::node(node), label, value))
}

/// The labels of a node that a user may want to change, by key.
pub fn labels(node: &Node) -> Vec<(String, String)> {
    node.metadata.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// The question before recorded steps are dropped.
pub fn branch_question(state: &UiState, act: &Act) -> (String, String) {
    let later = state.session.later_steps();
    let title = format!("{} at step {}?", act.title(), state.session.timeline.shown());
    let words = if later == 1 { "1 later step was".to_owned() } else { format!("{later} later steps were") };
    let they = if later == 1 { "It is" } else { "They are" };
    (title, format!("{words} recorded. {they} dropped, because the cluster takes another course from here."))
}

/// The question before a branch is dropped.
pub fn drop_question(state: &UiState, no: u32) -> (String, String) {
    let Some(branch) = state.session.of_branch(no) else { return Default::default() };
    let title = format!("Drop “{}”?", branch.branch.name);
    let steps = match branch.timeline.len() {
        1 => "Its 1 step goes".to_owned(),
        steps => format!("Its {steps} steps go"),
    };
    (title, format!("{steps} with it. The other branches stay as they are."))
}

/// The object that a dialog is about, if it is gone by the shown step.
pub fn is_gone(world: &World, dialog: &Dialog) -> bool {
    match dialog {
        Dialog::NodeMenu(name) | Dialog::Taint(name) | Dialog::Label(name) => world.node(name).is_none(),
        Dialog::PodMenu(key) | Dialog::SetMenu(key) => world.get(key).is_none(),
        Dialog::Shortcuts
        | Dialog::Branch(_)
        | Dialog::DropBranch(_)
        | Dialog::Replace(_)
        | Dialog::Sheet(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::{Prefs, Theme};
    use std::rc::Rc;

    #[test]
    fn a_fault_can_be_played_and_ended_and_the_chip_says_what_kubectl_says() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let pod = |state: &UiState| {
            let mut pods = state.session.timeline.world().pods_on("worker-1");
            let pod = pods.find(|pod| pod.metadata.controller().is_some()).cloned();
            pod.expect("the daemon pod")
        };
        let key = ObjectKey::pod("kube-system", &pod(&state).metadata.name);
        let choose = |state: &Rc<UiState>, label: &str, hint: &str| {
            let menu = pod_menu(state.session.timeline.world(), &key);
            let found = menu.into_iter().find(|entry| entry.label == label && entry.hint.ends_with(hint));
            let action = found.unwrap_or_else(|| panic!("{label}: {hint}")).action;
            Rc::clone(state).reduced(action)
        };
        let says = |state: &UiState| crate::explain::stage(&pod(state)).1;
        let until = |mut state: Rc<UiState>, word: &str| {
            for _ in 0..60 {
                if says(&state) == word {
                    return state;
                }
                state = state.reduced(UiAction::Session(Act::Forward));
            }
            panic!("{word}, but it is {}", says(&state));
        };
        let crashing = until(choose(&state, "Let it crash", "CrashLoopBackOff"), "CrashLoopBackOff");
        until(choose(&crashing, "Back to healthy", "CrashLoopBackOff"), "Running");
        let unready = until(choose(&state, "Never ready", "0/1"), "Running, not ready");
        until(choose(&unready, "Back to healthy", "0/1"), "Running");
    }

    #[test]
    fn commands_are_told_as_kubectl_takes_them() {
        let mut node = Node::default();
        node.metadata.name = "n1".into();
        node.spec.taints.push(Taint::new("gpu", "old", "NoExecute"));
        for (request, line) in [
            (
                taint(&node, " gpu ", "true", "NoExecute"),
                "kubectl taint nodes n1 gpu=true:NoExecute --overwrite",
            ),
            (taint(&node, "gpu", "", "NoSchedule"), "kubectl taint nodes n1 gpu:NoSchedule"),
            (label("n1", "disk", Some("ssd")), "kubectl label node n1 disk=ssd --overwrite"),
            (label("n1", "disk", None), "kubectl label node n1 disk-"),
            (taint(&node, "", "true", "NoExecute"), ""),
            (label("n1", "a b", None), ""),
            (label("n1", "disk", Some("-")), ""),
        ] {
            let told = request.map(|request| request.line().to_string()).unwrap_or_default();
            assert_eq!(told, line);
        }
    }
}
