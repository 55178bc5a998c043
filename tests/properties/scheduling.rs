//! What must hold of every scheduling decision, whatever the cluster.

use playground::api::{
    Affinity, Container, LabelSelector, Millis, Node, Object, Pod, PodAffinity, PodAffinityTerm, Quantity,
    Taint, Time, Toleration, TopologySpreadConstraint,
};
use playground::cluster::World;
use playground::scheduler::config::SchedulerConfig;
use playground::scheduler::framework::Nomination;
use playground::scheduler::{
    AttemptInput, Cache, PodInfo, QueueTrace, SchedulingResult, SchedulingTrace, Snapshot, attempt,
};
use proptest::prelude::*;
use std::rc::Rc;

const NOW: Time = Time::EPOCH;

fn amount(milli: i64) -> Quantity {
    Quantity::from_milli(milli)
}

prop_compose! {
    fn node()(
        cpu in 1..9i64,
        zone in 0..3u8,
        is_tainted in prop::bool::weighted(0.2),
        is_cordoned in prop::bool::weighted(0.1),
    ) -> Node {
        let mut node = Node::default();
        node.metadata.labels.insert("zone".into(), format!("z{zone}").into());
        for (resource, milli) in [("cpu", cpu * 1000), ("memory", 1 << 42), ("pods", 6000)] {
            node.status.allocatable.insert(resource.into(), amount(milli));
        }
        if is_tainted {
            node.spec.taints.push(Taint::new("a", "", "NoSchedule"));
        }
        node.spec.unschedulable = is_cordoned;
        node
    }
}

prop_compose! {
    fn pod()(
        cpu in 0..40i64,
        app in 0..2u8,
        priority in -1..4i32,
        tolerates in any::<bool>(),
        rule in 0..8u8,
        start in prop::option::of(0..5i64),
    ) -> Pod {
        let mut pod = Pod::default();
        pod.metadata.namespace = "default".into();
        pod.metadata.labels.insert("app".into(), format!("a{app}").into());
        pod.status.start_time = start.map(|seconds| NOW + Millis::seconds(seconds));
        let mut container = Container { name: "c".into(), ..Default::default() };
        container.resources.requests.insert("cpu".into(), amount(cpu * 100));
        let selector = LabelSelector {
            match_labels: [("app".to_owned(), format!("a{app}"))].into(),
            ..Default::default()
        };
        let spec = Rc::make_mut(&mut pod.spec);
        spec.containers = Rc::new(vec![container]);
        spec.priority = Some(priority);
        if tolerates {
            spec.tolerations = Rc::new(vec![Toleration::exists("a", "NoSchedule")]);
        }
        let term = PodAffinityTerm {
            topology_key: "zone".into(),
            label_selector: Some(selector.clone()),
            ..Default::default()
        };
        let rules = PodAffinity { required: vec![term], ..Default::default() };
        match rule {
            0 => {
                let affinity = Affinity { pod_anti_affinity: Some(rules), ..Default::default() };
                spec.affinity = Some(Rc::new(affinity));
            }
            1 => {
                let affinity = Affinity { pod_affinity: Some(rules), ..Default::default() };
                spec.affinity = Some(Rc::new(affinity));
            }
            2 => spec.topology_spread_constraints.push(TopologySpreadConstraint {
                max_skew: 1,
                topology_key: "zone".into(),
                when_unsatisfiable: "DoNotSchedule".into(),
                label_selector: Some(selector),
                ..Default::default()
            }),
            _ => {}
        }
        pod
    }
}

fn named(mut pods: Vec<Pod>) -> Vec<Pod> {
    for (at, pod) in pods.iter_mut().enumerate() {
        pod.metadata.name = format!("p{at}").into();
        pod.metadata.uid = format!("uid-{at}").into();
    }
    pods
}

fn world_of(nodes: &[Node]) -> World {
    let mut world = World::new(1, NOW);
    for (at, node) in nodes.iter().enumerate() {
        let mut node = node.clone();
        node.metadata.name = format!("n{at}").into();
        world.restore(node);
    }
    world
}

