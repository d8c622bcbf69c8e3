//! The packets of one track, and what is known of each.

use emos_ffmpeg::{Kind, Packet, Skip, Stream};
use serde::{Deserialize, Serialize};

use super::changes::Changes;
use crate::numbers::{PacketId, Ticks};

/// The packet can be decoded without any before it.
pub const KEY: u8 = 1;
/// Other packets need it, but it is not presented.
pub const DISCARD: u8 = 2;
/// The container says that no other packet needs it.
pub const DISPOSABLE: u8 = 4;
/// The container says that it is damaged.
pub const CORRUPT: u8 = 8;
/// It holds no frame that is displayed.
pub const HIDDEN: u8 = 16;
/// The container gave it no presentation time.
pub const NO_PTS: u8 = 32;
/// It holds one field. The first field of a frame stands for the frame; the second one is [`HIDDEN`] and follows it.
pub const FIELD: u8 = 64;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Ticks of the track; the decoding time where the container gives no other ([`NO_PTS`]).
    pub pts: Ticks,
    pub dts: Ticks,
    pub duration: Ticks,
    /// Bytes from the start of the source; `u64::MAX` where the demuxer does not say.
    pub position: u64,
    /// A checksum of the data, by which a packet is recognised after a seek; zero where packets are read directly.
    pub checksum: u64,
    pub size: u32,
    /// Samples that an audio packet decodes to, at the rate of the packet; zero for video.
    pub samples: u32,
    pub flags: u8,
}

impl Entry {
    #[must_use]
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// All packets of one track.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Track {
    pub stream: usize,
    pub is_video: bool,
    /// Numerator and denominator of the seconds of one tick.
    pub time_base: (i32, i32),
    pub entries: Vec<Entry>,
    /// Samples to drop at the ends of packets, by packet, at the rate of the track.
    pub skips: Vec<(PacketId, u32, u32)>,
    /// Packets in the display order of their frames, where that was measured by decoding, since presentation times do not
    /// say it.
    pub display_order: Option<Vec<PacketId>>,
    /// Palettes of 256 colours that come beside the packets, each with the packet from which it is in force.
    pub palettes: Vec<(PacketId, Vec<u32>)>,
    /// The number of samples of each packet is only known after decoding.
    pub counts_unknown: bool,
    /// Of an audio track.
    pub changes: Changes,
}

impl Track {
    pub(crate) fn new(stream: &Stream) -> Self {
        Track {
            stream: stream.index,
            is_video: stream.parameters.kind() == Kind::Video,
            time_base: stream.time_base,
            entries: Vec::new(),
            skips: Vec::new(),
            display_order: None,
            palettes: Vec::new(),
            counts_unknown: false,
            changes: Changes::default(),
        }
    }

    /// A track of these packets, of which nothing else is known.
    #[cfg(test)]
    pub(crate) fn of(is_video: bool, time_base: (i32, i32), entries: Vec<Entry>) -> Self {
        Track {
            stream: 0,
            is_video,
            time_base,
            entries,
            skips: Vec::new(),
            display_order: None,
            palettes: Vec::new(),
            counts_unknown: false,
            changes: Changes::default(),
        }
    }

    /// Drop at least so many samples at the start of the track.
    pub(crate) fn delay_at_least(&mut self, samples: u32) {
        match self.skips.first_mut() {
            _ if samples == 0 => {}
            Some(first) if first.0 == PacketId::FIRST => first.1 = first.1.max(samples),
            _ => self.skips.insert(0, (PacketId::FIRST, samples, 0)),
        }
    }

    /// Note the palette that comes with a packet of the container.
    pub(crate) fn note_palette(&mut self, number: PacketId, packet: &Packet) {
        if let Some(palette) = packet.palette().filter(|_| self.is_video) {
            if self.palettes.last().is_none_or(|(_, last)| *last != palette) {
                self.palettes.push((number, palette));
            }
        }
    }

    /// The palette that a decoder needs before it decodes a packet; `None` where it has it already. A decoder begins at
    /// `start`.
    #[must_use]
    pub fn palette(&self, packet: PacketId, start: PacketId) -> Option<&[u32]> {
        let after = self.palettes.partition_point(|(from, _)| *from <= packet);
        let (from, palette) = self.palettes.get(after.checked_sub(1)?)?;
        (packet == start || *from == packet).then_some(palette.as_slice())
    }

    /// Whether a packet holds the second field of the frame that the packet before it begins.
    #[must_use]
    pub fn is_second_field(&self, packet: PacketId) -> bool {
        self.entries.get(packet.index()).is_some_and(|entry| entry.is(FIELD) && entry.is(HIDDEN))
    }

    /// The packet that stands for the frame of a packet.
    #[must_use]
    pub fn frame_packet(&self, packet: PacketId) -> PacketId {
        let back = u32::from(self.is_second_field(packet));
        PacketId(packet.0.saturating_sub(back))
    }

    /// The packet after those of a frame.
    #[must_use]
    pub fn after_frame(&self, packet: PacketId) -> PacketId {
        let next = packet.next();
        if self.is_second_field(next) {
            next.next()
        } else {
            next
        }
    }

    /// How long a frame is on screen, as its packets say: that of both fields.
    #[must_use]
    pub fn frame_duration(&self, packet: PacketId) -> Ticks {
        let own = self[packet].duration;
        if !self.is_second_field(packet.next()) {
            return own;
        }
        let second = &self[packet.next()];
        // A container may give each field the duration of the frame.
        match second.dts.saturating_sub(self[packet].dts) {
            step if step <= Ticks::ZERO => own,
            step if second.duration > Ticks::ZERO => step.saturating_add(step.min(second.duration)),
            step => step.saturating_add(step),
        }
    }

    /// Drop so many samples at the start of the track, where it says already that some are dropped.
    pub(crate) fn set_delay(&mut self, samples: u32) {
        if let Some(first) = self.skips.first_mut().filter(|skip| skip.0 == PacketId::FIRST) {
            first.1 = samples;
        }
    }

    #[must_use]
    pub fn skip(&self, packet: PacketId) -> Skip {
        match self.skips.binary_search_by_key(&packet, |skip| skip.0) {
            Ok(at) => Skip { start: self.skips[at].1, end: self.skips[at].2 },
            Err(_) => Skip::default(),
        }
    }
}

impl std::ops::Index<PacketId> for Track {
    type Output = Entry;

    fn index(&self, packet: PacketId) -> &Entry {
        &self.entries[packet.index()]
    }
}

/// Whether a stream is audio or video that is presented in time: cover art is not.
pub(crate) fn is_presented(stream: &Stream) -> bool {
    matches!(stream.parameters.kind(), Kind::Video | Kind::Audio) && !stream.is_cover_art
}

/// A checksum of a packet's data. It is fast and not cryptographic: it recognises packets, and protects nothing.
#[must_use]
pub(crate) fn checksum(data: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut sum = PRIME ^ data.len() as u64;
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        sum = (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    }
    for byte in chunks.remainder() {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(PRIME).rotate_left(29);
    }
    (sum ^ (sum >> 32)).wrapping_mul(PRIME) | 1
}
