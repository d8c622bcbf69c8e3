//! Numbers that must not be taken for each other. At run time they are plain integers.

use serde::{Deserialize, Serialize};

/// A packet's number in the index of its track, in decoding order. It travels through the decoder with the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PacketId(pub u32);

/// A frame's index in the display order of its track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameIndex(pub usize);

impl PacketId {
    pub const FIRST: PacketId = PacketId(0);

    /// The packet at an index of the entries of a track. No index in memory has more packets than 32 bits count.
    #[must_use]
    pub fn at(index: usize) -> Self {
        PacketId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Where its entry is in the track.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    #[must_use]
    pub fn next(self) -> Self {
        PacketId(self.0.saturating_add(1))
    }

    /// The packet that a decoder names.
    #[must_use]
    pub fn from_decoder(id: Option<i64>) -> Option<Self> {
        id.and_then(|id| u32::try_from(id).ok()).map(PacketId)
    }
}

impl From<PacketId> for i64 {
    fn from(packet: PacketId) -> i64 {
        packet.0.into()
    }
}
