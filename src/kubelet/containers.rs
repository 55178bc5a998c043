//! What becomes of the containers of a pod that its kubelet has taken: they start, are ready, crash and are started
//! again, or wait for an image. Upstream: `pkg/kubelet/kuberuntime`, `pkg/kubelet/images`, `getPhase` in
//! `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/status/generate.go`.
//!
//! What is different: an image that could not be pulled is tried again only when the fault ends, so that a cluster
//! with such a pod comes to rest at ImagePullBackOff; upstream tries again, in vain, with the same back-off as for
//! crashes. Init containers are not run.

use super::fault::Fault;
use super::{Stage, event};
use crate::api::{
    Condition, ContainerState, ContainerStateDetail, ContainerStatus, EcoString, FAILED, Millis, ObjectKey,
    PENDING, Pod, RUNNING, SUCCEEDED, Time,
};
use crate::cluster::{EventType, Write};
use std::rc::Rc;

const ERR_IMAGE_PULL: &str = "ErrImagePull";
const IMAGE_PULL_BACK_OFF: &str = "ImagePullBackOff";
const CRASH_LOOP_BACK_OFF: &str = "CrashLoopBackOff";

/// First and longest wait between the end of a container and its next start.
const BACK_OFF: (Millis, Millis) = (Millis::seconds(10), Millis::seconds(300));

/// How long a container that was started again so often waits for the next start. The first is at once.
fn back_off(restarts: i32) -> Millis {
    match restarts {
        ..=0 => Millis(0),
        again => {
            let doubled = BACK_OFF.0.0.checked_shl((again - 1).min(30).cast_unsigned());
            Millis(doubled.unwrap_or(i64::MAX)).min(BACK_OFF.1)
        }
    }
}

