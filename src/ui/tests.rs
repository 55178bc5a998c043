//! The state as a user moves it, without a browser.

use super::panels::editor::model::{Outlook, outlook};
use super::panels::stage::model::{Card, Cards, Model, head, touched};
use super::panels::transport::model::{actors, first_in_view, lanes};
use super::state::*;
use crate::api::{Kind, ObjectKey, Pod, Taint};
use crate::examples;
use crate::explain::PodStage;
use crate::explain::plain;
use crate::explain::taints::Edit;
use crate::kubectl::Request;
use crate::session::Saved;
use crate::session::{Act, DocumentName, MOST_KEPT, Past, Session};
use std::rc::Rc;

fn first_visit() -> Rc<UiState> {
    Rc::new(UiState::first_visit(Prefs::new(Theme::Light)))
}

fn after(state: &Rc<UiState>, actions: impl IntoIterator<Item = UiAction>) -> Rc<UiState> {
    actions.into_iter().fold(Rc::clone(state), UiState::reduced)
}

/// The example that most tests stand on.
fn log_collector() -> Rc<UiState> {
    opened("log_collector")
}

fn opened(id: &str) -> Rc<UiState> {
    let example = examples::find(id).expect("there is such an example");
    after(&first_visit(), [UiAction::Opened(Opening::Example(example))])
}

fn settled(state: &Rc<UiState>) -> Rc<UiState> {
    let mut state = after(state, [UiAction::Motion(MotionAction::Run)]);
    while state.moving.motion == Motion::Running {
        state = after(&state, [UiAction::Motion(MotionAction::Slice(SLICE))]);
    }
    state
}

fn counts(state: &UiState) -> Vec<(&'static str, i32)> {
    let head = head(&state.session.timeline, state.shown_set().as_ref());
    head.counts.iter().map(|count| (count.heading, count.number)).collect()
}

fn card(state: &UiState, node: &str) -> Rc<Card> {
    let (_, cards) = stage(&mut Cards::default(), state);
    cards.into_iter().find(|card| card.name == node).expect("a card of the node")
}

/// What the stage shows, with the cards of all nodes.
fn stage(cards: &mut Cards, state: &UiState) -> (Model, Vec<Rc<Card>>) {
    let timeline = &state.session.timeline;
    let touched = touched(timeline, state.marked_step());
    let model = cards.model(timeline, state.shown_set().as_ref(), state.node_order(), touched);
    let shown = model.nodes.iter().map(|node| {
        let card = cards.card(timeline, &node.name).expect("a card of the node");
        assert_eq!(card.daemons.is_empty(), node.is_bare, "{}", node.name);
        card
    });
    let shown = shown.collect();
    (model, shown)
}

fn select(selection: Selection) -> UiAction {
    UiAction::View(ViewAction::Select(selection))
}

fn cordon(node: &str) -> UiAction {
    let command = Request::cordon(node, true);
    UiAction::did(format!("Cordon {node}"), command)
}

#[test]
fn what_is_done_while_a_cluster_is_being_opened_is_kept_too() {
    let nodes = (1..200).map(|no| format!("apiVersion: v1\nkind: Node\nmetadata: {{name: n{no}}}\n---\n"));
    let dump = Opening::Dump(nodes.collect::<String>().into(), "".into());
    let state = after(&log_collector(), [UiAction::Opened(dump)]);
    assert_eq!(state.moving.motion, Motion::Arriving);
    let typed = UiAction::Session(Act::Edit(DocumentName::Manifest, "# Mine.\n".into()));
    let mut state = after(&state, [typed]);
    while state.moving.motion == Motion::Arriving {
        state = after(&state, [UiAction::Motion(MotionAction::Slice(SLICE))]);
    }
    assert_eq!(state.session.timeline.world().nodes().count(), 199);
    let kept = state.storage.kept.first().expect("it is set aside");
    assert_eq!(&*Session::resume(&kept.work).documents.manifest.text, "# Mine.\n");
}

#[test]
fn a_first_visit_shows_a_cluster_at_rest_with_a_node_that_has_no_pod() {
    let state = first_visit();
    assert!(!state.session.timeline.can_advance());
    assert_eq!(counts(&state)[..3], [("DESIRED", 7), ("CURRENT", 7), ("READY", 7)]);
    assert!(!state.session.touched);
    let mut pods = state.session.timeline.world().pods_on(examples::ASKED);
    assert!(pods.all(|pod| pod.metadata.controller().is_none()));
}

#[test]
fn misscheduled_pods_are_counted_only_where_there_are_any() {
    let state = settled(&opened("taints"));
    assert_eq!(counts(&state).len(), 5);
    let enter = |line: &str| UiAction::Session(Act::Enter(line.into()));
    let taint = enter("kubectl taint nodes worker-1 a=b:NoSchedule");
    let sync = enter("kubectl -n kube-system annotate ds node-exporter a=b");
    let state = settled(&after(&state, [taint, sync]));
    assert_eq!(counts(&state)[5..], [("MISSCHEDULED", 1)]);
}

