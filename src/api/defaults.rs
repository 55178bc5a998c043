//! Defaulting: what the API server fills in before it looks at an object.
//!
//! Upstream: `pkg/apis/{core,apps,discovery,scheduling}/v1/{defaults,zz_generated.defaults,conversion}.go`. It works on
//! JSON, since most of what is defaulted is not modelled; but for nodes, of which thousands come at once, and for
//! EndpointSlices.

use super::aggregate::container_sum;
use super::discovery::{EndpointPort, EndpointSlice};
use super::{Kind, Node, NodeStatus, Object, Quantity, ResourceList, Time};
use ecow::EcoString;
use serde_json::{Map, Value, json};
use std::rc::Rc;

type Fields = Map<String, Value>;

/// Fills in the defaults of an object.
pub fn apply(object: &mut Object) {
    match object {
        Object::Node(own) => return node(Rc::make_mut(own)),
        Object::EndpointSlice(slice) => return ports(slice),
        _ => {}
    }
    let mut value = object.to_json();
    apply_to_json(&object.kind(), &mut value);
    let defaulted = Object::from_json(value);
    debug_assert!(defaulted.is_ok(), "defaults have the types of their fields: {defaulted:?}");
    if let Ok(defaulted) = defaulted {
        *object = defaulted;
    }
}

/// Those of a Node, whose taints say in whole seconds since when they are there.
fn node(node: &mut Node) {
    let told = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let rest = &mut node.spec.rest;
    let single = told(rest.get("podCIDR")).unwrap_or_default();
    let first = told(rest.get("podCIDRs").and_then(|all| all.get(0)));
    match first {
        _ if !single.is_empty() && first.as_ref() != Some(&single) => rest.set("podCIDRs", json!([single])),
        Some(first) if single.is_empty() => rest.set("podCIDR", first.into()),
        _ => {}
    }
    for taint in &mut node.spec.taints {
        taint.time_added = taint.time_added.map(Time::in_seconds);
    }
    let NodeStatus { capacity, allocatable, .. } = &mut node.status;
    if allocatable.is_empty() {
        allocatable.clone_from(capacity);
    }
    round_amounts_up(capacity);
    round_amounts_up(allocatable);
}

/// [`round_up`] of amounts that are decoded.
fn round_amounts_up(amounts: &mut ResourceList) {
    let rounded: Vec<(EcoString, Quantity)> =
        amounts.iter().filter_map(|(name, amount)| Some((name.clone(), rounded_up(amount)?))).collect();
    for (name, amount) in rounded {
        amounts.insert(name, amount);
    }
}

/// An amount in thousandths, if it is finer.
fn rounded_up(amount: &Quantity) -> Option<Quantity> {
    let is_finer = amount.nanos() % 1_000_000 != 0 && amount.value().unsigned_abs() < i64::MAX as u64 / 1000;
    is_finer.then(|| Quantity::from_milli(amount.milli_value()))
}

/// Those of an EndpointSlice, whose endpoints stay the ones of its last state.
fn ports(slice: &mut Rc<EndpointSlice>) {
    let is_whole = |port: &EndpointPort| port.name.is_some() && !port.protocol.is_empty();
    if !slice.ports.iter().all(is_whole) {
        for port in Rc::make_mut(slice).ports.make_mut() {
            port.name.get_or_insert_default();
            port.protocol = port.protocol().into();
        }
    }
}

/// Fills in the defaults of an object given as JSON.
pub(crate) fn apply_to_json(kind: &Kind, object: &mut Value) {
    let Some(object) = object.as_object_mut() else { return };
    match kind {
        Kind::DaemonSet => daemon_set(within(object, "spec")),
        Kind::ReplicaSet => {
            let spec = within(object, "spec");
            default(spec, "replicas", 1);
            template(spec);
        }
        kind if kind.name() == "Deployment" && kind.group() == "apps" => deployment(within(object, "spec")),
        Kind::Pod => pod(object),
        Kind::Service => service(within(object, "spec")),
        Kind::Namespace => namespace(object),
        Kind::PriorityClass => default(object, "preemptionPolicy", "PreemptLowerPriority"),
        Kind::Stored(..) if has_defaults(kind) => stored(kind, object),
        _ => {}
    }
}

