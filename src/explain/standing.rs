//! Where a pod stands, and who decided that: as a whole predicate for the head of Why?, and in a few words for cards
//! and lists.
//!
//! Of all components that have a say the one counts that decided last: whoever deletes the pod, then its kubelet, then
//! the scheduler.

use super::ended_by::ended_by;
use super::measure::{Measure, lacking};
use super::piece::{Piece, count, listed, sentence};
use super::pods::{name_end, status};
use super::span::whole;
use super::turned_away::{grounds, is_turned_away, taken};
use crate::api::requests::host_ports;
use crate::api::{
    ContainerStatus, Kind, Labels, NO_EXECUTE, NO_SCHEDULE, Node, ObjectKey, Pod, RUNNING, SUCCEEDED,
    untolerated,
};
use crate::cluster::{World, silent_since};
use crate::controllers::daemonset::bounds::surges;
use crate::controllers::daemonset::pod::HASH_LABEL;
use crate::kubelet::{Fault, GATES_NOT_READY};
use crate::scheduler::{
    NO_VICTIMS, NodeVerdict, PodRules, SchedulerTrace, SchedulingResult, SchedulingTrace, is_served,
};
use crate::sim::{Timeline, Trace};
use std::rc::Rc;

/// Where a pod stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// What goes on from the pod's name, without the full stop: `is Pending: n1, the only node it may run on, …`.
    pub predicate: Vec<Piece>,
    /// The grounds in a few words; empty where there are none to tell.
    pub short: Vec<Piece>,
    /// What to do about it, in sentences; empty where nothing needs to be done.
    pub remedy: Vec<Piece>,
}

impl Standing {
    fn of(predicate: Vec<Piece>) -> Self {
        Standing { predicate, ..Standing::default() }
    }

    /// The head of the pod's own Why?: the predicate as a sentence, and what to do.
    pub(super) fn headline(self) -> Vec<Piece> {
        let mut told = self.predicate;
        if let Some(Piece::Text(first)) = told.first_mut() {
            // "is Pending" starts a sentence as "Pending", as kubectl prints it.
            let bare = ["is in ", "is "].iter().find_map(|verb| first.strip_prefix(verb));
            let bare = bare.filter(|rest| rest.starts_with(|letter: char| letter.is_uppercase()));
            *first = bare.unwrap_or(first).to_owned();
        }
        let mut told = capital(told);
        told.push(Piece::Text(".".into()));
        told.extend(self.remedy);
        told
    }
}

/// A clause as the beginning of a sentence.
fn capital(mut clause: Vec<Piece>) -> Vec<Piece> {
    if let Some(Piece::Text(first)) = clause.first_mut() {
        let mut letters = first.chars();
        *first =
            letters.next().into_iter().map(|letter| letter.to_ascii_uppercase()).chain(letters).collect();
    }
    clause
}

/// STATUS of a pod with the grounds: `Pending (Insufficient memory: asks 200Mi, 51Mi free)`.
pub(super) fn status_and_grounds(timeline: &Timeline, pod: &Rc<Pod>) -> Vec<Piece> {
    let mut told = vec![Piece::Text(status(pod))];
    let short = standing(timeline, pod).short;
    // Grounds that begin with the STATUS need not follow it.
    if short.first().is_some_and(|first| first.words() == told[0].words()) {
        return short;
    }
    if !short.is_empty() {
        told.push(Piece::Text(" (".into()));
        told.extend(short);
        told.push(Piece::Text(")".into()));
    }
    told
}

/// Where a pod stands, for the head of Why?: with who decided that it has to go. Finding that takes a look at each step
/// since then, so cards do without.
pub(super) fn whole_standing(timeline: &Timeline, pod: &Rc<Pod>) -> Standing {
    let mut standing = standing(timeline, pod);
    let why = pod.metadata.is_terminating().then(|| ended_by(timeline, pod)).flatten();
    let Some(why) = why else { return standing };
    if !standing.short.is_empty() {
        // What it waits for counts more.
        standing.remedy.extend(sentence(" It has to go because ", &[]));
        standing.remedy.extend(why);
        standing.remedy.push(Piece::Text(".".into()));
        return standing;
    }
    let mut told = sentence("is Terminating because ", &[]);
    told.extend(why);
    let rest = ending(timeline, pod).predicate;
    if !rest.is_empty() {
        told.push(Piece::Text(". ".into()));
        told.extend(capital(rest));
    }
    Standing { predicate: told, ..standing }
}

