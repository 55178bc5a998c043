//! What was probably meant.

use super::resolve::is_text_when_bare;
use super::schema::{Schema, Shape, Struct, Type};
use super::tree::{Data, Tree};
use crate::api::validation::FieldError;
use crate::api::well_known_taints as taints;
use crate::api::{Kind, NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Quantity};

/// Resources that containers ask for.
const RESOURCES: [&str; 7] =
    ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "hugepages-1Gi", "nvidia.com/gpu", "amd.com/gpu"];

/// Keys of taints and labels that Kubernetes itself gives a meaning to.
const KEYS: [&str; 17] = [
    taints::NOT_READY,
    taints::UNREACHABLE,
    taints::UNSCHEDULABLE,
    taints::MEMORY_PRESSURE,
    taints::DISK_PRESSURE,
    taints::PID_PRESSURE,
    taints::NETWORK_UNAVAILABLE,
    "node.kubernetes.io/out-of-service",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/worker",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Kinds that are simulated.
pub(super) const KINDS: [Kind; 11] = [
    Kind::DaemonSet,
    Kind::Pod,
    Kind::Node,
    Kind::PriorityClass,
    Kind::Service,
    Kind::Namespace,
    Kind::PodDisruptionBudget,
    Kind::ControllerRevision,
    Kind::ReplicaSet,
    Kind::Event,
    Kind::EndpointSlice,
];

/// The candidate closest to a word: at most a third of its letters may be wrong.
pub(super) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    let bound = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= bound && *candidate != word)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The resource that was meant.
pub(super) fn resource(word: &str) -> Option<&'static str> {
    closest(word, RESOURCES)
}

