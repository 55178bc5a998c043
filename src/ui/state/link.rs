//! A session that came by a link: how it is open, and where one looked in it.

use super::panel::{Panel, Slot};
use super::view::{Selection, View, ViewAction};
use crate::api::{EcoString, Kind, ObjectKey};
use crate::session::DocumentName;
use serde_json::{Map, Value, json};

/// Whose the open session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The user's own.
    #[default]
    Own,
    /// It came by a link, and is the user's own from now on.
    Sent,
    /// It came by a link that is to be looked at only. Nothing of it is stored.
    ReadOnly,
    /// The same, inside of another page: the cluster, the steps and Why? alone.
    Embedded,
}

impl Mode {
    /// The mode that a letter in a link asks for.
    pub fn of_letter(letter: &str) -> Self {
        match letter {
            "r" => Mode::ReadOnly,
            "e" => Mode::Embedded,
            _ => Mode::Sent,
        }
    }

    /// Whether it is only looked at, and nothing is stored.
    pub fn is_read_only(self) -> bool {
        matches!(self, Mode::ReadOnly | Mode::Embedded)
    }
}

/// What a link says of the places whose panels are chosen.
const PLACES: [(&str, Slot); 2] = [("stage", Slot::Stage), ("dock", Slot::Dock)];

impl View {
    /// Where one looks, as a link says it.
    pub fn look(&self) -> Map<String, Value> {
        let mut look = Map::new();
        let mut say = |name: &str, value: Value| look.insert(name.into(), value);
        if self.document == DocumentName::Nodes {
            say("text", json!(self.document.file()));
        }
        let key = match &self.selection {
            Selection::Step => None,
            Selection::Node(name) => Some(ObjectKey::node(name)),
            Selection::Pod(key) | Selection::Set(key) | Selection::Service(key) => Some(key.clone()),
        };
        for (name, key) in [("selected", key.as_ref()), ("set", self.set.as_ref())] {
            if let Some(ObjectKey { kind, namespace, name: of }) = key {
                say(name, json!([kind.name(), namespace.as_str(), of.as_str()]));
            }
        }
        for (name, slot) in PLACES {
            if let Some(panel) = self.panel(slot) {
                say(name, json!(panel.id));
            }
        }
        if !self.editor_open {
            say("folded", json!(true));
        }
        look
    }

    /// Looks where a link says. What it does not say, or is not there any more, stays.
    pub(super) fn look_at(&mut self, look: &Map<String, Value>, panels: &'static [Panel]) {
        let word = |name: &str| look.get(name).and_then(Value::as_str);
        if let Some(name) = word("text").and_then(DocumentName::of_file) {
            self.document = name;
        }
        self.set = look.get("set").and_then(key_of).filter(|key| key.kind == Kind::DaemonSet);
        // The keys are for the steps: nobody here asked for the panel of the dock.
        let asked = self.asked;
        for (name, slot) in PLACES {
            let panel = word(name).and_then(|id| panels.iter().find(|panel| panel.id == id));
            if let Some(panel) = panel.filter(|panel| panel.slot == slot) {
                self.take(ViewAction::Show(panel), 0, None);
            }
        }
        self.asked = asked;
        self.editor_open &= !look.get("folded").is_some_and(|folded| folded == true);
        self.slot = Slot::Stage;
        self.selection =
            look.get("selected").and_then(key_of).and_then(|key| Selection::of(&key)).unwrap_or_default();
    }
}

fn key_of(value: &Value) -> Option<ObjectKey> {
    let part = |index: usize| value.get(index).and_then(Value::as_str);
    let kind = [Kind::Node, Kind::Pod, Kind::DaemonSet, Kind::Service]
        .into_iter()
        .find(|kind| Some(kind.name()) == part(0))?;
    Some(ObjectKey { kind, namespace: EcoString::from(part(1)?), name: EcoString::from(part(2)?) })
}
