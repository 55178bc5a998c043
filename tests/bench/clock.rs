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

/// Prints one figure: `native/scheduler/pinned/100 190000 pods/s`.
pub fn line(name: &str, value: f64, unit: &str) {
    let value = match value {
        _ if value.fract() == 0.0 || value.abs() >= 1000.0 => format!("{value:.0}"),
        _ => format!("{value:.4}"),
    };
    #[cfg(not(target_arch = "wasm32"))]
    println!("native/{name} {value} {unit}");
    #[cfg(target_arch = "wasm32")]
    web_sys::console::log_1(&format!("wasm/{name} {value} {unit}").into());
}
