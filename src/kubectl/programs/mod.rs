//! The two programs that can be run in a pod, on a node or outside of the cluster: `curl` and `nslookup`. What they print
//! and their exit codes are those of curl 8 and of BIND's nslookup; how a request goes is the network's ([`network`]).
//! Each container is taken to have them. Progress and times are not simulated.

mod curl;
mod nslookup;

use crate::api::Time;
use crate::cluster::{Traffic, World};
use crate::kubectl::failure::Failure;
use crate::kubectl::{Dispatch, Env, Outbound};
use crate::network::{self, Caller};
use std::rc::Rc;

/// Where a program runs.
struct Host<'a> {
    world: &'a World,
    now: Time,
    from: &'a Caller,
}

/// What a program came to.
#[derive(Debug, Default)]
struct Run {
    out: String,
    err: String,
    code: i32,
    /// What it sent.
    queries: Vec<Dispatch>,
    /// What clients have sent by now; meaningless if it sent nothing.
    traffic: Traffic,
}

/// A program: its words are those after its name.
type Program = fn(&Host, &[String]) -> Run;

const PROGRAMS: &[(&str, Program)] = &[("curl", curl::run), ("nslookup", nslookup::run)];

/// The programs' names.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// Whether there is such a program.
pub fn is_one(name: &str) -> bool {
    names().any(|own| own == name)
}

/// Runs a program; what it prints is printed.
///
/// # Errors
/// There is no such program, or it fails: then its exit code is the command's.
pub fn run(env: &mut Env, from: &Caller, words: &[String]) -> Result<(), Failure> {
    let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let Some((_, program)) = PROGRAMS.iter().find(|(own, _)| *own == name.trim_start_matches("/usr/bin/"))
    else {
        let text = "only curl and nslookup can be run here: the containers of this playground are simulated";
        return Err(Failure::own(text));
    };
    let world = env.client.world();
    let before = world.traffic().clone();
    let Run { out, err, code, queries, traffic } = program(&Host { world, now: env.now, from }, rest);
    if !queries.is_empty() {
        env.sent = Some(Rc::new(Outbound { from: from.clone(), queries, before, after: traffic }));
    }
    env.out += &out;
    env.complain(&err);
    if code == 0 {
        return Ok(());
    }
    env.failed = code;
    Err(Failure::Told)
}

/// Says that what a client asks for is there in a real cluster, or may be, and not here.
fn not_simulated(host: &str) -> String {
    format!("{host} is not simulated: here only pods answer, and names of the cluster are known")
}

