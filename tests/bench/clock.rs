//! The host's time, natively and in the browser, and how a figure is printed.

/// Nodes of the clusters that are measured.
pub const SIZES: [usize; 3] = [100, 1_000, 5_000];

/// Milliseconds since some moment.
#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::disallowed_types, reason = "a bench measures the host's time")]
pub fn now() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// Milliseconds since some moment.
#[cfg(target_arch = "wasm32")]
pub fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Adds up the time of what is measured.
#[derive(Default)]
pub struct Watch(f64);

impl Watch {
    /// Adds the time that `work` takes.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begin = now();
        let result = work();
        self.0 += now() - begin;
        result
    }

    /// The sum in milliseconds, and begins anew.
    pub fn take(&mut self) -> f64 {
        std::mem::take(&mut self.0)
    }
}

/// The median of several runs.
pub fn median(times: usize, run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = std::iter::repeat_with(run).take(times).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What the real controller took, compiled from its Go code and run in process on one processor of a shared cloud
/// machine: the sync alone, without its API server, in milliseconds. To be taken as a magnitude, plus or minus a third.
#[rustfmt::skip]
const RECORDED: [(&str, f64); 9] = [
    ("daemonset/nothing-to-do/100", 2.87), ("daemonset/nothing-to-do/1000", 44.9), ("daemonset/nothing-to-do/5000", 286.0),
    ("daemonset/first-sync/100", 5.32), ("daemonset/first-sync/1000", 58.3), ("daemonset/first-sync/5000", 258.0),
    ("daemonset/rolling-update/100", 84.4), ("daemonset/rolling-update/1000", 721.0), ("daemonset/rolling-update/5000", 4890.0),
];

/// Prints one figure: `native/scheduler/pinned/100 190000 pods/s`; where there is one of the real code, with the ratio.
pub fn line(name: &str, value: f64, unit: &str) {
    let recorded = RECORDED.iter().find(|(of, _)| *of == name);
    let ratio = recorded.map_or(String::new(), |(_, real)| {
        format!(", {:.0} times as fast as the real one ({real} {unit})", real / value)
    });
    let value = match value {
        _ if value.fract() == 0.0 || value.abs() >= 1000.0 => format!("{value:.0}"),
        _ => format!("{value:.4}"),
    };
    #[cfg(not(target_arch = "wasm32"))]
    println!("native/{name} {value} {unit}{ratio}");
    #[cfg(target_arch = "wasm32")]
    web_sys::console::log_1(&format!("wasm/{name} {value} {unit}{ratio}").into());
}
