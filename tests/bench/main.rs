//! `make bench`: how fast the core is, natively and, compiled as the page is, in headless Chromium. One line
//! `name value unit` a figure. Every decision is recorded, as in the page.

mod clock;
mod daemonset;
mod endpointslice;
mod past;
mod scheduler;
mod sim;

fn main() {
    // `make bench ONLY=sim` runs one part.
    let only = option_env!("ONLY").unwrap_or("");
    for (name, run) in [
        // First, as it measures memory: later it would be given what others had before.
        ("sim", sim::run as fn()),
        ("past", past::run),
        ("scheduler", scheduler::run),
        ("daemonset", daemonset::run),
        ("endpointslice", endpointslice::run),
    ] {
        if only.is_empty() || only == name {
            run();
        }
    }
}
