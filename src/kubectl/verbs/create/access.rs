//! Roles and bindings that are made of flags; nobody asks them here, the user may do everything. Upstream:
//! `kubectl/pkg/cmd/create/create_{role,clusterrole,rolebinding,clusterrolebinding,token}.go`.

use super::{made, name};
use crate::api::{Kind, ObjectKey};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::kinds;
use crate::kubectl::print::object;
use crate::kubectl::selector::label_pairs;
use crate::kubectl::verbs::set::subjects;
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const VERBS: Flag = Flag::long("verb", Takes::Texts);
const RESOURCES: Flag = Flag::long("resource", Takes::Texts);
const NAMES: Flag = Flag::long("resource-name", Takes::List);
const CLUSTER_ROLE_FLAG: Flag = Flag::long("clusterrole", Takes::Text);
const USERS: Flag = Flag::long("user", Takes::List);
const GROUPS: Flag = Flag::long("group", Takes::List);
const ACCOUNTS: Flag = Flag::long("serviceaccount", Takes::List);

/// The verb `create role`.
pub const ROLE: Verb = Verb {
    name: "create role",
    flags: making![VERBS, RESOURCES, NAMES],
    run: |env, args| {
        let name = name(args, "create role")?;
        role(env, args, &name, "Role")
    },
};

/// The verb `create clusterrole`.
pub const CLUSTER_ROLE: Verb = Verb {
    name: "create clusterrole",
    flags: making![
        VERBS,
        RESOURCES,
        NAMES,
        Flag::long("non-resource-url", Takes::Texts),
        Flag::long("aggregation-rule", Takes::Text)
    ],
    run: |env, args| {
        let name = name(args, "create clusterrole")?;
        role(env, args, &name, "ClusterRole")
    },
};

/// The verb `create rolebinding`.
pub const ROLE_BINDING: Verb = Verb {
    name: "create rolebinding",
    flags: making![CLUSTER_ROLE_FLAG, Flag::long("role", Takes::Text), USERS, GROUPS, ACCOUNTS],
    run: |env, args| binding(env, args, "RoleBinding"),
};

/// The verb `create clusterrolebinding`.
pub const CLUSTER_ROLE_BINDING: Verb = Verb {
    name: "create clusterrolebinding",
    flags: making![CLUSTER_ROLE_FLAG, USERS, GROUPS, ACCOUNTS],
    run: |env, args| {
        args.require(&["clusterrole"]).map_err(Failure::Own)?;
        binding(env, args, "ClusterRoleBinding")
    },
};

/// The verb `create token`: nothing here signs one.
pub const TOKEN: Verb = Verb {
    name: "create token",
    flags: &[
        object::OUTPUT,
        Flag::long("audience", Takes::List),
        Flag::long("bound-object-kind", Takes::Text),
        Flag::long("bound-object-name", Takes::Text),
        Flag::long("bound-object-uid", Takes::Text),
        Flag::long("duration", Takes::Duration),
    ],
    run: |env, args| {
        let name = name(args, "create token")?;
        if args.millis("duration").is_some_and(|duration| duration < 0) {
            return Err(Failure::own("--duration must be greater than or equal to 0"));
        }
        let given = |flag: &str| args.text(flag).is_some_and(|text| !text.is_empty());
        let kind = args.text("bound-object-kind").filter(|kind| !kind.is_empty());
        let refusal = match kind {
            None if given("bound-object-name") => {
                "--bound-object-name can only be set if --bound-object-kind is provided"
            }
            None if given("bound-object-uid") => {
                "--bound-object-uid can only be set if --bound-object-kind is provided"
            }
            Some(kind) if !["Node", "Pod", "Secret"].contains(&kind) => {
                "supported --bound-object-kind values are Node, Pod, Secret"
            }
            Some(_) if !given("bound-object-name") => {
                "--bound-object-name is required if --bound-object-kind is provided"
            }
            _ => "",
        };
        if !refusal.is_empty() {
            return Err(Failure::own(refusal));
        }
        let key = ObjectKey::new(Kind::of("v1", "ServiceAccount"), args.namespace().0, &name);
        if let Err(error) = env.client.get(&key) {
            return Err(Failure::own(format!("failed to create token: {error}")));
        }
        Err(Failure::own("kubectl create token is not part of this playground: nothing here signs tokens"))
    },
};

/// Verbs of the API that a rule for resources names.
const KNOWN: &[&str] = &[
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];
/// Verbs that a rule for addresses names.
const KNOWN_OF_ADDRESSES: &[&str] = &["*", "get", "post", "put", "delete", "patch", "head", "options"];
/// Verbs of only some resources, with their groups.
const SPECIAL: &[(&str, &[(&str, &str)])] = &[
    ("use", &[("podsecuritypolicies", "policy"), ("podsecuritypolicies", "extensions")]),
    ("bind", ROLES),
    ("escalate", ROLES),
    (
        "impersonate",
        &[("users", ""), ("serviceaccounts", ""), ("groups", ""), ("userextras", "authentication.k8s.io")],
    ),
];
const ROLES: &[(&str, &str)] =
    &[("roles", "rbac.authorization.k8s.io"), ("clusterroles", "rbac.authorization.k8s.io")];

