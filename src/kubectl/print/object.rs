//! What a command prints of an object that it wrote: a line, or the object in the format asked for. Upstream:
//! `cli-runtime/pkg/genericclioptions/print_flags.go`.

use super::name;
use crate::api::{Object, ObjectKey};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::{DryRun, Env};
use crate::manifest;
use serde::Serialize;
use serde_json::Value;

/// `-o`.
pub const OUTPUT: Flag = Flag::short("output", 'o', Takes::Text);

/// The formats that `-o` knows here, in upstream's order.
const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

/// Prints an object that was written: what was done to it, or `-o`'s format.
///
/// # Errors
/// There is no such format.
pub fn done(env: &mut Env, args: &Args, object: &Object, deed: &str, dry_run: DryRun) -> Result<(), Failure> {
    as_it_is(env, args, &object.key(), &|| whole(object), deed, dry_run)
}

/// Prints what was done to an object, or the object as kubectl made it.
///
/// # Errors
/// There is no such format.
pub fn as_it_is(
    env: &mut Env,
    args: &Args,
    key: &ObjectKey,
    object: &dyn Fn() -> Value,
    deed: &str,
    dry_run: DryRun,
) -> Result<(), Failure> {
    let name = name::name(key);
    let shown = || {
        let mut value = object();
        if let (false, Some(metadata)) =
            (args.is_on("show-managed-fields"), value.get_mut("metadata").and_then(Value::as_object_mut))
        {
            metadata.remove("managedFields");
        }
        value
    };
    match args.text("output").unwrap_or_default() {
        "" => env.say(&format!("{name} {deed}{}", name::suffix(dry_run))),
        "name" => env.say(&name),
        "yaml" => env.out += &manifest::value_to_yaml(&shown()),
        "json" => env.out += &json(&shown()),
        other => return Err(unknown(other)),
    }
    Ok(())
}

/// There is no such format.
pub fn unknown(format: &str) -> Failure {
    Failure::own(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {FORMATS}"
    ))
}

/// There is no such format of `kubectl get`.
pub fn unknown_to_get(format: &str) -> Failure {
    const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
    Failure::own(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {FORMATS}"
    ))
}

/// The object with the fields that upstream writes also when they are empty.
pub fn whole(object: &Object) -> Value {
    let mut value = object.to_json();
    manifest::complete(object.kind().name(), &mut value);
    value
}

/// `-o json`: four blanks a level, and the letters that Go's encoder escapes.
pub fn json(value: &Value) -> String {
    json_indented(value, 4) + "\n"
}

/// JSON with so many blanks a level, and the letters escaped that Go's encoder escapes.
pub fn json_indented(value: &Value, blanks: usize) -> String {
    let mut bytes = Vec::new();
    let blanks = " ".repeat(blanks);
    let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail.
    let _ = value.serialize(&mut serializer);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}
