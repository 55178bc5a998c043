//! Kinds by the names that people type. Upstream: what the API server tells in its discovery
//! (`pkg/registry/*/storage`, `ShortNames`, `Categories`), and `apimachinery/pkg/api/meta/restmapper.go`.

use crate::api::Kind;

/// A kind with its names.
#[derive(Debug)]
pub struct Resource {
    /// Plural, as in addresses.
    pub plural: &'static str,
    /// Singular.
    pub singular: &'static str,
    /// Short names.
    pub short: &'static [&'static str],
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
    /// Whether its objects live in a namespace.
    pub is_namespaced: bool,
    /// Whether `get all` lists it.
    pub in_all: bool,
}

const fn resource(
    plural: &'static str,
    singular: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
    kind: &'static str,
) -> Resource {
    Resource { plural, singular, short, api_version, kind, is_namespaced: true, in_all: false }
}

impl Resource {
    const fn of_cluster(self) -> Self {
        Resource { is_namespaced: false, ..self }
    }

    const fn in_all(self) -> Self {
        Resource { in_all: true, ..self }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        Kind::of(self.api_version, self.kind)
    }

    /// The group, empty for core.
    pub fn group(&self) -> &'static str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// `daemonsets.apps`.
    pub fn with_group(&self) -> String {
        joined(self.plural, self.group())
    }

    /// `daemonset.apps`, as kubectl names objects.
    pub fn singular_with_group(&self) -> String {
        joined(&self.kind.to_lowercase(), self.group())
    }
}

fn joined(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// The kinds that have names here. Those of `get all` in its order.
pub const RESOURCES: &[Resource] = &[
    resource("pods", "pod", &["po"], "v1", "Pod").in_all(),
    resource("replicationcontrollers", "replicationcontroller", &["rc"], "v1", "ReplicationController")
        .in_all(),
    resource("services", "service", &["svc"], "v1", "Service").in_all(),
    resource("daemonsets", "daemonset", &["ds"], "apps/v1", "DaemonSet").in_all(),
    resource("deployments", "deployment", &["deploy"], "apps/v1", "Deployment").in_all(),
    resource("replicasets", "replicaset", &["rs"], "apps/v1", "ReplicaSet").in_all(),
    resource("statefulsets", "statefulset", &["sts"], "apps/v1", "StatefulSet").in_all(),
    resource("jobs", "job", &[], "batch/v1", "Job").in_all(),
    resource("cronjobs", "cronjob", &["cj"], "batch/v1", "CronJob").in_all(),
    resource("configmaps", "configmap", &["cm"], "v1", "ConfigMap"),
    resource("endpoints", "endpoints", &["ep"], "v1", "Endpoints"),
    resource("events", "event", &["ev"], "v1", "Event"),
    resource("limitranges", "limitrange", &["limits"], "v1", "LimitRange"),
    resource("namespaces", "namespace", &["ns"], "v1", "Namespace").of_cluster(),
    resource("nodes", "node", &["no"], "v1", "Node").of_cluster(),
    resource("persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], "v1", "PersistentVolumeClaim"),
    resource("persistentvolumes", "persistentvolume", &["pv"], "v1", "PersistentVolume").of_cluster(),
    resource("podtemplates", "podtemplate", &[], "v1", "PodTemplate"),
    resource("resourcequotas", "resourcequota", &["quota"], "v1", "ResourceQuota"),
    resource("secrets", "secret", &[], "v1", "Secret"),
    resource("serviceaccounts", "serviceaccount", &["sa"], "v1", "ServiceAccount"),
    resource("controllerrevisions", "controllerrevision", &[], "apps/v1", "ControllerRevision"),
    resource("leases", "lease", &[], "coordination.k8s.io/v1", "Lease"),
    resource("endpointslices", "endpointslice", &[], "discovery.k8s.io/v1", "EndpointSlice"),
    resource("poddisruptionbudgets", "poddisruptionbudget", &["pdb"], "policy/v1", "PodDisruptionBudget"),
    resource("priorityclasses", "priorityclass", &["pc"], "scheduling.k8s.io/v1", "PriorityClass")
        .of_cluster(),
];

/// The kind that a word names: plural, singular, short name or kind, with or without version and group.
pub fn named(word: &str) -> Option<&'static Resource> {
    let word = word.to_lowercase();
    let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
    RESOURCES.iter().find(|resource| {
        let is_named = [resource.plural, resource.singular].contains(&name) || resource.short.contains(&name);
        let (group, version) =
            (resource.group(), resource.api_version.rsplit('/').next().unwrap_or_default());
        is_named
            && (rest.is_empty()
                || rest == group
                || rest == version
                || rest.strip_prefix(version).and_then(|rest| rest.strip_prefix('.')) == Some(group))
    })
}

/// The names of a kind of the store; none for one that is only stored and not known here.
pub fn of(kind: &Kind) -> Option<&'static Resource> {
    RESOURCES
        .iter()
        .find(|resource| resource.kind == kind.name() && resource.api_version == kind.api_version())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_all_their_names() {
        for (word, kind) in [
            ("ds", "DaemonSet"),
            ("daemonset", "DaemonSet"),
            ("DaemonSets", "DaemonSet"),
            ("daemonsets.apps", "DaemonSet"),
            ("daemonsets.v1.apps", "DaemonSet"),
            ("po", "Pod"),
            ("no", "Node"),
            ("nodes.v1", "Node"),
            ("pc", "PriorityClass"),
        ] {
            assert_eq!(named(word).map(|resource| resource.kind), Some(kind), "{word}");
        }
        assert!(named("daemonsets.batch").is_none());
        assert!(named("nosuch").is_none());
    }

    #[test]
    fn names_agree_with_those_of_the_store() {
        for resource in RESOURCES {
            let kind = resource.kind();
            assert_eq!(resource.is_namespaced, kind.is_namespaced());
            assert!(kind.is_served());
            if !matches!(kind, Kind::Stored(..)) {
                assert_eq!(resource.with_group(), kind.resource());
            }
        }
    }
}
