//! Writes that the API server refused, and what to do about it.

use super::change::kind_word;
use super::piece::{Piece, count, sentence};
use crate::api::{EcoString, Kind, Object, ObjectKey, Pod};
use crate::cluster::{ApiError, World, Write};

/// The grounds of a refusal, without the name of what was refused.
pub(super) fn grounds(error: &ApiError) -> Vec<Piece> {
    match error {
        ApiError::Forbidden(_, why) => vec![Piece::Text(why.clone())],
        ApiError::NotFound(key) => sentence("there is no {} `{}`", &[kind_word(&key.kind), &key.name]),
        error => vec![Piece::Text(error.to_string())],
    }
}

/// What makes the API server take a refused pod, as a sentence with a space after it; empty where only the template
/// can be changed.
pub(super) fn remedy(world: &World, pod: &Pod, error: &ApiError) -> Vec<Piece> {
    let class = &pod.spec.priority_class_name;
    match error {
        ApiError::NotFound(key) if key.kind == Kind::Namespace => {
            sentence("Create namespace `{}`. ", &[&key.name])
        }
        ApiError::Forbidden(..) if !class.is_empty() && world.priority_class(class).is_none() => {
            sentence("Create PriorityClass `{}`, or take `priorityClassName` out of the template. ", &[class])
        }
        _ => Vec::new(),
    }
}

/// What a loop tried to write and the API server refused, told once for each kind of write and reason: `could not
/// create 3 pods of `agent`: …`.
pub(super) fn told(refused: &[(Write, ApiError)]) -> Vec<Vec<Piece>> {
    let mut groups: Vec<(Vec<Piece>, Vec<Piece>, usize, EcoString)> = Vec::new();
    for (write, error) in refused {
        let (one, owner) = attempt(write);
        let why = grounds(error);
        match groups.iter_mut().find(|(_, other, _, of)| !owner.is_empty() && *other == why && *of == owner) {
            Some((.., times, _)) => *times += 1,
            None => groups.push((one, why, 1, owner)),
        }
    }
    let told = groups.into_iter().map(|(one, why, times, owner)| {
        let mut told = match times {
            1 => one,
            times => sentence("could not create {} of `{}`", &[&count(times, "pod"), &owner]),
        };
        told.extend(sentence(": ", &[]));
        told.extend(why);
        told
    });
    told.collect()
}

/// What was tried, and for a pod to be created the name of its owner: such pods are told together.
fn attempt(write: &Write) -> (Vec<Piece>, EcoString) {
    let of = |verb: &str, key: &ObjectKey| {
        (sentence("could not {} {} `{}`", &[verb, kind_word(&key.kind), &key.name]), EcoString::new())
    };
    match write {
        Write::Create(Object::Pod(pod)) if pod.metadata.controller().is_some() => {
            let owner = pod.metadata.controller().map(|owner| owner.name.clone()).unwrap_or_default();
            (sentence("could not create a pod of `{}`", &[&owner]), owner)
        }
        Write::Create(object) | Write::Restore(object) => of("create", &object.key()),
        Write::Update(object) => of("update", &object.key()),
        Write::UpdateStatus(object) => of("update the status of", &object.key()),
        Write::Bind { pod, node } => {
            (sentence("could not bind `{}` to {}", &[&pod.name, node]), EcoString::new())
        }
        Write::Finalize(key) | Write::Delete { key, .. } => of("delete", key),
        Write::Event { about, .. } => of("record an event about", about),
    }
}
