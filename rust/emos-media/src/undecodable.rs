//! Tracks that have packets and give nothing: which, why, and what to do about it.

use std::collections::HashMap;

use emos_ffmpeg::{Decoder, ErrorKind as FfmpegErrorKind, Kind, Stream};

use crate::choice::word;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Track, KEY};
use crate::numbers::PacketId;
use crate::packets::Packets;
use crate::shared::Shared;
use crate::source::Stop;

/// Packets of a video track that are tried from its start on.
const TRIED_AT_START: usize = 600;
/// How many of its other keyframes are tried, evenly spread, and how many packets from each.
const TRIED_KEYFRAMES: usize = 8;
const TRIED_FROM_KEYFRAME: usize = 60;

/// Why a track gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    Encrypted,
    NoDecoder,
    /// FFmpeg's own words.
    NotOpened(String),
    NothingComes,
}

/// A track that has packets and gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    pub stream: usize,
    kind: Kind,
    codec: String,
    why: Why,
    /// What else can be read, in words.
    instead: String,
}

/// Why tracks give nothing, by stream.
#[derive(Debug, Default)]
pub(crate) struct Reasons(HashMap<usize, Why>);

impl Reasons {
    /// What containers and decoders say without a packet.
    pub fn by_headers(shared: &Shared) -> Self {
        let tracks = shared.index.tracks.iter();
        let streams = tracks.filter_map(|track| shared.streams.get(track.stream));
        Reasons(streams.filter_map(|stream| Some((stream.index, by_headers(shared, stream)?))).collect())
    }

    pub fn has(&self, stream: usize) -> bool {
        self.0.contains_key(&stream)
    }
}

fn by_headers(shared: &Shared, stream: &Stream) -> Option<Why> {
    let index = &shared.index;
    if index.encrypted.contains(&stream.index) {
        return Some(Why::Encrypted);
    }
    index.track(stream.index).filter(|track| !track.entries.is_empty())?;
    match Decoder::open(&stream.parameters) {
        Ok(_) => None,
        Err(error) if error.kind() == FfmpegErrorKind::Unsupported => Some(Why::NoDecoder),
        Err(error) => Some(Why::NotOpened(error.to_string())),
    }
}

/// The tracks that give nothing: by their headers, or since the index says that nothing comes of their packets.
pub(crate) fn find(shared: &Shared, mut reasons: Reasons) -> Vec<Undecodable> {
    for stream in &shared.index.nothing_comes {
        reasons.0.entry(*stream).or_insert(Why::NothingComes);
    }
    let presented: Vec<&Stream> =
        shared.streams.iter().filter(|stream| shared.index.track(stream.index).is_some()).collect();
    let instead = |kind: Kind| {
        let others = presented
            .iter()
            .filter(|stream| stream.parameters.kind() == kind && !reasons.has(stream.index))
            .map(|stream| format!("{} ({})", stream.index, codec(stream)));
        match others.collect::<Vec<_>>().as_slice() {
            [] => format!("open with {0}=False, since no {0} track can be decoded", word(kind)),
            [only] => format!("choose {} track {only}", word(kind)),
            all => format!("choose one of the {} tracks {}", word(kind), all.join(", ")),
        }
    };
    let found = presented.iter().filter_map(|stream| {
        let kind = stream.parameters.kind();
        let why = reasons.0.get(&stream.index)?.clone();
        Some(Undecodable { stream: stream.index, kind, codec: codec(stream), why, instead: instead(kind) })
    });
    found.collect()
}

/// FFmpeg's name of the codec, or where it knows none, that of the container.
fn codec(stream: &Stream) -> String {
    let name = stream.parameters.codec_name();
    let unknown = name.is_empty() || ["none", "unknown_codec"].contains(&name.as_str());
    match (stream.parameters.codec_tag(), stream.parameters.codec_tag_number()) {
        _ if !unknown => name,
        (Some(tag), _) => tag,
        (None, 0) => "unknown codec".to_owned(),
        (None, number) => format!("unknown codec {number:#x}"),
    }
}

impl Undecodable {
    /// For metadata.
    pub fn warning(&self) -> String {
        let why = match &self.why {
            Why::Encrypted => "it is encrypted",
            Why::NoDecoder => "this FFmpeg has no decoder for it",
            Why::NotOpened(error) => error,
            Why::NothingComes => "none of its packets can be decoded",
        };
        format!("{} gives nothing: {why}", self.track())
    }

    /// For whoever reads it.
    pub fn error(&self, name: &str) -> Error {
        let (track, instead) = (self.track(), &self.instead);
        match &self.why {
            Why::Encrypted => {
                let what = format!("{track} gives nothing, since it is encrypted; decrypt it, or {instead}");
                Error::new(ErrorKind::UnsupportedCodec, what, name)
            }
            Why::NoDecoder => {
                let what = format!(
                    "{track} gives nothing, since this FFmpeg has no decoder for it; see `emos env` for those it has, \
                     or {instead}"
                );
                Error::new(ErrorKind::UnsupportedCodec, what, name)
            }
            Why::NotOpened(error) => {
                let what = format!(
                    "{track} gives nothing, since {error}; check that the source is not damaged, or {instead}"
                );
                Error::new(ErrorKind::DecodeError, what, name)
            }
            Why::NothingComes => {
                let what = format!(
                    "{track} gives nothing, since none of its packets can be decoded; check that the source is not \
                     damaged, or {instead}"
                );
                Error::new(ErrorKind::DecodeError, what, name)
            }
        }
    }

    fn track(&self) -> String {
        format!("{} track {} ({})", word(self.kind), self.stream, self.codec)
    }
}

/// Whether anything at all comes out of a decoder. All packets of an audio track are tried, as long as nothing comes; of a
/// video track those at its start and from some keyframes on.
pub(crate) fn anything_comes(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<bool> {
    let total = track.entries.len();
    if !track.is_video {
        return comes_from(packets, track, 0, total, stop);
    }
    if comes_from(packets, track, 0, total.min(TRIED_AT_START), stop)? {
        return Ok(true);
    }
    let keys: Vec<usize> = (0..total).filter(|at| track.entries[*at].is(KEY)).collect();
    for step in 0..TRIED_KEYFRAMES {
        let Some(first) = keys.get(keys.len() * step / TRIED_KEYFRAMES) else { break };
        if comes_from(packets, track, *first, total.min(first + TRIED_FROM_KEYFRAME), stop)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn comes_from(
    packets: Packets<'_>,
    track: &Track,
    first: usize,
    end: usize,
    stop: &dyn Stop,
) -> Result<bool> {
    let parameters = packets.shared.parameters(track.stream)?;
    let Ok(mut decoder) = Decoder::open(parameters) else { return Ok(false) };
    let mut comes = false;
    packets.read(track, PacketId::at(first), PacketId::at(end), stop, &mut |number, packet| {
        let is_something = |frame: &emos_ffmpeg::Frame| track.is_video || frame.num_samples() > 0;
        // Whether a packet fails is what is asked.
        let _ = decoder.send(&packet, number.into(), &mut |frame| comes |= is_something(&frame));
        !comes
    })?;
    let _ = decoder.drain(&mut |frame| comes |= track.is_video || frame.num_samples() > 0);
    Ok(comes)
}
