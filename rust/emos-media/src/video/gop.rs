//! Decoding of one GOP with a new decoder.
//!
//! The pixels of a frame, and whether it is damaged, depend only on the GOP and on the frame. They never depend on which
//! other frames are asked for, in which order, or with how many threads.

use std::collections::BTreeSet;

use emos_ffmpeg::{Decoder, Frame, Packet, Parameters};

use super::timeline::VideoTimeline;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{bitstream, Track, CORRUPT, DISPOSABLE, FIELD, HIDDEN};
use crate::numbers::{FrameIndex, PacketId};
use crate::packets::Packets;
use crate::shared::count;
use crate::source::Stop;

/// After this many later packets a packet without a frame is given up: no codec delays more frames.
const MAX_DELAY: usize = 40;
/// How many earlier GOPs are decoded for a frame that does not come out; intra refresh needs one.
const MAX_GOPS_BACK: u32 = 3;

/// A wanted frame after decoding.
#[derive(Debug)]
pub struct Decoded {
    /// Its index in display order.
    pub frame_index: FrameIndex,
    /// `None` where the decoder gave no frame.
    pub frame: Option<Frame>,
    pub damaged: bool,
}

/// Decodes the GOPs of a video track.
#[derive(Debug)]
pub struct GopReader<'a> {
    packets: Packets<'a>,
    track: &'a Track,
    timeline: &'a VideoTimeline,
    parameters: &'a Parameters,
    codec: String,
    length_size: Option<usize>,
}

impl<'a> GopReader<'a> {
    pub fn new(packets: Packets<'a>, track: &'a Track, timeline: &'a VideoTimeline) -> Result<Self> {
        let parameters = packets.shared.parameters(track.stream)?;
        let codec = parameters.codec_name();
        if !Decoder::exists(parameters) {
            let what = format!(
                "this FFmpeg has no decoder for {codec}, the codec of the video track; see `emos env` for those it has"
            );
            return Err(Error::new(ErrorKind::UnsupportedCodec, what, packets.shared.name()));
        }
        let length_size = bitstream::length_size(&codec, parameters.extradata());
        Ok(GopReader { packets, track, timeline, parameters, codec, length_size })
    }

    /// Decode the frames `wanted`, which are sorted and of one GOP. Each is given to `each` once, until it returns false.
    pub fn decode(
        &self,
        wanted: &[FrameIndex],
        stop: &dyn Stop,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<()> {
        let Some(first) = wanted.first().and_then(|index| self.timeline.frame(*index)) else {
            return Ok(());
        };
        let mut remaining: BTreeSet<FrameIndex> = wanted.iter().copied().collect();
        let mut gop = first.gop;
        let mut pass = Pass::new(self, gop, true);
        let mut going = pass.decode(&mut remaining, stop, each)?;
        if going && !remaining.is_empty() && pass.is_damaged() && pass.skipped {
            // Concealment of damage may use frames that were skipped. Decode all, so that the result is always the same.
            pass = Pass::new(self, gop, false);
            going = pass.decode(&mut remaining, stop, each)?;
        }
        let damage = pass.damage;
        for _ in 0..MAX_GOPS_BACK {
            let unexplained = remaining.iter().any(|index| !self.is_after(*index, damage));
            if !going || !unexplained || gop == 0 {
                break;
            }
            gop -= 1;
            let mut missing: BTreeSet<FrameIndex> =
                remaining.iter().copied().filter(|index| !self.is_after(*index, damage)).collect();
            let sought = missing.clone();
            going = Pass::new(self, gop, false).decode(&mut missing, stop, each)?;
            remaining.retain(|index| !sought.contains(index) || missing.contains(index));
        }
        for frame_index in remaining {
            if !going {
                break;
            }
            going = each(Decoded { frame_index, frame: None, damaged: true })?;
        }
        Ok(())
    }

    fn is_after(&self, frame_index: FrameIndex, damage: Option<PacketId>) -> bool {
        damage.is_some_and(|damage| self.timeline[frame_index].packet >= damage)
    }
}

/// One pass over a GOP.
struct Pass<'a> {
    reader: &'a GopReader<'a>,
    start: PacketId,
    /// Leave out frames that nobody wants and no other frame needs.
    skip: bool,
    skipped: bool,
    /// The first damaged packet; frames of this one and of later ones are damaged.
    damage: Option<PacketId>,
    /// Packets that no other packet needs.
    droppable: BTreeSet<PacketId>,
    /// Those of them that are damaged: they damage no other frame.
    damaged_alone: BTreeSet<PacketId>,
    /// Sent, and expected to give a frame.
    expected: BTreeSet<PacketId>,
    /// Came out, but a packet sent earlier may still fail.
    pending: Vec<(PacketId, Frame)>,
}

impl<'a> Pass<'a> {
    fn new(reader: &'a GopReader<'a>, gop: u32, skip: bool) -> Self {
        Pass {
            reader,
            start: reader.timeline.gops.get(gop as usize).copied().unwrap_or(PacketId::FIRST),
            skip,
            skipped: false,
            damage: None,
            droppable: BTreeSet::new(),
            damaged_alone: BTreeSet::new(),
            expected: BTreeSet::new(),
            pending: Vec::new(),
        }
    }

