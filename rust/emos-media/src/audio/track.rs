//! The audio track as one defined signal.
//!
//! ```text
//! packets      p0    p1    p2    p3   |   p4    p5        decoded samples follow each other without gaps
//! presented       [-----------------] |  [---------]      after encoder delay, before padding
//! runs         |<-- run 0 ---------->| gap |<- run 1 --->|   a new run only where the smoothed clock says so (placing.rs)
//! anchors      ^           ^             ^                each chunk has a new decoder, fed from its pre-roll on
//! ```

use emos_ffmpeg::{ChannelLayout, Frame};
use emos_time::{sample_at, Rational, Spans};

use super::anchors::Anchors;
use super::conversion::{self, Conversion};
use super::placing::{self, Placing, Tally};
use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::numbers::{PacketId, Ticks};
use crate::shared::Shared;

/// The audio track that a caller chose.
#[derive(Debug)]
pub struct AudioTrack {
    pub stream: usize,
    pub rate: u32,
    pub layout: ChannelLayout,
    /// Samples need 64 bits.
    pub wide: bool,
    pub anchors: Anchors,
    /// The first sample of each packet, counted over everything that the track decodes to, and the end of the last.
    pub starts: Vec<i64>,
    /// Packets of another format than the track's.
    pub conversions: Vec<Conversion>,
    /// Where those lie on the track.
    pub placing: Placing,
    /// The times of packets say more than the count of samples.
    is_timed: bool,
    /// The time of the first sample, in seconds on the clock of the container.
    container_start: Option<Rational>,
    zero: Rational,
}

impl AudioTrack {
    pub fn new(shared: &Shared, track: &Track) -> Result<Self> {
        let parameters = shared.parameters(track.stream)?;
        // After a change of format in mid-stream, the first one is the track's.
        let first = track.changes.formats.first().map(|(_, format)| format);
        let layout = match first {
            Some(format) => ChannelLayout::from_mask(format.mask, format.channels),
            None => ChannelLayout::of(parameters),
        };
        let layout = layout.map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
        let rate = first.map_or(parameters.sample_rate(), |format| format.rate);
        let (starts, conversions) = conversion::starts_of(track, rate, layout.channels());
        let anchors = Anchors::of(&parameters.codec_name(), parameters.profile(), rate, track);
        let mut audio = AudioTrack {
            stream: track.stream,
            rate,
            layout,
            wide: Frame::is_wide(parameters),
            anchors,
            starts,
            conversions,
            placing: Placing::default(),
            is_timed: placing::is_timed(&shared.index.container, track),
            container_start: None,
            zero: Rational::ZERO,
        };
        audio.container_start = audio.find_start(track);
        Ok(audio)
    }

    /// Give the packets their position in media time. `zero` is media zero, in seconds on the clock of the container.
    pub fn align(&mut self, zero: Rational, track: &Track) {
        self.zero = zero;
        if let (Some(start), true) = (self.start(), self.rate > 0) {
            self.placing = placing::placing_of(&self.starts, track, self.rate, start, self.is_timed);
        }
    }

    /// The time of a sample of a packet, in seconds on the clock of the container.
    fn time_of(&self, pts: Ticks, sample: i64, track: &Track) -> Option<Rational> {
        let offset = Rational::new(sample.into(), self.rate.into())?;
        pts.seconds(track.time_base)?.checked_add(offset)
    }

    /// The time of the first presented sample. Where a tick is longer than a sample, the time of its packet was rounded to
    /// a tick, and encoder delay that is no multiple of a tick leaves a fraction of that rounding: it is rounded off. Halves
    /// go up, since FFmpeg rounds up the delay that it takes off.
    fn find_start(&self, track: &Track) -> Option<Rational> {
        let first = placing::presented(&self.starts, track).next()?;
        let start = self.time_of(track[first.packet].pts, first.begin - first.count, track)?;
        let tick = Ticks::ONE.seconds(track.time_base)?;
        if tick <= Rational::new(1, self.rate.into())? {
            return Some(start);
        }
        let half = Rational::new(1, 2)?;
        let nearest = start.checked_div(tick)?.checked_add(half)?.floor()?;
        Ticks(nearest).seconds(track.time_base)
    }

    /// The time of the first sample, in seconds on the clock of the container.
    #[must_use]
    pub fn container_start(&self) -> Option<Rational> {
        self.container_start
    }

    /// Media time of the first sample.
    #[must_use]
    pub fn start(&self) -> Option<Rational> {
        self.container_start?.checked_sub(self.zero)
    }

    /// Media time of the end of the last sample.
    #[must_use]
    pub fn end(&self) -> Option<Rational> {
        self.start()?.checked_add(Rational::new(self.len().into(), self.rate.into())?)
    }

    /// The index of the first sample on the grid of `rate`.
    #[must_use]
    pub fn first_sample(&self, rate: u32) -> Option<i64> {
        sample_at(self.start()?, rate)
    }

    /// Samples of the track at its own rate, with those of gaps.
    #[must_use]
    pub fn len(&self) -> i64 {
        self.placing.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.placing.runs.is_empty()
    }

    /// The samples of the track that are in some packet.
    #[must_use]
    pub fn covered(&self) -> Spans {
        let mut covered = Spans::new();
        for run in &self.placing.runs {
            covered.push(run.start, run.start + run.len);
        }
        covered
    }

    /// What a user should know of the times of the packets.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let stream = self.stream;
        let tell = |tally: Tally, one: &str, several: &str, what: &str| {
            let kind = if tally.count == 1 { one } else { several };
            (tally.count > 0).then(|| {
                let (count, samples, rate) = (tally.count, tally.samples, self.rate);
                format!(
                    "audio track {stream} has {count} {kind}: {samples} samples at {rate} Hz in total {what}"
                )
            })
        };
        let end_to_end = self.placing.counted_only.then(|| {
            format!("the times of audio track {stream} leave no room for its samples, so its packets are put end to end")
        });
        [
            end_to_end,
            tell(
                self.placing.gaps,
                "gap between its packets",
                "gaps between its packets",
                "are missing, and not valid",
            ),
            tell(
                self.placing.overlaps,
                "overlap of its packets",
                "overlaps of its packets",
                "were dropped, each time the later ones",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The packet that holds a decoded sample.
    #[must_use]
    pub fn packet_of(&self, decoded: i64) -> PacketId {
        PacketId::at(self.starts.partition_point(|start| *start <= decoded).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
