//! The template of the shown DaemonSet's current revision against the one before it.

use crate::api::ObjectKey;
use crate::api::PodTemplateSpec;
use crate::controllers::daemonset::history;
use crate::manifest::value_to_yaml;
use crate::sim::Timeline;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Two revisions and their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The number of the earlier one.
    pub from: i64,
    /// The number of the later one.
    pub to: i64,
    /// So many lines came.
    pub added: usize,
    /// So many lines went.
    pub removed: usize,
    /// All lines.
    pub lines: Vec<DiffLine>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Its number in the later template; none = it went.
    pub number: Option<usize>,
    /// `+`, `−` or nothing.
    pub sign: &'static str,
    /// The text.
    pub text: String,
}

/// The current revision against the one with the next lower number. None where there is just one.
pub fn diff(timeline: &Timeline, set: &ObjectKey) -> Option<Diff> {
    let world = timeline.world();
    let set = world.daemon_set(&set.namespace, &set.name)?;
    let all = history::revisions(world, set);
    let [current, before, ..] = all.as_slice() else { return None };
    let (old, new) = (history::template(before)?, history::template(current)?);
    let (old, new) = (lines(&old), lines(&new));
    let mut diff =
        Diff { from: before.revision, to: current.revision, added: 0, removed: 0, lines: Vec::new() };
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        diff.take(op, &old, &new);
    }
    Some(diff)
}

fn lines(template: &PodTemplateSpec) -> Vec<String> {
    let value = serde_json::to_value(template).unwrap_or_default();
    value_to_yaml(&value).lines().map(str::to_owned).collect()
}

impl Diff {
    fn take(&mut self, op: DiffOp, old: &[String], new: &[String]) {
        let is_same = matches!(op, DiffOp::Equal { .. });
        if !is_same {
            for text in &old[op.old_range()] {
                self.removed += 1;
                self.lines.push(DiffLine { number: None, sign: "−", text: text.clone() });
            }
        }
        for at in op.new_range() {
            self.added += usize::from(!is_same);
            let sign = if is_same { "" } else { "+" };
            self.lines.push(DiffLine { number: Some(at + 1), sign, text: new[at].clone() });
        }
    }
}
