//! `kubectl edit`. Upstream: `kubectl/pkg/cmd/util/editor/editoptions.go`.
//!
//! The editor is the page's: the object is opened there. One that KUBE_EDITOR names is known as far as it edits
//! without being looked at: `true` and `cat` change nothing, `false` fails, `sed -i s/a/b/` replaces texts.

use crate::api::{Object, sort};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::json::json;
use crate::kubectl::print::object::{self, whole};
use crate::kubectl::select::{self, Query};
use crate::kubectl::source::{self, Reading, Source};
use crate::kubectl::verbs::patch::{self, Type};
use crate::kubectl::{DryRun, Env, File, Verb};
use crate::manifest;
use serde_json::Value;

/// The verb.
pub const VERB: Verb = Verb {
    name: "edit",
    flags: &[
        object::OUTPUT,
        select::FILENAME,
        source::VALIDATE,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        Flag::long("output-patch", Takes::Switch),
        Flag::long("subresource", Takes::Text),
        Flag::long("windows-line-endings", Takes::Switch),
    ],
    run,
};

/// Where the text lies that is edited.
const COPY: &str = "/tmp/kubectl-edit-1.yaml";

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let unknown = source::unknown(args)?;
    if let Some(other) = args.text("output").filter(|format| !["", "json", "yaml", "kyaml"].contains(format))
    {
        return Err(Failure::own(format!(
            "unable to match a printer suitable for the output format {other:?}, allowed formats are: json,kyaml,yaml"
        )));
    }
    let found = select::find(env, &Query::of(args, &args.positional).with_type_enough(true))?;
    let failures = found.targets.iter().filter_map(|target| target.object.as_ref().err().cloned());
    Failure::of(failures.collect())?;
    let objects: Vec<Object> = found.targets.into_iter().filter_map(|target| target.object.ok()).collect();
    let [object] = objects.as_slice() else {
        let why = match objects.len() {
            0 => "edit cancelled, no objects found",
            _ => "several objects at once are not edited in this playground",
        };
        return Err(Failure::own(why));
    };
    let Some(editor) = editor(env)? else {
        env.opened = Some(object.key());
        return Ok(());
    };
    let is_json = args.text("output") == Some("json");
    let mut value = whole(object);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    let text = if is_json { json(&value) } else { manifest::value_to_yaml(&value) };
    let Some(document) = edited(env, &editor, &text, &object.metadata().namespace)? else { return Ok(()) };
    let change = two_way(&value, &document.value);
    match patch::send(env, object, Type::Merge, &change, unknown, DryRun::None) {
        Ok(patched) => {
            if args.is_on("output-patch") {
                env.say(&format!("Patch: {change}"));
            }
            object::done(env, args, &patched, "edited", DryRun::None)
        }
        Err(Failure::Api(ApiError::Invalid(key, _), _)) => {
            let told = format!("error: {} {:?} is invalid\n", key.kind.resource(), key.name.as_str());
            Err(unsaved(env, &told))
        }
        Err(Failure::AsItIs(_)) => {
            let key = object.key();
            let told = format!("error: {} {:?} is invalid\n", key.kind.resource(), key.name.as_str());
            Err(unsaved(env, &told))
        }
        Err(failure) => {
            let key = object.key();
            env.err += &format!(
                "error: {} {:?} could not be patched: {}\nYou can run `kubectl replace -f {COPY}` to try this update again.\n",
                key.kind.resource(),
                key.name.as_str(),
                failure.message()
            );
            Err(Failure::Told)
        }
    }
}

/// The editor would be opened again; what it leaves as it is is given up.
fn unsaved(env: &mut Env, told: &str) -> Failure {
    env.err += told;
    env.err += &format!("A copy of your changes has been stored to {COPY:?}\n");
    Failure::own("Edit cancelled, no valid changes were saved.")
}

/// `kubectl create --edit`: the text of an object as it is edited before it is created; none where nothing is changed.
///
/// # Errors
/// The editor fails.
pub fn before_create(env: &mut Env, document: &Source) -> Result<Option<Source>, Failure> {
    let Some(editor) = editor(env)? else {
        let why = "a text is edited in its tab before it is created: use kubectl create -f without --edit";
        return Err(Failure::own(why));
    };
    let text = manifest::value_to_yaml(&document.value);
    edited(env, &editor, &text, &document.key.namespace)
}

