//! `kubectl expose`. Upstream: `kubectl/pkg/cmd/expose/expose.go`, `kubectl/pkg/polymorphichelpers/{canbeexposed,
//! mapbasedselectorforobject,portsforobject,protocolsforobject}.go`.

use super::create::{int_or_string, made};
use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::selector::label_pairs;
use crate::kubectl::verbs::patch::{self, Type};
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Map, Value, json};

/// `--overrides`.
pub const OVERRIDES: Flag = Flag::long("overrides", Takes::Text);
/// `--override-type`.
pub const OVERRIDE_TYPE: Flag = Flag::long("override-type", Takes::Text);

/// The verb.
pub const VERB: Verb = Verb {
    name: "expose",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::FILENAME,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        OVERRIDES,
        OVERRIDE_TYPE,
        Flag::long("cluster-ip", Takes::Text),
        Flag::long("external-ip", Takes::Text),
        Flag::short("labels", 'l', Takes::Text),
        Flag::long("load-balancer-ip", Takes::Text),
        Flag::long("name", Takes::Text),
        Flag::long("port", Takes::Text),
        Flag::long("protocol", Takes::Text),
        Flag::long("selector", Takes::Text),
        Flag::long("session-affinity", Takes::Text),
        Flag::long("target-port", Takes::Text),
        Flag::long("type", Takes::Text),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    crate::kubectl::dry_run(args)?;
    let found =
        select::find(env, &Query { selector: None, is_latest: false, ..Query::of(args, &args.positional) })?;
    select::each(env, &found.targets, |env, _, object| {
        let service = service(args, object)?;
        made(env, args, overridden(args, service)?, "", "exposed")
    })
}

/// An object with what `--overrides` says of it.
///
/// # Errors
/// It is no patch.
pub fn overridden(args: &Args, object: Value) -> Result<Value, Failure> {
    let Some(text) = args.text("overrides").filter(|text| !text.is_empty()) else { return Ok(object) };
    let type_ = match args.text("override-type").unwrap_or("merge") {
        "json" => Type::Json,
        "merge" => Type::Merge,
        "strategic" => Type::Strategic,
        other => return Err(Failure::own(format!("invalid override type: {other}"))),
    };
    let patch: Value = serde_json::from_str(text).map_err(|_| Failure::own("Invalid JSON Patch"))?;
    patch::applied(&object, type_, &patch)
}

fn service(args: &Args, object: &Object) -> Result<Value, Failure> {
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let kind = object.kind();
    let value = object.to_json();
    let ports = exposed(&value, kind.name())
        .ok_or_else(|| Failure::own(format!("cannot expose a {}", kind.qualified_name())))?;
    let selector = match text("selector") {
        "" => selector_of(&value, kind.name())?,
        selector => label_pairs(selector)?,
    };
    let is_headless = text("cluster-ip") == "None";
    let wanted: Vec<String> = match text("port") {
        "" => {
            let mut numbers: Vec<String> = Vec::new();
            for (number, _) in &ports {
                if !numbers.contains(number) {
                    numbers.push(number.clone());
                }
            }
            numbers
        }
        port => port.split(',').map(str::to_owned).collect(),
    };
    if wanted.is_empty() && !is_headless {
        return Err(Failure::own("couldn't find port via --port flag or introspection"));
    }
    let mut entries = Vec::new();
    for (index, port) in wanted.iter().enumerate() {
        let number: i32 = port
            .parse()
            .map_err(|_| Failure::own(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
        let known: Vec<&str> =
            ports.iter().filter(|(known, _)| known == port).map(|(_, protocol)| protocol.as_str()).collect();
        let protocols = match text("protocol") {
            "" if known.is_empty() => vec!["TCP"],
            "" => known,
            protocol => vec![protocol],
        };
        for protocol in &protocols {
            let target = match text("target-port") {
                "" => number.into(),
                target => int_or_string(target),
            };
            let mut entry = json!({ "port": number, "protocol": protocol, "targetPort": target });
            if protocols.len() > 1 {
                entry["name"] = format!("port-{}-{}", index + 1, protocol.to_ascii_lowercase()).into();
            } else if wanted.len() > 1 {
                entry["name"] = format!("port-{}", index + 1).into();
            }
            entries.push(entry);
        }
    }
    let name = if text("name").is_empty() { object.metadata().name.as_str() } else { text("name") };
    let labels = match text("labels") {
        "" => value.pointer("/metadata/labels").cloned().unwrap_or_default(),
        labels => label_pairs(labels)?.into(),
    };
    let mut spec = json!({ "selector": selector });
    if !entries.is_empty() {
        spec["ports"] = entries.into();
    }
    let affinity = text("session-affinity");
    if !["", "None", "ClientIP"].contains(&affinity) {
        return Err(Failure::own(format!("unknown session affinity: {affinity}")));
    }
    let fields = [("clusterIP", text("cluster-ip")), ("type", text("type")), ("sessionAffinity", affinity)];
    for (field, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
        spec[field] = text.into();
    }
    if text("type") == "LoadBalancer" && !text("load-balancer-ip").is_empty() {
        spec["loadBalancerIP"] = text("load-balancer-ip").into();
    }
    if !text("external-ip").is_empty() {
        spec["externalIPs"] = json!([text("external-ip")]);
    }
    let mut metadata = json!({ "name": name });
    if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
        metadata["labels"] = labels;
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": spec,
        "status": { "loadBalancer": {} },
    }))
}

/// The ports of an object with their protocols; none where its kind cannot be exposed.
fn exposed(value: &Value, kind: &str) -> Option<Vec<(String, String)>> {
    let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    if kind == "Service" {
        let ports = list(value.pointer("/spec/ports"));
        return Some(ports.iter().map(|port| (port["port"].to_string(), protocol(port))).collect());
    }
    let spec = match kind {
        "Pod" => "/spec/containers",
        "Deployment" | "ReplicaSet" | "ReplicationController" => "/spec/template/spec/containers",
        _ => return None,
    };
    let containers = list(value.pointer(spec));
    let ports = containers.iter().flat_map(|container| list(container.get("ports")));
    Some(ports.map(|port| (port["containerPort"].to_string(), protocol(&port))).collect())
}

/// The labels that a service of the object selects by.
fn selector_of(value: &Value, kind: &str) -> Result<Map<String, Value>, Failure> {
    let failed = |why: &str| {
        Failure::own(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
    };
    let (path, missing) = match kind {
        "Pod" => ("/metadata/labels", "the pod has no labels and cannot be exposed"),
        "Service" => ("/spec/selector", "the service has no pod selector set"),
        _ => ("/spec/selector/matchLabels", "invalid deployment: no selectors, therefore cannot be exposed"),
    };
    let labels = value.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default();
    if labels.is_empty() { Err(failed(missing)) } else { Ok(labels) }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn what_can_be_exposed_becomes_a_service() {
        for (line, out, err) in [
            ("ds agent --port=80", "", "error: cannot expose a DaemonSet.apps\n"),
            ("pod p --port=80", "service/p exposed\n", ""),
            ("pod p", "", "error: couldn't find port via --port flag or introspection\n"),
            (
                "pod p --port=80 --target-port=http --name=s --dry-run=client -o yaml",
                "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    app: agent\n  name: s\nspec:\n  ports:\n  - port: 80\n    protocol: TCP\n    targetPort: http\n  selector:\n    app: agent\nstatus:\n  loadBalancer: {}\n",
                "",
            ),
        ] {
            let answer = answer(&cluster(), &format!("kubectl expose {line}"));
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        }
    }
}
