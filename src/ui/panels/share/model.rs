//! What the sheets ask, and what they are told.

use super::Given;
use crate::session::{EXPORTS, Sent};
use crate::ui::state::{Dialog, FloatingAction, Opening, Sheet, UiAction};
use serde_json::json;

/// What is to happen when a sheet says something.
pub fn action(what: &str, of: &str) -> Option<UiAction> {
    Some(match (what, of) {
        ("close", _) => UiAction::Floating(FloatingAction::Close),
        ("sheet", "export") => UiAction::Floating(FloatingAction::Ask(Dialog::Sheet(Sheet::Export))),
        ("dump", texts) => {
            let (nodes, manifest) = texts.split_once('\0')?;
            UiAction::Opened(Opening::Dump(nodes.into(), manifest.into()))
        }
        ("open", text) => UiAction::Opened(Opening::Pasted(text.into())),
        _ => return None,
    })
}

/// Answers a sheet: what it asks, and of what.
pub fn answer(given: &Given, what: &str, of: &str) -> String {
    match what {
        "share" => about(given),
        "link" => link(given, of),
        "exports" => exports(given),
        "export" => EXPORTS
            .iter()
            .find(|export| export.file == of)
            .map(|export| (export.text)(&given.session))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// What the sheet for sharing says of the open session.
fn about(given: &Given) -> String {
    let session = &given.session;
    let timeline = &session.timeline;
    let selected = match given.look.get("selected") {
        Some(key) => key[2].as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let dirty = session.documents.is_dirty();
    json!({
        "title": given.title, "step": timeline.shown(), "steps": timeline.len(), "selected": selected,
        "edited": dirty, "resuming": session.resuming().is_some(),
    })
    .to_string()
}

/// The files that can be taken away.
fn exports(given: &Given) -> String {
    let files = EXPORTS.iter().map(|export| json!([export.file, export.words]));
    json!({ "title": given.title, "step": given.session.timeline.shown(), "files": files.collect::<Vec<_>>() })
        .to_string()
}

/// The open session as it is sent: `step`, `start` or `texts`, `+` with the unapplied changes, and `~` short.
fn link(given: &Given, of: &str) -> String {
    let sent = match of.trim_end_matches(['+', '~']) {
        "start" => Sent::AtStart,
        "texts" => Sent::WithoutSteps,
        _ => Sent::AtStep,
    };
    let mut look = given.look.clone();
    // A lesson of one's own lies on no server.
    if let Some(source) = &given.lesson {
        look.insert("lesson".into(), json!(source));
    }
    let link = given.session.link(sent, of.contains('+'), look);
    if of.contains('~') { link.short_text() } else { link.text() }
}
