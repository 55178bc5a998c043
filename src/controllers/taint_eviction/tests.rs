use super::*;
use crate::api::{Container, ObjectMeta, Toleration};

/// A world with one node and one pod on it, and the controller.
struct Story {
    world: World,
    state: State,
    now: Time,
}

impl Story {
    fn new(tolerations: Vec<Toleration>) -> Self {
        let mut story =
            Story { world: World::new(0, Time::EPOCH), state: State::default(), now: Time::EPOCH };
        story.write(Write::Create(node(&[]).into()));
        let metadata = ObjectMeta { name: "p".into(), namespace: "default".into(), ..Default::default() };
        let mut pod = Pod { metadata, ..Default::default() };
        let spec = Rc::make_mut(&mut pod.spec);
        (spec.node_name, spec.tolerations) = ("n".into(), Rc::new(tolerations));
        let container = Container { name: "c".into(), image: "c:1".into(), ..Default::default() };
        spec.containers = Rc::new(vec![container]);
        story.write(Write::Create(pod.into()));
        story
    }

    fn write(&mut self, write: Write) -> Option<Change> {
        self.world.write(write, self.now).expect("the write is accepted")
    }

    /// Taints the node at a second; says whether the controller wakes.
    fn taint(&mut self, second: i64, taints: &[&str]) -> bool {
        self.now = Time::EPOCH + Millis::seconds(second);
        let change = self.write(Write::Update(node(taints).into()));
        let mut wakes = Wakes::default();
        for change in change.iter() {
            TaintEviction::observe(&self.world, change, self.now, &mut self.state, &mut wakes);
        }
        wakes.drain().next().is_some()
    }

    /// One look: the decision, and the events that it tells.
    fn look(&mut self) -> (Decision, Vec<String>) {
        let cx = Cx { world: &self.world, now: self.now, seed: 0, by_chance: false, step: 0 };
        let key = WorkKey::Object(ObjectKey::pod("default", "p"));
        let outcome = TaintEviction::reconcile(&cx, &mut self.state, &key);
        let mut events = Vec::new();
        for write in outcome.writes {
            match write {
                Write::Event { message, .. } => events.push(message),
                write => drop(self.write(write)),
            }
        }
        (outcome.trace.decision, events)
    }
}

fn node(taints: &[&str]) -> Node {
    let mut node = Node::default();
    node.metadata.name = "n".into();
    node.spec.taints = taints.iter().map(|key| Taint::new(key, "", NO_EXECUTE)).collect();
    node
}

fn bears(key: &str, seconds: i64) -> Toleration {
    Toleration { toleration_seconds: Some(seconds), ..Toleration::exists(key, NO_EXECUTE) }
}

const MARKING: &str = "Marking for deletion Pod default/p";
const CANCELLING: &str = "Cancelling deletion of Pod default/p";

#[test]
fn an_untolerated_taint_evicts_at_once_and_says_why() {
    let mut story = Story::new(Vec::new());
    assert!(story.taint(1, &["a"]));
    assert_eq!(story.look(), (Decision::EvictsNow(Stay::NotAtAll), vec![MARKING.to_owned()]));
    let pod = story.world.pod("default", "p").expect("it has its grace period");
    assert!(pod.metadata.is_terminating());
    assert_eq!(pod.condition("DisruptionTarget").map(|c| c.reason.as_str()), Some("DeletionByTaintManager"));
    assert_eq!(story.look(), (Decision::OnItsWay, Vec::new()), "it is told once");
}

#[test]
fn a_limited_toleration_gives_time_which_the_taints_end_can_cancel() {
    let mut story = Story::new(vec![bears("a", 10)]);
    story.taint(0, &["a"]);
    let end = Time::EPOCH + Millis::seconds(10);
    assert_eq!(story.look(), (Decision::Schedules(end), Vec::new()));
    assert_eq!(story.state.deletion_of("default", "p"), Some(end));
    story.taint(4, &[]);
    assert_eq!(story.look(), (Decision::Stays(Stay::NoTaint), vec![CANCELLING.to_owned()]));
    story.taint(5, &["a"]);
    assert_eq!(story.look().0, Decision::Schedules(Time::EPOCH + Millis::seconds(15)));
    story.now = Time::EPOCH + Millis::seconds(15);
    assert_eq!(story.look(), (Decision::TimeIsUp, vec![MARKING.to_owned()]));
}

#[test]
fn a_second_untolerated_taint_replaces_a_deletion_to_come() {
    let mut story = Story::new(vec![bears("a", 10)]);
    story.taint(0, &["a"]);
    story.look();
    story.taint(3, &["a", "b"]);
    let told = vec![CANCELLING.to_owned(), MARKING.to_owned()];
    assert_eq!(story.look(), (Decision::EvictsNow(Stay::NotAtAll), told));
}

#[test]
fn taints_of_other_effects_wake_nobody() {
    let mut story = Story::new(Vec::new());
    let mut cordoned = node(&[]);
    cordoned.spec.taints.push(Taint::new("a", "", "NoSchedule"));
    let change = story.write(Write::Update(cordoned.into())).expect("it changed");
    let mut wakes = Wakes::default();
    TaintEviction::observe(&story.world, &change, story.now, &mut story.state, &mut wakes);
    assert!(wakes.drain().next().is_none());
}

#[test]
fn a_deletion_to_come_survives_the_node() {
    let mut story = Story::new(vec![bears("a", 10)]);
    story.taint(0, &["a"]);
    let end = Time::EPOCH + Millis::seconds(10);
    assert_eq!(story.look().0, Decision::Schedules(end));
    story.now = Time::EPOCH + Millis::seconds(2);
    story.write(Write::delete(ObjectKey::node("n")));
    assert_eq!(story.look(), (Decision::Keeps(end), Vec::new()));
}
