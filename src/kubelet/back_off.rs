//! How long a kubelet waits before it starts a container again that ended. Upstream: `doBackOff` in
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, `newCrashLoopBackOff` and its `HasExpiredFunc` in
//! `pkg/kubelet/kubelet.go`, `client-go/util/flowcontrol/backoff.go`.
//!
//! The first restart is at once, the next after 10 s, and the wait doubles up to 5 minutes. (The gate
//! `ReduceDefaultCrashLoopBackOffDecay` would make both shorter; it is off in 1.36.) A container that ran for more than
//! ten minutes before it ended begins anew. All this is in the kubelet's memory alone: one that is started again, or a
//! container with another image, begins anew too.

use crate::api::{ContainerStatus, EcoString, EcoVec, Millis, ObjectKey, Pod, Time};
use crate::cluster::Map;

/// First and longest wait between the end of a container and its next start.
const WAITS: (Millis, Millis) = (Millis::seconds(10), Millis::seconds(300));

/// A container that runs for longer is taken for a stable one.
const STABLE_AFTER: Millis = Millis::seconds(600);

/// What the kubelets remember of the containers that they started again.
#[derive(Clone, Debug, Default)]
pub(super) struct BackOffs(Map<ObjectKey, EcoVec<BackOff>>);

#[derive(Clone, Debug)]
struct BackOff {
    container: EcoString,
    image: EcoString,
    /// What the next restart waits for, from the container's end on.
    wait: Millis,
    /// When it was started again last.
    restarted: Time,
}

impl BackOffs {
    /// How long a container that has ended waits for its next start, from its end on.
    pub fn wait(&self, pod: &Pod, status: &ContainerStatus) -> Millis {
        let known = self.0.get(&pod.key()).into_iter().flatten();
        let mut own = known.filter(|known| known.is_of(pod, status) && known.lasts_at(status));
        own.next().map_or(Millis(0), |known| known.wait)
    }

    /// Notes that a container that has ended is started again.
    pub fn restarted(&mut self, pod: &Pod, status: &ContainerStatus, now: Time) {
        let wait = match self.wait(pod, status) {
            Millis(0) => WAITS.0,
            wait => Millis(wait.0 * 2).min(WAITS.1),
        };
        let known = self.0.get_or_insert_with(&pod.key(), EcoVec::new);
        known.retain(|known| known.container != status.name);
        let (container, image) = (status.name.clone(), image(pod, status).clone());
        known.push(BackOff { container, image, wait, restarted: now });
    }

    /// Forgets a pod: it is gone, or its kubelet was stopped.
    pub fn forget(&mut self, pod: &ObjectKey) {
        self.0.remove(pod);
    }
}

impl BackOff {
    fn is_of(&self, pod: &Pod, status: &ContainerStatus) -> bool {
        self.container == status.name && self.image == *image(pod, status)
    }

    /// Whether the container ended too early for being taken for a stable one.
    fn lasts_at(&self, status: &ContainerStatus) -> bool {
        let ended = status.state.terminated.as_ref().or(status.last_state.terminated.as_ref());
        ended.and_then(|ended| ended.finished_at).is_none_or(|end| end - self.restarted <= STABLE_AFTER)
    }
}

/// The image that a container is started with.
fn image<'a>(pod: &'a Pod, status: &'a ContainerStatus) -> &'a EcoString {
    pod.container(&status.name).map_or(&status.image, |container| &container.image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ContainerState, ContainerStateDetail};

    fn ended_at(seconds: i64) -> ContainerStatus {
        let ended = ContainerStateDetail {
            finished_at: Some(Time::default() + Millis::seconds(seconds)),
            ..Default::default()
        };
        let state = ContainerState { terminated: Some(ended.into()), ..Default::default() };
        ContainerStatus { name: "c".into(), image: "a:1".into(), state, ..Default::default() }
    }

    /// For how long a container runs each time it is started, and how long it then waits for the next start.
    #[test]
    fn waits_double_up_to_five_minutes_and_begin_anew_after_ten_minutes_of_running() {
        for (what, runs, waits) in [
            ("it crashes soon", &[1, 1, 1, 1, 1, 1, 1, 1][..], &[0, 10, 20, 40, 80, 160, 300, 300][..]),
            ("ten minutes are not enough", &[1, 1, 1, 600, 1], &[0, 10, 20, 40, 80]),
            ("it ran for longer than ten minutes", &[1, 1, 1, 601, 1, 1], &[0, 10, 20, 0, 10, 20]),
            ("its first run was long", &[5000, 1, 1], &[0, 10, 20]),
            ("at the longest wait", &[1, 1, 1, 1, 1, 1, 1, 601, 1], &[0, 10, 20, 40, 80, 160, 300, 0, 10]),
        ] {
            let (mut back_offs, pod) = (BackOffs::default(), Pod::default());
            let mut now = 0;
            for (index, (run, wait)) in runs.iter().zip(waits).enumerate() {
                now += run;
                let status = ended_at(now);
                assert_eq!(back_offs.wait(&pod, &status), Millis::seconds(*wait), "{what}: end {index}");
                now += wait;
                back_offs.restarted(&pod, &status, Time::default() + Millis::seconds(now));
            }
        }
    }

    #[test]
    fn another_image_and_a_kubelet_that_starts_again_begin_anew() {
        let (mut back_offs, pod) = (BackOffs::default(), Pod::default());
        back_offs.restarted(&pod, &ended_at(1), Time::default() + Millis::seconds(1));
        assert_eq!(back_offs.wait(&pod, &ended_at(2)), Millis::seconds(10));
        let other = ContainerStatus { image: "a:2".into(), ..ended_at(2) };
        assert_eq!(back_offs.wait(&pod, &other), Millis(0));
        back_offs.forget(&pod.key());
        assert_eq!(back_offs.wait(&pod, &ended_at(2)), Millis(0));
    }
}
