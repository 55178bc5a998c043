//! Which nodes are looked for: `state=Pending zone=eu-west-1b taint=gpu`, all of which must hold.

use super::model::{MapCell, Sign};

/// What nodes must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapFilter(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    State(String),
    Zone(String),
    Pool(String),
    Taint(String),
    Revision(String),
    HasPod(bool),
    Name(String),
}

/// What can be asked for, as the page shows it.
pub const HELP: &str = "state=, zone=, pool=, taint=, rev=, pod=none or a name";

impl MapFilter {
    /// Reads a filter. Letters' case does not matter.
    ///
    /// # Errors
    /// A part of it asks for something that cells do not have, or for nothing.
    pub fn read(text: &str) -> Result<Self, String> {
        text.to_ascii_lowercase().split_whitespace().map(term).collect::<Result<_, _>>().map(MapFilter)
    }

    /// Whether every node has it, because nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a node has all of it.
    pub fn matches(&self, cell: &MapCell) -> bool {
        self.0.iter().all(|term| term.matches(cell))
    }
}

fn term(text: &str) -> Result<Term, String> {
    let Some((name, value)) = text.split_once('=') else { return Ok(Term::Name(text.into())) };
    let value = value.to_owned();
    if value.is_empty() {
        return Err(format!("{name}= of what?"));
    }
    Ok(match name {
        "state" => Term::State(value),
        "zone" => Term::Zone(value),
        "pool" => Term::Pool(value),
        "taint" => Term::Taint(value),
        "rev" | "revision" => Term::Revision(value),
        "name" | "node" => Term::Name(value),
        "pod" => Term::HasPod(value != "none"),
        _ => return Err(format!("There is no filter “{name}”. Use {HELP}.")),
    })
}

impl Term {
    fn matches(&self, cell: &MapCell) -> bool {
        let has = |whole: &str, part: &str| whole.to_ascii_lowercase().contains(part);
        match self {
            Term::State(state) => has(&cell.state, state) || has(cell.sign.words(), state),
            Term::Zone(zone) => has(&cell.zone, zone),
            Term::Pool(pool) => has(&cell.pool, pool),
            Term::Taint(taint) => has(&cell.taints, taint),
            Term::Revision(revision) => cell
                .revision
                .is_some_and(|number| format!("r{number}") == *revision || number.to_string() == *revision),
            Term::HasPod(wanted) => *wanted != matches!(cell.sign, Sign::Missing | Sign::Taint | Sign::Label),
            Term::Name(name) => has(&cell.name, name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> MapCell {
        MapCell {
            name: "gpu-7".into(),
            sign: Sign::Unready,
            revision: Some(2),
            state: "ContainerCreating".into(),
            zone: "eu-west-1b".into(),
            pool: "gpu".into(),
            taints: "gpu=true:NoSchedule".into(),
        }
    }

    #[test]
    fn all_parts_must_hold() {
        for (text, expected) in [
            ("", true),
            ("zone=eu-west-1b taint=gpu", true),
            ("zone=eu-west-1a taint=gpu", false),
            ("state=containercreating", true),
            ("state=\"", false),
            ("state=not", true),
            ("State=Pending", false),
            ("rev=r2", true),
            ("rev=2 pod=any", true),
            ("pod=none", false),
            ("GPU-7", true),
            ("gpu-8", false),
        ] {
            assert_eq!(MapFilter::read(text).map(|filter| filter.matches(&cell())), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_no_node_has_is_told() {
        assert_eq!(MapFilter::read("zone="), Err("zone= of what?".into()));
        assert_eq!(MapFilter::read("colour=red"), Err(format!("There is no filter “colour”. Use {HELP}.")));
    }
}