    fn is_damaged(&self) -> bool {
        self.damage.is_some() || !self.damaged_alone.is_empty()
    }

    /// Decode, and remove from `remaining` the frames that were given to `each`.
    fn decode(
        &mut self,
        remaining: &mut BTreeSet<FrameIndex>,
        stop: &dyn Stop,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<bool> {
        let (reader, start) = (self.reader, self.start);
        let packet_of = |index: &FrameIndex| reader.timeline[*index].packet;
        let Some(last) = remaining.iter().map(packet_of).max() else { return Ok(true) };
        let wanted: BTreeSet<PacketId> = remaining.iter().map(packet_of).collect();
        let mut decoder = Decoder::open(reader.parameters)
            .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, reader.packets.shared.name()))?;
        let mut result: Result<bool> = Ok(true);
        let end = reader.track.after_frame(last);
        reader.packets.read(reader.track, start, end, stop, &mut |number, mut packet| {
            let entry = &reader.track[number];
            if entry.is(CORRUPT) && !self.is_leading(number) {
                // More may be lost than this packet.
                let frame = reader.track.frame_packet(number);
                self.damage = Some(self.damage.map_or(frame, |first| first.min(frame)));
            }
            // Of a frame of two fields, one may be needed where the other is not.
            let droppable = !entry.is(FIELD)
                && (entry.is(DISPOSABLE)
                    || bitstream::is_droppable(&reader.codec, reader.length_size, packet.data()));
            if droppable {
                self.droppable.insert(number);
            }
            if droppable && self.skip && !wanted.contains(&number) {
                self.skipped = true;
                count(&reader.packets.shared.counters.packets_skipped, 1);
                return true;
            }
            if !entry.is(HIDDEN) && !self.is_leading(number) {
                self.expected.insert(number);
            }
            if let Err(error) = self.give_palette(number, &mut packet) {
                result = Err(error);
                return false;
            }
            let mut frames = Vec::new();
            let sent = decoder.send(&packet, number.into(), &mut |frame| frames.push(frame));
            if sent.is_err() && !bitstream::has_no_frame(&reader.codec, reader.length_size, packet.data()) {
                self.note_damage(reader.track.frame_packet(number));
            }
            self.collect(frames);
            self.drop_overdue();
            result = self.deliver(false, remaining, each);
            matches!(result, Ok(true))
        })?;
        if !result? {
            return Ok(false);
        }
        let mut frames = Vec::new();
        // A frame that fails here was sent before, so it is still expected.
        let drained = decoder.drain(&mut |frame| frames.push(frame));
        if drained.is_err() && frames.is_empty() && !self.expected.is_empty() {
            self.note_damage(*self.expected.first().unwrap_or(&last));
        }
        self.collect(frames);
        self.deliver(true, remaining, each)
    }

    /// Each decoder is new, and what a demuxer sends beside a packet depends on where it read before.
    fn give_palette(&self, number: PacketId, packet: &mut Packet) -> Result<()> {
        let track = self.reader.track;
        if track.palettes.is_empty() {
            return Ok(());
        }
        packet
            .set_palette(track.palette(number, self.start))
            .map_err(|error| Error::ffmpeg(error, ErrorKind::TooLarge, self.reader.packets.shared.name()))
    }

    fn is_leading(&self, number: PacketId) -> bool {
        self.reader.timeline.is_leading(self.reader.track, self.start, number)
    }

    fn note_damage(&mut self, number: PacketId) {
        if self.is_leading(number) {
            return;
        }
        if self.droppable.contains(&number) {
            self.damaged_alone.insert(number);
        } else {
            self.damage = Some(self.damage.map_or(number, |first| first.min(number)));
        }
    }

    fn collect(&mut self, frames: Vec<Frame>) {
        count(&self.reader.packets.shared.counters.frames_decoded, frames.len() as u64);
        for frame in frames {
            let Some(number) = PacketId::from_decoder(frame.packet_id()) else { continue };
            if frame.is_corrupt() {
                self.note_damage(number);
            }
            self.expected.remove(&number);
            self.pending.push((number, frame));
        }
    }

    fn drop_overdue(&mut self) {
        while self.expected.len() > MAX_DELAY {
            self.expected.pop_first();
        }
    }

    /// Give to `each` the frames whose damage is known: all packets sent before them have come out.
    fn deliver(
        &mut self,
        all: bool,
        remaining: &mut BTreeSet<FrameIndex>,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<bool> {
        let limit = self.expected.first().copied().filter(|_| !all);
        let (ready, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(number, _)| limit.is_none_or(|limit| *number < limit));
        self.pending = pending;
        for (number, frame) in ready {
            let Some(frame_index) = self.reader.timeline.frame_of(number) else { continue };
            let damaged =
                self.damage.is_some_and(|first| number >= first) || self.damaged_alone.contains(&number);
            if damaged && self.skip && self.skipped {
                // The pass without skipping decides.
                continue;
            }
            if remaining.remove(&frame_index) && !each(Decoded { frame_index, frame: Some(frame), damaged })?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
