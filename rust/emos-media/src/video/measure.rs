//! What only a decoder knows about the frames of a track: measured once, and kept in the index.

use std::collections::BTreeSet;

use emos_ffmpeg::{Decoder, Frame};

use crate::error::{Error, ErrorKind, Result};
use crate::index::{has_clock, Track, DISCARD, FIELD, HIDDEN, KEY, NO_PTS};
use crate::numbers::{PacketId, Ticks};
use crate::packets::Packets;
use crate::source::Stop;

use super::reorder::{display_times, has_one_time, is_reordered, lacks_own_times, Output};

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Packets in the display order of their frames.
    pub display_order: Option<Vec<PacketId>>,
    /// The display time of each packet, where the container gives decoding times only.
    pub display_times: Option<Vec<Ticks>>,
    /// Packets that give no frame.
    pub hidden: Vec<PacketId>,
}

/// So many packets show whether frames are reordered: a group that reorders does so in its first frames.
const PROBED: usize = 48;

/// Measure what the packet headers of a video track do not say:
///
/// - where there are no presentation times (AVI, ASF, raw streams) but frames are reordered: the order in which they come
///   out, and when they are displayed;
/// - where a file begins inside a GOP: which frames cannot be decoded, since they do not come out.
///
/// For other files this costs nothing. The second case decodes only the first GOP. Where the times could be those of
/// decoding, but need not, a few packets are decoded.
pub(crate) fn measure(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<Measured> {
    let parameters = packets.shared.parameters(track.stream)?;
    if !track.is_video || track.entries.is_empty() || !Decoder::exists(parameters) {
        return Ok(Measured::default());
    }
    let all = PacketId::at(track.entries.len());
    let may_reorder = parameters.video_delay() > 0;
    let lacks_times = track.entries.iter().any(|entry| entry.is(NO_PTS) && !entry.is(DISCARD));
    let is_measured = if lacks_times {
        may_reorder || parameters.codec_name() == "h264"
    } else {
        let probed = PacketId::at(track.entries.len().min(PROBED));
        may_reorder && has_one_time(track) && is_reordered(&decode(packets, track, probed, stop)?.outputs)
    };
    if is_measured {
        let decoded = decode(packets, track, all, stop)?;
        return Ok(if decoded.outputs.is_empty() {
            Measured::default()
        } else {
            decoded.measured(packets, track)
        });
    }
    let doubtful = doubtful_packets(track);
    let Some(last) = doubtful.last() else { return Ok(Measured::default()) };
    let outputs = decode(packets, track, last.next(), stop)?.outputs;
    if outputs.is_empty() && doubtful.len() == last.index() + 1 && track.entries.len() == last.index() + 1 {
        return Ok(Measured::default());
    }
    let displayed: BTreeSet<PacketId> = outputs.iter().map(|output| output.packet).collect();
    let hidden = doubtful.into_iter().filter(|packet| !displayed.contains(packet)).collect();
    Ok(Measured { hidden, ..Measured::default() })
}

/// What a decoder gave for the packets of a track.
struct Decoded {
    /// Frames in the order in which they came out.
    outputs: Vec<Output>,
    /// By how many frames decoding precedes display.
    delay: u32,
}

impl Decoded {
    fn measured(self, packets: Packets<'_>, track: &Track) -> Measured {
        let Decoded { mut outputs, delay } = self;
        let has_clock = has_clock(&packets.shared.index.container);
        let display_times =
            lacks_own_times(track, &outputs, delay).then(|| display_times(track, &outputs, delay, has_clock));
        let displayed: BTreeSet<PacketId> = outputs.iter().map(|output| output.packet).collect();
        let all = (0..track.entries.len()).map(PacketId::at);
        let hidden = all.filter(|packet| !displayed.contains(packet)).collect();
        outputs.retain(|output| !track[output.packet].is(DISCARD));
        let display_order = Some(outputs.into_iter().map(|output| output.packet).collect());
        Measured { display_order, display_times, hidden }
    }
}

/// Packets before the first key packet, later ones whose frames are displayed before its frame, and single fields without
/// their other one.
fn doubtful_packets(track: &Track) -> Vec<PacketId> {
    let entries = &track.entries;
    let Some(first) = entries.iter().position(|entry| entry.is(KEY)) else {
        return Vec::new();
    };
    let second = entries.iter().skip(first + 1).position(|entry| entry.is(KEY));
    let end = second.map_or(entries.len(), |at| first + 1 + at);
    let is_doubtful = |packet: &usize| match packet {
        packet if *packet < first => true,
        packet if *packet < end && *packet > first && entries[*packet].pts < entries[first].pts => true,
        packet => entries[*packet].is(FIELD) && !track.is_second_field(PacketId::at(packet + 1)),
    };
    (0..entries.len())
        .filter(is_doubtful)
        .filter(|packet| !entries[*packet].is(DISCARD) && !entries[*packet].is(HIDDEN))
        .map(PacketId::at)
        .collect()
}

/// Decode packets `0..end`.
fn decode(packets: Packets<'_>, track: &Track, end: PacketId, stop: &dyn Stop) -> Result<Decoded> {
    let parameters = packets.shared.parameters(track.stream)?;
    let mut decoder = Decoder::open(parameters)
        .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, packets.shared.name()))?;
    let mut outputs: Vec<Output> = Vec::new();
    let mut delay = parameters.video_delay();
    let mut note = |frame: Frame, after: Option<PacketId>| {
        if let Some(packet) = PacketId::from_decoder(frame.packet_id()) {
            if packet < end && outputs.last().is_none_or(|last| last.packet != packet) {
                outputs.push(Output { packet, after });
            }
        }
    };
    packets.read(track, PacketId::FIRST, end, stop, &mut |number, packet| {
        // A packet that cannot be decoded gives no frame, and that is what is measured.
        let _ = decoder.send(&packet, number.into(), &mut |frame| note(frame, Some(number)));
        delay = delay.max(decoder.delay());
        true
    })?;
    let _ = decoder.drain(&mut |frame| note(frame, None));
    Ok(Decoded { outputs, delay })
}
