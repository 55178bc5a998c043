//! `kubectl get -w`: a line for each change of what was asked for. Upstream: `kubectl/pkg/cmd/get/get.go` (`watch`).

use super::{Options, object, table, tables_options};
use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::print::{json::json, name};
use crate::kubectl::select::{self, Query};
use crate::kubectl::selector::{FieldSelector, Selector};
use crate::kubectl::{Again, Env, kinds};
use crate::manifest;

/// Blanks between two columns.
const GAP: &str = "   ";

/// Prints what changed. Columns stay as wide as they were: kubectl's writer remembers them.
pub fn changed(env: &mut Env, args: &Args, query: &Query, again: Again) -> Result<(), Failure> {
    let labels = Selector::parse(query.selector.as_deref().unwrap_or_default())?;
    let fields = FieldSelector::parse(query.fields.as_deref().unwrap_or_default())?;
    let (kinds, names) = asked(query)?;
    let format = args.text("output").unwrap_or_default();
    let mut widths = widths(again.printed);
    for change in again.changes {
        let Some(resource) = kinds::of(&change.key.kind).filter(|kind| kinds.contains(&kind.plural)) else {
            continue;
        };
        let is_there = match &query.namespace {
            Some(namespace) => !resource.is_namespaced || change.key.namespace == **namespace,
            None => true,
        };
        let is_named = names.is_empty() || names.iter().any(|name| **name == *change.key.name);
        let Some(object) = change.after.as_ref().or(change.before.as_ref()) else { continue };
        let is_chosen = labels.matches(&object.metadata().labels) && fields.matches(object);
        if !(is_there && is_named && is_chosen) {
            continue;
        }
        match format {
            "name" => env.say(&name::name(&object.key())),
            "yaml" => env.out += &format!("---\n{}", manifest::value_to_yaml(&object::whole(object))),
            "json" => env.out += &json(&object::whole(object)),
            _ => {
                let with_namespace = args.is_on("all-namespaces") && resource.is_namespaced;
                let options =
                    Options { no_headers: true, with_namespace, ..tables_options(args, format == "wide") };
                let row = table(resource, &[Object::clone(object)], &options, env.now);
                env.out += &padded(&row, &mut widths);
            }
        }
    }
    Ok(())
}

/// The kinds and names that are asked for.
fn asked(query: &Query) -> Result<(Vec<&'static str>, Vec<&str>), Failure> {
    let (mut kinds, mut names) = (Vec::new(), Vec::new());
    let mut words = query.words.iter().map(String::as_str);
    for (index, word) in words.by_ref().enumerate() {
        match word.split_once('/') {
            Some((kind, name)) => {
                kinds.push(select::kind(kind)?.plural);
                names.push(name);
            }
            None if index == 0 => {
                for kind in word.split(',') {
                    kinds.push(select::kind(kind)?.plural);
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
fn widths(printed: &str) -> Vec<usize> {
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

fn padded(row: &str, widths: &mut Vec<usize>) -> String {
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
        let again = |changes| Again { changes, printed: &first.out, since: Time::EPOCH };
        let next = request.run_on(&world, Time::EPOCH, again(&changes));
        assert!(next.follows);
        let line = next.out.trim_end();
        assert!(line.starts_with("a ") && line.contains("SchedulingDisabled"), "{line}");
        assert_eq!(next.out.lines().count(), 1);
        assert_eq!(request.run_on(&world, Time::EPOCH, again(&[])).out, "");
        let other = Request::parse("kubectl get node b -w", &Files::new()).expect("a line").remove(0);
        assert_eq!(other.run_on(&world, Time::EPOCH, again(&changes)).out, "");
    }
}
