//! Ingresses that are made of flags. Upstream: `kubectl/pkg/cmd/create/create_ingress.go`.

use super::{int_or_string, made, name};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Map, Value, json};

/// The verb.
pub const INGRESS: Verb = Verb {
    name: "create ingress",
    flags: making![
        Flag::long("class", Takes::Text),
        Flag::long("rule", Takes::List),
        Flag::long("default-backend", Takes::Text),
        Flag::long("annotation", Takes::List)
    ],
    run,
};

/// A rule: `host/path=service:port[,tls[=secret]]`.
struct Rule<'a> {
    host: &'a str,
    path: String,
    is_prefix: bool,
    backend: Value,
    /// The secret's name, maybe empty, where TLS is asked for.
    tls: Option<&'a str>,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = name(args, "create ingress")?;
    let default = args.text("default-backend").unwrap_or_default();
    let rules = args.texts("rule");
    if default.is_empty() && rules.is_empty() {
        return Err(Failure::own(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut read = Vec::new();
    for text in rules {
        read.push(rule(text).ok_or_else(|| {
            Failure::own(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        })?);
    }
    let mut annotations = Map::new();
    for text in args.texts("annotation") {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Failure::own(format!("annotation {text} is invalid and should be in format key=[value]"))
        })?;
        annotations.insert(key.to_owned(), value.into());
    }
    let mut spec = Map::new();
    if !default.is_empty() {
        let wrong = || Failure::own("default-backend should be in format servicename:serviceport");
        spec.insert("defaultBackend".into(), backend(default).ok_or_else(wrong)?);
    }
    if let Some(class) = args.text("class").filter(|class| !class.is_empty()) {
        spec.insert("ingressClassName".into(), class.into());
    }
    for (field, list) in [("rules", hosts(&read)), ("tls", secrets(&read))] {
        if !list.is_empty() {
            spec.insert(field.into(), list.into());
        }
    }
    let mut ingress = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": { "name": name },
        "spec": spec,
        "status": { "loadBalancer": {} },
    });
    if !annotations.is_empty() {
        ingress["metadata"]["annotations"] = annotations.into();
    }
    made(env, args, ingress, "failed to create ingress: ", "created")
}

/// `service:port`.
fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    let port = match int_or_string(port) {
        Value::String(name) => json!({ "name": name }),
        number => json!({ "number": number }),
    };
    Some(json!({ "service": { "name": service, "port": port } }))
}

fn rule(text: &str) -> Option<Rule<'_>> {
    let (before, tls) = match text.split_once(',') {
        Some((before, tls)) => {
            let secret = tls.strip_prefix("tls")?;
            (before, Some(if secret.is_empty() { "" } else { secret.strip_prefix('=')? }))
        }
        None => (text, None),
    };
    let (place, service) = before.split_once('=')?;
    let (host, path) = place.split_once('/')?;
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    let (service_name, port) = service.split_once(':')?;
    if !is_word(service_name) || !is_word(port) {
        return None;
    }
    let path = format!("/{path}");
    let is_prefix = path.ends_with('*');
    let path = path.strip_suffix('*').unwrap_or(&path).to_owned();
    Some(Rule { host, path, is_prefix, backend: backend(service)?, tls })
}

/// The rules by host.
fn hosts(rules: &[Rule]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let type_ = if rule.is_prefix { "Prefix" } else { "Exact" };
        let path = json!({ "backend": rule.backend, "path": rule.path, "pathType": type_ });
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    let told = hosts.into_iter().map(|(host, paths)| match host {
        "" => json!({ "http": { "paths": paths } }),
        host => json!({ "host": host, "http": { "paths": paths } }),
    });
    told.collect()
}

/// The hosts by secret; each host is served with the first that is named for it.
fn secrets(rules: &[Rule]) -> Vec<Value> {
    let mut secrets: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (host, secret) in rules.iter().filter_map(|rule| Some((rule.host, rule.tls?))) {
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        match secrets.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(host),
            None if host.is_empty() && secret.is_empty() => {}
            None => secrets.push((secret, if host.is_empty() { Vec::new() } else { vec![host] })),
        }
    }
    let told = secrets.into_iter().map(|(secret, hosts)| {
        let mut told = json!({});
        if !hosts.is_empty() {
            told["hosts"] = json!(hosts);
        }
        if !secret.is_empty() {
            told["secretName"] = secret.into();
        }
        told
    });
    told.collect()
}
