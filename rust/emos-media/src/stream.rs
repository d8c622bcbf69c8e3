//! Windows in order, where each frame and each sample is decoded once.

use std::sync::Arc;

use emos_time::{Rational, Span};

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::frames::{self, Frames};
use crate::medium::Medium;
use crate::samples::{self, Samples};
use crate::source::Stop;
use crate::video::geometry::Geometry;

/// What a window holds.
#[derive(Clone, Debug)]
pub struct WindowFormat {
    pub fps: Option<Rational>,
    pub geometry: Geometry,
    pub rate: Option<u32>,
    pub channels: Option<u32>,
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
        if let Some(video) = &medium.video {
            video.output(&medium.shared, &format.geometry)?;
        }
        if let Some(audio) = &medium.audio {
            audio.format(name, format.rate, format.channels)?;
        }
        Ok(WindowStream { medium: Arc::clone(medium), spans, format, next: skip, engine: None })
    }

    /// How many windows were returned or skipped.
    #[must_use]
    pub fn index(&self) -> usize {
        self.next
    }

    /// The frames and the audio of the next window; `None` after the last one.
    ///
    /// An error does not end the stream: the next call gives the next window, or the same one after an interruption.
    pub fn next(&mut self, stop: &dyn Stop) -> Option<Result<(Option<Frames>, Option<Samples>)>> {
        let span = *self.spans.get(self.next)?;
        let window = self.window(span, stop);
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

    fn window(&mut self, span: Span, stop: &dyn Stop) -> Result<(Option<Frames>, Option<Samples>)> {
        let medium = Arc::clone(&self.medium);
        let _scope = medium.begin_read()?;
        let frames = if self.medium.video.is_some() { Some(self.frames(span, stop)?) } else { None };
        let samples = if self.medium.audio.is_some() {
            Some(samples::read(&self.medium, span, self.format.rate, self.format.channels, None, stop)?)
        } else {
            None
        };
        Ok((frames, samples))
    }

    fn frames(&mut self, span: Span, stop: &dyn Stop) -> Result<Frames> {
        let medium = Arc::clone(&self.medium);
        let video = medium.video()?;
        let name = medium.name();
        let geometry = &self.format.geometry;
        let slots = frames::slots_in(&video.timeline, span, self.format.fps, name)?;
        let size = video.output(&medium.shared, geometry)?;
        let shape = frames::shape(slots.len(), size, geometry.dimension_order(), name)?;
        let mut frames = frames::without_pixels(&video.timeline, &slots, shape);
        let mut data = vec![0; shape.iter().product()];
        if slots.iter().any(Option::is_some) {
            if self.engine.as_ref().is_none_or(Engine::is_orphan) {
                self.engine = Some(self.begin(&medium)?);
            }
            let Some(engine) = &mut self.engine else { return Ok(frames) };
            if let Some(first) = slots.iter().flatten().min() {
                engine.evict_before(*first);
            }
            for (slot, frame_index) in slots.iter().enumerate() {
                if let Some(frame_index) = frame_index {
                    frames::write(&mut frames, &mut data, slot, &*engine.get(*frame_index, stop)?);
                }
            }
        }
        frames::refuse_damage(&medium, &slots, &frames)?;
        frames.data = Some(data);
        Ok(frames)
    }

    /// Plan every frame of this window and the later ones.
    fn begin(&self, medium: &Arc<Medium>) -> Result<Engine> {
        let video = medium.video()?;
        let mut needed = vec![false; video.timeline.len()];
        for span in self.spans.iter().skip(self.next) {
            for slot in frames::slots_in(&video.timeline, *span, self.format.fps, medium.name())? {
                if let Some(flag) = slot.and_then(|frame_index| needed.get_mut(frame_index)) {
                    *flag = true;
                }
            }
        }
        let wanted: Vec<usize> =
            needed.iter().enumerate().filter(|(_, needed)| **needed).map(|(index, _)| index).collect();
        Engine::start(medium, &self.format.geometry, &wanted, medium.threads)
    }
}
