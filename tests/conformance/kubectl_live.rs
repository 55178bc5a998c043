//! `kubectl-live`: transcripts of kubectl against a recorded cluster, of which all objects are known (`states/`).

use crate::same;
use playground::api::{Kind, Object, ObjectKey, Time};
use playground::cluster::World;
use playground::kubectl::{
    self, Again, Answer, Begun, Book, Books, Command, CommandCx, File, Files, Request,
};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Runs a transcript at the moments in which it may have looked at the clock.
pub fn check(case: &Value, _: &Value) -> Result<(), String> {
    let moment =
        |field: &str| case[field].as_str().and_then(Time::parse).ok_or_else(|| format!("no {field}"));
    let world = world(case["state"].as_str().unwrap_or_default(), moment("now")?)?;
    let mut outcome = Ok(());
    for (index, now) in moments(moment("now")?, moment("end")?).into_iter().enumerate() {
        let answer = answer(case, &world, now);
        let here = compare(case, &world, &answer, now);
        if here.is_ok() {
            return here;
        }
        if index == 0 {
            outcome = here;
        }
    }
    outcome
}

/// The beginning, each hundredth of a second of the first two, each second, and the end: one of many ages in a table
/// may change at any time.
fn moments(now: Time, end: Time) -> BTreeSet<Time> {
    const HUNDREDTH: i64 = 10;
    const SECOND: i64 = 1000;
    let (now, end) = (now.millis(), end.millis());
    let fine = (now..end).step_by(HUNDREDTH as usize).take(200);
    let seconds = (now / SECOND + 1..=end / SECOND).map(|second| second * SECOND);
    fine.chain(seconds).chain([now, end]).map(Time::new).collect()
}

fn answer(case: &Value, world: &World, now: Time) -> Answer {
    let variables = case["env"].as_object().into_iter().flatten();
    let variables = variables.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    let stdin = case["stdin"].as_str().map(str::to_owned);
    let command = Command { stdin, ..Command::of(variables.chain(words(&case["args"]))) };
    let texts = case["files"].as_object().into_iter().flatten();
    let files: Files =
        texts.map(|(name, text)| (name.clone(), File::new(text.as_str().unwrap_or_default()))).collect();
    let books = BOOKS.with(Books::clone);
    let answer = kubectl::run(&command, &CommandCx { world, now, files: &files, books: &books });
    if answer.follows && answer.waits.is_some() {
        return at_its_end(&Request::new(&command, files), answer, world, now);
    }
    let meanwhile = words(&case["during"]["args"]);
    if answer.waits.is_none() || meanwhile.len() < 2 {
        return answer;
    }
    let other =
        kubectl::run(&Command::of(meanwhile), &CommandCx { world, now, files: &files, books: &books });
    let later = after(world, other, now);
    kubectl::run_since(
        &command,
        &CommandCx { world: &later, now, files: &files, books: &books },
        &Begun { world, at: now },
    )
}

/// What a command that follows no longer than it may has answered by then, where nothing happened meanwhile.
pub fn at_its_end(request: &Request, first: Answer, world: &World, now: Time) -> Answer {
    let again = Again { changes: &[], printed: &first.out, since: now, is_over: true };
    let last = request.run_on(world, now, again);
    Answer { out: first.out + &last.out, err: first.err + &last.err, ..last }
}

/// `kubectl` and arguments.
fn words(args: &Value) -> Vec<String> {
    let args = args.as_array().into_iter().flatten().filter_map(Value::as_str);
    std::iter::once("kubectl").chain(args).map(str::to_owned).collect()
}

/// The cluster a while after a command: what it deletes is gone.
fn after(world: &World, answer: Answer, now: Time) -> World {
    let mut world = world.clone();
    for write in answer.writes {
        // The answer says what was refused.
        let _ = world.write(write, now);
    }
    let leaving = world.objects().filter(|object| object.metadata().is_terminating());
    let leaving: Vec<ObjectKey> = leaving.map(|object| object.key()).collect();
    leaving.iter().for_each(|key| drop(world.drop_object(key)));
    world
}

fn compare(case: &Value, world: &World, answer: &Answer, now: Time) -> Result<(), String> {
    let is_diff = case["args"][0] == "diff";
    let is_tried = is_diff || words(&case["args"]).iter().any(|word| word.starts_with("--dry-run=server"));
    for (what, ours, theirs) in
        [("stdout", &answer.out, &case["stdout"]), ("stderr", &answer.err, &case["stderr"])]
    {
        let theirs = theirs.as_str().unwrap_or_default();
        let told = |text: &str| by_chance(text, is_tried, is_diff);
        same_text(what, &told(ours), &told(theirs))?;
    }
    if let Some(code) = case["exitCode"].as_i64() {
        same("exit code", i64::from(answer.code), code)?;
    }
    changes(case, world, answer, now)
}

