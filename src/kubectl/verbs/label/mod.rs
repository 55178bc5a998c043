//! `kubectl label` and `kubectl annotate`. Upstream: `kubectl/pkg/cmd/label/label.go`,
//! `kubectl/pkg/cmd/annotate/annotate.go`.

use crate::api::{Labels, Object, label_value};
use crate::kubectl::client::CHANGE_CAUSE;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, Deed, DryRun, Env, Verb, dry_run};
use std::collections::BTreeMap;

const FLAGS: &[Flag] = &[
    DRY_RUN,
    object::OUTPUT,
    select::SELECTOR,
    select::FIELD_SELECTOR,
    select::ALL,
    select::ALL_NAMESPACES,
    select::FILENAME,
    select::RECURSIVE,
    Flag::long("overwrite", Takes::Switch),
    Flag::long("list", Takes::Switch),
    Flag::long("local", Takes::Switch),
    Flag::long("resource-version", Takes::Text),
    Flag::long("field-manager", Takes::Text),
];

/// The verb `label`.
pub const LABEL: Verb = Verb { name: "label", flags: FLAGS, run: label };

/// The verb `annotate`.
pub const ANNOTATE: Verb = Verb { name: "annotate", flags: FLAGS, run: annotate };

/// Pairs to be set and keys to be removed.
#[derive(Debug, Default)]
struct Changes {
    set: BTreeMap<String, String>,
    remove: Vec<String>,
}

impl Changes {
    /// Sets and removes; gives how many were added or changed, and how many removed.
    fn apply(&self, pairs: &mut Labels) -> (usize, usize) {
        let (mut added, mut removed) = (0, 0);
        for (key, value) in &self.set {
            if pairs.get(key.as_str()).is_none_or(|have| have != value) {
                pairs.insert(key.as_str().into(), value.as_str().into());
                added += 1;
            }
        }
        for key in &self.remove {
            removed += usize::from(pairs.contains_key(key.as_str()));
            pairs.remove(key.as_str());
        }
        (added, removed)
    }
}

/// The words before the first pair, and the pairs (`GetResourcesAndPairs`).
fn split<'a>(words: &'a [String], what: &str) -> Result<(&'a [String], &'a [String]), Failure> {
    let is_pair =
        |word: &str| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let first = words.iter().position(|word| is_pair(word)).unwrap_or(words.len());
    let (resources, pairs) = words.split_at(first);
    match pairs.iter().find(|word| !is_pair(word)) {
        None => Ok((resources, pairs)),
        Some(word) => {
            Err(Failure::own(format!("all resources must be specified before {what} changes: {word}")))
        }
    }
}

/// Checks what both verbs check, and finds the objects.
fn targets(
    env: &mut Env,
    args: &Args,
    resources: &[String],
    changes: &Changes,
    what: &str,
) -> Result<select::Found, Failure> {
    let is_local = args.is_on("local");
    let query = Query { is_latest: !is_local, is_local, ..Query::of(args, resources) };
    let (is_all, is_list) = (args.is_on("all"), args.is_on("list"));
    let refusal = if is_list && args.has("output") {
        "--list and --output may not be specified together".to_owned()
    } else if is_all && query.selector.is_some() {
        "cannot set --all and --selector at the same time".to_owned()
    } else if is_all && query.fields.is_some() {
        "cannot set --all and --field-selector at the same time".to_owned()
    } else if is_local && !resources.is_empty() {
        "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set".to_owned()
    } else if resources.is_empty() && query.files.is_empty() {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>".to_owned()
    } else if changes.set.is_empty() && changes.remove.is_empty() && !is_list {
        format!("at least one {what} update is required")
    } else if changes.remove.iter().any(|key| changes.set.contains_key(key)) {
        let both = changes.remove.iter().filter(|key| changes.set.contains_key(*key));
        let both: Vec<&str> = both.map(String::as_str).collect();
        format!(
            "can not both modify and remove the following {what}(s) in the same command: {}",
            both.join(", ")
        )
    } else {
        let found = select::find(env, &query.with_type_enough(is_all))?;
        if !found.is_single && args.has("resource-version") {
            return Err(Failure::own("--resource-version may only be used with a single resource"));
        }
        return Ok(found);
    };
    Err(Failure::own(refusal))
}

/// `--list`.
fn list(env: &mut Env, object: &Object, pairs: &Labels, what: &str, is_single: bool) {
    if !is_single {
        let (kind, name) = (object.kind(), &object.metadata().name);
        env.say(&format!("Listing {what}s for {}.{}/{name}:", kind.name(), kind.group()));
    }
    for (key, value) in pairs {
        env.say(&format!("{}{key}={value}", if is_single { "" } else { " " }));
    }
}

