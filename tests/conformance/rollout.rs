//! Whole traces of the controller: round by round, with the kubelet, the pod garbage collector and the user of
//! the reference run around it.

use crate::{defaulted, part, same};
use playground::api::{
    Condition, Container, DaemonSet, FAILED, Kind, Millis, Node, Object, ObjectKey, Pod, RUNNING, SUCCEEDED,
    Time, set_condition,
};
use playground::cluster::{Change, Component, Cx, Propagation, Wakes, WorkKey, World, Write};
use playground::controllers::daemonset::history::TemplateSnapshot;
use playground::controllers::daemonset::pod::{HASH_LABEL, PodFactory};
use playground::controllers::daemonset::trace::{DaemonSetTrace, Sync};
use playground::controllers::daemonset::{DaemonSetController, State, eligibility::Placement};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Replays a case and compares every round and the pods at the end.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let mut run = Run::new(input)?;
    let rounds = input["rounds"].as_array().ok_or("no rounds")?;
    for (number, round) in rounds.iter().enumerate() {
        run.round = number as i64;
        for event in round["events"].as_array().into_iter().flatten() {
            run.event(event)?;
        }
        let found = run.sync()?;
        same(&format!("round {number}"), &found, &expect["rounds"][number])?;
        run.kubelet();
    }
    same("final", &run.pods(), &expect["final"])
}

/// What the reference run knows of a pod.
#[derive(Clone, Copy)]
struct Life {
    created: i64,
    deleted: Option<i64>,
    started: bool,
}

struct Run<'a> {
    input: &'a Value,
    round: i64,
    world: World,
    state: State,
    key: ObjectKey,
    lives: BTreeMap<String, Life>,
    behaviors: BTreeMap<String, String>,
    vanished: BTreeMap<String, i64>,
    ordinals: BTreeMap<String, usize>,
    revisions_made: usize,
    pods_made: usize,
}

impl<'a> Run<'a> {
    fn new(input: &'a Value) -> Result<Self, String> {
        let set: DaemonSet = defaulted(part(input, "daemonset")?);
        let key = ObjectKey::new(Kind::DaemonSet, "default", &set.metadata.name);
        let mut run = Run {
            input,
            round: -1,
            world: World::new(0, Time::EPOCH),
            state: State::default(),
            key,
            lives: BTreeMap::new(),
            behaviors: BTreeMap::new(),
            vanished: BTreeMap::new(),
            ordinals: BTreeMap::new(),
            revisions_made: 0,
            pods_made: 0,
        };
        run.write(Write::Create(set.into()), Time::EPOCH)?;
        for node in input["nodes"].as_array().into_iter().flatten() {
            run.put_node(node)?;
        }
        for pod in input["pods"].as_array().into_iter().flatten() {
            run.add_pod(pod)?;
        }
        Ok(run)
    }

    fn now(&self) -> Time {
        let step = self.input["clockStepSeconds"].as_i64().unwrap_or(1);
        Time::EPOCH + Millis::seconds(step * self.round.max(0))
    }

    fn rounds(&self, field: &str) -> i64 {
        self.input[field].as_i64().unwrap_or(0)
    }

    fn set(&self) -> Rc<DaemonSet> {
        self.world.daemon_set("default", &self.key.name).cloned().unwrap_or_default()
    }

    fn write(&mut self, write: Write, now: Time) -> Result<(), String> {
        let change = self.world.write(write, now).map_err(|error| error.to_string())?;
        if let Some(change) = change {
            self.tell(&change, now);
        }
        Ok(())
    }

    fn tell(&mut self, change: &Change, now: Time) {
        DaemonSetController::observe(&self.world, change, now, &mut self.state, &mut Wakes::default());
    }

    fn put_node(&mut self, node: &Value) -> Result<(), String> {
        let node: Node = serde_json::from_value(node.clone()).map_err(|error| error.to_string())?;
        self.vanished.remove(node.metadata.name.as_str());
        // As it stands: some of these nodes no API server would take.
        let change = self.world.restore(node);
        self.tell(&change, self.now());
        Ok(())
    }

