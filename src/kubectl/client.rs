//! kubectl's side of the API: reads the cluster, and tries each write on a copy of it, so that the command knows the
//! API server's answer. What was accepted is what the command writes.

use super::kinds::ApiResource;
use super::{Deed, DoneTo, Reads};
use crate::api::validation::{validate_create, validate_update};
use crate::api::{EcoString, Kind, Object, ObjectKey, SERVICE_NAME, Time, sort};
use crate::cluster::{
    ApiError, Change, Propagation, World, Write, as_tried, eviction, is_quota, pod_security_warnings,
    with_usage,
};
use crate::manifest::object_of;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Whether a write is only tried (`--dry-run`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// It is done.
    #[default]
    None,
    /// It is not even sent.
    Client,
    /// The API server tries it and stores nothing.
    Server,
}

/// The cluster as a command sees it.
#[derive(Clone)]
pub struct Client {
    world: World,
    now: Time,
    writes: Vec<Write>,
    done: Vec<DoneTo>,
    /// Changes of which nobody asked yet what the API server warned of.
    unwarned: Vec<Change>,
    reads: RefCell<Reads>,
    /// What each object that is written says of why it changed (`--record`).
    pub cause: Option<EcoString>,
}

/// The annotation that says why a revision came to be.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

impl Client {
    /// A client of the cluster at a time.
    pub fn new(world: &World, now: Time) -> Self {
        Client {
            world: world.clone(),
            now,
            writes: Vec::new(),
            done: Vec::new(),
            unwarned: Vec::new(),
            reads: RefCell::default(),
            cause: None,
        }
    }

    /// The cluster, with what the command has written so far.
    pub fn world(&self) -> &World {
        self.reads.borrow_mut().is_everything = true;
        &self.world
    }

    /// The namespace of kubectl's context, empty if it has none.
    pub fn home(&self) -> EcoString {
        self.world.home().clone()
    }

    /// Where commands look that name no namespace.
    pub fn namespace(&self) -> EcoString {
        self.world.namespace().into()
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// What the command wrote, what came of it for each object, and what it looked at.
    pub fn into_parts(self) -> (Vec<Write>, Vec<DoneTo>, Reads) {
        (self.writes, self.done, self.reads.into_inner())
    }

    /// The same with the change that each write was, for who writes nothing else meanwhile. Nobody may have asked for
    /// warnings.
    pub fn into_changes(self) -> (Vec<(Write, Change)>, Vec<DoneTo>) {
        debug_assert_eq!(self.writes.len(), self.unwarned.len(), "each write was a change");
        (self.writes.into_iter().zip(self.unwarned).collect(), self.done)
    }

    /// Notes what came of the command for an object that was not written.
    pub fn note(&mut self, key: &ObjectKey, deed: Deed) {
        self.done.push(DoneTo { key: key.clone(), deed });
    }

    /// What came of the command so far.
    pub fn done(&self) -> &[DoneTo] {
        &self.done
    }

    /// Notes another thing that came of the object at this place of [`Client::done`], if nothing came of it yet.
    pub fn note_better(&mut self, at: usize, deed: Deed) {
        if let Some(done) = self.done.get_mut(at).filter(|done| done.deed == Deed::Unchanged) {
            done.deed = deed;
        }
    }

    /// The same client without what it noted last, to try something else.
    #[must_use]
    pub fn without_latest(&self) -> Client {
        let mut client = self.clone();
        client.done.pop();
        client
    }

    /// One object.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn get(&self, key: &ObjectKey) -> Result<Object, ApiError> {
        self.reads.borrow_mut().add(&key.kind);
        let found = self.world.get(key).or_else(|| {
            let is_endpoints = key.kind.name() == "Endpoints" && key.kind.group().is_empty();
            let made = if is_endpoints { endpoints(&self.world) } else { Vec::new() };
            made.into_iter().find(|object| object.key() == *key)
        });
        found.map(|object| self.read(object)).ok_or_else(|| ApiError::NotFound(key.clone()))
    }

    /// An object as the API server gives it out: with what is not kept in it.
    fn read(&self, object: Object) -> Object {
        if !is_quota(&object.kind()) {
            return object;
        }
        // What is used changes with everything in the namespace.
        self.reads.borrow_mut().is_everything = true;
        with_usage(&self.world, object, self.now)
    }

