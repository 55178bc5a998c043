//! What clients sent so far: how many requests, and which endpoint each keeps (`sessionAffinity: ClientIP`). It is no
//! object; a step that sends records what was before and after it. Upstream: `-m recent` in `pkg/proxy/iptables/proxier.go`.

use crate::api::{EcoString, Millis, ObjectKey, Time};
use std::rc::Rc;

/// What was sent so far. Cloning is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many requests were sent; each draws by its number.
    pub sent: u64,
    kept: Rc<Vec<(Bond, EcoString, Time)>>,
}

/// Who keeps an endpoint, where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    /// The node whose kube-proxy remembers it.
    pub node: EcoString,
    /// The Service.
    pub service: ObjectKey,
    /// The name of its port.
    pub port: EcoString,
    /// The client's address.
    pub client: EcoString,
}

impl Traffic {
    /// The same, with another number for the request that is sent next.
    #[must_use]
    pub fn at(&self, sent: u64) -> Self {
        Traffic { sent, kept: Rc::clone(&self.kept) }
    }

    /// The address that a client got last, if that was not longer ago than `timeout`.
    pub fn kept(&self, bond: &Bond, now: Time, timeout: Millis) -> Option<&EcoString> {
        let (_, address, at) = self.kept.iter().find(|(other, ..)| other == bond)?;
        (now.since(*at) <= timeout).then_some(address)
    }

    /// Takes note of the address that a client got.
    pub fn keep(&mut self, bond: Bond, address: EcoString, now: Time) {
        let kept = Rc::make_mut(&mut self.kept);
        match kept.iter_mut().find(|(other, ..)| *other == bond) {
            Some(known) => (known.1, known.2) = (address, now),
            None => kept.push((bond, address, now)),
        }
    }
}