/// The name of a client's server of names, as `/etc/resolv.conf` has it; outside of the cluster there is one that knows
/// nothing of it.
fn server_of(world: &World, from: &Caller) -> (network::Resolver, String) {
    let resolver = match from {
        Caller::Pod(name) => world.pod_named(name).map(|pod| network::dns::resolver_of(world, pod)),
        _ => None,
    };
    match resolver.unwrap_or(network::Resolver::Node) {
        cluster @ network::Resolver::Cluster(..) => {
            (cluster, network::service::dns_server(world).to_string())
        }
        network::Resolver::Node => (network::Resolver::Node, "192.168.7.1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::World;
    use crate::cluster::given::add;
    use crate::kubectl::given::answer;
    use crate::network::given::{cluster as nodes, pod, slice};
    use serde_json::json;

    /// A pod `agent` behind the Services `agent` and `hidden` (headless), and `client` on another node.
    fn cluster() -> World {
        let mut world = nodes();
        let ports = json!([{ "containerPort": 9100, "hostPort": 9100 }]);
        let spec = json!({ "containers": [{ "name": "c", "image": "c", "ports": ports }] });
        pod(&mut world, "agent", "a", 2, spec, true);
        pod(&mut world, "client", "b", 2, json!({}), true);
        for (name, ip, endpoints) in [
            ("agent", "10.96.0.50", [("agent", "rs")].as_slice()),
            ("hidden", "None", &[("agent", "rs")]),
            ("empty", "10.96.0.51", &[]),
        ] {
            let ports = json!([{ "name": "http", "port": 9100 }]);
            add(
                &mut world,
                json!({
                    "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
                    "spec": { "clusterIP": ip, "selector": { "app": "agent" }, "ports": ports },
                }),
            );
            slice(&mut world, name, endpoints);
        }
        world
    }

    #[test]
    fn curl_answers_as_curl_does() {
        const BACK: &str = "curl: (7) Failed to connect to empty port 9100 after 0 ms: Could not connect to server\ncommand terminated with exit code 7\n";
        for (line, out, err, code) in [
            ("kubectl exec client -- curl -s http://agent:9100/", "agent on a\n", "", 0),
            ("kubectl exec -it client -- curl -sS agent.default:9100/metrics", "agent on a\n", "", 0),
            ("kubectl exec client -- curl -s http://hidden:9100/", "agent on a\n", "", 0),
            (
                "kubectl exec client -- curl -s http://agent:9100/[1-3]",
                "agent on a\nagent on a\nagent on a\n",
                "",
                0,
            ),
            (
                "kubectl exec client -- curl -s -o /dev/null -w '%{http_code}\\n' http://agent:9100/",
                "200\n",
                "",
                0,
            ),
            ("kubectl exec client -- curl http://empty:9100", "", BACK, 7),
            (
                "kubectl exec client -- curl -s http://empty:9100",
                "",
                "command terminated with exit code 7\n",
                7,
            ),
            (
                "kubectl exec client -- curl -m 5 http://agent:9101",
                "",
                "curl: (28) Connection timed out after 5001 milliseconds\ncommand terminated with exit code 28\n",
                28,
            ),
            (
                "kubectl exec client -- curl http://nosuch/",
                "",
                "curl: (6) Could not resolve host: nosuch\ncommand terminated with exit code 6\n",
                6,
            ),
            ("curl http://192.168.7.2:9100/", "agent on a\n", "", 0),
            ("curl http://agent:9100/", "", "curl: (6) Could not resolve host: agent\n", 6),
            ("ssh b curl -s http://10.96.0.50:9100", "agent on a\n", "", 0),
            (
                "kubectl exec client -- curl -s https://kubernetes.default",
                "",
                "error: kubernetes.default is not simulated: here only pods answer, and names of the cluster are known\ncommand terminated with exit code 1\n",
                1,
            ),
            (
                "curl -s -w '%{http_code}' http://example.com",
                "000",
                "error: example.com is not simulated: here only pods answer, and names of the cluster are known\n",
                1,
            ),
            (
                "kubectl exec client -- curl -sS http://10.96.0.1",
                "",
                "curl: (28) Failed to connect to 10.96.0.1 port 80 after 134209 ms: Could not connect to server\ncommand terminated with exit code 28\n",
                28,
            ),
            ("curl", "", "curl: (2) no URL specified\n", 2),
            (
                "nslookup agent",
                "Server:\t\t192.168.7.1\nAddress:\t192.168.7.1#53\n\n** server can't find agent: NXDOMAIN\n\n",
                "",
                1,
            ),
            (
                "curl --nosuch x",
                "",
                "curl: option --nosuch: is unknown\ncurl: try 'curl --help' for more information\n",
                2,
            ),
            (
                "kubectl exec client -- ls",
                "",
                "error: only curl and nslookup can be run here: the containers of this playground are simulated\n",
                1,
            ),
        ] {
            let answer = answer(&cluster(), line);
            assert_eq!((answer.out.as_str(), answer.err.as_str(), answer.code), (out, err, code), "{line}");
            assert!(!answer.acts(), "{line}");
        }
    }

    /// `plugin/kubernetes/reverse.go` of CoreDNS; what is printed: `bin/dig/nslookup.c`.
    #[test]
    fn nslookup_of_an_address_gives_the_names_that_it_has() {
        let missing = |name: &str| format!("** server can't find {name}: NXDOMAIN\n\n");
        for (line, out, code) in [
            ("10.96.0.50", "50.0.96.10.in-addr.arpa\tname = agent.default.svc.cluster.local.\n\n".into(), 0),
            ("10.96.0.1", "1.0.96.10.in-addr.arpa\tname = kubernetes.default.svc.cluster.local.\n\n".into(), 0),
            ("10.96.0.10", "10.0.96.10.in-addr.arpa\tname = kube-dns.kube-system.svc.cluster.local.\n\n".into(), 0),
            (
                "10.244.2.2",
                ["agent", "hidden"]
                    .map(|service| format!("2.2.244.10.in-addr.arpa\tname = 10-244-2-2.{service}.default.svc.cluster.local.\n"))
                    .concat()
                    + "\n",
                0,
            ),
            // No Service selects the client.
            ("10.244.3.2", missing("2.3.244.10.in-addr.arpa"), 1),
            ("192.168.7.2", missing("2.7.168.192.in-addr.arpa"), 1),
            ("203.0.113.7", "\n".into(), 1),
        ] {
            let answer = answer(&cluster(), &format!("kubectl exec client -- nslookup {line}"));
            assert_eq!((answer.out, answer.code), (out, code), "{line}");
        }
        let outside = answer(&cluster(), "nslookup 10.96.0.50");
        assert_eq!((outside.out, outside.code), (missing("50.0.96.10.in-addr.arpa"), 1));
    }

    #[test]
    fn nslookup_answers_as_nslookup_does() {
        const SERVER: &str = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n";
        for (line, out, code) in [
            ("nslookup agent", "Name:\tagent.default.svc.cluster.local\nAddress: 10.96.0.50\n\n", 0),
            ("nslookup hidden", "Name:\thidden.default.svc.cluster.local\nAddress: 10.244.2.2\n\n", 0),
            (
                "nslookup kubernetes.default",
                "Name:\tkubernetes.default.svc.cluster.local\nAddress: 10.96.0.1\n\n",
                0,
            ),
            (
                "nslookup kube-dns.kube-system",
                "Name:\tkube-dns.kube-system.svc.cluster.local\nAddress: 10.96.0.10\n\n",
                0,
            ),
            (
                "nslookup -type=srv _http._tcp.hidden",
                "_http._tcp.hidden.default.svc.cluster.local\tservice = 0 100 9100 10-244-2-2.hidden.default.svc.cluster.local.\n\n",
                0,
            ),
            ("nslookup agent.nosuch", "** server can't find agent.nosuch: NXDOMAIN\n\n", 1),
            ("nslookup example.com", "\n", 1),
            ("nslookup nosuch", "** server can't find nosuch: NXDOMAIN\n\n", 1),
            (
                "nslookup default.svc.cluster.local.",
                "*** Can't find default.svc.cluster.local.: No answer\n\n",
                0,
            ),
            (
                "nslookup -type=srv _http._tcp.agent",
                "_http._tcp.agent.default.svc.cluster.local\tservice = 0 100 9100 agent.default.svc.cluster.local.\n\n",
                0,
            ),
        ] {
            let answer = answer(&cluster(), &format!("kubectl exec client -- {line}"));
            assert_eq!(
                (answer.out.strip_prefix(SERVER), answer.code),
                (Some(out), code),
                "{line}: {answer:?}"
            );
        }
    }
}
