//! What the API server refuses, how it fills in defaults, and what it warns of.
//!
//! What is compared loosely: an error whose value is printed as a Go struct of the internal API (field names in
//! upper case), and the forbidden change of a pod, whose text ends in a diff of such structs, are compared by field
//! and type; the messages that quote them are then not compared. All else must be equal, letter by letter.

use crate::same;
use playground::api::{self, Object, validation};
use playground::manifest;
use serde_json::Value;

/// Creates an object, or creates one and replaces it by another.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let new = match (&input["raw"], &input["object"], &input["new"]) {
        (Value::Null, Value::Null, new) => text(new),
        (Value::Null, object, _) => text(object),
        (raw, ..) => text(raw),
    };
    let mut object = match manifest::decode_strictly(&new) {
        Ok(object) => object,
        Err(message) => return refused(&message, expect),
    };
    api::defaults::apply(&mut object);
    let (errors, warnings) = match &input["old"] {
        Value::Null => {
            api::prepare_for_create(&mut object);
            validation::validate_create(&object)
        }
        old => {
            let mut old = manifest::decode_strictly(&old.to_string())?;
            api::defaults::apply(&mut old);
            api::prepare_for_create(&mut old);
            api::prepare_for_update(&mut object, &old);
            validation::validate_update(&object, &old)
        }
    };
    if errors.is_empty() {
        same("errors", Vec::<&str>::new(), texts(&expect["errors"]))?;
        same("warnings", warnings.iter().map(String::as_str).collect(), texts(&expect["warnings"]))?;
        return same("defaulted", stored(&object), expect["defaulted"].clone());
    }
    same("reason", Some("Invalid"), expect["reason"].as_str())?;
    let causes = errors.iter().map(|error| (error.type_.cause(), error.field.as_str())).collect::<Vec<_>>();
    let expected = expect["causes"].as_array().into_iter().flatten();
    let expected =
        expected.map(|cause| (text_of(cause, "type"), text_of(cause, "field"))).collect::<Vec<_>>();
    same("causes", causes, expected)?;
    let exact = texts(&expect["errors"]);
    for (ours, theirs) in errors.iter().zip(&exact).filter(|(_, theirs)| !is_loose(theirs)) {
        same("error", ours.to_string().as_str(), *theirs)?;
    }
    if exact.iter().any(|theirs| is_loose(theirs)) {
        return Ok(());
    }
    let (kind, name) = (object.kind(), object.metadata().name.as_str());
    let message = validation::invalid_message(&kind, name, &errors);
    same("message", Some(message.as_str()), expect["message"].as_str())?;
    let printed = validation::invalid_kubectl_text(&kind, name, &errors);
    same("kubectl", Some(printed.as_str()), expect["kubectl"].as_str())
}

fn text_of<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// An object that could not be decoded.
fn refused(message: &str, expect: &Value) -> Result<(), String> {
    same("reason", Some("BadRequest"), expect["reason"].as_str())?;
    same("message", Some(message), expect["message"].as_str())?;
    let printed = format!("Error from server (BadRequest): error when creating \"manifest.yaml\": {message}");
    same("kubectl", Some(printed.as_str()), expect["kubectl"].as_str())
}

/// Whether an error quotes an internal Go struct. Taints and service ports are printed so too, but those we know.
fn is_loose(error: &str) -> bool {
    let known = ["{\"Key\":", "{\"Name\":\"\",\"Protocol\":", "{\"Type\":", "{\"Capabilities\":"];
    let quoted = error.split_once("value: {\"").map(|(_, rest)| rest);
    let is_struct = quoted.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()));
    (is_struct && !known.iter().any(|start| error.contains(start)))
        || error.contains("pod updates may not change")
}

/// The object as the API server stores it, without status.
fn stored(object: &Object) -> Value {
    let mut value = object.to_json();
    manifest::complete(&object.kind(), &mut value);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("status");
    }
    value
}
