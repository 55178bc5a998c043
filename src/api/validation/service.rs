//! Services. Upstream: `pkg/apis/core/validation/validation.go` (`validateService`). Addresses are not given out.

use super::super::Kind;
use super::containers::port_number_or_name;
use super::field::{Errors, Field};
use super::metadata;
use crate::api::ip::{cidr, external_ip, ip_address, is_ipv6};
use crate::api::names::{dns_label, dns_subdomain, in_range, port_number, qualified_name};
use std::collections::BTreeSet;

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/// A service to be created.
pub(super) fn create(service: &Field, errors: &mut Errors) {
    metadata::create(&Kind::Service, &service.get("metadata"), errors);
    check(&service.get("spec"), &service.get("metadata").get("annotations"), errors);
}

/// A service that replaces another.
pub(super) fn update(service: &Field, old: &Field, errors: &mut Errors) {
    metadata::update(&service.get("metadata"), &old.get("metadata"), errors);
    let (spec, was) = (service.get("spec"), old.get("spec"));
    kept_addresses(&spec, &was, errors);
    let class = spec.get("loadBalancerClass");
    let both_balanced = [&spec, &was].iter().all(|spec| spec.text_of("type") == "LoadBalancer");
    if both_balanced && class.value() != was.get("loadBalancerClass").value() {
        errors.invalid(&class.path, class.value(), "may not change once set");
    }
    check(&service.get("spec"), &service.get("metadata").get("annotations"), errors);
}

/// Addresses in the cluster stay (`validateUpgradeDowngradeClusterIPs`).
fn kept_addresses(spec: &Field, old: &Field, errors: &mut Errors) {
    let is_headless = |spec: &Field| spec.text_of("clusterIP") == "None";
    if [spec, old].iter().any(|spec| spec.text_of("type") == "ExternalName")
        || (is_headless(spec) && is_headless(old))
    {
        return;
    }
    let list = spec.get("clusterIPs");
    let (new, old) = (list.items(), old.get("clusterIPs").items());
    if new.is_empty() && !old.is_empty() {
        errors.invalid(&list.path_at(0), list.value(), "primary clusterIP can not be unset");
    }
    let compared = if new.len() == old.len() { new.len() } else { new.len().min(old.len()).min(1) };
    for (new, old) in new.iter().zip(&old).take(compared) {
        if new.text() != old.text() {
            errors.invalid(&new.path, list.value(), "may not change once set");
        }
    }
    let policy = spec.get("ipFamilyPolicy");
    if new.len() == 1 && old.len() > 1 && policy.text() != "SingleStack" {
        let detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        errors.invalid(&policy.path, policy.value(), detail);
    }
}

fn check(spec: &Field, annotations: &Field, errors: &mut Errors) {
    let type_ = spec.text_of("type");
    let ips = spec.get("clusterIPs").items();
    let is_headless = ips.len() == 1 && ips[0].text() == "None";
    let ports = spec.get("ports");
    if !ports.has_items() && !is_headless && type_ != "ExternalName" {
        errors.required(&ports.path, "");
    }
    match type_ {
        "LoadBalancer" | "NodePort" if is_headless => {
            let detail = format!("may not be set to 'None' for {type_} services");
            errors.invalid(&ips[0].path, "None", detail);
        }
        "ExternalName" => external_name(spec, &ips, errors),
        _ => {}
    }
    check_ports(&ports, errors);
    metadata::labels(&spec.get("selector"), errors);
    session_affinity(spec, errors);
    if type_ != "ExternalName" {
        addresses(spec, &ips, errors);
    }
    for ip in spec.get("externalIPs").items() {
        let wrong = ip_address(ip.text());
        let wrong = if wrong.is_empty() { external_ip(ip.text()) } else { wrong };
        errors.all_invalid(&ip.path, ip.text(), wrong);
    }
    if !TYPES.contains(&type_) {
        errors.not_supported(&spec.path_of("type"), type_, &TYPES);
    }
    repeated_ports(&ports, type_, errors);
    load_balancer(spec, annotations, type_, errors);
    traffic(spec, type_, errors);
}

