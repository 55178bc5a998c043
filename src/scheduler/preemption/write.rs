//! The writes of a preemption. Upstream: `framework/preemption/executor.go`.

use crate::api::{Condition, Object, Pod};
use crate::cluster::{EventType, Write};
use crate::scheduler::action;
use crate::scheduler::cache::Snapshot;
use crate::scheduler::trace::Candidate;
use std::rc::Rc;

/// Takes the node away from nominated pods of lower priority (they are to look again sooner than the room is made), then
/// ends the victims (`prepareCandidateAsync`). Victims that are already ending are left alone; if all are, nothing is
/// written.
pub fn writes(snapshot: &Snapshot<'_>, preemptor: &Pod, chosen: &Candidate) -> Vec<Write> {
    let victims: Vec<&Rc<Pod>> = chosen
        .victims()
        .into_iter()
        .filter_map(|victim| snapshot.world.pod_named(&victim.pod.name))
        .filter(|pod| !pod.metadata.is_terminating())
        .collect();
    if victims.is_empty() {
        return Vec::new();
    }
    let lower = snapshot.nominated_to(&chosen.node).filter(|pod| pod.priority() < preemptor.priority());
    let mut writes: Vec<Write> = lower
        .map(|pod| {
            let mut cleared = Rc::clone(pod);
            Rc::make_mut(&mut cleared).status.nominate("");
            Write::UpdateStatus(Object::Pod(cleared))
        })
        .collect();
    let by = preemptor.key();
    for pod in victims {
        let key = pod.key();
        let mut marked = Rc::clone(pod);
        let message =
            format!("{}: preempting to accommodate a higher priority pod", preemptor.spec.scheduler_name);
        let condition = Condition::new("DisruptionTarget", "True", "PreemptionByScheduler", &message);
        Rc::make_mut(&mut marked).set_condition(condition, snapshot.now);
        writes.push(Write::UpdateStatus(Object::Pod(marked)));
        writes.push(Write::delete(key.clone()));
        writes.push(Write::Event {
            about: key,
            type_: EventType::Normal,
            reason: "Preempted".into(),
            message: format!("Preempted by pod {} on node {}", preemptor.metadata.uid, chosen.node),
            component: preemptor.spec.scheduler_name.clone(),
            path: "".into(),
            action: action("Preempting", pod, Some(by.clone())),
        });
    }
    writes
}
