use super::model::{ChangeLine, Outlook, REJECTED, asked_at, hasty, known, outlook, path_at};
use super::{Given, Typed};
use crate::explain::count;
use crate::manifest::{Diagnostic, Severity};
use crate::session::{Act, DocumentName, EditedObject};
use crate::sim::StepNo;
use crate::ui::Shared;
use crate::ui::browser::{Editor, Listeners, note_draft, rove_tabs};
use crate::ui::panels::rollout::DiffView;
use crate::ui::panels::rollout::diff::diff;
use crate::ui::state::{PanelProps, UiAction, ViewAction};
use crate::ui::widgets::{Late, ask_why, icon_small, pieces, timed, use_late, use_whole};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// The panel.
#[component]
pub fn EditorPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given: state, act } = props;
    let typed = &use_context::<Shared<Typed>>().unwrap_or_else(|| Shared(Rc::default()));
    let host = use_node_ref();
    let editor = use_mut_ref(|| None::<Editor>);
    let cursor = use_state_eq(|| 1u32);
    let saves = use_mut_ref(|| false);
    let is_edited = state.shows_edited && state.session.editing().is_some();
    *saves.borrow_mut() = is_edited;
    let save = {
        let (act, Shared(typed)) = (act.clone(), typed.clone());
        Callback::from(move |()| act.emit(UiAction::Session(Act::Save(typed.to_be_saved()))))
    };

    {
        let (host, editor, act) = (host.clone(), editor.clone(), act.clone());
        let (Shared(typed), Shared(newer)) = (typed.clone(), typed.clone());
        let (cursor, state) = (cursor.setter(), state.clone());
        let save = save.clone();
        use_effect_with(state.opened, move |_| {
            let made = host.cast::<Element>().map(|host| {
                let documents = &state.session.documents;
                let listeners = Listeners {
                    on_change: {
                        let act = act.clone();
                        let example = state.session.example.clone();
                        Box::new(move |text, name| {
                            if name == EDITED {
                                return typed.note_edited(text);
                            }
                            let Some(document) = DocumentName::of_file(&name) else { return };
                            note_draft(&example, document, &text);
                            typed.note(document, text, act.clone());
                        })
                    },
                    on_apply: Box::new(move || match *saves.borrow() {
                        true => save.emit(()),
                        false => act.emit(UiAction::Session(Act::Apply)),
                    }),
                    on_cursor: Box::new(move |line, _, _| cursor.set(line)),
                };
                // What is still being read is newer.
                let unread = newer.unread();
                let text = |name: DocumentName| {
                    let unread = unread.as_ref().filter(|(other, _)| *other == name);
                    unread.map_or_else(|| Rc::clone(&documents.get(name).text), |(_, text)| Rc::clone(text))
                };
                let name = state.document;
                let made =
                    Editor::new(&host, state.opened, name.file(), &text(name), state.is_read_only, listeners);
                for other in DocumentName::ALL.into_iter().filter(|other| *other != name) {
                    made.set_text(other.file(), &text(other));
                }
                made
            });
            *editor.borrow_mut() = made;
            let editor = editor.clone();
            move || drop(editor.borrow_mut().take())
        });
    }
    let outlook = use_outlook(state);
    use_document(state, DocumentName::Manifest, &outlook, &editor, typed);
    use_document(state, DocumentName::Nodes, &outlook, &editor, typed);
    {
        let (editor, used) = (editor.clone(), editor.clone());
        let file = if is_edited { EDITED } else { state.document.file() };
        let text = state.session.editing().map(|editing| Rc::clone(&editing.text));
        let Shared(typed) = typed.clone();
        use_effect_with((state.opened, text.clone()), move |_| {
            let Some(text) = text else { return typed.forget_edited() };
            if let Some(editor) = &*editor.borrow() {
                let (now, is_new) = typed.edited(&text);
                if !is_new {
                    return editor.set_text(EDITED, &now);
                }
                editor.set_document(EDITED, &now);
                editor.select(EDITED);
                // What is wrong stands above it.
                editor.go_to(1, 1);
            }
        });
        let editor = used;
        use_effect_with((state.opened, file), move |(_, file)| {
            if let Some(editor) = &*editor.borrow() {
                editor.select(file);
            }
        });
    }
    {
        // What opens with a mistake opens at the mistake; a refused Apply leads to it.
        let (editor, act, shown) = (editor.clone(), act.clone(), state.document);
        let error = first_error(state, &outlook);
        let Shared(typed) = typed.clone();
        use_effect_with((state.opened, state.objections), move |by| {
            if !typed.take_mistake(*by) {
                return;
            }
            if let (Some((name, error)), Some(editor)) = (error, &*editor.borrow()) {
                if name != shown {
                    act.emit(UiAction::View(ViewAction::Document(name)));
                }
                editor.select(name.file());
                editor.go_to(error.span.line, error.span.column);
            }
        });
    }

    {
        let (editor, Shared(typed)) = (editor.clone(), typed.clone());
        use_effect_with(state.line, move |line| {
            if !typed.take_line(*line) {
                return;
            }
            if let (Some((name, line, _)), Some(editor)) = (line, &*editor.borrow()) {
                editor.select(name.file());
                editor.go_to(*line, 1);
            }
        });
    }

    let shown = state.session.documents.get(state.document);
    let path = path_at(&shown.text, *cursor);
    let bar = &outlook.bar;
    // What becomes of whom is what one guesses.
    let is_told = |line: &&ChangeLine| !state.is_guessing || matches!(line.sign, "!" | "·" | "↺");
    let changes: Vec<_> = bar.changes.iter().filter(is_told).collect();
    let edited_tab = state.session.editing().map(|editing| {
        let onclick = act.reform(|_: MouseEvent| UiAction::View(ViewAction::Edited));
        html! {
            <button role="tab" aria-selected={is_edited.to_string()} {onclick} aria-controls="editor-host">
                <span class="mono">{ format!("edit {}", editing.name()) }</span>
            </button>
        }
    });
    let on_apply = act.reform(|_: MouseEvent| UiAction::Session(Act::Apply));
    let on_take_over = act.reform(|_: MouseEvent| UiAction::Session(Act::TakeOver));
    let on_problem = {
        let (act, editor, elsewhere) = (act.clone(), editor.clone(), first_problem(state, &outlook));
        Callback::from(move |_: MouseEvent| {
            let editor = editor.borrow();
            let Some(editor) = &*editor else { return };
            if editor.next_problem() {
                return;
            }
            if let Some((name, problem)) = &elsewhere {
                act.emit(UiAction::View(ViewAction::Document(*name)));
                editor.select(name.file());
                editor.go_to(problem.span.line, problem.span.column);
                editor.next_problem();
            }
        })
    };
    let tab = |name: DocumentName| {
        let act = act.clone();
        let on_click =
            Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Document(name))));
        let selected = name == state.document && !state.shows_diff && !is_edited;
        html! {
            <button role="tab" aria-selected={selected.to_string()} onclick={on_click}
                aria-controls="editor-host">
                <span class="mono">{ name.file() }</span>
                if bar.later.is_none() && state.session.documents.get(name).is_dirty() {
                    <span class="tab-dot" title="Edited" />
                    <span class="visually-hidden">{ ", edited" }</span>
                }
            </button>
        }
    };
    let crumbs = match path.split_last() {
        Some((last, before)) => {
            let skipped = before.len() > 3;
            let before: Vec<&str> = before.iter().rev().take(3).rev().map(String::as_str).collect();
            html! {
                <>
                    { if skipped { "… › " } else { "" } }
                    { before.iter().map(|part| format!("{part} › ")).collect::<String>() }
                    <b>{ last.clone() }</b>
                </>
            }
        }
        None => html! { <>{ "\u{a0}" }</> },
    };
    let now = state.clone();
    let diff = use_memo((state.session.at(), state.set.clone()), move |(_, set)| {
        diff(&now.session.timeline, set.as_ref()?)
    });
    let shows_diff = state.shows_diff && diff.is_some();
    let diff_tab = (*diff).as_ref().map(|diff| {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Diff)));
        html! {
            <button role="tab" aria-selected={shows_diff.to_string()} {onclick}>
                <span class="mono">{ format!("r{} → r{}", diff.from, diff.to) }</span>
            </button>
        }
    });
    html! {
        <section class="panel panel--edit" aria-label="Editor">
            <div class="tabs" role="tablist" aria-label="Texts" onkeydown={Callback::from(rove_tabs)}>{ for DocumentName::ALL.into_iter().map(tab) }{ edited_tab }{ diff_tab }</div>
            if let Some(diff) = (*diff).as_ref().filter(|_| shows_diff) {
                <DiffView diff={diff.clone()} />
            } else if !is_edited {
                <div class="path">
                    <span class="grow">{ crumbs }</span>
                    if let Some(selection) = asked_at(&shown.read, *cursor) {
                        <button class="button button--small" title="Why is what this line describes as it is?"
                            onclick={ask_why(act, selection)}>{ "Why?" }</button>
                    }
                </div>
            }
            <div id="editor-host" class={classes!("editor-host", shows_diff.then_some("is-hidden"))} role="tabpanel" aria-label={if is_edited { "What is edited" } else { state.document.file() }} ref={host} key={state.opened} />
            if let Some(editing) = state.session.editing().filter(|_| is_edited) {
                { saving(editing, act, &save) }
            } else {
            <footer class="apply">
                <div class="apply-head">
                    if bar.errors > 0 {
                        <button class="badge badge--bad" title="Go to the next one (F8)" onclick={on_problem}>{ icon_small("i-error") }{ count(bar.errors, "error") }</button>
                    } else if bar.warnings > 0 {
                        <button class="badge badge--warn" title="Go to the next one (F8)" onclick={on_problem}>{ icon_small("i-warn") }{ count(bar.warnings, "warning") }</button>
                    }
                    if let Some(step) = bar.applied {
                        <span class="badge badge--good">{ icon_small("i-check") }{ format!("Applied at step {step}") }</span>
                    }
                    <span class="grow muted" role="status">
                        { bar.later.map_or_else(|| html! { { bar.verdict } }, comes_later) }
                    </span>
                    if bar.has_drifted {
                        <button class="button" title="Writes what the cluster has by now into the text; comments stay" onclick={on_take_over}>{ "Take over" }</button>
                    }
                    <button class="button button--primary" aria-disabled={(bar.verdict == REJECTED).to_string()} onclick={on_apply}>
                        { "Apply " }<span class="kbd">{ "Ctrl ⏎" }</span>
                    </button>
                </div>
                if !changes.is_empty() {
                    <ul class="change-list" aria-label="What would change" tabindex={(changes.len() > 4).then_some("0")}>
                        { for changes.iter().map(|line| html! {
                            <li class={line.class}><span class="sign">{ line.sign }</span><span>{ pieces(&line.what) }</span></li>
                        }) }
                    </ul>
                }
            </footer>
            }
        </section>
    }
}

