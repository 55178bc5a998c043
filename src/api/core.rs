//! The core group: Pod, Node, Namespace, Service, Event. Upstream: `api/core/v1/types.go`.

use super::{
    Affinity, LabelSelector, Labels, MicroTime, ObjectMeta, Quantity, SmallMap, Taint, Time, Toleration,
};
use ecow::{EcoString, EcoVec};
use std::rc::Rc;

/// Amounts by resource name.
pub type ResourceList = SmallMap<Quantity>;

api! {
    /// A pod. The parts of the spec that pods of one template share are shared in memory too.
    Pod {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: Rc<PodSpec>,
        /// What is.
        status: PodStatus,
    }

    /// What a pod is to be.
    PodSpec {
        /// Run to completion, in order, before the containers (or beside them with `restartPolicy: Always`).
        init_containers: Rc<Vec<Container>>,
        /// Run together.
        containers: Rc<Vec<Container>>,
        /// `Always`, `OnFailure` or `Never`.
        restart_policy: EcoString,
        /// Seconds between the request to delete and the end.
        termination_grace_period_seconds: Option<i64>,
        /// How names are resolved.
        dns_policy: EcoString,
        /// Labels that the node must have.
        node_selector: Labels,
        /// Who the pod acts as.
        service_account_name: EcoString,
        /// The node; empty until bound.
        node_name: EcoString,
        /// Uses the node's network.
        host_network: bool,
        /// Where the pod wants to be.
        affinity: Option<Rc<Affinity>>,
        /// Who schedules it.
        scheduler_name: EcoString,
        /// Taints that it bears.
        tolerations: Rc<Vec<Toleration>>,
        /// The class that gives the priority.
        priority_class_name: EcoString,
        /// Resolved by admission; higher goes first.
        priority: Option<i32>,
        /// `PreemptLowerPriority` or `Never`.
        preemption_policy: Option<EcoString>,
        /// Resources of the pod itself, besides its containers'.
        overhead: ResourceList,
        /// Resources for the pod as a whole.
        resources: Option<ResourceRequirements>,
        /// How pods are to be spread.
        topology_spread_constraints: Vec<TopologySpreadConstraint>,
        /// What must go before it enters scheduling.
        scheduling_gates: Vec<PodSchedulingGate>,
    }

    /// A container.
    Container {
        /// Unique in the pod.
        name: EcoString,
        /// What runs.
        image: EcoString,
        /// Ports.
        ports: Vec<ContainerPort>,
        /// Resources.
        resources: ResourceRequirements,
        /// `Always` makes an init container a sidecar.
        restart_policy: Option<EcoString>,
    }

    /// A port of a container.
    ContainerPort {
        /// Name.
        name: EcoString,
        /// On the node; 0 = none.
        host_port: i32,
        /// In the container.
        container_port: i32,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: EcoString,
        /// Address on the node.
        #[serde(rename = "hostIP")]
        host_ip: EcoString,
    }

    /// What is asked for and what is the limit.
    ResourceRequirements {
        /// May not be exceeded.
        limits: ResourceList,
        /// Counted by the scheduler.
        requests: ResourceList,
    }

    /// A rule for spreading pods over topologies.
    TopologySpreadConstraint {
        /// How uneven it may be.
        max_skew: i32,
        /// The node label that makes a topology.
        topology_key: EcoString,
        /// `DoNotSchedule` or `ScheduleAnyway`.
        when_unsatisfiable: EcoString,
        /// Which pods are counted.
        label_selector: Option<LabelSelector>,
        /// Fewest topologies.
        min_domains: Option<i32>,
        /// `Honor` (default) or `Ignore`.
        node_affinity_policy: Option<EcoString>,
        /// `Honor` or `Ignore` (default).
        node_taints_policy: Option<EcoString>,
        /// Label keys whose values are taken from the pod.
        match_label_keys: Vec<EcoString>,
    }

    /// Something that must go before the pod enters scheduling.
    PodSchedulingGate {
        /// Its name.
        name: EcoString,
    }
}

