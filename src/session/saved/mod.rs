//! A session as text, so that a reload brings it back. The texts are one part, the run is another: what the cluster
//! started from, and each thing the user did with the step after which it was done. The run is deterministic and is
//! taken again ([`Session::resume`]).
//!
//! Invariants: each part, and each field of it, is read for itself: what is odd costs only itself, and is told
//! ([`Saved::odd`]). What an earlier version stored can be read.

mod command;
mod old;

use super::{Branch, Document, DocumentName, Documents, Heard, LogEntry, MOST_BRANCHES, Session, is_same};
use crate::api::{Time, sort};
use crate::kubectl::{File, Files, Request};
use crate::sim::StepNo;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// The version of this form. A later form may have more fields; those of this one are read where they are.
const FORM: u32 = 2;

/// The version of what takes the steps.
pub(super) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// At most so many steps are stored with their hash, to tell by when a run is another one.
const MARKS: StepNo = 256;

/// Bits of a hash.
const WHOLE: u32 = u64::BITS;

/// The texts of a session, as stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedTexts {
    /// The example it began with.
    pub example: String,
    /// The manifest in the editor.
    pub manifest: Rc<str>,
    /// The nodes in the editor.
    pub nodes: Rc<str>,
    /// Whether anything was changed since it was opened.
    pub touched: bool,
}

/// The run of a session, as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRun {
    /// The version of what took it.
    pub engine: String,
    /// The nodes that the cluster started from.
    pub start: Rc<str>,
    /// What the user did.
    pub log: Vec<LogEntry>,
    /// What was typed that made no step.
    pub replies: Vec<SavedReply>,
    /// The step that was shown.
    pub shown: StepNo,
    /// How many steps were recorded.
    pub recorded: StepNo,
    /// Hashes of the run up to some of its steps.
    pub marks: Vec<(StepNo, u64)>,
    /// So many bits of each hash are kept, the low ones.
    pub mark_bits: u32,
}

/// A command that made no step, as stored: its answer is taken again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedReply {
    /// The step that was shown.
    pub at: StepNo,
    /// What was typed.
    pub typed: Rc<str>,
    /// The step at which it was ended, if it followed.
    pub until: Option<StepNo>,
    /// When it was given, where that is later than the step.
    pub time: Option<Time>,
    /// The commands of its line that wait until it ends.
    pub then: Rc<str>,
    /// What was typed while it went on, and at which step.
    pub ahead: Vec<Heard>,
}

/// A session, as stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// The texts.
    pub texts: SavedTexts,
    /// The run.
    pub run: Rc<SavedRun>,
    /// Which branch it is.
    pub branch: Branch,
    /// The other branches, which have no others themselves.
    pub others: Vec<Saved>,
    /// Whether some of it could not be read.
    pub odd: bool,
}

impl Saved {
    /// What is open. A run that is still being taken again stays as it was stored.
    pub fn of(session: &Session) -> Self {
        let Documents { manifest, nodes } = &session.documents;
        let texts = SavedTexts {
            example: session.example.to_string(),
            manifest: Rc::clone(&manifest.text),
            nodes: Rc::clone(&nodes.text),
            touched: session.touched,
        };
        let run = match &session.resuming {
            Some(resuming) => Rc::clone(&resuming.run),
            None => Rc::new(SavedRun::of(session)),
        };
        let others = session.others.iter().map(Saved::of).collect();
        Saved { texts, run, branch: session.branch.clone(), others, odd: false }
    }

    /// The same texts with a run that did not begin yet, and no other branch.
    #[must_use]
    pub fn begun_anew(self) -> Self {
        let run = SavedRun { start: Rc::clone(&self.run.start), ..SavedRun::default() };
        Saved { run: Rc::new(run), branch: Branch::default(), others: Vec::new(), ..self }
    }

    /// A text in the editor.
    pub fn text(&self, name: DocumentName) -> &str {
        match name {
            DocumentName::Manifest => &self.texts.manifest,
            DocumentName::Nodes => &self.texts.nodes,
        }
    }

