//! What is tried, on a copy of the cluster.

use super::edit::{self, Edit, Tried};
use super::subject::Subject;
use super::summary;
use super::table::{Explorer, SubjectRow, columns, rows};
use crate::api::{ObjectKey, Time};
use crate::cluster::World;
use crate::explain::piece::Piece;

/// A subject with what is tried on a copy of the cluster.
pub struct TaintTrial {
    pub(super) before: World,
    pub(super) after: Tried,
    now: Time,
    pub(super) key: ObjectKey,
    edits: Vec<Edit>,
}

impl TaintTrial {
    /// Tries changes. None where the subject is not there.
    pub fn of(world: &World, now: Time, key: &ObjectKey, edits: &[Edit]) -> Option<Self> {
        Subject::of(world, key)?;
        let after = edit::try_all(world, now, key, edits);
        let (before, key, edits) = (world.clone(), key.clone(), edits.to_vec());
        Some(TaintTrial { before, after, now, key, edits })
    }

    /// Why the change at a place cannot be made.
    pub fn problem(&self, place: usize) -> Option<&str> {
        self.after.problems.get(&place).map(String::as_str)
    }

    /// The table.
    pub fn table(&self) -> Option<Explorer> {
        let edits = &self.edits;
        let (before, after) =
            (Subject::of(&self.before, &self.key)?, Subject::of(&self.after.world, &self.key)?);
        let is_tried = !edits.is_empty();
        let fates_after = after.fates(&self.after.world, self.now);
        let fates_before = if is_tried { before.fates(&self.before, self.now) } else { fates_after.clone() };
        let columns = columns(&before, &after, edits);
        let rows = rows(&self.before, edits, &columns, &fates_before, &fates_after);
        let (summary, aside) = match is_tried {
            true => (summary::told(&rows), self.aside(&before, &after, &rows)),
            false => Default::default(),
        };
        Some(Explorer {
            subject: self.key.clone(),
            columns,
            rows,
            problems: self.after.problems.clone(),
            summary,
            aside,
        })
    }

    /// What else comes of what is tried.
    fn aside(&self, before: &Subject, after: &Subject, rows: &[SubjectRow]) -> Vec<Piece> {
        let mut told = summary::aside(&self.before, before, after, rows);
        let evicted = summary::evicted(&self.before, (before, &self.key), self.nodes());
        if !told.is_empty() && !evicted.is_empty() {
            told.push(Piece::Text(" ".into()));
        }
        told.extend(evicted);
        told
    }
}