api_with_part! {
    /// What a pod is at the moment.
    PodStatus as WrittenPodStatus ("WrittenPodStatus", "struct PodStatus") {
        /// `Pending`, `Running`, `Succeeded` or `Failed`.
        phase: EcoString,
        /// Ready, PodScheduled, Initialized, ContainersReady, DisruptionTarget.
        conditions: EcoVec<Condition>,
        /// The address of its node.
        #[serde(rename = "hostIP")]
        host_ip: EcoString,
        /// Its own address.
        #[serde(rename = "podIP")]
        pod_ip: EcoString,
        /// The generation that the kubelet has acted on.
        observed_generation: i64,
        /// When the kubelet saw it.
        start_time: Option<Time>,
        /// Per container.
        container_statuses: EcoVec<ContainerStatus>,
    }

    /// What of a pod's status most pods have nothing of.
    RarePodStatus {
        /// Why it failed, in words.
        message: EcoString = EcoString::new(),
        /// Why it failed, in a word.
        reason: EcoString = EcoString::new(),
        /// Where preemption makes room for it.
        nominated_node_name: EcoString = EcoString::new(),
        /// Per init container.
        init_container_statuses: EcoVec<ContainerStatus> = EcoVec::new(),
        /// Resources of the pod as a whole that are in force (in-place resize).
        resources: Option<Rc<ResourceRequirements>> = None,
        /// Resources of the pod as a whole that the node has set aside (in-place resize).
        allocated_resources: ResourceList = ResourceList::new(),
    }
}

api! {
    /// A condition of a pod or a node.
    Condition {
        /// What it is about.
        #[serde(rename = "type")]
        type_: EcoString,
        /// `True`, `False` or `Unknown`.
        status: EcoString,
        /// When the node last said so.
        last_heartbeat_time: Option<Time>,
        /// When `status` last changed.
        last_transition_time: Option<Time>,
        /// A word.
        reason: EcoString,
        /// A sentence.
        message: EcoString,
        /// The generation of the object of which it is told.
        observed_generation: i64,
    }

    /// State of a container.
    ContainerStatus {
        /// Name of the container.
        name: EcoString,
        /// Waiting, running or terminated.
        state: ContainerState,
        /// How it ended before it was started again.
        last_state: ContainerState,
        /// Passes its readiness probe.
        ready: bool,
        /// How often it was started again.
        restart_count: i32,
        /// Whether it has passed its startup probe.
        started: Option<bool>,
        /// What runs.
        image: EcoString,
        /// Resources that are in force (in-place resize).
        resources: Option<Rc<ResourceRequirements>>,
        /// Resources that the node has set aside (in-place resize).
        allocated_resources: ResourceList,
    }

    /// One of the three is set.
    ContainerState {
        /// Not started.
        waiting: Option<Rc<ContainerStateDetail>>,
        /// Running.
        running: Option<Rc<ContainerStateDetail>>,
        /// Ended.
        terminated: Option<Rc<ContainerStateDetail>>,
    }

    /// More about a container's state.
    ContainerStateDetail {
        /// A word.
        reason: EcoString,
        /// A sentence.
        message: EcoString,
        /// Of a terminated container.
        exit_code: i32,
        /// What ended a terminated container, if a signal did.
        signal: i32,
        /// When it started.
        started_at: Option<Time>,
        /// When it ended.
        finished_at: Option<Time>,
    }

    /// A node.
    Node {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: NodeSpec,
        /// What is.
        status: NodeStatus,
    }

    /// What a node is to be.
    NodeSpec {
        /// Cordoned.
        unschedulable: bool,
        /// What repels pods.
        taints: Vec<Taint>,
    }

    /// What a node is at the moment.
    NodeStatus {
        /// All that it has.
        capacity: ResourceList,
        /// What pods may use.
        allocatable: ResourceList,
        /// Ready, MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable.
        conditions: EcoVec<Condition>,
        /// Images that it has already.
        images: Vec<ContainerImage>,
    }

    /// An image on a node.
    ContainerImage {
        /// All names of it.
        names: Vec<EcoString>,
        /// In bytes.
        size_bytes: i64,
    }

    /// A namespace.
    Namespace {
        /// Metadata.
        metadata: ObjectMeta,
    }

    /// A service; only its selector counts here.
    Service {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: ServiceSpec,
    }

    /// What a service is to be.
    ServiceSpec {
        /// Labels of the pods behind it.
        selector: Labels,
    }
}

