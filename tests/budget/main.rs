//! What a step costs, what each panel's model costs and what it costs to open a list, however large the cluster is,
//! held against `.ci/budget.json`.
//!
//! Costs are counted in allocations, which are the same on every machine; only what walks through a cluster and
//! allocates nothing needs a clock, and is compared with itself in a small cluster. `cargo test --test budget --
//! --nocapture` prints what was found.

mod beside;
mod cluster;
mod opening;
mod panels;
mod step;

use serde_json::Value;

/// Sizes of clusters, in nodes.
const SIZES: [usize; 3] = [8, 1_000, 5_000];

/// What was found, against the limits of a part of the budget.
struct Found {
    part: &'static str,
    lines: Vec<(String, f64)>,
}

impl Found {
    fn new(part: &'static str) -> Self {
        Found { part, lines: Vec::new() }
    }

    fn note(&mut self, name: impl Into<String>, value: f64) {
        self.lines.push((name.into(), value));
    }

    /// Fails where a limit is passed, missing, or of something that was not measured.
    fn check(&self) {
        let budget: Value = serde_json::from_str(include_str!("../../.ci/budget.json")).expect("JSON");
        let limits = budget[self.part].as_object().expect("a part of the budget");
        let mut complaints = Vec::new();
        for (name, value) in &self.lines {
            println!("{}/{name} {value:.1}", self.part);
            match limits.get(name).and_then(Value::as_f64) {
                None => complaints.push(format!("{name} is {value:.1} and has no limit")),
                Some(limit) if *value > limit => {
                    complaints.push(format!("{name} is {value:.1}, its limit is {limit}"));
                }
                Some(_) => {}
            }
        }
        let measured = |name: &String| self.lines.iter().any(|(line, _)| line == name);
        complaints.extend(
            limits.keys().filter(|name| !measured(name)).map(|name| format!("{name} was not measured")),
        );
        assert_eq!(complaints, Vec::<String>::new());
    }
}
