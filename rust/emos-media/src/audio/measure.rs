//! How many samples each audio packet decodes to, and of which format, where headers do not say: measured once, and kept in
//! the index.

use emos_ffmpeg::{Decoder, Frame, Parameters};

use super::conversion::starts_of;
use crate::error::{Error, ErrorKind, Result};
use crate::index::audio_headers::{format_bits, mpeg_rate};
use crate::index::scan::FIXED;
use crate::index::{AudioFormat, Origin, Track};
use crate::numbers::{PacketId, Ticks};
use crate::packets::Packets;
use crate::source::Stop;

/// How many packets are decoded at each end to check the headers.
const CHECKED: usize = 6;
/// How many packets of a track with sample tables are looked at for headers that change.
const LOOKED_AT: usize = 16;
/// Containers without a clock, whose times count samples. After a change of format FFmpeg counts on as if packets had the
/// rate of the first, for some packets or for all; in ticks of another length (the links of a chained Ogg file); or from zero
/// (FLAC). So the times are counted anew.
const COUNTED: [&str; 10] = ["aac", "ac3", "dts", "eac3", "flac", "loas", "mlp", "mp3", "ogg", "truehd"];

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Samples of each packet.
    pub counts: Option<Vec<u32>>,
    /// From which packet on samples have which format, where it is not always that of the stream's headers.
    pub formats: Vec<(PacketId, AudioFormat)>,
    /// Encoder delay: samples at the start of the track that belong to no input, where only the decoder knows it.
    pub delay: u32,
    /// Packets at the end that decode to no samples.
    pub empty_tail: usize,
    /// None of the packets that were decoded gave samples.
    pub nothing_comes: bool,
}

/// What one packet decodes to.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// `None` where the packet fails.
    samples: Option<u32>,
    /// Of the first samples.
    format: Option<AudioFormat>,
}

/// The sample rate in the packet itself. FFmpeg's MPEG decoders say the rate of the frame before.
#[must_use]
pub(crate) fn stated_rate(codec: &str, data: &[u8]) -> Option<u32> {
    matches!(codec, "mp1" | "mp2" | "mp3").then(|| mpeg_rate(data)).flatten()
}

