//! The DaemonSet controller's part: should the node run it?

use super::super::piece::{Piece, sentence};
use super::yaml::Author;
use super::{Block, MatrixRow, Section, Tone, section};
use crate::api::validation::aggregate;
use crate::api::{DaemonSet, NO_EXECUTE, Node, Taint, Toleration};
use crate::cluster::Actor;
use crate::controllers::daemonset::eligibility::{
    NodeNameCheck, NodeVerdict, Placement, TaintOutcome, TermCheck, Verdict,
};
use crate::controllers::daemonset::tolerations::Origin;

/// Why the node has no place for a pod of the DaemonSet: for the empty place on its card. None where it should run
/// one.
pub fn absence(set: &DaemonSet, node: &Node) -> Option<Vec<Piece>> {
    let verdict = Placement::new(&set.spec.template).judge(node);
    if verdict.verdict == Verdict::ShouldRun {
        return None;
    }
    Some(obstacle(&verdict))
}

/// The first thing that keeps the pod away, in the order in which the controller looks.
pub(super) fn obstacle(verdict: &NodeVerdict) -> Vec<Piece> {
    if let NodeNameCheck::Other(name) = &verdict.node_name {
        return sentence("the template names the node `{}`", &[name]);
    }
    if let Some(check) = verdict.node_selector.iter().find(|check| !check.holds()) {
        let pair = format!("{}={}", check.key, check.wanted);
        return match &check.found {
            Some(found) => sentence("nodeSelector `{}`: the node has `{}`", &[&pair, found]),
            None => sentence("nodeSelector `{}`: no such label", &[&pair]),
        };
    }
    if !verdict.matches_labels() {
        return sentence("required node affinity does not match", &[]);
    }
    match verdict.untolerated().next() {
        Some(taint) => sentence("untolerated taint `{}`", &[&taint.to_string()]),
        None => Vec::new(),
    }
}

/// The checklist with the tolerations that the pods carry.
pub(super) fn checklist(node: &Node, placement: &Placement, verdict: &NodeVerdict) -> Section {
    let title = format!("Should {} run it?", node.metadata.name);
    let badge = match verdict.verdict {
        Verdict::ShouldRun => (Tone::Good, "yes"),
        Verdict::MayStay => (Tone::Bad, "may stay"),
        Verdict::MustNot => (Tone::Bad, "no"),
    };
    let mut blocks = vec![Block::Checks(vec![
        node_name(verdict),
        node_selector(verdict),
        affinity(verdict),
        taints(verdict),
    ])];
    let seen: Vec<(Taint, bool)> = verdict
        .taints
        .iter()
        .map(|check| (check.taint.clone(), !matches!(check.outcome, TaintOutcome::Untolerated)))
        .collect();
    if !seen.is_empty() {
        blocks.push(Block::Matrix(matrix(placement, &seen)));
        blocks.insert(1, Block::Taints(seen));
    }
    if verdict.verdict == Verdict::MayStay {
        let text = "Of all taints, only an untolerated `NoExecute` one makes the controller delete a running daemon pod. \
                    A pod here counts under `MISSCHEDULED`, not under `DESIRED`.";
        blocks.push(Block::Words(sentence(text, &[])));
    }
    section(&title, Actor::DaemonSetController.name(), Some(badge), blocks)
}

fn node_name(verdict: &NodeVerdict) -> (Tone, String, Vec<Piece>) {
    let (tone, found) = match &verdict.node_name {
        NodeNameCheck::Any => (Tone::Neutral, sentence("not set in the template", &[])),
        NodeNameCheck::Same => (Tone::Good, sentence("is this node", &[])),
        NodeNameCheck::Other(name) => (Tone::Bad, sentence("`{}` in the template", &[name])),
    };
    (tone, "nodeName".into(), found)
}

