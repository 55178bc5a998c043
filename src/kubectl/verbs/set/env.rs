//! `kubectl set env`. Upstream: `kubectl/pkg/cmd/set/set_env.go`, `kubectl/pkg/cmd/set/env/env_{parse,resolve}.go`.

use super::{LOCAL, Work, changed, check_local, containers, objects, send_all};
use crate::api::base64;
use crate::api::{Kind, Object, ObjectKey, Quantity, sort};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::{go, object};
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run, select, source};
use serde_json::{Value, json};

/// The verb.
pub const ENV: Verb = Verb {
    name: "set env",
    flags: changing![
        Flag::short("containers", 'c', Takes::Text),
        Flag::short("env", 'e', Takes::Texts),
        Flag::long("from", Takes::Text),
        Flag::long("keys", Takes::Texts),
        Flag::long("list", Takes::Switch),
        Flag::long("overwrite", Takes::Switch),
        Flag::long("prefix", Takes::Text),
        Flag::long("resolve", Takes::Switch)
    ],
    run,
};

/// Variables to be set, and names of those to be removed.
#[derive(Default)]
struct Changes {
    set: Vec<Value>,
    remove: Vec<String>,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if args.is_on("all") && args.has("selector") {
        return Err(Failure::own("cannot set --all and --selector at the same time"));
    }
    let is_change = |word: &String| word.find('=').is_some_and(|at| at > 0) || word.ends_with('-');
    let first = args.positional.iter().position(is_change).unwrap_or(args.positional.len());
    let (resources, words) = args.positional.split_at(first);
    if !words.iter().all(is_change) {
        let all = args.positional.join(" ");
        return Err(Failure::own(format!(
            "all resources must be specified before environment changes: {all}"
        )));
    }
    let dry_run = dry_run(args)?;
    check_local(args, dry_run)?;
    let is_list = args.is_on("list");
    let refusal = if !args.has("filename") && resources.is_empty() {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>"
    } else if is_list && args.has("output") {
        "--list and --output may not be specified together"
    } else if args.has("keys") && !args.has("from") {
        "when specifying --keys, a configmap or secret must be provided with --from"
    } else {
        ""
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    let words: Vec<String> = args.texts("env").iter().chain(words).cloned().collect();
    let mut changes = read(env, &words)?;
    if let Some(from) = args.text("from").filter(|from| !from.is_empty()) {
        changes.set.extend(imported(env, args, from)?);
    }
    if let Some(prefix) = args.text("prefix") {
        for variable in &mut changes.set {
            variable["name"] = format!("{prefix}{}", name_of(variable)).into();
        }
    }
    let found = objects(env, args, resources)?;
    let pattern = args.text("containers").unwrap_or("*");
    let overwrite = args.text("overwrite") != Some("false");
    let work = Work {
        deed: "env updated",
        refused: "failed to patch env update to pod template: ",
        skips_unchanged: true,
        dry_run,
    };
    let changed = changed(&found, |target, spec| {
        let (kind, name) = (target.key.kind.name(), &target.key.name);
        let chosen = containers(spec, pattern);
        if chosen.is_empty() {
            env.warn(&format!("{kind}/{name} does not have any containers matching {pattern:?}"));
        }
        for container in chosen {
            update(container, &changes, overwrite)
                .map_err(|why| Failure::own(format!("error: {} {why}\n", target.plural_name())))?;
            if is_list {
                let object = target.object.as_ref().ok().filter(|_| args.is_on("resolve"));
                list(env, kind, name, container, object);
            }
        }
        Ok(())
    });
    if is_list {
        return Ok(());
    }
    send_all(env, args, changed, &work)
}

fn name_of(variable: &Value) -> &str {
    variable["name"].as_str().unwrap_or_default()
}

/// `A=b`, `A-`, and `-` for what the standard input says (`ParseEnv`).
fn read(env: &mut Env, words: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for word in words {
        match word.split_once('=') {
            _ if word == "-" => {
                let text = env.stdin.take().unwrap_or_default();
                let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
                let pairs = lines.filter_map(|line| line.split_once('='));
                changes.set.extend(pairs.map(|(name, value)| json!({ "name": name, "value": value })));
            }
            Some((name, value)) => {
                check_name(name)?;
                changes.set.push(json!({ "name": name, "value": value }));
            }
            None => match word.strip_suffix('-') {
                Some(name) => changes.remove.push(name.to_owned()),
                None => return Err(Failure::own(format!("unknown environment variable: {word}"))),
            },
        }
    }
    if changes.remove.iter().any(|name| changes.set.iter().any(|variable| name_of(variable) == name)) {
        let why = "can not both modify and remove the same environment variable in the same command";
        return Err(Failure::own(why));
    }
    Ok(changes)
}

/// Upstream: `apimachinery/pkg/util/validation/validation.go` (`IsEnvVarName`).
fn check_name(name: &str) -> Result<(), Failure> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    let begins_well = !name.starts_with(|letter: char| letter.is_ascii_digit());
    let mut problems = Vec::new();
    if name.is_empty() || !begins_well || !name.chars().all(is_letter) {
        problems.push("a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')");
    }
    match name {
        "." => problems.push("must not be '.'"),
        ".." => problems.push("must not be '..'"),
        name if name.starts_with("..") => problems.push("must not start with '..'"),
        _ => {}
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::own(format!("{name:?} is not a valid key name: {}", problems.join(";"))))
}

