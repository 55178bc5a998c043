//! `kubectl exec` runs the programs that there are ([`programs`]). `attach`, `port-forward`, `cp` need containers that run,
//! and here none does; what is wrong before that is told as kubectl does. Upstream: `kubectl/pkg/cmd/{exec,attach,portforward}`.

use super::logs::pod_of;
use crate::api::Object;
use crate::cluster::silent_since;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::select::{self, Query};
use crate::kubectl::{Args, Env, Verb, programs};
use crate::network;

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

/// The pod that a word names.
fn pod(env: &mut Env, args: &Args, word: &str) -> Result<Object, Failure> {
    let words =
        if word.contains('/') { vec![word.to_owned()] } else { vec!["pods".to_owned(), word.to_owned()] };
    let found = select::find(env, &Query::of(args, &words))?;
    let object = found.targets.first().ok_or(Failure::Told)?.object.clone()?;
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
        env.err += &format!("command terminated with exit code {}\n", env.failed);
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
    let object = pod(env, args, &args.positional[0])?;
    let Object::Pod(pod) = &object else { return Ok(()) };
    if pod.status.phase != "Running" {
        return Err(Failure::own(format!(
            "unable to forward port because pod is not running. Current status={}",
            pod.status.phase
        )));
    }
    Err(not_here("port-forward"))
}
