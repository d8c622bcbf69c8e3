//! Decoding between two anchors, always in the same way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use emos_ffmpeg::{Decoder, Frame, Planes};
use emos_time::Spans;

use super::track::AudioTrack;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, CORRUPT};
use crate::packets;
use crate::shared::{count, Shared};
use crate::source::Stop;

/// Everything between two anchors, decoded.
#[derive(Debug)]
pub struct Stretch {
    /// The first decoded sample.
    pub from: i64,
    pub planes: Planes,
    /// Samples, counted from `from`, that really came out.
    pub valid: Spans,
}

/// How many bytes of decoded sound a medium keeps for the next request.
const CACHE_BYTES: usize = 64 << 20;

/// The stretches decoded last, so that windows that overlap decode once.
#[derive(Debug, Default)]
pub(crate) struct StretchCache(Mutex<VecDeque<(usize, Arc<Stretch>)>>);

impl StretchCache {
    fn find(&self, number: usize) -> Option<Arc<Stretch>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(kept, _)| *kept == number)?;
        let found = kept.remove(at)?;
        kept.push_back(found.clone());
        Some(found.1)
    }

    fn keep(&self, number: usize, stretch: &Arc<Stretch>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((number, Arc::clone(stretch)));
        let bytes = |kept: &VecDeque<(usize, Arc<Stretch>)>| -> usize {
            kept.iter().map(|(_, stretch)| stretch.planes.bytes()).sum()
        };
        while kept.len() > 1 && bytes(&kept) > CACHE_BYTES {
            kept.pop_front();
        }
    }
}

/// Decode stretch `number` of a track, or take it from the cache.
pub(crate) fn stretch(
    shared: &Shared,
    track: &Track,
    audio: &AudioTrack,
    cache: &StretchCache,
    number: usize,
    stop: &dyn Stop,
) -> Result<Arc<Stretch>> {
    if let Some(found) = cache.find(number) {
        return Ok(found);
    }
    let decoded = Arc::new(decode(shared, track, audio, number, stop)?);
    cache.keep(number, &decoded);
    Ok(decoded)
}

fn decode(
    shared: &Shared,
    track: &Track,
    audio: &AudioTrack,
    number: usize,
    stop: &dyn Stop,
) -> Result<Stretch> {
    let parameters = shared.parameters(track.stream)?;
    let first = number * audio.anchors.spacing;
    let end = (first + audio.anchors.spacing).min(track.entries.len());
    let from = audio.starts[first.min(end)];
    let length = usize::try_from(audio.starts[end] - from).unwrap_or(0);
    let channels = audio.layout.channels() as usize;
    let mut stretch =
        Stretch { from, planes: Planes::silent(audio.wide, channels, length), valid: Spans::new() };
    let mut decoder = Decoder::open(parameters).map_err(|error| {
        let kind = match error.kind() {
            emos_ffmpeg::ErrorKind::Unsupported => ErrorKind::UnsupportedCodec,
            _ => ErrorKind::DecodeError,
        };
        Error::ffmpeg(error, kind, shared.name())
    })?;
    let mut placing = Placing { audio, first, end, last: None, failed: Ok(()) };
    let begin = first.saturating_sub(audio.anchors.preroll);
    packets::read(shared, track, begin, end, stop, &mut |packet_number, packet| {
        count(&shared.counters.audio_packets_decoded, 1);
        let mark = i64::try_from(packet_number).unwrap_or(i64::MAX);
        let corrupt = track.entries[packet_number].is(CORRUPT);
        // A packet that fails leaves its samples invalid.
        let _ = decoder.send(&packet, mark, &mut |frame| placing.put(&frame, corrupt, &mut stretch));
        true
    })?;
    let _ = decoder.drain(&mut |frame| placing.put(&frame, false, &mut stretch));
    placing.failed.map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
    Ok(stretch)
}

/// Puts decoded sound where its packet says.
struct Placing<'a> {
    audio: &'a AudioTrack,
    first: usize,
    end: usize,
    /// The packet of the last frame and how many of its samples are placed.
    last: Option<(usize, i64)>,
    failed: std::result::Result<(), emos_ffmpeg::Error>,
}

impl Placing<'_> {
    fn put(&mut self, frame: &Frame, corrupt: bool, stretch: &mut Stretch) {
        let packet = match frame.mark().and_then(|mark| usize::try_from(mark).ok()) {
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
        let (begin, end) = (self.audio.starts[packet] + done, self.audio.starts[packet + 1]);
        let fits = samples.min(end - begin).max(0);
        let at = begin - stretch.from;
        match (frame.planes(self.audio.wide), usize::try_from(at), usize::try_from(fits)) {
            (Ok(planes), Ok(to), Ok(length)) => {
                stretch.planes.copy_from(to, &planes, 0, length);
                stretch.valid.push(at, at + fits);
            }
            (Err(error), _, _) => self.failed = Err(error),
            _ => {}
        }
    }
}
