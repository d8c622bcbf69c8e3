//! Windows in order, where each frame and each sample is decoded once.

use std::sync::Arc;

use emos_time::Span;

use crate::buffer::Buffer;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::frames::{self, Filling, Frames};
use crate::medium::Medium;
use crate::numbers::FrameIndex;
use crate::samples::{Samples, Wanted};
use crate::sampling::Sampling;
use crate::source::Stop;
use crate::video::geometry::Geometry;

/// What a window holds.
#[derive(Clone, Debug)]
pub struct WindowFormat {
    pub sampling: Sampling,
    pub geometry: Geometry,
    pub rate: Option<u32>,
    pub channels: Option<u32>,
}

/// Memory of the caller for one window; where it is `None`, the window brings its own.
#[derive(Debug, Default)]
pub struct WindowOut<'a> {
    pub frames: Option<&'a mut [u8]>,
    pub samples: Option<&'a mut [f32]>,
}

/// The shapes of the arrays of a window; `None` for a track that is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowShape {
    /// `[T, H, W, 3]` or `[T, 3, H, W]`.
    pub frames: Option<[usize; 4]>,
    /// Channels and samples.
    pub samples: Option<[usize; 2]>,
}

/// The memory of one window, and the shape that it has.
#[derive(Debug)]
struct Buffers<'a> {
    frames: Option<([usize; 4], Buffer<'a, u8>)>,
    samples: Option<(Wanted, Buffer<'a, f32>)>,
}

/// Windows in the order of their starts. Keeps the frames of the present window, and those that were prefetched.
#[derive(Debug)]
pub struct WindowStream {
    medium: Arc<Medium>,
    spans: Vec<Span>,
    format: WindowFormat,
    next: usize,
    engine: Option<Engine>,
}

impl WindowStream {
    pub(crate) fn new(
        medium: &Arc<Medium>,
        spans: Vec<Span>,
        format: WindowFormat,
        skip: usize,
    ) -> Result<Self> {
        let name = medium.name();
        if let Some(at) = spans.windows(2).position(|pair| pair[1].start() < pair[0].start()) {
            let (before, start) = (spans[at].start(), spans[at + 1].start());
            let what = format!(
                "spans must be sorted by their start, got {start} s after {before} s; sort the spans"
            );
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        if spans.is_empty() {
            // No window will say it: without packets there is no duration either.
            let chosen = [
                medium.video.as_ref().map(|video| video.timeline.stream),
                medium.audio.as_ref().map(|audio| audio.stream),
            ];
            chosen.into_iter().flatten().try_for_each(|stream| medium.gives_nothing(stream).map(|_| ()))?;
        }
        if let Some(video) = &medium.video {
            video.output(&medium.shared, &format.geometry)?;
        }
        if medium.audio.is_some() {
            medium.audio_format(format.rate, format.channels)?;
        }
        Ok(WindowStream { medium: Arc::clone(medium), spans, format, next: skip, engine: None })
    }

    /// How many windows were returned or skipped.
    #[must_use]
    pub fn index(&self) -> usize {
        self.next
    }

    /// The shapes of the next window; `None` after the last one. It counts, and decodes nothing.
    ///
    /// # Errors
    /// The window would not fit into memory. [`WindowStream::next`] gives the same error, and goes on after it.
    pub fn next_shape(&self) -> Result<Option<WindowShape>> {
        let Some(span) = self.spans.get(self.next) else { return Ok(None) };
        let (frames, samples) = self.shapes(*span)?;
        Ok(Some(WindowShape { frames, samples: samples.map(|wanted| wanted.shape) }))
    }

    fn shapes(&self, span: Span) -> Result<(Option<[usize; 4]>, Option<Wanted>)> {
        let (medium, format) = (&*self.medium, &self.format);
        let frames = match medium.video {
            Some(_) => Some(frames::shape_in(medium, span, format.sampling, &format.geometry)?),
            None => None,
        };
        let samples = match medium.audio {
            Some(_) => Some(Wanted::new(medium, span, format.rate, format.channels)?),
            None => None,
        };
        Ok((frames, samples))
    }

    /// The frames and the audio of the next window; `None` after the last one. With `out`, they are written into the
    /// caller's memory, all of it; after an error it may hold anything.
    ///
    /// An error does not end the stream: the next call gives the next window. It gives the same one after an interruption,
    /// and where `out` does not have the size of the window.
    pub fn next(
        &mut self,
        out: WindowOut<'_>,
        stop: &dyn Stop,
    ) -> Option<Result<(Option<Frames>, Option<Samples>)>> {
        let span = *self.spans.get(self.next)?;
        let shapes = match self.shapes(span) {
            Ok(shapes) => shapes,
            Err(error) => {
                self.next += 1;
                return Some(Err(error));
            }
        };
        let buffers = match self.buffers(shapes, out) {
            Ok(buffers) => buffers,
            Err(error) => return Some(Err(error)),
        };
        let window = self.window(span, buffers, stop);
        match &window {
            Ok(_) => self.next += 1,
            Err(error) => {
                // The state of a failed decoder is not used again. A window that was interrupted can be read again.
                self.engine = None;
                self.next += usize::from(error.kind() != ErrorKind::Interrupted);
            }
        }
        Some(window)
    }

    fn buffers<'a>(
        &self,
        (frames, samples): (Option<[usize; 4]>, Option<Wanted>),
        out: WindowOut<'a>,
    ) -> Result<Buffers<'a>> {
        let medium = &*self.medium;
        let absent = |kind: &str, count: usize, track: &str| {
            let what = format!(
                "out must have no {kind}, got {count}; leave them out, since no {track} track is chosen"
            );
            Err(Error::new(ErrorKind::InvalidArgument, what, medium.name()))
        };
        let frames = match (frames, out.frames) {
            (None, Some(out)) => return absent("bytes of frames", out.len(), "video"),
            (None, None) => None,
            (Some(shape), out) => Some((shape, frames::buffer(medium, out, &shape)?)),
        };
        let samples = match (samples, out.samples) {
            (None, Some(out)) => return absent("samples", out.len(), "audio"),
            (None, None) => None,
            (Some(wanted), out) => Some((wanted, wanted.buffer(medium, out)?)),
        };
        Ok(Buffers { frames, samples })
    }

    fn window(
        &mut self,
        span: Span,
        buffers: Buffers<'_>,
        stop: &dyn Stop,
    ) -> Result<(Option<Frames>, Option<Samples>)> {
        let medium = Arc::clone(&self.medium);
        let _scope = medium.begin_read()?;
        let frames = match buffers.frames {
            Some((shape, buffer)) => Some(self.frames(span, shape, buffer, stop)?),
            None => None,
        };
        let samples = match buffers.samples {
            Some((wanted, buffer)) => Some(wanted.read(&medium, buffer, stop)?),
            None => None,
        };
        Ok((frames, samples))
    }

    fn frames(
        &mut self,
        span: Span,
        shape: [usize; 4],
        buffer: Buffer<'_, u8>,
        stop: &dyn Stop,
    ) -> Result<Frames> {
        let medium = Arc::clone(&self.medium);
        let video = medium.video()?;
        let slots = self.format.sampling.slots(&video.timeline, span, medium.name())?;
        let mut filling =
            Filling::new(&video.timeline, &slots, shape, self.format.geometry.dimension_order(), buffer);
        if medium.gives_nothing(video.timeline.stream)? {
            filling.lose_all();
        } else if slots.iter().any(Option::is_some) {
            let engine = match self.engine.take().filter(|engine| !engine.is_orphan()) {
                Some(engine) => engine,
                None => self.begin(&medium)?,
            };
            let engine = self.engine.insert(engine);
            // Later windows start no earlier. Their grids may lie before the first frame of this one's.
            engine.evict_before(self.format.sampling.first(&video.timeline, span, medium.name())?);
            for (slot, frame_index) in slots.iter().enumerate() {
                if let Some(frame_index) = frame_index {
                    filling.write(slot, &*engine.get(*frame_index, stop)?);
                }
            }
        }
        filling.finish(&medium)
    }

    /// Plan every frame of this window and the later ones.
    fn begin(&self, medium: &Arc<Medium>) -> Result<Engine> {
        let video = medium.video()?;
        let mut needed = vec![false; video.timeline.len()];
        for span in self.spans.iter().skip(self.next) {
            for slot in self.format.sampling.slots(&video.timeline, *span, medium.name())? {
                if let Some(flag) = slot.and_then(|frame_index| needed.get_mut(frame_index.0)) {
                    *flag = true;
                }
            }
        }
        let indices = (0..needed.len()).filter(|index| needed[*index]);
        let wanted: Vec<FrameIndex> = indices.map(FrameIndex).collect();
        Engine::start(medium, &self.format.geometry, &wanted, medium.threads)
    }
}
