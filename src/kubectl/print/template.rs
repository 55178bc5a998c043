//! A pod's template as `describe` and `rollout history` show it. Upstream: `kubectl/pkg/describe/describe.go`
//! (`DescribePodTemplate`). Cells end with tabs; [`super::tab`] aligns them where upstream does.

use super::lines::{Lines, is_on, list, number, plain, text};
use super::volumes;
use crate::api::{PodTemplateSpec, Time, sort};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// The template.
pub fn describe(template: &PodTemplateSpec, lines: &mut Lines) {
    let spec = serde_json::to_value(&*template.spec).unwrap_or_default();
    lines.line(0, "Pod Template:");
    lines.pairs("  Labels", &template.metadata.labels);
    if !template.metadata.annotations.is_empty() {
        lines.annotations("  Annotations", &template.metadata.annotations);
    }
    let account = text(&spec, "serviceAccountName");
    if !account.is_empty() {
        lines.line(1, &format!("Service Account:\t{account}"));
    }
    if !list(&spec, "initContainers").is_empty() {
        containers("Init Containers", list(&spec, "initContainers"), lines, "  ", &|_| String::new(), &[]);
    }
    containers("Containers", list(&spec, "containers"), lines, "  ", &|_| String::new(), &[]);
    volumes::volumes(list(&spec, "volumes"), lines, "  ");
    let spread = list(&spec, "topologySpreadConstraints");
    if !spread.is_empty() {
        topology_spread(spread, lines, "  ");
    }
    let class = text(&spec, "priorityClassName");
    if !class.is_empty() {
        lines.line(1, &format!("Priority Class Name:\t{class}"));
    }
    lines.pairs("  Node-Selectors", &template.spec.node_selector);
    lines.tolerations("  Tolerations", &template.spec.tolerations);
}

/// Topology spread constraints.
pub fn topology_spread(constraints: &[Value], lines: &mut Lines, space: &str) {
    lines.part(0, &format!("{space}Topology Spread Constraints:\t"));
    let mut constraints: Vec<&Value> = constraints.iter().collect();
    sort::by_key(&mut constraints, |constraint| text(constraint, "topologyKey").to_owned());
    for (index, constraint) in constraints.into_iter().enumerate() {
        let indent = if index > 0 { format!("{space}\t") } else { String::new() };
        let labels = constraint.get("labelSelector").filter(|labels| !labels.is_null());
        lines.line(
            0,
            &format!(
                "{indent}{}:{} when max skew {} is exceeded{}",
                text(constraint, "topologyKey"),
                text(constraint, "whenUnsatisfiable"),
                number(constraint, "maxSkew"),
                labels.map(|labels| format!(" for selector {}", selector(Some(labels)))).unwrap_or_default()
            ),
        );
    }
}

