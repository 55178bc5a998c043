//! What of a pod's volumes is not simulated, said once so that nobody looks for it.

use super::super::piece::{listed, sentence};
use super::answer::{Block, Section, Tone, section};
use crate::api::PodSpec;

/// Volumes that need a PersistentVolume: nothing here binds them, so the pod is told to go on as if they were bound.
/// None where there is no such volume.
pub(super) fn claims(spec: &PodSpec) -> Option<Section> {
    let volumes = spec.rest.get("volumes").and_then(serde_json::Value::as_array)?;
    let needs_binding = |volume: &&serde_json::Value| {
        ["persistentVolumeClaim", "ephemeral"].iter().any(|source| volume.get(source).is_some())
    };
    let name = |volume: &serde_json::Value| Some(volume.get("name")?.as_str()?.to_owned());
    let names: Vec<String> = volumes.iter().filter(needs_binding).filter_map(name).collect();
    if names.is_empty() {
        return None;
    }
    let mut words = sentence("PersistentVolumes are not simulated. Treated as bound on every node: ", &[]);
    words.extend(listed(&names, 3));
    words.extend(sentence(".", &[]));
    Some(section("Volumes", "", Some((Tone::Neutral, "not simulated")), vec![Block::Words(words)]))
}
