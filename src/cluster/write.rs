//! What can be asked of the API server, and what came of it.

use crate::api::{EcoString, Kind, Object, ObjectKey, Pod};
use std::borrow::Cow;
use std::rc::Rc;

/// A request to change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Creates an object; a `generateName` gets its suffix.
    Create(Object),
    /// Creates an object under the uid that it has, as one brings back a backup.
    Restore(Object),
    /// Replaces metadata and spec; the status stays. A `resourceVersion` in it must be the stored one.
    Update(Object),
    /// Replaces the status only.
    UpdateStatus(Object),
    /// Sets `spec.nodeName` and the condition PodScheduled (the `pods/binding` subresource).
    Bind {
        /// The pod.
        pod: ObjectKey,
        /// The node.
        node: EcoString,
    },
    /// Deletes an object, or begins to.
    Delete {
        /// Which.
        key: ObjectKey,
        /// Seconds of grace for a pod; none = what the pod's spec says.
        grace_seconds: Option<i64>,
        /// What becomes of its dependents.
        propagation: Propagation,
    },
    /// Takes a namespace that is being deleted out of the store (the `namespaces/finalize` subresource).
    Finalize(ObjectKey),
    /// Tells the user something; the same thing told again counts up.
    Event {
        /// What it is about.
        about: ObjectKey,
        /// Normal or Warning.
        type_: EventType,
        /// A word.
        reason: Cow<'static, str>,
        /// A sentence.
        message: String,
        /// Who tells: `daemonset-controller`, `default-scheduler` ...
        component: EcoString,
        /// Which part of the object, such as `spec.containers{agent}`; empty for the whole.
        path: EcoString,
        /// What was being done, if it is told by way of `events.k8s.io`: only the scheduler does.
        action: Option<Box<Action>>,
    },
}

/// What an event of `events.k8s.io` says besides. Upstream: `client-go/tools/events/event_recorder.go`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// A word: `Scheduling`, `Binding`, `Preempting`.
    pub name: &'static str,
    /// The `resourceVersion` of the object when it was looked at.
    pub version: EcoString,
    /// What else it is about.
    pub related: Option<ObjectKey>,
}

impl Write {
    /// A deletion in the background with the grace that the object asks for.
    pub fn delete(key: ObjectKey) -> Self {
        Write::Delete { key, grace_seconds: None, propagation: Propagation::Background }
    }

    /// The object it is about, as far as its name is known before it is done.
    pub fn key(&self) -> ObjectKey {
        match self {
            Write::Create(object)
            | Write::Restore(object)
            | Write::Update(object)
            | Write::UpdateStatus(object) => object.key(),
            Write::Bind { pod, .. } => pod.clone(),
            Write::Finalize(key) | Write::Delete { key, .. } | Write::Event { about: key, .. } => key.clone(),
        }
    }
}

/// What becomes of the dependents of a deleted object (`metav1.DeletionPropagation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    #[default]
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// Something happened.
    Normal,
    /// Something went wrong.
    Warning,
}

impl EventType {
    /// As in `type:`.
    pub fn name(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// One object that a write changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How many writes there were before it and with it: the store's revision right after it.
    pub revision: u64,
    /// Before; none = created.
    pub before: Option<Object>,
    /// After; none = gone. One of both is there.
    pub after: Option<Object>,
}

impl Change {
    /// The object as it is, or was last.
    pub fn object(&self) -> &Object {
        self.after.as_ref().or(self.before.as_ref()).expect("something was there before or is there after")
    }

    /// Which.
    pub fn key(&self) -> ObjectKey {
        self.object().key()
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.object().kind()
    }

    /// Whether it is of a kind.
    pub fn is_of(&self, kind: &Kind) -> bool {
        self.object().is_of(kind)
    }

    /// Whether it is about that object.
    pub fn is_about(&self, key: &ObjectKey) -> bool {
        *self.name() == key.name && self.is_of(&key.kind) && self.namespace() == key.namespace
    }

    /// Its namespace; empty for objects of the cluster.
    pub fn namespace(&self) -> &str {
        if self.object().is_namespaced() { &self.object().metadata().namespace } else { "" }
    }

    /// Its name.
    pub fn name(&self) -> &EcoString {
        &self.object().metadata().name
    }

    /// For who counts pods: the one that was there, to be taken off (-1), and the one that is there, to be added (1).
    pub fn pods(&self) -> impl Iterator<Item = (&Rc<Pod>, i32)> {
        let states = [(&self.before, -1), (&self.after, 1)];
        states.into_iter().filter_map(|(state, sign)| Some((state.as_ref()?.as_pod()?, sign)))
    }

    /// The nodes that it is about: the node, or those that the pod is on or is meant for.
    pub fn nodes(&self) -> impl Iterator<Item = EcoString> {
        let own = self.is_of(&Kind::Node).then(|| self.name().clone());
        let states = [&self.before, &self.after].into_iter().flatten();
        own.into_iter().chain(states.filter_map(|pod| pod.as_pod()?.target_node().map(EcoString::from)))
    }
}
