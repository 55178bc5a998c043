//! Which part may look at which.

use super::source::{Named, module, named, read, root, rust};
use std::collections::BTreeSet;

/// Each layer with those that it may use. A module of `src` that is not listed here fails the test.
const LAYERS: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("manifest", &["api"]),
    ("cluster", &["api"]),
    ("scheduler", &["api", "cluster"]),
    ("controllers", &["api", "cluster"]),
    ("kubelet", &["api", "cluster"]),
    ("network", &["api", "cluster"]),
    ("kubectl", &["api", "manifest", "cluster", "controllers", "kubelet", "network"]),
    ("sim", &["api", "cluster", "scheduler", "controllers", "kubelet", "kubectl"]),
    ("explain", &["api", "cluster", "scheduler", "controllers", "kubelet", "network", "kubectl", "sim"]),
    ("examples", &["api", "manifest", "sim"]),
    ("session", &["api", "manifest", "cluster", "scheduler", "kubectl", "sim", "explain", "examples"]),
    ("lessons", &["api", "cluster", "kubectl", "sim", "explain", "session"]),
    ("ui", ALL),
];

const ALL: &[&str] = &[
    "api",
    "manifest",
    "cluster",
    "scheduler",
    "controllers",
    "kubelet",
    "network",
    "sim",
    "kubectl",
    "explain",
    "examples",
    "session",
    "lessons",
];

/// Tests within a layer that look at one below, which they need to make things happen.
const TESTS: &[(&str, &str)] = &[("src/kubelet/containers/tests.rs", "sim")];

/// The parts of the page, from what all may use to what uses all: each may look at those before it.
const PAGE: &[&str] = &["shared", "state", "keys", "browser", "widgets", "figures", "panels", "list", "app"];

/// Folders whose children do not know of each other. A child named `testing` is for the tests of all.
const SIBLINGS: &[&str] = &["controllers", "scheduler::plugins", "ui::panels"];

/// Siblings that may: who, whom, why. One that is not used fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "ui::panels::editor",
        "ui::panels::rollout",
        "the preview of an update shows the same comparison of templates",
    ),
    ("ui::panels::dialogs", "ui::panels::reach", "a menu opens the panel in which one asks from there"),
    ("ui::panels::stage", "ui::panels::preemption", "the scene stands in the place of the cards"),
    ("ui::panels::stage", "ui::panels::predict", "the question stands above the cluster"),
    ("ui::panels::lesson", "ui::panels::predict", "a lesson's question is guessed on the nodes"),
    ("ui::panels::compare", "ui::panels::map", "two branches of a large cluster are two maps"),
];

/// What only `ui` may name: the browser, the host's clock, chance, and collections without an order.
const FOREIGN: &[&str] = &[
    "web_sys",
    "js_sys",
    "gloo",
    "yew",
    "wasm_bindgen",
    "serde_wasm_bindgen",
    "std::time",
    "std::thread",
    "std::fs",
    "std::net",
    "std::env",
    "rand",
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
];

fn starts(path: &[String], with: &str) -> bool {
    let mut names = path.iter();
    with.split("::").all(|name| names.next().is_some_and(|own| own == name))
}

/// Says why a module of a layer may not use what it names.
fn wrong_way(of: &[String], used: &Named) -> Option<String> {
    let (layer, target) = (of.first()?, used.path.first().filter(|_| used.ours)?);
    let allowed = LAYERS.iter().find(|(name, _)| name == layer)?.1;
    let known = LAYERS.iter().any(|(name, _)| name == target);
    (known && target != layer && !allowed.contains(&target.as_str()))
        .then(|| format!("{layer} must not use {target}"))
}

/// Within the page.
fn up_the_page(of: &[String], used: &Named) -> Option<String> {
    let rank = |path: &[String]| {
        let name = path.get(1).filter(|_| starts(path, "ui"))?;
        PAGE.iter().position(|part| part == name)
    };
    let (own, target) = (rank(of)?, rank(&used.path).filter(|_| used.ours)?);
    (target > own).then(|| format!("ui::{} must not use ui::{}", PAGE[own], PAGE[target]))
}

/// A sibling that looks at another: both names.
fn nosy(of: &[String], used: &Named) -> Option<(String, String)> {
    SIBLINGS.iter().find_map(|folder| {
        let parts: Vec<&str> = folder.split("::").collect();
        let name = |path: &[String]| {
            let name = path.get(parts.len()).filter(|name| starts(path, folder) && *name != "testing")?;
            let child = root().join("src").join(parts.join("/")).join(name);
            (child.is_dir() || child.with_extension("rs").is_file()).then(|| format!("{folder}::{name}"))
        };
        let (own, target) = (name(of)?, name(&used.path).filter(|_| used.ours)?);
        (own != target).then_some((own, target))
    })
}

