//! The index: every packet of a source in decoding order, enough to plan any read without reading the media.

pub(crate) mod bitstream;
mod boxes;
mod jumps;
pub(crate) mod scan;
mod tables;

use emos_ffmpeg::{Demuxer, Kind, Skip, Stream};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::source::{Source, Stamp, Stop};

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

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Ticks of the track; the decoding time where the container gives no other ([`NO_PTS`]).
    pub pts: i64,
    pub dts: i64,
    pub duration: i64,
    /// Bytes from the start of the source; `u64::MAX` where the demuxer does not say.
    pub position: u64,
    /// A checksum of the data, by which a packet is recognised after a seek; zero where packets are read directly.
    pub checksum: u64,
    pub size: u32,
    /// Samples that an audio packet decodes to; zero for video.
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
    /// Samples to drop at the ends of packets, by packet.
    pub skips: Vec<(usize, u32, u32)>,
    /// Packets in the display order of their frames, where that was measured by decoding, since presentation times do not
    /// say it.
    pub display_order: Option<Vec<u32>>,
    /// The number of samples of each packet is only known after decoding.
    pub counts_unknown: bool,
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
            counts_unknown: false,
        }
    }

    /// Drop at least so many samples at the start of the track.
    pub(crate) fn delay_at_least(&mut self, samples: u32) {
        match self.skips.first_mut() {
            _ if samples == 0 => {}
            Some(first) if first.0 == 0 => first.1 = first.1.max(samples),
            _ => self.skips.insert(0, (0, samples, 0)),
        }
    }

    #[must_use]
    pub fn skip(&self, packet: usize) -> Skip {
        match self.skips.binary_search_by_key(&packet, |skip| skip.0) {
            Ok(at) => Skip { start: self.skips[at].1, end: self.skips[at].2 },
            Err(_) => Skip::default(),
        }
    }
}

/// How the packets were found, and therefore how they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// From the container's own tables; each packet is read at its position.
    Tables,
    /// From reading every packet once; packets are read through the demuxer.
    Scan,
}

/// Every packet of every audio and video track, without cover art.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    pub origin: Origin,
    pub stamp: Stamp,
    pub container: String,
    pub tracks: Vec<Track>,
    pub warnings: Vec<String>,
}

/// The format of a saved index; another number means another format.
const VERSION: u8 = 1;

impl Index {
    /// Index a source whose container is open.
    ///
    /// # Errors
    /// The source failed or the caller stopped.
    pub fn build(source: &Source, demuxer: Demuxer, streams: &[Stream], stop: &dyn Stop) -> Result<Self> {
        let mut warnings = Vec::new();
        let container = demuxer.container();
        let (origin, tracks) = if Self::has_tables(&demuxer) {
            match tables::read(source, demuxer, streams, &mut warnings) {
                Ok(tracks) => (Origin::Tables, tracks),
                Err(tables::Refused::Error(error)) => return Err(error),
                Err(tables::Refused::Unsupported(why)) => {
                    warnings
                        .push(format!("the sample tables were not used, so every packet was read: {why}"));
                    let again = Demuxer::open(source.bytes().clone())
                        .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()))?;
                    (Origin::Scan, scan::read(source, again, streams, &mut warnings, stop)?)
                }
            }
        } else {
            (Origin::Scan, scan::read(source, demuxer, streams, &mut warnings, stop)?)
        };
        Ok(Index { origin, stamp: source.stamp(), container, tracks, warnings })
    }

    /// Whether the container has tables of all its packets, so that nothing else must be read.
    #[must_use]
    pub fn has_tables(demuxer: &Demuxer) -> bool {
        demuxer.container().contains("mp4")
    }

    /// The index as bytes, for other processes and later runs.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn save(&self, name: &str) -> Result<Vec<u8>> {
        let error = |error| {
            Error::new(
                ErrorKind::TooLarge,
                format!("the index cannot be saved ({error}); free memory and try again"),
                name,
            )
        };
        postcard::to_extend(self, vec![VERSION]).map_err(error)
    }

    /// An index saved from the same source.
    ///
    /// # Errors
    /// The bytes are not an index of this version, or the source is not the one that was indexed.
    pub fn load(bytes: &[u8], source: &Source) -> Result<Self> {
        let invalid = || {
            let what = "index must be bytes that this version saved, got others; index the source again";
            Error::new(ErrorKind::InvalidArgument, what, source.name())
        };
        let (version, body) = bytes.split_first().ok_or_else(invalid)?;
        if *version != VERSION {
            return Err(invalid());
        }
        let index: Index = postcard::from_bytes(body).map_err(|_| invalid())?;
        if index.stamp != source.stamp() {
            let what = "the source changed after it was indexed; index it again";
            return Err(Error::new(ErrorKind::SourceChanged, what, source.name()));
        }
        Ok(index)
    }

    #[must_use]
    pub fn track(&self, stream: usize) -> Option<&Track> {
        self.tracks.iter().find(|track| track.stream == stream)
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
