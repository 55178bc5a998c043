//! The EndpointSlice controller: which pods are behind a Service. Upstream: `pkg/controller/endpointslice`, and the
//! reconciler in `k8s.io/endpointslice`.
//!
//! [`desired`] says what a Service's endpoints are, [`fill`] puts them into slices of at most 100 and changes as few as
//! possible, [`hints`] says where their traffic should come from. Not modelled: hints of
//! the annotation `service.kubernetes.io/topology-mode`, and the trigger time that slices are annotated with.

mod desired;
mod fill;
mod hints;
#[cfg(test)]
mod tests;

use crate::api::discovery::{Endpoint, EndpointPort};
use crate::api::{
    EcoString, EcoVec, EndpointSlice, Kind, Labels, Millis, Object, ObjectKey, ObjectMeta, OwnerReference,
    Pod, SERVICE_NAME, Service, SharedMeta, Time, sort,
};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Map, Reconciled, Set, StepNo, Wakes, WorkKey, World, Write,
    Written,
};
use serde_json::Value;
use std::rc::Rc;

/// The label of a slice that says who manages it.
const MANAGED_BY: (&str, &str) =
    ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
/// Label of the slices of a Service without an address.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// The name that its events carry.
const COMPONENT: &str = "endpoint-slice-controller";
/// First and longest wait after a sync that failed (`defaultSyncBackOff`, `maxSyncBackOff`), and how often it is tried
/// again until something changes (`maxRetries`).
const RETRY: (Millis, Millis, u32) = (Millis::seconds(1), Millis::seconds(1_000), 15);

/// So long after somebody else changed a slice its Service is looked at (`endpointSliceChangeMinSyncDelay`).
const AFTER_OTHERS: Millis = Millis::seconds(1);

/// The EndpointSlice controller.
pub struct EndpointSliceController;

/// What it remembers.
#[derive(Clone, Debug, Default)]
pub struct EndpointSliceState {
    /// Services whose last syncs failed: how often they were tried again, and the errors of the sync that is being written.
    failures: Map<ObjectKey, (u32, Vec<EcoString>)>,
    /// The step of its last look: slices that change in it are its own work.
    looked: StepNo,
    /// Services whose slices tell what was true at the last look, and those of their pods that have changed since. One
    /// that is not here is looked at as a whole, and so is one whose pods give a port different numbers: upstream does that
    /// each time, which in 5,000 nodes takes longer than all else.
    changed: Map<ObjectKey, Set<EcoString>>,
}

/// One look at one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSliceTrace {
    /// Which.
    pub service: ObjectKey,
    /// What came of it; none where there is nothing to do: it is gone, has no selector, or is a name for another host.
    pub sync: Option<SliceSync>,
}

/// What came of a look at a Service that selects pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceSync {
    /// Pods that are behind it: so many in all, and so many ready.
    pub endpoints: (usize, usize),
    /// Pods that are behind it now and were not.
    pub added: Vec<EcoString>,
    /// Pods that were behind it and are not now.
    pub removed: Vec<EcoString>,
    /// How many slices are created, updated and deleted.
    pub slices: [usize; 3],
    /// Pods that are left out because their node is not there, each with the name of that. The sync ends with an error.
    pub skipped: Vec<(EcoString, EcoString)>,
}

impl Component for EndpointSliceController {
    type State = EndpointSliceState;
    type Trace = EndpointSliceTrace;
    const ACTOR: Actor = Actor::EndpointSliceController;
    const LAG: Millis = Millis(50);
    // `finalize` in `reconciler.go` returns with the first error.
    const STOPS_WHEN_REFUSED: bool = true;

