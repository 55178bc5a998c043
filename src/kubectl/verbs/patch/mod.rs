//! `kubectl patch`. Upstream: `kubectl/pkg/cmd/patch/patch.go`, and what the API server makes of a patch:
//! `apiserver/pkg/endpoints/handlers/patch.go`.

use crate::api::merge::{json_patch, merge_patch, strategic_patch};
use crate::api::{Kind, Object, ObjectKey};
use crate::cluster::{ApiError, Write};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::go;
use crate::kubectl::print::object::{self, whole};
use crate::kubectl::select::{self, Query, Target};
use crate::kubectl::source::{self, Unknown};
use crate::kubectl::{DRY_RUN, Deed, DryRun, Env, Verb, dry_run};
use crate::manifest::{DecodedObject, RawDocument, documents};
use serde_json::Value;

/// The verb.
pub const VERB: Verb = Verb {
    name: "patch",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::FILENAME,
        source::FIELD_MANAGER,
        Flag::short("patch", 'p', Takes::Text),
        Flag::long("patch-file", Takes::Text),
        Flag::long("type", Takes::Text),
        Flag::long("local", Takes::Switch),
        Flag::long("subresource", Takes::Text),
    ],
    run,
};

/// How a patch is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Operations (RFC 6902).
    Json,
    /// Fields to be set, null to remove them (RFC 7386).
    Merge,
    /// The same, with lists merged by keys of their items.
    Strategic,
}

