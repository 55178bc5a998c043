//! `kubectl create`: from texts, and objects made of flags. Upstream: `kubectl/pkg/cmd/create/create.go`.

/// The flags of every verb that makes an object, and those of its own.
macro_rules! making {
    ($($own:expr),*) => { &[DRY_RUN, object::OUTPUT, source::VALIDATE, source::FIELD_MANAGER, source::SAVE_CONFIG, $($own),*] };
}

mod access;
mod generators;
mod hash;
mod ingress;
mod jobs;
mod raw;
mod secret;

pub use access::{CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING, TOKEN};
pub use generators::{
    CONFIG_MAP, DEPLOYMENT, DISRUPTION_BUDGET, NAMESPACE, PRIORITY_CLASS, QUOTA, SERVICE_ACCOUNT,
    SERVICE_CLUSTER_IP, SERVICE_EXTERNAL_NAME, SERVICE_LOAD_BALANCER, SERVICE_NODE_PORT, int_or_string,
};
pub use ingress::INGRESS;
pub use jobs::{CRON_JOB, JOB};
pub use secret::{DOCKER_REGISTRY, GENERIC, TLS};

use super::edit;
use crate::api::merge::{LAST_APPLIED, with_annotation};
use crate::api::{Kind, Object, ObjectKey};
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::{json, object};
use crate::kubectl::select;
use crate::kubectl::source::{self, Source, Unknown};
use crate::kubectl::{DRY_RUN, Deed, DryRun, Env, Verb, dry_run};
use serde_json::Value;

/// The verb.
pub const VERB: Verb = Verb {
    name: "create",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::FILENAME,
        select::SELECTOR,
        source::VALIDATE,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        Flag::long("edit", Takes::Switch),
        Flag::long("raw", Takes::Text),
        Flag::long("windows-line-endings", Takes::Switch),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if !args.positional.is_empty() {
        let words = args.positional.join(" ");
        return Err(Failure::usage("kubectl create", &format!("Unexpected args: [{words}]")));
    }
    let dry_run = dry_run(args)?;
    let unknown = source::unknown(args)?;
    source::required(args)?;
    if let Some(path) = args.text("raw").filter(|path| !path.is_empty()) {
        return raw::post(env, args, path);
    }
    let is_edited = args.is_on("edit");
    let (documents, mut failures) = source::all(env, args, unknown != Unknown::Ignore && !is_edited)?;
    let mut count = 0;
    for document in documents {
        let outcome = match is_edited {
            true => edit::before_create(env, &document).and_then(|edited| {
                edited.map_or(Ok(()), |text| one(env, args, &text, unknown, DryRun::None))
            }),
            false => one(env, args, &document, unknown, dry_run),
        };
        count += usize::from(outcome.is_ok());
        failures.extend(outcome.err());
    }
    Failure::of(failures)?;
    if count == 0 {
        return Err(Failure::own("no objects passed to create"));
    }
    Ok(())
}

/// Creates an object of a text.
///
/// # Errors
/// The API server's.
pub fn one(
    env: &mut Env,
    args: &Args,
    document: &Source,
    unknown: Unknown,
    dry_run: DryRun,
) -> Result<(), Failure> {
    let saved = saved(args, &document.value);
    if dry_run == DryRun::Client {
        env.client.note(&document.key, Deed::Created);
        return object::as_it_is(env, args, &document.key, &|| saved.clone(), "created", dry_run);
    }
    let failed = |error| Failure::of_file(error, "creating", &document.source);
    let mut object = document.object(env, unknown).map_err(failed)?;
    annotate(&mut object, &saved);
    let created = env.create(object, dry_run).map_err(failed)?;
    object::done(env, args, &created, "created", dry_run)
}

/// An object with itself in the annotation of apply, where it is there already or `--save-config` wants it
/// (`CreateOrUpdateAnnotation`).
pub fn saved(args: &Args, value: &Value) -> Value {
    let has = value.pointer("/metadata/annotations").is_some_and(|all| all.get(LAST_APPLIED).is_some());
    if args.is_on("save-config") || has { with_annotation(value.clone()) } else { value.clone() }
}

/// Gives an object the annotation that its text was given.
pub fn annotate(object: &mut Object, saved: &Value) {
    let text = saved.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED));
    if let Some(text) = text.and_then(Value::as_str) {
        object.metadata_mut().annotations.insert(LAST_APPLIED.into(), text.into());
    }
}

/// The one name that a verb which makes an object takes.
fn name(args: &Args, verb: &str) -> Result<String, Failure> {
    let count = args.before_dash.unwrap_or(args.positional.len());
    match args.positional.first() {
        Some(name) if count == 1 => Ok(name.clone()),
        _ => {
            let text = format!("exactly one NAME is required, got {count}");
            Err(Failure::usage(&format!("kubectl {verb}"), &text))
        }
    }
}

