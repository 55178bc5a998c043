//! Who wrote which field of an object: each recorded state is held against the one before, from the manifest that the
//! user wrote to the object as it is now. No list of fields says it.

use super::author::Author;
use crate::api::merge::last_applied;
use crate::api::{DaemonSet, Kind, Object, ObjectKey, ObjectMeta, Pod, sort};
use crate::cluster::{Actor, Change, Write};
use crate::controllers::daemonset::eligibility::Placement;
use crate::controllers::daemonset::pod::{HASH_LABEL, PodFactory};
use crate::sim::{Step, StepNo, Timeline, Trace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Who wrote something, and in which step; none = it was there from the start, or is of the manifest.
pub(super) type By = (Author, Option<StepNo>);

/// What only the API server writes, whoever asks for a change (`rest.FillObjectMetaSystemFields`,
/// `BeforeUpdate` and the registry's counters).
const IDENTITY: [&str; 5] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp"];

/// Who wrote what of an object.
#[derive(Clone, Debug)]
pub(super) enum Blame {
    /// All of it.
    Whole(By),
    /// It and its fields.
    Fields(By, BTreeMap<String, Blame>),
    /// It and its items.
    Items(By, Vec<Blame>),
}

impl Blame {
    fn by(&self) -> By {
        match self {
            Blame::Whole(by) | Blame::Fields(by, _) | Blame::Items(by, _) => *by,
        }
    }

    fn field(&self, name: &str) -> Blame {
        match self {
            Blame::Fields(_, fields) => fields.get(name).cloned().unwrap_or_else(|| Blame::Whole(self.by())),
            whole => Blame::Whole(whole.by()),
        }
    }

    fn item(&self, index: usize) -> Blame {
        match self {
            Blame::Items(_, items) => items.get(index).cloned().unwrap_or_else(|| Blame::Whole(self.by())),
            whole => Blame::Whole(whole.by()),
        }
    }

    /// Who wrote what a path leads to.
    pub(super) fn at(&self, path: &[String]) -> By {
        if let [first, field, ..] = path
            && first == "metadata"
            && IDENTITY.contains(&field.as_str())
        {
            return (Author::ApiServer, None);
        }
        let below = |blame: Blame, part: &String| match &blame {
            Blame::Items(..) => part.parse().map_or_else(|_| blame.clone(), |index| blame.item(index)),
            _ => blame.field(part),
        };
        path.iter().fold(self.clone(), below).by()
    }

    /// After somebody made one state of the other: what stayed is still by whom it was.
    fn after(&self, before: &Value, after: &Value, by: By) -> Blame {
        match (before, after) {
            _ if before == after => self.clone(),
            (Value::Object(had), Value::Object(has)) => {
                let field = |(name, value): (&String, &Value)| {
                    let old = had.get(name).map(|old| self.field(name).after(old, value, by));
                    (name.clone(), old.unwrap_or(Blame::Whole(by)))
                };
                Blame::Fields(self.by(), sort::map(has.iter().map(field)))
            }
            (Value::Array(had), Value::Array(has)) => {
                let item = |value: &Value| {
                    let same = had.iter().position(|old| old == value);
                    let place = same.or_else(|| had.iter().position(|old| is_same_item(old, value)));
                    place.map_or(Blame::Whole(by), |place| self.item(place).after(&had[place], value, by))
                };
                Blame::Items(self.by(), has.iter().map(item).collect())
            }
            _ => Blame::Whole(by),
        }
    }
}

/// The status as JSON, if an object differs from its state before in nothing else but its version: a DaemonSet of
/// thousands of nodes has as many such states, and to write each of them out whole would take longer than all the rest.
fn status_alone(before: &Object, after: &Object) -> Option<Value> {
    let same = |before: &ObjectMeta, after: &ObjectMeta| {
        let resource_version = after.resource_version.clone();
        *after == ObjectMeta { resource_version, ..before.clone() }
    };
    let status = match (before, after) {
        (Object::DaemonSet(had), Object::DaemonSet(has))
            if had.spec == has.spec && had.rest == has.rest && same(&had.metadata, &has.metadata) =>
        {
            serde_json::to_value(&has.status)
        }
        (Object::Node(had), Object::Node(has))
            if had.spec == has.spec && had.rest == has.rest && same(&had.metadata, &has.metadata) =>
        {
            serde_json::to_value(&has.status)
        }
        _ => return None,
    };
    status.ok().filter(|status| status.as_object().is_some_and(|fields| !fields.is_empty()))
}

/// Whether two items of a list are states of one thing: its name, or the type of a condition.
fn is_same_item(before: &Value, after: &Value) -> bool {
    ["name", "type"].iter().any(|key| before.get(key).is_some_and(|name| after.get(key) == Some(name)))
}

/// A state of an object, with who wrote what of it.
struct Known {
    value: Value,
    blame: Blame,
}

impl Known {
    fn new(value: Value, author: Author) -> Self {
        Known { value, blame: Blame::Whole((author, None)) }
    }

    /// What a step made of it.
    fn changed(mut self, change: &Change, step: &Step) -> Self {
        let by = (Author::of(step.actor), Some(step.no));
        let Change { before: Some(before), after: Some(after), .. } = change else { return self };
        let Some(status) = status_alone(before, after) else { return self.then(after.to_json(), by.0, by.1) };
        let old = self.value.get("status");
        let blame = old.map_or(Blame::Whole(by), |old| self.blame.field("status").after(old, &status, by));
        if let Some(fields) = self.value.as_object_mut() {
            fields.insert("status".into(), status);
        }
        match &mut self.blame {
            Blame::Fields(_, fields) => {
                fields.insert("status".into(), blame);
            }
            whole => {
                let by = whole.by();
                let fields = self.value.as_object().into_iter().flat_map(serde_json::Map::keys);
                let mut fields: BTreeMap<String, Blame> =
                    sort::map(fields.map(|name| (name.clone(), Blame::Whole(by))));
                fields.insert("status".into(), blame);
                *whole = Blame::Fields(by, fields);
            }
        }
        self
    }

    fn then(self, value: Value, author: Author, step: Option<StepNo>) -> Self {
        Known { blame: self.blame.after(&self.value, &value, (author, step)), value }
    }
}

/// Who wrote what of an object as it was last up to the shown step; `last` is that state.
pub(super) fn of(timeline: &Timeline, key: &ObjectKey, last: &Object) -> Blame {
    let touches = |step: &Rc<Step>| -> Vec<(Rc<Step>, Change)> {
        let own = step.changes.iter().rev().filter(|change| change.is_about(key) && change.after.is_some());
        own.map(|change| (Rc::clone(step), change.clone())).collect()
    };
    let mut states = Vec::new();
    for (step, change) in timeline.past().flat_map(touches) {
        let is_first = change.before.is_none();
        states.push((step, change));
        if is_first {
            break;
        }
    }
    states.reverse();
    let json = |object: &Option<Object>| object.as_ref().map(Object::to_json).unwrap_or_default();
    let mut states = states.into_iter();
    let first = states.next();
    let mut known = match &first {
        Some((step, change)) if change.before.is_none() => {
            known_before(timeline, step, change).then(json(&change.after), Author::ApiServer, Some(step.no))
        }
        Some((step, change)) => {
            let start = from_start(json(&change.before));
            start.then(json(&change.after), Author::of(step.actor), Some(step.no))
        }
        None => from_start(last.to_json()),
    };
    for (step, change) in states {
        known = known.changed(&change, &step);
    }
    known.then(last.to_json(), Author::ApiServer, None).blame
}

/// What was there from the start: the node list says it, and its kubelet what it reports.
fn from_start(value: Value) -> Known {
    let mut said = value.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("status");
    }
    Known::new(said, Author::You).then(value, Author::Loop(Actor::Kubelet), None)
}

