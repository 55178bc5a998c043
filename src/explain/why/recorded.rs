//! What the steps up to the shown one recorded of an object.

use crate::api::{DaemonSet, Object, ObjectKey, Pod};
use crate::cluster::{ApiError, Write};
use crate::controllers::daemonset::trace::{Sync, SyncTrace};
use crate::controllers::daemonset::{Survey, survey, survey_since};
use crate::sim::{Step, StepNo, Timeline, Trace};
use std::rc::Rc;

/// The last step up to the shown one that changed the object.
pub(super) fn last_touch(timeline: &Timeline, key: &ObjectKey) -> Option<StepNo> {
    let touched = timeline.past().find(|step| step.changes.iter().any(|change| change.is_about(key)));
    touched.map(|step| step.no)
}

/// The last sync of a DaemonSet up to the shown step.
pub(super) fn last_sync(timeline: &Timeline, key: &ObjectKey) -> Option<(Rc<Step>, Rc<SyncTrace>)> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *key => match &trace.sync {
            Sync::Done(sync) => Some((Rc::clone(step), Rc::clone(sync))),
            _ => None,
        },
        _ => None,
    })
}

/// What a sync of a DaemonSet would decide at the shown step: of what the last one saw, what has changed since is looked
/// at again.
pub fn survey_at(timeline: &Timeline, set: &DaemonSet) -> Option<Survey> {
    survey_after(timeline, set, last_sync(timeline, &set.key()).as_ref())
}

/// The same, where the last sync is known.
pub(super) fn survey_after(
    timeline: &Timeline,
    set: &DaemonSet,
    last: Option<&(Rc<Step>, Rc<SyncTrace>)>,
) -> Option<Survey> {
    let (world, now) = (timeline.world(), timeline.now());
    let Some((last, sync)) = last else { return survey(world, set, now) };
    let since = (last.no..=timeline.shown()).filter_map(|no| timeline.step(no));
    survey_since(world, set, now, &sync.nodes, since.flat_map(|step| &step.changes))
}

/// The pods that a step tried to create and the API server refused.
pub(super) fn refused_pods(step: &Step) -> impl Iterator<Item = (&Rc<Pod>, &ApiError)> {
    step.refused.iter().filter_map(|(write, error)| match write {
        Write::Create(Object::Pod(pod)) => Some((pod, error)),
        _ => None,
    })
}
