//! The first form in which work was stored: texts and run in one object, applied objects in place of applied texts.

use super::{Reader, Saved, SavedRun, command, step_no};
use crate::api::Object;
use crate::kubectl::Request;
use crate::manifest::RawDocument;
use crate::session::{Document, DocumentName, LogEntry};
use serde_json::{Map, Value};
use std::rc::Rc;

/// Reads it. None if it is no JSON object.
pub(super) fn read(text: &str) -> Option<Saved> {
    let work: Map<String, Value> = serde_json::from_str(text).ok()?;
    let mut reader = Reader { odd: false };
    let mut run = SavedRun {
        start: reader.text(&work, "start").into(),
        shown: reader.step(&work, "shown"),
        recorded: reader.step(&work, "recorded"),
        ..SavedRun::default()
    };
    for act in reader.list(&work, "acts") {
        let entry = act.get("after").and_then(step_no).and_then(|after| {
            let request = command::from_json(act.get("command")?)?;
            let (applied, followed) = (Vec::new(), Vec::new());
            Some(LogEntry { after, waited: None, request, applied, followed, behind: false, own: false })
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
    Some(Saved { texts, run: Rc::new(run), odd: reader.odd, ..Saved::default() })
}

/// Which text was applied is known for the last time only.
fn attach(log: &mut [LogEntry], name: DocumentName, text: Option<&Value>) {
    let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty()) else { return };
    let read = Document::new(text, "");
    let (said, wanted) = (read.request(name), read.objects());
    let brings = |entry: &LogEntry| {
        let has = objects(&entry.request);
        let is_node = |object: &Object| matches!(object, Object::Node(_));
        let applies_nodes =
            name == DocumentName::Nodes && entry.request.words().get(1).is_some_and(|verb| verb == "apply");
        (applies_nodes && has.iter().all(is_node)) || (entry.request.line() == said.line() && has == wanted)
    };
    if let Some(entry) = log.iter_mut().rev().find(|entry| brings(entry)) {
        entry.applied.push((name, text.into()));
    }
}

/// The objects of the texts that a command reads.
fn objects(request: &Request) -> Vec<Object> {
    let documents = request.files().values().flat_map(|file| file.documents());
    documents
        .filter_map(|document| match document {
            RawDocument::Object { decoded: Ok(decoded), .. } => Some(decoded.object.clone()),
            _ => None,
        })
        .collect()
}
