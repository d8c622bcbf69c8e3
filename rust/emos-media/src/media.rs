//! One opened source: everything that a caller can read of it.

use std::sync::Arc;

use emos_time::{Rational, Span};

use crate::audio::chunk::ChunkCache;
use crate::audio::track::AudioTrack;
use crate::audio::{self, AudioReading, Samples};
use crate::error::{Error, ErrorKind, Result};
use crate::frames::{self, Frames, Slots, MAX_BYTES};
use crate::index::Entry;
use crate::metadata::Metadata;
use crate::shared::{Counters, Shared};
use crate::source::Stop;
use crate::stream::{WindowFormat, WindowStream};
use crate::ticks;
use crate::video::geometry::Geometry;
use crate::video::timeline::VideoTimeline;
use crate::video::VideoTrack;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    #[default]
    Raise,
    Mask,
}

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
    shared: Shared,
    video: Option<VideoTrack>,
    audio: Option<AudioTrack>,
    cache: ChunkCache,
    metadata: Metadata,
    on_error: OnError,
    threads: usize,
}

impl Media {
    pub(crate) fn new(
        shared: Shared,
        metadata: Metadata,
        (video, audio): (Option<VideoTrack>, Option<AudioTrack>),
        on_error: OnError,
        threads: usize,
    ) -> Self {
        Media { shared, video, audio, cache: ChunkCache::default(), metadata, on_error, threads }
    }

    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    #[must_use]
    pub fn on_error(&self) -> OnError {
        self.on_error
    }

    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    #[must_use]
    pub fn has_video(&self) -> bool {
        self.video.is_some()
    }

