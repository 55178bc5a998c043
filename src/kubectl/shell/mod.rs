//! The little shell around the commands: pipes, the programs that people pipe into, and the page's texts as files.
//!
//! Invariant: pure, as all of the command language. A program that is not here is told as a shell tells it.

mod filters;
mod pattern;
pub mod readers;
mod sed;

use super::line::{self, Command, Join, SyntaxError};
use super::{Answer, CommandCx, Files, Request, programs};
use crate::api::{Millis, sort};
pub use filters::MOST_SLEPT;
pub use readers::Readers;

/// Commands that stand in one pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipe {
    /// When it is run: always, or only if the one before went well, or did not.
    pub join: Join,
    /// The commands, each reading what the one before prints.
    pub commands: Vec<Command>,
}

/// Whether a text is not yet whole: a quote or here-document is open, a line ends with `\\`, `|`, `&&` or `||`.
pub fn is_open(text: &str) -> bool {
    text.ends_with('\\') || matches!(line::parse(&commands_of(text)), Err(error) if error.is_open)
}

/// The commands of a text that was copied from a terminal: what stands behind a prompt, with the lines that go on. A
/// text without prompts is all commands.
fn commands_of(text: &str) -> String {
    let is_prompt = |line: &str| line.trim_start().starts_with("$ ");
    if !text.lines().find(|line| !line.trim().is_empty()).is_some_and(is_prompt) {
        return text.to_owned();
    }
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        match commands.last_mut().filter(|_| goes_on) {
            Some(command) => {
                command.push('\n');
                command.push_str(line.strip_prefix("> ").unwrap_or(line));
            }
            None if is_prompt(line) => commands.push(line.to_owned()),
            None => continue,
        }
        let last = commands.last().map(String::as_str).unwrap_or_default();
        goes_on = last.ends_with('\\') || matches!(line::parse(last), Err(error) if error.is_open);
    }
    commands.join("\n")
}

/// Reads what was typed or pasted.
///
/// # Errors
/// It is no sequence of commands.
pub fn read(text: &str) -> Result<Vec<Pipe>, SyntaxError> {
    let mut pipes: Vec<Pipe> = Vec::new();
    for part in line::parse(&commands_of(text))? {
        match pipes.last_mut().filter(|_| part.join == Join::Pipe) {
            Some(pipe) => pipe.commands.push(part.command),
            None => pipes.push(Pipe { join: part.join, commands: vec![part.command] }),
        }
    }
    Ok(pipes)
}

/// The text of commands that wait for one before them; the first begins with what joins it to that one.
pub fn rest(pipes: &[Pipe]) -> String {
    let sign = pipes.first().map_or("", |pipe| match pipe.join {
        Join::IfOk => "&& ",
        Join::IfFailed => "|| ",
        Join::Always | Join::Pipe => "; ",
    });
    let all = pipes.iter().flat_map(|pipe| {
        let join = |index: usize| if index == 0 { pipe.join } else { Join::Pipe };
        pipe.commands.iter().enumerate().map(move |(index, command)| (join(index), command))
    });
    sign.to_owned() + &line::text_of(all)
}

/// The commands of such a text, as far as they are run after an exit code.
pub fn after(rest: &str, code: i32) -> Vec<Pipe> {
    let signs = [("&& ", Join::IfOk), ("|| ", Join::IfFailed), ("; ", Join::Always)];
    let begun = signs.iter().find_map(|(sign, join)| Some((*join, rest.strip_prefix(sign)?)));
    let (join, text) = begun.unwrap_or((Join::Always, rest));
    let mut pipes = read(text).unwrap_or_default();
    if let Some(first) = pipes.first_mut() {
        first.join = join;
    }
    let skipped = pipes.iter().take_while(|pipe| !pipe.join.is_run_after(code)).count();
    pipes.split_off(skipped)
}

/// The programs that there are besides the cluster's.
pub fn programs() -> impl Iterator<Item = &'static str> {
    filters::names()
}

/// What a pipe came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Exit code of the last command.
    pub code: i32,
    /// The command of the cluster's that was run last, and its answer.
    pub asked: Option<(Request, Answer)>,
    /// The programs that read what the asked command prints, where it stands first.
    pub behind: Option<Readers>,
}

impl Pipe {
    /// Its text.
    pub fn text(&self) -> String {
        line::text_of(self.commands.iter().map(|command| (Join::Pipe, command)))
    }

