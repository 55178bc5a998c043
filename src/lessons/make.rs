//! A lesson made of what is open.

use crate::session::{DocumentName, Session};

/// The text of a lesson that begins where the session stands: its nodes, its texts, and what was done in it up to the
/// shown step. Title, goals and text are to be written.
pub fn made_of(session: &Session) -> String {
    let mut header = String::from(
        "-- lesson --\ntitle: A new lesson\nminutes: 5\ngoal: Every node is Ready :: no nodes not ready\nhint: \n",
    );
    let mut files = String::new();
    let mut manifest: &str = "";
    let mut at = 0;
    let mut done: Vec<_> = session.done().collect();
    done.reverse();
    let mut line = |text: &str| {
        // What goes on over several lines is set in.
        header += &format!("start: {}\n", text.trim_end().replace('\n', "\n  "));
    };
    for (number, entry) in done.iter().enumerate() {
        if entry.after > at {
            line(&format!("run {}", entry.after - at));
        }
        at = entry.after + 1;
        match entry.applied.first() {
            Some((name, text)) => {
                let (word, ending) = match name {
                    DocumentName::Manifest => ("apply", "manifest.yaml"),
                    DocumentName::Nodes => ("nodes", "nodes.yaml"),
                };
                let file = format!("{}-{ending}", number + 1);
                line(&format!("{word} {file}"));
                file_of(&mut files, &file, text);
                if *name == DocumentName::Manifest {
                    manifest = text;
                }
            }
            None => line(&entry.request.line().to_string()),
        }
    }
    let shown = session.timeline.shown();
    if shown > at {
        line(&format!("run {}", shown - at));
    }
    let text = &session.documents.manifest.text;
    if **text != *manifest {
        line("edit manifest.yaml");
        file_of(&mut files, "manifest.yaml", text);
    }
    file_of(&mut files, "nodes.yaml", &session.start);
    format!("{header}-- text.md --\nWhat is to be done.\n---\nWhat it taught.\n{files}")
}

fn file_of(files: &mut String, name: &str, text: &str) {
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    *files += &format!("-- {name} --\n{text}{newline}");
}
