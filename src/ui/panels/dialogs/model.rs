//! What can be done to a node or a pod, and how kubectl says it.

use crate::api::{
    DaemonSet, EcoString, NO_EXECUTE, NO_SCHEDULE, Node, ObjectKey, PREFER_NO_SCHEDULE, Pod, Taint, Time,
    label_value, qualified_name,
};
use crate::cluster::{Propagation, World, silent_since};
use crate::explain::count;
use crate::kubectl::{Fault, PRESSURES, Request};
use crate::network::Caller;
use crate::session::{Act, Session};
use crate::ui::panels::reach;
use crate::ui::state::{
    Dialog, FloatingAction, LearningAction, ReachAction, Selection, UiAction, ViewAction,
};
use std::rc::Rc;

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuEntry {
    /// What it does.
    pub label: String,
    /// How kubectl says it, or what follows from it.
    pub hint: String,
    /// The action.
    pub action: UiAction,
    /// Whether a line separates it from the entry before.
    pub apart: bool,
}

fn entry(label: &str, hint: impl Into<String>, action: UiAction) -> MenuEntry {
    MenuEntry { label: label.into(), hint: hint.into(), action, apart: false }
}

fn apart(label: &str, hint: impl Into<String>, action: UiAction) -> MenuEntry {
    MenuEntry { apart: true, ..entry(label, hint, action) }
}

/// What is done to nodes is said once for all of them, as kubectl takes it.
fn to_nodes(verb: &[&str], nodes: &[EcoString], flags: &[&str]) -> Request {
    Request::of(verb.iter().copied().chain(nodes.iter().map(EcoString::as_str)).chain(flags.iter().copied()))
}

/// The menu of a node, or of several: the first is the one that was asked.
pub fn node_menu(world: &World, now: Time, nodes: &[EcoString]) -> Vec<MenuEntry> {
    let Some((name, node)) = nodes.first().and_then(|name| Some((name, world.node(name)?))) else {
        return Vec::new();
    };
    let whom = told_nodes(nodes);
    let does = |label: &str, request: Request| {
        entry(label, request.line().as_str(), UiAction::did(format!("{label} {whom}"), request.clone()))
    };
    // What the command line says of one node at a time.
    let each = |label: &str, hint: &str, request: &dyn Fn(&str) -> Request| {
        let requests = nodes.iter().map(|name| request(name)).collect();
        entry(label, hint, UiAction::Session(Act::DoAll { title: format!("{label} of {whom}"), requests }))
    };
    let cordoned = node.spec.unschedulable;
    let (cordon, verb) = if cordoned { ("Uncordon", "uncordon") } else { ("Cordon", "cordon") };
    let runs = silent_since(world, name).is_none();
    let (power, effect) = match runs {
        true => ("Stop the kubelet", "node goes NotReady"),
        false => ("Start the kubelet", "node becomes Ready"),
    };
    let ask = |dialog| UiAction::Floating(FloatingAction::Ask(dialog));
    let mut menu = Vec::new();
    if nodes.len() == 1 {
        let select = UiAction::View(ViewAction::Select(Selection::Node(name.clone())));
        menu.push(entry("Why?", "select it", select));
        menu.push(ask_from(Caller::Node(name.clone())));
    }
    menu.push(MenuEntry {
        apart: !menu.is_empty(),
        ..does(cordon, to_nodes(&["kubectl", verb], nodes, &[]))
    });
    let flags = ["--ignore-daemonsets", "--delete-emptydir-data", "--force"];
    menu.push(does("Drain", to_nodes(&["kubectl", "drain"], nodes, &flags)));
    menu.push(entry("Taint…", "kubectl taint", ask(Dialog::Taint(name.clone()))));
    menu.push(entry("Label…", "kubectl label", ask(Dialog::Label(name.clone()))));
    menu.push(MenuEntry { apart: true, ..each(power, effect, &|name| Request::power(name, !runs)) });
    for type_ in PRESSURES {
        let is_on = node.condition(type_).is_some_and(|condition| condition.status == "True");
        let label = if is_on { format!("End {type_}") } else { format!("Report {type_}") };
        let hint = if is_on { "condition False" } else { "condition True" };
        menu.push(each(&label, hint, &|name| Request::pressure(name, type_, !is_on, now)));
    }
    if nodes.len() == 1 {
        let like = UiAction::Session(Act::AddLike(name.clone(), 1));
        menu.push(apart("Add one like this", "playground add nodes", like));
        menu.push(entry("Add several like this…", "a pool of them", ask(Dialog::Copies(name.clone()))));
    }
    let remove = if nodes.len() == 1 { "Delete the node" } else { "Delete these nodes" };
    let delete = to_nodes(&["kubectl", "delete", "node"], nodes, &[]);
    let action = UiAction::did(format!("Delete {whom}"), delete.clone());
    menu.push(apart(remove, delete.line().as_str(), action));
    menu
}

