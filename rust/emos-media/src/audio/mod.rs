//! Audio: which samples a track has, how they are decoded, how windows are read from them.

pub mod anchors;
mod bands;
pub mod chunk;
mod clock;
pub(crate) mod conversion;
mod jitter;
pub(crate) mod measure;
mod placing;
pub(crate) mod priming;
mod ratio;
pub(crate) mod reading;
pub(crate) mod sbr;
pub mod track;

use emos_ffmpeg::ChannelLayout;
use emos_time::{sample_at, Span};

use crate::error::{Error, ErrorKind, Result};
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
    /// Rate and channels, with the track's own for those that are `None`. Channels are mixed down, and never made up.
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
        if format.channels > own {
            let what = format!(
                "num_channels must be at most {own}, as many as the track has, got {}; leave it out for {own}, and copy \
                 channels of the result where you need more",
                format.channels
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