/// Where a pod stands as of the shown step.
pub(super) fn standing(timeline: &Timeline, pod: &Rc<Pod>) -> Standing {
    let world = timeline.world();
    if pod.metadata.is_terminating() {
        let Standing { predicate, short, remedy } = ending(timeline, pod);
        let mut told =
            sentence(if predicate.is_empty() { "is Terminating" } else { "is Terminating: " }, &[]);
        told.extend(predicate);
        return Standing { predicate: told, short, remedy };
    }
    let Some(node) = pod.node() else { return pending(timeline, pod) };
    if pod.is_finished() {
        return finished(world, pod, node);
    }
    if world.node(node).is_none() {
        return Standing {
            short: sentence("there is no node {}", &[node]),
            ..Standing::of(sentence(
                "is bound to {}, and there is no such node: the pod garbage collector will remove it",
                &[node],
            ))
        };
    }
    let is_silent = silent_since(world, node).is_some();
    let troubled = all_statuses(pod).find(|status| is_in_trouble(status));
    if let Some(container) = troubled.filter(|_| !is_silent) {
        return trouble(pod, node, container);
    }
    if let Some((container, code)) = exited(pod).filter(|_| !is_silent) {
        let restarts = count(usize::try_from(container.restart_count).unwrap_or(0), "restart");
        return Standing {
            short: sentence("container `{}` exited with code {}", &[&container.name, &code]),
            ..Standing::of(sentence(
                "runs on {}, but its container `{}` exited with code {} ({}); the kubelet starts it again",
                &[node, &container.name, &code, &restarts],
            ))
        };
    }
    let is_ready = world.node(node).is_some_and(|node| node.ready() == Some("True"));
    if pod.status.phase == RUNNING {
        return match (pod.is_ready(), is_silent) {
            (true, true) => Standing {
                short: sentence("the kubelet of {} is silent", &[node]),
                ..Standing::of(sentence(
                    "is listed as Running on {}, whose kubelet is silent: whether it still runs is not known",
                    &[node],
                ))
            },
            (true, false) => {
                let mut told = sentence("runs on {} and is ready", &[node]);
                told.extend(restarts(pod));
                Standing::of(told)
            }
            (false, _) if is_silent || !is_ready => Standing {
                short: sentence("node {} is not Ready", &[node]),
                ..Standing::of(sentence(
                    "runs on {} and counts as not ready because the node is not Ready",
                    &[node],
                ))
            },
            (false, _) => unready(pod, node),
        };
    }
    match (is_silent, pod.status.container_statuses.is_empty()) {
        (true, _) => Standing {
            short: sentence("the kubelet of {} is silent", &[node]),
            ..Standing::of(sentence(
                "is bound to {}, whose kubelet is silent: its containers do not start until it runs again",
                &[node],
            ))
        },
        (false, true) => Standing::of(sentence(
            "is bound to {}; its kubelet has not begun to create the containers",
            &[node],
        )),
        (false, false) if pod.condition("Initialized").is_some_and(|known| known.status == "False") => {
            Standing::of(sentence(
                "is bound to {}; its init containers run first, one after the other ({})",
                &[node, &status(pod)],
            ))
        }
        (false, false) => {
            Standing::of(sentence("is bound to {}; its kubelet is creating the containers", &[node]))
        }
    }
}

