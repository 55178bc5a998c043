//! `kubectl apply`. Upstream: `kubectl/pkg/cmd/apply/{apply,patcher}.go`. Pruning is left out.

mod last_applied;
mod owners;
mod server_side;

pub use last_applied::{EDIT_LAST_APPLIED, SET_LAST_APPLIED, VIEW_LAST_APPLIED};
pub use owners::make_revisions;
pub use server_side::apply as server_side;

use crate::api::merge::{LAST_APPLIED, last_applied, three_way, three_way_patch, with_annotation};
use crate::api::{EcoString, Kind, Object, ObjectKey, PodStatus, Taint, Time};
use crate::cluster::{ApiError, Propagation, World, Write, lease_key, silent_since, stopped_lease};
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object::{self, whole};
use crate::kubectl::select;
use crate::kubectl::source::{self, Source, Unknown};
use crate::kubectl::verbs::patch::{invalid, shown_patch, unconverted};
use crate::kubectl::{Client, DRY_RUN, Deed, DryRun, Env, Verb, dry_run, kinds};
use crate::kubelet::register;
use serde_json::{Value, json};
use std::rc::Rc;

/// The verb.
pub const VERB: Verb = Verb {
    name: "apply",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::FILENAME,
        select::ALL,
        source::VALIDATE,
        source::FIELD_MANAGER,
        Flag::long("force", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("timeout", Takes::Duration),
        Flag::long("cascade", Takes::TextOr("background")),
        Flag::long("overwrite", Takes::Switch),
        Flag::long("openapi-patch", Takes::Switch),
        Flag::long("subresource", Takes::Text),
        Flag::long("wait", Takes::Switch),
        Flag::long("server-side", Takes::Switch),
        Flag::long("force-conflicts", Takes::Switch),
        Flag::long("prune", Takes::Switch),
        Flag::long("prune-allowlist", Takes::Texts),
    ],
    run,
};

struct Options {
    dry_run: DryRun,
    unknown: Unknown,
    /// An object that cannot be patched is deleted and created anew.
    force: bool,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if !args.positional.is_empty() {
        let words = args.positional.join(" ");
        return Err(Failure::usage("kubectl apply", &format!("Unexpected args: [{words}]")));
    }
    let dry_run = dry_run(args)?;
    source::required(args)?;
    let options = Options { dry_run, unknown: source::unknown(args)?, force: args.is_on("force") };
    check(args, &options)?;
    let (documents, mut failures) = source::all(env, args, options.unknown != Unknown::Ignore)?;
    if documents.is_empty() && failures.is_empty() {
        return Err(Failure::own("no objects passed to apply"));
    }
    let is_server_side = args.is_on("server-side");
    for document in &documents {
        let noted = env.client.done().len();
        let outcome = match is_server_side {
            true => server_side::one(env, args, document, dry_run),
            false => one(env, args, document, &options),
        };
        if let (Err(failure), true) = (&outcome, env.client.done().len() == noted) {
            env.client.note(&document.key, Deed::Refused(ApiError::BadRequest(failure.message())));
        }
        failures.extend(outcome.err());
    }
    if dry_run == DryRun::None {
        make_revisions(&mut env.client)?;
    }
    Failure::of(failures)
}

/// Flags that exclude each other (`ApplyOptions.Validate`).
fn check(args: &Args, options: &Options) -> Result<(), Failure> {
    let (is_server_side, force) = (args.is_on("server-side"), options.force);
    let refusal = if args.is_on("force-conflicts") && !is_server_side {
        "--force-conflicts only works with --server-side"
    } else if options.dry_run == DryRun::Client && is_server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if is_server_side && force {
        "--force cannot be used with --server-side"
    } else if options.dry_run == DryRun::Server && force {
        "--dry-run=server cannot be used with --force"
    } else if args.is_on("all") && !args.text("selector").unwrap_or_default().is_empty() {
        "cannot set --all and --selector at the same time"
    } else if args.is_on("prune") && force {
        "--force cannot be used with --prune"
    } else if args.is_on("prune") && !args.is_on("all") && !args.has("selector") {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector"
    } else if args.is_on("prune") && is_server_side {
        "--prune is in alpha and doesn't currently work on objects created by server-side apply"
    } else if args.has("subresource") && !is_server_side {
        "--subresource can only be specified for --server-side"
    } else if args.is_on("prune") {
        "--prune is not part of this playground: delete with kubectl delete what is not wanted any more"
    } else {
        return Ok(());
    };
    Err(Failure::own(refusal))
}

