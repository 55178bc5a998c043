//! Points and spans of simulated time.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::num::NonZeroU64;
use std::ops::{Add, Sub};

/// A span of simulated time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// So many whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Millis(seconds.saturating_mul(1000))
    }

    /// The wait after so many earlier failures: doubled with each, and at most that long. Upstream:
    /// `ItemExponentialFailureRateLimiter` in `client-go/util/workqueue/default_rate_limiters.go`.
    #[must_use]
    pub fn doubled(self, failures: u32, most: Millis) -> Self {
        Millis(self.0.saturating_mul(1 << failures.min(30))).min(most)
    }
}

/// A whole number for which there is an `Option` of the same size: its least value counts as the next one. Objects have
/// several times that they may have or not, and a long run holds a hundred thousand objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Lean(NonZeroU64);

impl Lean {
    /// With the sign's bit turned over, so that the order stays.
    const SIGN: u64 = 1 << 63;

    const fn new(number: i64) -> Self {
        match NonZeroU64::new(number.cast_unsigned() ^ Self::SIGN) {
            Some(turned) => Lean(turned),
            None => Lean(NonZeroU64::MIN),
        }
    }

    const fn get(self) -> i64 {
        (self.0.get() ^ Self::SIGN).cast_signed()
    }
}

impl fmt::Debug for Lean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

impl Default for Lean {
    fn default() -> Self {
        Lean::new(0)
    }
}

/// A point of simulated time: milliseconds since 1970-01-01T00:00:00Z. In JSON it is RFC 3339 in whole seconds, as
/// `metav1.Time` prints it; the milliseconds stay in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Lean);

/// 0000-01-01T00:00:00Z and, [`LAST`], 9999-12-31T23:59:59.999Z: RFC 3339 has years of four digits, and what is printed must be
/// readable again. A clock that runs on beyond prints the last of them.
const FIRST: i64 = -62_167_219_200_000;
const LAST: i64 = 253_402_300_799_999;

impl Time {
    /// Where every simulation starts: 2026-01-01T00:00:00Z.
    pub const EPOCH: Time = Time::new(1_767_225_600_000);
    /// Before all others.
    pub const EARLIEST: Time = Time::new(i64::MIN);
    /// After all others.
    pub const LATEST: Time = Time::new(i64::MAX);

    /// So many milliseconds after the beginning of 1970.
    pub const fn new(millis: i64) -> Self {
        Time(Lean::new(millis))
    }

    /// Its milliseconds since the beginning of 1970.
    pub const fn millis(self) -> i64 {
        self.0.get()
    }

    /// Parses RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| Time::new(time.timestamp_millis()))
    }

    /// The billionths of a second since 1970 of an RFC 3339 text, as exact as it is written. None also for years that
    /// these do not reach (before 1678, after 2261).
    pub fn billionths(text: &str) -> Option<i64> {
        DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
    }

    /// As the API server keeps it: it prints no parts of a second.
    #[must_use]
    pub fn in_seconds(self) -> Self {
        Time::new(self.millis().saturating_sub(self.millis().rem_euclid(1_000)))
    }

    /// The time passed since an earlier point (negative if it is later).
    pub fn since(self, earlier: Time) -> Millis {
        self - earlier
    }
}

/// A time in millionths of a second since 1970, as the newer events have it (`metav1.MicroTime`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MicroTime(Lean);

impl MicroTime {
    /// To the thousandth.
    pub fn time(self) -> Time {
        Time::new(self.0.get().div_euclid(1_000))
    }
}

impl From<Time> for MicroTime {
    fn from(time: Time) -> Self {
        MicroTime(Lean::new(time.millis().clamp(FIRST, LAST).saturating_mul(1_000)))
    }
}

impl Serialize for MicroTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.time().in_seconds();
        let text = whole.to_string();
        let rest = self.0.get().rem_euclid(1_000_000);
        serializer.collect_str(&format_args!("{}.{rest:06}Z", text.trim_end_matches('Z')))
    }
}

impl<'de> Deserialize<'de> for MicroTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text);
        let time = time.map_err(|_| de::Error::custom(format!("{text:?} is not an RFC 3339 time")))?;
        Ok(MicroTime(Lean::new(time.timestamp_micros())))
    }
}

impl Add<Millis> for Time {
    type Output = Time;
    fn add(self, span: Millis) -> Time {
        Time::new(self.millis().saturating_add(span.0))
    }
}

impl Sub for Time {
    type Output = Millis;
    fn sub(self, other: Time) -> Millis {
        Millis(self.millis().saturating_sub(other.millis()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.millis().clamp(FIRST, LAST);
        let time = DateTime::<Utc>::from_timestamp_millis(millis).ok_or(fmt::Error)?;
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // As the API server keeps it.
        Time::parse(&text)
            .map(Time::in_seconds)
            .ok_or_else(|| de::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_the_option_of_one_take_eight_bytes_and_keep_their_order() {
        assert_eq!(size_of::<Option<Time>>(), 8);
        let numbers = [i64::MIN + 1, -1_000, -1, 0, 1, 1_767_225_600_000, i64::MAX];
        for pair in numbers.windows(2) {
            assert!(Time::new(pair[0]) < Time::new(pair[1]), "{pair:?}");
        }
        assert_eq!(numbers.map(|number| Time::new(number).millis()), numbers);
        assert_eq!(Time::default(), Time::new(0));
        assert_eq!(Time::EARLIEST.millis(), i64::MIN + 1);
        assert_eq!(Time::EARLIEST + Millis(i64::MIN), Time::EARLIEST);
    }

    #[test]
    fn times_print_in_whole_seconds_of_utc() {
        assert_eq!(Time::EPOCH.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!((Time::EPOCH + Millis(61_900)).to_string(), "2026-01-01T00:01:01Z");
        assert_eq!(Time::parse("2026-01-01T01:00:00+01:00"), Some(Time::EPOCH));
        for time in [Time::EPOCH + Millis(61_900), Time::new(-1)] {
            assert_eq!(Time::parse(&time.to_string()), Some(time.in_seconds()));
        }
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn what_is_printed_is_readable_whatever_the_clock_says() {
        for (millis, text) in [
            (FIRST, "0000-01-01T00:00:00Z"),
            (FIRST - 1, "0000-01-01T00:00:00Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
            (LAST, "9999-12-31T23:59:59Z"),
            (LAST + 1, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Time::new(millis).to_string(), text);
            assert_eq!(Time::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
    }
}
