//! "Why?" of a DaemonSet: how far its pods are, what the controller may do next and by which sums, what each node
//! waits for, and its revisions.

use super::super::piece::{Piece, sentence};
use super::super::pods::{Revisions, Stage, name_end, stage};
use super::super::span::span;
use super::super::step::{count, delete_reason};
use super::super::template::changes;
use super::{
    Block, BudgetRow, LISTED, NodeLine, RevisionRow, Section, Slot, Tone, Why, daemon, last_touch, section,
    yaml,
};
use crate::api::{DaemonSet, EcoString, Kind, ObjectKey, Time};
use crate::cluster::Actor;
use crate::controllers::daemonset::eligibility::Verdict;
use crate::controllers::daemonset::history::{self, HistoryTrace, RevisionOrigin};
use crate::controllers::daemonset::node::{Class, CreateReason, PodSeen};
use crate::controllers::daemonset::rollout::{Bound, RolloutTrace, SurgeBudget, UnavailableBudget};
use crate::controllers::daemonset::totals::Order;
use crate::controllers::daemonset::trace::{KeepReason, NodeStory, PodDecision, Sync, SyncTrace};
use crate::controllers::daemonset::{Survey, survey};
use crate::sim::{Step, StepNo, Timeline, Trace};
use std::rc::Rc;

/// So many slots of a budget are drawn at most.
const SLOTS: usize = 8;

pub(super) fn why(timeline: &Timeline, set: &Rc<DaemonSet>) -> Why {
    let key = ObjectKey::new(Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
    let step = last_touch(timeline, &key);
    let Some(survey) = survey(timeline.world(), set, timeline.now()) else {
        let verdict = match set.metadata.is_terminating() {
            true => sentence("Is being deleted: its pods are the garbage collector's.", &[]),
            false => sentence("Is not synced: its selector selects every pod.", &[]),
        };
        return Why { key, step, verdict, sections: Vec::new() };
    };
    let told = Told { timeline, set, survey: &survey, revisions: Revisions::of(timeline.world(), Some(set)) };
    let mut sections = vec![told.budget()];
    sections.extend(last_sync(timeline, &key).map(|(step, sync)| told.sync(&step, &sync)));
    sections.push(told.nodes());
    sections.push(told.history());
    let lines = yaml::of_set(set);
    sections.push(section("DaemonSet YAML", &set.metadata.name, None, vec![Block::Yaml(lines)]));
    Why { key, step, verdict: told.verdict(), sections }
}

/// The last sync of a DaemonSet up to the shown step.
fn last_sync(timeline: &Timeline, key: &ObjectKey) -> Option<(Rc<Step>, Rc<SyncTrace>)> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *key => match &trace.sync {
            Sync::Done(sync) => Some((Rc::clone(step), Rc::clone(sync))),
            _ => None,
        },
        _ => None,
    })
}

struct Told<'a> {
    timeline: &'a Timeline,
    set: &'a DaemonSet,
    survey: &'a Survey,
    revisions: Revisions,
}

