//! Sound: which samples a track has, how they are decoded, how windows are cut from them.

pub(crate) mod learn;
pub mod stretch;
pub mod track;

use emos_ffmpeg::{Layout, Planes, Resampler};
use emos_time::{sample_at, Span, Spans};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::shared::Shared;
use crate::source::Stop;
use stretch::StretchCache;
use track::AudioTrack;

/// The highest rate that is made, in samples a second.
pub const MAX_RATE: u32 = 768_000;

/// Sound as a caller gets it: float32 `[C, N]`.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// `None` where the caller's own memory was filled.
    pub data: Option<Vec<f32>>,
    /// Channels and samples.
    pub shape: [usize; 2],
    /// The number of the first sample on the grid of the rate.
    pub first_sample: i64,
    pub sample_rate: u32,
    /// Which samples are real, counted from the first.
    pub valid: Spans,
    /// Whether damage took some of them.
    pub damaged: bool,
}

/// What is asked of a track.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    pub rate: u32,
    pub channels: u32,
}

impl AudioTrack {
    /// Rate and channels with the track's own in place of what was left open.
    pub fn format(&self, name: &str, rate: Option<u32>, channels: Option<u32>) -> Result<Format> {
        let own = self.layout.channels();
        let format = Format { rate: rate.unwrap_or(self.rate), channels: channels.unwrap_or(own) };
        if format.rate == 0 || format.rate > MAX_RATE {
            let what = format!("a sample rate of {} was asked for; 1 to {MAX_RATE} can be had", format.rate);
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        let mixes =
            format.channels == own || (self.layout.is_mixable() && Layout::usual(format.channels).is_some());
        if !mixes {
            let what = format!(
                "{} channels were asked for, but the track has {own} and no mix to that many is defined; take {own}",
                format.channels
            );
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        Ok(format)
    }
}

/// The numbers `[first, end)` of the samples of a span.
pub fn sample_range(span: Span, rate: u32) -> Option<(i64, i64)> {
    Some((sample_at(span.start(), rate)?, sample_at(span.end(), rate)?))
}

/// Reads samples of one track.
#[derive(Debug)]
pub(crate) struct AudioReading<'a> {
    pub shared: &'a Shared,
    pub track: &'a Track,
    pub audio: &'a AudioTrack,
    pub cache: &'a StretchCache,
}

impl AudioReading<'_> {
    /// Write samples `[first, end)` of the grid of the format, channel after channel, into `out`, which holds zeros.
    pub fn read(
        &self,
        first: i64,
        end: i64,
        format: Format,
        out: &mut [f32],
        stop: &dyn Stop,
    ) -> Result<(Spans, bool)> {
        let length = usize::try_from(end - first).unwrap_or(0);
        let mut valid = Spans::new();
        let Some(origin) = self.audio.first_sample(format.rate) else { return Ok((valid, false)) };
        let ratio = Ratio::new(self.audio.rate, format.rate);
        let total = ratio.out_ceil(self.audio.len());
        let (from, to) = ((first - origin).clamp(0, total), (end - origin).clamp(0, total));
        if from >= to {
            return Ok((valid, false));
        }
        let native = format.rate == self.audio.rate;
        let plain = native && format.channels == self.audio.layout.channels();
        let margin = if native { 0 } else { ratio.margin() };
        let begin = ratio.aligned_before(ratio.in_floor(from).saturating_sub(margin).max(0));
        let until = ratio.in_ceil(to).saturating_add(margin).min(self.audio.len());
        let (planes, really) = self.decoded(begin, until, stop)?;
        let mut channels = vec![Vec::new(); format.channels as usize];
        if plain {
            match planes {
                Planes::F32(planes) => channels = planes,
                Planes::F64(planes) => {
                    channels =
                        planes.into_iter().map(|p| p.into_iter().map(|v| v as f32).collect()).collect();
                }
            }
        } else {
            let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, self.shared.name());
            let mixed = if format.channels == self.audio.layout.channels() {
                None
            } else {
                Layout::usual(format.channels)
            };
            let target = mixed.as_ref().unwrap_or(&self.audio.layout);
            let mut resampler =
                Resampler::new(&self.audio.layout, self.audio.rate, self.audio.wide, target, format.rate)
                    .map_err(fail)?;
            resampler.feed(&planes, 0, &mut channels).map_err(fail)?;
            if until == self.audio.len() {
                resampler.finish(&mut channels).map_err(fail)?;
            }
        }
        // The first sample that came out stands at `begin`, which is aligned, so at a whole number of samples.
        let skip = usize::try_from(from - ratio.out_exact(begin)).unwrap_or(0);
        let at = usize::try_from(from + origin - first).unwrap_or(0);
        let count = usize::try_from(to - from).unwrap_or(0);
        for (channel, samples) in channels.iter().enumerate() {
            let row = out.get_mut(channel * length..(channel + 1) * length).unwrap_or_default();
            let available = count.min(samples.len().saturating_sub(skip));
            if let (Some(row), Some(samples)) =
                (row.get_mut(at..at + available), samples.get(skip..skip + available))
            {
                row.copy_from_slice(samples);
            }
        }
        for (a, b) in really.as_slice() {
            let shown = |sample: i64| ratio.out_ceil(sample + begin).clamp(from, to) + origin - first;
            valid.push(shown(*a), shown(*b));
        }
        let lost = self.audio.covered().slice(begin, until) != really;
        Ok((valid, lost))
    }

    /// Samples `[begin, end)` of the track at its own rate, and which of them came out.
    fn decoded(&self, begin: i64, end: i64, stop: &dyn Stop) -> Result<(Planes, Spans)> {
        let length = usize::try_from(end - begin).unwrap_or(0);
        let channels = self.audio.layout.channels() as usize;
        let mut planes = Planes::silent(self.audio.wide, channels, length);
        let mut valid = Spans::new();
        let after = self.audio.pieces.partition_point(|piece| piece.at + piece.len <= begin);
        for piece in self.audio.pieces[after..].iter().take_while(|piece| piece.at < end) {
            let (from, to) = (piece.at.max(begin), (piece.at + piece.len).min(end));
            let mut decoded = piece.from + (from - piece.at);
            let last = piece.from + (to - piece.at);
            while decoded < last {
                let number = self.audio.packet_of(decoded) / self.audio.anchors.spacing.max(1);
                let stretch =
                    stretch::stretch(self.shared, self.track, self.audio, self.cache, number, stop)?;
                let available = stretch.from + i64::try_from(stretch.planes.samples()).unwrap_or(0);
                let until = last.min(available);
                if until <= decoded {
                    break;
                }
                let target = piece.at + (decoded - piece.from) - begin;
                let index = |value: i64| usize::try_from(value).unwrap_or(0);
                planes.copy_from(
                    index(target),
                    &stretch.planes,
                    index(decoded - stretch.from),
                    index(until - decoded),
                );
                for (a, b) in stretch.valid.slice(decoded - stretch.from, until - stretch.from).as_slice() {
                    valid.push(target + a, target + b);
                }
                decoded = until;
            }
        }
        Ok((planes, valid))
    }
}