/// How kubectl names an object of a text in long errors (`Info.String`).
fn info(key: &ObjectKey) -> String {
    let (group, version) = key.kind.api_version().split_once('/').unwrap_or(("", key.kind.api_version()));
    let plural = kinds::of(&key.kind).map_or_else(|| key.kind.resource(), |kind| kind.plural.to_owned());
    format!(
        "Resource: \"{group}/{version}, Resource={plural}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\nName: {:?}, Namespace: {:?}",
        key.kind.name(),
        key.name.as_str(),
        key.namespace.as_str()
    )
}

/// An object without a name, or with one that no address can have, cannot be applied.
fn named(document: &Source) -> Result<(), Failure> {
    let Some(why) = select::unnameable(&document.key.name) else { return Ok(()) };
    let prefix = document.value.pointer("/metadata/generateName").and_then(Value::as_str);
    match prefix.filter(|_| document.key.name.is_empty()).unwrap_or_default() {
        "" => Err(Failure::own(format!(
            "error when retrieving current configuration of:\n{}\nfrom server for: {:?}: {why}",
            info(&document.key),
            document.source
        ))),
        prefix => Err(Failure::own(format!("from {prefix}: cannot use generate name with apply"))),
    }
}

fn one(env: &mut Env, args: &Args, document: &Source, options: &Options) -> Result<(), Failure> {
    named(document)?;
    let is_new = env.client.get(&document.key).is_err();
    if !is_new {
        warn_of_annotation(env, document);
    }
    let live = env.client.get(&document.key).ok();
    let failed = |error: ApiError| match &live {
        None => Failure::of_file(error, "creating", &document.source),
        Some(live) => not_patched(error, live, document),
    };
    let object = match decoded(env, document, options) {
        Ok(object) => object,
        Err(error) => {
            env.client.note(&document.key, Deed::Refused(error.clone()));
            return Err(failed(error));
        }
    };
    if is_new && options.dry_run == DryRun::Client {
        env.client.note(&document.key, Deed::Created);
        let made = || with_annotation(document.value.clone());
        return object::as_it_is(env, args, &document.key, &made, "created", options.dry_run);
    }
    let manifest =
        ToApply { object: &object, key: &document.key, managed_fields: None, taints: None, keeps_uid: false };
    let mut outcome = apply(&mut env.client, document.value.clone(), &manifest, options.dry_run);
    if options.force && !is_new && matches!(outcome, Err(ApiError::Invalid(..) | ApiError::Conflict(_))) {
        env.client
            .delete(&document.key, Some(0), Propagation::Background, options.dry_run)
            .map_err(failed)?;
        outcome = apply(&mut env.client, document.value.clone(), &manifest, options.dry_run)
            .map(|(object, _)| (object, "configured"));
    }
    let (applied, deed) = outcome.map_err(failed)?;
    env.tell_warnings();
    warn_if_deleted(env, &applied);
    object::done(env, args, &applied, deed, options.dry_run)
}

