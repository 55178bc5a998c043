//! A choice of one among several in a list that opens.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What the choice is given.
#[derive(Properties, PartialEq)]
pub struct ChoiceProps {
    /// The options in words.
    pub options: Vec<AttrValue>,
    /// Which of them is chosen.
    pub chosen: Option<usize>,
    /// Another one is to be.
    pub on_choose: Callback<usize>,
    /// To find it by.
    #[prop_or_default]
    pub id: Option<&'static str>,
    /// Its accessible name, where no label around it gives it one.
    #[prop_or_default]
    pub name: Option<&'static str>,
    /// For the styles.
    #[prop_or("mono")]
    pub class: &'static str,
    /// Whether something is wrong with it.
    #[prop_or_default]
    pub is_wrong: bool,
}

/// The choice. It shows what is chosen, whatever the user picked in it last: of that the attributes of its options would
/// say nothing to the browser any more.
#[component]
pub fn Choice(props: &ChoiceProps) -> Html {
    let place = use_node_ref();
    let chosen = props.chosen.and_then(|chosen| i32::try_from(chosen).ok()).unwrap_or(-1);
    {
        let place = place.clone();
        use_effect(move || {
            if let Some(select) = place.cast::<HtmlSelectElement>() {
                select.set_selected_index(chosen);
            }
        });
    }
    let onchange = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            let picked = usize::try_from(select.selected_index());
            // It may be refused: then nothing is drawn anew.
            select.set_selected_index(chosen);
            if let Ok(picked) = picked {
                on_choose.emit(picked);
            }
        })
    };
    html! {
        <select ref={place} id={props.id} class={props.class} aria-label={props.name} {onchange} aria-invalid={props.is_wrong.then_some("true")}>
            { for props.options.iter().map(|option| html! { <option>{ option }</option> }) }
        </select>
    }
}
