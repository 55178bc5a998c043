//! The Yew page.
use yew::prelude::*;

/// Mounts the app in `index.html`'s `#app`, in place of the loading state. The icons beside it stay.
pub fn mount() {
    if let Some(root) = gloo::utils::document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(root).render();
    }
}

#[component]
fn App() -> Html {
    html! { <main>{ "DaemonSet Playground" }</main> }
}
