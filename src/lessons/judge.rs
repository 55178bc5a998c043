//! Whether a rule holds, and what contradicts it.

use super::rule::{Amount, Condition, LineRule, Rule, StepDeed, StepVerb, Such};
use crate::api::{DaemonSet, Kind, Object, ObjectKey};
use crate::cluster::{Change, World};
use crate::explain::{COUNTERS, Piece, status, told};
use crate::kubectl::kinds;
use crate::session::Session;
use crate::sim::{Step, StepNo, Timeline};
use serde_json::Value;

/// Whether a rule holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Whether it does.
    pub holds: bool,
    /// If not, whether something contradicts it; else it is only not so yet.
    pub against: bool,
    /// If not, what is so instead.
    pub words: Vec<Piece>,
    /// Where that is seen.
    pub link: Option<Evidence>,
}

/// A place at which something is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Why? of an object.
    Object(ObjectKey),
    /// A step.
    Step(StepNo),
}

/// At most so many objects are named.
const NAMED: usize = 3;

/// Judges a rule as of the shown step. The lesson began after `begun` steps.
pub fn judge(rule: &Rule, session: &Session, begun: StepNo) -> Judged {
    let timeline = &session.timeline;
    match rule {
        Rule::Count(amount, such) => counted(*amount, such, timeline.world()),
        Rule::Always(amount, such) => always(*amount, such, timeline, begun),
        Rule::Once(deed, before) => {
            let from = match before {
                Some(before) => done(before, timeline, begun),
                None => Some(begun),
            };
            let holds = from.and_then(|from| done(deed, timeline, from)).is_some();
            Judged { holds, ..Judged::default() }
        }
        Rule::Never(deed) => match done(deed, timeline, begun) {
            Some(no) => contradicted(timeline, no),
            None => Judged { holds: true, ..Judged::default() },
        },
        Rule::Typed(typed) => Judged { holds: was_typed(typed, session, begun), ..Judged::default() },
        Rule::AtRest => Judged { holds: !timeline.can_advance(), ..Judged::default() },
    }
}

/// Whether a command was run since the lesson began, by the shown step.
fn was_typed(LineRule { words, failed, saying }: &LineRule, session: &Session, begun: StepNo) -> bool {
    let shown = session.timeline.shown();
    session.transcript().into_iter().any(|said| {
        let is_since = said.step > begun || (!said.acted && said.step == begun);
        is_since
            && said.step <= shown
            && (said.code != 0 || !failed)
            && has_words(&said.line, words)
            && if *failed { &said.err } else { &said.out }.contains(saying.as_str())
    })
}

/// Whether a line has these words in this order, and begins with the first; of `get|describe` either will do. Flags do not
/// count, nor what stands behind `--`, and `ds/logs` is `daemonset logs`.
fn has_words(line: &str, words: &str) -> bool {
    let said = line.split_whitespace().take_while(|word| *word != "--").filter(|word| !word.starts_with('-'));
    let mut said = said.flat_map(|word| word.split(['/', ','])).map(canonical).peekable();
    let is = |said: &str, wanted: &str| wanted.split('|').any(|wanted| canonical(wanted) == said);
    let mut words = words.split(' ');
    words.next().is_some_and(|first| said.peek().is_some_and(|said| is(said, first)))
        && words.all(|wanted| said.any(|said| is(said, wanted)))
}

/// The name of a kind that has several, or else the word itself.
fn canonical(word: &str) -> &str {
    kinds::named(word).map_or(word, |kind| kind.plural)
}

/// The first step after `from`, up to the shown one, that did this.
fn done(deed: &StepDeed, timeline: &Timeline, from: StepNo) -> Option<StepNo> {
    let steps = (from + 1..=timeline.shown()).filter_map(|no| timeline.step(no));
    let mut own = steps.filter(|step| deed.actor.is_none_or(|actor| actor == step.actor));
    own.find(|step| does(step, deed.verb, &deed.such)).map(|step| step.no)
}

