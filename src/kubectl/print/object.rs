//! What a command prints of an object that it wrote: a line, or the object in the format asked for. Upstream:
//! `cli-runtime/pkg/genericclioptions/print_flags.go`.

use super::format;
use super::name;
use crate::api::{Object, ObjectKey};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::{DryRun, Env};
use crate::manifest;
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

/// A value in one line, quoted as `-o yaml` quotes it; texts of several lines, too, stand in quotes.
pub fn yaml_scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => value.to_string(),
        value => manifest::value_to_yaml(value).trim_end().to_owned(),
    }
}

/// The object with the fields that upstream writes also when they are empty.
pub fn whole(object: &Object) -> Value {
    let mut value = object.to_json();
    manifest::complete(&object.kind(), &mut value);
    value
}
