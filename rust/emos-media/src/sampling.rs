//! Which frames of a span are read, and in which order they stand in the result.

use emos_time::{grid_len, grid_time, Rational, Span};

use crate::buffer::MAX_BYTES;
use crate::error::{time_overflow, Error, ErrorKind, Result};
use crate::numbers::FrameIndex;
use crate::video::timeline::VideoTimeline;

/// The index of the frame in each slot of a result; `None` where no frame is on screen.
pub(crate) type Slots = Vec<Option<FrameIndex>>;

/// Which frames of a span are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampling {
    pub moments: Moments,
    /// The last frame of the track stays on screen to the end of the span.
    pub hold_last: bool,
}

/// The moments of a span at which the frame on screen is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moments {
    /// All: every frame that is on screen at some moment, once.
    #[default]
    All,
    /// The fps grid. Where it would have more than `max_frames` times, that of the rate at which it has just so many.
    Grid { fps: Rational, max_frames: Option<u32> },
    /// The centres of so many equal parts.
    Centres(u32),
}

/// Times at equal distances, one for each slot.
#[derive(Clone, Copy, Debug)]
struct Grid {
    start: Rational,
    rate: Rational,
    count: i64,
}

impl Grid {
    fn of(moments: Moments, span: Span) -> Option<Option<Grid>> {
        let rate_of = |count: u32| Rational::from_int(count.into()).checked_div(span.duration()?);
        Some(match moments {
            Moments::All => None,
            Moments::Grid { fps, max_frames } => {
                let most = max_frames.map(rate_of);
                // The fps grid has more than n times where fps is above n / duration: T = ceil(duration * fps).
                let rate = match most {
                    Some(most) => fps.min(most?),
                    None => fps,
                };
                Some(Grid { start: span.start(), rate, count: grid_len(span, rate)? })
            }
            Moments::Centres(count) => {
                let rate = rate_of(count)?;
                let half = Rational::new(1, 2)?.checked_div(rate)?;
                Some(Grid { start: span.start().checked_add(half)?, rate, count: count.into() })
            }
        })
    }

    fn time(self, k: i64) -> Option<Rational> {
        grid_time(self.start, self.rate, k)
    }
}

impl Sampling {
    /// Every frame on screen in a span, or those of an fps grid.
    #[must_use]
    pub fn at_rate(fps: Option<Rational>) -> Self {
        let moments = fps.map_or(Moments::All, |fps| Moments::Grid { fps, max_frames: None });
        Sampling { moments, hold_last: false }
    }

