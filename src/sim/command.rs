//! What the user said, and what came of it.

use crate::api::{Kind, Millis};
use crate::cluster::Write;
use crate::kubectl::{Answer, Request};

/// So long after one revision the next one goes that the same command deletes: kubectl sends one request after the
/// other, and meanwhile the DaemonSet controller makes anew the one that it needs.
pub(super) const NEXT_REVISION: Millis = Millis(60);

/// A command of the user's, as a step records it. Taking the step again repeats the writes and asks nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// What was said.
    pub request: Request,
    /// What came of it.
    pub answer: Answer,
}

/// Takes off what a command writes later than the first of these writes: all behind the deletion of a revision.
pub(super) fn later(writes: &mut Vec<Write>) -> Vec<Write> {
    let is_revision =
        |write: &Write| matches!(write, Write::Delete { key, .. } if key.kind == Kind::ControllerRevision);
    let first = writes.iter().position(is_revision).map_or(writes.len(), |at| at + 1);
    writes.split_off(first)
}

#[cfg(test)]
mod tests {
    use crate::api::{EcoString, Kind, Object, ObjectKey};
    use crate::cluster::{Propagation, given};
    use crate::kubectl::{Deed, Request};
    use crate::kubelet::KubeletDeed;
    use crate::sim::given::{apply, on_delete, rolling, run, settled, until};
    use crate::sim::{SimState, Timeline, Trace};
    use serde_json::json;

    fn node(cpu: &str) -> Object {
        given::node("n", json!({ "status": { "capacity": { "cpu": cpu } } }))
    }

    fn set_nodes(timeline: &mut Timeline, nodes: &[Object]) -> Vec<Deed> {
        let done = &timeline.say(&Request::set_nodes(Request::text_of(nodes))).answer.done;
        done.iter().map(|done| done.deed.clone()).collect()
    }

    #[test]
    fn what_a_kubelet_was_to_do_while_it_was_stopped_it_does_when_it_runs_again() {
        let mut timeline = settled(1, &on_delete());
        let uid = |timeline: &Timeline| timeline.world().pods().next().map(|pod| pod.metadata.uid.clone());
        let first = uid(&timeline);
        let pod = timeline.world().pods().next().expect("a pod");
        let key = ObjectKey::pod("default", &pod.metadata.name);
        timeline.say(&Request::delete(&key, Propagation::Background));
        let power = |on| Request::power("n00", on);
        timeline.say(&power(false));
        until(&mut timeline, |timeline| {
            let last = timeline.step(timeline.shown()).map(|step| &step.trace);
            matches!(last, Some(Trace::Kubelet(trace)) if trace.deed == KubeletDeed::Stopped)
        });
        timeline.say(&power(true));
        run(&mut timeline);
        assert_ne!(uid(&timeline), first, "the pod that was being deleted is gone, and replaced");
        assert!(timeline.world().pods().all(|pod| pod.is_ready()));
    }

    #[test]
    fn of_several_revisions_that_one_command_deletes_the_needed_one_is_made_anew_in_between() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(1, &spec);
        apply(&mut timeline, "2", &spec);
        run(&mut timeline);
        let revisions = |timeline: &Timeline| -> Vec<(EcoString, i64)> {
            let all = timeline.world().of_kind(&Kind::ControllerRevision);
            let number = |object: &Object| object.to_json()["revision"].as_i64().unwrap_or_default();
            all.map(|object| (object.metadata().name.clone(), number(object))).collect()
        };
        let before = revisions(&timeline);
        assert_eq!(before.len(), 2);
        let needed = before.iter().position(|(_, number)| *number == 2);
        timeline.say(&Request::of(["kubectl", "delete", "controllerrevisions", "--all"]));
        let first = timeline.shown();
        assert_eq!(revisions(&timeline), before[1..]);
        timeline.finish();
        run(&mut timeline);
        // The number is one more than that of the revision that was still there, if there was one.
        let number = if needed == Some(0) { 2 } else { 1 };
        assert_eq!(revisions(&timeline), [(before[needed.unwrap_or_default()].0.clone(), number)]);
        // What is taken again from a kept state is the same run.
        let end = timeline.len();
        let digest = timeline.digest();
        timeline.seek(first);
        timeline.drop_later();
        while timeline.forward() {}
        assert_eq!((timeline.len(), timeline.digest()), (end, digest));
    }

    #[test]
    fn the_node_list_is_what_the_cluster_comes_to() {
        let mut timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Created]);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Unchanged]);
        assert_eq!(set_nodes(&mut timeline, &[node("3")]), [Deed::Configured]);
        let has =
            timeline.world().node("n").and_then(|node| Some(node.status.allocatable.get("cpu")?.to_string()));
        assert_eq!(has.as_deref(), Some("3"));
        assert_eq!(
            timeline.world().node("n").and_then(|node| node.ready().map(str::to_owned)).as_deref(),
            Some("True")
        );
        assert_eq!(set_nodes(&mut timeline, &[]), [Deed::Deleted]);
        assert_eq!(timeline.world().node_count(), 0);
    }
}
