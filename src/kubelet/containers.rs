//! What becomes of the containers of a pod that its kubelet has taken: they start, are ready, crash and are started
//! again, or wait for an image. Upstream: `pkg/kubelet/kuberuntime`, `pkg/kubelet/images`, `getPhase` in
//! `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/status/generate.go`.
//!
//! What is different: an image that could not be pulled is tried again only when the fault ends, so that a cluster
//! with such a pod comes to rest at ImagePullBackOff; upstream tries again, in vain, with the same back-off as for
//! crashes. No `Pulled` is told: it says how long the pull took and how large the image is. A pod's init containers run
//! one after the other before its containers start; a sidecar, once started, runs on without a fault.
//!
//! What few pods ever meet is kept out of its callers (`inline(never)`): a first visit does not fetch it.

use super::back_off::BackOffs;
use super::fault::Fault;
use super::image;
use super::{Stage, about_part};
use crate::api::{
    Condition, ContainerState, ContainerStateDetail, ContainerStatus, EcoString, FAILED, Millis, ObjectKey,
    PENDING, Pod, RUNNING, SUCCEEDED, Time, sort,
};
use crate::cluster::{EventType, Write};
use serde_json::Value;
use std::rc::Rc;

const ERR_IMAGE_PULL: &str = "ErrImagePull";
const IMAGE_PULL_BACK_OFF: &str = "ImagePullBackOff";
const INVALID_IMAGE_NAME: &str = "InvalidImageName";
const CRASH_LOOP_BACK_OFF: &str = "CrashLoopBackOff";
/// The reason of a pod whose containers are ready, while a readiness gate is not.
pub const GATES_NOT_READY: &str = "ReadinessGatesNotReady";

/// The init container whose turn it is, by its place: the first that is not done. None if all are, or there is none.
/// A pod whose containers have started is past this (`HasAnyRegularContainerStarted`).
fn initializing(pod: &Pod) -> Option<usize> {
    let has_started = |status: &ContainerStatus| status.state.running.is_some() || end_of(status).is_some();
    let at = pod.status.init_container_statuses.iter().position(|status| !is_initialized(pod, status))?;
    (!pod.status.container_statuses.iter().any(has_started)).then_some(at)
}

/// Whether an init container does not keep the next one waiting any more (`isInitContainerInitialized`).
fn is_initialized(pod: &Pod, status: &ContainerStatus) -> bool {
    match is_sidecar(pod, status) {
        true => status.started == Some(true),
        false => status.state.terminated.as_ref().is_some_and(|end| end.exit_code == 0),
    }
}

fn is_sidecar(pod: &Pod, status: &ContainerStatus) -> bool {
    pod.init_container(&status.name).is_some_and(|container| container.is_sidecar())
}

/// The containers whose turn it is: one init container, or all containers.
fn in_turn(pod: &Pod) -> &[ContainerStatus] {
    match initializing(pod) {
        Some(at) => &pod.status.init_container_statuses[at..=at],
        None => &pod.status.container_statuses,
    }
}