/// The well-known key of a taint or label that a key differs from by a slip or two.
pub(super) fn well_known_key(key: &str) -> Option<&'static str> {
    if KEYS.contains(&key) || !key.contains("k") {
        return None;
    }
    KEYS.into_iter()
        .map(|known| (strsim::osa_distance(key, known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The kind that was meant by an `apiVersion` and `kind` that are not simulated.
pub(super) fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    const RETIRED: [&str; 6] = [
        "extensions/v1beta1",
        "apps/v1beta1",
        "apps/v1beta2",
        "policy/v1beta1",
        "scheduling.k8s.io/v1beta1",
        "v1beta1",
    ];
    let near = |known: &Kind| {
        let (left, right) = (kind.to_ascii_lowercase(), known.name().to_ascii_lowercase());
        left == right || strsim::osa_distance(&left, &right) <= right.len() / 6
    };
    KINDS.into_iter().find(|known| {
        let is_version_odd = RETIRED.contains(&api_version)
            || ["v1", "apps/v1", "policy/v1", "scheduling.k8s.io/v1", "apps", "v1apps", ""]
                .contains(&api_version)
            || strsim::osa_distance(api_version, known.api_version()) <= 2;
        near(known) && is_version_odd
    })
}

/// What selector and labels of a workload say of one another, where they do not agree.
#[cold]
#[inline(never)]
pub(super) fn selector(workload: &Tree, error: &FieldError) -> Option<String> {
    if !error.detail.contains("`selector` does not match") && !error.detail.starts_with("empty selector is") {
        return None;
    }
    let labels = |path: &[&str]| -> String {
        let Some(tree) = path.iter().try_fold(workload, |tree, key| Some(&*tree.get(key)?.value)) else {
            return String::new();
        };
        let Data::Map(entries) = &tree.data else { return String::new() };
        let labels = entries.iter().filter_map(|entry| match &entry.value.data {
            Data::Scalar { text, .. } if is_text_when_bare(text) => Some(format!("{}: {text}", entry.key)),
            Data::Scalar { text, .. } => Some(format!("{}: {text:?}", entry.key)),
            _ => None,
        });
        labels.collect::<Vec<_>>().join(", ")
    };
    // Of what else a selector may ask for upstream's words are all that is said.
    let selector = workload.get("spec").and_then(|spec| spec.value.get("selector"));
    if selector.is_some_and(|selector| selector.value.get("matchExpressions").is_some()) {
        return None;
    }
    let asked = labels(&["spec", "selector", "matchLabels"]);
    let carried = labels(&["spec", "template", "metadata", "labels"]);
    Some(match (asked.as_str(), carried.as_str()) {
        ("", "") => "the selector finds its pods by their labels: write the same labels under \
             spec.selector.matchLabels and under spec.template.metadata.labels"
            .into(),
        ("", carried) => format!(
            "the selector finds its pods by their labels: write selector: {{matchLabels: {{{carried}}}}} under spec"
        ),
        (asked, "") => format!(
            "the selector asks for {asked}, and the pods carry no labels: write labels: {{{asked}}} under \
             spec.template.metadata"
        ),
        (asked, carried) => format!("the selector asks for {asked}, the pods carry {carried}"),
    })
}

/// The fields of a taint or toleration that is written as kubectl takes a taint: `gpu=true:NoSchedule`.
pub(super) fn taint(text: &str, type_: &str) -> Option<String> {
    let (name, effect) = text.trim().rsplit_once(':')?;
    let (key, value) = name.split_once('=').unwrap_or((name, ""));
    let is_word = |word: &str| {
        !word.contains(|letter: char| letter.is_whitespace() || "\"'{}[],:*&!#%@`|>?".contains(letter))
    };
    let is_effect = [NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE].contains(&effect);
    if key.is_empty() || !is_word(key) || !is_word(value) || !is_effect {
        return None;
    }
    let value = match (value, type_) {
        ("", "Toleration") => ", operator: Exists".to_owned(),
        ("", "Taint") => String::new(),
        (value, "Taint" | "Toleration") => format!(", value: {value:?}"),
        _ => return None,
    };
    let key = if is_text_when_bare(key) { key.to_owned() } else { format!("{key:?}") };
    Some(format!("{{key: {key}{value}, effect: {effect}}}"))
}

/// The quantity that was meant by a text that is none.
pub(super) fn quantity(text: &str) -> Option<String> {
    let joined: String = text.split_whitespace().collect();
    let cut = joined.trim_end_matches(['b', 'B']);
    let (number, suffix) =
        cut.split_at(cut.len() - cut.chars().rev().take_while(char::is_ascii_alphabetic).count());
    let suffix = match suffix.to_ascii_lowercase().as_str() {
        "k" => "k".to_owned(),
        "ki" | "mi" | "gi" | "ti" | "pi" | "ei" => format!("{}i", suffix[..1].to_ascii_uppercase()),
        "m" | "g" | "t" | "p" | "e" if cut.len() < joined.len() => suffix[..1].to_ascii_uppercase(),
        "g" | "t" | "p" => suffix[..1].to_ascii_uppercase(),
        _ => suffix.to_owned(),
    };
    let candidate = format!("{number}{suffix}");
    (candidate != text && Quantity::parse(&candidate).is_ok()).then_some(candidate)
}

/// The field that was meant.
pub(super) fn field<'a>(definition: &'a Struct, word: &str) -> Option<&'a str> {
    let names = || definition.fields.iter().map(|field| field.name);
    let lower = word.to_ascii_lowercase();
    closest(word, names()).or_else(|| {
        let contains = |name: &&str| lower.len() >= 4 && name.to_ascii_lowercase().contains(&lower);
        names().find(contains)
    })
}

/// What to know of a field that others have, and this type has not.
pub(super) fn foreign(definition: &Struct, word: &str) -> Option<&'static str> {
    match (definition.name, word) {
        ("DaemonSetSpec", "replicas") => {
            Some("a DaemonSet has no number of pods: it runs one on each node that may run it")
        }
        ("DaemonSetSpec", "paused" | "progressDeadlineSeconds") => Some("that is a Deployment's"),
        ("DaemonSetSpec", "serviceName" | "volumeClaimTemplates") => Some("that is a StatefulSet's"),
        ("Taint", "operator" | "tolerationSeconds") => Some("a taint has none: that is a toleration's"),
        _ => None,
    }
}

