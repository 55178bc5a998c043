//! JSON as kubectl prints it.

use super::go;
use crate::api::sort;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The fields of Go's types in the order in which these have them. A field that stands otherwise in one of them has
/// a name of its own here ([`as_ordered`]).
const ORDER: &str = "kind apiVersion groupVersion apiGroup kind-after metadata namespace-first name apiVersion-after singularName namespaced
    generateName namespace group version kind-last verbs-first shortNames categories username uid apiVersion-last resourceVersion generation creationTimestamp
    deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields subjects roleRef
    rules aggregationRule ingressClassName host http path pathType backend service spec status immutable data stringData key
    operator value effect tolerationSeconds globalDefault description image command args workingDir ports envFrom env
    hostPort containerPort protocol appProtocol port targetPort nodePort verbs apiGroups resources resourceNames
    nonResourceURLs limits requests readOnly mountPath subPath volumeMounts livenessProbe readinessProbe startupProbe
    lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy volumes initContainers containers
    restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName
    serviceAccount nodeName hostNetwork hostPID hostIPC securityContext stdin stdinOnce tty imagePullSecrets affinity
    schedulerName tolerations priorityClassName priority preemptionPolicy schedule timeZone concurrencyPolicy suspend
    jobTemplate scaleTargetRef minReplicas maxReplicas metrics currentNumberScheduled numberMisscheduled
    desiredNumberScheduled numberReady replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas
    observedGeneration updatedNumberScheduled numberAvailable numberUnavailable controller blockOwnerDeletion
    minAvailable selector matchLabels matchExpressions maxUnavailable maxSurge template clusterIP clusterIPs fieldPath involvedObject reason
    message source component host-after firstTimestamp lastTimestamp count type eventTime series lastObservedTime action related
    reportingComponent reportingInstance
    externalIPs sessionAffinity loadBalancerIP externalName updateStrategy strategy rollingUpdate minReadySeconds
    revisionHistoryLimit disruptionsAllowed currentHealthy desiredHealthy expectedPods hard scopes used loadBalancer";

/// Fields that hold what users name.
const MAPS: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "data",
    "stringData",
    "limits",
    "requests",
    "hard",
    "used",
    "selector",
];

/// `-o json` of what kubectl holds as a value of a Go type: its fields stand as in the type, not by name.
pub fn typed(value: &Value) -> String {
    json_indented(&Ordered { value, of: "" }, 4) + "\n"
}

/// The same in one line, as kubectl keeps it in an annotation.
pub fn typed_line(value: &Value) -> String {
    serde_json::to_string(&Ordered { value, of: "" }).unwrap_or_default() + "\n"
}

/// A value below a field.
struct Ordered<'a> {
    value: &'a Value,
    of: &'a str,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Array(items) => {
                serializer.collect_seq(items.iter().map(|value| Ordered { value, of: self.of }))
            }
            Value::Object(fields) => {
                let is_map = MAPS.contains(&self.of) && !fields.keys().any(|name| name.starts_with("match"));
                let mut names: Vec<&String> = fields.keys().collect();
                if !is_map {
                    sort::by_key(&mut names, |name| rank(as_ordered(self.of, name)));
                }
                let below = |name: &str| fields.get(name).unwrap_or(&Value::Null);
                serializer.collect_map(
                    names.into_iter().map(|name| (name, Ordered { value: below(name), of: name })),
                )
            }
            value => value.serialize(serializer),
        }
    }
}

/// The name of a field in the order.
fn as_ordered<'a>(of: &str, name: &'a str) -> &'a str {
    match (of, name) {
        ("ownerReferences" | "roleRef", "kind") => "kind-after",
        ("source", "host") => "host-after",
        ("resources", "kind") => "kind-last",
        ("resources", "verbs") => "verbs-first",
        ("scaleTargetRef", "apiVersion") => "apiVersion-after",
        ("involvedObject" | "related", "apiVersion") => "apiVersion-last",
        ("involvedObject" | "related", "namespace") => "namespace-first",
        _ => name,
    }
}

/// The place of a field; what is not in the order comes last.
fn rank(name: &str) -> usize {
    ORDER.split_whitespace().position(|known| known == name).unwrap_or(usize::MAX)
}

/// `-o json`: four blanks a level, and the letters that Go's encoder escapes.
pub fn json(value: &Value) -> String {
    json_indented(value, 4) + "\n"
}

/// JSON with so many blanks a level, and the letters escaped that Go's encoder escapes.
pub fn json_indented(value: &impl Serialize, blanks: usize) -> String {
    let mut bytes = Vec::new();
    let blanks = " ".repeat(blanks);
    let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail.
    let _ = value.serialize(&mut serializer);
    go::escaped(&String::from_utf8_lossy(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_stand_as_in_the_types_of_go_and_what_users_name_by_name() {
        let value = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "labels": { "zone": "b", "name": "a" }, "name": "s" },
            "spec": {
                "ports": [{ "nodePort": 3, "port": 1, "name": "x" }], "selector": { "name": "a", "app": "b" }, "type": "NodePort",
            },
        });
        let text: String = typed(&value).split_whitespace().collect();
        assert_eq!(
            text,
            r#"{"kind":"Service","apiVersion":"v1","metadata":{"name":"s","labels":{"name":"a","zone":"b"}},"spec":{"ports":[{"name":"x","port":1,"nodePort":3}],"selector":{"app":"b","name":"a"},"type":"NodePort"}}"#
        );
        let reference =
            json!({ "roleRef": { "apiGroup": "g", "kind": "Role", "name": "r" }, "subjects": [] });
        let text: String = typed(&reference).split_whitespace().collect();
        assert_eq!(text, r#"{"subjects":[],"roleRef":{"apiGroup":"g","kind":"Role","name":"r"}}"#);
    }
}
