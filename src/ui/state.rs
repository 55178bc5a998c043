//! What the page shows, and the only way in which it changes.
//!
//! Invariants: [`UiState::reduced`] is pure: no browser, no clock. What has effects outside (storage, timers, focus)
//! follows from the state, in the components. Nothing changed gives back the same `Rc`.

use super::panels::preemption;
use crate::api::{EcoString, Kind, ObjectKey};
use crate::examples::{self, Example, Opens};
use crate::explain::preview;
use crate::session::{self, Act, Document, DocumentName, Documents, Saved};
use crate::sim::{Cause, Command, Deed, RunEnd, StepNo, Timeline};
use std::collections::BTreeMap;
use std::rc::Rc;

/// So many steps are taken in one slice of a run, so that the page stays responsive.
pub const SLICE: u32 = 200;

/// So many steps an example may take to come to rest when it opens.
const OPENING: u32 = 5_000;

/// So many steps the Shift key jumps.
pub const JUMP: StepNo = 10;

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
}

impl Selection {
    /// What Why? can be asked of: a node, a pod or a DaemonSet.
    pub fn of(key: &ObjectKey) -> Option<Self> {
        match key.kind {
            Kind::Node => Some(Selection::Node(key.name.clone())),
            Kind::Pod => Some(Selection::Pod(key.clone())),
            Kind::DaemonSet => Some(Selection::Set(key.clone())),
            _ => None,
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Ink on paper.
    #[default]
    Light,
    /// The other way round.
    Dark,
}

impl Theme {
    /// Its name in storage and in `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

/// Whether steps go by by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// They don't.
    #[default]
    Still,
    /// One after the other, so that eyes can follow.
    Playing,
    /// As fast as they can be taken, until nothing more happens.
    Running,
}

/// How fast steps are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// 0.5×
    Slow,
    /// 1×
    #[default]
    Normal,
    /// 4×
    Fast,
}

impl Speed {
    /// All, the slowest first.
    pub const ALL: [Speed; 3] = [Speed::Slow, Speed::Normal, Speed::Fast];

    /// As on its button.
    pub fn label(self) -> &'static str {
        match self {
            Speed::Slow => "0.5×",
            Speed::Normal => "1×",
            Speed::Fast => "4×",
        }
    }

    /// Milliseconds from step to step.
    pub fn interval(self) -> u32 {
        match self {
            Speed::Slow => 1600,
            Speed::Normal => 800,
            Speed::Fast => 200,
        }
    }
}

/// The panel that a narrow screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The cluster.
    #[default]
    Cluster,
    /// The editor.
    Yaml,
    /// Why?
    Why,
    /// Events.
    Log,
}

impl Tab {
    /// All, from left to right.
    pub const ALL: [Tab; 4] = [Tab::Cluster, Tab::Yaml, Tab::Why, Tab::Log];

    /// Its name in `data-tab`.
    pub fn name(self) -> &'static str {
        match self {
            Tab::Cluster => "cluster",
            Tab::Yaml => "yaml",
            Tab::Why => "why",
            Tab::Log => "log",
        }
    }
}

/// What stands beside the transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawer {
    /// The events.
    #[default]
    Events,
    /// The pods of the shown DaemonSet by revision, step by step.
    Rollout,
}

/// What the page as a whole shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Editor, cluster, Why? and transport.
    #[default]
    Cluster,
    /// The examples.
    Gallery,
}

/// What floats above the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The list of keys.
    Shortcuts,
    /// What can be done to a node.
    NodeMenu(EcoString),
    /// What can be done to a pod.
    PodMenu(ObjectKey),
    /// What can be done to a DaemonSet.
    SetMenu(ObjectKey),
    /// A taint to be added or removed.
    Taint(EcoString),
    /// A label to be set or removed.
    Label(EcoString),
    /// Commands that would drop recorded steps.
    Branch(Deeds),
    /// Another cluster in place of work that was begun.
    Replace(Opening),
}

/// Commands of the user's that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Deeds {
    /// What they do, as the beginning of a question: `Apply`, `Cordon worker-a1`.
    pub title: String,
    /// The commands.
    pub commands: Vec<Command>,
    /// Whether they bring the texts to the cluster.
    pub applies: bool,
    /// What they add to the node list.
    pub adds: Option<String>,
}

impl Deeds {
    /// A single command.
    pub fn one(title: String, command: Command) -> Self {
        Deeds { title, commands: vec![command], applies: false, adds: None }
    }
}