#[test]
fn what_changes_nothing_gives_the_same_state() {
    let state = log_collector();
    for action in [
        UiAction::Floating(FloatingAction::Close),
        UiAction::Motion(MotionAction::Tick),
        UiAction::Motion(MotionAction::Slice(SLICE)),
        UiAction::Session(Act::Latest),
        UiAction::Session(Act::Seek(state.session.timeline.shown())),
        UiAction::View(ViewAction::Document(DocumentName::Manifest)),
        UiAction::Session(Act::Edit(
            DocumentName::Manifest,
            Rc::clone(&state.session.documents.manifest.text).into(),
        )),
        UiAction::Floating(FloatingAction::Read),
        UiAction::View(ViewAction::Select(Selection::Step)),
    ] {
        let next = after(&state, [action.clone()]);
        assert!(Rc::ptr_eq(&state, &next), "{action:?}");
    }
}

#[test]
fn a_manifest_with_errors_is_not_applied_and_the_mended_one_is() {
    let state = opened("notes");
    assert_eq!(state.session.timeline.len(), 0);
    let refused = after(&state, [UiAction::Session(Act::Apply)]);
    assert_eq!(refused.session.timeline.len(), 0);
    let run = after(&state, [UiAction::Motion(MotionAction::Run)]);
    let notice = run.floating.notice.as_ref().expect("it says why nothing happens");
    assert_eq!(notice.text, "Nothing has been applied yet: the texts have 1 error.");
    let bar = outlook(&state.session).bar;
    assert_eq!(refused.objections, state.objections + 1);
    assert_eq!((bar.errors, bar.verdict), (1, "Would be rejected"));
    let diagnostics = &state.session.documents.manifest.read.diagnostics;
    let fix = diagnostics.iter().find_map(|one| one.fix.clone()).expect("a fix is offered");
    assert_eq!(fix.replacement, "memory");
    let mended: Rc<str> = state.session.documents.manifest.text.replace("memrory", &fix.replacement).into();
    let mended = after(&state, [UiAction::Session(Act::Edit(DocumentName::Manifest, mended.into()))]);
    let lines: Vec<String> =
        outlook(&mended.session).bar.changes.iter().map(|line| plain(&line.what)).collect();
    assert_eq!(lines, ["DaemonSet fluentd-elasticcsearch created: a pod on 5 of 5 nodes"]);
    let running = settled(&after(&mended, [UiAction::Session(Act::Apply)]));
    assert_eq!(counts(&running)[..3], [("DESIRED", 5), ("CURRENT", 5), ("READY", 5)]);
    assert!(!running.session.documents.is_dirty());
    assert_eq!(outlook(&running.session).bar.applied, Some(1));
}

#[test]
fn what_the_api_server_would_refuse_stands_at_its_line_and_is_not_applied() {
    let state = log_collector();
    let text = state
        .session
        .documents
        .manifest
        .text
        .replace("      name: fluentd-elasticsearch\n", "      name: other\n");
    let other = after(&state, [UiAction::Session(Act::Edit(DocumentName::Manifest, text.as_str().into()))]);
    let Outlook { bar, refused } = outlook(&other.session);
    assert_eq!((bar.errors, bar.verdict), (1, "Would be rejected"));
    let [(DocumentName::Manifest, diagnostic)] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(diagnostic.path, "spec.selector");
    assert!(diagnostic.message.ends_with("field is immutable"), "{}", diagnostic.message);
    let line = text.lines().nth(diagnostic.span.line as usize - 1);
    assert_eq!(line.map(str::trim), Some("selector:"));
    let tried = after(&other, [UiAction::Session(Act::Apply)]);
    assert_eq!(
        (tried.session.timeline.len(), tried.objections),
        (other.session.timeline.len(), other.objections + 1)
    );
    assert!(tried.session.documents.is_dirty());
}

#[test]
fn a_step_back_marks_what_it_undid_and_a_step_forward_shows_the_same_again() {
    let state = log_collector();
    let shown = state.session.timeline.shown();
    let back = after(&state, [UiAction::Session(Act::Back)]);
    assert_eq!((back.session.timeline.shown(), back.marked_step()), (shown - 1, shown));
    let again = after(&back, [UiAction::Session(Act::Forward)]);
    assert_eq!((again.session.timeline.shown(), again.moving.undone), (shown, None));
    let all = |state: &UiState| state.session.timeline.world().objects().collect::<Vec<_>>();
    assert_eq!(all(&again), all(&state));
}

