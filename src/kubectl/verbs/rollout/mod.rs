//! `kubectl rollout`. Upstream: `kubectl/pkg/cmd/rollout`, `kubectl/pkg/polymorphichelpers`.

mod history;
mod restart;
mod status;
mod undo;

pub use history::HISTORY;
pub use restart::{PAUSE, RESTART, RESUME};
pub use status::STATUS;
pub use undo::UNDO;

use crate::api::{ControllerRevision, DaemonSet, Kind, Object, REVISION, sort};
use crate::cluster::World;
use crate::controllers::daemonset::history::revisions;
use crate::kubectl::Env;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::select::{self, Found, Query};
use std::rc::Rc;

/// The objects of a rollout command; a type alone stands for all of it.
fn targets(env: &mut Env, args: &Args) -> Result<Found, Failure> {
    if args.positional.is_empty() && !args.has("filename") {
        return Err(Failure::own("required resource not specified"));
    }
    select::find(env, &Query::of(args, &args.positional).with_type_enough(true))
}

/// The revisions that a DaemonSet manages and its selector matches, the oldest first (`daemonSetHistory`).
fn history_of(world: &World, set: &DaemonSet) -> Vec<Rc<ControllerRevision>> {
    let is_managed = |revision: &Rc<ControllerRevision>| {
        let selected =
            set.spec.selector.as_ref().is_some_and(|selector| selector.matches(&revision.metadata.labels));
        selected && revision.metadata.controller().is_some_and(|owner| owner.uid == set.metadata.uid)
    };
    let mut all: Vec<_> = revisions(world, set).into_iter().filter(is_managed).collect();
    sort::by_key(&mut all, |revision| revision.revision);
    all
}

/// The number of a revision of a Deployment, which it and its ReplicaSets carry.
fn revision_number(object: &Object) -> Option<i64> {
    object.metadata().annotations.get(REVISION)?.parse().ok()
}

/// The revisions of a Deployment are its ReplicaSets: with their numbers, the oldest first.
fn replica_sets_of(world: &World, deployment: &Object) -> Vec<(i64, Object)> {
    let uid = &deployment.metadata().uid;
    let is_own = |set: &&Object| set.metadata().controller().is_some_and(|owner| owner.uid == *uid);
    let own = world.of_kind(&Kind::ReplicaSet).filter(is_own);
    let mut own: Vec<(i64, Object)> =
        own.filter_map(|set| Some((revision_number(set)?, set.clone()))).collect();
    sort::by_key(&mut own, |(revision, _)| *revision);
    own
}

/// What a rollout command does not do for an object.
fn refused(target: &select::Target, why: &str) -> Failure {
    let resource =
        target.resource.map_or_else(|| target.key.kind.resource(), |resource| resource.with_group());
    Failure::own(format!("error: {resource} {:?} {why}", target.key.name.as_str()))
}

#[cfg(test)]
mod tests;
