//! What the API server itself writes into an object that is created or replaced: generations, and the fields
//! that clients may not set. Defaults come before ([`super::defaults`]), validation after.
//!
//! Upstream: `pkg/registry/*/strategy.go`, `apiserver/pkg/registry/rest/{create,update}.go`. Controllers that write
//! a status do not pass here, as upstream's status strategies leave metadata and spec alone.

use super::*;
use serde_json::json;
use std::rc::Rc;

/// The namespace of objects that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Puts an object in the namespace it belongs to: none for objects of the cluster, `default` where none is named.
pub fn set_namespace(object: &mut Object) {
    let is_namespaced = object.kind().is_namespaced();
    if !is_namespaced && !object.metadata().namespace.is_empty() {
        object.metadata_mut().namespace.clear();
    } else if is_namespaced && object.metadata().namespace.is_empty() {
        object.metadata_mut().namespace = DEFAULT_NAMESPACE.into();
    }
}

/// The same where the API server does it: a custom resource comes with the namespace that its definition asks for, and
/// if it has none it is one of the cluster.
pub fn settle_namespace(object: &mut Object) {
    if !object.metadata().namespace.is_empty() || !object.kind().is_custom() {
        set_namespace(object);
    }
}

/// Prepares a defaulted object for its creation.
pub fn prepare_for_create(object: &mut Object) {
    settle_namespace(object);
    wipe_system_fields(object.metadata_mut());
    match object {
        Object::DaemonSet(set) => {
            let set = Rc::make_mut(set);
            if has_disabled(&set.spec.template.spec) {
                drop_disabled(&mut Rc::make_mut(&mut set.spec.template).spec);
            }
            set.status = DaemonSetStatus::default();
            set.metadata.generation = 1;
            let generation = set.template_generation().unwrap_or(1).max(1);
            set.set_template_generation(generation);
        }
        Object::Pod(pod) => {
            let pod = Rc::make_mut(pod);
            drop_disabled(&mut pod.spec);
            pod.metadata.generation = 1;
            pod.status = PodStatus { phase: PENDING.into(), ..Default::default() };
            pod.status.rest.set("qosClass", json!(qos_class(&pod.spec)));
            if !pod.spec.scheduling_gates.is_empty() {
                let message = "Scheduling is blocked due to non-empty scheduling gates";
                pod.status.conditions.push(Condition::new(
                    "PodScheduled",
                    "False",
                    "SchedulingGated",
                    message,
                ));
            }
            merge_label_keys(pod);
        }
        Object::PodDisruptionBudget(budget) => {
            let budget = Rc::make_mut(budget);
            budget.status = PodDisruptionBudgetStatus::default();
            budget.metadata.generation = 1;
        }
        Object::ReplicaSet(set) => {
            let set = Rc::make_mut(set);
            set.status = ReplicaSetStatus::default();
            set.metadata.generation = 1;
        }
        Object::Stored(stored) if is_own(stored) => {
            let stored = Rc::make_mut(stored);
            if has_generation(stored) {
                stored.metadata.generation = 1;
            }
            if let Some((_, status)) = NEW_STATUS.iter().find(|(kind, _)| *kind == stored.kind) {
                stored.rest.set("status", serde_json::from_str(status).unwrap_or_default());
            }
        }
        Object::PriorityClass(class) => Rc::make_mut(class).metadata.generation = 1,
        Object::EndpointSlice(slice) => {
            let slice = Rc::make_mut(slice);
            slice.metadata.generation = 1;
            drop_topology(slice);
        }
        Object::Node(node) => Rc::make_mut(node).spec.rest.set("configSource", serde_json::Value::Null),
        Object::Service(service) => {
            let service = Rc::make_mut(service);
            service.rest.set("status", serde_json::Value::Null);
            list_cluster_ip(service);
        }
        Object::Namespace(namespace) => {
            let namespace = Rc::make_mut(namespace);
            namespace.rest.set("status", json!({"phase": "Active"}));
            let mut spec = namespace.rest.get("spec").cloned().unwrap_or_else(|| json!({}));
            let mut finalizers = spec["finalizers"].as_array().cloned().unwrap_or_default();
            if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
                finalizers.push("kubernetes".into());
            }
            spec["finalizers"] = finalizers.into();
            namespace.rest.set("spec", spec);
        }
        _ => {}
    }
}