    /// So long it waits, if it is `sleep` alone.
    pub fn sleeps(&self) -> Option<Millis> {
        let [command] = self.commands.as_slice() else { return None };
        filters::sleeps(command)
    }

    /// Whether it is this one word.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.commands.as_slice(), [command] if command.words.len() == 1 && command.words[0] == word)
    }

    /// Runs it. Nothing is written: what a command of the cluster's writes stands in its answer. `history` is what
    /// was typed before.
    pub fn run(&self, cx: &CommandCx, history: &[String]) -> Ran {
        let mut ran = Ran::default();
        let mut input: Option<String> = None;
        for (index, command) in self.commands.iter().enumerate() {
            let command = Command { stdin: command.stdin.clone().or(input.take()), ..command.clone() };
            ran.out.clear();
            let handed = match command.parts() {
                Some(("xargs", words)) if is_of_cluster(&command) => {
                    let stdin = command.stdin.as_deref().unwrap_or_default();
                    match filters::commands_of_xargs(words, stdin) {
                        Ok(commands) => Some(commands),
                        Err((err, code)) => {
                            return Ran { err: format!("xargs: {err}\n"), code, ..Ran::default() };
                        }
                    }
                }
                _ => None,
            };
            let commands = handed.as_deref().unwrap_or(std::slice::from_ref(&command));
            let mut worst = 0;
            for command in commands {
                if !is_of_cluster(command) {
                    let run = filters::run(command, cx.files, history);
                    ran.out += &run.out;
                    ran.err += &run.err;
                    ran.code = run.code;
                    worst = worst.max(run.code);
                    continue;
                }
                let request = Request::new(command, mentioned(command, cx.files));
                let answer = request.run_with(cx.world, cx.now, cx.books);
                ran.out += &answer.out;
                ran.err += &answer.err;
                ran.code = answer.code;
                worst = worst.max(answer.code);
                let behind = &self.commands[index + 1..];
                let acts = answer.acts();
                let takes_time = acts || answer.follows || answer.waits.is_some() || answer.opened.is_some();
                let refused = if acts && behind.iter().any(is_of_cluster) {
                    Some(
                        "what changes the cluster stands last in a pipe: give the others on lines of their own\n",
                    )
                } else if takes_time && commands.len() > 1 {
                    Some(
                        "what changes the cluster or waits is run once by xargs: leave -n and -I out, or give the commands on lines of their own\n",
                    )
                } else {
                    None
                };
                if let Some(err) = refused {
                    return Ran { err: err.into(), code: 1, ..Ran::default() };
                }
                let behind = Readers::of(behind);
                let acts = acts && !behind.is_empty();
                // What it prints belongs to its step: they read it there.
                let request = if acts { request.read_by(behind.clone()) } else { request };
                ran.asked = Some((request, answer));
                ran.behind = (index == 0).then_some(behind);
            }
            if handed.is_some() {
                ran.code = if worst == 0 { 0 } else { filters::FAILED_BELOW };
            }
            input = Some(ran.out.clone());
        }
        ran
    }
}

/// Whether a command is one of the cluster's, or a program that is run outside of it and reaches it.
fn is_of_cluster(command: &Command) -> bool {
    let is_one = |program: &str| Command::of([program]).is_of_cluster() || programs::is_one(program);
    match command.parts() {
        Some(("xargs", words)) => words.iter().any(|word| is_one(word)),
        Some((program, _)) => is_one(program),
        None => false,
    }
}