/// The entry that sends a request from a pod or a node.
fn ask_from(client: Caller) -> MenuEntry {
    entry(
        "Send a request from here",
        "who answers?",
        UiAction::Reach(ReachAction::From(client, &reach::PANEL)),
    )
}

/// One node by its name, several by their number.
pub fn told_nodes(nodes: &[EcoString]) -> String {
    match nodes {
        [one] => one.to_string(),
        several => format!("{} nodes", several.len()),
    }
}

/// The number of nodes that a form asks for; none if it is none, or more than a page should be given at once.
pub fn copies(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|count| (1..=500).contains(count))
}

/// The menu of a pod.
pub fn pod_menu(world: &World, key: &ObjectKey) -> Vec<MenuEntry> {
    let Some(pod) = world.pod(&key.namespace, &key.name) else { return Vec::new() };
    let (delete, force) = (Request::delete(key, Propagation::Background), Request::force_delete(key));
    let mut menu = vec![
        entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Pod(key.clone())))),
        apart(
            "Delete the pod",
            delete.line().as_str(),
            UiAction::did(format!("Delete {}", key.name), delete.clone()),
        ),
        entry(
            "Delete it at once",
            force.line().as_str(),
            UiAction::did(format!("Delete {} at once", key.name), force.clone()),
        ),
    ];
    if crate::network::host::runs(pod) {
        menu.insert(1, ask_from(Caller::Pod((key.namespace.clone(), key.name.clone()))));
    }
    if pod.status.phase == crate::api::RUNNING && !pod.metadata.is_terminating() {
        let request = Request::fail_pod(key);
        menu.push(entry(
            "Make it fail",
            "its container exits",
            UiAction::did(format!("Make {} fail", key.name), request),
        ));
    }
    if !pod.metadata.is_terminating() && !pod.is_finished() {
        let mut faults: Vec<_> =
            FAULTS.into_iter().filter_map(|played| fault(world, pod, key, played)).collect();
        if let Some(first) = faults.first_mut() {
            first.apart = true;
        }
        menu.extend(faults);
    }
    menu
}

/// A fault to play with.
#[derive(Clone, Copy)]
struct Played {
    fault: Fault,
    /// How a pod's menu calls it.
    label: &'static str,
    /// How the menu of a DaemonSet calls an update to an image with it.
    rolled_out: &'static str,
    /// What `kubectl get pods` then says.
    status: &'static str,
}

const FAULTS: [Played; 3] = [
    Played {
        fault: Fault::Crash,
        label: "Let it crash",
        rolled_out: "Roll out an image that crashes",
        status: "CrashLoopBackOff",
    },
    Played {
        fault: Fault::NotReady,
        label: "Never ready",
        rolled_out: "Roll out an image that is never ready",
        status: "READY 0/1",
    },
    Played {
        fault: Fault::ImagePull,
        label: "Image not pullable",
        rolled_out: "Roll out an image that cannot be pulled",
        status: "ImagePullBackOff",
    },
];

