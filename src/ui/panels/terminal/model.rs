//! The transcript as of the shown step: what was said, and what was answered.

use crate::cluster::Actor;
use crate::session::{Exchange, Follows, Session};
use crate::sim::StepNo;
use std::rc::Rc;

/// Exchanges that are shown, at most: the latest.
const MOST: usize = 150;

/// A part of what was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The text.
    pub text: Rc<str>,
    /// Whether it belongs to a step after the shown one.
    pub is_later: bool,
}

/// A command and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptEntry {
    /// Tells it from the others.
    pub key: String,
    /// The step to which it belongs.
    pub step: StepNo,
    /// `22`, or `28–44` of a command that follows.
    pub badge: String,
    /// What the badge means.
    pub title: String,
    /// The command.
    pub line: Rc<str>,
    /// What was printed.
    pub printed: Vec<Printed>,
    /// Whether that is a table, whose lines keep their columns; others wrap, as in a terminal.
    pub is_table: bool,
    /// How it goes on, of a command that follows.
    pub goes_on: Option<String>,
    /// Lines that were typed meanwhile, and wait until it ends.
    pub ahead: Vec<Rc<str>>,
    /// Whether it belongs to a step after the shown one.
    pub is_later: bool,
    /// Whether it is what the shown step did, or follows.
    pub is_now: bool,
}

/// The transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// What was said, in the order of the steps.
    pub entries: Vec<TranscriptEntry>,
    /// Exchanges before those that are shown.
    pub earlier: usize,
    /// How many there are in all.
    pub count: usize,
    /// Whether the cluster has not begun to answer the last command: who knows kubectl does not expect that time stands still.
    pub waits: bool,
}

/// The transcript, without its first exchanges, which were cleared away.
pub fn model(session: &Session, cleared: usize) -> Model {
    let all = session.transcript();
    let count = all.len();
    let from = cleared.min(count).max(count.saturating_sub(MOST));
    let (shown, len) = (session.timeline.shown(), session.timeline.len());
    let stands = shown == len && !session.timeline.can_advance();
    let mut same = (0, 0);
    let entries = all[from..].iter().map(|exchange| {
        same = if same.0 == exchange.step { (same.0, same.1 + 1) } else { (exchange.step, 0) };
        entry(exchange, same.1, shown, stands)
    });
    let edited = session.editing().map(|editing| TranscriptEntry {
        key: "edited".to_owned(),
        step: shown,
        badge: shown.to_string(),
        title: format!("Go to step {shown}, which is shown"),
        line: editing.line().into(),
        printed: Vec::new(),
        is_table: false,
        goes_on: Some("open in the editor: save it there, or cancel".to_owned()),
        ahead: Vec::new(),
        is_later: false,
        is_now: true,
    });
    let entries: Vec<TranscriptEntry> = entries.chain(edited).collect();
    let is_said = session.timeline.step(shown).is_some_and(|step| step.actor == Actor::You);
    let goes_on = entries.iter().any(|entry| entry.goes_on.is_some());
    let is_last = entries.last().is_some_and(|entry| !entry.is_later);
    let waits = is_said && is_last && !goes_on && session.timeline.can_advance();
    Model { entries, earlier: from - cleared.min(from), count, waits }
}

/// Whether a text is a table as kubectl prints it: its first line names several columns, in capitals.
fn is_table(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    head.contains("   ") && !head.contains(|letter: char| letter.is_lowercase())
}

fn entry(exchange: &Exchange, place: usize, shown: StepNo, stands: bool) -> TranscriptEntry {
    let Exchange { step, acted, line, heard, follows, then, ahead, .. } = exchange;
    let is_later = *step > shown;
    let later = |at: StepNo| at > shown;
    let own = exchange.printed().into_iter().map(|text| Printed { text: text.into(), is_later });
    let heard_texts =
        heard.iter().map(|heard| Printed { text: Rc::clone(&heard.text), is_later: later(heard.at) });
    let to = match follows {
        Follows::No => *step,
        Follows::On(..) => shown.max(*step),
        Follows::Until(.., at, _) => (*at).min(shown).max(*step),
    };
    let goes = match follows {
        Follows::On(..) => !is_later,
        Follows::Until(.., at, _) => !is_later && later(*at),
        Follows::No => false,
    };
    let next = heard.iter().map(|heard| heard.at).find(|at| later(*at));
    let waiting = match then.lines().next().map(|then| then.trim_start_matches(['&', ';', ' '])) {
        Some(then) if !then.is_empty() => format!("; then {then}"),
        _ => String::new(),
    };
    let goes_on = goes.then(|| match next {
        Some(next) => format!("follows step {shown}; more at step {next}{waiting}"),
        None if stands => format!("idle: nothing more happens by itself{waiting}"),
        None => format!("follows step {shown}{waiting}"),
    });
    let printed: Vec<Printed> = own.chain(heard_texts).collect();
    // What was typed ahead is told as long as it waits.
    let ahead =
        ahead.iter().filter(|line| goes && line.at <= shown).map(|line| Rc::clone(&line.text)).collect();
    TranscriptEntry {
        key: format!("{step}-{place}-{}", u8::from(*acted)),
        step: *step,
        badge: if to > *step { format!("{step}–{to}") } else { step.to_string() },
        title: match acted {
            true => format!("Go to step {step}, which this command made"),
            false => format!("Go to step {step}, at which this was read"),
        },
        line: Rc::clone(line),
        is_table: printed.first().is_some_and(|first| is_table(&first.text)),
        printed,
        is_now: !is_later && (goes || (*acted && *step == shown)),
        goes_on,
        ahead,
        is_later,
    }
}

