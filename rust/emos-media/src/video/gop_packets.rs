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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Entry, DISCARD, NO_PTS};
    use crate::numbers::Ticks;
    use crate::source::KeepGoing;

    /// Packets of ten bytes with their presentation times and flags; frames last one tick.
    fn track(packets: &[(i64, u8)]) -> Track {
        let entry = |(at, (pts, flags)): (usize, &(i64, u8))| Entry {
            pts: Ticks(*pts),
            dts: Ticks(at as i64 - 3),
            duration: Ticks(1),
            position: 0,
            checksum: 0,
            size: 10,
            samples: 0,
            flags: *flags,
        };
        Track::of(true, (1, 25), packets.iter().enumerate().map(entry).collect())
    }

    type Ranks = Vec<Option<usize>>;

    /// For each GOP: its packets, their ranks, and the frame of each rank.
    fn gops(track: &Track) -> Vec<(Vec<u32>, Ranks, Ranks)> {
        let timeline = VideoTimeline::new(track);
        let ranges = GopRanges::new(track, &timeline);
        let gop = |gop| -> (Vec<u32>, Ranks, Ranks) {
            let members: Vec<PacketId> = ranges.members(track, &timeline, gop).collect();
            let (ranks, frames) = ranks(track, &timeline, gop, &members);
            (members.iter().map(|packet| packet.0).collect(), ranks, frames)
        };
        let amounts = ranges.amounts(track, &timeline, "clip", &KeepGoing).unwrap();
        let found: Vec<_> = (0..timeline.gops.len()).map(gop).collect();
        for (amount, (packets, _, frames)) in amounts.iter().zip(&found) {
            assert_eq!(amount.num_packets, packets.len());
            assert_eq!(amount.num_bytes, packets.len() as u64 * 10);
            assert_eq!(amount.num_frames, frames.iter().flatten().count());
        }
        found
    }

    fn some(numbers: &[usize]) -> Ranks {
        numbers.iter().copied().map(Some).collect()
    }

    #[test]
    fn an_open_gop_has_the_next_keyframe_and_not_its_own_leading_frames() {
        // I0 P3 B1 B2 | I6 B4 B5 P8 B7
        let track = track(&[(0, KEY), (3, 0), (1, 0), (2, 0), (6, KEY), (4, 0), (5, 0), (8, 0), (7, 0)]);
        let mut first_frames = some(&[0, 1, 2, 3, 4, 5]);
        first_frames.push(None);
        assert_eq!(
            gops(&track),
            [
                (vec![0, 1, 2, 3, 4, 5, 6], some(&[0, 3, 1, 2, 6, 4, 5]), first_frames),
                (vec![4, 7, 8], some(&[0, 2, 1]), some(&[6, 7, 8])),
            ]
        );
    }

    #[test]
    fn a_closed_gop_ends_before_the_next_keyframe() {
        let track = track(&[(0, KEY), (2, 0), (1, 0), (3, KEY), (4, 0)]);
        assert_eq!(
            gops(&track),
            [(vec![0, 1, 2], some(&[0, 2, 1]), some(&[0, 1, 2])), (vec![3, 4], some(&[0, 1]), some(&[3, 4])),]
        );
    }

    #[test]
    fn hidden_frames_have_no_rank_and_those_that_are_not_presented_have_one() {
        let hidden = track(&[(0, KEY), (1, HIDDEN), (2, 0), (3, 0)]);
        assert_eq!(
            gops(&hidden),
            [(vec![0, 1, 2, 3], vec![Some(0), None, Some(1), Some(2)], some(&[0, 1, 2]))]
        );
        // An edit list begins in mid-GOP.
        let edited = track(&[(0, KEY | DISCARD), (1, DISCARD), (2, 0), (3, 0)]);
        assert_eq!(
            gops(&edited),
            [(vec![0, 1, 2, 3], some(&[0, 1, 2, 3]), vec![None, None, Some(0), Some(1)])]
        );
        // It leaves out a GOP, and the packets after the last frame.
        let left_out = track(&[(0, KEY | DISCARD), (1, DISCARD), (2, KEY), (3, 0), (4, DISCARD)]);
        assert_eq!(gops(&left_out), [(vec![], vec![], vec![]), (vec![2, 3], some(&[0, 1]), some(&[0, 1]))]);
    }

    #[test]
    fn fields_stay_together() {
        let track = track(&[(0, KEY | FIELD), (0, FIELD | HIDDEN), (1, FIELD), (1, FIELD | HIDDEN)]);
        assert_eq!(gops(&track), [(vec![0, 1, 2, 3], vec![Some(0), None, Some(1), None], some(&[0, 1]))]);
    }

    #[test]
    fn measured_order_decides_where_packets_have_no_times() {
        // I0 P2 B1 | I4 B3: the second keyframe has no time of its own.
        let mut track = track(&[(0, KEY), (2, 0), (1, 0), (3, KEY | NO_PTS), (3, 0)]);
        track.display_order = Some([0, 2, 1, 4, 3].map(PacketId).to_vec());
        let mut first_frames = some(&[0, 1, 2, 3]);
        first_frames.push(None);
        assert_eq!(
            gops(&track),
            [(vec![0, 1, 2, 3, 4], some(&[0, 2, 1, 4, 3]), first_frames), (vec![3], some(&[0]), some(&[4])),]
        );
    }

    #[test]
    fn a_source_that_begins_without_a_keyframe_has_a_gop_before_it() {
        let track = track(&[(1, 0), (2, 0), (3, KEY), (4, 0)]);
        assert_eq!(
            gops(&track),
            [(vec![0, 1], some(&[0, 1]), some(&[0, 1])), (vec![2, 3], some(&[0, 1]), some(&[2, 3])),]
        );
    }
}
