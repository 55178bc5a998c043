//! The store.

use super::{ApiError, Change, EventType, Propagation, StableHash, Write, admission};
use crate::api::{
    Condition, DaemonSet, EcoString, Event, EventSource, Kind, Millis, Namespace, Node, Object, ObjectKey,
    ObjectMeta, ObjectReference, Pod, PriorityClass, Time, set_condition,
};
use std::rc::Rc;

/// A persistent ordered map: a clone shares everything, a change copies a path.
pub type Map<K, V> = imbl::GenericOrdMap<K, V, imbl::shared_ptr::RcK>;
/// A persistent ordered set.
pub type Set<T> = imbl::GenericOrdSet<T, imbl::shared_ptr::RcK>;

/// Namespace and name of a pod.
pub type PodName = (EcoString, EcoString);

/// Everything that the API server stores, with the indices that keep a step's cost independent of the size of the
/// cluster. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    revision: u64,
    /// Counts the names and uids given.
    given: u64,
    nodes: Map<EcoString, Rc<Node>>,
    pods: Map<PodName, Rc<Pod>>,
    others: Map<ObjectKey, Object>,
    /// Pods by the node they are bound to or, unbound, pinned to.
    pods_by_node: Map<EcoString, Set<PodName>>,
    /// Unbound pods that are pinned to no node.
    floating: Set<PodName>,
    /// Objects by the uid of each of their owners.
    dependents: Map<EcoString, Set<ObjectKey>>,
}

/// Priority of `system-cluster-critical`.
const SYSTEM_CLUSTER_CRITICAL: i32 = 2_000_000_000;
/// Priority of `system-node-critical`.
const SYSTEM_NODE_CRITICAL: i32 = 2_000_001_000;

