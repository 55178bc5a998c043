use super::pod::{Chip, Priority};
use crate::api::ObjectKey;
use crate::explain::PodStage;
use crate::explain::revision_name;
use crate::ui::state::{Dialog, FloatingAction, Selection, UiAction, ViewAction};
use crate::ui::widgets::{about, hue, icon, sized};
use yew::prelude::*;

fn priority(priority: Option<Priority>) -> Html {
    match priority {
        None => html! {},
        Some(priority) => html! {
            <>{ sized(priority.icon(), "icon prio") }<span class="visually-hidden">{ priority.words() }</span></>
        },
    }
}

/// Clicking a pod selects it; its menu opens as a node's does.
fn pod_events(
    key: &ObjectKey,
    act: &Callback<UiAction>,
) -> (Callback<MouseEvent>, Callback<MouseEvent>, Callback<KeyboardEvent>) {
    let on_click = {
        let (act, key) = (act.clone(), key.clone());
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            act.emit(UiAction::View(ViewAction::Select(Selection::Pod(key.clone()))));
        })
    };
    let on_menu = {
        let (act, key) = (act.clone(), key.clone());
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            event.stop_propagation();
            act.emit(UiAction::Floating(FloatingAction::Ask(Dialog::PodMenu(key.clone()))));
        })
    };
    let on_key = {
        let (act, key) = (act.clone(), key.clone());
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "m" | "M" | "Delete") {
                event.prevent_default();
                event.stop_propagation();
                act.emit(UiAction::Floating(FloatingAction::Ask(Dialog::PodMenu(key.clone()))));
            }
        })
    };
    (on_click, on_menu, on_key)
}

/// How a chip stands out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// The marked step touched it.
    pub touched: bool,
    /// Why? is about it.
    pub chosen: bool,
}

impl Marks {
    fn classes(self) -> Classes {
        classes!(self.touched.then_some("is-touched"), self.chosen.then_some("is-chosen"))
    }
}

/// A pod.
pub fn pod(chip: &Chip, marks: Marks, tab: &'static str, act: &Callback<UiAction>) -> Html {
    match chip.revision {
        Some(revision) => daemon(chip, revision, marks, tab, act),
        None => other(chip, marks, tab, act),
    }
}

/// A pod of the shown DaemonSet.
fn daemon(chip: &Chip, revision: i64, marks: Marks, tab: &'static str, act: &Callback<UiAction>) -> Html {
    let (onclick, oncontextmenu, onkeydown) = pod_events(&chip.key, act);
    let classes = classes!(
        "pod",
        "pod--daemon",
        format!("pod--r{}", hue(revision)),
        format!("pod--{}", chip.stage.name()),
        marks.classes(),
    );
    let told = match revision > 0 {
        true => format!("Made from revision {revision} of the pod template"),
        false => "Made from no revision that is there".to_owned(),
    };
    html! {
        <button class={classes} tabindex={tab} {onclick} {oncontextmenu} {onkeydown}
            data-about={about(&chip.key)} title={chip.key.name.to_string()}>
            <span class="rev" title={told}>{ revision_name(revision) }</span>
            { icon(&format!("p-{}", chip.stage.name())) }
            <span class="name"><i>{ chip.stem.clone() }</i><b>{ chip.name.clone() }</b></span>
            { priority(chip.priority) }
            <span class="state">{ chip.leaves.clone().unwrap_or_else(|| chip.state.clone()) }</span>
        </button>
    }
}

/// Any other pod.
fn other(chip: &Chip, marks: Marks, tab: &'static str, act: &Callback<UiAction>) -> Html {
    let (onclick, oncontextmenu, onkeydown) = pod_events(&chip.key, act);
    let classes = classes!(
        "pod",
        "pod--other",
        chip.is_daemon.then_some("is-daemon"),
        format!("pod--{}", chip.stage.name()),
        marks.classes()
    );
    let told = !matches!(chip.stage, PodStage::Ready);
    html! {
        <button class="pod-hit" tabindex={tab} {onclick} {oncontextmenu} {onkeydown} data-about={about(&chip.key)}
            title={format!("{}/{}: {}", chip.key.namespace, chip.key.name, chip.state)}>
            <span class={classes}>
                { icon(&format!("p-{}", chip.stage.name())) }
                <span class="name">{ chip.name.clone() }</span>
                { priority(chip.priority) }
                if told { <span class="state">{ chip.leaves.clone().unwrap_or_else(|| chip.state.clone()) }</span> }
            </span>
        </button>
    }
}
