//! The DaemonSet controller's part: should the node run it?

use super::super::eligibility::{and_more, goes_when, is_elsewhere, obstacle, told_taint};
use super::super::piece::{Piece, sentence};
use super::answer::{Block, Check, FieldSource, MatrixRow, Section, Tone, section};
use super::author::Author;
use crate::api::validation::aggregate;
use crate::api::{DaemonSet, Node, ObjectKey, Pod, Taint, Toleration, TolerationMatch, well_known_taints};
use crate::cluster::Actor;
use crate::controllers::daemonset::eligibility::{
    Checklist, NodeNameCheck, Placement, TaintOutcome, TermCheck, Verdict,
};
use crate::controllers::daemonset::tolerations::Origin;

/// The checklist with the tolerations that the pods carry.
pub(super) fn checklist(
    node: &Node,
    set: &DaemonSet,
    placement: &Placement,
    verdict: &Checklist,
    pod: Option<&Pod>,
) -> Section {
    let title = format!("Should {} run it?", node.metadata.name);
    let badge = match verdict.verdict {
        Verdict::ShouldRun => (Tone::Good, "yes"),
        Verdict::MayStay if pod.is_some_and(|pod| pod.node().is_none() && !pod.metadata.is_terminating()) => {
            (Tone::Bad, "no, but its pod is left waiting")
        }
        Verdict::MayStay if pod.is_some() => (Tone::Bad, "no, but a running pod stays"),
        Verdict::MayStay | Verdict::MustNot => (Tone::Bad, "no"),
    };
    let of_template =
        |field: &str| FieldSource { key: set.key(), path: format!("spec.template.spec{field}") };
    let on_node = |field: String| FieldSource { key: ObjectKey::node(&node.metadata.name), path: field };
    let check = |(tone, name, found): (Tone, &str, Vec<Piece>), source| Check {
        tone,
        name: name.to_owned(),
        found,
        source: Some(source),
    };
    let mut blocks = vec![Block::Checks(vec![
        check(node_name(verdict), of_template(".nodeName")),
        check(node_selector(verdict), of_template(".nodeSelector")),
        check(affinity(verdict), of_template(".affinity.nodeAffinity")),
        check(taints(verdict), on_node("spec.taints".into())),
    ])];
    let place = |taint: &Taint| node.spec.taints.iter().position(|own| own == taint).unwrap_or(0);
    let seen: Vec<(Taint, bool, FieldSource)> = verdict
        .taints
        .iter()
        .map(|check| {
            let is_open = !matches!(check.outcome, TaintOutcome::Untolerated);
            (check.taint.clone(), is_open, on_node(format!("spec.taints[{}]", place(&check.taint))))
        })
        .collect();
    if !seen.is_empty() {
        let mut rows = matrix(placement, &seen);
        // The user's come first, as the template has them.
        for (index, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.author == Author::You) {
            row.source = Some(of_template(&format!(".tolerations[{index}]")));
        }
        blocks.push(Block::Matrix(rows));
        blocks.insert(1, Block::Taints(seen));
    }
    if verdict.verdict == Verdict::MayStay && pod.is_some() {
        let text = "A `NoSchedule` taint does not make the controller delete a daemon pod that is there; only an \
                    untolerated `NoExecute` taint does. Once the controller looks at the \
                    DaemonSet again, the pod here counts under `MISSCHEDULED`, not under `DESIRED`. The taint alone need \
                    not make it look.";
        blocks.push(Block::Words(sentence(text, &[])));
    }
    section(&title, Actor::DaemonSetController.name(), Some(badge), blocks)
}

fn node_name(verdict: &Checklist) -> (Tone, &'static str, Vec<Piece>) {
    let (tone, found) = match &verdict.node_name {
        NodeNameCheck::Any => (Tone::Neutral, sentence("not set in the template", &[])),
        NodeNameCheck::Same => (Tone::Good, sentence("is this node", &[])),
        NodeNameCheck::Other(name) => (Tone::Bad, sentence("`{}` in the template", &[name])),
    };
    (tone, "nodeName", found)
}

fn node_selector(verdict: &Checklist) -> (Tone, &'static str, Vec<Piece>) {
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
    (tone, "nodeSelector", found)
}

