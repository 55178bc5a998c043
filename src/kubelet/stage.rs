//! The stages of a pod's and a node's life. Upstream: `kwok:kustomize/stage/pod/general`, `stage/pod/chaos`,
//! `stage/node/chaos`; the texts of conditions and events are the kubelet's.
//!
//! What the list of nodes and pods states stays so: a node that is listed as NotReady, a pod that is listed in
//! CrashLoopBackOff. Only what a stage made is undone by another stage.

use super::admission::{self, Rejected};
use super::back_off::BackOffs;
use super::node::healthy_conditions;
use super::{about_part, address, containers, draw, event, parse_duration};
use crate::api::{
    Condition, Container, ContainerState, ContainerStateDetail, ContainerStatus, EcoString, FAILED, Millis,
    Node, Object, ObjectKey, ObjectMeta, PENDING, Pod, RUNNING, Time, set_condition,
};
use crate::cluster::{EventType, Propagation, World, Write};
use std::rc::Rc;

/// A stage, under KWOK's name where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Bound → Failed: the kubelet does not take it.
    PodRejected,
    /// Bound → ContainerCreating.
    PodCreate,
    /// Init:0/1 → the next init container runs; of a sidecar that is all.
    PodInitContainerRunning,
    /// The init container that runs has done its work.
    PodInitContainerCompleted,
    /// ContainerCreating → Running and ready.
    PodReady,
    /// ContainerCreating → ErrImagePull, for images that cannot be pulled ([`super::Fault`]).
    PodImagePullFailed,
    /// ErrImagePull → ImagePullBackOff.
    PodImagePullBackOff,
    /// Running → not ready, for containers that are never ready.
    PodNotReady,
    /// Running → ready again, after its node came back.
    PodReadyAgain,
    /// Running → Error, for containers that crash.
    PodContainerCrash,
    /// Error → CrashLoopBackOff.
    PodContainerBackOff,
    /// Error or CrashLoopBackOff → Running.
    PodContainerRestart,
    /// Running → Failed, for pods with the label `pod-container-running-failed.stage.kwok.x-k8s.io: "true"`.
    PodContainerRunningFailed,
    /// Terminating → gone.
    PodDelete,
    /// Ready → not ready, for nodes with the label `node-not-ready.stage.kwok.x-k8s.io: "true"`.
    NodeNotReady,
    /// Not ready → Ready, without that label.
    NodeReady,
}

/// How long a stage takes that nothing else is said about.
const DEFAULT_DELAY: Millis = Millis(1000);

/// KWOK's names of the stages.
macro_rules! names {
    ($($stage:ident: $name:literal,)*) => {
        impl Stage {
            /// KWOK's name, from which the label and the annotations are made.
            pub fn name(self) -> &'static str {
                match self {
                    $(Stage::$stage => $name,)*
                }
            }

            /// The label that asks for a fault.
            pub fn label(self) -> &'static str {
                match self {
                    $(Stage::$stage => concat!($name, ".stage.kwok.x-k8s.io"),)*
                }
            }
        }
    };
}

names! {
    PodRejected: "pod-rejected",
    PodCreate: "pod-create",
    PodInitContainerRunning: "pod-init-container-running",
    PodInitContainerCompleted: "pod-init-container-completed",
    PodReady: "pod-ready",
    PodImagePullFailed: "pod-image-pull-failed",
    PodImagePullBackOff: "pod-image-pull-back-off",
    PodNotReady: "pod-not-ready",
    PodReadyAgain: "pod-ready-again",
    PodContainerCrash: "pod-container-crash",
    PodContainerBackOff: "pod-container-back-off",
    PodContainerRestart: "pod-container-restart",
    PodContainerRunningFailed: "pod-container-running-failed",
    PodDelete: "pod-delete",
    NodeNotReady: "node-not-ready",
    NodeReady: "node-ready",
}

impl Stage {
    /// The stage that an object is in.
    pub(super) fn of(world: &World, object: &Object, back_offs: &BackOffs) -> Option<Stage> {
        match object {
            Object::Pod(pod) => Self::of_pod(world, pod, back_offs),
            Object::Node(node) => Self::of_node(node),
            _ => None,
        }
    }

    fn of_pod(world: &World, pod: &Pod, back_offs: &BackOffs) -> Option<Stage> {
        let node = world.node(pod.node()?)?;
        if pod.metadata.is_terminating() {
            // A pod that somebody holds is stopped all the same, and then has no grace left.
            let is_stopped = pod.metadata.deletion_grace_period_seconds == Some(0);
            return (pod.metadata.finalizers.is_empty() || !is_stopped).then_some(Stage::PodDelete);
        }
        let started = !pod.status.container_statuses.is_empty();
        let asked_to_fail = || pod.metadata.labels.get(Stage::PodContainerRunningFailed.label());
        match pod.status.phase.as_str() {
            "" | PENDING if !started => match admission::rejection(world, node, pod) {
                Some(_) => Some(Stage::PodRejected),
                None => Some(Stage::PodCreate),
            },
            RUNNING if asked_to_fail().is_some_and(|value| value == "true") => {
                Some(Stage::PodContainerRunningFailed)
            }
            "" | PENDING | RUNNING => containers::next(pod, node.ready() == Some("True"), back_offs),
            _ => None,
        }
    }

