//! Two branches of the run at one simulated time.

use super::Given;
use crate::api::{EcoString, Event, Millis, ObjectKey, Time, sort};
use crate::cluster::Actor;
use crate::controllers::daemonset::eligibility::Placement;
use crate::explain::compare::{Course, differing_nodes, strategy, told};
use crate::explain::{self, MISSCHEDULED, Piece, Revisions, counters};
use crate::session::{Branch, Session, WhatIf};
use crate::sim::StepNo;
use crate::ui::figures::{Chip, chip, status};
use crate::ui::panels::map::MANY;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The actors whose steps stand above the chart.
pub const LANES: [Actor; 3] = [Actor::DaemonSetController, Actor::Scheduler, Actor::Kubelet];

/// Of so many events at most the latest are shown.
const EVENTS: usize = 30;

/// What two branches come to as far as they are recorded. It stays as long as no step is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Courses {
    /// The last step that they have in common.
    pub common: StepNo,
    /// The two, A first.
    pub both: [Option<Course>; 2],
    /// What they come to, in words.
    pub told: Vec<Piece>,
    /// When they part, and the last time in the drawing.
    pub span: (Time, Time),
    /// The steps of each that stand above its chart.
    pub ticks: [Vec<LaneTick>; 2],
    /// When something became different.
    pub differences: Vec<Time>,
}

/// A step above the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneTick {
    /// When it was.
    pub at: Time,
    /// Which of [`LANES`].
    pub lane: usize,
    /// Whether its actor could not do what it tried.
    pub failed: bool,
}

/// One of two branches, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchSide {
    /// `A` or `B`.
    pub letter: &'static str,
    /// Which branch.
    pub branch: Branch,
    /// Whether it is the open one: editor and menus act on it.
    pub is_open: bool,
    /// How its DaemonSet is updated, or what was done in it.
    pub what: String,
    /// The shown step, and how many are recorded.
    pub steps: (StepNo, StepNo),
    /// The counters: heading, number, whether it is another in the other branch.
    pub counts: Vec<(&'static str, i32, bool)>,
    /// Whether it goes on, in a few words.
    pub state: &'static str,
    /// Its nodes, in the same order as in the other; none where there are too many for cards: then they are on a map.
    pub nodes: Vec<SideNode>,
    /// What `kubectl get events` has since the branches parted, the latest first.
    pub events: Vec<SideEvent>,
    /// The shown step in words.
    pub told: Vec<Piece>,
    /// When the shown step was.
    pub at: Time,
}

/// A node of a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct SideNode {
    /// Its name.
    pub name: EcoString,
    /// As `kubectl get nodes` prints it; empty where the branch has no such node.
    pub status: String,
    /// The pods of the DaemonSet.
    pub pods: Vec<Chip>,
    /// Why there is none, or what there is to say.
    pub reason: Vec<Piece>,
    /// Whether it is otherwise in the other branch.
    pub differs: bool,
    /// Whether one of both branches has more than one line to tell of it: the cards are as high in both.
    pub is_high: bool,
}

/// An event of a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct SideEvent {
    /// When it was told last.
    pub at: Time,
    /// A word.
    pub reason: EcoString,
    /// What it is about, as `kind/name`.
    pub object: String,
    /// A sentence.
    pub message: EcoString,
    /// Whether the other branch has no such event.
    pub differs: bool,
}

/// What is shown of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The two branches, A first; none as long as there is one only.
    pub sides: Option<[BranchSide; 2]>,
    /// How many nodes there are in both branches together.
    pub all: usize,
    /// The nodes that are not the same in both.
    pub different: Rc<BTreeSet<EcoString>>,
    /// How many nodes and counters differ now.
    pub differing: (usize, usize),
    /// The time that is shown: of the later of both steps.
    pub now: Time,
    /// Whether one of both can go on.
    pub can_run: bool,
    /// All branches but the two that are shown.
    pub others: Vec<Branch>,
    /// What can be asked.
    pub what_ifs: Vec<WhatIf>,
    /// Before which step such a branch begins, and how often the user did something since.
    pub before_what_if: Option<(StepNo, usize)>,
    /// The shown step.
    pub shown: StepNo,
}

/// The two branches, the one that was made first first.
pub fn pair(session: &Session) -> Option<[&Session; 2]> {
    let other = session.beside()?;
    Some(if session.branch.no < other.branch.no { [session, other] } else { [other, session] })
}

