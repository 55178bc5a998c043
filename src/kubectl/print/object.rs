//! What a command prints of an object that it wrote: a line, or the object in the format asked for. Upstream:
//! `cli-runtime/pkg/genericclioptions/print_flags.go`.

use super::format;
use super::{go, name};
use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::{DryRun, Env};
use crate::manifest;
use serde::Serialize;
use serde_json::Value;

pub use format::{OUTPUT, unknown};

/// Prints an object that was written: what was done to it, or `-o`'s format.
///
/// # Errors
/// There is no such format.
pub fn done(env: &mut Env, args: &Args, object: &Object, deed: &str, dry_run: DryRun) -> Result<(), Failure> {
    match format::of(env, args)? {
        None => {
            let name = name::name(&object.key());
            env.say(&format!("{name} {deed}{}", name::suffix(dry_run)));
            Ok(())
        }
        Some(format) => format.print(env, args, whole(object)),
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
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail.
    let _ = value.serialize(&mut serializer);
    go::escaped(&String::from_utf8_lossy(&bytes)) + "\n"
}
