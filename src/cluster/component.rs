//! The contract that every control loop keeps.

use super::{ApiError, Change, MapKey, World, Write};
use crate::api::{Kind, Millis, ObjectKey, Time};
use std::cmp::Ordering;

/// Declares the actors, each with its name, in the order in which they act at one instant and stand on the page.
macro_rules! actors {
    ($($(#[$meta:meta])* $actor:ident: $name:literal,)*) => {
        /// Who takes a step. Names are those of `event.reportingComponent` where there is one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Actor {
            $($(#[$meta])* $actor,)*
        }

        impl Actor {
            /// All, in order.
            pub const ALL: &[Actor] = &[$(Actor::$actor,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Actor::$actor => $name,)*
                }
            }
        }
    };
}

actors! {
    /// The person at the page.
    You: "you",
    /// `kube-controller-manager`: daemonset.
    DaemonSetController: "daemonset-controller",
    /// `kube-scheduler`.
    Scheduler: "scheduler",
    /// The kubelets.
    Kubelet: "kubelet",
    /// `kube-controller-manager`: node-lifecycle.
    NodeLifecycle: "node-lifecycle",
    /// `kube-controller-manager`: taint-eviction.
    TaintEviction: "taint-eviction",
    /// `kube-controller-manager`: disruption.
    Disruption: "disruption",
    /// `kube-controller-manager`: replicaset.
    ReplicaSetController: "replicaset-controller",
    /// `kube-controller-manager`: deployment.
    DeploymentController: "deployment-controller",
    /// `kube-controller-manager`: endpointslice.
    EndpointSliceController: "endpointslice-controller",
    /// `kube-controller-manager`: namespace.
    NamespaceController: "namespace-controller",
    /// `kube-apiserver`, which keeps its Service.
    ApiServer: "kube-apiserver",
    /// `kube-controller-manager`: pod-garbage-collector.
    PodGarbageCollector: "pod-garbage-collector",
    /// `kube-controller-manager`: garbage-collector.
    GarbageCollector: "garbage-collector",
    /// A program that sends a request, or looks up a name.
    Client: "client",
}

/// What a control loop is to look at. A loop has each key in its queue at most once, at the earliest time asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkKey {
    /// An object.
    Object(ObjectKey),
    /// The loop has a queue of its own (the scheduler): take the next from it.
    Next,
}

impl MapKey for Actor {}

impl MapKey for WorkKey {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (WorkKey::Object(one), WorkKey::Object(other)) => one.order(other),
            _ => self.cmp(other),
        }
    }
}

impl WorkKey {
    /// The object, for a loop that asks for nothing else; one without a name if it did.
    pub fn object(&self, kind: Kind) -> ObjectKey {
        match self {
            WorkKey::Object(key) => key.clone(),
            WorkKey::Next => ObjectKey::new(kind, "", ""),
        }
    }
}

/// The number of a step; the first is 1. 0 is the start. A loop may keep it to say later what set it to work, and
/// reads nothing from it.
pub type StepNo = u32;

/// What set a loop to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Something that a step changed.
    Change(StepNo),
    /// A time that a step set.
    Timer(StepNo),
}

/// What a control loop sees while it works.
pub struct Cx<'a> {
    /// The cluster, as it is.
    pub world: &'a World,
    /// The simulated time.
    pub now: Time,
    /// From which every choice that Kubernetes leaves to chance is drawn (with [`super::StableHash`]).
    pub seed: u64,
    /// Whether what upstream leaves to the order of a Go map is left to chance here, too, not to the names.
    pub by_chance: bool,
    /// The number of the step that this look is.
    pub step: StepNo,
}

/// What came of one look.
pub struct Reconciled<T> {
    /// To be written, in order, after the look.
    pub writes: Vec<Write>,
    /// When to look again by itself.
    pub requeue_after: Option<Millis>,
    /// Why it did, or did not, act.
    pub trace: T,
}

/// What came of one write: the change (none = nothing was different), or why it was refused.
pub type Written = Result<Option<Change>, ApiError>;

/// Collects what a loop is to look at, and when.
#[derive(Default)]
pub struct Wakes {
    asked: Vec<(WorkKey, Millis)>,
    /// The step that is told.
    pub step: StepNo,
}

impl Wakes {
    /// While a step is told.
    pub fn at(step: StepNo) -> Self {
        Wakes { asked: Vec::new(), step }
    }

    /// Look at it as soon as the loop gets to it.
    pub fn now(&mut self, key: WorkKey) {
        self.after(key, Millis(0));
    }

    /// Look at it after some time.
    pub fn after(&mut self, key: WorkKey, delay: Millis) {
        self.asked.push((key, delay));
    }

    /// Takes what was collected.
    pub fn drain(&mut self) -> impl Iterator<Item = (WorkKey, Millis)> {
        self.asked.drain(..)
    }
}

/// A control loop. Level-triggered: [`reconcile`](Component::reconcile) sees the state, never what woke it.
///
/// The state is part of the simulation's (branching from the past would lie otherwise), so cloning it must be
/// cheap: persistent maps ([`super::Map`]) or `Rc`s that are copied on write.
pub trait Component {
    /// Queues, expectations, back-off, and what is kept up to date to avoid looking at everything again.
    type State: Clone + Default;
    /// Why it did, or did not, act: data, not text.
    type Trace;
    /// Who it is.
    const ACTOR: Actor;
    /// How long a change takes to reach it, and changes within that time are seen at once.
    const LAG: Millis;
    /// Whether a write that is refused ends the look: what it proposed to write after that is left.
    const STOPS_WHEN_REFUSED: bool = false;
    /// Whether what it asks for last about something takes the place of what it asked for before, which else stands if it
    /// is earlier.
    const PLANS_ANEW: bool = false;

    /// The informer handlers: takes note of one change and says what to look at because of it.
    /// `world` is the cluster right after this change, before any other, also of the same step: who keeps sums may
    /// read it, and meets nothing there that it will be told again. Events are half of all changes, and no loop acts on
    /// them: it hears only of one that is deleted, or whose deletion waits for a finalizer.
    fn observe(world: &World, change: &Change, now: Time, state: &mut Self::State, wakes: &mut Wakes);

    /// One look: decides and proposes, without writing.
    fn reconcile(cx: &Cx<'_>, state: &mut Self::State, key: &WorkKey) -> Reconciled<Self::Trace>;

    /// What set it to work, where that is more than what woke it: a loop with a queue of its own takes from it what
    /// was put there before.
    fn because(_trace: &Self::Trace) -> Option<Because> {
        None
    }

    /// Whether it tried to do something and could not, besides what the API server refused.
    fn failed(_trace: &Self::Trace) -> bool {
        false
    }

    /// Hears what came of each of its writes, in order; may answer with events (`Created pod: ...`), which are
    /// written in the same step. Most loops say nothing and look again when the changes reach them.
    fn written(
        _cx: &Cx<'_>,
        _state: &mut Self::State,
        _key: &WorkKey,
        _results: &[(Write, Written)],
        _wakes: &mut Wakes,
    ) -> Vec<Write> {
        Vec::new()
    }
}
