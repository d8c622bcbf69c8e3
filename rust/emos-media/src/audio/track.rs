//! The audio track as one defined signal.
//!
//! ```text
//! packets      p0    p1    p2    p3   |   p4    p5        decoded samples follow each other without gaps
//! presented       [-----------------] |  [---------]      after encoder delay, before padding
//! runs         |<-- run 0 ---------->| gap |<- run 1 --->|   a new run only where the times of packets say so
//! anchors      ^           ^             ^                each chunk has a new decoder, fed from its pre-roll on
//! ```

use emos_ffmpeg::{ChannelLayout, Frame};
use emos_time::{sample_at, Rational, Spans};

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, DISCARD};
use crate::numbers::{PacketId, Ticks};
use crate::shared::Shared;

/// A packet begins a new run where its time differs from the count of samples by more than this: a fiftieth of a second.
const LONGEST_JITTER: (i128, i128) = (1, 50);

/// Consecutive decoded samples without a step between them, and their position on the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioRun {
    /// The first sample, counted from the first of the track.
    pub start: i64,
    /// The first sample, counted over everything that the track decodes to.
    pub decoded: i64,
    pub len: i64,
}

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
    pub runs: Vec<AudioRun>,
    /// The times of the container were of no use.
    pub counted_only: bool,
    /// The time of the first sample, in seconds on the clock of the container.
    container_start: Option<Rational>,
    zero: Rational,
}

/// The packet from which samples are counted, until the times of packets make a step.
#[derive(Clone, Copy, Debug)]
struct Base {
    pts: Ticks,
    /// Its first sample, counted over everything that the track decodes to.
    decoded: i64,
    /// The same sample, counted from the first of the track.
    start: i64,
}

/// Every `spacing` packets a chunk begins. Its decoder is new and is fed from `preroll` packets before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchors {
    pub spacing: usize,
    pub preroll: usize,
}

impl AudioTrack {
    pub fn new(shared: &Shared, track: &Track) -> Result<Self> {
        let parameters = shared.parameters(track.stream)?;
        let layout = ChannelLayout::of(parameters)
            .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
        let mut starts = Vec::with_capacity(track.entries.len() + 1);
        let mut total = 0i64;
        for entry in &track.entries {
            starts.push(total);
            total = total.saturating_add(i64::from(entry.samples));
        }
        starts.push(total);
        let anchors =
            Anchors::of(&parameters.codec_name(), parameters.profile(), parameters.sample_rate(), track);
        let mut audio = AudioTrack {
            stream: track.stream,
            rate: parameters.sample_rate(),
            layout,
            wide: Frame::is_wide(parameters),
            anchors,
            starts,
            runs: Vec::new(),
            counted_only: false,
            container_start: None,
            zero: Rational::ZERO,
        };
        audio.container_start = audio.find_start(track);
        Ok(audio)
    }

    /// Give the packets their position in media time. `zero` is media zero, in seconds on the clock of the container.
    pub fn align(&mut self, zero: Rational, track: &Track) {
        self.zero = zero;
        if self.rate == 0 {
            return;
        }
        let overlaps = self.align_by_clock(track);
        let packets = track.entries.iter().filter(|entry| entry.samples > 0).count();
        if overlaps * 2 > packets {
            // Most packets have more samples than there is time until the next packet: then the times are wrong.
            self.runs.clear();
            self.counted_only = true;
            self.align_by_clock(track);
        }
    }

