//! The door of the API server: every write passes it, whoever writes, in upstream's order.
//!
//! | step | upstream |
//! |---|---|
//! | decoding ([`decode`]), defaults ([`crate::api::defaults`]) | `apiserver/pkg/endpoints/handlers` |
//! | mutating admission ([`super::admission`]) | `plugin/pkg/admission` |
//! | a name for `generateName` | `apiserver/pkg/registry/generic/registry/store.go` |
//! | addresses and ports of Services ([`service_ip`]) | `pkg/registry/core/service/storage` |
//! | strategy, then validation ([`crate::api::validation`]) | `apiserver/pkg/registry/rest`, `pkg/registry/*/strategy.go` |
//! | validating admission | `plugin/pkg/admission` |
//! | the store ([`World`]) | `apiserver/pkg/storage/etcd3` |
//!
//! Invariants: nobody else checks an object or fills it in; what is stored has been through here. A refused write
//! changes nothing.

use super::checked::{Checked, Differs, share, share_status};
use super::recorder::event_name;
use super::{
    ApiError, Change, Occurrence, Propagation, StableHash, World, Write, Written, admission, service_ip,
};
use crate::api::base64;
use crate::api::validation::{annotations_fit, create_errors, metadata_errors, validate_update};
use crate::api::{
    Condition, DEFAULT_NAMESPACE, EcoString, Event, EventSeries, Kind, Millis, Object, ObjectKey, ObjectMeta,
    ObjectReference, Pod, Time, defaults, prepare_for_create, prepare_for_update, select_own_pods,
    set_condition, settle_namespace,
};
use serde_json::{Value, json};
use std::rc::Rc;

/// Characters that a generated name has after its prefix, and that prefix and ending have together at most
/// (`apiserver/pkg/storage/names/generate.go`).
const GENERATED: (usize, usize) = (5, 63);
/// The host on which the scheduler runs; it is part of its name in events.
const SCHEDULER_HOST: &str = "control-plane";

/// The texts of a Secret are stored as its data (`Convert_v1_Secret_To_core_Secret` in `pkg/apis/core/v1/conversion.go`).
fn encode_texts(object: &mut Object) {
    let Object::Stored(secret) = object else { return };
    if secret.kind != "Secret" || secret.api_version != "v1" {
        return;
    }
    let Some(Value::Object(texts)) = secret.rest.get("stringData").cloned() else { return };
    let mut data = secret.rest.get("data").cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
    for (key, text) in texts {
        data[key] = base64::encoded(text.as_str().unwrap_or_default().as_bytes()).into();
    }
    let rest = &mut Rc::make_mut(secret).rest;
    rest.set("data", data);
    rest.set("stringData", Value::Null);
}

impl World {
    /// Does a write, or refuses it and changes nothing. None where nothing is different afterwards.
    ///
    /// # Errors
    /// As the API server: not found, already there, changed meanwhile, invalid, forbidden.
    pub fn write(&mut self, write: Write, now: Time) -> Result<Option<Change>, ApiError> {
        match write {
            Write::Create(object) => self.create(object, now, None, false).map(Some),
            Write::Restore(object) => {
                let uid = Some(object.metadata().uid.clone()).filter(|uid| !uid.is_empty());
                self.create(object, now, uid, true).map(Some)
            }
            Write::Update(object) => self.update(object, now),
            Write::UpdateStatus(object) => self.update_status(object),
            Write::Bind { pod, node } => self.bind(&pod, &node, now),
            Write::Delete { key, grace_seconds, propagation } => {
                self.delete(&key, grace_seconds, propagation, now)
            }
            Write::Finalize(key) => {
                let old = self.get(&key).filter(|old| old.metadata().is_terminating());
                let old = old.ok_or_else(|| ApiError::NotFound(key.clone()))?;
                Ok(Some(self.commit(&key, Some(old), None)))
            }
            Write::Event { ref about, .. } => {
                let name = event_name(about, now, self.given);
                let told_of = self.get(about);
                self.tell(told_of.as_ref(), &write, Occurrence::first(name, now), now)
            }
        }
    }