/// A default of a kind that is only stored: the kind, the field, and what stands there if nothing does.
type StoredDefault = (&'static str, &'static str, &'static str);

/// Fields that are pointers: only what is absent is nothing.
#[rustfmt::skip]
const OF_STORED: &[StoredDefault] = &[
    ("StatefulSet", "spec.replicas", "1"),
    ("StatefulSet", "spec.revisionHistoryLimit", "10"),
    ("ReplicationController", "spec.replicas", "1"),
    ("Job", "spec.parallelism", "1"),
    ("Job", "spec.backoffLimit", "6"),
    ("Job", "spec.completionMode", r#""NonIndexed""#),
    ("Job", "spec.suspend", "false"),
    ("Job", "spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("Job", "spec.manualSelector", "false"),
    ("CronJob", "spec.suspend", "false"),
    ("CronJob", "spec.successfulJobsHistoryLimit", "3"),
    ("CronJob", "spec.failedJobsHistoryLimit", "1"),
    ("PersistentVolumeClaim", "spec.volumeMode", r#""Filesystem""#),
    ("PersistentVolume", "spec.volumeMode", r#""Filesystem""#),
    ("StorageClass", "reclaimPolicy", r#""Delete""#),
    ("StorageClass", "volumeBindingMode", r#""Immediate""#),
    ("HorizontalPodAutoscaler", "spec.minReplicas", "1"),
    ("HorizontalPodAutoscaler", "spec.metrics", r#"[{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}]"#),
];

/// Fields that are texts: an empty one is nothing, too.
#[rustfmt::skip]
const TEXTS_OF_STORED: &[StoredDefault] = &[
    ("StatefulSet", "spec.podManagementPolicy", r#""OrderedReady""#),
    ("StatefulSet", "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", r#""Retain""#),
    ("StatefulSet", "spec.persistentVolumeClaimRetentionPolicy.whenScaled", r#""Retain""#),
    ("CronJob", "spec.concurrencyPolicy", r#""Allow""#),
    ("Secret", "type", r#""Opaque""#),
    ("PersistentVolume", "spec.persistentVolumeReclaimPolicy", r#""Retain""#),
];

fn has_defaults(kind: &Kind) -> bool {
    let listed = OF_STORED.iter().chain(TEXTS_OF_STORED).map(|(name, ..)| *name);
    let mut of_stored = listed.chain(["NetworkPolicy", "LimitRange"]);
    kind.is_of_own_group() && of_stored.any(|name| name == kind.name())
}

/// On its own, so that the page may fetch it later.
#[inline(never)]
fn stored(kind: &Kind, object: &mut Fields) {
    if kind.name() == "Job" && existing(object, "spec").is_some_and(|spec| spec.get("parallelism").is_none())
    {
        default(within(object, "spec"), "completions", 1);
    }
    let mut fill = |defaults: &[StoredDefault], set: fn(&mut Fields, &str, Value)| {
        for (_, path, value) in defaults.iter().filter(|(name, ..)| *name == kind.name()) {
            let (above, field) = path.rsplit_once('.').unwrap_or(("", path));
            let names = above.split('.').filter(|name| !name.is_empty());
            let fields = names.fold(&mut *object, |fields, name| within(fields, name));
            set(fields, field, serde_json::from_str::<Value>(value).unwrap_or_default());
        }
    };
    fill(OF_STORED, default::<Value>);
    fill(TEXTS_OF_STORED, default_zero::<Value>);
    match kind.name() {
        "StatefulSet" => {
            let spec = within(object, "spec");
            let strategy = within(spec, "updateStrategy");
            if text(strategy, "type").is_empty() {
                strategy.insert("type".into(), "RollingUpdate".into());
                within(strategy, "rollingUpdate");
            }
            if let Some(rolling) = existing(strategy, "rollingUpdate") {
                default(rolling, "partition", 0);
            }
            template(spec);
        }
        "Job" => labelled_like_template(object, false),
        "ReplicationController" => labelled_like_template(object, true),
        "CronJob" => template(within(within(within(object, "spec"), "jobTemplate"), "spec")),
        "NetworkPolicy" => {
            let spec = within(object, "spec");
            let has_egress = spec.get("egress").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
            let types = if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
            default(spec, "policyTypes", types);
            for list in ["ingress", "egress"] {
                for rule in each(spec, list) {
                    each(rule, "ports").for_each(|port| default_zero(port, "protocol", "TCP"));
                }
            }
        }
        "LimitRange" => each(within(object, "spec"), "limits").for_each(limits),
        _ => {}
    }
}

/// The labels of the template, where the object has none, and for a ReplicationController its selector.
fn labelled_like_template(object: &mut Fields, is_selector: bool) {
    let spec = within(object, "spec");
    template(spec);
    let labels = within(within(spec, "template"), "metadata").get("labels").cloned();
    let Some(labels) = labels.filter(|labels| labels.as_object().is_some_and(|all| !all.is_empty())) else {
        return;
    };
    if is_selector {
        default(spec, "selector", labels.clone());
    }
    default(within(object, "metadata"), "labels", labels);
}

/// What a range gives containers: the most is the default limit, and that, or else the least, the default request.
fn limits(item: &mut Fields) {
    if text(item, "type") != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        for (name, amount) in existing(item, from).cloned().into_iter().flatten() {
            default(within(item, to), &name, amount);
        }
    }
}

/// A field that is an object, made if it is absent.
fn within<'a>(fields: &'a mut Fields, name: &str) -> &'a mut Fields {
    let value = fields.entry(name).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}

/// A field that is an object, if it is there.
fn existing<'a>(fields: &'a mut Fields, name: &str) -> Option<&'a mut Fields> {
    fields.get_mut(name)?.as_object_mut()
}

/// The items of a list field.
fn each<'a>(fields: &'a mut Fields, name: &str) -> impl Iterator<Item = &'a mut Fields> {
    fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Sets a field that is absent.
fn default<V: Into<Value>>(fields: &mut Fields, name: &str, value: V) {
    if fields.get(name).is_none_or(Value::is_null) {
        fields.insert(name.into(), value.into());
    }
}

/// Sets a field that is absent or has the zero of its type.
fn default_zero<V: Into<Value>>(fields: &mut Fields, name: &str, value: V) {
    let is_zero = fields.get(name).is_none_or(|set| set.is_null() || set == "" || set.as_i64() == Some(0));
    if is_zero {
        fields.insert(name.into(), value.into());
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn daemon_set(spec: &mut Fields) {
    let strategy = within(spec, "updateStrategy");
    default_zero(strategy, "type", "RollingUpdate");
    let is_rolling = text(strategy, "type") == "RollingUpdate";
    if is_rolling {
        within(strategy, "rollingUpdate");
    }
    if let Some(rolling) = existing(strategy, "rollingUpdate") {
        // With another strategy the internal object has zeros where nothing is written.
        default(rolling, "maxUnavailable", i32::from(is_rolling));
        default(rolling, "maxSurge", 0);
    }
    default(spec, "revisionHistoryLimit", 10);
    template(spec);
}

fn deployment(spec: &mut Fields) {
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
    let strategy = within(spec, "strategy");
    default_zero(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = within(strategy, "rollingUpdate");
        default(rolling, "maxUnavailable", "25%");
        default(rolling, "maxSurge", "25%");
    }
    template(spec);
}

fn template(spec: &mut Fields) {
    pod_spec(within(within(spec, "template"), "spec"));
}

fn pod(pod: &mut Fields) {
    let spec = within(pod, "spec");
    for list in ["containers", "initContainers"] {
        each(spec, list).for_each(limits_are_requests);
    }
    pod_level_resources(spec);
    default(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork") == Some(&true.into()) {
        for list in ["containers", "initContainers"] {
            for container in each(spec, list) {
                for port in each(container, "ports") {
                    let inside = port.get("containerPort").cloned().unwrap_or_default();
                    default_zero(port, "hostPort", inside);
                }
            }
        }
    }
    pod_spec(spec);
    if spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64).is_some_and(|seconds| seconds < 0) {
        spec.insert("terminationGracePeriodSeconds".into(), 1.into());
    }
}

/// Requests that are not given are the limits; only for pods, not for templates.
fn limits_are_requests(container: &mut Fields) {
    let Some(resources) = existing(container, "resources") else { return };
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let requests = within(resources, "requests");
    for (name, limit) in limits {
        default(requests, &name, limit);
    }
}

/// Limits and requests of the pod as a whole, where some are given: huge pages are limited to what the containers
/// may have (`defaultHugePagePodLimits`); requests are the containers' sums, else the limits (`defaultPodRequests`).
fn pod_level_resources(spec: &mut Fields) {
    let as_value = Value::Object(spec.clone());
    let Some(whole) = existing(spec, "resources") else { return };
    let count = |list: &Value| list.as_object().map_or(0, Map::len);
    let [limits, requests] = ["limits", "requests"].map(|name| whole.get(name).cloned().unwrap_or_default());
    if count(&limits) + count(&requests) == 0 {
        return;
    }
    for (name, sum) in container_sum(&as_value, "limits") {
        if name.starts_with("hugepages-") && requests.get(&name).is_none() {
            default(within(whole, "limits"), &name, sum.to_string());
        }
    }
    let Some(limits) = existing(whole, "limits").filter(|limits| !limits.is_empty()).cloned() else { return };
    let requests = within(whole, "requests");
    for (name, sum) in container_sum(&as_value, "requests") {
        if ["cpu", "memory"].contains(&name.as_str()) {
            default(requests, &name, sum.to_string());
        }
    }
    for (name, limit) in limits {
        if ["cpu", "memory"].contains(&name.as_str()) || name.starts_with("hugepages-") {
            default(requests, &name, limit);
        }
    }
    if requests.is_empty() {
        whole.remove("requests");
    }
}

fn pod_spec(spec: &mut Fields) {
    default_zero(spec, "dnsPolicy", "ClusterFirst");
    default_zero(spec, "restartPolicy", "Always");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
    default_zero(spec, "schedulerName", "default-scheduler");
    each(spec, "volumes").for_each(volume);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list).for_each(container);
    }
    round_up(spec, "overhead");
    if let Some(resources) = existing(spec, "resources") {
        round_up(resources, "limits");
        round_up(resources, "requests");
    }
    // `serviceAccount` is the old name; both are kept.
    let old = text(spec, "serviceAccount").to_owned();
    if !old.is_empty() {
        default_zero(spec, "serviceAccountName", old);
    }
    let name = text(spec, "serviceAccountName").to_owned();
    if !name.is_empty() {
        spec.insert("serviceAccount".into(), name.into());
    }
}

fn container(container: &mut Fields) {
    let policy = if pulls_latest(text(container, "image")) { "Always" } else { "IfNotPresent" };
    default_zero(container, "imagePullPolicy", policy);
    default_zero(container, "terminationMessagePath", "/dev/termination-log");
    default_zero(container, "terminationMessagePolicy", "File");
    for port in each(container, "ports") {
        default_zero(port, "protocol", "TCP");
    }
    for variable in each(container, "env") {
        let Some(source) = existing(variable, "valueFrom") else { continue };
        field_reference(source);
        if let Some(key) = existing(source, "fileKeyRef") {
            default(key, "optional", false);
        }
    }
    if let Some(resources) = existing(container, "resources") {
        round_up(resources, "limits");
        round_up(resources, "requests");
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = existing(container, name) else { continue };
        default_zero(probe, "timeoutSeconds", 1);
        default_zero(probe, "periodSeconds", 10);
        default_zero(probe, "successThreshold", 1);
        default_zero(probe, "failureThreshold", 3);
        http_get(probe);
        if let Some(grpc) = existing(probe, "grpc") {
            default(grpc, "service", "");
        }
    }
    if let Some(lifecycle) = existing(container, "lifecycle") {
        for name in ["postStart", "preStop"] {
            if let Some(handler) = existing(lifecycle, name) {
                http_get(handler);
            }
        }
    }
}

fn http_get(handler: &mut Fields) {
    if let Some(get) = existing(handler, "httpGet") {
        default_zero(get, "path", "/");
        default_zero(get, "scheme", "HTTP");
    }
}

fn field_reference(source: &mut Fields) {
    if let Some(reference) = existing(source, "fieldRef") {
        default_zero(reference, "apiVersion", "v1");
    }
    // Go writes an amount that is not there: what is printed and applied again is then the same.
    if let Some(reference) = existing(source, "resourceFieldRef") {
        default(reference, "divisor", "0");
    }
}

fn volume(volume: &mut Fields) {
    if volume.iter().all(|(name, value)| name == "name" || value.is_null()) {
        volume.insert("emptyDir".into(), json!({}));
    }
    if let Some(image) = existing(volume, "image") {
        let policy = if pulls_latest(text(image, "reference")) { "Always" } else { "IfNotPresent" };
        default_zero(image, "pullPolicy", policy);
    }
    if let Some(path) = existing(volume, "hostPath") {
        default(path, "type", "");
    }
    for name in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = existing(volume, name) {
            default(source, "defaultMode", 0o644);
            each(source, "items").for_each(field_reference);
        }
    }
    if let Some(projected) = existing(volume, "projected") {
        for source in each(projected, "sources") {
            if let Some(downward) = existing(source, "downwardAPI") {
                each(downward, "items").for_each(field_reference);
            }
            if let Some(token) = existing(source, "serviceAccountToken") {
                default(token, "expirationSeconds", 3600);
            }
        }
    }
    if let Some(iscsi) = existing(volume, "iscsi") {
        default_zero(iscsi, "iscsiInterface", "default");
    }
    let claim = existing(volume, "ephemeral").and_then(|source| existing(source, "volumeClaimTemplate"));
    if let Some(claim) = claim {
        default(within(claim, "spec"), "volumeMode", "Filesystem");
    }
}

fn service(spec: &mut Fields) {
    default_zero(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let config = within(spec, "sessionAffinityConfig");
            default(within(config, "clientIP"), "timeoutSeconds", 10_800);
        }
        _ => {}
    }
    default_zero(spec, "type", "ClusterIP");
    for port in each(spec, "ports") {
        default_zero(port, "protocol", "TCP");
        let number = port.get("port").cloned().unwrap_or(0.into());
        default_zero(port, "targetPort", number);
    }
    let type_ = text(spec, "type").to_owned();
    let has_external_ips =
        spec.get("externalIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    let is_external = type_ == "NodePort" || type_ == "LoadBalancer";
    if is_external || (type_ == "ClusterIP" && has_external_ips) {
        default_zero(spec, "externalTrafficPolicy", "Cluster");
    }
    if is_external || type_ == "ClusterIP" {
        default(spec, "internalTrafficPolicy", "Cluster");
    }
    if type_ == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", true);
    }
}

fn namespace(namespace: &mut Fields) {
    let metadata = within(namespace, "metadata");
    let name = text(metadata, "name").to_owned();
    if !name.is_empty() {
        within(metadata, "labels").insert("kubernetes.io/metadata.name".into(), name.into());
    }
    default_zero(within(namespace, "status"), "phase", "Active");
}

/// Amounts finer than a thousandth are rounded up to one.
fn round_up(fields: &mut Fields, name: &str) {
    for amount in existing(fields, name).into_iter().flat_map(Map::values_mut) {
        let quantity = amount.as_str().and_then(|text| Quantity::parse(text).ok());
        if let Some(rounded) = quantity.as_ref().and_then(rounded_up) {
            *amount = rounded.to_string().into();
        }
    }
}

/// Whether an image is `latest`: by its tag, or because it has neither tag nor digest. A name that is none is not.
fn pulls_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match name[last..].find(':') {
        Some(at) => (&name[..last + at], Some(&name[last + at + 1..])),
        None => (name, None),
    };
    is_repository(name)
        && tag.is_none_or(is_tag)
        && (tag == Some("latest") || (tag.is_none() && digest.is_none()))
}

/// The name of an image without tag and digest, with or without a registry before it.
fn is_repository(name: &str) -> bool {
    let has_registry = |first: &str| {
        first.contains(['.', ':'])
            || first == "localhost"
            || first.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if has_registry(first) => (first, path),
        _ => ("docker.io", name),
    };
    let library = if registry == "docker.io" && !path.contains('/') { "library/".len() } else { 0 };
    let length = registry.len() + 1 + library + path.len();
    is_registry(registry) && path.split('/').all(is_path_component) && length <= 255
}

fn is_registry(registry: &str) -> bool {
    let (host, port) = registry.split_once(':').map_or((registry, None), |(host, port)| (host, Some(port)));
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host.split('.').all(is_part) && port.is_none_or(is_number)
}

/// Small letters and digits, with a point, one or two underscores or any number of dashes between them.
fn is_path_component(part: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let mut separators = part.split(is_plain).filter(|between| !between.is_empty());
    part.starts_with(is_plain)
        && part.ends_with(is_plain)
        && separators
            .all(|between| [".", "_", "__"].contains(&between) || between.bytes().all(|byte| byte == b'-'))
}

fn is_tag(tag: &str) -> bool {
    tag.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && tag.len() <= 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_tag_are_latest_unless_they_have_a_digest_or_are_no_image() {
        for (image, expected) in [
            ("nginx", true),
            ("nginx:latest", true),
            ("nginx:1.27", false),
            ("localhost:5000/agent", true),
            ("localhost:5000/agent:2", false),
            ("quay.io/a/b@sha256:0123", false),
            ("quay.io/a/b:latest@sha256:0123", true),
            ("", false),
            ("My Image", false),
        ] {
            assert_eq!(pulls_latest(image), expected, "{image}");
        }
    }

    /// `pkg/apis/core/v1/defaults.go` (`SetDefaults_NodeStatus`, `SetDefaults_ResourceList`), `conversion.go`
    /// (`Convert_v1_NodeSpec_To_core_NodeSpec`), `pkg/apis/discovery/v1/defaults.go`.
    #[test]
    fn nodes_and_slices_get_theirs_as_they_are_decoded() {
        let spec = |spec: Value| ("v1", "Node", "spec", spec);
        let status = |status: Value| ("v1", "Node", "status", status);
        let ports = |ports: Value| ("discovery.k8s.io/v1", "EndpointSlice", "ports", ports);
        let amounts = |cpu: &str| json!({ "cpu": cpu });
        for ((api_version, kind, field, given), expected) in [
            (
                spec(json!({ "podCIDR": "10.0.0.0/24" })),
                json!({ "podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"] }),
            ),
            (
                spec(json!({ "podCIDRs": ["10.0.0.0/24"] })),
                json!({ "podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"] }),
            ),
            (
                spec(json!({ "podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.0.0/24", "fd00::/64"] })),
                json!({ "podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.1.0/24"] }),
            ),
            (
                spec(
                    json!({ "taints": [{ "key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:01.900Z" }] }),
                ),
                json!({ "taints": [{ "key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:01Z" }] }),
            ),
            (
                status(json!({ "capacity": amounts("4") })),
                json!({ "capacity": amounts("4"), "allocatable": amounts("4") }),
            ),
            (
                status(json!({ "capacity": amounts("1500100u"), "allocatable": amounts("100n") })),
                json!({ "capacity": amounts("1501m"), "allocatable": amounts("1m") }),
            ),
            (ports(json!([{ "port": 80 }])), json!([{ "name": "", "port": 80, "protocol": "TCP" }])),
            (
                ports(json!([{ "name": "dns", "protocol": "UDP" }])),
                json!([{ "name": "dns", "protocol": "UDP" }]),
            ),
        ] {
            let value = json!({ "apiVersion": api_version, "kind": kind, field: given });
            let mut object = Object::from_json(value).expect("an object");
            apply(&mut object);
            assert_eq!(object.to_json()[field], expected, "{given}");
            if let Object::Node(node) = &object {
                let added = node.spec.taints.iter().filter_map(|taint| taint.time_added);
                assert!(added.into_iter().all(|at| at == at.in_seconds()), "{given}");
            }
        }
    }

    #[test]
    fn a_pods_missing_requests_are_its_limits_but_a_templates_are_not() {
        let container = json!([{"name": "c", "resources": {"limits": {"memory": "1Gi"}}}]);
        let mut pod = json!({"spec": {"containers": container}});
        apply_to_json(&Kind::Pod, &mut pod);
        assert_eq!(pod["spec"]["containers"][0]["resources"]["requests"]["memory"], "1Gi");
        let mut set = json!({"spec": {"template": {"spec": {"containers": container}}}});
        apply_to_json(&Kind::DaemonSet, &mut set);
        assert!(set["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"].is_null());
    }
}
