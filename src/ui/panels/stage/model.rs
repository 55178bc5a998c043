//! What the stage shows: the DaemonSet's counters, a card for each node, and pods that wait for any node.

use super::gate::{Gate, Gates, is_soft};
use crate::api::{
    DaemonSet, EcoString, Kind, NO_EXECUTE, Node, ObjectKey, PREFER_NO_SCHEDULE, Pod, Taint, sort,
};
use crate::cluster::{Map, lease_key};
use crate::explain::why::refused_nodes;
use crate::explain::{MISSCHEDULED, Piece, PodStage, Revisions, counters};
use crate::sim::Timeline;
use crate::ui::figures::{Chip, Emphasis, Meter, chip, meters, role, status};
use crate::ui::state::Selection;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The most other pods that a card names, and the most letters that their names may take; the rest is a number.
const OTHERS: (usize, usize) = (3, 40);

/// A column of `kubectl get ds`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetColumn {
    /// Its heading.
    pub heading: &'static str,
    /// The number.
    pub number: i32,
    /// How it is marked.
    pub tone: Emphasis,
}

/// A node's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The node's name.
    pub name: EcoString,
    /// Role, zone and kind of machine, as far as labels tell.
    pub role: Vec<String>,
    /// As `kubectl get nodes` prints it.
    pub status: String,
    /// How the status is marked.
    pub tone: Emphasis,
    /// Whether its kubelet is stopped: the API server learns of that much later.
    pub silent: bool,
    /// The fence along the edge.
    pub fence: Option<Fence>,
    /// The taints, each with who tolerates it.
    pub taints: Vec<CardTaint>,
    /// CPU and memory.
    pub meters: [Meter; 2],
    /// The pods of the shown DaemonSet.
    pub daemons: Vec<Chip>,
    /// Why there is none, or what there is to say of it.
    pub reason: Option<Vec<Piece>>,
    /// Other pods.
    pub others: Vec<Chip>,
    /// How many of them are named while the rest is folded away.
    pub named: usize,
    /// The card in words.
    pub label: String,
}

/// A fence along a card's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The class of its pattern.
    pub class: &'static str,
    /// Whether every taint is tolerated.
    pub open: bool,
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardTaint {
    /// The part of the key up to the last slash.
    pub prefix: String,
    /// The rest.
    pub core: String,
    /// Its class: the effect.
    pub class: &'static str,
    /// The sign before it.
    pub icon: &'static str,
    /// Who tolerates it.
    pub gate: Gate,
}

/// What the marked step touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Nodes, also those of touched pods.
    pub nodes: BTreeSet<EcoString>,
    /// Pods.
    pub pods: BTreeSet<ObjectKey>,
}

/// What stands above every view of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// All DaemonSets.
    pub sets: Vec<ObjectKey>,
    /// The one that is shown.
    pub set: Option<ObjectKey>,
    /// Its counters.
    pub counts: Vec<SetColumn>,
    /// Whether no node takes the DaemonSet.
    pub nobody: bool,
}

/// What stands above every view of the cluster, as of the shown step.
pub fn head(timeline: &Timeline, set: Option<&ObjectKey>) -> Head {
    let world = timeline.world();
    let shown = set.and_then(|key| world.daemon_set(&key.namespace, &key.name));
    let key = |set: &Rc<DaemonSet>| set.key();
    Head {
        sets: world.daemon_sets().map(key).collect(),
        set: shown.and(set.cloned()),
        counts: shown.map(|set| columns(set)).unwrap_or_default(),
        nobody: Gates::of(shown).admits_nobody(world),
    }
}

/// A node in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePlace {
    /// Its name.
    pub name: EcoString,
    /// Whether it has no pod of the shown DaemonSet.
    pub is_bare: bool,
}

/// What there is besides the cards, each of which is made when it is to be drawn ([`Cards::card`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The nodes, in the order of the user's list, others after them.
    pub nodes: Vec<NodePlace>,
    /// Pods that wait for any node.
    pub queue: Vec<Chip>,
    /// Pods that are bound to a node that is gone, or never was.
    pub left: Vec<Chip>,
    /// What the marked step touched.
    pub touched: Rc<Touched>,
}

/// What a card was made from; as long as all of it is the same in memory, so is the card.
struct Made {
    node: Rc<Node>,
    pods: Vec<Rc<Pod>>,
    set: Option<Rc<DaemonSet>>,
    revisions: Rc<Revisions>,
    card: Rc<Card>,
}

/// Cards that were made before, and what all of them are made with.
#[derive(Default)]
pub struct Cards {
    made: Map<EcoString, Rc<Made>>,
    set: Option<Rc<DaemonSet>>,
    gates: Gates,
    revisions: Rc<Revisions>,
    oddities: Oddities,
}

