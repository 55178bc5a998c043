use super::Given;
use super::filter::{HELP, MapFilter};
use super::model::{By, Cells, MapBlock, MapCell, MapGroup, Sign, legend};
use crate::api::{EcoString, ObjectKey};
use crate::explain::count;
use crate::explain::predict::Guess;
use crate::explain::revision_name;
use crate::session::{Act, ShownRun};
use crate::ui::browser::{by_pointer, follow_pointer, show_in};
use crate::ui::state::{
    Dialog, FloatingAction, Guessing, NodeGuess, PanelProps, PredictAction, Selection, UiAction, ViewAction,
};
use crate::ui::widgets::{hue, icon_small, pieces, use_width};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Widths of a cell with the gap beside it, from small to large.
const PITCHES: [i32; 6] = [10, 14, 18, 24, 32, 48];
/// The one at first of a large cluster.
const USUAL: usize = 2;
/// So many nodes at most are few: their cells are as large as can be, and those of twice as many nearly so.
const FEW: usize = 30;
/// The narrowest column of blocks.
const NARROWEST: i32 = 190;
/// The most rows of the table.
const ROWS: usize = 200;

/// The panel.
#[component]
pub fn MapPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let made = use_mut_ref(Cells::default);
    let by = use_state_eq(By::default);
    let zoomed = use_state_eq(|| None::<usize>);
    let query = use_state_eq(AttrValue::default);
    let shows_table = use_state_eq(|| false);
    let hovered = use_state_eq(|| None::<EcoString>);
    // Where the arrow keys are while one guesses: nothing is selected then.
    let cursor = use_state_eq(|| None::<EcoString>);
    let place = use_node_ref();
    let width = use_width(&place, 800);

    let Given { run, set, order, selection, marked, guessing } = given;
    let mut made = made.borrow_mut();
    let is_open = guessing.as_ref().is_some_and(|guessing| guessing.is_open);
    made.update(run, run.at(), set.as_ref(), is_open);
    let all = made.blocks(order, *by);
    let cells = made.cells();
    let filter = MapFilter::read(&query);
    let is_found =
        |cell: &MapCell| filter.as_ref().is_ok_and(|filter| !filter.is_empty() && filter.matches(cell));
    let found = cells.values().filter(|cell| is_found(cell)).count();
    let selected = match selection {
        _ if is_open => (*cursor).clone(),
        Selection::Node(name) => Some(name.clone()),
        Selection::Pod(key) => {
            let pod = run.world().pod(&key.namespace, &key.name);
            pod.and_then(|pod| pod.target_node().map(EcoString::from))
        }
        Selection::Step | Selection::Set(_) | Selection::Service(_) => None,
    };
    let is_chosen = |cell: &MapCell| selected.as_ref() == Some(&cell.name) || marked.contains(&cell.name);

    use_effect_with((selected.clone(), marked.is_empty()), |(selected, is_alone)| {
        if selected.is_some() && *is_alone {
            show_in(".map-place", ".map-chosen");
        }
    });

    let usual = match cells.len() {
        0..=FEW => PITCHES.len() - 1,
        len if len <= 2 * FEW => PITCHES.len() - 2,
        _ => USUAL,
    };
    let place_of_pitch = zoomed.unwrap_or(usual);
    let pitch = PITCHES[place_of_pitch];
    let (columns, across) = places(width, all.len(), pitch);
    // The same as long as they do the same: groups of cells are drawn anew with others.
    let on_hover = {
        let hovered = hovered.setter();
        use_callback((), move |name: Option<EcoString>, ()| hovered.set(name))
    };
    let on_choose =
        use_callback((act.clone(), is_open), |(name, several): (EcoString, bool), (act, is_open)| {
            act.emit(match several {
                _ if *is_open => UiAction::Predict(PredictAction::Turn { node: name, alike: several }),
                true => UiAction::View(ViewAction::Mark(name)),
                false => UiAction::View(ViewAction::Select(Selection::Node(name))),
            });
        });
    let on_menu =
        act.reform(|name: EcoString| UiAction::Floating(FloatingAction::Ask(Dialog::NodeMenu(name))));
    let on_key = {
        let all = Rc::clone(&all);
        let (selected, on_choose, cursor) = (selected.clone(), on_choose.clone(), cursor.setter());
        let (on_menu, act) = (on_menu.clone(), act.clone());
        Callback::from(move |event: KeyboardEvent| {
            // Alt and an arrow are the browser's way back.
            if event.alt_key() {
                return;
            }
            let key = event.key();
            // Who clicks goes on with the steps: these keys are theirs, but where one guesses about the nodes.
            let is_of_steps = matches!(key.as_str(), "ArrowRight" | "ArrowLeft" | "Home" | "End" | " ");
            if is_of_steps && !is_open && by_pointer() {
                return;
            }
            let groups = all.iter().flat_map(|block| &block.groups);
            let names: Vec<&EcoString> =
                groups.flat_map(|group| group.cells.iter()).map(|cell| &cell.name).collect();
            let at = selected.as_ref().and_then(|name| names.iter().position(|other| *other == name));
            let last = names.len().saturating_sub(1);
            let row = usize::try_from(across).unwrap_or(1);
            let to = match (key.as_str(), at) {
                ("ArrowRight" | "ArrowDown" | "ArrowLeft" | "ArrowUp" | "Home", None) => 0,
                ("ArrowRight", Some(at)) => (at + 1).min(last),
                ("ArrowLeft", Some(at)) => at.saturating_sub(1),
                ("ArrowDown", Some(at)) => (at + row).min(last),
                ("ArrowUp", Some(at)) => at.saturating_sub(row),
                ("Home", _) => 0,
                ("End", _) => last,
                ("Enter" | " ", Some(at)) if is_open && !event.ctrl_key() && !event.meta_key() => {
                    event.prevent_default();
                    event.stop_propagation();
                    return on_choose.emit((names[at].clone(), event.shift_key()));
                }
                ("Delete" | "Backspace", Some(at)) if is_open => {
                    event.prevent_default();
                    return act.emit(UiAction::Predict(PredictAction::Forget(names[at].clone())));
                }
                (" " | "m" | "M", Some(at)) => {
                    match key.as_str() {
                        " " => on_choose.emit((names[at].clone(), true)),
                        _ => on_menu.emit(names[at].clone()),
                    }
                    event.prevent_default();
                    event.stop_propagation();
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if let Some(name) = names.get(to) {
                match is_open {
                    true => cursor.set(Some((*name).clone())),
                    false => on_choose.emit(((*name).clone(), false)),
                }
            }
        })
    };
    let on_query = {
        let query = query.setter();
        Callback::from(move |event: InputEvent| {
            let input: Option<HtmlInputElement> = event.target_dyn_into();
            query.set(input.map(|input| input.value()).unwrap_or_default().into());
        })
    };
    let on_table = {
        let (shows_table, now) = (shows_table.setter(), *shows_table);
        Callback::from(move |_: MouseEvent| shows_table.set(!now))
    };
    let told = match &filter {
        _ if cells.is_empty() => "The cluster has no nodes.".into(),
        Err(wrong) => wrong.clone(),
        Ok(filter) if filter.is_empty() => format!("{}. Filter by {HELP}.", count(cells.len(), "node")),
        Ok(_) => found_words(found, *shows_table),
    };
    let choose_by = |choice: By| {
        let by = by.clone();
        let pressed = (*by == choice).to_string();
        let onclick = Callback::from(move |_: MouseEvent| by.set(choice));
        html! { <button aria-pressed={pressed} {onclick}>{ choice.words() }</button> }
    };
    let zoom = |by: isize, sign: &'static str, word: &'static str| {
        let to = place_of_pitch.saturating_add_signed(by).min(PITCHES.len() - 1);
        let zoomed = zoomed.setter();
        let disabled = place_of_pitch == to;
        let onclick = Callback::from(move |_: MouseEvent| zoomed.set(Some(to)));
        html! { <button class="button button--small" title={word} {disabled} {onclick}>{ sign }<span class="visually-hidden">{ word }</span></button> }
    };
    let hover = hovered.as_ref().and_then(|name| cells.get(name));
    html! {
        <div class={classes!("map", is_open.then_some("is-asked"))}>
            <div class="map-bar">
                <div class="segmented segmented--tight" role="group" aria-label="Group nodes">{ for By::ALL.into_iter().map(choose_by) }</div>
                <label class="map-find">
                    <span>{ "nodes where" }</span>
                    <input type="search" spellcheck="false" autocomplete="off" value={(*query).clone()} oninput={on_query}
                        aria-invalid={filter.is_err().to_string()} aria-describedby="map-found" placeholder="state=Pending zone=…" />
                </label>
                <span class="grow" />
                { without_pod(&query) }
                <span class="map-zoom">{ zoom(-1, "−", "Smaller cells") }{ zoom(1, "+", "Larger cells") }</span>
                <button class="button button--small" aria-pressed={shows_table.to_string()} onclick={on_table}>{ icon_small("i-log") }{ "Table" }</button>
            </div>
            <p class="map-found muted" id="map-found" role="status">{ told }</p>
            <div class="map-place"><div ref={place}>
                if *shows_table {
                    { table(cells, &is_found, filter.as_ref().is_ok_and(|filter| !filter.is_empty()), guessing.as_ref(), &on_choose) }
                } else {
                    <div class={classes!("map-blocks", format!("map-blocks--{columns}"))} role="application" tabindex="0" onkeydown={on_key}
                        aria-label={format!("Map of {}. {}", count(cells.len(), "node"), if is_open { "Arrow keys go from node to node, Enter guesses the next answer for it." } else { "Arrow keys go from node to node, and Why? tells of each." })}>
                        { for all.iter().map(|block| draw_block(block, (across, pitch), &is_chosen, &is_found, guessing.as_ref(), &on_hover, &on_choose)) }
                    </div>
                }
            </div></div>
            <p class="visually-hidden" aria-live="polite">{ selected.as_ref().and_then(|name| cells.get(name)).map(|cell| words(cell, guessing.as_ref())) }</p>
            if let Some(cell) = hover.filter(|_| !*shows_table) { { tip(cell, guessing.as_ref()) } }
            { signs(cells) }
        </div>
    }
}

/// What the map of a branch is given.
#[derive(Properties, PartialEq)]
pub struct SideProps {
    /// The branch.
    pub run: ShownRun,
    /// The DaemonSet.
    pub set: Option<ObjectKey>,
    /// The place of each node in the user's list.
    pub order: Rc<BTreeMap<EcoString, usize>>,
    /// The nodes that are not the same in the other branch: they are outlined.
    pub different: Rc<BTreeSet<EcoString>>,
    /// The branch, where it is not the open one: it is opened before anything of it is shown.
    pub closed: Option<u32>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// How many blocks stand side by side, and how many cells in a row of one.
fn places(width: i32, blocks: usize, pitch: i32) -> (i32, i32) {
    let columns = (width / NARROWEST).clamp(1, blocks.clamp(1, 4) as i32);
    (columns, ((width - 24 * (columns - 1)) / columns / pitch).max(4))
}

/// The map of one of two branches that are compared.
#[component]
pub fn SideMap(props: &SideProps) -> Html {
    let SideProps { run, set, order, different, closed, act } = props;
    let made = use_mut_ref(Cells::default);
    let place = use_node_ref();
    let width = use_width(&place, 400);
    let mut made = made.borrow_mut();
    made.update(run, run.at(), set.as_ref(), false);
    let all = made.blocks(order, By::Zone);
    let cells = made.cells();
    let pitch = PITCHES[USUAL - 1];
    let (columns, across) = places(width, all.len(), pitch);
    let is_different = |cell: &MapCell| different.contains(&cell.name);
    let on_choose = use_callback((act.clone(), *closed), |(name, _): (EcoString, bool), (act, closed)| {
        if let Some(no) = closed {
            act.emit(UiAction::Session(Act::Switch(*no)));
        }
        act.emit(UiAction::View(ViewAction::Select(Selection::Node(name))));
    });
    let on_hover = use_callback((), |_: Option<EcoString>, ()| {});
    html! {
        <div class="branch-map" ref={place}>
            <div class={classes!("map-blocks", format!("map-blocks--{columns}"))}>
                { for all.iter().map(|block| draw_block(block, (across, pitch), &|_| false, &is_different, None, &on_hover, &on_choose)) }
            </div>
            { signs(cells) }
        </div>
    }
}

/// What the signs mean, and how many nodes have each.
fn signs(cells: &BTreeMap<EcoString, Rc<MapCell>>) -> Html {
    html! {
        <div class="legend" role="group" aria-label="Legend">
            { for legend(cells).into_iter().map(|(sign, revision, count)| html! {
                <span><svg class="map-sign" viewBox="0 0 14 14" aria-hidden="true">{ mark(sign, revision) }</svg>
                    { match revision { Some(number) => format!("{} {} {count}", revision_name(number), sign.words()), None => format!("{} {count}", sign.words()) } }</span>
            }) }
        </div>
    }
}

/// A cell in words.
fn words(cell: &MapCell, guessing: Option<&Guessing>) -> String {
    let mut words = format!("{}, {}", cell.name, cell.state);
    if let Some(revision) = cell.revision {
        let _ = write!(words, ", {}", revision_name(revision));
    }
    for more in [&cell.zone, &cell.pool, &cell.taints] {
        if !more.is_empty() {
            let _ = write!(words, ", {more}");
        }
    }
    if let Some(guessed) = guessing.and_then(|guessing| guessing.of(&cell.name)) {
        let _ = write!(words, ", {}", guessed_words(&guessed));
    }
    words
}

/// A guess and what came of it, in words.
fn guessed_words(guessed: &NodeGuess) -> String {
    let told = guessed.guess.map_or("no guess", Guess::told);
    match (guessed.right, guessed.is_hit()) {
        (None, _) if guessed.guess.is_none() => "no guess yet".into(),
        (None, _) => format!("you: {told}"),
        (_, Some(true)) => format!("you: {told}, hit"),
        (Some(right), Some(false)) => format!("you: {told}, miss: {}", right.told()),
        (Some(right), None) => format!("no guess: {}", right.told()),
    }
}

/// How many nodes a filter finds, and how one sees them.
fn found_words(found: usize, is_table: bool) -> String {
    match (found, is_table) {
        (0, _) => "No node matches.".to_owned(),
        (1, true) => "1 node matches.".to_owned(),
        (_, true) => format!("{found} nodes match."),
        (1, false) => "1 node matches; it is outlined.".to_owned(),
        (_, false) => format!("{found} nodes match; they are outlined."),
    }
}

/// Shows the nodes without a pod, or all again.
fn without_pod(query: &UseStateHandle<AttrValue>) -> Html {
    const WITHOUT: &str = "pod=none";
    let is_on = **query == WITHOUT;
    let query = query.clone();
    let onclick = Callback::from(move |_: MouseEvent| query.set(if is_on { "" } else { WITHOUT }.into()));
    html! { <button class="button button--small" aria-pressed={is_on.to_string()} {onclick}>{ "Nodes without a pod" }</button> }
}

/// What hovering over a cell tells.
fn tip(cell: &MapCell, guessing: Option<&Guessing>) -> Html {
    let guessed = guessing.and_then(|guessing| guessing.of(&cell.name));
    let is_open = guessed.as_ref().is_some_and(|guessed| guessed.right.is_none());
    html! {
        <div class="map-tip" aria-hidden="true">
            <b class="mono">{ cell.name.to_string() }</b>
            <span>{ cell.state.to_string() }{ cell.revision.map(|number| format!(" · {}", revision_name(number))) }</span>
            if !cell.pool.is_empty() { <span class="mono">{ format!("pool={}", cell.pool) }</span> }
            if !cell.taints.is_empty() { <span class="mono">{ cell.taints.to_string() }</span> }
            if let Some(guessed) = &guessed {
                <b>{ guessed_words(guessed) }</b>
                if !guessed.why.is_empty() { <span class="map-why">{ pieces(&guessed.why) }</span> }
            }
            <span class="muted">{ if is_open { "Click: next answer. Shift click: for all like it" } else { "Click: Why?" } }</span>
        </div>
    }
}

fn draw_block(
    block: &MapBlock,
    (across, pitch): (i32, i32),
    is_chosen: &dyn Fn(&MapCell) -> bool,
    is_found: &dyn Fn(&MapCell) -> bool,
    guessing: Option<&Guessing>,
    on_hover: &Callback<Option<EcoString>>,
    on_choose: &Callback<(EcoString, bool)>,
) -> Html {
    html! {
        <section class="map-block" key={block.title.clone()} aria-label={block.title.clone()}>
            <h2><span>{ block.title.clone() }</span><span>{ count(block.size(), "node") }</span></h2>
            { for block.groups.iter().map(|group| {
                let places = |is_one: &dyn Fn(&MapCell) -> bool| -> Vec<usize> {
                    group.cells.iter().enumerate().filter(|(_, cell)| is_one(cell)).map(|(at, _)| at).collect()
                };
                let (chosen, found) = (places(is_chosen), places(is_found));
                let guessed = guessing.map(|guessing| guesses(group, guessing)).unwrap_or_default();
                html! { <GroupOfCells key={group.title.clone()} group={Drawn(group.clone())} {across} {pitch} {chosen} {found} {guessed} on_hover={on_hover.clone()} on_choose={on_choose.clone()} /> }
            }) }
        </section>
    }
}

/// How guesses are marked on cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GuessMark {
    /// The answer in this place among all.
    Answer(usize),
    Hit,
    Miss,
}

/// The places of the cells of which something was guessed.
fn guesses(group: &MapGroup, guessing: &Guessing) -> Vec<(usize, GuessMark)> {
    let choices = guessing.question.choices();
    let mark = |(at, cell): (usize, &Rc<MapCell>)| {
        let guessed = guessing.of(&cell.name)?;
        let mark = match guessed.is_hit() {
            Some(true) => GuessMark::Hit,
            Some(false) => GuessMark::Miss,
            None => {
                let guess = guessed.guess?;
                GuessMark::Answer(choices.iter().position(|choice| *choice == guess)?)
            }
        };
        Some((at, mark))
    };
    group.cells.iter().enumerate().filter_map(mark).collect()
}

/// A group that is drawn: the same if its cells are the same in memory.
#[derive(Clone)]
struct Drawn(MapGroup);

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        self.0.title == other.0.title && Rc::ptr_eq(&self.0.cells, &other.0.cells)
    }
}

