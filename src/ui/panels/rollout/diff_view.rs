use super::diff::{Diff, DiffLine};
use crate::ui::browser::show_in;
use crate::ui::widgets::rev_tag;
use yew::prelude::*;

/// What the view is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Two revisions.
    pub diff: Diff,
}

/// The lines of two revisions, read-only.
#[component]
pub fn DiffView(props: &Props) -> Html {
    let Diff { from, to, added, removed, lines } = &props.diff;
    // The first line that differs is in sight.
    use_effect_with((*from, *to), |_| {
        show_in(".panel--edit > .code", ".code-line:is(.is-added, .is-removed)")
    });
    html! {
        <>
            <div class="path">
                { rev_tag(*from) }{ " → " }{ rev_tag(*to) }{ " " }<b>{ "spec.template" }</b>{ format!(" +{added} −{removed}") }
            </div>
            <div class="code" tabindex="0" role="region" aria-label={format!("Revision {from} against {to}")}>
                { for lines.iter().map(line) }
            </div>
        </>
    }
}

fn line(line: &DiffLine) -> Html {
    let class = match line.sign {
        "+" => "code-line is-added",
        "−" => "code-line is-removed",
        _ => "code-line",
    };
    let number = line.number.map(|number| number.to_string()).unwrap_or_default();
    html! {
        <div {class}>
            <span class="num">{ number }</span><span class="sign">{ line.sign }</span><span class="text">{ &line.text }</span>
        </div>
    }
}
