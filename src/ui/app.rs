//! The app: the state, the panels, and what has effects outside of them.

use super::Shared;
use super::browser;
use super::keys::{Focus, Press, action};
use super::list::{self, PANELS};
use super::panels::dialogs::{self, Dialogs};
use super::panels::dock::{self, DockTabs, Grip};
use super::panels::editor::{self, Typed};
use super::panels::gallery::Gallery;
use super::panels::lesson::Overview;
use super::panels::share::{self, SheetHost};
use super::panels::stage::{Head, StageHead, told_notice};
use super::panels::topbar::{self, Topbar};
use super::panels::transport::{self, TransportPanel};
use super::state::{
    COMPARING, Dialog, FloatingAction, Height, LearningAction, Mode, Motion, MotionAction, Notice, Page,
    Panel, PrefsAction, Slot, Storing, UiAction, UiState, ViewAction, next_slice, no_room,
};
use super::widgets::{ONE_PANEL, icon, sized, use_whole};
use crate::explain::count;
use crate::session::{Act, FoundWork, Saved};
use gloo::timers::callback::{Interval, Timeout};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

/// Milliseconds after a change until the work is stored.
const STORE_PAUSE: u32 = 400;

/// Milliseconds after which a page that still works is taken to be well.
const WELL: u32 = 3_000;

impl Reducible for UiState {
    type Action = UiAction;
    fn reduce(self: Rc<Self>, action: UiAction) -> Rc<Self> {
        self.reduced(action)
    }
}

/// Mounts the app in `index.html`'s `#app`, in place of the loading state. The icons beside it stay.
pub fn mount() {
    browser::catch_panics();
    if let Some(root) = gloo::utils::document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(root).render();
    }
}

/// The state to begin with: the stored work, or the first example.
fn begin() -> UiState {
    let prefs = browser::load_prefs();
    let arrived = browser::arrived();
    match &arrived {
        Some((mode, Ok(link))) if mode.is_read_only() => {
            browser::look_only();
            return UiState::blank(prefs, Vec::new()).with_link(link, *mode, PANELS);
        }
        Some((Mode::Embedded, Err(told))) => {
            browser::look_only();
            let mut state = UiState::blank(prefs, Vec::new()).with_example();
            state.mode = Mode::Embedded;
            state.floating.notice = Some(no_link(told));
            return state;
        }
        _ => {}
    }
    let (FoundWork { work, kept, unread }, trouble) = browser::load();
    let blank = UiState::blank(prefs, kept);
    let mut state = match work {
        Some(work) => troubled(blank, work, trouble),
        None => blank.with_example(),
    };
    if unread && state.floating.notice.is_none() {
        let text = "Your stored work could not be read. It stays in the browser’s storage.";
        state.floating.notice = Some(Notice::bad(text));
    }
    if browser::was_beside() && state.floating.notice.is_none() {
        let text =
            "Another tab had stored other work, and that is open here. What this tab had is in the gallery.";
        state.floating.notice = Some(Notice::plain(text));
    }
    state = state.with_learning(browser::load_learning());
    match arrived {
        Some((mode, Ok(link))) => state.with_link(&link, mode, PANELS),
        Some((_, Err(told))) => {
            state.floating.notice = Some(no_link(&told));
            state
        }
        // Whoever was writing a lesson writes on.
        None if browser::was_writing() => state.with_draft(),
        None => state,
    }
}

fn no_link(told: &str) -> Notice {
    Notice::bad(format!("The link cannot be opened. {told}"))
}

/// Stored work, opened with the more care the more often the page crashed with it.
fn troubled(blank: UiState, work: Saved, trouble: u32) -> UiState {
    let (mut state, text) = match trouble {
        0 => return blank.with_work(&work),
        1 => (blank.with_work(&work), "The page stopped last time. Your work is back."),
        // The run may be what goes wrong: the texts come back, the run begins anew.
        2 => (
            blank.with_work(&work.begun_anew()),
            "The page stopped twice. Your texts are back. The run starts again from step 0.",
        ),
        _ => {
            let mut state = blank.with_example();
            state.storage.set_aside(work);
            (state, "The page stopped again. Your work is in the gallery as “Your last work”.")
        }
    };
    state.floating.notice = Some(Notice::bad(text));
    state
}