    fn create(
        &mut self,
        mut object: Object,
        now: Time,
        uid: Option<EcoString>,
        is_restored: bool,
    ) -> Result<Change, ApiError> {
        if !object.metadata().resource_version.is_empty() {
            let why = "resourceVersion should not be set on objects to be created";
            return Err(ApiError::BadRequest(why.into()));
        }
        settle_namespace(&mut object);
        encode_texts(&mut object);
        let given = object.as_pod().cloned();
        let sibling = self.checked.clone().zip(given.as_deref()).and_then(|(checked, pod)| {
            let differs = checked.sibling(pod)?;
            Some((checked, differs))
        });
        match (&sibling, &mut object) {
            (Some((checked, _)), Object::Pod(pod)) => checked.apply_defaults(pod),
            (_, object) => defaults::apply(object),
        }
        let defaulted = object.as_pod().map(|pod| Rc::clone(&pod.spec));
        admission::mutate(self, &mut object, None)?;
        let admitted = object.as_pod().map(|pod| Rc::clone(&pod.spec));
        // What admission gives may be another thing by now.
        let sibling =
            sibling.filter(|(checked, _)| admitted.as_ref().is_some_and(|spec| checked.is_like(spec)));
        if object.metadata().name.is_empty() && !object.metadata().generate_name.is_empty() {
            object.metadata_mut().name = self.generate_name(&object);
        }
        prepare_for_create(&mut object);
        let uid = uid.unwrap_or_else(|| self.next_uid());
        select_own_pods(&mut object, &uid);
        // What was given in another cluster may be from another range.
        if !is_restored || !service_ip::is_given(&object) {
            service_ip::allocate(self, &mut object, None)?;
        }
        let errors = match (&sibling, &object) {
            (Some((_, Differs::InNames)), Object::Pod(pod)) if annotations_fit(&pod.metadata.annotations) => {
                Vec::new()
            }
            (Some(_), Object::Pod(pod)) => metadata_errors(pod),
            (_, object) => create_errors(object),
        };
        if !errors.is_empty() {
            return Err(ApiError::Invalid(object.key(), errors));
        }
        admission::validate(self, &object, None)?;
        // What ran in another cluster was let in there.
        if !is_restored {
            admission::validate_in_namespace(self, &object, now)?;
        }
        let key = object.key();
        if self.get(&key).is_some() {
            return Err(ApiError::AlreadyExists(key));
        }
        if let (None, Some(given), Some(defaulted), Some(admitted)) = (sibling, given, defaulted, admitted) {
            self.checked = Some(Rc::new(Checked { given, defaulted, admitted }));
        }
        if let (Object::Pod(pod), Some(other)) = (&mut object, &self.latest) {
            share(pod, other);
        }
        let change = self.store_new(object, now, Some(uid));
        if let Some(Object::Pod(pod)) = &change.after {
            self.latest = Some(Rc::clone(pod));
        }
        Ok(change)
    }

    /// Creates an object that asks for nothing and is known to be right: it is not validated.
    pub(super) fn create_unchecked(&mut self, mut object: Object, now: Time) -> Result<Change, ApiError> {
        settle_namespace(&mut object);
        defaults::apply(&mut object);
        admission::mutate(self, &mut object, None)?;
        prepare_for_create(&mut object);
        Ok(self.store_new(object, now, None))
    }

