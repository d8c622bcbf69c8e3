//! From a source to media that can be read: its streams at once, its index when it is needed.

use std::sync::Arc;

use emos_ffmpeg::{Demuxer, Kind, Stream};
use emos_time::Rational;

use crate::audio::chunk::ChunkCache;
use crate::audio::track::AudioTrack;
use crate::choice::{candidates, Select};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Index, Track, HIDDEN, NO_PTS};
use crate::media::Media;
use crate::medium::{Medium, OnError};
use crate::metadata::{self, AlignedTrack, Metadata};
use crate::packets::{Packets, Pool};
use crate::shared::Shared;
use crate::source::{Source, Stop};
use crate::undecodable::{self, Reasons, Undecodable};
use crate::video::VideoTrack;
use crate::{audio, video};

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub video: Select,
    pub audio: Select,
    pub on_error: OnError,
    /// The most decoders that work at the same time; `None` for one a core.
    pub threads: Option<usize>,
}

/// A source with an open container and chosen tracks.
#[derive(Debug)]
pub struct Opened {
    source: Source,
    options: Options,
    /// The demuxer that read the streams, until the index is built with it.
    demuxer: Option<Demuxer>,
    saved: Option<Index>,
    /// The streams that may be chosen, best first.
    video: Vec<usize>,
    audio: Vec<usize>,
    has_tables: bool,
}

impl Opened {
    /// Open a source. `saved` is an index from [`Media::save_index`] of the same source.
    ///
    /// # Errors
    /// The source cannot be read, is no media file, has no such track, or is not the one that was indexed.
    pub fn open(source: Source, options: &Options, saved: Option<&[u8]>) -> Result<Self> {
        let _scope = emos_ffmpeg::log::Scope::enter(source.name());
        let name = Arc::clone(source.name());
        if options.threads == Some(0) {
            let what = "num_threads must be 1 or more, got 0; leave it out for one a core";
            return Err(Error::new(ErrorKind::InvalidArgument, what, &name));
        }
        if source.stamp().size == 0 {
            let what = "the source is empty; give a media file";
            return Err(Error::new(ErrorKind::SourceUnreadable, what, &name));
        }
        let mut demuxer = demux(&source)?;
        let streams = streams(&demuxer, &name)?;
        if streams.is_empty() {
            let what = "the source has no streams; give a media file";
            return Err(Error::new(ErrorKind::SourceUnreadable, what, &name));
        }
        Ok(Opened {
            video: candidates(&mut demuxer, &streams, Kind::Video, &options.video, &name)?,
            audio: candidates(&mut demuxer, &streams, Kind::Audio, &options.audio, &name)?,
            has_tables: Index::has_tables(&demuxer),
            saved: saved.map(|bytes| Index::load(bytes, &source)).transpose()?,
            demuxer: Some(demuxer),
            options: options.clone(),
            source,
        })
    }

    /// Whether the source can be indexed without reading all of it.
    #[must_use]
    pub fn is_indexed_soon(&self) -> bool {
        self.has_tables || self.saved.is_some()
    }

    /// Index the source. After an error, such as an interruption, it may be called again.
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
        let gapless = demuxer.tag(audio::priming::TAG);
        let saved = self.saved.is_some();
        let index = match &self.saved {
            Some(index) => index.clone(),
            None => Index::build(&source, demuxer, &streams, stop)?,
        };
        let (mut shared, pool) = (Shared::new(source, index, streams), Pool::default());
        let reasons = Reasons::by_headers(&shared);
        if !saved {
            measure(&mut shared, &pool, &reasons, gapless.as_deref(), stop)?;
        }
        let undecodable = undecodable::find(&shared, reasons);
        let chosen = (first_decodable(&self.video, &undecodable), first_decodable(&self.audio, &undecodable));
        let mut aligned = align_tracks(&shared)?;
        let zero = media_zero(&shared, &aligned, &undecodable);
        for (aligned, track) in aligned.iter_mut().zip(&shared.index.tracks) {
            aligned.set_zero(zero, track);
        }
        let metadata = describe(&shared, &aligned, &undecodable, zero, saved, chosen);
        let (mut video, mut audio) = (None, None);
        for track in aligned {
            match track {
                AlignedTrack::Video(track) if Some(track.timeline.stream) == chosen.0 => video = Some(track),
                AlignedTrack::Audio(track) if Some(track.stream) == chosen.1 => audio = Some(track),
                _ => {}
            }
        }
        let threads = self
            .options
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let on_error = self.options.on_error;
        let cache = ChunkCache::default();
        let medium = Medium { shared, pool, video, audio, undecodable, cache, on_error, threads };
        Ok(Media::new(medium, metadata))
    }
}

fn demux(source: &Source) -> Result<Demuxer> {
    Demuxer::open(source.bytes().clone())
        .map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()))
}

fn streams(demuxer: &Demuxer, name: &str) -> Result<Vec<Stream>> {
    demuxer.streams().map_err(|error| Error::ffmpeg(error, ErrorKind::SourceUnreadable, name))
}