/// Creates an object that was made of flags.
///
/// # Errors
/// The API server's, after these words if there are any.
pub fn made(env: &mut Env, args: &Args, mut value: Value, failed: &str, deed: &str) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let kind = Kind::of(
        value["apiVersion"].as_str().unwrap_or_default(),
        value["kind"].as_str().unwrap_or_default(),
    );
    if args.is_on("save-config") {
        let text = json::typed_line(&value);
        value["metadata"]["annotations"][LAST_APPLIED] = text.into();
    }
    let (namespace, is_named) = args.namespace();
    if kind.is_namespaced() && (is_named || dry_run != DryRun::Client) {
        value["metadata"]["namespace"] = namespace.into();
    }
    let key = ObjectKey::new(kind, namespace, value["metadata"]["name"].as_str().unwrap_or_default());
    if dry_run == DryRun::Client {
        env.client.note(&key, Deed::Created);
        return object::as_it_is(env, args, &key, &|| value.clone(), deed, dry_run);
    }
    let created = decode(value).and_then(|object| env.create(object, dry_run));
    let created = created.map_err(|error| match failed {
        "" => Failure::from(error),
        failed => Failure::own(format!("{failed}{error}")),
    })?;
    object::done(env, args, &created, deed, dry_run)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, answer_with, cluster};

    #[test]
    fn objects_are_made_of_flags() {
        let world = cluster();
        for (line, out, err) in [
            ("namespace team", "namespace/team created\n", ""),
            ("ns default", "", "Error from server (AlreadyExists): namespaces \"default\" already exists\n"),
            ("pc high --value=5", "priorityclass.scheduling.k8s.io/high created\n", ""),
            ("pdb b --min-available=1", "", "error: a selector must be specified\n"),
            ("pdb b --selector=a=b --max-unavailable=50%", "poddisruptionbudget.policy/b created\n", ""),
            ("svc clusterip s", "", "error: at least one tcp port specifier must be provided\n"),
            ("service nodeport s --tcp=80:http", "service/s created\n", ""),
            ("deployment d", "", "error: required flag(s) \"image\" not set\n"),
            ("cm c --from-literal=a=b", "configmap/c created\n", ""),
            (
                "--raw /api/v1/namespaces/default/pods/nope/eviction -f p.json",
                "",
                "error: open p.json: no such file or directory\n",
            ),
            (
                "namespace",
                "",
                "error: exactly one NAME is required, got 0\nSee 'kubectl create namespace -h' for help and examples\n",
            ),
            (
                "nothing",
                "",
                "error: Unexpected args: [nothing]\nSee 'kubectl create -h' for help and examples\n",
            ),
            ("job j --image=x", "job.batch/j created\n", ""),
            ("job j", "", "error: either --image or --from must be specified\n"),
            ("job j --from=cronjob/x", "", "Error from server (NotFound): cronjobs.batch \"x\" not found\n"),
            ("cj c --image=x", "", "error: required flag(s) \"schedule\" not set\n"),
            ("role r --verb=get --resource=pods", "role.rbac.authorization.k8s.io/r created\n", ""),
            ("role r --verb=get", "", "error: at least one resource must be specified\n"),
            ("role r --verb=get --resource=x", "", "the server doesn't have a resource type \"x\"\n"),
            (
                "role r --verb=bind --resource=pods",
                "",
                "error: can not perform 'bind' on 'pods' in group ''\n",
            ),
            (
                "clusterrole r --verb=get --non-resource-url=x",
                "",
                "error: nonResourceURL should start with /\n",
            ),
            (
                "rolebinding b --role=r --serviceaccount=x",
                "",
                "error: serviceaccount must be <namespace>:<name>\n",
            ),
            ("ing i --rule=a/b=c:80,tls=s --class=x", "ingress.networking.k8s.io/i created\n", ""),
            (
                "ing i --rule=a",
                "",
                "error: rule a is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]\n",
            ),
            (
                "secret generic s --from-literal=a=b --dry-run=client -o yaml",
                "apiVersion: v1\ndata:\n  a: Yg==\nkind: Secret\nmetadata:\n  name: s\n",
                "",
            ),
            (
                "secret docker-registry s --docker-username=u",
                "",
                "error: either --from-file or the combination of --docker-username, --docker-password and --docker-server is required\n",
            ),
            (
                "deploy d --image=x:1 --dry-run=client -o yaml -- sleep 1",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    app: d\n  name: d\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: d\n  strategy: {}\n  template:\n    metadata:\n      labels:\n        app: d\n    spec:\n      containers:\n      - command:\n        - sleep\n        - \"1\"\n        image: x:1\n        name: x\n        resources: {}\nstatus: {}\n",
                "",
            ),
        ] {
            let answer = answer(&world, &format!("kubectl create {line}"));
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        }
    }

    #[test]
    fn what_is_there_is_not_created_again() {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n";
        let answer = answer_with(&cluster(), "kubectl create -f p.yaml", &[("p.yaml", text)]);
        assert_eq!(
            answer.err,
            "Error from server (AlreadyExists): error when creating \"p.yaml\": pods \"p\" already exists\n"
        );
        assert!(answer.writes.is_empty());
    }
}
