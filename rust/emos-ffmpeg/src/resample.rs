//! Audio at another sample rate or channel count.

use std::ffi::c_int;
use std::ops::Range;
use std::ptr::{self, NonNull};

use ffmpeg_sys_the_third as sys;

use crate::channels::ChannelLayout;
use crate::error::{check, out_of_memory, Error, Result};
use crate::planes::{format, Planes};

const DOING: &str = "resampling";

/// Samples of one call of swresample: little memory, and long enough that calls cost nothing.
const BLOCK: usize = 16_384;

/// swresample for one sequence of samples. It is never reset and never used again.
///
/// How the sequence is divided into calls changes nothing.
#[derive(Debug)]
pub struct Resampler {
    context: NonNull<sys::SwrContext>,
    /// The result of the last call.
    out: Vec<Vec<f32>>,
    from_channels: usize,
    from_wide: bool,
}

// SAFETY: one owner, no threads inside.
unsafe impl Send for Resampler {}

impl Resampler {
    /// # Errors
    /// swresample cannot do it.
    pub fn new(
        from: &ChannelLayout,
        from_rate: u32,
        wide: bool,
        to: &ChannelLayout,
        to_rate: u32,
    ) -> Result<Self> {
        const DOING: &str = "preparing a resampler";
        let rate =
            |rate: u32| c_int::try_from(rate).map_err(|_| Error::new(DOING, sys::AVERROR(libc::EINVAL)));
        let mut context = ptr::null_mut();
        // SAFETY: the layouts are only read; the context is fresh and freed by drop.
        unsafe {
            check(
                DOING,
                sys::swr_alloc_set_opts2(
                    &mut context,
                    (&raw const to.0).cast_mut(),
                    sys::AVSampleFormat::FLTP,
                    rate(to_rate)?,
                    (&raw const from.0).cast_mut(),
                    format(wide),
                    rate(from_rate)?,
                    0,
                    ptr::null_mut(),
                ),
            )?;
            let resampler = Resampler {
                context: NonNull::new(context).ok_or_else(|| out_of_memory(DOING))?,
                out: vec![Vec::new(); to.channels() as usize],
                from_channels: from.channels() as usize,
                from_wide: wide,
            };
            check(DOING, sys::av_opt_set_double(context.cast(), c"rematrix_maxval".as_ptr(), 1.0, 0))?;
            check(DOING, sys::swr_init(context))?;
            Ok(resampler)
        }
    }

    /// Feed samples `range` of `input`, and hand the result to `each`, a part at a time.
    ///
    /// # Errors
    /// swresample failed, or the samples are not those that the resampler was made for.
    pub fn feed(
        &mut self,
        input: &Planes,
        range: Range<usize>,
        each: &mut dyn FnMut(&[Vec<f32>]),
    ) -> Result<()> {
        let fits = input.channels() == self.from_channels && input.is_wide() == self.from_wide;
        if !fits || range.end > input.samples() {
            return Err(Error::new(DOING, sys::AVERROR(libc::EINVAL)));
        }
        for at in range.clone().step_by(BLOCK) {
            let mut pointers = input.pointers(at);
            self.call(Some(&mut pointers), BLOCK.min(range.end - at))?;
            each(&self.out);
        }
        Ok(())
    }

    /// Hand the samples that are still inside to `each`. Nothing can be fed afterwards.
    ///
    /// # Errors
    /// swresample failed.
    pub fn finish(mut self, each: &mut dyn FnMut(&[Vec<f32>])) -> Result<()> {
        self.call(None, 0)?;
        each(&self.out);
        Ok(())
    }

    /// `input` has a pointer to `count` samples for each channel; without it, what is inside is flushed.
    fn call(&mut self, input: Option<&mut Vec<*const u8>>, count: usize) -> Result<()> {
        let invalid = || Error::new(DOING, sys::AVERROR(libc::EINVAL));
        let count = c_int::try_from(count).map_err(|_| invalid())?;
        // SAFETY: the context is valid.
        let room = check(DOING, unsafe { sys::swr_get_out_samples(self.context.as_ptr(), count) })?;
        let room = room.checked_add(32).ok_or_else(invalid)?;
        let length = usize::try_from(room).map_err(|_| invalid())?;
        self.out.iter_mut().for_each(|plane| plane.resize(length, 0.0));
        let mut targets: Vec<*mut u8> = self.out.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
        let source = input.map_or(ptr::null_mut(), |pointers| pointers.as_mut_ptr());
        // SAFETY: each target has `room` samples and each source `count`; a null source flushes.
        let written = unsafe {
            sys::swr_convert(self.context.as_ptr(), targets.as_mut_ptr(), room, source.cast(), count)
        };
        let written = usize::try_from(check(DOING, written)?).map_err(|_| invalid())?;
        self.out.iter_mut().for_each(|plane| plane.truncate(written));
        Ok(())
    }
}

impl Drop for Resampler {
    fn drop(&mut self) {
        let mut context = self.context.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::swr_free(&mut context) }
    }
}