fn affinity(verdict: &Checklist) -> (Tone, &'static str, Vec<Piece>) {
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
    (tone, "node affinity", found)
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

fn taints(verdict: &Checklist) -> (Tone, &'static str, Vec<Piece>) {
    let all = verdict.taints.len();
    let tolerated =
        verdict.taints.iter().filter(|check| matches!(check.outcome, TaintOutcome::Tolerated(..))).count();
    let ignored = verdict.taints.iter().filter(|check| check.outcome == TaintOutcome::Ignored).count();
    let tone = match verdict.untolerated().next() {
        _ if all == 0 => Tone::Neutral,
        None => Tone::Good,
        Some(_) => Tone::Bad,
    };
    let found = match (all, ignored) {
        (0, _) => "none on the node".to_owned(),
        (1, 1) => "1 taint, only a preference".to_owned(),
        (1, _) => format!("1 taint, {tolerated} tolerated"),
        (all, 0) => format!("{all} taints, {tolerated} tolerated"),
        (all, _) => format!("{all} taints, {tolerated} tolerated, {ignored} only a preference"),
    };
    (tone, "taints", vec![Piece::Text(found)])
}

fn matrix(placement: &Placement, taints: &[(Taint, bool, FieldSource)]) -> Vec<MatrixRow> {
    let columns: Vec<_> = taints.iter().map(|(taint, ..)| placement.compare(taint)).collect();
    let Some(first) = columns.first() else { return Vec::new() };
    first
        .iter()
        .enumerate()
        .map(|(row, (toleration, origin, _))| MatrixRow {
            key: toleration_key(toleration),
            effect: toleration.effect.to_string(),
            author: if *origin == Origin::User {
                Author::You
            } else {
                Author::Loop(Actor::DaemonSetController)
            },
            source: None,
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

/// Tolerations that match an untolerated taint in two of its three parts: which parts, the toleration and the taint.
fn missed<'a>(
    placement: &'a Placement,
    verdict: &'a Checklist,
) -> impl Iterator<Item = (TolerationMatch, &'a Toleration, Origin, &'a Taint)> {
    // What goes by itself is not what is to be written otherwise.
    verdict.untolerated().filter(|taint| goes_when(taint).is_none()).flat_map(|taint| {
        let compared = placement.compare(taint).into_iter();
        compared.filter_map(move |(toleration, origin, parts)| {
            let matching = [parts.key, parts.value, parts.effect].into_iter().filter(|part| *part).count();
            (matching == 2 && parts.key && !toleration.key.is_empty())
                .then_some((parts, toleration, origin, taint))
        })
    })
}

/// The key of the control plane's taint, and the one that it had before Kubernetes 1.25.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// Tolerations of the user's that are for the other one of the two keys of the control plane.
fn renamed<'a>(placement: &'a Placement, verdict: &'a Checklist) -> impl Iterator<Item = Miss> + 'a {
    verdict.untolerated().flat_map(|taint| {
        let keys = CONTROL_PLANE;
        let other = keys.iter().position(|key| taint.key == *key).map(|place| keys[1 - place]);
        let compared = placement.compare(taint).into_iter();
        compared.filter(move |(toleration, ..)| Some(&*toleration.key) == other).map(|(toleration, _, parts)| {
            let text = "`{}` is tolerated; this taint has the key `{}`. They are two keys for the control plane: the one \
                        with `master` is that of clusters before Kubernetes 1.25.";
            (parts, sentence(text, &[&toleration.key, &taint.key]))
        })
    })
}

/// Which parts of a taint a toleration matches, and what there is to say of that.
type Miss = (TolerationMatch, Vec<Piece>);

/// Tolerations that miss a taint in one part only.
pub(super) fn near_misses(placement: &Placement, verdict: &Checklist) -> Option<Section> {
    let value = |text: &str| if text.is_empty() { "empty".to_owned() } else { format!("{text:?}") };
    let told = missed(placement, verdict).map(|(parts, toleration, _, taint)| {
        let told = match parts.effect {
            false => sentence(
                "`{}` is tolerated for {}; this taint is {}.",
                &[&toleration.key, &toleration.effect, &taint.effect],
            ),
            true => sentence(
                "`{}` is tolerated with the value {}; this taint's value is {}.",
                &[&toleration.key, &value(&toleration.value), &value(&taint.value)],
            ),
        };
        (parts, told)
    });
    let misses: Vec<Miss> = told.chain(renamed(placement, verdict)).collect();
    (!misses.is_empty()).then(|| section("Near miss", "", None, vec![Block::NearMiss(misses)]))
}

/// What to write so that the node is no longer kept out, where a toleration would do.
pub(super) fn remedy(set: &DaemonSet, verdict: &Checklist) -> Option<Section> {
    let missing: Vec<&Taint> = verdict.untolerated().collect();
    let elsewhere = is_elsewhere(verdict) || !verdict.matches_labels();
    if missing.is_empty() || elsewhere {
        return None;
    }
    let (passing, missing): (Vec<&Taint>, Vec<&Taint>) =
        missing.into_iter().partition(|taint| goes_when(taint).is_some());
    let mut blocks: Vec<Block> = passing.iter().filter_map(|taint| goes_by_itself(taint)).collect();
    let missing = if missing.is_empty() { passing } else { missing };
    let lines: Vec<String> = missing.iter().map(|taint| toleration_for(taint)).collect();
    blocks.push(Block::Words(sentence("Add this to `spec.template.spec.tolerations`:", &[])));
    blocks.push(Block::Snippet(lines.concat()));
    blocks.push(Block::AddTolerations(set.key(), missing.into_iter().cloned().collect()));
    Some(section("To change it", "", None, blocks))
}

/// That a taint goes by itself, and who cannot wait for that.
#[cold]
#[inline(never)]
fn goes_by_itself(taint: &Taint) -> Option<Block> {
    let text = "`{}` goes by itself {}. Only a pod that makes it so, such as a network plugin's, needs a toleration for it.";
    Some(Block::Words(sentence(text, &[&taint.to_string(), goes_when(taint)?])))
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

/// The controller's answer about a node without a pod, in a sentence.
pub(super) fn without_pod(node: &Node, placement: &Placement, verdict: &Checklist) -> Vec<Piece> {
    if verdict.verdict == Verdict::ShouldRun {
        let mut told = sentence("Gets a pod with the next sync: ", &[]);
        told.extend(admits(node, verdict));
        return told;
    }
    let mut told = sentence("No pod: ", &[]);
    told.extend(match own_near_miss(placement, verdict) {
        Some(miss) if verdict.matches_labels() && !is_elsewhere(verdict) => miss,
        _ => keeps_away(verdict),
    });
    told.push(Piece::Text(".".into()));
    told
}

/// The controller's answer about a node with a pod that is well, in a sentence.
pub(super) fn with_pod(node: &Node, verdict: &Checklist) -> Vec<Piece> {
    let mut told = match verdict.verdict {
        Verdict::ShouldRun if node.spec.unschedulable => {
            // A cordon is the controller's to tolerate; what else is there, is the user's.
            let own = verdict.tolerated().filter(|(_, origin)| *origin == Origin::User);
            let own: Vec<&Taint> = own
                .map(|(taint, _)| taint)
                .filter(|taint| taint.key != well_known_taints::UNSCHEDULABLE)
                .collect();
            let Some((first, rest)) = own.split_first() else {
                return sentence("Keeps its pod: daemon pods tolerate a cordon.", &[]);
            };
            let text = "Keeps its pod: daemon pods tolerate a cordon, and your toleration matches `{}`";
            let mut told = sentence(text, &[&first.to_string()]);
            told.extend(and_more(rest.len()));
            told.push(Piece::Text(".".into()));
            return told;
        }
        Verdict::ShouldRun => {
            let mut told = sentence("Runs its pod: ", &[]);
            told.extend(admits(node, verdict));
            return told;
        }
        Verdict::MayStay => sentence("Keeps its pod, but would not get a new one: ", &[]),
        Verdict::MustNot => sentence("Its pod will be deleted: ", &[]),
    };
    told.extend(keeps_away(verdict));
    told.push(Piece::Text(".".into()));
    told
}

/// Why the controller wants a pod on the node.
fn admits(node: &Node, verdict: &Checklist) -> Vec<Piece> {
    let tolerated: Vec<(&Taint, Origin)> = verdict.tolerated().collect();
    match tolerated.as_slice() {
        [] => sentence("nothing keeps it away from {}.", &[&node.metadata.name]),
        [(taint, Origin::User)] => {
            sentence("your toleration matches its only taint `{}`.", &[&taint.to_string()])
        }
        [(taint, _)] => {
            sentence("the controller adds a toleration for its only taint `{}`.", &[&taint.to_string()])
        }
        all => sentence("each of its {} taints is tolerated.", &[&all.len().to_string()]),
    }
}

/// What keeps the pod away.
fn keeps_away(verdict: &Checklist) -> Vec<Piece> {
    match told_taint(verdict) {
        Some((taint, others)) if verdict.matches_labels() && !is_elsewhere(verdict) => {
            let mut told = sentence("nothing tolerates `{}`", &[&taint.to_string()]);
            told.extend(match goes_when(taint) {
                // Then all of them do.
                Some(when) => sentence(", which goes by itself {}", &[when]),
                None => and_more(others),
            });
            told
        }
        _ => obstacle(verdict),
    }
}

/// A toleration of the user's that all but matches the taint that keeps the pod away.
fn own_near_miss(placement: &Placement, verdict: &Checklist) -> Option<Vec<Piece>> {
    let (parts, toleration, _, taint) =
        missed(placement, verdict).find(|(_, _, origin, _)| *origin == Origin::User)?;
    let own = match toleration.operator.as_str() {
        "Exists" => format!("{}:{}", toleration.key, toleration.effect),
        _ => format!("{}={}", toleration.key, toleration.value),
    };
    let text = match parts.effect {
        true => "your toleration `{}` does not match `{}` (value differs)",
        false => "your toleration `{}` does not match `{}` (effect differs)",
    };
    let own = if parts.effect { own } else { format!("{}:{}", toleration.key, toleration.effect) };
    Some(sentence(text, &[&own, &taint.to_string()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, PodTemplateSpec};
    use crate::explain::plain;
    use serde_json::{Value, json};
    use std::rc::Rc;

    /// A node with a label and taints.
    fn node(taints: Value) -> Rc<Node> {
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n", "labels": { "disk": "ssd" } },
            "spec": { "taints": taints },
        });
        match Object::from_json(node) {
            Ok(Object::Node(node)) => node,
            other => panic!("{other:?}"),
        }
    }

    fn placement(spec: Value) -> Placement {
        let template: PodTemplateSpec =
            serde_json::from_value(json!({ "metadata": {}, "spec": spec })).expect("a template");
        Placement::new(&template)
    }

    #[test]
    fn the_first_obstacle_is_told_in_the_order_in_which_the_controller_looks() {
        let affinity = |terms: Value| json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } });
        let zone = json!([{ "matchExpressions": [{ "key": "zone", "operator": "In", "values": ["a"] }] }]);
        for (spec, expected) in [
            (
                json!({ "nodeName": "other", "nodeSelector": { "disk": "hdd" } }),
                "the template names the node other",
            ),
            (json!({ "nodeSelector": { "disk": "hdd" } }), "nodeSelector disk=hdd: the node has ssd"),
            (json!({ "nodeSelector": { "gpu": "yes" } }), "the node has no label gpu (nodeSelector gpu=yes)"),
            (json!({ "affinity": affinity(zone) }), "required node affinity does not match"),
            (json!({}), "untolerated taint a=b:NoSchedule"),
            (json!({ "tolerations": [{ "operator": "Exists" }] }), ""),
        ] {
            let node = node(json!([{ "key": "a", "value": "b", "effect": "NoSchedule" }]));
            let verdict = placement(spec.clone()).judge(&node);
            assert_eq!(plain(&obstacle(&verdict)), expected, "{spec}");
        }
    }

    #[test]
    fn the_checklist_says_what_the_node_has_against_what_is_wanted() {
        let affinity = |terms: Value| json!({ "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } } });
        let requires = |operator: &str, values: Value| json!([{ "matchExpressions": [{ "key": "disk", "operator": operator, "values": values }] }]);
        for (spec, row, expected) in [
            (json!({}), 0, (Tone::Neutral, "not set in the template")),
            (json!({ "nodeName": "n" }), 0, (Tone::Good, "is this node")),
            (json!({ "nodeSelector": { "disk": "ssd" } }), 1, (Tone::Good, "disk=ssd")),
            (json!({ "nodeSelector": { "disk": "hdd" } }), 1, (Tone::Bad, "disk=hdd: the node has ssd")),
            (affinity(requires("In", json!(["ssd"]))), 2, (Tone::Good, "term 1 of 1 matches")),
            (
                affinity(requires("NotIn", json!(["ssd", "nvme"]))),
                2,
                (Tone::Bad, "disk NotIn [ssd, nvme]: the node has ssd"),
            ),
            (affinity(json!([{}])), 2, (Tone::Bad, "an empty term matches nothing")),
            (json!({}), 3, (Tone::Bad, "3 taints, 1 tolerated, 1 only a preference")),
        ] {
            let taints = json!([
                { "key": "gpu", "effect": "NoSchedule" },
                { "key": "soft", "effect": "PreferNoSchedule" },
                { "key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule" },
            ]);
            let (node, placement) = (node(taints), placement(spec.clone()));
            let section = checklist(&node, &DaemonSet::default(), &placement, &placement.judge(&node), None);
            let [Block::Checks(rows), ..] = &section.blocks[..] else { panic!("{section:?}") };
            assert_eq!((rows[row].tone, plain(&rows[row].found).as_str()), expected, "{spec}");
        }
    }

    #[test]
    fn a_near_miss_is_a_toleration_of_the_key_with_another_value_or_effect() {
        let node = node(json!([{ "key": "gpu", "value": "true", "effect": "NoSchedule" }]));
        for (toleration, expected) in [
            (
                json!({ "key": "gpu", "value": "yes", "effect": "NoSchedule" }),
                vec!["gpu is tolerated with the value \"yes\"; this taint's value is \"true\"."],
            ),
            (
                json!({ "key": "gpu", "effect": "NoSchedule" }),
                vec!["gpu is tolerated with the value empty; this taint's value is \"true\"."],
            ),
            (
                json!({ "key": "gpu", "operator": "Exists", "effect": "NoExecute" }),
                vec!["gpu is tolerated for NoExecute; this taint is NoSchedule."],
            ),
            (json!({ "key": "gpu", "value": "yes", "effect": "NoExecute" }), vec![]),
            (json!({ "key": "other", "value": "true", "effect": "NoSchedule" }), vec![]),
        ] {
            let placement = placement(json!({ "tolerations": [toleration.clone()] }));
            let section = near_misses(&placement, &placement.judge(&node));
            let told: Vec<String> = section
                .iter()
                .flat_map(|section| &section.blocks)
                .flat_map(|block| match block {
                    Block::NearMiss(misses) => misses.iter().map(|(_, words)| plain(words)).collect(),
                    _ => Vec::new(),
                })
                .collect();
            assert_eq!(told, expected, "{toleration}");
        }
    }

    #[test]
    fn the_other_key_of_the_control_plane_is_a_near_miss() {
        for (taint, tolerated, is_told) in [
            (CONTROL_PLANE[0], CONTROL_PLANE[1], true),
            (CONTROL_PLANE[1], CONTROL_PLANE[0], true),
            (CONTROL_PLANE[0], CONTROL_PLANE[0], false),
            ("gpu", CONTROL_PLANE[1], false),
        ] {
            let mut node = Node::default();
            node.spec.taints.push(Taint::new(taint, "", "NoSchedule"));
            let placement = placement(json!({ "tolerations": [{ "key": tolerated, "operator": "Exists" }] }));
            let section = near_misses(&placement, &placement.judge(&node));
            assert_eq!(section.is_some(), is_told, "{taint} and {tolerated}");
        }
    }

    #[test]
    fn a_taint_that_goes_by_itself_is_told_to_do_so_and_another_is_offered_first() {
        const NOT_READY: &str = "node.kubernetes.io/not-ready";
        let passes = "nothing tolerates node.kubernetes.io/not-ready:NoSchedule, which goes by itself as soon as the node is ready";
        for (taints, told, adds) in [
            (vec![(NOT_READY, "NoSchedule")], passes, "node.kubernetes.io/not-ready"),
            (
                vec![(NOT_READY, "NoSchedule"), ("gpu", "NoSchedule")],
                "nothing tolerates gpu:NoSchedule (and 1 more)",
                "gpu",
            ),
            // Nobody but an administrator sets it with this effect.
            (
                vec![("node.kubernetes.io/disk-pressure", "NoExecute")],
                "nothing tolerates node.kubernetes.io/disk-pressure:NoExecute",
                "node.kubernetes.io/disk-pressure",
            ),
        ] {
            let mut node = Node::default();
            node.spec.taints.extend(taints.iter().map(|(key, effect)| Taint::new(key, "", effect)));
            let verdict = placement(json!({})).judge(&node);
            assert_eq!(plain(&keeps_away(&verdict)), told);
            let section = remedy(&DaemonSet::default(), &verdict).expect("a remedy");
            let added = section.blocks.iter().find_map(|block| match block {
                Block::AddTolerations(_, taints) => Some(taints.iter().map(|taint| &*taint.key).collect()),
                _ => None,
            });
            assert_eq!(added, Some(vec![adds]), "{taints:?}");
        }
    }
}