#[component]
fn App() -> Html {
    let store = use_reducer(begin);
    let state = use_memo(store.version, |_| UiState::clone(&store));
    let state = Shared(state);
    let typed = use_memo((), |()| Typed::default());
    let act = {
        let (dispatcher, typed) = (store.dispatcher(), typed.clone());
        use_callback((), move |action: UiAction, ()| {
            if action.reads_texts()
                && let Some(edit) = typed.take()
            {
                dispatcher.dispatch(edit);
            }
            dispatcher.dispatch(action);
        })
    };

    let is_read_only = state.mode.is_read_only();
    use_effect_with(state.prefs, move |prefs| {
        browser::show_theme(prefs.theme.name(), prefs.projector);
        browser::show_dock(prefs.dock);
        if !is_read_only {
            browser::store_prefs(*prefs);
        }
    });
    use_effect_with(state.view.slot, |slot| browser::show_slot(slot.name()));
    use_keys((state.prefs.letters, state.view.page, state.mode), &act);
    use_effect_with((), |()| {
        let listeners = (browser::mark_partners(), browser::follow_hand());
        move || drop(listeners)
    });
    use_address(state.view.page, state.choices, &act);
    {
        let act = act.clone();
        use_effect_with(state.wanted.clone(), move |wanted| {
            let Some((book, typed)) = wanted.clone() else { return };
            browser::fetch(book.address(), move |text| {
                act.emit(UiAction::Session(Act::Learn(book, text.map(Into::into), typed)));
            });
        });
    }
    use_lessons(&state, &act);
    use_motion(&state, &act);
    use_storage(&state, &typed, &act);

    let rail = !state.view.editor_open;
    let slot = state.view.slot;
    let height = match state.view.height() {
        Height::Low => None,
        Height::Half => Some("app--half"),
        Height::High => Some("app--high"),
    };
    // The cluster's head has it where that is seen.
    let notice = state.floating.notice.as_ref().map(|notice| told_notice(notice, &act));
    let tabs: Vec<_> = list::of(Slot::Side).chain(list::of(Slot::Dock)).collect();
    let comparing = PANELS.iter().find(|panel| panel.id == COMPARING);
    let main = html! {
        <div class={classes!("app", height, rail.then_some("app--rail"), list::is_wide(&state).then_some("app--wide"), state.learning.is_shown().then_some("app--lesson"), (slot == Slot::Side).then_some("is-editing"))}>
            <Topbar given={topbar::Given::of(&state, &tabs, comparing)} act={act.clone()} />
            if state.learning.is_shown() { { drawn(Slot::Task, &state, &act) } }
            if state.view.editor_open {
                { drawn(Slot::Side, &state, &act) }
            } else {
                { folded(&act) }
            }
            { stage(&state, &act) }
            { for notice.clone().filter(|_| hides_stage(slot, state.prefs.projector)) }
            { drawn(Slot::Right, &state, &act) }
            <footer class={classes!("dock", (slot == Slot::Dock).then_some("is-logging"))}>
                <Grip share={state.dock_share()} act={act.clone()} />
                <TransportPanel given={transport::Given::of(&state)} act={act.clone()} />
                { dock(&state, &act) }
            </footer>
            { phone_tabs(&state, &act) }
        </div>
    };
    // Only what is printed has it: the editor's own lines are there only where they are seen.
    let handout = html! {
        <section class="handout" aria-hidden="true"><h2>{ "manifest.yaml" }</h2><pre>{ AttrValue::from(Rc::clone(&state.session.documents.manifest.text)) }</pre></section>
    };
    html! {
        <ContextProvider<Shared<Typed>> context={Shared(typed)}>
            if state.mode == Mode::Embedded {
                { embedded(&state, &act) }
            } else if state.view.page == Page::Gallery {
                <div class="app app--empty">
                    <Topbar given={topbar::Given::of(&state, &[], None)} act={act.clone()} />
                    { for notice.clone() }
                    <Gallery kept={state.storage.kept.clone()} act={act.clone()} />
                </div>
            } else if state.view.page == Page::Lessons {
                <div class="app app--empty">
                    <Topbar given={topbar::Given::of(&state, &[], None)} act={act.clone()} />
                    { for notice.clone() }
                    <Overview learning={state.learning.clone()} storing={state.storage.storing} act={act.clone()} />
                </div>
            } else {
                { main }
                { handout }
            }
            { sheet(&state, &act) }
            <Dialogs given={dialogs::Given::of(&state)} act={act.clone()} panels={PANELS.iter().collect::<Vec<_>>()} />
        </ContextProvider<Shared<Typed>>>
    }
}

