//! Each node as a cell. A step computes the cells of the nodes that it touched, not all of them.

use crate::api::{DaemonSet, EcoString, NO_EXECUTE, NO_SCHEDULE, Node, ObjectKey, sort};
use crate::cluster::Change;
use crate::controllers::daemonset::eligibility::{Placement, Verdict};
use crate::explain::why::daemon_pod;
use crate::explain::{PodStage, Revisions, stage};
use crate::session::At;
use crate::sim::{StepNo, Timeline};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// At most this many steps are followed one by one; after a longer way all cells are made anew.
const FOLLOWED: StepNo = 400;

/// What a cell says of its node: never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Its pod is ready.
    Ready,
    /// Its pod is bound and not ready.
    Unready,
    /// Its pod waits for the scheduler.
    Pending,
    /// Its pod failed, or does not get to run.
    Failed,
    /// A pod belongs here, and there is none yet.
    Missing,
    /// A taint keeps the pod away.
    Taint,
    /// A selector, an affinity or a node's name keeps it away.
    Label,
}

impl Sign {
    /// All, in the order of the legend.
    pub const ALL: [Sign; 7] =
        [Sign::Ready, Sign::Unready, Sign::Pending, Sign::Failed, Sign::Missing, Sign::Taint, Sign::Label];

    /// The end of its class name.
    pub fn name(self) -> &'static str {
        match self {
            Sign::Ready => "ready",
            Sign::Unready => "unready",
            Sign::Pending => "pending",
            Sign::Failed => "failed",
            Sign::Missing => "missing",
            Sign::Taint => "taint",
            Sign::Label => "label",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Sign::Ready => "ready",
            Sign::Unready => "not ready",
            Sign::Pending => "Pending",
            Sign::Failed => "failed",
            Sign::Missing => "no pod yet",
            Sign::Taint => "no pod: taint",
            Sign::Label => "no pod: not selected",
        }
    }

    /// Whether there is a pod, which has a revision.
    pub fn has_pod(self) -> bool {
        matches!(self, Sign::Ready | Sign::Unready | Sign::Pending | Sign::Failed)
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapCell {
    /// Its name.
    pub name: EcoString,
    /// What it says.
    pub sign: Sign,
    /// The revision of its pod.
    pub revision: Option<i64>,
    /// STATUS of the pod in kubectl's words; without a pod, why there is none.
    pub state: EcoString,
    /// Its zone; empty if no label says so.
    pub zone: EcoString,
    /// Its pool; empty if no label says so.
    pub pool: EcoString,
    /// Its taints.
    pub taints: EcoString,
}

impl MapCell {
    /// The same, but not telling why there is no pod.
    fn without_reason(self) -> Self {
        match self.sign {
            Sign::Missing | Sign::Taint | Sign::Label => {
                MapCell { sign: Sign::Missing, state: "no pod".into(), ..self }
            }
            _ => self,
        }
    }
}

/// By what nodes stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Zone, and within it pool.
    #[default]
    Zone,
    /// Pool.
    Pool,
    /// What became of the pod.
    Reason,
    /// Taints.
    Taints,
}

impl By {
    /// All, in the order of the buttons.
    pub const ALL: [By; 4] = [By::Zone, By::Pool, By::Reason, By::Taints];

    /// On the button.
    pub fn words(self) -> &'static str {
        match self {
            By::Zone => "by zone",
            By::Pool => "by pool",
            By::Reason => "by reason",
            By::Taints => "by taints",
        }
    }
}

/// Nodes that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct MapGroup {
    /// What they have in common.
    pub title: String,
    /// The nodes, in order.
    pub cells: Rc<Vec<Rc<MapCell>>>,
}

/// A column of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct MapBlock {
    /// What they have in common.
    pub title: String,
    /// Its nodes, by a second thing that they have in common.
    pub groups: Vec<MapGroup>,
}

impl MapBlock {
    /// How many nodes it has.
    pub fn size(&self) -> usize {
        self.groups.iter().map(|group| group.cells.len()).sum()
    }
}

/// Cells that were made before.
#[derive(Default)]
pub struct Cells {
    at: At,
    set: Option<Rc<DaemonSet>>,
    revisions: Revisions,
    hides: bool,
    made: BTreeMap<EcoString, Rc<MapCell>>,
    laid: Option<Laid>,
}