/// `--from`: a variable for each key of a config map or a secret.
fn imported(env: &mut Env, args: &Args, from: &str) -> Result<Vec<Value>, Failure> {
    let query = select::Query::of(args, &[from.to_owned()]);
    let found = select::find(env, &select::Query { files: Vec::new(), ..query })?;
    let mut variables = Vec::new();
    for target in found.targets {
        let object = target.object?;
        let reference = match object.kind().name() {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err(Failure::own("unsupported resource specified in --from")),
        };
        let keys = args.texts("keys");
        let data = object.to_json();
        for key in data["data"].as_object().into_iter().flatten().map(|(key, _)| key) {
            if keys.is_empty() || keys.contains(key) {
                let name = variable_name(env, key);
                let source = json!({ reference: { "key": key, "name": object.metadata().name.as_str() } });
                variables.push(json!({ "name": name, "valueFrom": source }));
            }
        }
    }
    Ok(variables)
}

/// A key as the name of a variable: in capitals, and `_` for other letters.
fn variable_name(env: &mut Env, key: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    let name: String = key.chars().map(letter).collect();
    if name != key {
        env.warn(&format!("key {key} transferred to {name}"));
    }
    name
}

/// Changes the variables of a container (`updateEnv`).
fn update(container: &mut Value, changes: &Changes, overwrite: bool) -> Result<(), String> {
    let old = container["env"].as_array().cloned().unwrap_or_default();
    let new = |name: &str| changes.set.iter().find(|variable| name_of(variable) == name);
    let text = |variable: &Value| variable["value"].as_str().unwrap_or_default().to_owned();
    if !overwrite {
        for variable in &changes.set {
            let have = old.iter().find(|have| name_of(have) == name_of(variable));
            if let Some(have) = have.filter(|have| text(have) != text(variable)) {
                let (name, value) = (name_of(have), text(have));
                return Err(format!("'{name}' already has a value ({value}), and --overwrite is false"));
            }
        }
    }
    let mut covered: Vec<String> = changes.remove.clone();
    let mut all: Vec<Value> = Vec::new();
    for variable in &old {
        let name = name_of(variable);
        if covered.iter().any(|done| done == name) {
            continue;
        }
        match new(name) {
            Some(new) => {
                covered.push(name.to_owned());
                all.push(new.clone());
            }
            None => all.push(variable.clone()),
        }
    }
    for variable in &changes.set {
        let name = name_of(variable).to_owned();
        if !covered.contains(&name) {
            all.push(variable.clone());
            covered.push(name);
        }
    }
    match container.as_object_mut() {
        Some(fields) if all.is_empty() => drop(fields.remove("env")),
        Some(fields) => drop(fields.insert("env".into(), all.into())),
        None => {}
    }
    Ok(())
}

/// `--list`; with an object, what its variables refer to is looked up there (`--resolve`).
fn list(env: &mut Env, kind: &str, name: &str, container: &Value, object: Option<&Object>) {
    env.say(&format!("# {kind} {name}, container {}", container["name"].as_str().unwrap_or_default()));
    let mut unresolved: Vec<(String, Vec<&str>)> = Vec::new();
    for variable in container["env"].as_array().into_iter().flatten() {
        let name = name_of(variable);
        let Some(from) = variable.get("valueFrom") else {
            env.say(&format!("{name}={}", variable["value"].as_str().unwrap_or_default()));
            continue;
        };
        match object.map(|object| resolved(env, object, container, from)) {
            Some(Ok(value)) => {
                env.say(&format!("{name}={value}"));
                continue;
            }
            Some(Err(why)) => match unresolved.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(name),
                None => unresolved.push((why, vec![name])),
            },
            None => {}
        }
        env.say(&format!("# {name} from {}", reference(from)));
    }
    let mut told: Vec<String> = Vec::new();
    for (why, mut names) in unresolved {
        sort::by_key(&mut names, |name| *name);
        told.push(format!("error retrieving reference for {}: {why}", names.join(", ")));
    }
    sort::by_key(&mut told, Clone::clone);
    told.iter().for_each(|line| env.complain(&format!("{line}\n")));
}

