//! `kubectl get`. Upstream: `kubectl/pkg/cmd/get/get.go`.

mod watch;

use crate::api::Object;
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::kinds::Resource;
use crate::kubectl::print::name;
use crate::kubectl::print::object::{self, json, whole};
use crate::kubectl::print::table::{Options, table};
use crate::kubectl::select::{self, Found, Query};
use crate::kubectl::{Env, Verb};
use crate::manifest;
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "get",
    usage: "get [(-o|--output=)json|yaml|name|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    about: "Display one or many resources.",
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
        Flag::long("show-managed-fields", Takes::Switch),
        Flag::long("chunk-size", Takes::Number),
        Flag::short("watch", 'w', Takes::Switch),
        Flag::long("watch-only", Takes::Switch),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let format = args.text("output").unwrap_or_default();
    if args.positional.is_empty() && !args.has("filename") {
        env.err += "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n";
        return Err(Failure::usage("kubectl get", "error: Required resource not specified."));
    }
    if args.is_on("show-labels") && !["", "wide"].contains(&format) {
        return Err(Failure::own(format!("--show-labels option cannot be used with {format} printer")));
    }
    let query = Query::of(args, &args.positional).with_type_enough(true);
    env.follows = args.is_on("watch") || args.is_on("watch-only");
    if let Some(again) = env.again {
        return watch::changed(env, args, &query, again);
    }
    let mut found = select::find(env, &query)?;
    if args.is_on("ignore-not-found") {
        found.targets.retain(|target| !matches!(target.object, Err(Failure::Api(ApiError::NotFound(_), _))));
    }
    match format {
        "" | "wide" => tables(env, args, &found, format == "wide"),
        "name" => each(env, &found, |env, object| env.say(&name::name(&object.key()))),
        "yaml" => whole_list(env, args, &found, manifest::value_to_yaml),
        "json" => whole_list(env, args, &found, json),
        other => Err(object::unknown_to_get(other)),
    }
}

/// Prints each object, and then what failed.
fn each(env: &mut Env, found: &Found, print: impl Fn(&mut Env, &Object)) -> Result<(), Failure> {
    select::each(env, &found.targets, |env, _, object| {
        print(env, object);
        Ok(())
    })
}

/// One object for itself, several as a list.
fn whole_list(env: &mut Env, args: &Args, found: &Found, print: fn(&Value) -> String) -> Result<(), Failure> {
    if found.is_single && found.targets.is_empty() {
        return Ok(());
    }
    let objects: Vec<&Object> =
        found.targets.iter().filter_map(|target| target.object.as_ref().ok()).collect();
    let failures = found.targets.iter().filter_map(|target| target.object.as_ref().err().cloned()).collect();
    let keep = args.is_on("show-managed-fields");
    let shown = |object: &Object| {
        let mut value = whole(object);
        if let (false, Some(metadata)) = (keep, value["metadata"].as_object_mut()) {
            metadata.remove("managedFields");
        }
        value
    };
    match (found.is_single, objects.as_slice()) {
        (true, [object]) => env.out += &print(&shown(object)),
        (true, _) => {}
        (false, objects) => {
            let items: Vec<Value> = objects.iter().map(|object| shown(object)).collect();
            let list = json!({
                "apiVersion": "v1", "items": items, "kind": "List", "metadata": { "resourceVersion": "" },
            });
            env.out += &print(&list);
        }
    }
    Failure::of(failures)
}

/// What the flags say of tables.
fn tables_options(args: &Args, is_wide: bool) -> Options {
    Options {
        is_wide,
        no_headers: args.is_on("no-headers"),
        show_labels: args.is_on("show-labels"),
        with_kind: args.is_on("show-kind"),
        with_namespace: false,
        label_columns: args.texts("label-columns").to_vec(),
    }
}

fn tables(env: &mut Env, args: &Args, found: &Found, is_wide: bool) -> Result<(), Failure> {
    let is_all = args.is_on("all-namespaces");
    let given = tables_options(args, is_wide);
    let options = Options { with_kind: given.with_kind || found.kinds.len() > 1, ..given };
    let mut groups: Vec<(&'static Resource, Vec<Object>)> = Vec::new();
    let mut failures = Vec::new();
    for target in &found.targets {
        match (&target.object, target.resource) {
            (Err(failure), _) => failures.push(failure.clone()),
            (Ok(object), Some(resource)) => match groups.last_mut() {
                Some((last, objects)) if last.plural == resource.plural => objects.push(object.clone()),
                _ => groups.push((resource, vec![object.clone()])),
            },
            (Ok(_), None) => {}
        }
    }
    let mut is_first = true;
    for (resource, objects) in &groups {
        if !is_first && !options.no_headers {
            env.out.push('\n');
        }
        is_first = false;
        let with_namespace = is_all && resource.is_namespaced;
        env.out += &table(resource, objects, &Options { with_namespace, ..options.clone() }, env.now);
    }
    if groups.is_empty() && failures.is_empty() && !args.is_on("ignore-not-found") {
        let is_namespaced = !is_all && found.kinds.iter().all(|kind| kind.is_namespaced);
        env.err += &match is_namespaced {
            true => format!("No resources found in {} namespace.\n", select::namespace(args).0),
            false => "No resources found\n".to_owned(),
        };
    }
    Failure::of(failures)
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
