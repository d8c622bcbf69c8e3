//! Half-open spans of media time, and of sample indices.

use crate::rational::Rational;

/// `[start, end)` with `end > start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Span {
    start: Rational,
    end: Rational,
}

impl Span {
    /// `None` where `end <= start`.
    #[must_use]
    pub fn new(start: Rational, end: Rational) -> Option<Self> {
        (start < end).then_some(Span { start, end })
    }

    #[must_use]
    pub const fn start(self) -> Rational {
        self.start
    }

    #[must_use]
    pub const fn end(self) -> Rational {
        self.end
    }

    #[must_use]
    pub fn duration(self) -> Option<Rational> {
        self.end.checked_sub(self.start)
    }

    #[must_use]
    pub fn contains(self, t: Rational) -> bool {
        self.start <= t && t < self.end
    }
}

/// Sorted, disjoint, non-empty ranges `[first, end)` of integers: which samples of an array are valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<(i64, i64)>);

impl Spans {
    #[must_use]
    pub const fn new() -> Self {
        Spans(Vec::new())
    }

    /// Add a range. It must not begin before the last one begins; ranges that touch become one.
    pub fn push(&mut self, first: i64, end: i64) {
        if end <= first {
            return;
        }
        match self.0.last_mut() {
            Some(last) if first <= last.1 => last.1 = last.1.max(end),
            _ => self.0.push((first, end)),
        }
    }

    #[must_use]
    pub fn as_slice(&self) -> &[(i64, i64)] {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in self and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Spans) -> Spans {
        let mut out = Spans::new();
        for &(first, end) in &self.0 {
            let mut at = first;
            let begin = other.0.partition_point(|range| range.1 <= first);
            for &(a, b) in other.0[begin..].iter().take_while(|range| range.0 < end) {
                out.push(at, a);
                at = b;
            }
            out.push(at, end);
        }
        out
    }

    /// What is in self, in `other`, or in both.
    #[must_use]
    pub fn with(&self, other: &Spans) -> Spans {
        let mut all = [self.as_slice(), other.as_slice()].concat();
        all.sort_unstable();
        let mut out = Spans::new();
        all.into_iter().for_each(|(first, end)| out.push(first, end));
        out
    }

    /// The part of the ranges inside `[first, end)`, counted from `first`.
    #[must_use]
    pub fn slice(&self, first: i64, end: i64) -> Spans {
        let mut out = Spans::new();
        let begin = self.0.partition_point(|range| range.1 <= first);
        for &(a, b) in self.0[begin..].iter().take_while(|range| range.0 < end) {
            out.push(a.max(first) - first, b.min(end) - first);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverted_and_empty_spans_are_rejected() {
        let (one, two) = (Rational::from_int(1), Rational::from_int(2));
        assert!(Span::new(two, one).is_none());
        assert!(Span::new(one, one).is_none());
        let span = Span::new(one, two).unwrap();
        assert!(span.contains(one) && !span.contains(two));
    }

    #[test]
    fn touching_ranges_become_one_and_slices_count_from_their_start() {
        let mut valid = Spans::new();
        valid.push(0, 5);
        valid.push(5, 8);
        valid.push(8, 8);
        valid.push(10, 12);
        assert_eq!(valid.as_slice(), [(0, 8), (10, 12)]);
        assert_eq!(valid.slice(7, 11).as_slice(), [(0, 1), (3, 4)]);
        assert_eq!(valid.slice(8, 10).as_slice(), []);
    }

    #[test]
    fn ranges_are_taken_from_others_and_joined_with_them() {
        let of = |ranges: &[(i64, i64)]| {
            let mut spans = Spans::new();
            ranges.iter().for_each(|(first, end)| spans.push(*first, *end));
            spans
        };
        let covered = of(&[(0, 10), (20, 30)]);
        assert_eq!(
            covered.without(&of(&[(2, 4), (9, 22), (25, 26)])).as_slice(),
            [(0, 2), (4, 9), (22, 25), (26, 30)]
        );
        assert_eq!(covered.without(&covered), Spans::new());
        assert_eq!(covered.without(&Spans::new()), covered);
        assert_eq!(covered.with(&of(&[(8, 12), (30, 31)])).as_slice(), [(0, 12), (20, 31)]);
        assert!(Spans::new().is_empty() && !covered.is_empty());
    }
}
