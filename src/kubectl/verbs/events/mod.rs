//! `kubectl events`. Upstream: `kubectl/pkg/cmd/events/events.go`.

use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::kinds;
use crate::kubectl::print::tab::{TABLE, aligned};
use crate::kubectl::print::template::text;
use crate::kubectl::print::{event, format, object};
use crate::kubectl::select;
use crate::kubectl::{Args, Env, Verb};
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "events",
    flags: &[
        format::OUTPUT,
        select::ALL_NAMESPACES,
        Flag::long("chunk-size", Takes::Number),
        Flag::long("for", Takes::Text),
        Flag::long("no-headers", Takes::Switch),
        Flag::long("types", Takes::Texts),
        Flag::short("watch", 'w', Takes::Switch),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let about = match args.text("for").filter(|about| !about.is_empty()) {
        None => None,
        Some(about) => match about.split('/').collect::<Vec<_>>().as_slice() {
            [kind, name] => Some((
                select::kind(&kind.to_ascii_lowercase()).map_err(Failure::as_it_is)?,
                (*name).to_owned(),
            )),
            [_] => return Err(Failure::own("--for must be in resource/name form")),
            _ => {
                return Err(Failure::own("arguments in resource/name form may not have more than one slash"));
            }
        },
    };
    let types = args.texts("types");
    if types.iter().any(|type_| !["normal", "warning"].contains(&type_.to_ascii_lowercase().as_str())) {
        return Err(Failure::own("valid --types are Normal or Warning"));
    }
    let format = format::of(env, args)?;
    let is_all = args.is_on("all-namespaces");
    let namespace = args.namespace().0.to_owned();
    let Some(resource) = kinds::named("events") else { return Ok(()) };
    let listed = env.client.list(resource, (!is_all).then_some(namespace.as_str()));
    let is_chosen = |event: &Value| {
        let involved = &event["involvedObject"];
        let is_of_type =
            types.is_empty() || types.iter().any(|type_| type_.eq_ignore_ascii_case(text(event, "type")));
        let is_about = about.as_ref().is_none_or(|(kind, name)| {
            text(involved, "kind") == kind.kind
                && text(involved, "apiVersion") == kind.api_version
                && text(involved, "name") == name
        });
        is_of_type && is_about
    };
    let chosen: Vec<Value> = listed.iter().map(object::whole).filter(is_chosen).collect();
    if chosen.is_empty() {
        env.err += &match is_all {
            true => "No events found.\n".to_owned(),
            false => format!("No events found in {namespace} namespace.\n"),
        };
        return Ok(());
    }
    let chosen = event::sorted(chosen, last_told);
    match format {
        // kubectl has a list here that its name printer does not take apart, and says nothing.
        Some(format::Format::Name) => Ok(()),
        Some(format) => {
            let list = json!({ "apiVersion": "v1", "items": chosen, "kind": "EventList", "metadata": {} });
            // kubectl holds it as a value of a Go type.
            env.is_typed = true;
            format.print(env, args, list)
        }
        None => {
            let mut lines = String::new();
            let namespace = |text: &str| if is_all { format!("{text}\t") } else { String::new() };
            if !args.is_on("no-headers") {
                lines += &format!("{}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n", namespace("NAMESPACE"));
            }
            for told in &chosen {
                let involved = &told["involvedObject"];
                lines += &format!(
                    "{}{}\t{}\t{}\t{}/{}\t{}\n",
                    namespace(text(&told["metadata"], "namespace")),
                    event::interval(told, env.now),
                    text(told, "type"),
                    text(told, "reason"),
                    text(involved, "kind"),
                    text(involved, "name"),
                    event::message(told)
                );
            }
            env.out += &aligned(&lines, TABLE);
            Ok(())
        }
    }
}

/// When an event was last told.
fn last_told(told: &Value) -> Option<i64> {
    let at = |field: &str| event::moment(told, field);
    at("/series/lastObservedTime").or_else(|| at("/lastTimestamp")).or_else(|| at("/eventTime"))
}