    fn observe(
        world: &World,
        change: &Change,
        _now: Time,
        state: &mut EndpointSliceState,
        wakes: &mut Wakes,
    ) {
        match &change.kind() {
            Kind::Service => {
                state.changed.remove(&change.key());
                wakes.now(WorkKey::Object(change.key()));
            }
            // Nobody looks because of a node; who looks sees where its pods are.
            Kind::Node => {
                let [before, after] = [&change.before, &change.after]
                    .map(|node| node.as_ref().and_then(Object::as_node).map(|node| node.zone()));
                if before != after {
                    state.changed = Map::default();
                }
            }
            Kind::Pod => {
                let pods =
                    [&change.before, &change.after].map(|object| object.as_ref().and_then(Object::as_pod));
                note_pod(world, &mut state.changed, &change.key(), &pods);
                let (is_other, is_moved) = match pods {
                    [Some(before), Some(after)] => changes(before, after),
                    _ => (true, true),
                };
                if !is_other && !is_moved {
                    return;
                }
                for service in world.services() {
                    let [was, is] = pods.map(|pod| pod.is_some_and(|pod| service.selects(pod)));
                    if was != is || was && is_other {
                        wakes.now(WorkKey::Object(service.key()));
                    }
                }
            }
            // Somebody else made, changed or deleted a slice; what it wrote by itself it knows (`EndpointSliceTracker`).
            Kind::EndpointSlice if wakes.step != state.looked => {
                let mut named: Vec<ObjectKey> = Vec::new();
                let states = || [&change.before, &change.after].into_iter().flatten();
                if !states().any(|slice| is_managed_here(&slice.metadata().labels)) {
                    return;
                }
                for slice in states() {
                    let name = slice.metadata().labels.get(SERVICE_NAME);
                    named.extend(name.map(|name| ObjectKey::new(Kind::Service, change.namespace(), name)));
                }
                named.dedup();
                for key in named.into_iter().filter(|key| world.get(key).is_some()) {
                    state.changed.remove(&key);
                    wakes.after(WorkKey::Object(key), AFTER_OTHERS);
                }
            }
            _ => {}
        }
    }

    fn failed(trace: &EndpointSliceTrace) -> bool {
        trace.sync.as_ref().is_some_and(|sync| !sync.skipped.is_empty())
    }

    fn reconcile(
        cx: &Cx<'_>,
        state: &mut EndpointSliceState,
        key: &WorkKey,
    ) -> Reconciled<EndpointSliceTrace> {
        let key = key.object(Kind::Service);
        state.looked = cx.step;
        let mut writes = Vec::new();
        let sync = match cx.world.get(&key) {
            Some(Object::Service(service)) if is_managed(&service) => {
                let changed = state.changed.remove(&key);
                let sync = sync(cx.world, &service, changed.as_ref(), &mut writes);
                if sync.skipped.is_empty() && !service.metadata.is_terminating() {
                    state.changed.insert(key.clone(), Set::default());
                }
                Some(sync)
            }
            _ => None,
        };
        let errors = sync.as_ref().map_or_else(Vec::new, |sync| errors(&key, sync));
        let mut requeue_after = None;
        if writes.is_empty() {
            (writes, requeue_after) = finish(state, &key, &errors);
        } else if !errors.is_empty() {
            // What is written may fail as well: `written` tells of both at once.
            state.failures.get_or_insert_with(&key, Default::default).1 = errors;
        }
        Reconciled { writes, requeue_after, trace: EndpointSliceTrace { service: key, sync } }
    }

    fn written(
        cx: &Cx<'_>,
        state: &mut EndpointSliceState,
        key: &WorkKey,
        results: &[(Write, Written)],
        wakes: &mut Wakes,
    ) -> Vec<Write> {
        let WorkKey::Object(about) = key else { return Vec::new() };
        if results.iter().all(|(write, _)| matches!(write, Write::Event { .. })) {
            return Vec::new();
        }
        if results.iter().any(|(_, result)| result.is_err()) {
            state.changed.remove(about);
        }
        let mut errors =
            state.failures.get_mut(about).map(|(_, errors)| std::mem::take(errors)).unwrap_or_default();
        errors.extend(results.iter().find_map(|(write, result)| failure(cx.world, about, write, result)));
        let (events, again) = finish(state, about, &errors);
        if let Some(delay) = again {
            wakes.after(key.clone(), delay);
        }
        events
    }
}

