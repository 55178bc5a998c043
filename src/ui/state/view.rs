//! Where one looks: which text, which object, which panel.

use super::panel::{Height, Panel, Slot};
use super::predicting::GUESSING;
use crate::api::{EcoString, Kind, ObjectKey};
use crate::session::DocumentName;
use crate::sim::StepNo;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What Why? is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Nothing is selected: it follows the shown step.
    #[default]
    Step,
    /// A node.
    Node(EcoString),
    /// A pod.
    Pod(ObjectKey),
    /// A DaemonSet.
    Set(ObjectKey),
    /// A Service.
    Service(ObjectKey),
}

impl Selection {
    /// What Why? can be asked of: a node, a pod, a DaemonSet or a Service.
    pub fn of(key: &ObjectKey) -> Option<Self> {
        match key.kind {
            Kind::Node => Some(Selection::Node(key.name.clone())),
            Kind::Pod => Some(Selection::Pod(key.clone())),
            Kind::DaemonSet => Some(Selection::Set(key.clone())),
            Kind::Service => Some(Selection::Service(key.clone())),
            _ => None,
        }
    }

    /// The name of what is selected.
    pub fn name(&self) -> Option<&EcoString> {
        match self {
            Selection::Step => None,
            Selection::Node(name) => Some(name),
            Selection::Pod(key) | Selection::Set(key) | Selection::Service(key) => Some(&key.name),
        }
    }
}

/// What the page as a whole shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Editor, cluster, Why? and transport.
    #[default]
    Cluster,
    /// The examples.
    Gallery,
    /// The lessons and challenges.
    Lessons,
}

/// Where one looks.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The text in the editor.
    pub document: DocumentName,
    /// What Why? is about.
    pub selection: Selection,
    /// The attempt to schedule the selected pod that Why? tells; none = the last one.
    pub attempt: Option<StepNo>,
    /// The nodes that are chosen together, for what is done to several.
    pub marked: Rc<BTreeSet<EcoString>>,
    /// The line of a text that was asked for last, and how many were asked for by then.
    pub line: Option<(DocumentName, u32, u32)>,
    /// The DaemonSet that is counted and shown by hue; none = the first.
    pub set: Option<ObjectKey>,
    /// The step whose own scene the user does not want to see.
    pub nodes_at: Option<StepNo>,
    /// The place that a narrow screen shows.
    pub slot: Slot,
    /// The panels that the user chose, by place; none = the first of the place.
    chosen: [Option<&'static Panel>; Slot::ALL.len()],
    /// Counts how often a line was asked for.
    pointed: u32,
    /// Counts how often a panel of the dock was asked for: one that takes keys takes the focus with each.
    pub asked: u32,
    /// How high the user made the dock; none = as its panel says.
    height: Option<Height>,
    /// Whether the editor is unfolded.
    pub editor_open: bool,
    /// Whether it was folded to make room for a wide panel, and unfolds when that goes.
    made_room: bool,
    /// Whether the difference between two revisions stands in the editor's place.
    pub shows_diff: bool,
    /// Whether the editor shows the object that `kubectl edit` opened.
    pub shows_edited: bool,
    /// What the page as a whole shows.
    pub page: Page,
}

