//! The forms for a node's taints and labels.

use super::model::{Removal, copies, label, labels, names, removals, taint, told_nodes, whole_taint};
use crate::api::{NO_EXECUTE, NO_SCHEDULE, Node, PREFER_NO_SCHEDULE};
use crate::kubectl::Request;
use crate::session::Act;
use crate::ui::Shared;
use crate::ui::state::{FloatingAction, UiAction};
use crate::ui::widgets::{Choice, icon_small};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What a form is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The node.
    pub node: Shared<Node>,
    /// It, and those that get the same.
    pub nodes: Vec<Rc<Node>>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// A text field that writes into a state. The first of a form has the focus: what is typed must not press a button.
fn field(label: &'static str, value: &UseStateHandle<String>, first: bool) -> Html {
    let setter = value.setter();
    field_with(label, value, first, Callback::from(move |text| setter.set(text)))
}

/// The same, where more may follow from what is typed.
fn field_with(label: &'static str, value: &str, first: bool, on_text: Callback<String>) -> Html {
    let on_input = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            on_text.emit(input.value());
        }
    });
    html! {
        <label class="field"><span>{ label }</span>
            <input class="mono" value={value.to_string()} oninput={on_input} spellcheck="false" autocomplete="off" autofocus={first} aria-describedby="form-told" />
        </label>
    }
}

fn remove(label: String, text: &str, action: UiAction, act: &Callback<UiAction>) -> Html {
    let act = act.clone();
    let on_click = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    html! {
        <li><code class="grow">{ text.to_owned() }</code>
            <button class="button button--small" type="button" aria-label={label} onclick={on_click}>{ icon_small("i-x") }{ "Remove" }</button>
        </li>
    }
}

/// Taints of a node.
#[component]
pub fn TaintForm(props: &Props) -> Html {
    let Props { nodes, act, .. } = props;
    let (removals, whom) = (removals(nodes), told_nodes(&names(nodes)));
    let (key, value) = (use_state_eq(String::new), use_state_eq(String::new));
    let effect = use_state_eq(|| NO_SCHEDULE.to_owned());
    let request = taint(nodes, &key, &value, &effect);
    let effects = [NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE];
    let on_effect = {
        let effect = effect.setter();
        Callback::from(move |index: usize| effect.set(effects[index].to_owned()))
    };
    let on_key = {
        let (key, value, effect) = (key.setter(), value.setter(), effect.setter());
        Callback::from(move |text: String| match whole_taint(&text) {
            Some((of, is, does)) => {
                key.set(of.to_owned());
                effect.set(does.to_owned());
                if let Some(is) = is {
                    value.set(is.to_owned());
                }
            }
            None => key.set(text),
        })
    };
    let on_submit = submit(format!("Taint {whom}"), request.as_ref().ok(), act);
    html! {
        <form class="form" onsubmit={on_submit}>
            <h2>{ format!("Taint {whom}") }</h2>
            if !removals.is_empty() {
                <ul class="removals">{ for removals.into_iter().map(|Removal { text, title, request }| {
                    remove(format!("Remove {text}"), &text, UiAction::did(title, request), act)
                }) }</ul>
            }
            { field_with("Key", &key, true, on_key) }
            { field("Value", &value, false) }
            <label class="field"><span>{ "Effect" }</span>
                <Choice options={effects.map(AttrValue::from).to_vec()} chosen={effects.iter().position(|one| *one == *effect)} on_choose={on_effect} />
            </label>
            { footer(line_of(&request), "Add the taint", act) }
        </form>
    }
}

/// Labels of a node.
#[component]
pub fn LabelForm(props: &Props) -> Html {
    let Props { node, nodes, act } = props;
    let whom = told_nodes(&names(nodes));
    let (key, value) = (use_state_eq(String::new), use_state_eq(String::new));
    let request = label(nodes, &key, Some(value.as_str()));
    let on_submit = submit(format!("Label {whom}"), request.as_ref().ok(), act);
    html! {
        <form class="form" onsubmit={on_submit}>
            <h2>{ format!("Label {whom}") }</h2>
            <ul class="removals">{ for labels(node).into_iter().filter_map(|(key, value)| {
                let action = UiAction::did(format!("Remove {key} from {whom}"), label(nodes, &key, None).ok()?);
                Some(remove(format!("Remove {key}"), &format!("{key}={value}"), action, act))
            }) }</ul>
            { field("Label", &key, true) }
            { field("Value", &value, false) }
            { footer(line_of(&request), "Set the label", act) }
        </form>
    }
}

/// How many nodes like one are to be added.
#[component]
pub fn CopiesForm(props: &Props) -> Html {
    let Props { node, act, .. } = props;
    let name = &node.metadata.name;
    let count = use_state_eq(|| "3".to_owned());
    let wanted = copies(&count);
    let on_submit = {
        let (act, name) = (act.clone(), name.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(count) = wanted {
                act.emit(UiAction::Session(Act::AddLike(name.clone(), count)));
            }
        })
    };
    let told = wanted.map(|count| {
        format!("playground add nodes -f -  # {count}, with the labels, taints and room of {name}")
    });
    html! {
        <form class="form" onsubmit={on_submit}>
            <h2>{ format!("Add nodes like {name}") }</h2>
            { field("How many, up to 500", &count, true) }
            { footer(told.as_deref().ok_or("Enter a number from 1 to 500."), "Add them", act) }
        </form>
    }
}

/// Does the command when the form is sent; nothing while it is not complete.
fn submit(title: String, request: Option<&Request>, act: &Callback<UiAction>) -> Callback<SubmitEvent> {
    let (act, action) = (act.clone(), request.map(|request| UiAction::did(title, request.clone())));
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(action) = &action {
            act.emit(action.clone());
        }
    })
}

/// The line that a form comes to, or what is missing or wrong.
fn line_of(request: &Result<Request, String>) -> Result<&str, &str> {
    request.as_ref().map(|request| request.line().as_str()).map_err(String::as_str)
}

fn footer(command: Result<&str, &str>, verb: &'static str, act: &Callback<UiAction>) -> Html {
    let act = act.clone();
    let cancel = Callback::from(move |_: MouseEvent| act.emit(UiAction::Floating(FloatingAction::Close)));
    html! {
        <>
            <p class="command" id="form-told">
                { match command {
                    Ok(line) => html! { <code>{ line.to_owned() }</code> },
                    Err(told) => html! { told.to_owned() },
                } }
            </p>
            <div class="apply-head">
                <button class="button" type="button" onclick={cancel}>{ "Cancel" }</button>
                <button class="button button--primary" type="submit" aria-disabled={command.is_err().to_string()}>{ verb }</button>
            </div>
        </>
    }
}
