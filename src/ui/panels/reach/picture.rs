//! The way of a request as lines over the nodes: where each card stands, and lines in the gaps between them, so that no
//! line crosses another card's words. Lengths are pixels of the picture.

use super::model::{Model, Share};
use crate::api::{EcoString, sort};
use crate::cluster::{PodName, World};
use crate::explain::kept_end;
use crate::network::{Caller, End, Hop};
use std::collections::{BTreeMap, BTreeSet};

/// A card's width, and the gaps beside and below it.
const WIDTH: i32 = 196;
const GAP: (i32, i32) = (44, 36);
/// The height of a card's head and of a pod in it.
const HEAD: i32 = 34;
const ROW: i32 = 26;
/// The room around all.
const EDGE: i32 = 26;
/// So many cards are drawn; of a larger cluster those with something to see, the way of the request first.
const CARDS: usize = 24;
/// So many pods of one node are drawn.
const PODS: usize = 4;
/// So many letters of a name are drawn.
const LETTERS: usize = 22;

/// What a pod is to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It answers.
    Answers,
    /// It could have been taken.
    Candidate,
    /// It is behind the Service and cannot be taken.
    LeftOut,
    /// It asks.
    Asks,
}

/// A pod of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Which.
    pub pod: PodName,
    /// What it is to the request.
    pub role: Role,
    /// Its name, its beginning left out where it is long.
    pub label: String,
    /// Its upper left corner.
    pub at: (i32, i32),
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeBox {
    /// Which.
    pub node: EcoString,
    /// How many of the many requests it answered.
    pub count: Option<u64>,
    /// Whether it asks or answers.
    pub is_on_way: bool,
    /// Its upper left corner.
    pub at: (i32, i32),
    /// Its pods.
    pub spots: Vec<Spot>,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// The way that was taken.
    Taken,
    /// One that could have been taken.
    Possible,
    /// The way to where it was lost.
    Lost,
}

/// The picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Its size.
    pub size: (i32, i32),
    /// A card's size.
    pub card: (i32, i32),
    /// The nodes.
    pub cards: Vec<NodeBox>,
    /// How many nodes are not drawn.
    pub more: usize,
    /// The lines as paths.
    pub lines: Vec<(Stroke, String)>,
    /// Where the client is, if it is outside.
    pub outside: Option<(i32, i32)>,
    /// Numbered places: the hop's number and where.
    pub pins: Vec<(usize, (i32, i32))>,
    /// Where it was lost.
    pub cross: Option<(i32, i32)>,
}

/// The picture in this many columns.
pub fn picture(world: &World, model: &Model, parts: &[Share], columns: usize) -> Drawing {
    let spots = spots(world, model);
    let mut nodes: Vec<EcoString> = world.nodes().map(|node| node.metadata.name.clone()).collect();
    let all = nodes.len();
    if all > CARDS {
        let way = way_of(model);
        nodes.retain(|node| way.contains(node) || spots.contains_key(node));
        sort::by_key(&mut nodes, |node| !way.contains(node));
        nodes.truncate(CARDS);
        sort::plain(&mut nodes);
    }
    let rows = spots.values().map(Vec::len).max().unwrap_or(1).clamp(1, PODS);
    let columns = columns.clamp(1, nodes.len().max(1));
    let height = HEAD + ROW * i32::try_from(rows).unwrap_or(1) + 10;
    let is_outside = model.question.as_ref().is_some_and(|question| question.from == Caller::Outside);
    let top = if is_outside { EDGE + 40 } else { EDGE };
    let place = |at: usize| {
        let (column, row) = (at % columns, at / columns);
        let (column, row) = (i32::try_from(column).unwrap_or(0), i32::try_from(row).unwrap_or(0));
        (EDGE + column * (WIDTH + GAP.0), top + row * (height + GAP.1))
    };
    let ends = ends(model);
    let cards: Vec<NodeBox> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| {
            let corner = place(at);
            let count = parts.iter().find(|part| part.node.as_ref() == Some(node)).map(|part| part.count);
            let of_node = spots.get(node).map(Vec::as_slice).unwrap_or_default();
            let spots = of_node.iter().take(PODS).enumerate().map(|(row, (role, pod))| Spot {
                pod: pod.clone(),
                role: *role,
                label: short(&pod.1),
                at: (corner.0 + 10, corner.1 + HEAD + ROW * i32::try_from(row).unwrap_or(0)),
            });
            let is_on_way = ends.iter().flatten().any(|end| end == node);
            NodeBox { node: node.clone(), count, is_on_way, at: corner, spots: spots.collect() }
        })
        .collect();
    let lines_of_cards = i32::try_from(nodes.len().div_ceil(columns).max(1)).unwrap_or(1);
    let across = i32::try_from(columns).unwrap_or(1);
    let size =
        (2 * EDGE + across * (WIDTH + GAP.0) - GAP.0, top + lines_of_cards * (height + GAP.1) + EDGE - 10);
    let mut picture = Drawing {
        size,
        card: (WIDTH, height),
        cards,
        more: all - nodes.len(),
        lines: Vec::new(),
        outside: is_outside.then_some((EDGE, EDGE - 8)),
        pins: Vec::new(),
        cross: None,
    };
    draw(&mut picture, model);
    picture
}