/// The errors of a sync so far: a pod whose node is not there is left out, and tried again
/// (`reconcileByAddressType`).
fn errors(service: &ObjectKey, sync: &SliceSync) -> Vec<EcoString> {
    let ObjectKey { namespace, name, .. } = service;
    let error = |(pod, node): &(EcoString, EcoString)| {
        ecow::eco_format!("skipping Pod {pod} for Service {namespace}/{name}: Node {node} Not Found")
    };
    sync.skipped.iter().map(error).collect()
}

/// What the sync says of a write that was refused (`finalize`). Where a namespace ends nothing can be created, and
/// nobody is told.
fn failure(world: &World, service: &ObjectKey, write: &Write, result: &Written) -> Option<EcoString> {
    let error = result.as_ref().err()?;
    let ObjectKey { namespace, name, .. } = service;
    let (what, key) = match write {
        Write::Create(_) => {
            let ending = world.get(&ObjectKey::new(Kind::Namespace, "", namespace));
            if ending.is_some_and(|namespace| namespace.metadata().is_terminating()) {
                return None;
            }
            ("create", None)
        }
        Write::Update(slice) => ("update", Some(slice.key())),
        Write::Delete { key, .. } => ("delete", Some(key.clone())),
        _ => return None,
    };
    let slice = key.map(|key| ecow::eco_format!("{} ", key.name)).unwrap_or_default();
    Some(ecow::eco_format!("failed to {what} {slice}EndpointSlice for Service {namespace}/{name}: {error}"))
}

/// The end of a sync: an error is told in an event, and the Service is tried again after a wait that doubles
/// (`syncService`, `handleErr` in `endpointslice_controller.go`).
fn finish(
    state: &mut EndpointSliceState,
    service: &ObjectKey,
    errors: &[EcoString],
) -> (Vec<Write>, Option<Millis>) {
    if errors.is_empty() {
        state.failures.remove(service);
        return (Vec::new(), None);
    }
    let all = match errors {
        [one] => one.clone(),
        all => ecow::eco_format!("[{}]", all.join(", ")),
    };
    let ObjectKey { namespace, name, .. } = service;
    let event = Write::Event {
        about: service.clone(),
        type_: EventType::Warning,
        reason: "FailedToUpdateEndpointSlices".into(),
        message: format!("Error updating Endpoint Slices for Service {namespace}/{name}: {all}"),
        component: COMPONENT.into(),
        path: "".into(),
        action: None,
    };
    let times = state.failures.get(service).map_or(0, |(times, _)| *times);
    if times == RETRY.2 {
        state.failures.remove(service);
        return (vec![event], None);
    }
    state.failures.insert(service.clone(), (times + 1, Vec::new()));
    (vec![event], Some(RETRY.0.doubled(times, RETRY.1)))
}

/// Whether its slices are made here.
fn is_managed(service: &Service) -> bool {
    !service.spec.selector.is_empty()
        && service.spec.rest.get("type").is_none_or(|type_| type_ != "ExternalName")
}

/// The families of addresses that a Service has slices of (`getAddressTypesForService`).
fn families(service: &Service) -> Vec<&'static str> {
    let stated = service.spec.rest.get("ipFamilies").and_then(Value::as_array);
    let stated = |family: &&str| stated.is_some_and(|all| all.iter().any(|one| one == family));
    let mut families = vec!["IPv4", "IPv6"];
    families.retain(stated);
    if families.is_empty() {
        families.push("IPv4");
    }
    families
}

/// Notes a pod that has changed for the Services that select it, or did.
fn note_pod(
    world: &World,
    changed: &mut Map<ObjectKey, Set<EcoString>>,
    pod: &ObjectKey,
    states: &[Option<&Rc<Pod>>],
) {
    let first = ObjectKey::new(Kind::Service, &pod.namespace, "");
    let of_namespace = changed.range(first..).take_while(|(service, _)| service.namespace == pod.namespace);
    let is_news = |(service, pods): &(&ObjectKey, &Set<EcoString>)| {
        let Some(Object::Service(service)) = world.get(service) else { return false };
        !pods.contains(&pod.name) && states.iter().flatten().any(|pod| service.selects(pod))
    };
    let services: Vec<ObjectKey> = of_namespace.filter(is_news).map(|(service, _)| service.clone()).collect();
    for service in services {
        if let Some(pods) = changed.get_mut(&service) {
            pods.insert(pod.name.clone());
        }
    }
}