#[test]
fn acting_in_the_past_asks_and_tells_what_was_dropped() {
    let state = log_collector();
    let last = state.session.timeline.len();
    let asked = after(&state, [UiAction::Session(Act::Seek(3)), cordon("worker-a1")]);
    assert!(matches!(asked.floating.dialog, Some(Dialog::Branch(_))));
    assert_eq!(asked.session.timeline.len(), last, "nothing is dropped before the answer");
    let kept = after(&asked, [UiAction::Floating(FloatingAction::Close)]);
    assert_eq!(kept.session.timeline.len(), last);
    let here = after(&asked, [UiAction::Confirmed(Past::Here)]);
    assert_eq!((here.session.timeline.shown(), here.session.timeline.len()), (4, 4));
    assert_eq!(
        here.floating.notice.as_ref().map(|notice| notice.text.clone()),
        Some(format!("Dropped steps 4–{last}."))
    );
    let latest = after(&asked, [UiAction::Confirmed(Past::Latest)]);
    assert_eq!(latest.session.timeline.len(), last + 1);
}

#[test]
fn work_is_the_same_after_a_reload() {
    let state = settled(&after(&log_collector(), [cordon("worker-a1")]));
    let taint = Request::taint("worker-b1", &Taint::new("gone", "", "NoExecute"));
    let state = after(
        &state,
        [
            UiAction::did("Taint worker-b1".into(), taint),
            UiAction::Session(Act::Forward),
            UiAction::Session(Act::Forward),
            UiAction::Session(Act::Back),
            UiAction::Session(Act::Edit(DocumentName::Nodes, "# mine".into())),
        ],
    );
    let (texts, run) = state.saved().to_json();
    let text = |part: serde_json::Map<String, serde_json::Value>| serde_json::Value::Object(part).to_string();
    let saved = Saved::from_json(Some(&text(texts)), Some(&text(run))).expect("it can be read");
    let again = after(&log_collector(), [UiAction::Opened(Opening::Saved(Rc::new(saved)))]);
    assert_eq!(again.saved(), state.saved());
    assert_eq!(again.session.timeline.digest(), state.session.timeline.digest());
}

#[test]
fn opening_over_changed_work_asks_and_keeps_it() {
    let state = after(&log_collector(), [cordon("worker-a1")]);
    let work = state.saved();
    let example = examples::find("taints").expect("there is such an example");
    let asked = after(&state, [UiAction::Opened(Opening::Example(example))]);
    assert!(matches!(asked.floating.dialog, Some(Dialog::Replace(_))));
    assert_eq!(asked.saved(), work);
    let other = after(&asked, [UiAction::Confirmed(Past::Here)]);
    assert_eq!(&*other.session.example, "taints");
    let back = after(&other, [UiAction::Opened(Opening::Kept(other.storage.kept[0].clone()))]);
    assert_eq!(back.saved(), work);
}

#[test]
fn the_oldest_work_in_the_gallery_can_be_opened_over_changed_work() {
    let example = examples::find("log_collector").expect("there is such an example");
    let mut state = first_visit();
    for number in 0..=MOST_KEPT {
        let open = [UiAction::Opened(Opening::Example(example)), UiAction::Confirmed(Past::Here)];
        state = after(&after(&state, open), [cordon(&format!("worker-a{}", number % 2 + 1))]);
    }
    let kept = &state.storage.kept;
    assert_eq!(kept.len(), MOST_KEPT);
    let (oldest, others, open) = (kept[MOST_KEPT - 1].clone(), kept[..MOST_KEPT - 1].to_vec(), state.saved());
    let back = [UiAction::Opened(Opening::Kept(oldest.clone())), UiAction::Confirmed(Past::Here)];
    let back = after(&state, back);
    assert_eq!(back.saved(), *oldest.work);
    assert_eq!((&*back.storage.kept[0].work, &back.storage.kept[1..]), (&open, &others[..]));
    let numbers: Vec<u64> = back.storage.kept.iter().map(|kept| kept.no).collect();
    assert!(numbers.is_sorted_by(|new, old| new > old), "{numbers:?}");
}

#[test]
fn a_menu_whose_object_goes_does_not_come_back_with_it() {
    let state = settled(&log_collector());
    let start = after(&state, [UiAction::Session(Act::Seek(0))]);
    let is_new =
        |pod: &Pod| start.session.timeline.world().pod(&pod.metadata.namespace, &pod.metadata.name).is_none();
    let pod = state.session.timeline.world().pods().find(|pod| is_new(pod)).expect("a pod that comes");
    let pod = ObjectKey::new(Kind::Pod, &pod.metadata.namespace, &pod.metadata.name);
    let menu = UiAction::Floating(FloatingAction::Ask(Dialog::PodMenu(pod)));
    let open = after(&state, [menu]);
    assert!(open.floating.dialog.is_some());
    let gone = after(&open, [UiAction::Session(Act::Seek(0))]);
    assert!(gone.floating.dialog.is_none());
    let back = after(&gone, [UiAction::Session(Act::Latest)]);
    assert!(back.floating.dialog.is_none());
}

