//! What a student's notes say of updates of a DaemonSet ("Updating a DaemonSet", "Performing Rolling Update on a
//! DaemonSet"), statement by statement, on the cluster and the manifest of the example `notes` and with nothing but
//! what a user does on the page. Where a statement is loose or wrong, the test holds what Kubernetes 1.36 does, and says
//! so.

use playground::api::{DaemonSet, IntOrString, Kind, Object, ObjectKey, Pod};
use playground::cluster::{Propagation, World};
use playground::controllers::daemonset::history;
use playground::controllers::daemonset::pod::HASH_LABEL;
use playground::examples;
use playground::kubectl::Request;
use playground::manifest::{Diagnostic, value_to_yaml};
use playground::session::{Act, DocumentName, Done, Outcome, Past, Session};
use playground::sim::StepNo;
use std::rc::Rc;

const NAMESPACE: &str = "kube-system";
/// As the notes spell it.
const SET: &str = "fluentd-elasticcsearch";
const NODES: [&str; 5] = ["cp-1", "worker-1", "worker-2", "worker-3", "worker-4"];
const OLD: &str = "fluentd:v2.5.2";
const MIDDLE: &str = "fluentd:v4.2.0";
const NEW: &str = "fluentd:v5.0.1";

/// What is open, and what came of the last act.
struct Page(Session, Outcome);

impl Page {
    /// The example, its mistake mended, applied and run. `edit` changes the manifest before.
    fn opened(edit: impl Fn(String) -> String) -> Self {
        let example = examples::find("notes").expect("there is such an example");
        let mut page = Page(Session::of_example(example), Outcome::Unchanged);
        page.apply(|text| edit(text.replace("memrory", "memory")));
        assert_eq!(page.served(OLD), NODES, "the story begins with a pod on each node");
        page
    }

    fn act(&mut self, act: Act) {
        (self.0, self.1) = self.0.act(&act, Past::Ask);
    }

    /// Until nothing more happens by itself.
    fn run(&mut self) {
        self.act(Act::Run(100_000));
        assert_eq!(self.1, Outcome::Stable);
    }

    /// Edits a text and applies it, and nothing else yet.
    fn edit(&mut self, name: DocumentName, edit: impl Fn(String) -> String) {
        let text = edit(self.0.documents.get(name).text.to_string());
        self.act(Act::Edit(name, text.into()));
        assert_eq!(self.0.documents.errors(), 0);
        self.act(Act::Apply);
    }

    /// Edits the manifest, applies it and runs.
    fn apply(&mut self, edit: impl Fn(String) -> String) {
        self.edit(DocumentName::Manifest, edit);
        self.assert_done();
        self.run();
    }

    /// Edits the node list, applies it and runs.
    fn nodes(&mut self, edit: impl Fn(String) -> String) {
        self.edit(DocumentName::Nodes, edit);
        self.assert_done();
        self.run();
    }

    /// Does something to the cluster and runs.
    fn did(&mut self, request: Request) {
        self.act(Act::Do { title: "Something".into(), request });
        self.assert_done();
        self.run();
    }

    /// The last act was done, and nothing of it refused.
    fn assert_done(&self) {
        assert_eq!(self.1, Outcome::Done(Done::default()));
    }

    /// What the API server would refuse of an Apply, at its place.
    fn refused(&self) -> Vec<(DocumentName, Diagnostic)> {
        self.0.place(&self.0.trial().refused)
    }

    fn world(&self) -> &World {
        self.0.timeline.world()
    }

    fn set(&self) -> &DaemonSet {
        self.world().daemon_set(NAMESPACE, SET).expect("the DaemonSet is there")
    }

    fn now(&self) -> StepNo {
        self.0.timeline.shown()
    }

    fn pods(&self) -> Vec<Rc<Pod>> {
        daemons(self.world())
    }

    fn pod_on(&self, node: &str) -> Rc<Pod> {
        let pods = self.pods();
        let mut here = pods.iter().filter(|pod| pod.node() == Some(node));
        let pod = here.next().cloned().expect("a pod of the DaemonSet");
        assert!(here.next().is_none(), "{node} has just one");
        pod
    }

