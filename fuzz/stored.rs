//! Stored work with something changed in it: text that is mutated letter by letter is hardly ever JSON, and never that of
//! a session.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use playground::examples;
use playground::session::{Act, DocumentName, Past, Saved, Session};
use serde_json::{Value, json};

/// What becomes of one value in it.
#[derive(Arbitrary, Debug)]
pub enum Change<'a> {
    Null,
    Bool(bool),
    Number(i64),
    Text(&'a str),
    Empty(bool),
    /// One of its entries goes.
    Without(u8),
    /// One of its entries stands there twice.
    Twice(u8),
    /// It is another one of the values.
    Of(u16),
}

/// Changes the values at these places, counted in the order in which they stand.
pub fn change(whole: &mut Value, changes: &[(u16, Change)]) {
    for (place, change) in changes.iter().take(8) {
        let other = match change {
            Change::Of(place) => {
                let mut found = Value::Null;
                at(whole, *place, &mut |value| found = value.clone());
                found
            }
            _ => Value::Null,
        };
        at(whole, *place, &mut |value| match (change, &mut *value) {
            (Change::Null, _) => *value = Value::Null,
            (Change::Bool(is), _) => *value = json!(is),
            (Change::Number(number), _) => *value = json!(number),
            (Change::Text(text), _) => *value = json!(text),
            (Change::Empty(is_list), _) => *value = if *is_list { json!([]) } else { json!({}) },
            (Change::Of(_), _) => *value = other.clone(),
            (Change::Without(which) | Change::Twice(which), Value::Array(all)) if !all.is_empty() => {
                let which = usize::from(*which) % all.len();
                match change {
                    Change::Twice(_) => all.insert(which, all[which].clone()),
                    _ => drop(all.remove(which)),
                }
            }
            (Change::Without(which), Value::Object(all)) if !all.is_empty() => {
                let name = all.keys().nth(usize::from(*which) % all.len()).cloned();
                drop(name.and_then(|name| all.remove(&name)));
            }
            _ => {}
        });
    }
}

/// Shows the value at a place; there are as many as there are, and then it begins anew.
fn at(whole: &mut Value, place: u16, show: &mut dyn FnMut(&mut Value)) {
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(all) => all.iter().map(count).sum(),
            Value::Object(all) => all.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }
    fn descend(value: &mut Value, left: &mut Option<usize>, show: &mut dyn FnMut(&mut Value)) {
        match left {
            Some(0) => {
                *left = None;
                show(value);
            }
            Some(more) => {
                *more -= 1;
                match value {
                    Value::Array(all) => all.iter_mut().for_each(|one| descend(one, left, show)),
                    Value::Object(all) => all.values_mut().for_each(|one| descend(one, left, show)),
                    _ => {}
                }
            }
            None => {}
        }
    }
    let mut left = Some(usize::from(place) % count(whole));
    descend(whole, &mut left, show);
}

/// Sessions in which something was done, each as its texts and its run; the last ones are what earlier versions stored.
pub fn works() -> Vec<Value> {
    let mut works = Vec::new();
    for example in examples::ALL.iter().take(6) {
        let mut session = Session::of_example(example);
        for (act, past) in [
            (Act::Run(30), Past::Ask),
            (Act::Enter("kubectl taint nodes --all team=a:NoSchedule && kubectl get pods -A".into()), Past::Ask),
            (Act::Run(20), Past::Ask),
            (Act::Jump(-25), Past::Ask),
            (Act::AddNode, Past::Branch),
            (Act::Run(10), Past::Ask),
            (Act::Enter("kubectl config set-context --current --namespace=kube-system".into()), Past::Ask),
            (Act::Edit(DocumentName::Nodes, "kind: Node".into()), Past::Ask),
        ] {
            session = session.act(&act, past).0;
        }
        let (texts, run) = Saved::of(&session).to_json();
        works.push(json!([texts, run]));
    }
    for (texts, run) in [
        (include_str!("../tests/data/stored/texts.2.json"), include_str!("../tests/data/stored/run.2.json")),
        (include_str!("../tests/data/stored/work.1.json"), "{}"),
    ] {
        let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
        works.push(json!([read(texts), read(run)]));
    }
    works
}