/// An object as it came to the API server's door, with who wrote what of that.
fn known_before(timeline: &Timeline, step: &Step, change: &Change) -> Known {
    let created = change.after.as_ref();
    if let Trace::Command(said) = &step.trace {
        let sent = said.answer.writes.iter().find_map(|write| match write {
            Write::Create(object) | Write::Restore(object) if change.is_about(&object.key()) => {
                Some(object.to_json())
            }
            _ => None,
        });
        return Known::new(sent.unwrap_or_default(), Author::You);
    }
    let by = Author::of(step.actor);
    let Some(pod) = created.and_then(Object::as_pod) else {
        return Known::new(created.map(Object::to_json).unwrap_or_default(), by);
    };
    let from_set = set_then(timeline, step.no, pod).map(|set| from_template(&set, pod, step.no));
    from_set.unwrap_or_else(|| Known::new(Object::Pod(Rc::clone(pod)).to_json(), by))
}

/// The DaemonSet of a pod as it was in a step.
fn set_then(timeline: &Timeline, no: StepNo, pod: &Pod) -> Option<Rc<DaemonSet>> {
    let owner = pod.metadata.controller()?;
    let key = ObjectKey::new(Kind::of(&owner.api_version, &owner.kind), &pod.metadata.namespace, &owner.name);
    let later = timeline.past().take_while(|step| step.no > no);
    let changes = later.flat_map(|step| step.changes.iter().rev());
    let first = changes.filter(|change| change.is_about(&key)).last();
    let state = match first {
        Some(change) => change.before.clone(),
        None => timeline.world().get(&key),
    };
    let set = state.as_ref().and_then(Object::as_daemon_set).cloned()?;
    (set.metadata.uid == owner.uid).then_some(set)
}

