//! From decoded planes to RGB in one pass of swscale.

use std::ffi::c_int;
use std::ptr::NonNull;

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Error, Result};
use crate::frame::{descriptor, Frame};

// They were macros before FFmpeg 8, and are an enum since.
#[cfg(not(ffmpeg_8_0))]
use sys::{SWS_BICUBIC as BICUBIC, SWS_BILINEAR as BILINEAR};
#[cfg(ffmpeg_8_0)]
const BICUBIC: u32 = sys::SwsFlags::BICUBIC.0;
#[cfg(ffmpeg_8_0)]
const BILINEAR: u32 = sys::SwsFlags::BILINEAR.0;

/// The kernel: `flags=bicubic` or `flags=bilinear` of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    Bicubic,
    Bilinear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setup {
    source: (i32, i32, i32),
    range: sys::AVColorRange,
    matrix: sys::AVColorSpace,
    target: (u32, u32, i32),
    filter: Filter,
}

/// Converts frames and keeps the tables of the last conversion.
#[derive(Debug, Default)]
pub struct Scaler(Option<(Setup, Context)>);

#[derive(Debug)]
struct Context(NonNull<sys::SwsContext>);

// SAFETY: one owner, no threads inside.
unsafe impl Send for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: we own it.
        unsafe { sys::sws_freeContext(self.0.as_ptr()) }
    }
}

impl Scaler {
    /// Scale a frame to `width` x `height` RGB and write its rows, three bytes a pixel, `stride` bytes apart.
    ///
    /// # Errors
    /// swscale cannot read the pixel format, or `out` is too short.
    pub fn rgb(
        &mut self,
        frame: &Frame,
        width: u32,
        height: u32,
        filter: Filter,
        out: &mut [u8],
        stride: usize,
    ) -> Result<()> {
        let row = width as usize * 3;
        let needed =
            stride.checked_mul((height as usize).saturating_sub(1)).and_then(|rows| rows.checked_add(row));
        if needed.is_none_or(|needed| out.len() < needed) || stride < row {
            return Err(Error::new("converting a frame", sys::AVERROR(libc::EINVAL)));
        }
        let format = sys::AVPixelFormat::RGB24.0;
        // swscale writes full vectors; only memory with its padding gets the same bytes as on the command line.
        let scratch = Frame::allocate(width, height, format)?;
        self.convert(frame, &scratch, filter)?;
        let raw = scratch.raw();
        for y in 0..height as usize {
            // SAFETY: the scratch frame has `height` rows of at least `row` bytes.
            let line = unsafe {
                let start = raw.data[0].offset(y as isize * raw.linesize[0] as isize);
                std::slice::from_raw_parts(start.cast_const(), row)
            };
            if let Some(target) = out.get_mut(y * stride..y * stride + row) {
                target.copy_from_slice(line);
            }
        }
        Ok(())
    }

    /// The frame as RGB at its own size, in memory of its own.
    ///
    /// # Errors
    /// swscale cannot read the pixel format, or memory ran out.
    pub fn to_rgb(&mut self, frame: &Frame, filter: Filter) -> Result<Frame> {
        let out = Frame::allocate(frame.width(), frame.height(), sys::AVPixelFormat::RGB24.0)?;
        // SAFETY: both are valid and `out` is ours.
        check("converting a frame", unsafe { sys::av_frame_copy_props(out.as_ptr(), frame.as_ptr()) })?;
        self.convert(frame, &out, filter)?;
        Ok(out)
    }

    /// The same frame with a chroma sample for every pixel.
    pub(crate) fn to_full_chroma(frame: &Frame, filter: Filter) -> Result<Frame> {
        let depth = descriptor(frame.raw().format).map_or(8, |d| d.comp[0].depth);
        let format = match depth {
            ..=8 => sys::AVPixelFormat::YUV444P,
            9..=10 => sys::AVPixelFormat::YUV444P10LE,
            11..=12 => sys::AVPixelFormat::YUV444P12LE,
            _ => sys::AVPixelFormat::YUV444P16LE,
        };
        let out = Frame::allocate(frame.width(), frame.height(), format.0)?;
        // SAFETY: both are valid and `out` is ours.
        check("converting a frame", unsafe { sys::av_frame_copy_props(out.as_ptr(), frame.as_ptr()) })?;
        Scaler::default().convert(frame, &out, filter)?;
        Ok(out)
    }

