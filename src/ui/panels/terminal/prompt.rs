//! The line that is being typed: editing keys of a shell, history, completion. Pure: what a key does is a new prompt.

use crate::kubectl::complete::{Completable, Completion};
use std::rc::Rc;

/// Lines of history that are kept, at most.
pub const MOST: usize = 500;

/// What is offered to complete a word with.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Where the word begins, in bytes.
    pub start: usize,
    /// What may stand there.
    pub candidates: Vec<Completable>,
    /// The one that is chosen.
    pub chosen: usize,
    /// Whether the user chose it: then Enter takes it.
    is_meant: bool,
}

/// A search in the history (Ctrl+R).
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What is searched for.
    pub words: String,
    /// The line that was found.
    pub found: Option<usize>,
}

/// The line that is being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// Its text.
    pub text: String,
    /// Where the caret stands, in bytes.
    pub caret: usize,
    /// What is offered.
    pub offer: Option<Offer>,
    /// The search that is on.
    pub search: Option<Search>,
    /// What was typed before, the latest last.
    pub history: Rc<Vec<String>>,
    /// The line of the history that is shown, and what was typed before it was.
    browsed: Option<(usize, String)>,
    /// What was cut last.
    cut: String,
}

/// What comes of a key, besides the new prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The browser does what it does with the key.
    None,
    /// Nothing else.
    Taken,
    /// A text is to be run.
    Run(String),
    /// What follows is to end.
    Interrupt,
    /// What was printed is to go out of sight.
    Clear,
    /// The focus is to leave the line.
    Leave,
    /// The dock is to have another height.
    Height,
}

/// A key, as the browser names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Key<'a> {
    /// Its name.
    pub name: &'a str,
    /// Ctrl.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// Whether text is selected: Ctrl+C copies it.
    pub has_selection: bool,
}

/// What a prompt asks when it is to know more.
pub struct Ask<'a> {
    /// What may come next after a text.
    pub complete: &'a dyn Fn(&str) -> Completion,
    /// Whether a text is not yet whole: an open quote, a line that goes on.
    pub is_open: &'a dyn Fn(&str) -> bool,
}

impl Prompt {
    /// An empty line after such a history.
    pub fn new(history: Vec<String>) -> Self {
        Prompt { history: Rc::new(history), ..Prompt::default() }
    }

    /// What was typed before is this, if anything is stored; what is shown of it stays.
    pub fn read_history(&mut self, history: Vec<String>) {
        if !history.is_empty() && self.browsed.is_none() && self.search.is_none() {
            self.history = Rc::new(history);
        }
    }

    /// Nobody looks at the line any more.
    pub fn leave(&mut self) {
        (self.offer, self.search) = (None, None);
    }

    /// The text and the caret are others: something was typed or pasted.
    pub fn typed(&mut self, text: &str, caret: usize, ask: &Ask) {
        if self.search.is_some() {
            return;
        }
        text.clone_into(&mut self.text);
        self.caret = caret.min(text.len());
        self.browsed = None;
        if self.offer.is_some() {
            self.offer(ask, false);
        }
    }

    /// The caret was moved by hand.
    pub fn moved(&mut self, caret: usize) {
        if caret != self.caret {
            self.caret = caret.min(self.text.len());
            self.offer = None;
        }
    }

    /// The grey rest behind what is typed: of what is chosen, or of the latest line of the history that begins so.
    pub fn rest(&self) -> String {
        if self.caret < self.text.len() || self.search.is_some() {
            return String::new();
        }
        if let Some(offer) = &self.offer {
            let word = self.text.get(offer.start..self.caret).unwrap_or_default();
            let chosen = offer.candidates.get(offer.chosen).map(|candidate| candidate.text.as_str());
            return chosen.and_then(|text| text.strip_prefix(word)).unwrap_or_default().to_owned();
        }
        if self.text.trim().is_empty() || self.browsed.is_some() {
            return String::new();
        }
        let begins = self.history.iter().rev().filter_map(|line| line.strip_prefix(self.text.as_str()));
        begins
            .filter(|rest| !rest.is_empty() && !rest.contains('\n'))
            .map(str::to_owned)
            .next()
            .unwrap_or_default()
    }

    /// The line that a search shows.
    pub fn found(&self) -> Option<&str> {
        let found = self.search.as_ref()?.found?;
        self.history.get(found).map(String::as_str)
    }

