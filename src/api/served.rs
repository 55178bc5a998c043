//! The kinds that the API server has by itself, with the versions that are on by default in 1.36, and whether their
//! objects live in a namespace. Upstream: `pkg/controlplane/instance.go` (`DefaultAPIResourceConfigSource`) and the
//! `NamespaceScoped` of `pkg/registry/*/strategy.go`.

/// Group and version, kinds whose objects live in a namespace, kinds of the cluster.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "v1",
        "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
        "ComponentStatus Namespace Node PersistentVolume",
    ),
    (
        "admissionregistration.k8s.io/v1",
        "",
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io/v1", "", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "", "APIService"),
    ("apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", ""),
    ("authentication.k8s.io/v1", "", "SelfSubjectReview TokenReview"),
    (
        "authorization.k8s.io/v1",
        "LocalSubjectAccessReview",
        "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    ),
    ("autoscaling/v1", "HorizontalPodAutoscaler", ""),
    ("autoscaling/v2", "HorizontalPodAutoscaler", ""),
    ("batch/v1", "CronJob Job", ""),
    ("certificates.k8s.io/v1", "", "CertificateSigningRequest"),
    ("coordination.k8s.io/v1", "Lease", ""),
    ("discovery.k8s.io/v1", "EndpointSlice", ""),
    ("events.k8s.io/v1", "Event", ""),
    ("flowcontrol.apiserver.k8s.io/v1", "", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "Ingress NetworkPolicy", "IPAddress IngressClass ServiceCIDR"),
    ("node.k8s.io/v1", "", "RuntimeClass"),
    ("policy/v1", "PodDisruptionBudget", ""),
    ("rbac.authorization.k8s.io/v1", "Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    ("resource.k8s.io/v1", "ResourceClaim ResourceClaimTemplate", "DeviceClass ResourceSlice"),
    ("scheduling.k8s.io/v1", "", "PriorityClass"),
    (
        "storage.k8s.io/v1",
        "CSIStorageCapacity",
        "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    ),
];

fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn has(kinds: &str, kind: &str) -> bool {
    kinds.split(' ').any(|known| known == kind)
}

/// Whether a group is the API server's own: what it does not serve of it is not there at all.
pub(super) fn is_own_group(of: &str) -> bool {
    KINDS.iter().any(|(version, ..)| group(version) == of)
}

/// Whether the API server has a kind by itself.
pub(super) fn is_served(api_version: &str, kind: &str) -> bool {
    KINDS.iter().any(|(version, inside, outside)| {
        *version == api_version && (has(inside, kind) || has(outside, kind))
    })
}

/// Whether a kind is one of the API server's own whose objects live in no namespace.
pub(super) fn is_of_cluster(of: &str, kind: &str) -> bool {
    KINDS.iter().any(|(version, _, outside)| group(version) == of && has(outside, kind))
}