    #[must_use]
    pub fn has_audio(&self) -> bool {
        self.audio.is_some()
    }

    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.counters.read()
    }

    /// # Errors
    /// Memory ran out.
    pub fn save_index(&self) -> Result<Vec<u8>> {
        self.shared.index.save(self.shared.name())
    }

    /// # Errors
    /// There is no video track, or none is chosen.
    pub fn video(&self) -> Result<&VideoTrack> {
        self.video.as_ref().ok_or_else(|| {
            let what = "no video track is chosen, or there is none; see Media.metadata";
            Error::new(ErrorKind::NoSuchTrack, what, self.shared.name())
        })
    }

    /// # Errors
    /// There is no audio track, or none is chosen.
    pub fn audio(&self) -> Result<&AudioTrack> {
        self.audio.as_ref().ok_or_else(|| {
            let what = "no audio track is chosen, or there is none; see Media.metadata";
            Error::new(ErrorKind::NoSuchTrack, what, self.shared.name())
        })
    }

    /// The unit of the ticks of [`Media::timeline`]: the coarsest in which both the ticks of the video track and media
    /// zero are integers. `None` without video.
    #[must_use]
    pub fn video_unit(&self) -> Option<Rational> {
        let timeline = &self.video.as_ref()?.timeline;
        let tick = Rational::new(timeline.time_base.0.into(), timeline.time_base.1.into())?;
        ticks::common_unit(tick, timeline.time_of(0)?)
    }

    /// # Errors
    /// There is no video track, or its ticks do not fit in 64 bits.
    pub fn timeline(&self) -> Result<Timeline> {
        let timeline = &self.video()?.timeline;
        let entries = self.shared.index.track(timeline.stream).map_or(&[][..], |track| &track.entries);
        self.in_units(timeline, entries).ok_or_else(|| {
            let what = "the ticks of the video track must fit in 64 bits; use the exact times of its frames";
            Error::new(ErrorKind::TooLarge, what, self.shared.name())
        })
    }

    fn in_units(&self, timeline: &VideoTimeline, entries: &[Entry]) -> Option<Timeline> {
        let unit = self.video_unit()?;
        let tick = Rational::new(timeline.time_base.0.into(), timeline.time_base.1.into())?;
        let scale = ticks::in_units(tick, unit)?;
        let offset = ticks::in_units(timeline.time_of(0)?, unit)?;
        let mut table = Timeline { time_base: Some(unit), ..Timeline::default() };
        for frame in &timeline.frames {
            table.pts.push(frame.pts.checked_mul(scale)?.checked_add(offset)?);
            table.duration.push(frame.end.checked_sub(frame.pts)?.checked_mul(scale)?);
            let key = entries.get(frame.packet as usize).is_some_and(|entry| entry.is(crate::index::KEY));
            table.key.push(u8::from(key));
        }
        Some(table)
    }

    /// The frame on screen at each time; order and repeats are kept.
    ///
    /// # Errors
    /// A time is outside of the track, or decoding failed.
    pub fn frames_played_at(
        self: &Arc<Self>,
        times: &[Rational],
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let timeline = &self.video()?.timeline;
        let slots = times.iter().map(|time| match timeline.on_screen(*time) {
            Some(frame_index) => Ok(Some(frame_index)),
            None => {
                let what = match (timeline.start(), timeline.end()) {
                    (Some(start), Some(end)) => {
                        format!("times must be in [{start}, {end}) s, got {time}; see Media.metadata")
                    }
                    _ => "the video track has no frames; see Media.metadata".to_owned(),
                };
                Err(Error::new(ErrorKind::TimeOutOfRange, what, self.shared.name()))
            }
        });
        let slots = slots.collect::<Result<Slots>>()?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// Frames by index in display order; negative indices count from the end.
    ///
    /// # Errors
    /// There is no such frame, or decoding failed.
    pub fn frames_by_index(
        self: &Arc<Self>,
        indices: &[i64],
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let count = i64::try_from(self.video()?.timeline.len()).unwrap_or(i64::MAX);
        let slots = indices.iter().map(|index| {
            let from_start = if *index < 0 { index.saturating_add(count) } else { *index };
            match usize::try_from(from_start) {
                Ok(frame_index) if (frame_index as i64) < count => Ok(Some(frame_index)),
                _ => {
                    let what = match count {
                        0 => "the video track has no frames; see Media.metadata".to_owned(),
                        _ => format!(
                            "indices must be from {} to {}, got {index}; see Media.metadata",
                            -count,
                            count - 1
                        ),
                    };
                    Err(Error::new(ErrorKind::FrameIndexError, what, self.shared.name()).of_frame(*index))
                }
            }
        });
        let slots = slots.collect::<Result<Slots>>()?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// Frames of a span: those of the fps grid, or all that are on screen. Slots outside of the track are not valid.
    ///
    /// # Errors
    /// There is no video track, the result would not fit, or decoding failed.
    pub fn frames_in(
        self: &Arc<Self>,
        span: Span,
        fps: Option<Rational>,
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        self.frames_shape(span, fps, geometry)?;
        let slots = frames::slots_in(&self.video()?.timeline, span, fps, self.shared.name())?;
        self.read_frames(&slots, geometry, out, stop)
    }

    /// The shape of the result of [`Media::frames_in`]; `None` without video.
    ///
    /// # Errors
    /// The result would not fit, or the geometry does not suit the track.
    pub fn frames_shape(
        &self,
        span: Span,
        fps: Option<Rational>,
        geometry: &Geometry,
    ) -> Result<Option<[usize; 4]>> {
        let Some(video) = &self.video else { return Ok(None) };
        let name = self.shared.name();
        let count = match fps {
            Some(fps) => frames::grid_count(span, fps, name)?,
            None => {
                let (first, end) =
                    video.timeline.on_screen_in(span).ok_or_else(|| frames::time_overflow(name))?;
                i64::try_from(end - first).unwrap_or(i64::MAX)
            }
        };
        let size = video.output(&self.shared, geometry)?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        frames::shape(count, size, geometry.dimension_order(), name).map(Some)
    }

    fn read_frames(
        self: &Arc<Self>,
        slots: &Slots,
        geometry: &Geometry,
        out: Option<&mut [u8]>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let _scope = emos_ffmpeg::log::Scope::enter(self.shared.source.name());
        self.shared.source.check_unchanged()?;
        frames::read(self, slots, geometry, out, stop)
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
        let _scope = emos_ffmpeg::log::Scope::enter(self.shared.source.name());
        let name = self.shared.name();
        self.shared.source.check_unchanged()?;
        let audio = self.audio()?;
        let format = audio.format(name, rate, channels)?;
        let (first, end) =
            audio::sample_range(span, format.rate).ok_or_else(|| frames::time_overflow(name))?;
        let length = u64::try_from(end - first).unwrap_or(0);
        let bytes = length.saturating_mul(4).saturating_mul(u64::from(format.channels));
        if bytes > MAX_BYTES {
            let what = format!(
                "the samples must take at most {MAX_BYTES} bytes, got {bytes} for {length} of {} channels; ask for a \
                 shorter span",
                format.channels
            );
            return Err(Error::new(ErrorKind::TooLarge, what, name));
        }
        let shape = [format.channels as usize, usize::try_from(length).unwrap_or(0)];
        let total = shape[0] * shape[1];
        let has_out = out.is_some();
        let mut own = Vec::new();
        let out = match out {
            Some(out) if out.len() == total => {
                out.fill(0.0);
                out
            }
            Some(out) => {
                let what = format!(
                    "out must have {total} samples and shape {shape:?}, got {} samples; make an array of that shape",
                    out.len()
                );
                return Err(Error::new(ErrorKind::InvalidArgument, what, name));
            }
            None => {
                own = vec![0.0; total];
                own.as_mut_slice()
            }
        };
        let track = self.shared.index.track(audio.stream);
        let track = track.ok_or_else(|| {
            Error::new(
                ErrorKind::NoSuchTrack,
                "the audio track is not in the index; open the source again",
                name,
            )
        })?;
        let reading = AudioReading { shared: &self.shared, track, audio, cache: &self.cache };
        let (valid, damaged) = reading.read(first, end, format, out, stop)?;
        if damaged && self.on_error == OnError::Raise {
            let what = format!(
                "audio in [{}, {}) s is damaged; open with on_error=\"mask\" to read past damage",
                span.start(),
                span.end()
            );
            return Err(Error::new(ErrorKind::DecodeError, what, name));
        }
        let data = (!has_out).then_some(own);
        Ok(Samples { data, shape, first_sample: first, sample_rate: format.rate, valid, damaged })
    }

    /// Windows over spans that are sorted by start, without the first `skip`.
    ///
    /// # Errors
    /// The spans are not sorted, or the format does not suit the tracks.
    pub fn windows(
        self: &Arc<Self>,
        spans: Vec<Span>,
        format: WindowFormat,
        skip: usize,
    ) -> Result<WindowStream> {
        WindowStream::new(self, spans, format, skip)
    }
}
