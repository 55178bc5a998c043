//! An area over time. A drawing is no finer than the screen: what happens within a pixel costs one pixel, however many
//! steps it takes.

/// A stretch of a drawing, in pixels from the left, over which something stays as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<T> {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// What it is there.
    pub value: T,
}

/// Each value from where it begins up to where the next one does, or to `end`; in order, and in whole pixels. Of those
/// that begin in one pixel the lowest has that pixel and the last one has what comes after, so that a short dip stays
/// in sight.
pub fn stretches<T: Copy>(
    values: impl Iterator<Item = (f64, T)>,
    end: f64,
    height: impl Fn(&T) -> i64,
) -> Vec<Stretch<T>> {
    let values: Vec<(f64, T)> = values.map(|(x, value)| (x.round(), value)).collect();
    let pixels: Vec<&[(f64, T)]> = values.chunk_by(|(x, _), (next, _)| x == next).collect();
    let ends = pixels.iter().skip(1).map(|pixel| pixel[0].0).chain([end.round()]);
    let mut drawn = Vec::new();
    for (pixel, to) in pixels.iter().zip(ends) {
        let (from, last) = pixel[pixel.len() - 1];
        let lowest = pixel.iter().map(|(_, value)| *value).min_by_key(|value| height(value)).unwrap_or(last);
        let is_dip = height(&lowest) < height(&last);
        let rest = if is_dip { from + 1.0 } else { from };
        let both = [(from, rest.min(to), lowest), (rest, to, last)];
        drawn.extend(both.map(|(from, to, value)| Stretch { from, to, value }));
    }
    drawn.retain(|stretch| stretch.to > stretch.from);
    drawn
}

/// The outline of what lies between an upper and a lower edge, for the `d` of a path.
pub fn outline<T>(stretches: &[Stretch<T>], upper: impl Fn(&T) -> f64, lower: impl Fn(&T) -> f64) -> String {
    let edge = |from: f64, to: f64, y: f64| format!("L{from} {y}L{to} {y}");
    let there = stretches.iter().map(|at| edge(at.from, at.to, upper(&at.value)));
    let back = stretches.iter().rev().map(|at| edge(at.to, at.from, lower(&at.value)));
    let line: String = there.chain(back).collect();
    match line.strip_prefix('L') {
        Some(line) => format!("M{line}z"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[(f64, i64)], end: f64) -> Vec<(f64, f64, i64)> {
        let drawn = stretches(values.iter().copied(), end, |value| *value);
        drawn.into_iter().map(|stretch| (stretch.from, stretch.to, stretch.value)).collect()
    }

    #[test]
    fn each_value_lasts_until_the_next_one() {
        assert_eq!(
            drawn(&[(10.0, 3), (20.4, 2), (29.6, 3)], 40.0),
            [(10.0, 20.0, 3), (20.0, 30.0, 2), (30.0, 40.0, 3)]
        );
        assert_eq!(drawn(&[(10.0, 3), (40.0, 2)], 40.0), [(10.0, 40.0, 3)], "the last one has no width yet");
        assert_eq!(drawn(&[], 40.0), []);
    }

    #[test]
    fn a_dip_within_a_pixel_has_that_pixel() {
        assert_eq!(
            drawn(&[(10.0, 3), (10.1, 1), (10.2, 2), (20.0, 3)], 21.0),
            [(10.0, 11.0, 1), (11.0, 20.0, 2), (20.0, 21.0, 3)]
        );
        assert_eq!(drawn(&[(10.0, 3), (10.1, 1)], 20.0), [(10.0, 20.0, 1)], "it stays so");
        assert_eq!(drawn(&[(10.0, 1), (10.1, 2), (11.0, 3)], 12.0), [(10.0, 11.0, 1), (11.0, 12.0, 3)]);
    }

    #[test]
    fn a_drawing_has_two_stretches_a_pixel_at_most() {
        let many = (0..16_000_u32).map(|no| (f64::from(no) / 40.0, i64::from(no % 7)));
        let drawn = stretches(many, 400.0, |value| *value);
        assert!(drawn.len() <= 800, "{}", drawn.len());
        assert!(drawn.windows(2).all(|pair| pair[0].to == pair[1].from), "without a gap");
        assert_eq!((drawn[0].from, drawn[drawn.len() - 1].to), (0.0, 400.0));
    }

    #[test]
    fn an_outline_goes_there_above_and_back_below() {
        let stretches = stretches([(0.0, 2_u32), (5.0, 3)].into_iter(), 9.0, |value| i64::from(*value));
        let path = outline(&stretches, |value| f64::from(10 - *value), |_| 10.0);
        assert_eq!(path, "M0 8L5 8L5 7L9 7L9 10L5 10L5 10L0 10z");
        assert_eq!(outline::<u32>(&[], |_| 0.0, |_| 1.0), "");
    }
}
