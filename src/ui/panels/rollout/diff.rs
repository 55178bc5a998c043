//! The template of the shown DaemonSet's current revision against the one before it.

use crate::api::ObjectKey;
use crate::api::PodTemplateSpec;
use crate::controllers::daemonset::history;
use crate::kubectl::line_changes;
use crate::manifest::value_to_yaml;
use crate::sim::Timeline;
use similar::DiffOp;

/// Two revisions and their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The number of the earlier one.
    pub from: i64,
    /// The number of the later one.
    pub to: i64,
    /// How many lines were added.
    pub added: usize,
    /// How many lines were removed.
    pub removed: usize,
    /// All lines.
    pub lines: Vec<DiffLine>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Its number in the later template; none = it went.
    pub number: Option<usize>,
    /// `+`, `−` or nothing.
    pub sign: &'static str,
    /// The text.
    pub text: String,
}

/// The current revision against the one with the next lower number. None where there is just one.
pub fn diff(timeline: &Timeline, set: &ObjectKey) -> Option<Diff> {
    let world = timeline.world();
    let set = world.daemon_set(&set.namespace, &set.name)?;
    let all = history::revisions(world, set);
    let [current, before, ..] = all.as_slice() else { return None };
    let (old, new) = (history::template(before)?, history::template(current)?);
    let (old, new) = (text(&old), text(&new));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut diff =
        Diff { from: before.revision, to: current.revision, added: 0, removed: 0, lines: Vec::new() };
    for op in line_changes(&old, &new) {
        diff.take(op, &old, &new);
    }
    Some(diff)
}

fn text(template: &PodTemplateSpec) -> String {
    value_to_yaml(&serde_json::to_value(template).unwrap_or_default())
}

impl Diff {
    fn take(&mut self, op: DiffOp, old: &[&str], new: &[&str]) {
        let is_same = matches!(op, DiffOp::Equal { .. });
        if !is_same {
            for text in &old[op.old_range()] {
                self.removed += 1;
                self.lines.push(DiffLine { number: None, sign: "−", text: (*text).to_owned() });
            }
        }
        for at in op.new_range() {
            self.added += usize::from(!is_same);
            let sign = if is_same { "" } else { "+" };
            self.lines.push(DiffLine { number: Some(at + 1), sign, text: new[at].to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::Request;
    use crate::sim::given::{agent, apply, on_delete, run, settled};
    use serde_json::json;

    /// The lines that differ, with their numbers.
    fn differing(diff: &Diff) -> Vec<String> {
        let lines = diff.lines.iter().filter(|line| !line.sign.is_empty());
        let number = |line: &DiffLine| line.number.map(|number| number.to_string()).unwrap_or_default();
        lines.map(|line| format!("{}{} {}", number(line), line.sign, line.text.trim())).collect()
    }

    #[test]
    fn the_current_revision_is_compared_with_the_one_before() {
        let mut timeline = settled(1, &on_delete());
        assert_eq!(diff(&timeline, &agent()), None, "there is just one");
        apply(&mut timeline, "2", &on_delete());
        assert_eq!(diff(&timeline, &agent()), None, "the controller has not seen the second yet");
        run(&mut timeline);
        let two = diff(&timeline, &agent()).expect("there are two");
        assert_eq!((two.from, two.to, two.added, two.removed), (1, 2, 1, 1));
        let [removed, added] = &differing(&two)[..] else { panic!("{:?}", differing(&two)) };
        assert_eq!(removed, "− - image: registry.example/agent:1");
        let at = two.lines.iter().position(|line| line.sign == "+").expect("a line came");
        assert_eq!(
            *added,
            format!("{at}+ - image: registry.example/agent:2"),
            "the removed line stands before it"
        );
        assert_eq!(two.lines.len(), 1 + two.lines.iter().filter(|line| line.number.is_some()).count());

        timeline.say(&Request::roll_back(&agent(), 1));
        run(&mut timeline);
        let undone = diff(&timeline, &agent()).expect("there are two");
        assert_eq!((undone.from, undone.to), (2, 3));
        assert!(differing(&undone)[1].ends_with("agent:1"));
    }

    #[test]
    fn lines_that_come_are_numbered_and_those_that_go_are_not() {
        let mut timeline = settled(0, &on_delete());
        let tolerating = |keys: &[&str]| {
            let mut value = crate::sim::given::set("1", &on_delete()).to_json();
            let tolerations = keys.iter().map(|key| json!({ "key": key, "operator": "Exists" }));
            value["spec"]["template"]["spec"]["tolerations"] = tolerations.collect();
            Request::apply(Request::text_of(&[crate::api::Object::from_json(value).expect("a DaemonSet")]))
        };
        timeline.say(&tolerating(&["gpu"]));
        run(&mut timeline);
        let came = diff(&timeline, &agent()).expect("there are two");
        assert_eq!((came.added, came.removed), (3, 0));
        assert!(differing(&came)[0].ends_with("+ tolerations:"), "{:?}", differing(&came));
        let numbers: Vec<usize> = came.lines.iter().filter_map(|line| line.number).collect();
        assert_eq!(numbers, (1..=came.lines.len()).collect::<Vec<_>>());
        timeline.say(&tolerating(&[]));
        run(&mut timeline);
        let went = diff(&timeline, &agent()).expect("there are two");
        assert_eq!((went.from, went.to, went.added, went.removed), (2, 3, 0, 3));
        assert!(went.lines.iter().all(|line| line.number.is_some() == line.sign.is_empty()));
    }
}
