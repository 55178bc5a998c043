//! The store.

use super::checked::Checked;
use super::events::Events;
use super::hint::{Hint, Sought};
use super::persistent::{Map, Set};
use super::repeated::Repeated;
use super::{Change, StableHash, Traffic};
use crate::api::{
    DEFAULT_NAMESPACE, DaemonSet, EcoString, EcoVec, EndpointSlice, Event, Kind, Millis, Namespace, Node,
    Object, ObjectKey, ObjectMeta, Pod, PriorityClass, SERVICE_NAME, Service, Time,
};
use std::rc::Rc;

/// How long an event is kept after it was told last.
const EVENT_TTL: Millis = Millis::seconds(3600);

/// Namespace and name of a pod.
pub type PodName = (EcoString, EcoString);

/// Everything that the API server stores, with the indices that keep a step's cost independent of the size of the
/// cluster. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    revision: u64,
    /// Counts the objects created.
    pub(super) given: u64,
    /// The pod that was checked last, to know its siblings by.
    pub(super) checked: Option<Rc<Checked>>,
    /// The pod that was created last: the next one is often like it.
    pub(super) latest: Option<Rc<Pod>>,
    /// The pod whose status was written last, likewise.
    pub(super) reported: Option<Rc<Pod>>,
    /// What events were told in of late.
    pub(super) told: Repeated,
    nodes: Map<EcoString, Rc<Node>>,
    pods: Map<PodName, Rc<Pod>>,
    others: Map<ObjectKey, Object>,
    /// Pods by the node they are bound to or, unbound, pinned to, each in the order of the names. The pods themselves:
    /// in a large cluster it takes longer to find ten pods by name than to look at them, and longer to look at them than
    /// to see that they are somebody else's.
    pods_by_node: Map<EcoString, EcoVec<(Rc<Pod>, Hint)>>,
    /// Unbound pods that are pinned to no node.
    floating: Map<PodName, Rc<Pod>>,
    events: Events,
    /// Objects by the uid of each of their owners.
    dependents: Map<EcoString, Set<ObjectKey>>,
    traffic: Traffic,
    home: EcoString,
}

