//! What a pod asks of a node, as the scheduler and the kubelet count it: resources and ports. Upstream:
//! `component-helpers/resource/helpers.go`, `pkg/scheduler/framework/types.go` (`Resource`,
//! `PodInfo.CalculateResource`, `HostPortInfo`).

use super::{Container, ContainerStatus, Pod, PodSpec, ResourceList, ResourceRequirements};
use crate::api::sort;
use ecow::EcoString;

/// CPU that a container without a request counts for in LeastAllocated, in thousandths of a core.
const DEFAULT_MILLI_CPU: i64 = 100;
/// Memory that a container without a request counts for in LeastAllocated, in bytes.
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;
const NANOS: i128 = 1_000_000_000;

/// Amounts of resources in the units in which the scheduler compares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Thousandths of a core.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// Pods that a node may have; 0 in requests.
    pub pods: i64,
    /// Extended resources, huge pages and the like, by name.
    pub scalars: Vec<(EcoString, i64)>,
}

impl Resource {
    /// Reads a node's resource list; names that are no resource of the scheduler's are passed over.
    pub fn of_list(list: &ResourceList) -> Self {
        Sums::of_list(list).resource()
    }

    /// The amount of a scalar resource; 0 where there is none.
    pub fn scalar(&self, name: &str) -> i64 {
        self.scalars.iter().find(|(known, _)| &**known == name).map_or(0, |(_, amount)| *amount)
    }

    /// Whether nothing but the place for a pod is asked for. A scalar asked for with 0 counts as asked for.
    pub fn is_empty(&self) -> bool {
        self.milli_cpu == 0 && self.memory == 0 && self.ephemeral_storage == 0 && self.scalars.is_empty()
    }

    /// Adds amounts.
    pub fn add(&mut self, other: &Resource) {
        self.combine(other, 1);
    }

    /// Takes amounts away that were added before.
    pub fn subtract(&mut self, other: &Resource) {
        self.combine(other, -1);
    }

    fn combine(&mut self, other: &Resource, sign: i64) {
        let add = |to: &mut i64, amount: i64| *to = to.saturating_add(amount.saturating_mul(sign));
        add(&mut self.milli_cpu, other.milli_cpu);
        add(&mut self.memory, other.memory);
        add(&mut self.ephemeral_storage, other.ephemeral_storage);
        for (name, amount) in &other.scalars {
            match self.scalars.binary_search_by(|(known, _)| known.cmp(name)) {
                Ok(at) => add(&mut self.scalars[at].1, *amount),
                Err(at) => self.scalars.insert(at, (name.clone(), amount.saturating_mul(sign))),
            }
        }
    }
}

/// CPU and memory with a stand-in for containers that ask for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonZero {
    /// Thousandths of a core.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
}

/// What a pod takes from the node it is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodRequests {
    /// What it asks for.
    pub requests: Resource,
    /// The same with stand-ins, for LeastAllocated.
    pub nonzero: NonZero,
}

/// A port of a node that a pod takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: EcoString,
    /// The port.
    pub port: i32,
    /// The address; None = all.
    pub address: Option<EcoString>,
}

impl HostPort {
    /// Whether both cannot be on one node (`HostPortInfo.CheckConflict`).
    pub fn conflicts(&self, other: &HostPort) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.address.is_none() || other.address.is_none() || self.address == other.address)
    }
}

/// Ports of containers and sidecars that name one of the node (`util.GetHostPorts`).
pub fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    ports(spec, false)
}

/// The same of the pods that a template makes: in the network of the node the API server gives each port of a container
/// the node's one of that number (`SetDefaults_PodSpec` in `pkg/apis/core/v1/defaults.go`).
pub fn template_ports(spec: &PodSpec) -> Vec<HostPort> {
    ports(spec, spec.host_network)
}

