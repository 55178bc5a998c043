//! The rounds over all nodes in which NoExecute taints come and go, and how fast. Upstream: `processTaintBaseEviction`,
//! `handleDisruption`, `doNoExecuteTaintingPass` in `node_lifecycle_controller.go`, and `rate_limited_queue.go`.
//!
//! Of the nodes of a zone that are down one every ten seconds is tainted. Where many of a zone are down it is rather the
//! network than the nodes: then it takes longer, or stops. When *all* nodes are down nobody is evicted, and
//! the taints that are there go again.

use super::{NodeLifecycleTrace, misses, settle, write_taints};
use crate::api::{
    EcoString, Millis, NO_EXECUTE, Node, Object, Taint, Time, sort, well_known_taints as taints,
};
use crate::cluster::{Change, Cx, Map, Set, Write};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One node in so long (`--node-eviction-rate` 0.1).
const PACE: Millis = Millis::seconds(10);
/// One node in so long in a large zone of which much is down (`--secondary-node-eviction-rate` 0.01).
const SLOW_PACE: Millis = Millis::seconds(100);
/// A zone of more nodes is large (`--large-cluster-size-threshold`).
const LARGE: usize = 50;
/// A zone of which so many percent are down is partially so (`--unhealthy-zone-threshold` 0.55).
const UNHEALTHY: usize = 55;
/// Nodes with this label do not count.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";

/// What it remembers from round to round.
#[derive(Clone, Debug, Default)]
pub(super) struct Evictions {
    /// The nodes that were down in the last round.
    down: Set<EcoString>,
    /// Those that wait for their taint, since when: until it is there.
    queue: Map<EcoString, Time>,
    zones: Map<EcoString, Zone>,
}

#[derive(Clone, Copy, Debug)]
struct Zone {
    health: Health,
    /// One node in so long; none: no node.
    pace: Option<Millis>,
    /// When the next node may be tainted.
    next: Time,
}

/// How a zone is (`ComputeZoneState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Normal,
    /// Three nodes at least are down, and 55 % of them.
    Partial,
    Down,
}

#[derive(Clone, Copy, Default)]
struct Count {
    nodes: usize,
    down: usize,
}

impl Count {
    fn health(self) -> Health {
        if self.nodes == self.down {
            Health::Down
        } else if self.down > 2 && self.down * 100 >= self.nodes * UNHEALTHY {
            Health::Partial
        } else {
            Health::Normal
        }
    }
}

impl Zone {
    fn of(now: Time) -> Self {
        Zone { health: Health::Normal, pace: Some(PACE), next: now }
    }

    /// Goes on at another pace (`SwapLimiter`): who waits at the moment waits anew.
    fn set_pace(&mut self, pace: Option<Millis>, now: Time) {
        if self.pace == pace {
            return;
        }
        let waits = self.pace.is_none() || self.next > now;
        self.next = pace.filter(|_| waits).map_or(now, |pace| now + pace);
        self.pace = pace;
    }
}

/// Whether a taint says that the node is down, and evicts.
fn evicts(taint: &Taint) -> bool {
    taint.effect == NO_EXECUTE && taint.is_of_node_lifecycle()
}

/// Takes the taints of a node that evict because it is down.
pub(super) fn spare(node: &mut Rc<Node>) {
    if node.spec.taints.iter().any(evicts) {
        Rc::make_mut(node).spec.taints.retain(|taint| !evicts(taint));
    }
}

fn is_down(node: &Node) -> bool {
    node.ready() != Some("True")
}

fn zone(node: &Node) -> EcoString {
    let (region, zone) = node.region_and_zone();
    [region, ":", zone].concat().into()
}

/// Whether a node has the taint that stands for the other way of being down: it is changed for its own at once.
fn is_otherwise_down(node: &Node) -> bool {
    let other = match node.ready() {
        Some("False") => taints::UNREACHABLE,
        Some("Unknown") => taints::NOT_READY,
        _ => return false,
    };
    node.spec.taints.iter().any(|have| have.is_same(&Taint::new(other, "", NO_EXECUTE)))
}

impl Evictions {
    /// Takes note of a node's change; whether a round will find something to do because of it.
    pub(super) fn observe(&mut self, change: &Change, is_start: bool) -> bool {
        let name = change.name();
        let node = |object: &Option<Object>| object.as_ref().and_then(Object::as_node).cloned();
        let (before, after) = (node(&change.before), node(&change.after));
        let is_down = after.as_deref().is_some_and(is_down);
        if is_start {
            if is_down {
                self.down.insert(name.clone());
            }
            return false;
        }
        if after.is_none() {
            self.down.remove(name);
            self.queue.remove(name);
            return !self.down.is_empty();
        }
        if is_down != self.down.contains(name) {
            return true;
        }
        if before.as_deref().map(zone) != after.as_deref().map(zone) && !self.down.is_empty() {
            return true;
        }
        let Some(after) = after.filter(|node| misses(node, NO_EXECUTE)) else {
            self.queue.remove(name);
            return false;
        };
        let is_stopped = self.zones.get(&zone(&after)).is_some_and(|zone| zone.pace.is_none());
        !(self.queue.contains_key(name) || is_down && is_stopped)
    }