/// The nodes over which the request goes, as far as it comes.
fn way_of(model: &Model) -> BTreeSet<EcoString> {
    let across = model.trace.iter().flat_map(|trace| &trace.hops).filter_map(|hop| match hop {
        Hop::Across(_, node) => Some(node.clone()),
        _ => None,
    });
    sort::set(across.chain(ends(model).into_iter().flatten()))
}

/// The node of the client, and that where the request ends.
fn ends(model: &Model) -> [Option<EcoString>; 2] {
    let Some(trace) = &model.trace else { return [None, None] };
    let from = trace.hops.iter().find_map(|hop| match hop {
        Hop::Caller(_, node, _) => Some(node.clone()),
        _ => None,
    });
    let to = match &trace.end {
        End::Answered(_, node) => node.clone(),
        _ => None,
    };
    [from.flatten(), to]
}

/// The pods that are to be seen, by node: who answers first, who asks last.
fn spots(world: &World, model: &Model) -> BTreeMap<EcoString, Vec<(Role, PodName)>> {
    let mut spots: BTreeMap<EcoString, Vec<(Role, PodName)>> = BTreeMap::new();
    let mut add = |pod: &PodName, role: Role| {
        let node = world.pod_named(pod).and_then(|pod| pod.target_node()).map(EcoString::from);
        if let Some(node) = node {
            let list = spots.entry(node).or_default();
            if !list.iter().any(|(_, other)| other == pod) {
                list.push((role, pod.clone()));
            }
        }
    };
    if let Some(End::Answered(pod, _)) = model.trace.as_ref().map(|trace| &trace.end) {
        add(pod, Role::Answers);
    }
    if let Some(Caller::Pod(pod)) = model.question.as_ref().map(|question| &question.from) {
        add(pod, Role::Asks);
    }
    for one in &model.left_out {
        if let Some(pod) = &one.pod {
            add(pod, if one.is_candidate { Role::Candidate } else { Role::LeftOut });
        }
    }
    spots.values_mut().for_each(|list| sort::plain(list));
    spots
}

fn short(name: &str) -> String {
    let count = name.chars().count();
    if count <= LETTERS {
        name.to_owned()
    } else {
        format!("…{}", name.chars().skip(count - LETTERS + 1).collect::<String>())
    }
}

/// A node's name in so many letters: of a longer one the middle, or the domain, is left out.
pub fn fitting(name: &str, letters: usize) -> String {
    let count = name.chars().count();
    if count <= letters {
        return name.to_owned();
    }
    let kept = kept_end(name);
    let (begin, end) = (name.chars().take(letters.saturating_sub(kept + 1)), name.chars().skip(count - kept));
    begin.chain(['…']).chain(end).collect()
}