fn ports(spec: &PodSpec, all: bool) -> Vec<HostPort> {
    let sidecars =
        spec.init_containers.iter().filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let ports = spec.containers.iter().chain(sidecars).flat_map(|container| &container.ports);
    ports
        .filter(|port| port.host_port > 0 || all)
        .map(|port| HostPort {
            protocol: if port.protocol.is_empty() { "TCP" } else { &port.protocol }.into(),
            port: if port.host_port > 0 { port.host_port } else { port.container_port },
            address: (!port.host_ip.is_empty() && port.host_ip != "0.0.0.0").then(|| port.host_ip.clone()),
        })
        .collect()
}

/// What a pod on a node is counted for (`PodInfo.CalculateResource`): with its containers' resources in force.
pub fn pod_requests(pod: &Pod) -> PodRequests {
    let sums = sum(pod, Rules { in_force: true, pod_level: true, ..Default::default() });
    let asks_for_both = |container: &Container| {
        let requests = &container.resources.requests;
        requests.contains_key("cpu") && requests.contains_key("memory")
    };
    let mut containers = pod.spec.all_containers();
    // Nothing is to be filled in: the usual case.
    if !has_resources_in_force(pod) && containers.all(asks_for_both) {
        return PodRequests { nonzero: sums.nonzero(), requests: sums.resource() };
    }
    let pod_level = has_pod_level(pod);
    let missing = |name: &str| !pod_level || sums.get(name).is_none();
    let filled = sum(
        pod,
        Rules { in_force: true, pod_level: true, fill_cpu: missing("cpu"), fill_memory: missing("memory") },
    );
    PodRequests { nonzero: filled.nonzero(), requests: sums.resource() }
}

/// What a pod's containers come to by the spec alone, of their requests or their limits, as exact amounts (`podRequests`,
/// `podLimits` in `plugin/pkg/admission/limitranger/admission.go`): sidecars run beside the others, other init containers one
/// after the other before them, and what is said of the pod as a whole counts instead.
pub fn totals(spec: &PodSpec, of: fn(&ResourceRequirements) -> &ResourceList) -> ResourceList {
    fn add(to: &mut ResourceList, list: &ResourceList) {
        for (name, amount) in list {
            let sum = to.get(name).map_or_else(|| amount.clone(), |known| known.plus(amount));
            to.insert(name.clone(), sum);
        }
    }
    fn at_least(to: &mut ResourceList, list: &ResourceList) {
        for (name, amount) in list {
            if to.get(name).is_none_or(|known| known < amount) {
                to.insert(name.clone(), amount.clone());
            }
        }
    }
    let (mut sum, mut sidecars, mut before) = (ResourceList::new(), ResourceList::new(), ResourceList::new());
    spec.containers.iter().for_each(|container| add(&mut sum, of(&container.resources)));
    for container in spec.init_containers.iter() {
        let own = of(&container.resources);
        if container.restart_policy.as_deref() == Some("Always") {
            add(&mut sum, own);
            add(&mut sidecars, own);
            at_least(&mut before, &sidecars);
        } else {
            let mut together = own.clone();
            add(&mut together, &sidecars);
            at_least(&mut before, &together);
        }
    }
    at_least(&mut sum, &before);
    if let Some(whole) = &spec.resources {
        sum.set_all(of(whole));
    }
    sum
}

/// What a pod that is to be scheduled asks for in the fit check (`computePodResourceRequest`): by its spec alone.
pub fn fit_requests(pod: &Pod) -> Resource {
    sum(pod, Rules { pod_level: true, ..Default::default() }).resource()
}

/// Whether what a pod asks for depends on more than its spec: on resources in its status.
pub fn has_resources_in_force(pod: &Pod) -> bool {
    let mut statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    pod.status.resources.is_some() || statuses.any(|status| status.resources.is_some())
}