/// The next stage of a pod whose containers are known, if it has one.
pub(super) fn next(pod: &Pod, node_is_ready: bool) -> Option<Stage> {
    let statuses = &pod.status.container_statuses;
    let any = |holds: &dyn Fn(&ContainerStatus) -> bool| statuses.iter().any(holds);
    let has = |fault: Fault, status: &ContainerStatus| fault.asked(pod, status) == Some(true);
    let starts = |status: &ContainerStatus| starts(pod, status);
    if any(&|status| waits_for(status, ERR_IMAGE_PULL) && has(Fault::ImagePull, status)) {
        return Some(Stage::PodImagePullBackOff);
    }
    if any(&|status| starts(status) && has(Fault::ImagePull, status)) {
        return Some(Stage::PodImagePullFailed);
    }
    if any(&starts) {
        return Some(Stage::PodReady);
    }
    if any(&|status| ended(pod, status) && back_off(status.restart_count).0 > 0) {
        return Some(Stage::PodContainerBackOff);
    }
    if any(&|status| ended(pod, status)) {
        return Some(Stage::PodContainerRestart);
    }
    if any(&|status| status.state.running.is_some() && has(Fault::Crash, status)) {
        return Some(Stage::PodContainerCrash);
    }
    if any(&|status| crash_loops(pod, status)) {
        return Some(Stage::PodContainerRestart);
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
    (heals || is_marked && node_is_ready).then_some(Stage::PodReadyAgain)
}

/// How long a pod whose containers crash waits before they are started again.
pub(super) fn restart_delay(pod: &Pod, since_the_end: Millis) -> Option<Millis> {
    let waiting = pod.status.container_statuses.iter().filter(|status| crash_loops(pod, status));
    let least = waiting.map(|status| back_off(status.restart_count)).min()?;
    Some(Millis((least.0 - since_the_end.0).max(0)))
}

/// What the end of a stage makes of the pod, and the events that tell of it.
pub(super) fn advance(stage: Stage, pod: &mut Pod, key: &ObjectKey, now: Time) -> Vec<Write> {
    let known = pod.clone();
    let mut events = Vec::new();
    for status in pod.status.container_statuses.make_mut() {
        let asked = |fault: Fault| fault.asked(&known, status);
        match stage {
            Stage::PodReady | Stage::PodImagePullFailed if starts(&known, status) => {
                if asked(Fault::ImagePull) == Some(true) {
                    events.extend(pull_fails(status, key));
                } else {
                    events.push(start(&known, status, key, now));
                }
            }
            Stage::PodImagePullBackOff if waits_for(status, ERR_IMAGE_PULL) => {
                events.extend(pull_backs_off(status, key));
            }
            Stage::PodContainerCrash
                if status.state.running.is_some() && asked(Fault::Crash) == Some(true) =>
            {
                crash(&known, status, now);
            }
            Stage::PodContainerBackOff if ended(&known, status) => {
                events.push(backs_off(&known, status, key))
            }
            Stage::PodContainerRestart if ended(&known, status) || crash_loops(&known, status) => {
                if let Some(ended) = status.state.terminated.take() {
                    status.last_state = ContainerState { terminated: Some(ended), ..Default::default() };
                }
                status.restart_count = status.restart_count.saturating_add(1);
                events.push(start(&known, status, key, now));
            }
            Stage::PodNotReady if asked(Fault::NotReady) == Some(true) => status.ready = false,
            Stage::PodReadyAgain if is_told_ready(&known, status) => status.ready = true,
            _ => {}
        }
    }
    report(pod, now);
    events
}

/// Phase and conditions as they follow from the containers.
pub(super) fn report(pod: &mut Pod, now: Time) {
    let phase = phase(pod);
    let names = |statuses: &[ContainerStatus]| {
        let unready = statuses.iter().filter(|status| !status.ready);
        unready.map(|status| status.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let unready = names(&pod.status.container_statuses);
    for type_ in ["Ready", "ContainersReady"] {
        let condition = match phase {
            _ if unready.is_empty() => Condition::new(type_, "True", "", ""),
            SUCCEEDED => Condition::new(type_, "False", "PodCompleted", ""),
            FAILED => Condition::new(type_, "False", "PodFailed", ""),
            _ => {
                let message = format!("containers with unready status: [{unready}]");
                Condition::new(type_, "False", "ContainersNotReady", &message)
            }
        };
        pod.set_condition(condition, now);
    }
    pod.status.observed_generation = pod.metadata.generation;
    pod.status.phase = phase.into();
}

fn phase(pod: &Pod) -> &'static str {
    let statuses = &pod.status.container_statuses;
    let waits = |status: &ContainerStatus| status.state.running.is_none() && end_of(status).is_none();
    if statuses.iter().any(waits) {
        return PENDING;
    }
    let mut ends = statuses.iter().filter(|status| status.state.running.is_none()).filter_map(end_of);
    let restarts = |end: &ContainerStateDetail| is_restarted(pod, end);
    if statuses.iter().any(|status| status.state.running.is_some()) || ends.clone().any(|end| restarts(end)) {
        return RUNNING;
    }
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

/// Whether a container that ended so is started again (`ContainerShouldRestart`).
fn is_restarted(pod: &Pod, end: &ContainerStateDetail) -> bool {
    match pod.spec.restart_policy.as_str() {
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
        Some(ERR_IMAGE_PULL | IMAGE_PULL_BACK_OFF) => Fault::ImagePull.asked(pod, status) == Some(false),
        _ => false,
    }
}

/// Whether it has just ended and is to be started again. One that was listed so stays so.
fn ended(pod: &Pod, status: &ContainerStatus) -> bool {
    status.state.terminated.as_ref().is_some_and(|end| is_restarted(pod, end))
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

fn start(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey, now: Time) -> Write {
    let running = ContainerStateDetail { started_at: Some(now), ..Default::default() };
    status.state = ContainerState { running: Some(running.into()), ..Default::default() };
    status.ready = Fault::NotReady.asked(pod, status) != Some(true);
    if let Some(container) = pod.spec.containers.iter().find(|container| container.name == status.name) {
        status.image.clone_from(&container.image);
    }
    event(key, EventType::Normal, "Started", "Container started".into())
}

/// What containerd says of an image that does not exist.
fn pull_error(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: {image}: not found"
    )
}

fn pull_fails(status: &mut ContainerStatus, key: &ObjectKey) -> [Write; 2] {
    let error = pull_error(&status.image);
    status.state = waiting(ERR_IMAGE_PULL, error.clone());
    let why = format!("Failed to pull image {:?}: {error}", status.image);
    let failed = |message| event(key, EventType::Warning, "Failed", message);
    [failed(why), failed(format!("Error: {ERR_IMAGE_PULL}"))]
}

fn pull_backs_off(status: &mut ContainerStatus, key: &ObjectKey) -> [Write; 2] {
    let message = format!("Back-off pulling image {:?}", status.image);
    let error = pull_error(&status.image);
    status.state = waiting(IMAGE_PULL_BACK_OFF, format!("{message}: {ERR_IMAGE_PULL}: {error}"));
    [
        event(key, EventType::Normal, "BackOff", message),
        event(key, EventType::Warning, "Failed", format!("Error: {IMAGE_PULL_BACK_OFF}")),
    ]
}

fn crash(pod: &Pod, status: &mut ContainerStatus, now: Time) {
    let said = |what: &str| {
        let key = format!("{}/{what}", Fault::Crash.label());
        pod.metadata.annotations.get(key.as_str()).cloned()
    };
    let exit_code = said("exit-code").and_then(|text| text.parse().ok()).unwrap_or(1);
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

fn backs_off(pod: &Pod, status: &mut ContainerStatus, key: &ObjectKey) -> Write {
    let metadata = &pod.metadata;
    let told = format!("{}_{}({})", metadata.name, metadata.namespace, metadata.uid);
    let wait = go_duration(back_off(status.restart_count));
    let name = &status.name;
    let state = waiting(
        CRASH_LOOP_BACK_OFF,
        format!("back-off {wait} restarting failed container={name} pod={told}"),
    );
    let ended = std::mem::replace(&mut status.state, state);
    status.last_state = ended;
    let message = format!("Back-off restarting failed container {name} in pod {told}");
    event(key, EventType::Warning, "BackOff", message)
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
    fn the_waits_between_restarts_double_up_to_five_minutes() {
        let waits: Vec<i64> = (0..8).map(|restarts| back_off(restarts).0 / 1000).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(back_off(i32::MAX), BACK_OFF.1);
        let told: Vec<String> = (1..7).map(|restarts| go_duration(back_off(restarts))).collect();
        assert_eq!(told, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]);
    }
}
