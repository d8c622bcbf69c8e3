//! What is known about a source, as plain data.

use emos_ffmpeg::{rotation_degrees, Color, Kind, Stream};
use emos_time::Rational;

use crate::audio::track::AudioTrack;
use crate::index::{Index, Origin, Track, DISCARD};
use crate::numbers::{FrameIndex, PacketId};
use crate::video::VideoTrack;

#[derive(Clone, Debug)]
pub struct Metadata {
    pub name: String,
    pub container: String,
    /// Media time at which the last track ends, in seconds.
    pub duration: Rational,
    /// Media zero: the time of the container at media time 0, in seconds.
    pub start_offset: Rational,
    pub tracks: Vec<TrackInfo>,
    /// The stream indices of the chosen tracks.
    pub video: Option<usize>,
    pub audio: Option<usize>,
    pub index_source: &'static str,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct TrackInfo {
    pub index: usize,
    pub kind: Kind,
    pub codec: String,
    pub language: Option<String>,
    pub time_base: Rational,
    /// Media time; `None` for tracks that are not presented in time.
    pub start: Option<Rational>,
    pub end: Option<Rational>,
    pub duration_from_header: Option<Rational>,
    pub num_frames_from_header: Option<u64>,
    pub video: Option<VideoInfo>,
    pub audio: Option<AudioInfo>,
}

#[derive(Clone, Debug)]
pub struct VideoInfo {
    /// Of the display size: after rotation; the sample aspect ratio is not applied.
    pub width: u32,
    pub height: u32,
    /// Clockwise degrees by which stored frames are rotated for display: 0, 90, 180 or 270.
    pub rotation: u32,
    pub sample_aspect_ratio: Option<Rational>,
    pub num_frames: u64,
    /// `tables`, `scan` or `decode`.
    pub num_frames_source: &'static str,
    pub average_rate: Option<Rational>,
    pub pixel_format: Option<String>,
    pub color: Color,
}

#[derive(Clone, Debug)]
pub struct AudioInfo {
    pub sample_rate: u32,
    pub num_channels: u32,
    pub channel_layout: String,
    pub sample_format: Option<String>,
}

/// A track of the index with its position in media time.
#[derive(Debug)]
pub(crate) enum AlignedTrack {
    Video(VideoTrack),
    Audio(AudioTrack),
}

impl AlignedTrack {
    pub fn container_start(&self) -> Option<Rational> {
        match self {
            AlignedTrack::Video(video) => video.timeline.container_start(),
            AlignedTrack::Audio(audio) => audio.container_start(),
        }
    }

    pub fn set_zero(&mut self, zero: Rational, track: &Track) {
        match self {
            AlignedTrack::Video(video) => video.timeline.set_zero(zero),
            AlignedTrack::Audio(audio) => audio.align(zero, track),
        }
    }

    pub fn stream(&self) -> usize {
        match self {
            AlignedTrack::Video(video) => video.timeline.stream,
            AlignedTrack::Audio(audio) => audio.stream,
        }
    }

    fn range(&self) -> (Option<Rational>, Option<Rational>) {
        match self {
            AlignedTrack::Video(video) => (video.timeline.start(), video.timeline.end()),
            AlignedTrack::Audio(audio) if audio.is_empty() => (None, None),
            AlignedTrack::Audio(audio) => (audio.start(), audio.end()),
        }
    }
}

pub(crate) fn index_source(index: &Index, saved: bool) -> &'static str {
    match (saved, index.origin) {
        (true, _) => "saved",
        (false, Origin::Tables) => "tables",
        (false, Origin::Scan) => "scan",
    }
}

/// The time from the first packet to the end of the last, without encoder delay, in seconds on the clock of the container.
pub(crate) fn packet_range(track: &Track, rate: u32) -> Option<(Rational, Rational)> {
    let presented = || (0..).map(PacketId::at).zip(&track.entries).filter(|(_, entry)| !entry.is(DISCARD));
    let (packet, first) = presented().min_by_key(|(_, entry)| entry.pts)?;
    let end = presented().map(|(_, entry)| entry.pts.saturating_add(entry.duration)).max()?;
    let skipped = Rational::new(track.skip(packet).start.into(), rate.max(1).into())?;
    Some((first.pts.seconds(track.time_base)?.checked_add(skipped)?, end.seconds(track.time_base)?))
}

pub(crate) fn describe(stream: &Stream, index: &Index, aligned: Option<&AlignedTrack>) -> TrackInfo {
    let parameters = &stream.parameters;
    let kind = parameters.kind();
    let track = index.track(stream.index);
    let (start, end) = aligned.map_or((None, None), AlignedTrack::range);
    let (numerator, denominator) = stream.time_base;
    let video = match aligned {
        Some(AlignedTrack::Video(video)) => Some(video_info(stream, index, track, video)),
        _ => None,
    };
    let mut audio = (kind == Kind::Audio).then(|| AudioInfo {
        sample_rate: parameters.sample_rate(),
        num_channels: parameters.num_channels(),
        channel_layout: parameters.channel_layout(),
        sample_format: parameters.sample_format(),
    });
    let is_converted = track.is_some_and(|track| !track.changes.formats.is_empty());
    if let (true, Some(info), Some(AlignedTrack::Audio(audio))) = (is_converted, &mut audio, aligned) {
        // The first packets decode to this, whatever the headers say.
        info.sample_rate = audio.rate;
        info.num_channels = audio.layout.channels();
        info.channel_layout = audio.layout.name();
    }
    TrackInfo {
        index: stream.index,
        kind,
        codec: parameters.codec_name(),
        language: stream.language.clone(),
        time_base: Rational::new(numerator.into(), denominator.into()).unwrap_or(Rational::ZERO),
        start,
        end,
        duration_from_header: stream.duration.and_then(|d| Rational::from_ticks(d, numerator, denominator)),
        num_frames_from_header: stream.num_frames,
        video,
        audio,
    }
}

fn video_info(stream: &Stream, index: &Index, track: Option<&Track>, video: &VideoTrack) -> VideoInfo {
    let measured = track.is_some_and(|track| track.display_order.is_some());
    let rotation = stream.display_matrix.as_ref().and_then(rotation_degrees).unwrap_or(0.0);
    // A rotation that is not applied is not reported.
    let is_rotated = video.orientation != emos_ffmpeg::Orientation::STORED;
    let rotation = if is_rotated { ((rotation / 90.0).round() as u32 % 4) * 90 } else { 0 };
    VideoInfo {
        width: video.display_size.1,
        height: video.display_size.0,
        rotation,
        sample_aspect_ratio: stream.sample_aspect_ratio,
        num_frames: video.timeline.len() as u64,
        num_frames_source: match (measured, index.origin) {
            (true, _) => "decode",
            (false, Origin::Tables) => "tables",
            (false, Origin::Scan) => "scan",
        },
        average_rate: average_rate(video).or(stream.average_rate),
        pixel_format: stream.parameters.pixel_format(),
        color: stream.parameters.color(),
    }
}

/// Frames a second from the first frame to the last.
fn average_rate(video: &VideoTrack) -> Option<Rational> {
    let steps = i64::try_from(video.timeline.len()).ok()?.checked_sub(1).filter(|steps| *steps > 0)?;
    let first = video.timeline.pts(FrameIndex(0))?;
    let last = video.timeline.pts(FrameIndex(video.timeline.len() - 1))?;
    let time = last.checked_sub(first).filter(|time| time.is_positive())?;
    Rational::from_int(steps).checked_div(time)
}
