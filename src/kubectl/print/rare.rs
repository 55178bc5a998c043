//! The columns of kinds that are rarely asked for. Upstream: `pkg/printers/internalversion/printers.go`, and for custom
//! resource definitions `apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go`.

use super::go;
use super::lines::{containers, labels, list, text};
use serde_json::Value;

/// The kinds, a line each, with their columns. Behind a column stands where its cell comes from: a place, and what is printed
/// where nothing is there. Before the place stands `#` for how many items a list has, `,` for a list (its items' field, or `-`),
/// `0` for a number that counts as absent where it is zero, `.` for a field of a struct (`<none>` without the struct), `:` for a
/// type with its version, `!` for what its controller says of one that is in order. The others are known by their names.
const KINDS: &str = include_str!("rare.txt");

/// The columns of a kind behind the name, each as a line of the table has it.
fn columns(kind: &str) -> Option<impl Iterator<Item = &'static str>> {
    let line = KINDS.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix('|'))?;
    Some(line.split('|'))
}

/// The names of the columns of such a kind.
pub(super) fn header(kind: &str) -> Option<Vec<String>> {
    let names = columns(kind)?.map(|column| column.split(' ').next().unwrap_or_default().replace('_', " "));
    Some(["NAME".to_owned()].into_iter().chain(names).collect())
}

/// The cells of an object of such a kind.
pub(super) fn cells(value: &Value, name: &str, age: &str) -> Option<Vec<String>> {
    let cells = columns(text(value, "kind"))?.map(|column| cell(value, column, age));
    Some([name.to_owned()].into_iter().chain(cells).collect())
}

fn cell(value: &Value, column: &str, age: &str) -> String {
    let mut words = column.split(' ');
    let name = words.next().unwrap_or_default();
    let Some(place) = words.next() else {
        let template = &value["template"];
        let of_containers = |at: usize| containers(list(&template["spec"], "containers"))[at].clone();
        return match name {
            "CONTAINERS" => of_containers(0),
            "IMAGES" => of_containers(1),
            "POD_LABELS" => {
                labels(&serde_json::from_value(template["metadata"]["labels"].clone()).unwrap_or_default())
            }
            // Nothing here gives a claim anything.
            "STATE" if value["metadata"]["deletionTimestamp"].is_string() => "deleted".into(),
            "STATE" => "pending".into(),
            _ => age.to_owned(),
        };
    };
    let at = |place: &str| value.pointer(place).filter(|value| !value.is_null());
    let mut next = || words.next().unwrap_or_default();
    match place.split_at(1) {
        ("#", place) => at(place).and_then(Value::as_array).map_or(0, Vec::len).to_string(),
        (",", place) => {
            let (field, otherwise) = (next(), next());
            let items = at(place).and_then(Value::as_array).into_iter().flatten();
            let texts = items.map(|item| go::plain(if field == "-" { item } else { &item[field] }));
            let all = texts.collect::<Vec<_>>().join(",");
            if all.is_empty() { otherwise.into() } else { all }
        }
        ("0", place) => {
            at(place).filter(|number| number.as_i64() != Some(0)).map_or(next().into(), go::plain)
        }
        (".", place) => match at(place) {
            None => "<none>".into(),
            Some(fields) => fields.get(next()).map_or(next().into(), go::plain),
        },
        (":", place) => at(place)
            .map_or(next().into(), |type_| format!("{}/{}", text(type_, "apiVersion"), text(type_, "kind"))),
        ("!", told) => told.into(),
        _ => at(place).map_or(next().into(), go::plain),
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{add, answer, cluster};
    use serde_json::{Value, json};

    #[test]
    fn each_column_has_a_cell_where_nothing_is_written() {
        for kind in super::KINDS.lines().filter_map(|line| line.split_once('|')).map(|(kind, _)| kind) {
            let cells = super::cells(&json!({ "kind": kind }), "x", "1s").expect("its cells");
            assert_eq!(cells.len(), super::header(kind).expect("its columns").len());
            assert!(!cells.iter().any(|cell| cell.contains('/')), "a place is no default: {kind} {cells:?}");
        }
    }

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
