//! How many samples each audio packet decodes to, where headers do not say: measured once, and kept in the index.

use emos_ffmpeg::Decoder;

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Origin, Track};
use crate::numbers::PacketId;
use crate::packets::Packets;
use crate::source::Stop;

/// How many packets are decoded at each end to check the headers.
const CHECKED: usize = 6;

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Samples of each packet.
    pub counts: Option<Vec<u32>>,
    /// Encoder delay: samples at the start of the track that belong to no input, where only the decoder knows it.
    pub delay: u32,
    /// Packets at the end that decode to no samples.
    pub empty_tail: usize,
    /// None of the packets that were decoded gave samples.
    pub nothing_comes: bool,
}

/// Measure what the packet headers of an audio track do not say.
///
/// The first and the last packets are always decoded. The complete track is decoded, once, where the codec has packets of
/// any length or the first packets do not decode to what the headers say.
pub(crate) fn measure(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<Measured> {
    let parameters = packets.shared.parameters(track.stream)?;
    let total = track.entries.len();
    if track.is_video || total == 0 || !Decoder::exists(parameters) || parameters.sample_rate() == 0 {
        return Ok(Measured::default());
    }
    let head = counts(packets, track, 0, total.min(CHECKED), true, stop)?;
    let trimmed = counts(packets, track, 0, total.min(CHECKED), false, stop)?;
    let delay = delay(&head, &trimmed);
    // A packet without samples starts up the decoder or is damaged, and says nothing about the headers.
    let differs = head
        .iter()
        .zip(&track.entries)
        .any(|(found, entry)| found.is_some_and(|found| found != 0 && found != entry.samples));
    if track.counts_unknown || differs {
        let all = counts(packets, track, 0, total, true, stop)?;
        let counts: Vec<u32> = all.into_iter().map(|count| count.unwrap_or(0)).collect();
        let nothing_comes = counts.iter().all(|count| *count == 0);
        return Ok(Measured { counts: Some(counts), delay, empty_tail: 0, nothing_comes });
    }
    let tail = counts(packets, track, total.saturating_sub(CHECKED), total, true, stop)?;
    let empty = tail.iter().rev().take_while(|count| count.unwrap_or(0) == 0).count();
    let empty_tail = if empty == tail.len() { 0 } else { empty };
    let nothing_comes = empty == tail.len() && head.iter().all(|count| count.unwrap_or(0) == 0);
    let mut measured = Measured { counts: None, delay, empty_tail, nothing_comes };
    let varies = ["flac", "alac", "opus"].contains(&parameters.codec_name().as_str());
    if packets.shared.index.origin == Origin::Tables && varies && empty_tail == 0 {
        let mut all: Vec<u32> = track.entries.iter().map(|entry| entry.samples).collect();
        if let (Some(Some(found)), Some(target)) = (tail.last(), all.last_mut()) {
            *target = *found;
            measured.counts = Some(all);
        }
    }
    Ok(measured)
}

/// How many samples a decoder leaves out at the start: the difference of its counts without and with leaving out.
fn delay(all: &[Option<u32>], trimmed: &[Option<u32>]) -> u32 {
    let mut delay = 0u32;
    for (all, trimmed) in all.iter().zip(trimmed) {
        let (Some(all), Some(trimmed)) = (all, trimmed) else { break };
        delay = delay.saturating_add(all.saturating_sub(*trimmed));
        if *trimmed > 0 {
            break;
        }
    }
    delay
}

/// Decode packets `first..end` and count the samples of each; `None` where a packet fails.
fn counts(
    packets: Packets<'_>,
    track: &Track,
    first: usize,
    end: usize,
    keep_delay: bool,
    stop: &dyn Stop,
) -> Result<Vec<Option<u32>>> {
    let parameters = packets.shared.parameters(track.stream)?;
    let open = if keep_delay { Decoder::open } else { Decoder::open_skipping };
    let mut decoder = open(parameters)
        .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, packets.shared.name()))?;
    let mut found: Vec<Option<u32>> = vec![Some(0); end - first];
    let mut last = first;
    let mut add = |found: &mut Vec<Option<u32>>, packet_id: Option<i64>, samples: usize| {
        let packet = PacketId::from_decoder(packet_id).map_or(last, PacketId::index);
        last = packet;
        if let Some(Some(count)) = packet.checked_sub(first).and_then(|at| found.get_mut(at)) {
            *count = count.saturating_add(u32::try_from(samples).unwrap_or(u32::MAX));
        }
    };
    packets.read(track, PacketId::at(first), PacketId::at(end), stop, &mut |number, mut packet| {
        packet.drop_side_data();
        let sent = decoder.send(&packet, number.into(), &mut |frame| {
            add(&mut found, frame.packet_id(), frame.num_samples())
        });
        if sent.is_err() {
            found[number.index() - first] = None;
        }
        true
    })?;
    let _ = decoder.drain(&mut |frame| add(&mut found, frame.packet_id(), frame.num_samples()));
    Ok(found)
}
