//! Deletes what depends on something that is gone. Upstream: `pkg/controller/garbagecollector`.
//!
//! Upstream walks a graph item by item; here one look takes all dependents of one owner.

use crate::api::{Kind, Millis, Object, ObjectKey};
use crate::cluster::{Actor, Change, Component, Cx, Map, Reconciled, Wakes, WorkKey, World, Write};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The garbage collector.
pub struct GarbageCollector;

/// Owners that are gone while something depends on them, with their uids.
pub type GoneOwners = Map<ObjectKey, String>;

/// What the garbage collector did for one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GarbageTrace {
    /// The owner.
    pub owner: ObjectKey,
    /// What was done.
    pub deed: GarbageDeed,
}

/// What the garbage collector did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GarbageDeed {
    /// The owner is gone: its dependents go.
    Collected(Vec<ObjectKey>),
    /// The owner waits for its dependents: they go first.
    Foreground {
        /// Deleted now.
        deleted: Vec<ObjectKey>,
        /// How many the owner still waits for.
        waiting: u32,
    },
    /// The owner's dependents were cut loose and it goes.
    Orphaned(Vec<ObjectKey>),
    /// There was nothing to do.
    Nothing,
}

impl Component for GarbageCollector {
    type State = GoneOwners;
    type Trace = GarbageTrace;
    const ACTOR: Actor = Actor::GarbageCollector;
    const LAG: Millis = Millis(100);

    fn observe(
        world: &World,
        change: &Change,
        _now: crate::api::Time,
        state: &mut GoneOwners,
        wakes: &mut Wakes,
    ) {
        let Some(after) = &change.after else {
            let uid = change.before.as_ref().map(|object| object.metadata().uid.clone()).unwrap_or_default();
            if world.dependents(&uid).next().is_some() {
                state.insert(change.key(), uid.to_string());
                wakes.now(WorkKey::Object(change.key()));
            }
            let owners = change.before.iter().flat_map(|object| &object.metadata().owner_references);
            for owner in owners {
                let kind = Kind::of(&owner.api_version, &owner.kind);
                let key = ObjectKey::new(kind, change.namespace(), &owner.name);
                if world.get(&key).is_some_and(|owner| waits(&owner)) {
                    wakes.now(WorkKey::Object(key));
                }
            }
            return;
        };
        if waits(after) {
            wakes.now(WorkKey::Object(change.key()));
        }
    }

    fn reconcile(cx: &Cx<'_>, state: &mut GoneOwners, key: &WorkKey) -> Reconciled<GarbageTrace> {
        let WorkKey::Object(owner) = key else {
            return outcome(ObjectKey::node(""), GarbageDeed::Nothing, Vec::new());
        };
        if let Some(uid) = state.remove(owner) {
            let gone: Vec<ObjectKey> = cx.world.dependents(&uid).cloned().collect();
            let writes = gone.iter().cloned().map(Write::delete).collect();
            return outcome(owner.clone(), GarbageDeed::Collected(gone), writes);
        }
        match cx.world.get(owner).filter(waits) {
            Some(object) if has(&object, ORPHAN) => orphan(cx.world, owner, object),
            Some(object) => foreground(cx.world, owner, object),
            None => outcome(owner.clone(), GarbageDeed::Nothing, Vec::new()),
        }
    }
}

fn outcome(owner: ObjectKey, deed: GarbageDeed, writes: Vec<Write>) -> Reconciled<GarbageTrace> {
    Reconciled { writes, requeue_after: None, trace: GarbageTrace { owner, deed } }
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.metadata().finalizers.iter().any(|have| have == finalizer)
}

/// Whether a deletion of the object waits for the garbage collector.
fn waits(object: &Object) -> bool {
    object.metadata().is_terminating() && (has(object, FOREGROUND) || has(object, ORPHAN))
}

fn without_finalizer(mut object: Object, finalizer: &str) -> Write {
    object.metadata_mut().finalizers.retain(|have| have != finalizer);
    Write::Update(object)
}

fn orphan(world: &World, owner: &ObjectKey, object: Object) -> Reconciled<GarbageTrace> {
    let uid = object.metadata().uid.clone();
    let loose: Vec<ObjectKey> = world.dependents(&uid).cloned().collect();
    let cut = |key: &ObjectKey| {
        let mut dependent = world.get(key)?;
        dependent.metadata_mut().owner_references.retain(|owner| owner.uid != uid);
        Some(Write::Update(dependent))
    };
    let mut writes: Vec<Write> = loose.iter().filter_map(cut).collect();
    writes.push(without_finalizer(object, ORPHAN));
    outcome(owner.clone(), GarbageDeed::Orphaned(loose), writes)
}

fn foreground(world: &World, owner: &ObjectKey, object: Object) -> Reconciled<GarbageTrace> {
    let uid = object.metadata().uid.clone();
    let blocks = |dependent: &Object| {
        let mut owners = dependent.metadata().owner_references.iter();
        owners.any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true))
    };
    let dependents: Vec<Object> = world.dependents(&uid).filter_map(|key| world.get(key)).collect();
    let waiting = dependents.iter().filter(|dependent| blocks(dependent)).count();
    let live = dependents.iter().filter(|dependent| !dependent.metadata().is_terminating());
    let deleted: Vec<ObjectKey> = live.map(Object::key).collect();
    let mut writes: Vec<Write> = deleted.iter().cloned().map(Write::delete).collect();
    if waiting == 0 {
        writes.push(without_finalizer(object, FOREGROUND));
    }
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    outcome(owner.clone(), GarbageDeed::Foreground { deleted, waiting }, writes)
}
