//! `kubectl run`. Upstream: `kubectl/pkg/cmd/run/run.go`, `kubectl/pkg/generate/versioned/run.go`. Nothing is attached:
//! containers do not run here.

use super::create::made;
use super::expose::{OVERRIDE_TYPE, OVERRIDES, overridden};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::selector::label_pairs;
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run, source};
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "run",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        OVERRIDES,
        OVERRIDE_TYPE,
        Flag::long("annotations", Takes::List),
        Flag::long("attach", Takes::Switch),
        Flag::long("command", Takes::Switch),
        Flag::long("env", Takes::List),
        Flag::long("expose", Takes::Switch),
        Flag::long("image", Takes::Text),
        Flag::long("image-pull-policy", Takes::Text),
        Flag::short("labels", 'l', Takes::Text),
        Flag::long("leave-stdin-open", Takes::Switch),
        Flag::long("port", Takes::Text),
        Flag::long("privileged", Takes::Switch),
        Flag::short("quiet", 'q', Takes::Switch),
        Flag::long("restart", Takes::Text),
        Flag::long("rm", Takes::Switch),
        // How what --rm deletes is deleted.
        Flag::long("cascade", Takes::TextOr("background")),
        Flag::long("force", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("timeout", Takes::Duration),
        Flag::long("wait", Takes::Switch),
        Flag::short("stdin", 'i', Takes::Switch),
        Flag::short("tty", 't', Takes::Switch),
    ],
    run,
};

const COMMAND: &str = "kubectl run";

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    args.require(&["image"]).map_err(Failure::Own)?;
    let dry_run = dry_run(args)?;
    let name = match args.positional.first() {
        Some(name) if args.before_dash != Some(0) => name.clone(),
        _ => return Err(Failure::usage(COMMAND, "NAME is required for run")),
    };
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let image = text("image");
    if image.is_empty() {
        return Err(Failure::own("--image is required"));
    }
    if !is_image(image) {
        return Err(Failure::own(format!("Invalid image name {image:?}: invalid reference format")));
    }
    let is_attached = args.is_on("attach") || (args.is_on("stdin") && !args.has("attach"));
    let policy = if text("restart").is_empty() { "Always" } else { text("restart") };
    let usage = if args.is_on("tty") && !args.is_on("stdin") {
        "-i/--stdin is required for containers with -t/--tty=true".to_owned()
    } else if args.is_on("expose") && text("port").is_empty() {
        "--port must be set when exposing a service".to_owned()
    } else if !["Always", "OnFailure", "Never"].contains(&policy) {
        format!("invalid restart policy: {policy}")
    } else if args.is_on("rm") && !is_attached {
        "--rm should only be used for attached containers".to_owned()
    } else if is_attached && dry_run != DryRun::None {
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"
            .to_owned()
    } else if !["", "Always", "IfNotPresent", "Never"].contains(&text("image-pull-policy")) {
        format!("invalid image pull policy: {}", text("image-pull-policy"))
    } else {
        String::new()
    };
    if !usage.is_empty() {
        return Err(Failure::usage(COMMAND, &usage));
    }
    if is_attached {
        return Err(Failure::own("containers do not run in this playground: there is nothing to attach to"));
    }
    let pod = overridden(args, pod(args, &name, policy)?)?;
    if !args.is_on("expose") {
        return made(env, args, pod, "", "created");
    }
    // The pod is made first, and told last.
    let before = env.out.len();
    made(env, args, pod, "", "created")?;
    let pod = env.out.split_off(before);
    let is_document = std::mem::take(&mut env.has_document);
    let port: i32 = text("port").parse().unwrap_or_default();
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name },
        "spec": {
            "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }],
            "selector": labels(args, &name)?,
        },
        "status": { "loadBalancer": {} },
    });
    let mut service = service;
    if args.has("labels") {
        service["metadata"]["labels"] = labels(args, &name)?;
    }
    let outcome = made(env, args, service, "", "created");
    if outcome.is_ok() && args.has("output") && text("output") != "name" {
        env.say("---");
    }
    env.out += if is_document { "---\n" } else { "" };
    env.out += &pod;
    outcome
}

/// Whether a text can be the name of an image (`distribution/reference`).
fn is_image(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-/:@".contains(letter);
    let (path, _) = text.split_once('@').unwrap_or((text, ""));
    let name = match path.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') && !tag.is_empty() => name,
        Some((_, "")) => return false,
        _ => path,
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    let is_lower = !last.chars().any(|letter| letter.is_ascii_uppercase());
    let parts_are_there = name.split('/').all(|part| {
        part.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && part.ends_with(|letter: char| letter.is_ascii_alphanumeric())
    });
    text.chars().all(is_part) && is_lower && parts_are_there
}

fn labels(args: &Args, name: &str) -> Result<Value, Failure> {
    match args.text("labels").filter(|text| !text.is_empty()) {
        Some(text) => Ok(label_pairs(text)?.into()),
        None => Ok(json!({ "run": name })),
    }
}

fn pod(args: &Args, name: &str, policy: &str) -> Result<Value, Failure> {
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let mut container = json!({ "image": text("image"), "name": name, "resources": {} });
    let rest = args.positional.get(1..).unwrap_or_default();
    if !rest.is_empty() {
        container[if args.is_on("command") { "command" } else { "args" }] = json!(rest);
    }
    let mut variables = Vec::new();
    for variable in args.texts("env") {
        match variable.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => variables.push(json!({ "name": name, "value": value })),
            None => return Err(Failure::own(format!("invalid env: {variable}"))),
        }
    }
    if !variables.is_empty() {
        container["env"] = variables.into();
    }
    if !text("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = text("image-pull-policy").into();
    }
    if !text("port").is_empty() {
        let port: i32 = text("port")
            .parse()
            .map_err(|_| Failure::own(format!("strconv.Atoi: parsing {:?}: invalid syntax", text("port"))))?;
        container["ports"] = json!([{ "containerPort": port }]);
    }
    if args.is_on("privileged") {
        container["securityContext"] = json!({ "privileged": true });
    }
    let mut metadata = json!({ "labels": labels(args, name)?, "name": name });
    for annotation in args.texts("annotations") {
        let Some((key, value)) = annotation.split_once('=') else {
            return Err(Failure::own(format!("invalid annotation: {annotation}")));
        };
        metadata["annotations"][key] = value.into();
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": { "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": policy },
        "status": {},
    }))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_pod_is_made_of_an_image() {
        for (line, out, err) in [
            ("a", "", "error: required flag(s) \"image\" not set\n"),
            ("a --image=x:1", "pod/a created\n", ""),
            ("a --image=X", "", "error: Invalid image name \"X\": invalid reference format\n"),
            ("p --image=x", "", "Error from server (AlreadyExists): pods \"p\" already exists\n"),
            ("a --image=x --overrides=no", "", "error: Invalid JSON Patch\n"),
            (
                "a --image=x --dry-run=client -o yaml --env=A=b -- sleep 1",
                "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    run: a\n  name: a\nspec:\n  containers:\n  - args:\n    - sleep\n    - \"1\"\n    env:\n    - name: A\n      value: b\n    image: x\n    name: a\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n",
                "",
            ),
        ] {
            let answer = answer(&cluster(), &format!("kubectl run {line}"));
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        }
    }
}