/// A label selector in a line (`metav1.FormatLabelSelector`).
pub fn selector(selector: Option<&Value>) -> String {
    let Some(selector) = selector else { return "<none>".into() };
    let mut parts: Vec<(String, String)> = Vec::new();
    if let Some(labels) = selector.get("matchLabels").and_then(Value::as_object) {
        parts
            .extend(labels.iter().map(|(key, value)| (key.clone(), format!("{key}={}", plain(Some(value))))));
    }
    for requirement in list(selector, "matchExpressions") {
        let key = text(requirement, "key");
        let mut values: Vec<String> =
            list(requirement, "values").iter().map(|value| plain(Some(value))).collect();
        sort::plain(&mut values);
        let told = match text(requirement, "operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        parts.push((key.to_owned(), told));
    }
    sort::by(&mut parts, |left, right| left.0.cmp(&right.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    if parts.is_empty() { "<none>".into() } else { parts.join(",") }
}

/// Containers: what each says of itself, the value of a field that an environment variable takes, and its status.
pub fn containers(
    title: &str,
    containers: &[Value],
    lines: &mut Lines,
    space: &str,
    resolve: &dyn Fn(&str) -> String,
    statuses: &[Value],
) {
    lines.line(0, &format!("{space}{title}:{}", if containers.is_empty() { " <none>" } else { "" }));
    let indent = if space.is_empty() { "" } else { " " };
    for container in containers {
        lines.line(1, &format!("{indent}{}:", text(container, "name")));
        let status = statuses.iter().find(|status| text(status, "name") == text(container, "name"));
        if let Some(status) = status {
            lines.line(2, &format!("Container ID:\t{}", text(status, "containerID")));
        }
        lines.line(2, &format!("Image:\t{}", text(container, "image")));
        if let Some(status) = status {
            lines.line(2, &format!("Image ID:\t{}", text(status, "imageID")));
        }
        ports(list(container, "ports"), lines);
        seccomp(container, 2, lines);
        words("Command", list(container, "command"), lines);
        words("Args", list(container, "args"), lines);
        if let Some(status) = status {
            state("State", &status["state"], lines);
            if status["lastState"].get("terminated").is_some() {
                state("Last State", &status["lastState"], lines);
            }
            lines.line(2, &format!("Ready:\t{}", if is_on(status, "ready") { "True" } else { "False" }));
            lines.line(2, &format!("Restart Count:\t{}", number(status, "restartCount")));
        }
        if let Some(of_container) = container.get("resources") {
            resources(of_container, 2, lines);
        }
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(value) = container.get(field) {
                lines.line(2, &format!("{title}:\t{}", probe(value)));
            }
        }
        environment_from(list(container, "envFrom"), lines);
        environment(container, lines, resolve);
        mounts(container, lines);
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".into() } else { text }
}

fn ports(ports: &[Value], lines: &mut Lines) {
    for (one, several, field) in [("Port", "Ports", "containerPort"), ("Host Port", "Host Ports", "hostPort")]
    {
        let told = ports.iter().map(|port| {
            let name = text(port, "name");
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            format!("{}/{}{name}", number(port, field), text(port, "protocol"))
        });
        let told: Vec<String> = told.collect();
        let title = if told.len() > 1 { several } else { one };
        lines.line(2, &format!("{title}:\t{}", or_none(told.join(", "))));
    }
}

fn words(title: &str, words: &[Value], lines: &mut Lines) {
    if words.is_empty() {
        return;
    }
    lines.line(2, &format!("{title}:"));
    for word in words {
        plain(Some(word)).split('\n').for_each(|part| lines.line(3, part));
    }
}

/// Limits and requests.
pub fn resources(resources: &Value, level: usize, lines: &mut Lines) {
    amounts("Limits", resources.get("limits"), level, lines);
    amounts("Requests", resources.get("requests"), level, lines);
}

/// The seccomp profile of a security context.
pub fn seccomp(value: &Value, level: usize, lines: &mut Lines) {
    let Some(profile) = value.pointer("/securityContext/seccompProfile") else { return };
    lines.line(level, &format!("SeccompProfile:\t{}", text(profile, "type")));
    if text(profile, "type") == "Localhost" {
        let level = if level == 0 { 0 } else { level + 1 };
        lines.line(level, &format!("LocalhostProfile:\t{}", text(profile, "localhostProfile")));
    }
}

/// What a container is doing, or did last.
fn state(title: &str, state: &Value, lines: &mut Lines) {
    let at = |value: &Value, field: &str| long_time(Time::parse(text(value, field)));
    if let Some(running) = state.get("running") {
        lines.line(2, &format!("{title}:\tRunning"));
        lines.line(3, &format!("Started:\t{}", at(running, "startedAt")));
    } else if let Some(ended) = state.get("terminated") {
        lines.line(2, &format!("{title}:\tTerminated"));
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            if !text(ended, field).is_empty() {
                lines.line(3, &format!("{title}:\t{}", text(ended, field)));
            }
        }
        lines.line(3, &format!("Exit Code:\t{}", number(ended, "exitCode")));
        if number(ended, "signal") > 0 {
            lines.line(3, &format!("Signal:\t{}", number(ended, "signal")));
        }
        lines.line(3, &format!("Started:\t{}", at(ended, "startedAt")));
        lines.line(3, &format!("Finished:\t{}", at(ended, "finishedAt")));
    } else {
        lines.line(2, &format!("{title}:\tWaiting"));
        let reason = state.get("waiting").map_or("", |waiting| text(waiting, "reason"));
        if !reason.is_empty() {
            lines.line(3, &format!("Reason:\t{reason}"));
        }
    }
}

fn amounts(title: &str, amounts: Option<&Value>, level: usize, lines: &mut Lines) {
    let Some(amounts) = amounts.and_then(Value::as_object).filter(|amounts| !amounts.is_empty()) else {
        return;
    };
    lines.line(level, &format!("{title}:"));
    for (name, amount) in amounts {
        lines.line(level + 1, &format!("{name}:\t{}", plain(Some(amount))));
    }
}

fn probe(probe: &Value) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number(probe, "initialDelaySeconds"),
        number(probe, "timeoutSeconds"),
        number(probe, "periodSeconds"),
        number(probe, "successThreshold"),
        number(probe, "failureThreshold")
    );
    let told = if let Some(exec) = probe.get("exec") {
        let words: Vec<String> = list(exec, "command").iter().map(|word| plain(Some(word))).collect();
        format!("exec [{}]", words.join(" "))
    } else if let Some(get) = probe.get("httpGet") {
        let scheme = text(get, "scheme").to_ascii_lowercase();
        format!("http-get {scheme}://{}:{}{}", text(get, "host"), plain(get.get("port")), text(get, "path"))
    } else if let Some(socket) = probe.get("tcpSocket") {
        format!("tcp-socket {}:{}", text(socket, "host"), plain(socket.get("port")))
    } else if let Some(grpc) = probe.get("grpc") {
        format!("grpc <pod>:{} {}", number(grpc, "port"), text(grpc, "service"))
    } else {
        "unknown".into()
    };
    format!("{told} {attributes}")
}