/// What can be opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// One of the examples.
    Example(&'static Example),
    /// A manifest that was pasted or dropped.
    Pasted(Rc<str>),
    /// The work that another opening replaced.
    Kept,
    /// Work from storage.
    Saved(Rc<Saved>),
}

/// Something the user is told besides the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A sentence.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

/// Whether the work is being stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storing {
    /// It is.
    #[default]
    Works,
    /// The browser refuses.
    Fails,
    /// Another tab stored other work meanwhile; the user is to say which one stays.
    Contested,
}

/// What the page shows.
#[derive(Clone)]
pub struct UiState {
    /// The run.
    pub timeline: Rc<Timeline>,
    /// The nodes that it started from.
    pub start: Rc<str>,
    /// What the user did in it.
    pub acts: Rc<Vec<Act>>,
    /// The texts.
    pub documents: Documents,
    /// The text in the editor.
    pub document: DocumentName,
    /// The example that the work began with; empty for the user's own.
    pub example: EcoString,
    /// Whether anything was changed since it was opened.
    pub touched: bool,
    /// What Why? is about.
    pub selection: Selection,
    /// The attempt to schedule the selected pod that Why? tells; none = the last one.
    pub attempt: Option<StepNo>,
    /// The DaemonSet that is counted and shown by hue; none = the first.
    pub set: Option<ObjectKey>,
    /// Whether steps go by by themselves.
    pub motion: Motion,
    /// How fast.
    pub speed: Speed,
    /// The step that was just taken back.
    pub undone: Option<StepNo>,
    /// The step whose own scene the user does not want to see.
    pub nodes_at: Option<StepNo>,
    /// How a run ended that does not settle.
    pub unsettled: Option<RunEnd>,
    /// Light or dark.
    pub theme: Theme,
    /// Whether single letters are shortcuts.
    pub letters: bool,
    /// The panel that a narrow screen shows.
    pub tab: Tab,
    /// Whether the editor is unfolded.
    pub editor_open: bool,
    /// Whether the difference between two revisions stands in the editor's place.
    pub shows_diff: bool,
    /// What stands beside the transport.
    pub drawer: Drawer,
    /// What the page as a whole shows.
    pub page: Page,
    /// What floats above.
    pub dialog: Option<Dialog>,
    /// What the user is told.
    pub notice: Option<Notice>,
    /// Work that an opening replaced.
    pub kept: Option<Rc<Saved>>,
    /// Whether the work is being stored.
    pub storing: Storing,
    /// Counts the changes.
    pub version: u64,
    /// Counts the openings: the editor gives up its history with each.
    pub opened: u32,
    /// Counts the times that Apply was refused: the editor goes to the first error with each.
    pub objections: u32,
}

/// All that can happen to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum UiAction {
    /// The user changed a text.
    Edited(DocumentName, Rc<str>),
    /// Another text is to be in the editor.
    DocumentShown(DocumentName),
    /// The texts are to be applied.
    Applied,
    /// A text is to be again as it was applied.
    Reverted,
    /// The user does something to the cluster.
    Did(Deeds),
    /// A node is to be added.
    NodeAdded,
    /// What the dialog asks is to be done, here and now.
    Confirmed,
    /// What the dialog asks is to be done, after the last recorded step.
    ConfirmedAtLatest,
    /// One step on.
    SteppedForward,
    /// One step back.
    SteppedBack,
    /// Some steps on or back.
    Jumped(i64),
    /// A recorded step is to be shown.
    Seeked(StepNo),
    /// The last recorded step is to be shown.
    WentToLatest,
    /// The cause of the shown step is to be shown.
    WentToCause,
    /// Play, or stop.
    PlayToggled,
    /// The time for the next played step has come.
    Ticked,
    /// Run until nothing more happens, or stop.
    RunToggled,
    /// The next slice of a run.
    Sliced,
    /// The nodes are to be shown in place of the shown step's own scene, or the scene again.
    SceneToggled,
    /// How fast steps are played.
    SpeedChosen(Speed),
    /// What Why? is about.
    Selected(Selection),
    /// Why? tells this attempt to schedule a pod.
    AttemptChosen(ObjectKey, StepNo),
    /// Another DaemonSet is counted.
    SetChosen(ObjectKey),
    /// The other theme.
    ThemeToggled,
    /// Single letters as shortcuts, on or off.
    LettersToggled,
    /// Another panel on a narrow screen.
    TabChosen(Tab),
    /// Editor on or off.
    EditorToggled,
    /// The difference between two revisions is to stand in the editor's place.
    DiffShown,
    /// What stands beside the transport.
    DrawerChosen(Drawer),
    /// Gallery on or off.
    GalleryToggled,
    /// Something is to float above the page.
    Asked(Dialog),
    /// Nothing is.
    DialogClosed,
    /// An example, or work of one's own.
    Opened(Opening),
    /// The user is to be told something.
    Told(Notice),
    /// The user has read it.
    NoticeClosed,
    /// Something became of storing the work.
    Stored(Storing),
}