/// A pod that runs on a Ready node and is not ready: which container is not, and what asks for that.
fn unready(pod: &Pod, node: &str) -> Standing {
    let told = sentence("runs on {} and is not ready", &[node]);
    let Some(container) = pod.status.container_statuses.iter().find(|container| !container.ready) else {
        return gated(pod, told);
    };
    let fault = Fault::NotReady;
    let label = fault.label();
    let mut cause = match fault.asked(pod, container) {
        Some(true) if pod.metadata.labels.get(label).is_some_and(|value| value == "true") => sentence(
            "container `{}` does not become ready, because of the label `{}`",
            &[&container.name, label],
        ),
        Some(true) => sentence(
            "container `{}` does not become ready, because of the tag of its image `{}`",
            &[&container.name, &image(pod, container)],
        ),
        _ => sentence("container `{}` is not ready", &[&container.name]),
    };
    let short = sentence("container `{}` does not become ready", &[&container.name]);
    let mut predicate = told;
    predicate.push(Piece::Text(": ".into()));
    predicate.append(&mut cause);
    Standing { short, ..Standing::of(predicate) }
}

/// A pod whose containers are ready and that is not: what its kubelet says of its readiness gates.
fn gated(pod: &Pod, mut told: Vec<Piece>) -> Standing {
    let ready = pod.condition("Ready");
    let Some(why) = ready.filter(|ready| ready.reason == GATES_NOT_READY) else {
        return Standing::of(told);
    };
    let short = sentence("a readiness gate is not True", &[]);
    told.extend(sentence(": its containers are ready, but {}", &[why.message.trim_end_matches('.')]));
    Standing { short, ..Standing::of(told) }
}

/// How often the containers of a pod that runs were started again, to go on in the same sentence; empty if never.
pub(super) fn restarts(pod: &Pod) -> Vec<Piece> {
    let most = all_statuses(pod).max_by_key(|container| container.restart_count);
    let times = most.and_then(|container| usize::try_from(container.restart_count).ok()).unwrap_or(0);
    match most {
        Some(container) if times > 0 => {
            sentence(", after {} of its container `{}`", &[&count(times, "restart"), &container.name])
        }
        _ => Vec::new(),
    }
}

/// A pod that is being deleted: who has to do what before it is gone, as a clause of its own.
fn ending(timeline: &Timeline, pod: &Pod) -> Standing {
    let world = timeline.world();
    if let Some(finalizer) = pod.metadata.finalizers.first() {
        return Standing {
            short: sentence("waits for the finalizer `{}`", &[finalizer]),
            ..Standing::of(sentence("its finalizer `{}` has to be removed first", &[finalizer]))
        };
    }
    let Some(node) = pod.node() else { return Standing::default() };
    if world.node(node).is_none() {
        return Standing {
            short: sentence("its node {} is gone", &[node]),
            ..Standing::of(sentence(
                "its node {} is gone, so the pod garbage collector has to remove it",
                &[node],
            ))
        };
    }
    if silent_since(world, node).is_some() {
        let metadata = &pod.metadata;
        let namespace = match metadata.namespace.as_str() {
            "default" => String::new(),
            other => format!(" -n {other}"),
        };
        return Standing {
            short: sentence("the kubelet of {} is silent", &[node]),
            remedy: sentence(
                " It goes when the kubelet runs again, when node {} is deleted, or by force: `kubectl delete pod {}{} --grace-period=0 --force`.",
                &[node, &metadata.name, &namespace],
            ),
            ..Standing::of(sentence(
                "only the kubelet of {} can confirm that it has stopped, and that kubelet is silent",
                &[node],
            ))
        };
    }
    let left = pod.metadata.deletion_timestamp.map(|at| at - timeline.now()).filter(|left| left.0 > 0);
    Standing::of(match left {
        Some(left) => {
            sentence("the kubelet of {} is stopping its containers; they have {} left", &[node, &whole(left)])
        }
        None => sentence("the kubelet of {} is stopping its containers", &[node]),
    })
}

