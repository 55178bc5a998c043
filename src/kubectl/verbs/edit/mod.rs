//! `kubectl edit`. Upstream: `kubectl/pkg/cmd/util/editor/editoptions.go`.
//!
//! The editor is the page's: the text is handed out ([`Opened`]), and what a person made of it comes back as the same
//! command with `cp /dev/stdin` for an editor and the text as its standard input, which a real shell takes too. Others
//! that KUBE_EDITOR may name are known as far as they edit without being looked at: `true` and `cat` change nothing,
//! `false` fails, `sed -i s/a/b/` replaces texts.

use crate::api::merge::merge_patch;
use crate::api::{Object, ObjectKey, sort};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::json::json;
use crate::kubectl::print::object::{self, whole};
use crate::kubectl::select::{self, Query};
use crate::kubectl::source::{self, Reading, Source};
use crate::kubectl::verbs::patch::{self, Type};
use crate::kubectl::{DryRun, Env, File, Opened, Verb};
use crate::manifest::{self, RawDocument};
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

/// The editor that takes what a person wrote as it is.
const BY_HAND: &[&str] = &["cp", "/dev/stdin"];

/// The editor's variable in a command that takes what a person wrote as it is.
pub const EDITED_BY_HAND: &str = "KUBE_EDITOR=cp /dev/stdin";

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
            _ => "this playground edits one object at a time: name one",
        };
        return Err(Failure::own(why));
    };
    let is_json = args.text("output") == Some("json");
    let value = as_edited(object);
    let text = if is_json { json(&value) } else { manifest::value_to_yaml(&value) };
    let key = object.key();
    let Some(editor) = editor(env)? else {
        env.opened = Some(Opened { key, text: header(&[]) + &text });
        return Ok(());
    };
    let Some((document, changed)) = edited(env, &editor, &text, &key)? else { return Ok(()) };
    let change = two_way(&value, &document.value);
    let is_kept = |pointer: &str| value.pointer(pointer) == document.value.pointer(pointer);
    if !["/apiVersion", "/kind", "/metadata/name"].into_iter().all(is_kept) {
        env.err += &format!("A copy of your changes has been stored to {COPY:?}\n");
        return Err(Failure::own("At least one of apiVersion, kind and name was changed"));
    }
    let name = format!("{} {:?}", key.kind.resource(), key.name.as_str());
    let causes = match patch::send(env, object, Type::Merge, &change, unknown, DryRun::None) {
        Ok(patched) => {
            if args.is_on("output-patch") {
                env.say(&format!("Patch: {change}"));
            }
            return object::done(env, args, &patched, "edited", DryRun::None);
        }
        Err(Failure::Api(ApiError::Invalid(_, causes), _)) => {
            causes.iter().map(ToString::to_string).collect()
        }
        Err(Failure::AsItIs(told)) => vec![told],
        Err(failure) => {
            env.err += &format!(
                "error: {name} could not be patched: {}\nYou can run `kubectl replace -f {COPY}` to try this update again.\n",
                failure.message()
            );
            return Err(Failure::Told);
        }
    };
    env.opened = Some(Opened { key, text: reopened(&format!("{name} was not valid"), &causes, &changed) });
    Err(unsaved(env, &format!("error: {name} is invalid\n")))
}

/// An object as it is edited.
fn as_edited(object: &Object) -> Value {
    let mut value = whole(object);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    value
}

/// What stands above a text that is edited: what it is for, and why it is edited once more (`editHeader.writeTo`).
fn header(reasons: &[String]) -> String {
    let mut text = String::from(
        "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
",
    );
    for reason in reasons {
        text += &format!("# {}\n", reason.trim_end().replace('\n', "\n# "));
    }
    text + if reasons.is_empty() { "" } else { "#\n" }
}

