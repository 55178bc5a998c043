//! Runs the vectors taken from Kubernetes 1.36 against our code: `make conformance [VECTORS=<folder>]`.
//!
//! Prints `<family> <passed>/<total>` for each family of the folder and exits with 1 when a case failed. A family
//! is one function here in one file; one that is not built yet stands in [`PENDING`], and its cases are counted as
//! pending. A case that is known to fail stands in `known/`. Without VECTORS it runs the committed vectors, and then
//! those in `found/`: cases in which our answer once differed from that of the real code, which gave the expected
//! ones; and it writes the page that tells of all this (`page.rs`). Of the committed vectors nothing may go missing:
//! each file is declared here, with its number of cases.

mod affinity;
mod cluster;
mod daemon_pod;
mod eligibility;
mod eviction;
mod kubectl;
mod kubectl_live;
mod page;
mod preempt;
mod quantity;
mod requests;
mod rollout;
mod scenario;
mod schedule;
mod sequence;
mod tolerates;
mod validation;

use playground::api::{DaemonSet, Object};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compares one case: `input` (or the case as it is), `expect`; an error says what differs.
type Check = fn(&Value, &Value) -> Result<(), String>;

/// A kind of cases.
struct Family {
    /// The name of its files, without `.jsonl`.
    name: &'static str,
    /// How many committed cases there are, in `found/` too.
    cases: usize,
    check: Check,
}

const fn family(name: &'static str, cases: usize, check: Check) -> Family {
    Family { name, cases, check }
}

/// The families, each with its check.
const FAMILIES: &[Family] = &[
    family("affinity", 276, affinity::check),
    family("cluster", 87, scenario::check),
    family("daemon_pod", 129, daemon_pod::check),
    family("drain", 80, kubectl::check),
    family("eligibility", 374, eligibility::check),
    family("eviction", 139, eviction::check),
    family("kubectl", 246, kubectl::check),
    family("kubectl-live", 682, kubectl_live::check),
    family("preempt", 394, preempt::check),
    family("quantity", 235, quantity::check),
    family("requests", 274, requests::check),
    family("rollout", 274, rollout::check),
    family("schedule", 1048, schedule::check),
    family("sequence", 160, sequence::check),
    family("tolerates", 274, tolerates::check),
    family("validation", 410, validation::check),
];

/// Families that are not built yet, each with its number of cases; none at the moment.
const PENDING: &[(&str, usize)] = &[];

/// Cases that are known to fail stand in `known/<family>.txt`: a line each, and above them a line with `# ` and why. One
/// that passes must be taken off the list.
fn known(family: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/conformance/known/{family}.txt"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (mut known, mut why) = (BTreeMap::new(), String::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix('#') {
            Some(reason) => why = reason.trim().to_owned(),
            None => drop(known.insert(line.to_owned(), why.clone())),
        }
    }
    known
}

/// How many failures of a family are printed, unless `SHOW` says another number (it shows known ones too).
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let given = std::env::var_os("VECTORS").map(PathBuf::from);
    let folders = match &given {
        Some(folder) => vec![("", folder.clone())],
        None => vec![("", committed.clone()), ("found/", committed.join("found"))],
    };
    let only = std::env::var("FAMILY").ok();
    let mut sum = Sum::default();
    for (label, folder) in &folders {
        run_folder(label, folder, only.as_deref(), &mut sum);
    }
    if given.is_none() && only.is_none() {
        sum.complaints.extend(missing_or_more(&sum.seen));
        let gaps = FAMILIES.iter().flat_map(|family| known(family.name)).collect::<Vec<_>>();
        sum.complaints.extend(page::complaints(FAMILIES.iter().map(|family| family.name)));
        sum.complaints.extend(page::write(&sum.ran, &gaps).err().map(|error| error.to_string()));
    }
    for complaint in &sum.complaints {
        println!("{complaint}");
    }
    println!("{} passed, {} failed, {} pending, {} known", sum.passed, sum.failed, sum.pending, sum.known);
    let ran = sum.passed + sum.failed > 0;
    if sum.failed > 0 || !sum.complaints.is_empty() || !ran { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[derive(Default)]
struct Sum {
    passed: usize,
    failed: usize,
    pending: usize,
    known: usize,
    /// The cases of each family.
    seen: BTreeMap<String, usize>,
    /// How each family went, for the page.
    ran: Vec<page::Ran>,
    /// What is wrong with the vectors themselves.
    complaints: Vec<String>,
}

impl Sum {
    /// Adds what came of a file of a family to what came of its others.
    fn add(&mut self, name: &str, text: &str, outcome: &Outcome) {
        let total = text.lines().count();
        let passed = total - outcome.failures.len() - outcome.known;
        self.passed += passed;
        self.failed += outcome.failures.len();
        self.known += outcome.known;
        let cases = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        match self.ran.iter_mut().find(|ran| ran.name == name) {
            Some(ran) => {
                ran.total += total;
                ran.passed += passed;
                ran.cases.extend(cases);
            }
            None => self.ran.push(page::Ran { name: name.to_owned(), total, passed, cases: cases.collect() }),
        }
    }
}

/// Runs the families that a folder has.
fn run_folder(label: &str, folder: &Path, only: Option<&str>, sum: &mut Sum) {
    for name in names(folder).into_iter().filter(|name| only.is_none_or(|only| only == name)) {
        let Ok(text) = cases(folder, &name) else {
            sum.complaints.push(format!("{label}{name} cannot be read"));
            continue;
        };
        let total = text.lines().count();
        *sum.seen.entry(name.clone()).or_default() += total;
        let Some(family) = FAMILIES.iter().find(|family| family.name == name) else {
            if PENDING.iter().any(|(pending, _)| *pending == name) {
                sum.pending += total;
                println!("{label}{name} pending ({total} cases)");
            } else {
                sum.complaints.push(format!("{label}{name} is no family: add it to FAMILIES"));
            }
            continue;
        };
        let outcome = run(&text, family);
        println!("{label}{name} {}/{total}", total - outcome.failures.len() - outcome.known);
        let shown = std::env::var("SHOW").ok().and_then(|shown| shown.parse().ok()).unwrap_or(SHOWN);
        for failure in outcome.failures.iter().take(shown) {
            println!("  {failure}");
        }
        sum.add(&name, &text, &outcome);
    }
}

/// The paths in a folder, in order.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    paths
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}