/// A pod that has ended.
fn finished(world: &World, pod: &Pod, node: &str) -> Standing {
    let (reason, message) = (pod.status.reason.as_str(), pod.status.message.as_str());
    if pod.status.phase == SUCCEEDED {
        return Standing::of(sentence("ended on {}: its containers exited with code 0", &[node]));
    }
    let owner = pod.metadata.controller().filter(|owner| owner.kind == "DaemonSet");
    let remedy = match owner {
        Some(_) if reason == "Evicted" => sentence(
            " Daemon pods tolerate the taint of a node under pressure, so the controller creates the pod again until the pressure on {} ends.",
            &[node],
        ),
        Some(owner) => {
            let set = world.daemon_set(&pod.metadata.namespace, &owner.name);
            // Failed pods are deleted with a back-off. Without maxSurge the next pod waits for that, with it none does
            // (`podsShouldBeOnNode` in `pkg/controller/daemon/daemon_controller.go`).
            let text = match set.is_some_and(|set| surges(set)) {
                true => {
                    " With `maxSurge` the DaemonSet controller creates another one at once, without a back-off."
                }
                false => " The DaemonSet controller replaces it, each time after a longer wait (back-off).",
            };
            sentence(text, &[])
        }
        None => Vec::new(),
    };
    if is_turned_away(pod) {
        let mut predicate = sentence("failed: the kubelet of {} turned it away, ", &[node]);
        predicate.extend(grounds(world, pod));
        return Standing { short: grounds(world, pod), predicate, remedy };
    }
    if !reason.is_empty() {
        let message = message.trim_end_matches(['.', ' ']);
        return Standing {
            short: sentence("`{}`: {}", &[reason, message]),
            remedy,
            ..Standing::of(sentence("failed on {}, `{}`: {}", &[node, reason, message]))
        };
    }
    match exited(pod) {
        Some((container, code)) => Standing {
            short: sentence("container `{}` exited with code {}", &[&container.name, &code]),
            remedy,
            ..Standing::of(sentence(
                "failed on {}: its container `{}` exited with code {}",
                &[node, &container.name, &code],
            ))
        },
        None => Standing { remedy, ..Standing::of(sentence("failed on {}", &[node])) },
    }
}

/// A container of a pod that goes on which has ended with an error, and its exit code.
fn exited(pod: &Pod) -> Option<(&ContainerStatus, String)> {
    all_statuses(pod).find_map(|container| {
        let ended = container.state.terminated.as_ref().filter(|ended| ended.exit_code != 0)?;
        Some((container, ended.exit_code.to_string()))
    })
}

/// Init containers and containers, in the order in which they start.
pub(super) fn all_statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses)
}

/// Whether the kubelet cannot start a container, or not again yet.
fn is_in_trouble(container: &ContainerStatus) -> bool {
    let waiting = container.state.waiting.as_ref().map_or("", |waiting| waiting.reason.as_str());
    !["", "ContainerCreating", "PodInitializing"].contains(&waiting)
}

/// A pod whose container its kubelet cannot start, or not again yet.
fn trouble(pod: &Pod, node: &str, container: &ContainerStatus) -> Standing {
    let waiting = container.state.waiting.as_deref();
    let (reason, message) =
        waiting.map_or(("", ""), |waiting| (waiting.reason.as_str(), waiting.message.as_str()));
    let name = container.name.as_str();
    let restarts = container.restart_count.to_string();
    let (predicate, short, remedy) = match reason {
        "CrashLoopBackOff" => (
            sentence(
                "is in CrashLoopBackOff on {}: its container `{}` exits again and again ({}), and the kubelet waits longer before each new start, up to 5m",
                &[node, name, &count(usize::try_from(container.restart_count).unwrap_or(0), "restart")],
            ),
            sentence("container `{}` exits again and again, restarts: {}", &[name, &restarts]),
            sentence(
                " In a real cluster `kubectl logs {} --previous` says more. Fix the image, its arguments or its configuration in the template.",
                &[&pod.metadata.name],
            ),
        ),
        "InvalidImageName" => (
            sentence(
                "is in {} on {}: the kubelet cannot read the name `{}` of the image of its container `{}`",
                &[reason, node, &image(pod, container), name],
            ),
            sentence("the image's name `{}` cannot be read", &[&image(pod, container)]),
            sentence(
                " Correct it in the template: `registry/path/name:tag`, the path in small letters and digits with `.`, `_` or `-` between them.",
                &[],
            ),
        ),
        "ImagePullBackOff" | "ErrImagePull" | "ErrImageNeverPull" => (
            sentence(
                "is in {} on {}: the image `{}` of its container `{}` cannot be pulled",
                &[reason, node, &image(pod, container), name],
            ),
            sentence("the image `{}` cannot be pulled", &[&image(pod, container)]),
            sentence(
                " Correct the image's name or tag in the template; until then the kubelet tries again.",
                &[],
            ),
        ),
        reason => {
            let detail = if message.is_empty() { String::new() } else { format!(": {message}") };
            (
                sentence("is in {} on {}{}", &[reason, node, &detail]),
                sentence("{}{}", &[reason, &detail]),
                Vec::new(),
            )
        }
    };
    Standing { predicate, short, remedy }
}

