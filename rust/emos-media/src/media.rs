//! One opened source: everything that a caller can read of it.

use std::sync::Arc;

use emos_time::{Rational, Span};

use crate::error::{Error, ErrorKind, Result};
use crate::frames::{self, Frames};
use crate::index::{Entry, CORRUPT, DISCARD, DISPOSABLE, KEY};
use crate::medium::Medium;
use crate::metadata::Metadata;
use crate::numbers::Ticks;
use crate::samples::{Samples, Wanted};
use crate::sampling::{Sampling, Slots};
use crate::shared::Counters;
use crate::slots::{self, FrameSlots};
use crate::source::Stop;
use crate::stream::{WindowFormat, WindowStream};
use crate::ticks;
use crate::video::geometry::Geometry;
use crate::video::timeline::VideoTimeline;

/// The frames of a video track, and which are keyframes.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Media time in units of `time_base`.
    pub pts: Vec<i64>,
    pub duration: Vec<i64>,
    pub key: Vec<u8>,
    pub time_base: Option<Rational>,
}

/// An opened source with its index. Reading needs no `&mut`, so any number of threads may read at the same time.
#[derive(Debug)]
pub struct Media {
    medium: Arc<Medium>,
    metadata: Metadata,
}

impl Media {
    pub(crate) fn new(medium: Medium, metadata: Metadata) -> Self {
        Media { medium: Arc::new(medium), metadata }
    }

    pub(crate) fn medium(&self) -> &Medium {
        &self.medium
    }

    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    #[must_use]
    pub fn counters(&self) -> Counters {
        self.medium.shared.counters.read()
    }

    /// # Errors
    /// Memory ran out.
    pub fn save_index(&self) -> Result<Vec<u8>> {
        self.medium.shared.index.save(self.medium.name())
    }

