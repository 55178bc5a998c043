//! What the scheduler knows of the cluster, kept up to date change by change. Upstream:
//! `pkg/scheduler/backend/cache` (`cacheImpl`, `nodeTree`, `Snapshot`) and `backend/queue/nominator.go`.

use super::{NodeInfo, PodInfo};
use crate::api::{EcoString, Kind, Labels, Node, Object, ObjectKey, Pod, Time, sort};
use crate::cluster::{Map, PodName, Set, World};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The nodes with their pods, in the order in which they are tried. Cloning is cheap; a change copies what is shared.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    nodes: Rc<Vec<Rc<NodeInfo>>>,
    /// Name to position, by name.
    index: Rc<Vec<(EcoString, u32)>>,
    /// Names in node order: traces share it.
    names: Rc<[EcoString]>,
    /// Nodes came or went since the order was made.
    is_unordered: bool,
    /// Nodes whose pods have rules about other pods.
    with_rules: Set<EcoString>,
    /// Nodes whose pods have a required anti-affinity.
    with_required_anti_affinity: Set<EcoString>,
    /// On how many nodes an image is.
    images: Map<EcoString, u32>,
    /// Pods that wait for room on a node, by node.
    nominated: Map<EcoString, Set<PodName>>,
}

/// What one attempt looks at.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// Nodes and pods.
    pub cache: &'a Cache,
    /// Everything else.
    pub world: &'a World,
    /// The simulated time.
    pub now: Time,
}

impl Snapshot<'_> {
    /// The labels of a namespace.
    pub fn namespace_labels(&self, name: &str) -> Option<Labels> {
        let namespace = self.world.get(&ObjectKey::new(Kind::Namespace, "", name))?;
        Some(namespace.metadata().labels.clone())
    }

    /// The pods that preemption makes room for on a node, in order of their names.
    pub fn nominated_to(&self, node: &str) -> impl Iterator<Item = &Rc<Pod>> {
        self.cache.nominated_to(node).filter_map(|name| self.world.pod_named(name))
    }
}

impl Cache {
    /// The cache of a whole cluster.
    pub fn of_world(world: &World) -> Self {
        let mut cache = Cache::default();
        for node in world.nodes() {
            cache.set_node(world, node);
        }
        for pod in world.pods().filter(|pod| pod.node().is_none()) {
            cache.set_pod(None, Some(pod), None);
        }
        cache.put_in_order();
        cache
    }

    /// The nodes in the order in which they are tried.
    pub fn nodes(&self) -> &[Rc<NodeInfo>] {
        &self.nodes
    }