/// The cells in their places, as they were asked for last.
struct Laid {
    order: Rc<BTreeMap<EcoString, usize>>,
    by: By,
    blocks: Rc<Vec<MapBlock>>,
    /// Where each node stands: its block, its group, its place in that.
    places: BTreeMap<EcoString, [usize; 3]>,
    /// The nodes whose cells are others by now.
    changed: BTreeSet<EcoString>,
}

impl Laid {
    /// Puts the cells that changed in their places. False if one of them belongs to another group now.
    fn follow(&mut self, made: &BTreeMap<EcoString, Rc<MapCell>>) -> bool {
        for name in std::mem::take(&mut self.changed) {
            let (Some(cell), Some([block, group, at])) = (made.get(&name), self.places.get(&name)) else {
                return false;
            };
            let group = &mut Rc::make_mut(&mut self.blocks)[*block].groups[*group];
            if titles(&group.cells[*at], self.by) != titles(cell, self.by) {
                return false;
            }
            Rc::make_mut(&mut group.cells)[*at] = Rc::clone(cell);
        }
        true
    }
}

impl Cells {
    /// The cells as of the shown step, by name. `hides`: they do not tell why a node has no pod, as long as that is to be
    /// guessed.
    pub fn update(
        &mut self,
        timeline: &Timeline,
        at: At,
        set: Option<&ObjectKey>,
        hides: bool,
    ) -> &BTreeMap<EcoString, Rc<MapCell>> {
        if self.at == at && self.hides == hides && self.set.as_ref().map(|set| set.key()).as_ref() == set {
            return &self.made;
        }
        let world = timeline.world();
        let set = set.and_then(|key| world.daemon_set(&key.namespace, &key.name)).cloned();
        let revisions = Revisions::of(world, set.as_deref());
        let is_same_set = match (&self.set, &set) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) || (a.metadata.uid == b.metadata.uid && a.spec == b.spec),
            (None, None) => true,
            _ => false,
        };
        let (from, to) = (self.at.shown.min(at.shown), self.at.shown.max(at.shown));
        let follows = self.at.run == at.run
            && self.hides == hides
            && is_same_set
            && revisions == self.revisions
            && to - from <= FOLLOWED;
        self.hides = hides;
        let cell = |timeline: &Timeline, node: &Node, set, revisions: &Revisions| {
            let told = cell(timeline, node, set, revisions);
            if hides { told.without_reason() } else { told }
        };
        let placement = set.as_ref().map(|set| Placement::new(&set.spec.template));
        let of_set = set.as_deref().zip(placement.as_ref());
        if follows {
            for node in touched(timeline, from, to) {
                match world.node(&node) {
                    Some(found) => {
                        let cell = cell(timeline, found, of_set, &revisions);
                        if self.made.get(&node).is_none_or(|before| **before != cell) {
                            if let Some(laid) = &mut self.laid {
                                laid.changed.insert(node.clone());
                            }
                            self.made.insert(node, Rc::new(cell));
                        }
                    }
                    None => {
                        self.laid = None;
                        self.made.remove(&node);
                    }
                }
            }
        } else {
            self.laid = None;
            let all = world
                .nodes()
                .map(|node| (node.metadata.name.clone(), Rc::new(cell(timeline, node, of_set, &revisions))));
            self.made = sort::map(all);
        }
        (self.at, self.set, self.revisions) = (at, set, revisions);
        &self.made
    }

    /// The cells as they were made last.
    pub fn cells(&self) -> &BTreeMap<EcoString, Rc<MapCell>> {
        &self.made
    }

    /// The cells in their places; `order` as in the user's node list.
    pub fn blocks(&mut self, order: &Rc<BTreeMap<EcoString, usize>>, by: By) -> Rc<Vec<MapBlock>> {
        if let Some(laid) = &mut self.laid
            && laid.by == by
            && Rc::ptr_eq(&laid.order, order)
            && laid.follow(&self.made)
        {
            return Rc::clone(&laid.blocks);
        }
        let blocks = Rc::new(blocks(&self.made, order, by));
        let mut places = BTreeMap::new();
        for (at_block, block) in blocks.iter().enumerate() {
            for (at_group, group) in block.groups.iter().enumerate() {
                let names = group.cells.iter().enumerate();
                places.extend(names.map(|(at, cell)| (cell.name.clone(), [at_block, at_group, at])));
            }
        }
        let (order, shown) = (Rc::clone(order), Rc::clone(&blocks));
        self.laid = Some(Laid { order, by, blocks, places, changed: BTreeSet::new() });
        shown
    }
}

