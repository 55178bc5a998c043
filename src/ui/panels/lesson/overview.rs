//! All lessons and challenges.

use super::model::{Far, deeds, next};
use crate::lessons::{self, Chapter, Listing};
use crate::ui::browser::{focus, walk};
use crate::ui::state::{Learning, LearningAction, Page, Storing, UiAction, ViewAction, Wanted};
use crate::ui::widgets::{emit, icon, icon_small};
use std::rc::Rc;
use yew::prelude::*;

/// What the overview is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The lessons.
    pub learning: Learning,
    /// Whether what is learned is stored.
    pub storing: Storing,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// Which challenges are listed.
#[derive(Clone, Copy, PartialEq)]
enum Listed {
    All,
    Open,
    Solved,
}

/// The overview.
#[component]
pub fn Overview(props: &Props) -> Html {
    let Props { learning, storing, act } = props;
    let listed = use_state_eq(|| Listed::All);
    use_effect_with(learning.index.is_some(), |is_there| {
        if *is_there {
            focus(".go-on .button");
        }
    });
    let Some(index) = &learning.index else {
        let again = emit(act, UiAction::View(ViewAction::Page(Page::Lessons)));
        return html! {
            <main class="lessons">
                if learning.wanted == Some(Wanted::Index) {
                    <p class="muted" role="status">{ "Loading the lessons" }</p>
                } else {
                    <p role="status">{ "The lessons could not be loaded. Check the network connection." }</p>
                    <p><button class="button" onclick={again}>{ "Try again" }</button></p>
                }
            </main>
        };
    };
    let progress = &learning.progress;
    // The one that is open goes on as it stands.
    let open = |name: &str| match learning.open.as_ref().is_some_and(|open| open.lesson.name == name) {
        true => emit(act, UiAction::View(ViewAction::Page(Page::Cluster))),
        false => emit(act, UiAction::Learning(LearningAction::Open(name.to_owned()))),
    };
    let minutes: u32 = index.lessons().map(|lesson| lesson.minutes).sum();
    let go_on = next(index, progress).map(|listing| {
        let is_begun = Far::of(progress, &listing.name) == Far::Begun;
        let is_open = learning.open.as_ref().is_some_and(|open| open.lesson.name == listing.name);
        let onclick = open(&listing.name);
        html! {
            <div class="go-on">
                <span><small>{ if is_begun { "You were here" } else { "Next" } }</small><b>{ &listing.title }</b></span>
                <button class="button button--primary" {onclick}>{ if is_open { "Go on" } else if is_begun { "Begin again" } else { "Start" } }</button>
            </div>
        }
    });
    let row = |number: Option<usize>, listing: &Listing| {
        let far = Far::of(progress, &listing.name);
        let title = match number {
            Some(number) => format!("{number}. {}", listing.title),
            None => listing.title.clone(),
        };
        html! {
            <button class={classes!("lesson", (far == Far::Solved).then_some("is-solved"))} onclick={open(&listing.name)}>
                { icon_small(far.icon()) }
                <span class="lesson-title">{ title }<span class="visually-hidden">{ format!(", {}", far.word()) }</span>
                    if number.is_none() { <code class="phone-hide">{ &listing.shows }</code> }
                </span>
                if number.is_none() {
                    <span class="level" role="img" aria-label={format!("level {} of 3", listing.level)}>
                        { for (1..=3).map(|level| html! { <i class={(level <= listing.level).then_some("on")} /> }) }
                    </span>
                    <span class="muted phone-hide">{ format!("needs chapter {}", listing.needs) }</span>
                }
                if number.is_some() && far == Far::Shown { <span class="muted">{ far.word() }</span> }
                <span class="muted">{ format!("{} min", listing.minutes) }</span>
                if number.is_none() { <span class="muted phone-hide">{ deeds(progress, &listing.name) }</span> }
            </button>
        }
    };
    let mut number = 0;
    let mut chapter = |(place, chapter): (usize, &Chapter)| {
        let solved = chapter.lessons.iter().filter(|lesson| progress.is_solved(&lesson.name)).count();
        let rows: Html = chapter
            .lessons
            .iter()
            .map(|listing| {
                number += 1;
                row(Some(number), listing)
            })
            .collect();
        html! {
            <section class="chapter" onkeydown={walk(".lesson")}>
                <h2><span class="muted">{ place + 1 }</span>{ &chapter.title }<span class="grow" />
                    <span class={classes!("badge", (solved == chapter.lessons.len()).then_some("badge--good"))}>{ format!("{solved} of {}", chapter.lessons.len()) }</span>
                </h2>
                <p>{ &chapter.about }</p>
                { rows }
            </section>
        }
    };
    let is_listed = |listing: &&Listing| match *listed {
        Listed::All => true,
        Listed::Open => !progress.is_solved(&listing.name),
        Listed::Solved => progress.is_solved(&listing.name),
    };
    let choice = |which: Listed, word: &'static str| {
        let listed = listed.clone();
        let is_on = *listed == which;
        let onclick = Callback::from(move |_: MouseEvent| listed.set(which));
        html! { <button aria-pressed={is_on.to_string()} {onclick}>{ word }</button> }
    };
    html! {
        <main class="lessons"><div class="lessons-inner">
            <div class="lessons-head">
                <div class="grow">
                    <h1>{ "Lessons" }</h1>
                    <p class="lead">{ format!("{} lessons, about {minutes} minutes. Each is a small cluster with goals; they tick when the cluster gets there.", index.lessons().count()) }</p>
                </div>
                { go_on }
            </div>
            <div class="chapters">{ for index.chapters.iter().enumerate().map(&mut chapter) }</div>
            <section class="chapter challenges" onkeydown={walk(".lesson")}>
                <h2>{ "Challenges" }<span class="grow" />
                    <span class="segmented segmented--tight" role="group" aria-label="Which challenges">
                        { choice(Listed::All, "All") }{ choice(Listed::Open, "Open") }{ choice(Listed::Solved, "Solved") }
                    </span>
                </h2>
                <p>{ "You get the symptom, not the topic. Find the cause and repair it." }</p>
                { for index.challenges.iter().filter(is_listed).map(|listing| row(None, listing)) }
            </section>
            { foot(learning, *storing, act) }
        </div></main>
    }
}

fn foot(learning: &Learning, storing: Storing, act: &Callback<UiAction>) -> Html {
    let words = match storing {
        Storing::Fails => "Progress is kept until you close this tab.",
        _ => "Progress is kept in this browser only.",
    };
    let make = |action: LearningAction, name: &'static str, words: String| {
        html! {
            <button class="button" onclick={emit(act, UiAction::Learning(action))}>{ icon(name) }{ words }</button>
        }
    };
    let go_on = |text: &Rc<str>| match lessons::read(&lessons::own_name(text), text).0.title {
        title if title.is_empty() => "Go on with your lesson".to_owned(),
        title => format!("Go on with “{title}”"),
    };
    html! {
        <p class="lessons-foot muted">
            { words }
            <button class="button button--link" onclick={emit(act, UiAction::Learning(LearningAction::Clear))}>{ "Clear" }</button>
            <span class="grow" />
            if let Some(words) = learning.written().map(go_on) {
                { make(LearningAction::Make, "i-file", words) }
                { make(LearningAction::Remake, "i-plus", "Make another of what is open".into()) }
            } else {
                { make(LearningAction::Make, "i-plus", "Make a lesson of what is open".into()) }
            }
        </p>
    }
}