fn schedule(cache: &Cache, world: &World, pod: &Pod) -> SchedulingTrace {
    let config = SchedulerConfig::default();
    let queue = QueueTrace::first(NOW);
    let input = AttemptInput { profile: &config.profiles[0], queue, seed: 5, start: 0 };
    let snapshot = Snapshot { cache, world, now: NOW };
    attempt(&snapshot, &Rc::new(PodInfo::new(Rc::new(pod.clone()))), &input).trace
}

/// Schedules the pods one by one, without preemption's writes; those that fit nowhere are left out.
fn fill(world: &mut World, pods: &[Pod]) {
    for pod in pods {
        if let Some(node) = schedule(&Cache::of_world(world), world, pod).node() {
            let mut bound = pod.clone();
            Rc::make_mut(&mut bound.spec).node_name = node.to_string().into();
            world.restore(bound);
        }
    }
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn no_node_is_ever_overcommitted(
        nodes in prop::collection::vec(node(), 1..6),
        pods in prop::collection::vec(pod(), 1..40),
    ) {
        let mut world = world_of(&nodes);
        fill(&mut world, &named(pods));
        for node in Cache::of_world(&world).nodes() {
            prop_assert!(node.requested.milli_cpu <= node.allocatable.milli_cpu);
            prop_assert!(node.pods.len() as i64 <= node.allocatable.pods);
        }
    }

    #[test]
    fn victims_have_a_lower_priority_and_without_them_the_pod_fits(
        nodes in prop::collection::vec(node(), 1..5),
        pods in prop::collection::vec(pod(), 10..40),
        high in pod(),
    ) {
        let mut world = world_of(&nodes);
        fill(&mut world, &named(pods));
        let mut high = high;
        high.metadata.name = "high".into();
        Rc::make_mut(&mut high.spec).priority = Some(3);
        let trace = schedule(&Cache::of_world(&world), &world, &high);
        let SchedulingResult::Unschedulable { nomination, .. } = &trace.result else { return Ok(()) };
        let chosen = trace.preemption.as_ref().and_then(|preemption| preemption.chosen());
        let Some(chosen) = chosen else {
            prop_assert_ne!(std::mem::discriminant(nomination), std::mem::discriminant(&Nomination::Set("".into())));
            return Ok(());
        };
        prop_assert_eq!(nomination, &Nomination::Set(chosen.node.clone()));
        prop_assert!(!chosen.victims().is_empty());
        for victim in chosen.victims() {
            prop_assert!(victim.priority() < 3);
            let gone = world.pod_named(&victim.pod.name).cloned().expect("a victim is a pod");
            prop_assert_eq!(gone.node(), Some(&*chosen.node));
            world.drop_object(&Object::Pod(gone).key());
        }
        high.status.nominated_node_name = chosen.node.to_string().into();
        world.restore(high.clone());
        let trace = schedule(&Cache::of_world(&world), &world, &high);
        prop_assert_eq!(trace.node(), Some(&chosen.node));
    }

    #[test]
    fn the_order_in_which_objects_came_does_not_matter(
        nodes in prop::collection::vec(node(), 1..6),
        pods in prop::collection::vec(pod(), 1..30),
        last in pod(),
        order in any::<prop::sample::Index>(),
    ) {
        let mut world = world_of(&nodes);
        fill(&mut world, &named(pods));
        let mut last = last;
        last.metadata.name = "last".into();
        // The same objects through the changes of a cluster, from another one on and backwards.
        let mut cache = Cache::default();
        let mut names: Vec<_> = world.nodes().cloned().collect();
        let turn = order.index(names.len());
        names.rotate_left(turn);
        names.reverse();
        for node in &names {
            cache.set_node(&World::new(1, NOW), node);
        }
        let mut pods: Vec<_> = world.pods().cloned().collect();
        let turn = if pods.is_empty() { 0 } else { order.index(pods.len()) };
        pods.rotate_left(turn);
        for pod in pods.iter().rev() {
            cache.set_pod(None, Some(pod), None);
        }
        // And one that came and went.
        let mut passing = last.clone();
        passing.metadata.name = "passing".into();
        Rc::make_mut(&mut passing.spec).node_name = "n0".into();
        let passing = Rc::new(passing);
        cache.set_pod(None, Some(&passing), None);
        cache.set_pod(Some(&passing), None, None);
        cache.put_in_order();
        prop_assert_eq!(schedule(&cache, &world, &last), schedule(&Cache::of_world(&world), &world, &last));
    }
}
