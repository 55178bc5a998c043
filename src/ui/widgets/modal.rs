//! A dialog: the browser's own, with its focus trap, its Escape key, and the focus back where it was.

use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

/// What a dialog is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Its accessible name.
    pub label: AttrValue,
    /// Its class.
    #[prop_or(AttrValue::Static("dialog"))]
    pub class: AttrValue,
    /// It was closed: Escape, a click beside it.
    pub on_close: Callback<()>,
    /// What it holds.
    pub children: Html,
}

/// Shows a dialog above the page as long as it is rendered.
#[component]
pub fn Modal(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = gloo::utils::document().active_element();
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // It is refused only for a dialog that is shown already.
                drop(dialog.show_modal());
            }
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
                let before =
                    before.and_then(|element| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(element).ok());
                if let Some(element) = before {
                    drop(element.focus());
                }
            }
        });
    }
    let on_cancel = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            on_close.emit(());
        })
    };
    let on_click = {
        let (on_close, node) = (props.on_close.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            // Only the backdrop belongs to the dialog element itself.
            let beside = event.target() == node.get().map(Into::into);
            if beside {
                on_close.emit(());
            }
        })
    };
    html! {
        <dialog ref={node} class="modal" aria-label={props.label.clone()} oncancel={on_cancel} onclick={on_click}>
            <div class={props.class.clone()}>{ props.children.clone() }</div>
        </dialog>
    }
}
