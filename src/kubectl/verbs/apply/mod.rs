//! `kubectl apply`. Upstream: `kubectl/pkg/cmd/apply/{apply,patcher}.go`. Server-side apply and pruning are left out.

use crate::api::Object;
use crate::api::merge::{LAST_APPLIED, last_applied, three_way, with_annotation};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select;
use crate::kubectl::source::{self, Document};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run, kinds};
use crate::manifest;
use serde_json::Value;

/// The verb.
pub const VERB: Verb = Verb {
    name: "apply",
    usage: "apply (-f FILENAME | -k DIRECTORY)",
    about: "Apply a configuration to a resource by file name or stdin.",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("validate", Takes::TextOr("strict")),
        Flag::long("force", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("overwrite", Takes::Switch),
        Flag::long("field-manager", Takes::Text),
        Flag::long("wait", Takes::Switch),
    ],
    run,
};

/// What becomes of unknown fields (`--validate`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refuse,
    Warn,
    Ignore,
}

struct Options {
    dry_run: DryRun,
    unknown: Unknown,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let options = Options { dry_run: dry_run(args)?, unknown: unknown(args)? };
    if !args.positional.is_empty() {
        let words = args.positional.join(" ");
        return Err(Failure::usage("kubectl apply", &format!("Unexpected args: [{words}]")));
    }
    let files = args.texts("filename");
    if files.is_empty() {
        return Err(Failure::own("must specify one of -f and -k"));
    }
    let selector = crate::kubectl::selector::Selector::parse(args.text("selector").unwrap_or_default())?;
    let mut failures = Vec::new();
    let mut documents = Vec::new();
    for file in files {
        for document in source::read(env, file, select::namespace(args).0)? {
            match document {
                Ok(document) => documents.push(document),
                Err(failure) => failures.push(failure),
            }
        }
    }
    if documents.is_empty() && failures.is_empty() {
        return Err(Failure::own("no objects passed to apply"));
    }
    for document in &documents {
        let labels = document.value.pointer("/metadata/labels").cloned().unwrap_or_default();
        if selector.matches(&serde_json::from_value(labels).unwrap_or_default()) {
            failures.extend(one(env, args, document, &options).err());
        }
    }
    Failure::of(failures)
}

/// `--validate`.
fn unknown(args: &Args) -> Result<Unknown, Failure> {
    match args.text("validate").unwrap_or("strict") {
        "strict" | "true" => Ok(Unknown::Refuse),
        "warn" => Ok(Unknown::Warn),
        "ignore" | "false" => Ok(Unknown::Ignore),
        other => Err(Failure::own(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

fn one(env: &mut Env, args: &Args, document: &Document, options: &Options) -> Result<(), Failure> {
    let sent = with_annotation(&document.value);
    let Ok(live) = env.client.get(&document.key) else {
        let created = if options.dry_run == DryRun::Client {
            let decoded = manifest::decode(&sent);
            decoded.map_err(|error| failed(ApiError::BadRequest(error), "creating", document))?.object
        } else {
            let object = decode(env, &sent, document, options, "creating")?;
            env.client.create(object, options.dry_run).map_err(|error| failed(error, "creating", document))?
        };
        return object::done(env, args, &created, "created", options.dry_run);
    };
    if !live.metadata().annotations.contains_key(LAST_APPLIED) {
        let plural = kinds::of(&document.key.kind)
            .map_or_else(|| document.key.kind.resource(), |resource| resource.plural.to_owned());
        env.warn(&format!(
            "resource {plural}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            document.key.name
        ));
    }
    let before = live.to_json();
    let merged = three_way(&last_applied(&before), &before, &sent);
    let is_same = merged == before;
    let changed = if is_same {
        live
    } else {
        let object = decode(env, &merged, document, options, "applying patch to")?;
        let doing = "applying patch to";
        match options.dry_run {
            DryRun::Client => object,
            dry_run => env.client.update(object, dry_run).map_err(|error| failed(error, doing, document))?,
        }
    };
    if changed.metadata().is_terminating() {
        env.warn(&format!(
            "Detected changes to resource {} which is currently being deleted.",
            document.key.name
        ));
    }
    object::done(env, args, &changed, if is_same { "unchanged" } else { "configured" }, options.dry_run)
}

fn failed(error: ApiError, doing: &str, document: &Document) -> Failure {
    Failure::of_file(error, doing, &document.source)
}

/// What the API server decodes; of unknown fields it is strict unless told otherwise.
fn decode(
    env: &mut Env,
    value: &Value,
    document: &Document,
    options: &Options,
    doing: &str,
) -> Result<Object, Failure> {
    let refused = |text: String| failed(ApiError::BadRequest(text), doing, document);
    let decoded = manifest::decode(value).map_err(refused)?;
    match options.unknown {
        Unknown::Refuse if !decoded.unknown.is_empty() => {
            let (kind, unknown) = (&document.key.kind, decoded.unknown.join(", "));
            let version = kind.api_version().rsplit('/').next().unwrap_or_default();
            let name = kind.name();
            Err(refused(format!(
                "{name} in version {version:?} cannot be handled as a {name}: strict decoding error: {unknown}"
            )))
        }
        Unknown::Warn => {
            decoded.unknown.iter().for_each(|text| env.warn(text));
            Ok(decoded.object)
        }
        _ => Ok(decoded.object),
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::{World, Write};
    use crate::kubectl::given::{answer, answer_with, cluster};

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec:\n  containers: [{name: c, image: 'a:1'}]\n";

    fn applied(world: &World, text: &str) -> (String, String, Vec<Write>) {
        let answer = answer_with(world, "kubectl apply -f manifest.yaml", &[("manifest.yaml", text)]);
        (answer.out, answer.err, answer.writes)
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
                "error: unable to decode \"manifest.yaml\": Object 'Kind' is missing in '{\"a\":1}'\n",
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

    #[test]
    fn a_here_document_is_applied_from_standard_input() {
        let answer = answer(&cluster(), &format!("kubectl apply -f - <<EOF\n{POD}EOF\n"));
        assert_eq!((answer.out.as_str(), answer.code), ("pod/new created\n", 0));
    }
}