#[test]
fn what_is_asked_in_the_past_is_asked_of_the_step_that_stands() {
    let state = settled(&log_collector());
    let play = [UiAction::Session(Act::Seek(0)), UiAction::Motion(MotionAction::Play)];
    let playing = after(&state, play);
    assert_eq!(playing.moving.motion, Motion::Playing);
    let line = UiAction::Session(Act::Enter("kubectl cordon worker-a1".into()));
    let asked = after(&playing, [line]);
    assert!(matches!(asked.floating.dialog, Some(Dialog::Branch(_))));
    let later = after(&asked, [UiAction::Motion(MotionAction::Tick)]);
    assert_eq!(later.session.timeline.shown(), 0);
}

#[test]
fn to_stop_taking_a_run_again_goes_on_with_the_other_branch() {
    let begun = after(&settled(&log_collector()), [cordon("worker-a1")]);
    let run = settled(&after(&begun, [UiAction::Session(Act::Fork), cordon("worker-a2")]));
    let work = run.saved();
    assert_eq!(run.session.branches().len(), 2);
    let prefs = Prefs::new(Theme::Light);
    let mut state = UiState::blank(prefs, Vec::new());
    state.session = Session::resume(&work);
    state.moving.motion = Motion::Resuming;
    let stopped = after(&Rc::new(state), [UiAction::Session(Act::Abandon)]);
    assert_eq!(stopped.moving.motion, Motion::Resuming, "{:?}", stopped.session.resuming());
    let whole = after(&stopped, [UiAction::Motion(MotionAction::Slice(SLICE * 1_000))]);
    assert!(whole.session.resuming().is_none());
    assert_eq!(whole.moving.motion, Motion::Still);
}

#[test]
fn what_is_tried_stays_where_nothing_can_be_written() {
    let taint = Taint::new("gpu", "", "NoSchedule");
    let edit = Edit::Taint { nodes: vec!["worker-a1".into()], from: None, to: Some(taint) };
    let tried = UiAction::Trying(TryingAction::Try(edit));
    let mut state = UiState::clone(&log_collector());
    state.mode = Mode::ReadOnly;
    let state = after(&Rc::new(state), [tried, UiAction::Trying(TryingAction::Write)]);
    assert_eq!(state.trying.edits.len(), 1);
    assert!(state.floating.notice.as_ref().is_some_and(|notice| notice.text.starts_with("Read only")));
}

#[test]
fn what_is_tried_for_one_daemon_set_is_not_tried_for_another() {
    let state = opened("two_sets");
    let sets: Vec<ObjectKey> = state.session.timeline.world().daemon_sets().map(|set| set.key()).collect();
    let [one, other] = &sets[..] else { panic!("two DaemonSets: {sets:?}") };
    let choose = |set: &ObjectKey| UiAction::View(ViewAction::Set(set.clone()));
    let edit = Edit::tolerate(&Taint::new("gpu", "", "NoSchedule"));
    let tried = after(&state, [choose(one), UiAction::Trying(TryingAction::Try(edit)), choose(other)]);
    assert_eq!(tried.tried_of().as_ref(), Some(one));
    let before = after(&tried, [UiAction::Session(Act::Seek(0))]);
    assert_eq!(
        before.tried_of().as_ref(),
        Some(one),
        "it is not there yet, and what is tried is of no other"
    );
    let given_up = after(&tried, [UiAction::Trying(TryingAction::Reset)]);
    assert_eq!(given_up.tried_of().as_ref(), Some(other));
    let undone = after(&tried, [UiAction::Trying(TryingAction::Undo(0))]);
    assert_eq!(undone.tried_of().as_ref(), Some(other));
}

#[test]
fn a_line_that_waited_for_a_text_is_asked_about_as_what_it_is() {
    let state = after(&log_collector(), [UiAction::Session(Act::Seek(1))]);
    let line: Rc<str> = "kubectl cordon worker-a1; kubectl get --help".into();
    // It asks for the text once it is known where the first command is to be done.
    let enter = UiAction::Session(Act::Enter(Rc::clone(&line)));
    let state = after(&state, [enter, UiAction::Confirmed(Past::Here)]);
    let (book, typed) = state.wanted.clone().expect("the text is wanted");
    let text = include_str!("../../static/help/commands.txt");
    let asked = after(&state, [UiAction::Session(Act::Learn(book, Some(text.into()), typed))]);
    assert_eq!(asked.floating.dialog, Some(Dialog::Branch(Act::Enter(line))));
    let done = after(&asked, [UiAction::Confirmed(Past::Here)]);
    assert_eq!((&done.floating.dialog, &done.wanted), (&None, &None));
    assert!(done.session.timeline.world().node("worker-a1").is_some_and(|node| node.spec.unschedulable));
}

