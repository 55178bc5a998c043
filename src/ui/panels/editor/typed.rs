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

/// A text that was typed and not yet read. Whatever else is done reads it first ([`UiAction::reads_texts`]): what a
/// person typed comes before what the person did next.
#[derive(Default)]
pub struct Typed(RefCell<Option<Unread>>);

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
        self.0.replace(Some(Unread { name, text: text.into(), wait: Wait::Pause(pause) }));
    }

    /// Reads it, or begins to.
    fn begin(self: &Rc<Self>, act: &Callback<UiAction>) {
        if let Some(unread) = self.0.borrow_mut().as_mut().filter(|unread| unread.text.len() > LONG) {
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
        let told = match self.0.borrow_mut().as_mut() {
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
        let Unread { name, text, wait } = self.0.take()?;
        let written = match wait {
            Wait::Pause(_) => text.into(),
            Wait::Slices(sliced, _) => sliced.finish(),
        };
        Some(UiAction::Session(Act::Edit(name, written)))
    }

    /// Whether this text was typed and not yet read: then it is newer than the state.
    pub fn is_newer(&self, name: DocumentName) -> bool {
        self.0.borrow().as_ref().is_some_and(|unread| unread.name == name)
    }
}
