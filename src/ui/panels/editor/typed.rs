use crate::session::{Act, DocumentName};
use crate::ui::state::UiAction;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use yew::Callback;

/// So many milliseconds after the last key a text is read.
const PAUSE: u32 = 150;

/// A text that was typed and not yet read, and the pause before that. Whatever else is done reads it first
/// ([`UiAction::reads_texts`]): what a person typed comes before what the person did next.
#[derive(Default)]
pub struct Typed(RefCell<Option<(DocumentName, String, Timeout)>>);

impl Typed {
    /// Takes note of a text; it is read after a pause.
    pub fn note(self: &Rc<Self>, name: DocumentName, text: String, act: Callback<UiAction>) {
        if !self.is_newer(name)
            && let Some(other) = self.take()
        {
            act.emit(other);
        }
        let typed = Rc::clone(self);
        let pause = Timeout::new(PAUSE, move || {
            if let Some(edit) = typed.take() {
                act.emit(edit);
            }
        });
        self.0.replace(Some((name, text, pause)));
    }

    /// The text that is not yet read, to be read now.
    pub fn take(&self) -> Option<UiAction> {
        let (name, text, _) = self.0.take()?;
        Some(UiAction::Session(Act::Edit(name, text.into())))
    }

    /// Whether this text was typed and not yet read: then it is newer than the state.
    pub fn is_newer(&self, name: DocumentName) -> bool {
        self.0.borrow().as_ref().is_some_and(|(typed, ..)| *typed == name)
    }
}