    /// All objects of a kind, of one namespace or all, by namespace and name.
    pub fn list(&self, resource: &ApiResource, namespace: Option<&str>) -> Vec<Object> {
        self.reads.borrow_mut().add(&resource.kind());
        let mut all: Vec<Object> = match resource.kind() {
            Kind::Node => self.world.nodes().cloned().map(Object::Node).collect(),
            Kind::Pod => match namespace {
                Some(namespace) => self.world.pods_in(namespace).cloned().map(Object::Pod).collect(),
                None => self.world.pods().cloned().map(Object::Pod).collect(),
            },
            kind if kind.name() == "Endpoints" => {
                let all = endpoints(&self.world).into_iter().chain(self.world.of_kind(&kind).cloned());
                sort::map(all.map(|object| (object.key(), object))).into_values().collect()
            }
            kind => self.world.of_kind(&kind).cloned().collect(),
        };
        let is_there = |object: &Object| {
            !resource.is_namespaced || namespace.is_none_or(|wanted| object.metadata().namespace == wanted)
        };
        all.retain(is_there);
        if is_quota(&resource.kind()) {
            for quota in &mut all {
                *quota = self.read(quota.clone());
            }
        }
        all
    }

    fn record(&self, object: &mut Object) {
        if let Some(cause) = &self.cause {
            object.metadata_mut().annotations.insert(CHANGE_CAUSE.into(), cause.clone());
        }
    }

    /// Creates an object, whatever version it says that it has (`resource.Helper.CreateWithOptions`).
    ///
    /// # Errors
    /// The API server's.
    pub fn create(&mut self, mut object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        object.metadata_mut().resource_version = "".into();
        self.bring(object, Write::Create, dry_run)
    }

    /// Creates an object under the uid that it has.
    ///
    /// # Errors
    /// The API server's.
    pub fn restore(&mut self, object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        self.bring(object, Write::Restore, dry_run)
    }

    fn bring(
        &mut self,
        mut object: Object,
        write: fn(Object) -> Write,
        dry_run: DryRun,
    ) -> Result<Object, ApiError> {
        self.record(&mut object);
        let sent = object.clone();
        let key = object.key();
        Ok(self.write(key, write(object), Deed::Created, dry_run)?.unwrap_or(sent))
    }

    /// Replaces an object by another state of it, as a patch does: whoever changed it meanwhile.
    ///
    /// # Errors
    /// The API server's.
    pub fn update(&mut self, mut object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        let key = object.key();
        let old = self.get(&key)?;
        object.metadata_mut().resource_version = "".into();
        self.record(&mut object);
        let sent = object.clone();
        let stored = self.write(key.clone(), Write::Update(object), Deed::Configured, dry_run)?;
        // One that only its finalizers held is gone by now; the answer is what was sent.
        let is_gone = dry_run == DryRun::None && self.get(&key).is_err();
        Ok(stored.map_or_else(|| if is_gone { sent } else { old }, |stored| self.read(stored)))
    }

    /// Deletes an object, or begins to.
    ///
    /// # Errors
    /// The API server's.
    pub fn delete(
        &mut self,
        key: &ObjectKey,
        grace_seconds: Option<i64>,
        propagation: Propagation,
        dry_run: DryRun,
    ) -> Result<(), ApiError> {
        let write = Write::Delete { key: key.clone(), grace_seconds, propagation };
        self.write(key.clone(), write, Deed::Deleted, dry_run).map(drop)
    }

    /// Evicts a pod (the `pods/eviction` subresource).
    ///
    /// # Errors
    /// The API server's.
    pub fn evict(
        &mut self,
        key: &ObjectKey,
        grace_seconds: Option<i64>,
        dry_run: DryRun,
    ) -> Result<(), ApiError> {
        let (deed, outcome) = match eviction(&self.world, key, grace_seconds, self.now) {
            Ok(writes) if dry_run == DryRun::None => {
                for write in writes {
                    self.try_write(write, dry_run)?;
                }
                (Deed::Deleted, Ok(()))
            }
            Ok(_) => (Deed::Unchanged, Ok(())),
            Err(error) => (Deed::Refused(error.clone()), Err(error)),
        };
        if dry_run == DryRun::None {
            self.done.push(DoneTo { key: key.clone(), deed });
        }
        outcome
    }

