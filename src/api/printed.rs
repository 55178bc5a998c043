//! The columns READY, STATUS and RESTARTS of a pod, as `kubectl get pods` prints them. Upstream: `printPod` in
//! `pkg/printers/internalversion/printers.go`.

use super::{ContainerState, ContainerStatus, FAILED, Pod, SUCCEEDED, Time};

/// The columns of a pod that depend on its containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrintedPod {
    /// Containers that are ready.
    pub ready: usize,
    /// All containers, sidecars among them.
    pub containers: usize,
    /// STATUS: `Running`, `ContainerCreating`, `CrashLoopBackOff`, `Terminating` …
    pub status: String,
    /// How often containers were started again.
    pub restarts: i32,
    /// When a container that was started again ended last.
    pub last_restart: Option<Time>,
}

impl PrintedPod {
    /// Reads a pod's columns.
    pub fn of(pod: &Pod) -> Self {
        let sidecars = pod.spec.init_containers.iter().filter(|container| container.is_sidecar()).count();
        let mut printed = PrintedPod {
            containers: pod.spec.containers.len() + sidecars,
            status: pod.status.phase.to_string(),
            ..Default::default()
        };
        if !pod.status.reason.is_empty() {
            printed.status = pod.status.reason.to_string();
        }
        if pod.condition("PodScheduled").is_some_and(|condition| condition.reason == "SchedulingGated") {
            printed.status = "SchedulingGated".into();
        }
        let of_sidecars = printed.read_init_containers(pod);
        let initialized = pod.condition("Initialized").is_some_and(|condition| condition.status == "True");
        if of_sidecars.is_done || initialized {
            (printed.restarts, printed.last_restart) = (of_sidecars.restarts, of_sidecars.last_restart);
            printed.read_containers(pod);
        }
        if pod.metadata.is_terminating() {
            if pod.status.reason == "NodeLost" {
                printed.status = "Unknown".into();
            } else if ![SUCCEEDED, FAILED].contains(&pod.status.phase.as_str()) {
                printed.status = "Terminating".into();
            }
        }
        printed
    }

    fn restarted(&mut self, status: &ContainerStatus) {
        self.restarts += status.restart_count;
        let ended = status.last_state.terminated.as_ref().and_then(|ended| ended.finished_at);
        self.last_restart = self.last_restart.max(ended);
    }

    fn read_init_containers(&mut self, pod: &Pod) -> Sidecars {
        let specs = &pod.spec.init_containers;
        let mut sidecars = Sidecars { is_done: true, ..Default::default() };
        for (index, status) in pod.status.init_container_statuses.iter().enumerate() {
            self.restarted(status);
            let restartable =
                specs.iter().any(|container| container.name == status.name && container.is_sidecar());
            if restartable {
                let mut own = PrintedPod { last_restart: sidecars.last_restart, ..Default::default() };
                own.restarted(status);
                sidecars.restarts += own.restarts;
                sidecars.last_restart = own.last_restart;
            }
            let ended = status.state.terminated.as_ref();
            let waits_for = status.state.waiting.as_ref().map(|waiting| waiting.reason.as_str());
            self.status = match (ended, waits_for) {
                (Some(ended), _) if ended.exit_code == 0 => continue,
                _ if restartable && status.started == Some(true) => {
                    self.ready += usize::from(status.ready);
                    continue;
                }
                (Some(_), _) => format!("Init:{}", end(&status.state)),
                (None, Some(reason)) if !["", "PodInitializing"].contains(&reason) => {
                    format!("Init:{reason}")
                }
                _ => format!("Init:{index}/{}", specs.len()),
            };
            sidecars.is_done = false;
            break;
        }
        sidecars
    }