impl UiState {
    /// The first example, running.
    pub fn first_visit(theme: Theme) -> Self {
        let mut state = UiState {
            timeline: Rc::new(session::start("")),
            start: "".into(),
            acts: Rc::default(),
            documents: Saved::default().documents(),
            document: DocumentName::Manifest,
            example: "".into(),
            touched: false,
            selection: Selection::Step,
            attempt: None,
            set: None,
            motion: Motion::Still,
            speed: Speed::Normal,
            undone: None,
            nodes_at: None,
            unsettled: None,
            theme,
            letters: true,
            tab: Tab::Cluster,
            editor_open: true,
            shows_diff: false,
            drawer: Drawer::Events,
            page: Page::Cluster,
            dialog: None,
            notice: None,
            kept: None,
            storing: Storing::Works,
            version: 0,
            opened: 0,
            objections: 0,
        };
        if let Some(example) = examples::ALL.first() {
            state.open(&Opening::Example(example));
        }
        state
    }

    /// The state after an action.
    pub fn reduced(self: Rc<Self>, action: UiAction) -> Rc<Self> {
        let mut next = UiState::clone(&self);
        if !next.take(action) {
            return self;
        }
        next.version += 1;
        Rc::new(next)
    }

    /// The work, to be stored.
    pub fn saved(&self) -> Saved {
        let Documents { manifest, nodes } = &self.documents;
        Saved {
            example: self.example.to_string(),
            manifest: manifest.text.to_string(),
            nodes: nodes.text.to_string(),
            applied_manifest: manifest.applied.to_string(),
            applied_nodes: nodes.applied.to_string(),
            start: self.start.to_string(),
            acts: self.acts.iter().map(session::to_json).collect(),
            touched: self.touched,
            shown: self.timeline.shown(),
            recorded: self.timeline.len(),
        }
    }

    /// Whether other work differs from this one at most in where one stands in it.
    pub fn is_same_work(&self, other: &Saved) -> bool {
        let mine = self.saved();
        mine.manifest == other.manifest && mine.nodes == other.nodes && mine.acts == other.acts
    }

    /// The DaemonSet that is counted and shown by hue.
    pub fn shown_set(&self) -> Option<ObjectKey> {
        let world = self.timeline.world();
        let chosen = self.set.clone().filter(|key| world.get(key).is_some());
        chosen.or_else(|| {
            world
                .daemon_sets()
                .next()
                .map(|set| ObjectKey::new(Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name))
        })
    }

    /// The place of each node in the user's list.
    pub fn node_order(&self) -> BTreeMap<EcoString, usize> {
        let nodes = self.documents.nodes.read.objects.iter().filter_map(|located| located.object.as_node());
        nodes.enumerate().map(|(index, node)| (node.metadata.name.clone(), index)).collect()
    }

    /// Whether the DaemonSet controller takes nodes by chance as of the shown step.
    pub fn by_chance(&self) -> bool {
        let shown = self.timeline.shown();
        let chosen = self.acts.iter().rev().filter(|act| act.after < shown);
        chosen
            .filter_map(|act| match act.command {
                Command::Order { by_chance } => Some(by_chance),
                _ => None,
            })
            .next()
            .unwrap_or(false)
    }

    /// The title of what is open.
    pub fn title(&self) -> &str {
        examples::find(&self.example).map_or("Your cluster", |example| example.title)
    }

    /// Recorded steps after the shown one.
    pub fn later_steps(&self) -> StepNo {
        self.timeline.len() - self.timeline.shown()
    }

    /// Whether the shown step has a scene of its own in place of the nodes.
    pub fn has_scene(&self) -> bool {
        preemption::model::attempt(&self.timeline).is_some()
    }

    /// The step whose changes are marked: the shown one, or the one just taken back.
    pub fn marked_step(&self) -> StepNo {
        self.undone.unwrap_or(self.timeline.shown())
    }

