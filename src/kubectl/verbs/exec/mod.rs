//! `kubectl exec` runs the programs that there are ([`programs`]). `attach`, `port-forward`, `cp` need containers that run,
//! and here none does; what is wrong before that is told as kubectl does. Upstream: `kubectl/pkg/cmd/{exec,attach,portforward}`.

use super::logs::pod_of;
use crate::api::{Object, Pod};
use crate::cluster::silent_since;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::select::{self, Query};
use crate::kubectl::{Args, Env, Verb, programs};
use crate::network;
use serde_json::Value;

const FLAGS: &[Flag] = &[
    select::FILENAME,
    Flag::short("container", 'c', Takes::Text),
    Flag::long("pod-running-timeout", Takes::Duration),
    Flag::short("quiet", 'q', Takes::Switch),
    Flag::short("stdin", 'i', Takes::Switch),
    Flag::short("tty", 't', Takes::Switch),
    Flag::long("detach-keys", Takes::Text),
];

/// `kubectl exec`.
pub const EXEC: Verb = Verb { name: "exec", flags: FLAGS, run: exec };
/// `kubectl attach`.
pub const ATTACH: Verb = Verb { name: "attach", flags: FLAGS, run: attach };
/// `kubectl port-forward`.
pub const PORT_FORWARD: Verb = Verb {
    name: "port-forward",
    flags: &[Flag::long("address", Takes::Texts), Flag::long("pod-running-timeout", Takes::Duration)],
    run: port_forward,
};

fn not_here(what: &str) -> Failure {
    Failure::own(format!("kubectl {what} is not part of this playground: its containers do not run"))
}

/// What a word names: a pod, or what has pods.
fn named(env: &mut Env, args: &Args, word: &str) -> Result<Object, Failure> {
    let words =
        if word.contains('/') { vec![word.to_owned()] } else { vec!["pods".to_owned(), word.to_owned()] };
    let found = select::find(env, &Query::of(args, &words))?;
    found.targets.first().ok_or(Failure::Told)?.object.clone()
}

/// The pod that a word names.
fn pod(env: &mut Env, args: &Args, word: &str) -> Result<Object, Failure> {
    let object = named(env, args, word)?;
    pod_of(env, &object, "attach to")
}

/// The container that was asked for has to be there.
fn check_container(object: &Object, args: &Args) -> Result<(), Failure> {
    let Object::Pod(pod) = object else { return Ok(()) };
    let names: Vec<&str> = pod.spec.containers.iter().map(|container| container.name.as_str()).collect();
    match args.text("container").filter(|name| !name.is_empty() && !names.contains(name)) {
        Some(name) => Err(Failure::own(format!(
            "container {name} is not valid for pod {} out of: {}",
            pod.metadata.name,
            names.join(", ")
        ))),
        None => Ok(()),
    }
}

fn exec(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dash = args.before_dash;
    let words = &args.positional;
    if (words.is_empty() || dash == Some(0)) && !args.has("filename") {
        return Err(Failure::own("pod, type/name or --filename must be specified"));
    }
    if dash.is_none() && words.len() > 1 {
        return Err(Failure::usage(
            "kubectl exec",
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
        ));
    }
    if words.len() < 2 {
        return Err(Failure::own("you must specify at least one command for the container"));
    }
    let object = pod(env, args, &words[0])?;
    check_container(&object, args)?;
    let Object::Pod(pod) = &object else { return Ok(()) };
    if ["Succeeded", "Failed"].contains(&pod.status.phase.as_str()) {
        return Err(Failure::own(format!(
            "cannot exec into a container in a completed pod; current phase is {}",
            pod.status.phase
        )));
    }
    if pod.spec.node_name.is_empty() {
        let name = &pod.metadata.name;
        return Err(Failure::own(format!(
            "unable to upgrade connection: pod {name} does not have a host assigned"
        )));
    }
    if silent_since(env.client.world(), &pod.spec.node_name).is_some() {
        let host = &pod.status.host_ip;
        let text = format!("error dialing backend: dial tcp {host}:10250: connect: connection refused");
        return Err(Failure::Status(None, text));
    }
    if !network::host::runs(pod) {
        let first = pod.spec.containers.first().map(|container| container.name.as_str()).unwrap_or_default();
        let container = args.text("container").unwrap_or(first);
        return Err(Failure::own(format!(
            "unable to upgrade connection: container not found ({container:?})"
        )));
    }
    let from = network::Caller::Pod(network::host::name_of(pod));
    let ran = programs::run(env, &from, &words[1..]);
    if let Err(Failure::Told) = ran {
        env.complain(&format!("command terminated with exit code {}\n", env.failed));
    }
    ran
}

