//! Video frames: when they are on screen, how they are decoded, how they are converted.

pub mod geometry;
pub mod gop;
pub(crate) mod gop_packets;
pub(crate) mod measure;
mod reorder;
pub mod timeline;

use std::sync::atomic::Ordering;
use std::sync::OnceLock;

use emos_ffmpeg::{Orientation, Scaler};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::numbers::FrameIndex;
use crate::packets::Packets;
use crate::shared::Shared;
use crate::source::Stop;
use geometry::{DisplayedAs, Geometry};
use gop::{Decoded, GopReader};
use gop_packets::GopRanges;
use timeline::VideoTimeline;

/// The video track that a caller chose.
#[derive(Debug)]
pub struct VideoTrack {
    pub timeline: VideoTimeline,
    pub orientation: Orientation,
    /// Height and width after rotation.
    pub display_size: (u32, u32),
    /// Log2 of the distance of chroma samples, after rotation.
    pub chroma_shift: (u32, u32),
    gop_ranges: OnceLock<GopRanges>,
}

/// A frame as a caller gets it.
#[derive(Debug)]
pub struct RgbFrame {
    /// Its index in display order.
    pub frame_index: FrameIndex,
    /// `None` where the frame could not be decoded.
    pub pixels: Option<Vec<u8>>,
    pub damaged: bool,
}

impl VideoTrack {
    pub fn new(shared: &Shared, track: &Track) -> Result<Self> {
        let parameters = shared.parameters(track.stream)?;
        let matrix = shared.streams.get(track.stream).and_then(|stream| stream.display_matrix);
        let orientation = matrix.as_ref().and_then(Orientation::from_matrix).unwrap_or_default();
        let swap = |(a, b): (u32, u32)| if orientation.transpose { (b, a) } else { (a, b) };
        Ok(VideoTrack {
            timeline: VideoTimeline::new(track),
            orientation,
            display_size: swap((parameters.height(), parameters.width())),
            chroma_shift: swap(parameters.chroma_shift()),
            gop_ranges: OnceLock::new(),
        })
    }

    /// Where each GOP ends.
    pub(crate) fn gop_ranges(&self, track: &Track) -> &GopRanges {
        self.gop_ranges.get_or_init(|| GopRanges::new(track, &self.timeline))
    }

    /// Its packets in the index.
    pub(crate) fn track<'s>(&self, shared: &'s Shared) -> Result<&'s Track> {
        shared.index.track(self.timeline.stream).ok_or_else(|| {
            let what = "the video track is not in the index; open the source again";
            Error::new(ErrorKind::NoSuchTrack, what, shared.name())
        })
    }

    /// Height and width of converted frames.
    pub fn output(&self, shared: &Shared, geometry: &Geometry) -> Result<(u32, u32)> {
        geometry
            .output(self.display_size, self.chroma_shift)
            .map_err(|what| Error::new(ErrorKind::InvalidArgument, what, shared.name()))
    }

    /// The frames `wanted`, which are sorted, divided by GOP.
    #[must_use]
    pub fn by_gop<'w>(&self, wanted: &'w [FrameIndex]) -> Vec<&'w [FrameIndex]> {
        let gop = |index: FrameIndex| self.timeline.frame(index).map(|frame| frame.gop);
        wanted.chunk_by(|a, b| gop(*a) == gop(*b)).collect()
    }

    /// Decode and convert frames of one GOP and give each to `each`, until it returns false.
    pub fn read_gop(
        &self,
        packets: Packets<'_>,
        wanted: &[FrameIndex],
        geometry: &Geometry,
        stop: &dyn Stop,
        each: &mut dyn FnMut(RgbFrame) -> Result<bool>,
    ) -> Result<()> {
        let shared = packets.shared;
        let track = self.track(shared)?;
        let reader = GopReader::new(packets, track, &self.timeline)?;
        let size = self.output(shared, geometry)?;
        let bytes = size.0 as usize * size.1 as usize * 3;
        let mut scaler = Scaler::default();
        let displayed = DisplayedAs { orientation: self.orientation, size: self.display_size };
        reader.decode(wanted, stop, &mut |Decoded { frame_index, frame, damaged }| {
            let Some(frame) = frame else { return each(RgbFrame { frame_index, pixels: None, damaged }) };
            let pts = self.timeline.pts(frame_index);
            let mut pixels = vec![0; bytes];
            geometry
                .convert(&mut scaler, &frame, displayed, pts, size, &mut pixels)
                .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
            shared.counters.frames_delivered.fetch_add(1, Ordering::Relaxed);
            each(RgbFrame { frame_index, pixels: Some(pixels), damaged })
        })
    }
}
