//! Objects that are made of flags. Upstream: `kubectl/pkg/cmd/create/create_*.go`. Fields that upstream's encoder
//! writes though they are empty are written here too.

use super::secret::HASH;
use super::{hash, made, name};
use crate::api::qualified_name;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::selector::Selector;
use crate::kubectl::verbs::set::amounts;
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Map, Value, json};

/// The verb `create namespace`.
pub const NAMESPACE: Verb = Verb {
    name: "create namespace",
    flags: making![],
    run: |env, args| {
        let name = name(args, "create namespace")?;
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name }, "spec": {}, "status": {},
        });
        made(env, args, namespace, "", "created")
    },
};

/// The verb `create serviceaccount`.
pub const SERVICE_ACCOUNT: Verb = Verb {
    name: "create serviceaccount",
    flags: making![],
    run: |env, args| {
        let name = name(args, "create serviceaccount")?;
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name } });
        made(env, args, account, "failed to create serviceaccount: ", "created")
    },
};

/// The verb `create priorityclass`.
pub const PRIORITY_CLASS: Verb = Verb {
    name: "create priorityclass",
    flags: making![
        Flag::long("value", Takes::Number),
        Flag::long("global-default", Takes::Switch),
        Flag::long("description", Takes::Text),
        Flag::long("preemption-policy", Takes::Text)
    ],
    run: priority_class,
};

/// The verb `create poddisruptionbudget`.
pub const DISRUPTION_BUDGET: Verb = Verb {
    name: "create poddisruptionbudget",
    flags: making![
        Flag::long("selector", Takes::Text),
        Flag::long("min-available", Takes::Text),
        Flag::long("max-unavailable", Takes::Text)
    ],
    run: disruption_budget,
};

/// The verb `create quota`.
pub const QUOTA: Verb = Verb {
    name: "create quota",
    flags: making![Flag::long("hard", Takes::Text), Flag::long("scopes", Takes::Text)],
    run: quota,
};

/// The verb `create configmap`.
pub const CONFIG_MAP: Verb = Verb {
    name: "create configmap",
    flags: making![
        HASH,
        Flag::long("from-literal", Takes::List),
        Flag::long("from-file", Takes::Texts),
        Flag::long("from-env-file", Takes::Texts)
    ],
    run: config_map,
};

/// The verb `create deployment`.
pub const DEPLOYMENT: Verb = Verb {
    name: "create deployment",
    flags: making![
        Flag::long("image", Takes::Texts),
        Flag::long("port", Takes::Number),
        Flag::short("replicas", 'r', Takes::Number)
    ],
    run: deployment,
};

const TCP: Flag = Flag::long("tcp", Takes::Texts);

/// The verb `create service clusterip`.
pub const SERVICE_CLUSTER_IP: Verb = Verb {
    name: "create service clusterip",
    flags: making![TCP, Flag::long("clusterip", Takes::Text)],
    run: |env, args| service(env, args, "clusterip", "ClusterIP"),
};

/// The verb `create service nodeport`.
pub const SERVICE_NODE_PORT: Verb = Verb {
    name: "create service nodeport",
    flags: making![TCP, Flag::long("node-port", Takes::Number)],
    run: |env, args| service(env, args, "nodeport", "NodePort"),
};

/// The verb `create service loadbalancer`.
pub const SERVICE_LOAD_BALANCER: Verb = Verb {
    name: "create service loadbalancer",
    flags: making![TCP],
    run: |env, args| service(env, args, "loadbalancer", "LoadBalancer"),
};

/// The verb `create service externalname`.
pub const SERVICE_EXTERNAL_NAME: Verb = Verb {
    name: "create service externalname",
    flags: making![TCP, Flag::long("external-name", Takes::Text)],
    run: |env, args| {
        args.require(&["external-name"]).map_err(Failure::Own)?;
        service(env, args, "externalname", "ExternalName")
    },
};

fn priority_class(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let value = args.number("value").unwrap_or(0);
    if i32::try_from(value).is_err() {
        return Err(Failure::own(format!(
            "invalid argument \"{value}\" for \"--value\" flag: strconv.ParseInt: parsing \"{value}\": value out of range\nSee 'kubectl create priorityclass --help' for usage."
        )));
    }
    let mut class = json!({
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": { "name": name(args, "create priorityclass")? },
        "preemptionPolicy": args.text("preemption-policy").unwrap_or("PreemptLowerPriority"),
        "value": value,
    });
    if args.is_on("global-default") {
        class["globalDefault"] = true.into();
    }
    if let Some(text) = args.text("description").filter(|text| !text.is_empty()) {
        class["description"] = text.into();
    }
    made(env, args, class, "failed to create priorityclass: ", "created")
}