/// That the cluster has what the texts say from a later step on.
#[inline(never)]
fn comes_later(step: StepNo) -> Html {
    html! { <span class="badge">{ format!("In the cluster from step {step}") }</span> }
}

/// The name of the object that `kubectl edit` opened, as a document of the editor.
const EDITED: &str = "kubectl-edit.yaml";

/// What can be done with the object that `kubectl edit` opened.
fn saving(editing: &EditedObject, act: &Callback<UiAction>, save: &Callback<()>) -> Html {
    let on_save = save.reform(|_: MouseEvent| ());
    let on_cancel = act.reform(|_: MouseEvent| UiAction::Session(Act::CloseEdit));
    let told = if editing.refused.is_some() { "Nothing was changed.".to_owned() } else { editing.told() };
    html! {
        <footer class="apply">
            <div class="apply-head">
                if editing.refused.is_some() {
                    <span class="badge badge--bad">{ icon_small("i-error") }{ "Not saved" }</span>
                }
                <span class="grow muted" role="status">{ told }</span>
                <button class="button" onclick={on_cancel}>{ "Cancel" }</button>
                <button class="button button--primary" onclick={on_save}>{ "Save " }<span class="kbd">{ "Ctrl ⏎" }</span></button>
            </div>
            if let Some(reasons) = &editing.refused {
                <pre class="refusal" role="status" tabindex="0" aria-label="Why it was not saved">{ reasons.to_string() }</pre>
            }
        </footer>
    }
}