/// What a card says besides its node and pods: few nodes have it, and it is found for all of them at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Oddities {
    /// Nodes whose kubelets are silent.
    silent: BTreeSet<EcoString>,
    /// Nodes whose pods the API server refuses, with its words.
    refused: BTreeMap<EcoString, String>,
}

impl Oddities {
    fn of(timeline: &Timeline, set: Option<&DaemonSet>) -> Self {
        let kind = lease_key("").kind;
        let leases = timeline.world().of_kind(&kind);
        Oddities {
            silent: sort::set(leases.map(|lease| lease.metadata().name.clone())),
            refused: set.map(|set| refused_nodes(timeline, set)).unwrap_or_default(),
        }
    }

    fn is_same(&self, other: &Oddities, node: &str) -> bool {
        self.silent.contains(node) == other.silent.contains(node)
            && self.refused.get(node) == other.refused.get(node)
    }
}

impl Cards {
    /// What there is at the shown step.
    pub fn model(
        &mut self,
        timeline: &Timeline,
        set: Option<&ObjectKey>,
        order: &BTreeMap<EcoString, usize>,
        touched: Touched,
    ) -> Model {
        let world = timeline.world();
        self.set = set.and_then(|key| world.daemon_set(&key.namespace, &key.name)).cloned();
        let shown = self.set.as_deref();
        let revisions = Revisions::of(world, shown);
        if revisions != *self.revisions {
            self.revisions = Rc::new(revisions);
        }
        self.gates = Gates::of(self.set.as_ref());
        let oddities = Oddities::of(timeline, shown);
        let before = std::mem::replace(&mut self.oddities, oddities);
        let oddities = &self.oddities;
        let is_other = |node: &&EcoString| world.node(node).is_none() || !oddities.is_same(&before, node);
        let others: Vec<EcoString> = self.made.keys().filter(is_other).cloned().collect();
        others.iter().for_each(|node| drop(self.made.remove(node)));
        let owns = |pod: &Rc<Pod>| shown.is_some_and(|set| pod.is_owned_by(&set.metadata.uid));
        let place = |node: &Rc<Node>| {
            let name = node.metadata.name.clone();
            let is_bare = !world.pods_on(&name).any(owns);
            (order.get(&name).copied().unwrap_or(usize::MAX), NodePlace { name, is_bare })
        };
        let mut nodes: Vec<(usize, NodePlace)> = world.nodes().map(place).collect();
        sort::by_key(&mut nodes, |(at, _)| *at);
        let (left, queue): (Vec<_>, Vec<_>) = world.unplaced_pods().partition(|pod| pod.node().is_some());
        let chips = |pods: Vec<&Rc<Pod>>| {
            pods.into_iter().map(|pod| chip(timeline, pod, shown, &self.revisions)).collect()
        };
        Model {
            nodes: nodes.into_iter().map(|(_, place)| place).collect(),
            queue: chips(queue),
            left: chips(left),
            touched: Rc::new(touched),
        }
    }

    /// The card of a node at the step of the last [`Self::model`]. Where nothing changed it is that of the last time.
    pub fn card(&mut self, timeline: &Timeline, name: &str) -> Option<Rc<Card>> {
        let node = timeline.world().node(name)?;
        let before = self.made.get(name);
        if let Some(made) = self.made_anew(timeline, node, before.map(|before| &**before)) {
            self.made.insert(node.metadata.name.clone(), Rc::new(made));
        }
        self.made.get(name).map(|made| Rc::clone(&made.card))
    }

    /// A card and what it is made from; none where that is what it was.
    fn made_anew(&self, timeline: &Timeline, node: &Rc<Node>, before: Option<&Made>) -> Option<Made> {
        let (world, gates, set) = (timeline.world(), &self.gates, self.set.as_ref());
        let pods: Vec<Rc<Pod>> = world.pods_on(&node.metadata.name).cloned().collect();
        let same = |a: &Option<Rc<DaemonSet>>, b: Option<&Rc<DaemonSet>>| match (a, b) {
            (Some(a), Some(b)) => {
                a.metadata.uid == b.metadata.uid
                    && a.spec == b.spec
                    && a.metadata.is_terminating() == b.metadata.is_terminating()
            }
            (None, None) => true,
            _ => false,
        };
        let silent = self.oddities.silent.contains(&node.metadata.name);
        let own = |pod: &&Rc<Pod>| set.is_some_and(|set| pod.is_owned_by(&set.metadata.uid));
        let daemons: Vec<&Rc<Pod>> = pods.iter().filter(own).collect();
        if let Some(before) = before
            && Rc::ptr_eq(&before.node, node)
            && before.pods.len() == pods.len()
            && before.pods.iter().zip(&pods).all(|(a, b)| Rc::ptr_eq(a, b))
            && same(&before.set, set)
            && Rc::ptr_eq(&before.revisions, &self.revisions)
            && before.card.daemons.iter().chain(&before.card.others).all(|chip| chip.leaves.is_none())
        {
            return None;
        }
        let gated = gates.of_taints(node);
        let taints: Vec<CardTaint> = gated.iter().map(taint_line).collect();
        let chip = |pod: &Pod, set: Option<&DaemonSet>| chip(timeline, pod, set, &self.revisions);
        let chips: Vec<Chip> = daemons.iter().map(|pod| chip(pod, set.map(|set| &**set))).collect();
        let mut rest: Vec<Chip> = pods.iter().filter(|pod| !own(pod)).map(|pod| chip(pod, None)).collect();
        sort::by_key(&mut rest, |chip| {
            (chip.stage == PodStage::Ready, !chip.is_daemon, chip.key.namespace == "kube-system")
        });
        let (status, tone) = status(node);
        let card = Card {
            name: node.metadata.name.clone(),
            role: role(node),
            label: label(node, &status, silent, &chips),
            status,
            tone,
            silent,
            fence: fence(&gated),
            meters: meters(node, &pods, own),
            taints,
            daemons: chips,
            reason: gates.reason(timeline, node),
            named: named(&rest),
            others: rest,
        };
        Some(Made {
            node: Rc::clone(node),
            pods,
            set: set.cloned(),
            revisions: Rc::clone(&self.revisions),
            card: Rc::new(card),
        })
    }
}

