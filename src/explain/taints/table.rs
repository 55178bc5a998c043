//! The table: tolerations across, nodes with their taints down.

use super::edit::{Edit, TrialSlot, slots_of_node, slots_of_tolerations};
use super::fate::Fate;
use super::subject::{Giver, Subject};
use crate::api::{
    EcoString, NO_SCHEDULE, Node, ObjectKey, Taint, Toleration, TolerationMatch, well_known_taints,
};
use crate::cluster::World;
use crate::controllers::node_lifecycle;
use crate::explain::piece::Piece;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A toleration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As it is, and as it is tried.
    pub slot: TrialSlot<Toleration>,
    /// Who gave it.
    pub giver: Giver,
}

impl Column {
    /// The toleration that is shown: the tried one, or the one that is taken away.
    pub fn toleration(&self) -> Option<&Toleration> {
        self.slot.shown()
    }

    /// Whether the pods have it.
    pub fn is_on(&self) -> bool {
        self.slot.now.is_some() && self.giver != Giver::IfHostNetwork
    }
}

/// A toleration against a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It matches: the taint is tolerated.
    Match,
    /// It is about the taint's key, but something else of it differs.
    NearMiss(TolerationMatch),
    /// It is about another key.
    OtherKey,
}

impl Cell {
    /// Holds a toleration against a taint.
    pub fn of(toleration: &Toleration, taint: &Taint) -> Self {
        match toleration.compare(taint) {
            parts if parts.is_full() => Cell::Match,
            parts if parts.key => Cell::NearMiss(parts),
            _ => Cell::OtherKey,
        }
    }
}

/// A taint of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaintCells {
    /// As it is, and as it is tried.
    pub slot: TrialSlot<Taint>,
    /// Whether the node lifecycle controller sets it, so that it comes back when it is taken away.
    pub is_automatic: bool,
    /// Toleration by toleration.
    pub cells: Vec<Cell>,
}

impl TaintCells {
    /// The taint that is shown: the tried one, or the one that is taken away.
    pub fn taint(&self) -> Option<&Taint> {
        self.slot.shown()
    }
}

/// Nodes with the same taints, where the same happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRow {
    /// Their names.
    pub nodes: Vec<EcoString>,
    /// Their taints.
    pub taints: Vec<TaintCells>,
    /// What happens as the cluster is.
    pub before: Fate,
    /// What happens with what is tried.
    pub after: Fate,
}

impl SubjectRow {
    /// Whether what is tried makes a difference here.
    pub fn is_changed(&self) -> bool {
        self.before.what != self.after.what
    }

    /// Taints that nothing tolerates and that keep the pod away, as of what is tried.
    pub fn missing(&self) -> &[Taint] {
        &self.after.missing
    }
}

/// The whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Explorer {
    /// Whose tolerations they are.
    pub subject: ObjectKey,
    /// The tolerations.
    pub columns: Vec<Column>,
    /// The nodes.
    pub rows: Vec<SubjectRow>,
    /// Why a tried change cannot be made, by its place among them.
    pub problems: BTreeMap<usize, String>,
    /// What the tried changes come to, in a sentence without its full stop; empty where none is tried.
    pub summary: Vec<Piece>,
    /// What they bring with them, in a sentence; empty where there is nothing to tell.
    pub aside: Vec<Piece>,
}

/// The user's tolerations first, then those of the controller.
pub(super) fn columns(before: &Subject, after: &Subject, edits: &[Edit]) -> Vec<Column> {
    let (was, is) = (before.tolerations(), after.tolerations());
    let mut columns: Vec<Column> = slots_of_tolerations(before.written(), edits)
        .into_iter()
        .map(|slot| {
            let key = |toleration: &Toleration| (toleration.key.clone(), toleration.effect.clone());
            let replaced = |own: &Toleration| {
                is.iter().any(|(other, giver)| *giver == Giver::Replaced && key(other) == key(own))
            };
            let giver = if slot.now.as_ref().is_some_and(replaced) { Giver::Replaced } else { Giver::You };
            Column { slot, giver }
        })
        .collect();
    let given = |all: &[(Toleration, Giver)]| -> Vec<Toleration> {
        all.iter().filter(|(_, giver)| *giver == Giver::Controller).map(|(own, _)| own.clone()).collect()
    };
    let (was, is) = (given(&was), given(&is));
    for own in &is {
        let before = was.contains(own).then(|| own.clone());
        let slot = TrialSlot { was: before, now: Some(own.clone()) };
        columns.push(Column { slot, giver: Giver::Controller });
    }
    for gone in was.iter().filter(|own| !is.contains(own)) {
        let is_written = columns.iter().any(|column| column.toleration() == Some(gone));
        if !is_written {
            let slot = TrialSlot { was: Some(gone.clone()), now: None };
            columns.push(Column { slot, giver: Giver::Controller });
        }
    }
    let network = Toleration::exists(well_known_taints::NETWORK_UNAVAILABLE, NO_SCHEDULE);
    let has_network = columns.iter().any(|column| column.toleration() == Some(&network));
    if after.is_of_daemon() && !has_network {
        let slot = TrialSlot { was: Some(network.clone()), now: Some(network) };
        columns.push(Column { slot, giver: Giver::IfHostNetwork });
    }
    columns
}

/// Nodes with the same taints and fates in one row, in order of their first node.
pub(super) fn rows(
    world: &World,
    edits: &[Edit],
    columns: &[Column],
    before: &BTreeMap<EcoString, Fate>,
    after: &BTreeMap<EcoString, Fate>,
) -> Vec<SubjectRow> {
    let mut rows: Vec<SubjectRow> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for node in world.nodes() {
        let name = &node.metadata.name;
        let (Some(before), Some(after)) = (before.get(name), after.get(name)) else { continue };
        let slots = slots_of_node(node, edits);
        let alike = alike(&slots, before, after);
        if let Some(row) = known.get(&alike) {
            rows[*row].nodes.push(name.clone());
            continue;
        }
        known.insert(alike, rows.len());
        let lines = slots.into_iter().map(|slot| line(node, slot, columns)).collect();
        let (nodes, before, after) = (vec![name.clone()], before.clone(), after.clone());
        rows.push(SubjectRow { nodes, taints: lines, before, after });
    }
    rows
}

/// Equal for nodes that belong in one row.
fn alike(slots: &[TrialSlot<Taint>], before: &Fate, after: &Fate) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for slot in slots {
        let part = |taint: &Option<Taint>| taint.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = write!(text, "{}>{} ", part(&slot.was), part(&slot.now));
    }
    for fate in [before, after] {
        let _ = write!(text, "|{:?}", fate.what);
        fate.why.iter().for_each(|piece| text.push_str(piece.words()));
    }
    text
}

fn line(node: &Rc<Node>, slot: TrialSlot<Taint>, columns: &[Column]) -> TaintCells {
    let cell = |taint: &Taint, column: &Column| {
        column.toleration().map_or(Cell::OtherKey, |toleration| Cell::of(toleration, taint))
    };
    let cells = match slot.shown() {
        Some(taint) => columns.iter().map(|column| cell(taint, column)).collect(),
        None => Vec::new(),
    };
    let is_automatic = slot.was.as_ref().is_some_and(|taint| node_lifecycle::is_kept_up(node, taint));
    TaintCells { slot, is_automatic, cells }
}