/// The entry that switches a fault of a pod's containers on, or off again. An image is pulled before a container starts:
/// where all have started, a lack of it shows only in a new pod, which an update makes.
fn fault(world: &World, pod: &Pod, key: &ObjectKey, played: Played) -> Option<MenuEntry> {
    let Played { fault, label, status, .. } = played;
    let asks = |container| fault.asked(pod, container) == Some(true);
    let own = pod.metadata.labels.get(fault.label());
    let is_on = own.is_some_and(|value| value == "true") || pod.status.container_statuses.iter().any(asks);
    let statuses = &pod.status.container_statuses;
    let has_image = !statuses.is_empty()
        && statuses.iter().all(|status| {
            status.started == Some(true) || status.state.running.is_some() || status.restart_count > 0
        });
    if fault == Fault::ImagePull && has_image && !is_on {
        let owner = pod.metadata.controller().filter(|owner| owner.kind == "DaemonSet")?;
        return roll_out(world.daemon_set(&key.namespace, &owner.name)?, played);
    }
    let request = Request::fault(key, fault, !is_on, own.is_some());
    let (label, hint) = match is_on {
        true => ("Back to healthy".to_owned(), format!("ends {status}")),
        false => (label.to_owned(), status.to_owned()),
    };
    Some(entry(&label, hint, UiAction::did(format!("{label} ({})", key.name), request)))
}

/// The entry that gives the first container of a DaemonSet an image with a fault.
fn roll_out(set: &DaemonSet, Played { fault, rolled_out, .. }: Played) -> Option<MenuEntry> {
    let container = set.spec.template.spec.containers.first()?;
    if fault.is_of_image(&container.image) {
        return None;
    }
    let image = fault.image_like(&container.image);
    let request = Request::set_image(&set.key(), &container.name, &image);
    let hint = request.line().as_str().to_owned();
    Some(entry(rolled_out, hint, UiAction::did(rolled_out.to_owned(), request)))
}

/// The menu of a DaemonSet: updates that get stuck, and the ways to delete it, which differ in what becomes of its pods.
pub fn set_menu(world: &World, key: &ObjectKey) -> Vec<MenuEntry> {
    let set = world.daemon_set(&key.namespace, &key.name);
    let delete = |label: &str, hint: &str, propagation| {
        let request = Request::delete(key, propagation);
        apart(label, hint, UiAction::did(format!("Delete {}", key.name), request))
    };
    let mut menu =
        vec![entry("Why?", "select it", UiAction::View(ViewAction::Select(Selection::Set(key.clone()))))];
    let mut faults: Vec<_> = set
        .into_iter()
        .flat_map(|set| FAULTS.into_iter().filter_map(|played| roll_out(set, played)))
        .collect();
    let image = set.and_then(|set| Some(&set.spec.template.spec.containers.first()?.image));
    if image.is_some_and(|image| Fault::ALL.iter().any(|fault| fault.is_of_image(image))) {
        let request = Request::undo(key);
        let hint = request.line().as_str().to_owned();
        faults.push(entry("Undo the rollout", hint, UiAction::did("Undo the rollout".into(), request)));
    }
    if let Some(first) = faults.first_mut() {
        first.apart = true;
    }
    menu.extend(faults);
    menu.extend([
        delete("Delete, then its pods", "--cascade=background", Propagation::Background),
        MenuEntry {
            apart: false,
            ..delete("Delete after its pods", "--cascade=foreground", Propagation::Foreground)
        },
        MenuEntry {
            apart: false,
            ..delete("Delete, keep its pods", "--cascade=orphan", Propagation::Orphan)
        },
    ]);
    menu
}

/// What is wrong with a key or a value, as the API server says it.
fn check(what: &str, problems: &[String]) -> Result<(), String> {
    if problems.is_empty() { Ok(()) } else { Err(format!("{what}: {}.", problems.join("; "))) }
}

/// Key, value if it says one, and effect of a taint that was entered as a whole, as kubectl takes it:
/// `team=db:NoSchedule`.
pub fn whole_taint(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (rest, effect) = text.trim().split_once(':')?;
    let (key, value) = rest.split_once('=').map_or((rest, None), |(key, value)| (key, Some(value)));
    [NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE].contains(&effect).then_some((key, value, effect))
}