    /// A key was pressed.
    pub fn press(&mut self, key: Key, ask: &Ask) -> Effect {
        if self.search.is_some()
            && let Some(effect) = self.press_in_search(key)
        {
            return effect;
        }
        if key.ctrl && !key.alt {
            return self.press_with_ctrl(key);
        }
        if key.alt {
            return match key.name {
                "Backspace" => self.cut(self.word_start(), self.caret),
                "b" => self.to(self.word_start()),
                "f" => self.to(self.word_end()),
                _ => Effect::None,
            };
        }
        match key.name {
            "Tab" if key.shift && self.offer.is_none() => Effect::None,
            "Tab" if key.shift => self.choose(-1),
            "Tab" => self.tab(ask),
            "Enter" if key.shift => self.insert("\n"),
            "Enter" => self.enter(ask),
            "Escape" if self.offer.take().is_some() => Effect::Taken,
            "Escape" => Effect::Leave,
            "ArrowUp" if self.offer.is_some() => self.choose(-1),
            "ArrowDown" if self.offer.is_some() => self.choose(1),
            "ArrowUp" if !self.text[..self.caret].contains('\n') => self.browse(-1),
            "ArrowDown" if !self.text[self.caret..].contains('\n') => self.browse(1),
            "ArrowRight" | "End" if !self.rest().is_empty() => self.take_rest(),
            "`" if self.text.is_empty() => Effect::Height,
            _ => Effect::None,
        }
    }

    fn press_with_ctrl(&mut self, key: Key) -> Effect {
        match key.name.to_ascii_lowercase().as_str() {
            "c" if key.has_selection => Effect::None,
            "c" => {
                self.set(String::new());
                Effect::Interrupt
            }
            "d" if self.text.is_empty() => Effect::Taken,
            "l" => Effect::Clear,
            "a" => self.to(self.line_start()),
            "e" if !self.rest().is_empty() => self.take_rest(),
            "e" => self.to(self.line_end()),
            "b" => self.to(self.before()),
            "f" => self.to(self.after()),
            "u" => self.cut(self.line_start(), self.caret),
            "k" => self.cut(self.caret, self.line_end()),
            "w" => self.cut(self.word_start(), self.caret),
            "y" => {
                let cut = self.cut.clone();
                self.insert(&cut)
            }
            "h" => self.cut(self.before(), self.caret),
            "p" => self.browse(-1),
            "n" => self.browse(1),
            "r" => {
                self.offer = None;
                self.search = Some(Search { words: String::new(), found: None });
                Effect::Taken
            }
            _ => Effect::None,
        }
    }

    /// In a search, keys that are no letters end it; none if the key then has its usual meaning.
    fn press_in_search(&mut self, key: Key) -> Option<Effect> {
        let mut search = self.search.clone()?;
        let name = key.name.to_ascii_lowercase();
        let from = match (key.ctrl, name.as_str()) {
            (true, "r") => search.found,
            (true, "c" | "g") | (false, "escape") => {
                self.search = None;
                return Some(Effect::Taken);
            }
            (false, "backspace") => {
                search.words.pop();
                None
            }
            (false, _) if key.name.chars().count() == 1 && !key.alt => {
                search.words.push_str(key.name);
                search.found.map(|found| found + 1)
            }
            (_, "shift" | "control" | "alt" | "meta") => return Some(Effect::None),
            _ => {
                let found = self.found().map(str::to_owned);
                self.search = None;
                if let Some(found) = found {
                    self.set(found);
                }
                return if name == "tab" || name.starts_with("arrow") { Some(Effect::Taken) } else { None };
            }
        };
        let before = from.unwrap_or(self.history.len()).min(self.history.len());
        let hit = self.history[..before].iter().rposition(|line| line.contains(&search.words));
        search.found = if search.words.is_empty() { None } else { hit.or(search.found.filter(|_| key.ctrl)) };
        self.search = Some(search);
        Some(Effect::Taken)
    }

    fn set(&mut self, text: String) {
        (self.caret, self.text, self.offer) = (text.len(), text, None);
        self.browsed = None;
    }

    fn to(&mut self, caret: usize) -> Effect {
        (self.caret, self.offer) = (caret, None);
        Effect::Taken
    }

    fn insert(&mut self, text: &str) -> Effect {
        self.text.insert_str(self.caret, text);
        self.caret += text.len();
        self.offer = None;
        Effect::Taken
    }

    fn cut(&mut self, from: usize, to: usize) -> Effect {
        self.cut = self.text[from..to].to_owned();
        self.text.replace_range(from..to, "");
        self.to(from)
    }