fn node_selector(verdict: &NodeVerdict) -> (Tone, String, Vec<Piece>) {
    let checks = &verdict.node_selector;
    let (tone, found) = match checks.iter().find(|check| !check.holds()) {
        _ if checks.is_empty() => (Tone::Neutral, sentence("none in the template", &[])),
        None => {
            let pairs: Vec<String> =
                checks.iter().map(|check| format!("{}={}", check.key, check.wanted)).collect();
            (Tone::Good, sentence("`{}`", &[&pairs.join(",")]))
        }
        Some(check) => {
            let pair = format!("{}={}", check.key, check.wanted);
            let found =
                check.found.as_deref().map_or("has no such label".to_owned(), |found| format!("has {found}"));
            (Tone::Bad, sentence("`{}`: the node {}", &[&pair, &found]))
        }
    };
    (tone, "nodeSelector".into(), found)
}

fn affinity(verdict: &NodeVerdict) -> (Tone, String, Vec<Piece>) {
    let (tone, found) = match &verdict.affinity {
        None => (Tone::Neutral, sentence("none in the template", &[])),
        Some(terms) => match terms.iter().position(|term| *term == TermCheck::Matches) {
            Some(index) => (
                Tone::Good,
                sentence("term {} of {} matches", &[&(index + 1).to_string(), &terms.len().to_string()]),
            ),
            None => (Tone::Bad, terms.first().map_or_else(|| sentence("has no term", &[]), failing_term)),
        },
    };
    (tone, "node affinity".into(), found)
}

fn failing_term(term: &TermCheck) -> Vec<Piece> {
    match term {
        TermCheck::Matches => Vec::new(),
        TermCheck::Empty => sentence("an empty term matches nothing", &[]),
        TermCheck::Invalid(errors) => sentence("a term that cannot be read: {}", &[&aggregate(errors)]),
        TermCheck::Fails(failed) => failed.first().map_or_else(Vec::new, |first| {
            let requirement = &first.requirement;
            let wanted = match requirement.values.as_slice() {
                [] => format!("{} {}", requirement.key, requirement.operator),
                values => format!("{} {} [{}]", requirement.key, requirement.operator, values.join(", ")),
            };
            let found =
                first.found.as_deref().map_or("has no such label".to_owned(), |found| format!("has {found}"));
            sentence("`{}`: the node {}", &[&wanted, &found])
        }),
    }
}

fn taints(verdict: &NodeVerdict) -> (Tone, String, Vec<Piece>) {
    let all = verdict.taints.len();
    let tolerated =
        verdict.taints.iter().filter(|check| matches!(check.outcome, TaintOutcome::Tolerated(..))).count();
    let ignored = verdict.taints.iter().filter(|check| check.outcome == TaintOutcome::Ignored).count();
    let tone = match verdict.untolerated().next() {
        _ if all == 0 => Tone::Neutral,
        None => Tone::Good,
        Some(_) => Tone::Bad,
    };
    let found = match all {
        0 => "none on the node".to_owned(),
        1 => format!("1 taint, {tolerated} tolerated"),
        all => format!("{all} taints, {tolerated} tolerated"),
    };
    let found = if ignored == 0 { found } else { format!("{found}, {ignored} only a preference") };
    (tone, "taints".into(), vec![Piece::Text(found)])
}

fn matrix(placement: &Placement, taints: &[(Taint, bool)]) -> Vec<MatrixRow> {
    let columns: Vec<_> = taints.iter().map(|(taint, _)| placement.compare(taint)).collect();
    let Some(first) = columns.first() else { return Vec::new() };
    first
        .iter()
        .enumerate()
        .map(|(row, (toleration, origin, _))| MatrixRow {
            key: toleration_key(toleration),
            effect: toleration.effect.to_string(),
            author: if *origin == Origin::User { Author::You } else { Author::Controller },
            cells: columns.iter().filter_map(|column| column.get(row).map(|cell| cell.2)).collect(),
        })
        .collect()
}

fn toleration_key(toleration: &Toleration) -> String {
    let key = if toleration.key.is_empty() { "every key" } else { &toleration.key };
    match toleration.operator.as_str() {
        "Exists" => key.into(),
        "" | "Equal" => format!("{key}={}", toleration.value),
        other => format!("{key} {other} {}", toleration.value),
    }
}

