//! The first form in which work was stored: texts and run in one object, applied objects in place of applied texts.

use super::{Reader, Saved, SavedRun, command, step_no};
use crate::api::Object;
use crate::session::{Document, DocumentName, Entry};
use crate::sim::Command;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Reads it. None if it is no JSON object.
pub(super) fn read(text: &str) -> Option<Saved> {
    let work: Map<String, Value> = serde_json::from_str(text).ok()?;
    let mut reader = Reader { odd: false };
    let mut run = SavedRun {
        engine: String::new(),
        start: reader.text(&work, "start").into(),
        log: Vec::new(),
        shown: reader.step(&work, "shown"),
        recorded: reader.step(&work, "recorded"),
        marks: Vec::new(),
    };
    for act in reader.list(&work, "acts") {
        let entry = act.get("after").and_then(step_no).and_then(|after| {
            let command = command::from_json(act.get("command")?)?;
            Some(Entry { after, command, applied: Vec::new() })
        });
        let Some(entry) = entry else {
            let after = act.get("after").and_then(step_no).unwrap_or(0);
            (run.recorded, run.shown) = (run.recorded.min(after), run.shown.min(after));
            reader.odd = true;
            break;
        };
        run.log.push(entry);
    }
    attach(&mut run.log, DocumentName::Manifest, work.get("applied_manifest"));
    attach(&mut run.log, DocumentName::Nodes, work.get("applied_nodes"));
    let texts = reader.texts(&work, &run);
    Some(Saved { texts, run: Rc::new(run), odd: reader.odd })
}

/// Which text was applied is known for the last time only.
fn attach(log: &mut [Entry], name: DocumentName, text: Option<&Value>) {
    let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty()) else { return };
    let read = Document::new(text, "").command(name);
    let brings = |entry: &Entry| match (&entry.command, name) {
        (Command::Apply { objects }, DocumentName::Nodes) => {
            objects.iter().all(|object| matches!(object, Object::Node(_)))
        }
        (command, _) => *command == read,
    };
    if let Some(entry) = log.iter_mut().rev().find(|entry| brings(entry)) {
        entry.applied.push((name, text.into()));
    }
}
