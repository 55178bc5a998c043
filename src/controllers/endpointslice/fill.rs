//! Puts endpoints into slices. Upstream: `reconcileByAddressType`, `reconcileByPortMapping` in
//! `k8s.io/endpointslice/reconciler.go`.

use super::desired::{Group, same_ports};
use super::{labels, new_slice};
use crate::api::{Object, ObjectKey, Service, Stored, sort};
use serde_json::{Value, json};
use std::collections::VecDeque;
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

/// What becomes of the slices that there are.
pub(super) fn plan(service: &Service, slices: Vec<Rc<Stored>>, groups: Vec<Group>) -> Plan {
    let mut plan = Plan::default();
    let count = slices.len();
    let mut left: Vec<Rc<Stored>> = slices;
    for group in groups {
        let (own, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|slice| same_ports(&ports(slice), &group.ports));
        left = others;
        of_ports(service, own, group, &mut plan);
    }
    // A Service has one slice at least, if an empty one.
    let is_placeholder = |slice: &Rc<Stored>| {
        ports(slice) == json!([]) && endpoints(slice).is_empty() && slice.metadata.labels == labels(service)
    };
    if plan.create.is_empty() && count == plan.delete.len() + left.len() {
        if plan.delete.is_empty() && left.len() == 1 && left.iter().any(is_placeholder) {
            return plan;
        }
        plan.create.extend(new_slice(service, &json!([]), &[]));
    }
    plan.delete.extend(left.into_iter().map(|slice| Object::Stored(slice).key()));
    plan
}

fn ports(slice: &Stored) -> Value {
    slice.rest.get("ports").cloned().unwrap_or_else(|| json!([]))
}

fn endpoints(slice: &Stored) -> &[Value] {
    slice.rest.get("endpoints").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The slices of one list of ports: endpoints stay where they are, new ones go into slices that change anyway, then into
/// the fullest one that has room for all of them, then into new ones.
fn of_ports(service: &Service, slices: Vec<Rc<Stored>>, group: Group, plan: &mut Plan) {
    let mut wanted: VecDeque<Value> = group.endpoints.into();
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for slice in slices {
        let before = endpoints(&slice);
        let mut after = Vec::new();
        for endpoint in before {
            let same = |other: &Value| {
                other["targetRef"]["uid"] == endpoint["targetRef"]["uid"]
                    && other["addresses"] == endpoint["addresses"]
            };
            if let Some(at) = wanted.iter().position(same) {
                after.extend(wanted.remove(at));
            }
        }
        if after.is_empty() && !before.is_empty() {
            plan.delete.push(Object::Stored(slice).key());
        } else if after != before || slice.metadata.labels != labels(service) {
            changed.push((slice, after));
        } else {
            unchanged.push((slice, after));
        }
    }
    sort::by_key(&mut changed, |(_, endpoints)| std::cmp::Reverse(endpoints.len()));
    for (_, endpoints) in &mut changed {
        let room = MOST.saturating_sub(endpoints.len()).min(wanted.len());
        endpoints.extend(wanted.drain(..room));
    }
    if !wanted.is_empty() {
        let fits = |endpoints: &[Value]| endpoints.len() + wanted.len() <= MOST;
        let fullest = unchanged.iter().enumerate().filter(|(_, (_, endpoints))| fits(endpoints));
        let fullest = fullest.max_by_key(|(at, (_, endpoints))| (endpoints.len(), std::cmp::Reverse(*at)));
        if let Some(at) = fullest.map(|(at, _)| at) {
            let (slice, mut endpoints) = unchanged.remove(at);
            endpoints.extend(wanted.drain(..));
            changed.push((slice, endpoints));
        }
    }
    for (slice, endpoints) in changed {
        let mut updated = slice;
        let new = Rc::make_mut(&mut updated);
        new.rest.set("endpoints", endpoints.into());
        new.metadata.labels = labels(service);
        new.metadata.resource_version.clear();
        plan.update.push(updated);
    }
    while !wanted.is_empty() {
        let rest = wanted.split_off(wanted.len().min(MOST));
        plan.create.extend(new_slice(service, &group.ports, wanted.make_contiguous()));
        wanted = rest;
    }
}
