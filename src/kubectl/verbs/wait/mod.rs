//! `kubectl wait`. Upstream: `kubectl/pkg/cmd/wait/{wait,condition,delete,create,json}.go`.
//!
//! A command is an answer at one moment: what is not so yet is told as it will be if nothing happens, and until when
//! the command waits ([`crate::kubectl::Waits`]).

use crate::api::merge::go_text;
use crate::api::{Millis, Object};
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::jsonpath::{self, JsonPath};
use crate::kubectl::print::{name, object};
use crate::kubectl::select::{self, Found, Query, Target};
use crate::kubectl::{DryRun, Env, Verb, Waits};
use serde_json::Value;

/// The verb.
pub const VERB: Verb = Verb {
    name: "wait",
    flags: &[
        object::OUTPUT,
        select::SELECTOR,
        select::FIELD_SELECTOR,
        select::ALL,
        select::ALL_NAMESPACES,
        select::FILENAME,
        Flag::long("for", Takes::List),
        Flag::long("timeout", Takes::Duration),
        Flag::long("local", Takes::Switch),
    ],
    run,
};

const TIMEOUT: i64 = 30_000;
const WEEK: i64 = 168 * 3_600_000;
const TIMED_OUT: &str = "timed out waiting for the condition";

/// What is waited for.
enum Goal {
    Delete,
    Create,
    /// A condition has a status.
    Condition(String, String),
    /// A field has a value, or any.
    Path(JsonPath, Option<String>),
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let goals = goals(args.texts("for"))?;
    let millis = match args.millis("timeout").unwrap_or(TIMEOUT) {
        millis if millis < 0 => WEEK,
        millis => millis,
    };
    if args.positional.is_empty() && args.texts("filename").is_empty() {
        return Err(Failure::own(select::MISSING));
    }
    let is_all = args.is_on("all");
    let query = Query::of(args, &args.positional).with_type_enough(is_all);
    let mut found = found(env, &query)?;
    let (deletes, creates) = (
        goals.iter().any(|goal| matches!(goal, Goal::Delete)),
        goals.iter().any(|goal| matches!(goal, Goal::Create)),
    );
    let is_missing = |target: &Target| matches!(&target.object, Err(Failure::Api(ApiError::NotFound(_), _)));
    if creates && (found.targets.is_empty() || found.targets.iter().any(is_missing)) {
        return Err(later(env, millis, TIMED_OUT.into()));
    }
    if deletes {
        found.targets.retain(|target| !is_missing(target));
    }
    let (mut failures, mut count) = (Vec::new(), 0);
    for target in &found.targets {
        match &target.object {
            // The time is over for all: what comes behind one that did not come is not looked at any more.
            Ok(_) if env.waits.is_some() => {
                count += 1;
                failures.push(Failure::own(format!("{TIMED_OUT} on {}", target.plural_name())));
            }
            Ok(object) => {
                count += 1;
                failures.extend(one(env, args, target, object, &goals, millis).err());
            }
            Err(failure) => failures.push(failure.clone()),
        }
    }
    Failure::of(failures)?;
    if count == 0 && !deletes {
        return Err(Failure::own("no matching resources found"));
    }
    Ok(())
}

/// The objects as they are now that were there when the command was given; those that came since, if there were none.
fn found(env: &mut Env, query: &Query) -> Result<Found, Failure> {
    std::mem::swap(&mut env.client, &mut env.begun);
    let found = select::find(env, query);
    std::mem::swap(&mut env.client, &mut env.begun);
    let mut found = found?;
    if !found.targets.iter().any(|target| target.object.is_ok()) {
        return select::find(env, query);
    }
    for target in found.targets.iter_mut().filter(|target| target.object.is_ok()) {
        if let Ok(object) = env.client.get(&target.key) {
            target.object = Ok(object);
        }
    }
    Ok(found)
}

/// What is not so yet may still come.
fn later(env: &mut Env, millis: i64, told: String) -> Failure {
    if millis > 0 {
        env.waits = Some(Waits { until: env.begun.now() + Millis(millis) });
    }
    Failure::own(told)
}

fn one(
    env: &mut Env,
    args: &Args,
    target: &Target,
    object: &Object,
    goals: &[Goal],
    millis: i64,
) -> Result<(), Failure> {
    let value = object.to_json();
    for goal in goals {
        let is_met = match goal {
            Goal::Create => true,
            Goal::Delete => env.client.get(&target.key).is_err(),
            Goal::Condition(type_, status) => has_condition(&value, type_, status),
            Goal::Path(path, wanted) => has_value(&value, path, wanted.as_deref())?,
        };
        if !is_met {
            let told = match millis {
                0 => format!("condition not met for {}", target.plural_name()),
                _ => format!("{TIMED_OUT} on {}", target.plural_name()),
            };
            return Err(later(env, millis, told));
        }
        match args.text("output") {
            None | Some("") => env.say(&format!("{} condition met", name::name(&object.key()))),
            _ => object::done(env, args, object, "condition met", DryRun::None)?,
        }
    }
    Ok(())
}