    fn add_pod(&mut self, given: &Value) -> Result<(), String> {
        let text = |field: &str| given[field].as_str().unwrap_or_default();
        let set = self.set();
        let placement = Placement::new(&set.spec.template);
        let mut pod = PodFactory::new(&set, &placement, "").make(text("node"));
        pod.metadata.name = text("name").into();
        pod.metadata.generate_name.clear();
        pod.metadata.labels = match given.get("labels") {
            Some(labels) => serde_json::from_value(labels.clone()).map_err(|error| error.to_string())?,
            None => set.spec.template.metadata.labels.clone(),
        };
        match text("revision") {
            "current" => {
                let hash = TemplateSnapshot::of(&set, None).hash().to_owned();
                pod.metadata.labels.insert(HASH_LABEL.into(), hash.into());
            }
            "old" => drop(pod.metadata.labels.insert(HASH_LABEL.into(), "of-no-revision".into())),
            _ => {}
        }
        match text("owner") {
            "none" => pod.metadata.owner_references.clear(),
            "other" => pod.metadata.owner_references.make_mut()[0].uid = "another".into(),
            _ => {}
        }
        let spec = Rc::make_mut(&mut pod.spec);
        if given["bound"] != false {
            spec.affinity = None;
            spec.node_name = text("node").into();
        } else if text("node").is_empty() {
            spec.affinity = None;
        }
        let now = self.now();
        let ago = |field: &str| now + Millis::seconds(-given[field].as_i64().unwrap_or(0));
        pod.status.phase = text("phase").into();
        let ready = if given["ready"] == true { "True" } else { "False" };
        set_condition(
            &mut pod.status.conditions,
            Condition::new("Ready", ready, "", ""),
            ago("readySinceSeconds"),
        );
        let started = pod.status.phase == RUNNING;
        self.lives.insert(text("name").into(), Life { created: -1, deleted: None, started });
        let created = ago("ageSeconds");
        self.write(Write::Create(pod.clone().into()), created)?;
        self.write(Write::UpdateStatus(pod.into()), created)
    }

    /// The DaemonSet's pods that are meant for a node, terminating or not.
    fn own_pods(&self, node: &str, terminating: bool) -> Vec<Rc<Pod>> {
        let uid = self.set().metadata.uid.clone();
        let on_node = self.world.pods_on(node).filter(|pod| {
            pod.metadata.controller().is_some_and(|owner| owner.uid == uid)
                && pod.metadata.is_terminating() == terminating
        });
        on_node.cloned().collect()
    }

    fn event(&mut self, event: &Value) -> Result<(), String> {
        let node = event["name"].as_str().unwrap_or_default();
        let now = self.now();
        match event["type"].as_str().unwrap_or_default() {
            "putDaemonSet" => {
                let set: DaemonSet = part(event, "daemonset")?;
                self.write(Write::Update(defaulted(set).into()), now)
            }
            "putNode" => self.put_node(&event["node"]),
            "deleteNode" if self.world.node(node).is_none() => Ok(()),
            "deleteNode" => {
                self.vanished.insert(node.into(), self.round);
                self.write(Write::delete(ObjectKey::node(node)), now)
            }
            "addPod" => self.add_pod(&event["pod"]),
            "setBehavior" => {
                let behavior = event["behavior"].as_str().unwrap_or_default();
                self.behaviors.insert(node.into(), behavior.into());
                Ok(())
            }
            "deletePods" => self.own_pods(node, false).iter().try_for_each(|pod| self.delete(pod)),
            "setReady" => {
                let ready = event["ready"] == true;
                let pods = self.own_pods(node, false);
                let running = pods.iter().filter(|pod| pod.status.phase == RUNNING);
                running.cloned().try_for_each(|pod| self.set_status(&pod, RUNNING, ready))
            }
            kind @ ("failPods" | "succeedPods") => {
                let phase = if kind == "failPods" { FAILED } else { SUCCEEDED };
                let pods = self.own_pods(node, false);
                let unfinished = pods.iter().filter(|pod| !pod.is_finished());
                unfinished.cloned().try_for_each(|pod| self.set_status(&pod, phase, false))
            }
            "finishTerminating" => {
                let pods = self.own_pods(node, true);
                pods.iter().try_for_each(|pod| self.set_status(pod, FAILED, false))
            }
            "relabelPods" => {
                let labels: BTreeMap<String, String> = part(event, "labels")?;
                for pod in self.own_pods(node, false) {
                    let mut pod = Pod::clone(&pod);
                    for (key, value) in &labels {
                        match value.as_str() {
                            "" => drop(pod.metadata.labels.remove(key.as_str())),
                            _ => drop(pod.metadata.labels.insert(key.clone().into(), value.clone().into())),
                        }
                    }
                    self.write(Write::Update(pod.into()), now)?;
                }
                Ok(())
            }
            "markDeleted" => {
                let key = self.key.clone();
                let propagation = Propagation::Foreground;
                self.write(Write::Delete { key, grace_seconds: None, propagation }, now)
            }
            kind => Err(format!("unknown event {kind}")),
        }
    }