/// The image of a container as the pod's spec names it.
fn image(pod: &Pod, status: &ContainerStatus) -> String {
    let own = pod.spec.containers.iter().find(|container| container.name == status.name);
    own.map_or_else(|| status.image.to_string(), |container| container.image.to_string())
}

/// A pod without a node: what the scheduler said of it last, or why it says nothing.
fn pending(timeline: &Timeline, pod: &Rc<Pod>) -> Standing {
    if let Some(standing) = unasked(timeline.world(), pod) {
        return standing;
    }
    // An attempt that found no node leaves this condition: without it there is no need to look for one.
    let Some(condition) = pod.condition("PodScheduled").filter(|condition| condition.status == "False")
    else {
        return Standing::of(sentence("is Pending: the scheduler has not tried it yet", &[]));
    };
    let Some(trace) = last_attempt(timeline, &pod.metadata.uid) else {
        return Standing::of(sentence("is Pending: {}", &[condition.message.trim_end_matches('.')]));
    };
    turned_down(timeline.world(), pod, trace)
}

/// Why no scheduler is asked for a node.
pub(super) fn unasked(world: &World, pod: &Pod) -> Option<Standing> {
    if let Some(gate) = pod.spec.scheduling_gates.first() {
        return Some(Standing {
            short: sentence("scheduling gate `{}`", &[&gate.name]),
            ..Standing::of(sentence(
                "is Pending: it is not scheduled as long as it has the scheduling gate `{}`",
                &[&gate.name],
            ))
        });
    }
    let name = &pod.spec.scheduler_name;
    (!is_served(world, name)).then(|| Standing {
            short: sentence("no scheduler named `{}` runs here", &[name]),
            remedy: sentence(
                " So it is never tried, and there is no event. Set `spec.schedulerName` to `default-scheduler`, or leave it out.",
                &[],
            ),
            ..Standing::of(sentence("is Pending: no scheduler named `{}` runs here", &[name]))
    })
}

/// The last attempt to schedule a pod, up to the shown step.
fn last_attempt<'a>(timeline: &'a Timeline, uid: &str) -> Option<&'a Rc<SchedulingTrace>> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::Scheduling(trace) => match &**trace {
            SchedulerTrace::Attempt(attempt) if attempt.uid() == uid => Some(attempt),
            _ => None,
        },
        _ => None,
    })
}

/// What an attempt that found no node said of the pod.
pub(super) fn turned_down(world: &World, pod: &Rc<Pod>, trace: &SchedulingTrace) -> Standing {
    let message = match &trace.result {
        SchedulingResult::Scheduled { .. } => return Standing::of(sentence("is Pending", &[])),
        SchedulingResult::Error { message } => {
            return Standing::of(sentence(
                "is Pending: the scheduler could not rank the nodes: {}",
                &[message],
            ));
        }
        SchedulingResult::Unschedulable { .. } => without_preemption(trace).unwrap_or_default(),
    };
    let Some(name) = pod.pinned_node() else {
        let what = message.split_once(": ").map_or(message, |(_, reasons)| reasons);
        return Standing {
            short: vec![Piece::Code(what.into())],
            predicate: match preempting(trace) {
                Some(told) => told,
                None => match trace.nodes.len() {
                    0 => sentence("is Pending: the cluster has no node", &[]),
                    1 => sentence("is Pending: the only node cannot take it: {}", &[what]),
                    nodes => sentence(
                        "is Pending: none of the {} nodes can take it: {}",
                        &[&nodes.to_string(), what],
                    ),
                },
            },
            remedy: Vec::new(),
        };
    };
    let Some(node) = world.node(name) else {
        return Standing {
            short: sentence("there is no node {}", &[name]),
            ..Standing::of(sentence("is Pending: it may run on {} only, and there is no such node", &[name]))
        };
    };
    let obstacle = obstacle(world, node, pod, trace);
    let mut predicate = sentence("is Pending: {}, the only node it may run on, ", &[name]);
    predicate.extend(obstacle.has);
    if let Some(told) = preempting(trace) {
        predicate = told;
    } else if let Some(told) = no_victims(trace, name) {
        predicate.extend(told);
    }
    Standing { predicate, short: obstacle.short, remedy: Vec::new() }
}

