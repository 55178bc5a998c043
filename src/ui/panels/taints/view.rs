//! The explorer: what is tried above, the table below.

use super::Given;
use super::form::TolerationForm;
use super::model::model;
use super::table::{Editing, Table};
use crate::api::{ObjectKey, Toleration};
use crate::explain::count;
use crate::ui::Shared;
use crate::ui::browser::focus;
use crate::ui::state::{PanelProps, TryingAction, UiAction};
use crate::ui::widgets::{Choice, Late, emit, icon, icon_small, named, pieces, use_late};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// The taints explorer.
#[component]
pub fn TaintsPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let before = use_late(given, Late::PICTURES.if_large(given.run.world()));
    // What is tried is seen at once.
    let is_alike = (&before.subject, &before.edits) == (&given.subject, &given.edits);
    let given = if is_alike { &before } else { given };
    let model = use_memo(given.clone(), model);
    let editing = use_state_eq(Editing::default);
    let shows_commands = use_state_eq(|| false);
    let was_reset = use_mut_ref(|| false);
    {
        // What was tried goes, and the focus with it: it goes to the table, where one tries the next thing.
        let was_reset = Rc::clone(&was_reset);
        use_effect_with(given.edits.is_empty(), move |_| {
            if was_reset.take() {
                focus("[data-stop][tabindex=\"0\"]");
            }
        });
    }
    {
        // The form is about a toleration of that one.
        let editing = editing.setter();
        use_effect_with(model.subject.clone(), move |_| editing.set(Editing::default()));
    }
    let Some(table) = &model.table else {
        let text = match &model.subject {
            Some(subject) => format!("{} is not in the cluster at this step.", subject.name),
            None => "No DaemonSet, pod or pod template in this cluster: there are no tolerations to look at."
                .into(),
        };
        let reset = emit(act, UiAction::Trying(TryingAction::Reset));
        return html! {
            <div class="taints">
                if model.subject.is_some() {
                    <div class="try-bar">{ subject_choice(&model.subjects, model.subject.as_ref(), act) }</div>
                }
                <div class="stage-scroll">
                    <p class="muted taints-none">{ text }
                        if !given.edits.is_empty() {
                            { " " }<button class="button button--small" onclick={reset}>{ "Drop what you try for it" }</button>
                        }
                    </p>
                </div>
            </div>
        };
    };
    let from: Option<Toleration> = match &*editing {
        Editing::Toleration(toleration) => Some(toleration.clone()),
        _ => None,
    };
    let on_done = {
        let editing = editing.setter();
        Callback::from(move |()| editing.set(Editing::default()))
    };
    let on_edit = {
        let editing = editing.setter();
        Callback::from(move |next: Editing| editing.set(next))
    };
    let tried = given.edits.len();
    html! {
        <div class="taints">
            <div class="try-bar">
                { subject_choice(&model.subjects, model.subject.as_ref(), act) }
                <TolerationForm given={props.given.clone()} act={act.clone()} from={from} on_done={on_done.clone()} />
            </div>
            if tried > 0 {
                { trials(given, table, &model.commands, &shows_commands, &was_reset, act) }
            }
            <div class="taints-scroll">
                if table.rows.is_empty() {
                    <p class="muted taints-none">{ nobody(given) }</p>
                } else {
                    <Table given={given.clone()} act={act.clone()} table={Shared(Rc::clone(table))} came={model.came.clone()}
                        editing={(*editing).clone()} on_edit={on_edit} on_done={on_done} />
                }
            </div>
            { legend() }
        </div>
    }
}

/// Why the table has no row.
fn nobody(given: &Given) -> &'static str {
    if given.run.world().node_count() == 0 {
        return "The cluster has no nodes.";
    }
    "The controller does nothing for this object: it is being deleted, or its selector is empty."
}