impl Type {
    /// What `--type` says.
    ///
    /// # Errors
    /// There is no such type.
    pub fn read(text: &str, flag: &str) -> Result<Self, Failure> {
        match text.to_ascii_lowercase().as_str() {
            "json" => Ok(Type::Json),
            "merge" => Ok(Type::Merge),
            "strategic" | "" => Ok(Type::Strategic),
            _ => Err(Failure::own(format!("--{flag} must be one of [json merge strategic], not {text:?}"))),
        }
    }
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let is_local = args.is_on("local");
    let refusal = match (text("patch").is_empty(), text("patch-file").is_empty()) {
        (false, false) => "cannot specify --patch and --patch-file together",
        (true, true) => "must specify --patch or --patch-file containing the contents of the patch",
        _ if is_local && !args.positional.is_empty() => "cannot specify --local and server resources",
        _ if is_local && dry_run == DryRun::Server => {
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
        }
        _ => "",
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    let type_ = Type::read(args.text("type").unwrap_or("strategic"), "type")?;
    let patch = match text("patch-file") {
        "" => text("patch").to_owned(),
        name => match env.files.get(name) {
            Some(file) => file.text().to_string(),
            None => {
                let why = format!("unable to read patch file: open {name}: no such file or directory");
                return Err(Failure::own(why));
            }
        },
    };
    if patch.trim_start().starts_with('{')
        && let Err(why) = serde_json::from_str::<serde::de::IgnoredAny>(&patch)
    {
        // What looks like JSON is sent as it is: the API server says that it is none.
        let begin = if type_ == Type::Strategic { "" } else { "error decoding patch: " };
        return Err(ApiError::BadRequest(format!("{begin}{}", go_error(&patch, &why))).into());
    }
    let patch = match documents(&patch).into_iter().next() {
        Some(RawDocument::Object { value, .. }) => value,
        Some(RawDocument::Unreadable(why)) => {
            let why = why.strip_prefix("error converting YAML to JSON: ").unwrap_or(&why);
            return Err(Failure::own(format!("unable to parse {:?}: {why}", text("patch"))));
        }
        None => Value::Null,
    };
    let query = Query { is_latest: false, is_local, ..Query::of(args, &args.positional) };
    let found = select::find(env, &query)?;
    let subresource = text("subresource").to_owned();
    let mut failures = Vec::new();
    for target in &found.targets {
        let outcome = match &target.object {
            Ok(object) => one(env, args, target, object, (type_, &patch), &subresource, dry_run),
            Err(failure) => Err(failure.clone()),
        };
        failures.extend(outcome.err());
    }
    Failure::of(failures)?;
    if found.targets.is_empty() {
        return Err(Failure::own("no objects passed to patch"));
    }
    Ok(())
}

fn one(
    env: &mut Env,
    args: &Args,
    target: &Target,
    object: &Object,
    (type_, patch): (Type, &Value),
    subresource: &str,
    dry_run: DryRun,
) -> Result<(), Failure> {
    let deed = |changed: bool| if changed { "patched" } else { "patched (no change)" };
    if args.is_on("local") || dry_run == DryRun::Client {
        let before = whole(object);
        let after = applied_here(&before, type_, patch)?;
        let shown = || after.clone();
        return object::as_it_is(env, args, &target.key, &shown, deed(after != before), DryRun::None);
    }
    let live = env.client.get(&target.key)?;
    let after = match subresource {
        "" => send(env, &live, type_, patch, Unknown::Warn, dry_run)?,
        "status" => status(env, &live, type_, patch, dry_run)?,
        "scale" if is_scaled(&target.key.kind) => send(env, &live, type_, patch, Unknown::Ignore, dry_run)?,
        _ => return Err(not_served()),
    };
    let is_changed = {
        let mut same = live.clone();
        same.metadata_mut().resource_version.clone_from(&after.metadata().resource_version);
        same != after
    };
    let key = match subresource {
        "scale" => ObjectKey { kind: Kind::of("autoscaling/v1", "Scale"), ..target.key.clone() },
        _ => target.key.clone(),
    };
    // Upstream makes the words after it knew of the dry run: no suffix.
    object::as_it_is(env, args, &key, &|| whole(&after), deed(is_changed), DryRun::None)
}

/// Whether objects of a kind have the subresource `scale`.
pub fn is_scaled(kind: &Kind) -> bool {
    ["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"].contains(&kind.name())
}

/// There is no such address.
pub fn not_served() -> Failure {
    Failure::Status(Some("NotFound"), "the server could not find the requested resource".into())
}

/// The object with the patch, where nobody is asked.
///
/// # Errors
/// It is no patch of this type, or cannot be applied: the words of the library that kubectl and the API server use.
fn applied_here(before: &Value, type_: Type, patch: &Value) -> Result<Value, Failure> {
    let no_such = |found: &Value, type_: &str| {
        Failure::own(format!(
            "json: cannot unmarshal {} into Go value of type jsonpatch.{type_}",
            go::json_kind(found)
        ))
    };
    let after = match (type_, patch) {
        (Type::Json, Value::Array(operations)) => {
            if let Some(other) = operations.iter().find(|operation| !operation.is_object()) {
                return Err(no_such(other, "Operation"));
            }
            json_patch(before, operations).map_err(|why| {
                match why.strip_prefix("replace operation does not apply: doc is missing key: ") {
                    Some(what) => Failure::own(format!("Object to be patched is missing field ({what})")),
                    None => Failure::own(why),
                }
            })?
        }
        (Type::Json, Value::Null) => before.clone(),
        (Type::Json, other) => return Err(no_such(other, "Patch")),
        _ => applied(before, type_, patch).map_err(|failure| match failure {
            Failure::Status(None, why) => Failure::own(why),
            failure => failure,
        })?,
    };
    match after.get("kind") {
        Some(_) => Ok(after),
        None => Err(Failure::own(format!("Object 'Kind' is missing in '{}'", go::json(&after)))),
    }
}

/// The object with the patch.
///
/// # Errors
/// It is no patch of this type, or cannot be applied: the API server's words.
pub fn applied(before: &Value, type_: Type, patch: &Value) -> Result<Value, Failure> {
    let bad = |what: String| Failure::from(ApiError::BadRequest(what));
    match (type_, patch) {
        (Type::Json, Value::Null) => Ok(before.clone()),
        (Type::Json, Value::Array(operations)) => json_patch(before, operations).map_err(|_| {
            Failure::AsItIs(
                "The request is invalid: the server rejected our request due to an error in our request"
                    .into(),
            )
        }),
        (Type::Json, other) => {
            let what = go::json_kind(other);
            Err(bad(format!(
                "error decoding patch: json: cannot unmarshal {what} into Go value of type []handlers.jsonPatchOp"
            )))
        }
        (Type::Merge, Value::Object(_)) => Ok(merge_patch(before, patch)),
        (Type::Strategic, Value::Object(_)) => {
            strategic_patch(before, patch).map_err(|why| Failure::Status(None, why))
        }
        (type_, other) => {
            let begin = if type_ == Type::Merge { "error decoding patch: " } else { "" };
            let what = go::json_kind(other);
            Err(bad(format!(
                "{begin}json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
            )))
        }
    }
}

/// Where a text is no JSON, in the words of Go's decoder (`sigs.k8s.io/json`).
fn go_error(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".into();
    }
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.char_indices().take_while(|(at, _)| at + 1 < error.column()).count();
    let found = line.chars().nth(before).unwrap_or(' ');
    let why = error.to_string();
    let wanted = if why.starts_with("key must be a string") {
        "looking for beginning of object key string"
    } else if why.starts_with("expected `:`") {
        "after object key"
    } else if why.starts_with("expected `,` or `}`") {
        "after object key:value pair"
    } else if why.starts_with("expected `,` or `]`") {
        "after array element"
    } else if why.starts_with("trailing characters") {
        "after top-level value"
    } else {
        "looking for beginning of value"
    };
    let quoted = if found == '\'' { "'\\''".to_owned() } else { format!("'{found}'") };
    format!("invalid character {quoted} {wanted}")
}

