//! `kubectl drain`. Upstream: `kubectl/pkg/cmd/drain/drain.go`, `kubectl/pkg/drain/{drain,filters}.go`. Pods are
//! evicted in the order of their names; upstream does so at once and tells it in any order.

use super::cordon;
use crate::api::{EcoString, Kind, Millis, ObjectKey, Pod, sort};
use crate::cluster::{ApiError, Propagation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::{go, name, object};
use crate::kubectl::select;
use crate::kubectl::selector::Selector;
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, WAITED, dry_run};
use crate::kubelet::parse_duration;
use std::rc::Rc;

/// The verb.
pub const VERB: Verb = Verb {
    name: "drain",
    flags: &[
        DRY_RUN,
        select::SELECTOR,
        Flag::long("force", Takes::Switch),
        Flag::long("ignore-daemonsets", Takes::Switch),
        Flag::long("delete-emptydir-data", Takes::Switch),
        Flag::long("disable-eviction", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("timeout", Takes::Duration),
        Flag::long("pod-selector", Takes::Text),
        Flag::long("skip-wait-for-delete-timeout", Takes::Number),
        Flag::long("chunk-size", Takes::Number),
    ],
    run,
};

/// After so long an eviction that was refused is tried again.
const RETRY: Millis = Millis(5000);

/// For so long it tries at most, whatever its timeout: what else happens meanwhile is taken, too.
const LONGEST: Millis = Millis(600_000);

struct Options {
    force: bool,
    ignore_daemon_sets: bool,
    delete_empty_dirs: bool,
    disable_eviction: bool,
    /// Seconds; none = as the pod says.
    grace: Option<i64>,
    pods: Selector,
    /// Pods whose deletion is overdue by so many seconds are passed over.
    skip_overdue: i64,
    dry_run: DryRun,
    /// None = for ever.
    timeout: Option<Millis>,
    /// For how long it has been trying.
    waited: Option<Millis>,
    /// Whether it may try again later what was refused.
    tries_again: bool,
}

impl Options {
    /// Whether nothing is tried any more.
    fn is_over(&self) -> bool {
        let is_up = |limit: Millis| self.waited.is_some_and(|waited| waited >= limit);
        is_up(LONGEST) || self.timeout.is_some_and(is_up)
    }

    /// Why what was refused is given up.
    fn why_given_up(&self) -> String {
        match self.timeout {
            Some(limit) if self.waited.is_some_and(|waited| waited >= limit) => {
                format!("global timeout reached: {}", go::duration(limit))
            }
            _ if self.is_over() => {
                let longest = go::duration(LONGEST);
                format!("the budget still refuses after {longest}; give the command again to go on")
            }
            // kubectl would try for ever; here it is to be said again at another time.
            _ => "it is not allowed now; drain again later".into(),
        }
    }
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let targets = cordon::nodes(env, args, "drain")?;
    let pods = Selector::parse(args.text("pod-selector").unwrap_or_default())
        .map_err(|_| Failure::own("--pod-selector=<pod_selector> must be a valid label selector"))?;
    let timeout = args.millis("timeout").filter(|limit| *limit > 0).map(Millis);
    let options = Options {
        force: args.is_on("force"),
        ignore_daemon_sets: args.is_on("ignore-daemonsets"),
        delete_empty_dirs: args.is_on("delete-emptydir-data"),
        disable_eviction: args.is_on("disable-eviction"),
        grace: args.number("grace-period").filter(|seconds| *seconds >= 0),
        pods,
        skip_overdue: args.number("skip-wait-for-delete-timeout").unwrap_or(0),
        dry_run: dry_run(args)?,
        timeout,
        // Of several nodes each would have to know by itself what it has done.
        tries_again: timeout.is_some() && targets.len() == 1 && dry_run(args)? == DryRun::None,
        waited: env.variables.get(WAITED).and_then(|text| parse_duration(text)),
    };
    // It was when the command was given.
    if options.waited.is_none() {
        cordon::set(env, args, &targets, true, options.dry_run)?;
    }
    let (mut failures, mut pending) = (Vec::new(), Vec::new());
    for target in &targets {
        let node = target.key.name.as_str();
        match drain(env, node, &options) {
            // The node is not drained yet.
            Ok(()) if env.asks_again.is_some() => {}
            Ok(()) => {
                if let Ok(node) = &target.object {
                    object::done(env, args, node, "drained", options.dry_run)?;
                }
            }
            Err(failure) => {
                let told = failure.message();
                env.complain(&format!(
                    "error: unable to drain node {node:?} due to error: {told}, continuing command...\n"
                ));
                pending.push(node.to_owned());
                failures.push(failure);
            }
        }
    }
    if !pending.is_empty() {
        env.complain("There are pending nodes to be drained:\n");
        pending.iter().for_each(|node| env.complain(&format!(" {node}\n")));
    }
    // The failures of one node are told without "error:", each in its line.
    match failures.pop() {
        None => Ok(()),
        Some(last) if failures.is_empty() => Err(last),
        Some(last) => {
            failures.push(last);
            Err(Failure::Many(failures))
        }
    }
}

/// What is done with a pod.
enum Verdict {
    Delete,
    /// It stays, for this reason.
    Spare(&'static str),
    /// It stays, and nobody is told.
    Skip,
    /// The node cannot be drained.
    Refuse(String),
}

fn drain(env: &mut Env, node: &str, options: &Options) -> Result<(), Failure> {
    // What was evicted before is only waited for, and what came since is not on its list.
    let is_left = |pod: &Pod| {
        options.waited.is_none_or(|waited| {
            let is_new = pod.metadata.creation_timestamp.is_some_and(|at| env.now.since(at) < waited);
            !pod.metadata.is_terminating() && !is_new
        })
    };
    let pods: Vec<Rc<Pod>> = env
        .client
        .world()
        .pods_on(node)
        .filter(|pod| pod.node() == Some(node) && is_left(pod))
        .cloned()
        .collect();
    let mut deleted = Vec::new();
    let mut refusals: Vec<(String, Vec<String>)> = Vec::new();
    let mut warnings: Vec<(String, Vec<String>)> = Vec::new();
    for pod in pods.iter().filter(|pod| options.pods.matches(&pod.metadata.labels)) {
        let told = format!("{}/{}", pod.metadata.namespace, pod.metadata.name);
        let (verdict, warning) = judge(env, pod, options);
        match verdict {
            Verdict::Delete => deleted.push(Rc::clone(pod)),
            Verdict::Skip => {}
            Verdict::Spare(why) => note(&mut warnings, why.to_owned(), told.clone()),
            Verdict::Refuse(why) => note(&mut refusals, why, told.clone()),
        }
        if let Some(why) = warning {
            note(&mut warnings, why, told);
        }
    }
    let lines = |notes: Vec<(String, Vec<String>)>| -> Vec<String> {
        let mut lines: Vec<String> =
            notes.into_iter().map(|(why, pods)| format!("{why}: {}", pods.join(", "))).collect();
        sort::plain(&mut lines);
        lines
    };
    let refusals: Vec<Failure> =
        lines(refusals).into_iter().map(|line| Failure::own(format!("cannot delete {line}"))).collect();
    if !refusals.is_empty() {
        return Err(Failure::Many(refusals));
    }
    let warnings = lines(warnings);
    if !warnings.is_empty() && options.waited.is_none() {
        env.warn(&warnings.join("; "));
    }
    let Err((failures, left)) = remove(env, &deleted, options) else { return Ok(()) };
    let failure = Failure::Many(failures);
    if !left.is_empty() {
        let told = failure.message();
        env.complain(&format!("There are pending pods in node {node:?} when an error occurred: {told}\n"));
        left.iter().for_each(|pod| env.complain(&format!("pod/{pod}\n")));
    }
    Err(failure)
}

fn note(notes: &mut Vec<(String, Vec<String>)>, why: String, pod: String) {
    match notes.iter_mut().find(|(other, _)| *other == why) {
        Some((_, pods)) => pods.push(pod),
        None => notes.push((why, vec![pod])),
    }
}

/// The filters in upstream's order; the warning of the last one stands.
fn judge(env: &Env, pod: &Pod, options: &Options) -> (Verdict, Option<String>) {
    let overdue = pod
        .metadata
        .deletion_timestamp
        .is_some_and(|at| options.skip_overdue > 0 && (env.now - at).0 / 1000 > options.skip_overdue);
    if overdue {
        return (Verdict::Skip, None);
    }
    let controller = pod.metadata.controller();
    if let Some(owner) =
        controller.filter(|owner| owner.kind == "DaemonSet" && owner.api_version == "apps/v1")
        && !pod.is_finished()
    {
        let key = ObjectKey::new(Kind::DaemonSet, &pod.metadata.namespace, &owner.name);
        match env.client.get(&key) {
            // Its warning is taken back by the filters that follow.
            Err(_) if options.force => {}
            Err(error) => return (Verdict::Refuse(error.to_string()), None),
            Ok(_) if options.ignore_daemon_sets => {
                return (Verdict::Spare("ignoring DaemonSet-managed Pods"), None);
            }
            Ok(_) => {
                let why = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
                return (Verdict::Refuse(why.into()), None);
            }
        }
    }
    if pod.metadata.annotations.contains_key("kubernetes.io/config.mirror") {
        return (Verdict::Skip, None);
    }
    if pod.is_finished() {
        return (Verdict::Delete, None);
    }
    let volumes = pod.spec.rest.get("volumes").and_then(serde_json::Value::as_array);
    let has_empty_dir = volumes.is_some_and(|all| all.iter().any(|volume| volume.get("emptyDir").is_some()));
    if has_empty_dir && !options.delete_empty_dirs {
        let why = "Pods with local storage (use --delete-emptydir-data to override)";
        return (Verdict::Refuse(why.into()), None);
    }
    if controller.is_some() {
        return (Verdict::Delete, None);
    }
    if options.force {
        return (Verdict::Delete, Some("deleting Pods that declare no controller".into()));
    }
    let why = "Pods that declare no controller (use --force to override)";
    (Verdict::Refuse(why.into()), None)
}

/// Evicts the pods, or deletes them; an error says which are left.
fn remove(env: &mut Env, pods: &[Rc<Pod>], options: &Options) -> Result<(), (Vec<Failure>, Vec<EcoString>)> {
    let suffix = name::suffix(options.dry_run);
    let evicts = !options.disable_eviction;
    if evicts || options.dry_run == DryRun::Client {
        for pod in pods {
            env.say(&format!("evicting pod {}/{}{suffix}", pod.metadata.namespace, pod.metadata.name));
        }
    }
    if options.dry_run == DryRun::Client {
        return Ok(());
    }
    let (mut failures, mut refused, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let error = |pod: &Pod, why: &str| {
        let (name, namespace) = (pod.metadata.name.as_str(), pod.metadata.namespace.as_str());
        format!("error when evicting pods/{name:?} -n {namespace:?}{why}")
    };
    for pod in pods {
        if options.is_over() {
            refused.push(pod);
            continue;
        }
        let key = pod.key();
        let gone = match evicts {
            true => env.client.evict(&key, options.grace, options.dry_run),
            false => env.client.delete(&key, options.grace, Propagation::Background, options.dry_run),
        };
        match gone {
            Err(ApiError::TooManyRequests(why)) => {
                env.complain(&format!("{}\n", error(pod, &format!(" (will retry after 5s): {why}"))));
                refused.push(pod);
            }
            // The server says that it would, and there is nothing to wait for.
            Ok(()) if evicts && options.dry_run == DryRun::Server => {}
            Ok(()) | Err(ApiError::NotFound(_)) => {
                env.awaits_gone.keys.push(key);
                let left = |limit: Millis| Millis(limit.0 - options.waited.map_or(0, |waited| waited.0));
                env.awaits_gone.timeout = options.timeout.map(left);
                let deed = if evicts { "evicted" } else { "deleted" };
                env.say(&format!("pod/{} {deed}{suffix}", pod.metadata.name));
            }
            Err(why) => {
                left.push(pod.metadata.name.clone());
                failures.push(Failure::own(error(pod, &format!(": {why}"))));
            }
        }
    }
    if options.tries_again && !options.is_over() && failures.is_empty() && !refused.is_empty() {
        env.asks_again = Some(RETRY);
        return Ok(());
    }
    for pod in refused {
        left.push(pod.metadata.name.clone());
        failures.push(Failure::own(error(pod, &format!(": {}", options.why_given_up()))));
    }
    if failures.is_empty() { Ok(()) } else { Err((failures, left)) }
}

#[cfg(test)]
mod tests {
    use crate::cluster::Write;
    use crate::kubectl::given::{answer, cluster};
    use crate::kubectl::in_order;

    #[test]
    fn a_node_that_cannot_be_drained_stays_cordoned() {
        let world = cluster();
        let refused = answer(&world, "kubectl drain a");
        assert!(matches!(refused.writes.as_slice(), [Write::Update(_)]), "{:?}", refused.writes);
        assert_eq!((refused.out.as_str(), refused.code), ("node/a cordoned\n", 1));
        let forced = answer(&world, "kubectl drain a --force");
        assert_eq!(forced.out, "node/a cordoned\nevicting pod default/p\npod/p evicted\nnode/a drained\n");
        assert_eq!(forced.err, "Warning: deleting Pods that declare no controller: default/p\n");
        assert_eq!(
            in_order(&forced.out, &forced.err, &forced.places),
            [
                "node/a cordoned\n",
                "Warning: deleting Pods that declare no controller: default/p\n",
                "evicting pod default/p\npod/p evicted\nnode/a drained\n"
            ]
        );
        assert_eq!(forced.writes.len(), 3, "the cordon, why the pod goes, its deletion");
    }
}