    /// One round. `changed` is a node that this look has changed already: it is written here. Returns when the next
    /// node may be tainted, if one waits.
    pub(super) fn round(
        &mut self,
        cx: &Cx<'_>,
        changed: Option<Rc<Node>>,
        writes: &mut Vec<Write>,
        trace: &mut NodeLifecycleTrace,
    ) -> Option<Millis> {
        let mut edits: BTreeMap<EcoString, Rc<Node>> =
            sort::map(changed.into_iter().map(|node| (node.metadata.name.clone(), node)));
        let mut counts: BTreeMap<EcoString, Count> = BTreeMap::new();
        let waiting = std::mem::take(&mut self.queue);
        self.down = Set::default();
        for known in cx.world.nodes() {
            let name = &known.metadata.name;
            let node = edits.get(name).unwrap_or(known);
            let zone = zone(node);
            if !node.metadata.labels.contains_key(EXCLUDED) {
                let count = counts.entry(zone).or_default();
                count.nodes += 1;
                count.down += usize::from(is_down(node));
            }
            if is_down(node) {
                self.down.insert(name.clone());
            }
            if node.ready().is_none() || !misses(node, NO_EXECUTE) {
                continue;
            }
            if is_down(node) {
                self.queue.insert(name.clone(), waiting.get(name).copied().unwrap_or(cx.now));
            }
            if !is_down(node) || is_otherwise_down(node) {
                let mut node = Rc::clone(node);
                settle(Rc::make_mut(&mut node), NO_EXECUTE, cx.now);
                edits.insert(name.clone(), node);
            }
        }
        if self.judge(cx.now, &counts) {
            trace.all_down = true;
            self.queue = Map::default();
            for known in cx.world.nodes() {
                let name = &known.metadata.name;
                let mut node = Rc::clone(edits.get(name).unwrap_or(known));
                spare(&mut node);
                edits.insert(name.clone(), node);
            }
        }
        let waiting = self.taint(cx, &mut edits);
        for (name, node) in edits {
            if let Some(known) = cx.world.node(&name) {
                write_taints(known, node, writes, trace);
            }
        }
        let next = waiting.iter().filter_map(|name| {
            let zone = self.zones.get(&zone(cx.world.node(name)?))?;
            zone.pace.map(|_| zone.next)
        });
        let next = next.min().map(|next| next - cx.now);
        trace.waiting = waiting;
        next
    }

    /// Sets each zone's pace (`handleDisruption`); whether from now on all nodes are down.
    fn judge(&mut self, now: Time, counts: &BTreeMap<EcoString, Count>) -> bool {
        let gone: Vec<EcoString> =
            self.zones.keys().filter(|zone| !counts.contains_key(*zone)).cloned().collect();
        for zone in &gone {
            self.zones.remove(zone);
        }
        for zone in counts.keys() {
            self.zones.get_or_insert_with(zone, || Zone::of(now));
        }
        let all_were_down = self.zones.values().all(|zone| zone.health == Health::Down);
        let all_are_down = counts.values().all(|count| count.health() == Health::Down);
        if all_are_down && all_were_down {
            return false;
        }
        for (name, count) in counts {
            let Some(zone) = self.zones.get_mut(name) else { continue };
            let pace = match count.health() {
                _ if all_are_down => None,
                Health::Partial if count.nodes > LARGE => Some(SLOW_PACE),
                Health::Partial => None,
                Health::Normal | Health::Down => Some(PACE),
            };
            // A zone that only grows keeps its pace.
            if zone.health != count.health() || all_were_down || all_are_down {
                zone.set_pace(pace, now);
            }
            zone.health = count.health();
        }
        all_are_down
    }

    /// Taints the nodes whose turn it is (`doNoExecuteTaintingPass`); returns those that still wait.
    fn taint(&mut self, cx: &Cx<'_>, edits: &mut BTreeMap<EcoString, Rc<Node>>) -> Vec<EcoString> {
        let mut waiting = Vec::new();
        let mut turns: Vec<(Time, EcoString)> =
            self.queue.iter().map(|(name, since)| (*since, name.clone())).collect();
        sort::plain(&mut turns);
        for (_, name) in turns {
            let node = edits.get(&name).or_else(|| cx.world.node(&name));
            let Some(node) = node.filter(|node| misses(node, NO_EXECUTE)) else { continue };
            let zone = self.zones.get_or_insert_with(&zone(node), || Zone::of(cx.now));
            let Some(pace) = zone.pace.filter(|_| zone.next <= cx.now) else {
                waiting.push(name);
                continue;
            };
            zone.next = cx.now + pace;
            let mut node = Rc::clone(node);
            settle(Rc::make_mut(&mut node), NO_EXECUTE, cx.now);
            edits.insert(name, node);
        }
        waiting
    }
}
