//! Profiles, and how a KubeSchedulerConfiguration changes them. Upstream: `pkg/scheduler/apis/config`,
//! `framework/runtime/framework.go` (`expandMultiPointPlugins`).

use super::framework::{Bind, FilterPlugin, PostFilter, PreEnqueue, QueueSort, ScorePlugin};
use super::plugins::{self, PluginId};
use crate::api::validation::{ErrorType, FieldError};
use crate::api::{EcoString, Millis};
use serde_json::Value;
use std::rc::Rc;

/// `schedulerName` of the default profile.
pub const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// What the scheduler is set to.
#[derive(Clone, Debug)]
pub struct SchedulerConfig {
    /// One a `schedulerName`.
    pub profiles: Vec<Rc<Profile>>,
    /// How long a pod is held back after its first failed attempt.
    pub initial_backoff: Millis,
    /// The longest it is held back.
    pub max_backoff: Millis,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        SchedulerConfig {
            profiles: vec![Rc::new(Profile::default())],
            initial_backoff: Millis::seconds(1),
            max_backoff: Millis::seconds(10),
        }
    }
}

impl SchedulerConfig {
    /// The profile of a pod's `schedulerName`; empty is the default's name.
    pub fn profile(&self, scheduler_name: &str) -> Option<&Rc<Profile>> {
        let name = if scheduler_name.is_empty() { DEFAULT_SCHEDULER } else { scheduler_name };
        self.profiles.iter().find(|profile| &*profile.scheduler_name == name)
    }

    /// How long a pod is held back after so many failed attempts in a row.
    pub fn backoff(&self, failures: u32) -> Millis {
        let factor = 1i64.checked_shl(failures.saturating_sub(1)).filter(|factor| *factor > 0);
        let grown = factor.map_or(i64::MAX, |factor| self.initial_backoff.0.saturating_mul(factor));
        Millis(grown.min(self.max_backoff.0))
    }
}

/// The plugins of one `schedulerName`.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Which pods are its own.
    pub scheduler_name: EcoString,
    /// Share of the nodes among which the best is looked for, in percent; None or 0 = by the size of the cluster.
    pub percentage_of_nodes_to_score: Option<i32>,
    points: [Vec<PluginId>; POINTS.len()],
    weights: Vec<(PluginId, i64)>,
}

/// Extension points that can be configured; each is a field of `plugins`.
const POINTS: [&str; 6] = ["preEnqueue", "queueSort", "filter", "postFilter", "score", "bind"];
const PRE_ENQUEUE: usize = 0;
const QUEUE_SORT: usize = 1;
const FILTER: usize = 2;
const POST_FILTER: usize = 3;
const SCORE: usize = 4;
const BIND: usize = 5;

/// The extension point that a field of `plugins` is about. PreFilter goes with Filter, PreScore with Score; the others do
/// nothing here.
fn point(field: &str) -> Option<usize> {
    match field {
        "preFilter" => Some(FILTER),
        "preScore" => Some(SCORE),
        _ => POINTS.iter().position(|name| *name == field),
    }
}

impl Default for Profile {
    fn default() -> Self {
        let at = |point| plugins::ids().filter(move |id| has_point(*id, point)).collect();
        Profile {
            scheduler_name: DEFAULT_SCHEDULER.into(),
            percentage_of_nodes_to_score: None,
            points: std::array::from_fn(at),
            weights: Vec::new(),
        }
    }
}

fn has_point(id: PluginId, point: usize) -> bool {
    let plugin = plugins::get(id);
    match point {
        PRE_ENQUEUE => plugin.pre_enqueue().is_some(),
        QUEUE_SORT => plugin.queue_sort().is_some(),
        FILTER => plugin.filter().is_some(),
        POST_FILTER => plugin.post_filter().is_some(),
        SCORE => plugin.score().is_some(),
        _ => plugin.bind().is_some(),
    }
}

impl Profile {
    /// The plugins asked before a pod enters the queue.
    pub fn pre_enqueues(&self) -> impl Iterator<Item = (&'static str, &'static dyn PreEnqueue)> {
        self.at(PRE_ENQUEUE, |id| plugins::get(id).pre_enqueue())
            .map(|(id, it)| (plugins::get(id).name(), it))
    }