    fn line_start(&self) -> usize {
        self.text[..self.caret].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.caret..].find('\n').map_or(self.text.len(), |at| self.caret + at)
    }

    fn before(&self) -> usize {
        self.text[..self.caret].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.caret..].chars().next().map_or(self.caret, |letter| self.caret + letter.len_utf8())
    }

    fn word_start(&self) -> usize {
        let before = self.text[..self.caret].trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    fn word_end(&self) -> usize {
        let rest = &self.text[self.caret..];
        let blank = rest.len() - rest.trim_start().len();
        let word = rest[blank..].find(char::is_whitespace).unwrap_or(rest.len() - blank);
        self.caret + blank + word
    }

    /// Looks what may come next.
    fn offer(&mut self, ask: &Ask, is_meant: bool) {
        let Completion { start, candidates } = (ask.complete)(&self.text[..self.caret]);
        let word = self.text.get(start..self.caret).unwrap_or_default();
        let is_whole = matches!(candidates.as_slice(), [one] if one.text == word);
        self.offer =
            (!candidates.is_empty() && !is_whole).then_some(Offer { start, candidates, chosen: 0, is_meant });
    }

    fn tab(&mut self, ask: &Ask) -> Effect {
        if self.offer.is_some() {
            return self.take();
        }
        self.offer(ask, false);
        let Some(offer) = &self.offer else { return Effect::Taken };
        if offer.candidates.len() == 1 {
            return self.take();
        }
        let word = self.text[offer.start..self.caret].to_owned();
        let common = common(&offer.candidates);
        if let Some(more) = common.strip_prefix(word.as_str()).filter(|more| !more.is_empty()) {
            self.text.insert_str(self.caret, more);
            self.caret += more.len();
        }
        Effect::Taken
    }

    /// Takes what is chosen.
    fn take(&mut self) -> Effect {
        let Some(offer) = self.offer.take() else { return Effect::None };
        let Some(candidate) = offer.candidates.get(offer.chosen) else { return Effect::Taken };
        let end = if candidate.ends && !self.text[self.caret..].starts_with(' ') { " " } else { "" };
        let word = format!("{}{end}", candidate.text);
        self.text.replace_range(offer.start..self.caret, &word);
        self.caret = offer.start + word.len();
        Effect::Taken
    }

    /// Takes the candidate at a place: it was clicked.
    pub fn take_at(&mut self, index: usize) {
        if let Some(offer) = &mut self.offer {
            offer.chosen = index;
            self.take();
        }
    }

    fn choose(&mut self, by: isize) -> Effect {
        if let Some(offer) = &mut self.offer {
            let number = offer.candidates.len();
            offer.chosen = (offer.chosen + number).saturating_add_signed(by) % number.max(1);
            offer.is_meant = true;
        }
        Effect::Taken
    }

    fn take_rest(&mut self) -> Effect {
        if self.offer.is_some() {
            return self.take();
        }
        let rest = self.rest();
        self.insert(&rest)
    }

    fn enter(&mut self, ask: &Ask) -> Effect {
        if self.offer.as_ref().is_some_and(|offer| offer.is_meant) {
            return self.take();
        }
        if (ask.is_open)(&self.text) {
            self.caret = self.text.len();
            return self.insert("\n");
        }
        let text = std::mem::take(&mut self.text);
        self.set(String::new());
        if text.trim().is_empty() {
            return Effect::Taken;
        }
        let line = text.trim_end().to_owned();
        let history = Rc::make_mut(&mut self.history);
        if history.last() != Some(&line) {
            history.push(line);
            let surplus = history.len().saturating_sub(MOST);
            history.drain(..surplus);
        }
        Effect::Run(text)
    }

    fn browse(&mut self, by: isize) -> Effect {
        let (at, draft) = match &self.browsed {
            Some((at, draft)) => (*at, draft.clone()),
            None => (self.history.len(), self.text.clone()),
        };
        let to = at.saturating_add_signed(by).min(self.history.len());
        let text = self.history.get(to).cloned().unwrap_or_else(|| draft.clone());
        self.set(text);
        self.browsed = (to < self.history.len()).then_some((to, draft));
        Effect::Taken
    }
}

