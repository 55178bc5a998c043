//! `kubectl diff`. Upstream: `kubectl/pkg/cmd/diff/diff.go`. What `diff -u -N` prints of the two folders is made here.

use crate::api::Object;
use crate::api::merge::{last_applied, three_way};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object::whole;
use crate::kubectl::select;
use crate::kubectl::source::{self, Source, Unknown};
use crate::kubectl::verbs::apply;
use crate::kubectl::{DryRun, Env, Verb};
use crate::manifest;
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};
use std::collections::BTreeMap;
use std::ops::Range;

/// The verb.
pub const VERB: Verb = Verb {
    name: "diff",
    flags: &[
        select::FILENAME,
        select::SELECTOR,
        source::FIELD_MANAGER,
        Flag::long("server-side", Takes::Switch),
        Flag::long("force-conflicts", Takes::Switch),
        Flag::long("concurrency", Takes::Number),
        Flag::long("prune", Takes::Switch),
        Flag::long("prune-allowlist", Takes::Texts),
        Flag::long("show-managed-fields", Takes::Switch),
        Flag::long("show-secrets", Takes::Switch),
    ],
    run,
};

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if !args.positional.is_empty() {
        let words = args.positional.join(" ");
        return Err(Failure::usage("kubectl diff", &format!("Unexpected args: [{words}]")));
    }
    source::required(args)?;
    if args.is_on("force-conflicts") && !args.is_on("server-side") {
        return Err(Failure::own("--force-conflicts only works with --server-side"));
    }
    if args.is_on("prune") {
        return Err(Failure::own("--prune is not part of this playground"));
    }
    let (documents, failures) = source::all(env, args, false)?;
    Failure::of(failures)?;
    let mut files: BTreeMap<String, (Option<Object>, Object)> = BTreeMap::new();
    for document in &documents {
        let live = env.client.get(&document.key).ok();
        let merged = match args.is_on("server-side") {
            true => apply::server_side(env, args, document, DryRun::Server, args.is_on("force-conflicts"))?,
            false => merged(env, document, live.as_ref())?,
        };
        if live.as_ref().is_some_and(|live| live.metadata().is_terminating()) {
            let name = &document.key.name;
            env.warn(&format!("Detected changes to resource {name} which is currently being deleted."));
        }
        files.insert(file_name(document), (live, merged));
    }
    let keeps = args.is_on("show-managed-fields");
    let mut differs = false;
    for (name, (live, merged)) in &files {
        let old = live.as_ref().map(|live| text(live, keeps)).unwrap_or_default();
        let new = text(merged, keeps);
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        if old != new {
            differs = true;
            let time = env.now.to_string().replace('T', " ").replace('Z', ".000000000 +0000");
            let (live, merged) = (format!("/tmp/LIVE-1/{name}"), format!("/tmp/MERGED-1/{name}"));
            env.say(&format!("diff -u -N {live} {merged}\n--- {live}\t{time}\n+++ {merged}\t{time}"));
            env.out += &unified(&old, &new);
        }
    }
    if differs {
        // That there are differences is said by the exit code alone.
        env.failed -= 1;
        return Err(Failure::Told);
    }
    Ok(())
}

/// `apps.v1.DaemonSet.default.agent`.
fn file_name(document: &Source) -> String {
    let key = &document.key;
    let version = key.kind.api_version().replace('/', ".");
    format!("{version}.{}.{}.{}", key.kind.name(), key.namespace, key.name)
}

/// What apply would make of the object, but for its annotation.
fn merged(env: &mut Env, document: &Source, live: Option<&Object>) -> Result<Object, Failure> {
    let object = document.object(env, Unknown::Warn)?;
    let Some(live) = live else { return Ok(env.create(object, DryRun::Server)?) };
    let before = live.to_json();
    let last = last_applied(&before);
    let (mut written, mut meant) = (document.value.clone(), object.to_json());
    for value in [&mut written, &mut meant] {
        // What was applied has annotations, if none but apply's own.
        let annotations = &mut value["metadata"]["annotations"];
        if annotations.is_null() {
            *annotations = Value::Object(Default::default());
        }
    }
    if three_way(&last, &before, &written) == before {
        return Ok(live.clone());
    }
    let patched = crate::kubectl::client::decode(three_way(&last, &before, &meant))?;
    env.update(patched, DryRun::Server)
        .map_err(|error: ApiError| Failure::of_file(error, "patching", &document.source))
}

fn text(object: &Object, keeps_managed_fields: bool) -> String {
    let mut value = whole(object);
    if let (false, Some(metadata)) =
        (keeps_managed_fields, value.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.remove("managedFields");
    }
    manifest::value_to_yaml(&value)
}