/// A text that is edited once more, with what is wrong with it above.
fn reopened(head: &str, causes: &[String], text: &str) -> String {
    let colon = if causes.is_empty() { "" } else { ":" };
    let causes = causes.iter().map(|cause| format!("* {cause}"));
    let reasons: Vec<String> = std::iter::once(format!("{head}{colon}")).chain(causes).collect();
    header(&reasons) + without_header(text)
}

/// A text without what stands above the object. Further down a `#` may well be of the object: in a script, say. Upstream
/// takes those lines away, too, where it opens a text again (`ManualStrip`); here nothing that was written is lost.
pub fn without_header(mut text: &str) -> &str {
    while text.starts_with('#') {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    text
}

/// What a person made of a text, brought to the object as it is by now: only what was changed is changed. None where
/// one of the texts cannot be read, or the object is as it was.
pub fn brought_to(live: &Object, opened: &str, edited: &str) -> Option<String> {
    let (opened, edited, live) = (value_of(opened)?, value_of(edited)?, as_edited(live));
    if opened == live {
        return None;
    }
    Some(manifest::value_to_yaml(&merge_patch(&live, &two_way(&opened, &edited))))
}

/// The first document of a text.
fn value_of(text: &str) -> Option<Value> {
    match manifest::documents(text).into_iter().next() {
        Some(RawDocument::Object { value, .. }) => Some(value),
        _ => None,
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
    Ok(edited(env, &editor, &text, &document.key)?.map(|(document, _)| document))
}

/// An editor that edits by itself.
enum Editor {
    Nothing,
    /// What a person made of the text is the standard input.
    StandardInput,
    Replace {
        from: String,
        to: String,
        all: bool,
    },
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
        BY_HAND => Ok(Some(Editor::StandardInput)),
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

/// The object as the editor leaves it, and its text; none where it changes nothing.
fn edited(
    env: &mut Env,
    editor: &Editor,
    text: &str,
    key: &ObjectKey,
) -> Result<Option<(Source, String)>, Failure> {
    let changed = match editor {
        Editor::Nothing => text.to_owned(),
        Editor::StandardInput => env.stdin.take().unwrap_or_default(),
        Editor::Replace { from, to, all } => {
            let lines = text.lines().map(|line| {
                let changed = if *all { line.replace(from, to) } else { line.replacen(from, to, 1) };
                changed + "\n"
            });
            lines.collect()
        }
    };
    if changed.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        env.err += "Edit cancelled, saved file was empty.\n";
        return Ok(None);
    }
    let (file, namespace) = (File::new(changed.as_str()), key.namespace.as_str());
    let reading = Reading { namespace, is_enforced: false, is_validated: false };
    let document = match source::of_text(env, &file, "edited-file", &reading).into_iter().next() {
        Some(Ok(document)) => document,
        wrong => {
            let told = wrong.and_then(Result::err).map(|failure| failure.message()).unwrap_or_default();
            let head = format!("The edited file had a syntax error: {told}");
            env.opened = Some(Opened { key: key.clone(), text: reopened(&head, &[], &changed) });
            return Err(unsaved(env, ""));
        }
    };
    if value_of(text).as_ref() == Some(&document.value) {
        env.err += "Edit cancelled, no changes made.\n";
        return Ok(None);
    }
    Ok(Some((document, changed)))
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
    use crate::api::{Object, Time};
    use crate::cluster::Write;
    use crate::kubectl::given::{answer, cluster};
    use crate::kubectl::{Files, Request};

    #[test]
    fn an_object_is_opened_or_edited_by_an_editor_that_needs_nobody() {
        let world = cluster();
        let opened = answer(&world, "kubectl edit ds/agent");
        assert!(opened.out.is_empty() && opened.writes.is_empty());
        let opened = opened.opened.expect("it is opened");
        assert_eq!(opened.key.to_string(), "daemonset/agent");
        assert!(opened.text.starts_with("# Please edit the object below."), "{}", opened.text);
        assert!(opened.text.contains("reopened with the relevant failures.\n#\napiVersion: apps/v1\n"));
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

    fn edited(text: &str) -> crate::kubectl::Answer {
        let world = cluster();
        let request =
            Request::parse("k edit ds agent", &Files::new()).expect("a line").remove(0).edited(text);
        let read = Request::parse(request.line().as_str(), &Files::new()).expect("a line");
        assert_eq!(read, std::slice::from_ref(&request), "its text is the same command");
        request.run(&world, Time::EPOCH)
    }

    #[test]
    fn what_a_person_wrote_is_saved_refused_or_nothing() {
        let opened = answer(&cluster(), "kubectl edit ds agent").opened.expect("it is opened").text;
        let saved = edited(&opened.replace("agent:1", "agent:2"));
        assert_eq!((saved.out.as_str(), saved.writes.len()), ("daemonset.apps/agent edited\n", 1));
        assert_eq!(edited(&opened).err, "Edit cancelled, no changes made.\n");
        assert_eq!(edited("# nothing\n\n").err, "Edit cancelled, saved file was empty.\n");
        let other = edited(&opened.replace("name: agent\n  namespace", "name: other\n  namespace"));
        assert!(other.err.ends_with("error: At least one of apiVersion, kind and name was changed\n"));
        for (from, to, reason) in [
            (
                "RollingUpdate",
                "Nope",
                "#\n# daemonsets.apps \"agent\" was not valid:\n# * spec.updateStrategy: Unsupported value: {\"Type\":\"Nope\"",
            ),
            ("spec:\n", "spec: [\n", "#\n# The edited file had a syntax error: error parsing edited-file: "),
        ] {
            let refused = edited(&opened.replacen(from, to, 1));
            assert!(refused.writes.is_empty() && refused.code == 1);
            let again = refused.opened.expect("it is opened again").text;
            assert!(again.contains(reason) && again.contains(to), "{again}");
            assert_eq!(again.matches("# Please edit").count(), 1);
        }
    }

    #[test]
    fn lines_of_the_object_that_look_like_comments_are_kept() {
        let mut world = cluster();
        let script = Object::from_json(serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "script" },
            "data": { "run.sh": "#!/bin/sh\n# Says it.\necho one\n" },
        }));
        world.write(Write::Create(script.expect("an object")), Time::EPOCH).expect("accepted");
        let request = Request::parse("kubectl edit cm script", &Files::new()).expect("a line").remove(0);
        let opened = request.run(&world, Time::EPOCH).opened.expect("it is opened").text;
        let saved = |text: &str| request.edited(text).run(&world, Time::EPOCH);
        assert_eq!(saved(&opened).err, "Edit cancelled, no changes made.\n");
        let [Write::Update(written)] = &saved(&opened.replace("echo one", "echo two")).writes[..] else {
            panic!("it is written");
        };
        assert_eq!(written.to_json()["data"]["run.sh"], "#!/bin/sh\n# Says it.\necho two\n");
        let again =
            saved(&opened.replace("kind: ConfigMap", "kind: [")).opened.expect("it is opened again").text;
        assert!(again.contains("# Says it."), "{again}");
    }

    #[test]
    fn what_others_changed_meanwhile_stays() {
        let mut world = cluster();
        let opened = answer(&world, "kubectl edit ds agent").opened.expect("it is opened");
        let mine = opened.text.replace("agent:1", "agent:2");
        let live = |world: &crate::cluster::World| world.get(&opened.key).expect("it is there");
        assert_eq!(super::brought_to(&live(&world), &opened.text, &mine), None);
        for write in answer(&world, "kubectl label ds agent x=y").writes {
            world.write(write, Time::EPOCH).expect("accepted");
        }
        let text = super::brought_to(&live(&world), &opened.text, &mine).expect("another text");
        assert!(text.contains("x: \"y\"") && text.contains("agent:2"), "{text}");
    }
}
