//! What a goal demands, as a line of words:
//!
//! | rule | holds |
//! |---|---|
//! | `AMOUNT KIND CONDITION…` | if the shown cluster has so many such objects |
//! | `always AMOUNT KIND CONDITION…` | if that was so after each step since the lesson began |
//! | `once ACTOR VERB KIND CONDITION…` | if a step since then did that |
//! | `once … after ACTOR VERB KIND CONDITION…` | if a step did that after a step that did the other |
//! | `never ACTOR VERB KIND CONDITION…` | if no step since then did that |
//! | `typed WORDS…` | if a command that has these words in this order was run since then; of `get\|describe` either will do. Flags do not count (their values do), nor what stands behind `--`; `pod/x` is `pod x`, and a kind has all names that kubectl knows |
//! | `refused WORDS…` | if such a command was run and failed |
//! | `typed … saying TEXT`, `refused … saying TEXT` | if it printed this text, too: among its errors where it is to be refused |
//! | `at rest` | if nothing more happens by itself |
//!
//! An amount is `3`, `no`, `some` (at least one), `3+` (at least three) or `3-` (at most three). A kind has the names
//! that kubectl knows. An actor is `anyone`, `you` or one of the names in the lanes. Verbs are `creates`, `changes`,
//! `deletes` (a deletion begins, or what was never told to end is gone) and `binds` (a pod to its node).
//!
//! | condition | such objects |
//! |---|---|
//! | `named NAME`, `in NAMESPACE` | |
//! | `labelled KEY` or `labelled KEY=VALUE` | have the label |
//! | `of NAME` | belong to the controller of that name |
//! | `on NODE` or `on NODE,NODE…` | pods on one of these nodes |
//! | `ready` | pods and nodes that are Ready and stay; DaemonSets that are rolled out, as `kubectl rollout status` says |
//! | `is STATUS` | pods with that STATUS |
//! | `PATH=VALUE` | have the value in that field: `spec.taints.key=gpu`; of a list any entry counts |
//! | `has PATH` | have the field |
//! | `not CONDITION` | for which that is not so |

use crate::api::{EcoString, Kind};
use crate::cluster::Actor;
use crate::kubectl::kinds;

/// What a goal demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// So many objects are there.
    Count(Amount, Such),
    /// So many were there all the time.
    Always(Amount, Such),
    /// A step did it, after one that did the other, if that is named.
    Once(StepDeed, Option<StepDeed>),
    /// No step did it.
    Never(StepDeed),
    /// A command was run.
    Typed(LineRule),
    /// Nothing more happens by itself.
    AtRest,
}

/// A command that was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineRule {
    /// The words of it, with alternatives (`get|describe`).
    pub words: String,
    /// Whether it is to have failed.
    pub failed: bool,
    /// What it is to have printed; nothing in particular if empty.
    pub saying: String,
}

/// From so many to so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// At least.
    pub least: usize,
    /// At most.
    pub most: usize,
}

/// What a step does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepVerb {
    /// It is there.
    Creates,
    /// It is another.
    Changes,
    /// Its deletion begins, or it is gone at once.
    Deletes,
    /// The pod gets its node.
    Binds,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDeed {
    /// Who; none = anyone.
    pub actor: Option<Actor>,
    /// What.
    pub verb: StepVerb,
    /// To which object.
    pub such: Such,
}

/// Objects of a kind for which conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Such {
    /// The kind.
    pub kind: Kind,
    /// The conditions, each with whether it is to hold.
    pub conditions: Vec<(bool, Condition)>,
}

/// A condition of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Its name.
    Named(EcoString),
    /// Its namespace.
    In(EcoString),
    /// A label, with a value or with any.
    Labelled(EcoString, Option<EcoString>),
    /// The name of its controller.
    Of(EcoString),
    /// Its node is one of these.
    On(Vec<EcoString>),
    /// It is ready.
    Ready,
    /// Its STATUS.
    Is(String),
    /// A field, with a value or with any.
    Field(Vec<String>, Option<String>),
}

impl Rule {
    /// Reads a line.
    ///
    /// # Errors
    /// Says which word is not understood, and what could stand there.
    pub fn read(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        match first {
            "at" if line.trim() == "at rest" => Ok(Rule::AtRest),
            "typed" | "refused" => {
                let line = words.collect::<Vec<_>>().join(" ");
                let (words, saying) = line.split_once(" saying ").unwrap_or((&line, ""));
                Ok(Rule::Typed(LineRule {
                    words: words.into(),
                    failed: first == "refused",
                    saying: saying.into(),
                }))
            }
            "always" => Ok(Rule::Always(amount(words.next())?, such(&mut words)?)),
            "once" => {
                let (wanted, before) = line.split_once(" after ").unwrap_or((line, ""));
                let before =
                    (!before.is_empty()).then(|| deed(&mut before.split_whitespace())).transpose()?;
                Ok(Rule::Once(deed(&mut wanted.split_whitespace().skip(1))?, before))
            }
            "never" => Ok(Rule::Never(deed(&mut words)?)),
            _ => Ok(Rule::Count(amount(Some(first))?, such(&mut words)?)),
        }
    }
}

