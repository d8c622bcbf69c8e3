//! Exact media time: rationals, spans, grids and rounding. No floats, no dependencies beyond serde.
//!
//! ```text
//! pts[i]          pts[i+1]
//!   |---------------|------------->   frame i is on screen in [pts[i], pts[i+1])
//!        ^ t
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod rational;
mod span;

pub use rational::Rational;
pub use span::{Span, Spans};

/// The index of the sample nearest to time `t` on the grid of `rate` samples a second that has sample 0 at time 0:
/// `floor(t * rate + 1/2)`, so halves go up. `None` where the index does not fit in 64 bits.
#[must_use]
pub fn sample_at(t: Rational, rate: u32) -> Option<i64> {
    let doubled = t.checked_mul(Rational::from_int(i64::from(rate)))?;
    doubled.checked_add(Rational::new(1, 2)?)?.floor()
}

/// How many times an fps grid has in a span: the integers `k >= 0` with `start + k / rate < end`.
#[must_use]
pub fn grid_len(span: Span, rate: Rational) -> Option<i64> {
    span.duration()?.checked_mul(rate)?.ceil()
}

/// Time `k` of the grid that begins at `start` and has `rate` times a second.
#[must_use]
pub fn grid_time(start: Rational, rate: Rational, k: i64) -> Option<Rational> {
    Rational::from_int(k).checked_div(rate)?.checked_add(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn r(n: i64, d: i64) -> Rational {
        Rational::new(i128::from(n), i128::from(d)).unwrap()
    }

    #[test]
    fn halves_go_up_on_both_sides_of_zero() {
        assert_eq!(sample_at(r(1, 2), 1), Some(1));
        assert_eq!(sample_at(r(-1, 2), 1), Some(0));
        assert_eq!(sample_at(r(-3, 2), 1), Some(-1));
        assert_eq!(sample_at(r(3, 2), 1), Some(2));
        assert_eq!(sample_at(r(29_029, 30_000), 48_000), Some(46_446));
    }

    #[test]
    fn a_grid_ends_before_the_end() {
        let span = Span::new(r(2, 1), r(6, 1)).unwrap();
        assert_eq!(grid_len(span, r(4, 1)), Some(16));
        let span = Span::new(r(0, 1), r(1, 3)).unwrap();
        assert_eq!(grid_len(span, r(4, 1)), Some(2));
        assert_eq!(grid_time(r(2, 1), r(30_000, 1_001), 3), Some(r(2 * 30_000 + 3_003, 30_000)));
    }

    proptest! {
        #[test]
        fn samples_of_touching_spans_neither_overlap_nor_leave_a_gap(
            a in -10_000i64..10_000, b in 1i64..10_000, d in 1i64..5_000, rate in 1u32..200_000,
        ) {
            let (start, end) = (r(a, d), r(a + b, d));
            let middle = r(2 * a + b, 2 * d);
            let count = |x, y| sample_at(y, rate).unwrap() - sample_at(x, rate).unwrap();
            prop_assert_eq!(count(start, middle) + count(middle, end), count(start, end));
        }

        #[test]
        fn sample_at_is_the_nearest_sample(a in -1_000_000i64..1_000_000, d in 1i64..100_000, rate in 1u32..200_000) {
            let t = r(a, d);
            let n = sample_at(t, rate).unwrap();
            let low = Rational::new(2 * i128::from(n) - 1, 2 * i128::from(rate)).unwrap();
            let high = Rational::new(2 * i128::from(n) + 1, 2 * i128::from(rate)).unwrap();
            prop_assert!(low <= t && t < high);
        }

        #[test]
        fn every_grid_time_lies_in_its_span(a in -1_000i64..1_000, b in 1i64..1_000, n in 1i64..240, d in 1i64..1_002) {
            let span = Span::new(r(a, 7), r(a + b, 7)).unwrap();
            let rate = r(n, d);
            let len = grid_len(span, rate).unwrap();
            prop_assert!(len >= 1);
            prop_assert!(grid_time(span.start(), rate, len - 1).unwrap() < span.end());
            prop_assert!(grid_time(span.start(), rate, len).unwrap() >= span.end());
        }
    }
}