    fn of_node(node: &Node) -> Option<Stage> {
        let asked =
            node.metadata.labels.get(Stage::NodeNotReady.label()).is_some_and(|value| value == "true");
        match node.ready() {
            Some("True") if asked => Some(Stage::NodeNotReady),
            // It was silent and runs again.
            Some("Unknown") if !asked => Some(Stage::NodeReady),
            Some("False") if !asked && Self::made_not_ready(node) => Some(Stage::NodeReady),
            _ => None,
        }
    }

    /// Whether it was [`Stage::NodeNotReady`] that made the node NotReady, not a list.
    fn made_not_ready(node: &Node) -> bool {
        let reason = Stage::NodeNotReady.said(&node.metadata, "reason", "nodeFailed");
        node.condition("Ready").is_some_and(|ready| ready.reason == reason)
    }

    /// What an annotation `<label>/<what>` says.
    pub(super) fn annotation<'a>(self, metadata: &'a ObjectMeta, what: &str) -> Option<&'a EcoString> {
        // Most objects have none: no text is made to look for it.
        let key = (!metadata.annotations.is_empty()).then(|| format!("{}/{what}", self.label()))?;
        metadata.annotations.get(&key)
    }

    /// The same, or what is said where it says nothing.
    pub(super) fn said(self, metadata: &ObjectMeta, what: &str, otherwise: &str) -> EcoString {
        self.annotation(metadata, what).cloned().unwrap_or_else(|| otherwise.into())
    }

    /// How long the stage takes for this object: its annotation `<stage>.stage.kwok.x-k8s.io/delay`, stretched to
    /// some point up to `…/jitter-delay` if that is longer; else 1 s. A deletion takes no longer than its grace, a
    /// rejection no time.
    pub(super) fn delay(self, object: &Object, seed: u64, back_offs: &BackOffs) -> Millis {
        if self == Stage::PodRejected {
            return Millis(0);
        }
        let annotation = |what: &str| parse_duration(self.annotation(object.metadata(), what)?);
        let otherwise = match object {
            Object::Pod(pod) if self == Stage::PodContainerRestart => {
                let since_the_end = Stage::PodContainerBackOff.delay(object, seed, back_offs);
                containers::restart_delay(pod, since_the_end, back_offs)
            }
            _ => None,
        };
        let delay = annotation("delay").or(otherwise).unwrap_or(DEFAULT_DELAY).max(Millis(0));
        let delay = match annotation("jitter-delay") {
            Some(jitter) if jitter > delay => {
                Millis(delay.0 + draw(seed, object, self.name(), jitter.0 - delay.0 + 1))
            }
            _ => delay,
        };
        match (self, object.metadata().deletion_grace_period_seconds) {
            (Stage::PodDelete, Some(grace)) => delay.min(Millis::seconds(grace)),
            _ => delay,
        }
    }

    /// What the end of the stage writes.
    pub(super) fn writes(
        self,
        world: &World,
        object: &Object,
        now: Time,
        back_offs: &mut BackOffs,
        ranges: &mut address::PodRanges,
    ) -> Vec<Write> {
        let key = object.key();
        match object {
            Object::Pod(pod) if self == Stage::PodDelete => {
                let all = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
                let running = all.filter(|status| status.state.running.is_some());
                let mut writes: Vec<Write> =
                    running.map(|status| stopping(pod, &key, &status.name)).collect();
                let propagation = Propagation::Background;
                writes.push(Write::Delete { key, grace_seconds: Some(0), propagation });
                writes
            }
            Object::Pod(pod) if self == Stage::PodRejected => {
                let node = pod.node().and_then(|name| world.node(name));
                let rejected = node.and_then(|node| admission::rejection(world, node, pod));
                rejected.map(|rejected| reject(pod, &key, rejected, now)).unwrap_or_default()
            }
            Object::Pod(pod) => {
                let mut pod = Rc::clone(pod);
                if self == Stage::PodCreate {
                    ranges.give(world, Rc::make_mut(&mut pod));
                }
                let events = self.advance(Rc::make_mut(&mut pod), &key, now, back_offs);
                let mut writes = vec![Write::UpdateStatus(Object::Pod(pod))];
                writes.extend(events);
                writes
            }
            Object::Node(node) => {
                let mut node = Rc::clone(node);
                let name = node.metadata.name.clone();
                self.report(Rc::make_mut(&mut node), now);
                let reason = if self == Stage::NodeReady { "NodeReady" } else { "NodeNotReady" };
                let told =
                    event(&key, EventType::Normal, reason, format!("Node {name} status is now: {reason}"));
                let exists = world.node(&name).is_some();
                if exists { vec![Write::UpdateStatus(Object::Node(node)), told] } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    fn advance(self, pod: &mut Pod, key: &ObjectKey, now: Time, back_offs: &mut BackOffs) -> Vec<Write> {
        match self {
            Stage::PodCreate => {
                let spec = Rc::clone(&pod.spec);
                pod.set_condition(Condition::new("PodReadyToStartContainers", "True", "", ""), now);
                let status = &mut pod.status;
                status.start_time = Some(now);
                let has_init = !spec.init_containers.is_empty();
                let reason = if has_init { "PodInitializing" } else { "ContainerCreating" }.into();
                let waiting = ContainerStateDetail { reason, ..Default::default() };
                let state = ContainerState { waiting: Some(waiting.into()), ..Default::default() };
                // Also an empty list would take the room of what few pods have.
                if has_init {
                    status.init_container_statuses = statuses(&spec.init_containers, &state).into();
                }
                status.container_statuses = statuses(&spec.containers, &state).into();
                containers::report(pod, now);
                containers::pulling(pod, key)
            }
            Stage::PodContainerRunningFailed => {
                self.fail(pod, now);
                Vec::new()
            }
            _ => containers::advance(self, pod, key, now, back_offs),
        }
    }

    #[inline(never)]
    fn fail(self, pod: &mut Pod, now: Time) {
        let said = |what: &str, otherwise: &str| self.said(&pod.metadata, what, otherwise);
        let (reason, message) = (said("reason", "Error"), said("message", "container failed"));
        let exit_code = said("exit-code", "1").parse().unwrap_or(1);
        let only = said("container-name", "");
        for type_ in ["Ready", "ContainersReady"] {
            pod.set_condition(Condition::new(type_, "False", "PodFailed", ""), now);
        }
        let status = &mut pod.status;
        status.observed_generation = pod.metadata.generation;
        status.phase = FAILED.into();
        let ended =
            ContainerStateDetail { reason, message, exit_code, finished_at: Some(now), ..Default::default() };
        let state = ContainerState { terminated: Some(ended.into()), ..Default::default() };
        let failed = statuses(&pod.spec.containers, &state);
        for (old, failed) in status.container_statuses.make_mut().iter_mut().zip(failed) {
            if only.is_empty() || only == old.name {
                *old = ContainerStatus { restart_count: old.restart_count, ..failed };
            }
        }
    }

    #[inline(never)]
    fn report(self, node: &mut Node, now: Time) {
        let said = |what: &str, otherwise: &str| Stage::NodeNotReady.said(&node.metadata, what, otherwise);
        let condition = if self == Stage::NodeReady {
            Condition::new("Ready", "True", "KubeletReady", "kubelet is posting ready status")
        } else {
            Condition::new("Ready", "False", &said("reason", "nodeFailed"), &said("message", "node failed"))
        };
        set_condition(&mut node.status.conditions, condition.told(now), now);
        if self == Stage::NodeReady {
            let is_known = |type_: &str| node.condition(type_).is_some_and(|known| known.status != "Unknown");
            let unknown: Vec<_> =
                healthy_conditions().into_iter().filter(|healthy| !is_known(&healthy.type_)).collect();
            for condition in unknown {
                set_condition(&mut node.status.conditions, condition.told(now), now);
            }
        }
    }
}

fn statuses(containers: &[Container], state: &ContainerState) -> Vec<ContainerStatus> {
    let status = |container: &Container| ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone(),
        state: state.clone(),
        started: Some(false),
        ..Default::default()
    };
    containers.iter().map(status).collect()
}

/// A pod that is turned away has failed (`Kubelet.rejectPod`).
#[inline(never)]
fn reject(pod: &Rc<Pod>, key: &ObjectKey, rejected: Rejected, now: Time) -> Vec<Write> {
    let mut pod = Rc::clone(pod);
    let generation = pod.metadata.generation;
    let status = &mut Rc::make_mut(&mut pod).status;
    status.phase = FAILED.into();
    status.message = format!("Pod was rejected: {}", rejected.message).into();
    status.reason = rejected.reason.as_str().into();
    status.start_time.get_or_insert(now);
    status.observed_generation = generation;
    vec![
        Write::UpdateStatus(Object::Pod(pod)),
        event(key, EventType::Warning, rejected.reason, rejected.message),
    ]
}

fn stopping(pod: &Pod, key: &ObjectKey, container: &str) -> Write {
    let path = containers::path(pod, container);
    about_part(key, path, EventType::Normal, "Killing", format!("Stopping container {container}"))
}
