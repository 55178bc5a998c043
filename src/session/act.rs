//! What a person can do in a session, and what comes of it.

use super::{Document, DocumentName, Documents, LogEntry, Session, WrittenText, follow};
use crate::api::{EcoString, Node, ObjectKey, Time, well_known_taints};
use crate::kubectl::{Book, Request};
use crate::manifest::edit::TextChange;
use crate::manifest::value_to_yaml;
use crate::sim::{Refused, RunEnd, Step, StepNo};
use serde_json::{Value, json};
use std::rc::Rc;

/// Something a person wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A text is to be another.
    Edit(DocumentName, WrittenText),
    /// Texts with errors in them are to be again as they were applied.
    Revert,
    /// The texts are to be applied.
    Apply,
    /// Texts that were applied are to say what the cluster has by now ([`Session::drift`]).
    TakeOver,
    /// A node is to be added, to the cluster and to the node list.
    AddNode,
    /// So many nodes like one of the cluster are to be added, to the cluster and to the node list.
    AddLike(EcoString, u32),
    /// Something is to be done to the cluster.
    Do {
        /// As the beginning of a question: `Cordon worker-a1`.
        title: String,
        /// What.
        request: Request,
    },
    /// What was typed in the terminal is to be run.
    Enter(Rc<str>),
    /// A text that a command in the terminal wanted ([`Outcome::Wants`]) is there, or cannot be had: the command is run.
    Learn(Book, Option<Rc<str>>, Rc<str>),
    /// The command that follows in the terminal is to end.
    Interrupt,
    /// The object that is open in the editor (`kubectl edit`) is to be saved as this text says.
    Save(Rc<str>),
    /// The object that is open in the editor is to stay as it is.
    CloseEdit,
    /// Several things are to be done to the cluster, one after the other.
    DoAll {
        /// As the beginning of a question.
        title: String,
        /// What.
        requests: Vec<Request>,
    },
    /// One step on.
    Forward,
    /// On to the next step in which something happened.
    ForwardBusy,
    /// One step back.
    Back,
    /// Some steps on or back.
    Jump(i64),
    /// A recorded step is to be shown.
    Seek(StepNo),
    /// The cluster is to be shown as it was at a simulated time, in both of two branches that are compared.
    At(Time),
    /// The last recorded step is to be shown.
    Latest,
    /// The cause of the shown step is to be shown.
    Cause,
    /// On until nothing more happens, at most so many steps.
    Run(u32),
    /// The run is to be copied as it is at the shown step, as a branch of its own, which is then open.
    Fork,
    /// The manifest that was applied last is to be applied otherwise, in a branch of its own.
    WhatIf(Box<WhatIf>),
    /// Another branch is to be open.
    Switch(u32),
    /// A branch is to have another name.
    NameBranch(u32, EcoString),
    /// A branch is to go, with all its steps.
    DropBranch(u32),
    /// The open branch is to be compared with another one, or with none.
    Compare(Option<u32>),
    /// On with a stored run that is being taken again, at most so many steps.
    Resume(u32),
    /// The rest of a stored run is not to be taken again.
    Abandon,
}

/// What becomes of recorded steps after the shown one, if an act writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Nothing is done as long as there are any.
    Ask,
    /// They are dropped.
    Here,
    /// The act is done after the last one.
    Latest,
    /// They stay in the branch that is open; the act is done in a new one, forked at the shown step.
    Branch,
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done.
    Done(Done),
    /// It changed nothing.
    Unchanged,
    /// The texts cannot be applied: nothing was done.
    Refused(Refusal),
    /// It would drop recorded steps: nothing was done.
    WouldDrop {
        /// The first of them.
        from: StepNo,
        /// The last of them.
        to: StepNo,
    },
    /// A text has to be fetched before what was typed can be run: nothing was done.
    Wants(Book, Rc<str>),
    /// Nothing more happens by itself.
    Stable,
    /// The run does not come to rest.
    NotSettling(RunEnd),
    /// A stored run is still being taken again: nothing was done.
    Resuming,
    /// The stored run was taken again.
    Resumed(Resumed),
}

/// A stored run was taken again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The version of what took the stored one.
    pub engine: String,
    /// The step by which it is another run than the stored one.
    pub differs: Option<StepNo>,
}

/// A question of the kind "what if it had been applied otherwise?".
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// What is otherwise: `maxSurge 1 instead of maxUnavailable 1`.
    pub told: String,
    /// The name of its branch.
    pub(super) name: EcoString,
    /// The DaemonSet.
    pub(super) set: ObjectKey,
    /// How its manifest is otherwise.
    pub(super) change: TextChange,
}