    fn generate_name(&self, object: &Object) -> EcoString {
        let (random, most) = GENERATED;
        let metadata = object.metadata();
        let mut prefix = metadata.generate_name.as_str();
        if prefix.len() > most - random {
            let end = (0..=most - random).rev().find(|end| prefix.is_char_boundary(*end));
            prefix = &prefix[..end.unwrap_or(0)];
        }
        let seeded = StableHash::default().text("name").number(self.seed()).number(self.given);
        let mut attempt = 0;
        loop {
            let name = EcoString::from(format!("{prefix}{}", seeded.number(attempt).suffix(random)));
            let is_taken = self.get(&ObjectKey::new(object.kind(), &metadata.namespace, &name)).is_some();
            if !is_taken {
                return name;
            }
            attempt += 1;
        }
    }

    // Kept out of `write`: a first visit changes no spec and deletes nothing.
    #[inline(never)]
    fn update(&mut self, mut object: Object, now: Time) -> Result<Option<Change>, ApiError> {
        settle_namespace(&mut object);
        encode_texts(&mut object);
        let key = object.key();
        let old = self.get(&key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        if object == old {
            return Ok(None);
        }
        defaults::apply(&mut object);
        admission::mutate(self, &mut object, Some(&old))?;
        let seen = &object.metadata().resource_version;
        if !seen.is_empty() && *seen != old.metadata().resource_version {
            return Err(ApiError::Conflict(key));
        }
        object.metadata_mut().resource_version.clone_from(&old.metadata().resource_version);
        service_ip::keep(&mut object, &old);
        prepare_for_update(&mut object, &old);
        service_ip::allocate(self, &mut object, Some(&old))?;
        service_ip::drop_of_other_type(&mut object, &old);
        let (errors, _) = validate_update(&object, &old);
        if !errors.is_empty() {
            return Err(ApiError::Invalid(key, errors));
        }
        admission::validate(self, &object, Some(&old))?;
        if object == old {
            return Ok(None);
        }
        let metadata = object.metadata();
        let finished = metadata.is_terminating()
            && metadata.finalizers.is_empty()
            && metadata.deletion_grace_period_seconds.is_none_or(|seconds| seconds == 0)
            && (key.kind != Kind::Pod || metadata.deletion_timestamp.is_some_and(|at| at <= now));
        Ok(Some(self.commit(&key, Some(old), (!finished).then_some(object))))
    }

    fn update_status(&mut self, object: Object) -> Result<Option<Change>, ApiError> {
        let key = object.key();
        let old = self.get(&key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let mut new = old.clone();
        match (&mut new, &object) {
            (Object::Pod(new), Object::Pod(object)) => {
                let status = &mut Rc::make_mut(new).status;
                let class = status.rest.get("qosClass").cloned();
                *status = object.status.clone();
                if let Some(class) = class.filter(|_| status.rest.get("qosClass").is_none()) {
                    status.rest.set("qosClass", class);
                }
            }
            (Object::Node(new), Object::Node(object)) => Rc::make_mut(new).status = object.status.clone(),
            (Object::DaemonSet(new), Object::DaemonSet(object)) => {
                Rc::make_mut(new).status = object.status.clone();
            }
            (Object::PodDisruptionBudget(new), Object::PodDisruptionBudget(object)) => {
                Rc::make_mut(new).status = object.status.clone();
            }
            (Object::ReplicaSet(new), Object::ReplicaSet(object)) => {
                Rc::make_mut(new).status = object.status.clone();
            }
            (Object::Namespace(new), Object::Namespace(object)) => {
                let status = object.rest.get("status").cloned().unwrap_or_default();
                Rc::make_mut(new).rest.set("status", status);
            }
            (Object::Service(new), Object::Service(object)) => {
                let status = object.rest.get("status").cloned().unwrap_or_default();
                Rc::make_mut(new).rest.set("status", status);
            }
            (Object::Stored(new), Object::Stored(object)) => {
                let status = object.rest.get("status").cloned().unwrap_or_default();
                Rc::make_mut(new).rest.set("status", status);
            }
            _ => return Err(bad_request(&[key.kind.name(), " has no status"])),
        }
        if new == old {
            return Ok(None);
        }
        Ok(Some(self.commit_status(&key, old, new)))
    }

    /// Stores a new state whose status is another one. The pods of one workload come along together, and then one's
    /// conditions and containers are those of the one before it: they are kept once.
    fn commit_status(&mut self, key: &ObjectKey, old: Object, mut new: Object) -> Change {
        if let (Object::Pod(pod), Some(other)) = (&mut new, &self.reported) {
            share_status(pod, other);
        }
        let change = self.commit(key, Some(old), Some(new));
        if let Some(Object::Pod(pod)) = &change.after {
            self.reported = Some(Rc::clone(pod));
        }
        change
    }

    fn bind(&mut self, key: &ObjectKey, node: &str, now: Time) -> Result<Option<Change>, ApiError> {
        let old = self.get(key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let Object::Pod(pod) = &old else {
            return Err(bad_request(&[key.kind.name(), " cannot be bound"]));
        };
        if let Some(bound) = pod.node() {
            return Err(bad_request(&["pod ", &key.name, " is already assigned to node \"", bound, "\""]));
        }
        if pod.metadata.is_terminating() {
            return Err(bad_request(&["pod ", &key.name, " is being deleted, cannot be assigned to a host"]));
        }
        let mut pod = Rc::clone(pod);
        let new = Rc::make_mut(&mut pod);
        Rc::make_mut(&mut new.spec).node_name = node.into();
        admission::topology_labels(self, new);
        new.status.nominate("");
        set_condition(&mut new.status.conditions, Condition::new("PodScheduled", "True", "", ""), now);
        Ok(Some(self.commit_status(key, old, Object::Pod(pod))))
    }

    #[inline(never)]
    fn delete(
        &mut self,
        key: &ObjectKey,
        grace_seconds: Option<i64>,
        propagation: Propagation,
        now: Time,
    ) -> Result<Option<Change>, ApiError> {
        let old = self.get(key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        admission::delete(key)?;
        let mut new = old.clone();
        let grace = match &old {
            Object::Pod(pod) => pod_grace(pod, grace_seconds),
            _ => 0,
        };
        // A namespace stays until it is empty (`spec.finalizers`).
        let is_namespace = key.kind == Kind::Namespace;
        if let Object::Namespace(namespace) = &mut new {
            let rest = &mut Rc::make_mut(namespace).rest;
            let mut status = rest.get("status").cloned().unwrap_or_else(|| serde_json::json!({}));
            status["phase"] = "Terminating".into();
            rest.set("status", status);
        }
        let metadata = new.metadata_mut();
        let finalizer = match propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(finalizer) = finalizer.filter(|_| !metadata.is_terminating()) {
            metadata.finalizers.push(finalizer.into());
        }
        if metadata.finalizers.is_empty() && grace == 0 && !is_namespace {
            return Ok(Some(self.commit(key, Some(old), None)));
        }
        let deadline = now + Millis::seconds(grace);
        if metadata.deletion_timestamp.is_some_and(|earlier| earlier <= deadline) {
            return Ok(None);
        }
        metadata.set_deletion(Some(deadline), (!is_namespace).then_some(grace));
        if metadata.generation > 0 {
            metadata.generation += 1;
        }
        Ok(Some(self.commit(key, Some(old), Some(new))))
    }

    /// Counts an event up: in a series if it is one of `events.k8s.io`.
    #[inline(never)]
    fn tell_again(
        &mut self,
        key: &ObjectKey,
        mut event: Rc<Event>,
        message: EcoString,
        count: i32,
        now: Time,
    ) -> Change {
        let before = Object::Event(Rc::clone(&event));
        let again = Rc::make_mut(&mut event);
        if again.event_time.is_some() {
            again.series = Some(series(count, now));
        } else {
            (again.count, again.message, again.last_timestamp) = (count, message, Some(now));
        }
        self.commit(key, Some(before), Some(Object::Event(event)))
    }

    /// Stores an event that a component tells of an object, given as it is now: a new one, or the one of this name with
    /// another count. None where its namespace ends, or is gone: nothing new is made there, and who tells does not ask
    /// again.
    ///
    /// # Errors
    /// The write is no event.
    pub fn tell(
        &mut self,
        told_of: Option<&Object>,
        write: &Write,
        occurrence: Occurrence,
        now: Time,
    ) -> Written {
        let Write::Event { about, type_, reason, message, component, path, action } = write else {
            return Err(bad_request(&[&write.key().to_string(), " is told as an event"]));
        };
        let Occurrence { name, count, first, is_combined } = occurrence;
        let message = if is_combined {
            ecow::eco_format!("(combined from similar events): {message}")
        } else {
            self.told.text(message)
        };
        let component = &self.told.text(component);
        let namespace: EcoString =
            if about.namespace.is_empty() { DEFAULT_NAMESPACE.into() } else { about.namespace.clone() };
        let metadata = ObjectMeta { name, namespace, ..Default::default() };
        let key = ObjectKey::of(Kind::Event, &metadata);
        if let Some(Object::Event(event)) = self.get(&key) {
            return Ok(Some(self.tell_again(&key, event, message, count, now)));
        }
        let home = self.get(&ObjectKey::new(Kind::Namespace, "", &metadata.namespace));
        if home.is_none_or(|home| home.metadata().is_terminating()) {
            return Ok(None);
        }
        // Only kubelets say on which node they are.
        let host = match told_of.filter(|_| component == "kubelet") {
            Some(Object::Pod(pod)) => pod.node().unwrap_or_default().into(),
            Some(Object::Node(node)) => node.metadata.name.clone(),
            _ => EcoString::new(),
        };
        let mut involved_object = reference(about, told_of);
        involved_object.field_path = self.told.text(path);
        if about.kind == Kind::Node || component == "taint-eviction-controller" {
            // These name the object without having seen its state.
            involved_object.resource_version = EcoString::new();
        }
        let mut event = Event {
            metadata,
            involved_object,
            reason: self.told.text(reason),
            message,
            type_: type_.name().into(),
            reporting_component: component.clone(),
            ..Default::default()
        };
        if let Some(action) = action {
            event.involved_object.resource_version = action.version.clone();
            event.event_time = Some(first.into());
            event.action = action.name.into();
            event.related =
                action.related.as_ref().map(|key| Rc::new(reference(key, self.get(key).as_ref())));
            event.reporting_instance = self.told.text(&format!("{component}-{SCHEDULER_HOST}"));
            event.series = (count > 1).then(|| series(count, now));
        } else {
            event.source.component = component.clone();
            event.source.host = host.clone();
            event.reporting_instance = host;
            (event.first_timestamp, event.last_timestamp, event.count) = (Some(first), Some(now), count);
        }
        Ok(Some(self.store_new(event.into(), now, None)))
    }
}

/// That an event was told so often, the last time now.
#[inline(never)]
fn series(count: i32, now: Time) -> Rc<EventSeries> {
    Rc::new(EventSeries { count, last_observed_time: Some(now.into()), ..Default::default() })
}

/// An object as others refer to it.
fn reference(key: &ObjectKey, object: Option<&Object>) -> ObjectReference {
    let known = object.map(Object::metadata);
    ObjectReference {
        kind: key.kind.name().into(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        uid: known.map(|known| known.uid.clone()).unwrap_or_default(),
        api_version: key.kind.api_version().into(),
        resource_version: known.map(|known| known.resource_version.clone()).unwrap_or_default(),
        ..Default::default()
    }
}

/// A refusal in words that are put together: of what is done most is right.
#[cold]
#[inline(never)]
fn bad_request(why: &[&str]) -> ApiError {
    ApiError::BadRequest(why.concat())
}

/// Seconds of grace that a pod gets (`registry/core/pod/strategy.go`): none where no kubelet has it or it has ended.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    if pod.node().is_none() || pod.is_finished() {
        return 0;
    }
    match asked.or(pod.spec.termination_grace_period_seconds).unwrap_or(0) {
        seconds if seconds < 0 => 1,
        seconds => seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::PriorityClass;

    const NOW: Time = Time::EPOCH;

    fn create(world: &mut World, object: Value) -> Result<Object, String> {
        let object = Object::from_json(object).map_err(|error| error.to_string())?;
        let change = world.write(Write::Create(object), NOW).map_err(|error| error.to_string())?;
        change.and_then(|change| change.after).ok_or_else(|| "nothing was stored".to_owned())
    }

    fn pod(metadata: Value, spec: Value) -> Value {
        let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
        if pod["spec"]["containers"].is_null() {
            pod["spec"]["containers"] = json!([{ "name": "c", "image": "c:1" }]);
        }
        pod
    }

    #[test]
    fn what_was_checked_before_changes_no_answer() {
        let container = json!({ "name": "c", "image": "c:1", "resources": { "limits": { "cpu": "1" } } });
        let of = |metadata: Value, node: &str| {
            pod(metadata, json!({ "containers": [container], "nodeName": node }))
        };
        let pinned = |name: &str, node: &str| {
            let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
            let required = json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
            let affinity =
                json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } });
            pod(json!({ "name": name }), json!({ "containers": [container], "affinity": affinity }))
        };
        let labels = |value: &str| json!({ "name": "a", "labels": { "app": value } });
        let annotated = |key: &str, value: &str| json!({ "name": "a", "annotations": { key: value } });
        let applied = crate::api::merge::LAST_APPLIED;
        let pods = [
            of(json!({ "name": "a" }), "n1"),
            pinned("a", "n1"),
            pinned("b", "n2"),
            pinned("b", "N1"),
            of(json!({ "name": "b" }), "n2"),
            of(json!({ "name": "B" }), "n1"),
            of(json!({ "name": "b", "finalizers": ["own"] }), "n1"),
            of(json!({ "name": "b", "namespace": "kube-system" }), "n1"),
            of(json!({ "generateName": "a-" }), "n1"),
            of(json!({ "name": "a" }), ""),
            of(json!({ "name": "a" }), "N1"),
            of(labels("x"), "n1"),
            of(labels("-"), "n1"),
            of(annotated(applied, "{}"), "n1"),
            of(annotated("kubernetes.io/config.mirror", "x"), "n1"),
            of(annotated("container.apparmor.security.beta.kubernetes.io/d", "x"), "n1"),
        ];
        for (first, second) in pods.iter().flat_map(|first| pods.iter().map(move |second| (first, second))) {
            let mut known = World::new(1, NOW);
            drop(create(&mut known, first.clone()));
            let mut forgotten = known.clone();
            (forgotten.checked, forgotten.latest) = (None, None);
            let expected = create(&mut forgotten, second.clone());
            assert_eq!(create(&mut known, second.clone()), expected, "{second} after {first}");
        }
    }

    #[test]
    fn a_refusal_names_what_has_a_name_by_then() {
        let mut world = World::new(1, NOW);
        let prefix = json!({ "generateName": "a-" });
        assert_eq!(
            create(&mut world, pod(prefix.clone(), json!({ "priorityClassName": "none" }))),
            Err("pods \"a-\" is forbidden: no PriorityClass with name none was found".into())
        );
        let invalid = create(&mut world, pod(prefix.clone(), json!({ "restartPolicy": "Sometimes" })));
        let text = invalid.expect_err("it is invalid");
        let name = text.strip_prefix("Pod \"a-").and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
        assert_eq!(name.map(str::len), Some(5), "{text}");
        let stored = create(&mut world, pod(prefix, json!({}))).expect("it is right");
        assert_eq!(stored.metadata().name.len(), "a-".len() + 5);
        let long = json!({ "generateName": "x".repeat(80) });
        let stored = create(&mut world, pod(long, json!({}))).expect("it is right");
        assert_eq!(stored.metadata().name.len(), 63);
    }

    #[test]
    fn what_no_client_may_do_is_refused_whoever_asks() {
        let mut world = World::new(1, NOW);
        let class = |name: &str| {
            json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name },
                "value": 1, "globalDefault": true,
            })
        };
        create(&mut world, class("one")).expect("the first default");
        for (object, expected) in [
            (
                class("two"),
                "priorityclasses.scheduling.k8s.io \"two\" is forbidden: PriorityClass one is already marked as default. Only one default can exist",
            ),
            (
                pod(json!({ "name": "p", "namespace": "nowhere" }), json!({})),
                "namespaces \"nowhere\" not found",
            ),
            (
                pod(json!({ "name": "p", "resourceVersion": "7" }), json!({})),
                "resourceVersion should not be set on objects to be created",
            ),
        ] {
            assert_eq!(create(&mut world, object), Err(expected.into()));
        }
        let before = world.revision();
        for (key, expected) in [
            (
                ObjectKey::new(Kind::Namespace, "", "default"),
                "namespaces \"default\" is forbidden: this namespace may not be deleted",
            ),
            (
                ObjectKey::new(Kind::PriorityClass, "", PriorityClass::OF_SYSTEM[0].0),
                "priorityclasses.scheduling.k8s.io \"system-cluster-critical\" is forbidden: this is a system priority class and cannot be deleted",
            ),
        ] {
            let refused = world.write(Write::delete(key), NOW).map_err(|error| error.to_string());
            assert_eq!(refused, Err(expected.into()));
        }
        assert_eq!(world.revision(), before, "a refused write changes nothing");
    }

    #[test]
    fn a_pod_is_stored_alike_whether_a_sibling_was_checked_before_or_not() {
        let daemon = |node: &str| {
            let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
            let required = json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
            pod(
                json!({ "generateName": "a-", "labels": { "app": "a" } }),
                json!({
                    "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } },
                    "containers": [{
                        "name": "c", "image": "c:1", "ports": [{ "containerPort": 80 }],
                        "resources": { "limits": { "memory": "1Gi" } },
                    }],
                    "hostNetwork": true,
                }),
            )
        };
        let stored = |nodes: &[&str]| {
            let mut world = World::new(1, NOW);
            let pods = nodes.iter().map(|node| create(&mut world, daemon(node)).expect("it is right"));
            let last = pods.last().expect("a pod");
            (last.as_pod().expect("a pod").spec.clone(), last.as_pod().expect("a pod").status.clone())
        };
        assert_eq!(stored(&["n1", "n2"]), stored(&["n2"]));
    }

    #[test]
    fn going_back_and_on_again_leaves_the_counters_as_they_were() {
        let mut world = World::new(1, NOW);
        let mut changes = Vec::new();
        let mut write = |world: &mut World, write: Write| {
            changes.extend(world.write(write, NOW).expect("it is accepted"));
        };
        let first = Object::from_json(pod(json!({ "generateName": "a-" }), json!({}))).expect("a pod");
        write(&mut world, Write::Create(first.clone()));
        let key =
            world.pods().next().map(|pod| ObjectKey::pod("default", &pod.metadata.name)).expect("a pod");
        write(&mut world, Write::delete(key));
        let next = |world: &World| {
            let change = world.clone().write(Write::Create(first.clone()), NOW);
            change.expect("it is accepted").expect("a change")
        };
        let expected = next(&world);
        for change in changes.iter().rev() {
            world.undo(change);
        }
        assert_eq!(next(&world).key(), changes[0].key(), "the same name is given again");
        for change in &changes {
            world.redo(change);
        }
        assert_eq!(next(&world), expected);
    }
}
