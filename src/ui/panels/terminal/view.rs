//! The transcript with the line below it.

use super::Given;
use super::line::CommandLine;
use super::model::{TranscriptEntry, copied, folded, model};
use crate::session::Act;
use crate::ui::browser::{closest, copy, focus, scroll_to_shown};
use crate::ui::state::{PanelProps, UiAction};
use crate::ui::widgets::icon_small;
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// Milliseconds for which a button says that it copied.
const COPIED: u32 = 2_000;

thread_local! {
    /// How many exchanges are cleared away, and which answers are shown whole, each of which opening: also after one
    /// looked elsewhere.
    static CLEARED: Cell<(u32, usize)> = const { Cell::new((0, 0)) };
    static UNFOLDED: RefCell<(u32, BTreeSet<String>)> = const { RefCell::new((0, BTreeSet::new())) };
}

/// The panel.
#[component]
pub fn Terminal(props: &PanelProps<Given>) -> Html {
    let PanelProps { given: state, act } = props;
    let kept = use_state_eq(|| CLEARED.get());
    CLEARED.set(*kept);
    // What was cleared away of other work is not of this.
    let cleared = if kept.0 == state.opened { kept.1 } else { 0 };
    let clear = {
        let (kept, opened) = (kept.setter(), state.opened);
        move |count: usize| kept.set((opened, count))
    };
    let unfolded = use_state_eq(|| UNFOLDED.with_borrow(Clone::clone));
    let is_unfolded = |key: &str| unfolded.0 == state.opened && unfolded.1.contains(key);
    let log = use_node_ref();
    let session = state.session.clone();
    let replies = Rc::as_ptr(&session.replies);
    let model = use_memo(
        (state.session.at(), replies, cleared, session.replies.len(), session.editing().cloned()),
        move |(_, _, cleared, ..)| model(&session, *cleared),
    );
    // Another story has fewer exchanges: what was cleared away is not its.
    if model.count < cleared {
        clear(0);
    }
    {
        let log = log.clone();
        use_effect_with((Rc::clone(&model), state.session.timeline.shown()), move |_| {
            if let Some(log) = log.cast::<Element>() {
                scroll_to_shown(&log, ".is-later");
            }
        });
    }
    let on_clear = {
        let count = model.count;
        Callback::from(move |()| clear(count))
    };
    let first_later = model.entries.iter().position(|entry| entry.is_later);
    let shown = state.session.timeline.shown();
    html! {
        <div class="term" onkeydown={Callback::from(to_line)}>
            <div class="term-acts"><CopyAll text={copied(&model)} /></div>
            <div class="term-log" ref={log} role="log" aria-label="Transcript" tabindex="0">
                if model.earlier > 0 {
                    <p class="term-note">{ match model.earlier {
                        1 => "1 earlier command is not shown.".to_owned(),
                        earlier => format!("{earlier} earlier commands are not shown."),
                    } }</p>
                }
                { for model.entries.iter().enumerate().map(|(index, one)| {
                    let (unfolded, key) = (unfolded.clone(), one.key.clone());
                    let is_whole = is_unfolded(&one.key);
                    let opened = state.opened;
                    let on_unfold = Callback::from(move |_: MouseEvent| {
                        let mut next = (*unfolded).clone();
                        if next.0 != opened {
                            next = (opened, BTreeSet::new());
                        }
                        next.1.insert(key.clone());
                        UNFOLDED.set(next.clone());
                        unfolded.set(next);
                        // The button goes, and the focus with it: what is typed next is meant for the line.
                        focus(".term-log");
                    });
                    html! {
                        <>
                            if first_later == Some(index) {
                                <p class="term-rule" key="rule"><span>{ format!("the shown step is {shown}; what follows came later") }</span></p>
                            }
                            { entry(one, is_whole, on_unfold, act) }
                        </>
                    }
                }) }
                if model.waits {
                    <p class="term-note">{ "Time stands still until you step or run, or type " }<code>{ "sleep 30" }</code>{ "." }</p>
                }
                if model.entries.is_empty() {
                    <p class="term-note">{ "No commands yet. Tab completes a word, ↑ brings back the last command, " }<code>{ "help" }</code>{ " lists the commands." }</p>
                }
            </div>
            <CommandLine given={state.clone()} act={act.clone()} {on_clear} />
        </div>
    }
}