/// The sheet that is open, if one is.
fn sheet(state: &UiState, act: &Callback<UiAction>) -> Html {
    let Some(Dialog::Sheet(sheet)) = &state.floating.dialog else { return Html::default() };
    let (kind, label) = sheet.names();
    html! { <SheetHost key={kind} given={share::Given::of(state)} act={act.clone()} {kind} {label} /> }
}

/// The page inside of another one.
fn embedded(state: &UiState, act: &Callback<UiAction>) -> Html {
    html! {
        <div class="app app--embed">
            <header class="topbar">
                <h1 class="brand">{ sized("i-brand", "brand-sign") }{ state.title().to_owned() }</h1>
                <span class="topbar-middle" />
                <a class="button" href={browser::own_address()} target="_blank" rel="noopener">{ "Open in full" }</a>
            </header>
            { stage(state, act) }
            { drawn(Slot::Right, state, act) }
            <footer class="dock"><TransportPanel given={transport::Given::of(state)} act={act.clone()} /></footer>
            { phone_tabs(state, act) }
        </div>
    }
}

/// The view of the cluster that is shown, in its frame.
fn stage(state: &UiState, act: &Callback<UiAction>) -> Html {
    let Some(shown) = list::shown(Slot::Stage, state) else { return html! {} };
    let given = Head::of(state, list::of(Slot::Stage).collect(), shown);
    html! {
        <main class="stage-main">
            <section class="panel panel--stage" aria-label="Cluster">
                <StageHead {given} act={act.clone()} />
                { (shown.draw)(state, act) }
            </section>
        </main>
    }
}

/// The panels beside the transport: their tabs, and the one that is shown.
fn dock(state: &UiState, act: &Callback<UiAction>) -> Html {
    let Some(shown) = list::shown(Slot::Dock, state) else { return html! {} };
    let names: Vec<&str> = list::of(Slot::Dock).map(|panel| panel.name).collect();
    html! {
        <section class="log" aria-label={names.join(", ")}>
            <DockTabs given={dock::Given::of(state, list::of(Slot::Dock), shown)} act={act.clone()} />
            { (shown.draw)(state, act) }
        </section>
    }
}

/// Whether the cluster is out of sight, as something else has its place (`static/css/responsive.css`).
fn hides_stage(slot: Slot, projector: bool) -> bool {
    match slot {
        Slot::Stage => false,
        Slot::Side => projector || browser::is_narrow("68rem"),
        _ => browser::is_narrow(ONE_PANEL),
    }
}

fn drawn(slot: Slot, state: &UiState, act: &Callback<UiAction>) -> Html {
    list::shown(slot, state).map_or_else(Html::default, |panel| (panel.draw)(state, act))
}

fn folded(act: &Callback<UiAction>) -> Html {
    let act = act.clone();
    let on_click = Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Editor)));
    html! {
        <nav class="rail" aria-label="Editor, folded">
            <button class="rail-tab" title="Show the editor (E)" onclick={on_click}>{ icon("i-file") }{ "manifest.yaml" }</button>
        </nav>
    }
}