/// `v1` has no topology any more (`dropTopologyOnV1` in `pkg/registry/discovery/endpointslice/strategy.go`).
fn drop_topology(slice: &mut EndpointSlice) {
    const FIELD: &str = "deprecatedTopology";
    if slice.endpoints.iter().any(|endpoint| endpoint.rest.get(FIELD).is_some()) {
        for endpoint in slice.endpoints.make_mut() {
            Rc::make_mut(endpoint).rest.set(FIELD, serde_json::Value::Null);
        }
    }
}

/// Annotation of a Deployment and its ReplicaSets: the number of the template.
pub const REVISION: &str = "deployment.kubernetes.io/revision";

/// Condition of a ReplicaSet, and so of its Deployment, whose pods cannot be created or deleted.
pub const REPLICA_FAILURE: &str = "ReplicaFailure";

/// The status of what is new, of kinds that are only stored.
const NEW_STATUS: &[(&str, &str)] = &[
    ("Deployment", "{}"),
    ("StatefulSet", r#"{"availableReplicas":0,"replicas":0}"#),
    ("ReplicationController", r#"{"replicas":0}"#),
    ("Job", "{}"),
    ("CronJob", "{}"),
    ("Ingress", r#"{"loadBalancer":{}}"#),
    ("HorizontalPodAutoscaler", r#"{"currentMetrics":null,"desiredReplicas":0}"#),
    ("ResourceQuota", "{}"),
    ("PersistentVolumeClaim", r#"{"phase":"Pending"}"#),
    ("PersistentVolume", r#"{"phase":"Pending"}"#),
];

/// Whether it is of the API server's own kinds.
fn is_own(stored: &Stored) -> bool {
    Kind::of(&stored.api_version, &stored.kind).is_of_own_group()
}

/// Whether the API server counts the changes of an object of a kind that is only stored.
fn has_generation(stored: &Stored) -> bool {
    matches!(
        (stored.api_version.as_str(), stored.kind.as_str()),
        ("apps/v1", "Deployment" | "StatefulSet")
            | ("batch/v1", "Job" | "CronJob")
            | ("networking.k8s.io/v1", "Ingress" | "IngressClass" | "NetworkPolicy")
            | ("v1", "ReplicationController")
    )
}

/// Gives a new Job the labels and the selector by which it finds its pods (`generateSelector` in
/// `pkg/registry/batch/job/strategy.go`).
pub fn select_own_pods(object: &mut Object, uid: &str) {
    const OWN: &str = "batch.kubernetes.io/";
    let Object::Stored(job) = object else { return };
    if job.kind != "Job" || job.api_version != "batch/v1" {
        return;
    }
    let mut spec = job.rest.get("spec").cloned().unwrap_or_default();
    if spec["manualSelector"] == true {
        return;
    }
    for (label, value) in [("controller-uid", uid), ("job-name", job.metadata.name.as_str())] {
        spec["template"]["metadata"]["labels"][label] = value.into();
        spec["template"]["metadata"]["labels"][OWN.to_owned() + label] = value.into();
    }
    spec["selector"]["matchLabels"][OWN.to_owned() + "controller-uid"] = uid.into();
    let labels = serde_json::from_value(spec["template"]["metadata"]["labels"].clone());
    // Each time it is read from the store it gets the labels of its template, if it has none.
    if let (true, Ok(labels)) = (job.metadata.labels.is_empty(), labels) {
        Rc::make_mut(job).metadata.labels = labels;
    }
    Rc::make_mut(job).rest.set("spec", spec);
}

/// What the system alone writes into metadata (`WipeObjectMetaSystemFields`).
fn wipe_system_fields(metadata: &mut ObjectMeta) {
    metadata.uid = Default::default();
    metadata.creation_timestamp = None;
    metadata.set_deletion(None, None);
    metadata.rest.set("selfLink", serde_json::Value::Null);
}

/// Prepares a defaulted object for replacing the one that there is: what users may not change is taken from the
/// old one, and a changed spec counts the generation up.
pub fn prepare_for_update(object: &mut Object, old: &Object) {
    settle_namespace(object);
    let metadata = object.metadata_mut();
    let was = old.metadata();
    metadata.uid.clone_from(&was.uid);
    metadata.generation = was.generation;
    metadata.creation_timestamp = was.creation_timestamp;
    metadata.set_deletion(was.deletion_timestamp, was.deletion_grace_period_seconds);
    if metadata.shared == was.shared {
        metadata.shared.clone_from(&was.shared);
    }
    match (object, old) {
        (Object::DaemonSet(set), Object::DaemonSet(old)) => {
            let set = Rc::make_mut(set);
            if has_disabled(&set.spec.template.spec) {
                drop_disabled(&mut Rc::make_mut(&mut set.spec.template).spec);
            }
            set.status = old.status.clone();
            let template_changed = set.spec.template != old.spec.template;
            let generation = old.template_generation().unwrap_or(0) + i64::from(template_changed);
            set.set_template_generation(generation);
            if set.spec != old.spec {
                set.metadata.generation = old.metadata.generation + 1;
            }
        }
        (Object::Pod(pod), Object::Pod(old)) => {
            let pod = Rc::make_mut(pod);
            drop_disabled(&mut pod.spec);
            pod.status = old.status.clone();
            if pod.spec != old.spec {
                pod.metadata.generation = old.metadata.generation + 1;
            }
        }
        (Object::PodDisruptionBudget(budget), Object::PodDisruptionBudget(old)) => {
            let budget = Rc::make_mut(budget);
            budget.status = old.status.clone();
            if budget.spec != old.spec {
                budget.metadata.generation = old.metadata.generation + 1;
            }
        }
        (Object::ReplicaSet(set), Object::ReplicaSet(old)) => {
            let set = Rc::make_mut(set);
            set.status = old.status.clone();
            if set.spec != old.spec {
                set.metadata.generation = old.metadata.generation + 1;
            }
        }
        (Object::EndpointSlice(slice), Object::EndpointSlice(old)) => {
            let slice = Rc::make_mut(slice);
            let is_other = (&slice.address_type, &slice.ports, &slice.rest)
                != (&old.address_type, &old.ports, &old.rest)
                || slice.endpoints != old.endpoints
                || slice.metadata.labels != old.metadata.labels;
            slice.metadata.generation = old.metadata.generation + i64::from(is_other);
            if slice.endpoints != old.endpoints {
                drop_topology(slice);
            }
        }
        (Object::Stored(new), Object::Stored(old)) if is_own(old) => {
            let new = Rc::make_mut(new);
            if NEW_STATUS.iter().any(|(kind, _)| *kind == old.kind) || has_generation(old) {
                new.rest.set("status", old.rest.get("status").cloned().unwrap_or_default());
            }
            let counts = |stored: &Stored| {
                let mut rest = stored.rest.clone();
                rest.set("status", serde_json::Value::Null);
                rest
            };
            // Of a Deployment annotations count, too, but for its controller's: upstream writes that with the status.
            let annotations = |stored: &Stored| {
                let mut annotations = stored.metadata.annotations.clone();
                annotations.remove(REVISION);
                annotations
            };
            let is_other = counts(new) != counts(old)
                || old.kind == "Deployment" && annotations(new) != annotations(old);
            if has_generation(old) && is_other {
                new.metadata.generation = old.metadata.generation + 1;
            }
        }
        (Object::Node(node), Object::Node(old)) => {
            let node = Rc::make_mut(node);
            node.spec.rest.set("configSource", serde_json::Value::Null);
            node.status = old.status.clone();
        }
        (Object::Service(service), Object::Service(old)) => {
            let service = Rc::make_mut(service);
            service.rest.set("status", old.rest.get("status").cloned().unwrap_or_default());
            list_cluster_ip(service);
            // Who changes the single one means the first of the list, too.
            let [ip, ips] = ["clusterIP", "clusterIPs"].map(|field| service.spec.rest.get(field).cloned());
            if ip.as_ref() != old.spec.rest.get("clusterIP")
                && ips.as_ref() == old.spec.rest.get("clusterIPs")
                && let (Some(ip), Some(mut ips)) = (ip.filter(|ip| ip != ""), ips)
                && let Some(first) = ips.get_mut(0)
            {
                *first = ip;
                service.spec.rest.set("clusterIPs", ips);
            }
        }
        (Object::Namespace(namespace), Object::Namespace(old)) => {
            let namespace = Rc::make_mut(namespace);
            for field in ["spec", "status"] {
                namespace.rest.set(field, old.rest.get(field).cloned().unwrap_or_default());
            }
        }
        _ => {}
    }
}

/// Whether a pod's spec has fields of features that are off in 1.36 (`podutil.DropDisabledTemplateFields`).
fn has_disabled(spec: &PodSpec) -> bool {
    let signals = |container: &Container| stop_signal(container).is_some();
    let mut containers = spec.all_containers();
    spec.rest.get("schedulingGroup").is_some() || containers.any(signals)
}

fn stop_signal(container: &Container) -> Option<&serde_json::Value> {
    container.rest.get("lifecycle")?.get("stopSignal")
}

/// Takes away the fields of features that are off.
fn drop_disabled(spec: &mut Rc<PodSpec>) {
    if !has_disabled(spec) {
        return;
    }
    let spec = Rc::make_mut(spec);
    spec.rest.set("schedulingGroup", serde_json::Value::Null);
    for list in [&mut spec.containers, &mut spec.init_containers] {
        if list.iter().all(|container| stop_signal(container).is_none()) {
            continue;
        }
        for container in Rc::make_mut(list).iter_mut() {
            let mut lifecycle = container.rest.get("lifecycle").cloned().unwrap_or_default();
            if let Some(fields) = lifecycle.as_object_mut() {
                fields.remove("stopSignal");
                let is_left = !fields.is_empty();
                container.rest.set("lifecycle", if is_left { lifecycle } else { serde_json::Value::Null });
            }
        }
    }
}

/// The single address is also the first of the list (`normalizeClusterIPs`).
fn list_cluster_ip(service: &mut Service) {
    let rest = &mut service.spec.rest;
    let single = rest.get("clusterIP").filter(|ip| ip.as_str().is_some_and(|ip| !ip.is_empty())).cloned();
    if let Some(single) = single.filter(|_| rest.get("clusterIPs").is_none()) {
        rest.set("clusterIPs", json!([single]));
    }
}

/// A pod's class of service: `Guaranteed`, `Burstable` or `BestEffort` (`qos.ComputePodQOS`). Only cpu and memory
/// count.
pub fn qos_class(spec: &PodSpec) -> &'static str {
    const COUNTED: [&str; 2] = ["cpu", "memory"];
    let pod_level = spec.resources.iter().filter(|all| !all.limits.is_empty() || !all.requests.is_empty());
    let mut all: Vec<&ResourceRequirements> = pod_level.collect();
    if all.is_empty() {
        all = spec.all_containers().map(|container| &container.resources).collect();
    }
    let amounts = |list: &ResourceList| {
        let counted = COUNTED.iter().filter_map(|name| list.get(name).filter(|amount| amount.sign() > 0));
        counted.cloned().collect::<Vec<_>>()
    };
    if all.iter().all(|one| amounts(&one.requests).is_empty() && amounts(&one.limits).is_empty()) {
        return "BestEffort";
    }
    let guaranteed = all.iter().all(|one| {
        let limits = amounts(&one.limits);
        limits.len() == COUNTED.len() && limits == amounts(&one.requests)
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

/// Merges the values of the pod's own labels into selectors that ask for them by key (`matchLabelKeys`,
/// `mismatchLabelKeys`).
fn merge_label_keys(pod: &mut Pod) {
    let keyed =
        |term: &PodAffinityTerm| !term.match_label_keys.is_empty() || !term.mismatch_label_keys.is_empty();
    let affinities = |affinity: &Affinity| {
        let both = affinity.pod_affinity.iter().chain(&affinity.pod_anti_affinity);
        both.into_iter().any(|rules| {
            rules.required.iter().any(keyed)
                || rules.preferred.iter().any(|term| keyed(&term.pod_affinity_term))
        })
    };
    let needs_affinity = pod.spec.affinity.as_deref().is_some_and(affinities);
    let needs_spread =
        pod.spec.topology_spread_constraints.iter().any(|rule| !rule.match_label_keys.is_empty());
    if !needs_affinity && !needs_spread {
        return;
    }
    let labels = &pod.metadata.labels;
    let merge = |selector: &mut Option<LabelSelector>, keys: &[EcoString], operator: &str| {
        let Some(selector) = selector else { return };
        for key in keys {
            let Some(value) = labels.get(key) else { continue };
            selector.match_expressions.push(LabelSelectorRequirement {
                key: key.clone(),
                operator: operator.into(),
                values: vec![value.clone()],
                ..Default::default()
            });
        }
    };
    let spec = Rc::make_mut(&mut pod.spec);
    for rule in &mut spec.topology_spread_constraints {
        merge(&mut rule.label_selector, &rule.match_label_keys, "In");
    }
    let Some(affinity) = spec.affinity.as_mut().map(Rc::make_mut) else { return };
    for rules in affinity.pod_affinity.iter_mut().chain(&mut affinity.pod_anti_affinity) {
        let preferred = rules.preferred.iter_mut().map(|term| &mut term.pod_affinity_term);
        for term in rules.required.iter_mut().chain(preferred) {
            merge(&mut term.label_selector, &term.match_label_keys, "In");
            merge(&mut term.label_selector, &term.mismatch_label_keys, "NotIn");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(image: &str, min_ready_seconds: i32) -> Object {
        let value = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "a"},
            "spec": {
                "minReadySeconds": min_ready_seconds,
                "template": {"spec": {"containers": [{"name": "c", "image": image}]}},
            },
        });
        let mut object = Object::from_json(value).expect("a DaemonSet");
        defaults::apply(&mut object);
        object
    }

    /// `pkg/registry/discovery/endpointslice/strategy.go`.
    #[test]
    fn a_slice_counts_its_changes_but_for_annotations_and_loses_its_old_topology() {
        let slice = |labels: serde_json::Value, annotations: serde_json::Value, address: &str| {
            let endpoint = json!({ "addresses": [address], "deprecatedTopology": { "rack": "1" } });
            let metadata = json!({ "name": "s", "labels": labels, "annotations": annotations });
            let value = json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "endpoints": [endpoint],
            });
            Object::from_json(value).expect("a slice")
        };
        let mut old = slice(json!({}), json!({}), "10.0.0.1");
        prepare_for_create(&mut old);
        assert_eq!(old.metadata().generation, 1);
        assert_eq!(old.to_json()["endpoints"], json!([{ "addresses": ["10.0.0.1"] }]));
        for (mut new, generation) in [
            (slice(json!({ "a": "b" }), json!({}), "10.0.0.1"), 2),
            (slice(json!({}), json!({}), "10.0.0.2"), 2),
            (old.clone(), 1),
        ] {
            new.metadata_mut().annotations.insert("a".into(), "b".into());
            prepare_for_update(&mut new, &old);
            assert_eq!(new.metadata().generation, generation);
            assert!(new.to_json().pointer("/endpoints/0/deprecatedTopology").is_none());
        }
    }

    #[test]
    fn a_template_change_counts_both_generations_up_another_change_only_one() {
        let mut old = set("a:1", 0);
        prepare_for_create(&mut old);
        for (mut new, generation, template) in
            [(set("a:1", 0), 1, 1), (set("a:1", 5), 2, 1), (set("a:2", 0), 2, 2)]
        {
            prepare_for_update(&mut new, &old);
            assert_eq!(new.metadata().generation, generation);
            assert_eq!(new.as_daemon_set().and_then(|set| set.template_generation()), Some(template));
        }
    }

    #[test]
    fn classes_of_service_follow_cpu_and_memory() {
        for (resources, expected) in [
            (json!({}), "BestEffort"),
            (json!({"requests": {"cpu": "1"}}), "Burstable"),
            (json!({"requests": {"nvidia.com/gpu": "1"}}), "BestEffort"),
            (
                json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1000m", "memory": "1Gi"}}),
                "Guaranteed",
            ),
            (
                json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}}),
                "Burstable",
            ),
        ] {
            let spec = json!({"containers": [{"name": "c", "resources": resources}]});
            let spec: PodSpec = serde_json::from_value(spec).expect("a spec");
            assert_eq!(qos_class(&spec), expected, "{resources}");
        }
    }
}
