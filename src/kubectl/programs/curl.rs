//! `curl`. Upstream: `src/tool_getparam.c`, `lib/connect.c`, `lib/strerror.c` of curl 8.

use super::{Host, Run};
use crate::kubectl::Dispatch;
use crate::network::{self, Call, End};

/// How long Linux tries a connection when nobody says otherwise: a SYN, and six more (`tcp_syn_retries`), the first four
/// a second apart (`tcp_syn_linear_timeouts`). curl itself would wait for five minutes (`DEFAULT_CONNECT_TIMEOUT`).
const GIVES_UP_AFTER: &str = "134209";
/// `CURLE_COULDNT_CONNECT` in words. curl tells so of a timeout of the kernel's too, and exits with 28 (`lib/cf-ip-happy.c`).
const NOT_CONNECTED: &str = "Could not connect to server";
/// Addresses that one line may ask for (`[1-100]`), at most.
const MOST: u64 = 1_000;

/// What the options say.
#[derive(Default)]
struct Options {
    is_silent: bool,
    shows_errors: bool,
    /// In milliseconds, both.
    max_time: Option<u64>,
    connect_timeout: Option<u64>,
    hides_body: bool,
    write_out: Option<String>,
    urls: Vec<String>,
}

pub(super) fn run(host: &Host, words: &[String]) -> Run {
    let options = match read(words) {
        Ok(options) if options.urls.is_empty() => {
            return Run { err: "curl: (2) no URL specified\n".into(), code: 2, ..Run::default() };
        }
        Ok(options) => options,
        Err(why) => {
            let err = format!("curl: {why}\ncurl: try 'curl --help' for more information\n");
            return Run { err, code: 2, ..Run::default() };
        }
    };
    let mut run = Run { traffic: host.world.traffic().clone(), ..Run::default() };
    for url in &options.urls {
        one(host, url, &options, &mut run);
    }
    run
}

fn one(at: &Host, url: &str, options: &Options, run: &mut Run) {
    let fail = |run: &mut Run, code: i32, text: String| {
        if !options.is_silent || options.shows_errors {
            run.err += &format!("curl: ({code}) {text}\n");
        }
        run.code = code;
    };
    let (host, port) = match target(url) {
        Ok(target) => target,
        Err(why) => return fail(run, 3, format!("URL rejected: {why}")),
    };
    let question = Call { from: at.from.clone(), host: host.as_str().into(), port, protocol: "TCP".into() };
    let asked = network::ask(at.world, at.now, &question);
    for _ in 0..repeats(url) {
        let end = asked.send(&mut run.traffic).end;
        run.queries.push(Dispatch::Request(question.host.clone(), port, end.clone()));
        let http_code = match end {
            End::Answered(pod, node) => {
                if !options.hides_body {
                    let node = node.map(|node| format!(" on {node}")).unwrap_or_default();
                    run.out += &format!("{}{node}\n", pod.1);
                }
                run.code = 0;
                "200"
            }
            End::Unresolved(_) => {
                fail(run, 6, format!("Could not resolve host: {host}"));
                "000"
            }
            // curl has no word for this: whatever its options, one line says so.
            End::Unknown(_) => {
                run.err += &format!("error: {}\n", super::not_simulated(&host));
                run.code = 1;
                "000"
            }
            End::Refused(_) => {
                fail(run, 7, format!("Failed to connect to {host} port {port} after 0 ms: {NOT_CONNECTED}"));
                "000"
            }
            End::TimedOut(_) => {
                let text = match (options.max_time, options.connect_timeout) {
                    (Some(most), None) => {
                        format!("Connection timed out after {} milliseconds", most.saturating_add(1))
                    }
                    (Some(most), Some(connect)) if most <= connect => {
                        format!("Connection timed out after {} milliseconds", most.saturating_add(1))
                    }
                    (_, connect) => {
                        // Where the kernel gives up, curl tells of the connection; where curl does, of the time.
                        let (after, why) = match connect {
                            Some(most) => (most.saturating_add(1).to_string(), "Timeout was reached"),
                            None => (GIVES_UP_AFTER.to_owned(), NOT_CONNECTED),
                        };
                        format!("Failed to connect to {host} port {port} after {after} ms: {why}")
                    }
                };
                fail(run, 28, text);
                "000"
            }
        };
        if let Some(text) = &options.write_out {
            run.out += &text.replace("%{http_code}", http_code).replace("%{response_code}", http_code);
        }
    }
}

/// Host and port of an address.
fn target(url: &str) -> Result<(String, u16), &'static str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let default = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default();
    let (host, port) = match place.split_once(':') {
        Some((host, "")) => (host, default),
        Some((host, port)) => {
            let wrong = "Port number was not a decimal number between 0 and 65535";
            (host, port.parse().map_err(|_| wrong)?)
        }
        None => (place, default),
    };
    if host.is_empty() { Err("No host part in the URL") } else { Ok((host.to_owned(), port)) }
}

/// How many addresses a range in the path stands for: `http://agent/[1-10]`.
fn repeats(url: &str) -> u64 {
    let range = url.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let ends = range.and_then(|(range, _)| range.split_once('-'));
    let count = ends.and_then(|(from, to)| {
        let (from, to) = (from.parse::<u64>().ok()?, to.parse::<u64>().ok()?);
        to.checked_sub(from)?.checked_add(1)
    });
    count.unwrap_or(1).min(MOST)
}

fn read(words: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            options.urls.push(word.clone());
            continue;
        };
        let mut names: Vec<String> = match flags.strip_prefix("-") {
            Some(_) => vec![word.clone()],
            None => flags.chars().map(|flag| format!("-{flag}")).collect(),
        };
        // A short option takes what is left of its word.
        let takes = |name: &str| ["-m", "-o", "-w", "-H", "-X", "-A"].contains(&name);
        let mut inline = None;
        if let Some(at) = names.iter().position(|name| takes(name)).filter(|_| !word.starts_with("--")) {
            let rest: String = flags.chars().skip(at + 1).collect();
            inline = (!rest.is_empty()).then_some(rest);
            names.truncate(at + 1);
        }
        for name in names {
            let mut value = || {
                let next = inline.take().or_else(|| words.next().cloned());
                next.ok_or_else(|| format!("option {name}: requires parameter"))
            };
            let milliseconds = |text: String| {
                let (whole, part) = text.split_once('.').unwrap_or((text.as_str(), ""));
                let whole = whole.parse::<u64>().ok();
                let part = format!("{part:0<3}").get(..3).and_then(|part| part.parse::<u64>().ok());
                let sum =
                    whole.zip(part).map(|(whole, part)| whole.saturating_mul(1000).saturating_add(part));
                sum.ok_or_else(|| format!("option {name}: expected a proper numerical parameter"))
            };
            match name.as_str() {
                "-s" | "--silent" => options.is_silent = true,
                "-S" | "--show-error" => options.shows_errors = true,
                "-m" | "--max-time" => options.max_time = Some(milliseconds(value()?)?),
                "--connect-timeout" => options.connect_timeout = Some(milliseconds(value()?)?),
                "-o" | "--output" => options.hides_body = value()? != "-",
                "-w" | "--write-out" => options.write_out = Some(value()?.replace("\\n", "\n")),
                "-H" | "--header" | "-X" | "--request" | "-A" | "--user-agent" => drop(value()?),
                "-f" | "--fail" | "-k" | "--insecure" | "-L" | "--location" | "-4" | "--ipv4" | "-N"
                | "--no-buffer" | "-g" | "--globoff" => {}
                _ => return Err(format!("option {name}: is unknown")),
            }
        }
    }
    Ok(options)
}
