//! Numbers that must not be taken for each other. At run time they are plain integers.

use emos_time::Rational;
use serde::{Deserialize, Serialize};

/// A packet's number in the index of its track, in decoding order. It travels through the decoder with the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PacketId(pub u32);

/// A frame's index in the display order of its track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameIndex(pub usize);

/// A time, or a distance of two times, in the time base of its track. Samples and the ticks of [`crate::Timeline`] are
/// other units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(pub i64);

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

impl Ticks {
    pub const ZERO: Ticks = Ticks(0);
    pub const ONE: Ticks = Ticks(1);
    /// Before every time that is known.
    pub const LEAST: Ticks = Ticks(i64::MIN);

    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Ticks(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Ticks(self.0.saturating_sub(other.0))
    }

    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Ticks)
    }

    /// Seconds. `time_base` is the numerator and the denominator of the seconds of a tick.
    #[must_use]
    pub fn seconds(self, time_base: (i32, i32)) -> Option<Rational> {
        Rational::from_ticks(self.0, time_base.0, time_base.1)
    }
}
