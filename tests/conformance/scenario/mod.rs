//! Whole clusters: nodes, commands, and after each what Kubernetes had come to (`cluster/<name>.json`, or a line of
//! `cluster.jsonl`). What is compared and what is chance is told in the vectors' own description.
//!
//! A command is said at the second at which it was said, and the clock then goes on to the second at which the state
//! was recorded. Names that are drawn are compared by what they stand for: [`Names`].

mod names;
mod state;

use crate::kubectl_live::at_its_end;
use names::Names;
use playground::api::{Condition, Kind, Millis, Object, ObjectKey, Time};
use playground::kubectl::{Command, File, Files, Request};
use playground::sim::{Said, SimState, Timeline};
use serde_json::{Value, json};
use state::{Differences, Events, State};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The state is not recorded before so many seconds after the nodes are there.
const START: Millis = Millis::seconds(10);

/// After so long an eviction that was refused is tried again.
const RETRY: Millis = Millis::seconds(5);

/// After so many seconds a kubelet reports that a pod is ready, or is not.
const REPORT: Millis = Millis::seconds(1);

/// The annotation of a node whose kubelet is simulated. It is not in the recordings.
const PLAYED: &str = "kwok.x-k8s.io/node";

pub fn check(scenario: &Value, _: &Value) -> Result<(), String> {
    let scenario = &state::without_hashes(scenario);
    let nodes = list(&scenario["nodes"]).iter().map(|node| Object::from_json(registered(node)));
    let nodes: Result<Vec<Object>, _> = nodes.collect();
    let (start, refused) = SimState::of_nodes(1, nodes.map_err(|error| error.to_string())?);
    if !refused.is_empty() {
        return Err(format!("nodes are refused: {refused:?}"));
    }
    let at = start.now() + START;
    let mut run = Run {
        timeline: Timeline::new(start),
        at,
        names: Names::default(),
        seen: 0,
        events: Events::default(),
        recorded: Events::default(),
        by_count: Vec::new(),
    };
    run.timeline.advance(at);
    let initial = State::recorded(&scenario["initial"]);
    run.compare(&initial, &Value::Null, &scenario["initial"])
        .map_err(|differs| format!("at the start: {differs}"))?;
    let mut last = scenario["initial"].clone();
    let mut differs = Vec::new();
    for (number, step) in list(&scenario["steps"]).iter().enumerate() {
        let from = |at: &Value| at.as_u64().is_some_and(|at| at <= number as u64);
        let by_count = scenario["byCount"].as_object().into_iter().flatten().filter(|(_, at)| from(at));
        run.by_count = by_count.map(|(set, _)| set.clone()).collect();
        last = state::unfolded(&step["state"], &last);
        if let Err(told_differently) = run.step(step, &last) {
            differs.push(format!("step {number} {}: {told_differently}", told(&step["do"])));
        }
    }
    if differs.is_empty() { Ok(()) } else { Err(differs.join(" | ")) }
}