/// The next stage of a pod whose containers are known, if it has one.
pub(super) fn next(pod: &Pod, node_is_ready: bool, back_offs: &BackOffs) -> Option<Stage> {
    let is_initializing = initializing(pod).is_some();
    let statuses = in_turn(pod);
    let any = |holds: &dyn Fn(&ContainerStatus) -> bool| statuses.iter().any(holds);
    let has = |fault: Fault, status: &ContainerStatus| fault.asked(pod, status) == Some(true);
    let starts = |status: &ContainerStatus| starts(pod, status);
    if any(&|status| waits_for(status, ERR_IMAGE_PULL) && has(Fault::ImagePull, status)) {
        return Some(Stage::PodImagePullBackOff);
    }
    if any(&|status| starts(status) && (has(Fault::ImagePull, status) || unreadable(pod, status).is_some())) {
        return Some(Stage::PodImagePullFailed);
    }
    if any(&starts) {
        return Some(if is_initializing { Stage::PodInitContainerRunning } else { Stage::PodReady });
    }
    if any(&|status| ended(pod, status) && back_offs.wait(pod, status).0 > 0) {
        return Some(Stage::PodContainerBackOff);
    }
    if any(&|status| ended(pod, status)) {
        return Some(Stage::PodContainerRestart);
    }
    if any(&|status| status.state.running.is_some() && has(Fault::Crash, status)) {
        return Some(Stage::PodContainerCrash);
    }
    if is_initializing && any(&|status| status.state.running.is_some()) {
        return Some(Stage::PodInitContainerCompleted);
    }
    if any(&|status| crash_loops(pod, status)) {
        return Some(Stage::PodContainerRestart);
    }
    if is_initializing {
        return None;
    }
    if any(&|status| status.ready && has(Fault::NotReady, status)) {
        return Some(Stage::PodNotReady);
    }
    let heals = any(&|status| is_told_ready(pod, status) && !status.ready);
    // Its node was silent: the containers are ready, only the condition says otherwise, and without a reason.
    let is_marked = pod.status.phase == RUNNING
        && !pod.is_ready()
        && pod.condition("Ready").is_none_or(|ready| ready.reason.is_empty())
        && statuses.iter().all(|status| status.state.running.is_some() && status.ready);
    if heals || is_marked && node_is_ready {
        return Some(Stage::PodReadyAgain);
    }
    // Who sets the condition of a readiness gate opens or closes it.
    let has_ready = statuses.iter().all(|status| status.state.running.is_some() && status.ready);
    if !has_ready || !node_is_ready || pod.status.phase != RUNNING {
        return None;
    }
    let told = pod.condition("Ready").filter(|ready| ready.reason == GATES_NOT_READY);
    match (gated(pod), told) {
        (None, told) => told.map(|_| Stage::PodReadyAgain),
        (Some(why), Some(told)) => (told.message != why).then_some(Stage::PodNotReady),
        (Some(_), None) => pod.is_ready().then_some(Stage::PodNotReady),
    }
}

/// How long a pod whose containers crash waits before they are started again.
pub(super) fn restart_delay(pod: &Pod, since_the_end: Millis, back_offs: &BackOffs) -> Option<Millis> {
    let waiting = in_turn(pod).iter().filter(|status| crash_loops(pod, status));
    let least = waiting.map(|status| back_offs.wait(pod, status)).min()?;
    Some(Millis((least.0 - since_the_end.0).max(0)))
}

/// What the end of a stage makes of the pod, and the events that tell of it.
pub(super) fn advance(
    stage: Stage,
    pod: &mut Pod,
    key: &ObjectKey,
    now: Time,
    back_offs: &mut BackOffs,
) -> Vec<Write> {
    let known = &*pod;
    let mut events = Vec::new();
    let turn = initializing(known);
    let mut statuses = match turn {
        Some(_) => known.status.init_container_statuses.clone(),
        None => known.status.container_statuses.clone(),
    };
    let of_turn = turn.map_or(0..statuses.len(), |at| at..at + 1);
    for status in &mut statuses.make_mut()[of_turn] {
        let asked = |fault: Fault| fault.asked(known, status);
        match stage {
            Stage::PodReady | Stage::PodInitContainerRunning | Stage::PodImagePullFailed
                if starts(known, status) =>
            {
                if let Some(why) = unreadable(known, status) {
                    events.extend(is_unreadable(known, status, key, why));
                } else if asked(Fault::ImagePull) == Some(true) {
                    events.extend(pull_fails(known, status, key));
                } else {
                    events.extend(start(known, status, key, now));
                }
            }
            Stage::PodImagePullBackOff if waits_for(status, ERR_IMAGE_PULL) => {
                events.extend(pull_backs_off(known, status, key));
            }
            Stage::PodContainerCrash
                if status.state.running.is_some() && asked(Fault::Crash) == Some(true) =>
            {
                crash(known, status, now);
            }
            Stage::PodInitContainerCompleted if status.state.running.is_some() => {
                complete(known, status, now);
            }
            Stage::PodContainerBackOff if ended(known, status) => {
                let wait = back_offs.wait(known, status);
                events.push(backs_off(known, status, key, wait));
            }
            Stage::PodContainerRestart if ended(known, status) || crash_loops(known, status) => {
                back_offs.restarted(known, status, now);
                if let Some(ended) = status.state.terminated.take() {
                    status.last_state = ContainerState { terminated: Some(ended), ..Default::default() };
                }
                status.restart_count = status.restart_count.saturating_add(1);
                events.extend(start(known, status, key, now));
            }
            Stage::PodNotReady if asked(Fault::NotReady) == Some(true) => status.ready = false,
            Stage::PodReadyAgain if is_told_ready(known, status) => status.ready = true,
            _ => {}
        }
    }
    match turn {
        Some(_) => pod.status.init_container_statuses = statuses,
        None => pod.status.container_statuses = statuses,
    }
    report(pod, now);
    if turn.is_some() && initializing(pod) != turn {
        events.extend(pulling(pod, key));
    }
    events
}

