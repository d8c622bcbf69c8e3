//! Where the decoded samples of a track lie on it: end to end, but where the smoothed clock of their packets says
//! otherwise.

use emos_time::{sample_at, Rational};

use super::clock::{self, Correction, Units, MOST_AT_ONCE};
use super::jitter;
use crate::index::{has_clock, Track, DISCARD, NO_PTS};
use crate::numbers::PacketId;

/// Consecutive decoded samples without a step between them, and their position on the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioRun {
    /// The first sample, counted from the first of the track.
    pub start: i64,
    /// The first sample, counted over everything that the track decodes to.
    pub decoded: i64,
    pub len: i64,
}

/// How often something was met, and how many samples it took in total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    pub samples: i64,
}

/// The runs of a track, and what was inserted and dropped between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    pub runs: Vec<AudioRun>,
    /// Samples that no packet has.
    pub gaps: Tally,
    /// Samples that were dropped, since the samples before them end later.
    pub overlaps: Tally,
    /// The times of the container were of no use.
    pub counted_only: bool,
}

/// The samples of a packet that are presented, counted over everything that the track decodes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presented {
    pub packet: PacketId,
    /// The first sample of the packet, presented or not.
    pub count: i64,
    pub begin: i64,
    pub end: i64,
}

impl Placing {
    /// Samples of the track, with those of gaps.
    pub fn len(&self) -> i64 {
        self.runs.last().map_or(0, |run| run.start + run.len)
    }
}

impl Tally {
    fn add(&mut self, count: u64, samples: i64) {
        self.count += count;
        self.samples = self.samples.saturating_add(samples);
    }
}

/// Packets with samples that are presented. Encoder delay and padding are not.
pub(super) fn presented<'a>(starts: &'a [i64], track: &'a Track) -> impl Iterator<Item = Presented> + 'a {
    let mut skip = 0i64;
    track.entries.iter().enumerate().filter_map(move |(number, entry)| {
        let packet = PacketId::at(number);
        let trim = track.skip(packet);
        skip = skip.max(i64::from(trim.start));
        let (count, next) = (starts[number], starts[number + 1]);
        let begin = count + skip.min(next - count);
        skip -= begin - count;
        let end = next - i64::from(trim.end).min(next - count);
        (!entry.is(DISCARD) && begin < end).then_some(Presented { packet, count, begin, end })
    })
}

/// Whether the times of packets say anything that counting samples does not. Those of raw FLAC are counted in its own headers,
/// and begin anew where files were joined.
pub(super) fn is_timed(container: &str, track: &Track) -> bool {
    let is_joined = || track.entries.windows(2).any(|pair| pair[1].pts < pair[0].pts);
    has_clock(container) && !(container == "flac" && is_joined())
}

/// Place the packets of a track. `starts` counts the decoded samples before each packet, `start` is the media time of the
/// first presented one.
pub(super) fn placing_of(
    starts: &[i64],
    track: &Track,
    rate: u32,
    start: Rational,
    is_timed: bool,
) -> Placing {
    let packets: Vec<Presented> = presented(starts, track).collect();
    if !is_timed {
        return Placing { counted_only: false, ..by_clock(&packets, track, rate, start, true).0 };
    }
    let (placing, cut) = by_clock(&packets, track, rate, start, false);
    if cut * 2 > packets.len() {
        // Most packets have more samples than there is time until the next packet: then the times are wrong.
        return by_clock(&packets, track, rate, start, true).0;
    }
    placing
}