api_with_part! {
    /// Something that a component tells the user (`core/v1.Event`).
    Event as WrittenEvent ("WrittenEvent", "struct Event") {
        /// Metadata.
        metadata: ObjectMeta,
        /// What it is about.
        involved_object: ObjectReference,
        /// A word.
        reason: EcoString,
        /// A sentence.
        message: EcoString,
        /// The component.
        source: EventSource,
        /// First time.
        first_timestamp: Option<Time>,
        /// Last time.
        last_timestamp: Option<Time>,
        /// How often.
        count: i32,
        /// `Normal` or `Warning`.
        #[serde(rename = "type")]
        type_: EcoString,
        /// Who tells it.
        reporting_component: EcoString,
        /// Which of them.
        reporting_instance: EcoString,
    }

    /// What events that are told by way of `events.k8s.io` have besides: those of the scheduler.
    EventAction {
        /// When.
        event_time: Option<MicroTime> = None,
        /// That it was told again.
        series: Option<Rc<EventSeries>> = None,
        /// What was being done.
        action: EcoString = EcoString::new(),
        /// What else it is about.
        related: Option<Rc<ObjectReference>> = None,
    }
}

api! {
    /// How often an event was told by way of `events.k8s.io`.
    EventSeries {
        /// How often.
        count: i32,
        /// When last.
        last_observed_time: Option<MicroTime>,
    }

    /// Who tells an event, in the older way.
    EventSource {
        /// `daemonset-controller`, `kubelet` ...
        component: EcoString,
        /// The node, for a kubelet.
        host: EcoString,
    }

    /// Names an object.
    ObjectReference {
        /// Kind.
        kind: EcoString,
        /// Namespace.
        namespace: EcoString,
        /// Name.
        name: EcoString,
        /// Identity.
        uid: EcoString,
        /// Group and version.
        api_version: EcoString,
        /// In which state.
        resource_version: EcoString,
        /// Which part of it.
        field_path: EcoString,
    }
}

/// Phase of a pod that waits or whose containers are being made.
pub const PENDING: &str = "Pending";
/// Phase of a pod whose containers run.
pub const RUNNING: &str = "Running";
/// Phase of a pod that ended well.
pub const SUCCEEDED: &str = "Succeeded";
/// Phase of a pod that ended badly.
pub const FAILED: &str = "Failed";

/// Sets a condition by its type. The transition time changes only with the status.
pub fn set_condition(conditions: &mut EcoVec<Condition>, mut condition: Condition, now: Time) {
    let at = conditions.iter().position(|old| old.type_ == condition.type_);
    let old = at.map(|at| &conditions[at]);
    condition.last_transition_time = match old {
        Some(old) if old.status == condition.status => old.last_transition_time,
        _ => Some(now),
    };
    // What is the same already stays shared with earlier states of the object.
    match at {
        Some(at) if conditions[at] == condition => {}
        Some(at) => conditions.make_mut()[at] = condition,
        // Each state of each pod keeps its own: collected, without room for more.
        None => *conditions = conditions.iter().cloned().chain([condition]).collect(),
    }
}

impl Condition {
    /// Builds a condition; [`set_condition`] gives it its time.
    pub fn new(type_: &str, status: &str, reason: &str, message: &str) -> Self {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: message.into(),
            ..Default::default()
        }
    }

    /// The same, as a node says it at this time, if nothing else is said.
    pub fn told(self, now: Time) -> Self {
        Condition { last_heartbeat_time: self.last_heartbeat_time.or(Some(now)), ..self }
    }
}

impl Container {
    /// Whether it is, as an init container, one that goes on running beside the others.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }
}

impl PodSpec {
    /// Its containers, then its init containers.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(self.init_containers.iter())
    }
}

impl Event {
    /// When it was told last.
    pub fn told_at(&self) -> Option<Time> {
        let again = self.series.as_ref().and_then(|series| series.last_observed_time);
        let once = || self.last_timestamp.or(self.event_time.map(MicroTime::time));
        again.map(MicroTime::time).or_else(once).or(self.metadata.creation_timestamp)
    }

    /// When it was told first.
    pub fn first_told_at(&self) -> Option<Time> {
        self.first_timestamp.or(self.event_time.map(MicroTime::time))
    }

    /// How often it was told.
    pub fn times(&self) -> i32 {
        self.series.as_ref().map_or(self.count, |series| series.count).max(1)
    }
}

impl PodStatus {
    /// Says where preemption makes room for the pod; empty: nowhere.
    pub fn nominate(&mut self, node: &str) {
        if self.nominated_node_name != node {
            self.nominated_node_name = node.into();
        }
    }
}