#[derive(Properties, PartialEq)]
struct GroupProps {
    group: Drawn,
    across: i32,
    pitch: i32,
    chosen: Vec<usize>,
    found: Vec<usize>,
    guessed: Vec<(usize, GuessMark)>,
    on_hover: Callback<Option<EcoString>>,
    on_choose: Callback<(EcoString, bool)>,
}

/// So many cells, in whole rows, are drawn together: where one changes, the browser draws these anew.
const BAND: usize = 128;

#[derive(Properties)]
struct BandProps {
    cells: Rc<Vec<Rc<MapCell>>>,
    /// The first of them.
    from: usize,
    across: i32,
    pitch: i32,
}

impl BandProps {
    fn own(&self) -> &[Rc<MapCell>] {
        let to = (self.from + rows_of_a_band(self.across) * self.across as usize).min(self.cells.len());
        self.cells.get(self.from..to).unwrap_or_default()
    }
}

/// The same if its own cells are the same in memory.
impl PartialEq for BandProps {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (self.own(), other.own());
        (self.from, self.across, self.pitch) == (other.from, other.across, other.pitch)
            && own.len() == others.len()
            && own.iter().zip(others).all(|(own, other)| Rc::ptr_eq(own, other))
    }
}

fn rows_of_a_band(across: i32) -> usize {
    (BAND / usize::try_from(across).unwrap_or(1).max(1)).max(1)
}

