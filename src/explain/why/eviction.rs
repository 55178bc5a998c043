//! The taint eviction's part: does the pod have to leave its node?

use super::super::piece::sentence;
use super::{Block, Section, Tone, section};
use crate::api::{NO_EXECUTE, Node, Pod, Taint};

/// What NoExecute taints of the node mean for a pod on it. None where there is no such taint.
pub(super) fn eviction(node: &Node, pod: &Pod) -> Option<Section> {
    let taints: Vec<&Taint> = node.spec.taints.iter().filter(|taint| taint.effect == NO_EXECUTE).collect();
    if taints.is_empty() {
        return None;
    }
    let name = &pod.metadata.name;
    let mut words = Vec::new();
    let mut soonest: Option<i64> = None;
    let mut evicted = false;
    for taint in taints {
        let text = taint.to_string();
        match pod.spec.tolerations.iter().find(|toleration| toleration.tolerates(taint)) {
            None => {
                evicted = true;
                words.push(Block::Words(sentence(
                    "Nothing on `{}` tolerates `{}`: it is evicted at once.",
                    &[name, &text],
                )));
            }
            Some(toleration) => match toleration.toleration_seconds {
                None => {
                    words.push(Block::Words(sentence("`{}` tolerates `{}` without end.", &[name, &text])));
                }
                Some(seconds) => {
                    soonest = Some(soonest.map_or(seconds, |known| known.min(seconds)));
                    let span = format!("{seconds}s");
                    words.push(Block::Words(sentence(
                        "`{}` tolerates `{}` for {}, counted from when the taint came.",
                        &[name, &text, &span],
                    )));
                }
            },
        }
    }
    let badge = match (evicted, soonest) {
        (true, _) => (Tone::Bad, "now".to_owned()),
        (false, Some(seconds)) => (Tone::Bad, format!("after {seconds}s")),
        (false, None) => (Tone::Good, "never".to_owned()),
    };
    Some(section("Eviction", "taint-eviction", Some((badge.0, &badge.1)), words))
}