    /// Returns how many packets overlap the samples before them.
    fn align_by_clock(&mut self, track: &Track) -> usize {
        let (numerator, denominator) = (i128::from(track.time_base.0), i128::from(track.time_base.1));
        let rate = i128::from(self.rate);
        // In units of 1 / (rate * denominator) seconds.
        let (tick, sample) = (numerator * rate, denominator);
        let longest = rate * denominator * LONGEST_JITTER.0 / LONGEST_JITTER.1;
        let Some(origin) = self.first_sample(self.rate) else { return 0 };
        let mut overlaps = 0;
        let mut base: Option<Base> = None;
        for (number, first, last) in presented(&self.starts, track) {
            let (entry, begin) = (&track.entries[number], self.starts[number]);
            let fits = |base: &Base| {
                let by_clock = i128::from(entry.pts.saturating_sub(base.pts).0).saturating_mul(tick);
                let by_count = i128::from(begin - base.decoded).saturating_mul(sample);
                by_clock.saturating_sub(by_count).abs() <= longest || self.counted_only
            };
            let base = match base.filter(fits) {
                Some(base) => base,
                None => {
                    let start = self.time_of(entry.pts, first - begin, track);
                    let at = start.and_then(|start| sample_at(start.checked_sub(self.zero)?, self.rate));
                    let Some(at) = at else { continue };
                    let start = at - origin - (first - begin);
                    *base.insert(Base { pts: entry.pts, decoded: begin, start })
                }
            };
            let start = base.start + (first - base.decoded);
            // Samples that overlap those before them are dropped.
            let end = self.runs.last().map_or(start, |run| run.start + run.len);
            let dropped = (end - start).clamp(0, last - first);
            overlaps += usize::from(dropped > 0);
            let next =
                AudioRun { start: start + dropped, decoded: first + dropped, len: last - first - dropped };
            match self.runs.last_mut() {
                _ if next.len == 0 => {}
                Some(run) if run.start + run.len == next.start && run.decoded + run.len == next.decoded => {
                    run.len += next.len;
                }
                _ => self.runs.push(next),
            }
        }
        overlaps
    }

    /// The time of a sample of a packet, in seconds on the clock of the container.
    fn time_of(&self, pts: Ticks, sample: i64, track: &Track) -> Option<Rational> {
        let offset = Rational::new(sample.into(), self.rate.into())?;
        pts.seconds(track.time_base)?.checked_add(offset)
    }