/// The value that a variable refers to (`GetEnvVarRefValue`).
fn resolved(env: &Env, object: &Object, container: &Value, from: &Value) -> Result<String, String> {
    let text = |pointer: &str| from.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    for (source, kind, told) in
        [("secretKeyRef", "Secret", "secret"), ("configMapKeyRef", "ConfigMap", "config map")]
    {
        if from.get(source).is_none() {
            continue;
        }
        let (name, key) = (text(&format!("/{source}/name")), text(&format!("/{source}/key")));
        let place = ObjectKey::new(Kind::of("v1", kind), &object.metadata().namespace, name);
        let data = env.client.get(&place).map_err(|error| error.to_string())?.to_json();
        let value = data["data"].get(key).and_then(Value::as_str);
        let value = value.ok_or_else(|| format!("key {key} not found in {told} {name}"))?;
        return Ok(match kind {
            "Secret" => base64::decoded(value)
                .map_or_else(String::new, |bytes| String::from_utf8_lossy(&bytes).into_owned()),
            _ => value.to_owned(),
        });
    }
    if from.get("fieldRef").is_some() {
        return field(&object.to_json()["metadata"], text("/fieldRef/fieldPath"));
    }
    let resource = text("/resourceFieldRef/resource");
    let amount = resource.split_once('.').and_then(|(list, name)| {
        let is_known =
            ["cpu", "memory", "ephemeral-storage"].contains(&name) || name.starts_with("hugepages-");
        let value = container["resources"][list].get(name).and_then(Value::as_str).unwrap_or("0");
        (is_known && ["limits", "requests"].contains(&list)).then_some(value)
    });
    match amount {
        Some(amount) => {
            let quantity = |text: &str| Quantity::parse(text).map_or(0, |quantity| quantity.nanos());
            let divisor = Some(quantity(text("/resourceFieldRef/divisor"))).filter(|divisor| *divisor > 0);
            let divisor = divisor.unwrap_or_else(|| quantity("1"));
            Ok((quantity(amount) / divisor + i128::from(quantity(amount) % divisor > 0)).to_string())
        }
        None => Err(format!("Unsupported container resource : {resource}")),
    }
}

/// A field of metadata as a text (`extractFieldPathAsString`).
fn field(metadata: &Value, path: &str) -> Result<String, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        return match map.strip_prefix("metadata.") {
            Some(name @ ("annotations" | "labels")) => Ok(text(metadata[name].get(key))),
            _ => Err(format!("fieldPath {map:?} does not support subscript")),
        };
    }
    match path.strip_prefix("metadata.") {
        Some(name @ ("annotations" | "labels")) => {
            let pairs = metadata[name].as_object().into_iter().flatten();
            let pairs =
                pairs.map(|(key, value)| format!("{key}={}", go::quoted(value.as_str().unwrap_or_default())));
            Ok(pairs.collect::<Vec<_>>().join("\n"))
        }
        Some(name @ ("name" | "namespace" | "uid")) => Ok(text(metadata.get(name))),
        _ => Err(format!("unsupported fieldPath: {path}")),
    }
}

/// Upstream: `kubectl/pkg/cmd/set/env/env_resolve.go` (`GetEnvVarRefString`).
fn reference(from: &Value) -> String {
    let text = |pointer: &str| from.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if from.get("configMapKeyRef").is_some() {
        return format!("configmap {}, key {}", text("/configMapKeyRef/name"), text("/configMapKeyRef/key"));
    }
    if from.get("secretKeyRef").is_some() {
        return format!("secret {}, key {}", text("/secretKeyRef/name"), text("/secretKeyRef/key"));
    }
    if from.get("fieldRef").is_some() {
        return format!("field path {}", text("/fieldRef/fieldPath"));
    }
    if from.get("resourceFieldRef").is_some() {
        let container = text("/resourceFieldRef/containerName");
        let slash = if container.is_empty() { "" } else { "/" };
        return format!("resource field {container}{slash}{}", text("/resourceFieldRef/resource"));
    }
    "invalid valueFrom".into()
}