/// What two branches come to.
pub fn courses(given: &Given) -> Option<Courses> {
    let key = given.asked.clone()?;
    let both = pair(&given.session)?;
    let common = given.session.common();
    let course = |index: usize| Course::of(&both[index].timeline, common, &key);
    let found = [course(0), course(1)];
    let began = both[0].timeline.step(common).map_or(both[0].timeline.started(), |step| step.at);
    let last =
        |session: &Session| session.timeline.step(session.timeline.len()).map_or(began, |step| step.at);
    let end = last(both[0]).max(last(both[1]));
    let words = match &found {
        [Some(a), Some(b)] => told(["A", "B"], [a, b]),
        _ => Vec::new(),
    };
    let ticks = both.map(|session| {
        let steps = (common + 1..=session.timeline.len()).filter_map(|no| session.timeline.step(no));
        let tick = |step: &Rc<crate::sim::Step>| {
            let lane = LANES.iter().position(|actor| *actor == step.actor)?;
            (!step.is_idle()).then_some(LaneTick { at: step.at, lane, failed: step.failed() })
        };
        steps.filter_map(tick).collect()
    });
    let differences = given.session.differences(&key);
    let span = (began, end.max(began + Millis(1)));
    Some(Courses { common, both: found, told: words, span, ticks, differences })
}

/// What is shown.
pub fn model(given: &Given) -> Model {
    let Given { session, set, asked, order, .. } = given;
    let what_ifs = asked.as_ref().map(|set| session.what_ifs(set)).unwrap_or_default();
    let mut shown = Model {
        sides: None,
        all: 0,
        different: Rc::default(),
        differing: (0, 0),
        now: session.timeline.now(),
        can_run: false,
        others: Vec::new(),
        what_ifs,
        before_what_if: session.before_what_if(),
        shown: session.timeline.shown(),
    };
    let Some(both) = pair(session) else { return shown };
    let worlds = both.map(|session| session.timeline.world());
    let differing = set.as_ref().map(|set| differing_nodes(worlds[0], worlds[1], set)).unwrap_or_default();
    let counts = worlds.map(|world| {
        let set = set.as_ref().and_then(|key| world.daemon_set(&key.namespace, &key.name));
        set.map_or_else(Vec::new, |set| counters(set).to_vec())
    });
    let misscheduled =
        counts.iter().flatten().any(|(heading, number)| *heading == MISSCHEDULED && *number > 0);
    let all = names(both, order);
    // Of so many nodes the maps tell.
    let names = if all.len() > MANY { Vec::new() } else { all.clone() };
    let common = session.common();
    let mut events = [(0, 1), (1, 0)].map(|(own, other)| events(both[own], both[other], common));
    let mut sides = [0, 1].map(|index| {
        let other = &counts[1 - index];
        let counted = counts[index].iter().enumerate();
        let counted = counted.filter(|(_, (heading, _))| misscheduled || *heading != MISSCHEDULED);
        let counted = counted.map(|(place, (heading, number))| {
            (*heading, *number, other.get(place).is_none_or(|(_, other)| other != number))
        });
        let mut side = side(both[index], set.as_ref(), &names, &differing);
        side.letter = ["A", "B"][index];
        side.is_open = both[index].branch.no == session.branch.no;
        side.counts = counted.collect();
        side.events = std::mem::take(&mut events[index]);
        side
    });
    if sides[0].what == sides[1].what {
        // Then something else sets them apart.
        sides.iter_mut().for_each(|side| side.what.clear());
    }
    for place in 0..names.len() {
        let lines = |side: &BranchSide| {
            side.nodes.get(place).map_or(0, |node| node.pods.len() + usize::from(!node.reason.is_empty()))
        };
        let is_high = sides.iter().any(|side| lines(side) > 1);
        sides.iter_mut().filter_map(|side| side.nodes.get_mut(place)).for_each(|node| node.is_high = is_high);
    }
    let differ = sides[0].counts.iter().filter(|(_, _, differs)| *differs).count();
    shown.differing = (differing.len(), differ);
    (shown.all, shown.different) = (all.len(), Rc::new(differing));
    shown.now = sides[0].at.max(sides[1].at);
    shown.can_run = both.iter().any(|session| session.timeline.can_advance());
    let is_shown = |branch: &&Branch| both.iter().any(|session| session.branch.no == branch.no);
    shown.others = session.branches().into_iter().filter(|branch| !is_shown(branch)).cloned().collect();
    shown.sides = Some(sides);
    shown
}

