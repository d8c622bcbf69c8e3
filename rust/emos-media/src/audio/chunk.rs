//! Audio chunks: what one decoder gives between two anchors. Every read of a chunk decodes it in the same way.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use emos_ffmpeg::{Decoder, Frame, Planes};
use emos_time::Spans;

use super::conversion::{Conversion, Need};
use super::measure::stated_rate;
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
    /// Those of them that come from data which the container or the decoder says is damaged.
    pub damaged: Spans,
}

/// The most bytes of decoded audio in the cache.
const CACHE_BYTES: usize = 32 << 20;

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
    let mut decoder = Decoder::open(parameters).map_err(|error| {
        let kind = match error.kind() {
            emos_ffmpeg::ErrorKind::Unsupported => ErrorKind::UnsupportedCodec,
            _ => ErrorKind::DecodeError,
        };
        Error::ffmpeg(error, kind, shared.name())
    })?;
    let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name());
    let first = number * audio.anchors.spacing;
    let mut writer = ChunkWriter::new(track, audio, first..first + audio.anchors.spacing);
    let range = writer.to_decode();
    let begin = PacketId::at(range.start.saturating_sub(audio.anchors.preroll));
    for header in track.changes.headers_before(begin) {
        packets.read(track, *header, header.next(), stop, &mut |packet_id, packet| {
            // It has no samples, whether it is refused or not.
            let _ = decoder.send(&packet, packet_id.into(), &mut |_| {});
            true
        })?;
    }
    let codec = parameters.codec_name();
    let mut changed = Ok(());
    packets.read(track, begin, PacketId::at(range.end), stop, &mut |packet_id, mut packet| {
        count(&shared.counters.audio_packets_decoded, 1);
        changed = track.changes.tell(&mut packet, packet_id, packet_id == begin);
        let rate = stated_rate(&codec, packet.data());
        // A packet that fails leaves its samples invalid.
        let _ = decoder.send(&packet, packet_id.into(), &mut |frame| writer.write(&frame, rate));
        changed.is_ok()
    })?;
    changed.map_err(fail)?;
    let _ = decoder.drain(&mut |frame| writer.write(&frame, None));
    writer.finish().map_err(fail)
}

/// Decoded samples, and what is known of them.
#[derive(Debug)]
struct Decoded {
    planes: Planes,
    valid: Vec<(i64, i64)>,
    damaged: Vec<(i64, i64)>,
}

impl Decoded {
    fn silent(wide: bool, channels: u32, samples: i64) -> Self {
        let planes = Planes::silent(wide, channels as usize, usize::try_from(samples).unwrap_or(0));
        Decoded { planes, valid: Vec::new(), damaged: Vec::new() }
    }

    /// Write samples so that the first stands at `at`; those outside are dropped.
    fn write(&mut self, at: i64, samples: &Planes, count: i64, is_damaged: bool) {
        let from = (-at).max(0);
        let length = i64::try_from(self.planes.samples()).unwrap_or(0);
        let (begin, end) = (at.max(0), (at + count).min(length));
        if let (Ok(to), Ok(from), Ok(count)) =
            (usize::try_from(begin), usize::try_from(from), usize::try_from(end - begin))
        {
            self.planes.copy_from(to, samples, from, count);
            self.valid.push((begin, end));
            if is_damaged {
                self.damaged.push((begin, end));
            }
        }
    }
}

/// Writes decoded samples at the position of their packet.
struct ChunkWriter<'a> {
    track: &'a Track,
    audio: &'a AudioTrack,
    /// The packets of the chunk.
    packets: Range<usize>,
    /// The first sample of the chunk, counted over everything that the track decodes to.
    start: i64,
    own: Decoded,
    /// What is converted after everything is decoded, at the rates of the packets.
    foreign: Vec<(Need<'a>, Decoded)>,
    /// The packet of the last frame, and how many of its samples are written.
    last: Option<(usize, i64)>,
    failed: std::result::Result<(), emos_ffmpeg::Error>,
}

impl<'a> ChunkWriter<'a> {
    fn new(track: &'a Track, audio: &'a AudioTrack, packets: Range<usize>) -> Self {
        let total = track.entries.len();
        let packets = packets.start.min(total)..packets.end.min(total);
        let start = audio.starts[packets.start];
        let own = Decoded::silent(audio.wide, audio.layout.channels(), audio.starts[packets.end] - start);
        let overlaps = |conversion: &&Conversion| {
            conversion.packets.start < packets.end && packets.start < conversion.packets.end
        };
        let foreign = audio.conversions.iter().filter(overlaps).map(|conversion| {
            let (from, to) =
                (packets.start.max(conversion.packets.start), packets.end.min(conversion.packets.end));
            let need = conversion.need(from..to);
            let decoded = Decoded::silent(audio.wide, conversion.format.channels, need.end - need.begin);
            (need, decoded)
        });
        let foreign = foreign.collect();
        ChunkWriter { track, audio, packets, start, own, foreign, last: None, failed: Ok(()) }
    }