/// Tolerations that miss a taint in one part only.
pub(super) fn near_misses(placement: &Placement, verdict: &NodeVerdict) -> Option<Section> {
    let mut misses = Vec::new();
    for taint in verdict.untolerated() {
        for (toleration, _, parts) in placement.compare(taint) {
            let matching = [parts.key, parts.value, parts.effect].into_iter().filter(|part| *part).count();
            if matching != 2 || toleration.key.is_empty() || !parts.key {
                continue;
            }
            let told = if !parts.effect {
                sentence(
                    "`{}` is tolerated for {}; this taint is {}.",
                    &[&toleration.key, &toleration.effect, &taint.effect],
                )
            } else {
                let value =
                    |text: &str| if text.is_empty() { "empty".to_owned() } else { format!("{text:?}") };
                sentence(
                    "`{}` is tolerated with the value {}; this taint's value is {}.",
                    &[&toleration.key, &value(&toleration.value), &value(&taint.value)],
                )
            };
            misses.push((parts, told));
        }
    }
    (!misses.is_empty()).then(|| section("Near miss", "", None, vec![Block::NearMiss(misses)]))
}

/// What to write so that the node is no longer kept out, where a toleration would do.
pub(super) fn remedy(verdict: &NodeVerdict) -> Option<Section> {
    let missing: Vec<&Taint> = verdict.untolerated().collect();
    let elsewhere = matches!(verdict.node_name, NodeNameCheck::Other(_)) || !verdict.matches_labels();
    if missing.is_empty() || elsewhere {
        return None;
    }
    let lines: Vec<String> = missing.iter().map(|taint| toleration_for(taint)).collect();
    let words = sentence("Add this to `spec.template.spec.tolerations`:", &[]);
    Some(section("To change it", "", None, vec![Block::Words(words), Block::Snippet(lines.concat())]))
}

fn toleration_for(taint: &Taint) -> String {
    let operator = if taint.value.is_empty() {
        "  operator: Exists\n".to_owned()
    } else {
        // A value such as true must be quoted: a toleration's value is a text.
        format!("  operator: Equal\n  value: {:?}\n", taint.value)
    };
    format!("- key: {}\n{operator}  effect: {}\n", taint.key, taint.effect)
}

/// The answer about the node in a sentence.
pub(super) fn verdict_sentence(node: &Node, verdict: &NodeVerdict, has_pod: bool) -> Vec<Piece> {
    let tolerated: Vec<(&Taint, Origin)> = verdict
        .taints
        .iter()
        .filter_map(|check| match &check.outcome {
            TaintOutcome::Tolerated(_, origin) => Some((&check.taint, *origin)),
            _ => None,
        })
        .collect();
    match verdict.verdict {
        Verdict::ShouldRun => match tolerated.as_slice() {
            [] => sentence("Gets a pod: nothing keeps it away from {}.", &[&node.metadata.name]),
            [(taint, Origin::User)] => {
                sentence("Gets a pod: your toleration matches its only taint `{}`.", &[&taint.to_string()])
            }
            [(taint, _)] => sentence(
                "Gets a pod: the controller adds a toleration for its only taint `{}`.",
                &[&taint.to_string()],
            ),
            all => sentence("Gets a pod: each of its {} taints is tolerated.", &[&all.len().to_string()]),
        },
        Verdict::MayStay if has_pod => {
            let taint = verdict.untolerated().next().map(Taint::to_string).unwrap_or_default();
            sentence("Keeps its pod, but would not get a new one: nothing tolerates `{}`.", &[&taint])
        }
        Verdict::MustNot | Verdict::MayStay => {
            let mut pieces = sentence("No pod: ", &[]);
            let execute = verdict.untolerated().find(|taint| taint.effect == NO_EXECUTE);
            match execute.or_else(|| verdict.untolerated().next()) {
                Some(taint) if verdict.matches_labels() => {
                    pieces.extend(sentence("nothing tolerates `{}`", &[&taint.to_string()]));
                }
                _ => pieces.extend(obstacle(verdict)),
            }
            pieces.push(Piece::Text(".".into()));
            pieces
        }
    }
}
