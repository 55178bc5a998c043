//! Prefers nodes that have the pod's images. Upstream: `plugins/imagelocality/image_locality.go`.

#[cfg(test)]
mod tests;

use crate::api::{EcoString, Pod};
use crate::scheduler::NodeInfo;
use crate::scheduler::framework::{Cycle, MAX_NODE_SCORE, Plugin, PreScore, Score, ScorePlugin};

/// The plugin.
pub struct ImageLocality;

const MIB: i64 = 1024 * 1024;
/// Below this sum of sizes the score is 0.
const FLOOR: i64 = 23 * MIB;
/// Above this sum of sizes a container the score is 100.
const CEILING_PER_CONTAINER: i64 = 1000 * MIB;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }
    fn explain(&self) -> &'static str {
        "Nodes that already have large images of the pod are better, the more so if many nodes have them."
    }
    fn score(&self) -> Option<&dyn ScorePlugin> {
        Some(self)
    }
}

impl ScorePlugin for ImageLocality {
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        let cache = cycle.snapshot.cache;
        let images = images(&cycle.pod.pod).into_iter();
        let images = images.map(|name| (cache.nodes_with_image(&name), name)).filter(|(nodes, _)| *nodes > 0);
        let spec = &cycle.pod.pod.spec;
        PreScore::rank(Ranking {
            images: images
                .map(|(nodes, name)| (name, f64::from(nodes) / cache.nodes().len() as f64))
                .collect(),
            containers: (spec.containers.len() + spec.init_containers.len()) as i64,
        })
    }
}

/// The images of a pod, of volumes too, as nodes name them.
fn images(pod: &Pod) -> Vec<String> {
    let containers = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
    let volumes = pod.spec.rest.get("volumes").and_then(|volumes| volumes.as_array()).into_iter().flatten();
    let of_volumes = volumes.filter_map(|volume| volume.get("image")?.get("reference")?.as_str());
    containers.map(|container| container.image.as_str()).chain(of_volumes).map(with_tag).collect()
}

/// A name without a tag means `latest`.
fn with_tag(name: &str) -> String {
    if name.rfind(':') <= name.rfind('/') { format!("{name}:latest") } else { name.to_owned() }
}

struct Ranking {
    /// Images that some node has, with the share of nodes that do.
    images: Vec<(String, f64)>,
    containers: i64,
}

impl Score for Ranking {
    fn score(&self, node: &NodeInfo) -> i64 {
        if self.images.is_empty() || node.node.status.images.is_empty() {
            return 0;
        }
        let size = |name: &str| {
            let has = |names: &[EcoString]| names.iter().any(|known| known == name);
            node.node.status.images.iter().find(|image| has(&image.names)).map(|image| image.size_bytes)
        };
        let sizes = self.images.iter().filter_map(|(name, spread)| Some((size(name)?, spread)));
        // Floats, as upstream.
        let sum: i64 = sizes.map(|(size, spread)| (size as f64 * spread) as i64).sum();
        let ceiling = CEILING_PER_CONTAINER * self.containers.max(1);
        MAX_NODE_SCORE * (sum.clamp(FLOOR, ceiling) - FLOOR) / (ceiling - FLOOR)
    }
}
