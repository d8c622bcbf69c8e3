//! From a source to a medium: its streams at once, its index when it is needed.

use std::sync::Arc;

use emos_ffmpeg::{Demuxer, Kind, Stream};
use emos_time::Rational;

use crate::audio;
use crate::audio::track::AudioTrack;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{is_presented, Index, HIDDEN};
use crate::media::{Media, OnError};
use crate::metadata::{self, Laid, Metadata};
use crate::shared::Shared;
use crate::source::{Source, Stop};
use crate::video::{resolve, VideoTrack};

/// Which track of a kind to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Select {
    /// FFmpeg's best stream.
    #[default]
    Best,
    Off,
    /// A stream's index in the file.
    Stream(usize),
    Language(String),
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub video: Select,
    pub audio: Select,
    pub on_error: OnError,
    /// Decoders at work at the same time; `None` for one a core.
    pub threads: Option<usize>,
}

/// A source that is a medium: its container is understood and its tracks are chosen.
#[derive(Debug)]
pub struct Opened {
    source: Source,
    options: Options,
    /// The one that looked at the streams, until the index takes it.
    demuxer: Option<Demuxer>,
    saved: Option<Index>,
    video: Option<usize>,
    audio: Option<usize>,
    has_tables: bool,
}

impl Opened {
    /// Open a source; `saved` is an index that [`Media::save_index`] gave for the same source.
    ///
    /// # Errors
    /// The source cannot be read, is no medium, has no such track, or is not what was indexed.
    pub fn open(source: Source, options: &Options, saved: Option<&[u8]>) -> Result<Self> {
        let _scope = emos_ffmpeg::log::Scope::enter(source.name());
        let name = Arc::clone(source.name());
        if options.threads == Some(0) {
            let what = "0 threads were asked for; give 1 or more, or leave it open";
            return Err(Error::new(ErrorKind::InvalidArgument, what, &name));
        }
        if source.stamp().size == 0 {
            let what = "the source is empty; give a media file";
            return Err(Error::new(ErrorKind::SourceUnreadable, what, &name));
        }
        let demuxer = demux(&source)?;
        let streams = streams(&demuxer, &name)?;
        if streams.is_empty() {
            let what = "the source holds no streams; give a media file";
            return Err(Error::new(ErrorKind::SourceUnreadable, what, &name));
        }
        Ok(Opened {
            video: choose(&demuxer, &streams, Kind::Video, &options.video, &name)?,
            audio: choose(&demuxer, &streams, Kind::Audio, &options.audio, &name)?,
            has_tables: Index::has_tables(&demuxer),
            saved: saved.map(|bytes| Index::load(bytes, &source)).transpose()?,
            demuxer: Some(demuxer),
            options: options.clone(),
            source,
        })
    }

    /// Whether the index takes no reading of the whole source.
    #[must_use]
    pub fn is_indexed_soon(&self) -> bool {
        self.has_tables || self.saved.is_some()
    }

    /// Index the source. After an error, an interruption say, it may be asked again.
    ///
    /// # Errors
    /// The source failed, or the caller stopped.
    pub fn index(&mut self, stop: &dyn Stop) -> Result<Media> {
        let _scope = emos_ffmpeg::log::Scope::enter(self.source.name());
        let source = self.source.clone();
        let demuxer = match self.demuxer.take() {
            Some(demuxer) => demuxer,
            None => demux(&source)?,
        };
        let streams = streams(&demuxer, source.name())?;
        let saved = self.saved.is_some();
        let index = match &self.saved {
            Some(index) => index.clone(),
            None => Index::build(&source, demuxer, &streams, stop)?,
        };
        let mut shared = Shared::new(source, index, streams);
        if !saved {
            learn(&mut shared, stop)?;
        }
        let mut laid = lay_out(&shared)?;
        let zero = laid.iter().filter_map(Laid::container_start).min().unwrap_or(Rational::ZERO);
        for (laid, track) in laid.iter_mut().zip(&shared.index.tracks) {
            laid.set_zero(zero, track);
        }
        let metadata = describe(&shared, &laid, zero, saved, (self.video, self.audio));
        let (mut video, mut audio) = (None, None);
        for track in laid {
            match track {
                Laid::Video(track) if Some(track.timeline.stream) == self.video => video = Some(track),
                Laid::Audio(track) if Some(track.stream) == self.audio => audio = Some(track),
                _ => {}
            }
        }
        let threads = self
            .options
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        Ok(Media::new(shared, metadata, (video, audio), self.options.on_error, threads))
    }
}

