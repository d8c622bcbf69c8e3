//! Samples of each channel by themselves, as floats.

use std::ptr;

use ffmpeg_sys_the_third as sys;

use crate::channels::blank;
use crate::error::{check, Result};
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

    /// Write `samples` of one channel, the first at `at`; nothing where they do not fit.
    pub fn put(&mut self, channel: usize, at: usize, samples: &[f32]) {
        let end = at + samples.len();
        match self {
            Planes::F32(planes) => {
                if let Some(target) = planes.get_mut(channel).and_then(|plane| plane.get_mut(at..end)) {
                    target.copy_from_slice(samples);
                }
            }
            Planes::F64(planes) => {
                if let Some(target) = planes.get_mut(channel).and_then(|plane| plane.get_mut(at..end)) {
                    target.iter_mut().zip(samples).for_each(|(target, sample)| *target = f64::from(*sample));
                }
            }
        }
    }

    /// Write samples of one channel, from `from` on, over all of `target`. Where there are none, it stays as it is.
    pub fn write_to(&self, target: &mut [f32], channel: usize, from: usize) {
        let end = from + target.len();
        match self {
            Planes::F32(planes) => {
                if let Some(source) = planes.get(channel).and_then(|plane| plane.get(from..end)) {
                    target.copy_from_slice(source);
                }
            }
            Planes::F64(planes) => {
                if let Some(source) = planes.get(channel).and_then(|plane| plane.get(from..end)) {
                    target.iter_mut().zip(source).for_each(|(target, source)| *target = *source as f32);
                }
            }
        }
    }

    pub(crate) fn pointers(&self, from: usize) -> Vec<*const u8> {
        match self {
            Planes::F32(planes) => planes.iter().map(|plane| plane[from..].as_ptr().cast()).collect(),
            Planes::F64(planes) => planes.iter().map(|plane| plane[from..].as_ptr().cast()).collect(),
        }
    }

    /// Whether each sample has 64 bits.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        matches!(self, Planes::F64(_))
    }
}

/// FFmpeg's format of planes.
pub(crate) fn format(wide: bool) -> sys::AVSampleFormat {
    if wide {
        sys::AVSampleFormat::DBLP
    } else {
        sys::AVSampleFormat::FLTP
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
        let stored = sys::AVSampleFormat(raw.format);
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
                format(wide),
                raw.sample_rate.max(1),
                &raw mut layout,
                stored,
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
