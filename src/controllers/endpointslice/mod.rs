//! The EndpointSlice controller: which pods are behind a Service. Upstream: `pkg/controller/endpointslice`, and the
//! reconciler in `k8s.io/endpointslice`.
//!
//! [`desired`] says what a Service's endpoints are, [`fill`] puts them into slices of at most 100 and changes as few as
//! possible, [`hints`] says where their traffic should come from. Slices are stored as JSON. Not modelled: hints of
//! the annotation `service.kubernetes.io/topology-mode`, and the trigger time that slices are annotated with.

mod desired;
mod fill;
mod hints;
#[cfg(test)]
mod tests;

use crate::api::{
    EcoString, Kind, Labels, Millis, Object, ObjectKey, Pod, SERVICE_NAME, Service, Stored, Time, sort,
};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Map, Reconciled, StepNo, Wakes, WorkKey, World, Write, Written,
};
use serde_json::{Value, json};
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
        match &change.key.kind {
            Kind::Service => wakes.now(WorkKey::Object(change.key.clone())),
            Kind::Pod => {
                let pods =
                    [&change.before, &change.after].map(|object| object.as_ref().and_then(Object::as_pod));
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
            Kind::Stored(stored) if stored.name == "EndpointSlice" && wakes.step != state.looked => {
                let mut named: Vec<ObjectKey> = Vec::new();
                let states = || [&change.before, &change.after].into_iter().flatten();
                if !states().any(|slice| is_managed_here(&slice.metadata().labels)) {
                    return;
                }
                for slice in states() {
                    let name = slice.metadata().labels.get(SERVICE_NAME);
                    named.extend(name.map(|name| ObjectKey::new(Kind::Service, &change.key.namespace, name)));
                }
                named.dedup();
                for key in named.into_iter().filter(|key| world.get(key).is_some()) {
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
                Some(sync(cx.world, &service, &mut writes))
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

fn sync(world: &World, service: &Rc<Service>, writes: &mut Vec<Write>) -> SliceSync {
    let name = |endpoint: &Value| endpoint["targetRef"]["name"].as_str().map(EcoString::from);
    let mut slices = slices_of(world, service);
    let before = slices.iter().filter_map(|slice| slice.rest.get("endpoints")?.as_array()).flatten();
    let before: Vec<EcoString> = before.filter_map(name).collect();
    let (mut all, mut ready, mut skipped) = (Vec::new(), 0, Vec::new());
    let mut plan = fill::Plan::default();
    for family in families(service) {
        let own: Vec<Rc<Stored>>;
        (own, slices) = slices.into_iter().partition(|slice| fill::is_of(slice, family));
        let (groups, without_node) = desired::groups(world, service, family);
        for endpoint in groups.iter().flat_map(|group| &group.endpoints) {
            ready += usize::from(endpoint["conditions"]["ready"] == true);
            all.extend(name(endpoint));
        }
        skipped = without_node;
        let of_family = fill::plan(service, family, own, groups);
        plan.create.extend(of_family.create);
        plan.update.extend(of_family.update);
        plan.delete.extend(of_family.delete);
    }
    // Those of a family that it has no longer, whatever is in them.
    plan.delete.extend(slices.into_iter().map(|slice| Object::Stored(slice).key()));
    if service.metadata.is_terminating() {
        // The garbage collector deletes the slices, and none is to come in their place.
        plan.create.clear();
    }
    let (is, was) = (sort::set(&all), sort::set(&before));
    let sync = SliceSync {
        endpoints: (all.len(), ready),
        added: all.iter().filter(|pod| !was.contains(pod)).cloned().collect(),
        removed: before.iter().filter(|pod| !is.contains(pod)).cloned().collect(),
        slices: [plan.create.len(), plan.update.len(), plan.delete.len()],
        skipped: skipped.iter().map(|pod| (pod.metadata.name.clone(), pod.spec.node_name.clone())).collect(),
    };
    writes.extend(plan.create.into_iter().map(Write::Create));
    writes.extend(plan.update.into_iter().map(|slice| Write::Update(Object::Stored(slice))));
    writes.extend(plan.delete.into_iter().map(Write::delete));
    sync
}

/// Whether the labels of a slice say that it is this controller's.
fn is_managed_here(labels: &Labels) -> bool {
    labels.get(MANAGED_BY.0).is_some_and(|manager| manager == MANAGED_BY.1)
}

/// The slices of a Service's name that this controller manages, by name; also those of an earlier Service of that name.
fn slices_of(world: &World, service: &Service) -> Vec<Rc<Stored>> {
    let is_ours =
        |slice: &&Rc<Stored>| !slice.metadata.is_terminating() && is_managed_here(&slice.metadata.labels);
    world.slices_of(service).filter(is_ours).cloned().collect()
}

/// A new slice (`newEndpointSlice`).
fn new_slice(service: &Service, family: &str, ports: &Value, endpoints: &[Value]) -> Option<Object> {
    let metadata = &service.metadata;
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "generateName": format!("{}-", metadata.name), "namespace": metadata.namespace.as_str(),
            "labels": labels(service),
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Service", "name": metadata.name.as_str(),
                "uid": metadata.uid.as_str(), "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "addressType": family, "endpoints": endpoints, "ports": ports,
    });
    Object::from_json(slice).ok()
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