/// Whether a pod asks for less of something than before (`extractPodScaleDown`).
pub fn is_scaled_down(before: &Pod, after: &Pod) -> bool {
    let rules = Rules { in_force: true, pod_level: true, ..Default::default() };
    let (before, after) = (sum(before, rules), sum(after, rules));
    let milli = |amount| round_up(amount, NANOS / 1000);
    before.0.iter().any(|(name, old)| after.get(name).is_none_or(|new| milli(*old) > milli(new)))
}

/// What LeastAllocated adds for a pod that is to be scheduled: the containers' requests with stand-ins, whatever the
/// pod as a whole asks for or its status says (`calculatePodResourceRequest` without `useRequested`).
pub fn least_allocated_requests(pod: &Pod) -> NonZero {
    sum(pod, Rules { fill_cpu: true, fill_memory: true, ..Default::default() }).nonzero()
}

/// Options of upstream's `PodRequests`.
#[derive(Clone, Copy, Default)]
struct Rules {
    /// Resources in the status count besides those of the spec.
    in_force: bool,
    /// Requests of the pod as a whole replace the containers' sum.
    pod_level: bool,
    fill_cpu: bool,
    fill_memory: bool,
}

fn sum(pod: &Pod, rules: Rules) -> Sums<'_> {
    let infeasible =
        pod.condition("PodResizePending").is_some_and(|condition| condition.reason == "Infeasible");
    let mut total = Sums::default();
    for container in pod.spec.containers.iter() {
        let statuses = &pod.status.container_statuses;
        total = total.plus(container_requests(container, statuses, rules, rules.in_force, infeasible));
    }
    let (mut sidecars, mut peak) = (Sums::default(), Sums::default());
    for container in pod.spec.init_containers.iter() {
        let is_sidecar = container.restart_policy.as_deref() == Some("Always");
        let statuses = if find_status(&pod.status.init_container_statuses, container).is_some() {
            &pod.status.init_container_statuses
        } else {
            &pod.status.container_statuses
        };
        let mut asked =
            container_requests(container, statuses, rules, rules.in_force && is_sidecar, infeasible);
        if is_sidecar {
            total.add(&asked);
            sidecars.add(&asked);
            peak.raise(&sidecars);
        } else {
            asked.add(&sidecars);
            peak.raise(&asked);
        }
    }
    total.raise(&peak);
    if rules.pod_level
        && let Some(own) = &pod.spec.resources
        && has_pod_level(pod)
    {
        let actual = pod.status.resources.as_deref().filter(|_| rules.in_force);
        let asked = in_force(&own.requests, actual, &pod.status.allocated_resources, infeasible);
        for name in own.requests.keys().filter(|name| is_pod_level(name)) {
            total.set(name, asked.get(name).unwrap_or(0));
        }
    }
    total.add(&Sums::of_list(&pod.spec.overhead));
    total
}

fn container_requests<'a>(
    container: &'a Container,
    statuses: &'a [ContainerStatus],
    rules: Rules,
    counts_status: bool,
    infeasible: bool,
) -> Sums<'a> {
    let requests = &container.resources.requests;
    let status = if counts_status { find_status(statuses, container) } else { None };
    let mut asked = match status {
        Some(status) => {
            in_force(requests, status.resources.as_deref(), &status.allocated_resources, infeasible)
        }
        None => Sums::of_list(requests),
    };
    if rules.fill_cpu && asked.get("cpu").is_none() {
        asked.set("cpu", i128::from(DEFAULT_MILLI_CPU) * (NANOS / 1000));
    }
    if rules.fill_memory && asked.get("memory").is_none() {
        asked.set("memory", i128::from(DEFAULT_MEMORY) * NANOS);
    }
    asked
}

