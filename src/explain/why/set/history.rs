//! The revisions, and what each changed.

use super::super::super::piece::sentence;
use super::super::super::template::changes;
use super::super::answer::{Block, RevisionRow, Section, section};
use super::Told;
use crate::api::{ControllerRevision, PodTemplateSpec};
use crate::controllers::daemonset::history;
use crate::controllers::daemonset::pod::HASH_LABEL;

impl Told<'_> {
    pub(super) fn history(&self) -> Section {
        let world = self.timeline.world();
        let all = history::revisions(world, self.set);
        let templates: Vec<_> = all.iter().map(|revision| history::template(revision)).collect();
        let hash = |revision: &ControllerRevision| {
            let hash = revision.metadata.labels.get(HASH_LABEL);
            hash.cloned().unwrap_or_default()
        };
        let rows = all.iter().enumerate().map(|(index, revision)| {
            let (own, before) =
                (templates[index].as_deref(), templates.get(index + 1).and_then(Option::as_deref));
            let what = match (own, before) {
                (Some(own), Some(before)) => told_changes(before, own),
                (Some(own), None) => {
                    own.spec.containers.iter().map(|one| one.image.as_str()).collect::<Vec<_>>().join(", ")
                }
                (None, _) => String::new(),
            };
            let hash = hash(revision);
            let cause = revision.metadata.annotations.get(CHANGE_CAUSE).map(ToString::to_string);
            RevisionRow {
                number: revision.revision,
                what,
                pods: self.survey.totals().hashes.get(&hash).copied().unwrap_or(0),
                hash: hash.to_string(),
                is_current: revision.metadata.name == self.survey.sync.history.current,
                cause,
            }
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            let text = "No revision yet: the controller makes one when it first syncs.";
            return section(
                "History",
                "kubectl rollout history",
                None,
                vec![Block::Words(sentence(text, &[]))],
            );
        }
        let mut blocks = vec![Block::History(rows.clone())];
        if let Some(other) = rows.iter().find(|row| !row.is_current) {
            let text = "Undo runs `kubectl rollout undo ds/{} -n {} --to-revision={}`.";
            let metadata = &self.set.metadata;
            let mut told =
                sentence(text, &[&*metadata.name, &*metadata.namespace, &other.number.to_string()]);
            // Before the controller has stored the current template the old one is still the latest revision.
            if rows.iter().any(|row| row.is_current) {
                let next = rows.iter().map(|row| row.number).max().unwrap_or(0) + 1;
                told.extend(sentence(" The old template comes back as revision {}.", &[&next.to_string()]));
            }
            blocks.push(Block::Words(told));
        }
        section("History", "kubectl rollout history", None, blocks)
    }
}

/// The annotation from which `kubectl rollout history` takes CHANGE-CAUSE.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The most changes of a template that are told.
const CHANGES: usize = 3;

/// What differs between two templates: `image fluentd:v5.0.2, limits.memory 256Mi`.
pub fn told_changes(before: &PodTemplateSpec, after: &PodTemplateSpec) -> String {
    let all = changes(before, after);
    let mut told: Vec<String> = all
        .iter()
        .take(CHANGES)
        .map(|change| match change.value() {
            Some(value) => format!("{} {value}", change.name),
            None if change.after.is_none() => format!("{} gone", change.name),
            None => change.name.clone(),
        })
        .collect();
    if all.len() > CHANGES {
        told.push(format!("{} more", all.len() - CHANGES));
    }
    told.join(", ")
}
