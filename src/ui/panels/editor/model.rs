//! Where the cursor is, and what Apply would do.

use crate::api::{Object, PodSpec};
use crate::explain::{Piece, Preview, PreviewLine, preview, told_behind, told_left_behind};
use crate::kubectl::Request;
use crate::manifest::{Diagnostic, Manifest, Severity};
use crate::session::{Document, DocumentName, Session};
use crate::sim::{Refused, StepNo};
use crate::ui::state::{Selection, in_namespace};

/// Of texts with more bytes it is not told what Apply would do: finding that out takes as long as Apply.
const PREVIEWED: usize = 4_000_000;

/// The most lines that tell what Apply would do.
const LINES: usize = 6;

/// The bar below the editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplyBar {
    /// How many errors there are, those of the API server included.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
    /// The step that applied the texts as they are; none if they differ from what was applied.
    pub applied: Option<StepNo>,
    /// The step after the shown one from which on the cluster has what they say; told in the verdict's place.
    pub later: Option<StepNo>,
    /// The words beside the number.
    pub verdict: &'static str,
    /// Whether the texts could take over what the cluster has by now.
    pub has_drifted: bool,
    /// What would change, each with its sign.
    pub changes: Vec<ChangeLine>,
}

/// One thing that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// `+`, `~`, `-` ...
    pub sign: &'static str,
    /// Its class.
    pub class: &'static str,
    /// What.
    pub what: Vec<Piece>,
}

/// What would come of Apply at the shown step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// The bar.
    pub bar: ApplyBar,
    /// What the API server would refuse, at its place in the texts.
    pub refused: Vec<(DocumentName, Diagnostic)>,
}

/// What is wrong with a text, in it and with what it asks for. Of a kind that the API server does not know it is not
/// said besides that nothing acts on it.
pub fn problems(
    document: &Document,
    name: DocumentName,
    refused: &[(DocumentName, Diagnostic)],
) -> Vec<Diagnostic> {
    let refused: Vec<&Diagnostic> =
        refused.iter().filter(|(of, _)| *of == name).map(|(_, diagnostic)| diagnostic).collect();
    let is_said =
        |told: &&Diagnostic| told.path != "kind" || !refused.iter().any(|other| other.span == told.span);
    let own = document.read.diagnostics.iter().filter(is_said);
    own.chain(refused.iter().copied()).cloned().collect()
}

/// What Apply would do at the shown step.
pub fn outlook(session: &Session) -> Outlook {
    known(session).unwrap_or_else(|commands| previewed(session, &commands))
}

/// What is wrong with the texts, before it is worked out what Apply would do.
pub fn hasty(session: &Session) -> Outlook {
    let documents = &session.documents;
    let (errors, warnings) = (documents.errors(), documents.warnings());
    let bar =
        ApplyBar { errors, warnings, verdict: "Working out what would change …", ..ApplyBar::default() };
    if errors == 0 {
        return Outlook { bar, refused: Vec::new() };
    }
    let changes = vec![word("·", "What would change is shown once the errors are fixed.".into())];
    Outlook { bar: ApplyBar { verdict: REJECTED, changes, ..bar }, refused: Vec::new() }
}

/// What Apply would do as far as it needs no preview; else what it would run.
pub fn known(session: &Session) -> Result<Outlook, Vec<Request>> {
    let documents = &session.documents;
    if documents.errors() > 0 {
        return Ok(hasty(session));
    }
    let bar = ApplyBar { warnings: documents.warnings(), ..ApplyBar::default() };
    if session.applies_nothing() {
        let changes = vec![word("!", "error: no objects passed to apply".into())];
        let bar = ApplyBar { errors: 1, verdict: REJECTED, changes, ..bar };
        return Ok(Outlook { bar, refused: Vec::new() });
    }
    let commands = session.requests();
    if !commands.is_empty() {
        return Err(commands);
    }
    let applied = session.applied_at();
    let verdict = match applied {
        // Apply alone moves nothing.
        Some(_) if session.later_steps() == 0 && session.can_advance() => "Next: Play or Run",
        Some(_) => "",
        None => "As in the cluster",
    };
    Ok(Outlook { bar: ApplyBar { applied, verdict, ..bar }, refused: Vec::new() })
}