fn contradicted(timeline: &Timeline, no: StepNo) -> Judged {
    let mut words = vec![Piece::Text(format!("Step {no}: "))];
    words.extend(told(timeline, no).map(|told| told.what).unwrap_or_default());
    Judged { holds: false, against: true, words, link: Some(Evidence::Step(no)) }
}

/// All objects of a kind.
fn of_kind(world: &World, kind: &Kind) -> Vec<Object> {
    match kind {
        Kind::Pod => world.pods().cloned().map(Object::Pod).collect(),
        Kind::Node => world.nodes().cloned().map(Object::Node).collect(),
        kind => world.of_kind(kind).cloned().collect(),
    }
}

fn counted(amount: Amount, such: &Such, world: &World) -> Judged {
    let all = of_kind(world, &such.kind);
    let (found, others): (Vec<&Object>, Vec<&Object>) = all.iter().partition(|object| fits(object, such));
    if (amount.least..=amount.most).contains(&found.len()) {
        return Judged { holds: true, ..Judged::default() };
    }
    if found.len() > amount.most {
        let link = found.first().map(|object| Evidence::Object(object.key()));
        return Judged { holds: false, against: true, words: named(&found, such), link };
    }
    // Those that would do but for one condition, unless it is that they are another one.
    let near: Vec<&Object> = others.into_iter().filter(|object| lacks(object, such)).collect();
    let mut words = Vec::new();
    if amount.least > 1 {
        let colon = if near.is_empty() { "" } else { ": " };
        words.push(Piece::Text(format!("{} of {}{colon}", found.len(), amount.least)));
    }
    words.extend(named(&near, such));
    let object = near.first().map(|object| object.key());
    let link = object.or_else(|| node_without(such, &found)).map(Evidence::Object);
    Judged { words, link, ..Judged::default() }
}

/// A node that is to have such a pod and has none.
fn node_without(such: &Such, found: &[&Object]) -> Option<ObjectKey> {
    let nodes = such.conditions.iter().find_map(|(holds, condition)| match condition {
        Condition::On(nodes) if *holds => Some(nodes),
        _ => None,
    })?;
    let has =
        |node: &str| found.iter().any(|object| object.as_pod().and_then(|pod| pod.node()) == Some(node));
    nodes.iter().find(|node| !has(node)).map(|node| ObjectKey::node(node))
}

/// Objects with where they are and how they are, as far as that is what is asked.
fn named(objects: &[&Object], such: &Such) -> Vec<Piece> {
    let mut words = Vec::new();
    for (index, object) in objects.iter().take(NAMED).enumerate() {
        if index > 0 {
            words.push(Piece::Text(", ".into()));
        }
        words.push(Piece::Code(object.metadata().name.to_string()));
        if let Some(pod) = object.as_pod() {
            words.extend(pod.node().map(|node| Piece::Text(format!(" on {node}"))));
            words.extend(other_field(object, such).unwrap_or_else(|| {
                let state = status(pod);
                let unready = if pod.is_ready() || state != "Running" { "" } else { ", not ready" };
                vec![Piece::Text(format!(" is {state}{unready}"))]
            }));
        }
    }
    if let [object @ Object::DaemonSet(set)] = objects {
        let is = &set.status;
        let told = match failed(object, such).next() {
            Some((true, Condition::Field(path, Some(wanted)))) => counter(&object.to_json(), path)
                .map(|(heading, number)| format!(" has {heading} {number}, not {wanted}")),
            Some((_, Condition::Field(..))) => None,
            _ => Some(format!(
                " has DESIRED {}, UP-TO-DATE {}, AVAILABLE {}",
                is.desired_number_scheduled, is.updated_number_scheduled, is.number_available
            )),
        };
        words.extend(told.map(Piece::Text));
    }
    if objects.len() > NAMED {
        words.push(Piece::Text(format!(" and {} more", objects.len() - NAMED)));
    }
    words
}