/// Who clicked what was printed and types goes on in the line, as in any terminal. A space, which no command begins with,
/// and the key of the terminal itself stay what they are on the page.
fn to_line(event: KeyboardEvent) {
    let key = event.key();
    let is_letter = key.chars().count() == 1 && ![" ", "`"].contains(&key.as_str()) && !event.alt_key();
    let is_paste = key.eq_ignore_ascii_case("v");
    let has_ctrl = event.ctrl_key() || event.meta_key();
    // Who pressed a button, such as that of a step, has the page's keys.
    let is_in = closest(&event, ".term-log").is_some() && closest(&event, "button").is_none();
    if is_letter && has_ctrl <= is_paste && is_in {
        event.stop_propagation();
        focus(".term-field textarea");
    }
}

fn entry(
    entry: &TranscriptEntry,
    is_whole: bool,
    on_unfold: Callback<MouseEvent>,
    act: &Callback<UiAction>,
) -> Html {
    let to_step = {
        let (act, step) = (act.clone(), entry.step);
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Session(Act::Seek(step))))
    };
    let class = classes!("term-said", entry.is_later.then_some("is-later"), entry.is_now.then_some("is-now"));
    let (first, rest) =
        entry.line.split_once('\n').map_or((&*entry.line, None), |(first, rest)| (first, Some(rest)));
    let mut more = 0;
    let printed = entry.printed.iter().map(|printed| {
        let (text, hidden) = if is_whole { (&*printed.text, 0) } else { folded(&printed.text) };
        more += hidden;
        let class = classes!(
            "term-out",
            (!entry.is_table).then_some("wraps"),
            printed.is_later.then_some("is-later")
        );
        html! { <pre {class}>{ text.trim_end_matches('\n').to_owned() }</pre> }
    });
    let printed: Html = printed.collect();
    html! {
        <div key={entry.key.clone()} {class}>
            <button class="term-step" title={entry.title.clone()} onclick={to_step}><span class="visually-hidden">{ "Step " }</span>{ entry.badge.clone() }</button>
            <div class="term-text">
                <p class="term-line"><span class="term-sign" aria-hidden="true">{ "$ " }</span><b>{ first.to_owned() }</b>
                    if let Some(told) = &entry.goes_on {
                        <span class="term-goes">{ icon_small("i-play") }{ told.clone() }</span>
                    }
                </p>
                if let Some(rest) = rest { <pre class="term-out">{ rest.to_owned() }</pre> }
                { printed }
                { for entry.ahead.iter().map(|line| html! {
                    <p class="term-line term-ahead"><span class="term-sign" aria-hidden="true">{ "$ " }</span>{ line.to_string() }
                        <span class="term-goes">{ "typed ahead: waits until the command above ends (Ctrl+C ends it)" }</span>
                    </p>
                }) }
                if more > 0 {
                    <button class="button button--small" onclick={on_unfold}>{ format!("Show {more} more lines") }</button>
                }
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CopyProps {
    text: AttrValue,
}

/// Copies the transcript; the button itself says that it did.
#[component]
fn CopyAll(props: &CopyProps) -> Html {
    // Whether it was copied, as long as that is told.
    let copied = use_state_eq(|| None::<bool>);
    {
        let copied_later = copied.clone();
        use_effect_with(*copied, move |copied| {
            let timer = copied.map(|_| Timeout::new(COPIED, move || copied_later.set(None)));
            move || drop(timer)
        });
    }
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let copied = copied.clone();
            copy(&text, move |is_done| copied.set(Some(is_done)));
        })
    };
    let word = match *copied {
        None => "Copy all",
        Some(true) => "Copied",
        Some(false) => "Select it, then Ctrl+C",
    };
    html! { <button class="button button--quiet button--small" aria-live="polite" {onclick}>{ word }</button> }
}
