//! Commands tried on a copy of the cluster, before they are done.

use super::command::{Command, Deed};
use crate::api::{ObjectKey, Time};
use crate::cluster::{ApiError, World, Write};

/// What commands would do, one after the other.
#[derive(Clone)]
pub struct Trial {
    /// For each command the cluster as it would find it, and what it would write.
    pub writes: Vec<(World, Vec<Write>)>,
    /// What the API server would refuse.
    pub refused: Vec<(ObjectKey, ApiError)>,
    /// The cluster after them.
    pub after: World,
}

impl Trial {
    /// Tries commands on a cluster.
    pub fn of(commands: &[Command], world: &World, now: Time) -> Self {
        // The copy is what each command finds, as the one before it would leave it.
        let mut trial = Trial { writes: Vec::new(), refused: Vec::new(), after: world.clone() };
        for command in commands {
            let (trace, writes) = command.plan(&trial.after, now);
            trial.refused.extend(trace.done.into_iter().filter_map(|done| match done.deed {
                Deed::Refused(error) => Some((done.key, error)),
                _ => None,
            }));
            trial.writes.push((trial.after.clone(), writes.clone()));
            for write in writes {
                let key = write.key();
                if let Err(error) = trial.after.write(write, now) {
                    trial.refused.push((key, error));
                }
            }
        }
        trial
    }

    /// Whether nothing would be written, and nothing refused.
    pub fn changes_nothing(&self) -> bool {
        self.refused.is_empty() && self.writes.iter().all(|(_, writes)| writes.is_empty())
    }
}