/// The images of the containers whose turn it is are pulled.
pub(super) fn pulling(pod: &Pod, key: &ObjectKey) -> Vec<Write> {
    let readable = in_turn(pod).iter().filter(|status| unreadable(pod, status).is_none());
    let pulls = readable.map(|status| {
        let message = format!("Pulling image {:?}", status.image);
        about_part(key, path(pod, &status.name), EventType::Normal, "Pulling", message)
    });
    pulls.collect()
}

/// Phase and conditions as they follow from the containers.
pub(super) fn report(pod: &mut Pod, now: Time) {
    let phase = phase(pod);
    let names = |statuses: &mut dyn Iterator<Item = &ContainerStatus>| {
        statuses.map(|status| status.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let (init, container_statuses) = (&pod.status.init_container_statuses, &pod.status.container_statuses);
    let sidecars = init.iter().filter(|status| is_sidecar(pod, status));
    let unready = names(&mut sidecars.chain(container_statuses).filter(|status| !status.ready));
    let initialized = match initializing(pod) {
        None => Condition::new("Initialized", "True", "", ""),
        Some(_) => {
            let incomplete = names(&mut init.iter().filter(|status| !is_initialized(pod, status)));
            let message = format!("containers with incomplete status: [{incomplete}]");
            Condition::new("Initialized", "False", "ContainersNotInitialized", &message)
        }
    };
    pod.set_condition(initialized, now);
    let gated = gated(pod).filter(|_| unready.is_empty());
    // Told twice of each pod, and kept of thousands: in memory once.
    let which = match unready.is_empty() {
        true => EcoString::new(),
        false => ecow::eco_format!("containers with unready status: [{unready}]"),
    };
    for type_ in ["Ready", "ContainersReady"] {
        let condition = match (phase, &gated) {
            (_, Some(why)) if type_ == "Ready" => Condition::new(type_, "False", GATES_NOT_READY, why),
            _ if unready.is_empty() => Condition::new(type_, "True", "", ""),
            (SUCCEEDED, _) => Condition::new(type_, "False", "PodCompleted", ""),
            (FAILED, _) => Condition::new(type_, "False", "PodFailed", ""),
            _ => {
                let message = which.clone();
                Condition { message, ..Condition::new(type_, "False", "ContainersNotReady", "") }
            }
        };
        pod.set_condition(condition, now);
    }
    let is_started = |status: &ContainerStatus| Some(status.state.running.is_some());
    if pod.status.container_statuses.iter().any(|status| status.started != is_started(status)) {
        for status in pod.status.container_statuses.make_mut() {
            status.started = is_started(status);
        }
    }
    if !pod.status.conditions.iter().is_sorted_by_key(rank) {
        let mut sorted: Vec<Condition> = pod.status.conditions.to_vec();
        sort::by_key(&mut sorted, rank);
        pod.status.conditions = sorted.into();
    }
    pod.status.observed_generation = pod.metadata.generation;
    pod.status.phase = phase.into();
}

/// Where a kubelet puts a condition (`generateAPIPodStatus`): its own after those of others.
fn rank(condition: &Condition) -> usize {
    const OWN: [&str; 5] =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    OWN.iter().position(|own| *own == condition.type_).map_or(0, |at| at + 1)
}

/// Why a pod whose containers are ready is not: the conditions of its readiness gates that are not True
/// (`GeneratePodReadyCondition`).
fn gated(pod: &Pod) -> Option<String> {
    closed_gates(pod, pod.spec.rest.get("readinessGates")?)
}

#[inline(never)]
fn closed_gates(pod: &Pod, gates: &Value) -> Option<String> {
    let gates = gates.as_array()?;
    let closed = gates.iter().filter_map(|gate| {
        let type_ = gate.get("conditionType")?.as_str()?;
        match pod.condition(type_).map(|condition| condition.status.as_str()) {
            Some("True") => None,
            Some(status) => {
                Some(format!("the status of pod readiness gate {type_:?} is not \"True\", but {status}"))
            }
            None => Some(format!("corresponding condition of pod readiness gate {type_:?} does not exist.")),
        }
    });
    let closed: Vec<String> = closed.collect();
    if closed.is_empty() { None } else { Some(closed.join(", ")) }
}

fn phase(pod: &Pod) -> &'static str {
    if let Some(at) = initializing(pod) {
        let status = &pod.status.init_container_statuses[at];
        let ended = end_of(status).filter(|_| status.state.running.is_none());
        return if ended.is_some_and(|end| !is_restarted(pod, status, end)) { FAILED } else { PENDING };
    }
    let statuses = &pod.status.container_statuses;
    let waits = |status: &ContainerStatus| status.state.running.is_none() && end_of(status).is_none();
    if statuses.iter().any(waits) {
        return PENDING;
    }
    let restarts =
        |status: &ContainerStatus| end_of(status).is_some_and(|end| is_restarted(pod, status, end));
    if statuses.iter().any(|status| status.state.running.is_some() || restarts(status)) {
        return RUNNING;
    }
    let mut ends = statuses.iter().filter_map(end_of);
    match (statuses.is_empty(), ends.all(|end| end.exit_code == 0)) {
        (true, _) => RUNNING,
        (false, true) => SUCCEEDED,
        (false, false) => FAILED,
    }
}

/// How the container ended last.
fn end_of(status: &ContainerStatus) -> Option<&Rc<ContainerStateDetail>> {
    status.state.terminated.as_ref().or(status.last_state.terminated.as_ref())
}

/// Whether a container that ended so is started again (`ContainerShouldRestart`). An init container that ended well is
/// done, and not asked about.
fn is_restarted(pod: &Pod, status: &ContainerStatus, end: &ContainerStateDetail) -> bool {
    match pod.spec.restart_policy.as_str() {
        _ if is_sidecar(pod, status) => true,
        "Never" => false,
        "OnFailure" => end.exit_code != 0,
        _ => true,
    }
}

fn reason_to_wait(status: &ContainerStatus) -> Option<&str> {
    match &status.state {
        ContainerState { running: None, terminated: None, waiting, .. } => {
            Some(waiting.as_ref().map_or("", |waiting| waiting.reason.as_str()))
        }
        _ => None,
    }
}

fn waits_for(status: &ContainerStatus, reason: &str) -> bool {
    reason_to_wait(status) == Some(reason)
}

/// Whether it is about to be started for the first time.
fn starts(pod: &Pod, status: &ContainerStatus) -> bool {
    match reason_to_wait(status) {
        Some("" | "ContainerCreating" | "PodInitializing") => true,
        Some(INVALID_IMAGE_NAME) => unreadable(pod, status).is_none(),
        Some(ERR_IMAGE_PULL | IMAGE_PULL_BACK_OFF) => Fault::ImagePull.asked(pod, status) == Some(false),
        _ => false,
    }
}

/// Whether it has just ended and is to be started again. One that was listed so stays so.
fn ended(pod: &Pod, status: &ContainerStatus) -> bool {
    status.state.terminated.as_ref().is_some_and(|end| is_restarted(pod, status, end))
        && Fault::Crash.asked(pod, status).is_some()
}

fn crash_loops(pod: &Pod, status: &ContainerStatus) -> bool {
    waits_for(status, CRASH_LOOP_BACK_OFF) && Fault::Crash.asked(pod, status).is_some()
}

/// Whether nothing keeps a running container from being ready.
fn is_told_ready(pod: &Pod, status: &ContainerStatus) -> bool {
    status.state.running.is_some() && (status.ready || Fault::NotReady.asked(pod, status) == Some(false))
}

fn waiting(reason: &str, message: String) -> ContainerState {
    let waiting =
        ContainerStateDetail { reason: reason.into(), message: message.into(), ..Default::default() };
    ContainerState { waiting: Some(waiting.into()), ..Default::default() }
}

fn start(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey, now: Time) -> [Write; 2] {
    let running = ContainerStateDetail { started_at: Some(now), ..Default::default() };
    status.state = ContainerState { running: Some(running.into()), ..Default::default() };
    let is_init = pod.init_container(&status.name).is_some();
    let is_sidecar = is_sidecar(pod, status);
    if is_init {
        status.started = Some(is_sidecar);
    }
    status.ready = is_init == is_sidecar && Fault::NotReady.asked(pod, status) != Some(true);
    if let Some(container) = pod.container(&status.name) {
        status.image.clone_from(&container.image);
    }
    let path = path(pod, &status.name);
    [("Created", "Container created"), ("Started", "Container started")]
        .map(|(reason, message)| about_part(key, path.clone(), EventType::Normal, reason, message.into()))
}

/// The place of a container in its pod, as events name it (`pkg/kubelet/container/ref.go`).
pub(super) fn path(pod: &Pod, container: &str) -> EcoString {
    let list = if pod.init_container(container).is_some() { "initContainers" } else { "containers" };
    ecow::eco_format!("spec.{list}{{{container}}}")
}

/// Why the name of a container's image cannot be read; none if it can.
fn unreadable(pod: &Pod, status: &ContainerStatus) -> Option<String> {
    image::unreadable(&pod.container(&status.name)?.image)
}

/// `EnsureImageExists` in `pkg/kubelet/images/image_manager.go`. It is looked at again only when the image is another
/// one; upstream says the same at every sync.
#[inline(never)]
fn is_unreadable(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey, why: String) -> [Write; 2] {
    status.state = waiting(INVALID_IMAGE_NAME, why.clone());
    let path = path(pod, &status.name);
    [("InspectFailed", why), ("Failed", format!("Error: {INVALID_IMAGE_NAME}"))]
        .map(|(reason, message)| about_part(key, path.clone(), EventType::Warning, reason, message))
}

/// What containerd says of an image that does not exist.
fn pull_error(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: {image}: not found"
    )
}

