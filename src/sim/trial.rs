//! Commands tried on a copy of the cluster, before they are done.

use crate::api::{ObjectKey, Time};
use crate::cluster::{ApiError, Change, World};
use crate::kubectl::{Answer, Deed, Request};
use std::collections::BTreeMap;

/// What commands would do, one after the other.
#[derive(Clone)]
pub struct Trial {
    /// For each command the cluster as it would find it, and what it would change: each object once.
    pub changes: Vec<(World, Vec<Change>)>,
    /// What the API server would refuse.
    pub refused: Vec<Refused>,
    /// The cluster after them.
    pub after: World,
}

/// An object that the API server would refuse.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Its key.
    pub key: ObjectKey,
    /// Why.
    pub error: ApiError,
    /// Of which command, from 0.
    pub command: usize,
    /// Which of the command's objects of this key, from 0: a text may have one twice.
    pub nth: usize,
}

/// What the API server refuses of a command.
fn refused(command: usize, answer: &Answer) -> Vec<Refused> {
    let mut told: BTreeMap<&ObjectKey, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for done in &answer.done {
        let count = told.entry(&done.key).or_default();
        if let Deed::Refused(error) = &done.deed {
            all.push(Refused { key: done.key.clone(), error: error.clone(), command, nth: *count });
        }
        *count += 1;
    }
    all
}

impl Trial {
    /// Tries commands on a cluster.
    pub fn of(requests: &[Request], world: &World, now: Time) -> Self {
        // The copy is what each command finds, as the one before it would leave it.
        let mut trial = Trial { changes: Vec::new(), refused: Vec::new(), after: world.clone() };
        for (command, request) in requests.iter().enumerate() {
            let before = trial.after.clone();
            let answer = request.run(&before, now);
            trial.refused.extend(refused(command, &answer));
            let mut changes = Vec::new();
            for write in answer.writes {
                let key = write.key();
                match trial.after.write(write, now) {
                    Ok(change) => changes.extend(change),
                    Err(error) => trial.refused.push(Refused { key, error, command, nth: 0 }),
                }
            }
            trial.changes.push((before, merged(changes)));
        }
        trial
    }

    /// Whether anything would change.
    pub fn changes_anything(&self) -> bool {
        self.changes.iter().any(|(_, changes)| !changes.is_empty())
    }
}

/// What several changes of one object come to, in the order of the first ones. One that is created and deleted again does
/// not change.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut merged: Vec<Option<Change>> = Vec::new();
    let mut places: BTreeMap<ObjectKey, usize> = BTreeMap::new();
    for change in changes {
        let place = *places.entry(change.key()).or_insert(merged.len());
        if place == merged.len() {
            merged.push(Some(change));
            continue;
        }
        merged[place] = match merged[place].take() {
            Some(first) if first.before.is_none() && change.after.is_none() => None,
            Some(first) => Some(Change { after: change.after, ..first }),
            None => Some(change),
        };
    }
    merged.into_iter().flatten().collect()
}
