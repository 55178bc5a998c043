//! Spans of time in words.

use crate::api::Millis;

/// A span as people write it: `300ms`, `42s`, `5m0s`.
pub fn span(span: Millis) -> String {
    let (millis, seconds) = (span.0 % 1000, span.0 / 1000);
    match (seconds, millis) {
        (0, millis) => format!("{millis}ms"),
        (seconds, 0) if seconds < 60 => format!("{seconds}s"),
        (seconds, millis) if seconds < 60 => format!("{seconds}.{}s", millis / 100),
        (seconds, _) if seconds < 3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        (seconds, _) => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// An age as kubectl prints it (`apimachinery/pkg/util/duration`, `HumanDuration`).
pub fn human(span: Millis) -> String {
    let seconds = (span.0 / 1000).max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let both = |big: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{small_unit}"),
    };
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
    fn short_spans_keep_their_fraction() {
        for (millis, text) in [(50, "50ms"), (42_000, "42s"), (42_300, "42.3s"), (300_000, "5m0s")] {
            assert_eq!(span(Millis(millis)), text);
        }
    }
}