fn names(both: [&Session; 2], order: &BTreeMap<EcoString, usize>) -> Vec<EcoString> {
    let worlds = both.map(|session| session.timeline.world());
    let all: BTreeSet<EcoString> =
        sort::set(worlds.iter().flat_map(|world| world.nodes()).map(|node| node.metadata.name.clone()));
    let mut all: Vec<EcoString> = all.into_iter().collect();
    sort::by_key(&mut all, |name| order.get(name).copied().unwrap_or(usize::MAX));
    all
}

/// The events of a branch since a time, the latest first; one that does not say when it was last is as old as it is.
fn told_since(session: &Session, from: Time) -> impl Iterator<Item = (Time, &Rc<Event>)> {
    let told = session.timeline.world().latest_events();
    told.filter_map(|event| Some((event.told_at()?, event))).take_while(move |(at, _)| *at >= from)
}

/// The latest events of a branch since a step, and which of them the other branch does not have.
fn events(own: &Session, other: &Session, common: StepNo) -> Vec<SideEvent> {
    let from = own.timeline.time_of(common);
    let mut told: Vec<(Time, &Rc<Event>)> = Vec::new();
    for (at, event) in told_since(own, from) {
        // Those of one time come in no order: which of them are the latest is known when all of them are there.
        if told.len() >= EVENTS && told.last().is_some_and(|(last, _)| *last != at) {
            break;
        }
        told.push((at, event));
    }
    sort::by(&mut told, |(left, one), (right, other)| {
        right.cmp(left).then_with(|| one.metadata.name.cmp(&other.metadata.name))
    });
    told.truncate(EVENTS);
    // What is late in one branch may be early in the other.
    let is_same = |one: &Event, other: &Event| {
        one.involved_object.name == other.involved_object.name
            && one.involved_object.kind == other.involved_object.kind
            && one.reason == other.reason
            && one.message == other.message
    };
    let mut lacking: Vec<usize> = (0..told.len()).collect();
    for (_, found) in told_since(other, from) {
        if lacking.is_empty() {
            break;
        }
        lacking.retain(|place| !is_same(told[*place].1, found));
    }
    let event = |(place, (at, event)): (usize, (Time, &Rc<Event>))| SideEvent {
        at,
        reason: event.reason.clone(),
        object: format!("{}/{}", event.involved_object.kind.to_ascii_lowercase(), event.involved_object.name),
        message: event.message.clone(),
        differs: lacking.contains(&place),
    };
    told.into_iter().enumerate().map(event).collect()
}