/// Whether an endpoint of a slice is known to be right: its pod is none of those that have changed.
fn stands(changed: Option<&Set<EcoString>>, endpoint: &Endpoint) -> bool {
    let pod = endpoint.target_ref.as_ref().map(|target| &target.name);
    changed.zip(pod).is_some_and(|(changed, pod)| !changed.contains(pod))
}

/// At which ports all pods serve, if it is enough to look at those that have changed: these serve there, too, and in each
/// family of addresses something stands. Where nothing does, the pods must say whether there is a list of ports at all.
fn ports_of_all(
    world: &World,
    service: &Service,
    slices: &[Rc<EndpointSlice>],
    changed: &Set<EcoString>,
) -> Option<EcoVec<EndpointPort>> {
    let has_one = |slice: &Rc<EndpointSlice>| slice.endpoints.iter().any(|one| stands(Some(changed), one));
    let is_known = |family: &str| slices.iter().any(|slice| slice.address_type == family && has_one(slice));
    if !families(service).into_iter().all(is_known) {
        return None;
    }
    if !desired::names_ports(service) {
        return Some(desired::ports(service, None));
    }
    let told = slices.iter().map(|slice| slice.ports.clone());
    // Those of pods first: a new slice has them in the order of the Service.
    let mut all = desired::pods(world, service, Some(changed))
        .map(|pod| desired::ports(service, Some(pod)))
        .chain(told);
    let ports = all.next()?;
    all.all(|other| desired::same_ports(&ports, &other)).then_some(ports)
}

/// Finds what is to be written of a Service's slices. Of those pods alone that have changed, if that is known.
fn sync(
    world: &World,
    service: &Rc<Service>,
    changed: Option<&Set<EcoString>>,
    writes: &mut Vec<Write>,
) -> SliceSync {
    let name = |endpoint: &Endpoint| endpoint.target_ref.as_ref().map(|target| target.name.clone());
    let mut slices = slices_of(world, service);
    let known = changed.and_then(|changed| Some((changed, ports_of_all(world, service, &slices, changed)?)));
    let known = known.as_ref().map(|(changed, ports)| (*changed, ports));
    let changed = known.map(|(changed, _)| changed);
    let (mut count, mut ready, mut before) = (0, 0, Vec::new());
    for endpoint in slices.iter().flat_map(|slice| &slice.endpoints) {
        if stands(changed, endpoint) {
            count += 1;
            ready += usize::from(endpoint.conditions.ready == Some(true));
        } else {
            before.extend(name(endpoint));
        }
    }
    let (mut all, mut skipped) = (Vec::new(), Vec::new());
    let mut plan = fill::Plan::default();
    for family in families(service) {
        let own: Vec<Rc<EndpointSlice>>;
        (own, slices) = slices.into_iter().partition(|slice| slice.address_type == family);
        let (groups, without_node) = desired::groups(world, service, family, known);
        for endpoint in groups.iter().flat_map(|group| &group.endpoints) {
            ready += usize::from(endpoint.conditions.ready == Some(true));
            all.extend(name(endpoint));
        }
        skipped = without_node;
        let of_family = fill::plan(service, family, own, groups, &|endpoint| stands(changed, endpoint));
        plan.create.extend(of_family.create);
        plan.update.extend(of_family.update);
        plan.delete.extend(of_family.delete);
    }
    // Those of a family that it has no longer, whatever is in them.
    plan.delete.extend(slices.into_iter().map(|slice| Object::EndpointSlice(slice).key()));
    if service.metadata.is_terminating() {
        // The garbage collector deletes the slices, and none is to come in their place.
        plan.create.clear();
    }
    let (is, was) = (sort::set(&all), sort::set(&before));
    let sync = SliceSync {
        endpoints: (count + all.len(), ready),
        added: all.iter().filter(|pod| !was.contains(pod)).cloned().collect(),
        removed: before.iter().filter(|pod| !is.contains(pod)).cloned().collect(),
        slices: [plan.create.len(), plan.update.len(), plan.delete.len()],
        skipped: skipped.iter().map(|pod| (pod.metadata.name.clone(), pod.spec.node_name.clone())).collect(),
    };
    writes.extend(plan.create.into_iter().map(|slice| Write::Create(slice.into())));
    writes.extend(plan.update.into_iter().map(|slice| Write::Update(Object::EndpointSlice(slice))));
    writes.extend(plan.delete.into_iter().map(Write::delete));
    sync
}

