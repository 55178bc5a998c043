//! The namespace controller: empties a namespace that is being deleted, pods first, and then lets it go. Upstream:
//! `pkg/controller/namespace`.
//!
//! The service accounts controller (`pkg/controller/serviceaccount`) is here, too: each namespace has the account
//! `default`.

use crate::api::{Kind, Millis, Namespace, Object, ObjectKey, Pod, Time};
use crate::cluster::{
    Actor, Change, Component, Cx, DEFAULT_ACCOUNT, Reconciled, Wakes, WorkKey, World, Write, account_key,
    default_account,
};
use serde_json::{Value, json};
use std::rc::Rc;

/// After so long a namespace that is being deleted, or whose status has changed, is looked at
/// (`namespaceDeletionGracePeriod`).
const GRACE: Millis = Millis::seconds(5);

/// What the status says of a namespace that is being emptied without trouble: type, reason and message.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
];

/// The namespace controller.
pub struct NamespaceController;

/// One look at one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceTrace {
    /// Which.
    pub namespace: ObjectKey,
    /// What came of it.
    pub deed: NamespaceDeed,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceDeed {
    /// It has no service account `default`: it gets one.
    Account,
    /// Its pods are deleted; it waits for so many.
    Pods {
        /// Deleted now.
        deleted: Vec<ObjectKey>,
        /// How many are left.
        waiting: usize,
    },
    /// Everything else is deleted.
    Content {
        /// Deleted now.
        deleted: Vec<ObjectKey>,
        /// Whether it goes at once, as nothing is left.
        is_last: bool,
    },
    /// There was nothing to do.
    Nothing,
}

impl Component for NamespaceController {
    type State = ();
    type Trace = NamespaceTrace;
    const ACTOR: Actor = Actor::NamespaceController;
    const LAG: Millis = Millis(10);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        if let (Kind::Namespace, Some(namespace)) = (&change.kind(), &change.after) {
            let key = WorkKey::Object(change.key());
            if namespace.metadata().is_terminating() {
                wakes.after(key, GRACE);
            } else if world.get(&account_key(change.name(), DEFAULT_ACCOUNT)).is_none() {
                wakes.now(key);
            }
        }
        // An account that somebody deletes is made again.
        if change.after.is_none() && change.is_about(&account_key(change.namespace(), DEFAULT_ACCOUNT)) {
            let key = ObjectKey::new(Kind::Namespace, "", change.namespace());
            if world.get(&key).is_some_and(|namespace| !namespace.metadata().is_terminating()) {
                wakes.now(WorkKey::Object(key));
            }
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<NamespaceTrace> {
        let key = key.object(Kind::Namespace);
        let mut writes = Vec::new();
        let mut requeue_after = None;
        let deed = match cx.world.get(&key) {
            Some(Object::Namespace(namespace)) if namespace.metadata.is_terminating() => {
                empty(cx, &namespace, &mut writes, &mut requeue_after)
            }
            Some(_) if cx.world.get(&account_key(&key.name, DEFAULT_ACCOUNT)).is_none() => {
                writes.push(Write::Create(default_account(&key.name)));
                NamespaceDeed::Account
            }
            _ => NamespaceDeed::Nothing,
        };
        Reconciled { writes, requeue_after, trace: NamespaceTrace { namespace: key, deed } }
    }
}

/// Deletes the pods; when they are gone the rest; and when nothing is left, the namespace (`deleteAllContent`).
fn empty(
    cx: &Cx<'_>,
    namespace: &Rc<Namespace>,
    writes: &mut Vec<Write>,
    requeue_after: &mut Option<Millis>,
) -> NamespaceDeed {
    let name = &namespace.metadata.name;
    let pods: Vec<&Rc<Pod>> = cx.world.pods_in(name).collect();
    let told = tell(namespace, cx.now);
    let is_told = told.is_none();
    writes.extend(told);
    let delete = |keys: &[ObjectKey]| keys.iter().cloned().map(Write::delete).collect::<Vec<_>>();
    if !pods.is_empty() {
        let live = pods.iter().filter(|pod| !pod.metadata.is_terminating());
        let deleted: Vec<ObjectKey> = live.map(|pod| pod.key()).collect();
        writes.extend(delete(&deleted));
        // Half of the longest grace, and a second more; a status that was written now is seen earlier.
        let graces = pods.iter().filter(|pod| !pod.is_finished());
        let longest = graces.filter_map(|pod| pod.spec.termination_grace_period_seconds).max();
        *requeue_after = Some(match is_told {
            true => Millis::seconds(longest.unwrap_or_default() / 2 + 1),
            false => GRACE,
        });
        return NamespaceDeed::Pods { deleted, waiting: pods.len() };
    }
    let content: Vec<Object> = cx.world.objects_in(name).collect();
    let live = content.iter().filter(|object| !object.metadata().is_terminating());
    let deleted: Vec<ObjectKey> = live.map(Object::key).collect();
    writes.extend(delete(&deleted));
    // What somebody still has to finish, stays for a while.
    let is_last = content.iter().all(|object| object.metadata().finalizers.is_empty());
    if is_last {
        writes.push(Write::Finalize(ObjectKey::new(Kind::Namespace, "", name)));
    } else {
        *requeue_after = Some(Millis::seconds(8));
    }
    NamespaceDeed::Content { deleted, is_last }
}

/// The status, unless it says all that already.
fn tell(namespace: &Rc<Namespace>, now: Time) -> Option<Write> {
    let mut status = namespace.rest.get("status").cloned().unwrap_or_else(|| json!({}));
    if status["conditions"].is_array() {
        return None;
    }
    let conditions: Vec<Value> = CONDITIONS
        .iter()
        .map(|(type_, reason, message)| {
            json!({
                "type": type_, "status": "False", "lastTransitionTime": now, "reason": reason, "message": message,
            })
        })
        .collect();
    status["conditions"] = conditions.into();
    let mut told = Rc::clone(namespace);
    Rc::make_mut(&mut told).rest.set("status", status);
    Some(Write::UpdateStatus(Object::Namespace(told)))
}
