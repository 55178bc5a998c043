//! Cases 09, 10, 11 and 17: what is told of a refusal, of a pod that waits, of a deletion and of tolerationSeconds.

use super::Case;
use playground::api::{Kind, NO_EXECUTE, ObjectKey, Taint};
use playground::cluster::Propagation;
use playground::explain::why::{Block, Why, why_node, why_pod, why_set};
use playground::explain::{name_end, plain, preview, told};
use playground::kubectl::Request;

fn key(namespace: &str, name: &str) -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, namespace, name)
}

fn of_node(case: &Case, node: &str, set: &ObjectKey) -> Why {
    let set = case.world().daemon_set(&set.namespace, &set.name).cloned();
    why_node(&case.timeline, node, set.as_deref(), None).expect("there is such a node")
}

/// A headline, with the random ends of pods' names as `*`.
fn headline(case: &Case, why: &Why) -> String {
    case.world().pods().fold(plain(&why.verdict), |text, pod| text.replace(name_end(&pod.metadata.name), "*"))
}

/// What a step did.
fn step(case: &Case, no: u32) -> String {
    plain(&told(&case.timeline, no).expect("a recorded step").what)
}

#[test]
fn case_09_a_refused_creation_is_not_told_as_done() {
    let mut case = Case::open("09");
    let objects = super::objects(&case.read("manifest.yaml"));
    let before = preview(&[Request::apply(Request::text_of(&objects))], case.world(), case.now());
    let lines: Vec<String> =
        before.lines.iter().map(|(sign, words)| format!("{sign} {}", plain(words))).collect();
    assert!(
        lines.iter().any(|line| line
            .starts_with("! pods of agent will be refused: no PriorityClass with name agents was found.")),
        "{lines:?}"
    );
    assert_eq!(before.refused, [], "the DaemonSet itself is taken");
    case.apply("manifest.yaml");
    case.timeline.forward();
    assert_eq!(
        step(&case, case.timeline.len()),
        "daemonset-controller could not create 3 pods of agent: no PriorityClass with name agents was found."
    );
    let reason = "no PriorityClass with name agents was found. Create PriorityClass agents, or take priorityClassName out of the template.";
    let set = key("default", "agent");
    let node = headline(&case, &of_node(&case, "n1", &set));
    assert!(node.starts_with(&format!("No pod, because the API server refuses it: {reason}")), "{node}");
    let of_set = headline(&case, &why_set(&case.timeline, &set).expect("there is such a set"));
    assert!(
        of_set.starts_with(&format!(
            "The API server refuses its pods: {reason} 3 of 3 eligible nodes have no pod"
        )),
        "{of_set}"
    );
}

#[test]
fn case_10_a_node_says_what_its_pending_pod_waits_for() {
    let mut case = Case::open("10");
    case.apply("manifest.yaml");
    case.run();
    let (old, new) = (key("kube-system", "svclb-old"), key("kube-system", "svclb-new"));
    assert_eq!(
        headline(&case, &of_node(&case, "n1", &new)),
        "Its pod * is Pending: n1, the only node it may run on, has no free host ports 80, 443: taken by svclb-old-*. No pod there has a lower priority, so none is preempted for it."
    );
    assert_eq!(headline(&case, &of_node(&case, "n1", &old)), "Runs its pod: nothing keeps it away from n1.");
    // The scheduler's own words stand below.
    let filter =
        of_node(&case, "n1", &new).sections.into_iter().find(|section| section.title == "Scheduler: Filter");
    let words: Vec<String> = filter
        .iter()
        .flat_map(|section| &section.blocks)
        .filter_map(|block| if let Block::Words(words) = block { Some(plain(words)) } else { None })
        .collect();
    assert!(
        words.iter().any(|text| text.starts_with(
            "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, "
        )),
        "{words:?}"
    );
}

#[test]
fn case_11_what_is_being_deleted_waits_for_a_silent_kubelet() {
    let mut case = Case::open("11");
    case.apply("manifest.yaml");
    case.run();
    case.timeline.say(&Request::power("n1", false));
    case.run_for(60);
    let set = key("default", "agent");
    case.timeline.say(&Request::delete(&set, Propagation::Foreground));
    case.run();
    let pod = case.world().pods_on("n1").next().expect("the pod on n1").clone();
    let waits = "only the kubelet of n1 can confirm that it has stopped, and that kubelet is silent";
    let way_out = "It goes when the kubelet runs again, when node n1 is deleted, or by force: ";
    let of_pod = why_pod(&case.timeline, "default", &pod.metadata.name, None).expect("an answer");
    assert!(headline(&case, &of_pod).starts_with(&format!("Terminating: {waits}. {way_out}")));
    let of_set = headline(&case, &why_set(&case.timeline, &set).expect("there is such a set"));
    assert!(
        of_set.starts_with(&format!("Is being deleted, after its pods. It waits for * on n1: Terminating (the kubelet of n1 is silent). {way_out}")),
        "{of_set}"
    );
    let on_n1 = headline(&case, &of_node(&case, "n1", &set));
    assert!(on_n1.starts_with(&format!("Its pod * is Terminating: {waits}.")), "{on_n1}");
    assert_eq!(headline(&case, &of_node(&case, "n2", &set)), "No pod: DaemonSet agent is being deleted.");
}

#[test]
fn case_17_toleration_seconds_count_from_when_pod_and_taint_were_seen_together() {
    let mut case = Case::open("17");
    case.apply("manifest.yaml");
    case.run();
    let taint = Taint::new("maint", "", NO_EXECUTE);
    case.timeline.say(&Request::taint("n1", &taint));
    case.run_for(30);
    let why = of_node(&case, "n1", &key("default", "agent"));
    let eviction = why.sections.iter().find(|section| section.title == "Eviction").expect("a section");
    let words: Vec<String> = eviction
        .blocks
        .iter()
        .filter_map(|block| if let Block::Words(words) = block { Some(plain(words)) } else { None })
        .collect();
    let [tolerates, counted] = words.as_slice() else { panic!("{words:?}") };
    assert!(
        tolerates.ends_with(" tolerates maint:NoExecute for 10s (tolerationSeconds: 10)."),
        "{tolerates}"
    );
    // The third pod was bound 24 s after the taint came, and seen 50 ms later.
    assert!(
        counted.contains("saw pod and taint together (step ")
            && counted.contains("not from when the taint came"),
        "{counted}"
    );
    let left = eviction.badges[0].word.strip_prefix("in ").expect("a time").to_owned();
    assert!(counted.ends_with(&format!("the pod goes in {left}.")), "{counted}");
}