#[test]
fn requests_that_are_sent_each_second_do_not_begin_in_steps_that_were_dropped() {
    let state = after(&log_collector(), [UiAction::Reach(ReachAction::Keep(true))]);
    assert!(state.reaching.since > Some(1));
    let cordoned = after(&state, [UiAction::Session(Act::Seek(1)), cordon("worker-a1")]);
    let here = after(&cordoned, [UiAction::Confirmed(Past::Here)]);
    assert_eq!(here.reaching.since, Some(here.session.timeline.len()));
}

#[test]
fn who_follows_a_link_has_the_keys_for_the_steps() {
    const DOCK: &Panel = &Panel { id: "log", slot: Slot::Dock, ..crate::ui::panels::terminal::PANEL };
    const PANELS: &[Panel] = &[Panel { id: "log", slot: Slot::Dock, ..crate::ui::panels::terminal::PANEL }];
    let look = after(&log_collector(), [UiAction::View(ViewAction::Show(DOCK))]).view.look();
    let link = log_collector().session.link(crate::session::Sent::AtStep, false, look);
    let link = crate::session::Link::read(&link.text()).expect("a link");
    let state = UiState::blank(Prefs::new(Theme::Light), Vec::new()).with_link(&link, Mode::ReadOnly, PANELS);
    assert_eq!((state.view.panel(Slot::Dock).map(|panel| panel.id), state.view.asked), (Some("log"), 0));
    let shown = UiAction::View(ViewAction::Beside(DOCK));
    let beside = after(&log_collector(), [shown]);
    assert_eq!((beside.view.slot, beside.view.asked), (Slot::Stage, 0));
}

#[test]
fn the_logo_brings_the_first_question_back() {
    let state = after(&first_visit(), [UiAction::Session(Act::Seek(1))]);
    assert!(!state.prefs.welcome, "the first act ends it");
    let welcome = UiAction::Opened(Opening::Welcome);
    let again = after(&state, [UiAction::View(ViewAction::Page(Page::Lessons)), welcome.clone()]);
    assert!(again.prefs.welcome && again.view.page == Page::Cluster);
    assert_eq!(again.session.timeline.shown(), first_visit().session.timeline.shown());
    let changed = after(&log_collector(), [cordon("worker-a1")]);
    let asked = after(&changed, [welcome]);
    assert!(matches!(asked.floating.dialog, Some(Dialog::Replace(_))) && !asked.prefs.welcome);
    let other = after(&asked, [UiAction::Confirmed(Past::Here)]);
    assert!(other.prefs.welcome && !other.session.touched);
}

#[test]
fn a_story_without_an_end_is_told_to_be_one() {
    let state = settled(&opened("no_execute"));
    assert!(matches!(state.moving.unsettled, Some(crate::sim::RunEnd::NotSettling { .. })));
    assert_eq!(state.moving.motion, Motion::Still);
}

#[test]
fn an_added_node_is_in_the_list_and_in_the_cluster() {
    let state = settled(&after(&log_collector(), [UiAction::Session(Act::AddNode)]));
    assert!(state.session.timeline.world().node("node-1").is_some());
    assert!(state.session.documents.nodes.text.contains("name: node-1"));
    assert!(!state.session.documents.is_dirty());
    assert_eq!(counts(&state)[0], ("DESIRED", 7));
}

#[test]
fn cards_of_nodes_where_nothing_changed_are_the_same_in_memory() {
    let state = log_collector();
    let mut cards = Cards::default();
    let (_, before) = stage(&mut cards, &state);
    let tainted = after(&state, [cordon("worker-a1")]);
    let (later, shown) = stage(&mut cards, &tainted);
    assert_eq!(before.iter().map(|card| &*card.name).collect::<Vec<_>>()[..2], ["cp-1", "worker-a1"]);
    for (old, new) in before.iter().zip(&shown) {
        assert_eq!(Rc::ptr_eq(old, new), &*old.name != "worker-a1", "{}", old.name);
    }
    assert_eq!(later.touched.nodes.iter().map(|name| &**name).collect::<Vec<_>>(), ["worker-a1"]);
}

#[test]
fn a_card_says_why_there_is_no_pod_or_why_it_waits() {
    let state = log_collector();
    let card = |name: &str| card(&state, name);
    let reason = |name: &str| card(name).reason.as_deref().map(plain);
    assert_eq!(reason("gpu-1").as_deref(), Some("untolerated taint gpu=true:NoSchedule"));
    assert_eq!(reason("edge-1").as_deref(), Some("Insufficient memory: asks 200Mi, 51Mi free"));
    assert_eq!(reason("worker-a1"), None);
    assert_eq!(card("edge-1").daemons[0].stage, PodStage::Pending);
    assert_eq!(card("worker-b2").status, "Ready,SchedulingDisabled");
    assert_eq!(card("cp-1").role, ["control-plane", "eu-west-1a"]);
}

