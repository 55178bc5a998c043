//! What a DaemonSet's nodes look like, kept from sync to sync: a change marks the nodes that it concerns, and only
//! these are looked at again. A look at all nodes is the same with all of them marked.

use super::node::{Basis, NodeEntry, look};
use super::ownership::Claim;
use super::totals::Totals;
use super::trace::Nodes;
use crate::api::{EcoString, Pod, Time};
use crate::cluster::{Map, Set, World};
use std::rc::Rc;

/// In place of a node, for pods that are neither bound nor pinned to one: these are adopted and let go, and
/// otherwise ignored.
const NOWHERE: &str = "";

/// All nodes as seen by one DaemonSet.
#[derive(Clone, Debug)]
pub struct NodesView {
    /// What the entries depend on.
    pub basis: Rc<Basis>,
    /// By node name.
    pub entries: Map<EcoString, Rc<NodeEntry>>,
    /// Sums over the entries.
    pub totals: Totals,
    /// Nodes to look at again.
    marked: Set<EcoString>,
    /// Those of them that are to be judged anew.
    unjudged: Set<EcoString>,
}

impl NodesView {
    /// Nothing seen yet, every node marked.
    pub fn new(world: &World, basis: Basis) -> Self {
        let mut view = NodesView {
            basis: Rc::new(basis),
            entries: Map::new(),
            totals: Totals::default(),
            marked: Set::new(),
            unjudged: Set::new(),
        };
        view.mark_all(world);
        view
    }

    /// As a sync saw it, nothing marked.
    pub fn seen(nodes: &Nodes) -> Self {
        let Nodes { basis, entries, totals } = nodes.clone();
        NodesView { basis, entries, totals, marked: Set::new(), unjudged: Set::new() }
    }

    /// What is seen, without what is to be looked at again.
    pub fn as_seen(&self) -> Nodes {
        let NodesView { basis, entries, totals, .. } = self.clone();
        Nodes { basis, entries, totals }
    }

    /// Marks every node if what the entries depend on has changed.
    pub fn rebase(&mut self, world: &World, basis: Basis) {
        if *self.basis != basis {
            self.basis = Rc::new(basis);
            self.mark_all(world);
        }
    }

    /// Marks a node that is to be judged anew: it has changed, or what it is judged by has.
    pub fn mark(&mut self, node: &EcoString) {
        self.marked.insert(node.clone());
        self.unjudged.insert(node.clone());
    }

    /// Marks the node that a pod of the DaemonSet's is on or meant for.
    pub fn mark_node_of(&mut self, pod: &Pod) {
        self.marked.insert(pod.target_node().unwrap_or(NOWHERE).into());
    }

    /// Whether a pod concerns the DaemonSet.
    pub fn concerns(&self, pod: &Pod) -> bool {
        self.basis.claim(pod) != Claim::NotOurs
    }

    fn mark_all(&mut self, world: &World) {
        let seen: Vec<_> = self.entries.keys().cloned().collect();
        seen.iter().for_each(|node| self.mark(node));
        for node in world.nodes() {
            self.mark(&node.metadata.name);
        }
        // All other pods stand at one of these nodes.
        for pod in world.unplaced_pods() {
            if self.concerns(pod) {
                self.mark_node_of(pod);
            }
        }
    }

    /// Looks at the marked nodes, and at those whose time has come.
    pub fn refresh(&mut self, world: &World, now: Time) {
        while let Some((at, node)) = self.totals.due.first().cloned() {
            if at > now {
                break;
            }
            self.totals.due.remove(&(at, node.clone()));
            self.marked.insert(node);
        }
        let unjudged = std::mem::take(&mut self.unjudged);
        for node in &std::mem::take(&mut self.marked) {
            let before = self.entries.get(node).map(|before| &**before);
            let entry = self.look(world, node, before, unjudged.contains(node), now);
            if before == Some(&entry) {
                self.totals.due.extend(entry.due.map(|at| (at, node.clone())));
                continue;
            }
            let after = (!entry.is_empty()).then_some(&entry);
            self.totals.change(node, before, after);
            if after.is_some() {
                self.entries.insert(node.clone(), Rc::new(entry));
            } else {
                self.entries.remove(node);
            }
        }
    }

    /// Looks at a node, of which this was seen before, if anything was.
    fn look(
        &self,
        world: &World,
        node: &EcoString,
        before: Option<&NodeEntry>,
        judge_anew: bool,
        now: Time,
    ) -> NodeEntry {
        if **node != *NOWHERE {
            let verdict = match before {
                Some(before) if !judge_anew => before.verdict.clone(),
                _ => world.node(node).map(|node| {
                    let judged = self.basis.placement.judge(node);
                    let before = before.and_then(|entry| entry.verdict.as_ref());
                    before.filter(|before| ***before == judged).cloned().unwrap_or_else(|| Rc::new(judged))
                }),
            };
            return look(&self.basis, verdict, world.pods_sought_on(node, self.basis.sought), now);
        }
        let floating = look(&self.basis, None, world.floating_pods(), now);
        look(&self.basis, None, std::iter::empty(), now).with_claims_of(&floating)
    }
}
