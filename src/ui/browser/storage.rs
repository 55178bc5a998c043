//! The browser's storage: the work, the preferences, and whether the page crashed last time.

use crate::lessons::Progress;
use crate::session::{DocumentName, Draft, FoundWork, Keeper, Kept, Saved, Shelf, Unstored};
use crate::ui::state::{Learning, Prefs, Storing, Theme};
use gloo::events::EventListener;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Event, MediaQueryList, Storage, StorageEvent};
use yew::Callback;

/// Key of the theme; `static/theme.js` reads it before the first paint.
const THEME: &str = "playground.theme";
/// Key that is there if all is for a projector; `static/theme.js` looks for it before the first paint.
const PROJECTOR: &str = "playground.projector";
/// Key that is there if single letters are not to be shortcuts.
const NO_LETTERS: &str = "playground.no-letters";
/// Key that is there once the welcome was seen.
const WELCOMED: &str = "playground.welcomed";
/// Key that is there if playing is not to pass over idle steps.
const NO_SKIP: &str = "playground.no-skip";
/// Key of how high the user made the dock.
const DOCK: &str = "playground.dock";
/// Key of how far one is with the lessons.
const PROGRESS: &str = "playground.lessons";
/// Key of the text of a lesson of one's own.
const OWN_LESSON: &str = "playground.lesson";
/// Key of the text of a lesson that is being written.
const WRITTEN: &str = "playground.lesson-draft";
/// Key of this tab alone that is there while that lesson is in sight.
const WRITING: &str = "playground.lesson-open";
/// Key of this tab alone that is there while its work stands beside that of another tab.
const BESIDE: &str = "playground.beside";
/// Key of the number of times that the page crashed in a row.
pub(super) const TROUBLE: &str = "playground.trouble";

/// How far one is with the lessons, the texts of lessons of one's own, and whether one is in sight that is written.
type Learned = (Progress, [Option<Rc<str>>; 2], bool);

thread_local! {
    /// This tab's keeper of the work: what it knows of other tabs has to outlive each look of a component.
    static KEEPER: RefCell<Keeper> = RefCell::new(Keeper::new(&tab()));
    /// The same when this tab read or stored it last.
    static LEARNED: RefCell<Learned> = RefCell::default();
    /// The stored text of a lesson that is being written, as this tab knows it: another tab may write one, too.
    static DRAFT: RefCell<Option<String>> = RefCell::default();
    /// Whether this tab leaves the storage alone.
    static LOOKS_ONLY: Cell<bool> = const { Cell::new(false) };
}

/// A name that no other tab has.
fn tab() -> String {
    format!("{:x}-{:x}", js_sys::Date::now() as u64, (js_sys::Math::random() * 4_294_967_296.0) as u64)
}

/// The browser's storage, as the keeper uses it. Without one, nothing can be stored.
struct Local(Option<Storage>);

impl Shelf for Local {
    fn get(&self, key: &str) -> Option<String> {
        self.0.as_ref()?.get_item(key).ok().flatten()
    }

