//! Audio: which samples a track has, how they are decoded, how windows are read from them.

pub mod anchors;
mod bands;
pub mod chunk;
mod clock;
pub(crate) mod measure;
mod placing;
pub(crate) mod priming;
pub(crate) mod sbr;
pub mod track;

use emos_ffmpeg::{ChannelLayout, Planes, Resampler};
use emos_time::{sample_at, Span, Spans};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::packets::Packets;
use crate::source::Stop;
use chunk::ChunkCache;
use track::AudioTrack;

/// The highest sample rate of a result, in samples a second.
pub const MAX_RATE: u32 = 768_000;

/// Sample rate and channels of a result.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    pub rate: u32,
    pub channels: u32,
}

impl AudioTrack {
    /// Rate and channels, with the track's own for those that are `None`.
    pub fn format(&self, name: &str, rate: Option<u32>, channels: Option<u32>) -> Result<Format> {
        let own = self.layout.channels();
        let format = Format { rate: rate.unwrap_or(self.rate), channels: channels.unwrap_or(own) };
        if format.rate == 0 || format.rate > MAX_RATE {
            let what = format!(
                "sample_rate must be from 1 to {MAX_RATE}, got {}; leave it out for the track's own",
                format.rate
            );
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        let mixes = format.channels == own
            || (self.layout.is_mixable() && ChannelLayout::usual(format.channels).is_some());
        if !mixes {
            let what = format!(
                "num_channels must be {own} or a number to which those can be mixed, got {}; leave it out for {own}",
                format.channels
            );
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        Ok(format)
    }
}

/// The indices `[first, end)` of the samples of a span.
pub fn sample_range(span: Span, rate: u32) -> Option<(i64, i64)> {
    Some((sample_at(span.start(), rate)?, sample_at(span.end(), rate)?))
}

/// Reads the samples of one track.
#[derive(Debug)]
pub(crate) struct AudioReading<'a> {
    pub packets: Packets<'a>,
    pub track: &'a Track,
    pub audio: &'a AudioTrack,
    pub cache: &'a ChunkCache,
}

impl AudioReading<'_> {
    /// Write samples `[first, end)` of the grid of the format into all of `out`, channel after channel; those outside of
    /// the track, in a gap or in damage are zero. Returns which samples are valid, and whether some are missing because of damage.
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
        let Some(origin) = self.audio.first_sample(format.rate) else {
            out.fill(0.0);
            return Ok((valid, false));
        };
        let ratio = Ratio::new(self.audio.rate, format.rate);
        let total = ratio.out_ceil(self.audio.len());
        let (from, to) = ((first - origin).clamp(0, total), (end - origin).clamp(0, total));
        if from >= to {
            out.fill(0.0);
            return Ok((valid, false));
        }
        let native = format.rate == self.audio.rate;
        let as_stored = native && format.channels == self.audio.layout.channels();
        let margin = if native { 0 } else { ratio.margin() };
        let begin = ratio.aligned_before(ratio.in_floor(from).saturating_sub(margin).max(0));
        let until = ratio.in_ceil(to).saturating_add(margin).min(self.audio.len());
        let (planes, decoded) = self.decoded(begin, until, stop)?;
        let mut channels = vec![Vec::new(); format.channels as usize];
        if as_stored {
            match planes {
                Planes::F32(planes) => channels = planes,
                Planes::F64(planes) => {
                    channels =
                        planes.into_iter().map(|p| p.into_iter().map(|v| v as f32).collect()).collect();
                }
            }
        } else {
            let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, self.packets.shared.name());
            let mixed = if format.channels == self.audio.layout.channels() {
                None
            } else {
                ChannelLayout::usual(format.channels)
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
        // The first sample is the one at `begin`, which is aligned, so its index at the new rate is an integer.
        let skip = usize::try_from(from - ratio.out_exact(begin)).unwrap_or(0);
        let at = usize::try_from(from + origin - first).unwrap_or(0);
        let count = usize::try_from(to - from).unwrap_or(0);
        for (row, samples) in out.chunks_exact_mut(length).zip(&channels) {
            let available = samples.get(skip..).unwrap_or_default();
            let available = &available[..count.min(available.len())];
            let (before, rest) = row.split_at_mut(at);
            let (target, after) = rest.split_at_mut(available.len());
            before.fill(0.0);
            target.copy_from_slice(available);
            after.fill(0.0);
        }
        for (a, b) in decoded.as_slice() {
            let to_output = |sample: i64| ratio.out_ceil(sample + begin).clamp(from, to) + origin - first;
            valid.push(to_output(*a), to_output(*b));
        }
        let lost = self.audio.covered().slice(begin, until) != decoded;
        Ok((valid, lost))
    }

    /// Samples `[begin, end)` of the track at its own rate, and which of them were decoded.
    fn decoded(&self, begin: i64, end: i64, stop: &dyn Stop) -> Result<(Planes, Spans)> {
        let length = usize::try_from(end - begin).unwrap_or(0);
        let channels = self.audio.layout.channels() as usize;
        let mut planes = Planes::silent(self.audio.wide, channels, length);
        let mut valid = Spans::new();
        let after = self.audio.placing.runs.partition_point(|run| run.start + run.len <= begin);
        for run in self.audio.placing.runs[after..].iter().take_while(|run| run.start < end) {
            let (from, to) = (run.start.max(begin), (run.start + run.len).min(end));
            let mut decoded = run.decoded + (from - run.start);
            let last = run.decoded + (to - run.start);
            while decoded < last {
                let number = self.audio.packet_of(decoded).index() / self.audio.anchors.spacing.max(1);
                let chunk = chunk::get(self.packets, self.track, self.audio, self.cache, number, stop)?;
                let available = chunk.start + i64::try_from(chunk.planes.samples()).unwrap_or(0);
                let until = last.min(available);
                if until <= decoded {
                    break;
                }
                let target = run.start + (decoded - run.decoded) - begin;
                let index = |value: i64| usize::try_from(value).unwrap_or(0);
                planes.copy_from(
                    index(target),
                    &chunk.planes,
                    index(decoded - chunk.start),
                    index(until - decoded),
                );
                for (a, b) in chunk.valid.slice(decoded - chunk.start, until - chunk.start).as_slice() {
                    valid.push(target + a, target + b);
                }
                decoded = until;
            }
        }
        Ok((planes, valid))
    }
}

/// The ratio of two rates, in integers.
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

    /// More input samples than an output sample can depend on, to each side. Compared with complete tracks, 0 of 60
    /// windows differ.
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
