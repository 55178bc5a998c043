//! `kubectl taint`. Upstream: `kubectl/pkg/cmd/taint/{taint,utils}.go`.

use crate::api::{
    NO_EXECUTE, NO_SCHEDULE, Node, Object, PREFER_NO_SCHEDULE, Taint, label_value, qualified_name,
};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run};
use std::rc::Rc;

/// The verb.
pub const VERB: Verb = Verb {
    name: "taint",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::ALL,
        Flag::long("overwrite", Takes::Switch),
        Flag::long("validate", Takes::TextOr("strict")),
        Flag::long("field-manager", Takes::Text),
    ],
    run,
};

const COMMAND: &str = "kubectl taint";

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let is_change = |word: &str| word.contains('=') || word.contains(':') || word.ends_with('-');
    let first = args.positional.iter().position(|word| is_change(word)).unwrap_or(args.positional.len());
    let (resources, changes) = args.positional.split_at(first);
    if let Some(word) = changes.iter().find(|word| !is_change(word)) {
        return Err(Failure::own(format!("all resources must be specified before taint changes: {word}")));
    }
    let Some((type_, names)) = resources.split_first() else {
        return Err(Failure::own("one or more resources must be specified as <resource> <name>"));
    };
    if changes.is_empty() {
        return Err(Failure::own("at least one taint update is required"));
    }
    let changes = Changes::read(changes).map_err(|error| Failure::usage(COMMAND, &error))?;
    let overwrite = args.is_on("overwrite");
    let is_all = args.is_on("all");
    let query = Query::of(args, &[]);
    validate(type_, names, &changes, is_all, query.selector.is_some())?;
    let words = match query.selector.is_some() || is_all {
        true => vec!["nodes".to_owned()],
        false => names
            .iter()
            .map(|name| if name.contains('/') { name.clone() } else { format!("node/{name}") })
            .collect(),
    };
    let found = select::find(env, &Query { words, ..query.with_all(is_all) })?;
    select::each(env, &found.targets, |env, _, object| {
        let Object::Node(node) = object else {
            return Err(Failure::own("unexpected type, expected Node"));
        };
        let (deed, taints) = changes.apply(node, overwrite)?;
        let mut node = Rc::clone(node);
        Rc::make_mut(&mut node).spec.taints = taints;
        let mut changed = Object::Node(node);
        if dry_run != crate::kubectl::DryRun::Client {
            changed = env.update(changed, dry_run)?;
        }
        // Upstream makes the printer before it knows of the dry run: no suffix.
        object::done(env, args, &changed, deed, crate::kubectl::DryRun::None)
    })
}

fn validate(
    type_: &str,
    names: &[String],
    changes: &Changes,
    is_all: bool,
    has_selector: bool,
) -> Result<(), Failure> {
    let type_ = type_.to_ascii_lowercase();
    if select::kind(&type_).map_err(Failure::as_it_is)?.kind != "Node" {
        return Err(Failure::own(format!("invalid resource type {type_}, only node types are supported")));
    }
    let conflicts: Vec<String> =
        changes.conflicts().map(|taint| format!("{}={}", taint.key, taint.effect)).collect();
    if !conflicts.is_empty() {
        return Err(Failure::own(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            conflicts.join(", ")
        )));
    }
    if is_all && has_selector {
        return Err(Failure::own("setting 'all' parameter with a non empty selector is prohibited"));
    }
    if !is_all && !has_selector && names.is_empty() {
        return Err(Failure::own(
            "at least one resource name must be specified since 'all' parameter is not set",
        ));
    }
    Ok(())
}

/// What is to become of a node's taints.
#[derive(Debug, Default)]
struct Changes {
    add: Vec<Taint>,
    /// By key and effect; an empty effect stands for all.
    remove: Vec<Taint>,
}

impl Changes {
    fn read(words: &[String]) -> Result<Self, String> {
        let mut changes = Changes::default();
        for word in words {
            if let Some(word) = word.strip_suffix('-') {
                let taint = taint(word)?;
                changes.remove.push(Taint::new(&taint.key, "", &taint.effect));
                continue;
            }
            let taint = taint(word)?;
            if taint.effect.is_empty() {
                return Err(format!("invalid taint spec: {word}"));
            }
            if changes.add.iter().any(|other| other.is_same(&taint)) {
                let Taint { key, value, effect, .. } = taint;
                return Err(format!(
                    "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
                ));
            }
            changes.add.push(taint);
        }
        Ok(changes)
    }