/// `--for` (`conditionFuncsFor`).
fn goals(texts: &[String]) -> Result<Vec<Goal>, Failure> {
    let mut goals = Vec::new();
    for text in texts {
        let goal = match (text.to_ascii_lowercase().as_str(), text.split_once('=')) {
            ("delete", _) => Goal::Delete,
            ("create", _) => Goal::Create,
            (_, Some(("condition", condition))) => {
                let (type_, status) = condition.split_once('=').unwrap_or((condition, "true"));
                Goal::Condition(type_.to_owned(), status.to_owned())
            }
            (_, Some(("jsonpath", path))) => path_goal(path)?,
            _ => return Err(Failure::own(format!("unrecognized condition: {text:?}"))),
        };
        goals.push(goal);
    }
    if goals.is_empty() {
        return Err(Failure::own("unrecognized condition: []"));
    }
    Ok(goals)
}

/// `{.status.numberReady}=4` (`processJSONPathInput`).
fn path_goal(text: &str) -> Result<Goal, Failure> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.len() - 1;
        match letter {
            '=' if letters.next_if_eq(&'=').is_some() => parts[last] += "==",
            '=' => parts.push(String::new()),
            letter => parts[last].push(letter),
        }
    }
    match parts.as_slice() {
        [text] => Ok(Goal::Path(path(text)?, None)),
        [text, value] => match value.trim_matches(['\'', '"']) {
            "" => Err(Failure::own(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            )),
            value => Ok(Goal::Path(path(text)?, Some(value.to_owned()))),
        },
        _ => Err(Failure::own(
            "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
        )),
    }
}

/// Whether a condition has a status, and is of the object as it is now.
fn has_condition(value: &Value, type_: &str, status: &str) -> bool {
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array);
    let text =
        |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_ascii_lowercase();
    let condition = conditions
        .into_iter()
        .flatten()
        .find(|condition| text(condition, "type") == type_.to_ascii_lowercase());
    let Some(condition) = condition else { return false };
    let generation = value.pointer("/metadata/generation").and_then(Value::as_i64);
    let observed = condition["observedGeneration"]
        .as_i64()
        .or_else(|| value.pointer("/status/observedGeneration").and_then(Value::as_i64));
    let is_old = generation.zip(observed).is_some_and(|(generation, observed)| observed < generation);
    !is_old && text(condition, "status") == status.to_ascii_lowercase()
}

/// Whether a field has a value, or is there at all (`checkCondition`).
fn has_value(value: &Value, path: &JsonPath, wanted: Option<&str>) -> Result<bool, Failure> {
    let found = path.find(value).map_err(Failure::own)?;
    let Some(first) = found.first().filter(|first| !first.is_empty()) else { return Ok(false) };
    if found.len() > 1 {
        return Err(Failure::own("given jsonpath expression matches more than one list"));
    }
    let [only] = first.as_slice() else {
        return Err(Failure::own("given jsonpath expression matches more than one value"));
    };
    let Some(wanted) = wanted else { return Ok(true) };
    match &**only {
        Value::Object(_) | Value::Array(_) => {
            Err(Failure::own("jsonpath leads to a nested object or list which is not supported"))
        }
        other => Ok(go_text(other).trim() == wanted.trim()),
    }
}

/// What finds a field.
fn path(text: &str) -> Result<JsonPath, Failure> {
    match jsonpath::relaxed(text).map_err(Failure::own)? {
        path if path.is_empty() => Err(Failure::own("jsonpath expression cannot be empty")),
        path => JsonPath::parse(&path).map_err(Failure::own),
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn what_is_so_is_met_and_what_is_not_is_waited_for() {
        let world = cluster();
        for (line, out, err, waits) in [
            ("ds/agent", "", "error: unrecognized condition: []\n", false),
            ("--for=nope ds/agent", "", "error: unrecognized condition: \"nope\"\n", false),
            (
                "--for=jsonpath={.spec.revisionHistoryLimit}=10 ds/agent",
                "daemonset.apps/agent condition met\n",
                "",
                false,
            ),
            (
                "--for=condition=Ready pod/p --timeout=1s",
                "",
                "error: timed out waiting for the condition on pods/p\n",
                true,
            ),
            ("--for=condition=Ready pod/p --timeout=0", "", "error: condition not met for pods/p\n", false),
            ("--for=delete pod/q", "", "", false),
            ("--for=delete pod/p", "", "error: timed out waiting for the condition on pods/p\n", true),
            ("--for=create pod/q", "", "error: timed out waiting for the condition\n", true),
            (
                "--for=condition=Ready pod/q",
                "",
                "Error from server (NotFound): pods \"q\" not found\n",
                false,
            ),
            ("--for=condition=Ready pods -l a=b", "", "error: no matching resources found\n", false),
        ] {
            let answer = answer(&world, &format!("kubectl wait {line}"));
            let told = (answer.out.as_str(), answer.err.as_str(), answer.waits.is_some());
            assert_eq!(told, (out, err, waits), "{line}");
        }
    }
}
