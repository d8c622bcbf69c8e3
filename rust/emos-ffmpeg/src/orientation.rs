//! Rotation and mirroring of frames for display, plane by plane, before anything is scaled.

use ffmpeg_sys_the_third as sys;

use crate::error::{check, Result};
use crate::frame::{planes, Frame, Plane};
use crate::scale::{Filter, Scaler};

/// How stored frames are rotated and mirrored for display, as FFmpeg's command line reads a display matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Orientation {
    /// Rows become columns; done first.
    pub transpose: bool,
    pub mirror_x: bool,
    pub mirror_y: bool,
}

impl Orientation {
    /// Frames are displayed as they are stored.
    pub const STORED: Orientation = Orientation { transpose: false, mirror_x: false, mirror_y: false };

    /// The quarter rotations and flips of a display matrix; `None` for any other angle, at which frames stay as stored.
    #[must_use]
    pub fn from_matrix(matrix: &[i32; 9]) -> Option<Self> {
        let degrees = rotation_degrees(matrix)?;
        let near = |angle: f64| (degrees - angle).abs() < 1.0;
        // The matrix maps stored x and y to displayed ones: [0] and [4] are the diagonal, [1] and [3] swap the axes.
        if near(90.0) {
            let flip = matrix[3] > 0;
            Some(Orientation { transpose: true, mirror_x: !flip, mirror_y: false })
        } else if near(180.0) {
            Some(Orientation { transpose: false, mirror_x: matrix[0] < 0, mirror_y: matrix[4] < 0 })
        } else if near(270.0) {
            let flip = matrix[3] < 0;
            Some(Orientation { transpose: true, mirror_x: flip, mirror_y: true })
        } else if degrees.abs() <= 1.0 || near(360.0) {
            Some(Orientation { mirror_y: matrix[4] < 0, ..Orientation::STORED })
        } else {
            None
        }
    }
}

/// Clockwise degrees in [0, 360) by which a player rotates the frames.
#[must_use]
pub fn rotation_degrees(matrix: &[i32; 9]) -> Option<f64> {
    // SAFETY: FFmpeg reads nine numbers.
    let counterclockwise = unsafe { sys::av_display_rotation_get(matrix.as_ptr()) };
    let degrees = (-counterclockwise).rem_euclid(360.0);
    degrees.is_finite().then_some(degrees)
}

impl Frame {
    /// The frame as it is displayed, in memory of its own. Colour tags are kept.
    ///
    /// # Errors
    /// Memory ran out, or the pixel format is not in plain memory.
    pub fn oriented(&self, orientation: Orientation) -> Result<Frame> {
        if orientation == Orientation::STORED {
            return self.try_clone();
        }
        let (shift_x, shift_y) = self.chroma_shift();
        if orientation.transpose && shift_x != shift_y {
            // Chroma that is denser in one direction cannot be transposed: it gets full density first.
            return Scaler::to_full_chroma(self, Filter::Bicubic)?.oriented(orientation);
        }
        let (width, height) =
            if orientation.transpose { (self.height(), self.width()) } else { (self.width(), self.height()) };
        let out = Frame::allocate(width, height, self.raw().format)?;
        // SAFETY: both frames are valid and ours.
        check("rotating a frame", unsafe { sys::av_frame_copy_props(out.as_ptr(), self.as_ptr()) })?;
        for plane in planes(self.raw().format) {
            orient_plane(self, &out, &plane, orientation);
        }
        copy_palette(self, &out);
        Ok(out)
    }
}

fn orient_plane(from: &Frame, to: &Frame, plane: &Plane, orientation: Orientation) {
    let size = |length: u32, shift: u32| (length as usize).div_ceil(1 << shift);
    let (columns, rows) = (size(to.width(), plane.shift_x), size(to.height(), plane.shift_y));
    let step = plane.step;
    let (source, target) = (from.raw(), to.raw());
    let (source_line, target_line) =
        (source.linesize[plane.index] as isize, target.linesize[plane.index] as isize);
    for y in 0..rows {
        let display_y = if orientation.mirror_y { rows - 1 - y } else { y };
        for x in 0..columns {
            let display_x = if orientation.mirror_x { columns - 1 - x } else { x };
            let (stored_x, stored_y) =
                if orientation.transpose { (display_y, display_x) } else { (display_x, display_y) };
            // SAFETY: both coordinates are inside planes of the sizes that FFmpeg allocated for them.
            unsafe {
                let read =
                    source.data[plane.index].offset(stored_y as isize * source_line).add(stored_x * step);
                let write = target.data[plane.index].offset(y as isize * target_line).add(x * step);
                std::ptr::copy_nonoverlapping(read, write, step);
            }
        }
    }
}

fn copy_palette(from: &Frame, to: &Frame) {
    let (source, target) = (from.raw(), to.raw());
    let described = crate::frame::descriptor(source.format);
    if described.is_some_and(|d| d.flags & (sys::AV_PIX_FMT_FLAG_PAL as u64) != 0)
        && !source.data[1].is_null()
    {
        // SAFETY: a palette is 256 entries of four bytes in the second plane of both.
        unsafe { std::ptr::copy_nonoverlapping(source.data[1], target.data[1], 1024) }
    }
}