/// What counts while a resize is under way (`determineEffectiveRequests`): the most of what is asked for, what is in
/// force and what is set aside; what is asked for does not if the node can never grant it.
fn in_force<'a>(
    asked: &'a ResourceList,
    actual: Option<&'a ResourceRequirements>,
    allocated: &'a ResourceList,
    infeasible: bool,
) -> Sums<'a> {
    let Some(actual) = actual else { return Sums::of_list(asked) };
    let mut most = if infeasible { Sums::default() } else { Sums::of_list(asked) };
    most.raise(&Sums::of_list(&actual.requests));
    most.raise(&Sums::of_list(allocated));
    most
}

fn find_status<'a>(statuses: &'a [ContainerStatus], container: &Container) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == container.name)
}

fn has_pod_level(pod: &Pod) -> bool {
    pod.spec.resources.iter().flat_map(|resources| resources.requests.keys()).any(|name| is_pod_level(name))
}

/// Resources that a pod can ask for as a whole (`IsSupportedPodLevelResource`).
fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

/// Whether the scheduler counts a resource by its name alone (`util.IsScalarResourceName`).
fn is_scalar(name: &str) -> bool {
    name.contains('/') || name.starts_with("hugepages-") || name.starts_with("attachable-volumes-")
}

/// Exact amounts by name: only the total is rounded.
#[derive(Default)]
struct Sums<'a>(Vec<(&'a str, i128)>);

impl<'a> Sums<'a> {
    fn of_list(list: &'a ResourceList) -> Self {
        Sums(list.iter().map(|(name, amount)| (name.as_str(), amount.nanos())).collect())
    }

    fn get(&self, name: &str) -> Option<i128> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, amount)| *amount)
    }

    fn entry(&mut self, name: &'a str) -> (&mut i128, bool) {
        let known = self.0.iter().position(|(known, _)| *known == name);
        let at = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((name, 0));
        }
        (&mut self.0[at].1, known.is_none())
    }

    fn set(&mut self, name: &'a str, amount: i128) {
        *self.entry(name).0 = amount;
    }

    /// The sum of both.
    fn plus(mut self, other: Sums<'a>) -> Sums<'a> {
        if self.0.is_empty() {
            return other;
        }
        self.add(&other);
        self
    }

    fn add(&mut self, other: &Sums<'a>) {
        for (name, amount) in &other.0 {
            let sum = self.entry(name).0;
            *sum = sum.saturating_add(*amount);
        }
    }

    /// The greater of both, resource by resource.
    fn raise(&mut self, other: &Sums<'a>) {
        for (name, amount) in &other.0 {
            let (most, is_new) = self.entry(name);
            *most = if is_new { *amount } else { (*most).max(*amount) };
        }
    }

    fn units(&self, name: &str, per_unit: i128) -> i64 {
        self.get(name).map_or(0, |amount| round_up(amount, per_unit))
    }

    fn nonzero(&self) -> NonZero {
        NonZero { milli_cpu: self.units("cpu", NANOS / 1000), memory: self.units("memory", NANOS) }
    }

    fn resource(&self) -> Resource {
        let scalars = self.0.iter().filter(|(name, _)| is_scalar(name));
        let mut scalars: Vec<_> =
            scalars.map(|(name, amount)| (EcoString::from(*name), round_up(*amount, NANOS))).collect();
        sort::plain(&mut scalars);
        Resource {
            milli_cpu: self.units("cpu", NANOS / 1000),
            memory: self.units("memory", NANOS),
            ephemeral_storage: self.units("ephemeral-storage", NANOS),
            pods: self.units("pods", NANOS),
            scalars,
        }
    }
}

