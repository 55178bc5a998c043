//! What the user said, and what came of it.

use crate::kubectl::{Answer, Request};

/// A command of the user's, as a step records it. Taking the step again repeats the writes and asks nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// What was said.
    pub request: Request,
    /// What came of it.
    pub answer: Answer,
}

#[cfg(test)]
mod tests {
    use crate::api::{Object, ObjectKey};
    use crate::cluster::Propagation;
    use crate::kubectl::{Deed, Request};
    use crate::kubelet::KubeletDeed;
    use crate::sim::given::{on_delete, run, settled, until};
    use crate::sim::{SimState, Timeline, Trace};
    use serde_json::json;

    fn node(cpu: &str) -> Object {
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "status": { "capacity": { "cpu": cpu } },
        });
        Object::from_json(node).expect("a node")
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
    fn the_node_list_is_what_the_cluster_comes_to() {
        let mut timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Created]);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Unchanged]);
        assert_eq!(set_nodes(&mut timeline, &[node("3")]), [Deed::Configured]);
        let has = timeline.world().node("n").map(|node| node.status.allocatable["cpu"].to_string());
        assert_eq!(has.as_deref(), Some("3"));
        assert_eq!(
            timeline.world().node("n").and_then(|node| node.ready().map(str::to_owned)).as_deref(),
            Some("True")
        );
        assert_eq!(set_nodes(&mut timeline, &[]), [Deed::Deleted]);
        assert_eq!(timeline.world().node_count(), 0);
    }
}
