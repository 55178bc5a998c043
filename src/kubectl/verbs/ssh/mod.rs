//! `ssh NODE sudo systemctl stop|start kubelet`: switches a node's kubelet off and on, which is nothing that kubectl
//! can do; and what can be asked from a node: `ssh NODE curl URL`. A kubelet that is off is one whose Lease says since when it was not renewed (`cluster/lease.rs`).

use crate::api::ObjectKey;
use crate::cluster::{Write, lease_key, silent_since, stopped_lease};
use crate::kubectl::failure::Failure;
use crate::kubectl::{Deed, DryRun, Env, programs};
use crate::network::Caller;

/// Runs it.
///
/// # Errors
/// There is no such node, or something else is to be run there.
#[inline(never)]
pub fn run(env: &mut Env, words: &[String]) -> Result<(), Failure> {
    if let [node, rest @ ..] = words
        && rest.first().is_some_and(|program| programs::is_one(program))
        && env.client.world().node(node).is_some()
    {
        return programs::run(env, &Caller::Node(node.as_str().into()), rest);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "sudo").collect();
    let (node, deed) = match words.as_slice() {
        [node, "systemctl", deed @ ("stop" | "start" | "restart"), "kubelet" | "kubelet.service"] => {
            (*node, *deed)
        }
        [_, ..] => {
            let text = "on a node of this playground only these can be run: sudo systemctl stop|start|restart kubelet, curl, nslookup";
            return Err(Failure::own(text));
        }
        [] => return Err(Failure::own("usage: ssh NODE sudo systemctl stop|start|restart kubelet")),
    };
    if env.client.world().node(node).is_none() {
        env.complain(&format!("ssh: Could not resolve hostname {node}: Name or service not known\n"));
        return Err(Failure::Told);
    }
    let runs = silent_since(env.client.world(), node).is_none();
    let write = match (deed, runs) {
        ("stop", true) => Write::Create(stopped_lease(node, env.now)),
        ("start" | "restart", false) => Write::delete(lease_key(node)),
        _ => {
            env.client.note(&ObjectKey::node(node), Deed::Unchanged);
            return Ok(());
        }
    };
    env.client.try_write(write, DryRun::None)?;
    env.client.note(&ObjectKey::node(node), Deed::Configured);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_kubelet_is_switched_off_once_and_on_again() {
        let mut world = cluster();
        let stop = answer(&world, "ssh a sudo systemctl stop kubelet");
        assert_eq!((stop.code, stop.writes.len()), (0, 1));
        for write in stop.writes {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        assert!(answer(&world, "ssh a sudo systemctl stop kubelet").writes.is_empty());
        assert_eq!(answer(&world, "ssh a sudo systemctl start kubelet").writes.len(), 1);
        assert_eq!(answer(&world, "ssh c sudo systemctl stop kubelet").code, 1);
        assert_eq!(answer(&world, "ssh a rm -rf /").code, 1);
    }
}