fn previewed(session: &Session, commands: &[Request]) -> Outlook {
    let documents = &session.documents;
    let bar = ApplyBar { warnings: documents.warnings(), ..ApplyBar::default() };
    let bytes: usize = DocumentName::ALL.iter().map(|name| documents.get(*name).text.len()).sum();
    if bytes > PREVIEWED {
        let megabytes = bytes.div_ceil(1_000_000);
        let told =
            format!("What would change is not worked out for texts of {megabytes} MB. Apply shows it.");
        let changes = vec![word("·", told)];
        return Outlook { bar: ApplyBar { verdict: "Not compared", changes, ..bar }, refused: Vec::new() };
    }
    let Preview { lines, refused } = preview(commands, session.timeline.world(), session.timeline.now());
    // Where nothing is edited there is a command only because of drift, and the lines below say it, if there are any.
    let is_said = !documents.is_dirty() && !lines.is_empty();
    let behind = if is_said { Vec::new() } else { behind(session) };
    let has_drifted = is_said || !behind.is_empty();
    if !refused.is_empty() {
        let placed = session.place(&refused);
        let mut changes: Vec<ChangeLine> = Vec::new();
        for Refused { error, .. } in &refused {
            let line = word("!", error.to_string());
            if !changes.contains(&line) {
                changes.push(line);
            }
        }
        let verdict = if lines.is_empty() { REJECTED } else { "Would be rejected in part" };
        let mut changes = fitted(changes, lines);
        changes.extend(behind);
        let errors = placed.len().max(1);
        let told = |name| problems(documents.get(name), name, &placed);
        let warnings = DocumentName::ALL.into_iter().flat_map(told);
        let warnings = warnings.filter(|told| told.severity == Severity::Warning).count();
        let bar = ApplyBar { errors, warnings, verdict, has_drifted, changes, ..bar };
        return Outlook { bar, refused: placed };
    }
    let changes_nothing = lines.is_empty();
    let mut changes = fitted(Vec::new(), lines);
    changes.extend(behind);
    let left = told_left_behind(&session.left_behind());
    changes.extend(left.map(|(sign, what)| ChangeLine { sign, class: class(sign), what }));
    let verdict = match (changes_nothing, documents.is_dirty()) {
        (true, false) if has_drifted => "The cluster was changed since",
        (true, _) => "Changes nothing in the cluster",
        (false, true) => "Would change",
        (false, false) => "The cluster was changed since. Apply would undo that",
    };
    if documents.is_dirty() && has_volumes(&documents.manifest) {
        changes.push(word(
            "·",
            "Volumes are not simulated: pods start as if every claim, ConfigMap and Secret were there."
                .into(),
        ));
    }
    if session.later_steps() > 0 {
        let (first, last) = (session.timeline.shown() + 1, session.timeline.len());
        let steps = if first == last { format!("step {first}") } else { format!("steps {first}–{last}") };
        changes.push(word("↺", format!("Applying here discards recorded {steps}")));
    }
    let later = session.applied_later();
    Outlook { bar: ApplyBar { later, verdict, has_drifted, changes, ..bar }, refused: Vec::new() }
}

/// What is refused and what would change, as far as there is room for it: of what would change what goes first, and half
/// of the room at least.
fn fitted(mut changes: Vec<ChangeLine>, mut lines: Vec<PreviewLine>) -> Vec<ChangeLine> {
    let all = changes.len() + lines.len();
    if all > LINES {
        changes.truncate(LINES.saturating_sub(lines.len()).max(LINES / 2));
        deletions_first(&mut lines);
    }
    let room = LINES.saturating_sub(changes.len());
    changes.extend(lines.into_iter().take(room).map(|(sign, what)| ChangeLine {
        sign,
        class: class(sign),
        what,
    }));
    if all > changes.len() {
        changes.push(word("·", format!("and {} more", all - changes.len())));
    }
    changes
}

/// Puts what goes before what comes.
#[cold]
#[inline(never)]
fn deletions_first(lines: &mut Vec<PreviewLine>) {
    let mut gone = 0;
    for place in 0..lines.len() {
        if lines[place].0 == "−" {
            let line = lines.remove(place);
            lines.insert(gone, line);
            gone += 1;
        }
    }
}