    /// The nodes on which a pod of this image is ready.
    fn served(&self, image: &str) -> Vec<String> {
        let ready = self.pods().into_iter().filter(|pod| pod.is_ready() && image_of(pod).ends_with(image));
        let mut nodes: Vec<String> = ready.filter_map(|pod| pod.node().map(str::to_owned)).collect();
        nodes.sort();
        nodes
    }

    fn uids(&self) -> Vec<String> {
        let mut uids: Vec<_> = self.pods().iter().map(|pod| pod.metadata.uid.to_string()).collect();
        uids.sort();
        uids
    }

    /// The clusters after each step since one, with the pods of the DaemonSet.
    fn since(&self, no: StepNo, mut look: impl FnMut(StepNo, &[Rc<Pod>])) {
        let mut timeline = (*self.0.timeline).clone();
        for no in no..=timeline.len() {
            timeline.seek(no);
            look(no, &daemons(timeline.world()));
        }
    }

    /// Events about the DaemonSet since a step, as `reason message`, in order.
    fn events(&self, no: StepNo) -> Vec<String> {
        let steps = self.0.timeline.steps().filter(|step| step.no > no);
        let changes = steps.flat_map(|step| step.changes.iter());
        let told = changes.filter_map(|change| match &change.after {
            Some(Object::Event(event)) if event.involved_object.name == SET => Some(event),
            _ => None,
        });
        // From the tenth on that differ in their words only, one event stands for all; it has the latest words.
        let words = |message: &str| message.replace("(combined from similar events): ", "");
        told.map(|event| format!("{} {}", event.reason, words(&event.message))).collect()
    }

    /// The numbers of the revisions with their images, the latest first: `kubectl rollout history`.
    fn history(&self) -> Vec<(i64, String)> {
        let revisions = history::revisions(self.world(), self.set());
        let image = |template: Rc<playground::api::PodTemplateSpec>| last(&template.spec.containers[0].image);
        revisions
            .iter()
            .map(|one| (one.revision, history::template(one).map(image).unwrap_or_default()))
            .collect()
    }
}

fn daemons(world: &World) -> Vec<Rc<Pod>> {
    let labelled =
        |pod: &&Rc<Pod>| pod.metadata.labels.get("name").is_some_and(|name| name == "fluentd-elasticsearch");
    world.pods_in(NAMESPACE).filter(labelled).cloned().collect()
}

/// Ready, and not on its way out.
fn serves(pod: &Pod) -> bool {
    pod.is_ready() && !pod.metadata.is_terminating()
}

fn image_of(pod: &Pod) -> &str {
    &pod.spec.containers[0].image
}

/// `fluentd:v2.5.2` of the whole name.
fn last(image: &str) -> String {
    image.rsplit('/').next().unwrap_or_default().to_owned()
}

fn set_key(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, NAMESPACE, name)
}

fn key_of(pod: &Pod) -> ObjectKey {
    ObjectKey::pod(NAMESPACE, &pod.metadata.name)
}

fn delete(key: ObjectKey, propagation: Propagation) -> Request {
    Request::delete(&key, propagation)
}

fn label(node: &str, value: Option<&str>) -> Request {
    Request::label(&ObjectKey::node(node), "logs", value, true)
}

/// The manifest with lines at the head of `spec`.
fn with_spec(lines: &str) -> impl Fn(String) -> String {
    move |text| text.replacen("spec:\n", &format!("spec:\n{lines}\n"), 1)
}

fn new_image(text: String) -> String {
    text.replace(OLD, NEW)
}

const ON_DELETE: &str = "  updateStrategy: {type: OnDelete}";
const SURGE: &str =
    "  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}";

