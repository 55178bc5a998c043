//! `kubectl edit`. Upstream: `kubectl/pkg/cmd/util/editor/editoptions.go`.
//!
//! The editor is the page's: the text is handed out ([`Opened`]), and what a person made of it comes back as the same
//! command with `cp /dev/stdin` for an editor and the text as its standard input, which a real shell takes too. Others
//! that KUBE_EDITOR may name are known as far as they edit without being looked at: `true` and `cat` change nothing,
//! `false` fails, `sed -i s/a/b/` replaces texts.

use super::patch::{is_scaled, not_served};
use crate::api::merge::{merge_patch, three_way_patch};
use crate::api::{Object, ObjectKey, sort};
use crate::cluster::ApiError;
use crate::kubectl::by_hand::without_header;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::go;
use crate::kubectl::print::json::json as printed_json;
use crate::kubectl::print::object::{self, whole};
use crate::kubectl::select::{self, Query};
use crate::kubectl::source::{self, Reading, Source};
use crate::kubectl::verbs::patch::{self, Type};
use crate::kubectl::{DryRun, Env, File, Opened, Verb};
use crate::manifest::{self, RawDocument};
use serde_json::{Value, json};

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
    let subresource = args.text("subresource").unwrap_or_default();
    let serves = |object: &Object| match subresource {
        "" | "status" => true,
        "scale" => is_scaled(&object.kind()),
        _ => false,
    };
    if !objects.iter().all(serves) {
        return Err(not_served());
    }
    let values: Vec<Value> = objects.iter().map(as_edited).collect();
    let Some(first) = objects.first() else {
        return Err(Failure::own("edit cancelled, no objects found"));
    };
    let whole = match values.as_slice() {
        [value] => value.clone(),
        values => json!({ "apiVersion": "v1", "items": values, "kind": "List", "metadata": {} }),
    };
    let form = if args.text("output") == Some("json") { Form::Json } else { Form::Yaml };
    let text = if form == Form::Json { printed_json(&whole) } else { manifest::value_to_yaml(&whole) };
    let key = first.key();
    let Some(editor) = editor(env)? else {
        env.opened = Some(opened(key, values.len(), form, &text, &[]));
        return Ok(());
    };
    let Some((documents, changed)) = edited(env, &editor, &text, &key, form)? else { return Ok(()) };
    let mut reasons = Vec::new();
    let mut is_refused = false;
    for document in &documents {
        let uid = document.value.pointer("/metadata/uid");
        let Some(at) = values.iter().position(|value| value.pointer("/metadata/uid") == uid) else {
            env.complain(&stored(form));
            let found = go::syntax(&document.value);
            return Err(Failure::own(format!(
                "no original object found for &unstructured.Unstructured{{Object:{found}}}"
            )));
        };
        let (object, value) = (&objects[at], &values[at]);
        if *value == document.value {
            object::done(env, args, object, "skipped", DryRun::None)?;
            continue;
        }
        let is_kept = |pointer: &str| value.pointer(pointer) == document.value.pointer(pointer);
        if !["/apiVersion", "/kind", "/metadata/name"].into_iter().all(is_kept) {
            env.complain(&stored(form));
            return Err(Failure::own("At least one of apiVersion, kind and name was changed"));
        }
        let (type_, change) = match object.kind().is_custom() {
            true => (Type::Merge, two_way(value, &document.value)),
            false => (Type::Strategic, three_way_patch(value, value, &document.value)),
        };
        if args.is_on("output-patch") {
            env.say(&format!("Patch: {}", go::json(&change)));
        }
        let name = format!("{} {:?}", object.kind().resource(), object.metadata().name.as_str());
        let causes: Vec<String> = match patch::send(env, object, type_, &change, unknown, DryRun::None) {
            Ok(patched) => {
                object::done(env, args, &patched, "edited", DryRun::None)?;
                continue;
            }
            Err(Failure::Api(ApiError::Invalid(_, causes), _)) => {
                causes.iter().map(ToString::to_string).collect()
            }
            Err(Failure::AsItIs(told)) => vec![told],
            Err(failure) => {
                env.complain(&format!("error: {name} could not be patched: {}\n", failure.message()));
                is_refused = true;
                continue;
            }
        };
        env.complain(&format!("error: {name} is invalid\n"));
        reasons.push(reason(&format!("{name} was not valid"), &causes));
    }
    if is_refused {
        env.complain(&format!(
            "You can run `kubectl replace -f {}` to try this update again.\n",
            form.copy()
        ));
        return Err(Failure::Told);
    }
    if reasons.is_empty() {
        return Ok(());
    }
    env.opened = Some(opened(key, values.len(), form, without_header(&changed), &reasons));
    Err(unsaved(env, form))
}

/// How objects are edited.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Yaml,
    /// Nothing stands above the object: JSON knows no comments.
    Json,
}

impl Form {
    /// Where the text lies that is edited.
    fn copy(self) -> &'static str {
        match self {
            Form::Yaml => "/tmp/kubectl-edit-1.yaml",
            Form::Json => "/tmp/kubectl-edit-1.json",
        }
    }
}

/// Where the text is that was not saved.
fn stored(form: Form) -> String {
    format!("A copy of your changes has been stored to {:?}\n", form.copy())
}

/// An object as it is edited.
fn as_edited(object: &Object) -> Value {
    let mut value = whole(object);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    value
}

/// A text as it is edited, for the first time or once more.
fn opened(key: ObjectKey, count: usize, form: Form, text: &str, reasons: &[String]) -> Opened {
    Opened { key, count, text: header(form, reasons) + text, reasons: reasons.join("\n") }
}

