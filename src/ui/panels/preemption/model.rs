//! What a preemption looked at, decided and came to, laid out for a drawing of a given width.

use crate::api::{Kind, Object, PodDisruptionBudget, sort};
use crate::cluster::World;
use crate::explain::{Measure, Piece, Revisions, count, lacking, name_end};
use crate::scheduler::{Candidate, DryRunFate, DryRunPod};
use crate::scheduler::{NodeVerdict, PodInfo, Preempted, SchedulingTrace};
use crate::sim::{StepNo, Timeline};
use crate::ui::figures::{Chip, Emphasis, chip, role, status};
use std::rc::Rc;

/// The most other nodes that are named.
const OTHERS: usize = 24;
/// Height of a row's boxes, and from row to row.
pub const BOX: f64 = 40.0;
const ROW: f64 = 76.0;
/// From the top of a row's text to its boxes.
const HEAD: f64 = 20.0;
/// Width of a letter of the diagram's names, and room beside them.
const LETTER: f64 = 6.7;
const PADDING: f64 = 10.0;

/// The scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The step.
    pub no: StepNo,
    /// The pod that room is made for.
    pub pod: Option<Chip>,
    /// What of it matters here.
    pub facts: Vec<(&'static str, String)>,
    /// The node that was nominated.
    pub node: String,
    /// Role and zone.
    pub role: String,
    /// As `kubectl get nodes` prints it.
    pub status: (String, Emphasis),
    /// Of whom the pod waits to be gone.
    pub waits_for: Vec<Piece>,
    /// One diagram a resource that is short.
    pub fits: Vec<Fit>,
    /// The pods on the node, as of the step.
    pub chips: Vec<Chip>,
    /// What budgets had to say.
    pub budgets: Vec<Vec<Piece>>,
    /// One sentence about all other nodes.
    pub others_told: Vec<Piece>,
    /// The other nodes, each with the reason.
    pub others: Vec<(String, String)>,
    /// Other nodes that are not named.
    pub more: usize,
}

/// A fit diagram: width is the resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The resource; none = something that is no amount.
    pub measure: Option<Measure>,
    /// The question.
    pub title: String,
    /// What else there is to say of the fit.
    pub aside: String,
    /// Now, dry run, after.
    pub rows: [FitRow; 3],
    /// Where the allocatable amount ends, and how much it is.
    pub limit: Option<(f64, String)>,
    /// Names of boxes that are too narrow for them.
    pub legend: Vec<String>,
    /// Height of the drawing.
    pub height: f64,
}

/// A row of boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRow {
    /// What it shows.
    pub told: String,
    /// Where its text stands.
    pub y: f64,
    /// From left to right.
    pub boxes: Vec<Shape>,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What it stands for.
    pub kind: ShapeKind,
    /// Its left edge.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its name, as far as it fits.
    pub name: String,
    /// The line below.
    pub note: String,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeKind {
    /// A pod of the same or a higher priority: never a victim.
    Safe,
    /// A pod of lower priority.
    Lower,
    /// It may stay.
    Reprieved,
    /// It has to go.
    Victim,
    /// The pod that room is made for, in its place.
    New,
    /// The same where there is no room for it.
    NoRoom,
    /// Room.
    Free,
}

