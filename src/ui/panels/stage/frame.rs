//! The frame of the views of the cluster: the DaemonSet's counters, the choice of a view, what the user is told.

use super::model::{SetColumn, head};
use crate::api::{EcoString, ObjectKey};
use crate::examples::ASKED;
use crate::explain::{self, unsettled};
use crate::session::{Act, DocumentName, ShownRun};
use crate::sim::{RunEnd, StepNo};
use crate::ui::browser;
use crate::ui::figures::Emphasis;
use crate::ui::panels::predict::{self, guess_bar};
use crate::ui::state::{
    Dialog, FloatingAction, Mode, Notice, Page, Panel, PanelProps, PredictAction, Selection, Storing,
    UiAction, UiState, ViewAction,
};
use crate::ui::widgets::{Choice, emit, icon, icon_small, named, pieces};
use yew::prelude::*;

/// What the frame reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The views.
    pub panels: Vec<&'static Panel>,
    /// The one that is shown.
    pub shown: &'static Panel,
    /// The run.
    pub run: ShownRun,
    /// The DaemonSet that is counted.
    pub set: Option<ObjectKey>,
    /// What Why? is about.
    pub selection: Selection,
    /// Whether the shown step has a scene of its own, and whether that is shown.
    pub scene: (bool, bool),
    /// The nodes that are chosen together.
    pub chosen: Vec<EcoString>,
    /// Whether a first visit begins.
    pub welcome: bool,
    /// What the user is told.
    pub notice: Option<Notice>,
    /// Whose it is.
    pub mode: Mode,
    /// Whether it is stored.
    pub storing: Storing,
    /// How far a stored run is taken again.
    pub resuming: Option<(StepNo, StepNo)>,
    /// How a run ended that does not settle.
    pub unsettled: Option<RunEnd>,
    /// A text of which nothing can be used.
    pub unread: Option<DocumentName>,
    /// What one guesses.
    pub guess: Option<predict::model::Model>,
}

impl Given {
    /// Whether the scene of the step can be chosen: where one guesses the nodes stand in its place.
    fn offers_scene(&self) -> bool {
        self.scene.0 && self.guess.is_none()
    }

    /// Of what the page shows.
    pub fn of(state: &UiState, panels: Vec<&'static Panel>, shown: &'static Panel) -> Self {
        let is_unread = |name: &DocumentName| {
            let document = state.session.documents.get(*name);
            document.errors() > 0 && document.read.objects.is_empty() && document.is_dirty()
        };
        Given {
            panels,
            shown,
            run: state.session.shown_run(),
            set: state.shown_set(),
            selection: state.view.selection.clone(),
            scene: (state.has_scene(), state.shows_scene()),
            chosen: state.chosen().cloned().collect(),
            welcome: state.prefs.welcome,
            notice: state.floating.notice.clone(),
            mode: state.mode,
            storing: state.storage.storing,
            resuming: state.session.resuming(),
            unsettled: state.moving.unsettled.clone(),
            unread: DocumentName::ALL.into_iter().find(is_unread),
            guess: predict::model::model(&state.asking(), state.guessing()),
        }
    }
}

/// What stands above the view that is shown.
#[component]
pub fn StageHead(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let Given { run, set, .. } = given;
    let head = use_memo((run.clone(), set.clone()), |(run, set)| head(run, set.as_ref()));
    html! {
        <>
            <div class={classes!("stage-bar", given.offers_scene().then_some("has-scene"))}>
                { set_choice(&head.sets, head.set.as_ref(), act) }
                { set_buttons(head.set.as_ref(), &given.selection, act) }
                if head.counts.is_empty() {
                    // What one guesses may be about the one that comes.
                    if given.guess.is_none() {
                        <span class="muted">{ "No DaemonSet in this cluster." }</span>
                    }
                } else {
                    <dl class="counts" aria-label="kubectl get ds">{ for head.counts.iter().map(count) }</dl>
                }
                <span class="grow" />
                { view_choice(given, act) }
                <button class="button button--small guess-first" aria-pressed={given.guess.is_some().to_string()} title="Guess what happens, then run (G)"
                    onclick={emit(act, if given.guess.is_some() { UiAction::Predict(PredictAction::End) } else { UiAction::View(ViewAction::Show(&predict::PANEL)) })}>
                    { icon_small(predict::PANEL.icon) }{ predict::PANEL.name }
                </button>
                <button class="button button--small add-node" title="Add a node: playground add nodes -f -" onclick={emit(act, UiAction::Session(Act::AddNode))}>
                    { icon_small("i-plus") }<span class="visually-hidden">{ "Add a node" }</span>
                </button>
            </div>
            // An open question is not answered here.
            { banners(given, head.nobody && given.guess.as_ref().is_none_or(|guess| guess.answered.is_some() || !guess.can_guess), act) }
            if given.welcome { { welcome(act) } }
            { chosen_together(&given.chosen, act) }
            if let Some(guess) = &given.guess { { guess_bar(guess, act) } }
        </>
    }
}