/// The texts that lack what was done elsewhere to their objects, each with them.
fn behind(session: &Session) -> Vec<ChangeLine> {
    let behind = |name: DocumentName| Some(told_behind(&session.drifted(name)?.0, name.file()));
    let lines = DocumentName::ALL.into_iter().filter_map(behind);
    lines.map(|(sign, what)| ChangeLine { sign, class: class(sign), what }).collect()
}

/// Sources of volumes without which a pod does not start.
const SOURCES: [&str; 5] = ["persistentVolumeClaim", "ephemeral", "csi", "configMap", "secret"];

/// Whether pods of the manifest need volumes that may not be there.
fn has_volumes(manifest: &Document) -> bool {
    let objects = manifest.read.objects.iter().map(|located| &located.object);
    objects.into_iter().any(|object| match object {
        Object::DaemonSet(set) => has_any(&set.spec.template.spec),
        Object::Pod(pod) => has_any(&pod.spec),
        _ => false,
    })
}

fn has_any(spec: &PodSpec) -> bool {
    let volumes = spec.rest.get("volumes").and_then(|volumes| volumes.as_array());
    volumes.into_iter().flatten().any(|volume| SOURCES.iter().any(|source| volume.get(source).is_some()))
}

/// The words where nothing would be applied.
pub const REJECTED: &str = "Would be rejected";

fn word(sign: &'static str, text: String) -> ChangeLine {
    ChangeLine { sign, class: class(sign), what: vec![Piece::Text(text)] }
}

/// The class of a line with this sign.
fn class(sign: &str) -> &'static str {
    match sign {
        "+" => "change--add",
        "−" | "!" => "change--del",
        _ => "",
    }
}