/// The nodes that steps touched, also those of touched pods.
fn touched(timeline: &Timeline, after: StepNo, up_to: StepNo) -> BTreeSet<EcoString> {
    let steps = (after + 1..=up_to).filter_map(|no| timeline.step(no));
    sort::set(steps.flat_map(|step| &step.changes).flat_map(Change::nodes))
}

/// Labels that name a node's pool, those of the large providers among them.
const POOLS: [&str; 7] = [
    "pool",
    "node-pool",
    "karpenter.sh/nodepool",
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "kubernetes.azure.com/agentpool",
    "node.kubernetes.io/instance-type",
];

fn cell(
    timeline: &Timeline,
    node: &Node,
    set: Option<(&DaemonSet, &Placement)>,
    revisions: &Revisions,
) -> MapCell {
    let label = |key: &str| node.metadata.labels.get(key);
    let pool = POOLS.iter().find_map(|key| label(key)).cloned();
    let taints: Vec<String> = node.spec.taints.iter().map(ToString::to_string).collect();
    let own = set.and_then(|(set, _)| daemon_pod(timeline, set, &node.metadata.name));
    let (sign, state, revision) = match (&own, set) {
        (Some(pod), _) => {
            let (stage, word) = stage(pod);
            let sign = match stage {
                PodStage::Ready => Sign::Ready,
                PodStage::Creating | PodStage::Unready | PodStage::Terminating => Sign::Unready,
                PodStage::Pending if pod.node().is_some() => Sign::Unready,
                PodStage::Pending => Sign::Pending,
                PodStage::Failed => Sign::Failed,
            };
            (sign, word.into(), Some(revisions.of_pod(pod)))
        }
        (None, None) => (Sign::Missing, "no DaemonSet".into(), None),
        (None, Some((_, placement))) => {
            let judged = placement.judge(node);
            let keeps =
                |taint: &&crate::api::Taint| [NO_SCHEDULE, NO_EXECUTE].contains(&taint.effect.as_str());
            match judged.untolerated().find(keeps) {
                _ if judged.verdict == Verdict::ShouldRun => {
                    (Sign::Missing, Sign::Missing.words().into(), None)
                }
                Some(taint) if judged.matches_labels() => {
                    (Sign::Taint, format!("untolerated taint {taint}").into(), None)
                }
                _ => (Sign::Label, crate::explain::plain(&crate::explain::obstacle(&judged)).into(), None),
            }
        }
    };
    MapCell {
        name: node.metadata.name.clone(),
        sign,
        revision,
        state,
        zone: label("topology.kubernetes.io/zone").cloned().unwrap_or_default(),
        pool: pool.or_else(|| node.roles().first().map(|role| (*role).into())).unwrap_or_default(),
        taints: taints.join(", ").into(),
    }
}

fn blocks(
    cells: &BTreeMap<EcoString, Rc<MapCell>>,
    order: &BTreeMap<EcoString, usize>,
    by: By,
) -> Vec<MapBlock> {
    let mut sorted: Vec<&Rc<MapCell>> = cells.values().collect();
    sort::by_key(&mut sorted, |cell| order.get(&cell.name).copied().unwrap_or(usize::MAX));
    let mut blocks: BTreeMap<String, BTreeMap<String, Vec<Rc<MapCell>>>> = BTreeMap::new();
    for cell in sorted {
        let (block, group) = titles(cell, by);
        blocks.entry(block).or_default().entry(group).or_default().push(Rc::clone(cell));
    }
    let block = |(title, groups): (String, BTreeMap<String, Vec<Rc<MapCell>>>)| {
        let mut groups: Vec<MapGroup> =
            groups.into_iter().map(|(title, cells)| MapGroup { title, cells: Rc::new(cells) }).collect();
        // Large groups first: a few odd nodes stand below.
        sort::by_key(&mut groups, |group| std::cmp::Reverse(group.cells.len()));
        MapBlock { title, groups }
    };
    let mut blocks: Vec<MapBlock> = blocks.into_iter().map(block).collect();
    if by != By::Zone {
        sort::by_key(&mut blocks, |block| std::cmp::Reverse(block.size()));
    }
    blocks
}

