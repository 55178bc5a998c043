//! Nodes and namespaces. Upstream: `pkg/apis/core/validation/validation.go`.

use super::super::Kind;
use super::field::{Errors, Field};
use super::{metadata, pod, resources, selectors};
use crate::api::ip::cidr;
use crate::api::names::qualified_name;
use std::collections::BTreeSet;

/// A node to be created.
pub(super) fn create(node: &Field, errors: &mut Errors) {
    metadata::create(&Kind::Node, &node.get("metadata"), errors);
    let spec = node.get("spec");
    taints(&spec.get("taints"), errors);
    amounts(&node.get("status"), errors);
    let blocks = spec.get("podCIDRs");
    let blocks =
        if blocks.has_items() { blocks.items() } else { vec![spec.get("podCIDR").at("spec.podCIDRs[0]")] };
    for block in blocks.iter().filter(|block| !block.text().is_empty()) {
        errors.all_invalid(&block.path, block.text(), cidr(block.text()));
    }
    let is_v6 = |block: &Field| block.text().contains(':');
    let is_one_family = blocks.len() == 2 && is_v6(&blocks[0]) == is_v6(&blocks[1]);
    if blocks.len() > 2 || is_one_family {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.invalid("spec.podCIDRs", spec.get("podCIDRs").value(), detail);
    }
}

/// A node that replaces another. Upstream checks metadata, amounts and taints twice.
pub(super) fn update(node: &Field, old: &Field, errors: &mut Errors) {
    create(node, errors);
    metadata::update(&node.get("metadata"), &old.get("metadata"), errors);
    amounts(&node.get("status"), errors);
    let (spec, was) = (node.get("spec"), old.get("spec"));
    let block = |spec: &Field| spec.text_of("podCIDR").to_owned();
    if !block(&was).is_empty() && block(&was) != block(&spec) {
        errors.forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
    }
    let provider = was.text_of("providerID");
    if !provider.is_empty() && provider != spec.text_of("providerID") {
        errors
            .forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
    }
    taints(&spec.get("taints"), errors);
    if spec.text_of("externalID") != was.text_of("externalID") {
        errors.forbidden("spec.externalID", "may not be updated");
    }
}

/// Taints; upstream names them as if they stood in the metadata.
fn taints(taints: &Field, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for taint in taints.at("metadata.taints").items() {
        let [key, value, effect] = ["key", "value", "effect"].map(|name| taint.get(name));
        errors.all_invalid(&key.path, key.text(), qualified_name(key.text()));
        pod::one_label_value(&value, errors);
        if effect.text().is_empty() {
            errors.required(&effect.path, "");
        } else {
            selectors::taint_effect(&effect, errors);
        }
        if !seen.insert((key.text(), effect.text())) {
            let added = taint.get("timeAdded");
            let printed = format!(
                "{{\"Key\":{:?},\"Value\":{:?},\"Effect\":{:?},\"TimeAdded\":{}}}",
                key.text(),
                value.text(),
                effect.text(),
                added.value()
            );
            errors.duplicate_because(&taint.path, printed, "taints must be unique by key and effect pair");
        }
    }
}

fn amounts(status: &Field, errors: &mut Errors) {
    for list in ["capacity", "allocatable"].map(|name| status.get(name)) {
        for (name, amount) in list.entries() {
            resources::amount(name, &amount.at(list.path_of(name)), errors);
        }
    }
}

/// A namespace to be created.
pub(super) fn namespace(namespace: &Field, errors: &mut Errors) {
    metadata::create(&Kind::Namespace, &namespace.get("metadata"), errors);
    let finalizers = namespace.get("spec").get("finalizers");
    for finalizer in finalizers.items() {
        let text = finalizer.text();
        errors.all_invalid(&finalizers.path, text, qualified_name(text));
        metadata::finalizer_is_known(&finalizers.path, text, errors);
    }
}
