use crate::session::{Act, DocumentName, SlicedText};
use crate::ui::browser::milliseconds;
use crate::ui::state::{FloatingAction, Notice, UiAction};
use gloo::timers::callback::{Interval, Timeout};
use std::cell::RefCell;
use std::rc::Rc;
use yew::Callback;

/// So many milliseconds after the last key a text is read.
const PAUSE: u32 = 150;
/// A text of more bytes is read in slices.
const LONG: usize = 300_000;
/// So many milliseconds a slice may take.
const SLICE: f64 = 12.0;

/// What the editor knows and the state does not. It outlives the editor, which goes out of sight and comes back.
#[derive(Default)]
pub struct Typed {
    /// A text that was typed and not yet read. Whatever else is done reads it first ([`UiAction::reads_texts`]): what a
    /// person typed comes before what the person did next.
    unread: RefCell<Option<Unread>>,
    /// The object that `kubectl edit` opened, as it was opened and as it is by now.
    edited: RefCell<Option<(Rc<str>, String)>>,
    /// Which of the places that were asked for the editor went to last.
    went: RefCell<Went>,
}

/// Places to which the editor is sent: a mistake, by the opening and the refused Apply that it belongs to, and a line.
#[derive(Default)]
struct Went {
    mistake: (u32, u32),
    line: Option<(DocumentName, u32, u32)>,
}

struct Unread {
    name: DocumentName,
    text: Rc<str>,
    wait: Wait,
}

/// What goes on until it is read.
enum Wait {
    /// The user may type on.
    Pause(#[expect(dead_code, reason = "the timer runs as long as it is held")] Timeout),
    /// It is long, and read a slice at a time.
    Slices(SlicedText, #[expect(dead_code, reason = "the timer runs as long as it is held")] Interval),
}

impl Typed {
    /// Takes note of a text; it is read after a pause.
    pub fn note(self: &Rc<Self>, name: DocumentName, text: String, act: Callback<UiAction>) {
        if !self.is_newer(name)
            && let Some(other) = self.take()
        {
            act.emit(other);
        }
        let typed = Rc::clone(self);
        let pause = Timeout::new(PAUSE, move || typed.begin(&act));
        self.unread.replace(Some(Unread { name, text: text.into(), wait: Wait::Pause(pause) }));
    }

    /// Reads it, or begins to.
    fn begin(self: &Rc<Self>, act: &Callback<UiAction>) {
        if let Some(unread) = self.unread.borrow_mut().as_mut().filter(|unread| unread.text.len() > LONG) {
            let (typed, act) = (Rc::clone(self), act.clone());
            let slices = Interval::new(0, move || typed.go_on(&act));
            unread.wait = Wait::Slices(SlicedText::new(Rc::clone(&unread.text)), slices);
            return;
        }
        if let Some(edit) = self.take() {
            act.emit(edit);
        }
    }

    /// Reads a slice.
    fn go_on(&self, act: &Callback<UiAction>) {
        let told = match self.unread.borrow_mut().as_mut() {
            Some(Unread { name, wait: Wait::Slices(sliced, _), .. }) => {
                let (end, before) = (milliseconds() + SLICE, sliced.percent() / 10);
                let mut goes_on = true;
                while goes_on && milliseconds() < end {
                    goes_on = sliced.go_on();
                }
                let now = sliced.percent() / 10;
                goes_on.then(|| {
                    (now != before).then(|| format!("{} is being read: {} %.", name.file(), now * 10))
                })
            }
            _ => return,
        };
        match told {
            Some(told) => told.into_iter().for_each(|text| {
                act.emit(UiAction::Floating(FloatingAction::Tell(Notice::plain(text))));
            }),
            None => {
                act.emit(UiAction::Floating(FloatingAction::Read));
                if let Some(edit) = self.take() {
                    act.emit(edit);
                }
            }
        }
    }

    /// The text that is not yet read, to be read now.
    pub fn take(&self) -> Option<UiAction> {
        let Unread { name, text, wait } = self.unread.take()?;
        let written = match wait {
            Wait::Pause(_) => text.into(),
            Wait::Slices(sliced, _) => sliced.finish(),
        };
        Some(UiAction::Session(Act::Edit(name, written)))
    }

    /// Whether this text was typed and not yet read: then it is newer than the state.
    pub fn is_newer(&self, name: DocumentName) -> bool {
        self.unread.borrow().as_ref().is_some_and(|unread| unread.name == name)
    }

    /// The text that is not yet read, and which it is.
    pub fn unread(&self) -> Option<(DocumentName, Rc<str>)> {
        self.unread.borrow().as_ref().map(|unread| (unread.name, Rc::clone(&unread.text)))
    }

    /// Takes note of what was made of the object that `kubectl edit` opened.
    #[cold]
    #[inline(never)]
    pub fn note_edited(&self, text: String) {
        if let Some((_, now)) = &mut *self.edited.borrow_mut() {
            *now = text;
        }
    }

    /// The object that `kubectl edit` opened as this text, as it is by now; whether it was opened only now.
    #[cold]
    #[inline(never)]
    pub fn edited(&self, opened: &Rc<str>) -> (String, bool) {
        let mut edited = self.edited.borrow_mut();
        match &*edited {
            Some((from, now)) if Rc::ptr_eq(from, opened) => (now.clone(), false),
            _ => (edited.insert((Rc::clone(opened), opened.to_string())).1.clone(), true),
        }
    }

    /// What was made of the object that `kubectl edit` opened.
    #[cold]
    #[inline(never)]
    pub fn to_be_saved(&self) -> Rc<str> {
        self.edited.borrow().as_ref().map(|(_, now)| now.as_str().into()).unwrap_or_default()
    }

    /// Nothing is edited any more: the same object may be opened anew.
    pub fn forget_edited(&self) {
        self.edited.take();
    }

    /// The editor is sent to the mistake of this opening and refused Apply; false if it was already.
    pub fn take_mistake(&self, by: (u32, u32)) -> bool {
        std::mem::replace(&mut self.went.borrow_mut().mistake, by) != by
    }

    /// The editor is sent to this line; false if it was already.
    pub fn take_line(&self, line: Option<(DocumentName, u32, u32)>) -> bool {
        std::mem::replace(&mut self.went.borrow_mut().line, line) != line
    }
}
