//! Faults to play with: a container that crashes again and again, is never ready, or whose image cannot be pulled.
//!
//! | fault | label of the pod, or of a template | tag of an image |
//! |---|---|---|
//! | it crashes | `pod-container-crash.stage.kwok.x-k8s.io: "true"` | `crash` |
//! | it is never ready | `pod-not-ready.stage.kwok.x-k8s.io: "true"` | `unready` |
//! | its image cannot be pulled | `pod-image-pull-failed.stage.kwok.x-k8s.io: "true"` | `bad`, `broken` |
//!
//! A label counts for every container of the pod but its init containers, or for the one container, of either sort, that
//! `<label>/container-name` names, and `"false"` ends the fault. `pod-container-crash.stage.kwok.x-k8s.io/delay` says how long a container runs before it crashes,
//! and `…/exit-code` with which code.

use super::Stage;
use crate::api::{ContainerStatus, Pod};

/// What is wrong with a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It ends soon after each start: CrashLoopBackOff.
    Crash,
    /// It runs and is not ready.
    NotReady,
    /// Its image cannot be pulled: ErrImagePull, then ImagePullBackOff.
    ImagePull,
}

impl Fault {
    /// All.
    pub const ALL: [Fault; 3] = [Fault::Crash, Fault::NotReady, Fault::ImagePull];

    /// The label that asks for it, or with the value `false` ends it.
    pub fn label(self) -> &'static str {
        self.stage().label()
    }

    /// The stage in which it shows.
    pub(super) fn stage(self) -> Stage {
        match self {
            Fault::Crash => Stage::PodContainerCrash,
            Fault::NotReady => Stage::PodNotReady,
            Fault::ImagePull => Stage::PodImagePullFailed,
        }
    }

    /// The image tags that ask for it.
    pub fn tags(self) -> &'static [&'static str] {
        match self {
            Fault::Crash => &["crash"],
            Fault::NotReady => &["unready"],
            Fault::ImagePull => &["bad", "broken"],
        }
    }

    /// Whether an image asks for it by its tag.
    pub fn is_of_image(self, image: &str) -> bool {
        tag(image).is_some_and(|tag| self.tags().contains(&tag))
    }

    /// The image of the same name that asks for it.
    pub fn image_like(self, image: &str) -> String {
        let whole = image.split('@').next().unwrap_or(image);
        let name = tag(whole).map_or(whole, |tag| &whole[..whole.len() - tag.len() - 1]);
        format!("{name}:{}", self.tags().first().unwrap_or(&""))
    }

    /// Whether a container has it. None where nobody says so: what a pod's status said when it was listed stays true.
    pub fn asked(self, pod: &Pod, status: &ContainerStatus) -> Option<bool> {
        let only = self.stage().annotation(&pod.metadata, "container-name");
        let is_meant = match only {
            Some(only) => *only == status.name,
            None => pod.init_container(&status.name).is_none(),
        };
        if is_meant {
            match pod.metadata.labels.get(self.label()).map(|value| value.as_str()) {
                Some("true") => return Some(true),
                Some("false") => return Some(false),
                _ => {}
            }
        }
        match pod.container(&status.name).is_some_and(|container| self.is_of_image(&container.image)) {
            true => Some(true),
            // The image was another one when it failed.
            false if self.is_of_image(&status.image) => Some(false),
            false => None,
        }
    }
}

/// The tag of an image.
fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_what_follows_the_name_not_the_port_of_the_registry() {
        for (image, expected) in [
            ("agent:bad", Some("bad")),
            ("registry.example:5000/team/agent", None),
            ("registry.example:5000/team/agent:1.2", Some("1.2")),
            ("agent:crash@sha256:0123", Some("crash")),
            ("agent", None),
        ] {
            assert_eq!(tag(image), expected, "{image}");
        }
        for (image, like) in [
            ("registry.example:5000/team/agent", "registry.example:5000/team/agent:bad"),
            ("registry.example:5000/agent:1.2", "registry.example:5000/agent:bad"),
            ("agent:v1@sha256:0123", "agent:bad"),
            ("agent@sha256:0123", "agent:bad"),
        ] {
            assert_eq!(Fault::ImagePull.image_like(image), like);
        }
    }
}
