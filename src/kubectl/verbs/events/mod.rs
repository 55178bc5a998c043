//! `kubectl events`. Upstream: `kubectl/pkg/cmd/events/events.go`.

use crate::api::{Kind, Object, Time};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::kinds;
use crate::kubectl::print::lines::text;
use crate::kubectl::print::tab::{TABLE, aligned};
use crate::kubectl::print::{event, format, object};
use crate::kubectl::select;
use crate::kubectl::verbs::get::watch;
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
    env.follows = args.is_on("watch");
    let is_here = |object: &Object| is_all || object.metadata().namespace == namespace;
    // What is forgotten after an hour is not told.
    let told = env.again.map(|again| {
        let all = again.changes.iter().filter(|change| change.is_of(&Kind::Event));
        all.filter_map(|change| change.after.as_ref()).filter(|event| is_here(event)).map(object::whole)
    });
    let told: Vec<Value> = match told {
        Some(told) => told.filter(is_chosen).collect(),
        None => listed.iter().map(object::whole).filter(is_chosen).collect(),
    };
    if env.follows {
        let printed = env.again.map_or("", |again| again.printed);
        env.has_document = !printed.is_empty();
        let mut widths = watch::widths(printed);
        for event in told {
            match &format {
                Some(format) => format.print(env, args, event)?,
                None => {
                    let has_head = args.is_on("no-headers") || !printed.is_empty() || !env.out.is_empty();
                    let rows = table(&[event], !has_head, is_all, env.now);
                    rows.lines().for_each(|row| env.out += &watch::padded(row, &mut widths));
                }
            }
        }
        return Ok(());
    }
    if told.is_empty() {
        env.complain(&match is_all {
            true => "No events found.\n".to_owned(),
            false => format!("No events found in {namespace} namespace.\n"),
        });
        return Ok(());
    }
    let told = event::sorted(told, last_told);
    match format {
        // kubectl has a list here that its name printer does not take apart, and says nothing.
        Some(format::Format::Name) => Ok(()),
        Some(format) => {
            let list = json!({ "apiVersion": "v1", "items": told, "kind": "EventList", "metadata": {} });
            // kubectl holds it as a value of a Go type.
            env.is_typed = true;
            format.print(env, args, list)
        }
        None => {
            env.out += &table(&told, !args.is_on("no-headers"), is_all, env.now);
            Ok(())
        }
    }
}

/// A row for each event, with their namespaces where they are of several.
fn table(events: &[Value], has_head: bool, is_all: bool, now: Time) -> String {
    let mut lines = String::new();
    let namespace = |text: &str| if is_all { format!("{text}\t") } else { String::new() };
    if has_head {
        lines += &format!("{}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n", namespace("NAMESPACE"));
    }
    for told in events {
        let involved = &told["involvedObject"];
        lines += &format!(
            "{}{}\t{}\t{}\t{}/{}\t{}\n",
            namespace(text(&told["metadata"], "namespace")),
            event::interval(told, now),
            text(told, "type"),
            text(told, "reason"),
            text(involved, "kind"),
            text(involved, "name"),
            event::message(told)
        );
    }
    aligned(&lines, TABLE)
}

/// When an event was last told.
fn last_told(told: &Value) -> Option<i64> {
    let at = |field: &str| event::moment(told, field);
    at("/series/lastObservedTime").or_else(|| at("/lastTimestamp")).or_else(|| at("/eventTime"))
}

#[cfg(test)]
mod tests {
    use crate::api::{Kind, ObjectKey, Time};
    use crate::cluster::{EventType, Occurrence, Write};
    use crate::kubectl::given::cluster;
    use crate::kubectl::{Again, Files, Request};

    #[test]
    fn events_are_printed_as_they_come() {
        let mut world = cluster();
        let mut changes = Vec::new();
        for (name, reason) in [("p", "Scheduled"), ("q", "Pulling"), ("p", "Started")] {
            let about = ObjectKey::new(Kind::Pod, "default", name);
            let write = Write::Event {
                about,
                type_: EventType::Normal,
                reason: reason.into(),
                message: "said".into(),
                component: "kubelet".into(),
                path: "".into(),
                action: None,
            };
            let told = world.tell(
                None,
                &write,
                Occurrence::first(format!("{name}.{reason}").into(), Time::EPOCH),
                Time::EPOCH,
            );
            changes.extend(told.expect("it is told"));
        }
        let request =
            Request::parse("kubectl events -w --for pod/p", &Files::new()).expect("a line").remove(0);
        let first = request.run(&cluster(), Time::EPOCH);
        assert_eq!((first.out.as_str(), first.err.as_str(), first.follows), ("", "", true));
        let again = |changes| Again { changes, printed: "", since: Time::EPOCH, is_over: false };
        let next = request.run_on(&world, Time::EPOCH, again(&changes));
        let rows: Vec<&str> = next.out.lines().collect();
        assert_eq!(rows.len(), 3, "{}", next.out);
        assert!(
            rows[0].starts_with("LAST SEEN") && rows[1].contains("Scheduled") && rows[2].contains("Started")
        );
        let gone: Vec<_> = changes
            .iter()
            .cloned()
            .map(|change| {
                let mut change = change;
                (change.before, change.after) = (change.after, None);
                change
            })
            .collect();
        assert_eq!(request.run_on(&world, Time::EPOCH, again(&gone)).out, "");
    }
}
