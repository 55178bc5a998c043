use super::Given;
use super::model::{action, answer};
use crate::ui::browser;
use crate::ui::state::{FloatingAction, UiAction};
use crate::ui::widgets::Modal;
use wasm_bindgen::closure::Closure;
use web_sys::Element;
use yew::prelude::*;

/// What a sheet is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What it reads.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// Which sheet.
    pub kind: &'static str,
    /// Its accessible name.
    pub label: &'static str,
}

/// A sheet, as its script draws it. It is about the state as it was when it opened.
#[component]
pub fn SheetHost(props: &Props) -> Html {
    let host = use_node_ref();
    let close = props.act.reform(|()| UiAction::Floating(FloatingAction::Close));
    {
        let (host, given, kind) = (host.clone(), props.given.clone(), props.kind);
        let act = props.act.clone();
        use_effect_with((), move |()| {
            let ask = Closure::<dyn FnMut(String, String) -> String>::new(move |what: String, of: String| {
                if let Some(action) = action(&what, &of) {
                    act.emit(action);
                }
                answer(&given, &what, &of)
            });
            if let Some(host) = host.cast::<Element>() {
                browser::sheet(&host, kind, &ask);
            }
            move || drop(ask)
        });
    }
    html! {
        <Modal label={props.label} class="dialog sheet" on_close={close}>
            <div class="sheet-body" ref={host} />
        </Modal>
    }
}
