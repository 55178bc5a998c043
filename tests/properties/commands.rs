//! Command lines, right ones and mangled ones: kubectl answers each, a line that is refused changes nothing, and a
//! request is the same one when its text is read again.

use super::config;
use super::given::node;
use playground::api::{Object, Time};
use playground::cluster::{World, Write};
use playground::examples;
use playground::kubectl::line::{self, Join};
use playground::kubectl::{Command, File, Files, Line, Request, canonical};
use playground::session::{Act, Past, Saved, Session};
use proptest::prelude::*;
use serde_json::json;

/// Beginnings of lines that change the cluster, and what may stand behind them.
const CHANGES: [&str; 4] = [
    "kubectl label nodes --all a=b | ",
    "kubectl cordon worker-1 | ",
    "kubectl drain worker-1 --ignore-daemonsets --force && ",
    "kubectl delete pod -n kube-system -l app=node-exporter; ",
];
const BEHIND: [&str; 22] = [
    "grep", "-c", "worker", "wc", "-l", "jq", ".", "less", "head", "-1", "LC_ALL=C", "sort", "|", "&&", ";",
    "2>&1", "kubectl", "get", "nodes", "cordon", "worker-2", "done",
];

/// Words that command lines are made of, and some that break them.
const WORDS: &[&str] = &[
    "kubectl",
    "k",
    "get",
    "describe",
    "apply",
    "create",
    "delete",
    "label",
    "annotate",
    "taint",
    "cordon",
    "uncordon",
    "drain",
    "set",
    "image",
    "env",
    "resources",
    "selector",
    "serviceaccount",
    "patch",
    "scale",
    "replace",
    "diff",
    "edit",
    "wait",
    "expose",
    "run",
    "autoscale",
    "rollout",
    "undo",
    "restart",
    "status",
    "history",
    "pause",
    "resume",
    "explain",
    "service",
    "clusterip",
    "namespace",
    "pdb",
    "priorityclass",
    "deployment",
    "configmap",
    "view-last-applied",
    "ds",
    "agent",
    "ds/agent",
    "pods",
    "pod/p",
    "node",
    "nodes",
    "a",
    "all",
    "nosuch",
    "x=y",
    "x-",
    "x=y:NoSchedule",
    "x:NoExecute-",
    "agent=b:1",
    "*=c",
    "-A",
    "-n",
    "-n=kube-system",
    "--all",
    "-l",
    "app=agent",
    "-f",
    "set.yaml",
    "broken.yaml",
    "-",
    "-o",
    "yaml",
    "json",
    "name",
    "wide",
    "jsonpath={.spec",
    "--dry-run=client",
    "--dry-run=server",
    "--dry-run",
    "--force",
    "--overwrite",
    "--server-side",
    "--validate=warn",
    "--cascade=orphan",
    "--grace-period=0",
    "--now",
    "--ignore-daemonsets",
    "--for=delete",
    "--for=condition=Ready",
    "--for=jsonpath={.a[0]}=1",
    "--timeout=1s",
    "--to-revision=1",
    "--replicas=2",
    "--image=x:1",
    "--port=80",
    "--tcp=80:x",
    "--selector=a=b",
    "--min-available=1",
    "--value=5",
    "--type=json",
    "--type=merge",
    "-p",
    "{}",
    "[]",
    "[{\"op\":\"remove\",\"path\":\"/spec/template\"}]",
    "{\"spec\":{\"template\":null}}",
    "--overrides={",
    "--",
    "--=",
    "-",
    "--no such",
    "ä",
    "\u{0}",
    "''",
    "KUBE_EDITOR=true",
    "KUBE_EDITOR=sed -i s/a/b/",
    "--from-literal=a=b",
    "--limits=cpu=1",
    "--list",
    "--local",
    "--help",
    "-w",
    "--save-config",
    "--raw=/api/v1/namespaces/default/pods/p",
    "-i",
    "KUBE_EDITOR=cp /dev/stdin",
];

/// How commands are joined.
const JOINS: &[Join] = &[Join::Always, Join::IfOk, Join::Pipe];

const BROKEN: &str =
    "a: [\n---\nkind: Pod\n---\n- 1\n---\napiVersion: v1\nkind: List\nitems: [null, {kind: 3}]\n";

fn set() -> Object {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": { "name": "agent", "labels": { "app": "agent" } },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "containers": [{ "name": "agent", "image": "agent:1" }] },
            },
        },
    });
    Object::from_json(set).expect("a set")
}

fn world() -> World {
    let mut world = World::new(1, Time::EPOCH);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "labels": { "app": "agent" } },
        "spec": { "nodeName": "a", "containers": [{ "name": "agent", "image": "agent:1" }] },
    });
    let pod = Object::from_json(pod).expect("a pod");
    for object in [node("a", &[("gpu", "NoSchedule")], Some("ssd")), node("b", &[], None), set(), pod] {
        world.write(Write::Create(object), Time::EPOCH).expect("accepted");
    }
    world
}

fn files() -> Files {
    let text = set().to_json().to_string().replace("agent:1", "agent:2");
    [("set.yaml", text), ("broken.yaml", BROKEN.to_owned())]
        .map(|(name, text)| (name.to_owned(), File::new(text)))
        .into()
}

fn words() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        12 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec(word, 0..9).prop_map(|words| {
        // Most lines begin as a person would begin them.
        let program = (words.len() % 4 != 3).then(|| "kubectl".to_owned());
        program.into_iter().chain(words).collect()
    })
}

