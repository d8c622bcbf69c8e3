//! The audio track as one defined signal.
//!
//! ```text
//! packets      p0    p1    p2    p3   |   p4    p5        decoded samples follow each other without gaps
//! presented       [-----------------] |  [---------]      after encoder delay, before padding
//! runs         |<-- run 0 ---------->| gap |<- run 1 --->|   a new run only where the smoothed clock says so (clock.rs)
//! anchors      ^           ^             ^                each chunk has a new decoder, fed from its pre-roll on
//! ```

use emos_ffmpeg::{ChannelLayout, Frame};
use emos_time::{sample_at, Rational, Spans};

use super::anchors::Anchors;
use super::clock::{self, Correction, Units};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, DISCARD, NO_PTS};
use crate::numbers::{PacketId, Ticks};
use crate::shared::Shared;

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
    /// Samples that no packet has, and samples that were left out since those before them were later than theirs.
    pub gaps: Tally,
    pub overlaps: Tally,
    /// The times of the container were of no use.
    pub counted_only: bool,
    /// The time of the first sample, in seconds on the clock of the container.
    container_start: Option<Rational>,
    zero: Rational,
}

/// How often something was met, and how many samples it took in total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    pub samples: i64,
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
            gaps: Tally::default(),
            overlaps: Tally::default(),
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
        let cut = self.align_by_clock(track);
        let packets = presented(&self.starts, track).count();
        if cut * 2 > packets {
            // Most packets have more samples than there is time until the next packet: then the times are wrong.
            self.counted_only = true;
            self.align_by_clock(track);
        }
    }

    /// Returns how many packets lose more to overlaps than a drift can explain.
    fn align_by_clock(&mut self, track: &Track) -> usize {
        let (Some(origin), Some(started)) = (self.first_sample(self.rate), self.container_start) else {
            return 0;
        };
        let units = units(track.time_base, self.rate);
        let packets: Vec<(usize, i64, i64)> = presented(&self.starts, track).collect();
        let mut corrections = self.corrections(track, &packets, units).into_iter().peekable();
        let (Some(&(_, first, _)), most) = (packets.first(), i64::from(self.rate) / 1_000) else { return 0 };
        (self.runs, self.gaps, self.overlaps) = (Vec::new(), Tally::default(), Tally::default());
        let mut cut = 0;
        // Position on the track less position among all decoded samples.
        let mut offset = -first;
        let mut was_dropped = false;
        for (at, (_, begin, end)) in packets.into_iter().enumerate() {
            if let Some((_, correction)) = corrections.next_if(|(number, _)| *number == at) {
                match correction {
                    Correction::Shift(by) => offset += by,
                    Correction::Begin(deviation) => {
                        let start = self.later(started, begin - first, deviation, units);
                        let place =
                            start.and_then(|start| sample_at(start.checked_sub(self.zero)?, self.rate));
                        offset =
                            place.map_or(offset, |place| place.saturating_sub(origin).saturating_sub(begin));
                    }
                }
            }
            let start = begin + offset;
            let free = self.runs.last().map_or(start, |run| run.start + run.len);
            let dropped = (free - start).clamp(0, end - begin);
            self.gaps.add(u64::from(start > free), (start - free).max(0));
            self.overlaps.add(u64::from(dropped > 0 && !was_dropped), dropped);
            was_dropped = dropped == end - begin;
            cut += usize::from(dropped > most);
            let (start, decoded, len) = (start + dropped, begin + dropped, end - begin - dropped);
            match self.runs.last_mut() {
                _ if len == 0 => {}
                Some(run) if run.start + run.len == start && run.decoded + run.len == decoded => {
                    run.len += len
                }
                _ => self.runs.push(AudioRun { start, decoded, len }),
            }
        }
        cut
    }

    /// Where packets with presented samples do not follow those before them.
    fn corrections(
        &self,
        track: &Track,
        packets: &[(usize, i64, i64)],
        units: Units,
    ) -> Vec<(usize, Correction)> {
        let Some(&(first, _, _)) = packets.first() else { return Vec::new() };
        let (pts, decoded) = (track.entries[first].pts, self.starts[first]);
        let deviations: Vec<Option<i128>> = packets
            .iter()
            .map(|(number, _, _)| {
                let entry = &track.entries[*number];
                let has_time = *number == first || !(entry.is(NO_PTS) || self.counted_only);
                let by_clock = i128::from(entry.pts.saturating_sub(pts).0) * units.tick;
                let by_count = i128::from(self.starts[*number] - decoded) * units.sample;
                has_time.then_some(by_clock - by_count)
            })
            .collect();
        clock::follow(&deviations, units)
    }

    /// A time that is later by samples of the track and a deviation.
    fn later(&self, time: Rational, samples: i64, deviation: i128, units: Units) -> Option<Rational> {
        let samples = Rational::new(samples.into(), self.rate.into())?;
        let deviation = Rational::new(deviation, units.second)?;
        time.checked_add(samples)?.checked_add(deviation)
    }

    /// The time of a sample of a packet, in seconds on the clock of the container.
    fn time_of(&self, pts: Ticks, sample: i64, track: &Track) -> Option<Rational> {
        let offset = Rational::new(sample.into(), self.rate.into())?;
        pts.seconds(track.time_base)?.checked_add(offset)
    }

    /// The time of the first presented sample. Where a tick is longer than a sample, the time of its packet was rounded to
    /// a tick, and encoder delay that is no multiple of a tick leaves a fraction of that rounding: it is rounded off, halves
    /// toward zero.
    fn find_start(&self, track: &Track) -> Option<Rational> {
        let (number, first, _) = presented(&self.starts, track).next()?;
        let start = self.time_of(track.entries[number].pts, first - self.starts[number], track)?;
        let tick = Ticks::ONE.seconds(track.time_base)?;
        if tick <= Rational::new(1, self.rate.into())? {
            return Some(start);
        }
        let (ticks, half) = (start.checked_div(tick)?, Rational::new(1, 2)?);
        let nearest = if ticks.is_positive() {
            ticks.checked_sub(half)?.ceil()?
        } else {
            ticks.checked_add(half)?.floor()?
        };
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
        let end_to_end = self.counted_only.then(|| {
            format!("the times of audio track {stream} leave no room for its samples, so its packets are put end to end")
        });
        [
            end_to_end,
            tell(
                self.gaps,
                "gap between its packets",
                "gaps between its packets",
                "are missing, and not valid",
            ),
            tell(
                self.overlaps,
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

impl Tally {
    fn add(&mut self, count: u64, samples: i64) {
        self.count += count;
        self.samples += samples;
    }
}

/// Lengths in units of 1 / (rate * denominator of the time base) seconds.
fn units((numerator, denominator): (i32, i32), rate: u32) -> Units {
    let (denominator, rate) = (i128::from(denominator), i128::from(rate));
    Units { tick: i128::from(numerator) * rate, sample: denominator, second: rate * denominator }
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
            gaps: Tally::default(),
            overlaps: Tally::default(),
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
        // 115 ms late and 100 ms early are jitter: it goes to both sides, or comes back. What stays late is a pause.
        let audio = aligned(&track(&[(0, 0), (1_150, 0), (1_900, 0), (5_000, 0), (6_000, 0)], vec![]));
        assert_eq!(
            audio.runs,
            [
                AudioRun { start: 0, decoded: 0, len: 3_000 },
                AudioRun { start: 5_000, decoded: 3_000, len: 2_000 }
            ]
        );
        assert_eq!(audio.covered().as_slice(), [(0, 3_000), (5_000, 7_000)]);
        assert_eq!((audio.gaps, audio.overlaps), (Tally { count: 1, samples: 2_000 }, Tally::default()));
    }

    #[test]
    fn a_step_shorter_than_a_pause_is_a_gap_too() {
        let packets: Vec<(i64, u8)> =
            (0..40).map(|n| (n * 1_000 + if n < 20 { 0 } else { 120 }, 0)).collect();
        let audio = aligned(&track(&packets, vec![]));
        assert_eq!(
            audio.runs,
            [
                AudioRun { start: 0, decoded: 0, len: 20_000 },
                AudioRun { start: 20_120, decoded: 20_000, len: 20_000 }
            ]
        );
        let expected =
            "audio track 0 has 1 gap between its packets: 120 samples at 10000 Hz in total are missing, and not valid";
        assert_eq!(audio.warnings(), [expected]);
    }

    #[test]
    fn drift_drops_a_few_samples_at_packets_and_tells_how_many() {
        let packets: Vec<(i64, u8)> = (0..200).map(|n| (n * 994, 0)).collect();
        let audio = aligned(&track(&packets, vec![]));
        assert!(!audio.counted_only);
        assert_eq!(audio.overlaps, Tally { count: 199, samples: 199 * 6 - 2 });
        assert_eq!(audio.len(), 199 * 994 + 2 + 1_000);
        assert!(audio.runs.iter().all(|run| (run.decoded * 994 / 1_000 - run.start).abs() < 10));
    }

    #[test]
    fn rounding_to_a_coarse_tick_moves_no_start() {
        let mut rounded = track(&[(-7, 0), (93, 0), (193, 0)], vec![(0, 65, 0)]);
        rounded.time_base = (1, 1_000);
        let audio = aligned(&rounded);
        assert_eq!(audio.container_start(), Some(Rational::ZERO));
        assert_eq!(audio.runs, [AudioRun { start: 0, decoded: 65, len: 2_935 }]);
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
