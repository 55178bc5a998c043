//! Rules about the source that no compiler checks: which layer may look at which, and what the core must not touch.

mod styles;

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with those that it may use. A module of `src` that is not listed here fails the test.
const LAYERS: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("manifest", &["api"]),
    ("cluster", &["api"]),
    ("scheduler", &["api", "cluster"]),
    ("controllers", &["api", "cluster"]),
    ("kubelet", &["api", "cluster"]),
    ("sim", &["api", "cluster", "scheduler", "controllers", "kubelet"]),
    ("kubectl", &["api", "manifest", "cluster", "controllers", "kubelet"]),
    ("explain", &["api", "cluster", "scheduler", "controllers", "kubelet", "sim"]),
    ("examples", &["api", "manifest", "sim"]),
    ("session", &["api", "manifest", "cluster", "scheduler", "sim", "examples"]),
    (
        "ui",
        &[
            "api",
            "manifest",
            "cluster",
            "scheduler",
            "controllers",
            "kubelet",
            "sim",
            "explain",
            "examples",
            "session",
        ],
    ),
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
    "Instant::now",
    "SystemTime",
    "rand::",
    "HashMap",
    "HashSet",
    "std::thread",
    "std::fs",
    "std::net",
    "std::env",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The module of `src` that a file belongs to, and its lines of code without comments.
fn code(path: &Path) -> (String, Vec<(usize, String)>) {
    let relative = path.strip_prefix(source()).expect("a file of src");
    let layer =
        relative.components().next().expect("a name").as_os_str().to_string_lossy().replace(".rs", "");
    let text = fs::read_to_string(path).expect("the file can be read");
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    (layer, lines.map(|(index, line)| (index + 1, line.to_owned())).collect())
}

/// What a line says of its use of `crate::<layer>`.
fn wrong_way(layer: &str, line: &str) -> Option<String> {
    let allowed = LAYERS.iter().find(|(name, _)| *name == layer)?.1;
    line.match_indices("crate::").find_map(|(at, _)| {
        let used: String =
            line[at + 7..].chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let known = LAYERS.iter().any(|(name, _)| *name == used);
        (known && used != layer && !allowed.contains(&used.as_str()))
            .then(|| format!("{layer} must not use {used}"))
    })
}

fn foreign(layer: &str, line: &str) -> Option<String> {
    let name = FOREIGN.iter().find(|name| line.contains(**name))?;
    (layer != "ui").then(|| format!("{layer} must not name {name}"))
}

fn complaints(check: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in files(&source()) {
        let (layer, lines) = code(&path);
        if layer == "main" || layer == "lib" {
            continue;
        }
        assert!(LAYERS.iter().any(|(name, _)| *name == layer), "{layer} is in no layer: add it to LAYERS");
        for (number, line) in lines {
            complaints
                .extend(check(&layer, &line).map(|what| format!("{}:{number}: {what}", path.display())));
        }
    }
    complaints
}

#[test]
fn layers_look_one_way_only() {
    assert_eq!(complaints(wrong_way), Vec::<String>::new());
}

#[test]
fn the_core_touches_no_browser_no_clock_and_no_chance() {
    assert_eq!(complaints(foreign), Vec::<String>::new());
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert!(wrong_way("api", "use crate::sim::Timeline;").is_some());
    assert!(wrong_way("kubelet", "    crate::scheduler::x()").is_some());
    assert!(wrong_way("sim", "use crate::kubelet::Stage;").is_none());
    assert!(foreign("sim", "let now = std::time::Instant::now();").is_some());
    assert!(foreign("ui", "use yew::prelude::*;").is_none());
}
