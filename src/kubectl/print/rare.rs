//! The columns of kinds that are rarely asked for. Upstream: `pkg/printers/internalversion/printers.go`, and for custom
//! resource definitions `apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go`.

use super::go;
use super::lines::{containers, labels, list, text};
use serde_json::Value;

/// What stands in a cell.
#[derive(Clone, Copy)]
enum Cell {
    /// What is at a place, or else these words.
    At(&'static str, &'static str),
    /// The same of a number that counts as absent where it is zero.
    Number(&'static str, &'static str),
    /// A number of a struct and what it is by default; where there is no struct, `<none>`.
    Within(&'static str, &'static str, &'static str),
    /// How many items a list has.
    Count(&'static str),
    /// A field of each item of a list, or the items themselves, or else these words.
    Joined(&'static str, &'static str, &'static str),
    /// A type with its version, or else these words.
    Type(&'static str, &'static str),
    /// How long it is there.
    Age,
    /// What its controller says of one that is in order.
    Always(&'static str),
    /// Whether a claim is being deleted; nothing here gives it anything.
    State,
    /// The names of the containers of a template.
    Containers,
    /// Their images.
    Images,
    /// The labels of a template.
    PodLabels,
}

use Cell::{Age, Always, At, Containers, Count, Images, Joined, Number, PodLabels, State, Type, Within};

/// The columns behind the name.
type Columns = &'static [(&'static str, Cell)];

#[rustfmt::skip]
const KINDS: &[(&str, Columns)] = &[
    ("CSIDriver", &[
        ("ATTACHREQUIRED", At("/spec/attachRequired", "true")), ("PODINFOONMOUNT", At("/spec/podInfoOnMount", "false")),
        ("STORAGECAPACITY", At("/spec/storageCapacity", "false")), ("TOKENREQUESTS", Joined("/spec/tokenRequests", "audience", "<unset>")),
        ("REQUIRESREPUBLISH", At("/spec/requiresRepublish", "false")), ("MODES", Joined("/spec/volumeLifecycleModes", "", "Persistent")), ("AGE", Age),
    ]),
    ("CSINode", &[("DRIVERS", Count("/spec/drivers")), ("AGE", Age)]),
    ("CSIStorageCapacity", &[("STORAGECLASSNAME", At("/storageClassName", "")), ("CAPACITY", At("/capacity", "<unset>"))]),
    ("CustomResourceDefinition", &[("CREATED AT", At("/metadata/creationTimestamp", ""))]),
    ("FlowSchema", &[
        ("PRIORITYLEVEL", At("/spec/priorityLevelConfiguration/name", "")), ("MATCHINGPRECEDENCE", Number("/spec/matchingPrecedence", "1000")),
        ("DISTINGUISHERMETHOD", At("/spec/distinguisherMethod/type", "<none>")), ("AGE", Age), ("MISSINGPL", Always("False")),
    ]),
    ("MutatingAdmissionPolicy", &[("MUTATIONS", Count("/spec/mutations")), ("PARAMKIND", Type("/spec/paramKind", "<unset>")), ("AGE", Age)]),
    ("MutatingWebhookConfiguration", &[("WEBHOOKS", Count("/webhooks")), ("AGE", Age)]),
    ("PodTemplate", &[("CONTAINERS", Containers), ("IMAGES", Images), ("POD LABELS", PodLabels)]),
    ("PriorityLevelConfiguration", &[
        ("TYPE", At("/spec/type", "")), ("NOMINALCONCURRENCYSHARES", Within("/spec/limited", "nominalConcurrencyShares", "30")),
        ("QUEUES", Within("/spec/limited/limitResponse/queuing", "queues", "64")),
        ("HANDSIZE", Within("/spec/limited/limitResponse/queuing", "handSize", "8")),
        ("QUEUELENGTHLIMIT", Within("/spec/limited/limitResponse/queuing", "queueLengthLimit", "50")), ("AGE", Age),
    ]),
    ("ResourceClaim", &[("STATE", State), ("AGE", Age)]),
    ("ResourceSlice", &[("NODE", At("/spec/nodeName", "")), ("DRIVER", At("/spec/driver", "")), ("POOL", At("/spec/pool/name", "")), ("AGE", Age)]),
    ("RuntimeClass", &[("HANDLER", At("/handler", "")), ("AGE", Age)]),
    ("ServiceCIDR", &[("CIDRS", Joined("/spec/cidrs", "", "")), ("AGE", Age)]),
    ("ValidatingAdmissionPolicy", &[("VALIDATIONS", Count("/spec/validations")), ("PARAMKIND", Type("/spec/paramKind", "<unset>")), ("AGE", Age)]),
    ("ValidatingWebhookConfiguration", &[("WEBHOOKS", Count("/webhooks")), ("AGE", Age)]),
    ("VolumeAttributesClass", &[("DRIVERNAME", At("/driverName", "")), ("AGE", Age)]),
    ("VolumeAttachment", &[
        ("ATTACHER", At("/spec/attacher", "")), ("PV", At("/spec/source/persistentVolumeName", "")), ("NODE", At("/spec/nodeName", "")),
        ("ATTACHED", At("/status/attached", "false")), ("AGE", Age),
    ]),
];

fn of(kind: &str) -> Option<Columns> {
    KINDS.iter().find(|(name, _)| *name == kind).map(|(_, columns)| *columns)
}

/// The names of the columns of such a kind.
pub(super) fn header(kind: &str) -> Option<Vec<String>> {
    let columns = of(kind)?;
    Some(["NAME"].into_iter().chain(columns.iter().map(|(name, _)| *name)).map(str::to_owned).collect())
}

/// The cells of an object of such a kind.
pub(super) fn cells(value: &Value, name: &str, age: &str) -> Option<Vec<String>> {
    let columns = of(text(value, "kind"))?;
    let there = |place: &str| value.pointer(place).filter(|value| !value.is_null());
    let of_template = || containers(list(&value["template"]["spec"], "containers"));
    let cell = |cell: Cell| match cell {
        At(place, otherwise) => there(place).map_or(otherwise.into(), go::plain),
        Number(place, otherwise) => {
            there(place).filter(|number| number.as_i64() != Some(0)).map_or(otherwise.into(), go::plain)
        }
        Within(place, field, otherwise) => match there(place) {
            None => "<none>".into(),
            Some(fields) => fields.get(field).map_or(otherwise.into(), go::plain),
        },
        State if there("/metadata/deletionTimestamp").is_some() => "deleted".into(),
        State => "pending".into(),
        Count(place) => value.pointer(place).and_then(Value::as_array).map_or(0, Vec::len).to_string(),
        Joined(place, field, otherwise) => {
            let items = value.pointer(place).and_then(Value::as_array).into_iter().flatten();
            let texts = items.map(|item| if field.is_empty() { item } else { &item[field] });
            let all = texts.map(go::plain).collect::<Vec<_>>().join(",");
            if all.is_empty() { otherwise.into() } else { all }
        }
        Type(place, otherwise) => there(place).map_or(otherwise.into(), |type_| {
            format!("{}/{}", text(type_, "apiVersion"), text(type_, "kind"))
        }),
        Age => age.to_owned(),
        Always(words) => words.into(),
        Containers => of_template()[0].clone(),
        Images => of_template()[1].clone(),
        PodLabels => labels(
            &serde_json::from_value(value["template"]["metadata"]["labels"].clone()).unwrap_or_default(),
        ),
    };
    let others = columns.iter().map(|(_, what)| cell(*what));
    Some([name.to_owned()].into_iter().chain(others).collect())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{add, answer, cluster};
    use serde_json::{Value, json};

    #[test]
    fn kinds_that_are_rarely_asked_for_have_their_own_columns() {
        let mut world = cluster();
        let mut put = |api_version: &str, kind: &str, rest: Value| {
            let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "x" } });
            object.as_object_mut().expect("an object").extend(rest.as_object().expect("fields").clone());
            add(&mut world, object);
        };
        put(
            "storage.k8s.io/v1",
            "CSIDriver",
            json!({ "spec": { "attachRequired": false, "tokenRequests": [{ "audience": "a" }] } }),
        );
        put("node.k8s.io/v1", "RuntimeClass", json!({ "handler": "runsc" }));
        put(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            json!({ "webhooks": [{ "name": "a" }, { "name": "b" }] }),
        );
        put(
            "flowcontrol.apiserver.k8s.io/v1",
            "PriorityLevelConfiguration",
            json!({ "spec": { "type": "Limited", "limited": { "nominalConcurrencyShares": 30 } } }),
        );
        for (resource, wanted) in [
            (
                "csidrivers",
                "NAME   ATTACHREQUIRED   PODINFOONMOUNT   STORAGECAPACITY   TOKENREQUESTS   REQUIRESREPUBLISH   MODES        AGE\nx      false            false            false             a               false               Persistent   0s\n",
            ),
            ("runtimeclass", "NAME   HANDLER   AGE\nx      runsc     0s\n"),
            ("validatingwebhookconfigurations", "NAME   WEBHOOKS   AGE\nx      2          0s\n"),
            (
                "prioritylevelconfigurations",
                "NAME   TYPE      NOMINALCONCURRENCYSHARES   QUEUES   HANDSIZE   QUEUELENGTHLIMIT   AGE\nx      Limited   30                         <none>   <none>     <none>             0s\n",
            ),
        ] {
            assert_eq!(answer(&world, &format!("kubectl get {resource}")).out, wanted);
        }
    }
}
