//! What the taints explorer shows.

use super::Given;
use crate::api::{EcoString, Object, ObjectKey, Taint, Toleration, TolerationMatch, sort};
use crate::cluster::Change;
use crate::explain::taints::{Cell, Column, Edit, Explorer, Giver, SubjectRow, TaintTrial, What, subjects};
use crate::sim::{StepNo, Timeline};
use std::collections::BTreeMap;
use std::rc::Rc;

/// So many steps back are searched for how a node's state came to be.
const SEARCHED: usize = 4_000;

/// What the explorer shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What can be looked at.
    pub subjects: Vec<ObjectKey>,
    /// Whose tolerations are looked at; none = there is nothing to look at.
    pub subject: Option<ObjectKey>,
    /// The table; none = the subject is gone.
    pub table: Option<Rc<Explorer>>,
    /// For each row the last step that changed its taints or its pod.
    pub came: Vec<Option<StepNo>>,
    /// The commands that would make real what is tried.
    pub commands: Vec<String>,
}

/// What the explorer shows at the shown step.
pub fn model(given: &Given) -> Model {
    let timeline = &given.run;
    let subjects = subjects(timeline.world());
    let subject = given.subject.clone();
    let trial = subject
        .as_ref()
        .and_then(|subject| TaintTrial::of(timeline.world(), timeline.now(), subject, &given.edits));
    let table = trial.as_ref().and_then(TaintTrial::table).map(Rc::new);
    let came = match (&table, &subject) {
        (Some(table), Some(subject)) => came(timeline, &table.rows, subject),
        _ => Vec::new(),
    };
    let commands = trial.filter(|_| !given.edits.is_empty()).map(|trial| trial.commands());
    let commands = commands.unwrap_or_default().iter().map(|command| command.line().to_string()).collect();
    Model { subjects, subject, table, came, commands }
}

