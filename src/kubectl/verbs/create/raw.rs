//! `kubectl create --raw`: a text is posted to an address. Pods are evicted so, and objects created. Upstream:
//! `kubectl/pkg/cmd/create/create.go` (`raw`), `kubectl/pkg/rawhttp/raw.go`.

use crate::api::{Kind, ObjectKey};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::{go, object};
use crate::kubectl::source::{self, Reading, Unknown};
use crate::kubectl::verbs::get::raw::{kind_at, no_path, not_found, place};
use crate::kubectl::{Args, DryRun, Env, File};
use serde_json::Value;

/// What the API server reads of a body first, as Go prints it.
const SAYS_WHAT_IT_IS: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

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
        return Err(no_path(path));
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
    let (api_version, rest) = place(path)?;
    if let ["namespaces", namespace, "pods", name, "eviction"] = rest.as_slice() {
        let key = ObjectKey::new(Kind::of("v1", "Pod"), namespace, name);
        let grace = body.pointer("/deleteOptions/gracePeriodSeconds").and_then(Value::as_i64);
        env.client.evict(&key, grace, DryRun::None)?;
        env.say(r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#);
        return Ok(());
    }
    let (namespace, plural) = match rest.as_slice() {
        ["namespaces", namespace, plural] => (*namespace, *plural),
        [plural] => ("", *plural),
        _ => return Err(not_found()),
    };
    let known = kind_at(&api_version, namespace, plural)?;
    let Value::Object(fields) = &body else {
        let of = go::json_kind(&body);
        return Err(Failure::from(ApiError::BadRequest(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {of} into Go value of type {SAYS_WHAT_IT_IS}"
        ))));
    };
    let given = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    if given("kind") != known.kind {
        return Err(Failure::from(ApiError::BadRequest(format!(
            "{} in version {:?} cannot be handled as a {}",
            given("kind"),
            given("apiVersion").rsplit('/').next().unwrap_or_default(),
            known.kind
        ))));
    }
    let reading = Reading { namespace, is_enforced: !namespace.is_empty(), is_validated: false };
    let document = source::of_text(env, &File::new(text), name, &reading).into_iter().next();
    let object = document.ok_or_else(not_found)??.object(env, Unknown::Ignore)?;
    let created = env.create(object, DryRun::None)?;
    env.say(&object::whole(&created).to_string());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer_with, cluster};

    #[test]
    fn a_body_is_created_where_it_belongs_or_refused() {
        let pods = "/api/v1/namespaces/default/pods";
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"raw"},"spec":{"containers":[{"name":"c","image":"c:1"}]}}"#;
        for (address, body, told) in [
            (pods, "[]", "json: cannot unmarshal array into Go value"),
            (pods, "5", "json: cannot unmarshal number into Go value"),
            (pods, r#"{"apiVersion":"v1","kind":"Pod","metadata":"x"}"#, "metadata"),
            (pods, "{", "unrecognized (must be of type JSON)"),
            ("/api/v1/namespaces/default/configmaps", pod, "cannot be handled as a ConfigMap"),
            ("/api/v1/namespaces/default/nosuch", pod, "could not find the requested resource"),
        ] {
            let answer = answer_with(
                &cluster(),
                &format!("kubectl create --raw {address} -f b.json"),
                &[("b.json", body)],
            );
            assert!(answer.code == 1 && answer.err.contains(told), "{body}: {}", answer.err);
            assert!(answer.writes.is_empty(), "{body}");
        }
        let answer =
            answer_with(&cluster(), &format!("kubectl create --raw {pods} -f b.json"), &[("b.json", pod)]);
        assert_eq!((answer.code, answer.writes.len()), (0, 1), "{}", answer.err);
    }
}