/// What makes one text of another, by lines. Of long texts of which little is the same all between their ends is replaced:
/// it would take too long to find more.
pub fn line_changes(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = rest.take_while(|(old, new)| old == new).count();
    let [old_len, new_len] = [old.len(), new.len()].map(|lines| lines - start - end);
    if old_len == 0 || new_len == 0 || old_len + new_len <= MOST_LINES {
        return capture_diff_slices(Algorithm::RawMyers, old, new);
    }
    let (old_index, new_index) = (start + old_len, start + new_len);
    let mut all = vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: start },
        DiffOp::Replace { old_index: start, old_len, new_index: start, new_len },
        DiffOp::Equal { old_index, new_index, len: end },
    ];
    all.retain(|one| !one.old_range().is_empty());
    all
}

/// At most so many lines are compared with each other: it takes the square of that.
const MOST_LINES: usize = 4_000;

/// The stretches of two texts that differ, as `diff -u` prints them.
fn unified(old: &[&str], new: &[&str]) -> String {
    let operations = line_changes(old, new);
    let mut out = String::new();
    for group in group_diff_ops(operations, CONTEXT) {
        let range = |range: fn(&DiffOp) -> Range<usize>| {
            let first = group.first().map(range).unwrap_or_default().start;
            let last = group.last().map(range).unwrap_or_default().end;
            match last - first {
                0 => format!("{first},0"),
                1 => format!("{}", first + 1),
                length => format!("{},{length}", first + 1),
            }
        };
        out += &format!("@@ -{} +{} @@\n", range(DiffOp::old_range), range(DiffOp::new_range));
        for operation in &group {
            let (olds, news) = (operation.old_range(), operation.new_range());
            let mut lines = |mark: char, lines: &[&str]| {
                lines.iter().for_each(|line| out += &format!("{mark}{line}\n"));
            };
            match operation {
                DiffOp::Equal { .. } => lines(' ', &old[olds]),
                _ => {
                    lines('-', &old[olds]);
                    lines('+', &new[news]);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::given::{answer_with, cluster};

    #[test]
    fn stretches_are_told_as_diff_tells_them() {
        let old = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let new = ["a", "b", "c", "d", "x", "f", "g", "h", "i", "j"];
        assert_eq!(unified(&old, &new), "@@ -2,8 +2,9 @@\n b\n c\n d\n-e\n+x\n f\n g\n h\n i\n+j\n");
        assert_eq!(unified(&[], &["a", "b"]), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified(&["a"], &["b"]), "@@ -1 +1 @@\n-a\n+b\n");
    }

    #[test]
    fn long_texts_are_compared_as_far_as_it_is_worth_it() {
        let lines = |word: &str, many: usize| (0..many).map(|at| format!("{word}{at}")).collect::<Vec<_>>();
        let texts = |lines: &[Vec<String>]| lines.concat();
        let (same, a, b) = (lines("s", 5_000), lines("a", 2_500), lines("b", 2_600));
        for (old, new, removed, added) in [
            // One line in a long text that is otherwise the same.
            (
                texts(&[same.clone(), lines("x", 1), a.clone()]),
                texts(&[same.clone(), lines("y", 1), a.clone()]),
                1,
                1,
            ),
            // Nothing of the middle is the same.
            (
                texts(&[same.clone(), a.clone(), same.clone()]),
                texts(&[same.clone(), b.clone(), same]),
                2_500,
                2_600,
            ),
            (a, b, 2_500, 2_600),
        ] {
            let lines =
                |text: &'static str, of: &str| of.lines().filter(|line| line.starts_with(text)).count();
            let told = unified(
                &old.iter().map(String::as_str).collect::<Vec<_>>(),
                &new.iter().map(String::as_str).collect::<Vec<_>>(),
            );
            assert_eq!((lines("-", &told), lines("+", &told)), (removed, added));
        }
    }

    #[test]
    fn the_exit_code_says_whether_there_are_differences() {
        let world = cluster();
        let text = |color: &str| {
            format!("apiVersion: v1\nkind: Node\nmetadata: {{name: b, labels: {{disk: {color}}}}}\n")
        };
        let same = text("ssd");
        let other = text("hdd");
        let files = [("same.yaml", same.as_str()), ("other.yaml", other.as_str())];
        for (line, code, lines) in [
            ("-f same.yaml", 0, 0),
            ("-f other.yaml", 1, 12),
            ("-f none.yaml", 2, 0),
            ("", 2, 0),
            ("--nope", 2, 0),
        ] {
            let answer = answer_with(&world, &format!("kubectl diff {line}"), &files);
            assert_eq!((answer.code, answer.out.lines().count()), (code, lines), "{line}: {}", answer.out);
            assert!(answer.writes.is_empty());
        }
    }
}
