//! The line that is typed: a text area that grows with what is pasted, the grey rest behind it, and what Tab offers.

use super::Given;
use super::prompt::{Ask, Effect, Key, Offer, Prompt};
use crate::kubectl::complete::complete;
use crate::kubectl::shell::is_open;
use crate::session::{Act, DocumentName};
use crate::sim::StepNo;
use crate::ui::browser::{
    bytes_of, focus, focused, load_history, place_at_letter, put_caret, show_chosen, store_history, units_of,
};
use crate::ui::state::{UiAction, ViewAction};
use crate::ui::widgets::icon_small;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

/// What the line is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the panel reads.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// What was printed is to go out of sight.
    pub on_clear: Callback<()>,
}

/// The line has room for so many lines of a pasted text.
const ROWS: usize = 8;

thread_local! {
    /// How often a panel of the dock had been asked for when the line was there last.
    static ANSWERED: Cell<u32> = const { Cell::new(0) };
    /// The line as it stands: who looks elsewhere and comes back finds it.
    static PROMPT: Rc<RefCell<Prompt>> = Rc::new(RefCell::new(Prompt::new(load_history())));
}

/// Keys that a phone's keyboard does not have, or hides, and whether Ctrl is pressed with them.
const KEYS: [(&str, &str, bool); 6] = [
    ("Tab", "Tab", false),
    ("ArrowUp", "↑", false),
    ("-", "-", false),
    ("/", "/", false),
    ("|", "|", false),
    ("c", "^C", true),
];

