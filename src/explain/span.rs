//! Spans of time in words.

use crate::api::Millis;

/// A span as people write it: `300ms`, `42.3s`, `5m`, `1m9s`, `2h5m`.
pub fn span(span: Millis) -> String {
    let (millis, seconds) = (span.0 % 1000, span.0 / 1000);
    match (seconds, millis) {
        (0, 0) => "0s".into(),
        (0, millis) => format!("{millis}ms"),
        (seconds, millis) if seconds < 60 && millis >= 100 => format!("{seconds}.{}s", millis / 100),
        (seconds, _) if seconds < 60 => format!("{seconds}s"),
        (seconds, _) if seconds < 3600 => both(seconds / 60, "m", seconds % 60, "s"),
        (seconds, _) => both(seconds / 3600, "h", seconds % 3600 / 60, "m"),
    }
}

/// A span in whole seconds: `0s`, `58s`, `1m9s`.
pub fn whole(millis: Millis) -> String {
    span(Millis::seconds(millis.0.max(0) / 1000))
}

/// A span in whole seconds, or in tenths where it is short, what is over cut off: `0s`, `300ms`, `1.1s`, `58s`.
pub fn tenths(millis: Millis) -> String {
    const SHORT: i64 = 10_000;
    match millis.0 {
        short @ ..SHORT => span(Millis(short.max(0) / 100 * 100)),
        _ => whole(millis),
    }
}

/// Two units, the smaller one only where there is something of it.
fn both(big: i64, unit: &str, small: i64, small_unit: &str) -> String {
    match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{small_unit}"),
    }
}

/// An age as kubectl prints it (`apimachinery/pkg/util/duration`, `HumanDuration`).
pub fn human(span: Millis) -> String {
    let seconds = (span.0 / 1000).max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => both(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => both(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => both(hours / 24, "d", hours % 24, "h"),
        () => format!("{}d", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_print_as_kubectl_prints_them() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (660, "11m"),
            (10_800, "3h"),
            (11_100, "3h5m"),
            (100_000, "27h"),
            (180_000, "2d2h"),
            (864_000, "10d"),
        ] {
            assert_eq!(human(Millis::seconds(seconds)), text, "{seconds} s");
        }
    }

    #[test]
    fn short_spans_keep_their_fraction_and_whole_ones_have_none() {
        for (millis, text, in_seconds) in [
            (0, "0s", "0s"),
            (50, "50ms", "0s"),
            (42_000, "42s", "42s"),
            (42_050, "42s", "42s"),
            (42_300, "42.3s", "42s"),
            (69_000, "1m9s", "1m9s"),
            (300_000, "5m", "5m"),
            (3_600_000, "1h", "1h"),
            (7_500_000, "2h5m", "2h5m"),
        ] {
            assert_eq!((span(Millis(millis)).as_str(), whole(Millis(millis)).as_str()), (text, in_seconds));
        }
        let told = [-5, 0, 99, 190, 1_190, 9_999, 10_900].map(|millis| tenths(Millis(millis)));
        assert_eq!(told, ["0s", "0s", "0s", "100ms", "1.1s", "9.9s", "10s"]);
    }
}