/// Statement 1: "If node labels are changed, the DaemonSet will promptly add Pods to newly matching nodes and
/// delete Pods from newly not-matching nodes."
///
/// So it is, where the template has a nodeSelector or a required node affinity; else labels do not matter. (The
/// affinity's name, `requiredDuringSchedulingIgnoredDuringExecution`, says otherwise: the controller does not
/// ignore it.)
#[test]
fn changed_node_labels_add_pods_to_newly_matching_nodes_and_delete_them_from_those_that_match_no_longer() {
    let mut page = Page::opened(|text| text);
    let before = page.uids();
    page.did(label("worker-1", Some("yes")));
    assert_eq!(page.uids(), before, "nothing asks for the label yet");
    for node in ["worker-2", "cp-1"] {
        page.did(label(node, Some("yes")));
    }

    page.apply(|text| text.replacen("    spec:\n", "    spec:\n      nodeSelector: {logs: \"yes\"}\n", 1));
    assert_eq!(page.served(OLD), ["cp-1", "worker-1", "worker-2"]);

    let no = page.now();
    page.did(label("worker-3", Some("yes")));
    assert_eq!(page.served(OLD), ["cp-1", "worker-1", "worker-2", "worker-3"]);
    let [event] = &page.events(no)[..] else { panic!("{:?}", page.events(no)) };
    assert_eq!(*event, format!("SuccessfulCreate Created pod: {}", page.pod_on("worker-3").metadata.name));
    let step = |no: StepNo| Rc::clone(page.0.timeline.step(no).expect("a recorded step"));
    let promptly = step(no + 2).at - step(no + 1).at;
    assert!(promptly.0 < 1_000, "it takes the controller {promptly:?}");

    let (no, gone) = (page.now(), page.pod_on("worker-1").metadata.name.clone());
    page.did(label("worker-1", None));
    assert_eq!(page.served(OLD), ["cp-1", "worker-2", "worker-3"]);
    assert_eq!(page.events(no), [format!("SuccessfulDelete Deleted pod: {gone}")]);
    assert_eq!(page.set().status.desired_number_scheduled, 3);
}

/// Statement 2: "You can modify the Pods that a DaemonSet creates. However, Pods do not allow all fields to be
/// updated. Also, the DaemonSet Controller will use the original template the next time a node (even with the same
/// name) is created."
///
/// So it is; "the original template" is the DaemonSet's of that time. And the controller does not put a modified
/// pod right: it goes by the label `controller-revision-hash`, so the pod even counts as up to date.
#[test]
fn a_modified_pod_stays_modified_not_in_every_field_and_a_new_node_gets_the_template() {
    let mut page = Page::opened(|text| text);
    let pod = page.pod_on("worker-1");
    let modified = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = Object::Pod(Rc::clone(&pod)).to_json();
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
        }
        change(&mut value);
        format!("---\n{}", value_to_yaml(&value))
    };
    let manifest = page.0.documents.manifest.text.to_string();

    let (no, forbidden) = (page.now(), modified(&|value| value["spec"]["hostNetwork"] = true.into()));
    page.edit(DocumentName::Manifest, |_| format!("{manifest}{forbidden}"));
    let refused = page.refused();
    let [(DocumentName::Manifest, why)] = &refused[..] else { panic!("{refused:?}") };
    assert!(why.message.contains("pod updates may not change fields other than"), "{}", why.message);
    assert_eq!(page.now(), no, "Apply does nothing");

    let image = modified(&|value| value["spec"]["containers"][0]["image"] = "example.com/mine:1".into());
    page.apply(|_| format!("{manifest}{image}"));
    let now = page.pod_on("worker-1");
    assert_eq!((image_of(&now), &now.metadata.uid), ("example.com/mine:1", &pod.metadata.uid));
    assert_eq!(page.set().status.updated_number_scheduled, 5, "it passes for one of the current template");

    page.edit(DocumentName::Manifest, |_| manifest.clone());
    page.act(Act::Apply);
    assert_eq!(page.1, Outcome::Unchanged, "what is taken out of the text stays in the cluster");
    let nodes = page.0.documents.nodes.text.to_string();
    let without = |text: &str| {
        let others = text
            .split("---\n")
            .filter(|one| !one.contains("name: worker-1\n") && !one.contains("nodeName: worker-1\n"));
        others.collect::<Vec<_>>().join("---\n")
    };
    page.nodes(|text| without(&text));
    assert_eq!(page.pods().len(), 4);
    page.nodes(|_| nodes.clone());
    assert_eq!(page.served(OLD), NODES, "the new node of the old name has a pod of the template");
    assert_ne!(page.pod_on("worker-1").metadata.uid, pod.metadata.uid);
}