/// The cases of a family, one a line: those of its file, or each file of its folder.
fn cases(folder: &Path, name: &str) -> std::io::Result<String> {
    let of_its_own = folder.join(name);
    if !of_its_own.is_dir() {
        return std::fs::read_to_string(folder.join(format!("{name}.jsonl")));
    }
    let mut lines = String::new();
    for path in paths(&of_its_own).iter().filter(|path| has_extension(path, "json")) {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        lines += &format!("{case}\n");
    }
    Ok(lines)
}

/// The names of the families that a folder has, in order: files, and folders that a family is named after.
fn names(folder: &Path) -> Vec<String> {
    let is_family = |path: &PathBuf| {
        has_extension(path, "jsonl")
            || path.is_dir() && FAMILIES.iter().any(|family| path.ends_with(family.name))
    };
    let vectors = paths(folder).into_iter().filter(is_family);
    let mut names: Vec<String> =
        vectors.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// What of the committed vectors is not as it is declared here.
fn missing_or_more(seen: &BTreeMap<String, usize>) -> Vec<String> {
    let declared = FAMILIES.iter().map(|family| (family.name, family.cases)).chain(PENDING.iter().copied());
    let differs = declared.filter_map(|(name, cases)| {
        let found = seen.get(name).copied().unwrap_or_default();
        (found != cases).then(|| format!("{name} has {found} cases, and {cases} are declared"))
    });
    differs.collect()
}

/// How the cases of a file went.
struct Outcome {
    /// The names of those that failed, with what differs; and of those that passed though they are known to fail.
    failures: Vec<String>,
    /// How many failed as they are known to.
    known: usize,
}

/// Runs the cases of a file. A panic of our code is a failed case.
fn run(text: &str, family: &Family) -> Outcome {
    let mut outcome = Outcome { failures: Vec::new(), known: 0 };
    let known = known(family.name);
    for line in text.lines() {
        let case: Value = match serde_json::from_str(line) {
            Ok(case) => case,
            Err(error) => {
                outcome.failures.push(format!("unreadable case: {error}"));
                continue;
            }
        };
        let name = case["name"].as_str().unwrap_or("unnamed");
        let is_known = known.contains_key(name);
        // A transcript holds both in one.
        let input = case.get("input").unwrap_or(&case);
        let answer = std::panic::catch_unwind(|| (family.check)(input, &case["expect"]))
            .unwrap_or_else(|_| Err("panicked".into()));
        match answer {
            Err(difference) if is_known => {
                outcome.known += 1;
                if std::env::var_os("SHOW").is_some() {
                    println!("  known: {name}: {difference}");
                }
            }
            Err(difference) => outcome.failures.push(format!("{name}: {difference}")),
            Ok(()) if is_known => {
                outcome.failures.push(format!("{name}: passes now, take it off known/{}.txt", family.name))
            }
            Ok(()) => {}
        }
    }
    outcome
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