#[test]
fn lanes_show_a_window_around_the_shown_step() {
    let state = settled(&opened("no_execute"));
    let timeline = &state.session.timeline;
    let all = timeline.len();
    assert!(all > 300);
    for shown in [0, 1, 150, all] {
        let mut timeline = (**timeline).clone();
        timeline.seek(shown);
        let first = first_in_view(&timeline, 30);
        let view = lanes(&timeline, &actors(&timeline), first, 30);
        assert_eq!(view.ticks.len(), 30);
        assert!(shown == 0 || view.ticks.iter().any(|tick| tick.no == shown), "step {shown} is in view");
    }
}

#[test]
fn a_node_or_pod_that_is_selected_opens_why_on_a_phone() {
    let select = select(Selection::Pod(ObjectKey::pod("default", "api-0")));
    let state = after(&log_collector(), [select]);
    assert_eq!(state.view.slot, Slot::Right);
    let back = [UiAction::View(ViewAction::Slot(Slot::Stage)), UiAction::View(ViewAction::Escape)];
    let state = after(&state, back);
    assert_eq!((state.view.slot, &state.view.selection), (Slot::Stage, &Selection::Step));
}

#[test]
fn escape_leaves_the_gallery_first_and_then_the_selection() {
    let node = Selection::Node("cp-1".into());
    let escape = || UiAction::View(ViewAction::Escape);
    let gallery = UiAction::View(ViewAction::Page(Page::Gallery));
    let state = after(&log_collector(), [select(node.clone()), gallery, escape()]);
    assert_eq!((state.view.page, &state.view.selection), (Page::Cluster, &node));
    assert_eq!(after(&state, [escape()]).view.selection, Selection::Step);
}

#[test]
fn the_counted_set_is_the_one_that_why_is_about_and_the_other_sets_pods_stand_out() {
    let set = |name: &str| include_str!("../examples/taints/manifest.yaml").replace("node-exporter", name);
    let text = format!(
        "{}---
{}",
        set("first"),
        set("second")
    );
    let state = settled(&after(&first_visit(), [UiAction::Opened(Opening::Pasted(text.into()))]));
    let key = |name| ObjectKey::new(Kind::DaemonSet, "kube-system", name);
    assert_eq!(state.shown_set(), Some(key("first")));
    let other = card(&state, "worker-1").others.first().cloned().expect("the other set's pod");
    assert!(other.is_daemon && other.key.name.starts_with("second-"), "{other:?}");
    for selection in [Selection::Pod(other.key), Selection::Set(key("second"))] {
        assert_eq!(after(&state, [select(selection)]).shown_set(), Some(key("second")));
    }
}

#[test]
fn a_stopped_kubelet_is_on_the_card_at_once_and_promises_no_end_of_a_pod() {
    let power = Request::power("worker-a1", false);
    let state = after(&log_collector(), [UiAction::did("Stop".into(), power)]);
    let stopped = card(&state, "worker-a1");
    assert_eq!((stopped.status.as_str(), stopped.silent), ("Ready", true));
    assert!(stopped.label.starts_with("worker-a1, Ready, kubelet stopped, "), "{}", stopped.label);
    assert!(!card(&state, "worker-a2").silent);
    let key = stopped.daemons[0].key.clone();
    let delete = Request::delete(&key, crate::cluster::Propagation::Background);
    let state = after(&state, [UiAction::did("Delete".into(), delete)]);
    let chip = card(&state, "worker-a1").daemons[0].clone();
    assert_eq!((chip.stage, chip.leaves), (PodStage::Terminating, None));
}

#[test]
fn whatever_moves_by_hand_stops_what_moves_by_itself_even_where_it_cannot_move() {
    let start = after(&log_collector(), [UiAction::Session(Act::Seek(0))]);
    let playing = after(&start, [UiAction::Motion(MotionAction::Play)]);
    assert_eq!(playing.moving.motion, Motion::Playing);
    for act in [Act::Back, Act::Jump(-10), Act::Seek(0), Act::Cause, Act::Latest, Act::Forward] {
        assert_eq!(after(&playing, [UiAction::Session(act.clone())]).moving.motion, Motion::Still, "{act:?}");
    }
    let edited = after(&playing, [UiAction::Session(Act::Edit(DocumentName::Nodes, "# mine".into()))]);
    assert_eq!(edited.moving.motion, Motion::Playing, "typing stops nothing");
}