/// The length of a cell's side.
fn side(pitch: i32) -> i32 {
    pitch - (pitch / 5).max(2)
}

/// The upper left corner of a cell.
fn corner(at: usize, across: i32, pitch: i32) -> (i32, i32) {
    let at = at as i32;
    (at % across * pitch + 2, at / across * pitch + 2)
}

/// Some rows of a group, drawn as few paths: one for each sign and revision.
#[component]
fn BandOfCells(props: &BandProps) -> Html {
    let (across, pitch) = (props.across, props.pitch);
    let mut marks: BTreeMap<(Sign, i64), String> = BTreeMap::new();
    for (at, cell) in (props.from..).zip(props.own()) {
        let (x, y) = corner(at, across, pitch);
        let path = marks.entry((cell.sign, cell.revision.map_or(0, hue))).or_default();
        shape(path, cell.sign, x, y, side(pitch));
    }
    html! { <g>{ for marks.into_iter().map(|((sign, hue), d)| html! { <path class={class_of(sign, hue)} {d} /> }) }</g> }
}

/// The cells of a group, in bands.
#[component]
fn GroupOfCells(props: &GroupProps) -> Html {
    let GroupProps { group: Drawn(group), across, pitch, chosen, found, .. } = props;
    let (across, pitch) = (*across, *pitch);
    let size = side(pitch);
    let corner = |at: usize| corner(at, across, pitch);
    let band = |from: usize| html! { <BandOfCells key={from} cells={group.cells.clone()} {from} {across} {pitch} /> };
    let cells_of_a_band = rows_of_a_band(across) * across as usize;
    let outline = |ats: &mut dyn Iterator<Item = usize>| {
        let mut path = String::new();
        for at in ats {
            let (x, y) = corner(at);
            square(&mut path, x - 2, y - 2, size + 4);
        }
        path
    };
    let mut marked: BTreeMap<GuessMark, String> = BTreeMap::new();
    for (at, mark) in &props.guessed {
        let (x, y) = corner(*at);
        guess_shape(marked.entry(*mark).or_default(), *mark, x, y, size);
    }
    let rows = (group.cells.len() as i32 + across - 1) / across;
    let (width, height) = (across * pitch + 4, rows * pitch + 4);
    let cell_at = {
        let cells = group.cells.clone();
        move |event: &MouseEvent| {
            let (column, row) = (event.offset_x() / pitch, event.offset_y() / pitch);
            let at = usize::try_from(row * across + column).ok()?;
            (column < across).then(|| cells.get(at)).flatten().map(|cell| cell.name.clone())
        }
    };
    let on_move = {
        let (cell_at, on_hover) = (cell_at.clone(), props.on_hover.clone());
        Callback::from(move |event: PointerEvent| {
            let name = cell_at(&event);
            if name.is_some() {
                follow_pointer(event.client_x(), event.client_y());
            }
            on_hover.emit(name);
        })
    };
    let on_leave = props.on_hover.reform(|_: PointerEvent| None);
    let on_click = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: MouseEvent| {
            let several = event.ctrl_key() || event.meta_key() || event.shift_key();
            if let Some(name) = cell_at(&event) {
                on_choose.emit((name, several));
            }
        })
    };
    html! {
        <div class="map-group">
            <h3><span>{ group.title.clone() }</span><span>{ group.cells.len() }</span></h3>
            <svg class="map-cells" width={width.to_string()} height={height.to_string()} viewBox={format!("0 0 {width} {height}")}
                aria-hidden="true" onpointermove={on_move} onpointerleave={on_leave} onclick={on_click}>
                <g>{ for (0..group.cells.len()).step_by(cells_of_a_band).map(band) }</g>
                { for marked.into_iter().map(|(mark, d)| html! { <path class={guess_class(mark)} {d} /> }) }
                if !found.is_empty() { <path class="map-found-outline" d={outline(&mut found.iter().copied())} /> }
                if !chosen.is_empty() { <path class="map-chosen" d={outline(&mut chosen.iter().copied())} /> }
            </svg>
        </div>
    }
}