/// A list without what stands in it twice.
fn once(texts: &[String]) -> Vec<&str> {
    let mut once: Vec<&str> = Vec::new();
    texts.iter().for_each(|text| {
        if !once.contains(&text.as_str()) {
            once.push(text);
        }
    });
    once
}

fn role(env: &mut Env, args: &Args, name: &str, kind: &str) -> Result<(), Failure> {
    let is_of_cluster = kind == "ClusterRole";
    let mut role =
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": { "name": name } });
    let flags = ["non-resource-url", "verb", "resource", "resource-name"];
    if let Some(rule) = args.text("aggregation-rule").filter(|rule| !rule.is_empty()) {
        if flags.iter().any(|flag| !args.texts(flag).is_empty()) {
            return Err(Failure::own(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": label_pairs(rule)? }] });
        role["rules"] = Value::Null;
        return made(env, args, role, "", "created");
    }
    let [addresses, verbs, _, names] = flags.map(|flag| once(args.texts(flag)));
    let verbs = if verbs.contains(&"*") { vec!["*"] } else { verbs };
    let resources = args.texts("resource");
    if verbs.is_empty() {
        return Err(Failure::own("at least one verb must be specified"));
    }
    if resources.is_empty() && addresses.is_empty() {
        return Err(Failure::own(match is_of_cluster {
            true => "one of resource or nonResourceURL must be specified",
            false => "at least one resource must be specified",
        }));
    }
    if !is_of_cluster || !resources.is_empty() {
        let unknown = verbs.iter().filter(|verb| !KNOWN.contains(verb));
        unknown
            .for_each(|verb| env.complain(&format!("Warning: '{verb}' is not a standard resource verb\n")));
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in resources {
        let (group, resource) = resource_of(resource, &verbs)?;
        let listed = groups.entry(group).or_default();
        if !listed.contains(&resource) {
            listed.push(resource);
        }
    }
    for address in &addresses {
        if let Some(verb) = verbs.iter().find(|verb| !KNOWN_OF_ADDRESSES.contains(verb)) {
            return Err(Failure::own(format!("invalid verb: '{verb}' for nonResourceURL")));
        }
        if *address != "*" && !address.starts_with('/') {
            return Err(Failure::own("nonResourceURL should start with /"));
        }
        if address.trim_end_matches('*').len() + 1 < address.len()
            || address.trim_end_matches('*').contains('*')
        {
            return Err(Failure::own("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    let mut rules: Vec<Value> = Vec::new();
    for (group, resources) in groups {
        let mut rule = json!({ "apiGroups": [group], "resources": resources, "verbs": verbs });
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rules.push(rule);
    }
    if !addresses.is_empty() {
        rules.push(json!({ "nonResourceURLs": addresses, "verbs": verbs }));
    }
    role["rules"] = rules.into();
    made(env, args, role, "", "created")
}

/// Group and name of `resource.group/subresource`.
fn resource_of(text: &str, verbs: &[&str]) -> Result<(String, String), Failure> {
    let (word, below) = text.split_once('/').map_or((text, None), |(word, below)| (word, Some(below)));
    let (name, group) = word.split_once('.').unwrap_or((word, ""));
    if name.is_empty() {
        return Err(Failure::own("resource must be specified if apiGroup/subresource specified"));
    }
    let known = kinds::named(word);
    let (plural, group) = known.map_or((name, group), |known| (known.plural, known.group()));
    let mut is_known = known.is_some() || name == "*";
    if name != "*" {
        for (verb, allowed) in SPECIAL.iter().filter(|(verb, _)| verbs.contains(verb)) {
            is_known = allowed.contains(&(plural, group));
            if !is_known {
                return Err(Failure::own(format!(
                    "can not perform '{verb}' on '{plural}' in group '{group}'"
                )));
            }
        }
    }
    if !is_known {
        return Err(Failure::AsItIs(format!("the server doesn't have a resource type {name:?}")));
    }
    let below = below.map(|below| format!("/{below}")).unwrap_or_default();
    Ok((group.to_owned(), format!("{plural}{below}")))
}

fn binding(env: &mut Env, args: &Args, kind: &str) -> Result<(), Failure> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let verb = kind.to_ascii_lowercase();
    let name = name(args, &format!("create {verb}"))?;
    let text = |flag: &str| args.text(flag).filter(|text| !text.is_empty());
    let (role_kind, role) = match (text("clusterrole"), text("role")) {
        (Some(role), None) => ("ClusterRole", role),
        (None, Some(role)) => ("Role", role),
        _ if kind == "ClusterRoleBinding" => ("ClusterRole", ""),
        _ => return Err(Failure::own("exactly one of clusterrole or role must be specified")),
    };
    let names = |flag: &str| args.texts(flag).to_vec();
    let subjects = subjects(&names, |_| Err(Failure::own("serviceaccount must be <namespace>:<name>")))?;
    let mut binding = json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": kind,
        "metadata": { "name": name },
        "roleRef": { "apiGroup": GROUP, "kind": role_kind, "name": role },
    });
    if !subjects.is_empty() {
        binding["subjects"] = subjects.into();
    }
    made(env, args, binding, &format!("failed to create {verb}: "), "created")
}
