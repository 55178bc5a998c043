//! What the cluster offers: names, labels, taints, containers, revisions.

use super::{Asked, CONTEXT, Cluster, Completable, kinds_named, verbs, verbs_of};
use crate::api::{Labels, Object, PrintedPod, sort};
use crate::kubectl::Client;
use crate::kubectl::kinds::{self, ApiResource};
use crate::network::service;

/// Verbs that take nodes without saying so.
const OF_NODES: &[&str] = &["cordon", "uncordon", "drain"];

/// Verbs that take pods without saying so.
const OF_PODS: &[&str] = &["logs", "exec", "attach", "port-forward", "cp"];

/// Verbs that read texts and no names.
const OF_FILES: &[&str] =
    &["apply", "create", "replace", "diff", "version", "cluster-info", "api-resources", "api-versions"];

/// What may stand where the verb takes kinds, names and other words.
pub fn positional(asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let name = asked.verb.name;
    if OF_FILES.contains(&name) || name == "help" {
        let words: Vec<&str> = std::iter::once(name)
            .filter(|name| *name != "help")
            .chain(asked.positional.iter().copied())
            .collect();
        return if words.is_empty() { verbs() } else { verbs_of(&words.join(" ")) };
    }
    if name.starts_with("config ") {
        const OF_CONTEXTS: [&str; 4] =
            ["config use-context", "config get-contexts", "config delete-context", "config rename-context"];
        let is_of_contexts = OF_CONTEXTS.contains(&name) && asked.positional.is_empty();
        return if is_of_contexts { vec![Completable::new(CONTEXT)] } else { Vec::new() };
    }
    if OF_NODES.contains(&name) {
        return without(nodes(cluster), asked.positional);
    }
    if OF_PODS.contains(&name) {
        if !asked.positional.is_empty() {
            return Vec::new();
        }
        if let Some((kind, _)) = asked.typed.last.split_once('/') {
            return joined(kind, asked, cluster);
        }
        return kinds::named("pods").map(|kind| names(kind, asked, cluster)).unwrap_or_default();
    }
    let last = asked.typed.last.as_str();
    let is_joined = asked.positional.first().is_some_and(|first| first.contains('/'));
    match (asked.positional, last.split_once('/')) {
        ([], Some((kind, _))) => joined(kind, asked, cluster),
        ([], None) if name == "taint" => vec![Completable::new("nodes"), Completable::new("node")],
        ([], None) => match last.rsplit_once(',') {
            Some((before, typed)) => kinds_named(typed)
                .into_iter()
                .map(|kind| Completable { text: format!("{before},{}", kind.text), ..kind })
                .collect(),
            None if name.starts_with("rollout ") => of_rollouts(name, last),
            None => kinds_named(last),
        },
        (given, _) => {
            let Some(kind) = asked.kind() else { return Vec::new() };
            let is_named = is_joined || given.len() > 1;
            match name {
                "label" | "annotate" if is_named => labels_of(kind, asked, cluster),
                "taint" if is_named => taints_of(asked, cluster),
                "set image" if is_named => containers_of(kind, asked, cluster),
                _ if is_joined && last.contains('/') => {
                    joined(last.split('/').next().unwrap_or_default(), asked, cluster)
                }
                _ if is_joined => Vec::new(),
                "explain" => Vec::new(),
                _ => without(names(kind, asked, cluster), &given[1..]),
            }
        }
    }
}

/// The kinds that have rollouts, by all that people call them.
fn of_rollouts(verb: &str, typed: &str) -> Vec<Completable> {
    // Only a Deployment can be paused.
    let kinds: &[&str] = match verb {
        "rollout pause" | "rollout resume" => &["deployments"],
        _ => &["daemonsets", "deployments", "statefulsets"],
    };
    let is_one = |candidate: &Completable| {
        kinds::named(&candidate.text).is_some_and(|kind| kinds.contains(&kind.plural))
    };
    kinds_named(typed).into_iter().filter(is_one).collect()
}

/// An object with its kind, `pod/a`, or a kind as long as there is none.
pub fn one_of(typed: &str, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    match typed.split_once('/') {
        Some((kind, _)) => joined(kind, asked, cluster),
        None => kinds_named(typed)
            .into_iter()
            .map(|kind| Completable { text: format!("{}/", kind.text), ..kind.open() })
            .collect(),
    }
}

fn without(candidates: Vec<Completable>, given: &[&str]) -> Vec<Completable> {
    candidates.into_iter().filter(|candidate| !given.contains(&candidate.text.as_str())).collect()
}

fn joined(kind: &str, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let Some(resource) = kinds::named(kind) else { return Vec::new() };
    let of = |candidate: Completable| Completable { text: format!("{kind}/{}", candidate.text), ..candidate };
    names(resource, asked, cluster).into_iter().map(of).collect()
}

fn objects(kind: &'static ApiResource, asked: &Asked, cluster: &Cluster) -> Vec<Object> {
    Client::new(cluster.world, cluster.now).list(kind, asked.namespace)
}

fn names(kind: &'static ApiResource, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    objects(kind, asked, cluster).iter().map(named).collect()
}

/// An object by its name, with what tells it from others.
fn named(object: &Object) -> Completable {
    let notes = match object {
        Object::Pod(pod) => {
            let node = pod.node().map(ToString::to_string).unwrap_or_default();
            vec![node, PrintedPod::of(pod).status]
        }
        Object::Node(node) => {
            let is_ready = node.ready() == Some("True");
            let off = if node.spec.unschedulable { ",SchedulingDisabled" } else { "" };
            vec![format!("{}{off}", if is_ready { "Ready" } else { "NotReady" })]
        }
        Object::DaemonSet(set) => {
            vec![format!("{} of {} ready", set.status.number_ready, set.status.desired_number_scheduled)]
        }
        _ => Vec::new(),
    };
    Completable { notes, ..Completable::new(object.metadata().name.as_str()) }
}