/// What is tried, what it comes to, and what can be done with it.
fn trials(
    given: &Given,
    table: &crate::explain::taints::Explorer,
    commands: &[String],
    shows_commands: &UseStateHandle<bool>,
    was_reset: &Rc<RefCell<bool>>,
    act: &Callback<UiAction>,
) -> Html {
    let tried = given.edits.len();
    let toggle = {
        let shows_commands = shows_commands.clone();
        Callback::from(move |_: MouseEvent| shows_commands.set(!*shows_commands))
    };
    let has_problem = !table.problems.is_empty();
    let run = {
        let (act, shows_commands) = (act.clone(), shows_commands.setter());
        Callback::from(move |_: MouseEvent| {
            // What has a problem would go with what is done.
            if !has_problem {
                shows_commands.set(false);
                act.emit(UiAction::Trying(TryingAction::Run));
            }
        })
    };
    let emit = |action: TryingAction| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Trying(action.clone())))
    };
    let reset = {
        let was_reset = Rc::clone(was_reset);
        act.reform(move |_: MouseEvent| {
            was_reset.replace(true);
            UiAction::Trying(TryingAction::Reset)
        })
    };
    html! {
        <section class="trials" aria-label="What you try">
            <div class="trials-head">
                <span class="trials-badge">{ format!("Trying {}", count(tried, "thing")) }</span>
                <p class="trials-summary" role="status">
                    { pieces(&table.summary) }
                    if !table.aside.is_empty() { <span class="muted">{ ". " }{ pieces(&table.aside) }</span> }
                </p>
                <span class="trials-acts">
                    <button class="button button--small" onclick={reset}>{ "Reset" }</button>
                    <button class="button button--small" aria-expanded={shows_commands.to_string()} onclick={toggle}>{ if **shows_commands { "Hide commands" } else { "Show as commands" } }</button>
                    <button class="button button--small button--primary" aria-disabled={has_problem.then_some("true")} onclick={if has_problem { Callback::noop() } else { emit(TryingAction::Write) }}>{ "Write to manifest" }</button>
                </span>
            </div>
            <ul class="trials-list">
                { for given.edits.iter().enumerate().map(|(place, edit)| {
                    let told = edit.told();
                    let words = crate::explain::plain(&told);
                    let problem = table.problems.get(&place);
                    html! {
                        <li class={classes!(problem.is_some().then_some("is-refused"))}>
                            <span>{ pieces(&told) }</span>
                            <button class="button button--quiet trials-undo" aria-label={format!("Undo: {words}")} title="Undo" onclick={emit(TryingAction::Undo(place))}>{ icon_small("i-x") }</button>
                            if let Some(problem) = problem { <p class="try-problem" role="alert">{ icon("i-error") }{ problem }</p> }
                        </li>
                    }
                }) }
            </ul>
            if **shows_commands {
                <div class="trials-commands">
                    if commands.is_empty() {
                        <p class="muted">{ "Nothing to run: the cluster is already what you try." }</p>
                    } else {
                        <pre tabindex="0" aria-label="Commands">{ for commands.iter().map(|line| html! { <code>{ "$ " }{ line }{ "\n" }</code> }) }</pre>
                        <button class="button button--small button--primary" aria-disabled={has_problem.then_some("true")} onclick={run}>{ if commands.len() == 1 { "Run it" } else { "Run them" } }</button>
                    }
                </div>
            }
        </section>
    }
}

fn subject_choice(subjects: &[ObjectKey], shown: Option<&ObjectKey>, act: &Callback<UiAction>) -> Html {
    let mut all = subjects.to_vec();
    if let Some(shown) = shown.filter(|shown| !subjects.contains(shown)) {
        all.push(shown.clone());
    }
    let name = |key: &ObjectKey| format!("{} {}", key.kind.name(), named(key, &all));
    if let [only] = all.as_slice() {
        return html! { <span class="try-subject">{ "Tolerations of " }<b class="mono">{ name(only) }</b></span> };
    }
    let options = all.iter().map(|key| name(key).into()).collect::<Vec<AttrValue>>();
    let chosen = all.iter().position(|key| shown == Some(key));
    let on_choose = {
        let (act, all) = (act.clone(), all.clone());
        Callback::from(move |index: usize| {
            act.emit(UiAction::Trying(TryingAction::Subject(all[index].clone())));
        })
    };
    html! { <label class="try-subject">{ "Tolerations of " }<Choice {options} {chosen} {on_choose} /></label> }
}

fn legend() -> Html {
    html! {
        <div class="legend" role="group" aria-label="Legend">
            <span>{ icon("g-open") }{ "match" }</span>
            <span>{ super::table::boxes(true, true, false) }{ "near miss: key and value match, effect does not" }</span>
            <span><b class="dot" aria-hidden="true">{ "·" }</b>{ "other key" }</span>
            <span>{ icon("g-shut") }{ "NoSchedule" }</span>
            <span>{ icon("g-evict") }{ "NoExecute" }</span>
            <span>{ icon("g-soft") }{ "PreferNoSchedule" }</span>
            <span><span class="switch switch--locked" aria-hidden="true" data-on="true"></span>{ "set by the system" }</span>
        </div>
    }
}