/// Why a change cannot be tried, besides what is tried already.
///
/// # Errors
/// The API server's words.
pub fn check(given: &Given, edit: &Edit) -> Result<(), String> {
    let timeline = &given.run;
    let Some(subject) = &given.subject else { return Ok(()) };
    let edits = [given.edits.as_slice(), std::slice::from_ref(edit)].concat();
    let trial = TaintTrial::of(timeline.world(), timeline.now(), subject, &edits);
    match trial.and_then(|trial| trial.problem(edits.len() - 1).map(str::to_owned)) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// The last steps up to the shown one that changed the taints of a row's first node, or the subject's pod there.
fn came(timeline: &Timeline, rows: &[SubjectRow], subject: &ObjectKey) -> Vec<Option<StepNo>> {
    let uid = timeline.world().get(subject).map(|object| object.metadata().uid.clone()).unwrap_or_default();
    let mut waiting: BTreeMap<&EcoString, usize> =
        sort::map(rows.iter().enumerate().filter_map(|(at, row)| Some((row.nodes.first()?, at))));
    let mut found = vec![None; rows.len()];
    for step in timeline.past().take(SEARCHED) {
        if waiting.is_empty() {
            break;
        }
        for change in &step.changes {
            if let Some(node) = concerned(change, &uid)
                && let Some(at) = waiting.remove(&node)
            {
                found[at] = Some(step.no);
            }
        }
    }
    found
}

/// The node whose taints or whose pod of the owner a change is about.
fn concerned(change: &Change, owner: &str) -> Option<EcoString> {
    match (&change.before, &change.after) {
        (before, Some(Object::Node(after))) => {
            let taints = before.as_ref().and_then(Object::as_node).map(|node| &node.spec.taints);
            (taints != Some(&after.spec.taints)).then(|| after.metadata.name.clone())
        }
        (before, after) => {
            let pod = |object: &Option<Object>| object.as_ref().and_then(Object::as_pod).cloned();
            let (before, after) = (pod(before), pod(after));
            let pod = after.as_ref().or(before.as_ref())?;
            let is_own = pod.is_owned_by(owner) || pod.metadata.uid == owner;
            let is_turn = match (&before, &after) {
                (Some(before), Some(after)) => {
                    before.node() != after.node()
                        || before.metadata.is_terminating() != after.metadata.is_terminating()
                        || before.status.phase != after.status.phase
                }
                _ => true,
            };
            (is_own && is_turn).then(|| pod.target_node().map(EcoString::from))?
        }
    }
}

/// The columns with the places of their cells: the user's, the tried ones, the controller's that are about a taint here,
/// and its others.
pub fn groups(table: &Explorer) -> [Vec<(usize, &Column)>; 4] {
    let mut groups: [Vec<(usize, &Column)>; 4] = Default::default();
    for (at, column) in table.columns.iter().enumerate() {
        let is_idle = || {
            let lines = table.rows.iter().flat_map(|row| &row.taints);
            lines.filter_map(|line| line.cells.get(at)).all(|cell| *cell == Cell::OtherKey)
        };
        let group = match column.giver {
            Giver::You | Giver::Replaced if column.slot.was.is_none() => 1,
            Giver::You | Giver::Replaced => 0,
            Giver::Controller if column.slot.is_kept() && is_idle() => 3,
            Giver::Controller => 2,
            Giver::IfHostNetwork => 3,
        };
        groups[group].push((at, column));
    }
    groups
}

/// A toleration in three lines: the key's prefix, the rest of it with its value, the effect.
pub fn short(toleration: &Toleration) -> (String, String, String) {
    let (prefix, name) = match toleration.key.rsplit_once('/') {
        Some(_) => ("…/".to_owned(), toleration.key.rsplit('/').next().unwrap_or_default().to_owned()),
        None if toleration.key.is_empty() => (String::new(), "every key".to_owned()),
        None => (String::new(), toleration.key.to_string()),
    };
    let name = match toleration.operator.as_str() {
        "Exists" => name,
        "" | "Equal" => format!("{name}={}", toleration.value),
        operator => format!("{name} {operator} {}", toleration.value),
    };
    let effect =
        if toleration.effect.is_empty() { "every effect".into() } else { format!(":{}", toleration.effect) };
    (prefix, name, effect)
}

/// A taint as its key's prefix and the rest.
pub fn parts(taint: &Taint) -> (String, String) {
    let text = taint.to_string();
    match taint.key.rfind('/') {
        Some(at) => (text[..=at].to_owned(), text[at + 1..].to_owned()),
        None => (String::new(), text),
    }
}

/// Which parts of a near miss differ, in words.
pub fn differing(parts: TolerationMatch, toleration: &Toleration) -> String {
    let is_known = ["", "Equal", "Exists"].contains(&toleration.operator.as_str());
    let value = if is_known { "value" } else { "operator" };
    match (parts.value, parts.effect) {
        (false, false) => format!("{value}, effect differ"),
        (false, true) if is_known => "value differs".into(),
        (false, true) => format!("{} is off", toleration.operator),
        (true, _) => "effect differs".into(),
    }
}

/// The sign of what happens.
pub fn sign(what: What) -> &'static str {
    match what {
        What::Runs | What::MayRun => "p-ready",
        What::NotReady | What::Stays | What::OldStays => "p-unready",
        What::NotCreated | What::NotSelected | What::MayNotRun => "i-dash",
        What::Refused | What::TurnedAway => "p-failed",
        What::Deleted | What::EvictedNow => "g-evict",
        What::EvictedAfter(_) | What::Loop(_) => "g-timer",
        What::Pending => "p-pending",
        What::Stuck => "p-terminating",
    }
}

/// The class of what is well, or not, or neither; the sign and the words say the same.
pub fn tone(what: What) -> &'static str {
    match what {
        What::Runs | What::MayRun => "fate--good",
        What::NotCreated | What::NotSelected | What::MayNotRun => "fate--none",
        What::NotReady
        | What::Stays
        | What::OldStays
        | What::Loop(_)
        | What::EvictedAfter(_)
        | What::Stuck => "fate--warn",
        What::Refused | What::TurnedAway | What::Deleted | What::EvictedNow | What::Pending => "fate--bad",
    }
}