impl Pod {
    /// One of its containers or init containers.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.spec.all_containers().find(|one| one.name == name)
    }

    /// One of its init containers.
    pub fn init_container(&self, name: &str) -> Option<&Container> {
        self.spec.init_containers.iter().find(|one| one.name == name)
    }

    /// The containers' ports that are open while it runs, those of sidecars too.
    pub fn open_ports(&self) -> impl Iterator<Item = &ContainerPort> {
        let sidecars = self.spec.init_containers.iter().filter(|container| container.is_sidecar());
        self.spec.containers.iter().chain(sidecars).flat_map(|container| &container.ports)
    }

    /// Sets a condition by its type, as of the spec that there is (`CalculatePodConditionObservedGeneration`).
    pub fn set_condition(&mut self, condition: Condition, now: Time) {
        let condition = Condition { observed_generation: self.metadata.generation, ..condition };
        set_condition(&mut self.status.conditions, condition, now);
    }

    /// A condition by its type.
    pub fn condition(&self, type_: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// Whether the Ready condition is True.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|condition| condition.status == "True")
    }

    /// Whether it is ready and has been for `min_ready_seconds` (`podutil.IsPodAvailable`).
    pub fn is_available(&self, min_ready_seconds: i32, now: Time) -> bool {
        self.available_at(min_ready_seconds).is_some_and(|at| at <= now)
    }

    /// When a ready pod counts as available; none when it is not ready.
    pub fn available_at(&self, min_ready_seconds: i32) -> Option<Time> {
        let ready = self.condition("Ready").filter(|condition| condition.status == "True")?;
        if min_ready_seconds == 0 {
            return Some(Time::EARLIEST);
        }
        ready.last_transition_time.map(|since| since + super::Millis::seconds(min_ready_seconds.into()))
    }

    /// Whether it has ended, well or badly.
    pub fn is_finished(&self) -> bool {
        self.status.phase == SUCCEEDED || self.status.phase == FAILED
    }

    /// Whether it takes room on its node: it is bound and has not ended.
    pub fn takes_room(&self) -> bool {
        self.node().is_some() && !self.is_finished()
    }

    /// Whether its controller is the object with this uid.
    pub fn is_owned_by(&self, uid: &str) -> bool {
        self.metadata.controller().is_some_and(|owner| owner.uid == uid)
    }

    /// Its priority; 0 where none was resolved.
    pub fn priority(&self) -> i32 {
        self.spec.priority.unwrap_or(0)
    }

    /// The node it is bound to.
    pub fn node(&self) -> Option<&str> {
        (!self.spec.node_name.is_empty()).then_some(self.spec.node_name.as_str())
    }

    /// The one node that its required affinity names through `metadata.name`, for a pod that is not bound
    /// (`util.GetTargetNodeName`).
    pub fn pinned_node(&self) -> Option<&str> {
        let required = super::required_node_affinity(self.spec.affinity.as_deref())?;
        required.node_selector_terms.iter().flat_map(|term| &term.match_fields).find_map(|field| {
            let names_one = field.key == "metadata.name" && field.operator == "In" && field.values.len() == 1;
            names_one.then(|| field.values[0].as_str())
        })
    }

    /// The node it is on or is meant for: bound, else pinned.
    pub fn target_node(&self) -> Option<&str> {
        self.node().or_else(|| self.pinned_node())
    }
}

impl Node {
    /// A condition by its type.
    pub fn condition(&self, type_: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// The address that the other nodes know it by.
    pub fn internal_ip(&self) -> Option<&str> {
        let addresses = self.status.rest.get("addresses")?.as_array()?;
        let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
        internal["address"].as_str()
    }

    /// Its value of the label `topology.kubernetes.io/zone`.
    pub fn zone(&self) -> Option<&str> {
        let zone = self.metadata.labels.get("topology.kubernetes.io/zone")?;
        (!zone.is_empty()).then_some(zone.as_str())
    }

    /// The region and the zone that its labels name, the old ones first (`GetZoneKey` in
    /// `component-helpers/node/topology/helpers.go`).
    pub fn region_and_zone(&self) -> (&str, &str) {
        let label = |of: &str| {
            let labels = &self.metadata.labels;
            let old = labels.get(&["failure-domain.beta.kubernetes.io/", of].concat());
            old.or_else(|| labels.get(&["topology.kubernetes.io/", of].concat())).map_or("", |value| value)
        };
        (label("region"), label("zone"))
    }

    /// `True`, `False` or `Unknown`; none where the node has not said.
    pub fn ready(&self) -> Option<&str> {
        self.condition("Ready").map(|condition| condition.status.as_str())
    }

    /// Roles from the labels `node-role.kubernetes.io/<role>`, in order.
    pub fn roles(&self) -> Vec<&str> {
        self.metadata
            .labels
            .keys()
            .filter_map(|key| key.strip_prefix("node-role.kubernetes.io/"))
            .filter(|role| !role.is_empty())
            .collect()
    }
}