fn attach(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let words = &args.positional;
    match words.as_slice() {
        [] => Err(Failure::own("at least 1 argument is required for attach")),
        [word] => {
            let object = pod(env, args, word)?;
            check_container(&object, args)?;
            if object.as_pod().is_some_and(|pod| pod.node().is_none()) {
                env.complain("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n");
                return Err(Failure::own(format!(
                    "unable to upgrade connection: pod {} does not have a host assigned",
                    object.metadata().name
                )));
            }
            Err(not_here("attach"))
        }
        more => Err(Failure::own(format!(
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: {}",
            more.len(),
            more.join(" ")
        ))),
    }
}

fn port_forward(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if args.positional.len() < 2 {
        return Err(Failure::usage(
            "kubectl port-forward",
            "TYPE/NAME and list of ports are required for port-forward",
        ));
    }
    let about = named(env, args, &args.positional[0])?;
    let object = pod_of(env, &about, "attach to")?;
    let Object::Pod(pod) = &object else { return Ok(()) };
    let ports: Result<Vec<_>, Failure> =
        args.positional[1..].iter().map(|word| forwarded(&about, pod, word)).collect();
    let ports = ports?;
    if pod.status.phase != "Running" {
        return Err(Failure::own(format!(
            "unable to forward port because pod is not running. Current status={}",
            pod.status.phase
        )));
    }
    for (local, remote) in ports {
        for (what, text) in [("local", &local), ("remote", &remote)] {
            if let Err(why) = port_number(text) {
                return Err(Failure::own(format!("error parsing {what} port '{text}': {why}")));
            }
        }
        if remote == "0" {
            return Err(Failure::own("remote port must be > 0"));
        }
    }
    Err(not_here("port-forward"))
}

/// The port here and the one of the pod that a word stands for (`translateServicePortToTargetPort`,
/// `convertPodNamedPortToNumber`).
fn forwarded(about: &Object, pod: &Pod, word: &str) -> Result<(String, String), Failure> {
    let parts: Vec<&str> = word.split(':').collect();
    let (local, remote) = match parts.as_slice() {
        [local, remote] => (*local, *remote),
        _ => (parts[0], parts[0]),
    };
    let of_pod = |name: &str| {
        let mut ports = pod.spec.containers.iter().flat_map(|container| container.ports.iter());
        let found = ports.find(|port| port.name == *name).map(|port| port.container_port.to_string());
        let why = || Failure::own(format!("Pod '{}' does not have a named port '{name}'", pod.metadata.name));
        found.ok_or_else(why)
    };
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    let (mut number, mut target) = (remote.to_owned(), remote.to_owned());
    if let Object::Service(service) = about {
        let name = &service.metadata.name;
        let value = about.to_json();
        let ports = value["spec"]["ports"].as_array().cloned().unwrap_or_default();
        if !is_number(remote) {
            let named = ports.iter().find(|port| port["name"] == *remote);
            let missing = || Failure::own(format!("Service '{name}' does not have a named port '{remote}'"));
            number = named.ok_or_else(missing)?["port"].to_string();
        }
        let wanted = number.parse::<i64>().ok();
        let port = ports.iter().find(|port| port["port"].as_i64() == wanted);
        let missing = || Failure::own(format!("Service {name} does not have a service port {number}"));
        target = match &port.ok_or_else(missing)?["targetPort"] {
            _ if value["spec"]["clusterIP"] == "None" => number.clone(),
            Value::String(name) => of_pod(name)?,
            other => other.to_string(),
        };
    } else if !is_number(remote) {
        target = of_pod(remote)?;
        number.clone_from(&target);
    }
    let local = match local {
        "" => "0".to_owned(),
        local if local == remote => number,
        local => local.to_owned(),
    };
    Ok((local, target))
}

/// Go's `strconv.ParseUint` of 16 bits.
fn port_number(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let why = if is_number { "value out of range" } else { "invalid syntax" };
        format!("strconv.ParseUint: parsing {text:?}: {why}")
    })
}
