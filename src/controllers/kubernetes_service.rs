//! The API server makes its Service anew where it was deleted. Upstream: `UpdateKubernetesService` in
//! `pkg/controlplane/controller/kubernetesservice/controller.go`, which looks for it every ten seconds.

use crate::api::{Millis, Time};
use crate::cluster::{
    Actor, Change, Component, Cx, Reconciled, Wakes, WorkKey, World, Write, is_kubernetes_service,
    kubernetes_service,
};

/// So often it is looked for (`EndpointInterval`).
const INTERVAL: Millis = Millis::seconds(10);

/// Keeps the Service `kubernetes`.
pub struct KubernetesService;

/// One look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubernetesServiceTrace {
    /// Whether it was not there, and is made.
    pub is_made: bool,
}

impl Component for KubernetesService {
    type State = ();
    type Trace = KubernetesServiceTrace;
    const ACTOR: Actor = Actor::ApiServer;
    const LAG: Millis = Millis(0);

    fn observe(_world: &World, change: &Change, now: Time, _state: &mut (), wakes: &mut Wakes) {
        if change.after.is_none() && is_kubernetes_service(&change.key()) {
            let since = Millis(now.millis().rem_euclid(INTERVAL.0));
            wakes.after(WorkKey::Object(change.key()), Millis(INTERVAL.0 - since.0));
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), _key: &WorkKey) -> Reconciled<KubernetesServiceTrace> {
        let service = kubernetes_service();
        let is_made = cx.world.get(&service.key()).is_none();
        let writes = if is_made { vec![Write::Create(service)] } else { Vec::new() };
        Reconciled { writes, requeue_after: None, trace: KubernetesServiceTrace { is_made } }
    }
}
