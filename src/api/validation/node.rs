//! Nodes and namespaces. Upstream: `pkg/apis/core/validation/validation.go`.

use super::super::Kind;
use super::field::{Errors, Field};
use super::{metadata, pod, resources, selectors};
use crate::api::ip::{cidr, cidr_is_ipv6};
use crate::api::names::qualified_name;
use std::collections::BTreeSet;

/// A node to be created.
pub(super) fn create(node: &Field, errors: &mut Errors) {
    metadata::create(&Kind::Node, &node.get("metadata"), errors);
    let spec = node.get("spec");
    taints(&spec.get("taints"), errors);
    amounts(&node.get("status"), errors);
    blocks(&spec.get("podCIDRs"), errors);
}

/// Blocks of addresses for pods: one of each family at most.
fn blocks(list: &Field, errors: &mut Errors) {
    let blocks = list.items();
    for block in &blocks {
        errors.all_invalid(&block.path, block.text(), cidr(block.text()));
    }
    if blocks.len() < 2 {
        return;
    }
    let families: Vec<Option<bool>> = blocks.iter().map(|block| cidr_is_ipv6(block.text())).collect();
    if let Some(index) = families.iter().position(Option::is_none) {
        let text = blocks[index].text();
        let why = format!("invalid CIDR[{index}]: <nil> (invalid CIDR address: {text})");
        let detail = format!("invalid PodCIDRs. failed to check with dual stack with error:{why}");
        errors.internal(&list.path, detail);
    }
    let is_both = [false, true].iter().all(|family| families.contains(&Some(*family)));
    if blocks.len() > 2 || !is_both || families.contains(&None) {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.invalid(&list.path, list.value(), detail);
    }
}

/// Addresses of the node itself, each once.
fn addresses(list: &Field, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for address in list.items() {
        let (type_, text) = (address.text_of("type"), address.text_of("address"));
        if !seen.insert((type_, text)) {
            errors.duplicate_because(
                &address.path,
                format!("{{\"Type\":{type_:?},\"Address\":{text:?}}}"),
                "",
            );
        }
    }
}

/// A node that replaces another. Upstream checks metadata, amounts and taints twice.
pub(super) fn update(node: &Field, old: &Field, errors: &mut Errors) {
    create(node, errors);
    metadata::update(&node.get("metadata"), &old.get("metadata"), errors);
    amounts(&node.get("status"), errors);
    addresses(&node.get("status").get("addresses"), errors);
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
