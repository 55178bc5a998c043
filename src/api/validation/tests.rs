//! Rules that the vectors do not reach.

use super::*;
use crate::api::{Object, defaults, prepare_for_create, prepare_for_update};
use serde_json::{Value, json};

fn object(value: Value) -> Object {
    let mut object = Object::from_json(value).expect("an object");
    defaults::apply(&mut object);
    object
}

fn created(value: Value) -> Object {
    let mut object = object(value);
    prepare_for_create(&mut object);
    object
}

/// Errors, then warnings, of creating an object.
fn told(value: Value) -> Vec<String> {
    let (errors, warnings) = validate_create(&created(value));
    errors.iter().map(ToString::to_string).chain(warnings).collect()
}

/// Errors of replacing an object.
fn refused(old: Value, new: Value) -> Vec<String> {
    let (old, mut new) = (created(old), object(new));
    prepare_for_update(&mut new, &old);
    validate_update(&new, &old).0.iter().map(ToString::to_string).collect()
}

fn pod(spec: Value) -> Value {
    let mut spec = spec;
    if spec["containers"].is_null() {
        spec["containers"] = json!([{"name": "c", "image": "a:1"}]);
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
}

fn service(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec})
}

fn budget(spec: Value) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec})
}

fn class(value: i64, policy: &str) -> Value {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "c"},
        "value": value, "preemptionPolicy": policy})
}

fn node(taint: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"taints": [taint]}})
}

#[test]
fn pods_are_refused_for_what_their_containers_do() {
    let container = |fields: Value| {
        let mut container = json!({"name": "c", "image": "a:1"});
        for (name, value) in fields.as_object().cloned().unwrap_or_default() {
            container[name] = value;
        }
        pod(json!({"containers": [container]}))
    };
    for (fields, expected) in [
        (
            json!({"livenessProbe": {"httpGet": {"port": 80}, "tcpSocket": {"port": 80}}}),
            "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
        ),
        (
            json!({"livenessProbe": {"httpGet": {"port": 80}, "successThreshold": 2}}),
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            json!({"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}),
            "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than \
             terminationGracePeriodSeconds (30)",
        ),
        (
            json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]}),
            "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported \
             values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \
             \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
        ),
        (
            json!({"resources": {"limits": {"cpu": "1", "hugepages-2Mi": "3Mi"}}}),
            "spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer \
             multiple of hugepages-2Mi",
        ),
    ] {
        let first = told(container(fields)).into_iter().next();
        assert_eq!(first.as_deref(), Some(expected));
    }
}

#[test]
fn running_pods_may_gain_tolerations_but_not_lose_them() {
    let old = pod(json!({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute"}]}));
    let more = json!([
        {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
        {"key": "b", "operator": "Exists"},
    ]);
    assert!(refused(old.clone(), pod(json!({"tolerations": more}))).is_empty());
    assert_eq!(
        refused(old, pod(json!({}))),
        ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]
    );
}

#[test]
fn gated_pods_may_be_narrowed_to_nodes_and_others_not() {
    let narrowed = |gates: Value| pod(json!({"schedulingGates": gates, "nodeSelector": {"disk": "ssd"}}));
    let gated = json!([{"name": "g"}]);
    assert!(refused(pod(json!({"schedulingGates": gated})), narrowed(gated)).is_empty());
    let [forbidden] = &refused(pod(json!({})), narrowed(json!([])))[..] else { panic!("one error") };
    assert!(
        forbidden.starts_with("spec: Forbidden: pod updates may not change fields other than"),
        "{forbidden}"
    );
}

#[test]
fn priority_classes_keep_value_and_policy() {
    assert_eq!(
        refused(class(1, "Never"), class(2, "PreemptLowerPriority")),
        [
            "value: Forbidden: may not be changed in an update.",
            "preemptionPolicy: Invalid value: \"PreemptLowerPriority\": field is immutable",
        ]
    );
}

#[test]
fn a_nodes_taints_are_checked_twice_on_update() {
    let bad = node(json!({"key": "a", "effect": "Never"}));
    let error = "metadata.taints[0].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", \
                 \"PreferNoSchedule\", \"NoExecute\"";
    assert_eq!(refused(node(json!({"key": "a", "effect": "NoSchedule"})), bad), [error, error]);
}

#[test]
fn a_service_keeps_its_address() {
    let with = |ip: &str| service(json!({"clusterIP": ip, "ports": [{"port": 80}]}));
    assert_eq!(
        refused(with("10.0.0.1"), with("10.0.0.2")),
        ["spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"]
    );
    assert!(refused(with("10.0.0.1"), with("10.0.0.1")).is_empty());
}

#[test]
fn a_budget_has_one_bound() {
    assert!(told(budget(json!({"minAvailable": "50%", "selector": {}}))).is_empty());
    assert_eq!(
        told(budget(json!({"minAvailable": 1, "maxUnavailable": "120%"}))),
        [
            "spec: Invalid value: {\"MinAvailable\":1,\"Selector\":null,\"MaxUnavailable\":\"120%\",\
             \"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set",
            "spec.maxUnavailable: Invalid value: \"120%\": must not be greater than 100%",
        ]
    );
}

#[test]
fn what_is_accepted_may_still_be_warned_of() {
    for (value, expected) in [
        (
            pod(json!({"nodeSelector": {"node-role.kubernetes.io/master": ""}})),
            "spec.nodeSelector[node-role.kubernetes.io/master]: use \"node-role.kubernetes.io/control-plane\" instead",
        ),
        (
            pod(json!({"topologySpreadConstraints":
                [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]})),
            "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
        ),
        (
            service(json!({"externalName": "a.b", "ports": [{"port": 80}]})),
            "spec.externalName is ignored when spec.type is not \"ExternalName\"",
        ),
    ] {
        assert_eq!(told(value), [expected]);
    }
}

#[test]
fn names_are_held_against_the_rule_of_their_kind_and_where_it_is_not_known_against_that_of_every_object() {
    for (api_version, kind, name, expected) in [
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "lb:speaker", true),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "Upper:case_", true),
        ("rbac.authorization.k8s.io/v1", "Role", "a/b", false),
        ("user.openshift.io/v1", "User", "system:admin", true),
        ("example.com/v1", "Widget", "..", false),
        ("v1", "ConfigMap", "a:b", false),
        ("v1", "ServiceAccount", "a.b", true),
        ("apps/v1", "Deployment", "Upper", false),
        ("v1", "Pod", "a:b", false),
    ] {
        let object = json!({
            "apiVersion": api_version, "kind": kind, "metadata": { "name": name, "namespace": "default" },
            "spec": { "containers": [{ "name": "c", "image": "c:1" }] },
        });
        let errors = told(object);
        assert_eq!(errors.is_empty(), expected, "{kind} {name}: {errors:?}");
    }
}