fn command() -> impl Strategy<Value = Command> {
    let stdin =
        prop_oneof![3 => Just(None), 1 => ".{0,20}".prop_map(Some), 1 => Just(Some(BROKEN.to_owned()))];
    (words(), stdin).prop_map(|(words, stdin)| Command { stdin, ..Command::of(words) })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_command_is_answered_and_what_is_refused_changes_nothing(command in command()) {
        let world = world();
        let request = Request::new(&command, files());
        let answer = request.run(&world, Time::EPOCH);
        if answer.code != 0 && answer.done.is_empty() {
            prop_assert!(answer.writes.is_empty(), "{}", request.line());
        }
        // What it writes is what the API server takes, in this order.
        let mut after = world.clone();
        for write in &answer.writes {
            let taken = after.write(write.clone(), Time::EPOCH);
            prop_assert!(matches!(taken, Ok(Some(_))), "{}: {taken:?}", request.line());
        }
        let again = request.run(&world, Time::EPOCH);
        prop_assert_eq!(&again, &answer, "the same line in the same cluster gives the same answer");
        prop_assert!(answer.code == 0 || answer.wants.is_some() || !answer.err.is_empty() || command.words.iter().any(|word| word == "diff"));
    }

    #[test]
    fn a_dry_run_changes_nothing(mut command in command()) {
        command.words.push("--dry-run=server".into());
        let has_end = command.words.iter().any(|word| word == "--");
        let answer = Request::new(&command, files()).run(&world(), Time::EPOCH);
        let is_understood = command.words.iter().filter(|word| word.starts_with("--dry-run")).count() == 1;
        if is_understood && !has_end && !answer.writes.is_empty() {
            prop_assert!(answer.setting.is_some() || command.words.iter().any(|word| word == "playground"), "{:?}", command.words);
        }
    }

    #[test]
    fn the_text_of_a_request_is_the_same_request(command in command()) {
        let request = Request::new(&command, files());
        if !request.words().is_empty() {
            let read = Request::parse(request.line().as_str(), &files()).expect("a line");
            prop_assert_eq!(&read, &[request]);
        }
    }

    #[test]
    fn the_text_of_several_commands_is_the_same_ones(
        commands in prop::collection::vec((command(), prop::sample::select(JOINS)), 1..4),
    ) {
        let mut commands: Vec<(Join, Command)> =
            commands.into_iter().map(|(command, join)| (join, canonical(&command))).collect();
        commands.retain(|(_, command)| !command.words.is_empty());
        if let Some((first, _)) = commands.first_mut() {
            *first = Join::Always;
        }
        let text = line::text_of(commands.iter().map(|(join, command)| (*join, command)));
        let read = line::parse(&text).expect("commands");
        let read: Vec<_> = read.into_iter().map(|part| (part.join, part.command)).collect();
        prop_assert_eq!(read, commands);
    }

    #[test]
    fn whatever_is_made_of_an_object_is_saved_or_refused(
        at in 0usize..600, gone in 0usize..40, typed in "[ a-z:#{\\[\\-\n]{0,12}",
    ) {
        let world = world();
        let edit = Request::of(["kubectl", "edit", "ds", "agent"]);
        let opened = edit.run(&world, Time::EPOCH).opened.expect("it is opened").text;
        let letters: Vec<char> = opened.chars().collect();
        let (at, to) = (at.min(letters.len()), (at + gone).min(letters.len()));
        let text: String = letters[..at].iter().copied().chain(typed.chars()).chain(letters[to..].iter().copied()).collect();
        let request = edit.edited(&text);
        prop_assert_eq!(Request::parse(request.line().as_str(), &Files::new()).expect("a line"), std::slice::from_ref(&request));
        let answer = request.run(&world, Time::EPOCH);
        prop_assert!(answer.writes.is_empty() || answer.code == 0 && answer.opened.is_none());
        let mut after = world.clone();
        for write in answer.writes {
            let taken = after.write(write, Time::EPOCH);
            prop_assert!(matches!(taken, Ok(Some(_))), "{taken:?}");
        }
    }

    #[test]
    fn what_changed_the_cluster_is_taken_again_as_it_was_typed(
        begin in prop::sample::select(&CHANGES[..]), behind in prop::collection::vec(prop::sample::select(&BEHIND[..]), 1..7),
    ) {
        let line = begin.to_owned() + &behind.join(" ");
        let begun = Session::of_example(examples::first()).act(&Act::Jump(20), Past::Ask).0;
        let typed = begun.act(&Act::Enter(line.as_str().into()), Past::Here).0;
        let (texts, run) = Saved::of(&typed).to_json();
        let text = |part| serde_json::Value::Object(part).to_string();
        let saved = Saved::from_json(Some(&text(texts)), Some(&text(run))).expect("it is read");
        let mut again = Session::resume(&saved);
        while again.resuming().is_some() {
            again = again.act(&Act::Resume(500), Past::Ask).0;
        }
        prop_assert_eq!(again.log.len(), typed.log.len());
        prop_assert_eq!(again.timeline.digest(), typed.timeline.digest());
    }

    #[test]
    fn every_text_is_read_or_refused(text in ".{0,60}") {
        if let Ok(requests) = Request::parse(&text, &Files::new()) {
            for request in requests {
                request.run(&world(), Time::EPOCH);
                let line: &Line = request.line();
                prop_assert!(Request::parse(line.as_str(), &Files::new()).is_ok(), "{line}");
            }
        }
    }
}