/// The scene of the shown step in a drawing of this width. None where the step chose no victims.
pub fn scene(timeline: &Timeline, width: f64) -> Option<Scene> {
    let step = timeline.step(timeline.shown())?;
    let (no, trace) = (step.no, step.preemption()?);
    let preempted = trace.preemption.as_deref()?;
    let chosen = preempted.chosen()?;
    let world = timeline.world();
    let owner = trace.info.pod.metadata.controller();
    let set = owner.and_then(|owner| world.daemon_set(&trace.pod.namespace, &owner.name));
    let revisions = Revisions::of(world, set.map(|set| &**set));
    let of_pod = |pod: &crate::api::Pod| chip(timeline, pod, set.map(|set| &**set), &revisions);
    let node = world.node(&chosen.node);
    let measures = lacking(&trace.info.pod, &chosen.info);
    let fits = match measures.is_empty() {
        true => vec![fit(trace, chosen, None, width)],
        false => measures.into_iter().map(|measure| fit(trace, chosen, Some(measure), width)).collect(),
    };
    let (others, more) = others(trace, preempted, chosen);
    Some(Scene {
        no,
        pod: world.pod(&trace.pod.namespace, &trace.pod.name).map(|pod| of_pod(pod)),
        facts: facts(trace),
        node: chosen.node.to_string(),
        role: node.map(|node| role(node).join(" · ")).unwrap_or_default(),
        status: node.map(|node| status(node)).unwrap_or_default(),
        waits_for: waits_for(trace, chosen),
        fits,
        chips: world
            .pods_on(&chosen.node)
            .filter(|pod| pod.node().is_some())
            .map(|pod| of_pod(pod))
            .collect(),
        budgets: budgets(world, chosen),
        others_told: others_told(preempted),
        others,
        more,
    })
}

fn facts(trace: &SchedulingTrace) -> Vec<(&'static str, String)> {
    let spec = &trace.info.pod.spec;
    let asked: Vec<String> = [Measure::Cpu, Measure::Memory]
        .into_iter()
        .filter(|measure| measure.asked(&trace.info.pod) > 0)
        .map(|measure| format!("{} {}", measure.name(), measure.text(measure.asked(&trace.info.pod))))
        .collect();
    let mut facts = Vec::new();
    if !spec.priority_class_name.is_empty() {
        facts.push(("priorityClassName", spec.priority_class_name.to_string()));
    }
    facts.push(("priority", trace.info.priority().to_string()));
    facts.push(("requests", if asked.is_empty() { "none".into() } else { asked.join(", ") }));
    facts
}

fn waits_for(trace: &SchedulingTrace, chosen: &Candidate) -> Vec<Piece> {
    let mut told = vec![Piece::Text(format!("Room on {} is made for ", chosen.node))];
    told.push(Piece::Code(short(&trace.info)));
    told.push(Piece::Text(". It stays ".into()));
    told.push(Piece::Strong("Pending".into()));
    told.push(Piece::Text(" until ".into()));
    for (index, victim) in chosen.victims().iter().enumerate() {
        if index > 0 {
            told.push(Piece::Text(", ".into()));
        }
        told.push(Piece::Code(short(&victim.pod)));
    }
    let are = if chosen.victims().len() == 1 { "is" } else { "are" };
    told.push(Piece::Text(format!(" {are} gone; other pods may take the room before.")));
    told
}

/// The end of a daemon pod's name, the whole of any other's; of a mirror pod without its node.
fn short(pod: &PodInfo) -> String {
    let metadata = &pod.pod.metadata;
    let name = metadata.name.as_str();
    if metadata.controller().is_some_and(|owner| owner.kind == "DaemonSet") {
        return name_end(name).to_owned();
    }
    let bare = pod.pod.node().and_then(|node| name.strip_suffix(node)?.strip_suffix('-'));
    bare.unwrap_or(name).to_owned()
}