#[test]
fn playing_passes_over_idle_steps_if_it_is_to_and_single_steps_do_not() {
    let start = after(&log_collector(), [UiAction::Session(Act::Seek(0))]);
    let idle = start.session.timeline.steps().find(|step| step.is_idle()).map(|step| step.no).expect("one");
    let before = after(&start, [UiAction::Session(Act::Seek(idle - 1))]);
    assert_eq!(after(&before, [UiAction::Session(Act::Forward)]).session.timeline.shown(), idle);
    let tick = [UiAction::Motion(MotionAction::Play), UiAction::Motion(MotionAction::Tick)];
    let skipped = after(&before, tick.clone());
    assert!(skipped.session.timeline.shown() > idle);
    assert_eq!(skipped.moving.skipped, skipped.session.timeline.shown() - idle);
    let all = after(&before, [UiAction::Prefs(PrefsAction::SkipIdle)].into_iter().chain(tick));
    assert_eq!((all.session.timeline.shown(), all.moving.skipped), (idle, 0));
}

#[test]
fn the_welcome_goes_with_the_first_act_and_does_not_come_again() {
    let state = first_visit();
    for look in [
        UiAction::View(ViewAction::Slot(Slot::Side)),
        UiAction::View(ViewAction::Editor),
        UiAction::Prefs(PrefsAction::Theme),
    ] {
        assert!(after(&state, [look.clone()]).prefs.welcome, "{look:?}");
    }
    for act in [
        select(Selection::Node(examples::ASKED.into())),
        UiAction::View(ViewAction::Page(Page::Gallery)),
        UiAction::Session(Act::Seek(1)),
        UiAction::Session(Act::Back),
        UiAction::Session(Act::AddNode),
        UiAction::Session(Act::Edit(DocumentName::Nodes, "# mine".into())),
        UiAction::Opened(Opening::Pasted("# mine".into())),
        UiAction::Prefs(PrefsAction::Welcomed),
    ] {
        assert!(!after(&state, [act.clone()]).prefs.welcome, "{act:?}");
    }
}

#[test]
fn a_choice_of_speed_leaves_all_else_as_it_is() {
    let state = first_visit();
    let faster = after(&state, [UiAction::Motion(MotionAction::Speed(Speed::Fast))]);
    assert!(faster.session == state.session && faster.view == state.view);
    assert!(!faster.is_unstored());
}

#[test]
fn what_a_page_opened_is_stored_only_when_it_is_changed() {
    let state = first_visit();
    assert!(!state.is_unstored());
    let work = state.saved();
    let restored = UiState::blank(Prefs::new(Theme::Light), Vec::new()).with_work(&work);
    assert!(!restored.is_unstored(), "taking its run again is no change");
    let back = after(&Rc::new(restored), [UiAction::Session(Act::Back)]);
    assert!(back.is_unstored());
    let contested = after(&back, [UiAction::Stored(Storing::Contested)]);
    assert!(!contested.is_unstored());
    assert!(after(&contested, [UiAction::Stored(Storing::Chosen)]).is_unstored());
    let yielded = after(&contested, [UiAction::Stored(Storing::Yielding), UiAction::Yielded(Rc::new(work))]);
    assert!(!yielded.is_unstored(), "it is stored already");
    let kept: Vec<_> = yielded.storage.kept.iter().map(|kept| (*kept.work).clone()).collect();
    assert_eq!(kept, [contested.saved()]);
}

#[test]
fn a_long_run_is_taken_again_in_slices() {
    let state = settled(&opened("no_execute"));
    let mut longer = Rc::clone(&state);
    while longer.session.timeline.len() < 2_500 {
        longer = after(&longer, [UiAction::Session(Act::Jump(500))]);
    }
    let work = longer.saved();
    let mut again = Rc::new(UiState::blank(Prefs::new(Theme::Light), Vec::new()).with_work(&work));
    assert_eq!(again.moving.motion, Motion::Resuming);
    let told = after(&again, [UiAction::Session(Act::Apply)]);
    assert!(told.floating.notice.is_some() && told.moving.motion == Motion::Resuming);
    for _ in 0..10 {
        again = after(&again, [UiAction::Motion(MotionAction::Slice(SLICE))]);
    }
    assert_eq!((again.moving.motion, again.floating.notice.clone()), (Motion::Still, None));
    assert_eq!(again.saved(), work);
    assert!(!again.is_unstored());
}

#[test]
fn cards_keep_their_order_while_the_node_list_has_an_error() {
    let state = first_visit();
    let order = Rc::clone(state.node_order());
    let text = state.session.documents.nodes.text.replacen("kind: Node", "kind: Node\ntaints: 1", 1);
    let broken = after(&state, [UiAction::Session(Act::Edit(DocumentName::Nodes, text.into()))]);
    assert!(broken.session.documents.nodes.errors() > 0);
    assert_eq!(broken.node_order(), &order);
}