/// An editor that edits by itself.
enum Editor {
    Nothing,
    Replace { from: String, to: String, all: bool },
}

/// What KUBE_EDITOR or EDITOR say.
///
/// # Errors
/// It is an editor that is not here, or one that fails.
fn editor(env: &Env) -> Result<Option<Editor>, Failure> {
    let variable = |name: &str| env.variables.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let Some(command) = variable("KUBE_EDITOR").or_else(|| variable("EDITOR")) else { return Ok(None) };
    match command.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["true" | "cat"] => Ok(Some(Editor::Nothing)),
        ["sed", "-i", script] | ["sed", "-i", "-e", script] => {
            let parts: Vec<&str> = script
                .strip_prefix("s")
                .map(|rest| {
                    let mark = rest.chars().next().unwrap_or('/');
                    rest.split(mark).collect()
                })
                .unwrap_or_default();
            match parts.as_slice() {
                ["", from, to, flags] => Ok(Some(Editor::Replace {
                    from: from.replace("\\.", "."),
                    to: (*to).to_owned(),
                    all: flags.contains('g'),
                })),
                _ => Err(failed(command)),
            }
        }
        _ => Err(failed(command)),
    }
}

fn failed(command: &str) -> Failure {
    Failure::own(format!("there was a problem with the editor {command:?}"))
}

/// The object as the editor leaves it; none where it changes nothing.
fn edited(env: &mut Env, editor: &Editor, text: &str, namespace: &str) -> Result<Option<Source>, Failure> {
    let changed = match editor {
        Editor::Nothing => text.to_owned(),
        Editor::Replace { from, to, all } => {
            let lines = text.lines().map(|line| {
                let changed = if *all { line.replace(from, to) } else { line.replacen(from, to, 1) };
                changed + "\n"
            });
            lines.collect()
        }
    };
    if changed == text {
        env.err += "Edit cancelled, no changes made.\n";
        return Ok(None);
    }
    let file = File::new(changed);
    let reading = Reading { namespace, is_enforced: false, is_validated: false };
    match source::of_text(env, &file, "edited-file", &reading).into_iter().next() {
        Some(Ok(document)) => Ok(Some(document)),
        _ => Err(unsaved(env, "")),
    }
}

/// The merge patch that makes one value of another.
fn two_way(old: &Value, new: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (old, new) else { return new.clone() };
    let gone =
        before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let changed = changed.map(|(name, value)| {
        (name.clone(), before.get(name).map_or_else(|| value.clone(), |old| two_way(old, value)))
    });
    Value::Object(sort::fields(gone.chain(changed)))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn an_object_is_opened_or_edited_by_an_editor_that_needs_nobody() {
        let world = cluster();
        let opened = answer(&world, "kubectl edit ds/agent");
        assert_eq!(opened.opened.map(|key| key.to_string()), Some("daemonset/agent".into()));
        assert!(opened.out.is_empty() && opened.writes.is_empty());
        for (line, out, err, writes) in [
            ("KUBE_EDITOR=true kubectl edit ds agent", "", "Edit cancelled, no changes made.\n", 0),
            (
                "KUBE_EDITOR='sed -i s/agent:1/agent:2/' kubectl edit ds agent",
                "daemonset.apps/agent edited\n",
                "",
                1,
            ),
            (
                "KUBE_EDITOR=false kubectl edit ds agent",
                "",
                "error: there was a problem with the editor \"false\"\n",
                0,
            ),
            (
                "KUBE_EDITOR='sed -i s/RollingUpdate/Nope/' kubectl edit ds agent",
                "",
                "error: daemonsets.apps \"agent\" is invalid\nA copy of your changes has been stored to \"/tmp/kubectl-edit-1.yaml\"\nerror: Edit cancelled, no valid changes were saved.\n",
                0,
            ),
        ] {
            let answer = answer(&world, line);
            let told = (answer.out.as_str(), answer.err.as_str(), answer.writes.len());
            assert_eq!(told, (out, err, writes), "{line}");
        }
    }
}
