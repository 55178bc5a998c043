//! Admission: what the API server adds to an object or refuses beyond its kind's own rules. Upstream:
//! `plugin/pkg/admission` and `apiserver/pkg/admission/plugin`; plugins run in the order of
//! `pkg/kubeapiserver/options/plugins.go`.

use super::{ApiError, DEFAULT_ACCOUNT, World, account_key, limit_range, pod_security, quota};
use crate::api::{
    Kind, NO_EXECUTE, Object, ObjectKey, Pod, PriorityClass, Time, Toleration, well_known_taints,
};
use std::rc::Rc;
use std::sync::LazyLock;

/// Seconds that an ordinary pod bears a node that is not ready or unreachable.
const DEFAULT_TOLERATION_SECONDS: i64 = 300;

/// What pods ask to be run by. Made once: each pod that names one asks for it.
pub static RUNTIME_CLASS: LazyLock<Kind> = LazyLock::new(|| Kind::of("node.k8s.io/v1", "RuntimeClass"));

/// The namespaces that cannot be deleted.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// The mutating plugins, for an object that is created (`old` is none) or replaced.
///
/// # Errors
/// The namespace does not exist or is being deleted; a pod names a PriorityClass that does not exist, or gives itself
/// another priority than its class.
pub(super) fn mutate(world: &World, object: &mut Object, old: Option<&Object>) -> Result<(), ApiError> {
    namespace_lifecycle(world, object, old.is_none())?;
    if let Object::Pod(pod) = object {
        match old {
            None => {
                limit_range::fill_in(world, pod);
                give_account(world, pod)?;
                resolve_priority(world, pod)?;
            }
            Some(old) => keep_priority(pod, old),
        }
        default_toleration_seconds(pod);
        if pod.node().is_some() {
            topology_labels(world, Rc::make_mut(pod));
        }
    }
    Ok(())
}

/// The validating plugins, for the object as it would be stored.
///
/// # Errors
/// A second PriorityClass would be the default; a namespace asks for a level of security that there is not.
pub(super) fn validate(world: &World, object: &Object, old: Option<&Object>) -> Result<(), ApiError> {
    if let Object::Namespace(namespace) = object {
        let errors = pod_security::wrong_labels(&namespace.metadata.labels);
        let known = || old.map(|old| pod_security::wrong_labels(&old.metadata().labels)).unwrap_or_default();
        return if errors.is_empty() || errors == known() {
            Ok(())
        } else {
            Err(ApiError::Invalid(object.key(), errors))
        };
    }
    let Object::PriorityClass(class) = object else { return Ok(()) };
    let default = default_class(world).filter(|_| class.global_default);
    match default.filter(|default| old.is_none() || default.metadata.name != class.metadata.name) {
        Some(default) => Err(forbidden(
            object,
            format!(
                "PriorityClass {} is already marked as default. Only one default can exist",
                default.metadata.name
            ),
        )),
        None => Ok(()),
    }
}

/// What a namespace's LimitRanges, its security level and its quotas say of an object that is created.
///
/// # Errors
/// One of them is against it.
pub(super) fn validate_in_namespace(world: &World, object: &Object, now: Time) -> Result<(), ApiError> {
    let of_pod = |pod: &Pod| {
        let forbids = runtime_class_forbids(world, pod).or_else(|| limit_range::forbids(world, pod));
        forbids.or_else(|| pod_security::forbids(world, object))
    };
    let why = object.as_pod().and_then(|pod| of_pod(pod)).or_else(|| quota::forbids(world, object, now));
    why.map_or(Ok(()), |why| Err(forbidden(object, why)))
}

/// Whether an object may be deleted at all: NamespaceLifecycle, and the storage of PriorityClasses.
///
/// # Errors
/// It is one of those that every cluster needs.
pub(super) fn delete(key: &ObjectKey) -> Result<(), ApiError> {
    let why = match &key.kind {
        Kind::Namespace if IMMORTAL.contains(&&*key.name) => "this namespace may not be deleted",
        Kind::PriorityClass if PriorityClass::is_of_system(&key.name) => {
            "this is a system priority class and cannot be deleted"
        }
        _ => return Ok(()),
    };
    Err(ApiError::Forbidden(key.clone(), why.into()))
}

/// A refusal. While an object has no name yet, the prefix of its name stands for it (`extractResourceName`).
fn forbidden(object: &Object, why: String) -> ApiError {
    let mut key = object.key();
    if key.name.is_empty() {
        key.name.clone_from(&object.metadata().generate_name);
    }
    ApiError::Forbidden(key, why)
}

/// A refusal in words that are put together: most that is admitted never comes to that.
#[cold]
#[inline(never)]
fn forbidden_because(object: &Object, why: &[&str]) -> ApiError {
    forbidden(object, why.concat())
}

/// A pod says itself what its class says otherwise.
#[cold]
#[inline(never)]
fn other_than_the_class(pod: &Rc<Pod>, what: &str, written: &str, computed: &str) -> ApiError {
    let why = format!(
        "the {what} ({written}) must not be provided in pod spec; priority admission controller computed {computed} from the given PriorityClass name"
    );
    forbidden(&Object::Pod(Rc::clone(pod)), why)
}