/// One rate against another, in whole numbers.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    from: i64,
    to: i64,
}

impl Ratio {
    fn new(from: u32, to: u32) -> Self {
        let divisor = gcd(from, to);
        Ratio { from: i64::from(from / divisor), to: i64::from(to / divisor) }
    }

    fn scaled(value: i64, by: i64, over: i64, up: bool) -> i64 {
        let product = i128::from(value) * i128::from(by);
        let over = i128::from(over.max(1));
        let quotient = product.div_euclid(over) + i128::from(up && product.rem_euclid(over) != 0);
        i64::try_from(quotient).unwrap_or(i64::MAX)
    }

    fn out_ceil(self, input: i64) -> i64 {
        Ratio::scaled(input, self.to, self.from, true)
    }

    /// For inputs divisible by [`Ratio::from`].
    fn out_exact(self, input: i64) -> i64 {
        Ratio::scaled(input, self.to, self.from, false)
    }

    fn in_floor(self, output: i64) -> i64 {
        Ratio::scaled(output, self.from, self.to, false)
    }

    fn in_ceil(self, output: i64) -> i64 {
        Ratio::scaled(output, self.from, self.to, true)
    }

    fn aligned_before(self, input: i64) -> i64 {
        input - input.rem_euclid(self.from.max(1))
    }

    /// Input samples that an output sample may depend on to each side, with room to spare: measured against whole
    /// tracks, 0 of 60 windows differ.
    fn margin(self) -> i64 {
        32 * Ratio::scaled(1, self.from, self.to, true).max(1) + 32
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 {
        a.max(1)
    } else {
        gcd(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_another_rate_start_on_a_sample_that_both_rates_share() {
        let ratio = Ratio::new(44_100, 16_000);
        assert_eq!((ratio.from, ratio.to), (441, 160));
        assert_eq!(ratio.aligned_before(1_000), 882);
        assert_eq!(ratio.out_exact(882), 320);
        assert_eq!(ratio.out_ceil(44_101), 16_001);
        assert_eq!((ratio.in_floor(1), ratio.in_ceil(1)), (2, 3));
        assert_eq!(Ratio::new(16_000, 48_000).margin(), 64);
    }
}