/// What Apply would do, asked again only when a text or the shown step is another; in a large cluster once keys and steps
/// rest.
#[hook]
fn use_outlook(state: &Given) -> Rc<Outlook> {
    let is_whole = use_whole();
    let key = (state.session.documents.clone(), state.session.at(), is_whole);
    let (session, documents) = (&state.session, &state.session.documents);
    let took = use_memo((), |()| Cell::new(0.0));
    let rests = use_late(&key, Late::at_rest(took.get()).if_large(session.timeline.world())) == key;
    let last = use_mut_ref(|| (None, documents.clone(), Rc::<Outlook>::default()));
    let mut last = last.borrow_mut();
    if last.0.as_ref() != Some(&key) {
        if rests {
            let told = timed(&took, || match is_whole {
                true => outlook(session),
                false => known(session).unwrap_or_default(),
            });
            *last = (Some(key), documents.clone(), Rc::new(told));
        } else if last.1 != *documents {
            *last = (None, documents.clone(), Rc::new(hasty(session)));
        }
    }
    Rc::clone(&last.2)
}

/// The error that an Apply would lead to.
fn first_error(state: &Given, outlook: &Outlook) -> Option<(DocumentName, Diagnostic)> {
    first(state, outlook, |problem| problem.severity == Severity::Error)
}