/// Why texts cannot be applied.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There are errors in them.
    Errors,
    /// There is no object in the manifest.
    NoObjects,
    /// There are as many branches as there may be.
    Branches,
    /// The API server would refuse some of their objects, and the others are as wanted already.
    ByServer(Vec<Refused>),
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The steps that it dropped: the first and the last.
    pub dropped: Option<(StepNo, StepNo)>,
    /// What the API server refused all the same.
    pub refused: Vec<String>,
    /// Objects of the node list that were changed in the cluster alone, and why the list could not follow.
    pub unfollowed: Vec<String>,
}

/// A command that is about to be done, with the texts that are then applied.
pub(super) struct Planned {
    request: Request,
    pub(super) applied: Vec<(DocumentName, Rc<str>)>,
    /// How the node list follows.
    list: List,
}

/// How the node list follows a command.
enum List {
    /// It is what is applied, or stays as it is.
    Stays,
    /// It gets a document more.
    Gets(String),
    /// It is changed as the objects in it are.
    Follows,
}

impl Done {
    /// This, and what was done before it.
    pub(super) fn add(&mut self, next: Done) {
        self.dropped = self.dropped.or(next.dropped);
        self.refused.extend(next.refused);
        self.unfollowed.extend(next.unfollowed);
    }
}

impl Planned {
    /// What was typed, with the texts that count as applied by it if it goes well.
    pub(super) fn typed(request: &Request, code: i32, documents: &Documents) -> Self {
        let words: Vec<&str> = request.words().iter().map(String::as_str).collect();
        let applied = match words.as_slice() {
            ["kubectl", "apply", "-f", file]
            | ["playground", "restore", "-f", file]
            | ["playground", "set", "nodes", "-f", file] => DocumentName::of_file(file),
            _ => None,
        };
        let request = request.clone();
        match applied.filter(|_| code == 0) {
            Some(name) if (name == DocumentName::Manifest) != words.contains(&"nodes") => {
                let text = Rc::clone(&documents.get(name).text);
                Planned { request, applied: vec![(name, text)], list: List::Stays }
            }
            _ => match request.stdin().filter(|_| words.starts_with(&["playground", "add", "nodes"])) {
                Some(text) => Planned { list: List::Gets(text.to_owned()), request, applied: Vec::new() },
                None => Planned { request, applied: Vec::new(), list: List::Follows },
            },
        }
    }
}

/// A command of the user's, which the node list follows.
fn said(request: &Request) -> Planned {
    Planned { request: request.clone(), applied: Vec::new(), list: List::Follows }
}

impl Act {
    /// As the beginning of a question.
    pub fn title(&self) -> &str {
        match self {
            Act::Apply => "Apply",
            Act::AddNode | Act::AddLike(_, 1) => "Add a node",
            Act::AddLike(..) => "Add nodes",
            Act::Do { title, .. } | Act::DoAll { title, .. } => title,
            Act::Enter(text) => text.lines().next().unwrap_or_default(),
            Act::Save(_) => "Save",
            _ => "",
        }
    }
}

impl Session {
    /// Whether an act is to change a text or the cluster at the shown step. Steps that come by themselves are no
    /// such change.
    pub fn writes(&self, act: &Act) -> bool {
        match act {
            Act::Edit(..)
            | Act::Revert
            | Act::TakeOver
            | Act::Apply
            | Act::AddNode
            | Act::AddLike(..)
            | Act::Do { .. }
            | Act::DoAll { .. }
            | Act::Fork
            | Act::WhatIf(_)
            | Act::NameBranch(..)
            | Act::DropBranch(_) => true,
            Act::Enter(typed) | Act::Learn(_, _, typed) => self.would_act(typed),
            Act::Save(_) => self.editing().is_some(),
            Act::Interrupt
            | Act::CloseEdit
            | Act::Forward
            | Act::ForwardBusy
            | Act::Back
            | Act::Jump(_)
            | Act::Seek(_)
            | Act::At(_)
            | Act::Latest
            | Act::Cause
            | Act::Run(_)
            | Act::Switch(_)
            | Act::Compare(_)
            | Act::Resume(_)
            | Act::Abandon => false,
        }
    }