pub fn nodes(cluster: &Cluster) -> Vec<Completable> {
    cluster.world.nodes().map(|node| named(&Object::Node(node.clone()))).collect()
}

pub fn namespaces(cluster: &Cluster) -> Vec<Completable> {
    let own = kinds::named("namespaces").into_iter();
    let listed = own.flat_map(|kind| Client::new(cluster.world, cluster.now).list(kind, None));
    let mut all: Vec<String> = listed.map(|object| object.metadata().name.to_string()).collect();
    // Namespaces that are only there because something is in them.
    all.extend(cluster.world.pods().map(|pod| pod.metadata.namespace.to_string()));
    sort::plain(&mut all);
    all.dedup();
    all.into_iter().map(Completable::new).collect()
}

/// `key=`, and after that the values; the last of several that commas join.
pub fn labels(asked: &Asked, cluster: &Cluster, value: &str, with_values: bool) -> Vec<Completable> {
    let Some(kind) = asked.kind().or_else(|| kinds::named("pods")) else { return Vec::new() };
    let (before, last) = match value.rsplit_once(',') {
        Some((before, last)) => (format!("{before},"), last),
        None => (String::new(), value),
    };
    let mut all: Vec<(String, bool)> = Vec::new();
    for object in objects(kind, asked, cluster) {
        let labels: &Labels = &object.metadata().labels;
        all.extend(labels.iter().map(|(key, value)| match (with_values, last.contains('=')) {
            (true, true) => (format!("{before}{key}={value}"), true),
            (true, false) => (format!("{before}{key}="), false),
            (false, _) => (format!("{before}{key}"), true),
        }));
    }
    sort::plain(&mut all);
    all.dedup();
    all.into_iter().map(|(text, ends)| Completable { ends, ..Completable::new(text) }).collect()
}

fn target(kind: &'static ApiResource, asked: &Asked, cluster: &Cluster) -> Option<Object> {
    let first = asked.positional.first()?;
    let name = match first.split_once('/') {
        Some((_, name)) => name,
        None => asked.positional.get(1)?,
    };
    objects(kind, asked, cluster).into_iter().find(|object| *object.metadata().name == *name)
}

fn labels_of(kind: &'static ApiResource, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let Some(object) = target(kind, asked, cluster) else { return Vec::new() };
    let labels =
        if asked.verb.name == "label" { &object.metadata().labels } else { &object.metadata().annotations };
    let pair = |(key, value): (_, _)| {
        [
            Completable::noted(format!("{key}="), format!("{value}")).open(),
            Completable::noted(format!("{key}-"), "remove it"),
        ]
    };
    labels.iter().flat_map(pair).collect()
}

fn taints_of(asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let name =
        asked.positional.iter().skip(1).copied().next().or_else(|| {
            asked.positional.first().and_then(|first| first.split_once('/')).map(|(_, name)| name)
        });
    let mut all: Vec<String> = cluster
        .world
        .nodes()
        .flat_map(|node| node.spec.taints.iter())
        .filter(|taint| !taint.key.contains("node.kubernetes.io/"))
        .map(ToString::to_string)
        .collect();
    sort::plain(&mut all);
    all.dedup();
    let own = name.and_then(|name| cluster.world.node(name));
    let own = own.into_iter().flat_map(|node| node.spec.taints.iter());
    let less =
        own.flat_map(|taint| [(format!("{}:{}-", taint.key, taint.effect)), format!("{}-", taint.key)]);
    let less = less.map(|text| Completable::noted(text, "remove it"));
    all.into_iter().map(Completable::new).chain(less).collect()
}

fn containers_of(kind: &'static ApiResource, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let spec = match target(kind, asked, cluster) {
        Some(Object::DaemonSet(set)) => set.spec.template.spec.clone(),
        Some(Object::Pod(pod)) => pod.spec.clone(),
        _ => return Vec::new(),
    };
    let containers = spec.containers.iter();
    containers
        .map(|container| Completable::new(format!("{}={}", container.name, container.image)).open())
        .collect()
}

/// The revisions of the named DaemonSet.
pub fn revisions(asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    let Some(kind) = kinds::named("controllerrevisions") else { return Vec::new() };
    let name = asked.positional.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).next_back();
    let mut all: Vec<i64> = objects(kind, asked, cluster)
        .iter()
        .filter(|object| {
            let owner = object.metadata().controller();
            owner.is_some_and(|owner| Some(owner.name.as_str()) == name)
        })
        .filter_map(|object| match object {
            Object::ControllerRevision(revision) => Some(revision.revision),
            _ => None,
        })
        .collect();
    sort::plain(&mut all);
    all.into_iter().map(|number| Completable::new(number.to_string())).collect()
}

/// The names under which pods find the Services, each with its first port.
pub(super) fn names_of_services(cluster: &Cluster) -> Vec<Completable> {
    let name = |service: &std::rc::Rc<crate::api::Service>| {
        let metadata = &service.metadata;
        let port =
            service::ports(service).first().map(|port| format!(":{}", port.number)).unwrap_or_default();
        Completable::new(format!("{}.{}{port}", metadata.name, metadata.namespace))
    };
    cluster.world.services().map(name).collect()
}