/// How many nodes are chosen together, and what can be done with them.
fn chosen_together(chosen: &[EcoString], act: &Callback<UiAction>) -> Html {
    let Some(first) = chosen.first() else { return html! {} };
    let nodes = chosen.len();
    let menu = UiAction::Floating(FloatingAction::Ask(Dialog::NodeMenu(first.clone())));
    html! {
        <div class="chosen-bar" role="status">
            <span class="grow">{ format!("{} chosen", explain::count(nodes, "node")) }</span>
            <button class="button button--small" onclick={emit(act, menu)}>{ "Node menu" }</button>
            <button class="button button--small" title="Esc" onclick={emit(act, UiAction::View(ViewAction::Unmark))}>{ "Clear" }</button>
        </div>
    }
}

/// What a first visit begins with.
fn welcome(act: &Callback<UiAction>) -> Html {
    let ask = UiAction::View(ViewAction::Select(Selection::Node(ASKED.into())));
    let begin = UiAction::Session(Act::Seek(1));
    let page = |page| emit(act, UiAction::View(ViewAction::Page(page)));
    html! {
        <section class="welcome" aria-label="Welcome">
            <p>{ "A DaemonSet runs one pod on every node that fits. This one is running." }</p>
            <h2><span class="mono">{ ASKED }</span>{ " has no pod. Why?" }</h2>
            <div class="welcome-acts">
                <button class="button button--primary" onclick={emit(act, ask)}>{ "Show me why" }</button>
                <button class="button" onclick={emit(act, begin)}>{ "Step through it" }</button>
                <button class="button" onclick={page(Page::Gallery)}>{ "Examples" }</button>
                <button class="button" onclick={page(Page::Lessons)}>{ "Lessons" }</button>
            </div>
        </section>
    }
}

/// The choice between the views, and a step's own scene where it has one.
fn view_choice(given: &Given, act: &Callback<UiAction>) -> Html {
    let Given { panels, shown, scene: (has_scene, shows_scene), .. } = given;
    let shows_scene = *shows_scene && given.guess.is_none();
    if panels.len() < 2 && !has_scene {
        return html! {};
    }
    let choice = |is_on: bool, sign: &'static str, word: &'static str, panel: &'static Panel, scene: bool| {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if !is_on {
                act.emit(UiAction::View(ViewAction::Show(panel)));
                act.emit(UiAction::View(ViewAction::Scene(scene)));
            }
        });
        let title = panel
            .key
            .filter(|_| word == panel.name)
            .map(|(key, told)| format!("{told} ({})", key.to_ascii_uppercase()));
        html! { <button aria-pressed={is_on.to_string()} data-panel={panel.id} {title} {onclick}>{ icon_small(sign) }{ word }</button> }
    };
    let nodes = panels.iter().copied().find(|panel| panel.id == super::NODES.id);
    let scene = shown.id == super::NODES.id && shows_scene;
    html! {
        <div class="segmented segmented--tight" role="group" aria-label="Stage">
            if let Some(nodes) = nodes.filter(|_| given.offers_scene()) { { choice(scene, "i-fit", "Preemption", nodes, true) } }
            { for panels.iter().copied().map(|panel| {
                let is_nodes = panel.id == super::NODES.id;
                choice(panel == *shown && !(is_nodes && scene), panel.icon, panel.name, panel, !is_nodes)
            }) }
            <span class="visually-hidden" role="status">{ shown.name }</span>
        </div>
    }
}

/// Asks Why? of the DaemonSet, or what can be done to it.
fn set_buttons(set: Option<&ObjectKey>, shown: &Selection, act: &Callback<UiAction>) -> Html {
    let Some(set) = set else { return html! {} };
    let selection = Selection::Set(set.clone());
    let is_on = *shown == selection;
    let action = UiAction::View(ViewAction::Select(if is_on { Selection::Step } else { selection }));
    let menu = UiAction::Floating(FloatingAction::Ask(Dialog::SetMenu(set.clone())));
    html! {
        <>
            <button class="button button--small why-set" aria-pressed={is_on.to_string()} onclick={emit(act, action)}
                title={format!("Why? of {set}")}>{ "Why?" }<span class="visually-hidden">{ format!(" {set}") }</span></button>
            <button class="button button--quiet set-menu" onclick={emit(act, menu)}
                title={format!("Menu of {set}")}>{ icon("i-more") }<span class="visually-hidden">{ format!("Menu of {set}") }</span></button>
        </>
    }
}