    /// The session after an act, and what came of it.
    pub fn act(&self, act: &Act, past: Past) -> (Session, Outcome) {
        let mut next = self.clone();
        let waits =
            !matches!(act, Act::Edit(..) | Act::Revert | Act::TakeOver | Act::Resume(_) | Act::Abandon);
        if self.resuming.is_some() && waits {
            return (next, Outcome::Resuming);
        }
        let outcome = match act {
            Act::Edit(name, written) => next.edit(*name, written),
            Act::Revert => next.revert(),
            Act::TakeOver => next.take_over(),
            Act::Apply | Act::AddNode | Act::AddLike(..) | Act::Do { .. } | Act::DoAll { .. } => {
                next.write(act, past)
            }
            Act::Enter(text) => next.enter(text, past),
            Act::Learn(book, text, typed) => next.learn(*book, text.as_deref(), typed),
            Act::Interrupt => next.interrupt(),
            Act::Save(text) => next.save(Some(text), past),
            Act::CloseEdit => next.save(None, past),
            Act::Forward => next.onward(|_| false),
            Act::ForwardBusy => next.onward(Step::is_idle),
            Act::Back => next.travel(|next| next.jump(-1)),
            Act::Jump(by) => next.travel(|next| next.jump(*by)),
            Act::Seek(no) => next.travel(|next| next.seek(*no)),
            Act::At(time) => next.travel(|next| next.seek_time(*time)),
            Act::Latest => next.travel(Session::latest),
            Act::Cause => {
                let step = self.timeline.step(self.timeline.shown());
                let cause = step.and_then(|step| step.cause.step());
                cause.map_or(Outcome::Unchanged, |no| next.travel(|next| next.seek(no)))
            }
            // What waits for a command is run right after the step with which that ends.
            Act::Run(most) => match next.run(if next.is_waited_for() { 1 } else { *most }) {
                RunEnd::More => Outcome::Done(Done::default()),
                RunEnd::Stable => Outcome::Stable,
                end @ RunEnd::NotSettling { .. } => Outcome::NotSettling(end),
            },
            Act::Fork => next.fork(),
            Act::WhatIf(asked) => next.ask_what_if(asked),
            Act::Switch(no) => next.switch(*no),
            Act::NameBranch(no, name) => next.name_branch(*no, name),
            Act::DropBranch(no) => next.drop_branch(*no),
            Act::Compare(no) => next.compare(*no),
            Act::Resume(most) => next.take_again(*most),
            Act::Abandon => next.abandon(),
        };
        let mut due = next.listen();
        if matches!(act, Act::Resume(_)) {
            // What waited was run then, and stands in the log.
            due.clear();
        }
        while !due.is_empty() {
            due.iter().for_each(|due| next.run_due(due));
            due = next.listen();
        }
        (next, outcome)
    }

    fn edit(&mut self, name: DocumentName, written: &WrittenText) -> Outcome {
        let document = self.documents.get_mut(name);
        if document.text == written.text {
            return Outcome::Unchanged;
        }
        *document = document.edited(written.clone());
        self.adopt_list();
        self.touched = true;
        Outcome::Done(Done::default())
    }

    fn revert(&mut self) -> Outcome {
        let mut outcome = Outcome::Unchanged;
        for name in DocumentName::ALL {
            let document = self.documents.get_mut(name);
            if document.errors() > 0 {
                *document = Document::of(Rc::clone(&document.applied), Rc::clone(&document.applied));
                outcome = Outcome::Done(Done::default());
            }
        }
        outcome
    }

    fn take_over(&mut self) -> Outcome {
        let mut outcome = Outcome::Unchanged;
        for name in DocumentName::ALL {
            let Some((keys, trial)) = self.drifted(name) else { continue };
            let (document, unfollowed) = (self.documents.get(name), self.unfollowed(name));
            let [applied, text] = [document.as_applied(), document].map(|document| -> Rc<str> {
                let text = follow::taken_over(document, &keys, &trial);
                follow::replayed(&text, unfollowed.iter().copied()).1.into()
            });
            if let done @ Outcome::Done(_) = self.edit(name, &text.into()) {
                outcome = done;
                // What is done elsewhere from now on is told again.
                self.count_as_applied(name, applied);
            }
        }
        outcome
    }

    /// Moves, and says whether that changed what is shown.
    pub(super) fn travel(&mut self, go: impl FnOnce(&mut Session)) -> Outcome {
        let before = (self.at(), self.beside().map(Session::at));
        let held_list = self.holds_list();
        go(self);
        if (self.at(), self.beside().map(Session::at)) == before {
            return Outcome::Unchanged;
        }
        self.show_moved(held_list);
        Outcome::Done(Done::default())
    }