/// A daemon pod as the controller makes it: the user's template, with the API server's defaults, and what the
/// controller puts in.
fn from_template(set: &Rc<DaemonSet>, pod: &Pod, no: StepNo) -> Known {
    let stored = Object::DaemonSet(Rc::clone(set)).to_json();
    let applied = last_applied(&stored);
    let as_pod = |set: &Value| {
        let of = |field: &str| set.pointer(&format!("/spec/template/{field}")).cloned().unwrap_or_default();
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": of("metadata"), "spec": of("spec") })
    };
    let written = as_pod(if applied.is_null() { &stored } else { &applied });
    let hash = pod.metadata.labels.get(HASH_LABEL).map_or("", |hash| hash.as_str());
    let made = PodFactory::new(set, &Placement::new(&set.spec.template), hash);
    let made = made.make(pod.pinned_node().unwrap_or_default());
    Known::new(written, Author::You).then(as_pod(&stored), Author::ApiServer, None).then(
        Object::from(made).to_json(),
        Author::Loop(Actor::DaemonSetController),
        Some(no),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::given::{rolling, settled};

    /// Who wrote the fields of the daemon pod of a node, by path.
    fn authors(timeline: &Timeline, paths: &[&str]) -> Vec<Author> {
        let pod = timeline.world().pods().next().cloned().expect("a pod");
        let object = Object::Pod(pod);
        let blame = of(timeline, &object.key(), &object);
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        paths.iter().map(|text| blame.at(&path(text)).0).collect()
    }

    #[test]
    fn each_field_of_a_daemon_pod_is_by_whom_the_steps_say() {
        let timeline = settled(1, &rolling(json!(1), json!(0)));
        let controller = Author::Loop(Actor::DaemonSetController);
        for (path, author) in [
            ("spec/containers/0/image", Author::You),
            ("spec/containers/0/terminationMessagePath", Author::ApiServer),
            ("spec/affinity/nodeAffinity", controller),
            ("spec/tolerations/0/key", controller),
            ("metadata/ownerReferences", controller),
            ("metadata/name", Author::ApiServer),
            ("metadata/uid", Author::ApiServer),
            ("spec/priority", Author::ApiServer),
            ("spec/nodeName", Author::Loop(Actor::Scheduler)),
            ("status/phase", Author::Loop(Actor::Kubelet)),
            ("status/qosClass", Author::ApiServer),
        ] {
            assert_eq!(authors(&timeline, &[path]), [author], "{path}");
        }
    }

    /// States in which only the status changed are not written out whole, and make no difference.
    #[test]
    fn each_status_of_a_set_is_by_the_step_that_changed_it() {
        let timeline = settled(3, &rolling(json!(1), json!(0)));
        let set = timeline.world().daemon_set("default", "agent").cloned().expect("the set");
        let object = Object::DaemonSet(set);
        let blame = of(&timeline, &object.key(), &object);
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        let last_change = |field: &str| {
            let status = |object: &Option<Object>| {
                object
                    .as_ref()
                    .map(Object::to_json)
                    .unwrap_or_default()
                    .pointer(&format!("/status/{field}"))
                    .cloned()
            };
            let changes = |step: &&Rc<Step>| {
                let mut own = step.changes.iter().filter(|change| change.is_about(&object.key()));
                own.any(|change| status(&change.before) != status(&change.after))
            };
            timeline.past().find(changes).map(|step| step.no)
        };
        for field in ["numberReady", "desiredNumberScheduled", "observedGeneration", "currentNumberScheduled"]
        {
            let by = (Author::Loop(Actor::DaemonSetController), last_change(field));
            assert_eq!(blame.at(&path(&format!("status/{field}"))), by, "{field}");
        }
        assert_ne!(last_change("numberReady"), last_change("desiredNumberScheduled"));
        assert_eq!(blame.at(&path("spec/template/spec/containers/0/image")).0, Author::You);
    }

    #[test]
    fn an_item_of_a_list_is_followed_by_its_name_and_what_stays_keeps_its_author() {
        let (you, other) = ((Author::You, None), (Author::ApiServer, Some(3)));
        let before = json!({ "list": [{ "name": "a", "v": 1 }, { "name": "b", "v": 1 }], "same": 1 });
        let after =
            json!({ "list": [{ "name": "b", "v": 2 }, { "name": "a", "v": 1 }], "same": 1, "new": {} });
        let blame = Blame::Whole(you).after(&before, &after, other);
        for (path, by) in [
            (&["list", "0", "name"][..], you),
            (&["list", "0", "v"], other),
            (&["list", "1", "v"], you),
            (&["same"], you),
            (&["new"], other),
        ] {
            let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(blame.at(&path), by, "{path:?}");
        }
    }
}