#[test]
fn cards_keep_their_order_while_another_list_is_only_a_draft() {
    let state = first_visit();
    let order = Rc::clone(state.node_order());
    assert!(order.len() > 2);
    let draft = "apiVersion: v1\nkind: Node\nmetadata: {name: other}\n";
    let drafted = after(&state, [UiAction::Session(Act::Edit(DocumentName::Nodes, draft.into()))]);
    assert_eq!(drafted.session.documents.nodes.errors(), 0);
    assert_eq!(drafted.node_order(), &order);
    let applied = after(&drafted, [UiAction::Session(Act::Apply)]);
    assert_eq!(applied.node_order().keys().collect::<Vec<_>>(), ["other"]);
    assert_eq!(after(&applied, [UiAction::Session(Act::Back)]).node_order(), &order);
}

#[test]
fn the_counted_set_is_that_of_the_applied_manifest() {
    let state = first_visit();
    let there = state.shown_set().expect("a set");
    let own = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: zz, namespace: kube-system}\nspec: {selector: {matchLabels: {app: zz}}, template: {metadata: {labels: {app: zz}}, spec: {containers: [{name: c, image: i}]}}}\n";
    let edit = || UiAction::Session(Act::Edit(DocumentName::Manifest, own.into()));
    let key = ObjectKey::new(Kind::DaemonSet, "kube-system", "zz");
    for before in [vec![], vec![select(Selection::Set(there.clone()))]] {
        let drafted = after(&after(&state, before), [edit()]);
        assert_eq!(drafted.shown_set(), Some(there.clone()));
        let applied = after(&drafted, [UiAction::Session(Act::Apply)]);
        assert_eq!(applied.shown_set(), Some(key.clone()));
        assert_eq!(after(&applied, [UiAction::Session(Act::Back)]).shown_set(), Some(there.clone()));
    }
}

#[test]
fn a_pod_whose_node_is_gone_stays_on_the_page_until_it_is_removed() {
    let state = log_collector();
    let key = card(&state, "worker-a1").daemons[0].key.clone();
    let commands = [
        Request::power("worker-a1", false),
        Request::delete(&key, crate::cluster::Propagation::Background),
        Request::delete(&ObjectKey::node("worker-a1"), crate::cluster::Propagation::Background),
    ];
    let state = after(&state, commands.map(|request| UiAction::did("Do".into(), request)));
    let left = |state: &UiState| {
        let set = state.shown_set();
        let order = state.node_order();
        Cards::default().model(&state.session.timeline, set.as_ref(), order, Default::default()).left
    };
    let shown = left(&state);
    let chip = shown.iter().find(|chip| chip.key == key).expect("its chip");
    assert_eq!((chip.stage, chip.leaves.as_deref()), (PodStage::Terminating, None));
    assert_eq!(left(&settled(&state)), []);
}

/// What each panel reads, by name.
fn read_by(before: &UiState, after: &UiState) -> Vec<&'static str> {
    use super::panels;
    macro_rules! other {
        ($($name:literal: $given:expr),* $(,)?) => {{
            let mut others = Vec::new();
            $({
                let given = $given;
                if given(before) != given(after) {
                    others.push($name);
                }
            })*
            others
        }};
    }
    other! {
        "compare": panels::compare::Given::of,
        "dialogs": panels::dialogs::Given::of,
        "editor": panels::editor::Given::of,
        "events": panels::events::Given::of,
        "lesson": panels::lesson::Given::of,
        "map": panels::map::Given::of,
        "predict": UiState::asking,
        "reach": panels::reach::Given::of,
        "rollout": panels::rollout::Given::of,
        "stage": panels::stage::Given::of,
        "taints": panels::taints::Given::of,
        "terminal": panels::terminal::Given::of,
        "transport": panels::transport::Given::of,
        "why": panels::why::Given::of,
    }
}

#[test]
fn a_panel_looks_again_only_when_something_is_another_that_it_reads() {
    let state = log_collector();
    let after = |action: UiAction| read_by(&state, &Rc::clone(&state).reduced(action));
    assert_eq!(after(UiAction::Motion(MotionAction::Speed(Speed::Fast))), ["transport"]);
    assert_eq!(after(UiAction::Prefs(PrefsAction::Theme)), [""; 0]);
    assert_eq!(after(UiAction::Floating(FloatingAction::Ask(Dialog::Shortcuts))), ["dialogs"]);
    let selected = after(UiAction::View(ViewAction::Select(Selection::Node("gpu-1".into()))));
    assert_eq!(selected, ["map", "stage", "why"]);
    let typed = after(UiAction::Session(Act::Edit(DocumentName::Nodes, "".into())));
    assert_eq!(typed, ["compare", "editor", "lesson", "predict", "terminal", "why"]);
}