/// Statement 3: "You can delete a DaemonSet. If you specify --cascade=orphan with kubectl, then the Pods will be
/// left on the nodes."
///
/// So it is. Without it they go, too.
#[test]
fn a_deleted_set_takes_its_pods_with_it_unless_they_are_orphaned() {
    let mut page = Page::opened(|text| text);
    let before = page.uids();
    page.did(delete(set_key(SET), Propagation::Orphan));
    assert!(page.world().daemon_set(NAMESPACE, SET).is_none());
    assert_eq!(page.uids(), before);
    assert_eq!(page.served(OLD), NODES, "they run on");
    assert!(page.pods().iter().all(|pod| pod.metadata.owner_references.is_empty()), "and are nobody's");
    page.did(delete(key_of(&page.pod_on("worker-1")), Propagation::Background));
    assert_eq!(page.pods().len(), 4, "nobody replaces one that goes");

    let mut page = Page::opened(|text| text);
    page.did(delete(set_key(SET), Propagation::Background));
    assert_eq!(page.pods().len(), 0);
    assert_eq!(page.world().of_kind(&Kind::ControllerRevision).count(), 0);
}

/// Statement 4: "If you subsequently create a new DaemonSet with the same selector, the new DaemonSet adopts to
/// existing Pods. If any Pods need replacing the DaemonSet replaces them according to its updateStrategy."
///
/// It adopts them, and the revisions as well, so that with the same template no pod needs replacing, whatever the
/// new set is called. Besides the selector the namespace must be the same, and the pods nobody else's.
///
/// Wrong about those of another template, where the old set was never updated: a pod also passes for up to date
/// when its label `pod-template-generation` is the new set's template generation (`IsPodUpdated`), and a new set
/// begins at 1 as the old one did. Only pods of later generations are replaced.
#[test]
fn a_new_set_with_the_selector_adopts_the_pods_and_replaces_those_of_another_template_and_generation() {
    for (name, strategy, image, was_updated) in [
        (SET, "", OLD, false),
        ("another", "", OLD, false),
        (SET, "", NEW, false),
        ("another", SURGE, NEW, false),
        (SET, "", NEW, true),
        ("another", SURGE, NEW, true),
        (SET, ON_DELETE, NEW, true),
    ] {
        let told = format!("{name} {strategy} {image} {was_updated}");
        let mut page = Page::opened(|text| text);
        let before = if was_updated { MIDDLE } else { OLD };
        if was_updated {
            page.apply(|text| text.replace(OLD, MIDDLE));
        }
        let uids = page.uids();
        page.did(delete(set_key(SET), Propagation::Orphan));
        let no = page.now();
        page.apply(|text| with_spec(strategy)(text.replace(SET, name).replace(before, image)));
        let set = page.world().daemon_set(NAMESPACE, name).expect("the new DaemonSet");
        let owned = |pod: &Pod| pod.metadata.controller().is_some_and(|owner| owner.uid == set.metadata.uid);
        assert!(page.pods().iter().all(|pod| owned(pod)), "{told}");
        let replaces = was_updated && strategy != ON_DELETE;
        assert_eq!(page.uids() != uids, replaces, "{told}");
        assert_eq!(page.served(if replaces { NEW } else { before }), NODES, "{told}");
        let updated = if strategy == ON_DELETE { 0 } else { 5 };
        assert_eq!(set.status.updated_number_scheduled, updated, "{told}");

        let (mut most, mut least) = (0, 5);
        page.since(no + 1, |_, pods| {
            most = most.max(pods.iter().filter(|pod| !pod.metadata.is_terminating()).count());
            least = least.min(pods.iter().filter(|pod| serves(pod)).count());
        });
        let expected = match strategy {
            SURGE if replaces => (6, 5),
            _ if replaces => (5, 4),
            _ => (5, 5),
        };
        assert_eq!((most, least), expected, "{told}: the most pods at a time, and the fewest that serve");
    }
}