/// The NamespaceLifecycle plugin (`apiserver/pkg/admission/plugin/namespace/lifecycle`).
fn namespace_lifecycle(world: &World, object: &Object, creates: bool) -> Result<(), ApiError> {
    let name = &object.metadata().namespace;
    if !object.kind().is_namespaced() || name.is_empty() {
        return Ok(());
    }
    let key = ObjectKey::new(Kind::Namespace, "", name);
    match world.get(&key) {
        None => Err(ApiError::NotFound(key)),
        Some(namespace) if creates && namespace.metadata().is_terminating() => Err(forbidden_because(
            object,
            &["unable to create new content in namespace ", name, " because it is being terminated"],
        )),
        Some(_) => Ok(()),
    }
}

/// The ServiceAccount plugin (`plugin/pkg/admission/serviceaccount`) on creation: a pod acts as somebody who exists. The
/// account `default` is waited for, since each namespace gets one. Its token is not mounted here.
fn give_account(world: &World, pod: &mut Rc<Pod>) -> Result<(), ApiError> {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    if pod.metadata.annotations.contains_key(MIRROR) {
        return Ok(());
    }
    if pod.spec.service_account_name.is_empty() {
        let spec = Rc::make_mut(&mut Rc::make_mut(pod).spec);
        spec.service_account_name = DEFAULT_ACCOUNT.into();
        spec.rest.set("serviceAccount", DEFAULT_ACCOUNT.into());
    }
    let (namespace, name) = (&pod.metadata.namespace, &pod.spec.service_account_name);
    let account = world.get(&account_key(namespace, name));
    if let Some(Object::Stored(account)) = &account
        && let Some(secrets) = account.rest.get("imagePullSecrets")
        && pod.spec.rest.get("imagePullSecrets").is_none()
    {
        let spec = Rc::make_mut(&mut Rc::make_mut(pod).spec);
        spec.rest.set("imagePullSecrets", secrets.clone());
        return Ok(());
    }
    if name == DEFAULT_ACCOUNT || account.is_some() {
        return Ok(());
    }
    let why = [
        "error looking up service account ",
        namespace,
        "/",
        name,
        ": serviceaccount \"",
        name,
        "\" not found",
    ];
    Err(forbidden_because(&Object::Pod(Rc::clone(pod)), &why))
}

/// The RuntimeClass plugin (`plugin/pkg/admission/runtimeclass`) on creation: the class has to be there. What it asks for
/// besides, overhead and nodes, is not filled in here.
fn runtime_class_forbids(world: &World, pod: &Pod) -> Option<String> {
    let name = pod.spec.rest.get("runtimeClassName")?.as_str().filter(|name| !name.is_empty())?;
    let key = ObjectKey::new(RUNTIME_CLASS.clone(), "", name);
    let is_there = world.get(&key).is_some();
    (!is_there).then(|| format!("pod rejected: RuntimeClass {name:?} not found"))
}

/// The Priority plugin (`plugin/pkg/admission/priority`) on creation: class to number and preemption policy.
fn resolve_priority(world: &World, pod: &mut Rc<Pod>) -> Result<(), ApiError> {
    let name = &pod.spec.priority_class_name;
    let class = if name.is_empty() {
        default_class(world).cloned()
    } else {
        let Some(class) = world.priority_class(name) else {
            let why = ["no PriorityClass with name ", name, " was found"];
            return Err(forbidden_because(&Object::Pod(Rc::clone(pod)), &why));
        };
        Some(Rc::clone(class))
    };
    let (name, value, policy) = match class.as_deref() {
        None => ("".into(), 0, Some("PreemptLowerPriority".into())),
        Some(class) => (class.metadata.name.clone(), class.value, class.preemption_policy.clone()),
    };
    if let Some(written) = pod.spec.priority.filter(|written| *written != value) {
        return Err(other_than_the_class(
            pod,
            "integer value of priority",
            &written.to_string(),
            &value.to_string(),
        ));
    }
    if let (Some(written), Some(policy)) = (&pod.spec.preemption_policy, &policy)
        && written != policy
    {
        return Err(other_than_the_class(pod, "string value of PreemptionPolicy", written, policy));
    }
    let spec = Rc::make_mut(&mut Rc::make_mut(pod).spec);
    spec.priority_class_name = name;
    spec.priority = Some(value);
    spec.preemption_policy = policy.or(spec.preemption_policy.take());
    Ok(())
}

/// The Priority plugin on update: what it gave on creation stays where nothing else is written.
fn keep_priority(pod: &mut Rc<Pod>, old: &Object) {
    let Object::Pod(old) = old else { return };
    let (priority, policy) = (old.spec.priority, &old.spec.preemption_policy);
    if pod.spec.priority.is_none() && priority.is_some() {
        Rc::make_mut(&mut Rc::make_mut(pod).spec).priority = priority;
    }
    if pod.spec.preemption_policy.is_none() && policy.is_some() {
        Rc::make_mut(&mut Rc::make_mut(pod).spec).preemption_policy.clone_from(policy);
    }
}