    /// The same with another text in the editor.
    #[must_use]
    pub fn with_text(mut self, name: DocumentName, text: String) -> Self {
        let text = text.into();
        match name {
            DocumentName::Manifest => self.texts.manifest = text,
            DocumentName::Nodes => self.texts.nodes = text,
        }
        self.texts.touched = true;
        self
    }

    /// The texts as JSON, and the run.
    pub fn to_json(&self) -> (Map<String, Value>, Map<String, Value>) {
        let SavedTexts { example, manifest, nodes, touched } = &self.texts;
        let texts = [
            ("form", json!(FORM)),
            ("example", json!(example)),
            ("touched", json!(touched)),
            ("manifest", json!(**manifest)),
            ("nodes", json!(**nodes)),
        ];
        let mut run = self.run.to_json();
        if self.branch != Branch::default() || !self.others.is_empty() {
            let branch = |saved: &Saved| {
                let Branch { no, name, is_named, from } = &saved.branch;
                json!({ "no": no, "name": &**name, "named": is_named, "from": from })
            };
            let other = |saved: &Saved| {
                let (texts, run) = saved.to_json();
                json!({ "branch": branch(saved), "texts": texts, "run": run })
            };
            run.insert("branch".into(), branch(self));
            run.insert("branches".into(), self.others.iter().map(other).collect());
        }
        (sort::fields(texts.map(|(name, value)| (name.to_owned(), value))), run)
    }

    /// From the texts' JSON and the run's, as far as they are there and can be read. None if neither can.
    pub fn from_json(texts: Option<&str>, run: Option<&str>) -> Option<Self> {
        let mut odd = false;
        let mut part = |text: Option<&str>| -> Option<Map<String, Value>> {
            let read = text.and_then(|text| serde_json::from_str(text).ok());
            odd |= text.is_some() && read.is_none();
            read
        };
        let (texts, run) = (part(texts), part(run));
        if texts.is_none() && run.is_none() {
            return None;
        }
        let mut reader = Reader { odd };
        let mut saved = reader.session(texts.as_ref(), run.as_ref());
        let run = run.unwrap_or_default();
        // Work that never was branched has none of these.
        if let Some(branch) = run.get("branch") {
            saved.branch = reader.branch(branch);
            for other in reader.list(&run, "branches") {
                let part = |name| other.get(name).and_then(Value::as_object);
                let other = Saved {
                    branch: reader.branch(other.get("branch").unwrap_or_default()),
                    ..reader.session(part("texts"), part("run"))
                };
                let is_known = |known: &Saved| known.branch.no == other.branch.no;
                if saved.others.len() + 1 < MOST_BRANCHES
                    && !is_known(&saved)
                    && !saved.others.iter().any(is_known)
                {
                    saved.others.push(other);
                } else {
                    reader.odd = true;
                }
            }
        }
        saved.odd = reader.odd;
        Some(saved)
    }

    /// From what the page stored up to its first form.
    pub fn from_old(text: &str) -> Option<Self> {
        old::read(text)
    }
}

impl SavedReply {
    fn to_json(&self) -> Value {
        let SavedReply { at, typed, until, time, then, ahead } = self;
        let time = time.map(Time::millis);
        match (time, then.is_empty(), ahead.is_empty()) {
            (None, true, true) => json!([at, &**typed, until]),
            (_, _, true) => json!([at, &**typed, until, time, &**then]),
            _ => {
                let ahead: Vec<Value> = ahead.iter().map(|line| json!([line.at, &*line.text])).collect();
                json!([at, &**typed, until, time, &**then, ahead])
            }
        }
    }
}

/// A run that did not begin.
impl Default for SavedRun {
    fn default() -> Self {
        SavedRun {
            engine: String::new(),
            start: Rc::default(),
            log: Vec::new(),
            replies: Vec::new(),
            shown: 0,
            recorded: 0,
            marks: Vec::new(),
            mark_bits: WHOLE,
        }
    }
}