fn guess_class(mark: GuessMark) -> &'static str {
    match mark {
        GuessMark::Answer(_) => "map-guess",
        GuessMark::Hit => "map-guess map-guess--hit",
        GuessMark::Miss => "map-guess map-guess--miss",
    }
}

/// Adds the shape of a guess to a path: a tick for the first answer, a ring for the second, a dash for the third; a tick
/// for a hit, a cross in a frame for a miss.
fn guess_shape(path: &mut String, mark: GuessMark, x: i32, y: i32, size: i32) {
    let (third, half) = (size / 3, size / 2);
    match mark {
        GuessMark::Answer(0) | GuessMark::Hit => {
            let _ = write!(path, "M{} {}l{third} {third}L{} {}", x + 2, y + half, x + size - 1, y + 2);
        }
        GuessMark::Answer(1) => square(path, x + third, y + third, size - 2 * third),
        GuessMark::Answer(_) => {
            let _ = write!(path, "M{} {}h{}", x + 2, y + half, size - 4);
        }
        GuessMark::Miss => {
            square(path, x - 1, y - 1, size + 2);
            let (far_x, far_y) = (x + size - 3, y + size - 3);
            let _ = write!(path, "M{} {}L{far_x} {far_y}M{far_x} {}L{} {far_y}", x + 3, y + 3, y + 3, x + 3);
        }
    }
}