/// A text without what is by chance: log lines with a process id, the name of a temporary file, the identity of an
/// object that is only tried, and the folders and times of a comparison.
fn by_chance(text: &str, is_tried: bool, is_diff: bool) -> String {
    let is_log = |line: &&str| line.starts_with("??? W") || line.starts_with("W1");
    let lines = text.split('\n').filter(|line| !is_log(line)).map(|line| {
        let mut line = match line.split_once("/tmp/kubectl-edit-") {
            Some((before, after)) => {
                let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
                format!("{before}/tmp/kubectl-edit-{rest}")
            }
            None => line.to_owned(),
        };
        let field = line.trim_start_matches([' ', '+', '-']).split(':').next().unwrap_or_default();
        if is_tried && ["uid", "creationTimestamp", "resourceVersion"].contains(&field) {
            let end = line.find(':').unwrap_or(line.len());
            line.truncate(end);
        }
        if is_diff {
            for folder in ["LIVE-", "MERGED-"] {
                let parts = line.split(folder).enumerate().map(|(index, part)| match index {
                    0 => part.to_owned(),
                    _ => folder.to_owned() + part.trim_start_matches(|letter: char| letter.is_ascii_digit()),
                });
                line = parts.collect();
            }
            let is_head = line.starts_with("--- ") || line.starts_with("+++ ");
            if let (true, Some((path, _))) = (is_head, line.split_once('\t')) {
                line = path.to_owned();
            }
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Compares texts: an error shows the first line that differs.
fn same_text(what: &str, ours: &str, theirs: &str) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    if std::env::var_os("WHOLE").is_some() {
        return Err(format!("{what}: ours\n{ours}\nKubernetes\n{theirs}"));
    }
    let mut pairs = ours.split('\n').zip(theirs.split('\n')).enumerate();
    match pairs.find(|(_, (ours, theirs))| ours != theirs) {
        Some((line, (ours, theirs))) => same(&format!("{what}, line {}", line + 1), ours, theirs),
        None => same(&format!("lines of {what}"), ours.split('\n').count(), theirs.split('\n').count()),
    }
}

/// Compares what the command wrote. What controllers did in answer to it is not the command's: statuses, and
/// objects that they own or make.
fn changes(case: &Value, world: &World, answer: &Answer, now: Time) -> Result<(), String> {
    let mut after = world.clone();
    let mut keys = BTreeMap::new();
    for write in &answer.writes {
        let change = after.write(write.clone(), now).map_err(|error| error.to_string())?;
        keys.extend(change.map(|change| (path(&change.key()), change.key())));
    }
    let mut expected: BTreeMap<&str, &Value> = BTreeMap::new();
    for change in case["changes"].as_array().into_iter().flatten() {
        expected.insert(change["key"].as_str().unwrap_or_default(), &change["after"]);
    }
    for (path, key) in &keys {
        let before = world.get(key).map(|object| object.to_json());
        let ours = after.get(key).map(|object| object.to_json()).filter(|ours| !is_leaving(ours));
        let theirs = match expected.remove(path.as_str()) {
            Some(after) => Some(after.clone()).filter(|theirs| !theirs.is_null() && !is_leaving(theirs)),
            None => before.clone(),
        };
        let told = |value: Option<Value>| value.map(|value| essence(value, before.is_none()));
        same(path, told(ours), told(theirs))?;
    }
    let mut missing = expected.into_iter().filter(|(path, after)| !is_of_controllers(world, path, after));
    missing.next().map_or(Ok(()), |(path, _)| Err(format!("{path} is not written")))
}

fn path(key: &ObjectKey) -> String {
    format!("{}/{}/{}", key.kind.name(), key.namespace, key.name)
}

fn is_leaving(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some()
}

/// What controllers make or change after a command.
fn is_of_controllers(world: &World, path: &str, after: &Value) -> bool {
    let is_owned = |object: &Value| object["metadata"].get("ownerReferences").is_some();
    let before =
        world.objects().find(|object| self::path(&object.key()) == path).map(|object| object.to_json());
    let is_made = |suffix: &str| before.is_none() && path.ends_with(suffix);
    let only_status = before.as_ref().is_some_and(|before| {
        !after.is_null() && essence(before.clone(), false) == essence(after.clone(), false)
    });
    is_owned(after)
        || before.as_ref().is_some_and(is_owned)
        || is_made("/kube-root-ca.crt")
        || (is_made("/default") && path.starts_with("ServiceAccount/"))
        || only_status
}

/// The object without what the server or controllers fill in by chance, by the clock or later.
fn essence(mut object: Value, is_new: bool) -> Value {
    const COUNTED: &[&str] = &["resourceVersion", "managedFields"];
    const OF_NEW: &[&str] = &["uid", "creationTimestamp"];
    const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind"));
    playground::manifest::complete(&kind, &mut object);
    let fields = |value: &mut Value, names: &[&str]| {
        if let Some(map) = value.as_object_mut() {
            names.iter().for_each(|name| drop(map.remove(*name)));
        }
    };
    fields(&mut object, &["status"]);
    fields(&mut object["metadata"], COUNTED);
    if is_new {
        fields(&mut object["metadata"], OF_NEW);
        fields(&mut object["spec"], &["clusterIP", "clusterIPs"]);
    }
    if let Some(at) =
        object.pointer_mut("/spec/template/metadata/annotations").and_then(|all| all.get_mut(RESTARTED))
    {
        *at = "<time>".into();
    }
    // The node lifecycle controller keeps this one.
    if let Some(taints) = object.pointer_mut("/spec/taints").and_then(Value::as_array_mut) {
        taints.retain(|taint| taint["key"] != "node.kubernetes.io/unschedulable");
        taints.iter_mut().for_each(|taint| fields(taint, &["timeAdded"]));
        if taints.is_empty() {
            fields(&mut object["spec"], &["taints"]);
        }
    }
    without_nothing(object)
}

/// The value without empty maps and nulls, which say nothing.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(name, value)| (name, without_nothing(value)));
            let is_something = |value: &Value| !value.is_null() && *value != Value::Object(Map::new());
            Value::Object(kept.filter(|(_, value)| is_something(value)).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_nothing).collect()),
        value => value,
    }
}

