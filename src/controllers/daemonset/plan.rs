//! What the nodes need, and how much of it one sync does. Upstream: `manage` and `syncNodes` in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::backoff::Backoff;
use super::node::{CreateReason, DeleteReason, NodeEntry};
use super::totals::Totals;
use crate::api::{EcoString, Millis, Time};
use crate::cluster::Map;
use std::rc::Rc;

/// How many pods one sync creates, and how many it deletes (`BurstReplicas`).
pub const BURST: usize = 250;

/// A pod to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCreate {
    /// Where.
    pub node: EcoString,
    /// Why.
    pub reason: CreateReason,
}

/// A pod to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedDelete {
    /// Where it is, or is meant to be.
    pub node: EcoString,
    /// Which.
    pub pod: EcoString,
    /// Why.
    pub reason: DeleteReason,
}

/// A failed pod that stays for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackingOff {
    /// Where it is.
    pub node: EcoString,
    /// Which.
    pub pod: EcoString,
    /// How long the node's back-off is.
    pub delay: Millis,
    /// When it is over.
    pub until: Time,
}

/// What the nodes need regardless of any rolling update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagePlan {
    /// In node-name order.
    pub creates: Vec<PlannedCreate>,
    /// In node-name order, pods of nodes that are gone last.
    pub deletes: Vec<PlannedDelete>,
    /// Failed pods that must wait.
    pub backing_off: Vec<BackingOff>,
}

/// Collects what the nodes need. Deciding to delete a failed pod starts the node's next back-off.
pub fn manage(
    entries: &Map<EcoString, Rc<NodeEntry>>,
    totals: &Totals,
    backoff: &mut Backoff,
    now: Time,
) -> ManagePlan {
    let mut plan = ManagePlan::default();
    let acting = || totals.acting.iter().filter_map(|node| Some((node, entries.get(node)?)));
    let there = acting().filter(|(_, entry)| entry.verdict.is_some());
    let gone = acting().filter(|(_, entry)| entry.verdict.is_none());
    for (node, entry) in there.chain(gone) {
        let node = || node.clone();
        plan.creates.extend(entry.todo().create.map(|reason| PlannedCreate { node: node(), reason }));
        for (pod, reason) in &entry.todo().delete {
            let pod = pod.clone();
            if *reason == DeleteReason::Failed {
                if let Some((delay, until)) = backoff.remaining(&node(), now) {
                    plan.backing_off.push(BackingOff { node: node(), pod, delay, until });
                    continue;
                }
                backoff.next(node(), now);
            }
            plan.deletes.push(PlannedDelete { node: node(), pod, reason: *reason });
        }
    }
    plan
}

/// Cuts a list down to what one sync does; says how many are left for later.
pub fn within_burst<T>(list: &mut Vec<T>) -> u32 {
    let later = list.len().saturating_sub(BURST);
    list.truncate(BURST);
    u32::try_from(later).unwrap_or(u32::MAX)
}
