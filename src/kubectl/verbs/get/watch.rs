//! `kubectl get -w`: a line for each change of what was asked for. Upstream: `kubectl/pkg/cmd/get/get.go` (`watch`).

use super::{Options, object, table, tables_options};
use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::kinds::ApiResource;
use crate::kubectl::print::format::{self, Format};
use crate::kubectl::select::{self, Query};
use crate::kubectl::selector::{FieldSelector, Selector};
use crate::kubectl::{Again, Env, kinds};
use serde_json::json;

/// Blanks between two columns.
const GAP: &str = "   ";

/// Prints what changed. Columns stay as wide as they were: kubectl's writer remembers them. What is no longer chosen is
/// printed once more as it was, like what is gone.
pub fn changed(env: &mut Env, args: &Args, query: &Query, again: Again) -> Result<(), Failure> {
    let labels = Selector::parse(query.selector.as_deref().unwrap_or_default())?;
    let fields = FieldSelector::parse(query.fields.as_deref().unwrap_or_default())?;
    let (kinds, names) = asked(query)?;
    let mut printer = Printer::of(env, args, again.printed)?;
    for change in again.changes {
        let Some(resource) = kinds::of(&change.kind()).filter(|kind| kinds.contains(&kind.plural)) else {
            continue;
        };
        let is_there = match &query.namespace {
            Some(namespace) => !resource.is_namespaced || change.namespace() == &**namespace,
            None => true,
        };
        let is_named = names.is_empty() || names.iter().any(|name| **name == *change.name());
        let is_chosen =
            |object: &&Object| labels.matches(&object.metadata().labels) && fields.matches(object);
        let chosen = |state: &&Option<Object>| state.as_ref().is_some_and(|object| is_chosen(&object));
        let (before, after) = (Some(&change.before).filter(chosen), Some(&change.after).filter(chosen));
        let (event, state) = match (before, after) {
            (None, Some(after)) => ("ADDED", after),
            (Some(_), Some(after)) => ("MODIFIED", after),
            (Some(before), None) => ("DELETED", before),
            (None, None) => continue,
        };
        if let Some(object) = state.as_ref().filter(|_| is_there && is_named) {
            printer.print(env, args, resource, event, object)?;
        }
    }
    Ok(())
}

/// Prints objects one by one, the head of a table with the first of them.
pub struct Printer {
    format: Option<Format>,
    has_head: bool,
    widths: Vec<usize>,
}

impl Printer {
    /// After what was printed before.
    pub fn of(env: &mut Env, args: &Args, printed: &str) -> Result<Self, Failure> {
        let format = format::of_get(env, args)?;
        env.has_document = !printed.is_empty();
        let has_head = !printed.is_empty() || args.is_on("no-headers");
        Ok(Printer { format, has_head, widths: widths(printed) })
    }

    /// Prints an object, with what became of it where that is asked for (`--output-watch-events`).
    pub fn print(
        &mut self,
        env: &mut Env,
        args: &Args,
        resource: &'static ApiResource,
        event: &str,
        object: &Object,
    ) -> Result<(), Failure> {
        let before = env.out.len();
        let with_event = args.is_on(WITH_EVENTS);
        match &mut self.format {
            Some(Format::Json) if with_event => {
                // In one line, in the order of `metav1.WatchEvent`.
                env.out += &format!("{{\"type\":\"{event}\",\"object\":{}}}\n", object::whole(object));
            }
            Some(format @ Format::Yaml) if with_event => {
                format.print(env, args, json!({ "type": event, "object": object::whole(object) }))?;
            }
            Some(format) => {
                if let Format::Columns(columns) = format {
                    columns.no_headers = self.has_head;
                }
                format.print(env, args, object::whole(object))?;
            }
            None => {
                let with_namespace = args.is_on("all-namespaces") && resource.is_namespaced;
                let is_wide = args.text("output") == Some("wide");
                let options =
                    Options { no_headers: self.has_head, with_namespace, ..tables_options(args, is_wide) };
                let rows = table(resource, &[Object::clone(object)], &options, env.now);
                env.out += &if with_event { with_events(&rows, event, !self.has_head) } else { rows };
                if with_event {
                    // As wide as the widest from the beginning on.
                    self.widths.resize(self.widths.len().max(1), 0);
                    self.widths[0] = self.widths[0].max(EVENT);
                }
            }
        }
        self.has_head = true;
        if matches!(self.format, None | Some(Format::Columns(_))) {
            let rows = env.out.split_off(before);
            let mut known = widths(&rows);
            known.iter_mut().zip(&self.widths).for_each(|(width, before)| *width = (*width).max(*before));
            self.widths = known;
            for row in rows.lines() {
                env.out += &padded(row, &mut self.widths);
            }
        }
        Ok(())
    }
}