/// The texts whose names stand in a command.
fn mentioned(command: &Command, files: &Files) -> Files {
    let is_named = |name: &str| command.words.iter().any(|word| word.contains(name));
    sort::map(
        files.iter().filter(|(name, _)| is_named(name)).map(|(name, file)| (name.clone(), file.clone())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::kubectl::given::cluster;
    use crate::kubectl::{Books, File};

    fn ran(text: &str) -> Ran {
        let world = cluster();
        let files = Files::from([("manifest.yaml".to_owned(), File::new("kind: Pod\nname: b\nname: a\n"))]);
        let history = ["kubectl get po".to_owned(), "ls".to_owned()];
        let books = Books::default();
        let cx = CommandCx { world: &world, now: Time::EPOCH, files: &files, books: &books };
        read(text).expect("commands")[0].run(&cx, &history)
    }

    #[test]
    fn programs_do_what_people_know_them_for() {
        for (text, out) in [
            ("ls", "manifest.yaml\n"),
            ("cat manifest.yaml | grep -n name", "2:name: b\n3:name: a\n"),
            ("cat manifest.yaml | grep -v name", "kind: Pod\n"),
            ("cat manifest.yaml | grep -c ^name", "2\n"),
            ("grep -i POD manifest.yaml", "kind: Pod\n"),
            ("cat manifest.yaml | grep -E 'b$|^k.*d'", "kind: Pod\nname: b\n"),
            ("cat manifest.yaml | grep 'b$\\|Pod'", "kind: Pod\nname: b\n"),
            ("cat manifest.yaml | grep -A1 Pod", "kind: Pod\nname: b\n"),
            ("cat manifest.yaml | grep -B1 'name: a'", "name: b\nname: a\n"),
            ("cat manifest.yaml | grep -o 'na[m]e'", "name\nname\n"),
            ("cat manifest.yaml | grep -w nam", ""),
            ("cat manifest.yaml | head -n 1", "kind: Pod\n"),
            ("cat manifest.yaml | head -1", "kind: Pod\n"),
            ("cat manifest.yaml | tail -n +2 | sort", "name: a\nname: b\n"),
            ("cat manifest.yaml | tail -1", "name: a\n"),
            ("cat manifest.yaml | sort -r -k2", "name: b\nname: a\nkind: Pod\n"),
            ("cat manifest.yaml | wc -l", "3\n"),
            ("cat manifest.yaml | wc", "      3       6      26\n"),
            ("cat manifest.yaml | awk '{print $2, $1}'", "Pod kind:\nb name:\na name:\n"),
            ("cat manifest.yaml | awk 'NR>1 {print $NF}'", "b\na\n"),
            ("cat manifest.yaml | awk '$2 == \"b\" {print $1 \"=\" $2}'", "name:=b\n"),
            ("cat manifest.yaml | awk '/Pod/'", "kind: Pod\n"),
            ("cat manifest.yaml | awk -F: '{print $1}' | sort | uniq -c", "      1 kind\n      2 name\n"),
            ("cat manifest.yaml | cut -d: -f1 | uniq", "kind\nname\n"),
            ("cat manifest.yaml | cut -c1-4 | tail -1", "name\n"),
            ("echo a b | tr ' ' '\\n'", "a\nb\n"),
            ("echo -n abc | tr -d b", "ac"),
            ("echo abc | tr a-c A-C", "ABC\n"),
            ("sleep 1", ""),
            ("echo aXbX | sed 's/X/-/g'", "a-b-\n"),
            ("echo -n abc | base64", "YWJj\n"),
            ("echo YWJj | base64 --decode", "abc"),
            ("echo a b | xargs", "a b\n"),
            ("echo a b | xargs -n1 echo x", "x a\nx b\n"),
            ("echo a b | xargs -n 1 echo kubectl", "kubectl a\nkubectl b\n"),
            ("echo '\"a b\" c' | xargs -n1", "a b\nc\n"),
            ("echo -n '' | xargs -r echo x", ""),
            ("kubectl get nodes -o name | xargs kubectl get --no-headers -o name", "node/a\nnode/b\n"),
            ("kubectl get nodes -o name | xargs -I {} kubectl get {} -o name | sort -r", "node/b\nnode/a\n"),
            ("history", "    1  kubectl get po\n    2  ls\n"),
            ("kubectl get nodes --no-headers | awk '{print $1}'", "a\nb\n"),
            ("kubectl get nodes -o name | grep -c node", "2\n"),
        ] {
            let ran = ran(text);
            assert_eq!((ran.out.as_str(), ran.err.as_str()), (out, ""), "{text}");
        }
    }

    #[test]
    fn the_exit_code_of_xargs_is_that_of_all_that_it_ran() {
        for (text, code) in [
            ("echo a b | grep z | xargs -r kubectl get nodes", 0),
            ("echo z a | xargs -n1 kubectl get node", 123),
            ("echo a z | xargs -n1 kubectl get node", 123),
            ("echo a | xargs kubectl get node", 0),
            ("echo a | xargs false", 123),
            ("echo a | xargs nobody", 127),
            ("echo a | xargs xargs kubectl get node", 1),
            ("echo \"it's\" | xargs", 1),
            ("echo agent x | xargs -n1 kubectl rollout status ds", 1),
            ("echo a b | xargs -n1 kubectl cordon", 1),
            ("true", 0),
        ] {
            let ran = ran(text);
            assert_eq!(ran.code, code, "{text}: {}", ran.err);
        }
    }

    #[test]
    fn what_was_copied_from_a_terminal_is_read_without_its_answers() {
        let text = "$ kubectl get po\nNAME  READY\n$ echo a \\\n  b | cat\na b\n$ cat <<E\nx\nE\n";
        let texts: Vec<String> = read(text).expect("commands").iter().map(Pipe::text).collect();
        assert_eq!(texts, ["kubectl get po", "echo a b | cat", "cat <<'EOF'\nx\nEOF"]);
        for (text, open) in [
            ("a 'b", true),
            ("a \\", true),
            ("a |", true),
            ("a ||", true),
            ("a <<E\nx", true),
            ("a", false),
            ("a > b", false),
        ] {
            assert_eq!(is_open(text), open, "{text}");
        }
    }

    #[test]
    fn what_fails_is_told_as_a_shell_does() {
        for (text, err, code) in [
            ("cat nosuch", "cat: nosuch: No such file or directory\n", 1),
            ("emacs manifest.yaml", "emacs: command not found\n", 127),
            (
                "vim manifest.yaml",
                "vim: command not found\ntexts are changed in the editor beside; `kubectl edit` opens an object\n",
                127,
            ),
            ("ls | grep x", "", 1),
            ("ls | grep '('", "", 1),
            ("ls | grep -E '('", "grep: Unmatched ( or \\(\n", 2),
            ("ls | grep --nosuch x", "grep: unrecognized option '--nosuch'\n", 2),
            ("ls | grep", "grep: a pattern is missing\n", 2),
            ("KUBE_EDITOR=true k edit node a", "Edit cancelled, no changes made.\n", 0),
            ("sleep x", "sleep: invalid time interval ‘x’\n", 1),
            ("sleep", "sleep: missing operand\n", 1),
            ("sleep 1h", "sleep: more than 10 minutes at once are not waited for here\n", 1),
        ] {
            let ran = ran(text);
            assert_eq!((ran.err.as_str(), ran.code), (err, code), "{text}");
        }
    }

    #[test]
    fn a_pipe_hands_what_the_cluster_is_to_do_on() {
        let ran = ran(
            "echo '{apiVersion: v1, kind: Namespace, metadata: {name: x}}' | kubectl apply -f - | grep created",
        );
        assert_eq!(ran.out, "namespace/x created\n");
        let (request, answer) = ran.asked.expect("it asks the cluster");
        assert!(answer.acts() && request.stdin().is_some());
    }

    #[test]
    fn programs_behind_a_command_that_follows_print_line_by_line_or_when_it_ends() {
        let behind = |text: &str| Readers::of(&read(text).expect("commands").remove(0).commands);
        for (text, printed, at_the_end, has_enough) in [
            ("grep a", "a\nab\n", "a\nab\n", false),
            ("grep b | cut -c1", "a\n", "a\n", false),
            ("head -2", "a\nab\n", "a\nab\n", true),
            ("grep c | head -2", "c\n", "c\n", false),
            ("tail -1", "", "c\n", false),
            ("tail -n +2", "ab\nc\n", "ab\nc\n", false),
            ("grep -c a", "", "2\n", false),
            ("wc -l", "", "3\n", false),
            ("sort -r | head -1", "", "c\n", false),
            ("LC_ALL=C grep a", "a\nab\n", "a\nab\n", false),
            ("sed s/a/x/", "x\nxb\nc\n", "x\nxb\nc\n", false),
            ("sed -n '$p'", "", "c\n", false),
        ] {
            let (behind, all) = (behind(text), "a\nab\nc\n");
            let told = (behind.read(all, true).0, behind.read(all, false).0, behind.has_enough(all));
            assert_eq!(told, (printed.to_owned(), at_the_end.to_owned(), has_enough), "{text}");
        }
    }

    #[test]
    fn what_waits_for_a_command_is_run_as_a_shell_runs_it() {
        for (text, code, run) in [
            ("a && b && c; d", 0, &["b", "c", "d"][..]),
            ("a && b && c; d", 1, &["d"]),
            ("a; b | x && c", 1, &["b | x", "c"]),
            ("a || b && c; d", 0, &["c", "d"]),
            ("a || b && c; d", 1, &["b", "c", "d"]),
            ("a && b || c", 1, &["c"]),
            ("a && b <<E\nx\nE\nc", 0, &["b <<'EOF'\nx\nEOF", "c"]),
        ] {
            let rest = rest(&read(text).expect("commands")[1..]);
            let texts: Vec<String> = after(&rest, code).iter().map(Pipe::text).collect();
            assert_eq!(texts, run, "{text}");
        }
    }
}
