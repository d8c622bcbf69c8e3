//! What all reads of one opened source share.

use std::sync::atomic::{AtomicU64, Ordering};

use emos_ffmpeg::{Demuxer, Parameters, Stream};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Index;
use crate::source::Source;

/// The source, its index and its streams.
#[derive(Debug)]
pub struct Shared {
    pub source: Source,
    pub index: Index,
    pub streams: Vec<Stream>,
    pub(crate) counters: AtomicCounters,
}

/// What was done since the source was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that came out of a decoder.
    pub frames_decoded: u64,
    /// Frames that were converted for callers, once each.
    pub frames_delivered: u64,
    /// Packets of frames that nobody asked for and no other frame needs.
    pub packets_skipped: u64,
    pub audio_packets_decoded: u64,
}

#[derive(Debug, Default)]
pub(crate) struct AtomicCounters {
    pub frames_decoded: AtomicU64,
    pub frames_delivered: AtomicU64,
    pub packets_skipped: AtomicU64,
    pub audio_packets_decoded: AtomicU64,
}

impl AtomicCounters {
    pub fn read(&self) -> Counters {
        Counters {
            frames_decoded: self.frames_decoded.load(Ordering::Relaxed),
            frames_delivered: self.frames_delivered.load(Ordering::Relaxed),
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
        Shared { source, index, streams, counters: AtomicCounters::default() }
    }

    pub(crate) fn name(&self) -> &str {
        self.source.name()
    }

    /// Decoder parameters of a stream that the index knows.
    pub(crate) fn parameters(&self, stream: usize) -> Result<&Parameters> {
        self.streams.get(stream).map(|stream| &stream.parameters).ok_or_else(|| {
            Error::new(
                ErrorKind::SourceChanged,
                format!("stream {stream} is no longer in the source; open the source again"),
                self.name(),
            )
        })
    }

    pub(crate) fn open_demuxer(&self) -> Result<Demuxer> {
        Demuxer::open(self.source.bytes().clone())
            .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, self.name()))
    }
}
