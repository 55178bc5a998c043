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
    EcoString, Kind, Millis, Object, ObjectKey, Pod, SERVICE_NAME, Service, Stored, Time, sort,
};
use crate::cluster::{Actor, Change, Component, Cx, Reconciled, Wakes, WorkKey, World, Write};
use serde_json::{Value, json};
use std::rc::Rc;

/// The label of a slice that says who manages it.
const MANAGED_BY: (&str, &str) =
    ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
/// Label of the slices of a Service without an address.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// The EndpointSlice controller.
pub struct EndpointSliceController;

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
}

impl Component for EndpointSliceController {
    type State = ();
    type Trace = EndpointSliceTrace;
    const ACTOR: Actor = Actor::EndpointSliceController;
    const LAG: Millis = Millis(50);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        match &change.key.kind {
            Kind::Service => wakes.now(WorkKey::Object(change.key.clone())),
            Kind::Pod => {
                let pods =
                    [&change.before, &change.after].map(|object| object.as_ref().and_then(Object::as_pod));
                if matches!(pods, [Some(before), Some(after)] if is_same(before, after)) {
                    return;
                }
                for service in world.services() {
                    if pods.iter().flatten().any(|pod| service.selects(pod)) {
                        wakes.now(WorkKey::Object(service.key()));
                    }
                }
            }
            // A pod whose node is not there is left out. Upstream tries such a Service again and again; here it is
            // looked at once the node is there.
            Kind::Node if change.before.is_none() => {
                for pod in world.pods_on(&change.key.name) {
                    for service in world.services().filter(|service| service.selects(pod)) {
                        wakes.now(WorkKey::Object(service.key()));
                    }
                }
            }
            // Somebody else changed or deleted a slice.
            Kind::Stored(stored) if stored.name == "EndpointSlice" => {
                let slice = change.after.as_ref().or(change.before.as_ref());
                let labels = slice.map(|slice| &slice.metadata().labels);
                let service = labels.and_then(|labels| labels.get(SERVICE_NAME));
                let key = service.map(|name| ObjectKey::new(Kind::Service, &change.key.namespace, name));
                if let Some(key) = key.filter(|key| world.get(key).is_some()) {
                    wakes.now(WorkKey::Object(key));
                }
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<EndpointSliceTrace> {
        let key = match key {
            WorkKey::Object(key) => key.clone(),
            WorkKey::Next => ObjectKey::new(Kind::Service, "", ""),
        };
        let mut writes = Vec::new();
        let sync = match cx.world.get(&key) {
            Some(Object::Service(service)) if is_managed(&service) => {
                Some(sync(cx.world, &service, &mut writes))
            }
            _ => None,
        };
        Reconciled { writes, requeue_after: None, trace: EndpointSliceTrace { service: key, sync } }
    }
}

/// Whether its slices are made here.
fn is_managed(service: &Service) -> bool {
    !service.spec.selector.is_empty()
        && !service.metadata.is_terminating()
        && service.spec.rest.get("type").is_none_or(|type_| type_ != "ExternalName")
}

fn sync(world: &World, service: &Rc<Service>, writes: &mut Vec<Write>) -> SliceSync {
    let groups = desired::groups(world, service);
    let endpoints = groups.iter().flat_map(|group| &group.endpoints);
    let ready = endpoints.clone().filter(|endpoint| endpoint["conditions"]["ready"] == true).count();
    let names = |endpoints: Vec<&Value>| -> Vec<EcoString> {
        let pods = endpoints.into_iter().filter_map(|endpoint| endpoint["targetRef"]["name"].as_str());
        pods.map(EcoString::from).collect()
    };
    let all = names(endpoints.collect());
    let slices = slices_of(world, service);
    let before = slices.iter().filter_map(|slice| slice.rest.get("endpoints")?.as_array()).flatten();
    let before = names(before.collect());
    let plan = fill::plan(service, slices, groups);
    let (is, was) = (sort::set(&all), sort::set(&before));
    let sync = SliceSync {
        endpoints: (all.len(), ready),
        added: all.iter().filter(|pod| !was.contains(pod)).cloned().collect(),
        removed: before.iter().filter(|pod| !is.contains(pod)).cloned().collect(),
        slices: [plan.create.len(), plan.update.len(), plan.delete.len()],
    };
    writes.extend(plan.create.into_iter().map(Write::Create));
    writes.extend(plan.update.into_iter().map(|slice| Write::Update(Object::Stored(slice))));
    writes.extend(plan.delete.into_iter().map(Write::delete));
    sync
}

/// The slices of a Service that this controller manages, by name.
fn slices_of(world: &World, service: &Service) -> Vec<Rc<Stored>> {
    let owned = world.dependents(&service.metadata.uid).filter_map(|key| world.get(key));
    let slices = owned.filter_map(|object| match object {
        Object::Stored(slice) if slice.kind == "EndpointSlice" => Some(slice),
        _ => None,
    });
    let is_ours = |slice: &Rc<Stored>| {
        !slice.metadata.is_terminating()
            && slice.metadata.labels.get(MANAGED_BY.0).is_some_and(|manager| manager == MANAGED_BY.1)
    };
    slices.filter(is_ours).collect()
}

/// A new slice (`newEndpointSlice`).
fn new_slice(service: &Service, ports: &Value, endpoints: &[Value]) -> Option<Object> {
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
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    Object::from_json(slice).ok()
}

/// The labels of a Service's slices: its own, and those that say whose they are (`setEndpointSliceLabels`).
fn labels(service: &Service) -> crate::api::Labels {
    let reserved = [SERVICE_NAME, MANAGED_BY.0, HEADLESS];
    let own = service.metadata.labels.iter().filter(|(name, _)| !reserved.contains(&name.as_str()));
    let mut labels: crate::api::Labels = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    if service.spec.rest.get("clusterIP").is_some_and(|address| address == "None") {
        labels.insert(HEADLESS.into(), "".into());
    }
    labels.insert(SERVICE_NAME.into(), service.metadata.name.clone());
    labels.insert(MANAGED_BY.0.into(), MANAGED_BY.1.into());
    labels
}

/// Whether a change of a pod is none of its endpoint (`podEndpointsChanged`).
fn is_same(before: &Pod, after: &Pod) -> bool {
    before.metadata.labels == after.metadata.labels
        && before.metadata.is_terminating() == after.metadata.is_terminating()
        && before.is_ready() == after.is_ready()
        && before.is_finished() == after.is_finished()
        && before.status.pod_ip == after.status.pod_ip
        && before.node() == after.node()
        && before.spec.rest.get("hostname") == after.spec.rest.get("hostname")
}
