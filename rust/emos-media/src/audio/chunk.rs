//! Audio chunks: what one decoder gives between two anchors. Every read of a chunk decodes it in the same way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use emos_ffmpeg::{Decoder, Frame, Planes};
use emos_time::Spans;

use super::track::AudioTrack;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, CORRUPT};
use crate::numbers::PacketId;
use crate::packets::Packets;
use crate::shared::count;
use crate::source::Stop;

/// The decoded audio between two anchors.
#[derive(Debug)]
pub struct AudioChunk {
    /// The first sample, counted over everything that the track decodes to.
    pub start: i64,
    pub planes: Planes,
    /// Which samples were decoded, counted from `start`.
    pub valid: Spans,
}

/// The most bytes of decoded audio in the cache.
const CACHE_BYTES: usize = 64 << 20;

/// The chunks decoded last, so that windows that overlap decode once.
#[derive(Debug, Default)]
pub(crate) struct ChunkCache(Mutex<VecDeque<(usize, Arc<AudioChunk>)>>);

impl ChunkCache {
    fn find(&self, number: usize) -> Option<Arc<AudioChunk>> {
        let mut chunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = chunks.iter().position(|(other, _)| *other == number)?;
        let found = chunks.remove(at)?;
        chunks.push_back(found.clone());
        Some(found.1)
    }

    fn insert(&self, number: usize, chunk: &Arc<AudioChunk>) {
        let mut chunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.push_back((number, Arc::clone(chunk)));
        let bytes = |chunks: &VecDeque<(usize, Arc<AudioChunk>)>| -> usize {
            chunks.iter().map(|(_, chunk)| chunk.planes.bytes()).sum()
        };
        while chunks.len() > 1 && bytes(&chunks) > CACHE_BYTES {
            chunks.pop_front();
        }
    }
}

/// Chunk `number` of a track, from the cache or decoded.
pub(crate) fn get(
    packets: Packets<'_>,
    track: &Track,
    audio: &AudioTrack,
    cache: &ChunkCache,
    number: usize,
    stop: &dyn Stop,
) -> Result<Arc<AudioChunk>> {
    if let Some(found) = cache.find(number) {
        return Ok(found);
    }
    let decoded = Arc::new(decode(packets, track, audio, number, stop)?);
    cache.insert(number, &decoded);
    Ok(decoded)
}

fn decode(
    packets: Packets<'_>,
    track: &Track,
    audio: &AudioTrack,
    number: usize,
    stop: &dyn Stop,
) -> Result<AudioChunk> {
    let shared = packets.shared;
    let parameters = shared.parameters(track.stream)?;
    let first = number * audio.anchors.spacing;
    let end = (first + audio.anchors.spacing).min(track.entries.len());
    let start = audio.starts[first.min(end)];
    let length = usize::try_from(audio.starts[end] - start).unwrap_or(0);
    let channels = audio.layout.channels() as usize;
    let mut chunk =
        AudioChunk { start, planes: Planes::silent(audio.wide, channels, length), valid: Spans::new() };
    let mut decoder = Decoder::open(parameters).map_err(|error| {
        let kind = match error.kind() {
            emos_ffmpeg::ErrorKind::Unsupported => ErrorKind::UnsupportedCodec,
            _ => ErrorKind::DecodeError,
        };
        Error::ffmpeg(error, kind, shared.name())
    })?;
    let mut writer =
        ChunkWriter { audio, first: PacketId::at(first), end: PacketId::at(end), last: None, failed: Ok(()) };
    let begin = PacketId::at(first.saturating_sub(audio.anchors.preroll));
    packets.read(track, begin, writer.end, stop, &mut |packet_id, packet| {
        count(&shared.counters.audio_packets_decoded, 1);
        let corrupt = track[packet_id].is(CORRUPT);
        // A packet that fails leaves its samples invalid.
        let _ =
            decoder.send(&packet, packet_id.into(), &mut |frame| writer.write(&frame, corrupt, &mut chunk));
        true
    })?;
    let _ = decoder.drain(&mut |frame| writer.write(&frame, false, &mut chunk));
    writer.failed.map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
    Ok(chunk)
}

/// Writes decoded samples at the position of their packet.
struct ChunkWriter<'a> {
    audio: &'a AudioTrack,
    first: PacketId,
    end: PacketId,
    /// The packet of the last frame, and how many of its samples are written.
    last: Option<(PacketId, i64)>,
    failed: std::result::Result<(), emos_ffmpeg::Error>,
}

impl ChunkWriter<'_> {
    fn write(&mut self, frame: &Frame, corrupt: bool, chunk: &mut AudioChunk) {
        let packet = match PacketId::from_decoder(frame.packet_id()) {
            Some(packet) => packet,
            None => match self.last {
                Some((packet, _)) => packet,
                None => return,
            },
        };
        let done = self.last.filter(|(last, _)| *last == packet).map_or(0, |(_, done)| done);
        let samples = i64::try_from(frame.num_samples()).unwrap_or(0);
        self.last = Some((packet, done + samples));
        if packet < self.first || packet >= self.end || corrupt || frame.is_corrupt() {
            return;
        }
        let same =
            frame.sample_rate() == self.audio.rate && frame.num_channels() == self.audio.layout.channels();
        if !same {
            return;
        }
        let (begin, end) = (self.audio.starts[packet.index()] + done, self.audio.starts[packet.index() + 1]);
        let fits = samples.min(end - begin).max(0);
        let at = begin - chunk.start;
        match (frame.planes(self.audio.wide), usize::try_from(at), usize::try_from(fits)) {
            (Ok(planes), Ok(to), Ok(length)) => {
                chunk.planes.copy_from(to, &planes, 0, length);
                chunk.valid.push(at, at + fits);
            }
            (Err(error), _, _) => self.failed = Err(error),
            _ => {}
        }
    }
}