/// What a field has that is to be another one, if it is the first condition that does not hold.
fn other_field(object: &Object, such: &Such) -> Option<Vec<Piece>> {
    let Some((true, Condition::Field(path, Some(_)))) = failed(object, such).next() else { return None };
    let name = path.last()?;
    Some(match value(&object.to_json(), path) {
        Some(value) => vec![Piece::Text(format!(" has {name} ")), Piece::Code(value)],
        None => vec![Piece::Text(format!(" has no {name}"))],
    })
}

/// What stands in a field; of a list in the first entry that has it.
fn value(json: &Value, path: &[String]) -> Option<String> {
    match (json, path.split_first()) {
        (Value::Array(entries), _) => entries.iter().find_map(|entry| value(entry, path)),
        (_, Some((name, rest))) => value(json.get(name)?, rest),
        (Value::String(text), None) => Some(text.clone()),
        (json, None) => Some(json.to_string()),
    }
}

/// A counter of a DaemonSet that a path names: its heading in `kubectl get ds`, and where it stands.
fn counter(json: &Value, path: &[String]) -> Option<(&'static str, i64)> {
    let [status, name] = path else { return None };
    let counter = COUNTERS.iter().find(|counter| counter.field == name).filter(|_| status == "status")?;
    Some((counter.heading, json[status.as_str()][counter.field].as_i64().unwrap_or(0)))
}

fn always(amount: Amount, such: &Such, timeline: &Timeline, begun: StepNo) -> Judged {
    let mut then = timeline.clone();
    then.seek(begun);
    let shown = timeline.shown();
    loop {
        let no = then.shown();
        let touches = |step: &Step| step.changes.iter().any(|change| change.is_of(&such.kind));
        let is_other = no == begun || then.step(no).is_some_and(|step| touches(step));
        if is_other && !counted(amount, such, then.world()).holds {
            return match no == begun {
                true => counted(amount, such, then.world()),
                false => contradicted(timeline, no),
            };
        }
        if no >= shown {
            return Judged { holds: true, ..Judged::default() };
        }
        then.seek(no + 1);
    }
}

fn does(step: &Step, verb: StepVerb, such: &Such) -> bool {
    step.changes.iter().any(|change| {
        let Change { before, after, .. } = change;
        let is_ending =
            |object: &Option<Object>| object.as_ref().is_none_or(|object| object.metadata().is_terminating());
        let node = |object: &Option<Object>| {
            object.as_ref().and_then(Object::as_pod).is_some_and(|pod| pod.node().is_some())
        };
        let is_it = match verb {
            StepVerb::Creates => before.is_none() && after.is_some(),
            StepVerb::Changes => before.is_some() && after.is_some(),
            StepVerb::Deletes => !is_ending(before) && is_ending(after),
            StepVerb::Binds => before.is_some() && !node(before) && node(after),
        };
        let object = if verb == StepVerb::Deletes { before } else { after };
        is_it && change.is_of(&such.kind) && object.as_ref().is_some_and(|object| fits(object, such))
    })
}

fn fits(object: &Object, such: &Such) -> bool {
    failed(object, such).next().is_none()
}

/// The conditions that do not hold of an object.
fn failed<'a>(object: &'a Object, such: &'a Such) -> impl Iterator<Item = &'a (bool, Condition)> {
    such.conditions.iter().filter(|(holds, condition)| meets(object, condition) != *holds)
}

/// Whether an object meets all conditions but one that can change: its state, or a field.
fn lacks(object: &Object, such: &Such) -> bool {
    let mut failed = failed(object, such);
    let can_change = |(_, condition): &(bool, Condition)| {
        matches!(condition, Condition::Ready | Condition::Is(_) | Condition::Field(..))
    };
    failed.next().is_some_and(can_change) && failed.next().is_none()
}