impl World {
    /// A cluster without nodes: the namespaces, priority classes and the Service that every cluster has. The seed decides the
    /// random parts of names.
    pub fn new(seed: u64, now: Time) -> Self {
        let mut world = World {
            seed,
            revision: 0,
            given: 0,
            checked: None,
            latest: None,
            reported: None,
            told: Repeated::default(),
            nodes: Map::new(),
            pods: Map::new(),
            others: Map::new(),
            pods_by_node: Map::new(),
            floating: Map::new(),
            events: Events::default(),
            dependents: Map::new(),
            traffic: Traffic::default(),
            home: EcoString::new(),
        };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let metadata = ObjectMeta { name: name.into(), ..Default::default() };
            world.set_up(Namespace { metadata, ..Default::default() }, now);
            world.set_up(super::default_account(name), now);
        }
        for (name, value) in PriorityClass::OF_SYSTEM {
            let metadata = ObjectMeta { name: name.into(), ..Default::default() };
            world.set_up(PriorityClass { metadata, value, ..Default::default() }, now);
        }
        // It is not counted: what hangs on the count, such as names, is what it was when clusters came without it, and so
        // runs that were stored then are what they were.
        let given = std::mem::replace(&mut world.given, u64::MAX - 1);
        world.set_up(super::kubernetes_service(), now);
        world.given = given;
        world
    }

    /// Creates what every cluster has. It is known to be right.
    fn set_up(&mut self, object: impl Into<Object>, now: Time) {
        let created = self.create_unchecked(object.into(), now);
        debug_assert!(created.is_ok(), "{created:?}");
    }

    // ---- reading ----

    /// From which the random parts of names are drawn.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What clients sent so far.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Clients have sent so much by now, or, going back, had so far.
    pub fn set_traffic(&mut self, traffic: &Traffic) {
        self.traffic.clone_from(traffic);
    }

    /// The namespace that a person gave kubectl's context (`kubectl config set-context`): commands that name none look
    /// there. Empty: none was given, and they look in `default`.
    pub fn home(&self) -> &EcoString {
        &self.home
    }

    /// Where commands look that name no namespace.
    pub fn namespace(&self) -> &str {
        if self.home.is_empty() { DEFAULT_NAMESPACE } else { &self.home }
    }

    /// From now on commands look there, or, going back, did so before.
    pub fn set_home(&mut self, namespace: &EcoString) {
        self.home.clone_from(namespace);
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
            Kind::Event => self.events.get(key).cloned(),
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
        self.pods_by_node.get(node).into_iter().flatten().map(|(pod, _)| pod)
    }

    /// Those of them that may concern a workload; others may be among them.
    pub fn pods_sought_on(&self, node: &str, sought: Sought) -> impl Iterator<Item = &Rc<Pod>> {
        let pods = self.pods_by_node.get(node).into_iter().flatten();
        pods.filter(move |(_, hint)| sought.may_be(*hint)).map(|(pod, _)| pod)
    }

    /// The pods that are neither bound nor pinned to a node.
    pub fn floating_pods(&self) -> impl Iterator<Item = &Rc<Pod>> {
        self.floating.values()
    }

    /// The pods that stand at no node that exists: those that are neither bound nor pinned to one, and those whose node
    /// is gone, or never was.
    pub fn unplaced_pods(&self) -> impl Iterator<Item = &Rc<Pod>> {
        let nowhere = self.pods_by_node.iter().filter(|(node, _)| !self.nodes.contains_key(*node));
        self.floating_pods().chain(nowhere.flat_map(|(_, pods)| pods).map(|(pod, _)| pod))
    }

    /// The objects that name an owner of this uid, by key.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &ObjectKey> {
        self.dependents.get(uid).into_iter().flatten()
    }

    /// Those of one kind: a set has thousands of pods, and a few revisions.
    pub fn dependents_of<'a>(
        &'a self,
        uid: &str,
        kind: &Kind,
    ) -> impl Iterator<Item = &'a ObjectKey> + use<'a> {
        let first = ObjectKey::new(kind.clone(), "", "");
        let kind = kind.clone();
        let all = self.dependents.get(uid).into_iter().flat_map(move |all| all.range(first.clone()..));
        all.take_while(move |key| key.kind == kind)
    }

    /// All objects of one kind by namespace and name, other than nodes and pods.
    pub fn of_kind<'a>(&'a self, kind: &Kind) -> impl Iterator<Item = &'a Object> + use<'a> {
        // Whether the kind lives in namespaces need not be looked up.
        let first = ObjectKey { kind: kind.clone(), namespace: EcoString::new(), name: EcoString::new() };
        let told = if *kind == Kind::Event { self.events.by_name(|_| true) } else { Vec::new() };
        let kind = kind.clone();
        let others = self.others.range(first..).take_while(move |(key, _)| key.kind == kind);
        others.map(|(_, object)| object).chain(told)
    }

    /// All Services by namespace and name.
    pub fn services(&self) -> impl Iterator<Item = &Rc<Service>> {
        self.of_kind(&Kind::Service).filter_map(|object| match object {
            Object::Service(service) => Some(service),
            _ => None,
        })
    }

    /// The EndpointSlices that name a Service, by name, whoever wrote them.
    pub fn slices_of(&self, service: &Service) -> impl Iterator<Item = &Rc<EndpointSlice>> {
        let ObjectMeta { namespace, name, .. } = &service.metadata;
        let first = ObjectKey::new(Kind::EndpointSlice, namespace, "");
        let slices = self.others.range(first..).map_while(move |(key, object)| match object {
            Object::EndpointSlice(slice) if key.namespace == *namespace => Some(slice),
            _ => None,
        });
        slices.filter(move |slice| slice.metadata.labels.get(SERVICE_NAME) == Some(name))
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

    /// All events, the one that was told last first; of one time in no particular order. One that does not say when comes
    /// before all others.
    pub fn latest_events(&self) -> impl Iterator<Item = &Rc<Event>> {
        self.events.latest()
    }

    /// How many events there are.
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// All objects, by key.
    pub fn objects(&self) -> impl Iterator<Item = Object> {
        let nodes = self.nodes.values().cloned().map(Object::Node);
        let pods = self.pods.values().cloned().map(Object::Pod);
        nodes.chain(pods).chain(self.rest_of(|_| true).cloned())
    }

    /// The objects of one namespace, by key.
    pub fn objects_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = Object> + use<'a> {
        let is_in = move |object: &&Object| object.metadata().namespace == namespace;
        let pods = self.pods_in(namespace).cloned().map(Object::Pod);
        pods.chain(self.rest_of(is_in).cloned())
    }

    /// The objects besides nodes and pods of which something holds, by key.
    fn rest_of<F: Fn(&&Object) -> bool + Copy>(&self, holds: F) -> impl Iterator<Item = &Object> {
        let first = ObjectKey::new(Kind::Event, "", "");
        let (before, after) = (self.others.range(..first.clone()), self.others.range(first..));
        let (before, after) = (before.map(|(_, object)| object), after.map(|(_, object)| object));
        before.filter(holds).chain(self.events.by_name(holds)).chain(after.filter(holds))
    }

    // ---- writing ----

    /// Does a recorded change again. The counters go along: what is written afterwards is what would have been written
    /// at that point.
    pub fn redo(&mut self, change: &Change) {
        self.store(&change.key(), change.before.as_ref(), change.after.as_ref());
        self.revision = change.revision;
        self.given += u64::from(change.before.is_none());
    }

    /// Takes the latest change back, and the counters with it.
    pub fn undo(&mut self, change: &Change) {
        debug_assert_eq!(self.revision, change.revision, "only the latest change can be taken back");
        self.store(&change.key(), change.after.as_ref(), change.before.as_ref());
        self.revision = change.revision - 1;
        self.given -= u64::from(change.before.is_none());
    }

    /// Stores an object as it is given, unchecked, as one restores a backup: with its resource version, if it has one.
    pub fn restore(&mut self, object: impl Into<Object>) -> Change {
        let object = object.into();
        let key = object.key();
        let given = object.metadata().resource_version.parse().unwrap_or_default();
        let latest = self.revision.max(given);
        self.revision = if given > 0 { given - 1 } else { latest };
        let change = self.commit(&key, self.get(&key), Some(object));
        self.revision = self.revision.max(latest);
        change
    }

    /// Forgets one event, if its time has come: an hour after it was told last (`--event-ttl` of the API server).
    pub fn expire(&mut self, now: Time) -> Option<Change> {
        let key = self.events.told_by(now + Millis(-EVENT_TTL.0))?.key();
        self.drop_object(&key)
    }

    /// Takes an object out of the store, whatever stands in the way of its deletion.
    pub fn drop_object(&mut self, key: &ObjectKey) -> Option<Change> {
        let before = self.get(key)?;
        Some(self.commit(key, Some(before), None))
    }

    /// The identity of the next object.
    pub(super) fn next_uid(&self) -> EcoString {
        let uid = StableHash::default().text("uid").number(self.seed).number(self.given + 1);
        let (high, low) = (uid.finish(), uid.text("low").finish());
        // Version 4, variant 1 (RFC 9562). Digit by digit and put together once: every object and every event has one.
        let high = (high >> 16) << 16 | 0x4000 | high & 0xfff;
        let low = 0x8000 << 48 | low & 0x3fff_ffff_ffff_ffff;
        let mut text = *b"00000000-0000-0000-0000-000000000000";
        for (place, digit) in text.iter_mut().filter(|digit| **digit != b'-').enumerate() {
            let half = if place < 16 { high } else { low };
            *digit = b"0123456789abcdef"[(half >> (60 - 4 * (place % 16)) & 0xf) as usize];
        }
        std::str::from_utf8(&text).unwrap_or_default().into()
    }

    /// Stores a new object under its own identity, or the one that is given.
    pub(super) fn store_new(&mut self, mut object: Object, now: Time, given: Option<EcoString>) -> Change {
        let uid = given.unwrap_or_else(|| self.next_uid());
        let metadata = object.metadata_mut();
        metadata.uid = uid;
        metadata.creation_timestamp = Some(now);
        let key = object.key();
        self.commit(&key, None, Some(object))
    }

    /// Stores a new state under the next resource version.
    pub(super) fn commit(
        &mut self,
        key: &ObjectKey,
        before: Option<Object>,
        mut after: Option<Object>,
    ) -> Change {
        self.revision += 1;
        self.given += u64::from(before.is_none());
        if let Some(object) = &mut after {
            object.metadata_mut().resource_version = ecow::eco_format!("{}", self.revision);
        }
        self.store(key, before.as_ref(), after.as_ref());
        Change { revision: self.revision, before, after }
    }

    /// Stores an object in the place of what is stored under its key.
    fn store(&mut self, key: &ObjectKey, old: Option<&Object>, object: Option<&Object>) {
        debug_assert!(self.get(key).as_ref() == old, "a change begins at what is stored: {key}");
        let owners = |object: Option<&Object>| {
            object.map(|object| object.metadata().owner_references.clone()).unwrap_or_default()
        };
        let (owned_before, owned_after) = (owners(old), owners(object));
        // Most writes leave them as they are, and then both states have the same list.
        if owned_before != owned_after {
            for owner in &owned_before {
                if let Some(owned) = self.dependents.get_mut(&owner.uid) {
                    owned.remove(key);
                    if owned.is_empty() {
                        self.dependents.remove(&owner.uid);
                    }
                }
            }
            for owner in &owned_after {
                self.dependents.get_or_insert_with(&owner.uid, Set::new).insert(key.clone());
            }
        }
        match key.kind {
            Kind::Node => match object {
                Some(Object::Node(node)) => drop(self.nodes.insert(key.name.clone(), Rc::clone(node))),
                _ => drop(self.nodes.remove(&key.name)),
            },
            Kind::Pod => {
                let pod = |object: Option<&Object>| object.and_then(Object::as_pod).cloned();
                self.store_pod((key.namespace.clone(), key.name.clone()), pod(old), pod(object));
            }
            Kind::Event => self.events.set(key, old, object),
            _ => match object {
                Some(object) => drop(self.others.insert(key.clone(), object.clone())),
                None => drop(self.others.remove(key)),
            },
        }
    }

    fn store_pod(&mut self, name: PodName, old: Option<Rc<Pod>>, new: Option<Rc<Pod>>) {
        let place = |pod: &Option<Rc<Pod>>| Some(pod.as_ref()?.target_node().map(EcoString::from));
        let (from, to) = (place(&old), place(&new));
        match &from {
            Some(_) if from == to => {}
            Some(Some(node)) => {
                if let Some(pods) = self.pods_by_node.get_mut(node) {
                    if let Ok(at) = place_of(pods, &name, old.as_ref()) {
                        pods.remove(at);
                    }
                    if pods.is_empty() {
                        self.pods_by_node.remove(node);
                    }
                }
            }
            Some(None) => drop(self.floating.remove(&name)),
            None => {}
        }
        match (to, &new) {
            (Some(Some(node)), Some(pod)) => {
                let pods = self.pods_by_node.get_or_insert_with(&node, EcoVec::new);
                let known = (Rc::clone(pod), Hint::of(&pod.metadata));
                match place_of(pods, &name, old.as_ref()) {
                    Ok(at) => pods.make_mut()[at] = known,
                    Err(at) => pods.insert(at, known),
                }
            }
            (Some(None), Some(pod)) => drop(self.floating.insert(name.clone(), Rc::clone(pod))),
            _ => {}
        }
        match new {
            Some(pod) => drop(self.pods.insert(name, pod)),
            None => drop(self.pods.remove(&name)),
        }
    }
}

/// Where a pod stands among those of a node, or would stand. Mostly the state that stands there is the very one that is
/// known: pointers are compared, and no other pod is read.
fn place_of(
    pods: &[(Rc<Pod>, Hint)],
    (namespace, name): &PodName,
    known: Option<&Rc<Pod>>,
) -> Result<usize, usize> {
    if let Some(known) = known
        && let Some(at) = pods.iter().position(|(pod, _)| Rc::ptr_eq(pod, known))
    {
        return Ok(at);
    }
    pods.binary_search_by(|(pod, _)| {
        let metadata = &pod.metadata;
        metadata.namespace.cmp(namespace).then_with(|| metadata.name.cmp(name))
    })
}