#[inline(never)]
fn pull_fails(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey) -> [Write; 2] {
    let error = pull_error(&status.image);
    status.state = waiting(ERR_IMAGE_PULL, error.clone());
    let why = format!("Failed to pull image {:?}: {error}", status.image);
    let path = path(pod, &status.name);
    let failed = |message| about_part(key, path.clone(), EventType::Warning, "Failed", message);
    [failed(why), failed(format!("Error: {ERR_IMAGE_PULL}"))]
}

#[inline(never)]
fn pull_backs_off(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey) -> [Write; 2] {
    let message = format!("Back-off pulling image {:?}", status.image);
    let error = pull_error(&status.image);
    status.state = waiting(IMAGE_PULL_BACK_OFF, format!("{message}: {ERR_IMAGE_PULL}: {error}"));
    let path = path(pod, &status.name);
    let error = format!("Error: {IMAGE_PULL_BACK_OFF}");
    [
        about_part(key, path.clone(), EventType::Normal, "BackOff", message),
        about_part(key, path, EventType::Warning, "Failed", error),
    ]
}

/// An init container has done its work.
#[inline(never)]
fn complete(pod: &Pod, status: &mut ContainerStatus, now: Time) {
    if is_sidecar(pod, status) {
        (status.started, status.ready) = (Some(true), Fault::NotReady.asked(pod, status) != Some(true));
        return;
    }
    let started_at = status.state.running.as_ref().and_then(|running| running.started_at);
    let ended = ContainerStateDetail {
        reason: "Completed".into(),
        started_at,
        finished_at: Some(now),
        ..Default::default()
    };
    status.state = ContainerState { terminated: Some(ended.into()), ..Default::default() };
    (status.started, status.ready) = (Some(false), true);
}

