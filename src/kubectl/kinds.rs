//! Kinds by the names that people type. Upstream: what the API server tells in its discovery
//! (`pkg/registry/*/storage`, `ShortNames`, `Categories`), and `apimachinery/pkg/api/meta/restmapper.go`.

use crate::api::Kind;

/// A kind with its names.
#[derive(Debug)]
pub struct ApiResource {
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
    /// Whether it is one of those by which the API is extended.
    extends_api: bool,
    /// What can be done with its objects.
    can: Can,
}

/// What can be done with the objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Can {
    /// All there is.
    All,
    /// All but to delete a collection of them.
    NoCollection,
    /// They can only be read.
    Read,
    /// They are only sent, and stored nowhere.
    Create,
}

const fn resource(
    plural: &'static str,
    singular: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
    kind: &'static str,
) -> ApiResource {
    ApiResource {
        plural,
        singular,
        short,
        api_version,
        kind,
        is_namespaced: true,
        in_all: false,
        extends_api: false,
        can: Can::All,
    }
}

impl ApiResource {
    const fn of_cluster(self) -> Self {
        ApiResource { is_namespaced: false, ..self }
    }

    const fn in_all(self) -> Self {
        ApiResource { in_all: true, ..self }
    }

    const fn extends_api(self) -> Self {
        ApiResource { extends_api: true, ..self }
    }

    const fn with(self, can: Can) -> Self {
        ApiResource { can, ..self }
    }

    /// The verbs of the API that it knows.
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.can {
            Can::All => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            Can::NoCollection => &["create", "delete", "get", "list", "patch", "update", "watch"],
            Can::Read => &["get", "list"],
            Can::Create => &["create"],
        }
    }

    /// The group of kinds that it belongs to, such as `all`.
    pub fn categories(&self) -> Option<&'static str> {
        match (self.in_all, self.extends_api) {
            (true, _) => Some("all"),
            (_, true) => Some("api-extensions"),
            _ => None,
        }
    }

    /// `apps/v1, Resource=daemonsets`, as errors of the API server's client name it.
    pub fn mapping(&self) -> String {
        let (group, version) = self.api_version.rsplit_once('/').unwrap_or(("", self.api_version));
        format!("{group}/{version}, Resource={}", self.plural)
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
        joined(&self.kind.to_ascii_lowercase(), self.group())
    }
}