    /// Does a write on the copy, and notes what came of it. Gives the object as it then is, if it changed. Writes that
    /// change nothing are left out.
    ///
    /// # Errors
    /// The API server's.
    pub fn write(
        &mut self,
        key: ObjectKey,
        write: Write,
        deed: Deed,
        dry_run: DryRun,
    ) -> Result<Option<Object>, ApiError> {
        let (key, deed, outcome) = match self.try_write(write, dry_run) {
            // A generated name is known only now.
            Ok(Some(change)) => (change.key(), deed, Ok(change.after)),
            Ok(None) => (key, Deed::Unchanged, Ok(None)),
            Err(error) => (key, Deed::Refused(error.clone()), Err(error)),
        };
        if dry_run == DryRun::None {
            self.done.push(DoneTo { key, deed });
        }
        outcome
    }

    /// Does a write on the copy and notes nothing.
    ///
    /// # Errors
    /// The API server's.
    pub fn try_write(&mut self, write: Write, dry_run: DryRun) -> Result<Option<Change>, ApiError> {
        if dry_run != DryRun::None {
            let sent = match &write {
                Write::Create(Object::Service(service)) => Some(Rc::clone(service)),
                _ => None,
            };
            let mut change = self.world.clone().write(write, self.now)?;
            if let (Some(sent), Some(Change { after: Some(Object::Service(made)), .. })) =
                (&sent, &mut change)
            {
                as_tried(Rc::make_mut(made), sent);
            }
            self.unwarned.extend(change.clone());
            if let Some(Change { before, after: Some(after), .. }) = &mut change {
                // Only the store gives versions.
                let version = before.as_ref().map(|before| before.metadata().resource_version.clone());
                after.metadata_mut().resource_version = version.unwrap_or_default();
            }
            return Ok(change);
        }
        let change = self.world.write(write.clone(), self.now)?;
        self.unwarned.extend(change.clone());
        if change.is_some() {
            self.writes.push(write);
        }
        Ok(change)
    }

    /// What the API server warned of since this was asked last.
    pub fn take_warnings(&mut self) -> Vec<String> {
        let changes = std::mem::take(&mut self.unwarned);
        let warned = changes.into_iter().map(|change| {
            let mut warned = match &change {
                Change { before: None, after: Some(after), .. } => validate_create(after).1,
                Change { before: Some(before), after: Some(after), .. }
                    if !after.metadata().is_terminating() =>
                {
                    validate_update(after, before).1
                }
                _ => return Vec::new(),
            };
            warned.extend(pod_security_warnings(&self.world, &change));
            warned
        });
        warned.flatten().collect()
    }
}

