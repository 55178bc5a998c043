//! What a dump of a cluster (`kubectl get -o yaml`) has beside what its user wrote.

use super::tree::Data;
use super::{Diagnostic, Located, Reader, Severity, places};

/// Fields of metadata that a cluster writes.
const OF_A_CLUSTER: [&str; 7] = [
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
    "selfLink",
];

/// One note, at the first of the fields that another cluster wrote: they say nothing here, and are not applied.
pub(super) fn note(objects: &[Located]) -> Option<Diagnostic> {
    let found = |located: &Located| -> Vec<&'static str> {
        let metadata = located.tree.get("metadata").map(|entry| &entry.value);
        let has = |field: &&str| {
            let value = metadata.and_then(|metadata| metadata.get(field)).map(|entry| &entry.value.data);
            // Generators write `creationTimestamp: null`.
            value.is_some_and(|data| !matches!(data, Data::Scalar { value, .. } if value.is_null()))
        };
        // A pod that is on a node already is as the dump has it.
        let is_followed = |field: &&str| {
            *field == "deletionTimestamp" && located.object.as_pod().is_some_and(|pod| pod.node().is_some())
        };
        OF_A_CLUSTER.into_iter().filter(has).filter(|field| !is_followed(field)).collect()
    };
    let (located, fields) =
        objects.iter().map(|located| (located, found(located))).find(|(_, fields)| !fields.is_empty())?;
    let path = format!("metadata.{}", fields[0]);
    let place = places::of_path(&located.tree, &path);
    let named = match fields.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} are", rest.join(", ")),
        _ => format!("{} is", fields[0]),
    };
    let others = objects.iter().filter(|located| !found(located).is_empty()).count() - 1;
    let more = match others {
        0 => String::new(),
        1 => ", also of one more object".into(),
        others => format!(", also of {others} more objects"),
    };
    let message = format!("{named} written by the cluster this comes from; not applied here{more}");
    let reader = Reader::of(located.document, Some(located.object.key()));
    Some(reader.diagnostic(Severity::Info, &path, place.span, message))
}