fn joined(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// All kinds of the API server, in the order of its discovery: those of `get all` first. Objects of kinds that nothing here
/// knows are only stored.
#[rustfmt::skip]
pub const RESOURCES: &[ApiResource] = &[
    resource("pods", "pod", &["po"], "v1", "Pod").in_all(),
    resource("replicationcontrollers", "replicationcontroller", &["rc"], "v1", "ReplicationController").in_all(),
    resource("services", "service", &["svc"], "v1", "Service").in_all(),
    resource("daemonsets", "daemonset", &["ds"], "apps/v1", "DaemonSet").in_all(),
    resource("deployments", "deployment", &["deploy"], "apps/v1", "Deployment").in_all(),
    resource("replicasets", "replicaset", &["rs"], "apps/v1", "ReplicaSet").in_all(),
    resource("statefulsets", "statefulset", &["sts"], "apps/v1", "StatefulSet").in_all(),
    resource("horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], "autoscaling/v2", "HorizontalPodAutoscaler").in_all(),
    resource("cronjobs", "cronjob", &["cj"], "batch/v1", "CronJob").in_all(),
    resource("jobs", "job", &[], "batch/v1", "Job").in_all(),
    resource("bindings", "binding", &[], "v1", "Binding").with(Can::Create),
    resource("componentstatuses", "componentstatus", &["cs"], "v1", "ComponentStatus").of_cluster().with(Can::Read),
    resource("configmaps", "configmap", &["cm"], "v1", "ConfigMap"),
    resource("endpoints", "endpoints", &["ep"], "v1", "Endpoints"),
    resource("events", "event", &["ev"], "v1", "Event"),
    resource("limitranges", "limitrange", &["limits"], "v1", "LimitRange"),
    resource("namespaces", "namespace", &["ns"], "v1", "Namespace").of_cluster().with(Can::NoCollection),
    resource("nodes", "node", &["no"], "v1", "Node").of_cluster(),
    resource("persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], "v1", "PersistentVolumeClaim"),
    resource("persistentvolumes", "persistentvolume", &["pv"], "v1", "PersistentVolume").of_cluster(),
    resource("podtemplates", "podtemplate", &[], "v1", "PodTemplate"),
    resource("resourcequotas", "resourcequota", &["quota"], "v1", "ResourceQuota"),
    resource("secrets", "secret", &[], "v1", "Secret"),
    resource("serviceaccounts", "serviceaccount", &["sa"], "v1", "ServiceAccount"),
    resource("mutatingadmissionpolicies", "mutatingadmissionpolicy", &[], "admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy").of_cluster().extends_api(),
    resource("mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", &[], "admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding").of_cluster().extends_api(),
    resource("mutatingwebhookconfigurations", "mutatingwebhookconfiguration", &[], "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration").of_cluster().extends_api(),
    resource("validatingadmissionpolicies", "validatingadmissionpolicy", &[], "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy").of_cluster().extends_api(),
    resource("validatingadmissionpolicybindings", "validatingadmissionpolicybinding", &[], "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding").of_cluster().extends_api(),
    resource("validatingwebhookconfigurations", "validatingwebhookconfiguration", &[], "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration").of_cluster().extends_api(),
    resource("customresourcedefinitions", "customresourcedefinition", &["crd", "crds"], "apiextensions.k8s.io/v1", "CustomResourceDefinition").of_cluster().extends_api(),
    resource("apiservices", "apiservice", &[], "apiregistration.k8s.io/v1", "APIService").of_cluster().extends_api(),
    resource("controllerrevisions", "controllerrevision", &[], "apps/v1", "ControllerRevision"),
    resource("selfsubjectreviews", "selfsubjectreview", &[], "authentication.k8s.io/v1", "SelfSubjectReview").of_cluster().with(Can::Create),
    resource("tokenreviews", "tokenreview", &[], "authentication.k8s.io/v1", "TokenReview").of_cluster().with(Can::Create),
    resource("localsubjectaccessreviews", "localsubjectaccessreview", &[], "authorization.k8s.io/v1", "LocalSubjectAccessReview").with(Can::Create),
    resource("selfsubjectaccessreviews", "selfsubjectaccessreview", &[], "authorization.k8s.io/v1", "SelfSubjectAccessReview").of_cluster().with(Can::Create),
    resource("selfsubjectrulesreviews", "selfsubjectrulesreview", &[], "authorization.k8s.io/v1", "SelfSubjectRulesReview").of_cluster().with(Can::Create),
    resource("subjectaccessreviews", "subjectaccessreview", &[], "authorization.k8s.io/v1", "SubjectAccessReview").of_cluster().with(Can::Create),
    resource("certificatesigningrequests", "certificatesigningrequest", &["csr"], "certificates.k8s.io/v1", "CertificateSigningRequest").of_cluster(),
    resource("leases", "lease", &[], "coordination.k8s.io/v1", "Lease"),
    resource("endpointslices", "endpointslice", &[], "discovery.k8s.io/v1", "EndpointSlice"),
    resource("events", "event", &["ev"], "events.k8s.io/v1", "Event"),
    resource("flowschemas", "flowschema", &[], "flowcontrol.apiserver.k8s.io/v1", "FlowSchema").of_cluster(),
    resource("prioritylevelconfigurations", "prioritylevelconfiguration", &[], "flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration").of_cluster(),
    resource("ingressclasses", "ingressclass", &[], "networking.k8s.io/v1", "IngressClass").of_cluster(),
    resource("ingresses", "ingress", &["ing"], "networking.k8s.io/v1", "Ingress"),
    resource("ipaddresses", "ipaddress", &["ip"], "networking.k8s.io/v1", "IPAddress").of_cluster(),
    resource("networkpolicies", "networkpolicy", &["netpol"], "networking.k8s.io/v1", "NetworkPolicy"),
    resource("servicecidrs", "servicecidr", &[], "networking.k8s.io/v1", "ServiceCIDR").of_cluster(),
    resource("runtimeclasses", "runtimeclass", &[], "node.k8s.io/v1", "RuntimeClass").of_cluster(),
    resource("poddisruptionbudgets", "poddisruptionbudget", &["pdb"], "policy/v1", "PodDisruptionBudget"),
    resource("clusterrolebindings", "clusterrolebinding", &[], "rbac.authorization.k8s.io/v1", "ClusterRoleBinding").of_cluster(),
    resource("clusterroles", "clusterrole", &[], "rbac.authorization.k8s.io/v1", "ClusterRole").of_cluster(),
    resource("rolebindings", "rolebinding", &[], "rbac.authorization.k8s.io/v1", "RoleBinding"),
    resource("roles", "role", &[], "rbac.authorization.k8s.io/v1", "Role"),
    resource("deviceclasses", "deviceclass", &[], "resource.k8s.io/v1", "DeviceClass").of_cluster(),
    resource("resourceclaims", "resourceclaim", &[], "resource.k8s.io/v1", "ResourceClaim"),
    resource("resourceclaimtemplates", "resourceclaimtemplate", &[], "resource.k8s.io/v1", "ResourceClaimTemplate"),
    resource("resourceslices", "resourceslice", &[], "resource.k8s.io/v1", "ResourceSlice").of_cluster(),
    resource("priorityclasses", "priorityclass", &["pc"], "scheduling.k8s.io/v1", "PriorityClass").of_cluster(),
    resource("csidrivers", "csidriver", &[], "storage.k8s.io/v1", "CSIDriver").of_cluster(),
    resource("csinodes", "csinode", &[], "storage.k8s.io/v1", "CSINode").of_cluster(),
    resource("csistoragecapacities", "csistoragecapacity", &[], "storage.k8s.io/v1", "CSIStorageCapacity"),
    resource("storageclasses", "storageclass", &["sc"], "storage.k8s.io/v1", "StorageClass").of_cluster(),
    resource("volumeattachments", "volumeattachment", &[], "storage.k8s.io/v1", "VolumeAttachment").of_cluster(),
    resource("volumeattributesclasses", "volumeattributesclass", &["vac"], "storage.k8s.io/v1", "VolumeAttributesClass").of_cluster(),
];

/// The kind that a word names: plural, singular, short name or kind, with or without version and group.
pub fn named(word: &str) -> Option<&'static ApiResource> {
    // Short names are known in small letters alone (`shortcutExpander`).
    let given = word.split('.').next().unwrap_or(word);
    let word = word.to_ascii_lowercase();
    let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
    RESOURCES.iter().find(|resource| {
        let is_named =
            [resource.plural, resource.singular].contains(&name) || resource.short.contains(&given);
        let (group, version) =
            (resource.group(), resource.api_version.rsplit('/').next().unwrap_or_default());
        is_named
            && (rest.is_empty()
                || rest == group
                || rest.strip_prefix(version).and_then(|rest| rest.strip_prefix('.')) == Some(group))
    })
}

/// The names of a kind of the store; none for one that is only stored and not known here.
pub fn of(kind: &Kind) -> Option<&'static ApiResource> {
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
            ("nodes.v1.", "Node"),
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
            assert_eq!(resource.with_group(), kind.resource());
        }
    }
}