    /// One step on, and further past those that are not worth a look.
    fn onward(&mut self, passes: fn(&Step) -> bool) -> Outcome {
        let is_waited_for = self.is_waited_for();
        let goes_on = |step: &Step| passes(step) && !is_waited_for;
        match self.travel(|next| while next.forward().is_some_and(|step| goes_on(&step)) {}) {
            Outcome::Unchanged => Outcome::Stable,
            moved => moved,
        }
    }

    /// Does what writes to the cluster.
    fn write(&mut self, act: &Act, past: Past) -> Outcome {
        if past == Past::Latest {
            self.travel(Session::latest);
        }
        let planned = match self.plan(act) {
            Ok(planned) if planned.is_empty() => {
                if *act == Act::Apply {
                    self.apply_nothing();
                }
                return Outcome::Unchanged;
            }
            Ok(planned) => planned,
            Err(refused) => return Outcome::Refused(refused),
        };
        let (shown, len) = (self.timeline.shown(), self.timeline.len());
        let later = (shown < len).then_some((shown + 1, len));
        if let (Some((from, to)), Past::Ask) = (later, past) {
            return Outcome::WouldDrop { from, to };
        }
        if past == Past::Branch
            && let refused @ Outcome::Refused(_) = self.fork()
        {
            return refused;
        }
        let done = self.carry_out(planned);
        Outcome::Done(Done { dropped: later.filter(|_| past != Past::Branch), ..done })
    }