/// What Filter said, without what preemption said besides.
pub(super) fn without_preemption(trace: &SchedulingTrace) -> Option<&str> {
    let SchedulingResult::Unschedulable { message, post_filter, .. } = &trace.result else { return None };
    let bare = message.strip_suffix(post_filter.as_str()).unwrap_or(message);
    Some(bare.trim_end().trim_end_matches('.'))
}

/// Why nobody makes room on a node, where the dry run was made there; none if it was not, or somebody does.
fn no_victims(trace: &SchedulingTrace, node: &str) -> Option<Vec<Piece>> {
    let preempted = trace.preemption.as_deref().filter(|preempted| preempted.choice.is_none())?;
    let NodeVerdict::Rejected { plugin, rejection } = preempted.rejected.get(trace.position(node)?)? else {
        return None;
    };
    match *plugin {
        "" if *rejection == NO_VICTIMS => {
            Some(sentence(". No pod there has a lower priority, so none is preempted for it", &[]))
        }
        // It was not asked whether the others would make room.
        "" => None,
        _ => Some(sentence(
            ". Without the pods of lower priority there it would not fit either (`{}`), so none is preempted for it",
            &[&rejection.message()],
        )),
    }
}

/// Whom an attempt evicts, and what for, to go on from the pod's name.
pub(super) fn preempting(trace: &SchedulingTrace) -> Option<Vec<Piece>> {
    let chosen = trace.preemption.as_deref()?.chosen()?;
    let victims = chosen.victims();
    let names: Vec<String> = victims.iter().map(|victim| victim.name().to_string()).collect();
    let mut told = sentence("preempts ", &[]);
    told.extend(listed(&names, names.len()));
    told.extend(sentence(
        " on {} and waits until {} gone",
        &[&chosen.node, if names.len() == 1 { "it is" } else { "they are" }],
    ));
    let freed: Vec<String> = lacking(&trace.info.pod, &chosen.info)
        .iter()
        .map(|measure| {
            let freed = victims.iter().map(|victim| measure.of_pod(&victim.pod)).sum::<i64>();
            let free = measure.of(&chosen.info.allocatable) - measure.taken(&chosen.info) + freed;
            match measure {
                Measure::Pods => format!("a place for {}", measure.text(free)),
                measure => format!("{} of {}", measure.text(free), measure.name()),
            }
        })
        .collect();
    if !freed.is_empty() {
        told.extend(sentence(": then {} will be free", &[&freed.join(" and ")]));
    }
    Some(told)
}

/// What an attempt said of one node that it turned down, in a few words.
pub(super) fn turned_down_on(
    world: &World,
    node: &Rc<Node>,
    pod: &Rc<Pod>,
    verdict: &NodeVerdict,
) -> Vec<Piece> {
    let (plugin, message) = match verdict {
        NodeVerdict::Rejected { plugin, rejection } => (*plugin, rejection.message()),
        NodeVerdict::Feasible | NodeVerdict::NotTried => ("", String::new()),
    };
    said(world, node, pod, plugin, message).short
}

/// What keeps a pod from its node.
struct Obstacle {
    /// To go on from the node's name: `has 51Mi of memory free; it asks for 200Mi`.
    has: Vec<Piece>,
    /// By itself: `Insufficient memory: asks 200Mi, 51Mi free`.
    short: Vec<Piece>,
}