    /// The nodes' names in that order.
    pub fn names(&self) -> &Rc<[EcoString]> {
        &self.names
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&Rc<NodeInfo>> {
        self.nodes.get(self.position(name)?)
    }

    /// The nodes whose pods have rules about other pods.
    pub fn nodes_with_rules(&self) -> impl Iterator<Item = &Rc<NodeInfo>> {
        self.with_rules.iter().filter_map(|name| self.node(name))
    }

    /// The nodes whose pods have a required anti-affinity.
    pub fn nodes_with_required_anti_affinity(&self) -> impl Iterator<Item = &Rc<NodeInfo>> {
        self.with_required_anti_affinity.iter().filter_map(|name| self.node(name))
    }

    /// On how many nodes an image is.
    pub fn nodes_with_image(&self, image: &str) -> u32 {
        self.images.get(image).copied().unwrap_or(0)
    }

    /// The pods that wait for room on a node.
    pub fn nominated_to(&self, node: &str) -> impl Iterator<Item = &PodName> {
        self.nominated.get(node).into_iter().flatten()
    }

    /// Whether any pod waits for room anywhere.
    pub fn has_nominated(&self) -> bool {
        !self.nominated.is_empty()
    }

    /// A node was added or changed. Pods that were bound to its name before it came count from now on.
    pub fn set_node(&mut self, world: &World, node: &Rc<Node>) {
        if let Some(position) = self.position(&node.metadata.name) {
            let nodes = Rc::make_mut(&mut self.nodes);
            let info = Rc::make_mut(&mut nodes[position]);
            let old = Rc::clone(&info.node);
            info.set_node(Rc::clone(node));
            self.is_unordered |= old.region_and_zone() != node.region_and_zone();
            if old.status.images != node.status.images {
                self.count_images(&old, false);
                self.count_images(node, true);
            }
            return;
        }
        let mut info = NodeInfo::new(Rc::clone(node), self.nodes.len() as u32);
        for pod in world.pods_on(&node.metadata.name).filter(|pod| pod.takes_room()) {
            info.add_pod(Rc::new(PodInfo::new(Rc::clone(pod))));
        }
        let name = info.name.clone();
        let (Ok(at) | Err(at)) = self.find(&name);
        Rc::make_mut(&mut self.index).insert(at, (name.clone(), info.position));
        Rc::make_mut(&mut self.nodes).push(Rc::new(info));
        self.is_unordered = true;
        self.count_images(node, true);
        self.note_rules(&name);
    }

    /// A node was deleted.
    pub fn remove_node(&mut self, node: &Node) {
        let name = node.metadata.name.as_str();
        let Ok(at) = self.find(name) else { return };
        let (name, position) = Rc::make_mut(&mut self.index).remove(at);
        let nodes = Rc::make_mut(&mut self.nodes);
        nodes.swap_remove(position as usize);
        if let Some(moved) = nodes.get_mut(position as usize) {
            let moved_name = moved.name.clone();
            Rc::make_mut(moved).position = position;
            if let Ok(at) = self.find(&moved_name) {
                Rc::make_mut(&mut self.index)[at].1 = position;
            }
        }
        self.is_unordered = true;
        self.count_images(node, false);
        self.with_rules.remove(&name);
        self.with_required_anti_affinity.remove(&name);
    }

    /// A pod was added, changed or deleted. `known` is what was read from an earlier state of it, if anything.
    pub fn set_pod(&mut self, before: Option<&Rc<Pod>>, after: Option<&Rc<Pod>>, known: Option<&PodInfo>) {
        let nomination = |pod: Option<&Rc<Pod>>| {
            let is_queued = |pod: &&Rc<Pod>| {
                pod.node().is_none() && !pod.is_finished() && pod.spec.scheduling_gates.is_empty()
            };
            let pod = pod.filter(is_queued)?;
            let node = pod.status.nominated_node_name.as_str();
            (!node.is_empty()).then(|| EcoString::from(node))
        };
        let (from, to) = (nomination(before), nomination(after));
        if from != to {
            let name =
                |pod: &Rc<Pod>| -> PodName { (pod.metadata.namespace.clone(), pod.metadata.name.clone()) };
            if let (Some(node), Some(pod)) = (from, before)
                && let Some(pods) = self.nominated.get_mut(&node)
            {
                pods.remove(&name(pod));
                if pods.is_empty() {
                    self.nominated.remove(&node);
                }
            }
            if let (Some(node), Some(pod)) = (to, after) {
                self.nominated.get_or_insert_with(&node, Set::new).insert(name(pod));
            }
        }
        let (on_before, on_after) =
            (before.filter(|pod| pod.takes_room()), after.filter(|pod| pod.takes_room()));
        if let (Some(before), Some(after)) = (on_before, on_after)
            && before.spec.node_name == after.spec.node_name
        {
            return self.change_node(&after.spec.node_name, |node| node.replace_pod(after));
        }
        if let Some(pod) = on_before {
            self.change_node(&pod.spec.node_name, |node| {
                node.remove_pod(&(pod.metadata.namespace.clone(), pod.metadata.name.clone()));
            });
        }
        if let Some(pod) = on_after {
            self.change_node(&pod.spec.node_name, |node| {
                let pod = Rc::clone(pod);
                node.add_pod(Rc::new(match known {
                    Some(known) => known.renewed(pod),
                    None => PodInfo::new(pod),
                }));
            });
        }
    }

    fn change_node(&mut self, name: &str, change: impl FnOnce(&mut NodeInfo)) {
        let Some(position) = self.position(name) else { return };
        let nodes = Rc::make_mut(&mut self.nodes);
        let info = Rc::make_mut(&mut nodes[position]);
        let before = (info.with_rules > 0, info.with_required_anti_affinity > 0);
        change(info);
        if before != (info.with_rules > 0, info.with_required_anti_affinity > 0) {
            let name = info.name.clone();
            self.note_rules(&name);
        }
    }

    fn note_rules(&mut self, name: &EcoString) {
        let Some(info) = self.node(name).cloned() else { return };
        let note = |set: &mut Set<EcoString>, holds: bool| {
            if holds {
                set.insert(name.clone());
            } else {
                set.remove(name);
            }
        };
        note(&mut self.with_rules, info.with_rules > 0);
        note(&mut self.with_required_anti_affinity, info.with_required_anti_affinity > 0);
    }

    fn count_images(&mut self, node: &Node, add: bool) {
        // Once for each node, however often the node lists it.
        let names: BTreeSet<&str> =
            sort::set(node.status.images.iter().flat_map(|image| &image.names).map(|name| name.as_str()));
        for name in names {
            let name = EcoString::from(name);
            let count = self.images.get(&name).copied().unwrap_or(0);
            match if add { count + 1 } else { count.saturating_sub(1) } {
                0 => self.images.remove(&name),
                count => self.images.insert(name, count),
            };
        }
    }

    /// Puts the nodes in order if some came or went: zone by zone in turns, as upstream's node tree does; zones and
    /// the nodes of a zone by name, so that the order does not depend on history.
    pub fn put_in_order(&mut self) {
        if !self.is_unordered {
            return;
        }
        self.is_unordered = false;
        let mut zones: BTreeMap<(EcoString, EcoString), Vec<Rc<NodeInfo>>> = BTreeMap::new();
        for (_, position) in self.index.iter() {
            let info = &self.nodes[*position as usize];
            let (region, zone) = info.node.region_and_zone();
            zones.entry((region.into(), zone.into())).or_default().push(Rc::clone(info));
        }
        let longest = zones.values().map(Vec::len).max().unwrap_or(0);
        let in_turns = (0..longest).flat_map(|row| zones.values().filter_map(move |zone| zone.get(row)));
        let mut nodes: Vec<_> = in_turns.cloned().collect();
        // The old list is dropped first, so that nodes that nobody else holds are changed in place.
        drop(zones);
        self.nodes = Rc::default();
        for (position, info) in nodes.iter_mut().enumerate() {
            if info.position != position as u32 {
                Rc::make_mut(info).position = position as u32;
            }
        }
        let mut index: Vec<_> = nodes.iter().map(|info| (info.name.clone(), info.position)).collect();
        sort::plain(&mut index);
        self.names = nodes.iter().map(|info| info.name.clone()).collect();
        self.index = Rc::new(index);
        self.nodes = Rc::new(nodes);
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.find(name).ok().map(|at| self.index[at].1 as usize)
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.index.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

/// The selector of a stored object of a kind that is not simulated, as JSON.
pub fn stored_selector(world: &World, kind: Kind, namespace: &str, name: &str) -> Option<serde_json::Value> {
    match world.get(&ObjectKey::new(kind, namespace, name))? {
        Object::Stored(stored) => stored.rest.get("spec")?.get("selector").cloned(),
        _ => None,
    }
}
