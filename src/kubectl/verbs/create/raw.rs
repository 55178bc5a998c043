//! `kubectl create --raw`: a text is posted to an address. Pods are evicted so, and objects created. Upstream:
//! `kubectl/pkg/cmd/create/create.go` (`raw`), `kubectl/pkg/rawhttp/raw.go`.

use crate::api::{Kind, ObjectKey};
use crate::cluster::{ApiError, decode};
use crate::kubectl::failure::Failure;
use crate::kubectl::kinds::RESOURCES;
use crate::kubectl::print::object;
use crate::kubectl::{Args, DryRun, Env};
use serde_json::Value;

/// Posts the text of `-f`, and prints what the API server answers.
///
/// # Errors
/// There is no such address, or the API server refuses.
pub fn post(env: &mut Env, args: &Args, path: &str) -> Result<(), Failure> {
    let names = args.texts("filename");
    let refusal = if names.len() > 1 {
        "--raw can only use a single local file or stdin"
    } else if args.is_on("edit") {
        "--raw and --edit are mutually exclusive"
    } else if args.text("selector").is_some_and(|text| !text.is_empty()) {
        "--raw and --selector (-l) are mutually exclusive"
    } else if args.text("output").is_some_and(|text| !text.is_empty()) {
        "--raw and --output are mutually exclusive"
    } else {
        ""
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    if !path.starts_with('/') {
        return Err(Failure::own(format!(
            "--raw must be a valid URL path: parse {path:?}: invalid URI for request"
        )));
    }
    let name = names.first().map_or("", String::as_str);
    let text = match name {
        "-" => env.stdin.clone().unwrap_or_default(),
        name => match env.files.get(name) {
            Some(file) => file.text().to_string(),
            None => return Err(Failure::own(format!("open {name}: no such file or directory"))),
        },
    };
    let body: Value = serde_json::from_str(&text).map_err(|_| {
        ApiError::BadRequest("the object provided is unrecognized (must be of type JSON)".into())
    })?;
    let address = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = address.split('/').filter(|part| !part.is_empty()).collect();
    let (api_version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return Err(not_found()),
    };
    if let ["namespaces", namespace, "pods", name, "eviction"] = rest {
        let key = ObjectKey::new(Kind::of("v1", "Pod"), namespace, name);
        let grace = body.pointer("/deleteOptions/gracePeriodSeconds").and_then(Value::as_i64);
        env.client.evict(&key, grace, DryRun::None)?;
        env.say(r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#);
        return Ok(());
    }
    let (namespace, plural) = match rest {
        ["namespaces", namespace, plural] => (*namespace, *plural),
        [plural] => ("", *plural),
        _ => return Err(not_found()),
    };
    let known = RESOURCES.iter().find(|kind| kind.plural == plural && kind.api_version == api_version);
    if known.is_none_or(|kind| kind.is_namespaced == namespace.is_empty()) {
        return Err(not_found());
    }
    let mut body = body;
    if !namespace.is_empty() {
        body["metadata"]["namespace"] = namespace.into();
    }
    let created = env.create(decode(body)?, DryRun::None)?;
    env.say(&object::whole(&created).to_string());
    Ok(())
}

fn not_found() -> Failure {
    Failure::Status(Some("NotFound"), "the server could not find the requested resource".into())
}
