//! What only a decoder knows about the frames of a track: measured once, and kept in the index.

use std::collections::BTreeSet;

use emos_ffmpeg::{Decoder, Frame};

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, DISCARD, HIDDEN, KEY, NO_PTS};
use crate::numbers::PacketId;
use crate::packets::Packets;
use crate::source::Stop;

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Packets in the display order of their frames.
    pub display_order: Option<Vec<PacketId>>,
    /// Packets that give no frame.
    pub hidden: Vec<PacketId>,
}

/// Measure what the packet headers of a video track do not say:
///
/// - where there are no presentation times (AVI, raw streams) but frames are reordered: the order in which they come out;
/// - where a file begins inside a GOP: which frames cannot be decoded, since they do not come out.
///
/// For other files this costs nothing. The second case decodes only the first GOP.
pub(crate) fn measure(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<Measured> {
    let parameters = packets.shared.parameters(track.stream)?;
    if !track.is_video || track.entries.is_empty() || !Decoder::exists(parameters) {
        return Ok(Measured::default());
    }
    let lacks_times = track.entries.iter().any(|entry| entry.is(NO_PTS) && !entry.is(DISCARD));
    if lacks_times && (parameters.video_delay() > 0 || parameters.codec_name() == "h264") {
        let order = decode_order(packets, track, PacketId::at(track.entries.len()), stop)?;
        if order.is_empty() {
            return Ok(Measured::default());
        }
        let displayed: BTreeSet<PacketId> = order.iter().copied().collect();
        let all = (0..track.entries.len()).map(PacketId::at);
        let hidden = all.filter(|packet| !displayed.contains(packet)).collect();
        return Ok(Measured { display_order: Some(order), hidden });
    }
    let doubtful = doubtful_packets(track);
    let Some(last) = doubtful.last() else { return Ok(Measured::default()) };
    let order = decode_order(packets, track, last.next(), stop)?;
    if order.is_empty() && doubtful.len() == last.index() + 1 && track.entries.len() == last.index() + 1 {
        return Ok(Measured::default());
    }
    let displayed: BTreeSet<PacketId> = order.iter().copied().collect();
    let hidden = doubtful.into_iter().filter(|packet| !displayed.contains(packet)).collect();
    Ok(Measured { display_order: None, hidden })
}

/// Packets before the first key packet, and later ones whose frames are displayed before its frame.
fn doubtful_packets(track: &Track) -> Vec<PacketId> {
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
        .map(PacketId::at)
        .collect()
}

/// Decode packets `0..end`. Returns the order in which their frames come out.
fn decode_order(
    packets: Packets<'_>,
    track: &Track,
    end: PacketId,
    stop: &dyn Stop,
) -> Result<Vec<PacketId>> {
    let parameters = packets.shared.parameters(track.stream)?;
    let mut decoder = Decoder::open(parameters)
        .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, packets.shared.name()))?;
    let mut order = Vec::new();
    let mut note = |frame: Frame| {
        if let Some(packet) = PacketId::from_decoder(frame.packet_id()) {
            if packet < end && order.last() != Some(&packet) {
                order.push(packet);
            }
        }
    };
    packets.read(track, PacketId::FIRST, end, stop, &mut |number, packet| {
        // A packet that cannot be decoded gives no frame, and that is what is measured.
        let _ = decoder.send(&packet, number.into(), &mut note);
        true
    })?;
    let _ = decoder.drain(&mut note);
    Ok(order)
}