/// From a place below the client's card along the gaps to the left side of a pod or a card.
fn way(from: (i32, i32), below: i32, to: (i32, i32)) -> String {
    let beside = to.0 - GAP.0 / 2 + 6;
    format!("M{} {}V{below}H{beside}V{}H{}", from.0, from.1, to.1, to.0)
}

fn draw(picture: &mut Drawing, model: &Model) {
    let Some(trace) = &model.trace else { return };
    let (_, height) = picture.card;
    let spot = |picture: &Drawing, role: Role| {
        let card = picture.cards.iter().find(|card| card.spots.iter().any(|spot| spot.role == role))?;
        Some((card.at, card.spots.iter().find(|spot| spot.role == role)?.at))
    };
    let [from, _] = ends(model);
    let card_of = |picture: &Drawing, node: &EcoString| {
        picture.cards.iter().find(|card| card.node == *node).map(|card| card.at)
    };
    // Where it sets out: below the client's pod, the client's node, or the outside.
    let (start, below) =
        match (spot(picture, Role::Asks), from.as_ref().and_then(|node| card_of(picture, node))) {
            (Some((card, pod)), _) => ((pod.0 + 18, pod.1 + ROW - 4), card.1 + height + GAP.1 / 2),
            (None, Some(card)) => ((card.0 + 28, card.1 + height), card.1 + height + GAP.1 / 2),
            (None, None) if picture.outside.is_some() => ((EDGE + 28, EDGE + 16), EDGE + 30),
            (None, None) => return,
        };
    picture.pins.push((0, start));
    for card in &picture.cards {
        for spot in card.spots.iter().filter(|spot| spot.role == Role::Candidate) {
            picture.lines.push((Stroke::Possible, way(start, below, (spot.at.0, spot.at.1 + ROW / 2 - 2))));
        }
    }
    let last = trace.hops.len() - 1;
    let lost = matches!(trace.hops.last(), Some(Hop::Lost(_)));
    let proxy = trace.hops.iter().position(|hop| matches!(hop, Hop::Proxy { .. } | Hop::Held(..)));
    // From outside, or to another node's port, the request goes to that node first.
    let entry = trace.hops.iter().enumerate().find_map(|(at, hop)| match hop {
        Hop::Across(_, node) if proxy.is_none_or(|proxy| at < proxy) => card_of(picture, node),
        _ => None,
    });
    match spot(picture, Role::Answers) {
        Some((_, pod)) => {
            let to = (pod.0, pod.1 + ROW / 2 - 2);
            let own = ends(model)[1].as_ref().and_then(|node| card_of(picture, node));
            match entry.filter(|entry| Some(*entry) != own) {
                Some(entry) => {
                    let at = (entry.0, entry.1 + HEAD / 2);
                    picture.lines.push((Stroke::Taken, way(start, below, at)));
                    let out = (entry.0 - GAP.0 / 2 + 14, at.1);
                    picture.lines.push((Stroke::Taken, format!("M{} {}H{}", at.0, at.1, out.0)));
                    picture.lines.push((Stroke::Taken, way(out, entry.1 + height + GAP.1 / 2, to)));
                    picture.pins.extend(proxy.map(|hop| (hop, at)));
                }
                None => {
                    picture.lines.push((Stroke::Taken, way(start, below, to)));
                    picture.pins.extend(proxy.map(|hop| (hop, (start.0, below))));
                }
            }
            picture.pins.push((last, to));
        }
        None if lost => {
            // It goes as far as the node that refuses or drops it, or gets no further than its own.
            let at = match entry {
                Some(entry) => {
                    let at = (entry.0, entry.1 + HEAD / 2);
                    picture.lines.push((Stroke::Lost, way(start, below, at)));
                    at
                }
                None => {
                    picture.lines.push((Stroke::Lost, format!("M{} {}V{}", start.0, start.1, below + 4)));
                    (start.0, below + 4)
                }
            };
            picture.cross = Some(at);
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::session::{Act, Past, Session};
    use crate::ui::panels::reach::model::{model, parts, question};
    use crate::ui::panels::reach::watch::Requests;
    use crate::ui::state::{Prefs, ReachAction, Theme, UiAction, UiState};
    use std::rc::Rc;

    #[test]
    fn of_a_long_name_the_middle_is_left_out() {
        for (name, letters, shown) in [
            ("worker-a1", 23, "worker-a1"),
            ("ip-10-0-1-10.eu-west-1.compute.internal", 14, "ip-10-0-1-10.…"),
            ("ip-10-0-1-11.eu-west-1.compute.internal", 14, "ip-10-0-1-11.…"),
            ("gke-prod-default-pool-5d2f9a7c-x0z", 23, "gke-prod-defau…9a7c-x0z"),
            ("gke-prod-default-pool-5d2f9a7c-x0z", 14, "gke-p…9a7c-x0z"),
        ] {
            assert_eq!(fitting(name, letters), shown);
        }
    }

    fn drawn(example: &str, from: Caller, address: &str, columns: usize) -> (Drawing, Model) {
        let mut state = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        state.session = Session::of_example(examples::find(example).expect("an example"));
        let question = question(&from, address).expect("a question");
        let state = Rc::new(state).reduced(UiAction::Reach(ReachAction::Ask(question.clone())));
        let model = model(&super::super::Given::of(&state), &mut Requests::default());
        let world = state.session.timeline.world();
        (picture(world, &model, &parts(world, state.session.timeline.now(), &question, 0), columns), model)
    }

    #[test]
    fn lines_run_in_the_gaps_and_cards_stand_beside_each_other() {
        for columns in 1..5 {
            let (picture, _) = drawn("reach_hostport", Caller::Outside, "192.168.7.2:9100", columns);
            for (at, card) in picture.cards.iter().enumerate() {
                for other in &picture.cards[at + 1..] {
                    let apart = (card.at.0 - other.at.0).abs() >= picture.card.0
                        || (card.at.1 - other.at.1).abs() >= picture.card.1;
                    assert!(apart, "{card:?} {other:?}");
                }
                assert!(
                    card.at.0 + picture.card.0 <= picture.size.0
                        && card.at.1 + picture.card.1 <= picture.size.1
                );
            }
            assert!(picture.lines.iter().any(|(line, _)| *line == Stroke::Taken));
            assert_eq!(picture.cross, None);
        }
    }

    #[test]
    fn in_a_large_cluster_the_way_of_the_request_is_drawn() {
        let mut state = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        state.session = Session::of_example(examples::find("reach_hostport").expect("an example"));
        for act in [Act::AddLike("worker-1".into(), 2 * CARDS as u32), Act::Run(5_000)] {
            (state.session, _) = state.session.act(&act, Past::Here);
        }
        let last = state.session.timeline.world().nodes().last().cloned().expect("a node");
        let address = format!("{}:9100", last.internal_ip().expect("it has an address"));
        let question = question(&Caller::Outside, &address).expect("a question");
        let state = Rc::new(state).reduced(UiAction::Reach(ReachAction::Ask(question)));
        let (world, model) = (
            state.session.timeline.world(),
            model(&super::super::Given::of(&state), &mut Requests::default()),
        );
        let end = ends(&model)[1].clone().expect("it is answered on a node");
        assert_eq!(end, last.metadata.name);
        let drawing = picture(world, &model, &[], 4);
        assert!(drawing.cards.iter().any(|card| card.node == end), "{:?}", drawing.cards);
        assert_eq!((drawing.cards.len() <= CARDS, drawing.more > 0), (true, true));
        assert!(drawing.lines.iter().any(|(line, _)| *line == Stroke::Taken));
    }

    #[test]
    fn what_is_lost_has_a_cross() {
        let (picture, model) = drawn("reach_hostport", Caller::Outside, "192.168.7.2:9999", 3);
        assert!(picture.cross.is_some());
        assert!(picture.lines.iter().all(|(line, _)| *line == Stroke::Lost));
        assert!(model.legs.last().is_some_and(|leg| leg.is_lost));
    }
}