fn foreign(of: &[String], used: &Named) -> Option<String> {
    if used.ours || of.first().is_none_or(|layer| layer == "ui") {
        return None;
    }
    let is_named = |name: &&&str| starts(&used.path, name) || used.path.iter().any(|part| part == **name);
    FOREIGN.iter().find(is_named).map(|name| format!("{} must not name {name}", of[0]))
}

/// The document and the window are the browser's part's; the app mounts itself.
fn outside(of: &[String], used: &Named) -> Option<String> {
    let may = starts(of, "ui::browser") || starts(of, "ui::app");
    (starts(&used.path, "gloo::utils") && !may)
        .then(|| format!("{} must not name gloo::utils", of.join("::")))
}

/// What a check says of all modules of `src`, with its place.
fn complaints(check: impl Fn(&[String], &Named) -> Option<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in rust("src") {
        let of = module(&path);
        for used in named(&of, &read(&path)) {
            complaints.extend(check(&of, &used).map(|what| format!("{path}:{}: {what}", used.line)));
        }
    }
    complaints
}

#[test]
fn layers_look_one_way_only() {
    for path in rust("src") {
        if let Some(layer) = module(&path).first() {
            assert!(LAYERS.iter().any(|(name, _)| name == layer), "{layer} is in no layer: add it to LAYERS");
        }
    }
    let excepted = |what: &String| {
        TESTS.iter().any(|(path, layer)| what.starts_with(path) && what.ends_with(&format!("use {layer}")))
    };
    let found: Vec<_> = complaints(wrong_way).into_iter().filter(|what| !excepted(what)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_parts_of_the_page_look_one_way_only() {
    assert_eq!(complaints(up_the_page), Vec::<String>::new());
}

#[test]
fn what_is_outside_of_the_app_is_the_browsers() {
    assert_eq!(complaints(outside), Vec::<String>::new());
}

#[test]
fn siblings_do_not_know_of_each_other() {
    let mut seen = BTreeSet::new();
    let found = complaints(|of, used| {
        let (own, target) = nosy(of, used)?;
        let excepted = EXCEPTIONS.iter().any(|(who, whom, _)| *who == own && *whom == target);
        (!excepted).then(|| format!("{own} must not use {target}"))
    });
    for path in rust("src") {
        let of = module(&path);
        seen.extend(named(&of, &read(&path)).iter().filter_map(|used| nosy(&of, used)));
    }
    let idle = EXCEPTIONS.iter().filter(|(who, whom, _)| !seen.contains(&((*who).into(), (*whom).into())));
    let idle: Vec<_> =
        idle.map(|(who, whom, _)| format!("{who} does not use {whom}: no exception is needed")).collect();
    assert_eq!((found, idle), Default::default());
}

#[test]
fn the_core_touches_no_browser_no_clock_and_no_chance() {
    assert_eq!(complaints(foreign), Vec::<String>::new());
}

#[test]
fn the_checks_see_what_they_look_for() {
    fn says<T>(module: &str, text: &str, check: impl Fn(&[String], &Named) -> Option<T>) -> bool {
        let of: Vec<String> = module.split("::").map(str::to_owned).collect();
        named(&of, text).iter().any(|used| check(&of, used).is_some())
    }
    assert!(says("api", "use crate::sim::Timeline;", wrong_way));
    assert!(says("api::meta", "use crate::{api, sim::Timeline};", wrong_way));
    assert!(says("kubelet", "fn f() { crate::scheduler::x() }", wrong_way));
    assert!(says("kubelet", "fn f() { assert!(crate::scheduler::x()) }", wrong_way));
    assert!(!says("sim", "use crate::kubelet::Stage;", wrong_way));
    assert!(says("ui::widgets", "use super::panels::why;", up_the_page));
    assert!(!says("ui::panels::why", "use crate::ui::state::UiState;", up_the_page));
    assert!(says("ui::panels::why::model", "use crate::ui::panels::stage::model::Chip;", nosy));
    assert!(says("controllers::disruption", "use super::daemonset;", nosy));
    assert!(!says("ui::panels::why::view", "use super::model::model;", nosy));
    assert!(says("sim", "fn f() { let now = std::time::Instant::now(); }", foreign));
    assert!(says("sim", "use std::{collections::HashMap, rc::Rc};", foreign));
    assert!(!says("ui", "use yew::prelude::*;", foreign));
    assert!(says("ui::widgets::modal", "fn f() { gloo::utils::document(); }", outside));
    assert!(!says("ui::browser::travel", "fn f() { gloo::utils::document(); }", outside));
}