    /// Brings the texts to the cluster, unless there is an error in them or the API server would refuse them: then
    /// nothing happens to it.
    fn apply(&mut self) -> bool {
        let commands = self.documents.commands();
        let is_refused =
            || !preview(&commands, self.timeline.world(), self.timeline.now()).refused.is_empty();
        if self.documents.errors() > 0 || is_refused() {
            self.objections += 1;
            return true;
        }
        self.ask_or_do(Deeds { title: "Apply".into(), commands, applies: true, adds: None })
    }

    fn ask_or_do(&mut self, deeds: Deeds) -> bool {
        if self.later_steps() > 0 {
            self.dialog = Some(Dialog::Branch(deeds));
        } else {
            self.carry_out(&deeds);
        }
        true
    }

    fn carry_out(&mut self, deeds: &Deeds) {
        let (shown, dropped) = (self.timeline.shown(), self.later_steps());
        let acts = Rc::make_mut(&mut self.acts);
        acts.retain(|act| act.after < shown);
        let timeline = Rc::make_mut(&mut self.timeline);
        let mut refused = Vec::new();
        for command in &deeds.commands {
            acts.push(Act { after: timeline.shown(), command: command.clone() });
            let trace = timeline.act(command);
            refused.extend(trace.done.iter().filter_map(|done| match &done.deed {
                Deed::Refused(error) => Some(error.to_string()),
                _ => None,
            }));
            let step = timeline.step(timeline.shown());
            refused.extend(step.iter().flat_map(|step| &step.refused).map(|(_, error)| error.to_string()));
        }
        if deeds.applies {
            self.documents.set_applied();
        }
        if let Some(text) = &deeds.adds {
            let nodes = &mut self.documents.nodes;
            let join = |old: &str| match old.trim_end() {
                "" => text.clone(),
                old => format!("{old}\n---\n{text}"),
            };
            *nodes = Document::new(&join(&nodes.text), &join(&nodes.applied));
        }
        self.touched = true;
        self.undone = None;
        self.unsettled = None;
        self.notice = match (refused.is_empty(), dropped) {
            (false, _) => Some(Notice { text: refused.join("; "), bad: true }),
            (true, 0) => None,
            (true, 1) => Some(Notice { text: format!("Dropped step {}.", shown + 1), bad: false }),
            (true, _) => Some(Notice {
                text: format!("Dropped steps {}–{}.", shown + 1, shown + dropped),
                bad: false,
            }),
        };
    }

    /// Moves along the timeline; says whether that changed anything.
    fn travel(&mut self, go: impl FnOnce(&mut Timeline)) -> bool {
        let (shown, len) = (self.timeline.shown(), self.timeline.len());
        go(Rc::make_mut(&mut self.timeline));
        self.undone = None;
        (shown, len) != (self.timeline.shown(), self.timeline.len())
    }

    fn stop(&mut self) -> bool {
        std::mem::replace(&mut self.motion, Motion::Still) != Motion::Still
    }