/// What Filter said of the pod's node, with the figures behind it as of now.
fn obstacle(world: &World, node: &Rc<Node>, pod: &Rc<Pod>, trace: &SchedulingTrace) -> Obstacle {
    let name = &node.metadata.name;
    let (plugin, message) = match trace.verdict(name) {
        Some(NodeVerdict::Rejected { plugin, rejection }) => (*plugin, rejection.message()),
        _ => ("", without_preemption(trace).unwrap_or_default().to_owned()),
    };
    said(world, node, pod, plugin, message)
}

/// What a plugin said of a node, with the figures behind it.
fn said(world: &World, node: &Rc<Node>, pod: &Rc<Pod>, plugin: &str, message: String) -> Obstacle {
    let name = &node.metadata.name;
    let known = match plugin {
        "NodeResourcesFit" => shortage(world, node, pod),
        "NodePorts" => taken_ports(world, name, pod),
        "TaintToleration" => {
            untolerated(&node.spec.taints, &pod.spec.tolerations, &[NO_SCHEDULE, NO_EXECUTE])
                .map(|taint| taint.to_string())
                .map(|taint| Obstacle {
                    has: sentence("has the taint `{}`, which it does not tolerate", &[&taint]),
                    short: sentence("untolerated taint `{}`", &[&taint]),
                })
        }
        "NodeUnschedulable" => Some(Obstacle {
            has: sentence("is cordoned, and it does not tolerate that", &[]),
            short: sentence("cordoned", &[]),
        }),
        "InterPodAffinity" => repelling(world, node, pod).map(|other| Obstacle {
            has: sentence("does not take it beside `{}`: {}", &[&other, &message]),
            short: sentence("`{}` because of `{}`", &[&message, &other]),
        }),
        _ => None,
    };
    known.unwrap_or_else(|| Obstacle {
        has: match plugin {
            "" => sentence("was turned down: {}", &[&message]),
            plugin => sentence("was turned down by `{}`: {}", &[plugin, &message]),
        },
        short: vec![Piece::Code(message.clone())],
    })
}

/// What of its resources a node has not enough of.
fn shortage(world: &World, node: &Rc<Node>, pod: &Rc<Pod>) -> Option<Obstacle> {
    let info = taken(world, node, |_| true);
    let lacks = lacking(pod, &info);
    let (mut has, mut short) = (Vec::new(), Vec::new());
    let (mut room, mut asked) = (Vec::new(), Vec::new());
    for measure in &lacks {
        let all = measure.of(&info.allocatable);
        let free = all.saturating_sub(measure.taken(&info));
        if *measure == Measure::Pods {
            let taken = measure.taken(&info);
            has.push(format!("holds {} already and takes {all} at most", measure.text(taken)));
            short.push(format!("Too many pods: {taken} of {all}"));
            continue;
        }
        let (asks, free, name) =
            (measure.text(measure.asked(pod)), measure.text(free.max(0)), measure.name());
        room.push(format!("{free} of {name}"));
        asked.push(asks.clone());
        short.push(format!("Insufficient {name}: asks {asks}, {free} free"));
    }
    if !room.is_empty() {
        has.push(format!("has {} free; it asks for {}", room.join(" and "), asked.join(" and ")));
    }
    let has = vec![Piece::Text(has.join(" and "))];
    (!lacks.is_empty()).then(|| Obstacle { has, short: short_pieces(&short) })
}

/// `Insufficient memory: asks …` with the API server's words as code.
fn short_pieces(lines: &[String]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let (reason, rest) = line.split_once(": ").unwrap_or((line, ""));
        if index > 0 {
            pieces.push(Piece::Text("; ".into()));
        }
        pieces.push(Piece::Code(reason.into()));
        pieces.push(Piece::Text(format!(": {rest}")));
    }
    pieces
}

