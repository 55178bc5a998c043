//! The taint eviction's part: does the pod have to leave its node?

use super::super::piece::{Piece, sentence};
use super::{Block, Section, Tone, section};
use crate::api::{Node, Pod};
use crate::cluster::Actor;
use crate::controllers::taint_eviction::{Borne, Stay, borne, stay};

/// What NoExecute taints of the node mean for a pod on it. None where there is no such taint.
pub(super) fn eviction(node: &Node, pod: &Pod) -> Option<Section> {
    let borne = borne(&node.spec.taints, &pod.spec.tolerations);
    let (tone, word) = match stay(&borne) {
        Stay::NoTaint => return None,
        Stay::NotAtAll | Stay::Seconds(0) => (Tone::Bad, "now".to_owned()),
        Stay::Seconds(seconds) => (Tone::Bad, format!("after {seconds}s")),
        Stay::Forever => (Tone::Good, "never".to_owned()),
    };
    let words = borne.iter().map(|borne| Block::Words(told(borne, &pod.metadata.name))).collect();
    Some(section("Eviction", Actor::TaintEviction.name(), Some((tone, &word)), words))
}

fn told(borne: &Borne, pod: &str) -> Vec<Piece> {
    let taint = borne.taint.to_string();
    match borne.toleration.as_ref().map(|toleration| toleration.toleration_seconds) {
        None => sentence("Nothing on `{}` tolerates `{}`: it is evicted at once.", &[pod, &taint]),
        Some(None) => sentence("`{}` tolerates `{}` without end.", &[pod, &taint]),
        Some(Some(seconds)) => {
            let span = format!("{seconds}s");
            sentence("`{}` tolerates `{}` for {}, counted from when the taint came.", &[pod, &taint, &span])
        }
    }
}