/// The API server refuses a patch: kubectl shows it.
fn not_patched(error: ApiError, live: &Object, document: &Source) -> Failure {
    let patch = patch(live, &with_annotation(document.value.clone()));
    if let ApiError::BadRequest(why) = &error
        && let Some((_, why)) = why.split_once(" cannot be handled as a ")
    {
        let why = why.split_once(": ").map_or(why, |(_, why)| why);
        return invalid(&shown_patch(patch), &unconverted(why));
    }
    let (info, source) = (info(&document.key), &document.source);
    let doing = format!(
        "error when applying patch:\n{patch}\nto:\n{info}\nfor: {source:?}: error when patching {source:?}"
    );
    Failure::Api(error, Some(doing))
}

/// What is being deleted is not kept by applying it.
fn warn_if_deleted(env: &mut Env, object: &Object) {
    if object.metadata().is_terminating() {
        let name = &object.metadata().name;
        env.warn(&format!("Detected changes to resource {name} which is currently being deleted."));
    }
}

/// What apply needs to know was left by another way of writing the object.
fn warn_of_annotation(env: &mut Env, document: &Source) {
    let live = env.client.get(&document.key);
    if live.is_ok_and(|live| live.metadata().annotations.contains_key(LAST_APPLIED)) {
        return;
    }
    let kind = &document.key.kind;
    let plural = kinds::of(kind).map_or_else(|| kind.resource(), |resource| resource.plural.to_owned());
    env.warn(&format!(
        "resource {plural}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
        document.key.name
    ));
}

/// What the API server decodes. A client's dry run asks nobody: there a wrong value is only dropped.
fn decoded(env: &mut Env, document: &Source, options: &Options) -> Result<Object, ApiError> {
    match (options.dry_run, &document.decoded) {
        (DryRun::Client, Err(_)) => {
            let value = serde_json::json!({
                "apiVersion": document.key.kind.api_version(),
                "kind": document.key.kind.name(),
                "metadata": document.value["metadata"],
            });
            decode(value)
        }
        (DryRun::Client, _) => document.object(env, Unknown::Ignore),
        _ => document.object(env, options.unknown),
    }
}

/// An object to be applied.
pub struct ToApply<'a> {
    /// What is written of it, decoded.
    pub object: &'a Object,
    /// Under which name it is stored.
    pub key: &'a ObjectKey,
    /// `metadata.managedFields` that it is to have; what a text says of them does not count.
    pub managed_fields: Option<Value>,
    /// The taints that a node is to have, if not those of the text: some are not the user's.
    pub taints: Option<Vec<Taint>>,
    /// Whether a new object keeps the uid of the text, by which others name it as their owner.
    pub keeps_uid: bool,
}

/// Creates an object that is written so, or patches what is there. Gives it as it then is, and what was done.
///
/// # Errors
/// The API server's.
pub fn apply(
    client: &mut Client,
    mut written: Value,
    manifest: &ToApply,
    dry_run: DryRun,
) -> Result<(Object, &'static str), ApiError> {
    take_from_dump(client.world(), manifest.key, &mut written);
    let mut written = with_annotation(written);
    let Ok(live) = client.get(manifest.key) else {
        let known_as = &manifest.object.metadata().uid;
        let mut object = joined(meant(client.world(), manifest, &written), client.now());
        if dry_run == DryRun::None {
            set_kubelet(client, &object)?;
        }
        let created = if dry_run == DryRun::Client {
            object
        } else if manifest.keeps_uid {
            object.metadata_mut().uid.clone_from(known_as);
            client.restore(object, dry_run)?
        } else {
            client.create(object, dry_run)?
        };
        if dry_run == DryRun::None && created.metadata().uid != *known_as {
            owners::take_dependents(client, &created, known_as)?;
        }
        return Ok((created, "created"));
    };
    if let Some(fields) = &manifest.managed_fields {
        written["metadata"]["managedFields"] = fields.clone();
    }
    let mut meant = meant(client.world(), manifest, &written).to_json();
    if let Some(taints) = &manifest.taints {
        // That there are none is said, too: else the whole spec of a node that has no other would be taken away.
        set_taints(&mut written, taints);
        set_taints(&mut meant, taints);
    }
    let before = live.to_json();
    // kubectl compares what is written; what is meant is the same with the types of the kind's fields.
    if patch(&live, &written) == Value::Object(Default::default()) {
        client.note(manifest.key, Deed::Unchanged);
        return Ok((live, "unchanged"));
    }
    let zeros = [Value::Null, json!(""), json!(0), json!(false), json!([])];
    say_what_is_nothing(&mut meant, &written, &|value| zeros.contains(value));
    let patched = decode(three_way(&last_applied(&before), &before, &meant))?;
    let patched = if dry_run == DryRun::Client { patched } else { client.update(patched, dry_run)? };
    Ok((patched, "configured"))
}