/// The keys that lead to a line of YAML, from the outermost: `spec`, `template`, `tolerations[1]`. Read from the
/// indentation alone, so that it also works while the text does not parse.
pub fn path_at(text: &str, line: u32) -> Vec<String> {
    let lines: Vec<&str> = text.lines().take(line as usize).collect();
    let mut path: Vec<String> = Vec::new();
    let mut limit = usize::MAX;
    let mut item: Option<(usize, usize)> = None;
    for text in lines.iter().rev() {
        let content = text.trim_start();
        if content.starts_with("---") {
            break;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = text.len() - content.len();
        let dashed = content.starts_with("- ") || content == "-";
        let inner = content.trim_start_matches("- ");
        let column = indent + content.len() - inner.len();
        if let Some((at, count)) = &mut item
            && dashed
            && indent == *at
        {
            *count += 1;
        }
        if dashed && item.is_none_or(|(at, _)| indent < at) && indent < limit {
            // The first item above the line: its own key counts too if it is deep enough.
            if column < limit
                && let Some(key) = key_of(inner)
            {
                path.push(key.into());
            }
            item = Some((indent, 0));
            limit = indent + 1;
            continue;
        }
        if column < limit
            && !dashed
            && let Some(key) = key_of(inner)
        {
            let number = item.take().map(|(_, count)| format!("[{count}]")).unwrap_or_default();
            path.push(format!("{key}{number}"));
            limit = column;
        }
        if limit == 0 {
            break;
        }
    }
    path.reverse();
    path
}

fn key_of(content: &str) -> Option<&str> {
    let (key, rest) = content.split_once(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| key.trim_matches(['"', '\'']))
}

/// What Why? can be asked of at a line of a text: the node, pod or DaemonSet that stands there.
pub fn asked_at(read: &Manifest, line: u32) -> Option<Selection> {
    let located = read.objects.iter().find(|located| (located.line..=located.end_line).contains(&line))?;
    Selection::of(&in_namespace(located.object.key()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::plain;

    const TEXT: &str = "\
apiVersion: apps/v1
spec:
  template:
    spec:
      tolerations:
      - key: a
        effect: NoSchedule
      - key: b
        # a word
        operator: Exists
      containers:
        - name: c
          resources:
            requests:
              cpu: 100m
---
kind: Node
";

    #[test]
    fn a_kind_that_the_api_server_does_not_know_is_told_once() {
        let text = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: foo}\n";
        let mut state = crate::ui::state::UiState::first_visit(crate::ui::state::Prefs::new(
            crate::ui::state::Theme::Light,
        ));
        let edit = crate::session::Act::Edit(DocumentName::Manifest, text.into());
        state.session = state.session.act(&edit, crate::session::Past::Ask).0;
        let Outlook { bar, refused } = outlook(&state.session);
        assert_eq!((bar.errors, bar.warnings), (1, 0));
        let told =
            problems(state.session.documents.get(DocumentName::Manifest), DocumentName::Manifest, &refused);
        let told: Vec<_> = told.iter().map(|told| (told.severity, told.message.as_str())).collect();
        assert_eq!(told, [(Severity::Error, "no matches for kind \"Foo\" in version \"example.com/v1\"")]);
    }

    #[test]
    fn what_was_taken_out_of_the_manifest_is_said_to_stay() {
        let state = crate::ui::state::UiState::first_visit(crate::ui::state::Prefs::new(
            crate::ui::state::Theme::Light,
        ));
        let with = |text: &str| {
            let act = crate::session::Act::Edit(DocumentName::Manifest, text.into());
            let (session, _) = state.session.act(&act, crate::session::Past::Ask);
            let all = outlook(&session).bar.changes;
            let told = all.iter().map(|line| plain(&line.what));
            told.filter(|told| told.contains("deletes nothing")).collect::<Vec<_>>()
        };
        let own = &state.session.documents.manifest.text;
        assert_eq!(with(&format!("# mine\n{own}")), Vec::<String>::new());
        let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n";
        let stays = " stays: it is no longer in the text, and kubectl apply deletes nothing";
        assert_eq!(with(other), [format!("daemonset/node-exporter{stays}")]);
    }

    #[test]
    fn a_line_is_asked_about_as_what_it_describes() {
        let example = crate::examples::first();
        let asked = |text: &str, wanted: &str| {
            let line = text.lines().position(|line| line.trim() == wanted).expect("the line is there");
            asked_at(&crate::manifest::parse(text), line as u32 + 1)
        };
        assert_eq!(asked(example.nodes, "name: gpu-1"), Some(Selection::Node("gpu-1".into())));
        let set = crate::api::ObjectKey::new(crate::api::Kind::DaemonSet, "kube-system", "node-exporter");
        assert_eq!(asked(example.manifest, "name: node-exporter"), Some(Selection::Set(set)));
        assert_eq!(asked_at(&crate::manifest::parse(example.nodes), 9_999), None);
    }

    #[test]
    fn the_path_of_a_line_is_read_from_its_indentation() {
        for (line, expected) in [
            (1, "apiVersion"),
            (3, "spec.template"),
            (6, "spec.template.spec.tolerations[0].key"),
            (7, "spec.template.spec.tolerations[0].effect"),
            (8, "spec.template.spec.tolerations[1].key"),
            (10, "spec.template.spec.tolerations[1].operator"),
            (12, "spec.template.spec.containers[0].name"),
            (15, "spec.template.spec.containers[0].resources.requests.cpu"),
            (17, "kind"),
        ] {
            assert_eq!(path_at(TEXT, line).join("."), expected, "line {line}");
        }
    }

    #[test]
    fn what_goes_is_told_before_what_has_no_room() {
        let told = |refused: usize, signs: &[&'static str]| {
            let refusals = (0..refused).map(|_| word("!", "r".into())).collect();
            let lines = signs.iter().map(|sign| (*sign, vec![Piece::Text("x".into())])).collect();
            let all = fitted(refusals, lines);
            all.iter().map(|line| format!("{}{}", line.sign, plain(&line.what))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(0, &["+", "−"]), "+x −x");
        assert_eq!(told(0, &["+", "−", "~", "+", "−", "+", "+"]), "−x −x +x ~x +x +x ·and 1 more");
        assert_eq!(told(6, &["+"]), "!r !r !r !r !r +x ·and 1 more");
        assert_eq!(told(4, &["+", "+", "+", "−"]), "!r !r !r −x +x +x ·and 2 more");
        assert_eq!(told(8, &[]), "!r !r !r !r !r !r ·and 2 more");
    }
}
