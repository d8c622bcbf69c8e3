//! Audio at another sample rate or channel count.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Error, Result};
use crate::frame::Frame;
use crate::parameters::Parameters;

/// Planar audio: one vector a channel, of the width that the decoder's own samples need.
#[derive(Clone, Debug, PartialEq)]
pub enum Planes {
    F32(Vec<Vec<f32>>),
    F64(Vec<Vec<f64>>),
}

impl Planes {
    #[must_use]
    pub fn silent(wide: bool, channels: usize, samples: usize) -> Self {
        if wide {
            Planes::F64(vec![vec![0.0; samples]; channels])
        } else {
            Planes::F32(vec![vec![0.0; samples]; channels])
        }
    }

    #[must_use]
    pub fn channels(&self) -> usize {
        match self {
            Planes::F32(planes) => planes.len(),
            Planes::F64(planes) => planes.len(),
        }
    }

    #[must_use]
    pub fn samples(&self) -> usize {
        match self {
            Planes::F32(planes) => planes.first().map_or(0, Vec::len),
            Planes::F64(planes) => planes.first().map_or(0, Vec::len),
        }
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.channels() * self.samples() * if matches!(self, Planes::F64(_)) { 8 } else { 4 }
    }

    /// Copy `count` samples of every channel, from `from` on in `source` to `to` on in self. Samples outside of either
    /// are not copied, nor those of another width.
    pub fn copy_from(&mut self, to: usize, source: &Planes, from: usize, count: usize) {
        fn copy<T: Copy>(targets: &mut [Vec<T>], to: usize, sources: &[Vec<T>], from: usize, count: usize) {
            for (target, source) in targets.iter_mut().zip(sources) {
                let fits = count.min(target.len().saturating_sub(to)).min(source.len().saturating_sub(from));
                if let (Some(target), Some(source)) =
                    (target.get_mut(to..to + fits), source.get(from..from + fits))
                {
                    target.copy_from_slice(source);
                }
            }
        }
        match (self, source) {
            (Planes::F32(targets), Planes::F32(sources)) => copy(targets, to, sources, from, count),
            (Planes::F64(targets), Planes::F64(sources)) => copy(targets, to, sources, from, count),
            _ => {}
        }
    }

    fn pointers(&self, from: usize) -> Vec<*const u8> {
        match self {
            Planes::F32(planes) => planes.iter().map(|plane| plane[from..].as_ptr().cast()).collect(),
            Planes::F64(planes) => planes.iter().map(|plane| plane[from..].as_ptr().cast()).collect(),
        }
    }

    fn format(&self) -> sys::AVSampleFormat {
        match self {
            Planes::F32(_) => sys::AVSampleFormat::FLTP,
            Planes::F64(_) => sys::AVSampleFormat::DBLP,
        }
    }
}

/// Which loudspeaker each channel is for.
pub struct ChannelLayout(sys::AVChannelLayout);

// SAFETY: the layout is owned and not changed after it is made.
unsafe impl Send for ChannelLayout {}
// SAFETY: shared access only reads.
unsafe impl Sync for ChannelLayout {}

impl std::fmt::Debug for ChannelLayout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChannelLayout({} channels)", self.0.nb_channels)
    }
}

impl ChannelLayout {
    /// The usual layout of that many channels; `None` where FFmpeg has none.
    #[must_use]
    pub fn usual(channels: u32) -> Option<Self> {
        let mut layout = blank();
        // SAFETY: the layout is ours.
        unsafe { sys::av_channel_layout_default(&mut layout, c_int::try_from(channels).ok()?) };
        let known = layout.order == sys::AVChannelOrder::NATIVE;
        known.then_some(ChannelLayout(layout))
    }

    /// The layout of a stream, or the usual one for its channel count where the stream does not say.
    ///
    /// # Errors
    /// The channel count is zero or memory ran out.
    pub fn of(parameters: &Parameters) -> Result<Self> {
        // SAFETY: the parameters are valid.
        let raw = unsafe { &(*parameters.as_ptr()).ch_layout };
        if raw.order == sys::AVChannelOrder::UNSPEC {
            if let Some(layout) = ChannelLayout::usual(parameters.num_channels()) {
                return Ok(layout);
            }
        }
        let mut copy = blank();
        // SAFETY: `copy` is blank and ours.
        check("copying a channel layout", unsafe { sys::av_channel_layout_copy(&mut copy, raw) })?;
        Ok(ChannelLayout(copy))
    }

    #[must_use]
    pub fn channels(&self) -> u32 {
        u32::try_from(self.0.nb_channels).unwrap_or(0)
    }

    /// Whether the loudspeaker of each channel is known, as swresample must know to mix them.
    #[must_use]
    pub fn is_mixable(&self) -> bool {
        self.0.order == sys::AVChannelOrder::NATIVE
    }
}

impl Drop for ChannelLayout {
    fn drop(&mut self) {
        // SAFETY: we own it.
        unsafe { sys::av_channel_layout_uninit(&mut self.0) }
    }
}

fn blank() -> sys::AVChannelLayout {
    // SAFETY: all zeroes is FFmpeg's own initial value.
    unsafe { std::mem::zeroed() }
}