    /// What an act writes to the shown cluster.
    fn plan(&self, act: &Act) -> Result<Vec<Planned>, Refusal> {
        let here = |request: &Request| said(&request.from_home(self.timeline.world().namespace()));
        match act {
            Act::Apply => self.plan_apply(),
            Act::AddNode => Ok(vec![self.plan_node()]),
            Act::AddLike(node, count) => Ok(self.plan_like(node, *count).into_iter().collect()),
            Act::Do { request, .. } => Ok(vec![here(request)]),
            Act::DoAll { requests, .. } => Ok(requests.iter().map(here).collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// The lines that an act says to the shown cluster; none for one that says nothing, or is refused.
    pub fn lines(&self, act: &Act) -> Vec<String> {
        match act {
            Act::Enter(text) => vec![text.trim_end().to_owned()],
            Act::Save(text) => self.saving(text).iter().map(|request| request.line().to_string()).collect(),
            act => {
                let planned = self.plan(act).unwrap_or_default();
                planned.iter().map(|planned| planned.request.line().to_string()).collect()
            }
        }
    }

    fn plan_apply(&self) -> Result<Vec<Planned>, Refusal> {
        if self.documents.errors() > 0 {
            return Err(Refusal::Errors);
        }
        if self.applies_nothing() {
            return Err(Refusal::NoObjects);
        }
        // As kubectl does, what is accepted is applied though some of it is refused; but the text then counts as one
        // that is still to be applied.
        let trial = self.trial();
        if !trial.refused.is_empty() && !trial.changes_anything() {
            return Err(Refusal::ByServer(trial.refused));
        }
        // What would all be `unchanged` makes no step, as a command that reads makes none.
        let has_begun = self.done().next().is_some();
        let (mut planned, mut as_is) = (Vec::new(), Vec::new());
        for (command, (name, request)) in self.applying().into_iter().enumerate() {
            let is_whole = trial.refused.iter().all(|refused| refused.command != command);
            let applied = is_whole.then(|| (name, Rc::clone(&self.documents.get(name).text)));
            let changes = trial.changes.get(command).is_some_and(|(_, changes)| !changes.is_empty());
            if changes || !is_whole || !has_begun {
                planned.push(Planned { request, applied: applied.into_iter().collect(), list: List::Stays });
            } else {
                as_is.extend(applied);
            }
        }
        // Of two texts the one that the cluster agrees with counts as applied with the other.
        planned.iter_mut().take(1).for_each(|planned| planned.applied.append(&mut as_is));
        Ok(planned)
    }

    /// Answers as kubectl does where the cluster has what the texts ask for, which then count as applied.
    fn apply_nothing(&mut self) {
        for (name, request) in self.applying() {
            self.ask_again(&request.line().as_str().into(), &Rc::default(), &[]);
            self.count_as_applied(name, Rc::clone(&self.documents.get(name).text));
        }
    }

    /// A node of a name that is free.
    fn plan_node(&self) -> Planned {
        let name = self.free_names("node-", 1).next().unwrap_or_default();
        added(node_text(&name))
    }

    /// Nodes with the labels, taints and room of another; none where there is no such node.
    fn plan_like(&self, node: &str, count: u32) -> Option<Planned> {
        let like = self.timeline.world().node(node)?;
        let base = node.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number = node[base.len()..].parse().unwrap_or(1u32);
        let base = if base.len() == node.len() { format!("{node}-") } else { base.to_owned() };
        let names = self.free_names(&base, number.saturating_add(1));
        let texts: Vec<String> =
            names.take(count as usize).map(|name| value_to_yaml(&like_of(like, &name))).collect();
        (!texts.is_empty()).then(|| added(texts.join("---\n")))
    }

    /// Names that neither the cluster nor the list has, with numbers from one on.
    fn free_names<'a>(&'a self, base: &'a str, from: u32) -> impl Iterator<Item = String> + 'a {
        let nodes = self.documents.nodes.objects();
        let is_listed = move |name: &str| nodes.iter().any(|object| *object.metadata().name == *name);
        let names = (from..).map(move |number| format!("{base}{number}"));
        names.filter(move |name| self.timeline.world().node(name).is_none() && !is_listed(name))
    }

    /// Takes the planned steps after the shown one, in place of those that were there. Gives what the API server
    /// refused of them, and where the node list could not follow.
    pub(super) fn carry_out(&mut self, planned: Vec<Planned>) -> Done {
        let shown = self.timeline.shown();
        self.forget_later_replies();
        let waited = self.timeline.time_of(shown);
        let waited = Some(self.timeline.now()).filter(|now| *now > waited);
        let log = Rc::make_mut(&mut self.log);
        log.retain(|entry| entry.after < shown);
        let timeline = Rc::make_mut(&mut self.timeline);
        let (mut refused, mut unfollowed) = (Vec::new(), Vec::new());
        for Planned { request, applied, list } in planned {
            let said = timeline.say(&request);
            let after = timeline.shown() - 1;
            refused.extend(said.answer.refused().map(|(_, error)| error.to_string()));
            if refused.is_empty() && said.answer.code != 0 {
                refused.push(said.answer.err.trim_end().to_owned());
            }
            let step = timeline.step(timeline.shown()).cloned();
            refused.extend(step.iter().flat_map(|step| &step.refused).map(|(_, error)| error.to_string()));
            let nodes = &mut self.documents.nodes;
            let known = unfollowed.len();
            let (text, as_applied) = match list {
                List::Stays => (None, None),
                List::Gets(text) => {
                    let with = |list: &str| Some(with_document(list, &text).into());
                    (with(&nodes.text), with(&nodes.applied))
                }
                List::Follows => {
                    let list = follow::list(nodes, step.iter().flat_map(|step| &step.changes));
                    unfollowed.extend(list.unfollowed);
                    (list.text, list.applied)
                }
            };
            if let Some(text) = text {
                *nodes = nodes.edited(text);
            }
            if let Some(applied) = &as_applied {
                nodes.set_applied(Rc::clone(applied));
            }
            let followed = as_applied.map(|text| (DocumentName::Nodes, text)).into_iter().collect();
            let waited = waited.filter(|_| after == shown);
            let behind = unfollowed.len() > known;
            log.push(LogEntry { after, waited, request, applied, followed, behind, own: false });
        }
        self.run += 1;
        self.touched = true;
        self.name_after_first();
        self.show_applied();
        self.adopt_list();
        Done { dropped: None, refused, unfollowed }
    }
}

/// A command that adds nodes, and the list gets them.
fn added(text: String) -> Planned {
    Planned { request: Request::add_nodes(&text), applied: Vec::new(), list: List::Gets(text) }
}

/// A node as one writes it, with the labels, the taints of users and the room of another.
fn like_of(node: &Node, name: &str) -> Value {
    let mut labels = json!(node.metadata.labels);
    let hostname = "kubernetes.io/hostname";
    if labels.get(hostname).is_some() {
        labels[hostname] = name.into();
    }
    let own = node.spec.taints.iter().filter(|taint| !taint.is_of_node_lifecycle());
    let own: Vec<_> = own.filter(|taint| taint.key != well_known_taints::UNSCHEDULABLE).collect();
    let mut value = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels },
        "status": { "allocatable": node.status.allocatable, "capacity": node.status.capacity },
    });
    if !own.is_empty() {
        value["spec"] = json!({ "taints": own });
    }
    value
}

fn node_text(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: {name}\nstatus:\n  capacity: {{cpu: \"4\", memory: 8Gi, pods: \"110\"}}\n"
    )
}

/// A text with one more document at its end.
fn with_document(text: &str, document: &str) -> String {
    match text.trim_end() {
        "" => document.to_owned(),
        text => format!("{text}\n---\n{document}"),
    }
}
