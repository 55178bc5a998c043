//! Puts endpoints into slices. Upstream: `reconcileByAddressType`, `reconcileByPortMapping` in
//! `k8s.io/endpointslice/reconciler.go`.

use super::desired::{Group, same_ports};
use super::{labels, new_slice, unreserved};
use crate::api::{Object, ObjectKey, Service, Stored, sort};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// So many endpoints a slice holds (`--max-endpoints-per-slice`).
const MOST: usize = 100;

/// What is to be done with the slices of a Service.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) create: Vec<Object>,
    pub(super) update: Vec<Rc<Stored>>,
    pub(super) delete: Vec<ObjectKey>,
}

/// What becomes of the slices of a family of addresses.
pub(super) fn plan(service: &Service, family: &str, slices: Vec<Rc<Stored>>, groups: Vec<Group>) -> Plan {
    let mut plan = Plan::default();
    let count = slices.len();
    // Those of an earlier Service of this name go, whatever is in them.
    let (mut left, mut gone): (Vec<_>, Vec<_>) =
        slices.into_iter().partition(|slice| is_owned(slice, service));
    for group in groups {
        let (own, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|slice| same_ports(&ports(slice), &group.ports));
        left = others;
        of_ports(service, family, own, group, &mut plan, &mut gone);
    }
    gone.extend(left);
    // A Service has one slice at least, if an empty one.
    if plan.create.is_empty() && count == gone.len() {
        let is_there = |slice: &Rc<Stored>| {
            let is_empty = ports(slice) == json!([]) && endpoints(slice).is_empty();
            is_empty && slice.metadata.labels == labels(service)
        };
        match gone.as_slice() {
            [one] if is_there(one) => gone.clear(),
            _ => plan.create.extend(new_slice(service, family, &json!([]), &[])),
        }
    }
    // A slice that would go becomes one that would come (`finalize`).
    for slice in gone {
        match plan.create.pop_if(|_| is_owned(&slice, service)) {
            Some(Object::Stored(new)) => {
                let mut reused = slice;
                let slice = Rc::make_mut(&mut reused);
                slice.metadata.labels = new.metadata.labels.clone();
                slice.metadata.resource_version.clear();
                slice.rest = new.rest.clone();
                plan.update.push(reused);
            }
            _ => plan.delete.push(Object::Stored(slice).key()),
        }
    }
    plan
}

/// Whether a Service owns a slice, and not an earlier one of its name (`ownedBy`).
fn is_owned(slice: &Stored, service: &Service) -> bool {
    let owners = &slice.metadata.owner_references;
    owners.iter().any(|owner| {
        (owner.api_version.as_str(), owner.kind.as_str()) == ("v1", "Service")
            && owner.uid == service.metadata.uid
    })
}

/// Whether a slice's addresses are of this family.
pub(super) fn is_of(slice: &Stored, family: &str) -> bool {
    slice.rest.get("addressType").is_some_and(|kind| kind == family)
}

fn ports(slice: &Stored) -> Value {
    slice.rest.get("ports").cloned().unwrap_or_else(|| json!([]))
}

fn endpoints(slice: &Stored) -> &[Value] {
    slice.rest.get("endpoints").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What tells one endpoint from another.
fn identity(endpoint: &Value) -> (&str, &str) {
    (
        endpoint["targetRef"]["uid"].as_str().unwrap_or_default(),
        endpoint["addresses"][0].as_str().unwrap_or_default(),
    )
}

/// The slices of one list of ports: endpoints stay where they are, new ones go into slices that change anyway, then into
/// the fullest one that has room for all that are left, or into new ones.
fn of_ports(
    service: &Service,
    family: &str,
    slices: Vec<Rc<Stored>>,
    group: Group,
    plan: &mut Plan,
    gone: &mut Vec<Rc<Stored>>,
) {
    let places: BTreeMap<(&str, &str), usize> =
        group.endpoints.iter().enumerate().map(|(at, endpoint)| (identity(endpoint), at)).collect();
    let mut is_free = vec![true; group.endpoints.len()];
    let mut stay = |slice: &Rc<Stored>| -> Vec<usize> {
        let places = endpoints(slice).iter().filter_map(|endpoint| places.get(&identity(endpoint)).copied());
        places.filter(|at| std::mem::replace(&mut is_free[*at], false)).collect()
    };
    let stays: Vec<Vec<usize>> = slices.iter().map(&mut stay).collect();
    let mut wanted: Vec<Option<Value>> = group.endpoints.into_iter().map(Some).collect();
    let own = labels(service);
    let has_own = |slice: &Stored| unreserved(&slice.metadata.labels).eq(unreserved(&own));
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for (slice, stay) in slices.into_iter().zip(stays) {
        let before = endpoints(&slice);
        let after: Vec<Value> = stay.into_iter().filter_map(|at| wanted[at].take()).collect();
        if after.is_empty() && !before.is_empty() {
            gone.push(slice);
        } else if after != before || !has_own(&slice) {
            changed.push((slice, after));
        } else {
            unchanged.push((slice, after));
        }
    }
    let mut wanted: VecDeque<Value> = wanted.into_iter().flatten().collect();
    sort::by_key(&mut changed, |(_, endpoints)| Reverse(endpoints.len()));
    for (_, endpoints) in &mut changed {
        let room = MOST.saturating_sub(endpoints.len()).min(wanted.len());
        endpoints.extend(wanted.drain(..room));
    }
    while !wanted.is_empty() {
        let fits = |endpoints: &[Value]| wanted.len() < MOST && endpoints.len() + wanted.len() <= MOST;
        let fullest = unchanged.iter().enumerate().filter(|(_, (_, endpoints))| fits(endpoints));
        let fullest = fullest.max_by_key(|(at, (_, endpoints))| (endpoints.len(), Reverse(*at)));
        match fullest.map(|(at, _)| at) {
            Some(at) => {
                let (slice, mut endpoints) = unchanged.remove(at);
                endpoints.extend(wanted.drain(..));
                changed.push((slice, endpoints));
            }
            None => {
                let rest = wanted.split_off(wanted.len().min(MOST));
                plan.create.extend(new_slice(service, family, &group.ports, wanted.make_contiguous()));
                wanted = rest;
            }
        }
    }
    for (slice, endpoints) in changed {
        let mut updated = slice;
        let new = Rc::make_mut(&mut updated);
        new.rest.set("endpoints", endpoints.into());
        new.metadata.labels = own.clone();
        new.metadata.resource_version.clear();
        plan.update.push(updated);
    }
}
