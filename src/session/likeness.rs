//! Texts that are told by what they are like: one of the page's own examples, and the lines that differ from it. A link
//! of an example is a tenth as long by that; but whoever opens it needs the same example, so a link that is short enough
//! without it holds its texts whole.

use crate::cluster::StableHash;
use crate::examples;
use serde_json::{Value, json};

/// So many bytes at least must be saved.
const WORTH: usize = 300;

/// The field that such a text has in place of being one.
const LIKE: &str = "like";

/// The texts of the examples: what names each, and the text.
fn built_in() -> impl Iterator<Item = (String, &'static str)> {
    examples::ALL.iter().flat_map(|example| {
        let texts =
            [("manifest", example.manifest), ("next", example.next.unwrap_or("")), ("nodes", example.nodes)];
        texts.into_iter().map(|(part, text)| (format!("{}/{part}", example.id), text))
    })
}

/// Whether two versions of the page have the same example.
fn check(text: &str) -> String {
    format!("{:06x}", StableHash::default().text(text).finish() >> 40)
}

/// Says each text in a value by what it is like, where that is much shorter.
pub(super) fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > WORTH => {
            if let Some(short) = likeness(text) {
                *value = short;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

fn likeness(text: &str) -> Option<Value> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let compared = built_in().map(|(name, base)| {
        let known: Vec<&str> = base.split_inclusive('\n').collect();
        let head = lines.iter().zip(&known).take_while(|(own, other)| own == other).count();
        let rest = lines.len().min(known.len()) - head;
        let backwards = lines.iter().rev().zip(known.iter().rev()).take(rest);
        let tail = backwards.take_while(|(own, other)| own == other).count();
        (lines[head..lines.len() - tail].concat(), name, base, head, tail)
    });
    let (own, name, base, head, tail) = compared.min_by_key(|(own, ..)| own.len())?;
    (own.len() + WORTH < text.len())
        .then(|| json!({ LIKE: name, "check": check(base), "head": head, "tail": tail, "lines": own }))
}

/// Spells each such text out. False if the page has no such example, or another one of this name.
pub(super) fn spell(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) if fields.contains_key(LIKE) => match spelt(value) {
            Some(text) => {
                *value = text.into();
                true
            }
            None => false,
        },
        Value::Array(items) => items.iter_mut().all(spell),
        Value::Object(fields) => fields.values_mut().all(spell),
        _ => true,
    }
}

fn spelt(value: &Value) -> Option<String> {
    let (name, own) = (value[LIKE].as_str()?, value["lines"].as_str()?);
    let (_, base) =
        built_in().find(|(known, base)| known == name && value["check"] == check(base).as_str())?;
    let lines: Vec<&str> = base.split_inclusive('\n').collect();
    let count = |field: &str| usize::try_from(value[field].as_u64()?).ok();
    let (head, tail) = (lines.get(..count("head")?)?, lines.len().checked_sub(count("tail")?)?);
    Some([&head.concat(), own, &lines.get(tail..)?.concat()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_like_an_example_is_told_by_what_differs_and_comes_back_whole() {
        let example = examples::first();
        let edited = example.nodes.replacen("name: worker-a1", "name: worker-x1", 1);
        for text in [
            example.nodes.to_owned(),
            format!("# mine\n{}", example.nodes),
            edited,
            String::new(),
            "x\n".repeat(300),
        ] {
            let whole = json!({ "texts": [text], "n": 1 });
            let mut short = whole.clone();
            shorten(&mut short);
            assert_eq!(short != whole, text.contains("kind: Node"), "{short}");
            assert!(text.len() < 3_000 || short.to_string().len() < 300, "{short}");
            assert!(spell(&mut short));
            assert_eq!(short, whole);
        }
    }

    #[test]
    fn a_text_like_one_that_is_not_here_cannot_be_spelt() {
        let example = examples::first();
        let mut short = json!(example.nodes);
        shorten(&mut short);
        for (field, wrong) in [
            ("like", json!("nosuch/nodes")),
            ("check", json!("000000")),
            ("head", json!(100_000)),
            ("tail", json!(-1)),
        ] {
            let mut wrong = json!({ field: wrong });
            for (name, value) in short.as_object().into_iter().flatten() {
                if wrong.get(name).is_none() {
                    wrong[name] = value.clone();
                }
            }
            assert!(!spell(&mut wrong), "{wrong}");
        }
    }
}