fn set_taints(node: &mut Value, taints: &[Taint]) {
    match node["spec"].as_object_mut() {
        Some(spec) if taints.is_empty() => drop(spec.remove("taints")),
        _ => node["spec"]["taints"] = serde_json::to_value(taints).unwrap_or_default(),
    }
}

/// The patch that kubectl sends for a live object.
fn patch(live: &Object, written: &Value) -> Value {
    let before = whole(live);
    three_way_patch(&last_applied(&before), &before, written)
}

/// A field that is written as null is deleted, and one that is written as the zero of its type is set to it; once decoded
/// both would only be absent.
fn say_what_is_nothing(meant: &mut Value, written: &Value, is_nothing: &dyn Fn(&Value) -> bool) {
    match (meant, written) {
        (Value::Object(meant), Value::Object(written)) => {
            for (name, value) in written {
                match meant.get_mut(name) {
                    None if is_nothing(value) => drop(meant.insert(name.clone(), value.clone())),
                    Some(meant) => say_what_is_nothing(meant, value, is_nothing),
                    None => {}
                }
            }
        }
        (Value::Array(meant), Value::Array(written)) => {
            let pairs = meant.iter_mut().zip(written);
            pairs.for_each(|(meant, written)| say_what_is_nothing(meant, written, is_nothing));
        }
        _ => {}
    }
}

/// What a dump of a cluster says of an object, as it is to be said here: what the cluster wrote into its metadata
/// nobody wishes for, and owners have other uids.
fn take_from_dump(world: &World, key: &ObjectKey, value: &mut Value) {
    const FIELDS: &[&str] = &[
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
    ];
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| !FIELDS.contains(&field.as_str()));
    }
    match (&key.kind, value.as_object_mut()) {
        (Kind::Pod, Some(fields)) => drop(fields.remove("status")),
        (Kind::ControllerRevision, Some(fields)) => {
            if let Some(data) = fields.get_mut("data") {
                owners::complete_revision(data);
            }
        }
        _ => {}
    }
    owners::rename_written(world, &key.namespace, value);
}

/// What is meant by what is written ([`take_from_dump`]): the same of the decoded object, with what apply notes of it.
/// It is not decoded from the text again, as a large cluster is of many.
fn meant(world: &World, manifest: &ToApply, written: &Value) -> Object {
    let mut object = manifest.object.clone();
    let metadata = object.metadata_mut();
    metadata.uid = EcoString::new();
    metadata.resource_version = EcoString::new();
    metadata.generation = 0;
    metadata.creation_timestamp = None;
    metadata.set_deletion(None, None);
    metadata.rest.set("selfLink", Value::Null);
    metadata.rest.set("managedFields", manifest.managed_fields.clone().unwrap_or_default());
    if let Some(noted) = written["metadata"]["annotations"][LAST_APPLIED].as_str() {
        metadata.annotations.insert(LAST_APPLIED.into(), noted.into());
    }
    owners::rename(world, &manifest.key.namespace, metadata);
    match &mut object {
        Object::Pod(pod) => Rc::make_mut(pod).status = PodStatus::default(),
        Object::ControllerRevision(revision) => {
            if let Some(data) = &mut Rc::make_mut(revision).data {
                owners::complete_revision(Rc::make_mut(data));
            }
        }
        Object::Node(node) => {
            if let Some(taints) = &manifest.taints {
                Rc::make_mut(node).spec.taints.clone_from(taints);
            }
        }
        _ => {}
    }
    object
}

