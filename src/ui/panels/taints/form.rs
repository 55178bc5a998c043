//! What is typed: a toleration field by field, as in a manifest, and a taint as kubectl takes it.

use super::Given;
use super::model::check;
use crate::api::{EcoString, NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Taint, Toleration};
use crate::explain::taints::{Edit, read_taint};
use crate::ui::browser::{focus, show_in};
use crate::ui::state::{TryingAction, UiAction};
use crate::ui::widgets::{Choice, icon, icon_small};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What a form is given.
#[derive(Properties, PartialEq)]
pub struct TolerationProps {
    /// What the panel reads.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// The toleration that is changed; none = a new one is tried.
    pub from: Option<Toleration>,
    /// The form is done with.
    pub on_done: Callback<()>,
}

/// A toleration, field by field.
#[component]
pub fn TolerationForm(props: &TolerationProps) -> Html {
    let TolerationProps { given, act, from, on_done } = props;
    let start = from.clone().unwrap_or_else(|| Toleration {
        operator: "Equal".into(),
        effect: NO_SCHEDULE.into(),
        ..Toleration::default()
    });
    let typed = use_state_eq(|| start.clone());
    let seconds =
        use_state_eq(|| start.toleration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
    let problem = use_state_eq(|| None::<String>);
    {
        let (typed, seconds, problem) = (typed.clone(), seconds.clone(), problem.clone());
        let start = start.clone();
        let is_change = from.is_some();
        use_effect_with(from.clone(), move |_| {
            seconds.set(start.toleration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
            typed.set(start);
            problem.set(None);
            if is_change {
                focus("#toleration-key");
            }
        });
    }
    let set = |change: fn(&mut Toleration, EcoString)| {
        let (typed, problem) = (typed.clone(), problem.setter());
        Callback::from(move |text: String| {
            let mut next = (*typed).clone();
            change(&mut next, text.into());
            typed.set(next);
            problem.set(None);
        })
    };
    let on_submit = {
        let (given, act, from, on_done) = (given.clone(), act.clone(), from.clone(), on_done.clone());
        let (typed, seconds, problem) = (typed.clone(), seconds.clone(), problem.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let mut to = (*typed).clone();
            if to.operator == "Exists" {
                to.value.clear();
            }
            let limit = match seconds.trim() {
                "" => Ok(None),
                text => text
                    .parse()
                    .map(Some)
                    .map_err(|_| "tolerationSeconds: is a whole number of seconds".to_owned()),
            };
            let tried = limit.and_then(|limit| {
                to.toleration_seconds = limit;
                let edit = Edit::Toleration { from: from.clone(), to: Some(to) };
                check(&given, &edit).map(|()| edit)
            });
            match tried {
                Ok(edit) => {
                    problem.set(None);
                    act.emit(UiAction::Trying(TryingAction::Try(edit)));
                    on_done.emit(());
                }
                Err(why) => problem.set(Some(why)),
            }
        })
    };
    let on_cancel = {
        let on_done = on_done.clone();
        Callback::from(move |_: MouseEvent| on_done.emit(()))
    };
    let on_seconds = {
        let (seconds, problem) = (seconds.setter(), problem.setter());
        Callback::from(move |text: String| {
            seconds.set(text);
            problem.set(None);
        })
    };
    let is_at = |field: &str| problem.as_ref().is_some_and(|problem| field_of(problem) == field);
    let has_value = typed.operator != "Exists";
    let bears = [NO_EXECUTE, ""].contains(&typed.effect.as_str());
    html! {
        <form class="try-form" onsubmit={on_submit} aria-label={if from.is_some() { "Change a toleration" } else { "Try a toleration" }}>
            <b class="try-title">{ if from.is_some() { "Change a toleration" } else { "Try a toleration" } }</b>
            { text("toleration-key", "key", &typed.key, is_at("key"), set(|typed, text| typed.key = text)) }
            { choice("operator", &[("Equal", "Equal"), ("Exists", "Exists")], &typed.operator, is_at("operator"), set(|typed, text| typed.operator = text)) }
            if has_value {
                { text("toleration-value", "value", &typed.value, is_at("value"), set(|typed, text| typed.value = text)) }
            }
            { choice("effect", &[(NO_SCHEDULE, NO_SCHEDULE), (NO_EXECUTE, NO_EXECUTE), (PREFER_NO_SCHEDULE, PREFER_NO_SCHEDULE), ("", "every effect")], &typed.effect, is_at("effect"), set(|typed, text| typed.effect = text)) }
            if bears {
                { text("toleration-seconds", "seconds", &seconds, is_at("tolerationSeconds"), on_seconds) }
            }
            <button class="button" type="submit">
                { icon_small(if from.is_some() { "i-check" } else { "i-plus" }) }{ if from.is_some() { "Change" } else { "Try" } }
            </button>
            if from.is_some() {
                <button class="button button--quiet" type="button" onclick={on_cancel}>{ "Cancel" }</button>
            }
            if let Some(problem) = &*problem {
                <p class="try-problem" role="alert">{ icon("i-error") }{ problem.clone() }</p>
            }
        </form>
    }
}

/// The field that a problem is about: the last one of its path.
fn field_of(problem: &str) -> &str {
    let path = problem.trim_start_matches('[').split(": ").next().unwrap_or_default();
    path.rsplit('.').next().unwrap_or_default()
}

fn text(id: &'static str, label: &'static str, value: &str, is_wrong: bool, set: Callback<String>) -> Html {
    let on_input = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            set.emit(input.value());
        }
    });
    html! {
        <label class="try-field"><span>{ label }</span>
            <input {id} class="mono" value={value.to_owned()} oninput={on_input} aria-invalid={is_wrong.then_some("true")}
                spellcheck="false" autocomplete="off" autocapitalize="off" />
        </label>
    }
}

