//! ControllerRevisions: one for each template that the DaemonSet has had. Upstream: `constructHistory`,
//! `snapshot`, `dedupCurHistories`, `cleanupHistory` in `pkg/controller/daemon/update.go`.

use super::ownership::{Claim, adopted, claim_object, released};
use super::pod::{HASH_LABEL, controller_ref};
use crate::api::{
    ControllerRevision, DaemonSet, EcoString, Kind, Object, ObjectKey, ObjectMeta, PodTemplateSpec,
    SharedMeta, sort,
};
use crate::cluster::{ApiError, Map, World, Write, spelled};
use serde_json::{Value, json};
use std::rc::Rc;

/// How many old revisions are kept where the DaemonSet does not say.
const DEFAULT_HISTORY_LIMIT: i32 = 10;

/// The snapshot of a template, its hash and the spec of its pods, made once for each template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSnapshot {
    template: Rc<PodTemplateSpec>,
    collision_count: Option<i32>,
    data: Rc<Value>,
    hash: EcoString,
}

impl TemplateSnapshot {
    /// The template as a ControllerRevision stores it.
    pub fn data(&self) -> &Rc<Value> {
        &self.data
    }

    /// The template's hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Of the DaemonSet's template; `before` is given back if it still holds.
    pub fn of(set: &DaemonSet, before: Option<TemplateSnapshot>) -> Self {
        let collision_count = set.status.collision_count;
        let same = |before: &TemplateSnapshot| {
            before.template == set.spec.template && before.collision_count == collision_count
        };
        before.filter(same).unwrap_or_else(|| {
            let mut template = serde_json::to_value(&*set.spec.template).unwrap_or_default();
            let hash = template_hash(&template, collision_count);
            template["$patch"] = "replace".into();
            TemplateSnapshot {
                template: Rc::clone(&set.spec.template),
                collision_count,
                data: Rc::new(json!({ "spec": { "template": template } })),
                hash: hash.into(),
            }
        })
    }
}

/// The hash of a template: FNV-1a of 32 bits over its JSON and the collision count. Upstream (`ComputeHash`) hashes a dump
/// of the Go struct, so real clusters have other values of the same form.
fn template_hash(template: &Value, collision_count: Option<i32>) -> String {
    let text = template.to_string();
    let count = collision_count.map(|count| i64::from(count).to_le_bytes());
    let bytes = text.bytes().chain(count.into_iter().flatten());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    spelled(hash)
}

/// The revisions of a DaemonSet, the latest first.
pub fn revisions(world: &World, set: &DaemonSet) -> Vec<Rc<ControllerRevision>> {
    let owned = world.dependents_of(&set.metadata.uid, &Kind::ControllerRevision);
    let mut revisions: Vec<_> = owned
        .filter_map(|key| match world.get(key) {
            Some(Object::ControllerRevision(revision)) => Some(revision),
            _ => None,
        })
        .collect();
    sort::by_key(&mut revisions, |revision| std::cmp::Reverse(revision.revision));
    revisions
}

/// The template that a revision holds.
pub fn template(revision: &ControllerRevision) -> Option<Rc<PodTemplateSpec>> {
    let mut template = revision.data.as_ref()?.pointer("/spec/template")?.clone();
    template.as_object_mut()?.remove("$patch");
    serde_json::from_value(template).ok().map(Rc::new)
}

/// What became of the history in a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryTrace {
    /// Name of the current revision.
    pub current: EcoString,
    /// The hash that pods of the current revision carry.
    pub hash: EcoString,
    /// How the current revision came to be it.
    pub origin: RevisionOrigin,
    /// Orphans that match, and are the DaemonSet's now.
    pub adopted: Vec<EcoString>,
    /// Revisions that match no longer, and are nobody's now.
    pub released: Vec<EcoString>,
    /// Further revisions of the same template, deleted; pods get the label of the one that is kept.
    pub duplicates: Vec<EcoString>,
    /// Old revisions deleted because there are more than `revisionHistoryLimit`: name and number.
    pub cleaned_up: Vec<(EcoString, i64)>,
    /// Old revisions beyond the limit that stay because pods still carry them: name and number.
    pub spared: Vec<(EcoString, i64)>,
}

/// How the current revision came to be it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionOrigin {
    /// The template is new.
    Created(i64),
    /// The template has not changed.
    Same(i64),
    /// The template is an earlier one again: its revision gets the next number.
    Renumbered {
        /// Its number before.
        from: i64,
        /// Its number now.
        to: i64,
    },
}

impl RevisionOrigin {
    /// The number of the current revision.
    pub fn number(self) -> i64 {
        match self {
            RevisionOrigin::Created(number) | RevisionOrigin::Same(number) => number,
            RevisionOrigin::Renumbered { to, .. } => to,
        }
    }
}

/// The history before the pods are looked at.
pub struct History {
    /// What is done.
    pub trace: HistoryTrace,
    /// The writes that do it.
    pub writes: Vec<Write>,
    /// The revisions of other templates.
    old: Vec<ControllerRevision>,
}

/// A revision of another template has the name already: the DaemonSet's collision count must go up.
pub struct Collision {
    /// The error that the API server gave.
    pub error: ApiError,
}