fn meets(object: &Object, condition: &Condition) -> bool {
    let metadata = object.metadata();
    match condition {
        Condition::Named(name) => metadata.name == *name,
        Condition::In(namespace) => metadata.namespace == *namespace,
        Condition::Labelled(key, value) => {
            let label = metadata.labels.get(key);
            label.is_some_and(|label| value.as_ref().is_none_or(|value| label == value))
        }
        Condition::Of(name) => metadata.controller().is_some_and(|owner| owner.name == *name),
        Condition::On(nodes) => object
            .as_pod()
            .and_then(|pod| pod.node())
            .is_some_and(|node| nodes.iter().any(|name| name == node)),
        Condition::Ready => match object {
            Object::Pod(pod) => pod.is_ready() && !metadata.is_terminating(),
            Object::Node(node) => node.ready() == Some("True"),
            Object::DaemonSet(set) => is_rolled_out(set),
            _ => false,
        },
        Condition::Is(word) => object.as_pod().is_some_and(|pod| status(pod) == *word),
        Condition::Field(path, value) => has(&object.to_json(), path, value.as_deref()),
    }
}

/// Whether a field is there with this value; of a list any entry counts.
fn has(json: &Value, path: &[String], value: Option<&str>) -> bool {
    match (json, path.split_first()) {
        (Value::Array(entries), _) => entries.iter().any(|entry| has(entry, path, value)),
        (_, Some((name, rest))) => json.get(name).is_some_and(|field| has(field, rest, value)),
        (Value::String(text), None) => value.is_none_or(|value| value == text),
        (json, None) => {
            value.is_none_or(|value| serde_json::from_str::<Value>(value).is_ok_and(|value| value == *json))
        }
    }
}