    fn delete(&mut self, pod: &Pod) -> Result<(), String> {
        let life = self.lives.get_mut(pod.metadata.name.as_str()).ok_or("unknown pod")?;
        life.deleted.get_or_insert(self.round);
        self.write(Write::delete(ObjectKey::pod("default", &pod.metadata.name)), self.now())
    }

    fn vanish(&mut self, pod: &Pod) {
        let key = ObjectKey::pod("default", &pod.metadata.name);
        let gone = Write::Delete { key, grace_seconds: Some(0), propagation: Propagation::Background };
        let _ = self.write(gone, self.now());
    }

    fn set_status(&mut self, pod: &Pod, phase: &str, ready: bool) -> Result<(), String> {
        let mut pod = pod.clone();
        pod.status.phase = phase.into();
        let ready = Condition::new("Ready", if ready { "True" } else { "False" }, "", "");
        set_condition(&mut pod.status.conditions, ready, self.now());
        self.write(Write::UpdateStatus(pod.into()), self.now())
    }

    /// One sync: what a round of the case shows.
    fn sync(&mut self) -> Result<Value, String> {
        let now = self.now();
        let cx = Cx { world: &self.world, now, seed: 0, by_chance: false, step: 0 };
        let key = WorkKey::Object(self.key.clone());
        let outcome = DaemonSetController::reconcile(&cx, &mut self.state, &key);
        let mut shown = self.apply(outcome.writes)?;
        let DaemonSetTrace { sync, .. } = outcome.trace;
        if let Sync::Done(trace) = sync {
            for (field, pods) in [("adopted", &trace.adopted), ("released", &trace.released)] {
                if !pods.is_empty() {
                    shown[field] = pods.iter().map(|pod| pod.to_string()).collect();
                }
            }
            if let Some(error) = trace.error() {
                shown["error"] = error.into();
            }
        }
        let set = self.set();
        let status = &set.status;
        shown["status"] = json!({
            "available": status.number_available,
            "current": status.current_number_scheduled,
            "desired": status.desired_number_scheduled,
            "misscheduled": status.number_misscheduled,
            "observedGeneration": status.observed_generation,
            "ready": status.number_ready,
            "unavailable": status.number_unavailable,
            "updated": status.updated_number_scheduled,
        });
        shown["revisions"] = self.revisions(&set);
        Ok(shown)
    }