    /// The packets from the first to the last whose samples are needed.
    fn to_decode(&self) -> Range<usize> {
        let needs = || self.foreign.iter().map(|(need, _)| &need.decode);
        let first = needs().map(|decode| decode.start).min().unwrap_or(usize::MAX);
        let end = needs().map(|decode| decode.end).max().unwrap_or(0);
        first.min(self.packets.start)..end.max(self.packets.end)
    }

    /// `rate` is what the packet itself says.
    fn write(&mut self, frame: &Frame, rate: Option<u32>) {
        let packet = match (PacketId::from_decoder(frame.packet_id()), self.last) {
            (Some(packet), _) => packet.index(),
            (None, Some((packet, _))) => packet,
            (None, None) => return,
        };
        let done = self.last.filter(|(last, _)| *last == packet).map_or(0, |(_, done)| done);
        let samples = i64::try_from(frame.num_samples()).unwrap_or(0);
        self.last = Some((packet, done + samples));
        let audio = self.audio;
        let of_packet = |(need, _): &&mut (Need<'a>, Decoded)| need.conversion.packets.contains(&packet);
        let found = self.foreign.iter_mut().find(of_packet);
        let (own_rate, channels, room, at, target) = match found {
            Some((need, decoded)) => {
                let (format, room) = (need.conversion.format, need.conversion.samples_of(packet));
                let at = room.start - need.begin;
                (format.rate, format.channels, room, at, decoded)
            }
            None if self.packets.contains(&packet) => {
                let room = audio.starts[packet]..audio.starts[packet + 1];
                let at = room.start - self.start;
                (audio.rate, audio.layout.channels(), room, at, &mut self.own)
            }
            None => return,
        };
        let is_as_indexed =
            rate.unwrap_or(frame.sample_rate()) == own_rate && frame.num_channels() == channels;
        if !is_as_indexed {
            return;
        }
        let is_damaged = frame.is_corrupt() || self.track.entries[packet].is(CORRUPT);
        match frame.planes(audio.wide) {
            Ok(planes) => {
                let fits = samples.min(room.end - room.start - done);
                target.write(at + done, &planes, fits, is_damaged);
            }
            Err(error) => self.failed = Err(error),
        }
    }

    fn finish(mut self) -> std::result::Result<AudioChunk, emos_ffmpeg::Error> {
        self.failed?;
        let audio = self.audio;
        for (need, decoded) in &self.foreign {
            let range = &need.conversion.packets;
            let (first, end) = (range.start.max(self.packets.start), range.end.min(self.packets.end));
            let (first, end) = (audio.starts[first] - self.start, audio.starts[end] - self.start);
            let planes = &mut self.own.planes;
            let mut write = |at: i64, samples: &[Vec<f32>]| {
                let count = i64::try_from(samples.first().map_or(0, Vec::len)).unwrap_or(0);
                let at = at - self.start;
                let (from, to) = (at.max(first), (at + count).min(end));
                if let (true, Ok(from), Ok(skip)) =
                    (from < to, usize::try_from(from), usize::try_from(from - at))
                {
                    let count = usize::try_from(to).unwrap_or(0).saturating_sub(from);
                    for (channel, samples) in samples.iter().enumerate() {
                        planes.put(channel, from, &samples[skip..skip + count]);
                    }
                }
            };
            if need.convert(&decoded.planes, &audio.layout, audio.rate, &mut write).is_err() {
                // Channels that cannot be mixed are lost, and marked as that.
                continue;
            }
            let moved = |ranges: &[(i64, i64)]| {
                let converted = need.converted(&spans(ranges.to_vec())).into_iter();
                converted.map(|(a, b)| ((a - self.start).max(first), (b - self.start).min(end)))
            };
            self.own.valid.extend(moved(&decoded.valid));
            self.own.damaged.extend(moved(&decoded.damaged));
        }
        let Decoded { planes, valid, damaged } = self.own;
        Ok(AudioChunk { start: self.start, planes, valid: spans(valid), damaged: spans(damaged) })
    }
}

fn spans(mut ranges: Vec<(i64, i64)>) -> Spans {
    ranges.sort_unstable();
    let mut spans = Spans::new();
    ranges.into_iter().for_each(|(first, end)| spans.push(first, end));
    spans
}