impl World {
    /// A cluster without nodes: the namespaces and priority classes that every cluster has. The seed decides the
    /// random parts of names.
    pub fn new(seed: u64, now: Time) -> Self {
        let mut world = World {
            seed,
            revision: 0,
            given: 0,
            nodes: Map::new(),
            pods: Map::new(),
            others: Map::new(),
            pods_by_node: Map::new(),
            floating: Set::new(),
            dependents: Map::new(),
        };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let metadata = ObjectMeta { name: name.into(), ..Default::default() };
            world.store_new(Namespace { metadata, ..Default::default() }.into(), now);
        }
        for (name, value) in [
            ("system-cluster-critical", SYSTEM_CLUSTER_CRITICAL),
            ("system-node-critical", SYSTEM_NODE_CRITICAL),
        ] {
            let class = PriorityClass {
                metadata: ObjectMeta { name: name.into(), ..Default::default() },
                value,
                preemption_policy: Some("PreemptLowerPriority".into()),
                ..Default::default()
            };
            world.store_new(class.into(), now);
        }
        world
    }

    // ---- reading ----

    /// From which the random parts of names are drawn.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Counts the writes so far.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// An object.
    pub fn get(&self, key: &ObjectKey) -> Option<Object> {
        match key.kind {
            Kind::Node => self.nodes.get(&key.name).cloned().map(Object::Node),
            Kind::Pod => self.pods.get(&(key.namespace.clone(), key.name.clone())).cloned().map(Object::Pod),
            _ => self.others.get(key).cloned(),
        }
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&Rc<Node>> {
        self.nodes.get(name)
    }

    /// All nodes by name.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Rc<Node>> {
        self.nodes.values()
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// A pod.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Rc<Pod>> {
        self.pods.get(&(EcoString::from(namespace), EcoString::from(name)))
    }

    /// A pod by the key of the indices.
    pub fn pod_named(&self, name: &PodName) -> Option<&Rc<Pod>> {
        self.pods.get(name)
    }

    /// The pods of one namespace by name.
    pub fn pods_in(&self, namespace: &str) -> impl Iterator<Item = &Rc<Pod>> {
        let namespace = EcoString::from(namespace);
        let first = (namespace.clone(), EcoString::from(""));
        self.pods.range(first..).take_while(move |(name, _)| name.0 == namespace).map(|(_, pod)| pod)
    }

    /// All pods by namespace and name.
    pub fn pods(&self) -> impl DoubleEndedIterator<Item = &Rc<Pod>> {
        self.pods.values()
    }

    /// How many pods there are.
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// The pods bound to a node, and those pinned to it that are not bound, by namespace and name. The node itself
    /// need not exist.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &Rc<Pod>> {
        self.pods_by_node.get(node).into_iter().flatten().filter_map(|name| self.pods.get(name))
    }

    /// The pods that are neither bound nor pinned to a node.
    pub fn floating_pods(&self) -> impl Iterator<Item = &Rc<Pod>> {
        self.floating.iter().filter_map(|name| self.pods.get(name))
    }

    /// The objects that name an owner of this uid, by key.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &ObjectKey> {
        self.dependents.get(uid).into_iter().flatten()
    }

    /// All objects of one kind by namespace and name, other than nodes and pods.
    pub fn of_kind(&self, kind: &Kind) -> impl Iterator<Item = &Object> {
        let first = ObjectKey { kind: kind.clone(), namespace: "".into(), name: "".into() };
        let kind = kind.clone();
        self.others.range(first..).take_while(move |(key, _)| key.kind == kind).map(|(_, object)| object)
    }

    /// All DaemonSets by namespace and name.
    pub fn daemon_sets(&self) -> impl Iterator<Item = &Rc<DaemonSet>> {
        self.of_kind(&Kind::DaemonSet).filter_map(Object::as_daemon_set)
    }

    /// A DaemonSet.
    pub fn daemon_set(&self, namespace: &str, name: &str) -> Option<&Rc<DaemonSet>> {
        self.others.get(&ObjectKey::new(Kind::DaemonSet, namespace, name))?.as_daemon_set()
    }

    /// All priority classes by name.
    pub fn priority_classes(&self) -> impl Iterator<Item = &Rc<PriorityClass>> {
        self.of_kind(&Kind::PriorityClass).filter_map(|object| match object {
            Object::PriorityClass(class) => Some(class),
            _ => None,
        })
    }

    /// A priority class.
    pub fn priority_class(&self, name: &str) -> Option<&Rc<PriorityClass>> {
        match self.others.get(&ObjectKey::new(Kind::PriorityClass, "", name)) {
            Some(Object::PriorityClass(class)) => Some(class),
            _ => None,
        }
    }

    /// All events by namespace and name.
    pub fn events(&self) -> impl Iterator<Item = &Rc<Event>> {
        self.of_kind(&Kind::Event).filter_map(|object| match object {
            Object::Event(event) => Some(event),
            _ => None,
        })
    }

    /// All objects, by key.
    pub fn objects(&self) -> impl Iterator<Item = Object> {
        let nodes = self.nodes.values().cloned().map(Object::Node);
        nodes.chain(self.pods.values().cloned().map(Object::Pod)).chain(self.others.values().cloned())
    }

    // ---- writing ----

    /// Does a write, or refuses it and changes nothing. The first change is the one asked for.
    ///
    /// # Errors
    /// As the API server: not found, already there, changed meanwhile, invalid, forbidden.
    pub fn write(&mut self, write: Write, now: Time) -> Result<Option<Change>, ApiError> {
        match write {
            Write::Create(object) => self.create(object, now).map(Some),
            Write::Update(object) => self.update(object, now),
            Write::UpdateStatus(object) => self.update_status(object),
            Write::Bind { pod, node } => self.bind(&pod, &node, now),
            Write::Delete { key, grace_seconds, propagation } => {
                self.delete(&key, grace_seconds, propagation, now)
            }
            Write::Event { about, type_, reason, message, component } => {
                Ok(Some(self.tell(&about, type_, &reason, message, &component, now)))
            }
        }
    }

    /// Puts a recorded state of an object in place: moves a copy of the world along the timeline. Counters of the
    /// API server do not move, so nothing may be written to such a copy.
    pub fn put_back(&mut self, key: &ObjectKey, object: Option<&Object>) {
        self.store(key, object.cloned());
    }

    fn create(&mut self, mut object: Object, now: Time) -> Result<Change, ApiError> {
        if object.metadata().namespace.is_empty() && object.kind().is_namespaced() {
            object.metadata_mut().namespace = "default".into();
        }
        if object.metadata().name.is_empty() && !object.metadata().generate_name.is_empty() {
            object.metadata_mut().name = self.generate_name(&object).into();
        }
        let key = object.key();
        if self.get(&key).is_some() {
            return Err(ApiError::AlreadyExists(key));
        }
        admission::admit(self, &mut object)?;
        Ok(self.store_new(object, now))
    }

    fn store_new(&mut self, mut object: Object, now: Time) -> Change {
        self.given += 1;
        let uid = StableHash::default().text("uid").number(self.seed).number(self.given);
        let (high, low) = (uid.finish(), uid.text("low").finish());
        let metadata = object.metadata_mut();
        metadata.uid = format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
        .into();
        metadata.creation_timestamp = Some(now);
        metadata.deletion_timestamp = None;
        metadata.deletion_grace_period_seconds = None;
        if matches!(object, Object::DaemonSet(_) | Object::PodDisruptionBudget(_) | Object::ReplicaSet(_)) {
            object.metadata_mut().generation = 1;
        }
        if let Object::DaemonSet(set) = &mut object {
            let generation = set.template_generation().unwrap_or(1).max(1);
            Rc::make_mut(set).set_template_generation(generation);
        }
        self.commit(None, Some(object))
    }

    fn generate_name(&self, object: &Object) -> String {
        let metadata = object.metadata();
        (0..)
            .map(|attempt| {
                let hash =
                    StableHash::default().text("name").number(self.seed).number(self.given).number(attempt);
                format!("{}{}", metadata.generate_name, hash.suffix(5))
            })
            .find(|name| self.get(&ObjectKey::new(object.kind(), &metadata.namespace, name)).is_none())
            .unwrap_or_default()
    }

    fn update(&mut self, mut object: Object, now: Time) -> Result<Option<Change>, ApiError> {
        let key = object.key();
        let old = self.get(&key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let seen = &object.metadata().resource_version;
        if !seen.is_empty() && *seen != old.metadata().resource_version {
            return Err(ApiError::Conflict(key));
        }
        keep_what_the_server_owns(&old, &mut object);
        if object == old {
            return Ok(None);
        }
        let metadata = object.metadata();
        let finished = metadata.is_terminating()
            && metadata.finalizers.is_empty()
            && metadata.deletion_grace_period_seconds.is_none_or(|seconds| seconds == 0)
            && (key.kind != Kind::Pod || metadata.deletion_timestamp.is_some_and(|at| at <= now));
        Ok(Some(self.commit(Some(old), (!finished).then_some(object))))
    }

    fn update_status(&mut self, object: Object) -> Result<Option<Change>, ApiError> {
        let key = object.key();
        let old = self.get(&key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let mut new = old.clone();
        match (&mut new, &object) {
            (Object::Pod(new), Object::Pod(object)) => Rc::make_mut(new).status = object.status.clone(),
            (Object::Node(new), Object::Node(object)) => Rc::make_mut(new).status = object.status.clone(),
            (Object::DaemonSet(new), Object::DaemonSet(object)) => {
                Rc::make_mut(new).status = object.status.clone();
            }
            (Object::PodDisruptionBudget(new), Object::PodDisruptionBudget(object)) => {
                Rc::make_mut(new).status = object.status.clone();
            }
            _ => return Err(ApiError::BadRequest(format!("{} has no status", key.kind.name()))),
        }
        if new == old {
            return Ok(None);
        }
        Ok(Some(self.commit(Some(old), Some(new))))
    }

    fn bind(&mut self, key: &ObjectKey, node: &str, now: Time) -> Result<Option<Change>, ApiError> {
        let old = self.get(key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let Object::Pod(pod) = &old else {
            return Err(ApiError::BadRequest(format!("{} cannot be bound", key.kind.name())));
        };
        if let Some(bound) = pod.node() {
            return Err(ApiError::BadRequest(format!(
                "pod {} is already assigned to node {bound:?}",
                key.name
            )));
        }
        let mut pod = Rc::clone(pod);
        let new = Rc::make_mut(&mut pod);
        Rc::make_mut(&mut new.spec).node_name = node.into();
        new.status.nominated_node_name.clear();
        set_condition(&mut new.status.conditions, Condition::new("PodScheduled", "True", "", ""), now);
        Ok(Some(self.commit(Some(old), Some(Object::Pod(pod)))))
    }

    fn delete(
        &mut self,
        key: &ObjectKey,
        grace_seconds: Option<i64>,
        propagation: Propagation,
        now: Time,
    ) -> Result<Option<Change>, ApiError> {
        let old = self.get(key).ok_or_else(|| ApiError::NotFound(key.clone()))?;
        let mut new = old.clone();
        let grace = match &old {
            Object::Pod(pod) => pod_grace(pod, grace_seconds),
            _ => 0,
        };
        let metadata = new.metadata_mut();
        let finalizer = match propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(finalizer) = finalizer.filter(|_| !metadata.is_terminating()) {
            metadata.finalizers.push(finalizer.into());
        }
        if metadata.finalizers.is_empty() && grace == 0 {
            return Ok(Some(self.commit(Some(old), None)));
        }
        let deadline = now + Millis::seconds(grace);
        if metadata.deletion_timestamp.is_some_and(|earlier| earlier <= deadline) {
            return Ok(None);
        }
        metadata.deletion_timestamp = Some(deadline);
        metadata.deletion_grace_period_seconds = Some(grace);
        if metadata.generation > 0 {
            metadata.generation += 1;
        }
        Ok(Some(self.commit(Some(old), Some(new))))
    }

    fn tell(
        &mut self,
        about: &ObjectKey,
        type_: EventType,
        reason: &str,
        message: String,
        component: &str,
        now: Time,
    ) -> Change {
        let namespace = if about.namespace.is_empty() { "default" } else { &about.namespace };
        let uid = self.get(about).map(|object| object.metadata().uid.clone()).unwrap_or_default();
        let same = StableHash::default().text(&uid).text(reason).text(&message).text(component).finish();
        let name = format!("{}.{same:016x}", about.name);
        let key = ObjectKey::new(Kind::Event, namespace, &name);
        if let Some(Object::Event(mut event)) = self.get(&key) {
            let before = Object::Event(Rc::clone(&event));
            let again = Rc::make_mut(&mut event);
            again.count += 1;
            again.last_timestamp = Some(now);
            return self.commit(Some(before), Some(Object::Event(event)));
        }
        let event = Event {
            metadata: ObjectMeta { name: name.into(), namespace: namespace.into(), ..Default::default() },
            involved_object: ObjectReference {
                kind: about.kind.name().into(),
                namespace: about.namespace.clone(),
                name: about.name.clone(),
                uid,
                api_version: about.kind.api_version().into(),
                ..Default::default()
            },
            reason: reason.into(),
            message: message.into(),
            source: EventSource { component: component.into(), ..Default::default() },
            first_timestamp: Some(now),
            last_timestamp: Some(now),
            count: 1,
            type_: type_.name().into(),
            ..Default::default()
        };
        self.store_new(event.into(), now)
    }

    /// Stores a new state under the next resource version.
    fn commit(&mut self, before: Option<Object>, mut after: Option<Object>) -> Change {
        self.revision += 1;
        if let Some(object) = &mut after {
            object.metadata_mut().resource_version = self.revision.to_string().into();
        }
        let key = after.as_ref().or(before.as_ref()).map(Object::key);
        let key = key.unwrap_or_else(|| ObjectKey::new(Kind::Event, "", ""));
        self.store(&key, after.clone());
        Change { key, before, after }
    }

    fn store(&mut self, key: &ObjectKey, object: Option<Object>) {
        let old = self.get(key);
        let owners = |object: &Option<Object>| -> Vec<EcoString> {
            let owners = object.iter().flat_map(|object| &object.metadata().owner_references);
            owners.map(|owner| owner.uid.clone()).collect()
        };
        let (owned_before, owned_after) = (owners(&old), owners(&object));
        if owned_before != owned_after {
            for uid in owned_before {
                index_remove(&mut self.dependents, &uid, key);
            }
            for uid in owned_after {
                self.dependents.entry(uid).or_default().insert(key.clone());
            }
        }
        match key.kind {
            Kind::Node => match object {
                Some(Object::Node(node)) => drop(self.nodes.insert(key.name.clone(), node)),
                _ => drop(self.nodes.remove(&key.name)),
            },
            Kind::Pod => self.store_pod((key.namespace.clone(), key.name.clone()), object),
            _ => match object {
                Some(object) => drop(self.others.insert(key.clone(), object)),
                None => drop(self.others.remove(key)),
            },
        }
    }

    fn store_pod(&mut self, name: PodName, object: Option<Object>) {
        let new = object.as_ref().and_then(Object::as_pod);
        let place = |pod: Option<&Rc<Pod>>| pod.map(|pod| pod.target_node().map(EcoString::from));
        let (from, to) = (place(self.pods.get(&name)), place(new));
        if from != to {
            match from {
                Some(Some(node)) => index_remove(&mut self.pods_by_node, &node, &name),
                Some(None) => drop(self.floating.remove(&name)),
                None => {}
            }
            match to {
                Some(Some(node)) => drop(self.pods_by_node.entry(node).or_default().insert(name.clone())),
                Some(None) => drop(self.floating.insert(name.clone())),
                None => {}
            }
        }
        match new {
            Some(pod) => drop(self.pods.insert(name, Rc::clone(pod))),
            None => drop(self.pods.remove(&name)),
        }
    }
}

/// Removes one entry of an index, and the key with its last entry.
fn index_remove<K: Ord + Clone, T: Ord + Clone>(index: &mut Map<K, Set<T>>, key: &K, entry: &T) {
    if let Some(entries) = index.get_mut(key) {
        entries.remove(entry);
        if entries.is_empty() {
            index.remove(key);
        }
    }
}

/// An update changes metadata and spec; identity, status and the marks of a deletion stay the server's.
fn keep_what_the_server_owns(old: &Object, new: &mut Object) {
    let generation = old.metadata().generation;
    match (old, &mut *new) {
        (Object::Pod(old), Object::Pod(new)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::Node(old), Object::Node(new)) => {
            // A node list says what the node has (`status.capacity`); conditions belong to the node itself.
            let new = Rc::make_mut(new);
            if new.status.capacity.is_empty() && new.status.allocatable.is_empty() {
                new.status = old.status.clone();
            } else if new.status.conditions.is_empty() {
                new.status.conditions = old.status.conditions.clone();
            }
        }
        (Object::DaemonSet(old), Object::DaemonSet(new)) => {
            let new = Rc::make_mut(new);
            new.status = old.status.clone();
            let changed = old.spec.template != new.spec.template;
            new.set_template_generation(old.template_generation().unwrap_or(0) + i64::from(changed));
        }
        (Object::PodDisruptionBudget(old), Object::PodDisruptionBudget(new)) => {
            Rc::make_mut(new).status = old.status.clone();
        }
        _ => {}
    }
    let spec_changed = match (old, &*new) {
        (Object::DaemonSet(old), Object::DaemonSet(new)) => old.spec != new.spec,
        (Object::PodDisruptionBudget(old), Object::PodDisruptionBudget(new)) => old.spec != new.spec,
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => old.spec != new.spec,
        _ => false,
    };
    let old = old.metadata();
    let metadata = new.metadata_mut();
    metadata.generation = generation + i64::from(spec_changed);
    metadata.uid.clone_from(&old.uid);
    metadata.resource_version.clone_from(&old.resource_version);
    metadata.generate_name.clone_from(&old.generate_name);
    metadata.creation_timestamp = old.creation_timestamp;
    metadata.deletion_timestamp = old.deletion_timestamp;
    metadata.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
}

/// Seconds of grace that a pod gets (`registry/core/pod/strategy.go`): none where no kubelet has it or it has ended.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    if pod.node().is_none() || pod.is_finished() {
        return 0;
    }
    asked.or(pod.spec.termination_grace_period_seconds).unwrap_or(30).max(0)
}
