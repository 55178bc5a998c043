//! Inputs that people brought and on which the playground once gave a wrong answer, through the pure path: texts,
//! commands, steps. Each folder holds the input of one case; a module says what is right, and by which rule of upstream.

mod api_server;
mod nodes;
mod words;

use playground::api::{Millis, Object, ObjectKey, Pod, Time};
use playground::cluster::World;
use playground::kubectl::Deed;
use playground::kubectl::Request;
use playground::manifest::{Diagnostic, Manifest, Severity, parse};
use playground::session::start;
use playground::sim::{RunEnd, Said, Timeline};
use std::path::PathBuf;
use std::rc::Rc;

/// No run of a case needs more steps.
const MOST: u32 = 20_000;

/// A case that is open: the cluster of its `nodes.yaml`, nothing applied yet.
pub struct Case {
    folder: PathBuf,
    /// The run.
    pub timeline: Timeline,
}

impl Case {
    /// Opens the case whose folder begins with a number.
    pub fn open(number: &str) -> Self {
        let all = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(all).expect("the cases").map(|entry| entry.expect("a folder").path()).collect();
        folders.retain(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{number}-")))
        });
        let folder = folders.pop().unwrap_or_else(|| panic!("no case {number}"));
        let nodes = std::fs::read_to_string(folder.join("nodes.yaml")).expect("nodes.yaml");
        Case { folder, timeline: start(&nodes) }
    }

    /// One of its texts.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// What is read of one of its texts.
    pub fn read(&self, file: &str) -> Manifest {
        parse(&self.text(file))
    }

    /// Applies a manifest, which must have no error; gives a line for each object, as kubectl prints them.
    pub fn apply(&mut self, file: &str) -> Vec<String> {
        let objects = objects(&self.read(file));
        answers(&self.timeline.say(&Request::apply(Request::text_of(&objects))))
    }

    /// Applies a node list.
    pub fn nodes(&mut self, file: &str) -> Vec<String> {
        let objects = objects(&self.read(file));
        answers(&self.timeline.say(&Request::set_nodes(Request::text_of(&objects))))
    }

    /// Takes steps until nothing more happens by itself; gives how many.
    pub fn run(&mut self) -> u32 {
        let before = self.timeline.len();
        assert_eq!(self.timeline.run(MOST), RunEnd::Stable);
        self.timeline.len() - before
    }

    /// Takes steps until so many seconds have passed, at most.
    pub fn run_for(&mut self, seconds: i64) {
        let end = self.now() + Millis::seconds(seconds);
        while self.timeline.next_at().is_some_and(|at| at <= end) && self.timeline.forward() {}
    }

    /// The cluster.
    pub fn world(&self) -> &World {
        self.timeline.world()
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.timeline.now()
    }

    /// A pod that must be there.
    pub fn pod(&self, namespace: &str, name: &str) -> Rc<Pod> {
        let pod = self.world().pod(namespace, name);
        Rc::clone(pod.unwrap_or_else(|| panic!("no pod {namespace}/{name}")))
    }

    /// All events: reason, how often, message.
    pub fn events(&self) -> Vec<String> {
        let told = |event: &Rc<playground::api::Event>| {
            format!("{} x{}: {}", event.reason, event.count, event.message)
        };
        self.world().events().map(told).collect()
    }
}

/// What stands in the way of applying a text.
pub fn errors(manifest: &Manifest) -> Vec<&Diagnostic> {
    manifest.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

fn objects(manifest: &Manifest) -> Vec<Object> {
    assert!(errors(manifest).is_empty(), "{:#?}", errors(manifest));
    manifest.objects.iter().map(|located| located.object.clone()).collect()
}

/// `<kind>/<name> <what came of it>`, or the API server's refusal.
pub fn answers(said: &Said) -> Vec<String> {
    let answer = |key: &ObjectKey, deed: &Deed| match deed {
        Deed::Created => format!("{key} created"),
        Deed::Configured => format!("{key} configured"),
        Deed::Unchanged => format!("{key} unchanged"),
        Deed::Deleted => format!("{key} deleted"),
        Deed::Refused(error) => error.to_string(),
    };
    said.answer.done.iter().map(|done| answer(&done.key, &done.deed)).collect()
}
