//! What the gallery offers: clusters and manifests to begin with.
//!
//! Each example is a folder with `manifest.yaml` and `nodes.yaml`, and one entry in [`ALL`]. Those about requests share
//! their nodes.

/// A cluster and a manifest to begin with.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// Names it in storage.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What there is to see, in a sentence or two.
    pub text: &'static str,
    /// The manifest.
    pub manifest: &'static str,
    /// An edit of the manifest that is not applied yet when the example opens.
    pub next: Option<&'static str>,
    /// The nodes, and the pods that are on them already.
    pub nodes: &'static str,
    /// The picture on its card.
    pub picture: Picture,
    /// How far it has run when it opens.
    pub opens: Opens,
    /// For one about requests, what it asks: the beginning of a pod's name, or nothing for the outside, and an address.
    pub asks: Option<(&'static str, &'static str)>,
}

/// The pictures of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// One pod on every node.
    EveryNode,
    /// A manifest with a mistake.
    Mistake,
    /// An open and a closed fence.
    Fences,
    /// A pod that leaves.
    Leaving,
    /// A full node.
    NoRoom,
    /// Nodes in order of their scores.
    Ranking,
    /// Pods of two revisions.
    Rolling,
    /// An old and a new pod side by side.
    Surge,
    /// A line from one pod to another.
    Reach,
    /// The user's own.
    Own,
}

/// How far an example has run when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// The manifest is applied and the cluster has come to rest.
    AtRest,
    /// The manifest is applied, everything else is still to come.
    Applied,
}

macro_rules! example {
    ($id:ident, $picture:ident, $opens:ident, $title:literal, $text:literal $(, $next:literal)?) => {
        Example {
            id: stringify!($id),
            title: $title,
            text: $text,
            manifest: include_str!(concat!(stringify!($id), "/manifest.yaml")),
            next: [$(include_str!(concat!(stringify!($id), "/", $next)))?].first().copied(),
            nodes: include_str!(concat!(stringify!($id), "/nodes.yaml")),
            picture: Picture::$picture,
            opens: Opens::$opens,
            asks: None,
        }
    };
}

/// The cluster of the examples about requests.
const REACH_NODES: &str = include_str!("reach_nodes.yaml");

macro_rules! reach {
    ($id:ident, $from:literal, $to:literal, $title:literal, $text:literal) => {
        Example {
            id: stringify!($id),
            title: $title,
            text: $text,
            manifest: include_str!(concat!(stringify!($id), "/manifest.yaml")),
            next: None,
            nodes: REACH_NODES,
            picture: Picture::Reach,
            opens: Opens::AtRest,
            asks: Some(($from, $to)),
        }
    };
}

/// All examples. The first is what a first visit shows.
pub const ALL: &[Example] = &[
    example!(
        taints,
        Fences,
        AtRest,
        "Kept out by a taint",
        "Control planes, GPU nodes, a cordoned node. See which toleration matches which taint, and who wrote it."
    ),
    example!(
        log_collector,
        EveryNode,
        AtRest,
        "Log collector",
        "fluentd collects logs on every eligible node. One node is cordoned, one is tainted, one is full."
    ),
    example!(
        notes,
        Mistake,
        Applied,
        "The notes, as written",
        "The log collector's manifest with a typo in it. Fix it, apply it and run it."
    ),
    example!(
        no_execute,
        Leaving,
        Applied,
        "Asked to leave",
        "NoExecute taints with tolerationSeconds. Step on and see which pods are evicted, when, and which come back."
    ),
    example!(
        no_room,
        NoRoom,
        Applied,
        "Priority and preemption",
        "A daemon pod of high priority meets a full node. Follow which pods are evicted for it, which stay, and why."
    ),
    example!(
        ordinary,
        Ranking,
        Applied,
        "Which node is best?",
        "Three ordinary pods: one with a choice of nodes, one kept out by a taint, one that others must make room for."
    ),
    example!(
        rolling_update,
        Rolling,
        AtRest,
        "Rolling update",
        "A new image waits in the editor. Apply it and follow, node by node, which pods go, come and wait.",
        "next.yaml"
    ),
    example!(
        surge,
        Surge,
        AtRest,
        "Rolling update with surge",
        "The same with maxSurge: a new pod comes beside the old one, which serves until the new one is available.",
        "next.yaml"
    ),
    example!(
        storage_daemon,
        Fences,
        Applied,
        "Which nodes get the storage daemon?",
        "A nodeSelector picks the nodes with disks, a toleration lets the pod in. One node lacks the label: find it."
    ),
    example!(
        node_monitor,
        EveryNode,
        Applied,
        "Does the monitor run everywhere?",
        "A toleration without a key lets the pod on every node, also on one that is being emptied."
    ),
    example!(
        other_scheduler,
        NoRoom,
        Applied,
        "Who binds it, with another schedulerName?",
        "The controller creates the pods, but the scheduler that they name does not run. They stay Pending."
    ),
    example!(
        on_delete,
        Rolling,
        AtRest,
        "Who replaces pods with OnDelete?",
        "A new image waits in the editor. Apply it: nothing is replaced until you delete a pod.",
        "next.yaml"
    ),
    example!(
        orphans,
        Leaving,
        Applied,
        "Who takes in orphaned pods?",
        "Pods of a DaemonSet that was deleted with --cascade=orphan still run. A new one with their labels adopts them."
    ),
    example!(
        two_sets,
        Ranking,
        Applied,
        "May two DaemonSets share a selector?",
        "Both select the same labels, and every node runs two pods: see which DaemonSet owns which."
    ),
    reach!(
        reach_hostport,
        "",
        "192.168.7.4:9100",
        "Who answers at a node’s port?",
        "Each agent holds port 9100 of its node. Ask every node from outside: one refuses. Why?"
    ),
    reach!(
        reach_dns,
        "web",
        "agent.monitoring:9100",
        "How does an app find every agent?",
        "A headless Service has no address of its own. Look its name up, and see which agents it leaves out."
    ),
    reach!(
        reach_service,
        "web",
        "agent.monitoring:9100",
        "Whose metrics does web get?",
        "One Service for all agents: each request goes to any of them, on any node. Send a hundred and count."
    ),
    reach!(
        reach_push,
        "agent",
        "stats.default:8125",
        "Where do the agents’ numbers go?",
        "Agents send to the Service of another app. Follow the way of each, then delete the app’s pod and ask again."
    ),
    reach!(
        reach_local,
        "train",
        "agent.monitoring:9100",
        "Why does the app on gpu-1 get no metrics?",
        "The Service is for the agent of one’s own node, and gpu-1 has none. Then update the agents, and see who is lost."
    ),
    reach!(
        reach_two,
        "web",
        "agent.monitoring:9100",
        "Two agents, one Service: who answers?",
        "Two DaemonSets with one label in common, and a Service that asks for that label only."
    ),
];

/// The node that a first visit asks about: the first example puts no pod there.
pub const ASKED: &str = "gpu-1";

/// The cluster that pasted manifests get.
pub const FOUR_NODES: &str = include_str!("four_nodes.yaml");

/// The example that a first visit shows.
pub fn first() -> &'static Example {
    &ALL[0]
}

/// An example by its id.
pub fn find(id: &str) -> Option<&'static Example> {
    ALL.iter().find(|example| example.id == id)
}

#[cfg(test)]
mod tests;