fn phone_tabs(state: &UiState, act: &Callback<UiAction>) -> Html {
    let open = list::shown(state.view.slot, state).map(list::tab_of);
    let errors = state.session.documents.errors();
    let tab = |panel: &'static Panel| {
        let act = act.clone();
        // The first tab of a place opens the place with what is shown there, unless that has a tab of its own.
        let is_first = list::of(panel.slot).next() == Some(panel);
        let keeps = state.view.panel(panel.slot).is_none_or(|chosen| chosen == panel || !chosen.on_phone);
        let opens = if is_first && keeps { ViewAction::Slot(panel.slot) } else { ViewAction::Show(panel) };
        let on_click = Callback::from(move |event: MouseEvent| {
            // Who comes by keys goes on by keys: a panel that takes them gets the focus, for which it is in sight first.
            let by_keys = event.detail() == 0 && panel.slot == Slot::Dock;
            browser::show_slot(panel.slot.name());
            act.emit(UiAction::View(if by_keys { ViewAction::Show(panel) } else { opens.clone() }));
        });
        let word = if panel.slot == Slot::Stage && list::of(Slot::Stage).next() == Some(panel) {
            "Cluster"
        } else {
            panel.name
        };
        html! { <button aria-pressed={(open == Some(panel)).to_string()} onclick={on_click}>
            { icon(panel.icon) }{ word }
            if *panel == editor::PANEL && errors > 0 {
                <span class="tab-dot tab-dot--bad" /><span class="visually-hidden">{ format!(", {}", count(errors, "error")) }</span>
            }
        </button> }
    };
    let is_there = |panel: &&Panel| {
        panel.on_phone
            && (state.mode != Mode::Embedded || matches!(panel.slot, Slot::Stage | Slot::Right))
            && (panel.slot != Slot::Task || state.learning.is_shown())
    };
    html! { <nav class="phone-tabs" aria-label="Panels">{ for PANELS.iter().filter(is_there).map(tab) }</nav> }
}

/// Keys that work wherever the focus is, except where letters are typed.
#[hook]
fn use_keys(state: (bool, Page, Mode), act: &Callback<UiAction>) {
    let act = act.clone();
    // Told with each drawing: between that and its effects a key must not be taken for one of the page before.
    let now = use_mut_ref(|| state);
    *now.borrow_mut() = state;
    use_effect_with((), move |()| {
        let listener = browser::on_page("keydown", move |event| {
            let (letters, page, mode) = *now.borrow();
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if browser::has_dialog() || event.default_prevented() {
                return;
            }
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let key = event.key();
            let press = Press {
                key: &key,
                ctrl: event.ctrl_key() || event.meta_key(),
                shift: event.shift_key(),
                alt: event.alt_key(),
                focus: target.as_ref().map_or(Focus::Page, browser::focus_of),
                in_gallery: page != Page::Cluster,
            };
            let action = action(press, letters, PANELS);
            if let Some(action) = action.filter(|action| mode != Mode::Embedded || has_place(action)) {
                event.prevent_default();
                if key == " " {
                    browser::let_go();
                }
                let may_lose = page != Page::Cluster || browser::has_focus();
                let back = way_back(&action, page).filter(|_| may_lose);
                act.emit(action);
                if let Some(button) = back {
                    browser::focus_once_lost(button);
                }
            }
        });
        move || drop(listener)
    });
}

/// The button that leads back to what an action leaves, or says where one is: the focus goes there where it would be lost.
fn way_back(action: &UiAction, page: Page) -> Option<String> {
    match (action, page) {
        (UiAction::View(ViewAction::Escape), Page::Gallery) => Some(".crumb".into()),
        (UiAction::View(ViewAction::Escape), Page::Lessons) => Some(".topbar [aria-label=Lessons]".into()),
        (UiAction::View(ViewAction::Show(panel)), Page::Cluster) if panel.slot == Slot::Stage => {
            Some(format!(".stage-bar [data-panel={}]", panel.id))
        }
        _ => None,
    }
}