/// A deed, in short.
fn told(deed: &Value) -> String {
    match deed["kubectl"].as_array() {
        Some(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        None => deed.to_string().chars().take(90).collect(),
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

struct Run {
    timeline: Timeline,
    /// When the next step begins.
    at: Time,
    names: Names,
    /// So many steps of the timeline were looked at.
    seen: u32,
    /// Events since the last settled state.
    events: Events,
    recorded: Events,
    /// Sets whose pods are compared by their number, since which node comes first was chance.
    by_count: Vec<String>,
}

impl Run {
    fn step(&mut self, step: &Value, recorded: &Value) -> Result<(), String> {
        let start = self.at;
        self.timeline.advance(start);
        self.look();
        let answered = if step["error"].is_null() {
            self.deed(&step["do"], &step["answer"], &step["varies"])
        } else {
            Ok(())
        };
        self.at = start + seconds(&step["after"]);
        self.timeline.advance(self.at);
        self.look();
        if step["settle"].is_null() {
            self.recorded.read(recorded);
            return answered;
        }
        let compared = self.compare(&State::recorded(recorded), &step["varies"], recorded);
        match (answered, compared) {
            (Err(answered), Err(compared)) => Err(format!("{answered}; {compared}")),
            (answered, compared) => answered.and(compared),
        }
    }

    /// Takes note of what the latest steps changed.
    fn look(&mut self) {
        while let Some(step) = self.timeline.step(self.seen + 1) {
            self.seen += 1;
            for change in &step.changes {
                self.names.note(change);
                if let (Kind::Event, Some(Object::Event(event))) = (&change.kind(), &change.after) {
                    self.events.note(event);
                }
            }
        }
    }

    fn compare(&mut self, recorded: &State, varies: &Value, raw: &Value) -> Result<(), String> {
        self.recorded.read(raw);
        let ours = State::of(self.timeline.world(), &self.names);
        let mut differences = Differences::new(varies, &self.by_count);
        differences.states(&ours, recorded);
        let (ours, theirs) = (std::mem::take(&mut self.events), std::mem::take(&mut self.recorded));
        differences.events(&ours.named(&self.names), &theirs);
        differences.into_result()
    }

    fn say(&mut self, request: &Request) -> Rc<Said> {
        let said = self.timeline.say(request);
        self.look();
        said
    }

    fn shell(&mut self, words: &[&str], stdin: Option<String>) -> Result<(), String> {
        let command = Command { stdin, ..Command::of(words.iter().copied()) };
        let said = self.say(&Request::new(&command, Files::new()));
        if said.answer.code == 0 { Ok(()) } else { Err(said.answer.err.clone()) }
    }

    fn deed(&mut self, deed: &Value, answer: &Value, varies: &Value) -> Result<(), String> {
        match deed
            .as_object()
            .and_then(|deed| deed.keys().find(|key| ["kubectl", "kubelet"].contains(&key.as_str())))
        {
            Some(key) if key == "kubectl" => self.kubectl(deed, answer, varies),
            Some(_) => self.kubelet(&deed["kubelet"]),
            None => Ok(()),
        }
    }

    fn kubectl(&mut self, deed: &Value, answer: &Value, varies: &Value) -> Result<(), String> {
        let words = list(&deed["kubectl"]).iter().filter_map(Value::as_str);
        let words: Vec<String> = words.map(|word| self.names.filled_in(word, &self.timeline)).collect();
        let waits = words.iter().any(|word| word == "wait")
            || words.windows(2).any(|pair| pair[0] == "rollout" && pair[1] == "status");
        let command = Command {
            words: std::iter::once("kubectl".to_owned()).chain(words).collect(),
            stdin: deed["stdin"].as_str().map(str::to_owned),
        };
        let files = deed["files"].as_object().into_iter().flatten();
        let files: BTreeMap<String, File> =
            files.map(|(name, text)| (name.clone(), File::new(text.as_str().unwrap_or_default()))).collect();
        let request = Request::new(&command, files);
        if deed["background"].is_string() {
            return Ok(());
        }
        if waits {
            // It waits for what is to come, and is answered when that has come.
            self.timeline.advance(self.at + seconds(&answer["seconds"]));
            self.look();
        }
        let mut said = self.say(&request);
        if said.answer.follows && said.answer.waits.is_some() {
            let (world, now) = (self.timeline.world(), self.timeline.now());
            let answer = at_its_end(&request, said.answer.clone(), world, now);
            said = Rc::new(Said { answer, ..(*said).clone() });
        }
        // Ours says that it has to be given again; kubectl itself tries again until its time is up.
        let end = self.at + seconds(&answer["seconds"]);
        let mut tried_again = false;
        while !tried_again
            && said.answer.err.contains("(will retry after 5s)")
            && self.timeline.now() + RETRY < end
        {
            self.timeline.advance(self.timeline.now() + RETRY);
            self.look();
            let again = self.say(&request);
            if again.answer.code == 0 {
                (said, tried_again) = (again, true);
            }
        }
        let is_chance = |path: &str| list(varies).iter().any(|varied| varied == path);
        let ours = &said.answer;
        let code = answer["exitCode"].as_i64();
        if code.is_some_and(|code| code != i64::from(ours.code)) && !is_chance("answer/exitCode") {
            return Err(format!(
                "exit code {} instead of {}; {:?} instead of {:?}",
                ours.code,
                answer["exitCode"],
                format!("{}{}", ours.out, ours.err),
                format!("{}{}", text(&answer["stdout"]), text(&answer["stderr"])),
            ));
        }
        if waits || tried_again {
            return Ok(());
        }
        // What is printed of things that are named by chance, or of their ages, is compared by the other families.
        let is_read = command.words.iter().any(|word| {
            ["get", "describe", "history", "explain", "diff", "events", "-w", "--watch"]
                .contains(&word.as_str())
        });
        if is_read {
            return Ok(());
        }
        for (what, ours, theirs) in
            [("stdout", &ours.out, &answer["stdout"]), ("stderr", &ours.err, &answer["stderr"])]
        {
            let ours = names::printed(&names::numberless(&self.names.plain(ours)));
            let theirs = names::printed(&names::numberless(&names::recorded(text(theirs), &answer["names"])));
            if !self.by_count.is_empty() {
                continue;
            }
            if ours != theirs {
                return Err(format!("{what}: ours {ours:?}, Kubernetes {theirs:?}"));
            }
        }
        Ok(())
    }

    /// What a kubelet does by itself.
    fn kubelet(&mut self, deed: &Value) -> Result<(), String> {
        let node = text(&deed["node"]);
        if !deed["addNode"].is_null() {
            let node = registered(&deed["addNode"]).to_string();
            return self.shell(&["playground", "add", "nodes", "-f", "-"], Some(node));
        }
        if deed["dead"] == true || deed["gone"] == true {
            return self.shell(&["ssh", node, "sudo", "systemctl", "stop", "kubelet"], None);
        }
        if deed["dead"] == false {
            return self.shell(&["ssh", node, "sudo", "systemctl", "start", "kubelet"], None);
        }
        if let Some(conditions) = deed["conditions"].as_object() {
            let conditions: Vec<Value> =
                conditions.iter().map(|(type_, status)| reported(type_, status)).collect();
            return self.report("node", node, &json!({ "conditions": conditions }));
        }
        if !deed["capacity"].is_null() {
            let capacity = &deed["capacity"];
            return self.report("node", node, &json!({ "capacity": capacity, "allocatable": capacity }));
        }
        if let Some(id) = deed["pod"].as_str() {
            let name = self.names.pod(id, &self.timeline).ok_or_else(|| format!("there is no pod {id}"))?;
            self.timeline.advance(self.timeline.now() + REPORT);
            self.look();
            let status = self.readiness(&name, deed["ready"] == true)?;
            return self.report("pod", &name, &status);
        }
        if let Some(id) = deed["failPod"].as_str() {
            let name = self.names.pod(id, &self.timeline).ok_or_else(|| format!("there is no pod {id}"))?;
            let status = self.failure(&name, text(&deed["reason"]), text(&deed["message"]))?;
            return self.report("pod", &name, &status);
        }
        if !deed["mirrorPod"].is_null() {
            let pod = self.mirror(&deed["mirrorPod"], node)?;
            return self.shell(&["kubectl", "create", "-f", "-"], Some(pod.to_string()));
        }
        Err("the deed is not known".into())
    }

    fn report(&mut self, kind: &str, name: &str, status: &Value) -> Result<(), String> {
        let patch = json!({ "status": status }).to_string();
        self.shell(&["kubectl", "patch", kind, name, "--subresource=status", "-p", &patch], None)
    }

    fn containers(&self, pod: &str) -> Result<Vec<Value>, String> {
        let pod = self.timeline.world().pod("default", pod).ok_or("there is no such pod")?;
        let statuses = pod.status.container_statuses.iter();
        statuses.map(|status| serde_json::to_value(status).map_err(|error| error.to_string())).collect()
    }

    fn readiness(&self, pod: &str, ready: bool) -> Result<Value, String> {
        let mut containers = self.containers(pod)?;
        let names: Vec<&str> = containers.iter().map(|status| text(&status["name"])).collect();
        let message = format!("containers with unready status: [{}]", names.join(" "));
        let conditions: Vec<Value> = ["Ready", "ContainersReady"]
            .map(|type_| {
                let condition = if ready {
                    Condition::new(type_, "True", "", "")
                } else {
                    Condition::new(type_, "False", "ContainersNotReady", &message)
                };
                let mut condition = serde_json::to_value(condition).unwrap_or_default();
                // What a condition said before is taken back.
                for field in ["reason", "message"].into_iter().filter(|_| ready) {
                    condition[field] = Value::Null;
                }
                condition
            })
            .into();
        containers.iter_mut().for_each(|status| status["ready"] = ready.into());
        Ok(json!({ "conditions": conditions, "containerStatuses": containers }))
    }

    fn failure(&self, pod: &str, reason: &str, message: &str) -> Result<Value, String> {
        let mut containers = self.containers(pod)?;
        for status in &mut containers {
            status["ready"] = false.into();
            status["state"] = json!({ "terminated": { "reason": "Error", "exitCode": 1 } });
        }
        let conditions = ["Ready", "ContainersReady"]
            .map(|type_| json!({ "type": type_, "status": "False", "reason": "PodFailed" }));
        Ok(json!({
            "phase": "Failed", "reason": reason, "message": message,
            "conditions": conditions, "containerStatuses": containers,
        }))
    }

    /// The pod by which a kubelet tells of a static one.
    fn mirror(&self, pod: &Value, node: &str) -> Result<Value, String> {
        let owner = self.timeline.world().get(&ObjectKey::node(node)).ok_or("there is no such node")?;
        let mut pod = pod.clone();
        pod["metadata"]["name"] = format!("{}-{node}", text(&pod["metadata"]["name"])).into();
        pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "x".into();
        pod["metadata"]["annotations"]["kubernetes.io/config.source"] = "file".into();
        pod["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1", "kind": "Node", "name": node, "uid": owner.metadata().uid.as_str(), "controller": true,
        }]);
        pod["spec"]["nodeName"] = node.into();
        pod["spec"]["tolerations"] = json!([{ "operator": "Exists", "effect": "NoExecute" }]);
        Ok(pod)
    }
}

/// A node as its kubelet registers it: conditions that it was told to post have their reasons. The kubelets were
/// simulated, and took whatever they had room for.
fn registered(node: &Value) -> Value {
    let mut node = node.clone();
    node["metadata"]["annotations"][PLAYED] = "fake".into();
    let conditions = node.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        *condition = reported(text(&condition["type"]).to_owned().as_str(), &condition["status"].clone());
    }
    node
}

/// A condition as a kubelet posts it.
fn reported(type_: &str, status: &Value) -> Value {
    let status = text(status);
    let said = match (type_, status) {
        ("Ready", "True") => ("KubeletReady", "kubelet is posting ready status"),
        ("Ready", "False") => (
            "KubeletNotReady",
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
        ),
        ("MemoryPressure", "False") => {
            ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")
        }
        ("MemoryPressure", _) => {
            ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        }
        ("DiskPressure", "False") => ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("DiskPressure", _) => ("KubeletHasDiskPressure", "kubelet has disk pressure"),
        ("PIDPressure", "False") => ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("PIDPressure", _) => ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
        _ => ("", ""),
    };
    json!({ "type": type_, "status": status, "reason": said.0, "message": said.1 })
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn seconds(value: &Value) -> Millis {
    Millis((value.as_f64().unwrap_or_default() * 1000.0).round() as i64)
}