fn environment_from(sources: &[Value], lines: &mut Lines) {
    if sources.is_empty() {
        return;
    }
    lines.line(2, "Environment Variables from:");
    for source in sources {
        let (kind, reference) = match (source.get("configMapRef"), source.get("secretRef")) {
            (Some(map), _) => ("ConfigMap", map),
            (None, Some(secret)) => ("Secret", secret),
            _ => ("", source),
        };
        let prefix = text(source, "prefix");
        let prefix = if prefix.is_empty() { String::new() } else { format!(" with prefix '{prefix}'") };
        let (name, optional) = (text(reference, "name"), is_on(reference, "optional"));
        lines.line(3, &format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
}

fn environment(container: &Value, lines: &mut Lines, resolve: &dyn Fn(&str) -> String) {
    let all = list(container, "env");
    lines.line(2, &format!("Environment:{}", if all.is_empty() { "\t<none>" } else { "" }));
    for variable in all {
        let name = text(variable, "name");
        let Some(source) = variable.get("valueFrom") else {
            for (index, part) in text(variable, "value").split('\n').enumerate() {
                let name = if index == 0 { format!("{name}:") } else { String::new() };
                lines.line(3, &format!("{name}\t{part}"));
            }
            continue;
        };
        if let Some(field) = source.get("fieldRef") {
            let path = text(field, "fieldPath");
            let told = format!("{} ({}:{path})", resolve(path), text(field, "apiVersion"));
            lines.line(3, &format!("{name}:\t{told}"));
        } else if let Some(field) = source.get("resourceFieldRef") {
            let resource = text(field, "resource");
            let told = resource_value(container, resource);
            lines.line(3, &format!("{name}:\t{told} ({resource})"));
        } else if let Some(key) = source.get("secretKeyRef") {
            let (key_name, secret, optional) = (text(key, "key"), text(key, "name"), is_on(key, "optional"));
            lines.line(
                3,
                &format!("{name}:\t<set to the key '{key_name}' in secret '{secret}'>\tOptional: {optional}"),
            );
        } else if let Some(key) = source.get("configMapKeyRef") {
            let (key_name, map, optional) = (text(key, "key"), text(key, "name"), is_on(key, "optional"));
            lines.line(
                3,
                &format!(
                    "{name}:\t<set to the key '{key_name}' of config map '{map}'>\tOptional: {optional}"
                ),
            );
        }
    }
}

/// What an environment variable takes of the container's resources (`ExtractContainerResourceValue`), in units of 1.
fn resource_value(container: &Value, resource: &str) -> String {
    let amount = resource.split_once('.').and_then(|(list, name)| {
        let text = container.get("resources")?.get(list)?.get(name)?.as_str()?;
        crate::api::Quantity::parse(text).ok()
    });
    match amount {
        Some(amount) => amount.value().to_string(),
        None if ["limits.cpu", "limits.memory"].contains(&resource) => "node allocatable".into(),
        None => "0".into(),
    }
}

fn mounts(container: &Value, lines: &mut Lines) {
    let mut all: Vec<&Value> = list(container, "volumeMounts").iter().collect();
    sort::by_key(&mut all, |mount| text(mount, "mountPath"));
    lines.line(2, &format!("Mounts:{}", if all.is_empty() { "\t<none>" } else { "" }));
    for mount in all {
        let mode = if is_on(mount, "readOnly") { "ro" } else { "rw" };
        let path = text(mount, "subPath");
        let path = if path.is_empty() { String::new() } else { format!(",path={path:?}") };
        lines.line(3, &format!("{} from {} ({mode}{path})", text(mount, "mountPath"), text(mount, "name")));
    }
}

/// A time as `time.RFC1123Z` prints it.
pub fn long_time(time: Option<Time>) -> String {
    match time {
        None => "Mon, 01 Jan 0001 00:00:00 +0000".into(),
        Some(time) => {
            let time = DateTime::<Utc>::from_timestamp_millis(time.millis()).unwrap_or_default();
            time.format("%a, %d %b %Y %H:%M:%S %z").to_string()
        }
    }
}