    fn read_containers(&mut self, pod: &Pod) {
        let mut runs = false;
        let mut error = String::new();
        for status in pod.status.container_statuses.iter().rev() {
            self.restarted(status);
            let waits_for = status.state.waiting.as_ref().map_or("", |waiting| waiting.reason.as_str());
            if !waits_for.is_empty() {
                self.status = waits_for.to_owned();
            } else if let Some(ended) = &status.state.terminated {
                self.status = end(&status.state);
                if ended.exit_code != 0 {
                    error.clone_from(&self.status);
                }
            } else if status.ready && status.state.running.is_some() {
                runs = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" {
            if runs && pod.is_ready() {
                self.status = "Running".into();
            } else if !error.is_empty() {
                self.status = error;
            } else if runs {
                self.status = "NotReady".into();
            }
        }
    }
}

#[derive(Default)]
struct Sidecars {
    is_done: bool,
    restarts: i32,
    last_restart: Option<Time>,
}

/// How a container ended, in a word.
fn end(state: &ContainerState) -> String {
    match &state.terminated {
        Some(ended) if !ended.reason.is_empty() => ended.reason.to_string(),
        Some(ended) if ended.signal != 0 => format!("Signal:{}", ended.signal),
        ended => format!("ExitCode:{}", ended.as_ref().map_or(0, |ended| ended.exit_code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn printed(metadata: Value, status: Value) -> String {
        let init = json!([{ "name": "setup" }, { "name": "side", "restartPolicy": "Always" }]);
        let init = if status["initContainerStatuses"].is_null() { json!([]) } else { init };
        let spec = json!({ "containers": [{ "name": "a" }, { "name": "b" }], "initContainers": init });
        let pod = json!({ "metadata": metadata, "spec": spec, "status": status });
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let PrintedPod { ready, containers, status, restarts, .. } = PrintedPod::of(&pod);
        format!("{ready}/{containers} {status} {restarts}")
    }

    #[test]
    fn a_pod_is_printed_as_kubectl_prints_it() {
        let container = |name: &str, state: Value, ready: bool, restarts: i32| json!({ "name": name, "state": state, "ready": ready, "restartCount": restarts });
        let running = || json!({ "running": {} });
        let waits = |reason: &str| json!({ "waiting": { "reason": reason } });
        let ended = |code: i32, reason: &str| json!({ "terminated": { "exitCode": code, "reason": reason } });
        let none = || json!({});
        let deleted = || json!({ "deletionTimestamp": "2026-01-01T00:00:00Z" });
        let ready = || json!([{ "type": "Ready", "status": "True" }]);
        for (metadata, status, expected) in [
            (none(), json!({ "phase": "Pending" }), "0/2 Pending 0"),
            (
                none(),
                json!({ "phase": "Pending", "conditions": [{ "type": "PodScheduled", "reason": "SchedulingGated" }] }),
                "0/2 SchedulingGated 0",
            ),
            (
                none(),
                json!({ "phase": "Running", "containerStatuses":
                    [container("a", running(), true, 0), container("b", waits("CrashLoopBackOff"), false, 3)] }),
                "1/2 CrashLoopBackOff 3",
            ),
            (
                none(),
                json!({ "phase": "Running", "containerStatuses":
                    [container("a", running(), true, 0), container("b", ended(137, "OOMKilled"), false, 1)] }),
                "1/2 OOMKilled 1",
            ),
            (
                none(),
                json!({ "phase": "Running", "containerStatuses":
                    [container("a", ended(2, ""), false, 0), container("b", running(), true, 0)] }),
                "1/2 ExitCode:2 0",
            ),
            (
                none(),
                json!({ "phase": "Running", "conditions": ready(), "containerStatuses":
                    [container("a", ended(0, "Completed"), false, 0), container("b", running(), true, 0)] }),
                "1/2 Running 0",
            ),
            (
                none(),
                json!({ "phase": "Running", "containerStatuses":
                    [container("a", ended(0, "Completed"), false, 0), container("b", running(), true, 0)] }),
                "1/2 NotReady 0",
            ),
            (none(), json!({ "phase": "Failed", "reason": "Evicted" }), "0/2 Evicted 0"),
            (deleted(), json!({ "phase": "Running" }), "0/2 Terminating 0"),
            (deleted(), json!({ "phase": "Failed" }), "0/2 Failed 0"),
            (deleted(), json!({ "phase": "Running", "reason": "NodeLost" }), "0/2 Unknown 0"),
            (
                none(),
                json!({ "phase": "Pending", "initContainerStatuses": [container("setup", running(), false, 2)],
                    "containerStatuses": [container("a", waits("PodInitializing"), false, 0)] }),
                "0/3 Init:0/2 2",
            ),
            (
                none(),
                json!({ "phase": "Pending", "initContainerStatuses": [container("setup", ended(1, "Error"), false, 1)] }),
                "0/3 Init:Error 1",
            ),
            (
                none(),
                json!({ "phase": "Pending",
                    "initContainerStatuses": [container("setup", waits("ImagePullBackOff"), false, 0)] }),
                "0/3 Init:ImagePullBackOff 0",
            ),
        ] {
            assert_eq!(printed(metadata, status.clone()), expected, "{status}");
        }
    }
}