fn disruption_budget(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = name(args, "create poddisruptionbudget")?;
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let (least, most) = (text("min-available"), text("max-unavailable"));
    let is_amount = |text: &str| {
        let digits = text.strip_suffix('%').unwrap_or(text);
        !digits.is_empty() && digits.chars().all(|letter| letter.is_ascii_digit())
    };
    let refusal = if text("selector").is_empty() {
        "a selector must be specified"
    } else if least.is_empty() && most.is_empty() {
        "one of min-available or max-unavailable must be specified"
    } else if !least.is_empty() && !most.is_empty() {
        "min-available and max-unavailable cannot be both specified"
    } else if !least.is_empty() && !is_amount(least) {
        "invalid format specified for min-available"
    } else if !most.is_empty() && !is_amount(most) {
        "invalid format specified for max-unavailable"
    } else {
        ""
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    let mut spec = json!({ "selector": Selector::parse_for_object(text("selector"))?.to_json() });
    let (field, amount) = if least.is_empty() { ("maxUnavailable", most) } else { ("minAvailable", least) };
    spec[field] = int_or_string(amount);
    let budget = json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": { "name": name },
        "spec": spec,
        "status": { "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0 },
    });
    made(env, args, budget, "failed to create poddisruptionbudgets: ", "created")
}

/// Go's `intstr.Parse`.
pub fn int_or_string(text: &str) -> Value {
    text.parse::<i32>().map_or_else(|_| text.into(), Value::from)
}

fn quota(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let mut quota = json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": name(args, "create quota")? },
        "spec": {},
        "status": {},
    });
    let hard = amounts(args.text("hard").unwrap_or_default())?;
    if !hard.is_empty() {
        quota["spec"]["hard"] = hard.into();
    }
    let scopes: Vec<&str> = args.text("scopes").map(|text| text.split(',').collect()).unwrap_or_default();
    if args.text("scopes").is_some_and(|text| !text.is_empty()) {
        if scopes.contains(&"") {
            return Err(Failure::own("invalid resource quota scope \"\""));
        }
        quota["spec"]["scopes"] = json!(scopes);
    }
    made(env, args, quota, "failed to create quota: ", "created")
}

fn config_map(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = name(args, "create configmap")?;
    let mut map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    let mut data = Map::new();
    for (key, text) in pairs(env, args)? {
        if !is_key(&key) {
            return Err(Failure::own(format!("{key:?} is not a valid key name for a ConfigMap: {KEY}")));
        }
        if data.insert(key.clone(), text.into()).is_some() {
            return Err(Failure::own(format!(
                "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
            )));
        }
    }
    if args.is_on("append-hash") {
        let hash = hash::of(&json!({ "data": data, "kind": "ConfigMap", "name": name }));
        map["metadata"]["name"] = format!("{name}-{hash}").into();
    }
    if !data.is_empty() {
        map["data"] = data.into();
    }
    made(env, args, map, "failed to create configmap: ", "created")
}

/// What a key of data is (`IsConfigMapKey`).
pub const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// Whether a text can be a key of data.
pub fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