/// Lays out the three rows.
fn fit(trace: &SchedulingTrace, chosen: &Candidate, measure: Option<Measure>, width: f64) -> Fit {
    let amount = |pod: &PodInfo| measure.as_ref().map_or(1, |measure| measure.of_pod(pod));
    let text = |amount: i64| measure.as_ref().map(|measure| measure.text(amount)).unwrap_or_default();
    let own = &trace.info;
    let asked = measure.as_ref().map_or(1, |measure| measure.asked(&own.pod));
    let lower: Vec<&DryRunPod> = in_drawing_order(chosen);
    let is_lower = |pod: &PodInfo| lower.iter().any(|lower| lower.pod.name == pod.name);
    let safe: Vec<&Rc<PodInfo>> = chosen.info.pods.iter().filter(|pod| !is_lower(pod)).collect();
    let taken: i64 = chosen.info.pods.iter().map(|pod| amount(pod)).fold(0, i64::saturating_add);
    let all = measure.as_ref().map(|measure| measure.of(&chosen.info.allocatable));

    // The pod without room stands beyond the end of the node, so that is in view, too.
    let end = all.unwrap_or(taken).max(taken);
    let scale = width / (end.saturating_add(asked).max(1) as f64);
    let mut legend = Vec::new();
    let mut layout = Layout { scale, x: 0.0, y: 0.0, boxes: Vec::new(), legend: &mut legend };
    let mut rows = Vec::new();
    let tops = [0.0, ROW, 2.0 * ROW];
    let victims: Vec<String> = chosen.victims().iter().map(|victim| short(&victim.pod)).collect();

    for (index, top) in tops.into_iter().enumerate() {
        layout.start(top + HEAD);
        for pod in &safe {
            layout.put(ShapeKind::Safe, amount(pod), &short(pod), &text(amount(pod)));
        }
        for tried in &lower {
            let size = amount(&tried.pod);
            let (kind, note) = match (index, tried.fate) {
                (0, _) => (ShapeKind::Lower, text(size)),
                (1, DryRunFate::Reprieved) => (ShapeKind::Reprieved, "reprieved".to_owned()),
                (1, DryRunFate::Victim) => (ShapeKind::Victim, "victim".to_owned()),
                (_, DryRunFate::Reprieved) => (ShapeKind::Lower, text(size)),
                (_, DryRunFate::Victim) => continue,
            };
            layout.put(kind, size, &short(&tried.pod), &note);
        }
        if index == 2 {
            layout.put(ShapeKind::New, asked, &short(own), &text(asked));
        }
        layout.free(all);
        if index == 0 {
            layout.at(end);
            let name = format!("{} {}", short(own), text(asked));
            layout.put(ShapeKind::NoRoom, asked, name.trim_end(), "no room");
        }
        let told = match (index, &measure) {
            (0, Some(_)) => format!("1  now: {} of {}", text(taken), text(all.unwrap_or(0))),
            (0, None) => "1  now".to_owned(),
            (1, _) => "2  dry run: lower priorities out, then put back what still fits".to_owned(),
            _ => format!(
                "3  when {} {} gone",
                victims.join(", "),
                if victims.len() == 1 { "has" } else { "have" }
            ),
        };
        rows.push(FitRow { told, y: top + 11.0, boxes: std::mem::take(&mut layout.boxes) });
    }
    let rows: [FitRow; 3] = rows.try_into().unwrap_or_else(|_| {
        std::array::from_fn(|_| FitRow { told: String::new(), y: 0.0, boxes: Vec::new() })
    });
    let limit = all.map(|all| (all as f64 * scale, format!("{} allocatable", text(all))));
    Fit {
        title: match &measure {
            Some(measure) => format!("Does {} fit? {}", short(own), measure.name()),
            None => format!("Why {} does not fit", short(own)),
        },
        aside: aside(trace, chosen, measure.as_ref()),
        measure,
        rows,
        limit,
        legend,
        height: 2.0 * ROW + HEAD + BOX + 18.0,
    }
}

/// Victims last, so that what goes and what comes lie side by side; the most important first.
fn in_drawing_order(chosen: &Candidate) -> Vec<&DryRunPod> {
    let reprieved = chosen.pods.iter().filter(|pod| pod.fate == DryRunFate::Reprieved);
    reprieved.chain(chosen.pods.iter().filter(|pod| pod.fate == DryRunFate::Victim)).collect()
}