/// How many other pods a card has room to name: one at least.
fn named(chips: &[Chip]) -> usize {
    let (most, letters) = OTHERS;
    let mut room = letters;
    let fits = chips.iter().take(most).take_while(|chip| {
        let state = if chip.stage == PodStage::Ready { 0 } else { chip.state.len() };
        let needed = chip.name.len() + state + if chip.priority.is_some() { 8 } else { 5 };
        let fits = needed <= room;
        room = room.saturating_sub(needed);
        fits
    });
    fits.count().max(1)
}

/// What a step touched in the cluster as it is shown.
pub fn touched(timeline: &Timeline, no: u32) -> Touched {
    let mut touched = Touched::default();
    let Some(step) = timeline.step(no) else { return touched };
    for change in &step.changes {
        touched.nodes.extend(change.nodes());
        if change.is_of(&Kind::Pod) {
            touched.pods.insert(change.key());
        }
    }
    touched
}

/// Whether Why? is about this node.
pub fn is_selected(selection: &Selection, card: &Card) -> bool {
    match selection {
        Selection::Step | Selection::Set(_) | Selection::Service(_) => false,
        Selection::Node(name) => *name == card.name,
        Selection::Pod(key) => card.daemons.iter().chain(&card.others).any(|chip| chip.key == *key),
    }
}

fn columns(set: &DaemonSet) -> Vec<SetColumn> {
    let desired = set.status.desired_number_scheduled;
    let column = |(heading, number): (&'static str, i32)| {
        let tone = match heading {
            MISSCHEDULED if number == 0 => return None,
            MISSCHEDULED => Emphasis::Bad,
            // DESIRED itself is never short.
            _ if number < desired => Emphasis::Warn,
            _ => Emphasis::Plain,
        };
        Some(SetColumn { heading, number, tone })
    };
    counters(set).into_iter().filter_map(column).collect()
}

fn fence(taints: &[(Taint, Gate)]) -> Option<Fence> {
    if taints.is_empty() {
        return None;
    }
    let hard: Vec<_> = taints.iter().filter(|(taint, _)| !is_soft(taint)).collect();
    let open = hard.iter().all(|(_, gate)| gate.is_open());
    let class = if taints.iter().any(|(taint, gate)| taint.effect == NO_EXECUTE && !gate.is_open()) {
        "fence--noexecute"
    } else if hard.is_empty() {
        "fence--prefer"
    } else {
        ""
    };
    Some(Fence { class, open: open && !hard.is_empty() })
}

fn taint_line((taint, gate): &(Taint, Gate)) -> CardTaint {
    let gate = *gate;
    let split = taint.key.rfind('/').map_or(0, |at| at + 1);
    let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
    let (class, shut) = match taint.effect.as_str() {
        NO_EXECUTE => ("taint--noexecute", "g-evict"),
        PREFER_NO_SCHEDULE => ("taint--prefer", "g-soft"),
        _ => ("taint--noschedule", "g-shut"),
    };
    CardTaint {
        prefix: taint.key[..split].into(),
        core: format!("{}{value}:{}", &taint.key[split..], taint.effect),
        class,
        icon: if gate.is_open() && !is_soft(taint) { "g-open" } else { shut },
        gate,
    }
}

fn label(node: &Node, status: &str, silent: bool, daemons: &[Chip]) -> String {
    let pods = match daemons {
        [] => "no daemon pod".to_owned(),
        [one] => format!("1 daemon pod, {}", one.state),
        many => format!("{} daemon pods", many.len()),
    };
    let silent = if silent { ", kubelet stopped" } else { "" };
    format!("{}, {status}{silent}, {pods}", node.metadata.name)
}