    fn set(&self, key: &str, text: &str) -> bool {
        self.0.as_ref().is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    fn remove(&self, key: &str) {
        if let Some(storage) = &self.0 {
            drop(storage.remove_item(key));
        }
    }

    fn keys(&self) -> Vec<String> {
        let Some(storage) = &self.0 else { return Vec::new() };
        let number = storage.length().unwrap_or(0);
        (0..number).filter_map(|index| storage.key(index).ok().flatten()).collect()
    }
}

/// From now on nothing is stored nor read: the tab shows what a link holds, and the work that is stored is not its own.
pub fn look_only() {
    LOOKS_ONLY.set(true);
}

pub(super) fn storage() -> Option<Storage> {
    let window = gloo::utils::window();
    (!LOOKS_ONLY.get()).then(|| window.local_storage().ok().flatten()).flatten()
}

fn local() -> Local {
    Local(storage())
}

/// What is this tab's alone, and is there again after a reload.
fn of_tab() -> Local {
    let window = gloo::utils::window();
    Local((!LOOKS_ONLY.get()).then(|| window.session_storage().ok().flatten()).flatten())
}

/// What is there from the last time, and how often the page crashed in a row.
pub fn load() -> (FoundWork, u32) {
    let found = KEEPER.with_borrow_mut(|keeper| keeper.load(&local()));
    (found, local().get(TROUBLE).and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Stores the work; `anyway` also in place of what another tab stored, which is set aside and given.
pub fn store(work: &Saved, anyway: bool) -> (Storing, Option<Kept>) {
    match KEEPER.with_borrow_mut(|keeper| keeper.store(&local(), work, anyway)) {
        Ok(parted) => {
            of_tab().remove(BESIDE);
            (Storing::Works, parted)
        }
        Err(Unstored::Full) => (Storing::Fails, None),
        Err(Unstored::Contested) => (Storing::Contested, None),
    }
}

/// Stores the work beside that of another tab; false if there is no room.
pub fn store_beside(work: &Saved) -> bool {
    let fits = KEEPER.with_borrow_mut(|keeper| keeper.store_beside(&local(), work));
    if fits {
        of_tab().set(BESIDE, "1");
    }
    fits
}

/// Whether this tab was left while its work stood beside that of another one. It is told once.
pub fn was_beside() -> bool {
    let was = of_tab().get(BESIDE).is_some();
    of_tab().remove(BESIDE);
    was
}

/// The work that another tab stored, to be this one's.
pub fn take_other() -> Option<Saved> {
    of_tab().remove(BESIDE);
    KEEPER.with_borrow_mut(|keeper| keeper.take_other(&local()))
}

/// Stores which work is set aside; false if there is no room for all.
pub fn store_kept(kept: &[Kept]) -> bool {
    KEEPER.with_borrow_mut(|keeper| keeper.keep(&local(), kept))
}

/// Stores a text right when it was typed, before anything looks at it.
pub fn note_draft(example: &str, name: DocumentName, text: &str) {
    let draft = Draft { example: example.to_owned(), name, text: text.to_owned() };
    KEEPER.with_borrow(|keeper| keeper.note_draft(&local(), &draft));
}

/// Takes note that the page works, if it does.
pub fn forget_trouble() {
    let crashed = gloo::utils::document().query_selector(".crash").ok().flatten().is_some();
    if !crashed {
        local().remove(TROUBLE);
    }
}

/// The preferences; those of a first visit where none are stored.
pub fn load_prefs() -> Prefs {
    let is_there = |key: &str| local().get(key).is_some();
    let chosen = local().get(THEME).and_then(|name| Theme::of(&name));
    let system = || Theme::preferred(super::dark().is_some_and(|query| query.matches()));
    Prefs {
        theme: chosen.unwrap_or_else(system),
        follows: chosen.is_none(),
        projector: is_there(PROJECTOR),
        letters: !is_there(NO_LETTERS),
        welcome: !is_there(WELCOMED),
        skip_idle: !is_there(NO_SKIP),
        dock: local().get(DOCK).and_then(|height| height.parse().ok()),
    }
}

/// Tells the theme that the system changes to, as long as the page is there.
pub fn watch_theme(on_theme: Callback<Theme>) {
    let Some(query) = super::dark() else { return };
    let tell = move |event: &Event| {
        let query = event.target().and_then(|query| query.dyn_into::<MediaQueryList>().ok());
        on_theme.emit(Theme::preferred(query.is_some_and(|query| query.matches())));
    };
    EventListener::new(&query, "change", tell).forget();
}

/// Stores the preferences.
pub fn store_prefs(prefs: Prefs) {
    let local = local();
    // Who never chose follows the system also at the next visit.
    if !prefs.follows {
        local.set(THEME, prefs.theme.name());
    }
    if let Some(height) = prefs.dock {
        local.set(DOCK, &height.to_string());
    }
    for (key, is_on) in [
        (PROJECTOR, prefs.projector),
        (NO_LETTERS, !prefs.letters),
        (WELCOMED, !prefs.welcome),
        (NO_SKIP, !prefs.skip_idle),
    ] {
        if is_on {
            local.set(key, "1");
        } else {
            local.remove(key);
        }
    }
}

/// What was learned before, a lesson of one's own, and one that is being written.
pub fn load_learning() -> Learning {
    let local = local();
    let progress = local.get(PROGRESS).unwrap_or_default();
    let written = local.get(WRITTEN);
    let learning = Learning::new(&progress, local.get(OWN_LESSON), of_tab().get(WRITTEN).or(written.clone()));
    DRAFT.set(written);
    LEARNED.set(learned(&learning));
    learning
}

/// Whether a lesson was being written, in sight, when the page was left.
pub fn was_writing() -> bool {
    of_tab().get(WRITING).is_some()
}

fn learned(learning: &Learning) -> Learned {
    (learning.progress.clone(), texts(learning), learning.draft.is_some())
}

/// The texts of lessons of one's own: of the one that was opened, and of the one that is written.
fn texts(learning: &Learning) -> [Option<Rc<str>>; 2] {
    [learning.own.clone(), learning.written().cloned()]
}

/// Stores how far one is with the lessons beside what other tabs stored of it, and those texts of lessons of one's own
/// that this tab changed. Without room for them there are none at the next visit. False if another tab stored another lesson
/// that is being written: that of this tab is this tab's alone then.
pub fn store_learning(learning: &Learning) -> bool {
    LEARNED.with_borrow(|known| *known == learned(learning)) || store_learned(learning)
}

/// On its own, as a first visit has nothing to store.
#[cold]
#[inline(never)]
fn store_learned(learning: &Learning) -> bool {
    let local = local();
    let stored = local.get(PROGRESS).unwrap_or_default();
    let (known, known_texts, _) = LEARNED.replace(learned(learning));
    let progress = learning.progress.merged(&known, &Progress::read(&stored)).text();
    put(&local, PROGRESS, &progress);
    let [own, written] = texts(learning);
    let [known_own, known_written] = known_texts;
    if own != known_own {
        put(&local, OWN_LESSON, &own.unwrap_or_default());
    }
    put(&of_tab(), WRITING, if learning.draft.is_some() { "1" } else { "" });
    if written == known_written {
        return true;
    }
    let written = written.unwrap_or_default();
    put(&of_tab(), WRITTEN, &written);
    let stored = local.get(WRITTEN);
    let is_own = stored.is_none() || DRAFT.with_borrow(|known| *known == stored);
    if is_own {
        put(&local, WRITTEN, &written);
        DRAFT.set(local.get(WRITTEN));
    }
    is_own
}

/// Stores a text that may have become empty.
fn put(local: &Local, key: &str, text: &str) {
    if text.is_empty() {
        local.remove(key);
    } else if local.get(key).as_deref() != Some(text) {
        local.set(key, text);
    }
}

/// Hears of other tabs that store their work.
pub fn watch(on_other: Callback<()>) -> EventListener {
    EventListener::new(&gloo::utils::window(), "storage", move |event| {
        let is_storage = event.dyn_ref::<StorageEvent>().is_some();
        if is_storage && KEEPER.with_borrow(|keeper| keeper.is_contested(&local())) {
            on_other.emit(());
        }
    })
}