/// swresample for one sequence of samples. It is never reset and never used again.
#[derive(Debug)]
pub struct Resampler {
    context: NonNull<sys::SwrContext>,
    channels: usize,
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
        let format = if wide { sys::AVSampleFormat::DBLP } else { sys::AVSampleFormat::FLTP };
        Resampler::with_format(from, from_rate, format, to, to_rate, sys::AVSampleFormat::FLTP)
    }

    fn with_format(
        from: &ChannelLayout,
        from_rate: u32,
        from_format: sys::AVSampleFormat,
        to: &ChannelLayout,
        to_rate: u32,
        to_format: sys::AVSampleFormat,
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
                    to_format,
                    rate(to_rate)?,
                    (&raw const from.0).cast_mut(),
                    from_format,
                    rate(from_rate)?,
                    0,
                    ptr::null_mut(),
                ),
            )?;
            let context = NonNull::new(context).ok_or_else(|| out_of_memory(DOING))?;
            let resampler = Resampler { context, channels: to.channels() as usize };
            let object = context.as_ptr().cast();
            check(DOING, sys::av_opt_set_double(object, c"rematrix_maxval".as_ptr(), 1.0, 0))?;
            check(DOING, sys::swr_init(context.as_ptr()))?;
            Ok(resampler)
        }
    }

    /// Feed samples `from..` of `input` and append the result to `out`.
    ///
    /// # Errors
    /// swresample failed.
    pub fn feed(&mut self, input: &Planes, from: usize, out: &mut [Vec<f32>]) -> Result<()> {
        let count = input.samples().saturating_sub(from);
        let pointers = input.pointers(from.min(input.samples()));
        self.run(Some((&pointers, count)), out)
    }

    /// Append the samples that are still inside to `out`.
    ///
    /// # Errors
    /// swresample failed.
    pub fn finish(&mut self, out: &mut [Vec<f32>]) -> Result<()> {
        self.run(None, out)
    }

    fn run(&mut self, input: Option<(&[*const u8], usize)>, out: &mut [Vec<f32>]) -> Result<()> {
        const DOING: &str = "resampling";
        let invalid = || Error::new(DOING, sys::AVERROR(libc::EINVAL));
        if out.len() != self.channels {
            return Err(invalid());
        }
        let count = c_int::try_from(input.map_or(0, |(_, count)| count)).map_err(|_| invalid())?;
        // SAFETY: the context is valid.
        let room = check(DOING, unsafe { sys::swr_get_out_samples(self.context.as_ptr(), count) })?;
        let room = usize::try_from(room).map_err(|_| invalid())? + 32;
        let before = out.first().map_or(0, Vec::len);
        for plane in out.iter_mut() {
            plane.resize(before + room, 0.0);
        }
        let mut targets: Vec<*mut u8> =
            out.iter_mut().map(|plane| plane[before..].as_mut_ptr().cast()).collect();
        let mut sources: Vec<*const u8> = input.map_or(Vec::new(), |(pointers, _)| pointers.to_vec());
        let source = if input.is_some() { sources.as_mut_ptr() } else { ptr::null_mut() };
        // SAFETY: each target has `room` samples and each source `count`; a null source flushes.
        let written = unsafe {
            let room = c_int::try_from(room).map_err(|_| invalid())?;
            sys::swr_convert(self.context.as_ptr(), targets.as_mut_ptr(), room, source.cast(), count)
        };
        let written = usize::try_from(check(DOING, written)?).map_err(|_| invalid())?;
        for plane in out.iter_mut() {
            plane.truncate(before + written);
        }
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

impl Frame {
    /// Whether samples of a stream need 64 bits to be kept exactly.
    #[must_use]
    pub fn is_wide(parameters: &Parameters) -> bool {
        // SAFETY: a lookup by number; the parameters are valid.
        unsafe { sys::av_get_bytes_per_sample(sys::AVSampleFormat((*parameters.as_ptr()).format)) > 4 }
    }

    /// The samples as planar floats, by swresample's own scaling (16 bits over 32,768, and so on).
    ///
    /// # Errors
    /// swresample cannot read the format.
    pub fn planes(&self, wide: bool) -> Result<Planes> {
        const DOING: &str = "converting samples";
        let raw = self.raw();
        let format = sys::AVSampleFormat(raw.format);
        let mut planes = Planes::silent(wide, self.num_channels() as usize, self.num_samples());
        if planes.samples() == 0 || planes.channels() == 0 {
            return Ok(planes);
        }
        let mut layout = blank();
        let mut context = ptr::null_mut();
        // SAFETY: source and target share the layout; the planes have `nb_samples` samples for each channel of it.
        unsafe {
            sys::av_channel_layout_default(&mut layout, raw.ch_layout.nb_channels);
            let code = sys::swr_alloc_set_opts2(
                &mut context,
                &raw mut layout,
                planes.format(),
                raw.sample_rate.max(1),
                &raw mut layout,
                format,
                raw.sample_rate.max(1),
                0,
                ptr::null_mut(),
            );
            let code = if code < 0 { code } else { sys::swr_init(context) };
            let code = if code < 0 {
                code
            } else {
                let mut targets: Vec<*mut u8> =
                    planes.pointers(0).into_iter().map(<*const u8>::cast_mut).collect();
                let source = raw.extended_data.cast::<*const u8>();
                sys::swr_convert(context, targets.as_mut_ptr(), raw.nb_samples, source, raw.nb_samples)
            };
            sys::swr_free(&mut context);
            sys::av_channel_layout_uninit(&mut layout);
            check(DOING, code)?;
        }
        match &mut planes {
            Planes::F32(channels) => channels.iter_mut().for_each(|channel| channel.shrink_to_fit()),
            Planes::F64(channels) => channels.iter_mut().for_each(|channel| channel.shrink_to_fit()),
        }
        Ok(planes)
    }
}