/// Statement 5: "`OnDelete`: with `OnDelete` update strategy, after you update a DaemonSet template, new DaemonSet
/// pods will only be created when you manually delete old DaemonSet Pods. This is the same behaviour of DaemonSet
/// in kubernetes version 1.5 or before."
///
/// Loose: an old pod that fails is replaced as well, and a node that joins gets a pod of the new template at once.
/// (1.5 is not ours to test.)
#[test]
fn on_delete_replaces_an_old_pod_only_when_it_is_deleted_or_fails() {
    let mut page = Page::opened(with_spec(ON_DELETE));
    let (before, no) = (page.uids(), page.now());
    page.apply(new_image);
    assert_eq!(page.uids(), before);
    assert_eq!(page.events(no), Vec::<String>::new());
    assert_eq!(page.history(), [(2, NEW.to_owned()), (1, OLD.to_owned())], "there is a revision, though");
    assert_eq!(page.set().status.updated_number_scheduled, 0);

    page.did(delete(key_of(&page.pod_on("worker-2")), Propagation::Background));
    assert_eq!(page.served(NEW), ["worker-2"]);
    page.did(Request::fail_pod(&key_of(&page.pod_on("worker-3"))));
    assert_eq!(page.served(NEW), ["worker-2", "worker-3"]);
    page.act(Act::AddNode);
    page.run();
    assert_eq!(page.served(NEW), ["node-1", "worker-2", "worker-3"]);
    assert_eq!(page.served(OLD), ["cp-1", "worker-1", "worker-4"]);
    assert_eq!(page.set().status.updated_number_scheduled, 3);
}

/// Statement 6: "`RollingUpdate`: This is the default update strategy. with `RollingUpdate` update strategy, after
/// you update a DaemonSet template, old DaemonSet Pods will be killed, and new DaemonSet Pods will be created
/// automatically, in a controlled fashion."
///
/// So it is. The control: the next pod is deleted when the one before has a successor that is available, for
/// maxUnavailable is 1 by default. Which pod is next is left to chance, and here goes by name. An old pod that is
/// not available is outside of this control: it is deleted at once.
#[test]
fn the_default_strategy_kills_old_pods_and_creates_new_ones_one_after_the_other() {
    let mut page = Page::opened(|text| text);
    assert_eq!(page.set().spec.update_strategy.type_, "RollingUpdate");
    let names: Vec<_> = NODES.iter().map(|node| page.pod_on(node).metadata.name.clone()).collect();
    let no = page.now();
    page.apply(new_image);
    assert_eq!(page.served(NEW), NODES);
    let status = &page.set().status;
    assert_eq!(
        [status.updated_number_scheduled, status.number_available, status.number_unavailable],
        [5, 5, 0]
    );

    let mut expected = Vec::new();
    for (node, old) in NODES.iter().zip(&names) {
        expected.push(format!("SuccessfulDelete Deleted pod: {old}"));
        expected.push(format!("SuccessfulCreate Created pod: {}", page.pod_on(node).metadata.name));
    }
    assert_eq!(page.events(no), expected, "delete, create, delete, create");
    let mut served = Vec::new();
    page.since(no, |_, pods| {
        let ready = pods.iter().filter(|pod| serves(pod)).count();
        if served.last() != Some(&ready) {
            served.push(ready);
        }
    });
    assert_eq!(served, [5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5]);

    let mut page = Page::opened(|text| text);
    page.did(Request::power("worker-3", false));
    let unavailable = page.pod_on("worker-3").metadata.name.clone();
    page.apply(new_image);
    assert!(page.world().pod(NAMESPACE, &unavailable).is_some_and(|pod| pod.metadata.is_terminating()));
    assert_eq!(page.served(NEW), Vec::<String>::new(), "and uses up the budget, so that no other pod goes");
    page.did(Request::power("worker-3", true));
    assert_eq!(page.served(NEW), NODES);
}

/// Statement 7: "At most one pods of the DaemonSet will be running on each node during the whole update process."
///
/// So it is by default, and even a pod that is being deleted is waited for. With `maxSurge`, which is younger than
/// the sentence (stable since 1.25), it is wrong: the new pod runs beside the old one until it is available.
#[test]
fn at_most_one_pod_runs_on_a_node_during_an_update_but_two_with_max_surge() {
    for (strategy, most, least) in [("", 1, 0), (SURGE, 2, 1)] {
        let mut page = Page::opened(with_spec(strategy));
        let no = page.now();
        page.apply(new_image);
        assert_eq!(page.served(NEW), NODES);
        for node in NODES {
            let (mut running, mut serving) = (Vec::new(), Vec::new());
            page.since(no, |_, pods| {
                let here = pods.iter().filter(|pod| pod.target_node() == Some(node));
                // What is being deleted runs until it is gone.
                let counts = |pod: &&Rc<Pod>| {
                    most == 1 || pod.status.phase == "Running" && !pod.metadata.is_terminating()
                };
                running.push(here.clone().filter(counts).count());
                serving.push(here.filter(|pod| serves(pod)).count());
            });
            assert_eq!(running.iter().max(), Some(&most), "{node}, {strategy}");
            assert_eq!(serving.iter().min(), Some(&least), "{node}, {strategy}");
        }
    }
}