impl SavedRun {
    fn of(session: &Session) -> Self {
        let timeline = &session.timeline;
        let len = timeline.len();
        let every = len.div_ceil(MARKS).max(1);
        let marked = (1..=len).filter(|no| no % every == 0 || *no == len);
        SavedRun {
            engine: ENGINE.into(),
            start: Rc::clone(&session.start),
            log: session.log.to_vec(),
            replies: session
                .replies
                .iter()
                .map(|reply| SavedReply {
                    at: reply.at,
                    typed: Rc::clone(&reply.typed),
                    until: reply.interrupted_at(),
                    time: Some(reply.time).filter(|time| *time > timeline.time_of(reply.at)),
                    then: Rc::clone(&reply.then),
                    ahead: reply.ahead.clone(),
                })
                .collect(),
            shown: timeline.shown(),
            recorded: len,
            marks: marked.filter_map(|no| Some((no, timeline.mark(no)?))).collect(),
            mark_bits: WHOLE,
        }
    }

    /// Whether the hash of a run up to a step is another one than the stored one.
    pub(super) fn differs_at(&self, no: StepNo, mark: Option<u64>) -> bool {
        let stored = self.marks.binary_search_by_key(&no, |(no, _)| *no);
        let stored = stored.ok().and_then(|index| self.marks.get(index));
        let low = |hash: u64| hash & (u64::MAX >> (WHOLE - self.mark_bits.clamp(1, WHOLE)));
        stored.is_some_and(|(_, stored)| mark.map(low) != Some(low(*stored)))
    }

    /// The same with fewer hashes, of fewer bits: to be short.
    #[must_use]
    pub(super) fn thinned(mut self, most: usize, bits: u32) -> Self {
        let (every, last) = (self.marks.len().div_ceil(most).max(1), self.marks.len());
        let mut index = 0;
        self.marks.retain(|_| {
            index += 1;
            index % every == 0 || index == last
        });
        self.mark_bits = bits;
        for (_, mark) in &mut self.marks {
            *mark &= u64::MAX >> (WHOLE - bits);
        }
        self
    }

    /// A text as it was applied last.
    fn last_applied(&self, name: DocumentName) -> Option<&Rc<str>> {
        self.log.iter().rev().find_map(|entry| entry.text(name))
    }

