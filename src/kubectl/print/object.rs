//! What a command prints of an object that it wrote: a line, or the object in the format asked for. Upstream:
//! `cli-runtime/pkg/genericclioptions/print_flags.go`.

use super::format;
use super::{go, name};
use crate::api::{Object, ObjectKey};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::{DryRun, Env};
use crate::manifest;
use serde::Serialize;
use serde_json::Value;

pub use format::OUTPUT;

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
    match format::of(env, args)? {
        None => {
            env.say(&format!("{} {deed}{}", name::name(key), name::suffix(dry_run)));
            Ok(())
        }
        Some(format::Format::Name) => {
            env.say(&name::name(key));
            Ok(())
        }
        Some(format) => format.print(env, args, object()),
    }
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
    go::escaped(&String::from_utf8_lossy(&bytes))
}