/// Whether the labels of a slice say that it is this controller's.
fn is_managed_here(labels: &Labels) -> bool {
    labels.get(MANAGED_BY.0).is_some_and(|manager| manager == MANAGED_BY.1)
}

/// The slices of a Service's name that this controller manages, by name; also those of an earlier Service of that name.
fn slices_of(world: &World, service: &Service) -> Vec<Rc<EndpointSlice>> {
    let is_ours = |slice: &&Rc<EndpointSlice>| {
        !slice.metadata.is_terminating() && is_managed_here(&slice.metadata.labels)
    };
    world.slices_of(service).filter(is_ours).cloned().collect()
}

/// A new slice (`newEndpointSlice`).
fn new_slice(
    service: &Service,
    family: &str,
    ports: EcoVec<EndpointPort>,
    endpoints: EcoVec<Rc<Endpoint>>,
) -> EndpointSlice {
    let ObjectMeta { namespace, name, uid, .. } = &service.metadata;
    let owner = OwnerReference {
        api_version: "v1".into(),
        kind: "Service".into(),
        name: name.clone(),
        uid: uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
        ..Default::default()
    };
    let shared = SharedMeta {
        generate_name: ecow::eco_format!("{name}-"),
        owner_references: [owner].into_iter().collect(),
        ..Default::default()
    };
    let metadata = ObjectMeta {
        namespace: namespace.clone(),
        labels: labels(service),
        shared: shared.into(),
        ..Default::default()
    };
    EndpointSlice { metadata, address_type: family.into(), endpoints, ports, ..Default::default() }
}

/// The labels of a Service's slices: its own, and those that say whose they are (`setEndpointSliceLabels`).
fn labels(service: &Service) -> Labels {
    let mut labels: Labels = unreserved(&service.metadata.labels).collect();
    if ["", "None"].contains(&service.text("clusterIP")) {
        labels.insert(HEADLESS.into(), "".into());
    }
    labels.insert(SERVICE_NAME.into(), service.metadata.name.clone());
    labels.insert(MANAGED_BY.0.into(), MANAGED_BY.1.into());
    labels
}

/// The labels that a Service gives its slices on.
fn unreserved(labels: &Labels) -> impl Iterator<Item = (EcoString, EcoString)> {
    let is_own = |(name, _): &(&EcoString, &EcoString)| {
        ![SERVICE_NAME, MANAGED_BY.0, HEADLESS].contains(&name.as_str())
    };
    labels.iter().filter(is_own).map(|(name, value)| (name.clone(), value.clone()))
}

/// What a change of a pod is to the Services that select it: whether its endpoint is another one, and whether other
/// Services may select it (`podEndpointsChanged`). There each change of a pod that is being deleted counts; what it can
/// change is that the pod has ended.
fn changes(before: &Pod, after: &Pod) -> (bool, bool) {
    let name = |pod: &Pod| ["hostname", "subdomain"].map(|field| pod.spec.rest.get(field).cloned());
    let is_ending = after.metadata.is_terminating();
    let is_other = before.metadata.is_terminating() != is_ending
        || is_ending && before.is_finished() != after.is_finished()
        || before.is_ready() != after.is_ready()
        || before.status.pod_ip != after.status.pod_ip;
    (is_other, before.metadata.labels != after.metadata.labels || name(before) != name(after))
}
