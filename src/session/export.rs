//! What can be taken away from a session: files for a cluster, and what happened as text.

use super::{Document, DocumentName, LogEntry, Session};
use crate::api::Object;
use crate::cluster::Change;
use crate::explain::{plain, told};
use crate::kubectl::{Command, tried_again};
use crate::manifest::{cut, to_yaml};
use crate::sim::{Cause, StepNo, Trace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A file that can be taken away.
pub struct Export {
    /// Its name.
    pub file: &'static str,
    /// What is in it.
    pub words: &'static str,
    /// Its text.
    pub text: fn(&Session) -> String,
}

/// All of them.
pub const EXPORTS: &[Export] = &[
    Export {
        file: "manifest.yaml",
        words: "the objects to apply, as in the editor",
        text: |session| session.documents.manifest.text.to_string(),
    },
    Export {
        file: "nodes.yaml",
        words: "the nodes and what runs there already, as in the editor",
        text: |session| session.documents.nodes.text.to_string(),
    },
    Export {
        file: "commands.sh",
        words: "what you did up to the shown step, as kubectl commands for a shell",
        text: script,
    },
    Export {
        file: "kwok.yaml",
        words: "nodes, manifest and stages, to start the same cluster on KWOK",
        text: scenario,
    },
    Export { file: "steps.jsonl", words: "all recorded steps, one JSON object a line", text: steps },
    Export { file: "transcript.txt", words: "the terminal, with its answers", text: transcript },
];

/// The group of KWOK's kinds: they say how its nodes play, which is built in here.
const KWOK: &str = "kwok.x-k8s.io/";

/// The annotation by which KWOK knows a node that it is to play.
const PLAYED: &str = "kwok.x-k8s.io/node";

/// What stands in a scenario between what is there from the start and the manifest.
const THEN: &str = "# From here on: what is applied to it.\n";

/// Nodes with what is there beside them, and the manifest, if a text is a scenario of ours.
pub(super) fn read_scenario(text: &str) -> Option<(&str, &str)> {
    text.contains(PLAYED).then(|| text.split_once(THEN)).flatten()
}

/// A text without KWOK's own objects; what is left out is told in a comment.
pub(super) fn without_stages(text: &str) -> String {
    if !text.contains(KWOK) {
        return text.to_owned();
    }
    let is_kwok = |object: &Value| object["apiVersion"].as_str().is_some_and(|group| group.starts_with(KWOK));
    match cut(text, is_kwok) {
        (stages, _) if stages.is_empty() => text.to_owned(),
        (_, rest) => format!("# Left out: the stages of KWOK. The kubelets here have their own.\n{rest}"),
    }
}

/// A here-document that makes a file.
fn file(name: &str, text: &str) -> String {
    let cat = Command { words: vec!["cat".into()], stdin: Some(text.into()) }.to_string();
    cat.replacen("cat ", &format!("cat >{name} "), 1)
}

fn script(session: &Session) -> String {
    let timeline = &session.timeline;
    let mut script = format!(
        "#!/bin/sh\n# {}, up to step {}. Above each command stands when it was given: the simulated time, which a script does not wait for.\nset -eu\n",
        session.title(),
        timeline.shown()
    );
    if !session.start.is_empty() {
        script += &format!(
            "\n# The cluster began with these nodes. They are there because their kubelets register them; KWOK plays them (see kwok.yaml).\n{}\n",
            file("nodes.yaml", &session.start)
        );
    }
    let mut written: BTreeMap<&str, &Rc<str>> = BTreeMap::from([("nodes.yaml", &session.start)]);
    for entry in session.log.iter().filter(|entry| entry.after < timeline.shown()) {
        let Some(step) = timeline.step(entry.after + 1) else { break };
        let seconds = step.at.since(timeline.started()).0 / 1000;
        script += &format!("\n# Step {}, after {}m{:02}s.\n", step.no, seconds / 60, seconds % 60);
        for (name, text) in entry.request.files() {
            let is_named = entry.request.words().iter().any(|word| word == name);
            if is_named && written.insert(name, text.text()) != Some(text.text()) {
                script += &format!("{}\n", file(name, text.text()));
            }
        }
        script += &format!("{}\n", command(entry, &step.changes));
    }
    script
}

/// A command as a real cluster takes it: what only the playground has is said by what comes nearest.
fn command(entry: &LogEntry, changes: &[Change]) -> String {
    let words: Vec<&str> = entry.request.words().iter().map(String::as_str).collect();
    let apply = |file: &str| {
        let words = ["kubectl", "apply", "-f", file].map(str::to_owned).to_vec();
        Command { words, stdin: entry.request.stdin().map(str::to_owned) }.to_string()
    };
    match words.as_slice() {
        ["playground", "set", "nodes", "-f", file] => {
            let gone = changes.iter().filter(|change| change.after.is_none());
            let gone = gone.filter_map(|change| change.before.as_ref()?.as_node());
            let gone: Vec<String> = gone.map(|node| node.metadata.name.to_string()).collect();
            match gone.is_empty() {
                true => apply(file),
                false => format!("{}\nkubectl delete nodes {}", apply(file), gone.join(" ")),
            }
        }
        ["playground", "add", "nodes", "-f", file] | ["playground", "restore", "-f", file] => apply(file),
        _ if tried_again(entry.request.line().as_str()).is_some() => "# kubectl tried again by itself".into(),
        ["playground", ..] => format!("# {}", entry.request.line()),
        _ => entry.request.line().to_string(),
    }
}

/// The nodes and the manifest as they were applied by the shown step. The sheet adds the stages.
fn scenario(session: &Session) -> String {
    let mut scenario = format!(
        "# {}: for KWOK (https://kwok.sigs.k8s.io), which plays these nodes in a real cluster.\n",
        session.title()
    );
    for object in Document::new(&session.applied(DocumentName::Nodes), "").objects() {
        let object = match object {
            Object::Node(mut node) => {
                let annotations = &mut Rc::make_mut(&mut node).metadata.annotations;
                annotations.insert(PLAYED.into(), "fake".into());
                Object::Node(node)
            }
            object => object,
        };
        scenario += &format!("---\n{}", to_yaml(&object));
    }
    let manifest = session.applied(DocumentName::Manifest);
    if !manifest.is_empty() {
        let manifest = manifest.trim_start_matches("---\n").trim_end();
        scenario += &format!("---\n{THEN}{manifest}\n");
    }
    scenario
}

fn steps(session: &Session) -> String {
    let timeline = &session.timeline;
    let line = |no: StepNo| {
        let (step, told) = (timeline.step(no)?, told(timeline, no)?);
        let change = |change: &Change| {
            let what = match (&change.before, &change.after) {
                (None, _) => "created",
                (_, None) => "deleted",
                _ => "updated",
            };
            let key = &change.key();
            json!({ "what": what, "kind": key.kind.name(), "namespace": key.namespace, "name": key.name })
        };
        let refused = step.refused.iter().map(|(_, error)| error.to_string());
        let mut line = json!({
            "step": no,
            "milliseconds": step.at.since(timeline.started()).0,
            "actor": step.actor.name(),
            "because": step.cause.step(),
            "told": plain(&told.what),
            "cause": plain(&told.because),
            "changes": step.changes.iter().map(change).collect::<Vec<Value>>(),
            "refused": refused.collect::<Vec<String>>(),
        });
        if let (Trace::Command(said), Cause::User) = (&step.trace, step.cause) {
            line["command"] = json!(said.request.line().as_str());
        }
        Some(format!("{line}\n"))
    };
    (1..=timeline.len()).filter_map(line).collect()
}

fn transcript(session: &Session) -> String {
    let mut text = String::new();
    for exchange in session.transcript() {
        text += &format!("$ {}\n{}", exchange.line, exchange.printed().concat());
        exchange.heard.iter().for_each(|heard| text += &heard.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::kubectl::Request;
    use crate::session::{Act, Past};

    const STAGE: &str =
        "---\napiVersion: kwok.x-k8s.io/v1alpha1\nkind: Stage\nmetadata: {name: pod-create}\nspec: {}\n";

    fn opened(id: &str) -> Session {
        Session::of_example(examples::find(id).expect("there is such an example"))
    }

    fn export(session: &Session, file: &str) -> String {
        let export = EXPORTS.iter().find(|export| export.file == file).expect("there is such a file");
        (export.text)(session)
    }

    #[test]
    fn what_goes_to_kwok_and_comes_back_is_the_same_run() {
        for example in examples::ALL {
            let session = opened(example.id).act(&Act::Run(400), Past::Ask).0;
            let scenario = export(&session, "kwok.yaml");
            assert!(scenario.contains("kwok.x-k8s.io/node: fake"), "{scenario}");
            let back = Session::of_manifest(&format!("{scenario}{STAGE}"));
            let back = back.act(&Act::Run(session.timeline.len()), Past::Ask).0;
            assert_eq!(back.documents.errors(), 0, "{}", example.id);
            let len = session.timeline.len();
            assert_eq!(back.timeline.mark(len), session.timeline.mark(len), "{}", example.id);
            assert!(!back.documents.manifest.text.contains("Stage\n"), "{}", example.id);
        }
    }

    #[test]
    fn the_script_says_what_was_done_as_a_shell_takes_it() {
        let acts = [
            Act::Do { title: String::new(), request: Request::cordon("worker-a1", true) },
            Act::AddNode,
            Act::Edit(DocumentName::Nodes, "apiVersion: v1\nkind: Node\nmetadata: {name: \"EOF\"}\n".into()),
            Act::Do { title: String::new(), request: Request::order(true) },
        ];
        let session =
            acts.iter().fold(opened("log_collector"), |session, act| session.act(act, Past::Here).0);
        let script = export(&session, "commands.sh");
        for part in [
            "cat >nodes.yaml <<'EOF'\n# The cluster",
            "cat >manifest.yaml <<'EOF'\n",
            "\nkubectl apply -f manifest.yaml\n",
            "\nkubectl cordon worker-a1\n",
            "\nkubectl apply -f - <<'EOF'\napiVersion: v1\nkind: Node\n",
            "\n# playground set order=chance\n",
        ] {
            assert!(script.contains(part), "{part}\nin\n{script}");
        }
        assert_eq!(script.matches("cat >").count(), 2, "a file that did not change is written once");
        let back = session.act(&Act::Seek(1), Past::Ask).0;
        assert!(
            !export(&back, "commands.sh").contains("cordon worker-a1"),
            "what comes later was not done yet"
        );
    }

    #[test]
    fn steps_are_lines_of_json_and_the_transcript_is_what_stood_in_the_terminal() {
        let session = opened("taints").act(&Act::Enter("kubectl get ds -A".into()), Past::Ask).0;
        let lines = export(&session, "steps.jsonl");
        let read: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        assert_eq!(read.len(), session.timeline.len() as usize);
        assert_eq!((&read[0]["step"], &read[0]["actor"]), (&json!(1), &json!("you")));
        assert!(read[0]["command"].as_str().is_some_and(|line| line.starts_with("kubectl apply")));
        assert!(read.iter().any(|line| line["changes"][0]["kind"] == "Pod"));
        assert!(export(&session, "transcript.txt").contains("$ kubectl get ds -A\nNAMESPACE"));
    }
}