    /// How many slots a span has. Refuses a number of frames that cannot fit into memory.
    pub(crate) fn count(&self, timeline: &VideoTimeline, span: Span, name: &str) -> Result<usize> {
        let count = match self.grid(span, name)? {
            Some(grid) => grid.count,
            None => {
                let (first, end) = self.all_in(timeline, span).ok_or_else(|| time_overflow(name))?;
                return Ok(end - first);
            }
        };
        // A frame has at least one pixel.
        const MAX_COUNT: i64 = (MAX_BYTES / 3) as i64;
        if count > MAX_COUNT {
            let what = format!(
                "span and fps must give at most {MAX_COUNT} frames, got {count}; ask for a shorter span or a lower fps"
            );
            return Err(Error::new(ErrorKind::TooLarge, what, name));
        }
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The frame in each slot of a span.
    pub(crate) fn slots(&self, timeline: &VideoTimeline, span: Span, name: &str) -> Result<Slots> {
        let count = self.count(timeline, span, name)?;
        let Some(grid) = self.grid(span, name)? else {
            let (first, _) = self.all_in(timeline, span).ok_or_else(|| time_overflow(name))?;
            return Ok((first..first + count).map(|index| Some(FrameIndex(index))).collect());
        };
        (0..grid.count)
            .map(|k| {
                let t = grid.time(k).ok_or_else(|| time_overflow(name))?;
                Ok(on_screen(timeline, t, self.hold_last))
            })
            .collect()
    }

    /// The first frame that any span that starts no earlier can have.
    pub(crate) fn first(&self, timeline: &VideoTimeline, span: Span, name: &str) -> Result<FrameIndex> {
        let (first, _) = self.all_in(timeline, span).ok_or_else(|| time_overflow(name))?;
        Ok(FrameIndex(first))
    }

    fn grid(&self, span: Span, name: &str) -> Result<Option<Grid>> {
        Grid::of(self.moments, span).ok_or_else(|| time_overflow(name))
    }

    /// The frames `[first, end)` that are on screen at some moment of a span.
    fn all_in(&self, timeline: &VideoTimeline, span: Span) -> Option<(usize, usize)> {
        let (first, end) = timeline.on_screen_in(span)?;
        let stays = self.hold_last && first == timeline.len();
        Some((if stays { first.saturating_sub(1) } else { first }, end))
    }
}

/// The frame on screen at a time. With `hold_last` the last frame stays on screen for ever.
pub(crate) fn on_screen(timeline: &VideoTimeline, t: Rational, hold_last: bool) -> Option<FrameIndex> {
    timeline.on_screen(t).or_else(|| {
        let stays = hold_last && timeline.end().is_some_and(|end| end <= t);
        timeline.len().checked_sub(1).filter(|_| stays).map(FrameIndex)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Entry, Track, KEY};
    use crate::numbers::Ticks;
    use proptest::prelude::*;

    /// Frames of one second each, from second 0.
    fn timeline(num_frames: i64) -> VideoTimeline {
        let entry = |n| Entry {
            pts: Ticks(n),
            dts: Ticks(n),
            duration: Ticks(1),
            position: 0,
            checksum: 0,
            size: 0,
            samples: 0,
            flags: KEY,
        };
        VideoTimeline::new(&Track::of(true, (1, 1), (0..num_frames).map(entry).collect()))
    }

    fn r(n: i64, d: i64) -> Rational {
        Rational::new(n.into(), d.into()).unwrap()
    }

    fn span(start: Rational, end: Rational) -> Span {
        Span::new(start, end).unwrap()
    }

    fn indices(moments: Moments, hold_last: bool, start: i64, end: i64) -> Vec<Option<usize>> {
        let sampling = Sampling { moments, hold_last };
        let slots = sampling.slots(&timeline(4), span(r(start, 1), r(end, 1)), "clip").unwrap();
        slots.into_iter().map(|slot| slot.map(|index| index.0)).collect()
    }

    #[test]
    fn centres_of_equal_parts_repeat_frames_where_there_are_more_parts() {
        let some = |indices: &[usize]| indices.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(indices(Moments::Centres(4), false, 0, 4), some(&[0, 1, 2, 3]));
        assert_eq!(indices(Moments::Centres(1), false, 0, 4), some(&[2]));
        assert_eq!(indices(Moments::Centres(2), false, 0, 4), some(&[1, 3]));
        assert_eq!(indices(Moments::Centres(8), false, 0, 4), some(&[0, 0, 1, 1, 2, 2, 3, 3]));
        assert_eq!(indices(Moments::Centres(3), false, 3, 6), [Some(3), None, None]);
    }

    #[test]
    fn a_grid_of_too_many_times_becomes_one_of_max_frames() {
        let grid = |fps: i64, max| Moments::Grid { fps: r(fps, 1), max_frames: Some(max) };
        assert_eq!(indices(grid(1, 4), false, 0, 4).len(), 4);
        assert_eq!(indices(grid(2, 4), false, 0, 4), [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!(indices(grid(2, 3), false, 0, 4), [Some(0), Some(1), Some(2)]);
        assert_eq!(indices(grid(2, 1), false, 1, 4), [Some(1)]);
    }

    #[test]
    fn a_last_frame_that_stays_is_on_screen_to_the_end_of_the_span() {
        let grid = Moments::Grid { fps: r(1, 1), max_frames: None };
        assert_eq!(indices(grid, false, 2, 6), [Some(2), Some(3), None, None]);
        assert_eq!(indices(grid, true, 2, 6), [Some(2), Some(3), Some(3), Some(3)]);
        assert_eq!(indices(grid, true, -1, 1), [None, Some(0)]);
        assert_eq!(indices(Moments::All, false, 5, 6), []);
        assert_eq!(indices(Moments::All, true, 5, 6), [Some(3)]);
        assert_eq!(indices(Moments::All, true, 2, 6), [Some(2), Some(3)]);
        assert_eq!(indices(Moments::All, true, -2, 0), []);
    }

    #[test]
    fn an_empty_track_has_nothing_to_hold() {
        let sampling = Sampling { moments: Moments::All, hold_last: true };
        assert_eq!(sampling.slots(&timeline(0), span(r(0, 1), r(1, 1)), "clip").unwrap(), []);
        assert_eq!(on_screen(&timeline(0), r(1, 1), true), None);
    }

    proptest! {
        #[test]
        fn max_frames_is_a_limit_that_leaves_shorter_grids_as_they_are(
            start in -500i64..500, length in 1i64..5_000, n in 1i64..240, d in 1i64..1_002, most in 1u32..200,
        ) {
            let (span, fps) = (span(r(start, 7), r(start * 1_001 + length * 7, 7_007)), r(n, d));
            let count = |max_frames| {
                let moments = Moments::Grid { fps, max_frames };
                Sampling { moments, hold_last: false }.count(&timeline(4), span, "clip").unwrap()
            };
            prop_assert_eq!(count(Some(most)), count(None).min(most as usize));
        }
    }
}