    /// The packets of all tracks as bytes, of which a digest is made: for each track its stream, time base and number of
    /// packets, then the pts, size and flags of each packet. Flags that decoders measure are left out.
    #[must_use]
    pub fn packet_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for track in &self.medium.shared.index.tracks {
            bytes.extend((track.stream as u64).to_le_bytes());
            bytes.extend(track.time_base.0.to_le_bytes());
            bytes.extend(track.time_base.1.to_le_bytes());
            bytes.extend((track.entries.len() as u64).to_le_bytes());
            for entry in &track.entries {
                bytes.extend(entry.pts.0.to_le_bytes());
                bytes.extend(entry.size.to_le_bytes());
                bytes.push(entry.flags & (KEY | DISCARD | DISPOSABLE | CORRUPT));
            }
        }
        bytes
    }

    /// The unit of the ticks of [`Media::timeline`]: the coarsest in which both the ticks of the video track and media
    /// zero are integers. `None` without video.
    #[must_use]
    pub fn video_unit(&self) -> Option<Rational> {
        let timeline = &self.medium.video.as_ref()?.timeline;
        let tick = Rational::new(timeline.time_base.0.into(), timeline.time_base.1.into())?;
        ticks::common_unit(tick, timeline.time_of(Ticks::ZERO)?)
    }

    /// # Errors
    /// There is no video track, or its ticks do not fit in 64 bits.
    pub fn timeline(&self) -> Result<Timeline> {
        let timeline = &self.medium.video()?.timeline;
        let entries = self.medium.shared.index.track(timeline.stream).map_or(&[][..], |track| &track.entries);
        self.in_units(timeline, entries).ok_or_else(|| {
            let what = "the ticks of the video track must fit in 64 bits; use the exact times of its frames";
            Error::new(ErrorKind::TooLarge, what, self.medium.name())
        })
    }

    fn in_units(&self, timeline: &VideoTimeline, entries: &[Entry]) -> Option<Timeline> {
        let unit = self.video_unit()?;
        let tick = Rational::new(timeline.time_base.0.into(), timeline.time_base.1.into())?;
        let scale = ticks::in_units(tick, unit)?;
        let offset = ticks::in_units(timeline.time_of(Ticks::ZERO)?, unit)?;
        let mut table = Timeline { time_base: Some(unit), ..Timeline::default() };
        for frame in &timeline.frames {
            table.pts.push(frame.pts.0.checked_mul(scale)?.checked_add(offset)?);
            table.duration.push(frame.end.checked_sub(frame.pts)?.0.checked_mul(scale)?);
            let key = entries.get(frame.packet.index()).is_some_and(|entry| entry.is(crate::index::KEY));
            table.key.push(u8::from(key));
        }
        Some(table)
    }

    /// When the frames of the video track are on screen.
    ///
    /// # Errors
    /// There is no video track, or it has no frames.
    pub fn video_span(&self) -> Result<Span> {
        let timeline = &self.medium.video()?.timeline;
        let span = timeline.start().zip(timeline.end()).and_then(|(start, end)| Span::new(start, end));
        span.ok_or_else(|| {
            let what = "the video track has no frames; see Media.metadata";
            Error::new(ErrorKind::TimeOutOfRange, what, self.medium.name())
        })
    }

    /// The frame on screen at each time; order and repeats are kept. With `hold_last` the last frame stays on screen for
    /// ever.
    ///
    /// # Errors
    /// A time is outside of the track, or decoding failed.
    pub fn frames_played_at(
        &self,
        times: &[Rational],
        hold_last: bool,
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let slots = slots::played_at(&self.medium, times, hold_last)?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// Frames by index in display order; negative indices count from the end.
    ///
    /// # Errors
    /// There is no such frame, or decoding failed.
    pub fn frames_by_index(
        &self,
        indices: &[i64],
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let slots = slots::by_index(&self.medium, indices)?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// Frames of a span. Slots outside of the track are not valid.
    ///
    /// # Errors
    /// There is no video track, the result would not fit, or decoding failed.
    pub fn frames_in(
        &self,
        span: Span,
        sampling: Sampling,
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        self.medium.gives_nothing(self.medium.video()?.timeline.stream)?;
        self.frames_shape(span, sampling, geometry)?;
        let slots = slots::in_span(&self.medium, span, sampling)?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// The shape of the result of [`Media::frames_in`]; `None` without video.
    ///
    /// # Errors
    /// The result would not fit, or the geometry does not suit the track.
    pub fn frames_shape(
        &self,
        span: Span,
        sampling: Sampling,
        geometry: &Geometry,
    ) -> Result<Option<[usize; 4]>> {
        if self.medium.video.is_none() {
            return Ok(None);
        }
        frames::shape_in(&self.medium, span, sampling, geometry).map(Some)
    }

    /// Which frames [`Media::frames_played_at`] reads.
    ///
    /// # Errors
    /// Those of that call, but for decoding.
    pub fn slots_played_at(&self, times: &[Rational], hold_last: bool) -> Result<FrameSlots> {
        self.slots(slots::played_at(&self.medium, times, hold_last)?)
    }

    /// Which frames [`Media::frames_by_index`] reads.
    ///
    /// # Errors
    /// Those of that call, but for decoding.
    pub fn slots_by_index(&self, indices: &[i64]) -> Result<FrameSlots> {
        self.slots(slots::by_index(&self.medium, indices)?)
    }

    /// Which frames [`Media::frames_in`] reads.
    ///
    /// # Errors
    /// Those of that call, but for decoding.
    pub fn slots_in(&self, span: Span, sampling: Sampling) -> Result<FrameSlots> {
        self.slots(slots::in_span(&self.medium, span, sampling)?)
    }

    fn slots(&self, slots: Slots) -> Result<FrameSlots> {
        let _scope = self.medium.begin_read()?;
        Ok(FrameSlots::new(&self.medium.video()?.timeline, &slots))
    }

    fn read_frames(
        &self,
        slots: &Slots,
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let _scope = self.medium.begin_read()?;
        frames::read(&self.medium, slots, geometry, out, stop)
    }

    /// Samples of a span. Samples outside of the track, in a gap or in damage are zero and not valid.
    ///
    /// # Errors
    /// There is no audio track, the result would not fit, or decoding failed.
    pub fn samples_in(
        &self,
        span: Span,
        rate: Option<u32>,
        channels: Option<u32>,
        out: Option<&mut [f32]>,
        stop: &dyn Stop,
    ) -> Result<Samples> {
        let _scope = self.medium.begin_read()?;
        let wanted = Wanted::new(&self.medium, span, rate, channels)?;
        wanted.read(&self.medium, wanted.buffer(&self.medium, out)?, stop)
    }

    /// Windows over spans that are sorted by start, without the first `skip`.
    ///
    /// # Errors
    /// The spans are not sorted, or the format does not suit the tracks.
    pub fn windows(&self, spans: Vec<Span>, format: WindowFormat, skip: usize) -> Result<WindowStream> {
        WindowStream::new(&self.medium, spans, format, skip)
    }
}