fn external_name(spec: &Field, ips: &[Field], errors: &mut Errors) {
    let forbidden = "may not be set for ExternalName services";
    if !ips.is_empty() {
        errors.forbidden(&spec.path_of("clusterIPs"), forbidden);
    }
    for name in ["ipFamilies", "ipFamilyPolicy"].map(|name| spec.get(name)) {
        if name.is_set() {
            errors.forbidden(&name.path, forbidden);
        }
    }
    let name = spec.get("externalName");
    let text = name.text().strip_suffix('.').unwrap_or(name.text());
    if text.is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.all_invalid(&name.path, text, dns_subdomain(text));
    }
}

fn check_ports(ports: &Field, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    let needs_names = ports.items().len() > 1;
    for port in ports.items() {
        let [name, number, protocol, target, application] =
            ["name", "port", "protocol", "targetPort", "appProtocol"].map(|field| port.get(field));
        if name.text().is_empty() {
            if needs_names {
                errors.required(&name.path, "");
            }
        } else {
            errors.all_invalid(&name.path, name.text(), dns_label(name.text()));
            if !names.insert(name.text()) {
                errors.duplicate(&name.path, name.text());
            }
        }
        errors.all_invalid(&number.path, number.int(), port_number(number.int()));
        if !["SCTP", "TCP", "UDP"].contains(&protocol.text()) {
            errors.not_supported(&protocol.path, protocol.text(), &["SCTP", "TCP", "UDP"]);
        }
        port_number_or_name(&target, errors);
        if application.is_set() {
            errors.all_invalid(&application.path, application.text(), qualified_name(application.text()));
        }
    }
}

fn session_affinity(spec: &Field, errors: &mut Errors) {
    let affinity = spec.get("sessionAffinity");
    if !["ClientIP", "None"].contains(&affinity.text()) {
        errors.not_supported(&affinity.path, affinity.text(), &["ClientIP", "None"]);
    }
    let timeout = spec.get("sessionAffinityConfig").get("clientIP").get("timeoutSeconds");
    if affinity.text() == "ClientIP" && !in_range(timeout.int(), 1, 86_400).is_empty() {
        errors.invalid(&timeout.path, timeout.int(), "must be greater than 0 and less than 86400");
    }
}

fn addresses(spec: &Field, ips: &[Field], errors: &mut Errors) {
    let (single, list) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    if !single.text().is_empty() && ips.first().is_some_and(|first| first.text() != single.text()) {
        errors.invalid(&list.path, list.value(), "first value must match `clusterIP`");
    } else if single.text().is_empty() && list.has_items() {
        errors.invalid(&list.path, list.value(), "must be empty when `clusterIP` is not specified");
    }
    let mut families = BTreeSet::new();
    for family in spec.get("ipFamilies").items() {
        if !["IPv4", "IPv6"].contains(&family.text()) {
            errors.not_supported(&family.path, family.text(), &["IPv4", "IPv6"]);
        }
        if !families.insert(family.text()) {
            errors.duplicate(&family.path, family.text());
        }
    }
    const POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    let policy = spec.get("ipFamilyPolicy");
    if policy.is_set() && !POLICIES.contains(&policy.text()) {
        errors.not_supported(&policy.path, policy.text(), &POLICIES);
    }
    let mut all_are_addresses = true;
    for (index, ip) in ips.iter().enumerate() {
        if index > 0 || ip.text() != "None" {
            let wrong = ip_address(ip.text());
            all_are_addresses &= wrong.is_empty();
            errors.all_invalid(&ip.path, ip.text(), wrong);
        } else if ips.len() > 1 {
            all_are_addresses = false;
            errors.invalid(&list.path, list.value(), "'None' must be the first and only value");
        }
    }
    if ips.len() > 2 {
        errors.invalid(&list.path, list.value(), "may only hold up to 2 values");
    }
    if all_are_addresses {
        address_families(spec, ips, errors);
    }
}

/// The addresses are one of each family, and of the families that are asked for.
fn address_families(spec: &Field, ips: &[Field], errors: &mut Errors) {
    let is_both = ips.iter().any(|ip| is_ipv6(ip.text())) && ips.iter().any(|ip| !is_ipv6(ip.text()));
    if ips.len() > 1 && !is_both {
        let list = spec.get("clusterIPs");
        errors.invalid(&list.path, list.value(), "may specify no more than one IP for each IP family");
    }
    if ips.iter().any(|ip| ip.text() == "None") {
        return;
    }
    for (index, (ip, family)) in ips.iter().zip(spec.get("ipFamilies").items()).enumerate() {
        let wants_ipv6 = family.text() == "IPv6";
        if (wants_ipv6 || family.text() == "IPv4") && is_ipv6(ip.text()) != wants_ipv6 {
            let detail = format!("expected an {} value as indicated by `ipFamilies[{index}]`", family.text());
            errors.invalid(&ip.path, ip.text(), detail);
        }
    }
}

