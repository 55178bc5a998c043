//! All control loops, in one list.

use super::command::Said;
use crate::api::{Millis, Time};
use crate::cluster::{
    Actor, Because, Change, Component, Cx, Reconciled, StepNo, Wakes, WorkKey, World, Write, Written,
};
use std::rc::Rc;

/// Declares the loops: the state of each, and the trace of each.
macro_rules! loops {
    ($($(#[$meta:meta])* $field:ident: $variant:ident($component:ty),)*) => {
        /// The state of every loop.
        #[derive(Clone, Default)]
        pub(super) struct Loops {
            $(pub(super) $field: <$component as Component>::State,)*
        }

        /// Why a step's actor did, or did not, act.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Trace {
            /// A command of the user's.
            Command(Rc<Said>),
            $($(#[$meta])* $variant(Rc<<$component as Component>::Trace>),)*
        }

        impl Loops {
            /// Shows one change to all loops; `wake` hears who is to look at what, and after how long.
            pub(super) fn observe(
                &mut self,
                world: &World,
                change: &Change,
                now: Time,
                step: StepNo,
                mut wake: impl FnMut(Actor, WorkKey, Millis),
            ) {
                let mut wakes = Wakes::at(step);
                $({
                    <$component>::observe(world, change, now, &mut self.$field, &mut wakes);
                    for (key, delay) in wakes.drain() {
                        wake(<$component>::ACTOR, key, Millis(<$component>::LAG.0 + delay.0));
                    }
                })*
            }

            /// Lets one loop look at one key. None for the user, who is no loop.
            pub(super) fn reconcile(&mut self, actor: Actor, cx: &Cx<'_>, key: &WorkKey) -> Option<Reconciled<Trace>> {
                $(if actor == <$component>::ACTOR {
                    let Reconciled { writes, requeue_after, trace } = look::<$component>(cx, &mut self.$field, key);
                    return Some(Reconciled { writes, requeue_after, trace: Trace::$variant(Rc::new(trace)) });
                })*
                None
            }

            /// Whether a refused write ends a look of this loop.
            pub(super) fn stops_when_refused(actor: Actor) -> bool {
                $(actor == <$component>::ACTOR && <$component>::STOPS_WHEN_REFUSED)||*
            }

            /// Whether what a loop asks for last about something takes the place of what it asked for before.
            pub(super) fn plans_anew(actor: Actor) -> bool {
                $(actor == <$component>::ACTOR && <$component>::PLANS_ANEW)||*
            }

            /// What set the loop to work that left this trace, where that is more than what woke it.
            pub(super) fn because(trace: &Trace) -> Option<Because> {
                match trace {
                    Trace::Command(_) => None,
                    $(Trace::$variant(trace) => <$component>::because(trace),)*
                }
            }

            /// Whether the loop that left this trace tried to do something and could not.
            pub(super) fn failed(trace: &Trace) -> bool {
                match trace {
                    Trace::Command(said) => said.answer.refused().next().is_some() || said.answer.code != 0,
                    $(Trace::$variant(trace) => <$component>::failed(trace),)*
                }
            }

            /// Tells one loop what came of its writes.
            pub(super) fn written(
                &mut self,
                actor: Actor,
                cx: &Cx<'_>,
                key: &WorkKey,
                results: &[(Write, Written)],
                wakes: &mut Wakes,
            ) -> Vec<Write> {
                $(if actor == <$component>::ACTOR {
                    return told::<$component>(cx, &mut self.$field, key, results, wakes);
                })*
                Vec::new()
            }
        }
    };
}

/// One loop's look. A function of its own for each: a page whose cluster gives a loop nothing to do need not have it yet.
#[inline(never)]
fn look<C: Component>(cx: &Cx<'_>, state: &mut C::State, key: &WorkKey) -> Reconciled<C::Trace> {
    C::reconcile(cx, state, key)
}

/// What one loop makes of what came of its writes, likewise.
#[inline(never)]
fn told<C: Component>(
    cx: &Cx<'_>,
    state: &mut C::State,
    key: &WorkKey,
    results: &[(Write, Written)],
    wakes: &mut Wakes,
) -> Vec<Write> {
    C::written(cx, state, key, results, wakes)
}

loops! {
    /// The DaemonSet controller.
    daemon_sets: DaemonSet(crate::controllers::daemonset::DaemonSetController),
    /// The scheduler.
    scheduler: Scheduling(crate::scheduler::Scheduler),
    /// A kubelet.
    kubelet: Kubelet(crate::kubelet::Kubelet),
    /// The node lifecycle controller.
    node_lifecycle: NodeLifecycle(crate::controllers::node_lifecycle::NodeLifecycle),
    /// The taint eviction controller.
    taint_eviction: TaintEviction(crate::controllers::taint_eviction::TaintEviction),
    /// The disruption controller.
    disruption: Disruption(crate::controllers::disruption::Disruption),
    /// The ReplicaSet controller.
    replica_sets: ReplicaSet(crate::controllers::replicaset::ReplicaSetController),
    /// The Deployment controller.
    deployments: Deployment(crate::controllers::deployment::DeploymentController),
    /// The EndpointSlice controller.
    endpoint_slices: EndpointSlice(crate::controllers::endpointslice::EndpointSliceController),
    /// The namespace controller.
    namespaces: Namespace(crate::controllers::namespace::NamespaceController),
    /// The API server's look after its Service.
    kubernetes_service: KubernetesService(crate::controllers::kubernetes_service::KubernetesService),
    /// The pod garbage collector.
    pod_garbage_collector: PodGarbageCollector(crate::controllers::pod_garbage_collector::PodGarbageCollector),
    /// The garbage collector.
    garbage_collector: GarbageCollector(crate::controllers::garbage_collector::GarbageCollector),
}