/// The line that adds a taint to nodes; kubectl refuses to replace one without being told to. What is missing or wrong
/// instead.
pub fn taint(nodes: &[Rc<Node>], key: &str, value: &str, effect: &str) -> Result<Request, String> {
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() && value.is_empty() {
        return Err("Enter a key. The value may stay empty.".into());
    }
    if key.contains(['=', ':']) {
        return Err("Enter the key alone, or a whole taint such as team=db:NoSchedule.".into());
    }
    check("Key", &qualified_name(key))?;
    check("Value", &label_value(value))?;
    let taint = Taint::new(key, value, effect);
    let replaces = nodes.iter().any(|node| node.spec.taints.iter().any(|have| have.is_same(&taint)));
    let mut changes = vec![taint.to_string()];
    changes.extend(replaces.then(|| "--overwrite".to_owned()));
    Ok(Request::taint_nodes(names(nodes).iter().map(ToString::to_string).collect(), changes))
}

/// How nodes are called.
pub fn names(nodes: &[Rc<Node>]) -> Vec<EcoString> {
    nodes.iter().map(|node| node.metadata.name.clone()).collect()
}

/// A taint that some of the nodes have.
#[derive(Debug, PartialEq)]
pub struct Removal {
    /// The taint, and how many of several nodes have it.
    pub text: String,
    /// What removing it is called: `Remove gpu:NoSchedule from n1`.
    pub title: String,
    /// The line that removes it from all that have it.
    pub request: Request,
}

/// The taints that can be removed from nodes.
pub fn removals(nodes: &[Rc<Node>]) -> Vec<Removal> {
    let mut taints: Vec<&Taint> = Vec::new();
    for taint in nodes.iter().flat_map(|node| node.spec.taints.iter()) {
        if !taints.iter().any(|other| other.is_same(taint)) {
            taints.push(taint);
        }
    }
    let removal = |taint: &Taint| {
        let have: Vec<Rc<Node>> = nodes
            .iter()
            .filter(|node| node.spec.taints.iter().any(|own| own.is_same(taint)))
            .cloned()
            .collect();
        let values = have.iter().flat_map(|node| node.spec.taints.iter()).filter(|own| own.is_same(taint));
        // Without its value where they have different ones: it goes with either.
        let is_one = values.clone().all(|own| own.value == taint.value);
        let taint = if is_one { taint.clone() } else { Taint::new(&taint.key, "", &taint.effect) };
        let names = names(&have);
        let all = names.iter().map(ToString::to_string).collect();
        Removal {
            text: match have.len() {
                _ if nodes.len() == 1 => taint.to_string(),
                some => format!("{taint} on {some} of {} nodes", nodes.len()),
            },
            title: format!("Remove {taint} from {}", told_nodes(&names)),
            request: Request::untaint_nodes(all, &taint.key, &taint.effect),
        }
    };
    taints.into_iter().map(removal).collect()
}

/// The line that sets a label of nodes, or removes it without a value; kubectl refuses to give one another value
/// without being told to. What is missing or wrong instead.
pub fn label(nodes: &[Rc<Node>], label: &str, value: Option<&str>) -> Result<Request, String> {
    let (label, value) = (label.trim(), value.map(str::trim));
    if label.is_empty() && value.is_none_or(str::is_empty) {
        return Err("Enter a label. The value may stay empty.".into());
    }
    check("Label", &qualified_name(label))?;
    check("Value", &value.map(label_value).unwrap_or_default())?;
    let change = value.map_or_else(|| format!("{label}-"), |value| format!("{label}={value}"));
    let has_other = |node: &Rc<Node>| {
        let own = node.metadata.labels.get(label);
        value.is_some_and(|value| own.is_some_and(|own| *own != *value))
    };
    let flags: &[&str] = if nodes.iter().any(has_other) { &[&change, "--overwrite"] } else { &[&change] };
    Ok(to_nodes(&["kubectl", "label", "node"], &names(nodes), flags))
}

/// The labels of a node that a user may want to change, by key.
pub fn labels(node: &Node) -> Vec<(String, String)> {
    node.metadata.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// The question before recorded steps are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchQuestion {
    /// The question.
    pub title: String,
    /// The lines that would be said.
    pub lines: Vec<String>,
    /// What becomes of the later steps.
    pub words: String,
}

