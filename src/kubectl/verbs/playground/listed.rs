//! Pods and other objects of the node list: they are in the cluster already when it is described, so what they need is
//! there too.
//!
//! Which objects came with the list is known by the manager of their fields, `nodes.yaml`
//! (`metadata.managedFields`, which kubectl does not show either).

use crate::api::{
    EcoString, Kind, Namespace, Object, ObjectKey, ObjectMeta, PodSpec, PriorityClass, set_namespace,
};
use crate::cluster::{DEFAULT_ACCOUNT, RUNTIME_CLASS, World, account, account_key};
use serde_json::{Value, json};

const FIELD: &str = "managedFields";
const MANAGER: &str = "nodes.yaml";
const RUNTIME_CLASS_NAME: &str = "runtimeClassName";

/// What the metadata of an object of the list says of who manages it.
pub(super) fn managed_fields() -> Value {
    json!([{ "manager": MANAGER, "operation": "Apply" }])
}

/// Whether an object is one of the list.
pub(super) fn is_marked(metadata: &ObjectMeta) -> bool {
    let managers = metadata.rest.get(FIELD).and_then(Value::as_array);
    managers.into_iter().flatten().any(|manager| manager["manager"] == MANAGER)
}

/// Under which name an object of the list is stored.
pub(super) fn key(object: &Object) -> ObjectKey {
    let mut object = object.clone();
    set_namespace(&mut object);
    object.key()
}

/// What an object that is there already must have found, and the cluster has not: its namespace; the service account
/// and the runtime class of its pods; the priority class of a pod, which tells its number.
pub(super) fn needed_by(world: &World, object: &Object) -> Vec<Object> {
    let named = |name: &EcoString| ObjectMeta { name: name.clone(), ..Default::default() };
    let mut needed: Vec<Object> = Vec::new();
    let namespace = &object.metadata().namespace;
    if !namespace.is_empty() && world.get(&ObjectKey::new(Kind::Namespace, "", namespace)).is_none() {
        needed.push(Namespace { metadata: named(namespace), ..Default::default() }.into());
    }
    let spec = match object {
        Object::Pod(pod) => Some(&pod.spec),
        Object::DaemonSet(set) => Some(&set.spec.template.spec),
        _ => None,
    };
    if let Some(spec) = spec
        && (!spec.service_account_name.is_empty() || spec.rest.get(RUNTIME_CLASS_NAME).is_some())
    {
        named_by_pods(world, namespace, spec, &mut needed);
    }
    let Object::Pod(pod) = object else { return needed };
    let class = &pod.spec.priority_class_name;
    if let Some(value) =
        pod.spec.priority.filter(|_| !class.is_empty() && world.priority_class(class).is_none())
    {
        let preemption_policy = pod.spec.preemption_policy.clone();
        let class = PriorityClass { metadata: named(class), value, preemption_policy, ..Default::default() };
        needed.push(class.into());
    }
    needed
}

/// The account and the runtime class that a pod names and the cluster has not.
#[cold]
#[inline(never)]
fn named_by_pods(world: &World, namespace: &str, spec: &PodSpec, needed: &mut Vec<Object>) {
    let name = &spec.service_account_name;
    if !name.is_empty() && name != DEFAULT_ACCOUNT && world.get(&account_key(namespace, name)).is_none() {
        needed.push(account(namespace, name));
    }
    let class = spec.rest.get(RUNTIME_CLASS_NAME).and_then(Value::as_str).unwrap_or_default();
    let kind = &*RUNTIME_CLASS;
    if !class.is_empty() && world.get(&ObjectKey::new(kind.clone(), "", class)).is_none() {
        let class = json!({
            "apiVersion": kind.api_version(), "kind": kind.name(), "metadata": { "name": class }, "handler": "unknown",
        });
        needed.extend(Object::from_json(class).ok());
    }
}