/// What else there is to say: that the other resource fits, or what a node lacks that is no amount.
fn aside(trace: &SchedulingTrace, chosen: &Candidate, measure: Option<&Measure>) -> String {
    let pod = &trace.info.pod;
    let Some(measure) = measure else {
        let verdict = trace.verdict(&chosen.node).and_then(NodeVerdict::rejection);
        return verdict.map(|rejection| rejection.message()).unwrap_or_default();
    };
    let other = if *measure == Measure::Memory { Measure::Cpu } else { Measure::Memory };
    let (asked, taken) = (other.asked(pod), other.taken(&chosen.info));
    let free = other.of(&chosen.info.allocatable).saturating_sub(taken);
    if asked == 0 || asked > free {
        return String::new();
    }
    format!("{} fits: {} of {} free", other.name(), other.text(asked), other.text(free))
}

/// Puts boxes side by side.
struct Layout<'a> {
    scale: f64,
    x: f64,
    y: f64,
    boxes: Vec<Shape>,
    legend: &'a mut Vec<String>,
}

impl Layout<'_> {
    fn start(&mut self, y: f64) {
        (self.x, self.y) = (0.0, y);
    }

    /// Goes on at an amount.
    fn at(&mut self, amount: i64) {
        self.x = amount as f64 * self.scale;
    }

    fn put(&mut self, kind: ShapeKind, amount: i64, name: &str, note: &str) {
        let width = amount as f64 * self.scale;
        let room = ((width - PADDING) / LETTER).floor().max(0.0) as usize;
        let letters = name.chars().count();
        let shown = match room {
            room if letters <= room => name.to_owned(),
            room if room >= 5 => name.chars().take(room - 1).chain(['…']).collect(),
            _ => {
                let initials: String =
                    name.split('-').take(2).filter_map(|part| part.chars().next()).collect();
                let safe =
                    if kind == ShapeKind::Safe { ", higher or equal priority, never a victim" } else { "" };
                let entry = format!("{initials}: {name}{safe}");
                if amount > 0 && !self.legend.contains(&entry) {
                    self.legend.push(entry);
                }
                if width >= LETTER * 2.0 + 1.0 { initials } else { String::new() }
            }
        };
        // What becomes of a pod is told of the narrow ones, too.
        let note = match (note, kind) {
            (note, _) if note.chars().count() <= room => note,
            (_, ShapeKind::Reprieved) if room >= 5 => "stays",
            (_, ShapeKind::Victim) if room >= 4 => "goes",
            _ => "",
        };
        let gap = if width > 3.0 { 1.0 } else { 0.0 };
        let shape = Shape {
            kind,
            x: self.x + gap,
            y: self.y,
            width: (width - 2.0 * gap).max(0.5),
            name: shown,
            note: note.to_owned(),
        };
        if amount > 0 {
            self.boxes.push(shape);
        }
        self.x += width;
    }

    /// What is left up to the end of the node.
    fn free(&mut self, all: Option<i64>) {
        let Some(all) = all else { return };
        let width = all as f64 * self.scale - self.x;
        if width > 2.0 {
            self.boxes.push(Shape {
                kind: ShapeKind::Free,
                x: self.x + 1.0,
                y: self.y,
                width: width - 2.0,
                name: String::new(),
                note: String::new(),
            });
        }
    }
}

/// What each PodDisruptionBudget had to say about the node's pods of lower priority.
fn budgets(world: &World, chosen: &Candidate) -> Vec<Vec<Piece>> {
    let stored = world.of_kind(&Kind::PodDisruptionBudget).filter_map(|object| match object {
        Object::PodDisruptionBudget(budget) => Some(budget),
        _ => None,
    });
    stored.filter_map(|budget| told_budget(budget, chosen)).collect()
}

