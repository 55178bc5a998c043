//! Puts endpoints into slices. Upstream: `reconcileByAddressType`, `reconcileByPortMapping` in
//! `k8s.io/endpointslice/reconciler.go`.

use super::desired::{Group, same_ports};
use super::{labels, new_slice, unreserved};
use crate::api::discovery::Endpoint;
use crate::api::{EcoVec, EndpointSlice, Object, ObjectKey, Service, sort};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// So many endpoints a slice holds (`--max-endpoints-per-slice`).
const MOST: usize = 100;

/// What is to be done with the slices of a Service.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) create: Vec<EndpointSlice>,
    pub(super) update: Vec<Rc<EndpointSlice>>,
    pub(super) delete: Vec<ObjectKey>,
}

/// What becomes of the slices of a family of addresses. What stands in them and is right stays, though no group has it.
pub(super) fn plan(
    service: &Service,
    family: &str,
    slices: Vec<Rc<EndpointSlice>>,
    groups: Vec<Group>,
    stands: &dyn Fn(&Endpoint) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    let count = slices.len();
    // Those of an earlier Service of this name go, whatever is in them.
    let (mut left, mut gone): (Vec<_>, Vec<_>) =
        slices.into_iter().partition(|slice| is_owned(slice, service));
    for group in groups {
        let (own, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|slice| same_ports(&slice.ports, &group.ports));
        left = others;
        of_ports(service, family, own, group, stands, &mut plan, &mut gone);
    }
    gone.extend(left);
    // A Service has one slice at least, if an empty one.
    if plan.create.is_empty() && count == gone.len() {
        let is_there = |slice: &Rc<EndpointSlice>| {
            let is_empty = slice.ports.is_empty() && slice.endpoints.is_empty();
            is_empty && slice.metadata.labels == labels(service)
        };
        match gone.as_slice() {
            [one] if is_there(one) => gone.clear(),
            _ => plan.create.push(new_slice(service, family, Default::default(), Default::default())),
        }
    }
    // A slice that would go becomes one that would come (`finalize`).
    for slice in gone {
        match plan.create.pop_if(|_| is_owned(&slice, service)) {
            Some(new) => {
                let mut metadata = slice.metadata.clone();
                metadata.labels = new.metadata.labels.clone();
                metadata.resource_version.clear();
                plan.update.push(Rc::new(EndpointSlice { metadata, ..new }));
            }
            None => plan.delete.push(Object::EndpointSlice(slice).key()),
        }
    }
    plan
}

/// Whether a Service owns a slice, and not an earlier one of its name (`ownedBy`).
fn is_owned(slice: &EndpointSlice, service: &Service) -> bool {
    let owners = &slice.metadata.owner_references;
    owners.iter().any(|owner| {
        (owner.api_version.as_str(), owner.kind.as_str()) == ("v1", "Service")
            && owner.uid == service.metadata.uid
    })
}

/// What tells one endpoint from another.
fn identity(endpoint: &Endpoint) -> (&str, &str) {
    let uid = endpoint.target_ref.as_ref().map_or("", |target| &target.uid);
    (uid, endpoint.addresses.first().map_or("", |address| address))
}

/// The slices of one list of ports: endpoints stay where they are, new ones go into slices that change anyway, then into
/// the fullest one that has room for all that are left, or into new ones.
fn of_ports(
    service: &Service,
    family: &str,
    slices: Vec<Rc<EndpointSlice>>,
    group: Group,
    stands: &dyn Fn(&Endpoint) -> bool,
    plan: &mut Plan,
    gone: &mut Vec<Rc<EndpointSlice>>,
) {
    let places: BTreeMap<(&str, &str), usize> =
        sort::map(group.endpoints.iter().enumerate().map(|(at, endpoint)| (identity(endpoint), at)));
    let mut wanted: Vec<Option<&Endpoint>> = group.endpoints.iter().map(Some).collect();
    let own = labels(service);
    let has_own = |slice: &EndpointSlice| unreserved(&slice.metadata.labels).eq(unreserved(&own));
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for slice in slices {
        let (before, mut is_other) = (&slice.endpoints, false);
        if !before.is_empty() && before.iter().all(|endpoint| stands(endpoint)) && has_own(&slice) {
            let endpoints = before.clone();
            unchanged.push((slice, endpoints));
            continue;
        }
        let stay = |endpoint: &Rc<Endpoint>| {
            if stands(endpoint) {
                return Some(Rc::clone(endpoint));
            }
            let now = wanted[*places.get(&identity(endpoint))?].take()?;
            let is_same = **endpoint == *now;
            is_other |= !is_same;
            Some(if is_same { Rc::clone(endpoint) } else { Rc::new(now.clone()) })
        };
        let after: EcoVec<Rc<Endpoint>> = before.iter().filter_map(stay).collect();
        is_other |= after.len() != before.len();
        if after.is_empty() && !before.is_empty() {
            gone.push(slice);
        } else if is_other || !has_own(&slice) {
            changed.push((slice, after));
        } else {
            unchanged.push((slice, after));
        }
    }
    let mut wanted: VecDeque<Rc<Endpoint>> = wanted.into_iter().flatten().cloned().map(Rc::new).collect();
    sort::by_key(&mut changed, |(_, endpoints)| Reverse(endpoints.len()));
    for (_, endpoints) in &mut changed {
        let room = MOST.saturating_sub(endpoints.len()).min(wanted.len());
        endpoints.extend(wanted.drain(..room));
    }
    while !wanted.is_empty() {
        let fits = |count: usize| wanted.len() < MOST && count + wanted.len() <= MOST;
        let fullest = unchanged.iter().enumerate().filter(|(_, (_, endpoints))| fits(endpoints.len()));
        let fullest = fullest.max_by_key(|(at, (_, endpoints))| (endpoints.len(), Reverse(*at)));
        match fullest.map(|(at, _)| at) {
            Some(at) => {
                let (slice, mut endpoints) = unchanged.remove(at);
                endpoints.extend(wanted.drain(..));
                changed.push((slice, endpoints));
            }
            None => {
                let first = wanted.drain(..wanted.len().min(MOST)).collect();
                plan.create.push(new_slice(service, family, group.ports.clone(), first));
            }
        }
    }
    for (slice, endpoints) in changed {
        let mut metadata = slice.metadata.clone();
        metadata.labels = own.clone();
        metadata.resource_version.clear();
        plan.update.push(Rc::new(EndpointSlice { metadata, endpoints, ..EndpointSlice::clone(&slice) }));
    }
}