/// Another look.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewAction {
    /// Another text is to be in the editor.
    Document(DocumentName),
    /// A node is to be one of several that are chosen, or no longer.
    Mark(EcoString),
    /// No node is to be chosen with others.
    Unmark,
    /// A line of a text is to be seen.
    Line(DocumentName, u32),
    /// The difference between two revisions is to stand in the editor's place.
    Diff,
    /// The object that `kubectl edit` opened is to be in the editor.
    Edited,
    /// A panel is to be shown in its place.
    Show(&'static Panel),
    /// The same, for who goes on looking elsewhere.
    Beside(&'static Panel),
    /// The dock is to have the next height.
    Height,
    /// The shown step's own scene is to be shown, or the nodes in its place.
    Scene(bool),
    /// What Why? is about.
    Select(Selection),
    /// Why? tells this attempt to schedule a pod.
    Attempt(ObjectKey, StepNo),
    /// Another DaemonSet is counted.
    Set(ObjectKey),
    /// Another place on a narrow screen.
    Slot(Slot),
    /// Editor on or off.
    Editor,
    /// The cluster is to be shown, the gallery, or the lessons.
    Page(Page),
    /// Out of what is open: the gallery, or what was selected.
    Escape,
}

impl Default for View {
    fn default() -> Self {
        View {
            document: DocumentName::Manifest,
            selection: Selection::Step,
            attempt: None,
            marked: Rc::default(),
            line: None,
            set: None,
            nodes_at: None,
            slot: Slot::Stage,
            chosen: [None; Slot::ALL.len()],
            asked: 0,
            pointed: 0,
            height: None,
            editor_open: true,
            made_room: false,
            shows_diff: false,
            shows_edited: false,
            page: Page::Cluster,
        }
    }
}

/// The views of the cluster in which one guesses.
pub(super) const GUESSED_IN: [&str; 2] = ["nodes", "map"];

impl View {
    /// Shows the cluster for guessing: beside it, in the place of Why?, the panel that counts the guesses.
    fn guess(&mut self, panel: &'static Panel) {
        self.chosen[Slot::Right as usize] = Some(panel);
        let is_other = |panel: &&'static Panel| !GUESSED_IN.contains(&panel.id);
        if self.panel(Slot::Stage).as_ref().is_some_and(is_other) {
            self.begin_at_cluster();
        }
        (self.selection, self.attempt) = (Selection::Step, None);
        (self.page, self.slot) = (Page::Cluster, Slot::Stage);
    }

    /// Shows the cluster as it is shown until the user chooses a view.
    pub(super) fn begin_at_cluster(&mut self) {
        self.chosen[Slot::Stage as usize] = None;
        self.make_room(false);
    }

    /// Why? is in its place again.
    pub(super) fn end_guessing(&mut self) {
        let chosen = &mut self.chosen[Slot::Right as usize];
        *chosen = chosen.filter(|panel| panel.id != GUESSING);
    }

    /// The panel that the user chose for a place; none = the first one of the place.
    pub fn panel(&self, slot: Slot) -> Option<&'static Panel> {
        self.chosen[slot as usize]
    }

    /// How high the dock is.
    pub fn height(&self) -> Height {
        let panel = self.panel(Slot::Dock);
        self.height.unwrap_or_else(|| panel.map(|panel| panel.height).unwrap_or_default())
    }

    /// Lets the dock be as high as the user makes it.
    pub(super) fn raise(&mut self) {
        self.height = Some(Height::Half);
    }

    /// Folds the editor for a wide panel, or unfolds it when that goes.
    fn make_room(&mut self, is_wide: bool) {
        if is_wide {
            self.made_room |= self.editor_open;
            self.editor_open = false;
        } else if std::mem::take(&mut self.made_room) {
            self.editor_open = true;
        }
    }

    /// Whether the place of Why? is asked for: something is selected, or one guesses.
    pub fn is_asking(&self) -> bool {
        self.selection != Selection::Step || self.panel(Slot::Right).is_some_and(|panel| panel.id == GUESSING)
    }

    /// Lets the editor go to a line of a text.
    pub(super) fn point(&mut self, name: DocumentName, line: u32) {
        self.pointed += 1;
        self.line = Some((name, line, self.pointed));
    }

    /// The look at something that was just opened.
    pub(super) fn opened(&self) -> Self {
        View {
            editor_open: self.editor_open,
            made_room: self.made_room,
            chosen: self.chosen,
            asked: self.asked,
            pointed: self.pointed,
            height: self.height,
            ..View::default()
        }
    }

    /// Takes another look; `shown` is the shown step, `set` the DaemonSet that is counted.
    pub(super) fn take(&mut self, action: ViewAction, shown: StepNo, set: Option<ObjectKey>) {
        match action {
            ViewAction::Document(name) => {
                self.document = name;
                (self.shows_diff, self.shows_edited) = (false, false);
            }
            ViewAction::Mark(name) => {
                let marked = Rc::make_mut(&mut self.marked);
                if !marked.remove(&name) {
                    marked.insert(name);
                }
            }
            ViewAction::Unmark => self.marked = Rc::default(),
            ViewAction::Line(name, line) => {
                self.take(ViewAction::Document(name), shown, None);
                self.point(name, line);
                self.take(ViewAction::Slot(Slot::Side), shown, set);
            }
            ViewAction::Diff => (self.shows_diff, self.shows_edited) = (true, false),
            ViewAction::Edited => {
                (self.shows_diff, self.shows_edited) = (false, true);
                self.take(ViewAction::Slot(Slot::Side), shown, set);
            }
            ViewAction::Show(panel) if panel.id == GUESSING => self.guess(panel),
            ViewAction::Show(panel) => {
                if let Some(set) = set.clone().filter(|_| panel.asks_why) {
                    self.take(ViewAction::Select(Selection::Set(set)), shown, None);
                }
                self.take(ViewAction::Beside(panel), shown, None);
                self.asked += u32::from(panel.slot == Slot::Dock);
                if panel.slot == Slot::Stage {
                    self.make_room(panel.is_wide);
                }
                self.take(ViewAction::Slot(panel.slot), shown, set);
            }
            ViewAction::Beside(panel) => {
                if panel.slot == Slot::Dock && self.panel(Slot::Dock) != Some(panel) {
                    self.height = None;
                }
                self.chosen[panel.slot as usize] = Some(panel);
            }
            ViewAction::Height => self.height = Some(self.height().next()),
            ViewAction::Scene(is_wanted) => self.nodes_at = (!is_wanted).then_some(shown),
            ViewAction::Select(selection) => {
                // A narrow screen shows one panel: what was tapped opens.
                if self.slot == Slot::Stage && selection != Selection::Step {
                    self.slot = Slot::Right;
                }
                if selection != Selection::Step {
                    self.end_guessing();
                }
                if self.selection != selection {
                    self.selection = selection;
                    self.attempt = None;
                }
            }
            ViewAction::Attempt(about, no) => {
                // What was told because of the shown step stays in view from now on.
                self.selection = Selection::of(&about).unwrap_or_default();
                self.attempt = Some(no);
            }
            ViewAction::Set(key) => self.set = Some(key),
            ViewAction::Slot(slot) => {
                self.page = Page::Cluster;
                self.editor_open |= slot == Slot::Side;
                self.slot = slot;
            }
            ViewAction::Editor => {
                self.editor_open = !self.editor_open;
                self.made_room = false;
            }
            ViewAction::Page(page) => self.page = page,
            ViewAction::Escape => match self.page {
                Page::Gallery | Page::Lessons => self.page = Page::Cluster,
                Page::Cluster if !self.marked.is_empty() => self.marked = Rc::default(),
                Page::Cluster => self.take(ViewAction::Select(Selection::Step), shown, set),
            },
        }
    }
}