    fn convert(&mut self, from: &Frame, to: &Frame, filter: Filter) -> Result<()> {
        let (source, target) = (from.raw(), to.raw());
        let setup = Setup {
            source: (source.width, source.height, source.format),
            range: source.color_range,
            matrix: source.colorspace,
            target: (to.width(), to.height(), target.format),
            filter,
        };
        let context = match &self.0 {
            Some((current, context)) if *current == setup => context,
            _ => &self.0.insert((setup, Context::new(&setup)?)).1,
        };
        // SAFETY: the context was made for frames of exactly these sizes and formats.
        let rows = unsafe {
            sys::sws_scale(
                context.0.as_ptr(),
                source.data.as_ptr().cast(),
                source.linesize.as_ptr(),
                0,
                source.height,
                target.data.as_ptr(),
                target.linesize.as_ptr(),
            )
        };
        check("converting a frame", rows).map(|_| ())
    }
}

impl Context {
    fn new(setup: &Setup) -> Result<Self> {
        const DOING: &str = "preparing a conversion";
        // SAFETY: a fresh context or null.
        let context = NonNull::new(unsafe { sys::sws_alloc_context() })
            .map(Context)
            .ok_or_else(|| out_of_memory(DOING))?;
        let set = |name: &std::ffi::CStr, value: i64| {
            // SAFETY: the context is valid and the name ends with a zero byte.
            check(DOING, unsafe { sys::av_opt_set_int(context.0.as_ptr().cast(), name.as_ptr(), value, 0) })
        };
        let flags = match setup.filter {
            Filter::Bicubic => BICUBIC,
            Filter::Bilinear => BILINEAR,
        };
        set(c"sws_flags", i64::from(flags))?;
        set(c"srcw", i64::from(setup.source.0))?;
        set(c"srch", i64::from(setup.source.1))?;
        set(c"src_format", i64::from(setup.source.2))?;
        set(c"dstw", i64::from(setup.target.0))?;
        set(c"dsth", i64::from(setup.target.1))?;
        set(c"dst_format", i64::from(setup.target.2))?;
        if setup.source.2 == sys::AVPixelFormat::YUV420P.0 {
            // Chroma of progressive 4:2:0 is half a line down; the command line's filter sets it for this format.
            set(c"src_v_chr_pos", 128)?;
        }
        // SAFETY: all options are set; the tables that swscale returns belong to it.
        unsafe {
            let raw = context.0.as_ptr();
            check(DOING, sys::sws_init_context(raw, std::ptr::null_mut(), std::ptr::null_mut()))?;
            let (mut inverse, mut table) = (std::ptr::null_mut(), std::ptr::null_mut());
            let (mut in_full, mut out_full, mut brightness, mut contrast, mut saturation) = (0, 0, 0, 0, 0);
            let code = sys::sws_getColorspaceDetails(
                raw,
                &mut inverse,
                &mut in_full,
                &mut table,
                &mut out_full,
                &mut brightness,
                &mut contrast,
                &mut saturation,
            );
            if code >= 0 {
                let matrix = sys::sws_getCoefficients(coefficients(setup.matrix));
                match setup.range {
                    sys::AVColorRange::JPEG => in_full = 1,
                    sys::AVColorRange::MPEG => in_full = 0,
                    _ => {}
                }
                // From RGB to RGB there are no details to set, and the error that says so is ignored.
                sys::sws_setColorspaceDetails(
                    raw, matrix, in_full, matrix, out_full, brightness, contrast, saturation,
                );
            }
        }
        Ok(context)
    }
}

/// The matrix by a frame's own tag; without a tag, swscale's default (BT.601).
fn coefficients(matrix: sys::AVColorSpace) -> c_int {
    match c_int::try_from(matrix.0) {
        Ok(number) if matrix != sys::AVColorSpace::UNSPECIFIED && (1..=10).contains(&number) => number,
        _ => sys::SWS_CS_DEFAULT,
    }
}