/// The block and the group of a cell.
fn titles(cell: &MapCell, by: By) -> (String, String) {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let pool = if cell.pool.is_empty() { String::new() } else { format!("pool={}", cell.pool) };
    let with_taints = match (pool.is_empty(), cell.taints.is_empty()) {
        (_, true) => or(&pool, "no pool"),
        (true, false) => cell.taints.to_string(),
        (false, false) => format!("{pool} · {}", cell.taints),
    };
    match by {
        By::Zone => (or(&cell.zone, "no zone"), with_taints),
        By::Pool => (or(&pool, "no pool"), or(&cell.taints, "no taints")),
        By::Reason => {
            let title = match cell.sign {
                Sign::Ready => Sign::Ready.words().to_owned(),
                _ => cell.state.to_string(),
            };
            (title, with_taints)
        }
        By::Taints => (or(&cell.taints, "no taints"), or(&pool, "no pool")),
    }
}

/// How often each sign stands in the map, by revision where there is a pod that is ready.
pub fn legend(cells: &BTreeMap<EcoString, Rc<MapCell>>) -> Vec<(Sign, Option<i64>, usize)> {
    let mut counts: BTreeMap<(Sign, Option<i64>), usize> = BTreeMap::new();
    for cell in cells.values() {
        let revision = cell.revision.filter(|_| cell.sign == Sign::Ready);
        *counts.entry((cell.sign, revision)).or_default() += 1;
    }
    counts.into_iter().map(|((sign, revision), count)| (sign, revision, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::session::{Act, Past, Session};

    fn session() -> Session {
        Session::of_example(examples::find("rolling_update").expect("there is such an example"))
    }

    fn set(session: &Session) -> ObjectKey {
        session.timeline.world().daemon_sets().map(|set| set.key()).next().expect("a DaemonSet")
    }

    #[test]
    fn following_the_steps_gives_the_cells_that_looking_at_all_nodes_gives() {
        let mut session = session().act(&Act::Apply, Past::Ask).0;
        while session.timeline.can_advance() && session.timeline.len() < 200 {
            session = session.act(&Act::Forward, Past::Ask).0;
        }
        let set = set(&session);
        let (mut followed, mut also, order) = (Cells::default(), Cells::default(), Rc::default());
        let stops = (1..=session.timeline.len()).chain((1..session.timeline.len()).rev()).chain([3, 150, 7]);
        for stop in stops {
            let session = session.act(&Act::Seek(stop), Past::Ask).0;
            let (timeline, at) = (&session.timeline, session.at());
            let fresh = Cells::default().update(timeline, at, Some(&set), false).clone();
            assert_eq!(*followed.update(timeline, at, Some(&set), false), fresh, "step {stop}");
            for by in [By::Zone, By::Reason] {
                assert_eq!(*followed.blocks(&order, by), blocks(&fresh, &order, by), "step {stop}");
            }
            assert_eq!(*also.update(timeline, at, Some(&set), false), fresh, "step {stop}");
            assert_eq!(*also.blocks(&order, By::Zone), blocks(&fresh, &order, By::Zone), "step {stop}");
        }
    }

    #[test]
    fn while_one_guesses_no_cell_tells_why_its_node_has_no_pod() {
        let session = Session::of_example(examples::find("log_collector").expect("there is such an example"));
        let mut cells = Cells::default();
        let sign = |cells: &mut Cells, hides: bool| {
            let cells = cells.update(&session.timeline, session.at(), Some(&set(&session)), hides);
            cells.get("gpu-1").map(|cell| (cell.sign, cell.state.to_string()))
        };
        assert_eq!(sign(&mut cells, true), Some((Sign::Missing, "no pod".into())));
        assert_eq!(sign(&mut cells, false).map(|(sign, _)| sign), Some(Sign::Taint));
    }

    #[test]
    fn every_node_stands_in_one_group_however_they_are_grouped() {
        let session = session();
        let mut cells = Cells::default();
        let cells = cells.update(&session.timeline, session.at(), Some(&set(&session)), false);
        for by in By::ALL {
            let blocks = blocks(cells, &BTreeMap::new(), by);
            assert_eq!(blocks.iter().map(MapBlock::size).sum::<usize>(), cells.len(), "{by:?}");
        }
        assert_eq!(legend(cells).iter().map(|(.., count)| count).sum::<usize>(), cells.len());
    }
}
