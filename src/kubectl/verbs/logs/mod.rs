//! `kubectl logs`: containers here do not run, and so they say nothing. Upstream: `kubectl/pkg/cmd/logs/logs.go`.

use crate::api::{Kind, Object, ObjectKey, Time};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::select::{self, Query};
use crate::kubectl::{Args, Env, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "logs",
    flags: &[
        select::SELECTOR,
        Flag::long("all-containers", Takes::Switch),
        Flag::long("all-pods", Takes::Switch),
        Flag::short("container", 'c', Takes::Text),
        Flag::short("follow", 'f', Takes::Switch),
        Flag::long("ignore-errors", Takes::Switch),
        Flag::long("insecure-skip-tls-verify-backend", Takes::Switch),
        Flag::long("limit-bytes", Takes::Number),
        Flag::long("max-log-requests", Takes::Number),
        Flag::long("pod-running-timeout", Takes::Duration),
        Flag::long("prefix", Takes::Switch),
        Flag::short("previous", 'p', Takes::Switch),
        Flag::long("since", Takes::Duration),
        Flag::long("since-time", Takes::Text),
        Flag::long("tail", Takes::Number),
        Flag::long("timestamps", Takes::Switch),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let selector = args.text("selector").unwrap_or_default();
    let words = &args.positional;
    if selector.is_empty() && (words.is_empty() || words.len() > 2) {
        return Err(Failure::usage(
            "kubectl logs",
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    }
    if !selector.is_empty() && !words.is_empty() {
        return Err(Failure::usage("kubectl logs", "only a selector (-l) or a POD name is allowed"));
    }
    if let Some(text) = args.text("since-time").filter(|text| Time::parse(text).is_none()) {
        let all = "2006-01-02T15:04:05Z07:00";
        return Err(Failure::own(format!(
            "parsing time {text:?} as {all:?}: cannot parse {text:?} as \"2006\""
        )));
    }
    let negative = |flag: &str, least: i64| args.number(flag).is_some_and(|number| number < least);
    let inline = words.get(1).map_or("", String::as_str);
    let refusal = if args.has("since-time") && args.has("since") {
        "at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned()
    } else if let (true, Some(name)) =
        (args.is_on("all-containers"), args.text("container").or(words.get(1).map(String::as_str)))
    {
        format!("--all-containers=true should not be specified with container name {name}")
    } else if args.has("container") && !inline.is_empty() {
        "only one of -c or an inline [CONTAINER] arg is allowed".to_owned()
    } else if negative("limit-bytes", 0) {
        "--limit-bytes must be greater than 0".to_owned()
    } else if args.millis("since").is_some_and(|since| since < 0) {
        "--since must be greater than 0".to_owned()
    } else if negative("tail", -1) {
        "--tail must be greater than or equal to -1".to_owned()
    } else {
        String::new()
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    if !selector.is_empty() {
        let mut query = Query::of(args, &["pods".to_owned()]).with_type_enough(true);
        query.selector = Some(selector.to_owned());
        let found = select::find(env, &query)?;
        if found.targets.is_empty() {
            env.complain(&format!("No resources found in {} namespace.\n", args.namespace().0));
        }
        return found.targets.iter().try_for_each(|target| match &target.object {
            Ok(object) => of(object, args, words),
            Err(failure) => Err(failure.clone()),
        });
    }
    let named =
        if words[0].contains('/') { words[..1].to_vec() } else { vec!["pods".to_owned(), words[0].clone()] };
    let found = select::find(env, &Query::of(args, &named))?;
    let target = found.targets.first().ok_or(Failure::Told)?;
    let object = target.object.clone().map_err(|failure| match &failure {
        Failure::Api(ApiError::NotFound(_), _) => Failure::own(format!(
            "error from server (NotFound): {} in namespace {:?}",
            failure.message(),
            args.namespace().0
        )),
        _ => failure,
    })?;
    of(&pod_of(env, &object, "get the logs from")?, args, words)
}

/// The pod of an object that owns some, the first by name.
pub fn pod_of(env: &Env, object: &Object, deed: &str) -> Result<Object, Failure> {
    if object.as_pod().is_some() {
        return Ok(object.clone());
    }
    let value = object.to_json();
    let kind = object.kind();
    let is_service = kind == Kind::Service;
    let selector = value.pointer("/spec/selector");
    let selects = |selector: &&serde_json::Value| {
        !is_service || selector.as_object().is_some_and(|pairs| !pairs.is_empty())
    };
    let selector = selector.filter(selects).ok_or_else(|| {
        let name = kind.name();
        let version = kind.api_version().rsplit('/').next().unwrap_or_default().to_owned();
        let why = match is_service {
            true => {
                let own = &object.metadata().name;
                format!("invalid service '{own}': Service is defined without a selector")
            }
            false => format!("selector for *{version}.{name} not implemented"),
        };
        Failure::own(format!("cannot {deed} *{version}.{name}: {why}"))
    })?;
    let namespace = object.metadata().namespace.clone();
    let labels = match is_service {
        true => serde_json::json!({ "matchLabels": selector }),
        false => selector.clone(),
    };
    let chosen: crate::api::LabelSelector = serde_json::from_value(labels).unwrap_or_default();
    let mut pods = env.client.world().pods_in(&namespace).filter(|pod| chosen.matches(&pod.metadata.labels));
    pods.next()
        .cloned()
        .map(Object::Pod)
        .ok_or_else(|| Failure::own("timed out waiting for the condition".to_owned()))
}

/// What a pod's containers have said: nothing.
fn of(object: &Object, args: &Args, words: &[String]) -> Result<(), Failure> {
    let Object::Pod(pod) = object else { return Ok(()) };
    let names: Vec<&str> = pod.spec.containers.iter().map(|container| container.name.as_str()).collect();
    let wanted = args.text("container").or(words.get(1).map(String::as_str)).filter(|name| !name.is_empty());
    let key: ObjectKey = object.key();
    if let Some(name) = wanted.filter(|name| !names.contains(name)) {
        let known = names.join(", ");
        return Err(Failure::own(format!(
            "container {name} is not valid for pod {} out of: {known}",
            key.name
        )));
    }
    if pod.spec.node_name.is_empty() {
        return Ok(());
    }
    Err(Failure::own(
        "kubectl logs has nothing to show: containers of this playground do not run, so they say nothing",
    ))
}

#[cfg(test)]
mod tests {
    use crate::cluster::given::add;
    use crate::kubectl::given::{answer, cluster};
    use serde_json::json;

    #[test]
    fn a_service_stands_for_the_pods_that_it_selects() {
        let mut world = cluster();
        for (name, spec) in [
            ("none", json!({ "ports": [{ "port": 80 }] })),
            ("empty", json!({ "ports": [{ "port": 80 }], "selector": {} })),
            ("other", json!({ "ports": [{ "port": 80 }], "selector": { "nobody": "has-it" } })),
        ] {
            let service =
                json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name }, "spec": spec });
            add(&mut world, service);
        }
        for (line, err) in [
            (
                "logs svc/none",
                "error: cannot get the logs from *v1.Service: invalid service 'none': Service is defined without a selector\n",
            ),
            (
                "logs svc/empty",
                "error: cannot get the logs from *v1.Service: invalid service 'empty': Service is defined without a selector\n",
            ),
            (
                "port-forward svc/none 80",
                "error: cannot attach to *v1.Service: invalid service 'none': Service is defined without a selector\n",
            ),
            ("logs svc/other", "error: timed out waiting for the condition\n"),
        ] {
            assert_eq!(answer(&world, &format!("kubectl {line}")).err, err, "{line}");
        }
    }
}