/// Whether all pods of the DaemonSet are of its template and available, as `kubectl rollout status` looks at it.
fn is_rolled_out(set: &DaemonSet) -> bool {
    let (is, wanted) = (&set.status, set.status.desired_number_scheduled);
    is.observed_generation >= set.metadata.generation
        && is.updated_number_scheduled >= wanted
        && is.number_available >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::plain;
    use crate::session::{Act, Past};

    const NODES: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: b}\nspec: {taints: [{key: gpu, effect: NoSchedule}]}\n";
    const SET: &str = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: logs}\nspec:\n  selector: {matchLabels: {app: logs}}\n  template:\n    metadata: {labels: {app: logs}}\n    spec: {containers: [{name: logs, image: x}]}\n";

    /// Applied and at rest, after one command; it began with the second step.
    fn session() -> Session {
        let acts = [Act::Apply, Act::Run(500), Act::Enter("kubectl cordon a".into()), Act::Run(500)];
        acts.iter().fold(Session::new("", SET, NODES), |session, act| session.act(act, Past::Ask).0)
    }

    fn verdict(rule: &str, session: &Session) -> Judged {
        judge(&Rule::read(rule).expect(rule), session, 1)
    }

    #[test]
    fn what_holds_and_what_does_not() {
        let session = session();
        for (rule, holds) in [
            ("1 pods of logs on a ready", true),
            ("1 pods of other", false),
            ("1 pods named logs", false),
            ("1 pods is Running in default labelled app=logs labelled app not on b,c", true),
            ("no pods on b", true),
            ("2 nodes ready", true),
            ("1 nodes spec.taints.key=gpu", true),
            ("1 nodes not has spec.taints", false),
            ("1 nodes spec.unschedulable=true", true),
            ("some ds ready", true),
            ("1 ds status.desiredNumberScheduled=1", true),
            ("1- pods", true),
            ("2+ pods", false),
            ("once daemonset-controller creates pods", true),
            ("once scheduler binds pods of logs", true),
            ("once you changes nodes named a", true),
            ("never anyone deletes pods", true),
            ("never you changes nodes named b", true),
            ("once you creates ds", false),
            ("once you changes nodes after scheduler binds pods", true),
            ("once scheduler binds pods after you changes nodes", false),
            ("refused kubectl cordon", false),
            ("always 1- pods", true),
            ("always 1 pods", false),
            ("always no pods on b", true),
            ("typed kubectl cordon", true),
            ("typed kubectl cord", false),
            ("typed kubectl cordon a saying node/a cordoned", true),
            ("typed kubectl cordon a saying uncordoned", false),
            ("typed kubectl drain|cordon a", true),
            ("at rest", true),
        ] {
            assert_eq!(verdict(rule, &session).holds, holds, "{rule}");
        }
        let (before, _) = session.act(&Act::Seek(1), Past::Ask);
        assert!(!verdict("1 pods of logs on a ready", &before).holds && !verdict("at rest", &before).holds);
        assert!(!verdict("typed kubectl cordon", &before).holds, "it comes later");
    }

    #[test]
    fn a_command_is_the_same_however_it_is_written() {
        for (words, lines) in [
            (
                "kubectl get ds",
                &[
                    "get ds",
                    "get daemonsets.apps -A",
                    "get daemonset logs",
                    "get pods,ds",
                    "get -o wide ds",
                    "get ds/logs",
                ][..],
            ),
            (
                "kubectl rollout status ds logs",
                &[
                    "rollout status ds/logs",
                    "rollout status daemonset logs",
                    "-n default rollout status ds/logs",
                ],
            ),
            ("kubectl exec client", &["exec -it client -- sh", "exec pod/client -- curl -s http://agent"]),
        ] {
            for line in lines {
                assert!(has_words(&format!("kubectl {line}"), words), "{line}: {words}");
            }
        }
        for (words, line) in [
            ("kubectl get ds", "kubectl get pods"),
            ("kubectl get ds", "kubectl describe ds"),
            ("kubectl get ds", "echo kubectl get ds"),
            ("kubectl get ds", "kubectl ds get"),
            ("kubectl drain edge-1", "kubectl drain edge-2"),
            ("kubectl exec client", "kubectl exec web -- curl http://client"),
        ] {
            assert!(!has_words(line, words), "{line}: {words}");
        }
    }

    #[test]
    fn what_contradicts_a_rule_is_named_and_can_be_gone_to() {
        let session = session();
        let pod = session.timeline.world().pods().next().expect("a pod").clone();
        let key = ObjectKey::pod("default", &pod.metadata.name);
        let told = |rule: &str| {
            let Judged { words, link, .. } = verdict(rule, &session);
            (plain(&words), link)
        };
        let name = &pod.metadata.name;
        assert_eq!(
            told("no pods on a"),
            (format!("{name} on a is Running"), Some(Evidence::Object(key.clone())))
        );
        assert_eq!(
            told("2 pods on a,b ready"),
            ("1 of 2".into(), Some(Evidence::Object(ObjectKey::node("b"))))
        );
        assert_eq!(
            told("1 pods of logs is Pending"),
            (format!("{name} on a is Running"), Some(Evidence::Object(key)))
        );
        let set = Some(Evidence::Object(ObjectKey::new(Kind::DaemonSet, "default", "logs")));
        assert_eq!(
            told("1 ds ready status.desiredNumberScheduled=2"),
            ("logs has DESIRED 1, not 2".into(), set.clone())
        );
        assert_eq!(told("1 ds spec.template.spec.tolerations.effect=NoExecute"), ("logs".into(), set));
        let (words, link) = told("never you changes nodes");
        assert!(words.contains(": you cordoned a"), "{words}");
        assert!(matches!(link, Some(Evidence::Step(no)) if no > 1));
        assert_eq!(told("once you creates pods"), (String::new(), None));
        assert_eq!(told("1 pods of logs spec.containers.image=y").0, format!("{name} on a has image x"));
        assert_eq!(
            told("1 pods of logs spec.schedulerName=y").0,
            format!("{name} on a has schedulerName default-scheduler")
        );
    }
}