    fn find_start(&self, track: &Track) -> Option<Rational> {
        let (number, first, _) = presented(&self.starts, track).next()?;
        self.time_of(track.entries[number].pts, first - self.starts[number], track)
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
        self.runs.last().map_or(0, |run| run.start + run.len)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The samples of the track that are in some packet.
    #[must_use]
    pub fn covered(&self) -> Spans {
        let mut covered = Spans::new();
        for run in &self.runs {
            covered.push(run.start, run.start + run.len);
        }
        covered
    }

    /// The packet that holds a decoded sample.
    #[must_use]
    pub fn packet_of(&self, decoded: i64) -> PacketId {
        PacketId::at(self.starts.partition_point(|start| *start <= decoded).saturating_sub(1))
    }
}

/// Packets with samples that are presented, and the range `[first, last)` of those samples, counted over everything that
/// the track decodes to. Encoder delay and padding are not presented.
fn presented<'a>(starts: &'a [i64], track: &'a Track) -> impl Iterator<Item = (usize, i64, i64)> + 'a {
    let mut skip = 0i64;
    track.entries.iter().enumerate().filter_map(move |(number, entry)| {
        let trim = track.skip(PacketId::at(number));
        skip = skip.max(i64::from(trim.start));
        let (begin, end) = (starts[number], starts[number + 1]);
        let first = begin + skip.min(end - begin);
        skip -= first - begin;
        let last = end - i64::from(trim.end).min(end - begin);
        (!entry.is(DISCARD) && first < last).then_some((number, first, last))
    })
}

impl Anchors {
    /// The pre-roll that each codec needs, by measurement, with a spacing at which pre-rolls cost less than a tenth of
    /// decoding.
    fn of(codec: &str, profile: i32, rate: u32, track: &Track) -> Self {
        const AAC_MAIN: i32 = 0;
        let each = |preroll: usize| Anchors { spacing: (preroll * 16).max(64), preroll };
        let one_second = || {
            let mut counts: Vec<u32> =
                track.entries.iter().take(64).map(|entry| entry.samples).filter(|count| *count > 0).collect();
            counts.sort_unstable();
            let usual = counts.get(counts.len() / 2).copied().unwrap_or(1024);
            let preroll = rate.div_ceil(usual.max(1)).max(1) as usize;
            Anchors { spacing: preroll * 12, preroll }
        };
        match codec {
            _ if codec.starts_with("pcm_") => each(0),
            "flac" | "alac" | "adpcm_ima_wav" | "adpcm_ms" | "adpcm_ima_qt" => each(0),
            "aac" if profile == AAC_MAIN => each(64),
            "aac" | "vorbis" => each(4),
            "mp1" | "mp2" | "mp3" => each(16),
            "ac3" | "eac3" => each(8),
            "speex" => each(100),
            _ => one_second(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Entry;

    fn track(packets: &[(i64, u8)], skips: Vec<(u32, u32, u32)>) -> Track {
        let entries = packets
            .iter()
            .map(|(pts, flags)| Entry {
                pts: Ticks(*pts),
                dts: Ticks(*pts),
                duration: Ticks(1_000),
                position: 0,
                checksum: 0,
                size: 0,
                samples: 1_000,
                flags: *flags,
            })
            .collect();
        Track {
            stream: 0,
            is_video: false,
            time_base: (1, 10_000),
            entries,
            skips: skips.into_iter().map(|(packet, start, end)| (PacketId(packet), start, end)).collect(),
            display_order: None,
            counts_unknown: false,
        }
    }

    fn aligned(track: &Track) -> AudioTrack {
        let count = track.entries.len() as i64;
        let mut audio = AudioTrack {
            stream: 0,
            rate: 10_000,
            layout: ChannelLayout::usual(1).unwrap(),
            wide: false,
            anchors: Anchors { spacing: 64, preroll: 4 },
            starts: (0..=count).map(|n| n * 1_000).collect(),
            runs: Vec::new(),
            counted_only: false,
            container_start: None,
            zero: Rational::ZERO,
        };
        audio.container_start = audio.find_start(track);
        audio.align(audio.container_start.unwrap(), track);
        audio
    }

    #[test]
    fn encoder_delay_and_padding_are_cut_and_the_rest_is_one_run() {
        let audio = aligned(&track(
            &[(-1_500, 0), (-500, 0), (500, 0), (1_500, 0)],
            vec![(0, 1_500, 0), (3, 0, 400)],
        ));
        assert_eq!(audio.runs, [AudioRun { start: 0, decoded: 1_500, len: 2_100 }]);
        assert_eq!(audio.start(), Some(Rational::ZERO));
    }

    #[test]
    fn jitter_is_no_gap_but_a_pause_is() {
        let audio = aligned(&track(&[(0, 0), (1_150, 0), (1_900, 0), (5_000, 0), (6_000, 0)], vec![]));
        assert_eq!(
            audio.runs,
            [
                AudioRun { start: 0, decoded: 0, len: 3_000 },
                AudioRun { start: 5_000, decoded: 3_000, len: 2_000 }
            ]
        );
        assert_eq!(audio.covered().as_slice(), [(0, 3_000), (5_000, 7_000)]);
    }

    #[test]
    fn of_two_packets_for_the_same_time_the_first_is_kept() {
        let audio = aligned(&track(&[(0, 0), (1_000, 0), (1_400, 0), (2_400, 0)], vec![]));
        assert_eq!(
            audio.runs,
            [
                AudioRun { start: 0, decoded: 0, len: 2_000 },
                AudioRun { start: 2_000, decoded: 2_600, len: 1_400 }
            ]
        );
    }

    #[test]
    fn after_an_overlap_packets_keep_their_own_times() {
        let packets = [(0, 0), (1_000, 0), (700, 0), (1_700, 0), (2_700, 0), (3_700, 0)];
        let audio = aligned(&track(&packets, vec![]));
        assert_eq!(
            audio.runs,
            [
                AudioRun { start: 0, decoded: 0, len: 2_000 },
                AudioRun { start: 2_000, decoded: 3_300, len: 2_700 }
            ]
        );
    }

    #[test]
    fn times_without_room_for_most_packets_are_not_used() {
        let audio = aligned(&track(&[(0, 0), (100, 0), (400, 0), (600, 0)], vec![]));
        assert!(audio.counted_only);
        assert_eq!(audio.runs, [AudioRun { start: 0, decoded: 0, len: 4_000 }]);
    }

    #[test]
    fn discarded_packets_take_the_delay_with_them() {
        let audio = aligned(&track(&[(-1_000, DISCARD), (0, 0), (1_000, 0)], vec![(0, 1_000, 0)]));
        assert_eq!(audio.runs, [AudioRun { start: 0, decoded: 1_000, len: 2_000 }]);
        assert_eq!(audio.packet_of(999), PacketId(0));
        assert_eq!(audio.packet_of(1_000), PacketId(1));
    }
}