impl Told<'_> {
    fn size(&self, asked: impl Fn(Class) -> bool) -> i32 {
        self.survey.totals.size(asked)
    }

    /// The number of the current revision.
    fn current(&self) -> i64 {
        self.survey.sync.history.origin.number()
    }

    /// Where the set stands, in a sentence.
    fn verdict(&self) -> Vec<Piece> {
        let counts = &self.survey.totals.counts;
        let old = self.size(|class| matches!(class, Class::Old { .. } | Class::Both { .. }));
        let done = self.size(|class| class == Class::New { available: true });
        let (desired, current) = (counts.desired.to_string(), format!("r{}", self.current()));
        let waiting = self.waiting();
        if let RolloutTrace::Failed(error) = &self.survey.rollout {
            return sentence("The rolling update cannot go on: {}.", &[&error.to_string()]);
        }
        if let RolloutTrace::OnDelete { outdated } = self.survey.rollout
            && outdated > 0
        {
            let nodes = count(usize::try_from(outdated).unwrap_or(0), "node");
            return sentence(
                "{} still on an older revision: with `OnDelete` nothing happens until a pod is deleted.",
                &[&nodes],
            );
        }
        match (counts.desired, old, self.paused()) {
            (0, ..) => sentence("No node is to run it.", &[]),
            (_, 0, _) if waiting.is_empty() => sentence(
                "Every node that is to run it, {} in all, has an available pod of `{}`.",
                &[&desired, &current],
            ),
            (_, 0, _) => {
                // Nodes that may keep a pod are not among those that are to run one.
                let mut told = if done >= counts.desired {
                    let text =
                        "Every node that is to run it, {} in all, has an available pod of `{}`. Besides, ";
                    sentence(text, &[&desired, &current])
                } else {
                    let text = "{} of {} nodes have an available pod of `{}`; ";
                    sentence(text, &[&done.to_string(), &desired, &current])
                };
                told.extend(self.missing(&waiting));
                told
            }
            (_, _, Some(blockers)) => {
                let stuck = blockers.iter().any(|name| self.is_not_ready(name));
                let mut told = sentence(if stuck { "Paused because " } else { "Waits: " }, &[]);
                told.extend(self.missing(&blockers));
                told
            }
            _ => {
                sentence("Rolls out `{}`: {} of {} nodes have it.", &[&current, &done.to_string(), &desired])
            }
        }
    }

    /// Nodes that should have an available pod and have none, by name.
    fn waiting(&self) -> Vec<EcoString> {
        let waits = |class| match class {
            Class::Empty => true,
            Class::New { available } | Class::Old { available, .. } => !available,
            Class::Both { new, .. } => !new,
            Class::Excess => false,
        };
        self.survey.totals.first(usize::MAX, Order::ByName, waits)
    }

    /// The nodes that the rolling update waits for, when its budget is used up.
    fn paused(&self) -> Option<Vec<EcoString>> {
        let (left, candidates) = match &self.survey.rollout {
            RolloutTrace::Unavailable(budget) => (budget.left, budget.candidates),
            RolloutTrace::Surge(budget) => (budget.left, budget.candidates),
            _ => return None,
        };
        (left == 0 && candidates > 0).then(|| self.waiting()).filter(|nodes| !nodes.is_empty())
    }

    /// What nodes without an available pod are waiting for: `worker-c1 is NotReady`.
    fn missing(&self, nodes: &[EcoString]) -> Vec<Piece> {
        let mut told = Vec::new();
        for (index, name) in nodes.iter().take(2).enumerate() {
            if index > 0 {
                told.extend(sentence("; ", &[]));
            }
            told.extend(self.missing_on(name));
        }
        if nodes.len() > 2 {
            told.extend(sentence("; and {} more", &[&(nodes.len() - 2).to_string()]));
        }
        told.extend(sentence(".", &[]));
        told
    }

    fn is_not_ready(&self, node: &str) -> bool {
        self.timeline.world().node(node).is_some_and(|node| node.ready() != Some("True"))
    }

    fn missing_on(&self, name: &EcoString) -> Vec<Piece> {
        if self.is_not_ready(name) {
            return sentence("{} is NotReady", &[name]);
        }
        match self.survey.sync.node(name).and_then(|story| story.pods.last().map(|(pod, _)| pod.name.clone()))
        {
            Some(pod) => {
                let mut told = sentence("{}: `{}` is ", &[name, name_end(&pod)]);
                told.push(Piece::Text(self.state(&pod)));
                told
            }
            None => sentence("{} has no pod", &[name]),
        }
    }

    /// STATUS of a pod, in words that follow "is".
    fn state(&self, pod: &str) -> String {
        let Some(pod) = self.timeline.world().pod(&self.set.metadata.namespace, pod) else {
            return "gone".into();
        };
        match stage(pod) {
            (Stage::Ready, _) => "ready, but not for minReadySeconds".into(),
            (_, state) => state,
        }
    }

    // ---- budget ----

    fn budget(&self) -> Section {
        let by = Actor::DaemonSetController.name();
        let (badge, blocks) = match &self.survey.rollout {
            RolloutTrace::OnDelete { outdated } => {
                let nodes = count(usize::try_from(*outdated).unwrap_or(0), "old pod");
                let words = sentence("`OnDelete`: nothing happens until a pod is deleted. {}.", &[&nodes]);
                ((Tone::Neutral, "OnDelete"), vec![Block::Words(words)])
            }
            RolloutTrace::Failed(error) => {
                ((Tone::Bad, "cannot go on"), vec![Block::Words(vec![Piece::Code(error.to_string())])])
            }
            RolloutTrace::Unavailable(budget) => self.unavailable(budget),
            RolloutTrace::Surge(budget) => self.surge(budget),
            RolloutTrace::Postponed => ((Tone::Neutral, "later"), Vec::new()),
        };
        section("Budget", by, Some(badge), blocks)
    }

    fn unavailable(&self, budget: &UnavailableBudget) -> ((Tone, &'static str), Vec<Block>) {
        let used = self.waiting();
        let rows = vec![
            row("maxUnavailable", &budget.bound, &used, false),
            BudgetRow { name: "maxSurge", slots: Vec::new(), more: 0, used: "0/0".into() },
        ];
        let sums = format!(
            "{}; {} unavailable; {} left",
            bound(&budget.bound),
            count(usize::try_from(budget.unavailable).unwrap_or(0), "node"),
            budget.left
        );
        let mut blocks = vec![Block::Budget(rows), Block::Words(vec![Piece::Text(sums)])];
        if budget.replacements > 0 {
            let pods = count(usize::try_from(budget.replacements).unwrap_or(0), "old pod");
            let text = "{} not available anyway: replaced at once, outside the budget.";
            blocks.push(Block::Words(sentence(text, &[&pods])));
        }
        blocks
            .extend(self.next(budget.left, budget.candidates, budget.taken, "be deleted").map(Block::Words));
        (badge(budget.left, budget.candidates), blocks)
    }

    fn surge(&self, budget: &SurgeBudget) -> ((Tone, &'static str), Vec<Block>) {
        let surging = |class| matches!(class, Class::Excess | Class::Both { new: false, .. });
        let used = self.survey.totals.first(usize::MAX, Order::ByName, surging);
        let rows = vec![
            row("maxSurge", &budget.bound, &used, true),
            BudgetRow { name: "maxUnavailable", slots: Vec::new(), more: 0, used: "0/0".into() },
        ];
        let sums = format!(
            "{}; {} with a new pod that is not available yet; {} left",
            bound(&budget.bound),
            count(usize::try_from(budget.surging).unwrap_or(0), "node"),
            budget.left
        );
        let mut blocks = vec![Block::Budget(rows), Block::Words(vec![Piece::Text(sums)])];
        if budget.replacements > 0 {
            let pods = count(usize::try_from(budget.replacements).unwrap_or(0), "old pod");
            let text = "{} not available anyway: a new pod comes beside each, outside the budget.";
            blocks.push(Block::Words(sentence(text, &[&pods])));
        }
        if budget.sunset > 0 {
            let text = "{} on nodes that are no longer eligible: kept while no more pods are available than desired ({} of {}).";
            let pods = count(usize::try_from(budget.sunset).unwrap_or(0), "old pod");
            let desired = self.survey.totals.counts.desired.to_string();
            blocks.push(Block::Words(sentence(text, &[&pods, &budget.available.to_string(), &desired])));
        }
        blocks.extend(
            self.next(budget.left, budget.candidates, budget.taken, "get a second pod").map(Block::Words),
        );
        (badge(budget.left, budget.candidates), blocks)
    }

    /// Who can be next, or what has to happen first.
    fn next(&self, left: i32, candidates: i32, taken: i32, verb: &str) -> Option<Vec<Piece>> {
        if candidates == 0 {
            return None;
        }
        if left == 0 {
            let names = self.waiting();
            let shown = names.iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 2 { format!(" and {} more", names.len() - 2) } else { String::new() };
            let what = if verb == "be deleted" {
                "No other pod may be deleted"
            } else {
                "No other node may get a second pod"
            };
            return Some(sentence("{} until the pod on {}{} is available.", &[what, &shown, &more]));
        }
        let (all, taken) = (candidates.to_string(), taken.to_string());
        (candidates.to_string() != taken).then(|| {
            sentence(
                "{} of {} old pods can {} next. A real controller takes any of them; here they go by name, unless you choose chance.",
                &[&taken, &all, verb],
            )
        })
    }

    // ---- a sync ----

    /// What the last sync decided.
    fn sync(&self, step: &Step, sync: &SyncTrace) -> Section {
        let mut lines: Vec<(&'static str, Vec<Piece>)> = self.revision(&sync.history).into_iter().collect();
        for create in sync.creates.iter().take(LISTED) {
            let why = create_reason(create.reason);
            lines.push(("+", sentence("a pod for {}: {}", &[&create.node, why])));
        }
        for delete in sync.deletes.iter().take(LISTED) {
            let why = delete_reason(delete.reason);
            lines.push(("−", sentence("`{}` on {}: {}", &[name_end(&delete.pod), &delete.node, why])));
        }
        let unlisted = sync.creates.len().saturating_sub(LISTED) + sync.deletes.len().saturating_sub(LISTED);
        if unlisted > 0 {
            lines.push(("·", sentence("and {} more", &[&count(unlisted, "pod")])));
        }
        for (pods, what) in [(&sync.adopted, "adopted"), (&sync.released, "released")] {
            lines.extend(pods.iter().take(LISTED).map(|pod| ("~", sentence("{} `{}`", &[what, pod]))));
        }
        for later in [sync.later_creates, sync.later_deletes] {
            if later > 0 {
                let pods = count(later as usize, "pod");
                lines.push(("·", sentence("{} more with the next sync: one does 250 at most", &[&pods])));
            }
        }
        for waiting in sync.backing_off.iter().take(LISTED) {
            let left = span(waiting.until - step.at);
            let text = "`{}` on {} failed again: it stays for {} more (back-off)";
            lines.push(("·", sentence(text, &[name_end(&waiting.pod), &waiting.node, &left])));
        }
        let mut blocks = Vec::new();
        if let Some(budget) = budget_of(&sync.rollout) {
            blocks.push(Block::Words(vec![Piece::Text(budget)]));
        }
        if sync.rollout == RolloutTrace::Postponed {
            let text =
                "The rolling update had to wait: first what this sync created and deleted must be seen.";
            blocks.push(Block::Words(sentence(text, &[])));
        }
        let idle = lines.is_empty();
        if !idle {
            blocks.insert(0, Block::Changes(lines));
        }
        let badge = if idle { (Tone::Neutral, "nothing to do") } else { (Tone::Good, "acted") };
        section("Last sync", &format!("step {}", step.no), Some(badge), blocks)
    }

    /// What a sync made of the revisions.
    fn revision(&self, history: &HistoryTrace) -> Vec<(&'static str, Vec<Piece>)> {
        let mut lines = Vec::new();
        match history.origin {
            RevisionOrigin::Created(number) => {
                lines.push(("+", sentence("revision `r{}`, `{}`", &[&number.to_string(), &history.current])));
            }
            RevisionOrigin::Renumbered { from, to } => {
                let text = "revision `r{}` is `r{}` now: its template is the current one again";
                lines.push(("~", sentence(text, &[&from.to_string(), &to.to_string()])));
            }
            RevisionOrigin::Same(_) => {}
        }
        for (_, number) in &history.cleaned_up {
            let text = "revision `r{}`: more than revisionHistoryLimit, and no pod carries it";
            lines.push(("−", sentence(text, &[&number.to_string()])));
        }
        lines
    }

    // ---- nodes ----

    fn nodes(&self) -> Section {
        let world = self.timeline.world();
        let mut lines: Vec<(Vec<Piece>, Stage, Tone, Vec<String>)> = Vec::new();
        let names: Vec<&EcoString> =
            self.survey.sync.nodes.entries.keys().filter(|name| !name.is_empty()).collect();
        let together = names.len() > 3 * LISTED;
        for name in &names {
            let Some(story) = self.survey.sync.node(name) else { continue };
            let (sign, tone, mut words) = self.node(&story);
            if world.node(name).is_some_and(|node| node.ready() != Some("True")) && !story.pods.is_empty() {
                words.extend(sentence(" · node NotReady", &[]));
            }
            match lines.iter_mut().find(|(other, ..)| together && *other == words) {
                Some((.., nodes)) => nodes.push(name.to_string()),
                None => lines.push((words, sign, tone, vec![name.to_string()])),
            }
        }
        let rows = lines.into_iter().map(|(words, sign, tone, nodes)| match nodes.as_slice() {
            [one] => NodeLine { sign, tone, name: one.clone(), words, names: Vec::new() },
            many => NodeLine { sign, tone, name: count(many.len(), "node"), words, names: nodes },
        });
        let rows: Vec<_> = rows.collect();
        let ready = self.size(|class| class == Class::New { available: true });
        let by = format!("{ready} of {} available on r{}", self.survey.totals.counts.desired, self.current());
        section("Nodes", &by, None, vec![Block::NodeLines(rows)])
    }

    /// What a node waits for.
    fn node(&self, story: &NodeStory<'_>) -> (Stage, Tone, Vec<Piece>) {
        let verdict = story.entry.verdict.as_deref();
        if story.pods.is_empty() {
            return match verdict {
                Some(verdict) if verdict.verdict != Verdict::ShouldRun => {
                    (Stage::Terminating, Tone::Neutral, daemon::obstacle(verdict))
                }
                _ => (Stage::Pending, Tone::Neutral, sentence("gets a pod with the next sync", &[])),
            };
        }
        let mut words = Vec::new();
        let (mut sign, mut tone) = (Stage::Ready, Tone::Good);
        for (index, (pod, decision)) in story.pods.iter().enumerate() {
            if index > 0 {
                words.extend(sentence(" + ", &[]));
            }
            let (of_pod, told) = self.pod(pod, *decision);
            if of_pod != Stage::Ready || *decision != PodDecision::Keep(KeepReason::UpToDate) {
                (sign, tone) = (of_pod, Tone::Neutral);
            }
            words.extend(told);
        }
        if verdict.is_some_and(|verdict| verdict.verdict == Verdict::MayStay) {
            words.extend(sentence(": kept, not counted as desired", &[]));
            tone = Tone::Bad;
        }
        (sign, tone, words)
    }

    /// `r2 ready`, `r1 waits for the budget`, `r2 ContainerCreating`.
    fn pod(&self, pod: &PodSeen, decision: PodDecision) -> (Stage, Vec<Piece>) {
        let world = self.timeline.world();
        let stored = world.pod(&self.set.metadata.namespace, &pod.name);
        let number = stored.map_or(0, |pod| self.revisions.of_pod(pod));
        let revision = if number > 0 { format!("r{number}") } else { "r?".into() };
        let (now, state) = stored.map_or((Stage::Terminating, "gone".into()), |pod| stage(pod));
        let rest = match decision {
            PodDecision::Keep(reason) => self.waits(reason, state),
            PodDecision::Delete(reason) => format!("goes with the next sync: {}", delete_reason(reason)),
        };
        (now, sentence("`{}` {}", &[&revision, &rest]))
    }

    fn waits(&self, reason: KeepReason, state: String) -> String {
        let left = |at: Time| span(at - self.timeline.now());
        match reason {
            KeepReason::UpToDate => "ready".into(),
            KeepReason::WaitsForReady => state,
            KeepReason::WaitsUntilAvailable(at) => format!("ready, available in {}", left(at)),
            KeepReason::WaitsForEnd => "is ending".into(),
            KeepReason::WaitsForBackOff(at) => format!("failed, replaced in {}", left(at)),
            KeepReason::WaitsForNextSync => "goes with a later sync".into(),
            KeepReason::WaitsForDeletion => "stays until it is deleted".into(),
            KeepReason::WaitsForManage => "waits for the sync after this one".into(),
            KeepReason::WaitsForBudget => "waits for the budget".into(),
            KeepReason::WaitsForSurgePod => "serves until a new pod is made".into(),
            KeepReason::WaitsForNewPod => "serves until the new one is available".into(),
            KeepReason::WaitsForOthers => "stays until enough others are available".into(),
            KeepReason::WaitsForError => "waits: the update cannot go on".into(),
            KeepReason::WaitsForPruning => "waits: too many pods here".into(),
        }
    }

    // ---- history ----

    fn history(&self) -> Section {
        let world = self.timeline.world();
        let all = history::revisions(world, self.set);
        let templates: Vec<_> = all.iter().map(|revision| history::template(revision)).collect();
        let hash = |revision: &crate::api::ControllerRevision| {
            let hash = revision.metadata.labels.get(crate::controllers::daemonset::pod::HASH_LABEL);
            hash.cloned().unwrap_or_default()
        };
        let rows = all.iter().enumerate().map(|(index, revision)| {
            let (own, before) =
                (templates[index].as_deref(), templates.get(index + 1).and_then(Option::as_deref));
            let what = match (own, before) {
                (Some(own), Some(before)) => told_changes(before, own),
                (Some(own), None) => {
                    own.spec.containers.iter().map(|one| one.image.as_str()).collect::<Vec<_>>().join(", ")
                }
                (None, _) => String::new(),
            };
            let hash = hash(revision);
            let cause = revision.metadata.annotations.get(CHANGE_CAUSE).map(ToString::to_string);
            RevisionRow {
                number: revision.revision,
                what,
                pods: self.survey.totals.hashes.get(&hash).copied().unwrap_or(0),
                hash: hash.to_string(),
                is_current: revision.metadata.name == self.survey.sync.history.current,
                cause,
            }
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            let text = "No revision yet: the controller makes one when it first syncs.";
            return section(
                "History",
                "kubectl rollout history",
                None,
                vec![Block::Words(sentence(text, &[]))],
            );
        }
        let mut blocks = vec![Block::History(rows.clone())];
        if let Some(other) = rows.iter().find(|row| !row.is_current) {
            let text = "Undo runs `kubectl rollout undo ds/{} -n {} --to-revision={}`. The old template comes back as revision {}.";
            let next = rows.iter().map(|row| row.number).max().unwrap_or(0) + 1;
            let metadata = &self.set.metadata;
            let values =
                [&*metadata.name, &*metadata.namespace, &other.number.to_string(), &next.to_string()];
            blocks.push(Block::Words(sentence(text, &values)));
        }
        section("History", "kubectl rollout history", None, blocks)
    }
}

/// The annotation from which `kubectl rollout history` takes CHANGE-CAUSE.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// At most so many changes of a template are told.
const CHANGES: usize = 3;

/// What differs between two templates: `image fluentd:v5.0.2, limits.memory 256Mi`.
pub fn told_changes(before: &crate::api::PodTemplateSpec, after: &crate::api::PodTemplateSpec) -> String {
    let all = changes(before, after);
    let mut told: Vec<String> = all
        .iter()
        .take(CHANGES)
        .map(|change| match change.value() {
            Some(value) => format!("{} {value}", change.name),
            None if change.after.is_none() => format!("{} gone", change.name),
            None => change.name.clone(),
        })
        .collect();
    if all.len() > CHANGES {
        told.push(format!("{} more", all.len() - CHANGES));
    }
    told.join(", ")
}

fn create_reason(reason: CreateReason) -> &'static str {
    match reason {
        CreateReason::NoPod => "it should run one and has none",
        CreateReason::NoLivePod => "it has no live one, and with maxSurge the ending one does not count",
        CreateReason::OldUnavailable => "its old pod is not available, so a new one comes beside it at once",
        CreateReason::Surge => "its old pod is to be replaced, within maxSurge",
    }
}

fn badge(left: i32, candidates: i32) -> (Tone, &'static str) {
    match (left, candidates) {
        (_, 0) => (Tone::Good, "no old pods"),
        (0, _) => (Tone::Bad, "used up"),
        _ => (Tone::Good, "room"),
    }
}

fn row(name: &'static str, bound: &Bound, used: &[EcoString], is_surge: bool) -> BudgetRow {
    let value = usize::try_from(bound.value).unwrap_or(0);
    let slot = |index: usize| Slot { node: used.get(index).map(ToString::to_string), is_surge };
    BudgetRow {
        name,
        slots: (0..value.min(SLOTS)).map(slot).collect(),
        more: value.saturating_sub(SLOTS),
        used: format!("{}/{} in use", used.len(), value),
    }
}

/// How a bound came about: `10% of 7 = 0.7, rounded up to 1`.
fn bound(bound: &Bound) -> String {
    let told = match &bound.setting {
        Some(crate::api::IntOrString::String(percent)) => {
            let share = percent.trim_end_matches('%').parse::<i64>().unwrap_or(0) * i64::from(bound.of);
            let rest =
                if share % 100 == 0 { String::new() } else { format!(", rounded up to {}", bound.value) };
            let exact = if share % 100 == 0 {
                (share / 100).to_string()
            } else {
                format!("{}.{:02}", share / 100, share % 100).trim_end_matches('0').to_owned()
            };
            format!("{percent} of {} = {exact}{rest}", bound.of)
        }
        Some(number) => format!("{number} allowed"),
        None => format!("{} allowed", bound.value),
    };
    if bound.raised_to_one { format!("{told}, raised to 1 because maxSurge is 0, too") } else { told }
}

/// The sums of a sync's rolling update in one line.
fn budget_of(rollout: &RolloutTrace) -> Option<String> {
    let by = |order: Order| if order == Order::ByName { "" } else { ", drawn by chance" };
    match rollout {
        RolloutTrace::Unavailable(budget) if budget.candidates + budget.replacements > 0 => Some(format!(
            "maxUnavailable: {}; {} unavailable; {} left: {} of {} old pods taken{}",
            bound(&budget.bound),
            budget.unavailable,
            budget.left,
            budget.taken,
            budget.candidates,
            by(budget.order)
        )),
        RolloutTrace::Surge(budget) if budget.candidates + budget.replacements > 0 => Some(format!(
            "maxSurge: {}; {} surging; {} left: {} of {} nodes get a second pod{}",
            bound(&budget.bound),
            budget.surging,
            budget.left,
            budget.taken,
            budget.candidates,
            by(budget.order)
        )),
        RolloutTrace::Failed(error) => Some(error.to_string()),
        _ => None,
    }
}

/// The step at which a DaemonSet's current rollout began: that made or renumbered its current revision.
pub fn rollout_start(timeline: &Timeline, key: &ObjectKey) -> Option<StepNo> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *key => match &trace.sync {
            Sync::Done(sync) if !matches!(sync.history.origin, RevisionOrigin::Same(_)) => Some(step.no),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests;