    /// What is removed although it is added.
    fn conflicts(&self) -> impl Iterator<Item = &Taint> {
        let removes = |gone: &Taint, new: &Taint| {
            gone.key == new.key && (gone.effect.is_empty() || gone.effect == new.effect)
        };
        self.add.iter().flat_map(move |new| self.remove.iter().filter(move |gone| removes(gone, new)))
    }

    /// The node's taints afterwards, and the word for what was done: new ones stand first.
    fn apply(&self, node: &Node, overwrite: bool) -> Result<(&'static str, Vec<Taint>), Failure> {
        let old = &node.spec.taints;
        let there =
            self.add.iter().flat_map(|new| old.iter().filter(|old| old.is_same(new)).map(|_| &*new.key));
        let there: Vec<&str> = there.collect();
        if !overwrite && !there.is_empty() {
            return Err(Failure::own(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.metadata.name,
                there.join(",")
            )));
        }
        let mut taints = self.add.clone();
        for taint in old {
            if !taints.iter().any(|new| new.is_same(taint)) {
                taints.push(taint.clone());
            }
        }
        let has_added = old.len() != taints.len();
        let (mut failures, mut has_removed) = (Vec::new(), false);
        for gone in &self.remove {
            let before = taints.len();
            taints.retain(|taint| {
                taint.key != gone.key || (!gone.effect.is_empty() && taint.effect != gone.effect)
            });
            has_removed = taints.len() != before;
            if !has_removed {
                failures.push(Failure::own(format!("taint {:?} not found", gone.to_string())));
            }
        }
        Failure::of(failures)?;
        let deed = match (has_added, has_removed) {
            _ if overwrite => "modified",
            (true, true) => "modified",
            (true, false) => "tainted",
            _ => "untainted",
        };
        Ok((deed, taints))
    }
}

/// `key=value:effect`, `key:effect` or `key` (`parseTaint`).
pub fn taint(spec: &str) -> Result<Taint, String> {
    let invalid = |more: &str| Err(format!("invalid taint spec: {spec}{more}"));
    let parts: Vec<&str> = spec.split(':').collect();
    let (key, value, effect) = match parts.as_slice() {
        [key] => (*key, "", ""),
        [pair, effect] => {
            if ![NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE].contains(effect) {
                return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
            }
            match pair.split('=').collect::<Vec<_>>().as_slice() {
                [key] => (*key, "", *effect),
                [key, value] => (*key, *value, *effect),
                _ => return invalid(""),
            }
        }
        _ => return invalid(""),
    };
    for problems in [label_value(value), qualified_name(key)] {
        if !problems.is_empty() {
            return invalid(&format!(", {}", problems.join("; ")));
        }
    }
    Ok(Taint::new(key, value, effect))
}

#[cfg(test)]
mod tests {
    use crate::cluster::Write;
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn taints_are_added_first_replaced_only_when_told_and_removed_by_key_or_effect() {
        let world = cluster();
        for (line, out, taints) in [
            ("kubectl taint nodes b x:NoExecute", "node/b tainted\n", "x:NoExecute gpu=x:NoSchedule"),
            ("kubectl taint node b gpu=y:NoSchedule --overwrite", "node/b modified\n", "gpu=y:NoSchedule"),
            ("kubectl taint no b gpu-", "node/b untainted\n", ""),
            ("kubectl taint no b gpu:NoSchedule- y:NoExecute", "node/b modified\n", "y:NoExecute"),
        ] {
            let answer = answer(&world, line);
            assert_eq!((answer.out.as_str(), answer.err.as_str(), answer.code), (out, "", 0), "{line}");
            let [Write::Update(object)] = answer.writes.as_slice() else {
                panic!("{line}: {:?}", answer.writes)
            };
            let node = object.as_node().expect("a node");
            let told: Vec<String> = node.spec.taints.iter().map(ToString::to_string).collect();
            assert_eq!(told.join(" "), taints, "{line}");
        }
    }

    #[test]
    fn a_taint_that_is_there_with_its_effect_is_not_replaced_by_accident() {
        let answer = answer(&cluster(), "kubectl taint nodes --all gpu=y:NoSchedule");
        assert_eq!(answer.out, "node/a tainted\n");
        assert_eq!(
            answer.err,
            "error: node b already has gpu taint(s) with same effect(s) and --overwrite is false\n"
        );
        assert_eq!((answer.code, answer.writes.len()), (1, 1));
    }
}
