//! What takes little room where there are many of it.

use std::fmt;
use std::rc::Rc;

/// A part of an object that is kept apart: it takes no room where there is nothing in it, and states of the object that have
/// it alike have it once. A long run holds a hundred thousand objects.
#[derive(Clone, Default)]
pub struct SharedPart<T>(Option<Rc<T>>);

/// What can be kept so.
pub trait ApiPart: Clone + Eq + 'static {
    /// One with nothing in it.
    const NOTHING: &Self;
}

impl<T: ApiPart> SharedPart<T> {
    /// The part.
    pub fn get(&self) -> &T {
        self.0.as_deref().unwrap_or(T::NOTHING)
    }

    /// The part, to be changed. Who only wants to clear something asks first whether it is there: asking for this takes room.
    pub fn get_mut(&mut self) -> &mut T {
        Rc::make_mut(self.0.get_or_insert_with(|| Rc::new(T::NOTHING.clone())))
    }
}

impl<T: ApiPart> From<T> for SharedPart<T> {
    fn from(part: T) -> Self {
        SharedPart((part != *T::NOTHING).then(|| Rc::new(part)))
    }
}

/// Prints equal parts alike: one that was cleared prints as one that was never there.
impl<T: ApiPart + fmt::Debug> fmt::Debug for SharedPart<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.get();
        out.debug_tuple("SharedPart").field(&(part != T::NOTHING).then_some(part)).finish()
    }
}

impl<T: ApiPart> PartialEq for SharedPart<T> {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (self.get(), other.get());
        std::ptr::eq(own, other) || own == other
    }
}

impl<T: ApiPart> Eq for SharedPart<T> {}

/// Adds to a list that mostly has one element: the first takes room for itself alone, where `Vec::push` takes it for four.
pub fn push_lean<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Event, Object, ObjectMeta, Pod, PodStatus, SharedMeta, Time};
    use serde_json::{Value, json};

    #[test]
    fn a_part_with_nothing_in_it_is_none_however_it_came_about() {
        let mut cleared = ObjectMeta { name: "a".into(), ..Default::default() };
        let never = cleared.clone();
        cleared.finalizers.push("f".into());
        assert_ne!(cleared, never);
        cleared.finalizers.clear();
        assert!(cleared.shared.0.is_some() && never.shared.0.is_none());
        assert_eq!((&cleared, &never), (&never, &cleared));
        assert_eq!(format!("{cleared:?}"), format!("{never:?}"));
        assert_eq!(serde_json::to_value(&cleared).ok(), serde_json::to_value(&never).ok());
        assert!(SharedPart::from(SharedMeta::default()).0.is_none());
    }

    #[test]
    fn a_part_stays_shared_where_nothing_changes() {
        let mut first = Pod::default();
        first.metadata.set_deletion(Some(Time::EPOCH), Some(30));
        first.status.nominate("n1");
        let mut second = first.clone();
        second.metadata.set_deletion(Some(Time::EPOCH), Some(30));
        second.status.nominate("n1");
        assert!(std::ptr::eq(first.metadata.shared.get(), second.metadata.shared.get()));
        assert!(std::ptr::eq(first.status.shared.get(), second.status.shared.get()));
        second.status.nominate("");
        assert_eq!((first.status.nominated_node_name.as_str(), second.status), ("n1", PodStatus::default()));
    }

    #[test]
    fn what_is_written_is_read_and_written_again() {
        let meta = json!({
            "name": "a", "namespace": "b", "generateName": "a-", "deletionTimestamp": "2026-01-01T00:00:00Z",
            "deletionGracePeriodSeconds": 30, "finalizers": ["f"], "ownerReferences": [{ "kind": "Node", "name": "n" }],
            "managedFields": [{ "manager": "kubectl" }],
        });
        let container = json!([{ "name": "c", "ready": true }]);
        let status = json!({
            "phase": "Failed", "message": "m", "reason": "r", "nominatedNodeName": "n", "initContainerStatuses": container,
            "containerStatuses": container, "resources": { "requests": { "cpu": "1" } },
            "allocatedResources": { "cpu": "1" }, "qosClass": "Burstable", "hostIP": "10.0.0.1",
        });
        let event = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": meta, "involvedObject": { "kind": "Pod" }, "type": "Normal",
            "eventTime": "2026-01-01T00:00:00.000001Z", "series": { "count": 2 }, "action": "Binding",
            "related": { "kind": "Node" }, "other": 1,
        });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": status });
        for (written, bare) in [(event, "Event"), (pod, "Pod")] {
            let read = Object::from_json(written.clone()).expect("an object").to_json();
            assert_eq!(without_lists(read), written);
            let bare = json!({ "apiVersion": "v1", "kind": bare, "metadata": { "name": "a" } });
            assert_eq!(
                Object::from_json(bare.clone()).expect("an object").to_json()["metadata"],
                bare["metadata"]
            );
        }
        let error = serde_json::from_value::<Event>(json!({ "metadata": "x" })).expect_err("a text");
        assert_eq!(error.to_string(), "invalid type: string \"x\", expected struct ObjectMeta");
    }

    /// Without the list of addresses that a pod's single address stands for.
    fn without_lists(mut object: Value) -> Value {
        if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
            status.remove("hostIPs");
        }
        object
    }
}