fn told_budget(budget: &PodDisruptionBudget, chosen: &Candidate) -> Option<Vec<Piece>> {
    let covered: Vec<&DryRunPod> = chosen
        .pods
        .iter()
        .filter(|tried| {
            let metadata = &tried.pod.pod.metadata;
            let selector = budget.spec.selector.as_ref();
            budget.metadata.namespace == metadata.namespace
                && selector.is_some_and(|selector| !selector.is_empty() && selector.matches(&metadata.labels))
        })
        .collect();
    if covered.is_empty() {
        return None;
    }
    let status = &budget.status;
    let rule = match (&budget.spec.min_available, &budget.spec.max_unavailable) {
        (Some(least), _) => format!("minAvailable: {least}"),
        (None, Some(most)) => format!("maxUnavailable: {most}"),
        (None, None) => "no bound".into(),
    };
    let names = |pods: &[&DryRunPod]| pods.iter().map(|pod| short(&pod.pod)).collect::<Vec<_>>().join(", ");
    let protected: Vec<&DryRunPod> = covered.iter().filter(|pod| pod.is_protected).copied().collect();
    let broken: Vec<&DryRunPod> =
        protected.iter().filter(|pod| pod.fate == DryRunFate::Victim).copied().collect();
    let is = |count: usize| if count == 1 { "is" } else { "are" };
    let allowed = status.disruptions_allowed;
    let plural = if allowed == 1 { "" } else { "s" };
    let mut told = vec![
        Piece::Strong("PDB ".into()),
        Piece::Code(budget.metadata.name.to_string()),
        Piece::Text(format!(" allows {allowed} disruption{plural} (")),
        Piece::Code(rule),
        Piece::Text(format!(", {} healthy)", status.current_healthy)),
    ];
    if protected.is_empty() {
        told.push(Piece::Text(", which covers ".into()));
        told.push(Piece::Code(names(&covered)));
        told.push(Piece::Text(".".into()));
    } else if broken.is_empty() {
        told.push(Piece::Text(", so ".into()));
        told.push(Piece::Code(names(&protected)));
        told.push(Piece::Text(format!(
            " {} put back first. Preemption tries not to violate a PDB, but does it where nothing else makes room.",
            is(protected.len()),
        )));
    } else {
        told.push(Piece::Text(". ".into()));
        told.push(Piece::Code(names(&broken)));
        told.push(Piece::Text(format!(
            " {} evicted all the same: no other choice makes room, and preemption may violate a PDB.",
            is(broken.len()),
        )));
    }
    Some(told)
}

fn others_told(preempted: &Preempted) -> Vec<Piece> {
    let told = match preempted.candidates.len() {
        0 | 1 => " Preemption is not helpful for scheduling there.".to_owned(),
        count => format!(" {} of them could be freed as well; the costs decided.", count - 1),
    };
    vec![Piece::Strong("The other nodes".into()), Piece::Text(told)]
}

/// The other nodes: what freeing them would cost, or why that would not help.
fn others(
    trace: &SchedulingTrace,
    preempted: &Preempted,
    chosen: &Candidate,
) -> (Vec<(String, String)>, usize) {
    let candidate = |name: &str| preempted.candidates.iter().find(|candidate| *candidate.node == *name);
    let mut others: Vec<(bool, String, String)> = trace
        .node_verdicts()
        .enumerate()
        .filter(|(_, (name, _))| **name != chosen.node)
        .map(|(position, (name, verdict))| {
            let told = match candidate(name) {
                Some(other) => {
                    format!("would cost {}", count(other.victims().len(), "pod"))
                }
                None => reason(verdict, preempted.rejected.get(position)),
            };
            (candidate(name).is_none(), name.to_string(), told)
        })
        .collect();
    sort::plain(&mut others);
    let more = others.len().saturating_sub(OTHERS);
    (others.into_iter().take(OTHERS).map(|(_, name, told)| (name, told)).collect(), more)
}

