//! The packets of MP4, MOV, M4A and 3GP files from their own tables, without reading the media.
//!
//! ```text
//! moov ─ trak ─ stts ctts stsz stsc stco stss ──> tables ──> edits (elst) ──┐
//!          └─ elst, timescales                                             ├──> samples
//! moof ─ traf ─ tfhd tfdt trun ─────────────────────────────> fragments ───┘
//! ```
//!
//! What comes out is what FFmpeg's demuxer hands out packet by packet, in the order of decoding: times after edit lists,
//! what is needed only for decoding marked as discarded. Whatever cannot be told with certainty is refused with a
//! reason, and the caller reads the packets instead.
//!
//! Where it goes its own way:
//! - FFmpeg takes the key flag of H.264, AV1, VP8 and VP9 from the coded picture; here it is what the container says.
//! - FFmpeg before 6.1 guesses the duration of packets that carry a composition offset from the frame rate; here it is
//!   what the container says.
//! - FFmpeg counts the flags of `sdtp` along the edited list of samples; here each belongs to its own sample.

mod boxes;
mod description;
mod edits;
mod fragments;
mod header;
mod tables;

use std::io;

use boxes::{Bytes, Root};
use header::Header;
use tables::Index;

/// Bytes that can be read anywhere.
pub trait ReadAt {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Read into `buf` what stands from `offset` on; fewer bytes than asked for only at the end.
    ///
    /// # Errors
    /// Whatever the source answers.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
}

/// Why the tables were not used.
#[derive(Debug)]
pub struct Unsupported {
    pub why: String,
    /// Set where it was the source that failed.
    pub error: Option<io::Error>,
}

impl Unsupported {
    fn new(why: impl Into<String>) -> Self {
        Unsupported { why: why.into(), error: None }
    }
}

type Result<T> = std::result::Result<T, Unsupported>;

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(Unsupported::new(why))
}

/// All tracks of a file, in the order of its `trak` boxes, which is that of FFmpeg's streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movie {
    pub tracks: Vec<Track>,
}

/// What a track holds, as its handler says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Video,
    Audio,
    /// Anything else; its samples are not listed.
    Other,
}

/// One track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub stream_index: usize,
    pub track_id: u32,
    pub kind: Kind,
    pub handler: [u8; 4],
    /// The four characters of the sample description.
    pub format: [u8; 4],
    /// Ticks a second.
    pub timescale: u32,
    /// In the order of decoding.
    pub samples: Vec<Sample>,
    /// Samples to drop at the start of the first packet of sound.
    pub skip_start_samples: u32,
    /// How many samples the tables promise beyond the last one of which the file has any byte.
    pub missing: u64,
}

/// One packet; times are ticks of its track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Bytes from the start of the file.
    pub offset: u64,
    pub dts: i64,
    pub pts: i64,
    /// Zero where the container does not say.
    pub duration: i64,
    /// Bytes; only what the file has of it where it ends early.
    pub size: u32,
    /// Decoding can begin here.
    pub key: bool,
    /// Needed by others, but not presented.
    pub discard: bool,
    /// Nothing else needs it.
    pub disposable: bool,
    /// The file ends within it.
    pub corrupt: bool,
}

/// Read the tables of a file. Costs its `moov` and `moof` boxes, and a few bytes for each other box at its top level.
///
/// # Errors
/// The file is not of this family, is damaged, or holds what only reading the packets can tell.
pub fn read(source: &dyn ReadAt) -> Result<Movie> {
    let mut root = Root::new(source);
    let moov = root.find_moov()?;
    let mut header = Header::parse(&moov)?;
    let mut indexes = Vec::with_capacity(header.traks.len());
    for trak in &mut header.traks {
        indexes.push(Index::build(trak, header.timescale)?);
    }
    if header.is_fragmented {
        fragments::read(&mut root, &header, &mut indexes)?;
    }
    let mut tracks = Vec::with_capacity(indexes.len());
    for (stream_index, (trak, index)) in header.traks.iter().zip(indexes).enumerate() {
        let skip = match trak.gapless_start {
            Some(priming) if trak.description.is_aac => priming,
            _ => u32::try_from(index.skip_samples.max(0)).unwrap_or(0),
        };
        let (samples, missing) = index.samples(trak, source.len())?;
        tracks.push(Track {
            stream_index,
            track_id: trak.id,
            kind: trak.kind,
            handler: trak.handler,
            format: trak.description.format,
            timescale: trak.timescale,
            samples,
            skip_start_samples: skip,
            missing,
        });
    }
    Ok(Movie { tracks })
}
