use super::Given;
use super::forms::{CopiesForm, LabelForm, TaintForm};
use super::model::{
    BranchQuestion, MenuEntry, branch_question, drop_question, lesson_question, node_menu, pod_menu,
    set_menu, told_nodes,
};
use crate::session::{MOST_KEPT, Past, Session};
use crate::ui::Shared;
use crate::ui::state::{Dialog, FloatingAction, Panel, PrefsAction, UiAction};
use crate::ui::widgets::{Modal, emit};
use crate::ui::{browser, keys};
use yew::prelude::*;

/// What the dialogs are given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What they read.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// The panels, whose keys the help lists.
    pub panels: Vec<&'static Panel>,
}

/// The dialog that is open, if one is.
#[component]
pub fn Dialogs(props: &Props) -> Html {
    match &props.given.open {
        Some((dialog, session)) => opened(dialog, session, props),
        None => html! {},
    }
}

/// The open dialog. On its own, so that a page in which none is open need not have it.
#[inline(never)]
fn opened(dialog: &Dialog, session: &Session, props: &Props) -> Html {
    let Props { given: Given { nodes, letters, .. }, act, panels } = props;
    let world = session.timeline.world();
    let on_close = {
        let act = act.clone();
        Callback::from(move |()| act.emit(UiAction::Floating(FloatingAction::Close)))
    };
    let on = |action: UiAction| emit(act, action);
    let on_letters = act.reform(|_: Event| UiAction::Prefs(PrefsAction::Letters));
    // The last answer is what was asked for.
    let question = |key: &'static str,
                    title: String,
                    lines: &[String],
                    words: String,
                    answers: &[(&'static str, Past)]| {
        html! {
            <Modal label={title.clone()} on_close={on_close.clone()} {key}>
                <h2>{ title }</h2>
                { for lines.iter().map(|line| html! { <p class="command"><code>{ line.clone() }</code></p> }) }
                <p>{ words }</p>
                <div class="apply-head">
                    <button class="button" onclick={on(UiAction::Floating(FloatingAction::Close))}>{ "Cancel" }</button>
                    { for answers.iter().enumerate().map(|(place, (word, past))| html! {
                        <button class={classes!("button", (place + 1 == answers.len()).then_some("button--primary"))} onclick={on(UiAction::Confirmed(*past))}>{ *word }</button>
                    }) }
                </div>
            </Modal>
        }
    };
    let meant: Vec<_> = nodes.iter().filter_map(|name| world.node(name).cloned()).collect();
    match dialog {
        Dialog::Shortcuts => html! {
            <Modal label="Shortcuts" {on_close} key="keys">
                <h2>{ "Shortcuts" }</h2>
                <table class="keys">
                    <tbody>
                        { for keys::LIST.iter().map(|(what, keys)| html! {
                            <tr><td>{ *what }</td><td>{ for keys.iter().map(|key| html! { <><span class="kbd">{ *key }</span>{ " " }</> }) }</td></tr>
                        }) }
                        { for panels.iter().filter_map(|panel| panel.key).map(|(key, what)| html! {
                            <tr><td>{ what }</td><td><span class="kbd">{ key.to_ascii_uppercase() }</span></td></tr>
                        }) }
                    </tbody>
                </table>
                <label class="check">
                    <input type="checkbox" checked={*letters} onchange={on_letters} />
                    { "Single letters are shortcuts (never while the editor has the focus)" }
                </label>
                <div class="apply-head"><button class="button" autofocus={true} onclick={on(UiAction::Floating(FloatingAction::Close))}>{ "Close" }</button></div>
            </Modal>
        },
        Dialog::NodeMenu(_) => {
            menu(&told_nodes(nodes), node_menu(world, session.timeline.now(), nodes), act, on_close)
        }
        Dialog::PodMenu(key) => menu(&key.name, pod_menu(world, key), act, on_close),
        Dialog::SetMenu(key) => menu(&key.name, set_menu(world, key), act, on_close),
        Dialog::Taint(name) | Dialog::Label(name) | Dialog::Copies(name) => {
            let Some(node) = world.node(name).map(Shared::from) else { return html! {} };
            let act = act.clone();
            let (label, form) = match dialog {
                Dialog::Taint(_) => (
                    format!("Taint {}", told_nodes(nodes)),
                    html! { <TaintForm {node} nodes={meant} {act} /> },
                ),
                Dialog::Label(_) => (
                    format!("Label {}", told_nodes(nodes)),
                    html! { <LabelForm {node} nodes={meant} {act} /> },
                ),
                _ => (format!("Add nodes like {name}"), html! { <CopiesForm {node} nodes={meant} {act} /> }),
            };
            html! { <Modal label={label.clone()} {on_close} key={label}>{ form }</Modal> }
        }
        Dialog::Branch(act) => {
            let BranchQuestion { title, lines, words } = branch_question(session, act);
            let answers = [
                ("Do it at the latest step", Past::Latest),
                ("Continue here as a branch", Past::Branch),
                ("Do it here", Past::Here),
            ];
            question("branch", title, &lines, words, &answers)
        }
        // The app draws it.
        Dialog::Sheet(_) => html! {},
        Dialog::DropBranch(no) => {
            let (title, words) = drop_question(session, *no);
            question("drop", title, &[], words, &[("Drop", Past::Here)])
        }
        Dialog::Lesson(action) => {
            let [title, words, verb] = lesson_question(action);
            question("lesson", title.to_owned(), &[], words.to_owned(), &[(verb, Past::Here)])
        }
        Dialog::Replace(_) => {
            let words = format!(
                "What you have now stays in the gallery as “Your last work”. The {MOST_KEPT} latest are kept there."
            );
            question("replace", "Open something else?".to_owned(), &[], words, &[("Open", Past::Here)])
        }
    }
}

fn menu(title: &str, entries: Vec<MenuEntry>, act: &Callback<UiAction>, on_close: Callback<()>) -> Html {
    let on_key = Callback::from(|event: KeyboardEvent| {
        browser::rove(&event, "[role=menu]", "[role=menuitem]", ["ArrowUp", "ArrowDown"]);
    });
    html! {
        <Modal label={title.to_owned()} class="menu-box" beside={true} {on_close} key="menu">
            <h2 class="menu-title mono">{ title.to_owned() }</h2>
            <div class="menu" role="menu" aria-label={title.to_owned()} onkeydown={on_key}>
                { for entries.into_iter().enumerate().map(|(index, entry)| {
                    let (act, action) = (act.clone(), entry.action);
                    let onclick = Callback::from(move |_: MouseEvent| {
                        act.emit(UiAction::Floating(FloatingAction::Close));
                        act.emit(action.clone());
                    });
                    // Without `autofocus` a menu that scrolls would take the focus itself.
                    html! {
                        <>
                            if entry.apart { <hr /> }
                            <button role="menuitem" autofocus={index == 0} {onclick}><span>{ entry.label }</span><code title={entry.hint.clone()}>{ entry.hint }</code></button>
                        </>
                    }
                }) }
            </div>
        </Modal>
    }
}