fn choice(
    label: &'static str,
    options: &'static [(&'static str, &'static str)],
    value: &str,
    is_wrong: bool,
    set: Callback<String>,
) -> Html {
    let shown = if value.is_empty() && label == "operator" { "Equal" } else { value };
    let chosen = options.iter().position(|(value, _)| *value == shown);
    let words = options.iter().map(|(_, word)| AttrValue::from(*word)).collect::<Vec<_>>();
    let on_choose = Callback::from(move |index: usize| set.emit(options[index].0.to_owned()));
    html! { <label class="try-field"><span>{ label }</span><Choice options={words} {chosen} {on_choose} {is_wrong} /></label> }
}

/// What the field for a taint is given.
#[derive(Properties, PartialEq)]
pub struct TaintProps {
    /// What the panel reads.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// The nodes.
    pub nodes: Vec<EcoString>,
    /// The taint that is changed; none = a new one is tried.
    pub from: Option<Taint>,
    /// The field is done with.
    pub on_done: Callback<()>,
}

/// A taint as kubectl takes it: Enter tries it, Escape gives it up.
#[component]
pub fn TaintField(props: &TaintProps) -> Html {
    let TaintProps { given, act, nodes, from, on_done } = props;
    let typed = use_state_eq(|| from.as_ref().map(ToString::to_string).unwrap_or_default());
    let problem = use_state_eq(|| None::<String>);
    let input = use_node_ref();
    {
        let input = input.clone();
        use_effect_with((), move |()| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                drop(input.focus());
                input.select();
            }
        });
    }
    use_effect_with((*problem).clone(), |problem| {
        if problem.is_some() {
            show_in(".taints-scroll", ".taint-form .try-problem");
        }
    });
    let on_input = {
        let (typed, problem) = (typed.setter(), problem.setter());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(input.value());
                problem.set(None);
            }
        })
    };
    let on_submit = {
        let (given, act, nodes, from, on_done) =
            (given.clone(), act.clone(), nodes.clone(), from.clone(), on_done.clone());
        let (typed, problem) = (typed.clone(), problem.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let tried = read_taint(typed.trim()).and_then(|taint| {
                if from.as_ref() == Some(&taint) {
                    return Ok(None);
                }
                let edit = Edit::Taint { nodes: nodes.clone(), from: from.clone(), to: Some(taint) };
                check(&given, &edit).map(|()| Some(edit))
            });
            match tried {
                Ok(edit) => {
                    if let Some(edit) = edit {
                        act.emit(UiAction::Trying(TryingAction::Try(edit)));
                    }
                    on_done.emit(());
                }
                Err(why) => problem.set(Some(why)),
            }
        })
    };
    let on_key = {
        let on_done = on_done.clone();
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            if event.key() == "Escape" {
                event.prevent_default();
                on_done.emit(());
            }
        })
    };
    let label = match from {
        Some(from) => format!("Change taint {from}"),
        None => "New taint".into(),
    };
    html! {
        <form class="taint-form" onsubmit={on_submit} onkeydown={on_key}>
            <input ref={input} class="mono" value={typed.to_string()} oninput={on_input} aria-label={label}
                placeholder="key=value:NoSchedule" aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem.is_some().then_some("taint-problem")}
                spellcheck="false" autocomplete="off" autocapitalize="off" />
            <button class="button button--small" type="submit">{ "Try" }</button>
            if let Some(problem) = &*problem {
                <p class="try-problem" id="taint-problem" role="alert">{ icon("i-error") }{ problem.clone() }</p>
            }
        </form>
    }
}
