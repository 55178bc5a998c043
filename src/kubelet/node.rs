//! What a kubelet says of its node, and how that fits with what a list of nodes states.
//!
//! A list describes a cluster that has been there: a condition that it states stays as it is until the list states
//! another, or the user does something about the node. Times in conditions mean nothing.

use crate::api::{Condition, EcoVec, NO_SCHEDULE, Node, Taint, Time, set_condition, well_known_taints};

/// A node as it stands right after its kubelet registered it: in good health, unless the list says otherwise. The
/// NodeTaint admission plugin (`plugin/pkg/admission/nodetaint`) keeps pods away from it until the node lifecycle
/// controller has looked at its first report.
pub fn register(node: &mut Node, now: Time) {
    for condition in reported() {
        if node.condition(&condition.type_).is_none() {
            set_condition(&mut node.status.conditions, condition, now);
        }
    }
    // A list seldom says when.
    for stated in node.status.conditions.make_mut() {
        stated.last_heartbeat_time.get_or_insert(now);
        stated.last_transition_time.get_or_insert(now);
    }
    let not_ready = Taint::new(well_known_taints::NOT_READY, "", NO_SCHEDULE);
    if !node.spec.taints.iter().any(|taint| taint.is_same(&not_ready)) {
        node.spec.taints.push(not_ready);
    }
}

/// The conditions of a node when its list states others than before. What the list does not touch stays as it has
/// come to be; a condition that it no longer states is that of a node in good health.
pub fn restated(live: &Node, before: &[Condition], listed: &[Condition], now: Time) -> EcoVec<Condition> {
    let stated =
        |list: &[Condition], type_: &str| list.iter().find(|condition| condition.type_ == type_).cloned();
    let same = |one: &Condition, other: &Condition| {
        (&one.status, &one.reason, &one.message) == (&other.status, &other.reason, &other.message)
    };
    let mut conditions = live.status.conditions.clone();
    let tell = |conditions: &mut EcoVec<Condition>, condition: Condition| {
        let is_told = stated(conditions, &condition.type_).is_some_and(|told| same(&told, &condition));
        if !is_told {
            set_condition(conditions, condition.told(now), now);
        }
    };
    for condition in listed {
        if !stated(before, &condition.type_).is_some_and(|before| same(&before, condition)) {
            tell(&mut conditions, condition.clone());
        }
    }
    for gone in before.iter().filter(|condition| stated(listed, &condition.type_).is_none()) {
        match reported().find(|condition| condition.type_ == gone.type_) {
            Some(healthy) => tell(&mut conditions, healthy),
            None => conditions.retain(|condition| condition.type_ != gone.type_),
        }
    }
    conditions
}

/// The conditions, besides Ready, of a node in good health.
pub(super) fn healthy_conditions() -> [Condition; 3] {
    PRESSURES.map(|type_| pressure_condition(type_, false))
}

/// What a kubelet can be short of.
pub const PRESSURES: [&str; 3] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

/// What a kubelet reports when it is short of something, or no longer (`pkg/kubelet/nodestatus/setters.go`).
pub fn pressure_condition(type_: &str, on: bool) -> Condition {
    let (reason, message) = match (type_, on) {
        ("MemoryPressure", false) => {
            ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")
        }
        ("MemoryPressure", true) => {
            ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        }
        ("DiskPressure", false) => ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("DiskPressure", true) => ("KubeletHasDiskPressure", "kubelet has disk pressure"),
        (_, false) => ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        (_, true) => ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
    };
    Condition::new(type_, if on { "True" } else { "False" }, reason, message)
}

/// What a kubelet in good health reports.
fn reported() -> impl Iterator<Item = Condition> {
    let ready = Condition::new("Ready", "True", "KubeletReady", "kubelet is posting ready status");
    healthy_conditions().into_iter().chain([ready])
}