fn count(count: &SetColumn) -> Html {
    let class = match (count.heading, count.tone) {
        ("UP-TO-DATE", Emphasis::Plain) => "phone-hide",
        ("UP-TO-DATE", _) => "phone-hide is-short",
        (_, Emphasis::Plain) => "",
        (_, Emphasis::Warn) => "is-short",
        (_, Emphasis::Bad) => "is-odd",
    };
    let told = format!("{} {}, as the controller told it last", count.heading, count.number);
    html! { <div class={class} title={told}><dt>{ count.heading }</dt><dd>{ count.number }</dd></div> }
}

fn set_choice(sets: &[ObjectKey], shown: Option<&ObjectKey>, act: &Callback<UiAction>) -> Html {
    if sets.len() < 2 {
        return html! {};
    }
    let on_choose = {
        let (act, sets) = (act.clone(), sets.to_vec());
        Callback::from(move |index: usize| act.emit(UiAction::View(ViewAction::Set(sets[index].clone()))))
    };
    let options = sets.iter().map(|key| named(key, sets).into()).collect::<Vec<AttrValue>>();
    let chosen = sets.iter().position(|key| shown == Some(key));
    html! { <Choice class="set-choice" name="DaemonSet" {options} {chosen} {on_choose} /> }
}

/// What the user is told besides the steps.
pub fn told_notice(notice: &Notice, act: &Callback<UiAction>) -> Html {
    banner(notice, html! {}, Some(act))
}

/// That nothing can be changed; where something was told besides, it is told in the same place.
#[cold]
#[inline(never)]
fn read_only(notice: Option<&Notice>, act: &Callback<UiAction>) -> Html {
    let always = Notice::plain("Read only: step and look. Nothing of it is stored.");
    let link = html! { <a class="button button--small" href={browser::own_address()}>{ "Make a copy" }</a> };
    banner(notice.unwrap_or(&always), link, notice.map(|_| act))
}

/// A notice with a link, and a button that closes it where it can be closed.
#[cold]
#[inline(never)]
fn banner(notice: &Notice, link: Html, closes: Option<&Callback<UiAction>>) -> Html {
    html! {
        <div class={classes!("banner", notice.bad.then_some("banner--bad"))} role="status">
            { icon(if notice.bad { "i-error" } else { "i-info" }) }
            <span class="grow">{ notice.text.clone() }</span>
            { link }
            if let Some(act) = closes {
                <button class="button button--small" onclick={emit(act, UiAction::Floating(FloatingAction::Read))}>{ "Close" }</button>
            }
        </div>
    }
}

fn banners(given: &Given, nobody: bool, act: &Callback<UiAction>) -> Html {
    let is_applied = !given.run.is_empty();
    html! {
        <>
            if given.mode == Mode::ReadOnly {
                { read_only(given.notice.as_ref(), act) }
            } else {
                { for given.notice.iter().map(|notice| told_notice(notice, act)) }
            }
            if given.storing == Storing::Contested {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow">{ "Another tab stored other work. Choose which one the page opens next time; the other one goes to the gallery." }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Stored(Storing::Chosen))}>{ "Keep this one" }</button>
                    <button class="button button--small" onclick={emit(act, UiAction::Stored(Storing::Yielding))}>{ "Open the other one" }</button>
                </div>
            }
            if let Some((done, all)) = given.resuming {
                <div class="banner">
                    { icon("i-info") }
                    // What changes many times a second is not read out.
                    <span class="visually-hidden" role="status">{ "The stored run is replayed." }</span>
                    <span class="grow">{ format!("Replaying the stored run: step {done} of {all}.") }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Abandon))}>{ "Stop here" }</button>
                </div>
            }
            if let Some(told) = given.unsettled.as_ref().and_then(|end| unsettled(&given.run, end)) {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow">{ pieces(&told) }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Forward))}>{ "Step once" }</button>
                </div>
            }
            if let Some(unread) = given.unread {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow">{ "Nothing in " }<code>{ unread.file() }</code>{ if is_applied { " can be used because of its errors. You see the cluster as it was applied last, and can still step." } else { " can be used because of its errors. Nothing is applied yet." } }</span>
                    if is_applied {
                        <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Revert))}>{ "Back to what was applied" }</button>
                    }
                </div>
            }
            if nobody {
                <div class="banner" role="status">
                    { icon("i-info") }
                    <span class="grow">{ if given.shown.id == super::NODES.id { "No node takes this DaemonSet: each card says why." } else { "No node takes this DaemonSet." } }</span>
                </div>
            }
        </>
    }
}