/// What the API server decodes from the outcome of a patch.
fn decoded(after: &Value, type_: Type, patch: &Value) -> Result<DecodedObject, Failure> {
    match documents(&after.to_string()).into_iter().next() {
        Some(RawDocument::Object { decoded: Ok(decoded), .. }) => Ok(decoded),
        Some(RawDocument::Object { decoded: Err(why), .. }) => {
            let why = why.split_once(" cannot be handled as a ").map_or(why.as_str(), |(_, why)| why);
            let why = why.split_once(": ").map_or(why, |(_, why)| why);
            let why = if type_ == Type::Strategic { unconverted(why) } else { why.to_owned() };
            let why = why.as_str();
            Err(invalid(&shown(after, type_, patch), why))
        }
        _ => Err(ApiError::BadRequest("the patched object cannot be read".into()).into()),
    }
}

/// A strategic patch is not decoded from a text but put together from values, and that tells of wrong types in words of
/// its own (`apimachinery/pkg/runtime/converter.go`).
pub fn unconverted(why: &str) -> String {
    /// Ends of the names of types that are texts.
    const TEXTS: [&str; 8] = ["Type", "Policy", "Effect", "Operator", "Protocol", "Scheme", "Mode", "Phase"];
    let told = why.strip_prefix("json: cannot unmarshal ");
    let told = told.and_then(|told| told.split_once(" into Go struct field "));
    let Some((found, type_)) =
        told.and_then(|(found, rest)| Some((found, rest.split(" of type ").skip(1).last()?)))
    else {
        return why.to_owned();
    };
    // These decode themselves.
    let field = told.and_then(|(_, rest)| rest.split(' ').next()?.rsplit('.').next()).unwrap_or_default();
    if ["maxUnavailable", "maxSurge", "minAvailable", "targetPort"].contains(&field) {
        return format!("json: cannot unmarshal {found} into Go value of type {type_}");
    }
    let found = match found {
        "number" => "int64",
        "array" => "slice",
        "object" => "map",
        found if found.starts_with("number ") => "float64",
        found => found,
    };
    let is_number = ["int64", "float64"].contains(&found);
    if type_.starts_with("[]") {
        format!("cannot restore slice from {found}")
    } else if type_.starts_with("map[") {
        format!("cannot restore map from {found}")
    } else if type_.starts_with("int") && found == "float64" || type_ == "string" && is_number {
        format!("cannot convert {found} to {type_}")
    } else if !type_.contains('.') {
        format!("unrecognized type: {type_}")
    } else if !TEXTS.iter().any(|end| type_.ends_with(end)) {
        format!("cannot restore struct from: {found}")
    } else if is_number {
        format!("cannot convert {found} to {type_}")
    } else {
        "unrecognized type: string".into()
    }
}

/// What the API server shows of a patch that it refuses: a strategic one as Go prints a map, of the others what would
/// have come of them (`field.Invalid` in `apiserver/pkg/endpoints/handlers/patch.go`).
fn shown(after: &Value, type_: Type, patch: &Value) -> String {
    if type_ == Type::Strategic { shown_patch(patch.clone()) } else { after.to_string() }
}