/// Where below a type a field of this name stands, for one that was written too far out.
pub(super) fn deeper(schema: &Schema, definition: &Struct, word: &str) -> Option<String> {
    let mut level = vec![(definition, String::new())];
    for _ in 0..4 {
        let mut next = Vec::new();
        for (definition, path) in level {
            for field in
                definition.fields.iter().filter(|field| !["status", "metadata"].contains(&field.name))
            {
                let mut type_ = &field.type_;
                let mut step = format!("{path}.{}", field.name);
                if let Type::List(item) = type_ {
                    type_ = item;
                    step += "[]";
                }
                if let Shape::Struct(inner) = schema.shape(type_) {
                    if inner.field(word).is_some() {
                        return Some(format!("{step}.{word}").trim_start_matches('.').to_owned());
                    }
                    next.push((inner, step));
                }
            }
        }
        level = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema;
    use super::*;

    #[test]
    fn a_taint_in_kubectls_form_becomes_fields() {
        for (text, type_, fields) in [
            ("gpu=true:NoSchedule", "Toleration", Some("{key: gpu, value: \"true\", effect: NoSchedule}")),
            ("gpu:NoExecute", "Toleration", Some("{key: gpu, operator: Exists, effect: NoExecute}")),
            ("gpu:NoExecute", "Taint", Some("{key: gpu, effect: NoExecute}")),
            ("yes=1:NoSchedule", "Taint", Some("{key: \"yes\", value: \"1\", effect: NoSchedule}")),
            ("*:NoExecute", "Toleration", None),
            ("gpu=true:NoSchedul", "Toleration", None),
            ("gpu:NoSchedule", "Container", None),
        ] {
            assert_eq!(taint(text, type_).as_deref(), fields, "{text}");
        }
    }

    #[test]
    fn slips_find_what_was_meant() {
        for (word, expected) in
            [("memrory", Some("memory")), ("Memory", Some("memory")), ("CPU", Some("cpu")), ("disk", None)]
        {
            assert_eq!(resource(word), expected, "{word}");
        }
        for (key, expected) in [
            ("node.kubernestes.io/not-ready", Some(taints::NOT_READY)),
            ("node-role.kubernetes.io/controlplane", Some("node-role.kubernetes.io/control-plane")),
            ("node.kubernetes.io/not-ready", None),
            ("gpu", None),
        ] {
            assert_eq!(well_known_key(key), expected, "{key}");
        }
    }

    #[test]
    fn kinds_are_found_by_a_wrong_version_or_letter_but_other_kinds_are_left_alone() {
        for (api_version, word, expected) in [
            ("apps/v1", "Daemonset", Some(Kind::DaemonSet)),
            ("extensions/v1beta1", "DaemonSet", Some(Kind::DaemonSet)),
            ("v1", "DaemonSet", Some(Kind::DaemonSet)),
            ("batch/v1", "Job", None),
            ("rbac.authorization.k8s.io/v1", "Role", None),
            ("apps/v1", "StatefulSet", None),
            ("metrics.k8s.io/v1", "Node", None),
            ("v1", "Pods", None),
        ] {
            assert_eq!(kind(api_version, word), expected, "{api_version} {word}");
        }
    }

    #[test]
    fn quantities_lose_what_kubernetes_does_not_know() {
        for (text, expected) in [
            ("64MB", Some("64M")),
            ("1gb", Some("1G")),
            ("200mib", Some("200Mi")),
            ("100 m", Some("100m")),
            ("64K", Some("64k")),
            ("four", None),
        ] {
            assert_eq!(quantity(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn fields_are_found_beside_and_below() {
        let schema = schema();
        let spec = schema.get("DaemonSetSpec").expect("DaemonSetSpec");
        assert_eq!(field(spec, "strategy"), Some("updateStrategy"));
        assert_eq!(field(spec, "Selector"), Some("selector"));
        assert_eq!(deeper(schema, spec, "tolerations").as_deref(), Some("template.spec.tolerations"));
        assert_eq!(deeper(schema, spec, "foo"), None);
    }
}
