//! The packets of one GOP, for a decoder outside of the core.
//!
//! ```text
//! decoding:  I0 P3 B1 B2 | I6 B4 B5 P8 B7
//! the first GOP:   packets I0 P3 B1 B2 I6 B4 B5    ranks 0 3 1 2 6 4 5    frames 0 1 2 3 4 5 and one of another GOP
//! the second one:  packets I6 P8 B7                ranks 0 2 1            frames 6 7 8
//! ```

use emos_ffmpeg::Packet;

use super::timeline::VideoTimeline;
use crate::buffer::MAX_BYTES;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, CORRUPT, FIELD, HIDDEN, KEY};
use crate::numbers::{FrameIndex, PacketId};
use crate::packets::Packets;
use crate::source::Stop;

/// The packets from a keyframe to the last one that a frame of its GOP needs, in decoding order.
#[derive(Debug, Default)]
pub struct GopPackets {
    pub packets: Vec<Packet>,
    /// For each packet, the rank of its frame in display order among all frames that come out; `None` for one without.
    pub ranks: Vec<Option<usize>>,
    pub keys: Vec<bool>,
    /// For each rank, the index of the frame in display order of the track; `None` where it is of another GOP, or is not
    /// presented.
    pub frames: Vec<Option<usize>>,
    /// The first packet is a keyframe.
    pub starts_clean: bool,
    /// The container marks a packet as damaged, or the source ends within one.
    pub is_damaged: bool,
    /// A packet holds one field.
    pub has_fields: bool,
}

/// How much a GOP has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GopAmount {
    pub num_frames: usize,
    pub num_packets: usize,
    pub num_bytes: u64,
}

/// Where each GOP of a track ends.
#[derive(Debug)]
pub(crate) struct GopRanges {
    /// For each GOP, how many frames it has, and the packet after the last one that they need.
    ranges: Vec<(usize, PacketId)>,
}

impl GopRanges {
    pub fn new(track: &Track, timeline: &VideoTimeline) -> Self {
        let mut ranges: Vec<(usize, PacketId)> = timeline.gops.iter().map(|start| (0, *start)).collect();
        for frame in &timeline.frames {
            if let Some((num_frames, end)) = ranges.get_mut(frame.gop as usize) {
                *num_frames += 1;
                *end = track.after_frame(frame.packet).max(*end);
            }
        }
        GopRanges { ranges }
    }

    /// The packets of a GOP. Those of leading frames are left out: the GOP before has them.
    fn members<'a>(
        &self,
        track: &'a Track,
        timeline: &'a VideoTimeline,
        gop: usize,
    ) -> impl Iterator<Item = PacketId> + 'a {
        let start = timeline.gops.get(gop).copied().unwrap_or(PacketId::FIRST);
        let end = self.ranges.get(gop).map_or(start, |(_, end)| *end);
        (start.index()..end.index())
            .map(PacketId::at)
            .filter(move |packet| !timeline.is_leading(track, start, *packet))
    }

    /// How much each GOP has.
    pub fn amounts(
        &self,
        track: &Track,
        timeline: &VideoTimeline,
        name: &str,
        stop: &dyn Stop,
    ) -> Result<Vec<GopAmount>> {
        let amount = |(gop, (num_frames, _)): (usize, &(usize, PacketId))| {
            if stop.stop() {
                return Err(Error::interrupted(name));
            }
            let mut amount = GopAmount { num_frames: *num_frames, ..GopAmount::default() };
            for packet in self.members(track, timeline, gop) {
                amount.num_packets += 1;
                amount.num_bytes += u64::from(track[packet].size);
            }
            Ok(amount)
        };
        self.ranges.iter().enumerate().map(amount).collect()
    }

    /// Read the packets of a GOP.
    pub fn read(
        &self,
        packets: Packets<'_>,
        track: &Track,
        timeline: &VideoTimeline,
        gop: usize,
        stop: &dyn Stop,
    ) -> Result<GopPackets> {
        let members: Vec<PacketId> = self.members(track, timeline, gop).collect();
        let (Some(first), Some(last)) = (members.first(), members.last()) else {
            return Ok(GopPackets { starts_clean: true, ..GopPackets::default() });
        };
        let bytes: u64 = members.iter().map(|packet| u64::from(track[*packet].size)).sum();
        if bytes > MAX_BYTES {
            let what = format!(
                "the packets of a GOP must take at most {MAX_BYTES} bytes, got {bytes} for GOP {gop}; read its frames \
                 instead"
            );
            return Err(Error::new(ErrorKind::TooLarge, what, packets.shared.name()));
        }
        let mut found = GopPackets { starts_clean: track[*first].is(KEY), ..GopPackets::default() };
        (found.ranks, found.frames) = ranks(track, timeline, gop, &members);
        let mut wanted = members.iter().peekable();
        packets.read(track, *first, last.next(), stop, &mut |number, packet| {
            if wanted.next_if_eq(&&number).is_some() {
                let (entry, size) = (&track[number], packet.data().len());
                found.keys.push(entry.is(KEY));
                found.has_fields |= entry.is(FIELD);
                found.is_damaged |= entry.is(CORRUPT) || size == 0 || size < entry.size as usize;
                found.packets.push(packet);
            }
            true
        })?;
        Ok(found)
    }
}

/// For each packet the rank of its frame, and for each rank the frame of the GOP.
fn ranks(
    track: &Track,
    timeline: &VideoTimeline,
    gop: usize,
    members: &[PacketId],
) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
    let mut order: Vec<usize> = (0..members.len()).filter(|at| !track[members[*at]].is(HIDDEN)).collect();
    order.sort_by_key(|at| {
        let packet = members[*at];
        // Where display order was measured, presentation times do not say it.
        match timeline.frame_of(packet) {
            Some(FrameIndex(index)) => (timeline.frames[index].pts, index, packet),
            None => (track[packet].pts, 0, packet),
        }
    });
    let mut ranks = vec![None; members.len()];
    let mut frames = Vec::with_capacity(order.len());
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = Some(rank);
        let frame_index = timeline.frame_of(members[at]);
        let is_own = |index: &FrameIndex| timeline[*index].gop as usize == gop;
        frames.push(frame_index.filter(is_own).map(|index| index.0));
    }
    (ranks, frames)
}
