//! `kubectl get --raw` and `delete --raw`: what the API server answers at an address. Upstream: `kubectl/pkg/rawhttp/raw.go`.

use crate::api::ObjectKey;
use crate::cluster::{ApiError, Propagation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::kinds::RESOURCES;
use crate::kubectl::print::object;
use crate::kubectl::verbs::version::SERVER;
use crate::kubectl::{DryRun, Env};
use serde_json::{Value, json};

/// Prints what is at an address.
pub fn get(env: &mut Env, args: &Args, path: &str) -> Result<(), Failure> {
    if args.is_on("watch")
        || args.is_on("watch-only")
        || args.text("selector").is_some_and(|text| !text.is_empty())
    {
        return Err(Failure::own(
            "--raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if args.text("output").is_some_and(|output| !output.is_empty()) {
        return Err(Failure::own("--raw and --output are mutually exclusive"));
    }
    if !path.starts_with('/') {
        return Err(no_path(path));
    }
    let address = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = address.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["version"] => env.out += SERVER,
        ["healthz" | "livez" | "readyz"] => env.out += "ok",
        ["api", version, rest @ ..] => return objects(env, version, rest),
        ["apis", group, version, rest @ ..] => return objects(env, &format!("{group}/{version}"), rest),
        _ => return Err(not_found()),
    }
    Ok(())
}

/// Deletes what is at an address, and prints what the API server answers.
///
/// # Errors
/// It is no address, or the API server refuses.
pub fn delete(env: &mut Env, args: &Args, path: &str) -> Result<(), Failure> {
    if args.texts("filename").len() > 1 {
        return Err(Failure::own("--raw can only use a single local file or stdin"));
    }
    if !path.starts_with('/') {
        return Err(no_path(path));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (api_version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return Err(not_found()),
    };
    let (namespace, plural, name) = match rest {
        ["namespaces", namespace, plural, name] => (*namespace, *plural, *name),
        [plural, name] => ("", *plural, *name),
        _ => return Err(not_found()),
    };
    let known = RESOURCES.iter().find(|kind| kind.plural == plural && kind.api_version == api_version);
    let known = known.filter(|kind| kind.is_namespaced != namespace.is_empty()).ok_or_else(not_found)?;
    let key = ObjectKey::new(known.kind(), namespace, name);
    let uid = env.client.get(&key)?.metadata().uid.clone();
    env.client.delete(&key, None, Propagation::Background, DryRun::None)?;
    env.out += &match env.client.get(&key) {
        Ok(leaving) => object::whole(&leaving).to_string(),
        Err(_) => {
            let group = match known.group() {
                "" => String::new(),
                group => format!("\"group\":{group:?},"),
            };
            format!(
                "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Success\",\"details\":{{\"name\":{name:?},{group}\"kind\":{plural:?},\"uid\":{:?}}}}}",
                uid.as_str()
            )
        }
    };
    env.out.push('\n');
    Ok(())
}

fn no_path(path: &str) -> Failure {
    Failure::own(format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request"))
}

fn not_found() -> Failure {
    Failure::Status(Some("NotFound"), "the server could not find the requested resource".into())
}

/// A list, or one object of it, as JSON in a line.
fn objects(env: &mut Env, api_version: &str, rest: &[&str]) -> Result<(), Failure> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let resource = rest.first().and_then(|plural| {
        RESOURCES.iter().find(|resource| resource.plural == *plural && resource.api_version == api_version)
    });
    let resource = resource.ok_or_else(not_found)?;
    let json = |object: &crate::api::Object| {
        let mut value = object::whole(object);
        if rest.len() == 1
            && let Some(fields) = value.as_object_mut()
        {
            fields.remove("apiVersion");
            fields.remove("kind");
        }
        value
    };
    let value: Value = match rest {
        [_] => {
            let items: Vec<Value> = env.client.list(resource, namespace).iter().map(json).collect();
            let revision = env.client.world().revision().to_string();
            json!({
                "kind": format!("{}List", resource.kind), "apiVersion": resource.api_version,
                "metadata": { "resourceVersion": revision }, "items": items,
            })
        }
        [_, name] => {
            let key = ObjectKey::new(resource.kind(), namespace.unwrap_or_default(), name);
            json(&env.client.get(&key).map_err(|error: ApiError| Failure::from(error))?)
        }
        _ => return Err(not_found()),
    };
    env.out += &(value.to_string() + "\n");
    Ok(())
}
