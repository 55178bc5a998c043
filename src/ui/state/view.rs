//! Where one looks: which text, which object, which panel.

use crate::api::{EcoString, Kind, ObjectKey};
use crate::session::DocumentName;
use crate::sim::StepNo;

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

/// Where one looks.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The text in the editor.
    pub document: DocumentName,
    /// What Why? is about.
    pub selection: Selection,
    /// The attempt to schedule the selected pod that Why? tells; none = the last one.
    pub attempt: Option<StepNo>,
    /// The DaemonSet that is counted and shown by hue; none = the first.
    pub set: Option<ObjectKey>,
    /// The step whose own scene the user does not want to see.
    pub nodes_at: Option<StepNo>,
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
}

/// Another look.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewAction {
    /// Another text is to be in the editor.
    Document(DocumentName),
    /// The difference between two revisions is to stand in the editor's place.
    Diff,
    /// What stands beside the transport.
    Drawer(Drawer),
    /// The nodes are to be shown in place of the shown step's own scene, or the scene again.
    Scene,
    /// What Why? is about.
    Select(Selection),
    /// Why? tells this attempt to schedule a pod.
    Attempt(ObjectKey, StepNo),
    /// Another DaemonSet is counted.
    Set(ObjectKey),
    /// Another panel on a narrow screen.
    Tab(Tab),
    /// Editor on or off.
    Editor,
    /// The cluster is to be shown, or the gallery.
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
            set: None,
            nodes_at: None,
            tab: Tab::Cluster,
            editor_open: true,
            shows_diff: false,
            drawer: Drawer::Events,
            page: Page::Cluster,
        }
    }
}

impl View {
    /// The look at something that was just opened.
    pub(super) fn opened(&self) -> Self {
        View {
            editor_open: self.editor_open,
            drawer: self.drawer,
            nodes_at: self.nodes_at,
            ..View::default()
        }
    }

    /// Takes another look; `shown` is the shown step, `set` the DaemonSet that is counted.
    pub(super) fn take(&mut self, action: ViewAction, shown: StepNo, set: Option<ObjectKey>) {
        match action {
            ViewAction::Document(name) => (self.document, self.shows_diff) = (name, false),
            ViewAction::Diff => self.shows_diff = true,
            ViewAction::Drawer(drawer) => {
                // With the chart comes the grounds for it.
                if let Some(set) = set.filter(|_| drawer == Drawer::Rollout) {
                    self.selection = Selection::Set(set);
                }
                self.drawer = drawer;
            }
            ViewAction::Scene => {
                self.nodes_at = if self.nodes_at == Some(shown) { None } else { Some(shown) };
            }
            ViewAction::Select(selection) => {
                // A narrow screen shows one panel: what was tapped opens.
                if self.tab == Tab::Cluster && selection != Selection::Step {
                    self.tab = Tab::Why;
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
            ViewAction::Tab(tab) => {
                self.page = Page::Cluster;
                self.editor_open |= tab == Tab::Yaml;
                self.tab = tab;
            }
            ViewAction::Editor => self.editor_open = !self.editor_open,
            ViewAction::Page(page) => self.page = page,
            ViewAction::Escape => match self.page {
                Page::Gallery => self.page = Page::Cluster,
                Page::Cluster => self.take(ViewAction::Select(Selection::Step), shown, set),
            },
        }
    }
}