fn repeated_ports(ports: &Field, type_: &str, errors: &mut Errors) {
    if type_ == "ClusterIP" {
        for port in ports.items().iter().map(|port| port.get("nodePort")) {
            if port.int() != 0 {
                errors.forbidden(&port.path, "may not be used when `type` is 'ClusterIP'");
            }
        }
    }
    let mut seen = BTreeSet::new();
    for port in ports.items() {
        let outside = port.get("nodePort");
        if outside.int() != 0 && !seen.insert((port.text_of("protocol"), outside.int())) {
            errors.duplicate(&outside.path, outside.int());
        }
    }
    let mut seen = BTreeSet::new();
    for port in ports.items() {
        let (protocol, number) = (port.text_of("protocol"), port.int_of("port"));
        if !seen.insert((protocol, number)) {
            let key = format!(
                "{{\"Name\":\"\",\"Protocol\":{protocol:?},\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\
                 \"NodePort\":0}}"
            );
            errors.duplicate_because(&port.path, key, "");
        }
    }
}

fn load_balancer(spec: &Field, annotations: &Field, type_: &str, errors: &mut Errors) {
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.get("loadBalancerSourceRanges").at(spec.path_of("LoadBalancerSourceRanges"));
    let annotation = annotations.get("service.beta.kubernetes.io/load-balancer-source-ranges");
    let annotation =
        annotation.at(annotations.path_at("service.beta.kubernetes.io/load-balancer-source-ranges"));
    if ranges.has_items() {
        if type_ != "LoadBalancer" {
            errors.forbidden(&ranges.path, only);
        }
        for range in ranges.items() {
            errors.all_invalid(&range.path, range.text().trim(), cidr(range.text().trim()));
        }
    } else if annotation.is_set() {
        if type_ != "LoadBalancer" {
            errors.forbidden(&annotation.path, only);
        }
        let all = annotation.text().split(',').map(str::trim);
        for range in all.filter(|_| !annotation.text().trim().is_empty()) {
            errors.all_invalid(&annotation.path, range, cidr(range));
        }
    }
    let ports = spec.get("allocateLoadBalancerNodePorts");
    if ports.is_set() && type_ != "LoadBalancer" {
        errors.forbidden(&ports.path, only);
    }
    let class = spec.get("loadBalancerClass");
    if class.is_set() {
        if type_ == "LoadBalancer" {
            errors.all_invalid(&class.path, class.text(), qualified_name(class.text()));
        } else {
            errors.forbidden(&class.path, only);
        }
    }
}

fn traffic(spec: &Field, type_: &str, errors: &mut Errors) {
    const POLICIES: [&str; 2] = ["Cluster", "Local"];
    let [external, internal, check, distribution] =
        ["externalTrafficPolicy", "internalTrafficPolicy", "healthCheckNodePort", "trafficDistribution"]
            .map(|name| spec.get(name));
    let is_external = ["LoadBalancer", "NodePort"].contains(&type_)
        || (type_ == "ClusterIP" && spec.get("externalIPs").has_items());
    if !is_external {
        if !external.text().is_empty() {
            let detail = "may only be set for externally-accessible services";
            errors.invalid(&external.path, external.text(), detail);
        }
    } else if !POLICIES.contains(&external.text()) {
        errors.not_supported(&external.path, external.text(), &POLICIES);
    }
    let needs_check = type_ == "LoadBalancer" && external.text() == "Local";
    if check.int() != 0 {
        if needs_check {
            errors.all_invalid(&check.path, check.int(), port_number(check.int()));
        } else {
            let detail =
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.invalid(&check.path, check.int(), detail);
        }
    }
    if internal.is_set() && !POLICIES.contains(&internal.text()) {
        errors.not_supported(&internal.path, internal.text(), &POLICIES);
    }
    const WAYS: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if distribution.is_set() && !WAYS.contains(&distribution.text()) {
        errors.not_supported(&distribution.path, distribution.text(), &WAYS);
    }
}