/// The folder of the vectors.
fn folder() -> PathBuf {
    std::env::var_os("VECTORS").map_or_else(committed, PathBuf::from)
}

/// The folder of the committed vectors.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

thread_local! {
    /// The texts that the page fetches when they are asked for.
    static BOOKS: Books = books();
    /// The worlds that were asked for, by the id of their state.
    static WORLDS: RefCell<BTreeMap<String, World>> = const { RefCell::new(BTreeMap::new()) };
    /// The lines of `deltas.jsonl` by id.
    static DELTAS: BTreeMap<String, Value> = deltas();
}

fn books() -> Books {
    let mut books = Books::default();
    for book in [Book::Commands, Book::Fields] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("static").join(book.address());
        books.add(book, &std::fs::read_to_string(path).unwrap_or_default());
    }
    books
}

fn deltas() -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(folder().join("states/deltas.jsonl")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.map(|line| (line["id"].as_str().unwrap_or_default().to_owned(), line)).collect()
}

/// The cluster of a state, for a transcript that began at a time.
fn world(id: &str, now: Time) -> Result<World, String> {
    if let Some(world) = WORLDS.with_borrow(|worlds| worlds.get(id).cloned()) {
        return Ok(world);
    }
    let world = match DELTAS.with(|deltas| deltas.get(id).cloned()) {
        Some(delta) => changed(&delta, now)?,
        None => whole(id, now)?,
    };
    WORLDS.with_borrow_mut(|worlds| worlds.insert(id.to_owned(), world.clone()));
    Ok(world)
}

/// The cluster of a state that is stored whole.
///
/// The recording's own `plain` is of a later set-up of that cluster than its transcripts (the one of `plain-m`): its
/// objects are created after the transcripts end. The committed one is that state with the names, addresses, uids
/// and times that the transcripts show, and is taken in its place.
fn whole(id: &str, now: Time) -> Result<World, String> {
    let mut state = read(&folder(), id)?;
    let is_later = |object: &Value| {
        object["metadata"]["creationTimestamp"].as_str().and_then(Time::parse).is_some_and(|at| at > now)
    };
    if state["objects"].as_array().into_iter().flatten().any(is_later) {
        state = read(&committed(), id)?;
    }
    let mut world = World::new(1, Time::EPOCH);
    let all: Vec<ObjectKey> = world.objects().map(|object| object.key()).collect();
    all.iter().for_each(|key| drop(world.drop_object(key)));
    restore(&mut world, &state["objects"])?;
    Ok(world)
}

fn read(folder: &Path, id: &str) -> Result<Value, String> {
    let path = folder.join(format!("states/{id}.json"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The cluster of a state that is told as what differs from another one.
fn changed(delta: &Value, now: Time) -> Result<World, String> {
    let mut world = world(delta["base"].as_str().unwrap_or_default(), now)?;
    for removed in delta["removed"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let key = world.objects().map(|object| object.key()).find(|key| path(key) == removed);
        let key = key.ok_or_else(|| format!("{removed} is not there"))?;
        world.drop_object(&key);
    }
    restore(&mut world, &delta["set"])?;
    Ok(world)
}

fn restore(world: &mut World, objects: &Value) -> Result<(), String> {
    for object in objects.as_array().into_iter().flatten() {
        let kind = Kind::of(
            object["apiVersion"].as_str().unwrap_or_default(),
            object["kind"].as_str().unwrap_or_default(),
        );
        let object =
            Object::from_json(object.clone()).map_err(|error| format!("{}: {error}", kind.name()))?;
        world.restore(object);
    }
    Ok(())
}