/// What stands above a text that is edited: what it is for, and why it is edited once more (`editHeader.writeTo`).
fn header(form: Form, reasons: &[String]) -> String {
    if form == Form::Json {
        return String::new();
    }
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

/// Why a text is edited once more: what is wrong with it.
fn reason(head: &str, causes: &[String]) -> String {
    let colon = if causes.is_empty() { "" } else { ":" };
    let causes = causes.iter().map(|cause| format!("* {cause}"));
    std::iter::once(format!("{head}{colon}")).chain(causes).collect::<Vec<_>>().join("\n")
}

/// What a person made of a text, brought to the object as it is by now: only what was changed is changed. None where
/// one of the texts cannot be read, or the object is as it was.
pub fn brought_to(live: &Object, opened: &str, edited: &str) -> Option<String> {
    // Of several objects none is followed.
    let (opened, edited, live) = (values_of(opened), values_of(edited), as_edited(live));
    let ([Some(opened)], [Some(edited)]) = (opened.as_slice(), edited.as_slice()) else { return None };
    if *opened == live {
        return None;
    }
    Some(manifest::value_to_yaml(&merge_patch(&live, &two_way(opened, edited))))
}

/// The objects of a text; none in place of one that cannot be read.
fn values_of(text: &str) -> Vec<Option<Value>> {
    let value = |document| match document {
        RawDocument::Object { value, .. } => Some(value),
        RawDocument::Unreadable(_) => None,
    };
    manifest::documents(text).into_iter().map(value).collect()
}

/// The editor would be opened again; what it leaves as it is is given up.
fn unsaved(env: &mut Env, form: Form) -> Failure {
    env.complain(&stored(form));
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
    let edited = edited(env, &editor, &text, &document.key, Form::Yaml)?;
    Ok(edited.and_then(|(documents, _)| documents.into_iter().next()))
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

/// The objects as the editor leaves them, and their text; none where it changes nothing.
fn edited(
    env: &mut Env,
    editor: &Editor,
    text: &str,
    key: &ObjectKey,
    form: Form,
) -> Result<Option<(Vec<Source>, String)>, Failure> {
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
        env.complain("Edit cancelled, saved file was empty.\n");
        return Ok(None);
    }
    let (file, namespace) = (File::new(changed.as_str()), key.namespace.as_str());
    let reading = Reading { namespace, is_enforced: false, is_validated: false };
    let read: Result<Vec<Source>, Failure> =
        source::of_text(env, &file, "edited-file", &reading).into_iter().collect();
    let documents = match read {
        Ok(documents) if !documents.is_empty() => documents,
        wrong => {
            let told = wrong.err().map(|failure| failure.message()).unwrap_or_default();
            let reason = reason(&format!("The edited file had a syntax error: {told}"), &[]);
            let items = |value: &Option<Value>| value.as_ref()?.get("items")?.as_array().map(Vec::len);
            let count = values_of(text).first().and_then(items).unwrap_or(1);
            env.opened = Some(opened(key.clone(), count, form, without_header(&changed), &[reason]));
            return Err(unsaved(env, form));
        }
    };
    if values_of(text) == values_of(&changed) {
        env.complain("Edit cancelled, no changes made.\n");
        return Ok(None);
    }
    Ok(Some((documents, changed)))
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

    #[test]
    fn several_objects_are_edited_as_a_list_and_those_that_stay_are_skipped() {
        let mut world = cluster();
        for write in answer(&world, "kubectl create cm a --from-literal=x=one").writes {
            world.write(write, Time::EPOCH).expect("accepted");
        }
        let line = |editor: &str| format!("KUBE_EDITOR='{editor}' kubectl edit ds/agent cm/a");
        for (editor, out, err) in [
            ("true", "", "Edit cancelled, no changes made.\n"),
            ("sed -i s/agent:1/agent:2/", "daemonset.apps/agent edited\nconfigmap/a skipped\n", ""),
            ("sed -i s/one/two/", "daemonset.apps/agent skipped\nconfigmap/a edited\n", ""),
        ] {
            let answer = answer(&world, &line(editor));
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{editor}");
        }
        let opened = answer(&world, "kubectl edit ds/agent cm/a").opened.expect("it is opened");
        assert_eq!(opened.count, 2);
        let opened = opened.text;
        assert!(opened.contains("\nitems:\n- apiVersion: apps/v1\n"), "{opened}");
        let opened = answer(&world, "kubectl edit ds/agent cm/a -o json").opened.expect("it is opened").text;
        assert!(opened.starts_with("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n"), "{opened}");
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
            let opened = refused.opened.expect("it is opened again");
            let again = opened.text;
            assert!(
                format!("#\n# {}", opened.reasons.replace('\n', "\n# ")).starts_with(reason),
                "{}",
                opened.reasons
            );
            assert!(again.contains(reason) && again.contains(to), "{again}");
            assert_eq!(again.matches("# Please edit").count(), 1);
        }
    }

    /// Nothing can stand above JSON.
    #[test]
    fn what_was_wrong_is_told_of_json_too_and_an_editor_of_ones_own_does_not_stand_in_the_way() {
        for line in ["k edit ds agent -o json", "KUBE_EDITOR= k edit ds agent -o json"] {
            let request = Request::parse(line, &Files::new()).expect("a line").remove(0);
            let run = |request: &Request| request.run(&cluster(), Time::EPOCH);
            let opened = run(&request).opened.expect("it is opened");
            assert_eq!(opened.reasons, "");
            let refused = run(&request.edited(&opened.text.replace("RollingUpdate", "Nope")));
            let reasons = refused.opened.expect("it is opened again").reasons;
            assert!(
                reasons.starts_with("daemonsets.apps \"agent\" was not valid:\n* spec.updateStrategy"),
                "{reasons}"
            );
            assert_eq!(run(&request.not_edited()).err, "Edit cancelled, no changes made.\n");
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