/// The line.
#[component]
pub fn CommandLine(props: &Props) -> Html {
    let Props { given: state, act, on_clear } = props;
    let place = use_node_ref();
    let list = use_node_ref();
    let prompt = PROMPT.with(Rc::clone);
    let draw = use_force_update();
    {
        let prompt = Rc::clone(&prompt);
        use_effect_with((), move |()| {
            // Another tab may have stored more of it.
            prompt.borrow_mut().read_history(load_history());
            // What is offered or searched for is of this moment.
            move || prompt.borrow_mut().leave()
        });
    }

    // Shows the prompt after each key. Where it is as before, the caret is the user's.
    {
        let (place, list) = (place.clone(), list.clone());
        use_effect_with(prompt.borrow().clone(), move |prompt| {
            if let Some(area) = place.cast::<HtmlTextAreaElement>() {
                show(&area, prompt);
            }
            if let (Some(list), Some(offer)) = (list.cast::<Element>(), &prompt.offer) {
                let line = prompt.text[..offer.start].rfind('\n').map_or(0, |at| at + 1);
                place_at_letter(&list, prompt.text[line..offer.start].chars().count());
                show_chosen(&list);
            }
        });
    }
    {
        let (place, prompt) = (place.clone(), Rc::clone(&prompt));
        use_effect_with(state.asked, move |asked| {
            // Who comes back from another page did not ask anew.
            let is_new = ANSWERED.replace(*asked) != *asked;
            if let Some(area) = place.cast::<HtmlTextAreaElement>().filter(|_| is_new) {
                drop(area.focus());
                show(&area, &prompt.borrow());
            }
        });
    }

    let with_ask = {
        let state = state.clone();
        Rc::new(move |work: &mut dyn FnMut(&Ask)| {
            let timeline = &state.session.timeline;
            let files = DocumentName::ALL.map(DocumentName::file);
            let offered = |line: &str| complete(line, timeline.world(), timeline.now(), &files);
            work(&Ask { complete: &offered, is_open: &is_open });
        })
    };
    let press = {
        let (prompt, draw, with_ask) = (Rc::clone(&prompt), draw.clone(), Rc::clone(&with_ask));
        let (act, on_clear) = (act.clone(), on_clear.clone());
        Rc::new(move |key: Key| {
            let mut effect = Effect::None;
            with_ask(&mut |ask| effect = prompt.borrow_mut().press(key, ask));
            match &effect {
                Effect::None => return false,
                Effect::Taken => {}
                Effect::Run(text) => {
                    store_history(&prompt.borrow().history);
                    if ["clear", "reset"].contains(&text.trim()) {
                        on_clear.emit(());
                    } else {
                        act.emit(UiAction::Session(Act::Enter(text.as_str().into())));
                    }
                }
                Effect::Interrupt => act.emit(UiAction::Session(Act::Interrupt)),
                Effect::Clear => on_clear.emit(()),
                Effect::Height => act.emit(UiAction::View(ViewAction::Height)),
                // Not nowhere: from the transcript the Tab key goes on from here.
                Effect::Leave => focus(".term-log"),
            }
            draw.force_update();
            true
        })
    };
    let on_key = {
        let press = Rc::clone(&press);
        let prompt = Rc::clone(&prompt);
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            let area: Option<HtmlTextAreaElement> = event.target_dyn_into();
            let (start, end) = area.as_ref().map_or((0, 0), selection);
            if let Some(area) = &area {
                moved(&prompt, area);
            }
            let key = Key {
                name: &event.key(),
                ctrl: event.ctrl_key(),
                shift: event.shift_key(),
                alt: event.alt_key(),
                has_selection: start != end,
            };
            if !event.meta_key() && press(key) {
                event.prevent_default();
                event.stop_propagation();
            }
        })
    };
    let on_input = {
        let (prompt, draw, with_ask) = (Rc::clone(&prompt), draw.clone(), Rc::clone(&with_ask));
        Callback::from(move |event: InputEvent| {
            let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() else { return };
            let text = area.value();
            let caret = bytes_of(&text, selection(&area).1);
            with_ask(&mut |ask| prompt.borrow_mut().typed(&text, caret, ask));
            // A search takes nothing of it.
            show(&area, &prompt.borrow());
            draw.force_update();
        })
    };
    let on_blur = {
        let prompt = Rc::clone(&prompt);
        Callback::from(move |event: FocusEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                moved(&prompt, &area);
            }
        })
    };
    let on_take = {
        let (prompt, draw, place) = (Rc::clone(&prompt), draw.clone(), place.clone());
        Callback::from(move |index: usize| {
            prompt.borrow_mut().take_at(index);
            if let Some(area) = place.cast::<HtmlTextAreaElement>() {
                drop(area.focus());
            }
            draw.force_update();
        })
    };

    let now = prompt.borrow().clone();
    let (shown, len) = (state.session.timeline.shown(), state.session.timeline.len());
    let drops = use_memo((now.text.clone(), state.session.at(), state.session.documents.clone()), {
        let state = state.clone();
        move |(text, at, _)| at.shown < at.len && state.session.would_act(text)
    });
    let rows = now.found().unwrap_or(&now.text).split('\n').count().clamp(1, ROWS);
    let active = now.offer.as_ref().map(|offer| format!("term-offer-{}", offer.chosen));
    html! {
        <div class="term-prompt">
            if let Some(offer) = &now.offer { { offered(offer, &now, &list, &on_take) } }
            <span class="term-step" title="The step that a command would make" aria-hidden="true">{ shown + 1 }</span>
            if let Some(search) = &now.search {
                <span class="term-search" role="status">{ format!("search “{}”{}", search.words, if search.found.is_none() && !search.words.is_empty() { ": not found" } else { "" }) }</span>
            } else {
                <span class="term-sign" aria-hidden="true">{ "$" }</span>
            }
            <div class="term-field">
                <div class="term-ghost" aria-hidden="true"><span>{ now.found().unwrap_or(&now.text).to_owned() }</span>{ now.rest() }</div>
                <textarea ref={&place} rows={rows.to_string()} aria-label="Command" spellcheck="false" autocomplete="off" autocapitalize="off"
                    aria-autocomplete="list" aria-controls={now.offer.as_ref().map(|_| "term-offers")} aria-activedescendant={active}
                    onkeydown={on_key} oninput={on_input} onblur={on_blur} />
            </div>
            if *drops {
                <span class="badge badge--warn term-drops" role="status">{ icon_small("i-warn") }{ format!("runs at step {shown}: drops {}", steps(shown + 1, len)) }</span>
            }
            <div class="term-keys" role="group" aria-label="Keys">
                { for KEYS.into_iter().map(|(name, word, ctrl)| {
                    let (press, prompt, draw, with_ask) = (Rc::clone(&press), Rc::clone(&prompt), draw.clone(), Rc::clone(&with_ask));
                    let place = place.clone();
                    // The phone's keyboard goes when the line loses the focus.
                    let onmousedown = Callback::from(|event: MouseEvent| event.prevent_default());
                    let onclick = Callback::from(move |_: MouseEvent| {
                        // Without the focus the browser does not know where the caret was.
                        let area = place.cast::<HtmlTextAreaElement>();
                        if let Some(area) = area.filter(|area| focused().as_ref() == Some(area.as_ref())) {
                            moved(&prompt, &area);
                        }
                        if !press(Key { name, ctrl, ..Key::default() }) && name.len() == 1 {
                            let (text, caret) = {
                                let prompt = prompt.borrow();
                                let (before, after) = prompt.text.split_at(prompt.caret);
                                (format!("{before}{name}{after}"), prompt.caret + name.len())
                            };
                            with_ask(&mut |ask| prompt.borrow_mut().typed(&text, caret, ask));
                            draw.force_update();
                        }
                    });
                    html! { <button class="button" {onmousedown} {onclick}>{ word }</button> }
                }) }
            </div>
        </div>
    }
}