/// The nodes of a row in a few words: `worker-1`, or `12 nodes like worker-1`.
pub fn named(row: &SubjectRow) -> String {
    match row.nodes.as_slice() {
        [one] => one.to_string(),
        [first, ..] => format!("{} nodes like {first}", row.nodes.len()),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{NO_EXECUTE, NO_SCHEDULE};
    use crate::explain::taints::toleration_for;
    use crate::session::{Act, Session};
    use crate::ui::state::{Prefs, Theme, TryingAction, UiAction, UiState};
    use std::rc::Rc;

    fn model(state: &UiState) -> Model {
        super::model(&Given::of(state))
    }

    fn opened() -> Rc<UiState> {
        Rc::new(UiState::first_visit(Prefs::new(Theme::Light)))
    }

    fn gpu(operator: &str, value: &str, effect: &str) -> Toleration {
        let (key, operator, value, effect) = ("gpu".into(), operator.into(), value.into(), effect.into());
        Toleration { key, operator, value, effect, ..Toleration::default() }
    }

    #[test]
    fn a_toleration_that_is_missing_is_one_button_away() {
        let state = opened();
        let row = |state: &UiState| {
            let table = model(state).table.expect("a table");
            table.rows.iter().find(|row| row.nodes[0] == "gpu-1").cloned().expect("the row")
        };
        let before = row(&state);
        assert_eq!(before.after.what, What::NotCreated);
        let state = state.reduced(UiAction::Trying(TryingAction::Try(Edit::tolerate(&before.missing()[0]))));
        let after = row(&state);
        assert_eq!((after.before.what, after.after.what), (What::NotCreated, What::Runs));
        let applied = Rc::clone(&state).reduced(UiAction::Session(Act::Apply));
        let told = applied.floating.notice.as_ref().map(|notice| notice.text.to_string());
        assert!(told.is_some_and(|told| told.contains("Write to manifest")), "a trial is no text yet");
        let before = state.session.documents.manifest.text.clone();
        let state = state.reduced(UiAction::Trying(TryingAction::Write));
        let (_, line, _) = state.view.line.expect("the editor goes to what was written");
        let (line, text) = (line as usize - 1, &state.session.documents.manifest.text);
        assert_ne!(text.lines().nth(line), before.lines().nth(line));
        assert!(state.trying.edits.is_empty());
        assert!(state.session.documents.manifest.text.contains("value: \"true\""));
        assert!(state.session.documents.manifest.text.contains("# For the GPU nodes."));
    }

    #[test]
    fn a_change_that_is_taken_back_is_no_change() {
        let taint = Taint::new("gpu", "true", NO_SCHEDULE);
        let edit = |from: Option<&Taint>, to: Option<&Taint>| Edit::Taint {
            nodes: vec!["gpu-1".into()],
            from: from.cloned(),
            to: to.cloned(),
        };
        let state = opened();
        let state = state.reduced(UiAction::Trying(TryingAction::Try(edit(Some(&taint), None))));
        assert_eq!(state.trying.edits.len(), 1);
        assert_eq!(model(&state).commands, ["kubectl taint nodes gpu-1 gpu:NoSchedule-"]);
        let state = state.reduced(UiAction::Trying(TryingAction::Try(edit(None, Some(&taint)))));
        assert!(state.trying.edits.is_empty());
    }

    #[test]
    fn what_cannot_be_tried_is_told_before() {
        let state = opened();
        let limited = Toleration { toleration_seconds: Some(3), ..gpu("Exists", "", NO_SCHEDULE) };
        let edit = Edit::Toleration { from: None, to: Some(limited) };
        let problem = check(&Given::of(&state), &edit).expect_err("it is refused");
        assert!(problem.contains("effect must be 'NoExecute'"), "{problem}");
    }

    #[test]
    fn a_row_says_which_step_made_it_so() {
        let state = opened();
        let model = model(&state);
        let came = |node: &str| {
            let table = model.table.as_ref().expect("a table");
            let at = table.rows.iter().position(|row| row.nodes.iter().any(|name| name == node));
            model.came[at.expect("the row")]
        };
        assert_eq!(came("gpu-1"), None, "nothing has happened there");
        assert!(came("gpu-2").is_some());
    }

    #[test]
    fn a_near_miss_is_made_to_match_by_what_differs() {
        let taint = Taint::new("gpu", "true", NO_SCHEDULE);
        for (near, words, expected) in [
            (gpu("Equal", "yes", NO_SCHEDULE), "value differs", "gpu=true:NoSchedule"),
            (gpu("", "", NO_SCHEDULE), "value differs", "gpu=true:NoSchedule"),
            (gpu("Exists", "", NO_EXECUTE), "effect differs", "gpu:NoSchedule op=Exists"),
            (gpu("Equal", "yes", NO_EXECUTE), "value, effect differ", "gpu=true:NoSchedule"),
            (gpu("Gt", "5", NO_SCHEDULE), "Gt is off", "gpu=true:NoSchedule"),
        ] {
            assert_eq!(differing(near.compare(&taint), &near), words);
            let made = toleration_for(&taint, Some(&near));
            assert!(made.tolerates(&taint));
            assert_eq!(made.to_string(), expected);
        }
    }

    #[test]
    fn an_empty_cluster_has_nothing_to_look_at() {
        let mut state = UiState::clone(&opened());
        state.session = Session::default();
        let model = model(&state);
        assert_eq!((model.subject, model.table), (None, None));
    }
}