/// The first problem of any kind.
fn first_problem(state: &Given, outlook: &Outlook) -> Option<(DocumentName, Diagnostic)> {
    first(state, outlook, |_| true)
}

fn first(
    state: &Given,
    outlook: &Outlook,
    wanted: impl Fn(&Diagnostic) -> bool,
) -> Option<(DocumentName, Diagnostic)> {
    DocumentName::ALL.into_iter().find_map(|name| {
        let problems = problems(state, name, outlook);
        Some((name, problems.into_iter().find(|problem| wanted(problem))?))
    })
}

fn problems(state: &Given, name: DocumentName, outlook: &Outlook) -> Vec<Diagnostic> {
    super::model::problems(state.session.documents.get(name), name, &outlook.refused)
}

/// Brings a text of the state to the editor when it is another than there.
#[hook]
fn use_document(
    state: &Given,
    name: DocumentName,
    outlook: &Rc<Outlook>,
    editor: &Rc<RefCell<Option<Editor>>>,
    typed: &Shared<Typed>,
) {
    let document = state.session.documents.get(name).clone();
    let problems = problems(state, name, outlook);
    let (editor, Shared(typed)) = (Rc::clone(editor), typed.clone());
    let key = (state.opened, document.clone(), problems);
    use_effect_with(key, move |(_, document, problems)| {
        if let Some(editor) = &*editor.borrow() {
            if !typed.is_newer(name) {
                editor.set_text(name.file(), &document.text);
                editor.set_diagnostics(name.file(), problems);
            }
            // Before anything is applied there is nothing to differ from.
            let never = document.applied.is_empty();
            editor.set_applied(name.file(), if never { &document.text } else { &document.applied });
        }
    });
}
