//! `kubectl get --raw` and `delete --raw`: what the API server answers at an address. Upstream: `kubectl/pkg/rawhttp/raw.go`.

use crate::api::ObjectKey;
use crate::cluster::{ApiError, Propagation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::kinds::{ApiResource, RESOURCES};
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
    match parts(path).as_slice() {
        ["version"] => env.out += SERVER,
        ["healthz" | "livez" | "readyz"] => env.out += "ok",
        _ => {
            let (api_version, rest) = place(path)?;
            return objects(env, &api_version, &rest);
        }
    }
    Ok(())
}

fn parts(path: &str) -> Vec<&str> {
    let address = path.split('?').next().unwrap_or_default();
    address.split('/').filter(|part| !part.is_empty()).collect()
}

/// The `apiVersion` that an address leads to, and what stands behind it.
///
/// # Errors
/// It leads to none.
pub fn place(path: &str) -> Result<(String, Vec<&str>), Failure> {
    match parts(path).as_slice() {
        ["api", version, rest @ ..] => Ok(((*version).to_owned(), rest.to_vec())),
        ["apis", group, version, rest @ ..] => Ok((format!("{group}/{version}"), rest.to_vec())),
        _ => Err(not_found()),
    }
}

/// The kind at an address: in a namespace, or without one for what lives in none.
///
/// # Errors
/// The API server has none there.
pub fn kind_at(api_version: &str, namespace: &str, plural: &str) -> Result<&'static ApiResource, Failure> {
    let known = RESOURCES.iter().find(|kind| kind.plural == plural && kind.api_version == api_version);
    known.filter(|kind| kind.is_namespaced != namespace.is_empty()).ok_or_else(not_found)
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
    let (api_version, rest) = place(path)?;
    let (namespace, plural, name) = match rest.as_slice() {
        ["namespaces", namespace, plural, name] => (*namespace, *plural, *name),
        [plural, name] => ("", *plural, *name),
        _ => return Err(not_found()),
    };
    let known = kind_at(&api_version, namespace, plural)?;
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

/// What is no address.
pub fn no_path(path: &str) -> Failure {
    Failure::own(format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request"))
}

/// There is nothing at an address.
pub fn not_found() -> Failure {
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