/// The first that can be decoded; where none can, the best.
fn first_decodable(candidates: &[usize], undecodable: &[Undecodable]) -> Option<usize> {
    let gives_nothing = |stream: &usize| undecodable.iter().any(|track| track.stream == *stream);
    candidates.iter().find(|stream| !gives_nothing(stream)).or(candidates.first()).copied()
}

/// Measure what only decoders know, and put it into the index. `gapless` is iTunes' tag.
fn measure(
    shared: &mut Shared,
    pool: &Pool,
    reasons: &Reasons,
    gapless: Option<&str>,
    stop: &dyn Stop,
) -> Result<()> {
    for at in 0..shared.index.tracks.len() {
        let track = &shared.index.tracks[at];
        let packets = Packets { shared, pool };
        if reasons.has(track.stream) {
            continue;
        }
        if track.is_video {
            let measured = video::measure::measure(packets, track, stop)?;
            if is_doubtful(shared, track) && !undecodable::anything_comes(packets, track, stop)? {
                shared.index.nothing_comes.push(track.stream);
            }
            let track = &mut shared.index.tracks[at];
            for packet in measured.hidden {
                track.entries[packet.index()].flags |= HIDDEN;
            }
            track.display_order = measured.display_order;
            if let Some(times) = measured.display_times {
                for (entry, pts) in track.entries.iter_mut().zip(times) {
                    entry.pts = pts;
                    entry.flags &= !NO_PTS;
                }
            }
        } else {
            let measured = audio::measure::measure(packets, track, stop)?;
            let nothing = measured.nothing_comes && !undecodable::anything_comes(packets, track, stop)?;
            if nothing {
                shared.index.nothing_comes.push(track.stream);
            }
            let warnings = measured.apply(&mut shared.index.tracks[at], &shared.index.container);
            shared.index.warnings.extend(warnings);
            if shared.index.container.contains("mp4") {
                let Shared { index, streams, .. } = &mut *shared;
                let track = &mut index.tracks[at];
                if let Some(stream) = streams.get(track.stream) {
                    audio::priming::count_decoded(track, &stream.parameters, gapless);
                }
            }
            let packets = Packets { shared, pool };
            let warning = audio::sbr::warning(packets, &shared.index.tracks[at], stop)?;
            shared.index.warnings.extend(warning);
        }
    }
    Ok(())
}

/// Whether a video track is tried before anybody reads it: where there is a choice, or FFmpeg did not find out what its
/// frames are.
fn is_doubtful(shared: &Shared, track: &Track) -> bool {
    let videos = shared.index.tracks.iter().filter(|track| track.is_video && !track.entries.is_empty());
    let is_known = |stream: &Stream| stream.parameters.pixel_format().is_some();
    !track.entries.is_empty()
        && (videos.count() > 1 || !shared.streams.get(track.stream).is_some_and(is_known))
}

/// The earliest time of any track. A track that gives nothing has the times of its packets.
fn media_zero(shared: &Shared, aligned: &[AlignedTrack], undecodable: &[Undecodable]) -> Rational {
    let decoded = aligned.iter().filter_map(AlignedTrack::container_start);
    let ranges = undecodable.iter().filter_map(|track| packet_range(shared, track.stream));
    decoded.chain(ranges.map(|(start, _)| start)).min().unwrap_or(Rational::ZERO)
}

fn packet_range(shared: &Shared, stream: usize) -> Option<(Rational, Rational)> {
    let rate = shared.streams.get(stream)?.parameters.sample_rate();
    metadata::packet_range(shared.index.track(stream)?, rate)
}

fn align_tracks(shared: &Shared) -> Result<Vec<AlignedTrack>> {
    shared
        .index
        .tracks
        .iter()
        .map(|track| {
            Ok(if track.is_video {
                AlignedTrack::Video(VideoTrack::new(shared, track)?)
            } else {
                AlignedTrack::Audio(AudioTrack::new(shared, track)?)
            })
        })
        .collect()
}

fn describe(
    shared: &Shared,
    aligned: &[AlignedTrack],
    undecodable: &[Undecodable],
    zero: Rational,
    saved: bool,
    (video, audio): (Option<usize>, Option<usize>),
) -> Metadata {
    let tracks: Vec<_> = shared
        .streams
        .iter()
        .map(|stream| {
            let of = aligned.iter().find(|track| track.stream() == stream.index);
            let mut track = metadata::describe(stream, &shared.index, of);
            if track.start.is_none() && undecodable.iter().any(|other| other.stream == stream.index) {
                let range = packet_range(shared, stream.index);
                track.start = range.and_then(|(start, _)| start.checked_sub(zero));
                track.end = range.and_then(|(_, end)| end.checked_sub(zero));
            }
            track
        })
        .collect();
    let mut warnings = shared.index.warnings.clone();
    for track in aligned {
        if let AlignedTrack::Audio(audio) = track {
            warnings.extend(audio.warnings());
        }
    }
    warnings.extend(undecodable.iter().map(Undecodable::warning));
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