    /// The texts as applied last, where those in the editor are lost.
    fn last_texts(&self) -> SavedTexts {
        let text = |name| self.last_applied(name).map(Rc::clone);
        SavedTexts {
            example: String::new(),
            manifest: text(DocumentName::Manifest).unwrap_or_default(),
            nodes: text(DocumentName::Nodes).unwrap_or_else(|| Rc::clone(&self.start)),
            touched: true,
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut table = Table::default();
        let acts: Vec<Value> = self
            .log
            .iter()
            .map(|entry| {
                let mut texts = |texts: &[(DocumentName, Rc<str>)]| -> Map<String, Value> {
                    sort::fields(texts.iter().map(|(name, text)| (name.file().to_owned(), json!(table.index(text)))))
                };
                let (applied, followed) = (texts(&entry.applied), texts(&entry.followed));
                let files: Map<String, Value> = sort::fields(entry.request.files().iter().map(|(name, file)| (name.clone(), json!(table.index(file.text())))));
                let line = entry.request.line().as_str();
                let mut act = json!({ "after": entry.after, "line": line, "files": files, "applied": applied, "followed": followed });
                if let Some(time) = entry.waited {
                    act["waited"] = time.millis().into();
                }
                for (name, is) in [("behind", entry.behind), ("own", entry.own)] {
                    if is {
                        act[name] = true.into();
                    }
                }
                act
            })
            .collect();
        // How many digits there are says how many bits.
        let digits = (self.mark_bits / 4) as usize;
        let marks: Vec<Value> =
            self.marks.iter().map(|(no, mark)| json!([no, format!("{mark:0digits$x}")])).collect();
        let asked: Vec<Value> = self.replies.iter().map(SavedReply::to_json).collect();
        let start = table.index(&self.start);
        let fields = [
            ("form", json!(FORM)),
            ("engine", json!(self.engine)),
            ("start", json!(start)),
            ("texts", json!(table.texts)),
            ("acts", json!(acts)),
            ("asked", json!(asked)),
            ("shown", json!(self.shown)),
            ("recorded", json!(self.recorded)),
            ("marks", json!(marks)),
        ];
        sort::fields(fields.map(|(name, value)| (name.to_owned(), value)))
    }

    fn from_json(run: &Map<String, Value>, reader: &mut Reader) -> Self {
        let table: Vec<Rc<str>> =
            reader.list(run, "texts").iter().map(|text| text.as_str().unwrap_or_default().into()).collect();
        let text_at = |value: Option<&Value>| {
            let index = usize::try_from(value?.as_u64()?).ok()?;
            table.get(index).cloned()
        };
        let (mut shown, mut recorded) = (reader.step(run, "shown"), reader.step(run, "recorded"));
        let mut log = Vec::new();
        for act in reader.list(run, "acts") {
            let Some(entry) = entry_from_json(act, &text_at) else {
                // What came after it would be another story.
                let after = act.get("after").and_then(step_no).unwrap_or(0);
                recorded = recorded.min(after);
                shown = shown.min(after);
                reader.odd = true;
                break;
            };
            log.push(entry);
        }
        // Runs of earlier versions have none.
        let asked = run.get("asked").and_then(Value::as_array);
        let replies = asked.into_iter().flatten().filter_map(|value| {
            let until = value.get(2).and_then(step_no);
            // Replies of earlier versions have no more than that.
            let time = value.get(3).and_then(Value::as_i64).map(Time::new);
            let then = value.get(4).and_then(Value::as_str).unwrap_or_default().into();
            let typed = value.get(1)?.as_str()?.into();
            let ahead = value.get(5).and_then(Value::as_array).into_iter().flatten();
            let line = |line: &Value| -> Option<Heard> {
                Some(Heard { at: step_no(line.get(0)?)?, text: line.get(1)?.as_str()?.into() })
            };
            let ahead = ahead.filter_map(line).collect();
            Some(SavedReply { at: step_no(value.get(0)?)?, typed, until, time, then, ahead })
        });
        let mut digits = WHOLE / 4;
        let mark = |value: &Value| {
            let text = value.get(1)?.as_str()?;
            let mark = u64::from_str_radix(text, 16).ok()?;
            digits = digits.min(u32::try_from(text.len()).ok()?);
            Some((step_no(value.get(0)?)?, mark))
        };
        // A link says at which distance they stand: with one that cannot be read left out they would be another step's.
        let marks: Option<Vec<_>> = reader.list(run, "marks").iter().map(mark).collect();
        let mut marks = marks.unwrap_or_default();
        sort::plain(&mut marks);
        let digits = if marks.is_empty() { WHOLE / 4 } else { digits };
        SavedRun {
            engine: reader.text(run, "engine"),
            start: text_at(run.get("start")).unwrap_or_else(|| {
                reader.odd = true;
                Rc::default()
            }),
            log,
            replies: replies.collect(),
            shown,
            recorded,
            marks,
            mark_bits: digits * 4,
        }
    }
}

fn entry_from_json(act: &Value, text_at: &impl Fn(Option<&Value>) -> Option<Rc<str>>) -> Option<LogEntry> {
    let after = step_no(act.get("after")?)?;
    let texts = |field: &str| -> Option<Vec<(DocumentName, Rc<str>)>> {
        let index = |name: DocumentName| Some((name, act.get(field)?.get(name.file())?));
        let texts = DocumentName::ALL.into_iter().filter_map(index);
        texts.map(|(name, index)| Some((name, text_at(Some(index))?))).collect()
    };
    let (applied, followed) = (texts("applied")?, texts("followed")?);
    let request = match act.get("line") {
        Some(line) => {
            let mut files = Files::new();
            for (name, index) in act.get("files").and_then(Value::as_object).into_iter().flatten() {
                files.insert(name.clone(), File::new(text_at(Some(index))?));
            }
            let mut requests = Request::parse(line.as_str()?, &files).ok()?;
            requests.pop().filter(|_| requests.is_empty())?
        }
        None => stored_as_object(act.get("command")?, &applied)?,
    };
    let waited = act.get("waited").and_then(Value::as_i64).map(Time::new);
    let is = |name: &str| act.get(name).and_then(Value::as_bool).unwrap_or_default();
    Some(LogEntry { after, waited, request, applied, followed, behind: is("behind"), own: is("own") })
}

/// A command as it was stored before lines were.
fn stored_as_object(command: &Value, applied: &[(DocumentName, Rc<str>)]) -> Option<Request> {
    let of_text = |name: DocumentName| {
        let (_, text) = applied.iter().find(|(of, _)| *of == name)?;
        Some(Document::new(text, "").request(name))
    };
    if command.get("applyText").is_some() {
        of_text(DocumentName::Manifest)
    } else if command.get("nodesText").is_some() {
        of_text(DocumentName::Nodes)
    } else {
        command::from_json(command)
    }
}

fn step_no(value: &Value) -> Option<StepNo> {
    StepNo::try_from(value.as_u64()?).ok()
}

/// Texts that are stored once, however often they were applied.
#[derive(Default)]
struct Table {
    texts: Vec<Rc<str>>,
}

impl Table {
    fn index(&mut self, text: &Rc<str>) -> usize {
        self.texts.iter().position(|known| is_same(known, text)).unwrap_or_else(|| {
            self.texts.push(Rc::clone(text));
            self.texts.len() - 1
        })
    }
}

/// Reads fields, and takes note if one is not as it should be.
struct Reader {
    odd: bool,
}

impl Reader {
    fn field<'a, T>(
        &mut self,
        part: &'a Map<String, Value>,
        name: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = part.get(name).and_then(read);
        self.odd |= value.is_none();
        value
    }