/// The Endpoints that the endpoints controller keeps beside the EndpointSlices of each Service, made from these: only
/// old clients read them, and no step is spent on them.
fn endpoints(world: &World) -> Vec<Object> {
    const HEADLESS: &str = "service.kubernetes.io/headless";
    const TRIGGERED: &str = "endpoints.kubernetes.io/last-change-trigger-time";
    let mut made = BTreeMap::new();
    for slice in world.of_kind(&Kind::EndpointSlice) {
        let metadata = slice.metadata();
        let Some(service) = metadata.labels.get(SERVICE_NAME) else { continue };
        let value = slice.to_json();
        let (mut ready, mut waiting) = (Vec::new(), Vec::new());
        for endpoint in value["endpoints"].as_array().into_iter().flatten() {
            let is_ready = endpoint["conditions"]["ready"] != false;
            for address in endpoint["addresses"].as_array().into_iter().flatten() {
                let told = json!({
                    "ip": address, "nodeName": endpoint["nodeName"], "targetRef": endpoint["targetRef"],
                });
                if is_ready { ready.push(told) } else { waiting.push(told) }
            }
        }
        let by_address = |told: &Value| {
            let parts = told["ip"].as_str().unwrap_or_default().split('.');
            parts.map(|part| part.parse::<u32>().unwrap_or_default()).collect::<Vec<_>>()
        };
        sort::by_key(&mut ready, by_address);
        sort::by_key(&mut waiting, by_address);
        // Without a port of its own an endpoint is one of a headless Service alone.
        let has_ports = value["ports"].as_array().is_some_and(|ports| !ports.is_empty());
        if !has_ports && !metadata.labels.contains_key(HEADLESS) {
            ready.clear();
            waiting.clear();
        }
        let is_managed = metadata.labels.contains_key("endpointslice.kubernetes.io/managed-by");
        let mut labels = match is_managed {
            true => json!({ "endpoints.kubernetes.io/managed-by": "endpoint-controller" }),
            false => json!({ "endpointslice.kubernetes.io/skip-mirror": "true" }),
        };
        if metadata.labels.contains_key(HEADLESS) {
            labels[HEADLESS] = "".into();
        }
        let mut subset = json!({});
        for (name, list) in [("addresses", ready), ("notReadyAddresses", waiting)] {
            if !list.is_empty() {
                subset[name] = list.into();
            }
        }
        let subsets = if subset == json!({}) { Vec::new() } else { vec![subset] };
        let mut object = json!({
            "apiVersion": "v1", "kind": "Endpoints", "subsets": subsets,
            "metadata": {
                "name": &**service, "namespace": &*metadata.namespace, "labels": labels,
                "creationTimestamp": value["metadata"]["creationTimestamp"],
            },
        });
        if let Some(trigger) = metadata.annotations.get(TRIGGERED) {
            object["metadata"]["annotations"][TRIGGERED] = trigger.as_str().into();
        }
        if let (Some(subset), true) = (object.pointer_mut("/subsets/0"), has_ports) {
            subset["ports"] = value["ports"].clone();
        }
        if let Ok(object) = Object::from_json(object) {
            made.entry((metadata.namespace.clone(), service.to_string())).or_insert(object);
        }
    }
    made.into_values().collect()
}

/// An object from what a client sends ([`object_of`]).
///
/// # Errors
/// A field has another type than its kind's.
pub fn decode(value: Value) -> Result<Object, ApiError> {
    object_of(value).map_err(|error| ApiError::BadRequest(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::given::{add, answer, cluster};

    #[test]
    fn endpoints_that_somebody_made_are_listed_beside_those_of_services() {
        let mut world = cluster();
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Endpoints", "metadata": { "name": "own" },
                "subsets": [{ "addresses": [{ "ip": "10.1.1.1" }], "ports": [{ "port": 80 }] }],
            }),
        );
        let listed = answer(&world, "kubectl get endpoints").out;
        assert!(listed.contains("own    10.1.1.1:80   0s\n"), "{listed}");
    }

    #[test]
    fn what_changes_a_quota_prints_what_is_used_of_it() {
        let mut world = cluster();
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q" }, "spec": { "hard": { "services": "5" } },
        });
        add(&mut world, quota);
        for line in [
            "label quota q a=b",
            "patch quota q -p '{\"spec\":{\"hard\":{\"services\":\"5\",\"pods\":\"9\"}}}'",
        ] {
            let printed = answer(&world, &format!("kubectl {line} -o jsonpath='{{.status.hard.services}}'"));
            assert_eq!(printed.out, "5", "{line}: {printed:?}");
        }
    }

    #[test]
    fn what_a_command_looked_at_is_known() {
        let mut world = cluster();
        let cordon = answer(&world, "kubectl cordon a").writes.remove(0);
        let changes: Vec<Change> = world.write(cordon, Time::EPOCH).expect("accepted").into_iter().collect();
        assert_eq!(changes.len(), 1);
        for (line, is_touched) in [
            ("get pods -w", false),
            ("get nodes -w", true),
            ("wait --for=condition=Ready pod/p", false),
            ("wait --for=condition=Ready node/a", true),
            ("rollout status ds/agent", false),
            ("describe pod p", true),
        ] {
            let reads = answer(&world, &format!("kubectl {line}")).reads;
            assert_eq!(reads.is_touched_by(&changes), is_touched, "{line}");
            assert!(!reads.is_touched_by(&[]), "{line}");
        }
    }
}
