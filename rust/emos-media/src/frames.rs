//! The frames of one call.

use std::collections::HashMap;
use std::sync::Arc;

use emos_time::{Rational, Span};

use crate::buffer::Buffer;
pub(crate) use crate::buffer::MAX_BYTES;
use crate::engine::Engine;
pub(crate) use crate::error::time_overflow;
use crate::error::{Error, ErrorKind, Result};
use crate::medium::{Medium, OnError};
use crate::numbers::FrameIndex;
use crate::sampling::{Sampling, Slots};
use crate::source::Stop;
use crate::video::geometry::{DimensionOrder, Geometry};
use crate::video::timeline::VideoTimeline;
use crate::video::RgbFrame;

/// Frames as a caller gets them: uint8 RGB.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// `None` where the caller's own memory was filled.
    pub data: Option<Vec<u8>>,
    /// `[T, H, W, 3]` or `[T, 3, H, W]`.
    pub shape: [usize; 4],
    /// Media time; `None` where there is no frame.
    pub pts: Vec<Option<Rational>>,
    pub duration: Vec<Option<Rational>>,
    pub valid: Vec<bool>,
    pub damaged: Vec<bool>,
}

/// The shape of a result with `count` frames, if it is not too large.
pub(crate) fn shape(medium: &Medium, count: usize, geometry: &Geometry) -> Result<[usize; 4]> {
    let (height, width) = medium.video()?.output(&medium.shared, geometry)?;
    let bytes = u64::from(height) * u64::from(width) * 3 * count as u64;
    if bytes > MAX_BYTES {
        let what = format!(
            "the frames must take at most {MAX_BYTES} bytes, got {bytes} for {count} of {width} x {height}; ask for fewer \
             or smaller frames, or read them in windows"
        );
        return Err(Error::new(ErrorKind::TooLarge, what, medium.name()));
    }
    let (height, width) = (height as usize, width as usize);
    Ok(match geometry.dimension_order() {
        DimensionOrder::Thwc => [count, height, width, 3],
        DimensionOrder::Tchw => [count, 3, height, width],
    })
}

/// The shape of the frames of a span. It counts the slots and makes none.
pub(crate) fn shape_in(
    medium: &Medium,
    span: Span,
    sampling: Sampling,
    geometry: &Geometry,
) -> Result<[usize; 4]> {
    let count = sampling.count(&medium.video()?.timeline, span, medium.name())?;
    shape(medium, count, geometry)
}

/// Memory for frames of a shape.
pub(crate) fn buffer<'a>(
    medium: &Medium,
    out: Option<&'a mut [u8]>,
    shape: &[usize; 4],
) -> Result<Buffer<'a, u8>> {
    Buffer::new(out, shape, "bytes", medium.name())
}

/// A result that gets its frames one after another.
#[derive(Debug)]
pub(crate) struct Filling<'a> {
    frames: Frames,
    slots: &'a Slots,
    order: DimensionOrder,
    buffer: Buffer<'a, u8>,
}

impl<'a> Filling<'a> {
    /// No slot is valid before its frame is written.
    pub fn new(
        timeline: &VideoTimeline,
        slots: &'a Slots,
        shape: [usize; 4],
        order: DimensionOrder,
        buffer: Buffer<'a, u8>,
    ) -> Self {
        let frames = Frames {
            data: None,
            shape,
            pts: slots.iter().map(|slot| slot.and_then(|index| timeline.pts(index))).collect(),
            duration: slots.iter().map(|slot| slot.and_then(|index| timeline.duration(index))).collect(),
            valid: vec![false; slots.len()],
            damaged: vec![false; slots.len()],
        };
        Filling { frames, slots, order, buffer }
    }

    /// Write a frame into a slot, in the order of axes that was asked for.
    pub fn write(&mut self, slot: usize, frame: &RgbFrame) {
        self.frames.damaged[slot] |= frame.damaged;
        if let (Some(pixels), Some(target)) = (&frame.pixels, pixels_of(&self.frames, &mut self.buffer, slot))
        {
            match self.order {
                DimensionOrder::Thwc => target.copy_from_slice(pixels),
                DimensionOrder::Tchw => write_planes(pixels, target),
            }
            self.frames.valid[slot] = true;
        }
    }

