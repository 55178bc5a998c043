//! Admission: what the API server adds to a new object or refuses. Upstream: `plugin/pkg/admission`.

use super::{ApiError, World};
use crate::api::{
    Condition, Kind, NO_EXECUTE, Object, ObjectKey, Pod, PriorityClass, Toleration, well_known_taints,
};
use std::rc::Rc;

/// Seconds that an ordinary pod bears a node that is not ready or unreachable.
const DEFAULT_TOLERATION_SECONDS: i64 = 300;

/// What admission adds to an object that is about to be created.
///
/// # Errors
/// The namespace does not exist, or a pod names a PriorityClass that does not exist or gives itself another
/// priority than its class.
pub(super) fn admit(world: &World, object: &mut Object) -> Result<(), ApiError> {
    let key = object.key();
    if key.kind.is_namespaced() {
        let namespace = ObjectKey::new(Kind::Namespace, "", &key.namespace);
        if world.get(&namespace).is_none() {
            return Err(ApiError::NotFound(namespace));
        }
    }
    if let Object::Pod(pod) = object {
        let pod = Rc::make_mut(pod);
        resolve_priority(world, &key, pod)?;
        default_toleration_seconds(pod);
        mark_gated(pod);
    }
    Ok(())
}

/// The Priority plugin (`plugin/pkg/admission/priority`): class to number and preemption policy.
fn resolve_priority(world: &World, key: &ObjectKey, pod: &mut Pod) -> Result<(), ApiError> {
    let forbid = |why: String| Err(ApiError::Forbidden(key.clone(), why));
    let spec = Rc::make_mut(&mut pod.spec);
    let class = if spec.priority_class_name.is_empty() {
        let default =
            world.priority_classes().filter(|class| class.global_default).min_by_key(|class| class.value);
        default.inspect(|class| spec.priority_class_name.clone_from(&class.metadata.name)).cloned()
    } else {
        let name = &spec.priority_class_name;
        let Some(class) = world.priority_class(name) else {
            return forbid(format!("no PriorityClass with name {name} was found"));
        };
        Some(Rc::clone(class))
    };
    let (value, policy) = class
        .as_deref()
        .map_or((0, None), |class: &PriorityClass| (class.value, class.preemption_policy.clone()));
    if spec.priority.is_some_and(|written| written != value) {
        return forbid(format!(
            "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name",
            spec.priority.unwrap_or_default()
        ));
    }
    let policy = policy.unwrap_or_else(|| "PreemptLowerPriority".into());
    if let Some(written) = spec.preemption_policy.as_ref().filter(|written| **written != policy) {
        return forbid(format!(
            "the string value of PreemptionPolicy ({written}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        ));
    }
    spec.priority = Some(value);
    spec.preemption_policy = Some(policy);
    Ok(())
}

/// A pod with scheduling gates says so from the start (`registry/core/pod/strategy.go`).
fn mark_gated(pod: &mut Pod) {
    if !pod.spec.scheduling_gates.is_empty() && pod.condition("PodScheduled").is_none() {
        let message = "Scheduling is blocked due to non-empty scheduling gates";
        pod.status.conditions.push(Condition::new("PodScheduled", "False", "SchedulingGated", message));
    }
}

/// The DefaultTolerationSeconds plugin (`plugin/pkg/admission/defaulttolerationseconds`): pods that say nothing
/// about it leave a node that is not ready or unreachable after 300 s.
fn default_toleration_seconds(pod: &mut Pod) {
    for key in [well_known_taints::NOT_READY, well_known_taints::UNREACHABLE] {
        let says_so = |toleration: &Toleration| {
            [key, ""].contains(&toleration.key.as_str())
                && [NO_EXECUTE, ""].contains(&toleration.effect.as_str())
        };
        if !pod.spec.tolerations.iter().any(says_so) {
            let seconds = Some(DEFAULT_TOLERATION_SECONDS);
            let toleration =
                Toleration { toleration_seconds: seconds, ..Toleration::exists(key, NO_EXECUTE) };
            Rc::make_mut(&mut Rc::make_mut(&mut pod.spec).tolerations).push(toleration);
        }
    }
}