/// Whether what is asked for has a place inside of another page.
fn has_place(action: &UiAction) -> bool {
    match action {
        UiAction::View(ViewAction::Show(panel)) => matches!(panel.slot, Slot::Stage | Slot::Right),
        UiAction::View(action) => !matches!(action, ViewAction::Page(_) | ViewAction::Editor),
        _ => true,
    }
}

/// Fetches the lessons that are wanted, and stores how far one is with them.
#[hook]
fn use_lessons(state: &Shared<UiState>, act: &Callback<UiAction>) {
    // That another tab writes a lesson, too, is told once.
    let told = use_mut_ref(|| false);
    {
        let act = act.clone();
        use_effect_with(state.learning.wanted.clone(), move |wanted| {
            let Some(wanted) = wanted.clone() else { return };
            browser::fetch(&wanted.address(), move |text| {
                act.emit(UiAction::Learning(LearningAction::Fetched(wanted, text.map(Into::into))));
            });
        });
    }
    {
        let (latest, act) = (state.clone(), act.clone());
        let learning = &state.learning;
        let is_writing = learning.draft.is_some();
        let key = (learning.progress.clone(), learning.own.clone(), learning.written().cloned(), is_writing);
        use_effect_with(key, move |_| {
            if !latest.mode.is_read_only()
                && !browser::store_learning(&latest.learning)
                && !told.replace(true)
            {
                let text = "Another tab stored another lesson that is being written. This one is there again when this tab is reloaded, but not once it is closed: save it to a file.";
                act.emit(UiAction::Floating(FloatingAction::Tell(Notice::bad(text))));
            }
        });
    }
    let act = act.clone();
    let solving = state.learning.open.as_ref().is_some_and(|open| open.solving.is_some());
    use_effect_with(solving, move |solving| {
        // What is done stands there as one types it.
        if let Some(terminal) = PANELS.iter().find(|panel| panel.id == "terminal").filter(|_| *solving) {
            act.emit(UiAction::View(ViewAction::Beside(terminal)));
        }
    });
}

/// The gallery and the lessons have addresses of their own, which the browser's Back leaves.
#[hook]
fn use_address(page: Page, choices: u32, act: &Callback<UiAction>) {
    let act = act.clone();
    {
        let (act, is_begun, known) = (act.clone(), use_mut_ref(|| false), use_mut_ref(|| choices));
        use_effect_with(page, move |page| match is_begun.replace(true) {
            true => {
                browser::show_address(*page, known.replace(choices) != choices);
                if *page == Page::Gallery {
                    browser::focus_once_lost(".example");
                }
            }
            // At the beginning the address has the word.
            false if browser::page() != Page::Cluster => {
                act.emit(UiAction::View(ViewAction::Page(browser::page())));
            }
            false => {}
        });
    }
    use_effect_with((), move |()| {
        let on_move = act.reform(|page| {
            browser::focus_once_lost(".crumb");
            UiAction::View(ViewAction::Page(page))
        });
        let listener = browser::watch_address(on_move);
        move || drop(listener)
    });
}

/// The timers behind Play and Run.
#[hook]
fn use_motion(state: &Shared<UiState>, act: &Callback<UiAction>) {
    let act = act.clone();
    use_effect_with((state.moving.motion, state.moving.speed), move |(motion, speed)| {
        let timer = match motion {
            Motion::Still => None,
            Motion::Playing => {
                let act = act.clone();
                Some(Interval::new(speed.interval(), move || act.emit(UiAction::Motion(MotionAction::Tick))))
            }
            Motion::Running | Motion::Resuming | Motion::Arriving => {
                let (most, ended) = (Cell::new(1), Cell::new(None));
                Some(Interval::new(0, move || {
                    let begin = browser::milliseconds();
                    act.emit(UiAction::Motion(MotionAction::Slice(most.get())));
                    let end = browser::milliseconds();
                    let picture = ended.replace(Some(end)).map(|ended| begin - ended);
                    most.set(next_slice(most.get(), end - begin, picture));
                }))
            }
        };
        move || drop(timer)
    });
}