/// A new object as it comes to be: a node registers itself.
fn joined(mut object: Object, now: Time) -> Object {
    if let Object::Node(node) = &mut object {
        register(Rc::make_mut(node), now);
    }
    object
}

/// A node of which nothing is known has a silent kubelet, any other has one that runs.
///
/// # Errors
/// The API server's.
pub fn set_kubelet(client: &mut Client, object: &Object) -> Result<(), ApiError> {
    let Object::Node(node) = object else { return Ok(()) };
    let name = &node.metadata.name;
    let write = match (silent_since(client.world(), name).is_some(), node.ready() == Some("Unknown")) {
        (false, true) => Write::Create(stopped_lease(name, client.now())),
        (true, false) => Write::delete(lease_key(name)),
        _ => return Ok(()),
    };
    client.try_write(write, DryRun::None).map(drop)
}

#[cfg(test)]
mod tests {
    use crate::cluster::{World, Write};
    use crate::kubectl::given::{answer, answer_with, cluster};

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec:\n  containers: [{name: c, image: 'a:1'}]\n";

    /// Otherwise all pods of a DaemonSet would be replaced by what is printed of it.
    #[test]
    fn what_is_printed_and_applied_again_changes_no_template() {
        let mut world = cluster();
        let set = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: d}}\n  template:\n    metadata: {labels: {app: d}}\n    spec:\n      containers:\n      - name: c\n        image: a:1\n        env: [{name: E, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]\n      volumes: [{name: v, downwardAPI: {items: [{path: p, resourceFieldRef: {containerName: c, resource: limits.cpu}}]}}]\n";
        for write in applied(&world, set).2 {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        let printed = answer(&world, "kubectl get ds d -o yaml").out;
        assert_eq!(printed.matches("divisor: \"0\"").count(), 2, "{printed}");
        for write in applied(&world, &printed).2 {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        let set = world.daemon_set("default", "d").expect("the set");
        assert_eq!(set.metadata.generation, 1, "only what was applied last is noted anew");
    }

    /// What charts write: a value that says what is so anyway, and of which the typed object has nothing.
    #[test]
    fn the_zero_of_a_field_is_nothing_however_often_it_is_applied() {
        const OF_POD: &str = "{hostNetwork: false, hostPID: false, hostIPC: false, tolerations: [], nodeSelector: {}, initContainers: [], imagePullSecrets: [], topologySpreadConstraints: [], overhead: {}, priorityClassName: '', hostAliases: [], nodeName: '', subdomain: '', runtimeClassName: null, securityContext: {sysctls: [], supplementalGroups: []}, dnsConfig: {options: [], searches: []}, volumes: [{name: v, emptyDir: {medium: ''}}, {name: c, configMap: {name: c, items: []}}, {name: p, projected: {sources: []}}], containers: [CONTAINER]}";
        const CONTAINER: &str = "{name: c, image: 'a:1', tty: false, stdin: false, stdinOnce: false, workingDir: '', args: [], command: [], envFrom: [], ports: [{containerPort: 80, hostIP: '', name: '', hostPort: 0}], env: [{name: E, value: ''}], volumeMounts: [{name: v, mountPath: /v, readOnly: false, subPath: ''}], securityContext: {capabilities: {add: [], drop: []}}, resources: {limits: {}, requests: {}}, livenessProbe: {initialDelaySeconds: 0, httpGet: {path: /, port: 80, host: '', httpHeaders: []}}, readinessProbe: {initialDelaySeconds: 0, tcpSocket: {port: 80, host: ''}}}";
        let pod = OF_POD.replace("CONTAINER", CONTAINER);
        let template = format!("{{metadata: {{labels: {{app: d}}, annotations: {{}}}}, spec: {pod}}}");
        let of_set = format!(
            "{{selector: {{matchLabels: {{app: d}}, matchExpressions: []}}, template: {template}, minReadySeconds: 0, updateStrategy: {{type: ''}}}}"
        );
        for (kind, spec) in [
            ("apps/v1\nkind: DaemonSet", of_set.as_str()),
            ("apps/v1\nkind: Deployment", &of_set.replace("updateStrategy", "strategy")),
            (
                "apps/v1\nkind: StatefulSet",
                &of_set.replace("minReadySeconds", "serviceName: s, minReadySeconds"),
            ),
            ("v1\nkind: Pod", &pod),
            (
                "batch/v1\nkind: Job",
                &format!(
                    "{{template: {}}}",
                    template.replace("{hostNetwork", "{restartPolicy: Never, hostNetwork")
                ),
            ),
        ] {
            let text = format!("apiVersion: {kind}\nmetadata: {{name: z}}\nspec: {spec}\n");
            let mut world = cluster();
            let write = |world: &mut World, writes: Vec<Write>| {
                for write in writes {
                    world.write(write, crate::api::Time::EPOCH).expect("accepted");
                }
            };
            let (said, told, writes) = applied(&world, &text);
            assert!(said.ends_with("created\n") && told.is_empty(), "{kind}: {said}{told}");
            write(&mut world, writes);
            let resource = kind.rsplit(' ').next().expect("its kind").to_ascii_lowercase();
            let spec = |world: &World| {
                answer(
                    world,
                    &format!("kubectl get {resource} z -o jsonpath='{{.metadata.generation}} {{.spec}}'"),
                )
                .out
            };
            let first = spec(&world);
            for again in ["", "# again\n"] {
                let (said, told, writes) = applied(&world, &format!("{text}{again}"));
                assert!(told.is_empty() && said.contains("configured"), "{kind}: {said}{told}");
                write(&mut world, writes);
                assert_eq!(spec(&world), first);
            }
            let patch = match resource.as_str() {
                "pod" => "{\"hostPID\":false}",
                _ => "{\"template\":{\"spec\":{\"hostPID\":false,\"tolerations\":[]}}}",
            };
            let patched = answer(&world, &format!("kubectl patch {resource} z -p '{{\"spec\":{patch}}}'"));
            assert!(patched.out.ends_with("patched (no change)\n"), "{kind}: {patched:?}");
        }
    }

    fn applied(world: &World, text: &str) -> (String, String, Vec<Write>) {
        let answer = answer_with(world, "kubectl apply -f manifest.yaml", &[("manifest.yaml", text)]);
        (answer.out, answer.err, answer.writes)
    }

    /// A dump names owners by the uids of its own cluster, and where it is to go may stand in the command alone.
    #[test]
    fn an_object_of_a_dump_is_of_the_owner_of_that_name_in_its_namespace() {
        let mut world = cluster();
        let dump = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owner, uid: u, resourceVersion: '7', creationTimestamp: '2020-01-01T00:00:00Z'}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: owned\n  selfLink: /x\n  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: u}]\n";
        let answer = answer_with(&world, "kubectl apply -n kube-system -f dump.yaml", &[("dump.yaml", dump)]);
        assert_eq!(answer.out, "configmap/owner created\nconfigmap/owned created\n");
        for write in answer.writes {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        let stored = |name: &str| {
            let kind = crate::api::Kind::of("v1", "ConfigMap");
            world.get(&crate::api::ObjectKey::new(kind, "kube-system", name)).expect("it is there")
        };
        let (owner, owned) = (stored("owner"), stored("owned"));
        let metadata = owned.metadata();
        assert_eq!(metadata.owner_references[0].uid, owner.metadata().uid);
        assert_ne!(owner.metadata().uid, "u");
        assert!(metadata.rest.is_empty(), "{metadata:?}");
        let noted = crate::api::merge::last_applied(&owned.to_json());
        assert_eq!(noted["metadata"]["ownerReferences"][0]["uid"], owner.metadata().uid.as_str());
    }

    #[test]
    fn what_is_there_already_as_written_is_unchanged() {
        let mut world = cluster();
        let (out, _, writes) = applied(&world, POD);
        assert_eq!(out, "pod/new created\n");
        for write in writes {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        assert_eq!(applied(&world, POD), ("pod/new unchanged\n".into(), String::new(), Vec::new()));
        let (out, _, writes) = applied(&world, &POD.replace("a:1", "a:2"));
        assert_eq!((out.as_str(), writes.len()), ("pod/new configured\n", 1));
    }

    #[test]
    fn what_is_wrong_with_a_text_is_told_as_kubectl_does_and_the_rest_is_applied() {
        let world = cluster();
        let unknown = POD.replace("spec:", "spec:\n  hostnetwork: true");
        for (text, out, err) in [
            ("", "", "error: no objects passed to apply\n"),
            (
                "a: 1",
                "",
                "error: error validating \"manifest.yaml\": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false\n",
            ),
            (
                unknown.as_str(),
                "",
                "Error from server (BadRequest): error when creating \"manifest.yaml\": Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.hostnetwork\"\n",
            ),
            (
                "apiVersion: apps/v1\nkind: Daemonset\nmetadata: {name: x}",
                "",
                "error: resource mapping not found for name: \"x\" namespace: \"\" from \"manifest.yaml\": no matches for kind \"Daemonset\" in version \"apps/v1\"\nensure CRDs are installed first\n",
            ),
            (
                &POD.replace("name: c,", "name: C,"),
                "",
                "The Pod \"new\" is invalid: spec.containers[0].name: Invalid value: \"C\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n",
            ),
        ] {
            let told = applied(&world, text);
            assert_eq!((told.0.as_str(), told.1.as_str()), (out, err), "{text}");
        }
        let (out, err, writes) = applied(&world, &format!("{unknown}---\n{POD}"));
        assert_eq!((out.as_str(), writes.len()), ("pod/new created\n", 1), "{err}");
    }

    /// A list that is written as empty is emptied, whoever filled it and whichever way it is applied.
    #[test]
    fn a_list_that_is_written_as_empty_is_emptied() {
        let slice = |endpoints: &str| {
            format!(
                "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s}}\naddressType: IPv4\nports: []\n\
                 endpoints: {endpoints}\n"
            )
        };
        for (first, then) in
            [("create", "apply"), ("apply", "apply"), ("apply --server-side", "apply --server-side")]
        {
            let mut world = cluster();
            for (verb, endpoints) in [(first, "[{addresses: [10.0.0.1, 10.0.0.2]}]"), (then, "[]")] {
                let text = slice(endpoints);
                let answer = answer_with(&world, &format!("kubectl {verb} -f s.yaml"), &[("s.yaml", &text)]);
                assert_eq!(answer.code, 0, "{}", answer.err);
                for write in answer.writes {
                    world.write(write, crate::api::Time::EPOCH).expect("accepted");
                }
                let stored = answer_with(
                    &world,
                    "kubectl get endpointslice s -o jsonpath={.endpoints[*].addresses}",
                    &[],
                );
                let expected = if endpoints == "[]" { "" } else { "[\"10.0.0.1\",\"10.0.0.2\"]" };
                assert_eq!(stored.out, expected, "{verb} {endpoints}");
            }
        }
    }

    #[test]
    fn a_here_document_is_applied_from_standard_input() {
        let answer = answer(&cluster(), &format!("kubectl apply -f - <<EOF\n{POD}EOF\n"));
        assert_eq!((answer.out.as_str(), answer.code), ("pod/new created\n", 0));
    }
}