fn class_of(sign: Sign, hue: i64) -> Classes {
    let revision = (sign.has_pod() && hue > 0).then(|| format!("cell--r{hue}"));
    classes!("cell", format!("cell--{}", sign.name()), revision)
}

/// A sign of the legend.
fn mark(sign: Sign, revision: Option<i64>) -> Html {
    let mut path = String::new();
    shape(&mut path, sign, 1, 1, 12);
    html! { <path class={class_of(sign, revision.map_or(i64::from(sign.has_pod()), hue))} d={path} /> }
}

fn square(path: &mut String, x: i32, y: i32, size: i32) {
    let _ = write!(path, "M{x} {y}h{size}v{size}h-{size}z");
}

/// Adds the shape of a sign to a path.
fn shape(path: &mut String, sign: Sign, x: i32, y: i32, size: i32) {
    match sign {
        Sign::Ready | Sign::Pending | Sign::Missing => square(path, x, y, size),
        // The lower half is full.
        Sign::Unready => {
            square(path, x, y, size);
            let (inset, high) = (size / 5, size * 2 / 5);
            let wide = size - 2 * inset;
            let _ = write!(path, "M{} {}v{high}h{wide}v-{high}z", x + inset, y + inset);
        }
        Sign::Failed => {
            let (far_x, far_y) = (x + size - 1, y + size - 1);
            let _ = write!(path, "M{} {}L{far_x} {far_y}M{far_x} {}L{} {far_y}", x + 1, y + 1, y + 1, x + 1);
        }
        Sign::Taint => {
            let third = size / 3;
            for start in [third, 2 * third, size] {
                let _ = write!(path, "M{x} {}L{} {y}", y + start, x + start);
            }
            for start in [third, 2 * third] {
                let _ = write!(path, "M{} {}L{} {}", x + start, y + size, x + size, y + start);
            }
        }
        Sign::Label => {
            let (middle, dot) = (size / 2, (size / 3).max(2));
            square(path, x + middle - dot / 2, y + middle - dot / 2, dot);
        }
    }
}

