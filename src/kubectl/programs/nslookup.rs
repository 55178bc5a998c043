//! `nslookup`. Upstream: `bin/dig/nslookup.c` of BIND 9, which exits with 1 where the answer holds an error or no server
//! answers (`query_error | print_error`): that a name has no such record is none.

use super::{Host, Run, server_of};
use crate::kubectl::Dispatch;
use crate::network::dns::{self, Record};
use crate::network::{NameCode, Resolver};
use core::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn run(host: &Host, words: &[String]) -> Run {
    let world = host.world;
    let is_option = |word: &&String| word.starts_with('-');
    let mut record = Record::A;
    for option in words.iter().filter(is_option) {
        let kind =
            ["-type=", "-q=", "-query=", "-querytype="].iter().find_map(|start| option.strip_prefix(start));
        record = match kind.map(str::to_ascii_lowercase).as_deref() {
            Some("a" | "any") => Record::A,
            Some("aaaa") => Record::Aaaa,
            Some("srv") => Record::Srv,
            Some(other) => {
                return failed(format!("unknown query type: {other}: here there are a, aaaa and srv\n"));
            }
            None => record,
        };
    }
    let mut names = words.iter().filter(|word| !is_option(word));
    let Some(name) = names.next() else {
        return failed("nslookup: give it a name: it is not interactive here\n".to_owned());
    };
    let (resolver, server) = server_of(world, host.from);
    if let Some(other) = names.next().filter(|other| **other != server) {
        let tried = format!(";; communications error to {other}#53: timed out\n").repeat(3);
        return failed(format!("{tried};; no servers could be reached\n\n"));
    }
    if let Ok(address) = name.parse() {
        return reversed(host, &resolver, address);
    }
    if name.parse::<Ipv6Addr>().is_ok() {
        return failed("nslookup: nothing here has an address of IPv6\n".to_owned());
    }
    let lookup = dns::lookup(world, &resolver, name, record);
    let mut out = format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n");
    let reply = &lookup.reply;
    let full = lookup.tried.last().map_or(name.as_str(), |(name, _)| name.as_str());
    if let Some(alias) = &reply.alias {
        out += &format!("{full}\tcanonical name = {}.\n", alias.trim_end_matches('.'));
    }
    let (mut err, mut code) = (String::new(), 0);
    match reply.code {
        NameCode::Found => {
            for found in &reply.found {
                out += &match found.service {
                    Some((port, weight)) => format!("{full}\tservice = 0 {weight} {port} {}.\n", found.name),
                    None => format!("Name:\t{}\nAddress: {}\n", found.name, found.address),
                };
            }
        }
        NameCode::Empty => out += &format!("*** Can't find {name}: No answer\n"),
        NameCode::NoSuchName => {
            let missing = reply.alias.as_ref().map_or(name.as_str(), |alias| alias.as_str());
            out += &format!("** server can't find {missing}: NXDOMAIN\n");
            code = 1;
        }
        NameCode::Outside => {
            let asked = reply.alias.as_ref().map_or(name.as_str(), |alias| alias.trim_end_matches('.'));
            err = format!("error: {}\n", super::not_simulated(asked));
            code = 1;
        }
    }
    out.push('\n');
    let queries = vec![Dispatch::Lookup(name.as_str().into(), reply.code, reply.found.len())];
    Run { out, err, code, queries, traffic: world.traffic().clone() }
}

/// The names of an address. Of the server BIND tells nothing here (`printmessage`).
fn reversed(host: &Host, resolver: &Resolver, address: Ipv4Addr) -> Run {
    let (code, names) = dns::names_of(host.world, resolver, address);
    let [first, second, third, last] = address.octets();
    let asked = format!("{last}.{third}.{second}.{first}.in-addr.arpa");
    let mut run = Run { traffic: host.world.traffic().clone(), ..Run::default() };
    match code {
        NameCode::Found => names.iter().for_each(|name| run.out += &format!("{asked}\tname = {name}.\n")),
        NameCode::Outside => run.err = format!("error: {}\n", super::not_simulated(&asked)),
        _ => run.out = format!("** server can't find {asked}: NXDOMAIN\n"),
    }
    run.out.push('\n');
    run.code = i32::from(code != NameCode::Found);
    run.queries.push(Dispatch::Lookup(ecow::eco_format!("{address}"), code, names.len()));
    run
}

fn failed(out: String) -> Run {
    Run { out, code: 1, ..Run::default() }
}