/// The flag that asks what became of each object.
pub const WITH_EVENTS: &str = "output-watch-events";
/// How wide the column of that is.
const EVENT: usize = "MODIFIED".len();

/// The rows of a table, the first of which may be its head, with a column before them.
pub fn with_events(rows: &str, event: &str, has_head: bool) -> String {
    let cell = |index| if index == 0 && has_head { "EVENT" } else { event };
    rows.lines().enumerate().map(|(index, row)| format!("{:EVENT$}{GAP}{row}\n", cell(index))).collect()
}

/// The kinds and names that are asked for.
pub fn asked(query: &Query) -> Result<(Vec<&'static str>, Vec<&str>), Failure> {
    let (mut kinds, mut names) = (Vec::new(), Vec::new());
    let mut words = query.words.iter().map(String::as_str);
    for (index, word) in words.by_ref().enumerate() {
        match word.split_once('/') {
            Some((kind, name)) => {
                kinds.push(select::kind(kind)?.plural);
                names.push(name);
            }
            None if index == 0 => {
                for kind in select::types(word) {
                    kinds.push(select::kind(&kind)?.plural);
                }
            }
            None => names.push(word),
        }
    }
    Ok((kinds, names))
}

fn cells(line: &str) -> Vec<&str> {
    line.split(GAP).map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// How wide the columns of a table were so far, without the gap.
pub fn widths(printed: &str) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for line in printed.lines() {
        for (index, cell) in cells(line).iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(index) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    widths
}

/// A row with columns as wide as they were, or wider.
pub fn padded(row: &str, widths: &mut Vec<usize>) -> String {
    let cells = cells(row.trim_end());
    let last = cells.len().saturating_sub(1);
    let mut out = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let width = cell.chars().count();
        if widths.len() <= index {
            widths.push(0);
        }
        widths[index] = widths[index].max(width);
        out += cell;
        if index < last {
            out.extend(std::iter::repeat_n(' ', widths[index] - width + GAP.len()));
        }
    }
    // The last column ends with the gap too where kubectl has a cell behind it.
    out += if row.trim_end_matches('\n').ends_with(GAP) { GAP } else { "" };
    out + "\n"
}

#[cfg(test)]
mod tests {
    use crate::api::Time;
    use crate::cluster::Write;
    use crate::kubectl::given::cluster;
    use crate::kubectl::{Again, Files, Request};

    #[test]
    fn a_line_is_printed_for_each_change_in_columns_as_wide_as_before() {
        let mut world = cluster();
        let request = Request::parse("kubectl get nodes -w", &Files::new()).expect("a line").remove(0);
        let first = request.run(&world, Time::EPOCH);
        assert!(first.follows);
        let node = world.node("a").cloned().expect("a node");
        let mut node = (*node).clone();
        node.spec.unschedulable = true;
        let change =
            world.write(Write::Update(crate::api::Object::Node(node.into())), Time::EPOCH).expect("written");
        let changes = [change.expect("it changes the node")];
        let again = |changes| Again { changes, printed: &first.out, since: Time::EPOCH, is_over: false };
        let next = request.run_on(&world, Time::EPOCH, again(&changes));
        assert!(next.follows);
        let line = next.out.trim_end();
        assert!(line.starts_with("a ") && line.contains("SchedulingDisabled"), "{line}");
        assert_eq!(next.out.lines().count(), 1);
        assert_eq!(request.run_on(&world, Time::EPOCH, again(&[])).out, "");
        let other = Request::parse("kubectl get node b -w", &Files::new()).expect("a line").remove(0);
        assert_eq!(other.run_on(&world, Time::EPOCH, again(&changes)).out, "");
    }