/// What all candidates begin with.
fn common(candidates: &[Completable]) -> String {
    let mut texts = candidates.iter().map(|candidate| candidate.text.as_str());
    let first = texts.next().unwrap_or_default();
    let shared = texts.fold(first.len(), |length, text| {
        let same = first.chars().zip(text.chars()).take_while(|(left, right)| left == right);
        length.min(same.map(|(letter, _)| letter.len_utf8()).sum())
    });
    first[..shared].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(text: &str) -> Completable {
        Completable { text: text.to_owned(), notes: Vec::new(), ends: true }
    }

    const WORDS: [&str; 4] = ["get", "pod-aa", "pod-ab", "node"];

    fn complete(line: &str) -> Completion {
        let start = line.rfind(' ').map_or(0, |at| at + 1);
        let fits = WORDS.into_iter().filter(|word| word.starts_with(&line[start..]));
        Completion { start, candidates: fits.map(candidate).collect() }
    }

    const ASK: Ask = Ask { complete: &complete, is_open: &|text| text.ends_with('\\') };

    fn prompt(text: &str) -> Prompt {
        let history = ["kubectl get po", "kubectl cordon a", "ls"].map(str::to_owned);
        let mut prompt = Prompt::new(history.into());
        prompt.typed(text, text.len(), &ASK);
        prompt
    }

    fn press(prompt: &mut Prompt, key: &str) -> Effect {
        let (ctrl, name) = match key.strip_prefix("^") {
            Some(name) => (true, name),
            None => (false, key),
        };
        prompt.press(Key { name, ctrl, ..Key::default() }, &ASK)
    }

    fn pressed(text: &str, keys: &[&str]) -> Prompt {
        let mut prompt = prompt(text);
        for key in keys {
            press(&mut prompt, key);
        }
        prompt
    }

    #[test]
    fn keys_edit_as_in_a_shell() {
        for (text, keys, after, caret) in [
            ("a bc", &["^a"][..], "a bc", 0),
            ("a bc", &["^a", "^e"], "a bc", 4),
            ("a bc", &["^w"], "a ", 2),
            ("a bc ", &["^w"], "a ", 2),
            ("a bc", &["^u"], "", 0),
            ("a bc", &["^a", "^f", "^k"], "a", 1),
            ("a bc", &["^w", "^a", "^y"], "bca ", 2),
            ("a bc", &["^c"], "", 0),
            ("a é", &["^h"], "a ", 2),
        ] {
            let prompt = pressed(text, keys);
            assert_eq!((prompt.text.as_str(), prompt.caret), (after, caret), "{text} {keys:?}");
        }
    }

    #[test]
    fn history_is_browsed_and_what_was_typed_comes_back() {
        assert_eq!(pressed("x", &["ArrowUp"]).text, "ls");
        assert_eq!(pressed("x", &["ArrowUp", "ArrowUp", "^p", "^p"]).text, "kubectl get po");
        assert_eq!(pressed("x", &["ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"]).text, "x");
        let mut prompt = prompt("ls");
        assert_eq!(press(&mut prompt, "Enter"), Effect::Run("ls".into()));
        assert_eq!(prompt.history.len(), 3, "the same line twice is one");
    }

    #[test]
    fn a_search_finds_what_was_typed() {
        assert_eq!(pressed("", &["^r", "k", "u"]).found(), Some("kubectl cordon a"));
        assert_eq!(pressed("", &["^r", "k", "u", "^r"]).found(), Some("kubectl get po"));
        assert_eq!(pressed("", &["^r", "p", "o", "ArrowRight"]).text, "kubectl get po");
        assert_eq!(pressed("x", &["^r", "p", "Escape"]).text, "x");
        let mut prompt = pressed("", &["^r", "c", "o", "r"]);
        assert_eq!(press(&mut prompt, "Enter"), Effect::Run("kubectl cordon a".into()));
    }

    #[test]
    fn tab_completes_as_far_as_it_is_clear_and_then_offers() {
        assert_eq!(pressed("g", &["Tab"]).text, "get ");
        let offered = pressed("get p", &["Tab"]);
        assert_eq!(
            (offered.text.as_str(), offered.offer.as_ref().map(|offer| offer.candidates.len())),
            ("get pod-a", Some(2))
        );
        assert_eq!(offered.rest(), "a");
        assert_eq!(pressed("get p", &["Tab", "Tab"]).text, "get pod-aa ");
        assert_eq!(pressed("get p", &["Tab", "ArrowDown", "Enter"]).text, "get pod-ab ");
        assert_eq!(pressed("get p", &["Tab", "ArrowUp", "ArrowRight"]).text, "get pod-ab ");
        let mut closed = pressed("get p", &["Tab", "Escape"]);
        assert!(closed.offer.is_none());
        assert_eq!(press(&mut closed, "Escape"), Effect::Leave);
        let mut narrowed = pressed("get p", &["Tab"]);
        narrowed.typed("get pod-ab", 10, &ASK);
        assert!(narrowed.offer.is_none(), "the word is whole");
        assert!(matches!(press(&mut narrowed, "Enter"), Effect::Run(_)));
        assert_eq!(pressed("zz", &["Tab"]).text, "zz");
    }

    #[test]
    fn the_rest_of_a_line_of_the_history_is_taken() {
        assert_eq!(prompt("kubectl c").rest(), "ordon a");
        assert_eq!(pressed("kubectl c", &["ArrowRight"]).text, "kubectl cordon a");
        assert_eq!(prompt("").rest(), "");
    }

    #[test]
    fn a_line_that_goes_on_is_not_run() {
        let mut prompt = prompt("a \\");
        assert_eq!(press(&mut prompt, "Enter"), Effect::Taken);
        assert_eq!(prompt.text, "a \\\n");
    }
}
