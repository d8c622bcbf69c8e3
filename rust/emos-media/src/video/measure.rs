//! What only a decoder can tell about the pictures of a track, learnt once and kept in the index.

use std::collections::BTreeSet;

use emos_ffmpeg::{Decoder, Frame};

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, DISCARD, HIDDEN, KEY, NO_PTS};
use crate::packets;
use crate::shared::Shared;
use crate::source::Stop;

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    /// Packets in the order of their pictures.
    pub display_order: Option<Vec<u32>>,
    /// Packets that give no picture.
    pub hidden: Vec<usize>,
}

/// Learn what the packet headers of a video track leave open:
///
/// - without presentation times (AVI, raw streams) and with reordering, the order is that in which pictures come out;
/// - where a file begins in the middle of a group, the pictures that cannot be decoded do not come out.
///
/// Costs nothing for other files; the second case decodes the first group only.
pub(crate) fn learn(shared: &Shared, track: &Track, stop: &dyn Stop) -> Result<Learnt> {
    let parameters = shared.parameters(track.stream)?;
    if !track.is_video || track.entries.is_empty() || !Decoder::exists(parameters) {
        return Ok(Learnt::default());
    }
    let timeless = track.entries.iter().any(|entry| entry.is(NO_PTS) && !entry.is(DISCARD));
    if timeless && (parameters.video_delay() > 0 || parameters.codec_name() == "h264") {
        let order = decode_order(shared, track, track.entries.len(), stop)?;
        if order.is_empty() {
            return Ok(Learnt::default());
        }
        let shown: BTreeSet<u32> = order.iter().copied().collect();
        let hidden = (0u32..)
            .zip(&track.entries)
            .filter(|(packet, _)| !shown.contains(packet))
            .map(|(packet, _)| packet as usize)
            .collect();
        return Ok(Learnt { display_order: Some(order), hidden });
    }
    let doubtful = doubtful_packets(track);
    let Some(last) = doubtful.last() else { return Ok(Learnt::default()) };
    let order = decode_order(shared, track, last + 1, stop)?;
    if order.is_empty() && doubtful.len() == last + 1 && track.entries.len() == last + 1 {
        return Ok(Learnt::default());
    }
    let shown: BTreeSet<usize> = order.iter().map(|packet| *packet as usize).collect();
    let hidden = doubtful.into_iter().filter(|packet| !shown.contains(packet)).collect();
    Ok(Learnt { display_order: None, hidden })
}

/// Packets before the first sync packet, and those behind it that are shown before it.
fn doubtful_packets(track: &Track) -> Vec<usize> {
    let entries = &track.entries;
    let Some(first) = entries.iter().position(|entry| entry.is(KEY)) else {
        return Vec::new();
    };
    let second = entries.iter().skip(first + 1).position(|entry| entry.is(KEY));
    let end = second.map_or(entries.len(), |at| first + 1 + at);
    let leading = (first + 1..end).filter(|packet| entries[*packet].pts < entries[first].pts);
    (0..first)
        .chain(leading)
        .filter(|packet| !entries[*packet].is(DISCARD) && !entries[*packet].is(HIDDEN))
        .collect()
}

/// Decode packets from the first up to `end`, and say in which order their pictures come out.
fn decode_order(shared: &Shared, track: &Track, end: usize, stop: &dyn Stop) -> Result<Vec<u32>> {
    let parameters = shared.parameters(track.stream)?;
    let mut decoder = Decoder::open(parameters)
        .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
    let mut order = Vec::new();
    let mut note = |frame: Frame| {
        if let Some(packet) = frame.mark().and_then(|mark| u32::try_from(mark).ok()) {
            if (packet as usize) < end && order.last() != Some(&packet) {
                order.push(packet);
            }
        }
    };
    packets::read(shared, track, 0, end, stop, &mut |number, packet| {
        // A packet that cannot be decoded has no picture, which is what we came to learn.
        let _ = decoder.send(&packet, i64::try_from(number).unwrap_or(i64::MAX), &mut note);
        true
    })?;
    let _ = decoder.drain(&mut note);
    Ok(order)
}