    /// What a line prints at first, and what with the next change: node `a` is cordoned and loses its labels.
    fn followed(line: &str) -> (String, String, String) {
        let mut world = cluster();
        let request = Request::parse(line, &Files::new()).expect("a line").remove(0);
        let first = request.run(&world, Time::EPOCH);
        let mut node = (**world.node("a").expect("a node")).clone();
        node.spec.unschedulable = true;
        node.metadata.labels = crate::api::Labels::default();
        node.metadata.labels.insert("other".into(), "yes".into());
        let node = crate::api::Object::Node(node.into());
        let changes =
            [world.write(Write::Update(node), Time::EPOCH).expect("written").expect("it changes the node")];
        if !first.follows {
            return (first.out, String::new(), first.err);
        }
        let again = Again { changes: &changes, printed: &first.out, since: Time::EPOCH, is_over: false };
        let next = request.run_on(&world, Time::EPOCH, again).out;
        (first.out, next, first.err)
    }

    #[test]
    fn what_became_of_each_object_is_told_where_it_is_asked_for() {
        let (first, next, _) = followed("kubectl get nodes -w --output-watch-events");
        let rows: Vec<&str> = first.lines().map(|row| &row[..12]).collect();
        assert_eq!(rows, ["EVENT      N", "ADDED      a", "ADDED      b"]);
        assert!(next.starts_with("MODIFIED   a      "), "{next}");
        // It has a label now that it had not.
        for (labels, wanted) in [("other=yes", "ADDED      a"), ("'!other'", "DELETED    a")] {
            let (_, next, _) = followed(&format!("kubectl get nodes -l {labels} -w --output-watch-events"));
            assert!(next.contains(wanted), "{labels}: {next}");
        }
        let (first, next, _) = followed("kubectl get node a --watch-only --output-watch-events --no-headers");
        assert!(first.is_empty() && next.starts_with("MODIFIED   a"), "{next}");
        let (first, next, _) = followed("kubectl get nodes -w --output-watch-events -o yaml");
        assert!(
            first.starts_with("object:\n  apiVersion: v1\n") && first.ends_with("type: ADDED\n"),
            "{first}"
        );
        assert!(next.starts_with("---\nobject:") && next.ends_with("type: MODIFIED\n"), "{next}");
        let (_, next, _) = followed("kubectl get nodes -w --output-watch-events -o json");
        assert!(next.starts_with("{\"type\":\"MODIFIED\",\"object\":{\"apiVersion\":\"v1\""), "{next}");
        assert_eq!(followed("kubectl get nodes -w --output-watch-events -o name").1, "node/a\n");
    }

    #[test]
    fn each_format_prints_object_by_object() {
        let (first, next, _) =
            followed("kubectl get nodes -w -o custom-columns=NAME:.metadata.name,OFF:.spec.unschedulable");
        assert!(first.starts_with("NAME   OFF"), "{first}");
        assert_eq!(next.split_whitespace().collect::<Vec<_>>(), ["a", "true"]);
        let (first, next, _) = followed("kubectl get nodes -w -o jsonpath={.metadata.name}");
        assert_eq!((first.as_str(), next.as_str()), ("ab", "a"));
        let (first, next, _) = followed("kubectl get nodes -w -o yaml");
        assert_eq!(first.matches("kind: Node\n").count(), 2);
        assert!(!first.contains("kind: List") && next.starts_with("---\napiVersion: v1\n"), "{next}");
    }

    #[test]
    fn the_head_of_the_table_comes_with_the_first_row() {
        let (first, next, err) = followed("kubectl get nodes -w -l other=yes");
        assert_eq!((first.as_str(), err.as_str()), ("", ""));
        assert_eq!(next.lines().count(), 2, "{next}");
        assert!(next.starts_with("NAME"), "{next}");
        let (first, next, _) = followed("kubectl get nodes --watch-only");
        assert!(first.is_empty() && next.starts_with("NAME"), "{first}{next}");
        let (_, _, err) = followed("kubectl get nodes -w --sort-by=.metadata.name");
        assert_eq!(err, "warning: --watch requested, --sort-by will be ignored for watch events received\n");
    }

    #[test]
    fn what_is_no_longer_chosen_is_printed_once_more_as_it_was() {
        let (first, next, _) = followed("kubectl get nodes -w --field-selector=spec.unschedulable!=true");
        assert!(first.lines().any(|line| line.starts_with("a ")), "{first}");
        assert!(next.starts_with("a ") && !next.contains("SchedulingDisabled"), "{next}");
    }

    #[test]
    fn one_kind_at_a_time_is_followed() {
        for line in ["kubectl get ds,pods -w", "kubectl get node/a ds/agent -w", "kubectl get all -w"] {
            let (out, _, err) = followed(line);
            assert_eq!(
                (out.as_str(), err.as_str()),
                ("", "error: you may only specify a single resource type\n"),
                "{line}"
            );
        }
    }
}