fn label(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let (resources, pairs) = split(&args.positional, "label")?;
    let changes = label_changes(pairs)?;
    let found = targets(env, args, resources, &changes, "label")?;
    let (overwrite, is_list) = (args.is_on("overwrite"), args.is_on("list"));
    let is_sent = dry_run != DryRun::Client && !args.is_on("local");
    select::each(env, &found.targets, |env, _, object| {
        if is_sent && !is_list {
            let has = |key: &str| object.metadata().labels.contains_key(key);
            for key in changes.remove.iter().filter(|key| !has(key)) {
                env.say(&format!("label {key:?} not found."));
            }
        }
        let mut changed = object.clone();
        if !overwrite {
            keeps_values(&object.metadata().labels, &changes)?;
        }
        let (added, removed) = changes.apply(&mut changed.metadata_mut().labels);
        if is_list {
            list(env, &changed, &changed.metadata().labels, "label", found.is_single);
            return Ok(());
        }
        if is_sent && added + removed > 0 {
            update(env, args, &changed, dry_run)?;
        } else if is_sent && dry_run == DryRun::None {
            env.client.note(&object.key(), Deed::Unchanged);
        }
        let deed = match (added > 0, removed > 0) {
            (true, true) => "modified",
            (true, false) => "labeled",
            (false, true) => "unlabeled",
            _ => "not labeled",
        };
        object::done(env, args, &changed, deed, dry_run)
    })
}

/// Sends the object; `--resource-version` is that which it must have.
fn update(env: &mut Env, args: &Args, object: &Object, dry_run: DryRun) -> Result<Object, Failure> {
    if let Some(version) = args.text("resource-version")
        && *version != *object.metadata().resource_version
    {
        return Err(crate::cluster::ApiError::Conflict(object.key()).into());
    }
    Ok(env.update(object.clone(), dry_run)?)
}

fn keeps_values(labels: &Labels, changes: &Changes) -> Result<(), Failure> {
    let differs = |key: &str, value: &str| labels.get(key).filter(|have| *have != value);
    let failures = changes.set.iter().filter_map(|(key, value)| {
        let have = differs(key, value)?;
        Some(Failure::own(format!("'{key}' already has a value ({have}), and --overwrite is false")))
    });
    Failure::of(failures.collect())
}

/// Upstream: `parseLabels`.
fn label_changes(words: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for word in words {
        match word.split('=').collect::<Vec<_>>().as_slice() {
            [_] => changes.remove.extend(word.strip_suffix('-').map(str::to_owned)),
            [key, value] => {
                let problems = label_value(value);
                if !problems.is_empty() {
                    let problems = problems.join(";");
                    return Err(Failure::own(format!("invalid label value: {word:?}: {problems}")));
                }
                changes.set.insert((*key).to_owned(), (*value).to_owned());
            }
            _ => return Err(Failure::own(format!("invalid label spec: {word}"))),
        }
    }
    if changes.remove.iter().any(|key| changes.set.contains_key(key)) {
        return Err(Failure::own("can not both modify and remove a label in the same command"));
    }
    Ok(changes)
}

fn annotate(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let (resources, pairs) = split(&args.positional, "annotation")?;
    let mut changes = Changes::default();
    for word in pairs {
        match word.split_once('=') {
            Some((key, value)) => drop(changes.set.insert(key.to_owned(), value.to_owned())),
            None => changes.remove.extend(word.strip_suffix('-').map(str::to_owned)),
        }
    }
    let found = targets(env, args, resources, &changes, "annotation")?;
    let (overwrite, is_list) = (args.is_on("overwrite"), args.is_on("list"));
    let is_sent = dry_run != DryRun::Client && !args.is_on("local");
    select::each(env, &found.targets, |env, _, object| {
        let annotations = &object.metadata().annotations;
        let told: Vec<String> = changes
            .set
            .iter()
            .filter(|(key, _)| *key != CHANGE_CAUSE && !overwrite)
            .filter_map(|(key, value)| {
                let have = annotations.get(key.as_str()).filter(|have| *have != value)?;
                Some(format!("'{key}' already has a value ({have})"))
            })
            .collect();
        if !told.is_empty() {
            return Err(Failure::own(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                told.join("; ")
            )));
        }
        let mut changed = object.clone();
        changes.apply(&mut changed.metadata_mut().annotations);
        if is_list {
            list(env, &changed, &changed.metadata().annotations, "annotation", found.is_single);
            return Ok(());
        }
        if is_sent {
            changed = update(env, args, &changed, dry_run)?;
        }
        object::done(env, args, &changed, "annotated", dry_run)
    })
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn labels_and_annotations_are_told_as_kubectl_tells_them() {
        let world = cluster();
        for (line, out, err, writes) in [
            ("kubectl label node b x=y", "node/b labeled\n", "", 1),
            ("kubectl label no/b disk=hdd --overwrite", "node/b labeled\n", "", 1),
            ("kubectl label node b disk- x=y", "node/b modified\n", "", 1),
            ("kubectl label node b nope-", "label \"nope\" not found.\nnode/b not labeled\n", "", 0),
            (
                "kubectl label node b disk=hdd",
                "",
                "error: 'disk' already has a value (ssd), and --overwrite is false\n",
                0,
            ),
            ("kubectl label node b", "", "error: at least one label update is required\n", 0),
            (
                "kubectl label node --all x=y --dry-run=server",
                "node/a labeled (server dry run)\nnode/b labeled (server dry run)\n",
                "",
                0,
            ),
            ("kubectl annotate ds agent 'why=a reason'", "daemonset.apps/agent annotated\n", "", 1),
            (
                "kubectl annotate ds nope x=y",
                "",
                "Error from server (NotFound): daemonsets.apps \"nope\" not found\n",
                0,
            ),
            ("kubectl label nope b x=y", "", "error: the server doesn't have a resource type \"nope\"\n", 0),
        ] {
            let answer = answer(&world, line);
            assert_eq!(
                (answer.out.as_str(), answer.err.as_str(), answer.writes.len()),
                (out, err, writes),
                "{line}"
            );
        }
    }
}
