//! `kubectl` and `drain`: commands with what they print, their exit code and what they change.

use crate::same;
use playground::api::{EcoString, Kind, Object, ObjectKey, Time};
use playground::cluster::{World, Write, kubernetes_service};
use playground::kubectl::{self, Books, Command, CommandCx, Files};
use serde_json::{Map, Value, json};

pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let now = input["now"].as_str().and_then(Time::parse).ok_or("no time")?;
    let mut world = World::new(1, Time::EPOCH);
    // The recorded server held the given objects alone.
    world.drop_object(&kubernetes_service().key());
    for object in input["objects"].as_array().into_iter().flatten() {
        let object = stored(object)?;
        world.restore(object);
    }
    let words = input["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let stdin = input["stdin"].as_str().map(str::to_owned);
    let command = Command { stdin, ..Command::of(std::iter::once("kubectl").chain(words)) };
    let answer = kubectl::run(
        &command,
        &CommandCx { world: &world, now, files: &Files::new(), books: &Books::default() },
    );
    same("stdout", answer.out.as_str(), expect["stdout"].as_str().unwrap_or_default())?;
    same("stderr", answer.err.as_str(), expect["stderr"].as_str().unwrap_or_default())?;
    same("exit code", i64::from(answer.code), expect["exitCode"].as_i64().unwrap_or_default())?;
    // To the store an eviction is a deletion; which of both was asked for shows in the command alone.
    let has = |word: &str| command.words.iter().any(|given| given == word);
    let deletion = if has("drain") && !has("--disable-eviction") { "evict" } else { "delete" };
    let changes = changes(&world, answer.writes, now, deletion)?;
    let expected = expect["changes"].as_array().map_or(&[][..], Vec::as_slice);
    same("changes", &changes[..], expected)
}

/// The object as the API server would have stored it.
fn stored(value: &Value) -> Result<Object, String> {
    let mut object = Object::from_json(value.clone()).map_err(|error| error.to_string())?;
    playground::api::set_namespace(&mut object);
    playground::api::defaults::apply(&mut object);
    if object.metadata().uid.is_empty() {
        let uid = format!("uid-{}-{}", object.kind().name().to_ascii_lowercase(), object.metadata().name);
        object.metadata_mut().uid = uid.into();
    }
    Ok(object)
}

/// The writes as the vectors tell them.
fn changes(world: &World, writes: Vec<Write>, now: Time, deletion: &str) -> Result<Vec<Value>, String> {
    let mut world = world.clone();
    let mut changes = Vec::new();
    for write in writes {
        // An eviction says in the pod's status why it goes, before.
        if let (Write::UpdateStatus(_), "evict") = (&write, deletion) {
            world.write(write, now).map_err(|error| error.to_string())?;
            continue;
        }
        let op = match &write {
            Write::Create(_) => "create",
            Write::Delete { .. } => deletion,
            _ => "patch",
        };
        let key = write.key();
        world.write(write, now).map_err(|error| error.to_string())?;
        changes.push(change(op, &key, world.get(&key).as_ref()));
    }
    Ok(changes)
}

fn change(op: &str, key: &ObjectKey, after: Option<&Object>) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        let is_nothing = value.is_null() || value == json!({}) || value == json!([]) || value == json!(false);
        if !is_nothing {
            told.insert(name.into(), value);
        }
    };
    tell("kind", key.kind.name().into());
    tell("name", key.name.as_str().into());
    tell("op", op.into());
    match (op, after) {
        ("patch", Some(Object::Node(node))) => {
            tell("labels", json!(node.metadata.labels));
            tell("taints", json!(node.spec.taints));
            tell("unschedulable", node.spec.unschedulable.into());
        }
        ("patch", Some(Object::DaemonSet(set))) => {
            tell("namespace", set.metadata.namespace.as_str().into());
            tell("annotations", json!(set.metadata.annotations));
            tell("labels", json!(set.metadata.labels));
            tell("generation", set.metadata.generation.into());
            let mut whole = Object::DaemonSet(std::rc::Rc::clone(set)).to_json();
            playground::manifest::complete(&Kind::DaemonSet, &mut whole);
            tell("template", whole["spec"]["template"].take());
            tell("updateStrategy", json!(set.spec.update_strategy));
        }
        _ => {
            let namespace = EcoString::from(key.namespace.as_str());
            told.insert("namespace".into(), namespace.as_str().into());
        }
    }
    Value::Object(told)
}