/// A strategic patch as it is shown after it was applied: that takes the lists out of it whose order it gives.
pub fn shown_patch(mut patch: Value) -> String {
    fn without_ordered(value: &mut Value) {
        const ORDER: &str = "$setElementOrder/";
        let Some(fields) = value.as_object_mut() else { return };
        let ordered: Vec<String> =
            fields.keys().filter_map(|key| key.strip_prefix(ORDER)).map(str::to_owned).collect();
        fields.retain(|key, _| !key.starts_with(ORDER) && !ordered.contains(key));
        fields.values_mut().for_each(without_ordered);
    }
    without_ordered(&mut patch);
    go::plain(&patch)
}

/// The API server refuses the patch itself.
pub fn invalid(shown: &str, why: &str) -> Failure {
    Failure::AsItIs(format!("The request is invalid: patch: Invalid value: {}: {why}", go::quoted(shown)))
}

/// Sends a patch. Gives the object as it then is.
///
/// # Errors
/// The API server's.
pub fn send(
    env: &mut Env,
    live: &Object,
    type_: Type,
    patch: &Value,
    unknown: Unknown,
    dry_run: DryRun,
) -> Result<Object, Failure> {
    let after = applied(&whole(live), type_, patch)?;
    let decoded = decoded(&after, type_, patch)?;
    match unknown {
        Unknown::Refuse if !decoded.unknown.is_empty() => {
            let shown = shown(&after, type_, patch);
            return Err(invalid(&shown, &format!("strict decoding error: {}", decoded.unknown.join(", "))));
        }
        Unknown::Warn => decoded.unknown.iter().for_each(|field| env.warn(field)),
        _ => {}
    }
    same_name(live, &decoded.object)?;
    if decoded.object == *live {
        env.client.note(&live.key(), Deed::Unchanged);
        return Ok(live.clone());
    }
    let version = decoded.object.metadata().resource_version.clone();
    if !version.is_empty() && version != live.metadata().resource_version {
        return Err(ApiError::Conflict(live.key()).into());
    }
    Ok(env.update(decoded.object, dry_run)?)
}

/// A patch cannot give an object another name.
fn same_name(live: &Object, new: &Object) -> Result<(), Failure> {
    let (old, new): (ObjectKey, ObjectKey) = (live.key(), new.key());
    let what = match (old.name == new.name, old.namespace == new.namespace) {
        (true, true) => return Ok(()),
        (false, _) => "name of the object",
        _ => "namespace of the object",
    };
    let (new, old) = if old.name == new.name { (new.namespace, old.namespace) } else { (new.name, old.name) };
    Err(ApiError::BadRequest(format!("the {what} ({new}) does not match the {what} on the URL ({old})"))
        .into())
}

/// Patches the status alone.
fn status(
    env: &mut Env,
    live: &Object,
    type_: Type,
    patch: &Value,
    dry_run: DryRun,
) -> Result<Object, Failure> {
    let decoded = decoded(&applied(&whole(live), type_, patch)?, type_, patch)?;
    decoded.unknown.iter().for_each(|field| env.warn(field));
    let write = Write::UpdateStatus(decoded.object);
    Ok(env.client.write(live.key(), write, Deed::Configured, dry_run)?.unwrap_or_else(|| live.clone()))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn patches_are_told_as_kubectl_tells_them() {
        let world = cluster();
        for (line, out, err, writes) in [
            ("ds agent -p '{\"spec\":{\"minReadySeconds\":5}}'", "daemonset.apps/agent patched\n", "", 1),
            (
                "ds agent -p 'metadata: {labels: {app: agent}}'",
                "daemonset.apps/agent patched (no change)\n",
                "",
                0,
            ),
            (
                "node a --type=json -p '[{\"op\":\"add\",\"path\":\"/spec/unschedulable\",\"value\":true}]'",
                "node/a patched\n",
                "",
                1,
            ),
            (
                "ds agent --type=json -p '{}'",
                "",
                "Error from server (BadRequest): error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp\n",
                0,
            ),
            (
                "ds agent -p '{\"spec\":{\"nope\":1}}'",
                "daemonset.apps/agent patched (no change)\n",
                "Warning: unknown field \"spec.nope\"\n",
                0,
            ),
            (
                "ds agent",
                "",
                "error: must specify --patch or --patch-file containing the contents of the patch\n",
                0,
            ),
        ] {
            let answer = answer(&world, &format!("kubectl patch {line}"));
            assert_eq!(
                (answer.out.as_str(), answer.err.as_str(), answer.writes.len()),
                (out, err, writes),
                "{line}"
            );
        }
    }
}