fn demux(source: &Source) -> Result<Demuxer> {
    Demuxer::open(source.bytes().clone())
        .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()))
}

fn streams(demuxer: &Demuxer, name: &str) -> Result<Vec<Stream>> {
    demuxer.streams().map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, name))
}

fn choose(
    demuxer: &Demuxer,
    streams: &[Stream],
    kind: Kind,
    select: &Select,
    name: &str,
) -> Result<Option<usize>> {
    let word = if kind == Kind::Video { "video" } else { "audio" };
    let fits = |stream: &&Stream| stream.parameters.kind() == kind && is_presented(stream);
    let listed = || {
        let all: Vec<String> = streams
            .iter()
            .filter(fits)
            .map(|stream| {
                format!("{} ({})", stream.index, stream.language.as_deref().unwrap_or("no language"))
            })
            .collect();
        if all.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", all.join(", "))
        }
    };
    let refuse = |asked: String| {
        let what = format!("{word} track {asked} was asked for, but {}; see Media.metadata", listed());
        Err(Error::new(ErrorKind::NoSuchTrack, what, name))
    };
    match select {
        Select::Off => Ok(None),
        Select::Best => {
            let best = demuxer.best_stream(kind).and_then(|best| streams.get(best)).filter(fits);
            Ok(best.or_else(|| streams.iter().find(fits)).map(|stream| stream.index))
        }
        Select::Stream(index) => match streams.get(*index).filter(fits) {
            Some(stream) => Ok(Some(stream.index)),
            None => refuse(index.to_string()),
        },
        Select::Language(language) => {
            let speaks = |stream: &&Stream| stream.language.as_deref() == Some(language.as_str());
            match streams.iter().filter(fits).find(speaks) {
                Some(stream) => Ok(Some(stream.index)),
                None => refuse(format!("{language:?}")),
            }
        }
    }
}

/// Put into the index what only decoders know.
fn learn(shared: &mut Shared, stop: &dyn Stop) -> Result<()> {
    for at in 0..shared.index.tracks.len() {
        let track = &shared.index.tracks[at];
        if track.is_video {
            let learnt = resolve::learn(shared, track, stop)?;
            let track = &mut shared.index.tracks[at];
            for packet in learnt.hidden {
                track.entries[packet].flags |= HIDDEN;
            }
            track.display_order = learnt.display_order;
        } else {
            let learnt = audio::learn::learn(shared, track, stop)?;
            let track = &mut shared.index.tracks[at];
            if let Some(counts) = learnt.counts {
                for (entry, count) in track.entries.iter_mut().zip(counts) {
                    entry.samples = count;
                }
                track.counts_unknown = false;
            }
            track.delay_at_least(learnt.delay);
            let end = track.entries.len();
            for entry in &mut track.entries[end - learnt.silent_tail..] {
                entry.samples = 0;
            }
            if learnt.silent_tail > 0 {
                let stream = track.stream;
                shared.index.warnings.push(format!(
                    "the last {} packets of audio track {stream} hold no sound and were left out",
                    learnt.silent_tail
                ));
            }
        }
    }
    Ok(())
}

fn lay_out(shared: &Shared) -> Result<Vec<Laid>> {
    shared
        .index
        .tracks
        .iter()
        .map(|track| {
            Ok(if track.is_video {
                Laid::Video(VideoTrack::new(shared, track)?)
            } else {
                Laid::Audio(AudioTrack::new(shared, track)?)
            })
        })
        .collect()
}

fn describe(
    shared: &Shared,
    laid: &[Laid],
    zero: Rational,
    saved: bool,
    (video, audio): (Option<usize>, Option<usize>),
) -> Metadata {
    let tracks: Vec<_> = shared
        .streams
        .iter()
        .map(|stream| {
            let of = laid.iter().find(|track| track.stream() == stream.index);
            metadata::describe(stream, &shared.index, of)
        })
        .collect();
    let mut warnings = shared.index.warnings.clone();
    for track in laid {
        if let Laid::Audio(audio) = track {
            if audio.counted_only {
                warnings.push(format!(
                    "the clock of audio track {} has no room for its sound; its packets are laid end to end",
                    audio.stream
                ));
            }
        }
    }
    let duration = tracks.iter().filter_map(|track| track.end).max().unwrap_or(Rational::ZERO);
    Metadata {
        name: shared.name().to_owned(),
        container: shared.index.container.clone(),
        duration,
        start_offset: zero,
        tracks,
        video,
        audio,
        index_source: metadata::index_source(&shared.index, saved),
        warnings,
    }
}