/// Stores the work a moment after each change, and at once when the page is left.
#[hook]
fn use_storage(state: &Shared<UiState>, typed: &Rc<Typed>, act: &Callback<UiAction>) {
    let latest = use_mut_ref(|| state.clone());
    *latest.borrow_mut() = state.clone();
    // What was typed is stored as it stands, also if nothing has read it yet.
    let work = {
        let (latest, typed) = (latest.clone(), Rc::clone(typed));
        Rc::new(move || {
            let work = latest.borrow().saved();
            match typed.unread() {
                Some((name, text)) => work.with_text(name, text.to_string()),
                None => work,
            }
        })
    };
    // That there is no room for two works is told once.
    let told = use_mut_ref(|| false);
    let is_read_only = state.mode.is_read_only();
    let chosen = state.storage.storing == Storing::Chosen;
    let yields = state.storage.storing == Storing::Yielding;
    let is_whole = use_whole();
    {
        let (latest, work, act) = (latest.clone(), work.clone(), act.clone());
        let beside = state.is_unstored_beside();
        let stores = state.is_unstored() && is_whole;
        use_effect_with((state.session.clone(), chosen, is_whole, beside), move |_| {
            let pause = if chosen { 0 } else { STORE_PAUSE };
            let timer = (stores || chosen || beside).then(|| {
                Timeout::new(pause, move || {
                    if beside {
                        if !browser::store_beside(&work()) && !told.replace(true) {
                            act.emit(UiAction::Floating(FloatingAction::Tell(no_room())));
                        }
                        return;
                    }
                    // What was set aside for it has to be there before it takes that place.
                    if !browser::store_kept(&latest.borrow().storage.kept) {
                        return act.emit(UiAction::Stored(Storing::Fails));
                    }
                    let (storing, parted) = browser::store(&work(), chosen);
                    if let Some(parted) = parted {
                        act.emit(UiAction::Parted(parted));
                    }
                    act.emit(UiAction::Stored(storing));
                })
            });
            move || drop(timer)
        });
    }
    {
        let act = act.clone();
        use_effect_with((state.storage.kept.clone(), chosen, is_whole), move |(kept, _, is_whole)| {
            if *is_whole && !is_read_only && !browser::store_kept(kept) {
                act.emit(UiAction::Stored(Storing::Fails));
            }
        });
    }
    {
        let (act, work) = (act.clone(), work.clone());
        use_effect_with(yields, move |yields| {
            let timer = yields.then(|| {
                Timeout::new(0, move || {
                    // What is open here goes to the gallery: without room for it, it stays open.
                    if !browser::store_beside(&work()) {
                        act.emit(UiAction::Stored(Storing::Contested));
                        return act.emit(UiAction::Floating(FloatingAction::Tell(no_room())));
                    }
                    act.emit(match browser::take_other() {
                        Some(work) => UiAction::Yielded(Rc::new(work)),
                        None => UiAction::Stored(Storing::Contested),
                    });
                })
            });
            move || drop(timer)
        });
    }
    let act = act.clone();
    use_effect_with((), move |()| {
        let other_tab = browser::watch(act.reform(|()| UiAction::Stored(Storing::Contested)));
        browser::watch_theme(act.reform(|theme| UiAction::Prefs(PrefsAction::System(theme))));
        let leave = browser::on_window("pagehide", move |_| {
            let state = latest.borrow();
            if state.is_unstored_beside() {
                browser::store_beside(&work());
            }
            // Who leaves before all of the program is there has but looked.
            if state.is_unstored() && (state.session.touched || browser::is_whole()) {
                // What was set aside for it has to be there before it takes that place.
                let is_kept = browser::store_kept(&state.storage.kept);
                if is_kept && browser::store(&work(), false).0 == Storing::Contested {
                    browser::store_beside(&work());
                }
            }
        });
        let well = (!is_read_only).then(|| Timeout::new(WELL, browser::forget_trouble));
        move || drop((other_tab, leave, well))
    });
}
