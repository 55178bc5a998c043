//! Pods and their templates. Upstream: `pkg/apis/core/validation/validation.go`.

use super::field::{Errors, Field};
use super::{metadata, resources, selectors};

/// A pod's spec.
fn spec(spec: &Field, errors: &mut Errors) {
    for container in spec.get("containers").items() {
        resources::of_container(&container.get("resources"), &[], errors);
    }
    metadata::labels(&spec.get("nodeSelector"), errors);
    selectors::affinity(&spec.get("affinity"), errors);
    selectors::topology_spread(&spec.get("topologySpreadConstraints"), errors);
    selectors::tolerations(&spec.get("tolerations"), errors);
}

/// A pod to be created.
pub(super) fn create(pod: &Field, errors: &mut Errors) {
    spec(&pod.get("spec"), errors);
}

/// What pods are made from.
pub(super) fn template(template: &Field, errors: &mut Errors) {
    spec(&template.get("spec"), errors);
}