/// Rounds away from zero, as `Quantity.Value` does, and stays within `i64`.
fn round_up(nanos: i128, per_unit: i128) -> i64 {
    let whole = nanos / per_unit + (nanos % per_unit).signum();
    i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Condition, Quantity};
    use std::rc::Rc;

    fn container(requests: &[(&str, &str)], sidecar: bool) -> Container {
        let mut container = Container::default();
        for (name, amount) in requests {
            let amount = Quantity::parse(amount).unwrap();
            container.resources.requests.insert((*name).into(), amount);
        }
        container.restart_policy = sidecar.then(|| "Always".into());
        container
    }

    fn pod(containers: Vec<Container>, init: Vec<Container>) -> Pod {
        let mut pod = Pod::default();
        let spec = Rc::make_mut(&mut pod.spec);
        spec.containers = Rc::new(containers);
        spec.init_containers = Rc::new(init);
        pod
    }

    #[test]
    fn the_largest_step_of_the_start_counts_if_it_exceeds_the_running_containers() {
        let init = |cpu, sidecar| container(&[("cpu", cpu)], sidecar);
        for (main, starting, expected) in [
            ("1", vec![init("2", false)], 2000),
            ("3", vec![init("2", false)], 3000),
            ("1", vec![init("500m", true)], 1500),
            ("1", vec![init("500m", true), init("2", false)], 2500),
            ("1", vec![init("2", false), init("500m", true)], 2000),
        ] {
            let asked = pod_requests(&pod(vec![init(main, false)], starting)).requests;
            assert_eq!(asked.milli_cpu, expected);
        }
    }

    #[test]
    fn amounts_are_added_before_they_are_rounded_up() {
        let tiny = || container(&[("cpu", "0.0001")], false);
        assert_eq!(fit_requests(&pod(vec![tiny(), tiny()], vec![])).milli_cpu, 1);
    }

    #[test]
    fn a_container_without_requests_has_a_stand_in_but_an_explicit_zero_is_a_request() {
        let silent = pod_requests(&pod(vec![container(&[], false)], vec![])).nonzero;
        assert_eq!(silent, NonZero { milli_cpu: DEFAULT_MILLI_CPU, memory: DEFAULT_MEMORY });
        let zero =
            pod_requests(&pod(vec![container(&[("cpu", "0"), ("memory", "0")], false)], vec![])).nonzero;
        assert_eq!(zero, NonZero::default());
    }

    #[test]
    fn requests_of_the_pod_replace_the_sum_and_overhead_is_added() {
        let mut pod = pod(vec![container(&[("cpu", "1"), ("memory", "1Gi")], false)], vec![]);
        let spec = Rc::make_mut(&mut pod.spec);
        spec.resources = Some(container(&[("cpu", "3")], false).resources);
        spec.overhead = container(&[("cpu", "100m")], false).resources.requests;
        let asked = pod_requests(&pod).requests;
        assert_eq!((asked.milli_cpu, asked.memory), (3100, 1 << 30));
        assert_eq!(least_allocated_requests(&pod).milli_cpu, 1100, "LeastAllocated looks at containers only");
    }

    #[test]
    fn while_the_pod_is_resized_the_most_of_what_is_asked_for_and_in_force_counts() {
        let mut pod = pod(vec![container(&[], false)], vec![]);
        let list = |requests: &[(&str, &str)]| container(requests, false).resources;
        Rc::make_mut(&mut pod.spec).resources = Some(list(&[("cpu", "1"), ("memory", "2Gi")]));
        pod.status.resources = Some(Rc::new(list(&[("cpu", "2"), ("memory", "1Gi")])));
        pod.status.allocated_resources = list(&[("cpu", "3")]).requests.clone();
        let asked = |pod: &Pod| {
            let requests = pod_requests(pod).requests;
            (requests.milli_cpu, requests.memory >> 30)
        };
        assert_eq!(asked(&pod), (3000, 2));
        assert_eq!(fit_requests(&pod).milli_cpu, 1000, "a pod that is to be scheduled counts by its spec");
        let refused = Condition::new("PodResizePending", "True", "Infeasible", "");
        pod.status.conditions.push(refused);
        assert_eq!(asked(&pod), (3000, 1));
        let before = pod.clone();
        pod.status.allocated_resources = ResourceList::default();
        assert!(is_scaled_down(&before, &pod) && !is_scaled_down(&pod, &before));
    }
}
