//! A lesson that is being written: its lines and its text, and how its goals stand in the shown cluster.

use super::goal::row;
use crate::ui::Shared;
use crate::ui::browser::download;
use crate::ui::state::{LearningAction, LessonDraft, UiAction};
use crate::ui::widgets::{emit, icon};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// What the form is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The lesson.
    pub draft: Shared<LessonDraft>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// The form.
#[component]
pub fn Make(props: &Props) -> Html {
    let Props { draft, act } = props;
    let on_input = act.reform(|event: InputEvent| {
        let text = event.target_dyn_into::<HtmlTextAreaElement>().map(|area| area.value());
        UiAction::Learning(LearningAction::Write(text.unwrap_or_default().into()))
    });
    let on_save = {
        let draft = draft.clone();
        Callback::from(move |_: MouseEvent| {
            let name: String =
                draft.lesson.title.to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
            download(&format!("{name}.txt"), &draft.source);
        })
    };
    html! {
        <section class="panel panel--task" aria-label="A lesson of your own">
            <header class="task-head"><h2>{ "A lesson of your own" }</h2></header>
            <div class="task-scroll task-make">
                <label for="lesson-source">{ "Title, goals, hints and text; below them the cluster in which it begins." }</label>
                <textarea id="lesson-source" spellcheck="false" value={draft.source.to_string()} oninput={on_input} />
                if draft.mistakes.is_empty() {
                    <p role="status">{ "The lesson has no mistakes. Save it to a file, or try it and then choose Share. In the shown cluster:" }</p>
                } else {
                    <div class="no" role="status">{ for draft.mistakes.iter().map(|mistake| html! {
                        <p>{ format!("Line {}: {}", mistake.line, mistake.message) }</p>
                    }) }</div>
                }
                <ul class="goals">
                    { for draft.lesson.goals.iter().zip(draft.verdicts.iter()).map(|(goal, verdict)| row(goal, verdict, act)) }
                </ul>
            </div>
            <footer class="task-foot">
                <button class="button" onclick={emit(act, UiAction::Learning(LearningAction::Unmake))}>{ "Close" }</button>
                <button class="button button--quiet" title="Make another lesson of the cluster as it is now" onclick={emit(act, UiAction::Learning(LearningAction::Remake))}>{ "Start over" }</button>
                <span class="grow" />
                <button class="button" onclick={on_save}>{ icon("i-file") }{ "Save to a file" }</button>
                <button class="button button--primary" onclick={emit(act, UiAction::Learning(LearningAction::Try))}>{ "Try it" }</button>
            </footer>
        </section>
    }
}