    fn text(&mut self, part: &Map<String, Value>, name: &str) -> String {
        self.field(part, name, |value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    fn step(&mut self, part: &Map<String, Value>, name: &str) -> StepNo {
        self.field(part, name, step_no).unwrap_or_default()
    }

    fn list<'a>(&mut self, part: &'a Map<String, Value>, name: &str) -> &'a [Value] {
        self.field(part, name, |value| value.as_array().map(Vec::as_slice)).unwrap_or_default()
    }

    /// One branch: its texts, and its run.
    fn session(&mut self, texts: Option<&Map<String, Value>>, run: Option<&Map<String, Value>>) -> Saved {
        let run = run.map(|run| SavedRun::from_json(run, self)).unwrap_or_default();
        let texts = texts.map_or_else(|| run.last_texts(), |texts| self.texts(texts, &run));
        Saved { texts, run: Rc::new(run), ..Saved::default() }
    }

    /// Which branch it is.
    fn branch(&mut self, value: &Value) -> Branch {
        let read = || {
            let from = value.get("from").filter(|from| !from.is_null());
            let from = from.map(|from| Some((step_no(from.get(0)?)?, step_no(from.get(1)?)?)));
            Some(Branch {
                no: step_no(value.get("no")?)?,
                name: value.get("name")?.as_str()?.into(),
                is_named: value.get("named")?.as_bool()?,
                from: from.flatten(),
            })
        };
        self.odd |= read().is_none();
        read().unwrap_or_default()
    }

    /// The texts; one that cannot be read is as it was applied last.
    fn texts(&mut self, part: &Map<String, Value>, run: &SavedRun) -> SavedTexts {
        let applied = run.last_texts();
        // Most texts are as they were applied: those of the run then serve for both.
        let mut own = |name: &str, applied: Rc<str>| match self.field(part, name, Value::as_str) {
            Some(text) if *text != *applied => text.into(),
            _ => applied,
        };
        let (manifest, nodes) = (own("manifest", applied.manifest), own("nodes", applied.nodes));
        SavedTexts {
            example: self.text(part, "example"),
            manifest,
            nodes,
            touched: self.field(part, "touched", Value::as_bool).unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests;