    /// Nothing can be decoded.
    pub fn lose_all(&mut self) {
        self.frames.damaged.fill(true);
    }

    /// The result. Slots that no frame was written to are zeros. With `on_error="raise"`, the first damaged frame is an
    /// error.
    pub fn finish(mut self, medium: &Medium) -> Result<Frames> {
        refuse_damage(medium, self.slots, &self.frames)?;
        for slot in 0..self.slots.len() {
            if !self.frames.valid[slot] {
                pixels_of(&self.frames, &mut self.buffer, slot).unwrap_or_default().fill(0);
                self.frames.pts[slot] = None;
                self.frames.duration[slot] = None;
            }
        }
        self.frames.data = self.buffer.into_own();
        Ok(self.frames)
    }
}

/// Write pixels, channels last, as a plane of each channel.
fn write_planes(pixels: &[u8], planes: &mut [u8]) {
    let length = (planes.len() / 3).max(1);
    for (channel, plane) in planes.chunks_exact_mut(length).enumerate() {
        for (value, pixel) in plane.iter_mut().zip(pixels.chunks_exact(3)) {
            *value = pixel[channel];
        }
    }
}

fn pixels_of<'b>(frames: &Frames, buffer: &'b mut Buffer<'_, u8>, slot: usize) -> Option<&'b mut [u8]> {
    let bytes: usize = frames.shape[1..].iter().product();
    buffer.as_mut_slice().get_mut(slot * bytes..(slot + 1) * bytes)
}

fn refuse_damage(medium: &Medium, slots: &Slots, frames: &Frames) -> Result<()> {
    if medium.on_error == OnError::Mask {
        return Ok(());
    }
    let Some(slot) = frames.damaged.iter().position(|damaged| *damaged) else { return Ok(()) };
    let frame_index = slots.get(slot).copied().flatten();
    let what = match frame_index {
        Some(frame_index) => {
            let time = medium
                .video()?
                .timeline
                .pts(frame_index)
                .map_or(String::new(), |time| format!(" at {time} s"));
            format!(
                "frame {}{time} is damaged; open with on_error=\"mask\" to read past damage",
                frame_index.0
            )
        }
        None => "a frame is damaged; open with on_error=\"mask\" to read past damage".to_owned(),
    };
    let error = Error::new(ErrorKind::DecodeError, what, medium.name());
    Err(match frame_index.and_then(|index| i64::try_from(index.0).ok()) {
        Some(index) => error.of_frame(index),
        None => error,
    })
}

/// Decode and convert the frames of all slots.
pub(crate) fn read(
    medium: &Arc<Medium>,
    slots: &Slots,
    geometry: &Geometry,
    out: Option<&mut [u8]>,
    stop: &dyn Stop,
) -> Result<Frames> {
    let video = medium.video()?;
    let nothing = !slots.is_empty() && medium.gives_nothing(video.timeline.stream)?;
    let shape = shape(medium, slots.len(), geometry)?;
    let mut filling =
        Filling::new(&video.timeline, slots, shape, geometry.dimension_order(), buffer(medium, out, &shape)?);
    if nothing {
        filling.lose_all();
        return filling.finish(medium);
    }
    let mut slots_of: HashMap<FrameIndex, Vec<usize>> = HashMap::new();
    for (slot, frame_index) in slots.iter().enumerate() {
        if let Some(frame_index) = frame_index {
            slots_of.entry(*frame_index).or_default().push(slot);
        }
    }
    let mut wanted: Vec<FrameIndex> = slots_of.keys().copied().collect();
    wanted.sort_unstable();
    let gops = video.by_gop(&wanted);
    let mut deliver = |frame: &RgbFrame| {
        for slot in slots_of.get(&frame.frame_index).into_iter().flatten() {
            filling.write(*slot, frame);
        }
    };
    if gops.len() < 2 || medium.threads < 2 {
        for gop in gops {
            video.read_gop(medium.packets(), gop, geometry, stop, &mut |frame| {
                deliver(&frame);
                Ok(true)
            })?;
        }
    } else {
        let mut engine = Engine::start(medium, geometry, &wanted, medium.threads)?;
        for frame_index in &wanted {
            deliver(&*engine.get(*frame_index, stop)?);
            engine.evict(*frame_index);
        }
    }
    filling.finish(medium)
}