/// Shows the prompt in its text area.
fn show(area: &HtmlTextAreaElement, prompt: &Prompt) {
    put_caret(area, prompt.found().unwrap_or(&prompt.text), prompt.caret);
}

/// The caret is where the user has put it.
fn moved(prompt: &RefCell<Prompt>, area: &HtmlTextAreaElement) {
    let mut prompt = prompt.borrow_mut();
    if prompt.search.is_none() {
        let caret = bytes_of(&prompt.text, selection(area).1);
        prompt.moved(caret);
    }
}

/// Some steps.
fn steps(from: StepNo, to: StepNo) -> String {
    if from == to { format!("step {from}") } else { format!("steps {from}–{to}") }
}

/// What Tab offers.
fn offered(offer: &Offer, prompt: &Prompt, list: &NodeRef, on_take: &Callback<usize>) -> Html {
    let word = prompt.text.get(offer.start..prompt.caret).unwrap_or_default();
    let option = |(index, candidate): (usize, &crate::kubectl::complete::Completable)| {
        let on_take = on_take.clone();
        // On mousedown: a click would take the focus out of the line first.
        let onmousedown = Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            on_take.emit(index);
        });
        let rest = candidate.text.strip_prefix(word).unwrap_or_default();
        html! {
            <li role="option" id={format!("term-offer-{index}")} aria-selected={(index == offer.chosen).to_string()} {onmousedown}>
                <span class="mono"><b>{ word.to_owned() }</b>{ rest.to_owned() }</span>
                { for candidate.notes.iter().map(|note| html! { <span class="term-told">{ note.clone() }</span> }) }
            </li>
        }
    };
    let number = offer.candidates.len();
    html! {
        <div class="term-offers" ref={list}>
            <ul role="listbox" id="term-offers" aria-label="Completions" tabindex="0">{ for offer.candidates.iter().enumerate().map(option) }</ul>
            <p aria-hidden="true">
                <span class="kbd">{ "Tab" }</span>{ " take " }<span class="kbd">{ "↑" }</span>{ " " }<span class="kbd">{ "↓" }</span>{ " choose " }<span class="kbd">{ "Esc" }</span>{ " close" }
                <span class="grow" />{ format!("{number} fit") }
            </p>
        </div>
    }
}

/// Where the selection begins and ends, in the browser's units.
fn selection(area: &HtmlTextAreaElement) -> (u32, u32) {
    let end = area.selection_end().ok().flatten().unwrap_or_else(|| units_of(&area.value()));
    (area.selection_start().ok().flatten().unwrap_or(end), end)
}