#[inline(never)]
fn crash(pod: &Pod, status: &mut ContainerStatus, now: Time) {
    let exit_code = Fault::Crash.stage().annotation(&pod.metadata, "exit-code");
    let exit_code = exit_code.and_then(|text| text.parse().ok()).unwrap_or(1);
    let reason: EcoString = if exit_code == 0 { "Completed" } else { "Error" }.into();
    let ended = ContainerStateDetail {
        reason,
        exit_code,
        started_at: status.state.running.as_ref().and_then(|running| running.started_at),
        finished_at: Some(now),
        ..Default::default()
    };
    status.state = ContainerState { terminated: Some(ended.into()), ..Default::default() };
    status.ready = false;
}

#[inline(never)]
fn backs_off(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey, wait: Millis) -> Write {
    let metadata = &pod.metadata;
    let told = format!("{}_{}({})", metadata.name, metadata.namespace, metadata.uid);
    let wait = go_duration(wait);
    let name = &status.name;
    let state = waiting(
        CRASH_LOOP_BACK_OFF,
        format!("back-off {wait} restarting failed container={name} pod={told}"),
    );
    let ended = std::mem::replace(&mut status.state, state);
    status.last_state = ended;
    let message = format!("Back-off restarting failed container {name} in pod {told}");
    about_part(key, path(pod, name), EventType::Warning, "BackOff", message)
}

/// Whole seconds as Go prints a duration: `40s`, `1m20s`, `5m0s`.
fn go_duration(duration: Millis) -> String {
    let seconds = duration.0 / 1000;
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{}s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_as_go_prints_a_duration() {
        let told = [10, 20, 40, 80, 160, 300].map(|seconds| go_duration(Millis::seconds(seconds)));
        assert_eq!(told, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]);
    }
}