    /// The plugin that orders the queue.
    pub fn queue_sort(&self) -> Option<&'static dyn QueueSort> {
        self.at(QUEUE_SORT, |id| plugins::get(id).queue_sort()).next().map(|(_, sort)| sort)
    }

    /// The plugins that check nodes, in order.
    pub fn filters(&self) -> impl Iterator<Item = (PluginId, &'static dyn FilterPlugin)> {
        self.at(FILTER, |id| plugins::get(id).filter())
    }

    /// The plugins asked when no node is possible, in order.
    pub fn post_filters(&self) -> impl Iterator<Item = &'static dyn PostFilter> {
        self.at(POST_FILTER, |id| plugins::get(id).post_filter()).map(|(_, post_filter)| post_filter)
    }

    /// The plugins that rank nodes, in order, with their weights.
    pub fn scores(&self) -> impl Iterator<Item = (&'static str, i64, &'static dyn ScorePlugin)> {
        self.points[SCORE].iter().filter_map(|id| {
            let plugin = plugins::get(*id);
            let score = plugin.score()?;
            let given = self.weights.iter().find(|(known, _)| known == id).map(|(_, weight)| *weight);
            Some((plugin.name(), given.unwrap_or_else(|| score.default_weight()), score))
        })
    }

    /// The plugin that writes the decision.
    pub fn binder(&self) -> Option<&'static dyn Bind> {
        self.at(BIND, |id| plugins::get(id).bind()).next().map(|(_, bind)| bind)
    }

    fn at<T>(
        &self,
        point: usize,
        part: impl Fn(PluginId) -> Option<T>,
    ) -> impl Iterator<Item = (PluginId, T)> {
        self.points[point].iter().filter_map(move |id| Some((*id, part(*id)?)))
    }

    fn disable(&mut self, point: usize, id: PluginId) {
        self.points[point].retain(|known| *known != id);
    }

    fn enable(&mut self, point: usize, id: PluginId) {
        if has_point(id, point) && !self.points[point].contains(&id) {
            self.points[point].push(id);
        }
    }
}

/// Reads a KubeSchedulerConfiguration. What cannot be followed is left at its default and told.
pub fn read(document: &Value) -> (SchedulerConfig, Vec<FieldError>) {
    let mut config = SchedulerConfig::default();
    let mut reader = Reader::default();
    let seconds = |field: &str, default: Millis| {
        document.get(field).and_then(Value::as_i64).map_or(default, Millis::seconds)
    };
    config.initial_backoff = seconds("podInitialBackoffSeconds", config.initial_backoff);
    config.max_backoff = seconds("podMaxBackoffSeconds", config.max_backoff);
    let overall = reader.percentage(document, "");
    let profiles = document.get("profiles").and_then(Value::as_array);
    let read: Vec<_> = profiles
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(at, profile)| Rc::new(reader.profile(profile, overall, &format!("profiles[{at}]"))))
        .collect();
    for (at, profile) in read.iter().enumerate() {
        if read[..at].iter().any(|other| other.scheduler_name == profile.scheduler_name) {
            let path = format!("profiles[{at}].schedulerName");
            let name = format!("{:?}", &*profile.scheduler_name);
            reader.problem(path, ErrorType::Duplicate, Some(name), "");
        }
    }
    config.profiles = if read.is_empty() {
        vec![Rc::new(Profile { percentage_of_nodes_to_score: overall, ..Profile::default() })]
    } else {
        read
    };
    (config, reader.problems)
}

#[derive(Default)]
struct Reader {
    problems: Vec<FieldError>,
}

impl Reader {
    fn problem(&mut self, field: String, type_: ErrorType, value: Option<String>, detail: &str) {
        self.problems.push(FieldError { field, type_, value, detail: detail.into() });
    }

    fn percentage(&mut self, value: &Value, path: &str) -> Option<i32> {
        let percentage = value.get("percentageOfNodesToScore")?.as_i64()?;
        if !(0..=100).contains(&percentage) {
            let dot = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{dot}percentageOfNodesToScore");
            let value = Some(percentage.to_string());
            self.problem(path, ErrorType::Invalid, value, "not in valid range [0-100]");
            return None;
        }
        i32::try_from(percentage).ok()
    }