/// The same as a table, for keyboards and screen readers.
fn table(
    cells: &BTreeMap<EcoString, Rc<MapCell>>,
    is_found: &dyn Fn(&MapCell) -> bool,
    is_filtered: bool,
    guessing: Option<&Guessing>,
    on_choose: &Callback<(EcoString, bool)>,
) -> Html {
    let rows: Vec<&Rc<MapCell>> = cells.values().filter(|cell| !is_filtered || is_found(cell)).collect();
    let row = |cell: &&Rc<MapCell>| {
        let onclick = {
            let (on_choose, name) = (on_choose.clone(), cell.name.clone());
            Callback::from(move |_: MouseEvent| on_choose.emit((name.clone(), false)))
        };
        html! {
            <tr key={cell.name.to_string()}>
                <th scope="row"><button class="button--link mono" {onclick}>{ cell.name.to_string() }</button></th>
                <td>{ cell.state.to_string() }</td>
                <td>{ cell.revision.map(revision_name) }</td>
                <td>{ cell.zone.to_string() }</td>
                <td>{ cell.pool.to_string() }</td>
                <td class="mono">{ cell.taints.to_string() }</td>
                if let Some(guessing) = guessing {
                    <td>{ guessing.of(&cell.name).map(|guessed| guessed_words(&guessed)) }</td>
                }
            </tr>
        }
    };
    html! {
        <div class="map-table">
            <table>
                <thead><tr>{ for ["NODE", "POD", "REVISION", "ZONE", "POOL", "TAINTS"].iter().map(|head| html! { <th scope="col">{ *head }</th> }) }if guessing.is_some() { <th scope="col">{ "GUESS" }</th> }</tr></thead>
                <tbody>{ for rows.iter().take(ROWS).map(row) }</tbody>
            </table>
            if rows.len() > ROWS { <p class="muted">{ format!("{} more. A filter shows fewer.", rows.len() - ROWS) }</p> }
        </div>
    }
}
