//! What the control loops of other workloads, of services and of namespaces did, in sentences.

use super::piece::{Piece, count, names, sentence};
use crate::controllers::deployment::DeploymentTrace;
use crate::controllers::endpointslice::EndpointSliceTrace;
use crate::controllers::namespace::{NamespaceDeed, NamespaceTrace};
use crate::controllers::replicaset::ReplicaSetTrace;

/// Sentences as one, with semicolons; the last resort where there is none.
fn joined(parts: Vec<Vec<Piece>>, otherwise: Vec<Piece>) -> Vec<Piece> {
    if parts.is_empty() { otherwise } else { parts.join(&Piece::Text("; ".into())) }
}

pub(super) fn replica_set(trace: &ReplicaSetTrace) -> Vec<Piece> {
    let name = &*trace.set.name;
    let Some(sync) = &trace.sync else { return sentence("found ReplicaSet `{}` gone", &[name]) };
    let mut parts = Vec::new();
    let (has, wanted) = (sync.has.to_string(), sync.wanted.to_string());
    if sync.creates > 0 {
        let pods = count(sync.creates, "pod");
        parts
            .push(sentence("creates {} for ReplicaSet `{}`: it has {} of {}", &[&pods, name, &has, &wanted]));
    }
    if !sync.deletes.is_empty() {
        let pods = count(sync.deletes.len(), "pod");
        let text = "deletes {} of ReplicaSet `{}`: it has {} and should have {}";
        parts.push(sentence(text, &[&pods, name, &has, &wanted]));
    }
    if !sync.adopted.is_empty() {
        let pods = count(sync.adopted.len(), "pod");
        parts.push(sentence("adopts {} that match `{}` and belonged to nobody", &[&pods, name]));
    }
    if !sync.released.is_empty() {
        let pods = count(sync.released.len(), "pod");
        parts.push(sentence("lets {} go that no longer match `{}`", &[&pods, name]));
    }
    let otherwise = match sync.is_ending {
        true => sentence("leaves `{}` alone: it is being deleted", &[name]),
        false => sentence("counted the pods of `{}`: {} of {}", &[name, &has, &wanted]),
    };
    joined(parts, otherwise)
}

pub(super) fn deployment(trace: &DeploymentTrace) -> Vec<Piece> {
    let name = &*trace.deployment.name;
    if !trace.is_there {
        return sentence("found Deployment `{}` gone", &[name]);
    }
    let mut parts = Vec::new();
    if let Some(set) = &trace.created {
        parts.push(sentence("created ReplicaSet `{}` for the template of Deployment `{}`", &[set, name]));
    }
    if trace.has_collided {
        parts.push(sentence(
            "found the name of its next ReplicaSet taken; Deployment `{}` will try another one",
            &[name],
        ));
    }
    for set in &trace.adopted {
        parts.push(sentence(
            "adopts ReplicaSet `{}`, which belonged to nobody, for Deployment `{}`",
            &[set, name],
        ));
    }
    for set in &trace.released {
        parts
            .push(sentence("lets ReplicaSet `{}` go, which no longer matches Deployment `{}`", &[set, name]));
    }
    for (set, from, to) in &trace.scaled {
        let text = "scaled ReplicaSet `{}` of Deployment `{}` from {} to {}";
        parts.push(sentence(text, &[set, name, &from.to_string(), &to.to_string()]));
    }
    if !trace.cleaned_up.is_empty() {
        let sets = count(trace.cleaned_up.len(), "old ReplicaSet");
        parts.push(sentence("deleted {} of `{}` (revisionHistoryLimit)", &[&sets, name]));
    }
    joined(parts, sentence("brought the status of Deployment `{}` up to date", &[name]))
}

pub(super) fn endpoint_slice(trace: &EndpointSliceTrace) -> Vec<Piece> {
    let name = &*trace.service.name;
    let Some(sync) = &trace.sync else {
        return sentence("has nothing to do for Service `{}`", &[name]);
    };
    let (all, ready) = sync.endpoints;
    let mut parts = Vec::new();
    for (pods, text) in
        [(&sync.added, "put {} behind Service `{}`"), (&sync.removed, "took {} away from Service `{}`")]
    {
        if !pods.is_empty() {
            parts.push(sentence(text, &[&count(pods.len(), "pod"), name]));
        }
    }
    if let [(pod, node), others @ ..] = sync.skipped.as_slice() {
        let others = match others.len() {
            0 => String::new(),
            more => format!(" (and {} more)", more),
        };
        let text = "left `{}`{} out of Service `{}`: there is no node {}, so it tries again";
        parts.push(sentence(text, &[pod, &others, name, node]));
    }
    let (ready, pods) = (ready.to_string(), count(all, "pod"));
    if parts.is_empty() && sync.slices == [0; 3] {
        return sentence("found nothing to change for Service `{}`: {} of {} ready", &[name, &ready, &pods]);
    }
    let now = match parts.is_empty() {
        true => {
            sentence("updated the EndpointSlices of Service `{}`: {} of {} ready", &[name, &ready, &pods])
        }
        false => sentence("now {} of {} ready", &[&ready, &pods]),
    };
    parts.push(now);
    joined(parts, Vec::new())
}

pub(super) fn namespace(trace: &NamespaceTrace) -> Vec<Piece> {
    let name = &*trace.namespace.name;
    let deleted = |keys: &[crate::api::ObjectKey], tail: &str| {
        let mut pieces = sentence("deleted ", &[]);
        pieces.extend(names(keys));
        pieces.extend(sentence(tail, &[name]));
        pieces
    };
    match &trace.deed {
        NamespaceDeed::Account => sentence("made the service account default in namespace `{}`", &[name]),
        NamespaceDeed::Pods { deleted: keys, .. } if !keys.is_empty() => {
            deleted(keys, " in namespace `{}`: pods go first")
        }
        NamespaceDeed::Pods { waiting, .. } => {
            sentence("waits for {} in namespace `{}` to be gone", &[&count(*waiting, "pod"), name])
        }
        NamespaceDeed::Content { deleted: keys, is_last: true } if keys.is_empty() => {
            sentence("removed namespace `{}`: nothing is left in it", &[name])
        }
        NamespaceDeed::Content { deleted: keys, is_last: true } => {
            deleted(keys, " and then namespace `{}` itself")
        }
        NamespaceDeed::Content { deleted: keys, .. } if !keys.is_empty() => {
            deleted(keys, " in namespace `{}`, and waits for those with finalizers")
        }
        NamespaceDeed::Content { .. } => sentence("waits for what in namespace `{}` has finalizers", &[name]),
        NamespaceDeed::Nothing => sentence("found nothing to do for namespace `{}`", &[name]),
    }
}
