//! Which track of a kind is read.

use emos_ffmpeg::{Demuxer, Kind, Stream};

use crate::error::{Error, ErrorKind, Result};
use crate::index::is_presented;

/// Which track of a kind to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Select {
    /// FFmpeg's best stream of those that can be decoded.
    #[default]
    Best,
    Off,
    /// A stream's index in the file.
    Stream(usize),
    /// The first stream of the language that can be decoded.
    Language(String),
}

/// The streams that a choice allows, best first.
///
/// # Errors
/// The file has no such track.
pub(crate) fn candidates(
    demuxer: &mut Demuxer,
    streams: &[Stream],
    kind: Kind,
    select: &Select,
    name: &str,
) -> Result<Vec<usize>> {
    let word = word(kind);
    let fits = |stream: &&Stream| stream.parameters.kind() == kind && is_presented(stream);
    let allowed = || {
        let all: Vec<String> = streams
            .iter()
            .filter(fits)
            .map(|stream| {
                format!("{} ({})", stream.index, stream.language.as_deref().unwrap_or("no language"))
            })
            .collect();
        match all.as_slice() {
            [] => format!("None or False without {word} tracks"),
            [only] => only.clone(),
            all => format!("one of {}", all.join(", ")),
        }
    };
    let refuse = |value: String| {
        let what = format!("{word} must be {}, got {value}; see Media.metadata", allowed());
        Err(Error::new(ErrorKind::NoSuchTrack, what, name))
    };
    let found: Vec<usize> = match select {
        Select::Off => return Ok(Vec::new()),
        Select::Best => {
            let fitting: Vec<usize> = streams.iter().filter(fits).map(|stream| stream.index).collect();
            let mut best = demuxer.best_streams(kind);
            best.retain(|stream| fitting.contains(stream));
            let rest = fitting.into_iter().filter(|stream| !best.contains(stream)).collect::<Vec<_>>();
            return Ok([best, rest].concat());
        }
        Select::Stream(index) => {
            streams.get(*index).filter(fits).into_iter().map(|stream| stream.index).collect()
        }
        Select::Language(language) => {
            let is_spoken = |stream: &&Stream| stream.language.as_deref() == Some(language.as_str());
            streams.iter().filter(fits).filter(is_spoken).map(|stream| stream.index).collect()
        }
    };
    match select {
        Select::Stream(index) if found.is_empty() => refuse(index.to_string()),
        Select::Language(language) if found.is_empty() => refuse(format!("{language:?}")),
        _ => Ok(found),
    }
}

/// The word for a kind of track in texts, which is the option that chooses one.
pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Subtitle => "subtitle",
        Kind::Data => "data",
    }
}