    fn take(&mut self, action: UiAction) -> bool {
        match action {
            UiAction::Edited(name, text) => {
                let document = self.documents.get_mut(name);
                if document.text == text {
                    return false;
                }
                *document = Document::new(&text, &document.applied);
                self.touched = true;
                true
            }
            UiAction::DocumentShown(name) => {
                let was_diff = change(&mut self.shows_diff, false);
                change(&mut self.document, name) || was_diff
            }
            UiAction::DiffShown => change(&mut self.shows_diff, true),
            UiAction::DrawerChosen(drawer) => {
                // With the chart comes the grounds for it.
                if let Some(set) = self.shown_set().filter(|_| drawer == Drawer::Rollout) {
                    self.selection = Selection::Set(set);
                }
                change(&mut self.drawer, drawer)
            }
            UiAction::Applied => {
                self.stop();
                self.apply()
            }
            UiAction::Reverted => {
                for name in DocumentName::ALL {
                    let document = self.documents.get_mut(name);
                    if document.errors() > 0 {
                        *document = Document::new(&document.applied, &document.applied);
                    }
                }
                true
            }
            UiAction::Did(deeds) => {
                self.stop();
                self.dialog = None;
                self.ask_or_do(deeds)
            }
            UiAction::NodeAdded => self.add_node(),
            UiAction::Confirmed => match self.dialog.take() {
                Some(Dialog::Branch(deeds)) => {
                    self.carry_out(&deeds);
                    true
                }
                Some(Dialog::Replace(opening)) => {
                    self.kept = Some(Rc::new(self.saved()));
                    self.open(&opening);
                    true
                }
                dialog => dialog.is_some(),
            },
            UiAction::ConfirmedAtLatest => {
                let dialog = self.dialog.take();
                if let Some(Dialog::Branch(deeds)) = &dialog {
                    self.travel(|timeline| timeline.seek(timeline.len()));
                    self.carry_out(deeds);
                }
                dialog.is_some()
            }
            UiAction::SteppedForward => {
                self.stop();
                if !self.travel(|timeline| {
                    timeline.forward();
                }) {
                    return self.tell("Nothing more happens by itself: the cluster is stable.");
                }
                self.notice = None;
                true
            }
            UiAction::SteppedBack => {
                self.stop();
                let shown = self.timeline.shown();
                if self.travel(|timeline| {
                    timeline.back();
                }) {
                    self.undone = Some(shown);
                    return true;
                }
                false
            }
            UiAction::Jumped(by) => {
                self.stop();
                let to = i64::from(self.timeline.shown()).saturating_add(by).max(0);
                let to = StepNo::try_from(to).unwrap_or(StepNo::MAX);
                self.travel(|timeline| {
                    while timeline.shown() < to && timeline.forward() {}
                    timeline.seek(to);
                })
            }
            UiAction::Seeked(no) => {
                let stopped = self.stop();
                self.travel(|timeline| timeline.seek(no)) || stopped
            }
            UiAction::WentToLatest => {
                let stopped = self.stop();
                self.travel(|timeline| timeline.seek(timeline.len())) || stopped
            }
            UiAction::WentToCause => {
                let cause = self.timeline.step(self.timeline.shown()).map(|step| step.cause);
                match cause.and_then(Cause::step) {
                    Some(no) => self.take(UiAction::Seeked(no)),
                    None => false,
                }
            }
            UiAction::PlayToggled => {
                if self.motion == Motion::Still && !self.timeline.can_advance() {
                    return self.tell("Nothing more happens by itself: the cluster is stable.");
                }
                self.motion = if self.motion == Motion::Still { Motion::Playing } else { Motion::Still };
                self.notice = None;
                true
            }
            UiAction::Ticked => {
                if self.motion != Motion::Playing {
                    return false;
                }
                self.travel(|timeline| {
                    timeline.forward();
                });
                if !self.timeline.can_advance() {
                    self.stop();
                }
                true
            }
            UiAction::RunToggled => {
                if self.motion == Motion::Running {
                    return self.stop();
                }
                if !self.timeline.can_advance() {
                    return self.tell("Nothing more happens by itself: the cluster is stable.");
                }
                self.motion = Motion::Running;
                self.notice = None;
                true
            }
            UiAction::Sliced => {
                if self.motion != Motion::Running {
                    return false;
                }
                self.run(SLICE);
                true
            }
            UiAction::SceneToggled => {
                let shown = Some(self.timeline.shown());
                self.nodes_at = if self.nodes_at == shown { None } else { shown };
                true
            }
            UiAction::SpeedChosen(speed) => change(&mut self.speed, speed),
            UiAction::Selected(selection) => {
                let shown = self.tab;
                if self.tab == Tab::Cluster && self.selection == selection && selection != Selection::Step {
                    self.tab = Tab::Why;
                }
                let is_other = change(&mut self.selection, selection);
                if is_other {
                    self.attempt = None;
                }
                is_other || self.tab != shown
            }
            UiAction::AttemptChosen(about, no) => {
                // What was told because of the shown step stays in view from now on.
                self.selection = Selection::of(&about).unwrap_or_default();
                change(&mut self.attempt, Some(no))
            }
            UiAction::SetChosen(key) => change(&mut self.set, Some(key)),
            UiAction::LettersToggled => {
                self.letters = !self.letters;
                true
            }
            UiAction::ThemeToggled => {
                self.theme = if self.theme == Theme::Light { Theme::Dark } else { Theme::Light };
                true
            }
            UiAction::TabChosen(tab) => {
                let on_gallery = change(&mut self.page, Page::Cluster);
                let unfolds = tab == Tab::Yaml && change(&mut self.editor_open, true);
                change(&mut self.tab, tab) || on_gallery || unfolds
            }
            UiAction::EditorToggled => {
                self.editor_open = !self.editor_open;
                true
            }
            UiAction::GalleryToggled => {
                self.stop();
                self.page = if self.page == Page::Cluster { Page::Gallery } else { Page::Cluster };
                true
            }
            UiAction::Asked(dialog) => change(&mut self.dialog, Some(dialog)),
            UiAction::DialogClosed => change(&mut self.dialog, None),
            UiAction::Opened(opening) => {
                self.stop();
                if self.touched && !matches!(opening, Opening::Saved(_)) {
                    self.dialog = Some(Dialog::Replace(opening));
                } else {
                    self.open(&opening);
                }
                true
            }
            UiAction::Told(notice) => change(&mut self.notice, Some(notice)),
            UiAction::NoticeClosed => change(&mut self.notice, None),
            UiAction::Stored(storing) => {
                if storing == Storing::Fails && self.storing != Storing::Fails {
                    let text = "The browser does not keep this work: its storage is full or switched off.";
                    self.notice = Some(Notice { text: text.into(), bad: true });
                }
                change(&mut self.storing, storing)
            }
        }
    }

