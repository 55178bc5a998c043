//! The Yew page.
use yew::prelude::*;

/// Mounts the app on the document's body.
pub fn mount() {
    yew::Renderer::<App>::new().render();
}

#[component]
fn App() -> Html {
    html! { <main>{ "DaemonSet Playground" }</main> }
}
