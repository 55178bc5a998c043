//! Runs the vectors taken from Kubernetes 1.36 against our code: `make conformance [VECTORS=<folder>]`.
//!
//! Prints `<family> <passed>/<total>` for each family of the folder and exits with 1 when a case failed. A family
//! is one function here in one file; one that is not built yet stands in [`PENDING`]. Without VECTORS it runs the
//! committed vectors, and then those in `found/`: cases in which our answer once differed from that of the real code,
//! which gave the expected ones.

mod affinity;
mod cluster;
mod daemon_pod;
mod eligibility;
mod eviction;
mod kubectl;
mod preempt;
mod quantity;
mod requests;
mod rollout;
mod schedule;
mod sequence;
mod tolerates;
mod validation;

use playground::api::{DaemonSet, Object};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compares one case: `input`, `expect`; an error says what differs.
type Check = fn(&Value, &Value) -> Result<(), String>;

/// The families, each with its check.
const FAMILIES: &[(&str, Check)] = &[
    ("affinity", affinity::check),
    ("daemon_pod", daemon_pod::check),
    ("eligibility", eligibility::check),
    ("eviction", eviction::check),
    ("drain", kubectl::check),
    ("kubectl", kubectl::check),
    ("preempt", preempt::check),
    ("quantity", quantity::check),
    ("requests", requests::check),
    ("rollout", rollout::check),
    ("schedule", schedule::check),
    ("sequence", sequence::check),
    ("tolerates", tolerates::check),
    ("validation", validation::check),
];

/// Families that are not built yet; none at the moment.
const PENDING: &[&str] = &[];

/// How many failures of a family are printed.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let folders = match std::env::var_os("VECTORS") {
        Some(folder) => vec![("", PathBuf::from(folder))],
        None => vec![("", committed.clone()), ("found/", committed.join("found"))],
    };
    let mut sum = Sum::default();
    for (label, folder) in &folders {
        run_folder(label, folder, &mut sum);
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 || sum.families == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[derive(Default)]
struct Sum {
    passed: usize,
    failed: usize,
    families: usize,
}

/// Runs the families that a folder has.
fn run_folder(label: &str, folder: &Path, sum: &mut Sum) {
    let only = std::env::var("FAMILY").ok();
    for (family, check) in FAMILIES {
        if only.as_deref().is_some_and(|only| only != *family) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(folder.join(format!("{family}.jsonl"))) else { continue };
        let failures = run(&text, *check);
        let total = text.lines().count();
        println!("{label}{family} {}/{total}", total - failures.len());
        for failure in failures.iter().take(SHOWN) {
            println!("  {failure}");
        }
        sum.families += 1;
        sum.passed += total - failures.len();
        sum.failed += failures.len();
    }
    for family in PENDING.iter().filter(|family| folder.join(format!("{family}.jsonl")).exists()) {
        println!("{label}{family} pending");
    }
}

/// The names of the cases that failed, with what differs. A panic of our code is a failed case.
fn run(text: &str, check: Check) -> Vec<String> {
    let case = |line: &str| -> Result<(), String> {
        let case: Value = serde_json::from_str(line).map_err(|error| format!("unreadable case: {error}"))?;
        let name = case["name"].as_str().unwrap_or("unnamed").to_owned();
        let outcome = std::panic::catch_unwind(|| check(&case["input"], &case["expect"]))
            .unwrap_or_else(|_| Err("panicked".into()));
        outcome.map_err(|difference| format!("{name}: {difference}"))
    };
    text.lines().filter_map(|line| case(line).err()).collect()
}

/// An error that shows both values, unless they are equal.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:?}, Kubernetes {theirs:?}")) }
}

/// A part of a case as an API type; absent or null is the default.
pub fn part<T: serde::de::DeserializeOwned + Default>(input: &Value, name: &str) -> Result<T, String> {
    match input.get(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value.clone()).map_err(|error| format!("{name}: {error}")),
    }
}

/// A DaemonSet with its defaults.
pub fn defaulted(set: DaemonSet) -> DaemonSet {
    let mut object = Object::from(set);
    playground::api::defaults::apply(&mut object);
    object.as_daemon_set().map(|set| DaemonSet::clone(set)).unwrap_or_default()
}
