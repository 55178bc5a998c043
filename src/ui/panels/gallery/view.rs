use super::pictures::drawing;
use crate::examples::{self, Picture};
use crate::explain::count;
use crate::session::{Document, Kept};
use crate::ui::browser;
use crate::ui::state::{Dialog, FloatingAction, Notice, Opening, Page, Sheet, UiAction, ViewAction};
use crate::ui::widgets::icon;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, HtmlTextAreaElement};
use yew::prelude::*;

/// What the gallery is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Work that was set aside.
    pub kept: Vec<Kept>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

thread_local! {
    /// What is typed in the gallery and not opened yet: who leaves it finds it again.
    static TYPED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The gallery.
#[component]
pub fn Gallery(props: &Props) -> Html {
    let Props { kept, act } = props;
    {
        // Pasting works anywhere on the page while the gallery is shown.
        let act = act.clone();
        use_effect_with((), move |()| {
            let paste = browser::on_page("paste", move |event| {
                // What is pasted into a sheet is the sheet's.
                if event.default_prevented() || browser::has_dialog() {
                    return;
                }
                // What is added to a text that is being typed is part of it.
                let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
                if area.is_some_and(|area| !area.value().is_empty()) {
                    return;
                }
                let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
                let text = data.and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
                if !text.trim().is_empty() {
                    act.emit(UiAction::Opened(Opening::Pasted(text.into())));
                }
            });
            move || drop(paste)
        });
    }
    let on_escape = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                act.emit(UiAction::View(ViewAction::Escape));
            }
        })
    };
    let open = |opening: Opening| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Opened(opening.clone())))
    };
    let on_drop = {
        let act = act.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(data) = event.data_transfer() {
                take_dropped(&data, &act);
            }
        })
    };
    let on_over = Callback::from(|event: DragEvent| event.prevent_default());
    let typed = use_node_ref();
    {
        let typed = typed.clone();
        use_effect_with((), move |()| {
            if let Some(area) = typed.cast::<HtmlTextAreaElement>() {
                area.set_value(&TYPED.with_borrow(Clone::clone));
            }
        });
    }
    let on_input = Callback::from(|event: InputEvent| {
        if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
            TYPED.set(area.value());
        }
    });
    let on_open = {
        let (act, typed) = (act.clone(), typed.clone());
        Callback::from(move |_: MouseEvent| {
            let text = typed.cast::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default();
            if !text.trim().is_empty() {
                TYPED.take();
                act.emit(UiAction::Opened(Opening::Pasted(text.into())));
            }
        })
    };
    html! {
        <main class="start" ondragover={on_over} ondrop={on_drop}>
            <div class="start-inner">
                <div>
                    <h1>{ "Start with an example" }</h1>
                    <p class="lead">{ "Edit a DaemonSet and a list of nodes, then step through what Kubernetes does with them, forward and back. Everything runs in this tab; nothing is sent anywhere." }</p>
                </div>
                <div class="examples">
                    { for examples::ALL.iter().map(|example| {
                        let nodes = Document::new(example.nodes, "").objects();
                        let nodes = nodes.iter().filter(|object| object.as_node().is_some()).count();
                        card(example.picture, example.title, example.text, &format!("{nodes} nodes"), open(Opening::Example(example)))
                    }) }
                    { for kept.iter().enumerate().map(|(index, kept)| {
                        let title = if index == 0 { "Your last work" } else { "Earlier work" };
                        let text = match examples::find(&kept.work.texts.example) {
                            Some(example) => format!("It began with the example “{}”. It is as you left it.", example.title),
                            None if kept.work.texts.example.is_empty() => "Your own manifest, as you left it.".to_owned(),
                            None => "It belongs to a lesson. It is as you left it.".to_owned(),
                        };
                        card(Picture::Own, title, &text, &count(kept.work.run.recorded as usize, "step"), open(Opening::Kept(kept.clone())))
                    }) }
                </div>
                <div class="start-more">
                    <label class="drop">
                        { icon("i-file") }
                        <span>{ "Or paste or drop your own DaemonSet YAML. It gets a four-node cluster to start with." }</span>
                        <textarea ref={typed} onkeydown={on_escape} oninput={on_input} rows="4" aria-label="Your own YAML" spellcheck="false" />
                    </label>
                    <button class="button" onclick={on_open}>{ "Open" }</button>
                    <button class="button" onclick={act.reform(|_: MouseEvent| UiAction::Floating(FloatingAction::Ask(Dialog::Sheet(Sheet::Import))))}>{ "Import a cluster" }</button>
                    <button class="button button--primary" onclick={{
                        let act = act.clone();
                        Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Page(Page::Cluster))))
                    }}>{ "Back to the cluster" }</button>
                </div>
            </div>
        </main>
    }
}

fn card(picture: Picture, title: &str, text: &str, size: &str, onclick: Callback<MouseEvent>) -> Html {
    html! {
        <button class="example" {onclick}>
            <figure role="presentation">{ drawing(picture) }</figure>
            <span class="example-text"><span class="example-title">{ title.to_owned() }</span><span>{ text.to_owned() }</span></span>
            <span class="example-foot">{ size.to_owned() }</span>
        </button>
    }
}

/// Opens a dropped file, or dropped text.
fn take_dropped(data: &DataTransfer, act: &Callback<UiAction>) {
    let file = data.files().and_then(|files| files.item(0));
    let Some(file) = file else {
        let text = data.get_data("text/plain").unwrap_or_default();
        if !text.trim().is_empty() {
            act.emit(UiAction::Opened(Opening::Pasted(text.into())));
        }
        return;
    };
    let act = act.clone();
    browser::read_file(&file, move |text| {
        act.emit(match text {
            Some(text) => UiAction::Opened(Opening::Pasted(text.into())),
            None => UiAction::Floating(FloatingAction::Tell(Notice::bad("The file could not be read."))),
        });
    });
}