/// Which of the pod's host ports are taken on its node, and by whom.
fn taken_ports(world: &World, node: &str, pod: &Pod) -> Option<Obstacle> {
    let wanted = host_ports(&pod.spec);
    let (mut ports, mut owners) = (Vec::new(), Vec::new());
    let mut is_old_one = false;
    for other in
        world.pods_on(node).filter(|other| other.takes_room() && other.metadata.uid != pod.metadata.uid)
    {
        let taken = host_ports(&other.spec);
        let conflicts = wanted.iter().filter(|port| taken.iter().any(|taken| port.conflicts(taken)));
        let conflicts: Vec<String> = conflicts.map(|port| port.port.to_string()).collect();
        if !conflicts.is_empty() {
            ports.extend(conflicts.into_iter().filter(|port| !ports.contains(port)).collect::<Vec<_>>());
            owners.push(other.metadata.name.to_string());
            is_old_one |= waits_for_old_one(world, pod, other);
        }
    }
    if ports.is_empty() {
        return None;
    }
    let word = if ports.len() == 1 { "port" } else { "ports" };
    let ports = ports.join(", ");
    let mut has = sentence("has no free host {} {}: taken by ", &[word, &ports]);
    has.extend(listed(&owners, 2));
    if is_old_one {
        // `maxSurge` brings the new pod first: neither can give way.
        let text = ", the old pod, which stays until this one is available. That never comes: pods with a host port need `maxUnavailable`, not `maxSurge`";
        has.extend(sentence(text, &[]));
    }
    let mut short = sentence("host {} {} taken by ", &[word, &ports]);
    short.extend(listed(&owners, 2));
    Some(Obstacle { has, short })
}

/// Whether a pod waits for an older one of its DaemonSet that stays until it is available itself: with `maxSurge` the new
/// pod comes first.
#[inline(never)]
fn waits_for_old_one(world: &World, pod: &Pod, other: &Pod) -> bool {
    let owner = |pod: &Pod| pod.metadata.controller().map(|owner| (owner.uid.clone(), owner.name.clone()));
    let hash = |pod: &Pod| pod.metadata.labels.get(HASH_LABEL).cloned();
    let Some((uid, name)) = owner(pod).filter(|own| owner(other).as_ref() == Some(own)) else { return false };
    let set = world.daemon_set(&pod.metadata.namespace, &name).filter(|set| set.metadata.uid == uid);
    set.is_some_and(|set| surges(set))
        && hash(pod) != hash(other)
        && other.is_ready()
        && !other.metadata.is_terminating()
}

/// A pod in the node's neighbourhood that keeps another one away by anti-affinity, in either direction.
fn repelling(world: &World, node: &Node, pod: &Rc<Pod>) -> Option<String> {
    let label = |node: &Node, key: &str| node.metadata.labels.get(key).cloned();
    let labels = |namespace: &str| -> Labels {
        let key = ObjectKey::new(Kind::Namespace, "", namespace);
        world.get(&key).map(|namespace| namespace.metadata().labels.clone()).unwrap_or_default()
    };
    let repels = |from: &Pod, other: &Pod, place: &Node| {
        let rules = PodRules::new(from);
        rules.iter().flat_map(|rules| &rules.required_anti_affinity).any(|term| {
            let here = label(node, &term.topology_key);
            here.is_some()
                && here == label(place, &term.topology_key)
                && term.matches(other, || labels(&other.metadata.namespace))
        })
    };
    let placed = world.pods().filter(|other| other.takes_room() && other.metadata.uid != pod.metadata.uid);
    let mut hostile = placed.filter(|other| {
        let place = other.node().and_then(|name| world.node(name));
        place.is_some_and(|place| repels(pod, other, place) || repels(other, pod, place))
    });
    hostile.next().map(|other| other.metadata.name.to_string())
}

/// The end of a daemon pod's name and its standing, as a sentence: ``Its pod `9xpft` is Pending: …``.
pub(super) fn of_daemon_pod(timeline: &Timeline, pod: &Rc<Pod>, lead: &str) -> Vec<Piece> {
    let Standing { predicate, remedy, .. } = whole_standing(timeline, pod);
    let mut told = sentence("{} `{}` ", &[lead, name_end(&pod.metadata.name)]);
    told.extend(predicate);
    told.push(Piece::Text(".".into()));
    told.extend(remedy);
    told
}
