//! Whose tolerations are held against the taints: a DaemonSet, a pod, or a pod template of something else.

use super::fate::Fate;
use super::{fate, other};
use crate::api::{DaemonSet, EcoString, Kind, Object, ObjectKey, Pod, PodTemplateSpec, Time, Toleration};
use crate::cluster::World;
use crate::controllers::daemonset::tolerations::{Origin, daemon_tolerations};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The most bare pods that are listed to choose from.
const PODS: usize = 30;

/// Kinds of objects with a pod template that nothing here makes pods of.
const TEMPLATES: [(&str, &str); 6] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("v1", "PodTemplate"),
];

/// Where the spec of a pod may stand in an object, as JSON pointers.
const SPECS: [&str; 3] = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/template/spec"];

/// Where the spec of the pods stands in an object.
pub(super) fn spec_path(object: &Value) -> &'static str {
    SPECS.iter().find(|path| object.pointer(path).is_some()).copied().unwrap_or("/spec")
}

/// Who gave a pod a toleration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// It stands in the manifest.
    You,
    /// The DaemonSet controller adds it to every daemon pod.
    Controller,
    /// It stands in the manifest, and the controller's own takes its place, whatever its `tolerationSeconds`.
    Replaced,
    /// The controller would add it if the pods used the node's network (`hostNetwork: true`).
    IfHostNetwork,
}

/// Whose tolerations are looked at.
pub(super) enum Subject {
    Set(Rc<DaemonSet>),
    Pod(Rc<Pod>),
    Template { namespace: EcoString, template: Box<PodTemplateSpec> },
}

/// What may be looked at: the DaemonSets, then other templates, then pods that no DaemonSet owns, some of them.
pub fn subjects(world: &World) -> Vec<ObjectKey> {
    let sets = world.daemon_sets().map(|set| Object::DaemonSet(Rc::clone(set)).key());
    let kinds = TEMPLATES.map(|(version, kind)| Kind::of(version, kind));
    let templates = kinds.iter().flat_map(|kind| world.of_kind(kind));
    let templates = templates.filter(|object| Subject::of_object(object).is_some()).map(Object::key);
    let is_bare = |pod: &&Rc<Pod>| pod.metadata.controller().is_none_or(|owner| owner.kind != "DaemonSet");
    let pods = world.pods().filter(is_bare).take(PODS);
    let pods = pods.map(|pod| pod.key());
    sets.chain(templates).chain(pods).collect()
}

impl Subject {
    pub fn of(world: &World, key: &ObjectKey) -> Option<Self> {
        Self::of_object(&world.get(key)?)
    }

    pub fn of_object(object: &Object) -> Option<Self> {
        match object {
            Object::DaemonSet(set) => Some(Subject::Set(Rc::clone(set))),
            Object::Pod(pod) => Some(Subject::Pod(Rc::clone(pod))),
            other => {
                let value = other.to_json();
                let path = spec_path(&value).strip_suffix("/spec").filter(|path| !path.is_empty())?;
                let template = serde_json::from_value(value.pointer(path)?.clone()).ok()?;
                let namespace = other.metadata().namespace.clone();
                Some(Subject::Template { namespace, template })
            }
        }
    }

    /// Whether the DaemonSet controller makes the pods.
    pub fn is_of_daemon(&self) -> bool {
        matches!(self, Subject::Set(_))
    }

    /// The tolerations as they are written in the object.
    pub fn written(&self) -> &[Toleration] {
        match self {
            Subject::Set(set) => &set.spec.template.spec.tolerations,
            Subject::Pod(pod) => &pod.spec.tolerations,
            Subject::Template { template, .. } => &template.spec.tolerations,
        }
    }

    /// The tolerations of the pods, and who gave them.
    pub fn tolerations(&self) -> Vec<(Toleration, Giver)> {
        match self {
            Subject::Set(set) => {
                let all = daemon_tolerations(&set.spec.template.spec).into_iter();
                let giver = |origin| match origin {
                    Origin::User => Giver::You,
                    Origin::Automatic => Giver::Controller,
                    Origin::Replaced => Giver::Replaced,
                };
                all.map(|(toleration, origin)| (toleration, giver(origin))).collect()
            }
            other => other.written().iter().map(|toleration| (toleration.clone(), Giver::You)).collect(),
        }
    }

    /// What happens on each node of a cluster, by its name.
    pub fn fates(&self, world: &World, now: Time) -> BTreeMap<EcoString, Fate> {
        match self {
            Subject::Set(set) => fate::of_set(world, now, set),
            Subject::Pod(pod) => other::of_pod(world, now, pod),
            Subject::Template { namespace, template } => other::of_template(world, now, namespace, template),
        }
    }
}