/// Measure what the packet headers of an audio track do not say.
///
/// The first and the last packets are always decoded. The complete track is decoded, once, where the codec has packets of
/// any length, where the first packets do not decode to what the headers say, or where the format may change.
pub(crate) fn measure(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<Measured> {
    let parameters = packets.shared.parameters(track.stream)?;
    let total = track.entries.len();
    if track.is_video || total == 0 || !Decoder::exists(parameters) || parameters.sample_rate() == 0 {
        return Ok(Measured::default());
    }
    let head = decode(packets, track, 0, total.min(CHECKED), true, stop)?;
    let trimmed = decode(packets, track, 0, total.min(CHECKED), false, stop)?;
    let delay = delay(&head, &trimmed);
    // A packet without samples starts up the decoder or is damaged, and says nothing about the headers.
    let differs = head
        .iter()
        .zip(&track.entries)
        .any(|(found, entry)| found.samples.is_some_and(|found| found != 0 && found != entry.samples));
    let complete = || -> Result<Measured> {
        let all = decode(packets, track, 0, total, true, stop)?;
        let nothing_comes = all.iter().all(|found| found.samples.unwrap_or(0) == 0);
        let counts = counts(&all, track, FIXED.contains(&parameters.codec_name().as_str()));
        let formats = formats(&all, parameters);
        let failed = all.iter().rev().take_while(|found| found.samples.is_none()).count();
        let empty_tail = if nothing_comes { 0 } else { failed };
        Ok(Measured { counts: Some(counts), formats, delay, empty_tail, nothing_comes })
    };
    let is_other = |found: &[Found]| !formats(found, parameters).is_empty();
    let suspected = track.changes.suspected || is_other(&head) || headers_differ(packets, track, stop)?;
    if track.counts_unknown || differs || suspected {
        return complete();
    }
    let tail = decode(packets, track, total.saturating_sub(CHECKED), total, true, stop)?;
    if is_other(&tail) {
        return complete();
    }
    let empty = tail.iter().rev().take_while(|found| found.samples.unwrap_or(0) == 0).count();
    let empty_tail = if empty == tail.len() { 0 } else { empty };
    let nothing_comes = empty == tail.len() && head.iter().all(|found| found.samples.unwrap_or(0) == 0);
    let mut measured = Measured { delay, empty_tail, nothing_comes, ..Measured::default() };
    let varies = ["flac", "alac", "opus"].contains(&parameters.codec_name().as_str());
    if packets.shared.index.origin == Origin::Tables && varies && empty_tail == 0 {
        let mut all: Vec<u32> = track.entries.iter().map(|entry| entry.samples).collect();
        if let (Some(Some(found)), Some(target)) = (tail.last().map(|found| found.samples), all.last_mut()) {
            *target = found;
            measured.counts = Some(all);
        }
    }
    Ok(measured)
}

impl Measured {
    /// Write it into the track. Returns what is odd about the track.
    pub fn apply(self, track: &mut Track, container: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(counts) = self.counts {
            for (entry, count) in track.entries.iter_mut().zip(counts) {
                entry.samples = count;
            }
            track.counts_unknown = false;
        }
        track.delay_at_least(self.delay);
        let end = track.entries.len();
        for entry in &mut track.entries[end - self.empty_tail..] {
            entry.samples = 0;
        }
        if self.empty_tail > 0 {
            let what = if self.empty_tail == 1 { "packet" } else { &format!("{} packets", self.empty_tail) };
            let verb = if self.empty_tail == 1 {
                "decodes to no samples and was"
            } else {
                "decode to no samples and were"
            };
            warnings.push(format!("the last {what} of audio track {} {verb} left out", track.stream));
        }
        track.changes.formats = self.formats;
        warnings.extend(convert_times(track, container));
        warnings
    }
}

/// Where the format of a track changes, times and trims in samples are of the first format.
fn convert_times(track: &mut Track, container: &str) -> Option<String> {
    let formats = track.changes.formats.clone();
    let ((_, first), changes) = formats.split_first()?;
    let (starts, conversions) = starts_of(track, first.rate, first.channels);
    for conversion in &conversions {
        let scale = |samples: u32| {
            let scaled =
                u64::from(samples) * u64::from(first.rate) / u64::from(conversion.format.rate.max(1));
            u32::try_from(scaled).unwrap_or(u32::MAX)
        };
        for skip in track.skips.iter_mut().filter(|skip| conversion.packets.contains(&skip.0.index())) {
            (skip.1, skip.2) = (scale(skip.1), scale(skip.2));
        }
    }
    if COUNTED.contains(&container) {
        count_times(track, &starts, first.rate);
    }
    let (packet, second) = changes.first()?;
    let entry = track.entries.get(packet.index())?;
    let seconds = entry.pts.0 as f64 * f64::from(track.time_base.0) / f64::from(track.time_base.1);
    Some(format!(
        "audio track {} changes its format {}, first at {seconds:.3} s of the container from {} to {}, and is \
         converted to the first",
        track.stream,
        if changes.len() == 1 { "once".to_owned() } else { format!("{} times", changes.len()) },
        describe(first),
        describe(second),
    ))
}

/// Put packets end to end without what is not presented, from the time of the first on.
fn count_times(track: &mut Track, starts: &[i64], rate: u32) {
    let (numerator, denominator) = (i128::from(track.time_base.0), i128::from(track.time_base.1));
    let samples_a_tick = (i128::from(rate) * numerator).max(1);
    let begin = track.entries.first().map_or(Ticks::ZERO, |entry| entry.pts);
    let mut dropped = 0i64;
    for (number, start) in starts.iter().enumerate().take(track.entries.len()) {
        let skip = track.skip(PacketId::at(number));
        // The first packet has the time of its first sample, presented or not.
        dropped += if number == 0 { 0 } else { i64::from(skip.start) };
        let ticks = i128::from(start - dropped) * denominator / samples_a_tick;
        let entry = &mut track.entries[number];
        entry.pts = begin.saturating_add(Ticks(i64::try_from(ticks).unwrap_or(i64::MAX)));
        entry.dts = entry.pts;
        dropped += i64::from(skip.end);
    }
}

fn describe(format: &AudioFormat) -> String {
    format!("{} Hz with {} channels", format.rate, format.channels)
}

/// The samples of each packet. One that fails between others is as long as the one before it, so that what it lost is known.
/// Where all packets are as long, one that fails before others is too, so that damage does not move what comes after it.
fn counts(all: &[Found], track: &Track, is_fixed: bool) -> Vec<u32> {
    let end = all.iter().rposition(|found| found.samples.is_some_and(|count| count > 0)).unwrap_or(0);
    let first = all.iter().filter_map(|found| found.samples).find(|count| *count > 0);
    let mut before = if is_fixed && track.counts_unknown { first.unwrap_or(0) } else { 0 };
    let counts =
        all.iter().zip(&track.entries).enumerate().map(|(number, (found, entry))| match found.samples {
            Some(count) => {
                before = if count > 0 { count } else { before };
                count
            }
            None if number > end => 0,
            None if track.counts_unknown || before > 0 => before,
            None => entry.samples,
        });
    counts.collect()
}

/// From which packet on samples have which format; empty where all have that of the stream's headers.
fn formats(all: &[Found], parameters: &Parameters) -> Vec<(PacketId, AudioFormat)> {
    let same = |a: &AudioFormat, b: &AudioFormat| (a.rate, a.channels) == (b.rate, b.channels);
    let mut formats: Vec<(PacketId, AudioFormat)> = Vec::new();
    for (number, found) in all.iter().enumerate() {
        let Some(format) = found.format else { continue };
        match formats.last() {
            Some((_, last)) if same(last, &format) => {}
            None => formats.push((PacketId::FIRST, format)),
            Some(_) => formats.push((PacketId::at(number), format)),
        }
    }
    let is_stated = |format: &AudioFormat| {
        (format.rate, format.channels) == (parameters.sample_rate(), parameters.num_channels())
    };
    match formats.as_slice() {
        [(_, only)] if is_stated(only) => Vec::new(),
        _ => formats,
    }
}

/// Whether packets with the same decoder headers have different ones of their own. A scan saw them all; of a track with
/// sample tables some are looked at, over all of its length.
fn headers_differ(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<bool> {
    let total = track.entries.len();
    let codec = packets.shared.parameters(track.stream)?.codec_name();
    if packets.shared.index.origin != Origin::Tables || total < 2 {
        return Ok(false);
    }
    let mut first = None;
    for at in 0..LOOKED_AT {
        let packet = PacketId::at(at * (total - 1) / (LOOKED_AT - 1));
        let mut bits = None;
        packets.read(track, packet, packet.next(), stop, &mut |_, packet| {
            bits = format_bits(&codec, packet.data());
            true
        })?;
        // Without bits in the first packet the codec has none.
        let (Some(bits), before) = (bits, first) else { break };
        if before.is_some_and(|before| before != bits) {
            return Ok(true);
        }
        first = Some(bits);
    }
    Ok(false)
}

/// How many samples a decoder leaves out at the start: the difference of its counts without and with leaving out.
fn delay(all: &[Found], trimmed: &[Found]) -> u32 {
    let mut delay = 0u32;
    for (all, trimmed) in all.iter().zip(trimmed) {
        let (Some(all), Some(trimmed)) = (all.samples, trimmed.samples) else { break };
        delay = delay.saturating_add(all.saturating_sub(trimmed));
        if trimmed > 0 {
            break;
        }
    }
    delay
}

/// Decode packets `first..end` and count the samples of each.
fn decode(
    packets: Packets<'_>,
    track: &Track,
    first: usize,
    end: usize,
    keep_delay: bool,
    stop: &dyn Stop,
) -> Result<Vec<Found>> {
    let parameters = packets.shared.parameters(track.stream)?;
    let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, packets.shared.name());
    let open = if keep_delay { Decoder::open } else { Decoder::open_skipping };
    let mut decoder = open(parameters).map_err(fail)?;
    let codec = parameters.codec_name();
    let mut all = vec![Found { samples: Some(0), format: None }; end - first];
    let mut last = first;
    let mut add = |all: &mut Vec<Found>, frame: &Frame, rate: Option<u32>| {
        let packet = PacketId::from_decoder(frame.packet_id()).map_or(last, PacketId::index);
        last = packet;
        let Some(found) = packet.checked_sub(first).and_then(|at| all.get_mut(at)) else { return };
        let samples = u32::try_from(frame.num_samples()).unwrap_or(u32::MAX);
        found.samples = found.samples.map(|count| count.saturating_add(samples));
        if samples > 0 && found.format.is_none() {
            let rate = rate.unwrap_or(frame.sample_rate());
            found.format =
                Some(AudioFormat { rate, channels: frame.num_channels(), mask: frame.channel_mask() });
        }
    };
    let mut changed = Ok(());
    packets.read(track, PacketId::at(first), PacketId::at(end), stop, &mut |number, mut packet| {
        packet.drop_side_data();
        changed = track.changes.tell(&mut packet, number, number.index() == first);
        let rate = stated_rate(&codec, packet.data());
        let sent = decoder.send(&packet, number.into(), &mut |frame| add(&mut all, &frame, rate));
        let found = &mut all[number.index() - first].samples;
        // A decoder may refuse what is left of a packet after it gave samples of it, such as half a sample.
        if sent.is_err() && *found == Some(0) {
            *found = None;
        }
        changed.is_ok()
    })?;
    changed.map_err(fail)?;
    let _ = decoder.drain(&mut |frame| add(&mut all, &frame, None));
    Ok(all)
}