/// The transcript up to the shown step as text, to be copied.
pub fn copied(model: &Model) -> String {
    let mut text = String::new();
    for entry in model.entries.iter().filter(|entry| !entry.is_later) {
        text += &format!("$ {}\n", entry.line);
        for printed in entry.printed.iter().filter(|printed| !printed.is_later) {
            text += &printed.text;
            if !printed.text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    text
}

/// Lines of an answer that are shown at once.
pub const FOLD: usize = 120;

/// The first lines of a long text, and how many more there are.
pub fn folded(text: &str) -> (&str, usize) {
    let all = text.lines().count();
    // A few more than that are not worth a button.
    if all <= FOLD + FOLD / 4 {
        return (text, 0);
    }
    let end = text.match_indices('\n').nth(FOLD - 1).map_or(text.len(), |(at, _)| at + 1);
    (&text[..end], all - FOLD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::Request;
    use crate::session::{Act, Past};

    fn told(acts: &[Act]) -> Session {
        let start = Session::of_example(crate::examples::first());
        acts.iter().fold(start, |session, act| session.act(act, Past::Ask).0)
    }

    fn enter(text: &str) -> Act {
        Act::Enter(text.into())
    }

    #[test]
    fn what_belongs_to_later_steps_is_told_as_such() {
        let session = told(&[
            Act::Run(500),
            enter("kubectl get nodes -w"),
            Act::Do { title: String::new(), request: Request::cordon("worker-1", true) },
            Act::Run(500),
        ]);
        let at = session.replies[0].at;
        let model_at = |step| model(&session.act(&Act::Seek(step), Past::Ask).0, 0);
        let now = model(&session, 0);
        let entries = &now.entries[now.entries.len() - 2..];
        assert!(entries[0].badge.starts_with(&format!("{at}–")), "{}", entries[0].badge);
        assert_eq!(entries[0].goes_on.as_deref(), Some("idle: nothing more happens by itself"));
        let back = model_at(at);
        let entries = &back.entries[back.entries.len() - 2..];
        assert_eq!((entries[0].is_later, entries[0].is_now, entries[1].is_later), (false, true, true));
        assert!(entries[0].printed[1].is_later);
        let more = format!("follows step {at}; more at step {}", at + 1);
        assert_eq!(entries[0].goes_on.as_deref(), Some(more.as_str()));
        let before = model_at(at - 1);
        assert!(before.entries.iter().rev().take(2).all(|entry| entry.is_later && !entry.is_now));
        assert!(
            !copied(&before).contains("cordon")
                && copied(&now).contains("$ kubectl cordon worker-1\nnode/worker-1 cordoned\n")
        );
    }

    #[test]
    fn what_was_typed_ahead_is_told_until_its_turn_comes() {
        let waits = told(&[Act::Run(500), enter("kubectl get nodes -w"), enter("kubectl cordon worker-1")]);
        let last = |session: &Session| model(session, 0).entries.pop().expect("an entry");
        let ahead: Vec<Rc<str>> = vec!["kubectl cordon worker-1".into()];
        assert_eq!(last(&waits).ahead, ahead);
        let run = waits.act(&Act::Interrupt, Past::Ask).0;
        assert_eq!((&*last(&run).line, last(&run).ahead.len()), ("kubectl cordon worker-1", 0));
        let entries = model(&run, 0).entries;
        assert!(entries.iter().all(|entry| entry.ahead.is_empty() && entry.goes_on.is_none()));
    }

    #[test]
    fn the_first_apply_is_in_the_transcript_and_can_be_cleared_away() {
        let session = told(&[]);
        let whole = model(&session, 0);
        assert_eq!(&*whole.entries[0].line, "kubectl apply -f manifest.yaml");
        assert_eq!(model(&session, whole.count).entries.len(), 0);
        assert_eq!(model(&session, whole.count).earlier, 0);
    }

    #[test]
    fn that_time_stands_still_is_said_until_it_passes() {
        let waits = |acts: &[Act]| model(&told(acts), 0).waits;
        assert!(!waits(&[Act::Run(500)]));
        let delete = enter("kubectl delete pods --all -n kube-system");
        assert!(waits(&[Act::Run(500), delete.clone(), enter("kubectl get pods -A")]));
        assert!(!waits(&[Act::Run(500), delete.clone(), Act::Forward]));
        assert!(
            !waits(&[Act::Run(500), delete, enter("kubectl get pods -A -w")]),
            "it says itself that it goes on"
        );
        assert!(!waits(&[Act::Run(500), enter("kubectl get pods"), Act::Seek(1)]), "later ones stand below");
    }

    #[test]
    fn tables_keep_their_columns_and_the_rest_wraps() {
        let lines = [
            "kubectl get pods -A -o wide",
            "kubectl get nodes -w",
            "kubectl drain worker-1",
            "kubectl get ds none",
            "kubectl get nodes -o yaml",
        ];
        let acts: Vec<Act> = std::iter::once(Act::Run(500)).chain(lines.map(enter)).collect();
        let model = model(&told(&acts), 0);
        let tables = lines.map(|line| {
            model.entries.iter().find(|entry| &*entry.line == line).is_some_and(|entry| entry.is_table)
        });
        assert_eq!(tables, [true, true, false, false, false]);
    }

    #[test]
    fn long_answers_are_folded() {
        let text = "x\n".repeat(FOLD + 60);
        assert_eq!(folded(&text), (&*"x\n".repeat(FOLD), 60));
        assert_eq!(folded("x\ny\n"), ("x\ny\n", 0));
    }
}
