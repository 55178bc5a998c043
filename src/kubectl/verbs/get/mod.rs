//! `kubectl get`. Upstream: `kubectl/pkg/cmd/get/get.go`.

pub(super) mod watch;

pub(super) mod raw;

use crate::api::{Object, sort};
use crate::cluster::ApiError;
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::kinds::ApiResource;
use crate::kubectl::print::jsonpath::{self, JsonPath};
use crate::kubectl::print::table::{Options, table};
use crate::kubectl::print::{format, go, object};
use crate::kubectl::select::{self, Found, Query};
use crate::kubectl::verbs::patch::{is_scaled, not_served};
use crate::kubectl::{Env, Verb, source};
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "get",
    flags: &[
        object::OUTPUT,
        select::SELECTOR,
        select::FIELD_SELECTOR,
        select::ALL_NAMESPACES,
        select::FILENAME,
        select::RECURSIVE,
        Flag::short("label-columns", 'L', Takes::Texts),
        Flag::long("show-labels", Takes::Switch),
        Flag::long("no-headers", Takes::Switch),
        Flag::long("ignore-not-found", Takes::Switch),
        Flag::long("show-kind", Takes::Switch),
        Flag::long("chunk-size", Takes::Number),
        Flag::short("watch", 'w', Takes::Switch),
        Flag::long("watch-only", Takes::Switch),
        Flag::long(watch::WITH_EVENTS, Takes::Switch),
        Flag::long("server-print", Takes::Switch),
        Flag::long("sort-by", Takes::Text),
        Flag::long("subresource", Takes::Text),
        Flag::long("raw", Takes::Text),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let output = args.text("output").unwrap_or_default();
    if let Some(path) = args.text("raw").filter(|path| !path.is_empty()) {
        if !args.positional.is_empty() {
            return Err(Failure::own("arguments may not be passed when --raw is specified"));
        }
        return raw::get(env, args, path);
    }
    if let Some(folder) = args.text("kustomize").filter(|_| args.positional.is_empty()) {
        return Err(Failure::AsItIs(source::no_kustomization(folder).message()));
    }
    if args.positional.is_empty()
        && !args.has("filename")
        && !args.is_on("watch")
        && !args.is_on("watch-only")
    {
        env.complain("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n");
        return Err(Failure::usage(
            "kubectl get",
            "error: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
    }
    if args.is_on("show-labels") && !["", "wide"].contains(&output) {
        return Err(Failure::own(format!("--show-labels option cannot be used with {output} printer")));
    }
    if args.is_on(watch::WITH_EVENTS) && !args.is_on("watch") && !args.is_on("watch-only") {
        return Err(Failure::own(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    let is_table = ["", "wide"].contains(&output) && !args.has("template");
    let query = Query::of(args, &args.positional).with_type_enough(true);
    let query = Query { is_gathered: is_table, ..query };
    env.follows = args.is_on("watch") || args.is_on("watch-only");
    if let Some(again) = env.again {
        return watch::changed(env, args, &query, again);
    }
    if env.follows && watch::asked(&query).is_ok_and(|(kinds, _)| kinds.iter().any(|kind| *kind != kinds[0]))
    {
        return Err(Failure::own("you may only specify a single resource type"));
    }
    let mut found = select::find(env, &query)?;
    if found.is_listed && args.text("subresource").is_some_and(|name| !name.is_empty()) {
        return Err(Failure::own("subresource cannot be used when bulk resources are specified"));
    }
    if args.text("subresource") == Some("scale") {
        for target in &mut found.targets {
            target.object = target.object.clone().and_then(|object| scale_of(&object));
        }
    }
    if args.is_on("ignore-not-found") {
        found.targets.retain(|target| !matches!(target.object, Err(Failure::Api(ApiError::NotFound(_), _))));
    }
    if found.kinds.iter().any(|kind| kind.kind == "Endpoints") {
        env.warn("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    if env.follows {
        let is_only = args.is_on("watch-only");
        if args.has("sort-by") {
            env.complain(match is_only {
                true => "warning: --watch-only requested, --sort-by will be ignored\n",
                false => "warning: --watch requested, --sort-by will be ignored for watch events received\n",
            });
        }
        // A watch begins only where nothing failed.
        if let Some(failure) = found.targets.iter().find_map(|target| target.object.as_ref().err()) {
            return Err(failure.clone());
        }
        if is_only {
            return Ok(());
        }
    }
    match is_table {
        true => {
            let before = env.out.len();
            let told = tables(env, args, found, output == "wide");
            if args.is_on(watch::WITH_EVENTS) {
                let rows = env.out.split_off(before);
                env.out += &watch::with_events(&rows, "ADDED", !args.is_on("no-headers"));
            }
            told
        }
        false if env.follows => each(env, args, &found),
        false => whole(env, args, &found),
    }
}

/// The objects one by one, as they are printed where more are to come.
fn each(env: &mut Env, args: &Args, found: &Found) -> Result<(), Failure> {
    let mut printer = watch::Printer::of(env, args, "")?;
    for target in &found.targets {
        let object = target.object.as_ref().map_err(Failure::clone)?;
        if let Some(resource) = target.resource {
            printer.print(env, args, resource, "ADDED", object)?;
        }
    }
    Ok(())
}

/// The size of an object as an object of its own (`--subresource=scale`).
fn scale_of(object: &Object) -> Result<Object, Failure> {
    if !is_scaled(&object.kind()) {
        return Err(not_served());
    }
    let value = object.to_json();
    let metadata = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata =
        sort::fields(metadata.into_iter().map(|field| (field.to_owned(), value["metadata"][field].clone())));
    let chosen = value["spec"]["selector"]["matchLabels"].as_object().into_iter().flatten();
    let chosen: Vec<String> =
        chosen.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    let spec = match value["spec"]["replicas"].as_i64() {
        Some(0) | None => json!({}),
        Some(replicas) => json!({ "replicas": replicas }),
    };
    let scale = json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": spec,
        "status": { "replicas": value["status"]["replicas"].as_i64().unwrap_or(0), "selector": chosen.join(",") },
    });
    Ok(decode(scale)?)
}

/// The objects in the format of `-o`: one for itself, several as a list.
fn whole(env: &mut Env, args: &Args, found: &Found) -> Result<(), Failure> {
    let mut values = Vec::new();
    let mut failures = Vec::new();
    for target in &found.targets {
        match &target.object {
            Ok(object) => values.push(object::whole(object)),
            Err(failure) if found.is_single => return Err(failure.clone()),
            Err(failure) => failures.push(failure.clone()),
        }
    }
    if values.is_empty() && args.is_on("ignore-not-found") {
        return Failure::of(failures);
    }
    let Some(format) = format::of_get(env, args)? else { return Failure::of(failures) };
    let value = match (found.is_single, values.len()) {
        (true, 1) => values.swap_remove(0),
        _ => {
            if let Some(field) = sort_field(args)? {
                values = sorted(values, &field)?;
            }
            json!({ "apiVersion": "v1", "items": values, "kind": "List", "metadata": { "resourceVersion": "" } })
        }
    };
    failures.extend(format.print(env, args, value).err());
    Failure::of(failures)
}

/// The path of `--sort-by`.
fn sort_field(args: &Args) -> Result<Option<String>, Failure> {
    match args.text("sort-by").filter(|field| !field.is_empty()) {
        Some(field) => jsonpath::relaxed(field).map(Some).map_err(Failure::own),
        None => Ok(None),
    }
}

/// The first thing that a path finds in each value; an error where none has it.
fn keys(values: &[&Value], field: &str) -> Result<Vec<Option<Value>>, Failure> {
    let path = JsonPath::parse(field).map_err(|error| Failure::own(format!("sorting error: {error}")))?;
    let mut keys = Vec::new();
    for value in values {
        let found = path.find(value).map_err(Failure::own)?;
        keys.push(found.into_iter().flatten().next().map(std::borrow::Cow::into_owned));
    }
    if !keys.is_empty() && keys.iter().all(Option::is_none) {
        let told = format!("couldn't find any field with path {field:?} in the list of objects");
        return Err(Failure::own(told));
    }
    Ok(keys)
}

/// Whether a value stands before another; without one it stands first.
fn is_before(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (None, _) => true,
        (_, None) => false,
        (Some(left), Some(right)) => go::is_before(left, right),
    }
}

fn sorted(values: Vec<Value>, field: &str) -> Result<Vec<Value>, Failure> {
    let keys = keys(&values.iter().collect::<Vec<_>>(), field)?;
    let pairs: Vec<(Option<Value>, Value)> = keys.into_iter().zip(values).collect();
    let sorted = go::sort(pairs, |left, right| is_before(&left.0, &right.0));
    Ok(sorted.into_iter().map(|(_, value)| value).collect())
}

/// The rows of a table in the order of `--sort-by`.
fn sorted_rows(objects: Vec<Object>, field: &str) -> Result<Vec<Object>, Failure> {
    let values: Vec<Value> = objects.iter().map(object::whole).collect();
    let keys = keys(&values.iter().collect::<Vec<_>>(), field)?;
    let pairs: Vec<(Option<Value>, Object)> = keys.into_iter().zip(objects).collect();
    let sorted = go::sort(pairs, |left, right| is_before(&left.0, &right.0));
    Ok(sorted.into_iter().map(|(_, object)| object).collect())
}

/// What the flags say of tables.
fn tables_options(args: &Args, is_wide: bool) -> Options {
    Options {
        is_wide,
        is_generic: args.text("server-print") == Some("false"),
        no_headers: args.is_on("no-headers"),
        show_labels: args.is_on("show-labels"),
        with_kind: args.is_on("show-kind"),
        with_namespace: false,
        label_columns: args.texts("label-columns").to_vec(),
    }
}

fn tables(env: &mut Env, args: &Args, found: Found, is_wide: bool) -> Result<(), Failure> {
    let is_all = args.is_on("all-namespaces");
    let is_listed = found.is_listed;
    let given = tables_options(args, is_wide);
    let options = Options { with_kind: given.with_kind || several_kinds(&found), ..given };
    let is_namespaced = !is_all && found.kinds.iter().all(|kind| kind.is_namespaced);
    let mut groups: Vec<(&'static ApiResource, Vec<Object>)> = Vec::new();
    let mut failures = Vec::new();
    for target in found.targets {
        match (target.object, target.resource) {
            (Err(failure), _) => failures.push(failure),
            (Ok(object), Some(resource)) => match groups.last_mut() {
                Some((last, objects)) if last.plural == resource.plural => objects.push(object),
                _ => groups.push((resource, vec![object])),
            },
            (Ok(_), None) => {}
        }
    }
    let mut field = sort_field(args);
    let tables =
        if is_listed { found.kinds.len() } else { groups.iter().map(|(_, objects)| objects.len()).sum() };
    if tables > 1 {
        let told = field?;
        if let Some(field) = &told {
            // kubectl then looks for the field in the tables themselves.
            let told = format!("couldn't find any field with path {field:?} in the list of objects");
            return Err(Failure::own(told));
        }
        field = Ok(told);
    }
    let mut is_first = true;
    for (resource, mut objects) in groups {
        if is_listed {
            // A table that cannot be sorted is not printed, and nobody says why.
            let sorted = match &field {
                Ok(Some(field)) => sorted_rows(objects, field),
                Ok(None) => Ok(objects),
                Err(failure) => Err(failure.clone()),
            };
            let Ok(sorted) = sorted else { continue };
            objects = sorted;
        }
        if !is_first && !options.no_headers {
            env.out.push('\n');
        }
        let with_namespace = is_all && resource.is_namespaced;
        env.out += &table(resource, &objects, &Options { with_namespace, ..options.clone() }, env.now);
        is_first = false;
    }
    if is_first && failures.is_empty() && !args.is_on("ignore-not-found") && !env.follows {
        env.complain(&match is_namespaced {
            true => format!("No resources found in {} namespace.\n", args.namespace().0),
            false => "No resources found\n".to_owned(),
        });
    }
    Failure::of(failures)
}

/// Whether the answers are of several kinds: then each row says its own.
fn several_kinds(found: &Found) -> bool {
    if found.is_listed {
        return found.kinds.len() > 1;
    }
    let mut kinds =
        found.targets.iter().filter(|target| target.object.is_ok()).map(|target| &target.key.kind);
    let first = kinds.next();
    kinds.any(|kind| Some(kind) != first)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn tables_lists_and_names_are_printed_as_kubectl_prints_them() {
        let world = cluster();
        for (line, out, err) in [
            (
                "kubectl get no b",
                "NAME   STATUS                       ROLES    AGE   VERSION\nb      Unknown,SchedulingDisabled   <none>   0s    \n",
                "",
            ),
            ("kubectl get no -l disk -o name", "node/b\n", ""),
            (
                "kubectl get ds,pods",
                "NAME                   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\ndaemonset.apps/agent   0         0         0       0            0           <none>          0s\n\nNAME    READY   STATUS    RESTARTS   AGE\npod/p   0/1     Pending   0          0s\n",
                "",
            ),
            ("kubectl get pods -n kube-system", "", "No resources found in kube-system namespace.\n"),
            ("kubectl get pods -A -o name", "pod/p\n", ""),
            (
                "kubectl get ingress nosuch",
                "",
                "Error from server (NotFound): ingresses.networking.k8s.io \"nosuch\" not found\n",
            ),
            (
                "kubectl get netpol nosuch",
                "",
                "Error from server (NotFound): networkpolicies.networking.k8s.io \"nosuch\" not found\n",
            ),
            (
                "kubectl get ep nosuch",
                "",
                "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\nError from server (NotFound): endpoints \"nosuch\" not found\n",
            ),
            ("kubectl get pods --sort-by=.nope", "", "No resources found in default namespace.\n"),
            ("kubectl get pods --sort-by=[", "", "No resources found in default namespace.\n"),
            (
                "kubectl get pods,ds --sort-by=.metadata.name",
                "",
                "error: couldn't find any field with path \"{.metadata.name}\" in the list of objects\n",
            ),
            (
                "kubectl get pod p q",
                "NAME   READY   STATUS    RESTARTS   AGE\np      0/1     Pending   0          0s\n",
                "Error from server (NotFound): pods \"q\" not found\n",
            ),
            (
                "kubectl get pods -l app=x -o yaml",
                "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n",
                "",
            ),
        ] {
            let answer = answer(&world, line);
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        }
    }
}