    fn tell(&mut self, text: &str) -> bool {
        self.stop();
        self.notice = Some(Notice { text: text.into(), bad: false });
        true
    }

    fn run(&mut self, most: u32) {
        let end = Rc::make_mut(&mut self.timeline).run(most);
        self.undone = None;
        if end != RunEnd::More {
            self.motion = Motion::Still;
        }
        self.unsettled = matches!(end, RunEnd::NotSettling { .. }).then_some(end);
    }

    fn add_node(&mut self) -> bool {
        let world = self.timeline.world();
        let name = (1..).map(|number| format!("node-{number}")).find(|name| world.node(name).is_none());
        let name = name.unwrap_or_default();
        let text = format!(
            "apiVersion: v1\nkind: Node\nmetadata:\n  name: {name}\nstatus:\n  capacity: {{cpu: \"4\", memory: 8Gi, pods: \"110\"}}\n"
        );
        let objects = Document::new(&text, "").objects();
        let objects = objects.iter().map(crate::sim::complete_node).collect();
        let deeds = Deeds::one(format!("Add {name}"), Command::Apply { objects });
        self.ask_or_do(Deeds { adds: Some(text), ..deeds })
    }

    /// Opens something in place of what is open.
    fn open(&mut self, opening: &Opening) {
        self.dialog = None;
        self.notice = None;
        self.unsettled = None;
        self.undone = None;
        self.motion = Motion::Still;
        self.selection = Selection::Step;
        self.attempt = None;
        self.set = None;
        self.document = DocumentName::Manifest;
        self.shows_diff = false;
        self.page = Page::Cluster;
        self.tab = Tab::Cluster;
        self.touched = false;
        self.opened += 1;
        match opening {
            Opening::Example(example) => {
                self.example = example.id.into();
                self.begin(example.manifest, example.nodes);
                if example.opens == Opens::AtRest {
                    self.run(OPENING);
                }
                if let Some(next) = example.next {
                    let manifest = &mut self.documents.manifest;
                    *manifest = Document::new(next, &manifest.applied);
                }
            }
            Opening::Pasted(text) => {
                self.example = "".into();
                self.begin(text, examples::FOUR_NODES);
                self.touched = true;
            }
            Opening::Kept => {
                if let Some(kept) = self.kept.take() {
                    self.resume(&kept);
                }
            }
            Opening::Saved(saved) => self.resume(saved),
        }
    }

    /// A new cluster of these nodes, with the manifest applied if it has no errors.
    fn begin(&mut self, manifest: &str, nodes: &str) {
        self.start = nodes.into();
        self.timeline = Rc::new(session::start(nodes));
        self.acts = Rc::default();
        self.documents =
            Documents { manifest: Document::new(manifest, ""), nodes: Document::new(nodes, nodes) };
        if self.documents.errors() == 0 {
            let objects = self.documents.manifest.objects();
            let commands = vec![Command::Apply { objects }];
            self.carry_out(&Deeds { title: "Apply".into(), commands, applies: true, adds: None });
            self.touched = false;
        }
    }

    fn resume(&mut self, saved: &Saved) {
        self.example = saved.example.as_str().into();
        self.start = saved.start.as_str().into();
        self.documents = saved.documents();
        let (timeline, acts) = saved.replay();
        self.timeline = Rc::new(timeline);
        self.acts = Rc::new(acts);
        self.touched = saved.touched;
    }
}

/// Sets a value; says whether it is another one.
fn change<T: PartialEq>(place: &mut T, value: T) -> bool {
    let differs = *place != value;
    *place = value;
    differs
}