fn side(
    session: &Session,
    key: Option<&ObjectKey>,
    names: &[EcoString],
    differing: &BTreeSet<EcoString>,
) -> BranchSide {
    let timeline = &session.timeline;
    let world = timeline.world();
    let set = key.and_then(|key| world.daemon_set(&key.namespace, &key.name));
    let revisions = Revisions::of(world, set.map(|set| &**set));
    let placement = set.map(|set| Placement::new(&set.spec.template));
    let node = |name: &EcoString| {
        let found = world.node(name);
        let own = world.pods_on(name).filter(|pod| set.is_some_and(|set| pod.is_owned_by(&set.metadata.uid)));
        let own: Vec<Chip> = own.map(|pod| chip(timeline, pod, set.map(|set| &**set), &revisions)).collect();
        let reason = match (found, set, &placement) {
            (Some(found), Some(set), Some(placement)) => {
                explain::why::card(timeline, set, placement, found).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        SideNode {
            name: name.clone(),
            status: found.map(|node| status(node).0).unwrap_or_default(),
            pods: own,
            reason,
            differs: differing.contains(name),
            is_high: false,
        }
    };
    let step = timeline.step(timeline.shown());
    BranchSide {
        letter: "",
        branch: session.branch.clone(),
        is_open: false,
        what: set.map(|set| strategy(set)).unwrap_or_default(),
        steps: (timeline.shown(), timeline.len()),
        counts: Vec::new(),
        state: if timeline.following().is_some() { "goes on" } else { "nothing more happens" },
        nodes: names.iter().map(node).collect(),
        events: Vec::new(),
        told: explain::told(timeline, timeline.shown()).map(|told| told.what).unwrap_or_default(),
        at: step.map_or(timeline.started(), |step| step.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::explain::plain;
    use crate::session::Act;
    use crate::ui::state::{
        Motion, MotionAction, Opening, Panel, Prefs, SLICE, Theme, UiAction, UiState, ViewAction,
    };

    fn model(state: &UiState) -> Model {
        super::model(&Given::of(state))
    }

    fn courses(state: &UiState) -> Option<Courses> {
        super::courses(&Given::of(state))
    }

    fn opened(id: &str) -> Rc<UiState> {
        let example = examples::find(id).expect("there is such an example");
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Opened(Opening::Example(example)));
        state.reduced(UiAction::View(ViewAction::Show(&super::super::PANEL)))
    }

    fn asked(id: &str) -> Rc<UiState> {
        let state = opened(id);
        let first = model(&state).what_ifs.into_iter().next().expect("something can be asked");
        let mut state = state.reduced(UiAction::Session(Act::WhatIf(Box::new(first))));
        while state.moving.motion == Motion::Running {
            state = state.reduced(UiAction::Motion(MotionAction::Slice(SLICE)));
        }
        state
    }

    #[test]
    fn one_click_asks_and_runs_both_branches_to_their_ends() {
        let state = asked("rolling_update");
        let shown = model(&state);
        let [a, b] = shown.sides.expect("two branches");
        assert_eq!(
            (a.letter, a.what.as_str(), b.letter, b.what.as_str()),
            ("A", "maxUnavailable 1", "B", "maxSurge 1")
        );
        assert_eq!((a.is_open, b.is_open, shown.can_run), (false, true, false));
        let told = plain(&courses(&state).expect("courses").told);
        assert!(told.starts_with("A ") && told.contains(" B "), "{told}");
    }

    #[test]
    fn on_the_way_nodes_and_counters_that_differ_are_marked() {
        let state = asked("rolling_update");
        let common = courses(&state).expect("courses").common;
        let mut state = state.reduced(UiAction::Session(Act::Seek(common)));
        assert_eq!(model(&state).differing.0, 0, "they are one run up to there");
        let mut most = (0, 0);
        while model(&state).can_run && state.session.timeline.following().is_some() {
            state = state.reduced(UiAction::Session(Act::Forward));
            let now = model(&state).differing;
            most = (most.0.max(now.0), most.1.max(now.1));
        }
        assert!(most.0 > 0 && most.1 > 0, "{most:?}");
        let [a, b] = model(&state).sides.expect("two branches");
        assert_eq!(a.nodes.len(), b.nodes.len());
        assert!(a.nodes.iter().zip(&b.nodes).all(|(a, b)| (&a.name, a.differs) == (&b.name, b.differs)));
    }

    #[test]
    fn misscheduled_pods_are_counted_in_both_branches_if_one_has_any() {
        let state = asked("rolling_update");
        let headings = |state: &UiState| {
            model(state).sides.expect("two branches").map(|side| {
                side.counts.iter().map(|(heading, _, differs)| (*heading, *differs)).collect::<Vec<_>>()
            })
        };
        assert!(headings(&state).iter().all(|side| side.len() == 5));
        let taint = Act::Enter("kubectl taint nodes --all a=b:NoSchedule".into());
        let sync = Act::Enter("kubectl annotate ds --all -A a=b".into());
        let mut state =
            [taint, sync].into_iter().fold(state, |state, act| state.reduced(UiAction::Session(act)));
        while state.session.timeline.can_advance() {
            state = state.reduced(UiAction::Session(Act::Forward));
        }
        assert!(headings(&state).iter().all(|side| side[5..] == [(MISSCHEDULED, true)]));
    }

    #[test]
    fn a_key_goes_from_difference_to_difference_and_the_events_that_differ_are_marked() {
        let state = asked("rolling_update");
        let times = courses(&state).expect("courses").differences;
        let common = courses(&state).expect("courses").common;
        let mut state = state.reduced(UiAction::Session(Act::Seek(common)));
        for at in &times {
            state = state.reduced(UiAction::Difference { back: false });
            assert_eq!(model(&state).now, *at);
        }
        assert!(
            times.len() > 2
                && model(&state).sides.is_some_and(|sides| sides
                    .iter()
                    .all(|side| { side.events.iter().any(|event| event.differs) }))
        );
        let last = Rc::clone(&state).reduced(UiAction::Difference { back: false });
        assert_eq!(model(&last).now, model(&state).now, "there is no other");
        let before = last.reduced(UiAction::Difference { back: true });
        assert_eq!(Some(&model(&before).now), times.get(times.len() - 2));
    }

    #[test]
    fn only_the_view_of_what_if_moves_two_branches() {
        let state = asked("rolling_update");
        assert!(state.session.beside().is_some());
        const OTHER: &Panel = &Panel { id: "another", ..super::super::PANEL };
        let nodes = Rc::clone(&state).reduced(UiAction::View(ViewAction::Show(OTHER)));
        assert!(nodes.session.beside().is_none());
        let back = nodes.reduced(UiAction::View(ViewAction::Show(&super::super::PANEL)));
        assert!(back.session.beside().is_some());
    }
}