fn amount(word: Option<&str>) -> Result<Amount, String> {
    let word = word.unwrap_or_default();
    let number = |text: &str| {
        text.parse::<usize>().map_err(|_| {
            format!("`{word}` is no rule: one begins with `no`, `some`, `3`, `3+`, `3-`, `always`, `once`, `never`, `typed`, `refused` or `at rest`")
        })
    };
    Ok(match (word, word.strip_suffix('+'), word.strip_suffix('-')) {
        ("no", ..) => Amount { least: 0, most: 0 },
        ("some", ..) => Amount { least: 1, most: usize::MAX },
        (_, Some(least), _) => Amount { least: number(least)?, most: usize::MAX },
        (_, _, Some(most)) => Amount { least: 0, most: number(most)? },
        _ => Amount { least: number(word)?, most: number(word)? },
    })
}

fn deed(words: &mut dyn Iterator<Item = &str>) -> Result<StepDeed, String> {
    Ok(StepDeed { actor: actor(words.next())?, verb: verb(words.next())?, such: such(words)? })
}

fn actor(word: Option<&str>) -> Result<Option<Actor>, String> {
    let word = word.unwrap_or_default();
    let named = Actor::ALL.iter().copied().find(|actor| actor.name() == word);
    match named {
        None if word != "anyone" => {
            Err(format!("`{word}` is no actor: `anyone`, `you`, or a name in the lanes"))
        }
        actor => Ok(actor),
    }
}

fn verb(word: Option<&str>) -> Result<StepVerb, String> {
    Ok(match word.unwrap_or_default() {
        "creates" => StepVerb::Creates,
        "changes" => StepVerb::Changes,
        "deletes" => StepVerb::Deletes,
        "binds" => StepVerb::Binds,
        word => return Err(format!("`{word}` is no verb: `creates`, `changes`, `deletes` or `binds`")),
    })
}

fn such(words: &mut dyn Iterator<Item = &str>) -> Result<Such, String> {
    let word = words.next().unwrap_or_default();
    let resource = kinds::named(word).ok_or_else(|| format!("`{word}` is no kind, such as `pods`"))?;
    let mut conditions = Vec::new();
    while let Some(mut word) = words.next() {
        let holds = word != "not";
        if !holds {
            word = words.next().unwrap_or_default();
        }
        let mut value = || words.next().ok_or_else(|| format!("`{word}` wants a word after it"));
        conditions.push((
            holds,
            match word {
                "ready" => Condition::Ready,
                "named" => Condition::Named(value()?.into()),
                "in" => Condition::In(value()?.into()),
                "of" => Condition::Of(value()?.into()),
                "on" => Condition::On(value()?.split(',').map(EcoString::from).collect()),
                "is" => Condition::Is(value()?.into()),
                "has" => Condition::Field(path(value()?), None),
                "labelled" => {
                    let label = value()?;
                    let (key, value) =
                        label.split_once('=').map_or((label, None), |(key, value)| (key, Some(value)));
                    Condition::Labelled(key.into(), value.map(EcoString::from))
                }
                _ => match word.split_once('=') {
                    Some((field, value)) => Condition::Field(path(field), Some(value.into())),
                    None => return Err(format!("`{word}` is no condition, such as `on NODE` or `ready`")),
                },
            },
        ));
    }
    Ok(Such { kind: resource.kind(), conditions })
}

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let pods = |conditions| Such { kind: Kind::Pod, conditions };
        let one = Amount { least: 1, most: 1 };
        for (line, rule) in [
            ("at rest", Rule::AtRest),
            (
                "typed kubectl  drain",
                Rule::Typed(LineRule { words: "kubectl drain".into(), ..LineRule::default() }),
            ),
            (
                "refused kubectl drain n saying not  so",
                Rule::Typed(LineRule {
                    words: "kubectl drain n".into(),
                    failed: true,
                    saying: "not so".into(),
                }),
            ),
            ("1 po ready", Rule::Count(one, pods(vec![(true, Condition::Ready)]))),
            (
                "always 2+ pods not on a,b",
                Rule::Always(
                    Amount { least: 2, most: usize::MAX },
                    pods(vec![(false, Condition::On(vec!["a".into(), "b".into()]))]),
                ),
            ),
            (
                "never you deletes pods spec.nodeName=a",
                Rule::Never(StepDeed {
                    actor: Some(Actor::You),
                    verb: StepVerb::Deletes,
                    such: pods(vec![(true, Condition::Field(path("spec.nodeName"), Some("a".into())))]),
                }),
            ),
            (
                "once anyone binds pods ready after you creates pods",
                Rule::Once(
                    StepDeed {
                        actor: None,
                        verb: StepVerb::Binds,
                        such: pods(vec![(true, Condition::Ready)]),
                    },
                    Some(StepDeed {
                        actor: Some(Actor::You),
                        verb: StepVerb::Creates,
                        such: pods(Vec::new()),
                    }),
                ),
            ),
        ] {
            assert_eq!(Rule::read(line), Ok(rule), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (line, told) in [
            ("", "`` is no rule"),
            ("many pods", "`many` is no rule"),
            ("3 people", "`people` is no kind"),
            ("no pods near", "`near` is no condition"),
            ("no pods on", "`on` wants a word after it"),
            ("once he deletes pods", "`he` is no actor"),
            ("once you deletes pods after he deletes pods", "`he` is no actor"),
            ("once you kills pods", "`kills` is no verb"),
        ] {
            let error = Rule::read(line).expect_err(line);
            assert!(error.starts_with(told), "{line}: {error}");
        }
    }
}
