//! Writes the decision. Upstream: `plugins/defaultbinder/default_binder.go`.

use crate::api::{EcoString, ObjectKey};
use crate::cluster::Write;
use crate::scheduler::framework::{Bind, Plugin};

/// The plugin.
pub struct DefaultBinder;

impl Plugin for DefaultBinder {
    fn name(&self) -> &'static str {
        "DefaultBinder"
    }
    fn explain(&self) -> &'static str {
        "The chosen node is written to spec.nodeName through the pod's binding subresource."
    }
    fn bind(&self) -> Option<&dyn Bind> {
        Some(self)
    }
}

impl Bind for DefaultBinder {
    fn bind(&self, pod: ObjectKey, node: EcoString) -> Write {
        Write::Bind { pod, node }
    }
}
