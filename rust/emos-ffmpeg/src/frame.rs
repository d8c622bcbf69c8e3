//! Decoded video frames and audio.

use std::ptr::NonNull;

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Result};

/// An owned AVFrame.
#[derive(Debug)]
pub struct Frame(NonNull<sys::AVFrame>);

// SAFETY: one owner; its buffers have atomic reference counts, and decoders do not write to frames they gave out.
unsafe impl Send for Frame {}

/// A rectangle of a frame, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Frame {
    /// # Errors
    /// Memory ran out.
    pub fn empty() -> Result<Self> {
        // SAFETY: a fresh frame or null.
        NonNull::new(unsafe { sys::av_frame_alloc() })
            .map(Frame)
            .ok_or_else(|| out_of_memory("allocating a frame"))
    }

    /// A video frame with memory of its own; its contents are undefined.
    ///
    /// # Errors
    /// Memory ran out or the size is over FFmpeg's limits.
    pub(crate) fn allocate(width: u32, height: u32, format: i32) -> Result<Self> {
        let frame = Frame::empty()?;
        // SAFETY: the frame is fresh and ours.
        unsafe {
            let raw = &mut *frame.0.as_ptr();
            raw.width = i32::try_from(width).map_err(|_| out_of_memory("allocating a frame"))?;
            raw.height = i32::try_from(height).map_err(|_| out_of_memory("allocating a frame"))?;
            raw.format = format;
            check("allocating a frame", sys::av_frame_get_buffer(raw, 0))?;
        }
        Ok(frame)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::AVFrame {
        self.0.as_ptr()
    }

    pub(crate) fn raw(&self) -> &sys::AVFrame {
        // SAFETY: valid as long as self.
        unsafe { self.0.as_ref() }
    }

    /// The id of the packet that holds the frame, if the decoder kept it.
    #[must_use]
    pub fn packet_id(&self) -> Option<i64> {
        crate::packet::known(self.raw().pts)
    }

    /// Whether the decoder reports an error in the frame.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        self.raw().flags & sys::AV_FRAME_FLAG_CORRUPT != 0 || self.raw().decode_error_flags != 0
    }

    #[must_use]
    pub fn width(&self) -> u32 {
        u32::try_from(self.raw().width).unwrap_or(0)
    }

    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.raw().height).unwrap_or(0)
    }

    #[must_use]
    pub fn num_samples(&self) -> usize {
        usize::try_from(self.raw().nb_samples).unwrap_or(0)
    }

    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        u32::try_from(self.raw().sample_rate).unwrap_or(0)
    }

    #[must_use]
    pub fn num_channels(&self) -> u32 {
        u32::try_from(self.raw().ch_layout.nb_channels).unwrap_or(0)
    }

    /// Log2 of the horizontal and vertical distance of chroma samples.
    #[must_use]
    pub fn chroma_shift(&self) -> (u32, u32) {
        descriptor(self.raw().format).map_or((0, 0), |d| (d.log2_chroma_w.into(), d.log2_chroma_h.into()))
    }

    /// A rectangle of the frame, in the same memory. Its left and top must be on the chroma grid.
    ///
    /// # Errors
    /// The rectangle is not inside the frame or not on the grid, or memory ran out.
    pub fn cropped(&self, rect: Rect) -> Result<Frame> {
        const DOING: &str = "cropping a frame";
        let invalid = || crate::error::Error::new(DOING, sys::AVERROR(libc::EINVAL));
        let right = rect.left.checked_add(rect.width).ok_or_else(invalid)?;
        let bottom = rect.top.checked_add(rect.height).ok_or_else(invalid)?;
        let (shift_x, shift_y) = self.chroma_shift();
        let aligned = rect.left % (1 << shift_x) == 0 && rect.top % (1 << shift_y) == 0;
        if rect.width == 0 || rect.height == 0 || right > self.width() || bottom > self.height() || !aligned {
            return Err(invalid());
        }
        let cropped = Frame::empty()?;
        // SAFETY: the rectangle was checked, so every moved pointer is still inside its plane.
        unsafe {
            check(DOING, sys::av_frame_ref(cropped.0.as_ptr(), self.0.as_ptr()))?;
            let raw = &mut *cropped.0.as_ptr();
            raw.width = i32::try_from(rect.width).map_err(|_| invalid())?;
            raw.height = i32::try_from(rect.height).map_err(|_| invalid())?;
            for plane in planes(raw.format) {
                let left = (rect.left >> plane.shift_x) as usize * plane.step;
                let top = (rect.top >> plane.shift_y) as isize * raw.linesize[plane.index] as isize;
                raw.data[plane.index] = raw.data[plane.index].offset(top).add(left);
            }
        }
        Ok(cropped)
    }

    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Frame> {
        let copy = Frame::empty()?;
        // SAFETY: both are valid.
        check("copying a frame", unsafe { sys::av_frame_ref(copy.0.as_ptr(), self.0.as_ptr()) })?;
        Ok(copy)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut frame = self.0.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::av_frame_free(&mut frame) }
    }
}

/// One plane of a pixel format.
pub(crate) struct Plane {
    pub index: usize,
    pub shift_x: u32,
    pub shift_y: u32,
    /// Bytes from one pixel of the plane to the next.
    pub step: usize,
}

pub(crate) fn descriptor(format: i32) -> Option<&'static sys::AVPixFmtDescriptor> {
    // SAFETY: a static table entry or null.
    unsafe { sys::av_pix_fmt_desc_get(sys::AVPixelFormat(format)).as_ref() }
}

/// The planes of a format in memory order; none for formats that are not in plain memory.
pub(crate) fn planes(format: i32) -> Vec<Plane> {
    let Some(described) = descriptor(format) else { return Vec::new() };
    let mut found: Vec<Plane> = Vec::new();
    for (number, part) in described.comp.iter().take(described.nb_components.into()).enumerate() {
        let index = usize::try_from(part.plane).unwrap_or(0);
        let step = usize::try_from(part.step).unwrap_or(0);
        let chroma = number == 1 || number == 2;
        let (shift_x, shift_y) =
            if chroma { (described.log2_chroma_w.into(), described.log2_chroma_h.into()) } else { (0, 0) };
        if let Some(plane) = found.iter_mut().find(|plane| plane.index == index) {
            plane.step = plane.step.max(step);
        } else {
            found.push(Plane { index, shift_x, shift_y, step });
        }
    }
    found
}
