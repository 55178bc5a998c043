//! What happens to a pod that no DaemonSet makes: the scheduler picks its node, and where it is bound a taint may drive it
//! out.

use super::fate::{Fate, Lot, What};
use crate::api::{
    EcoString, NO_EXECUTE, NO_SCHEDULE, Node, ObjectMeta, Pod, PodTemplateSpec, Time, sort, tolerated,
};
use crate::cluster::{World, Write};
use crate::controllers::taint_eviction::{Stay, borne, stay};
use crate::explain::piece::sentence;
use crate::explain::refused::grounds;
use crate::explain::standing::{turned_down_on, unasked};
use crate::scheduler::NodeVerdict;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The name of the pod that is thought of for a template.
const OF_TEMPLATE: &str = "pod-of-template";

/// What happens to a pod, by node name.
pub(super) fn of_pod(world: &World, now: Time, pod: &Rc<Pod>) -> BTreeMap<EcoString, Fate> {
    let bound = pod.node().map(EcoString::from);
    let mut unbound = Rc::clone(pod);
    if bound.is_some() {
        let pod = Rc::make_mut(&mut unbound);
        Rc::make_mut(&mut pod.spec).node_name.clear();
    }
    let mut fates = of_unbound(world, now, &unbound, std::slice::from_ref(pod));
    if let Some(node) = bound.and_then(|name| world.node(&name)) {
        fates.insert(node.metadata.name.clone(), of_bound(node, pod));
    }
    fates
}

/// What happens to a pod of a template, by node name.
pub(super) fn of_template(
    world: &World,
    now: Time,
    namespace: &EcoString,
    template: &PodTemplateSpec,
) -> BTreeMap<EcoString, Fate> {
    let name = OF_TEMPLATE.into();
    let metadata = ObjectMeta { name, namespace: namespace.clone(), ..template.metadata.clone() };
    let pod = Pod { metadata, spec: Rc::clone(&template.spec), ..Pod::default() };
    match world.clone().write(Write::Create(pod.into()), now) {
        Ok(change) => {
            let stored = change.and_then(|change| change.after?.as_pod().cloned());
            stored.map(|pod| of_unbound(world, now, &pod, &[])).unwrap_or_default()
        }
        Err(error) => {
            let mut why = sentence("the API server refuses the pod: ", &[]);
            why.extend(grounds(&error));
            let refused =
                |node: &Rc<Node>| (node.metadata.name.clone(), Fate::new(What::Refused, why.clone()));
            sort::map(world.nodes().map(refused))
        }
    }
}

/// A pod where it is.
fn of_bound(node: &Node, pod: &Pod) -> Fate {
    let borne = borne(&node.spec.taints, &pod.spec.tolerations);
    let missing = borne.iter().filter(|borne| borne.toleration.is_none()).map(|borne| borne.taint.clone());
    let missing: Vec<_> = missing.collect();
    let mut fate = match stay(&borne) {
        Stay::NoTaint => {
            Fate::new(What::Runs, sentence("no `NoExecute` taint: a pod that runs is not driven out", &[]))
        }
        Stay::Forever => {
            Fate::new(What::Runs, sentence("tolerates each `NoExecute` taint without a limit", &[]))
        }
        Stay::Seconds(seconds) if seconds > 0 => {
            let text = "`tolerationSeconds: {}`";
            Fate::new(What::EvictedAfter(seconds), sentence(text, &[&seconds.to_string()]))
        }
        Stay::Seconds(_) => Fate::new(What::EvictedNow, sentence("`tolerationSeconds: 0`", &[])),
        Stay::NotAtAll => {
            let taint = missing.first().map(ToString::to_string).unwrap_or_default();
            Fate::new(What::EvictedNow, sentence("no toleration for `{}`: the pod is deleted", &[&taint]))
        }
    };
    fate.missing = missing;
    fate
}

/// Where the scheduler would let a pod run.
fn of_unbound(world: &World, now: Time, pod: &Rc<Pod>, gone: &[Rc<Pod>]) -> BTreeMap<EcoString, Fate> {
    let names = || world.nodes().map(|node| node.metadata.name.clone());
    if let Some(standing) = unasked(world, pod) {
        return sort::map(names().map(|name| (name, Fate::new(What::Pending, standing.short.clone()))));
    }
    let Some(trace) = Lot::new(world, now).attempt(pod, gone, true) else { return BTreeMap::new() };
    let fates = trace.node_verdicts().filter_map(|(name, verdict)| {
        let node = world.node(name)?;
        if *verdict == NodeVerdict::Feasible {
            return Some((
                name.clone(),
                Fate::new(What::MayRun, sentence("passes each check of Filter", &[])),
            ));
        }
        let mut fate = Fate::new(What::MayNotRun, turned_down_on(world, node, pod, verdict));
        let keeps_out = node.spec.taints.iter().filter(|taint| {
            [NO_SCHEDULE, NO_EXECUTE].contains(&taint.effect.as_str())
                && !tolerated(&pod.spec.tolerations, taint)
        });
        fate.missing = keeps_out.cloned().collect();
        Some((name.clone(), fate))
    });
    sort::map(fates)
}