    fn profile(&mut self, value: &Value, overall: Option<i32>, path: &str) -> Profile {
        let mut profile = Profile::default();
        if let Some(name) = value.get("schedulerName").and_then(Value::as_str) {
            profile.scheduler_name = name.into();
        }
        profile.percentage_of_nodes_to_score = self.percentage(value, path).or(overall);
        if value.get("pluginConfig").and_then(Value::as_array).is_some_and(|args| !args.is_empty()) {
            let detail = "arguments of plugins are not simulated, the defaults hold";
            self.problem(format!("{path}.pluginConfig"), ErrorType::Forbidden, None, detail);
        }
        let plugins = value.get("plugins").and_then(Value::as_object);
        // Upstream expands multiPoint first; what a point of its own says is stronger.
        let fields = plugins.into_iter().flatten();
        let (multi, single): (Vec<_>, Vec<_>) = fields.partition(|(field, _)| *field == "multiPoint");
        for (field, set) in multi.into_iter().chain(single) {
            let path = format!("{path}.plugins.{field}");
            let points: Vec<usize> = if field == "multiPoint" {
                (0..POINTS.len()).collect()
            } else {
                point(field).into_iter().collect()
            };
            for (id, _, all) in self.plugins(set, "disabled", &path) {
                for point in &points {
                    match id {
                        Some(id) => profile.disable(*point, id),
                        None if all => profile.points[*point].clear(),
                        None => {}
                    }
                }
            }
            for (id, weight, _) in self.plugins(set, "enabled", &path) {
                let Some(id) = id else { continue };
                for point in &points {
                    profile.enable(*point, id);
                }
                if let Some(weight) = weight.filter(|_| points.contains(&SCORE)) {
                    profile.weights.retain(|(known, _)| *known != id);
                    profile.weights.push((id, weight));
                }
            }
        }
        for (point, name) in [(QUEUE_SORT, "queueSort"), (BIND, "bind")] {
            if profile.points[point].is_empty() {
                let path = format!("{path}.plugins.{name}");
                self.problem(path, ErrorType::Required, None, "one plugin is needed");
                profile.points[point] = Profile::default().points[point].clone();
            }
        }
        profile
    }

    /// The plugins of one list: which (None = unknown, or all), the weight, and whether it says `*`.
    fn plugins(&mut self, set: &Value, list: &str, path: &str) -> Vec<(Option<PluginId>, Option<i64>, bool)> {
        let entries = set.get(list).and_then(Value::as_array).into_iter().flatten().enumerate();
        let mut read = Vec::new();
        for (at, entry) in entries {
            let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
            let weight = entry.get("weight").and_then(Value::as_i64).filter(|weight| *weight != 0);
            let id = plugins::id(name);
            if id.is_none() && name != "*" && !plugins::NOT_SIMULATED.contains(&name) {
                let known: Vec<String> = plugins::names().map(|name| format!("{name:?}")).collect();
                let detail = format!("supported values: {}", known.join(", "));
                let path = format!("{path}.{list}[{at}].name");
                self.problem(path, ErrorType::NotSupported, Some(format!("{name:?}")), &detail);
            }
            read.push((id, weight, name == "*"));
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(profile: &Profile) -> Vec<&'static str> {
        profile.filters().map(|(id, _)| plugins::get(id).name()).collect()
    }

    #[test]
    fn plugins_can_be_disabled_at_one_point_or_at_all() {
        let (config, problems) = read(&json!({"profiles": [{
            "schedulerName": "own",
            "percentageOfNodesToScore": 30,
            "plugins": {
                "multiPoint": {"disabled": [{"name": "TaintToleration"}]},
                "score": {"disabled": [{"name": "*"}], "enabled": [{"name": "ImageLocality", "weight": 7}]},
            },
        }]}));
        assert_eq!(problems, []);
        let profile = config.profile("own").unwrap();
        assert_eq!(profile.percentage_of_nodes_to_score, Some(30));
        assert!(!names(profile).contains(&"TaintToleration") && names(profile).contains(&"NodeAffinity"));
        let scores: Vec<_> = profile.scores().map(|(name, weight, _)| (name, weight)).collect();
        assert_eq!(scores, [("ImageLocality", 7)]);
        assert!(config.profile("").is_none(), "the default profile is gone where others are configured");
    }

    #[test]
    fn what_cannot_be_followed_is_told_at_its_place() {
        let (_, problems) = read(&json!({"profiles": [{"plugins": {
            "filter": {"disabled": [{"name": "TaintTolerations"}]}, "bind": {"disabled": [{"name": "*"}]},
        }}], "percentageOfNodesToScore": 101}));
        let paths: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(
            paths,
            [
                "percentageOfNodesToScore",
                "profiles[0].plugins.filter.disabled[0].name",
                "profiles[0].plugins.bind"
            ]
        );
        assert!(
            problems[1].body().starts_with("Unsupported value: \"TaintTolerations\": supported values: ")
        );
    }

    #[test]
    fn back_off_doubles_up_to_its_bound() {
        let config = SchedulerConfig::default();
        let waits: Vec<_> = (1..=6).map(|failures| config.backoff(failures).0).collect();
        assert_eq!(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(config.backoff(200).0, 10_000);
    }
}
