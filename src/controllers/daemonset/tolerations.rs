//! The tolerations of daemon pods: the template's and those that the controller adds. Upstream:
//! `AddOrUpdateDaemonPodTolerations` in `pkg/controller/daemon/util/daemonset_util.go`.

use crate::api::{NO_EXECUTE, NO_SCHEDULE, PodSpec, Toleration, well_known_taints};

/// Who wrote a toleration of a daemon pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The controller adds it to every daemon pod.
    Automatic,
    /// The controller's own took the place of one in the template (and with it its `tolerationSeconds`).
    Replaced,
    /// It stands in the template.
    User,
}

/// The tolerations of a DaemonSet's pods, in their order, with their origin (`AddOrUpdateDaemonPodTolerations`).
pub fn daemon_tolerations(spec: &PodSpec) -> Vec<(Toleration, Origin)> {
    let mut all: Vec<_> =
        spec.tolerations.iter().map(|toleration| (toleration.clone(), Origin::User)).collect();
    let automatic = [
        (well_known_taints::NOT_READY, NO_EXECUTE),
        (well_known_taints::UNREACHABLE, NO_EXECUTE),
        (well_known_taints::DISK_PRESSURE, NO_SCHEDULE),
        (well_known_taints::MEMORY_PRESSURE, NO_SCHEDULE),
        (well_known_taints::PID_PRESSURE, NO_SCHEDULE),
        (well_known_taints::UNSCHEDULABLE, NO_SCHEDULE),
        (well_known_taints::NETWORK_UNAVAILABLE, NO_SCHEDULE),
    ];
    for (key, effect) in automatic {
        if key == well_known_taints::NETWORK_UNAVAILABLE && !spec.host_network {
            continue;
        }
        let toleration = Toleration::exists(key, effect);
        let mut found = false;
        for (old, origin) in all.iter_mut().filter(|(old, _)| old.is_same(&toleration)) {
            (*old, *origin, found) = (toleration.clone(), Origin::Replaced, true);
        }
        if !found {
            all.push((toleration, Origin::Automatic));
        }
    }
    all
}
