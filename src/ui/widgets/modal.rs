//! A dialog: the browser's own, with its focus trap, its Escape key, and the focus back where it was.

use crate::ui::browser;
use web_sys::{Element, HtmlDialogElement, HtmlElement};
use yew::prelude::*;

/// What a dialog is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Its accessible name.
    pub label: AttrValue,
    /// Its class.
    #[prop_or(AttrValue::Static("dialog"))]
    pub class: AttrValue,
    /// Whether it stands beside what had the focus, as a menu does.
    #[prop_or_default]
    pub beside: bool,
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
        let (node, beside) = (node.clone(), props.beside);
        use_effect_with((), move |()| {
            let before = browser::focused();
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // It is refused only for a dialog that is shown already.
                drop(dialog.show_modal());
                // It gives the focus to a button, which may be the last thing in it: one begins to read at the top.
                dialog.set_scroll_top(0);
                if let Some(content) = dialog.first_element_child() {
                    content.set_scroll_top(0);
                }
                if let Some(before) = before.as_ref().filter(|_| beside) {
                    place(dialog, before);
                }
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
        <dialog ref={node} class={classes!("modal", props.beside.then_some("modal--beside"))} aria-label={props.label.clone()} oncancel={on_cancel} onclick={on_click}>
            <div class={props.class.clone()}>{ props.children.clone() }</div>
        </dialog>
    }
}

/// Puts a dialog at the right of an element, inside the window.
fn place(dialog: &HtmlDialogElement, element: &Element) {
    let (anchor, own) = (element.get_bounding_client_rect(), dialog.get_bounding_client_rect());
    let (_, height) = browser::page_size();
    // It stays in sight where the page becomes less wide.
    let left = format!("max(8px, min({}px, 100% - {}px))", anchor.right() - own.width(), own.width() + 8.0);
    let top = (anchor.top() + 32.0).min(height - own.height() - 8.0).max(8.0);
    let style = dialog.style();
    for (property, value) in [("margin", "0".to_owned()), ("left", left), ("top", format!("{top}px"))] {
        // A length is a valid value.
        drop(style.set_property(property, &value));
    }
}