    /// Applies what a sync wrote: pods are made in node-name order and before any is deleted.
    fn apply(&mut self, writes: Vec<Write>) -> Result<Value, String> {
        let now = self.now();
        let (mut creates, mut deletes, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for write in writes {
            match write {
                Write::Create(Object::Pod(pod)) => creates.push(Pod::clone(&pod)),
                Write::Delete { key, .. } if key.kind == Kind::Pod => deletes.push(key.name),
                Write::Event { type_, reason, message, .. } => {
                    events.push(format!("{} {reason} {message}", type_.name()));
                }
                write => {
                    if let Write::Create(Object::ControllerRevision(revision)) = &write {
                        self.revisions_made += 1;
                        let hash = revision.metadata.labels.get(HASH_LABEL).cloned().unwrap_or_default();
                        self.ordinals.insert(hash.to_string(), self.revisions_made);
                    }
                    self.write(write, now)?;
                }
            }
        }
        let node = |pod: &Pod| pod.target_node().unwrap_or_default().to_owned();
        creates.sort_by_key(node);
        let nodes: Vec<_> = creates.iter().map(node).collect();
        for mut pod in creates {
            self.pods_made += 1;
            pod.metadata.name = format!("{}{:05}", pod.metadata.generate_name, self.pods_made).into();
            let life = Life { created: self.round, deleted: None, started: false };
            self.lives.insert(pod.metadata.name.to_string(), life);
            self.write(Write::Create(pod.into()), now)?;
        }
        deletes.sort();
        let mut deleted = Vec::new();
        for name in deletes {
            let pod = self.world.pod("default", &name).cloned().ok_or("deletes a pod that is not there")?;
            deleted.push(json!({
                "node": pod.target_node(),
                "ordinal": self.ordinal(&pod),
                "pod": pod.metadata.name,
            }));
            self.delete(&pod)?;
        }
        let mut shown = json!({ "creates": nodes, "deletes": deleted });
        if !events.is_empty() {
            events.sort();
            shown["events"] = events.into();
        }
        Ok(shown)
    }

    fn ordinal(&self, pod: &Pod) -> Option<usize> {
        self.ordinals.get(pod.metadata.labels.get(HASH_LABEL)?.as_str()).copied()
    }

    fn revisions(&self, set: &DaemonSet) -> Value {
        let current = TemplateSnapshot::of(set, None);
        let mut all: Vec<_> = self
            .world
            .of_kind(&Kind::ControllerRevision)
            .filter_map(|object| match object {
                Object::ControllerRevision(revision) => Some(revision),
                _ => None,
            })
            .collect();
        all.sort_by_key(|revision| revision.revision);
        let shown = all.iter().map(|revision| {
            let hash = revision.metadata.labels.get(HASH_LABEL).map_or("", |hash| hash.as_str());
            let mut shown = json!({ "ordinal": self.ordinals.get(hash), "revision": revision.revision });
            if revision.data.as_ref() == Some(current.data()) {
                shown["current"] = true.into();
            }
            shown
        });
        shown.collect()
    }

    /// The kubelets, the scheduler and the pod garbage collector of the reference run.
    fn kubelet(&mut self) {
        let pods: Vec<_> = self.world.pods().cloned().collect();
        for pod in pods {
            let Some(life) = self.lives.get(pod.metadata.name.as_str()).copied() else { continue };
            let node = pod.target_node().unwrap_or_default();
            let behavior = self.behaviors.get(node).cloned().unwrap_or_default();
            if self.world.node(node).is_none() {
                let since = self.vanished.get(node).copied().unwrap_or(-1);
                if pod.node().is_some() && self.round - since >= self.rounds("podGCAfterRounds") {
                    self.vanish(&pod);
                }
                continue;
            }
            if pod.metadata.is_terminating() {
                let since = life.deleted.unwrap_or(self.round);
                if behavior != "frozen" && self.round - since >= self.rounds("terminateAfterRounds") {
                    self.vanish(&pod);
                }
                continue;
            }
            if pod.is_finished() {
                continue;
            }
            if pod.node().is_none() {
                if behavior == "unschedulable" {
                    continue;
                }
                let key = ObjectKey::pod("default", &pod.metadata.name);
                let _ = self.write(Write::Bind { pod: key, node: node.into() }, self.now());
            }
            let due = self.round - life.created >= self.rounds("readyAfterRounds");
            if !life.started && behavior != "frozen" && due {
                if let Some(life) = self.lives.get_mut(pod.metadata.name.as_str()) {
                    life.started = true;
                }
                let images = self.input["neverReadyImages"].as_array();
                let bad = |container: &Container| {
                    images.is_some_and(|images| images.iter().any(|image| *image == container.image.as_str()))
                };
                let never = behavior == "neverReady" || pod.spec.containers.iter().any(bad);
                let phase = if behavior == "fail" { FAILED } else { RUNNING };
                let _ = self.set_status(&pod, phase, phase == RUNNING && !never);
            }
        }
    }

    fn pods(&self) -> Value {
        let uid = self.set().metadata.uid.clone();
        let shown = self.world.pods().map(|pod| {
            let mut shown = json!({
                "node": pod.target_node().unwrap_or_default(),
                "ordinal": self.ordinal(pod),
                "phase": if pod.status.phase.is_empty() { "Pending" } else { &pod.status.phase },
                "pod": pod.metadata.name,
            });
            if pod.is_ready() {
                shown["ready"] = true.into();
            }
            if pod.node().is_none() {
                shown["bound"] = false.into();
            }
            if pod.metadata.is_terminating() {
                shown["terminating"] = true.into();
            }
            if pod.metadata.controller().is_none_or(|owner| owner.uid != uid) {
                shown["owned"] = false.into();
            }
            shown
        });
        shown.collect()
    }
}