/// What is asked before an act drops recorded steps.
pub fn branch_question(session: &Session, act: &Act) -> BranchQuestion {
    let later = session.later_steps();
    let what = match act {
        Act::Enter(_) => "Run this",
        act => act.title(),
    };
    let (were, them) = if later == 1 { ("was", "it") } else { ("were", "them") };
    BranchQuestion {
        title: format!("{what} at step {}?", session.timeline.shown()),
        lines: session.lines(act),
        words: format!(
            "{} {were} recorded. “Do it here” drops {them}; the two other choices keep {them}.",
            count(later as usize, "later step"),
        ),
    }
}

/// The question before something with a lesson that cannot be taken back: what is asked, what goes, and what is done.
pub fn lesson_question(action: &LearningAction) -> [&'static str; 3] {
    match action {
        LearningAction::Remake => [
            "Replace the lesson that you are writing?",
            "What you wrote of it is replaced by a new one about the cluster as it is now.",
            "Replace it",
        ],
        LearningAction::Clear => [
            "Clear your progress?",
            "All lessons and challenges are as if you had never opened them.",
            "Clear it",
        ],
        LearningAction::Solve => [
            "Show the solution?",
            "To show it, the lesson begins again, and what you did is dropped.",
            "Show it",
        ],
        LearningAction::Open(_) => {
            ["Open another lesson?", "What you did in this one is dropped: it is not solved yet.", "Open it"]
        }
        _ => ["Begin the lesson again?", "What you did in it is dropped.", "Begin again"],
    }
}