/// The other side of statement 7: where two pods cannot be on a node, a surge cannot go on. The ports of a pod on the
/// host's network are the host's, also where the template does not say `hostPort`.
#[test]
fn a_surge_of_pods_on_the_hosts_network_sticks_at_the_first_node() {
    let network = "    spec:\n      hostNetwork: true\n";
    let ports = "      containers:\n        - ports: [{containerPort: 24224}]\n          name: fluentd-elasticsearch\n";
    let container = "      containers:\n        - name: fluentd-elasticsearch\n";
    let mut page = Page::opened(|text| {
        with_spec(SURGE)(text.replacen("    spec:\n", network, 1).replace(container, ports))
    });
    page.apply(new_image);
    assert_eq!(page.served(OLD), NODES, "the old pods serve on");
    let waiting: Vec<_> = page.pods().into_iter().filter(|pod| image_of(pod).ends_with(NEW)).collect();
    let [waiting] = &waiting[..] else { panic!("maxSurge is 1: {}", waiting.len()) };
    let why =
        waiting.condition("PodScheduled").map(|condition| condition.message.to_string()).unwrap_or_default();
    assert!(why.contains("didn't have free ports"), "{why}");
}

/// "TO enable the rolling update feature of a DaemonSet, you must set its `.spec.updateStrategy.type` to
/// `RollingUpdate`. You may want to set […] `maxUnavailable` (default to 1), `.spec.minReadySeconds` (default to 0)
/// and […] `maxSurge` (default to 0) as well."
///
/// Loose: the type need not be set, it is the default; it must be set where it was `OnDelete`, and then what waited
/// since goes on at once.
#[test]
fn the_strategy_and_its_bounds_have_defaults_and_a_switch_to_it_updates_what_waited() {
    let page = Page::opened(|text| text);
    let spec = &page.set().spec;
    let rolling = spec.update_strategy.rolling_update.as_ref().expect("it is filled in");
    assert_eq!(spec.update_strategy.type_, "RollingUpdate");
    assert_eq!(rolling.max_unavailable, Some(IntOrString::Int(1)));
    assert_eq!(rolling.max_surge, Some(IntOrString::Int(0)));
    assert_eq!(spec.min_ready_seconds, 0);

    let mut page = Page::opened(with_spec(ON_DELETE));
    page.apply(new_image);
    assert_eq!(page.served(OLD), NODES);
    page.apply(|text| text.replace("{type: OnDelete}", "{type: RollingUpdate}"));
    assert_eq!(page.served(NEW), NODES);
}

/// "kubectl rollout history […] REVISION 1, 2" and "kubectl rollout undo ds fluentd-elasticsearch --to-revision=1
/// […] rolled back".
///
/// Not said there: revision 1 becomes revision 3, its pods carry the old hash again, and only the template comes
/// back.
#[test]
fn a_rollback_brings_the_template_back_under_the_next_number() {
    let mut page = Page::opened(|text| text);
    let hash = |page: &Page| page.pod_on("worker-1").metadata.labels.get(HASH_LABEL).cloned();
    let first = hash(&page);
    page.apply(|text| with_spec("  minReadySeconds: 2")(new_image(text)));
    assert_eq!(page.history(), [(2, NEW.to_owned()), (1, OLD.to_owned())]);
    assert_ne!(hash(&page), first);
    page.did(Request::roll_back(&set_key(SET), 1));
    assert_eq!(page.served(OLD), NODES);
    assert_eq!(page.history(), [(3, OLD.to_owned()), (2, NEW.to_owned())]);
    assert_eq!(hash(&page), first);
    assert_eq!(page.set().spec.min_ready_seconds, 2, "what is not of the template stays as it is");

    page.act(Act::Do { title: "Undo".into(), request: Request::roll_back(&set_key(SET), 1) });
    let Outcome::Done(Done { refused, .. }) = &page.1 else { panic!("{:?}", page.1) };
    let [refused] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused.contains("unable to find specified revision 1 in history"), "{refused}");
}