/// Returns also how many packets lose more to overlaps than a drift can explain.
fn by_clock(
    packets: &[Presented],
    track: &Track,
    rate: u32,
    start: Rational,
    counted_only: bool,
) -> (Placing, usize) {
    let mut placing = Placing { counted_only, ..Placing::default() };
    let Some(origin) = sample_at(start, rate) else { return (placing, 0) };
    let units = units(track.time_base, rate);
    let deviations = if counted_only { Vec::new() } else { deviations(packets, track, units) };
    let corrections = jitter::centred(&deviations, clock::follow(&deviations, units), units);
    let mut corrections = corrections.into_iter().peekable();
    let most = i128::from(rate) * MOST_AT_ONCE.0 / MOST_AT_ONCE.1;
    let mut cut = 0;
    // Position on the track less the number of presented samples before.
    let mut offset = 0;
    let mut before = 0;
    let mut was_dropped = false;
    for (at, packet) in packets.iter().enumerate() {
        let len = packet.end - packet.begin;
        match corrections.next_if(|(number, _)| *number == at) {
            Some((_, Correction::Shift(by))) => offset += by,
            Some((_, Correction::Begin(deviation))) => {
                let own = later(start, before, rate, deviation, units);
                let own = own.and_then(|own| sample_at(own, rate));
                offset = own.map_or(offset, |own| own.saturating_sub(origin).saturating_sub(before));
            }
            None => {}
        }
        let start = before + offset;
        before += len;
        let free = placing.runs.last().map_or(start, |run| run.start + run.len);
        let dropped = (free - start).clamp(0, len);
        placing.gaps.add(u64::from(start > free), (start - free).max(0));
        placing.overlaps.add(u64::from(dropped > 0 && !was_dropped), dropped);
        was_dropped = dropped == len;
        cut += usize::from(i128::from(dropped) > most);
        let run = AudioRun { start: start + dropped, decoded: packet.begin + dropped, len: len - dropped };
        match placing.runs.last_mut() {
            _ if run.len == 0 => {}
            Some(last) if last.start + last.len == run.start && last.decoded + last.len == run.decoded => {
                last.len += run.len;
            }
            _ => placing.runs.push(run),
        }
    }
    (placing, cut)
}

/// By how much the presented samples of each packet are later than the presented samples before them, counted from the
/// first packet. Packets that are not presented take no time.
///
/// The time of a packet is that of its first sample. Some writers of Vorbis, whose packets have many lengths, write that of
/// its end: then lateness goes up and down with the lengths, and does not where ends are compared.
fn deviations(packets: &[Presented], track: &Track, units: Units) -> Vec<Option<i128>> {
    let Some(first) = packets.first() else { return Vec::new() };
    let time = |packet: &Presented| {
        let ticks = track[packet.packet].pts.saturating_sub(track[first.packet].pts);
        i128::from(ticks.0) * units.tick + i128::from(packet.begin - packet.count) * units.sample
    };
    let started = time(first);
    let mut before = 0i64;
    let starts: Vec<Option<i128>> = packets
        .iter()
        .map(|packet| {
            let has_time = packet.packet == first.packet || !track[packet.packet].is(NO_PTS);
            let late = time(packet) - started - i128::from(before) * units.sample;
            before += packet.end - packet.begin;
            has_time.then_some(late)
        })
        .collect();
    let longer = |packet: &Presented| (packet.end - packet.begin) - (first.end - first.begin);
    let end_of = |(late, packet): (&Option<i128>, &Presented)| {
        Some((*late)? - i128::from(longer(packet)) * units.sample)
    };
    let ends: Vec<Option<i128>> = starts.iter().zip(packets).map(end_of).collect();
    if variation(&ends) * 2 < variation(&starts) {
        ends
    } else {
        starts
    }
}

fn variation(deviations: &[Option<i128>]) -> i128 {
    deviations.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs())).sum()
}

/// Lengths in units of 1 / (rate * denominator of the time base) seconds.
fn units((numerator, denominator): (i32, i32), rate: u32) -> Units {
    let (denominator, rate) = (i128::from(denominator), i128::from(rate));
    Units { tick: i128::from(numerator) * rate, sample: denominator, second: rate * denominator }
}

/// A time that is later by samples and by a deviation.
fn later(time: Rational, samples: i64, rate: u32, deviation: i128, units: Units) -> Option<Rational> {
    let samples = Rational::new(samples.into(), rate.into())?;
    time.checked_add(samples)?.checked_add(Rational::new(deviation, units.second)?)
}