/// The PodTopologyLabels plugin (`plugin/pkg/admission/podtopologylabels`): a pod that has a node has the zone and the
/// region of it as labels.
pub(super) fn topology_labels(world: &World, pod: &mut Pod) {
    const COPIED: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];
    let Some(node) = pod.node().and_then(|node| world.node(node)) else { return };
    for label in COPIED {
        if let Some(value) = node.metadata.labels.get(label) {
            pod.metadata.labels.insert(label.into(), value.clone());
        }
    }
}

/// The class of pods that name none; of several the one with the least value.
fn default_class(world: &World) -> Option<&Rc<PriorityClass>> {
    world.priority_classes().filter(|class| class.global_default).min_by_key(|class| class.value)
}

/// The DefaultTolerationSeconds plugin (`plugin/pkg/admission/defaulttolerationseconds`), on creation and update:
/// pods that say nothing about it leave a node that is not ready or unreachable after 300 s.
fn default_toleration_seconds(pod: &mut Rc<Pod>) {
    for key in [well_known_taints::NOT_READY, well_known_taints::UNREACHABLE] {
        let says_so = |toleration: &Toleration| {
            [key, ""].contains(&toleration.key.as_str())
                && [NO_EXECUTE, ""].contains(&toleration.effect.as_str())
        };
        if !pod.spec.tolerations.iter().any(says_so) {
            let seconds = Some(DEFAULT_TOLERATION_SECONDS);
            let toleration =
                Toleration { toleration_seconds: seconds, ..Toleration::exists(key, NO_EXECUTE) };
            let spec = Rc::make_mut(&mut Rc::make_mut(pod).spec);
            Rc::make_mut(&mut spec.tolerations).push(toleration);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Write;
    use serde_json::{Value, json};

    fn made(world: &mut World, object: Value) -> Result<Value, String> {
        let object = Object::from_json(object).expect("an object");
        let key = object.key();
        let write = if world.get(&key).is_some() { Write::Update(object) } else { Write::Create(object) };
        world.write(write, Time::EPOCH).map_err(|error| error.to_string())?;
        Ok(world.get(&key).expect("it is stored").to_json())
    }

    fn namespace(labels: &Value) -> Value {
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "team", "labels": labels } })
    }

    fn pod(name: &str, spec: &Value) -> Value {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "default" },
            "spec": { "containers": [{ "name": "c", "image": "c" }] },
        });
        for (field, value) in spec.as_object().into_iter().flatten() {
            pod["spec"][field] = value.clone();
        }
        pod
    }

    #[test]
    fn a_namespace_asks_for_levels_that_there_are() {
        let mut world = World::new(1, Time::EPOCH);
        let level = |of: &str, text: &str| json!({ format!("pod-security.kubernetes.io/{of}"): text });
        let levels = "must be one of privileged, baseline, restricted";
        let versions = "must be \"latest\" or \"v1.x\"";
        for (of, text, why) in [
            ("enforce", "baselin", levels),
            ("warn", "", levels),
            ("enforce-version", "1.36", versions),
            ("audit-version", "v1.036", versions),
        ] {
            let expected = format!(
                "Namespace \"team\" is invalid: metadata.labels[pod-security.kubernetes.io/{of}]: Invalid value: {text:?}: {why}"
            );
            assert_eq!(made(&mut world, namespace(&level(of, text))), Err(expected));
        }
        for (of, text) in [
            ("enforce", "baseline"),
            ("warn-version", "v1.0"),
            ("audit-version", "v1.36"),
            ("enforce-version", "latest"),
        ] {
            assert!(made(&mut world, namespace(&level(of, text))).is_ok(), "{of} {text}");
        }
        assert!(made(&mut world, namespace(&level("enforce", "none"))).is_err());
    }

    #[test]
    fn a_runtime_class_has_to_be_there() {
        let mut world = World::new(1, Time::EPOCH);
        let spec = json!({ "runtimeClassName": "nvidia" });
        let expected = "pods \"a\" is forbidden: pod rejected: RuntimeClass \"nvidia\" not found";
        assert_eq!(made(&mut world, pod("a", &spec)), Err(expected.into()));
        let class = json!({ "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": { "name": "nvidia" }, "handler": "nvidia" });
        made(&mut world, class).expect("a class");
        made(&mut world, pod("a", &spec)).expect("now it is there");
    }

    #[test]
    fn a_pod_gets_the_pull_secrets_of_its_account_unless_it_has_its_own() {
        let mut world = World::new(1, Time::EPOCH);
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "agent", "namespace": "default" },
            "imagePullSecrets": [{ "name": "reg" }],
        });
        made(&mut world, account).expect("an account");
        let spec = json!({ "serviceAccountName": "agent" });
        let given = made(&mut world, pod("a", &spec)).expect("a pod");
        assert_eq!(given["spec"]["imagePullSecrets"], json!([{ "name": "reg" }]));
        let spec = json!({ "serviceAccountName": "agent", "imagePullSecrets": [{ "name": "own" }] });
        let given = made(&mut world, pod("b", &spec)).expect("a pod");
        assert_eq!(given["spec"]["imagePullSecrets"], json!([{ "name": "own" }]));
    }
}