/// The question before a branch is dropped.
pub fn drop_question(session: &Session, no: u32) -> (String, String) {
    let Some(branch) = session.of_branch(no) else { return Default::default() };
    let title = format!("Drop “{}”?", branch.branch.name);
    let steps = match branch.timeline.len() {
        1 => "Its 1 step goes".to_owned(),
        steps => format!("Its {steps} steps go"),
    };
    (title, format!("{steps} with it. The other branches stay as they are."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::ui::state::{Prefs, Theme, UiState};

    #[test]
    fn a_taint_is_read_as_a_whole_once_it_is_one() {
        for (text, parts) in [
            ("team=db:NoSchedule", Some(("team", Some("db"), "NoSchedule"))),
            (" example.com/gpu:NoExecute ", Some(("example.com/gpu", None, "NoExecute"))),
            ("team=db:NoSched", None),
            ("team=db", None),
            ("team", None),
            ("", None),
        ] {
            assert_eq!(whole_taint(text), parts, "{text}");
        }
    }

    #[test]
    fn a_taint_goes_from_all_chosen_nodes_that_have_it() {
        let node = |name: &str, taints: &[Taint]| {
            let mut node = Node::default();
            node.metadata.name = name.into();
            node.spec.taints = taints.to_vec();
            Rc::new(node)
        };
        let (gpu, db) = (Taint::new("gpu", "", "NoSchedule"), Taint::new("role", "db", "NoExecute"));
        let web = Taint::new("role", "web", "NoExecute");
        let told = |nodes: &[Rc<Node>]| {
            let removals = removals(nodes).into_iter();
            removals
                .map(|one| (one.text, one.title, one.request.line().as_str().to_owned()))
                .collect::<Vec<_>>()
        };
        let one = told(&[node("a", std::slice::from_ref(&db))]);
        let expected =
            ("role=db:NoExecute", "Remove role=db:NoExecute from a", "kubectl taint nodes a role:NoExecute-");
        assert_eq!(one, [(expected.0.into(), expected.1.into(), expected.2.into())]);
        let all = told(&[node("a", &[gpu, db]), node("b", &[web]), node("c", &[])]);
        let texts: Vec<&str> = all.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["gpu:NoSchedule on 1 of 3 nodes", "role:NoExecute on 2 of 3 nodes"]);
        assert_eq!(all[1].2, "kubectl taint nodes a b role:NoExecute-");
    }

    #[test]
    fn a_fault_can_be_played_and_ended_and_the_chip_says_what_kubectl_says() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let pod = |state: &UiState| {
            let mut pods = state.session.timeline.world().pods_on("worker-1");
            let pod = pods.find(|pod| pod.metadata.controller().is_some()).cloned();
            pod.expect("the daemon pod")
        };
        let key = ObjectKey::pod("kube-system", &pod(&state).metadata.name);
        let choose = |state: &Rc<UiState>, label: &str, hint: &str| {
            let menu = pod_menu(state.session.timeline.world(), &key);
            let found = menu.into_iter().find(|entry| entry.label == label && entry.hint.ends_with(hint));
            let action = found.unwrap_or_else(|| panic!("{label}: {hint}")).action;
            Rc::clone(state).reduced(action)
        };
        let says = |state: &UiState| crate::explain::stage(&pod(state)).1;
        let until = |mut state: Rc<UiState>, word: &str| {
            for _ in 0..60 {
                if says(&state) == word {
                    return state;
                }
                state = state.reduced(UiAction::Session(Act::Forward));
            }
            panic!("{word}, but it is {}", says(&state));
        };
        let crashing = until(choose(&state, "Let it crash", "CrashLoopBackOff"), "CrashLoopBackOff");
        until(choose(&crashing, "Back to healthy", "CrashLoopBackOff"), "Running");
        let unready = until(choose(&state, "Never ready", "0/1"), "Running, not ready");
        until(choose(&unready, "Back to healthy", "0/1"), "Running");
    }

    #[test]
    fn a_pod_whose_kubelet_is_silent_goes_only_when_it_is_deleted_at_once() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let mut pods = state.session.timeline.world().pods_on("worker-1");
        let pod = pods.find(|pod| pod.metadata.controller().is_some()).cloned().expect("the daemon pod");
        let key = ObjectKey::pod("kube-system", &pod.metadata.name);
        let power = UiAction::did(String::new(), Request::power("worker-1", false));
        let state = Rc::clone(&state).reduced(power);
        let choose = |state: &Rc<UiState>, label: &str| {
            let menu = pod_menu(state.session.timeline.world(), &key);
            let entry = menu.into_iter().find(|entry| entry.label == label).expect(label);
            let action = entry.action;
            (Rc::clone(state).reduced(action), entry.hint)
        };
        let (waits, _) = choose(&state, "Delete the pod");
        assert!(waits.session.timeline.world().pod(&key.namespace, &key.name).is_some());
        let (gone, line) = choose(&waits, "Delete it at once");
        assert!(gone.session.timeline.world().pod(&key.namespace, &key.name).is_none());
        assert!(line.ends_with("--grace-period=0 --force"), "{line}");
    }

    #[test]
    fn what_drops_later_steps_is_asked_with_the_line_that_would_be_said() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Session(Act::Seek(2)));
        let cordon = Request::cordon("worker-1", true);
        let act = Act::Do { title: "Cordon worker-1".into(), request: cordon };
        let question = branch_question(&state.session, &act);
        assert_eq!(question.title, "Cordon worker-1 at step 2?");
        assert_eq!(question.lines, ["kubectl cordon worker-1"]);
        assert_eq!(branch_question(&state.session, &Act::Enter("k get ds\n".into())).lines, ["k get ds"]);
        let [line] = &branch_question(&state.session, &Act::AddNode).lines[..] else { panic!("one line") };
        assert!(line.starts_with("playground add nodes -f -"), "{line}");
    }

    #[test]
    fn commands_are_told_as_kubectl_takes_them() {
        let node = |name: &str, labels: &[(&str, &str)]| {
            let mut node = Node::default();
            node.metadata.name = name.into();
            node.metadata.labels =
                labels.iter().map(|(key, value)| (EcoString::from(*key), EcoString::from(*value))).collect();
            node
        };
        let mut first = node("n1", &[("disk", "ssd"), ("zone", "a")]);
        first.spec.taints.push(Taint::new("gpu", "old", "NoExecute"));
        let both = [Rc::new(first), Rc::new(node("n2", &[("zone", "b")]))];
        let one = &both[..1];
        let name_part = "name part must consist of alphanumeric characters";
        for (request, line) in [
            (
                taint(one, " gpu ", "true", "NoExecute"),
                "kubectl taint nodes n1 gpu=true:NoExecute --overwrite",
            ),
            (taint(one, "gpu", "", "NoSchedule"), "kubectl taint nodes n1 gpu:NoSchedule"),
            (taint(&both, "a", "", "NoSchedule"), "kubectl taint nodes n1 n2 a:NoSchedule"),
            (taint(&both, "gpu", "", "NoExecute"), "kubectl taint nodes n1 n2 gpu:NoExecute --overwrite"),
            (label(one, "disk", Some("ssd")), "kubectl label node n1 disk=ssd"),
            (label(one, "disk", Some("hdd")), "kubectl label node n1 disk=hdd --overwrite"),
            (label(one, "rack", Some("")), "kubectl label node n1 rack="),
            (label(one, "disk", None), "kubectl label node n1 disk-"),
            (label(&both, "disk", Some("ssd")), "kubectl label node n1 n2 disk=ssd"),
            (label(&both, "zone", Some("a")), "kubectl label node n1 n2 zone=a --overwrite"),
            (taint(one, "", "", "NoExecute"), "Enter a key. The value may stay empty."),
            (taint(one, "", "true", "NoExecute"), "Key: name part must be non-empty; name part must"),
            (taint(one, "a b", "", "NoExecute"), &format!("Key: {name_part}")),
            (taint(one, "a=b", "", "NoExecute"), "Enter the key alone, or a whole taint such as"),
            (taint(one, "a=b:NoSched", "", "NoExecute"), "Enter the key alone, or a whole taint such as"),
            (taint(one, "/a", "", "NoExecute"), "Key: prefix part must be non-empty."),
            (
                taint(one, "a", "b c", "NoExecute"),
                "Value: a valid label must be an empty string or consist of",
            ),
            (label(one, "", Some("")), "Enter a label. The value may stay empty."),
            (label(one, "a b", Some("")), &format!("Label: {name_part}")),
            (label(one, "disk", Some("-")), "Value: a valid label must be an empty string or consist of"),
            (label(one, "disk", Some(&"x".repeat(64))), "Value: must be no more than 63 bytes."),
        ] {
            let told = request.map_or_else(|told| told, |request| request.line().to_string());
            let is_whole = line.starts_with("kubectl") || line.ends_with('.');
            assert!(if is_whole { told == line } else { told.starts_with(line) }, "{told:?}, not {line:?}");
        }
    }

    #[test]
    fn the_usual_stuck_update_is_built_by_the_menus_and_undone() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = Rc::clone(&state).reduced(UiAction::Session(Act::Run(5_000)));
        let world = |state: &UiState| state.session.timeline.world().clone();
        let set = ObjectKey::new(Kind::DaemonSet, "kube-system", "node-exporter");
        let pod = world(&state).pods_on("worker-1").find(|pod| pod.metadata.controller().is_some()).cloned();
        let pod = ObjectKey::pod("kube-system", &pod.expect("the daemon pod").metadata.name);
        let choose = |state: &Rc<UiState>, menu: Vec<MenuEntry>, label: &str| {
            let found = menu.into_iter().find(|entry| entry.label == label);
            let entry = found.unwrap_or_else(|| panic!("no {label}"));
            assert!(entry.hint.starts_with("kubectl "), "{}", entry.hint);
            Rc::clone(state).reduced(entry.action).reduced(UiAction::Session(Act::Run(5_000)))
        };
        let says = |state: &UiState| {
            let world = world(state);
            let pods = world
                .pods()
                .filter(|pod| pod.metadata.controller().is_some_and(|owner| owner.name == "node-exporter"));
            pods.map(|pod| crate::explain::status(pod))
                .filter(|status| status != "Running")
                .collect::<Vec<_>>()
        };
        let pull = "Roll out an image that cannot be pulled";
        let menu = pod_menu(&world(&state), &pod);
        assert!(menu.iter().all(|entry| entry.label != "Image not pullable"), "its container runs already");
        let stuck = choose(&state, menu, pull);
        assert_eq!(says(&stuck), ["ImagePullBackOff"]);
        let menu = set_menu(&world(&stuck), &set);
        assert!(menu.iter().all(|entry| entry.label != pull), "it has such an image");
        let undone = choose(&stuck, menu, "Undo the rollout");
        assert_eq!(says(&undone), [""; 0]);
        let menu = set_menu(&world(&undone), &set);
        assert!(menu.iter().all(|entry| entry.label != "Undo the rollout"));
        let crashing = says(&choose(&undone, menu, "Roll out an image that crashes"));
        assert!(crashing.contains(&"CrashLoopBackOff".to_owned()), "{crashing:?}");
    }

    /// The page after an entry of the menu of nodes was chosen.
    fn chosen(state: &Rc<UiState>, nodes: &[&str], label: &str) -> Rc<UiState> {
        let nodes: Vec<EcoString> = nodes.iter().map(|name| (*name).into()).collect();
        let menu = node_menu(state.session.timeline.world(), state.session.timeline.now(), &nodes);
        let found = menu.into_iter().find(|entry| entry.label == label);
        Rc::clone(state).reduced(found.unwrap_or_else(|| panic!("no entry {label}")).action)
    }

    #[test]
    fn pressure_is_reported_tainted_and_ended() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let key = "node.kubernetes.io/memory-pressure";
        let tainted = |state: &UiState| {
            let node = state.session.timeline.world().node("worker-1").cloned().expect("the node");
            node.spec.taints.iter().any(|taint| taint.key == key)
        };
        let before = state.session.documents.nodes.text.clone();
        let mut on = chosen(&state, &["worker-1"], "Report MemoryPressure");
        assert!(on.session.documents.nodes.text.contains("type: MemoryPressure"), "the node list says it");
        // The patch says it to the second.
        let now = on.session.timeline.now().millis() / 1000;
        let node = on.session.timeline.world().node("worker-1").cloned().expect("the node");
        let told = node.condition("MemoryPressure").expect("it is told");
        let kubelet = ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available");
        assert_eq!(
            (
                told.reason.as_str(),
                told.message.as_str(),
                told.last_transition_time.map(|at| at.millis() / 1000)
            ),
            (kubelet.0, kubelet.1, Some(now))
        );
        assert!(!on.session.documents.is_dirty());
        for _ in 0..5 {
            on = on.reduced(UiAction::Session(Act::Forward));
        }
        assert!(tainted(&on));
        let mut off = chosen(&on, &["worker-1"], "End MemoryPressure");
        for _ in 0..5 {
            off = off.reduced(UiAction::Session(Act::Forward));
        }
        assert!(!tainted(&off));
        assert_eq!(off.session.documents.nodes.text, before, "and says it no longer");
    }

    #[test]
    fn several_nodes_are_cordoned_by_one_command_and_the_list_follows() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let names = ["worker-1", "worker-2"];
        let before = state.session.timeline.len();
        let state = chosen(&state, &names, "Cordon");
        assert_eq!(state.session.timeline.len(), before + 1);
        for name in names {
            assert!(state.session.timeline.world().node(name).expect("a node").spec.unschedulable, "{name}");
        }
        let text = &state.session.documents.nodes.text;
        assert!(text.matches("unschedulable: true").count() >= 3, "build-1 was cordoned before: {text}");
    }

    #[test]
    fn nodes_like_another_get_free_names_its_labels_and_its_taints() {
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Session(Act::AddLike("gpu-1".into(), 2)));
        let world = state.session.timeline.world();
        let like = world.node("gpu-1").expect("the node");
        for name in ["gpu-3", "gpu-4"] {
            let node = world.node(name).unwrap_or_else(|| panic!("no {name}"));
            let own = node.spec.taints.iter().filter(|taint| !taint.is_of_node_lifecycle());
            assert!(own.eq(like.spec.taints.iter()), "{:?}", node.spec.taints);
            assert_eq!(node.status.allocatable, like.status.allocatable);
            assert!(
                state.session.documents.nodes.text.contains(&format!("name: {name}")),
                "{name} is listed"
            );
        }
        assert_eq!(copies("0"), None);
        assert_eq!(copies(" 12 "), Some(12));
    }
}