/// Why a node was no candidate, in a few words: the dry run's reason, or why it was turned down for good.
fn reason(verdict: &NodeVerdict, dry_run: Option<&NodeVerdict>) -> String {
    if let Some(rejection) = dry_run.and_then(NodeVerdict::rejection) {
        return rejection.message();
    }
    match verdict {
        NodeVerdict::Rejected { plugin: "", .. } => "the pod may not run there".into(),
        NodeVerdict::Rejected { plugin, rejection } => format!("{plugin}: {}", rejection.message()),
        NodeVerdict::NotTried | NodeVerdict::Feasible => "not looked at".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::explain::plain;
    use crate::session::Act;
    use crate::ui::state::{Opening, Prefs, Theme, UiAction, UiState};

    /// The example at the step that makes room.
    fn shown() -> Rc<UiState> {
        let example = examples::find("no_room").expect("the example");
        let mut state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        state = state.reduced(UiAction::Opened(Opening::Example(example)));
        for _ in 0..40 {
            if state.has_scene() {
                return state;
            }
            state = state.reduced(UiAction::Session(Act::Forward));
        }
        panic!("no step makes room");
    }

    fn kinds(row: &FitRow) -> Vec<(ShapeKind, &str)> {
        row.boxes.iter().map(|shape| (shape.kind, shape.name.as_str())).collect()
    }

    #[test]
    fn the_rows_show_now_the_dry_run_and_what_is_left() {
        use ShapeKind::*;
        let scene = scene(&shown().session.timeline, 636.0).expect("a scene");
        assert_eq!((scene.node.as_str(), scene.fits.len()), ("worker-b1", 1));
        let fit = &scene.fits[0];
        assert_eq!(fit.measure, Some(Measure::Cpu));
        let [now, dry_run, after] = &fit.rows;
        assert_eq!(
            kinds(now)[1..6],
            [
                (Lower, "cache-0"),
                (Lower, "checkout-qx2vz"),
                (Lower, "web-ghk4w"),
                (Lower, "batch-9t4kx"),
                (Free, "")
            ]
        );
        assert_eq!(kinds(now)[6].0, NoRoom);
        let fates: Vec<ShapeKind> = dry_run.boxes.iter().map(|shape| shape.kind).collect();
        assert_eq!(fates, [Safe, Reprieved, Reprieved, Reprieved, Victim, Free]);
        let left: Vec<ShapeKind> = after.boxes.iter().map(|shape| shape.kind).collect();
        assert_eq!(left, [Safe, Lower, Lower, Lower, New], "exactly full");
        assert_eq!(fit.legend, ["kp: kube-proxy-cd5gk, higher or equal priority, never a victim"]);
        assert_eq!(fit.aside, "memory fits: 200Mi of 2188Mi free");
    }

    #[test]
    fn boxes_lie_side_by_side_inside_the_drawing_and_their_widths_are_the_amounts() {
        for width in [320.0, 636.0, 1000.0] {
            let scene = scene(&shown().session.timeline, width).expect("a scene");
            let (end, _) = scene.fits[0].limit.as_ref().expect("an end");
            for row in &scene.fits[0].rows {
                for pair in row.boxes.windows(2) {
                    assert!(pair[0].x + pair[0].width <= pair[1].x + 0.01, "{pair:?}");
                }
                let last = row.boxes.last().expect("a box");
                assert!(last.x + last.width <= width + 0.01, "{last:?} in {width}");
            }
            let (cache, free) = (&scene.fits[0].rows[0].boxes[1], &scene.fits[0].rows[0].boxes[5]);
            let per_milli = end / 2000.0;
            assert!((cache.width - (600.0 * per_milli - 2.0)).abs() < 0.01);
            assert!((free.width - (100.0 * per_milli - 2.0)).abs() < 0.01);
        }
    }

    #[test]
    fn a_budget_says_whom_it_put_first_and_other_nodes_say_why_not_they() {
        let scene = scene(&shown().session.timeline, 636.0).expect("a scene");
        let budgets: Vec<String> = scene.budgets.iter().map(|told| plain(told)).collect();
        assert_eq!(
            budgets,
            [
                "PDB cache-pdb allows 0 disruptions (minAvailable: 2, 2 healthy), so cache-0 is put back first. \
              Preemption tries not to violate a PDB, but does it where nothing else makes room."
            ]
        );
        assert_eq!(scene.others.len(), 5);
        assert!(scene.others.iter().all(|(_, told)| told == "the pod may not run there"));
    }
}