/// Finds or makes the current revision.
///
/// # Errors
/// The name for the current revision is taken.
pub fn construct(world: &World, set: &DaemonSet, snapshot: &TemplateSnapshot) -> Result<History, Collision> {
    let namespace = &set.metadata.namespace;
    let mut trace = HistoryTrace {
        current: "".into(),
        hash: "".into(),
        origin: RevisionOrigin::Same(0),
        adopted: Vec::new(),
        released: Vec::new(),
        duplicates: Vec::new(),
        cleaned_up: Vec::new(),
        spared: Vec::new(),
    };
    let mut writes = Vec::new();
    let (mut current, mut old) = (Vec::new(), Vec::new());
    let all = world.of_kind(&Kind::ControllerRevision).filter_map(|object| match object {
        Object::ControllerRevision(revision) => Some(revision),
        _ => None,
    });
    for revision in all.filter(|revision| revision.metadata.namespace == *namespace) {
        let name = || revision.metadata.name.clone();
        let uid = &set.metadata.uid;
        let mut ours = ControllerRevision::clone(revision);
        match claim_object(uid, namespace, set.spec.selector.as_ref(), &revision.metadata) {
            Claim::NotOurs => continue,
            Claim::Release => {
                released(&mut ours.metadata, uid);
                trace.released.push(name());
                writes.push(Write::Update(ours.into()));
                continue;
            }
            Claim::Adopt => {
                adopted(&mut ours.metadata, set);
                trace.adopted.push(name());
            }
            Claim::Owned => {}
        }
        if !ours.metadata.labels.contains_key(HASH_LABEL) {
            ours.metadata.labels.insert(HASH_LABEL.into(), revision.metadata.name.clone());
        }
        let is_current = revision.data.as_ref() == Some(&snapshot.data);
        if is_current { &mut current } else { &mut old }.push((ours, Rc::clone(revision)));
    }
    let next = old.iter().map(|(revision, _)| revision.revision).max().unwrap_or(0) + 1;
    // The last of those with the highest number is kept.
    let kept = current.iter().enumerate().max_by_key(|(_, (revision, _))| revision.revision);
    let kept = kept.map(|(position, _)| position);
    match kept {
        None => create(world, set, snapshot, next, &mut trace, &mut writes)?,
        Some(position) => {
            let (mut revision, stored) = current.remove(position);
            trace.current = revision.metadata.name.clone();
            trace.hash = hash_of(&revision.metadata).into();
            trace.origin = RevisionOrigin::Same(revision.revision);
            if revision.revision < next {
                trace.origin = RevisionOrigin::Renumbered { from: revision.revision, to: next };
                revision.revision = next;
            }
            update(revision, &stored, &mut writes);
            for (duplicate, _) in current {
                trace.duplicates.push(duplicate.metadata.name.clone());
                writes.push(Write::delete(Object::from(duplicate).key()));
            }
        }
    }
    let keep = |(revision, stored): (ControllerRevision, Rc<ControllerRevision>)| {
        update(revision.clone(), &stored, &mut writes);
        revision
    };
    let old = old.into_iter().map(keep).collect();
    Ok(History { trace, writes, old })
}

fn create(
    world: &World,
    set: &DaemonSet,
    snapshot: &TemplateSnapshot,
    number: i64,
    trace: &mut HistoryTrace,
    writes: &mut Vec<Write>,
) -> Result<(), Collision> {
    let name = format!("{}-{}", set.metadata.name, snapshot.hash);
    let key = ObjectKey::new(Kind::ControllerRevision, &set.metadata.namespace, &name);
    trace.current = name.as_str().into();
    if let Some(Object::ControllerRevision(there)) = world.get(&key) {
        // It is somebody else's, or being deleted; with the same template it serves all the same.
        if there.data.as_ref() != Some(&snapshot.data) {
            return Err(Collision { error: ApiError::AlreadyExists(key) });
        }
        trace.hash = hash_of(&there.metadata).into();
        trace.origin = RevisionOrigin::Same(there.revision);
        return Ok(());
    }
    let mut labels = set.spec.template.metadata.labels.clone();
    labels.insert(HASH_LABEL.into(), (&*snapshot.hash).into());
    let revision = ControllerRevision {
        metadata: ObjectMeta {
            name: name.into(),
            namespace: set.metadata.namespace.clone(),
            labels,
            annotations: set.metadata.annotations.clone(),
            shared: SharedMeta { owner_references: vec![controller_ref(set)].into(), ..Default::default() }
                .into(),
            ..Default::default()
        },
        data: Some(Rc::clone(&snapshot.data)),
        revision: number,
        ..Default::default()
    };
    trace.hash = snapshot.hash.clone();
    trace.origin = RevisionOrigin::Created(number);
    writes.push(Write::Create(revision.into()));
    Ok(())
}

fn update(revision: ControllerRevision, stored: &ControllerRevision, writes: &mut Vec<Write>) {
    if revision != *stored {
        writes.push(Write::Update(revision.into()));
    }
}

fn hash_of(metadata: &ObjectMeta) -> &str {
    metadata.labels.get(HASH_LABEL).map_or("", EcoString::as_str)
}

impl History {
    /// Deletes the lowest-numbered old revisions beyond `revisionHistoryLimit`, but none whose hash a pod still
    /// carries.
    pub fn clean_up(&mut self, set: &DaemonSet, carried: &Map<EcoString, u32>) -> Vec<Write> {
        let limit = set.spec.revision_history_limit.unwrap_or(DEFAULT_HISTORY_LIMIT);
        let limit = usize::try_from(limit).unwrap_or(0);
        let mut surplus = self.old.len().saturating_sub(limit);
        sort::by_key(&mut self.old, |revision| revision.revision);
        let mut writes = Vec::new();
        for revision in &self.old {
            if surplus == 0 {
                break;
            }
            let named = (revision.metadata.name.clone(), revision.revision);
            if carried.contains_key(hash_of(&revision.metadata)) {
                self.trace.spared.push(named);
                continue;
            }
            let key = ObjectKey::new(Kind::ControllerRevision, &revision.metadata.namespace, &named.0);
            writes.push(Write::delete(key));
            self.trace.cleaned_up.push(named);
            surplus -= 1;
        }
        writes
    }
}
