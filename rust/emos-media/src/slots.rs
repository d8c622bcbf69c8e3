//! Which frames a call reads, and when they are on screen, without reading them.

use emos_time::{Rational, Span};

use crate::error::{Error, ErrorKind, Result};
use crate::medium::Medium;
use crate::numbers::FrameIndex;
use crate::sampling::{self, Sampling, Slots};
use crate::video::timeline::VideoTimeline;

/// The frame of each slot of a call.
#[derive(Clone, Debug, Default)]
pub struct FrameSlots {
    /// Indices in display order; `None` where no frame is on screen.
    pub indices: Vec<Option<usize>>,
    /// Media time; `None` where there is no frame.
    pub pts: Vec<Option<Rational>>,
    pub duration: Vec<Option<Rational>>,
}

impl FrameSlots {
    pub(crate) fn new(timeline: &VideoTimeline, slots: &Slots) -> Self {
        FrameSlots {
            indices: slots.iter().map(|slot| slot.map(|index| index.0)).collect(),
            pts: slots.iter().map(|slot| slot.and_then(|index| timeline.pts(index))).collect(),
            duration: slots.iter().map(|slot| slot.and_then(|index| timeline.duration(index))).collect(),
        }
    }
}

/// The frame on screen at each time. With `hold_last` the last frame stays on screen for ever.
pub(crate) fn played_at(medium: &Medium, times: &[Rational], hold_last: bool) -> Result<Slots> {
    let timeline = &medium.video()?.timeline;
    if !times.is_empty() {
        medium.gives_nothing(timeline.stream)?;
    }
    let slot = |time: &Rational| match sampling::on_screen(timeline, *time, hold_last) {
        Some(frame_index) => Ok(Some(frame_index)),
        None => {
            let what = match (timeline.start(), timeline.end()) {
                (Some(start), Some(end)) => {
                    format!("times must be in [{start}, {end}) s, got {time}; see Media.metadata")
                }
                _ => NO_FRAMES.to_owned(),
            };
            Err(Error::new(ErrorKind::TimeOutOfRange, what, medium.name()))
        }
    };
    times.iter().map(slot).collect()
}

/// Frames by index in display order; negative indices count from the end.
pub(crate) fn by_index(medium: &Medium, indices: &[i64]) -> Result<Slots> {
    let timeline = &medium.video()?.timeline;
    if !indices.is_empty() {
        medium.gives_nothing(timeline.stream)?;
    }
    let count = i64::try_from(timeline.len()).unwrap_or(i64::MAX);
    let slot = |index: &i64| {
        let from_start = if *index < 0 { index.saturating_add(count) } else { *index };
        match frame_index(timeline, from_start) {
            Some(frame_index) => Ok(Some(frame_index)),
            None => Err(no_such_frame(medium, *index, -count, count)),
        }
    };
    indices.iter().map(slot).collect()
}

/// The frames of a span.
pub(crate) fn in_span(medium: &Medium, span: Span, sampling: Sampling) -> Result<Slots> {
    let timeline = &medium.video()?.timeline;
    medium.gives_nothing(timeline.stream)?;
    sampling.slots(timeline, span, medium.name())
}

/// The frame of an index that counts from the start.
pub(crate) fn frame_index(timeline: &VideoTimeline, index: i64) -> Option<FrameIndex> {
    usize::try_from(index).ok().filter(|index| *index < timeline.len()).map(FrameIndex)
}

/// The error of an index for which there is no frame; those from `least` to below `count` have one.
pub(crate) fn no_such_frame(medium: &Medium, index: i64, least: i64, count: i64) -> Error {
    let what = match count {
        0 => NO_FRAMES.to_owned(),
        _ => format!("indices must be from {least} to {}, got {index}; see Media.metadata", count - 1),
    };
    Error::new(ErrorKind::FrameIndexError, what, medium.name()).of_frame(index)
}

const NO_FRAMES: &str = "the video track has no frames; see Media.metadata";
