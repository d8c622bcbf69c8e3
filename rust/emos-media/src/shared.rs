//! What all reads of one opened medium share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use emos_ffmpeg::{Demuxer, Parameters, Stream};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Index;
use crate::packets::Cursor;
use crate::source::Source;

/// The source, its index, its streams, and demuxers at rest.
#[derive(Debug)]
pub struct Shared {
    pub source: Source,
    pub index: Index,
    pub streams: Vec<Stream>,
    pub(crate) counters: AtomicCounters,
    resting: Mutex<Vec<Cursor>>,
}

/// How many demuxers wait for the next read.
const MAX_RESTING: usize = 8;

/// What was done since opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pictures that came out of a decoder.
    pub pictures_decoded: u64,
    /// Pictures that were converted for callers, once each.
    pub pictures_delivered: u64,
    /// Packets of pictures that nobody asked for and nothing refers to.
    pub packets_skipped: u64,
    pub audio_packets_decoded: u64,
}

#[derive(Debug, Default)]
pub(crate) struct AtomicCounters {
    pub pictures_decoded: AtomicU64,
    pub pictures_delivered: AtomicU64,
    pub packets_skipped: AtomicU64,
    pub audio_packets_decoded: AtomicU64,
}

impl AtomicCounters {
    pub fn read(&self) -> Counters {
        Counters {
            pictures_decoded: self.pictures_decoded.load(Ordering::Relaxed),
            pictures_delivered: self.pictures_delivered.load(Ordering::Relaxed),
            packets_skipped: self.packets_skipped.load(Ordering::Relaxed),
            audio_packets_decoded: self.audio_packets_decoded.load(Ordering::Relaxed),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Shared {
    pub(crate) fn new(source: Source, index: Index, streams: Vec<Stream>) -> Self {
        let resting = Mutex::new(Vec::new());
        Shared { source, index, streams, counters: AtomicCounters::default(), resting }
    }

    pub(crate) fn name(&self) -> &str {
        self.source.name()
    }

    /// Decoder parameters of a stream that the index knows.
    pub(crate) fn parameters(&self, stream: usize) -> Result<&Parameters> {
        self.streams.get(stream).map(|stream| &stream.parameters).ok_or_else(|| {
            Error::new(
                ErrorKind::SourceChanged,
                format!("stream {stream} is gone; open the source again"),
                self.name(),
            )
        })
    }

    /// A demuxer that reads `stream`, with where it stands.
    pub(crate) fn borrow_cursor(&self, stream: usize) -> Result<Cursor> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let at = resting.iter().position(|cursor| cursor.stream() == stream);
        match at {
            Some(at) => Ok(resting.swap_remove(at)),
            None => {
                drop(resting);
                Cursor::open(self, stream)
            }
        }
    }

    pub(crate) fn give_back(&self, cursor: Cursor) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < MAX_RESTING {
            resting.push(cursor);
        }
    }

    pub(crate) fn open_demuxer(&self) -> Result<Demuxer> {
        Demuxer::open(self.source.bytes().clone())
            .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, self.name()))
    }
}
