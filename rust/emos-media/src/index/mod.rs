//! The index: every packet of a source in decoding order, enough to plan any read without reading the media.

pub(crate) mod audio_headers;
pub(crate) mod bitstream;
mod boxes;
pub(crate) mod changes;
mod encryption;
mod fields;
mod jumps;
pub(crate) mod scan;
mod tables;
pub(crate) mod track;

use emos_ffmpeg::{Demuxer, Stream};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::source::{Source, Stamp, Stop};
pub(crate) use changes::AudioFormat;
pub(crate) use track::{
    checksum, is_presented, Entry, Track, CORRUPT, DISCARD, DISPOSABLE, FIELD, HIDDEN, KEY, NO_PTS,
};

/// Whether a container has a clock. Raw streams have none: FFmpeg adds up the durations of their packets, which it rounds.
pub(crate) fn has_clock(container: &str) -> bool {
    const RAW: [&str; 14] = [
        "aac", "ac3", "dts", "dtshd", "eac3", "g722", "g723_1", "gsm", "h264", "hevc", "loas", "mlp", "sbc",
        "truehd",
    ];
    !RAW.contains(&container)
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
    /// The streams that the container says are encrypted.
    pub encrypted: Vec<usize>,
    /// The streams that have packets of which none could be decoded.
    pub nothing_comes: Vec<usize>,
    pub warnings: Vec<String>,
}

/// The format of a saved index; another number means another format.
const VERSION: u8 = 2;

impl Index {
    /// Index a source whose container is open.
    ///
    /// # Errors
    /// The source failed or the caller stopped.
    pub fn build(source: &Source, demuxer: Demuxer, streams: &[Stream], stop: &dyn Stop) -> Result<Self> {
        let mut warnings = Vec::new();
        let container = demuxer.container();
        let (mut origin, mut encrypted) = (Origin::Scan, None);
        let tracks = if Self::has_tables(&demuxer) {
            match tables::read(source, demuxer, streams, &mut warnings) {
                Ok(tables) => {
                    (origin, encrypted) = (Origin::Tables, Some(tables.encrypted));
                    tables.tracks
                }
                Err(tables::Refused::Error(error)) => return Err(error),
                Err(tables::Refused::Unsupported(why)) => {
                    warnings
                        .push(format!("the sample tables were not used, so every packet was read: {why}"));
                    let again = Demuxer::open(source.bytes().clone())
                        .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()))?;
                    scan::read(source, again, streams, &mut warnings, stop)?
                }
            }
        } else {
            scan::read(source, demuxer, streams, &mut warnings, stop)?
        };
        let encrypted = encryption::find(source, &container, streams, &tracks, encrypted)?;
        for stream in encryption::partly_scrambled(source, &container, &tracks, streams)? {
            if !encrypted.contains(&stream) {
                warnings.push(format!("parts of track {stream} are scrambled, and have no packets"));
            }
        }
        if encrypted.is_empty() && !tracks.is_empty() && tracks.iter().all(|track| track.entries.is_empty()) {
            warnings.push("no track has a packet, so the file may be cut off".to_owned());
        }
        let stamp = source.stamp();
        Ok(Index { origin, stamp, container, tracks, encrypted, nothing_comes: Vec::new(), warnings })
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