/// Keys and texts of data: of `--from-literal`, of files, of files with a pair in each line.
///
/// # Errors
/// A source has no such form, or a file is not there.
pub fn pairs(env: &Env, args: &Args) -> Result<Vec<(String, String)>, Failure> {
    let (literals, files) = (args.texts("from-literal"), args.texts("from-file"));
    let env_files = args.texts("from-env-file");
    let others = files.len() + literals.len();
    if !env_files.is_empty() && others > 0 {
        return Err(Failure::own("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut pairs = Vec::new();
    for source in files {
        let (key, file) = source.split_once('=').unwrap_or((source, source));
        if key.is_empty() || file.is_empty() {
            let what = if key.is_empty() { "key name" } else { "file path" };
            return Err(Failure::own(format!("{what} for file path {source} missing")));
        }
        // A file is called by its name alone, unless it is given one.
        let key = if key == file { key.rsplit('/').next().unwrap_or(key) } else { key };
        pairs.push((key.to_owned(), text_of(env, file)?));
    }
    for literal in literals {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Failure::own(format!("invalid literal source {literal}, expected key=value")));
        };
        let quoted = |mark: char| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark);
        let value = if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value };
        pairs.push((key.to_owned(), value.to_owned()));
    }
    for file in env_files {
        for line in text_of(env, file)?.lines().map(str::trim_start) {
            if !line.is_empty() && !line.starts_with('#') {
                let (key, value) = line.split_once('=').unwrap_or((line, ""));
                pairs.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    Ok(pairs)
}

fn text_of(env: &Env, name: &str) -> Result<String, Failure> {
    let file = env.files.get(name);
    let missing = || Failure::own(format!("error reading {name}: no such file or directory"));
    file.map(|file| file.text().to_string()).ok_or_else(missing)
}

fn deployment(env: &mut Env, args: &Args) -> Result<(), Failure> {
    args.require(&["image"]).map_err(Failure::Own)?;
    let name = name(args, "create deployment")?;
    let (images, command) = (args.texts("image"), args.positional.get(1..).unwrap_or_default());
    if images.len() > 1 && !command.is_empty() {
        return Err(Failure::own("cannot specify multiple --image options and command"));
    }
    let mut containers: Vec<Value> = images.iter().map(|image| container(image)).collect();
    if !command.is_empty() {
        containers.iter_mut().for_each(|container| container["command"] = json!(command));
    }
    if let (Some(port), Some(first)) = (args.number("port").filter(|port| *port >= 0), containers.first_mut())
    {
        first["ports"] = json!([{ "containerPort": port }]);
    }
    let labels = json!({ "app": name });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "labels": labels, "name": name },
        "spec": {
            "replicas": args.number("replicas").unwrap_or(1),
            "selector": { "matchLabels": labels },
            "strategy": {},
            "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
        },
        "status": {},
    });
    made(env, args, deployment, "failed to create deployment: ", "created")
}

/// A container that is called like its image. Upstream puts random letters behind a name with `_` or `.` in it.
fn container(image: &str) -> Value {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name).replace(['_', '.'], "-");
    json!({ "image": image, "name": name, "resources": {} })
}

fn service(env: &mut Env, args: &Args, verb: &str, type_: &str) -> Result<(), Failure> {
    let name = name(args, &format!("create service {verb}"))?;
    let ip = args.text("clusterip").unwrap_or_default();
    let pairs = args.texts("tcp");
    if ip != "None" && pairs.is_empty() && type_ != "ExternalName" {
        return Err(Failure::own("at least one tcp port specifier must be provided"));
    }
    let external = args.text("external-name").unwrap_or_default();
    if type_ == "ExternalName" && (external.is_empty() || external.contains(['_', ' ', '/', ':'])) {
        return Err(Failure::own(format!("invalid service external name {external}")));
    }
    let mut ports = Vec::new();
    for pair in pairs {
        let (port, target) = ports_of(pair)?;
        let mut entry = json!({
            "name": pair.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target,
        });
        if let Some(number) = args.number("node-port").filter(|number| *number != 0) {
            entry["nodePort"] = number.into();
        }
        ports.push(entry);
    }
    let labels = json!({ "app": name });
    let mut spec = json!({ "selector": labels, "type": type_ });
    for (field, text) in [("clusterIP", ip), ("externalName", external)] {
        if !text.is_empty() {
            spec[field] = text.into();
        }
    }
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "labels": labels, "name": name },
        "spec": spec,
        "status": { "loadBalancer": {} },
    });
    made(env, args, service, &format!("failed to create {type_} service: "), "created")
}

/// `80`, `80:8080` or `80:http` (`parsePorts`).
fn ports_of(pair: &str) -> Result<(u16, Value), Failure> {
    let mut parts = pair.split(':');
    let first = parts.next().unwrap_or_default();
    let port: u16 = first.parse().map_err(|_| {
        let is_number = !first.is_empty() && first.chars().all(|letter| letter.is_ascii_digit());
        let why = if is_number { "value out of range" } else { "invalid syntax" };
        Failure::own(format!("strconv.ParseUint: parsing {first:?}: {why}"))
    })?;
    let Some(target) = parts.next() else { return Ok((port, port.into())) };
    match target.parse::<i64>() {
        Ok(number) if (1..=65535).contains(&number) => Ok((port, number.into())),
        Ok(_) => Err(Failure::own("must be between 1 and 65535, inclusive")),
        Err(_) if qualified_name(target).is_empty() && target.len() <= 15 => Ok((port, target.into())),
        Err(_) => Err(Failure::own("must be no more than 15 bytes")),
    }
}
