//! Pictures: when they are shown, how they are decoded, how they are drawn.

pub mod geometry;
pub mod group;
pub(crate) mod resolve;
pub mod timeline;

use std::sync::atomic::Ordering;

use emos_ffmpeg::{Scaler, Turn};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::shared::Shared;
use crate::source::Stop;
use geometry::{Geometry, Shown};
use group::{Decoded, VideoDecoding};
use timeline::VideoTimeline;

/// The video track that a caller chose.
#[derive(Debug)]
pub struct VideoTrack {
    pub timeline: VideoTimeline,
    pub turn: Turn,
    /// Height and width as shown.
    pub shown: (u32, u32),
    /// Log2 of the distance of chroma samples, as shown.
    pub chroma_shift: (u32, u32),
}

/// A picture as a caller gets it.
#[derive(Debug)]
pub struct Drawn {
    pub picture: usize,
    /// `None` where the picture could not be decoded.
    pub pixels: Option<Vec<u8>>,
    pub damaged: bool,
}

impl VideoTrack {
    pub fn new(shared: &Shared, track: &Track) -> Result<Self> {
        let parameters = shared.parameters(track.stream)?;
        let matrix = shared.streams.get(track.stream).and_then(|stream| stream.display_matrix);
        let turn = matrix.as_ref().and_then(Turn::from_matrix).unwrap_or_default();
        let swap = |(a, b): (u32, u32)| if turn.transpose { (b, a) } else { (a, b) };
        Ok(VideoTrack {
            timeline: VideoTimeline::new(track),
            turn,
            shown: swap((parameters.height(), parameters.width())),
            chroma_shift: swap(parameters.chroma_shift()),
        })
    }

    /// Height and width of drawn pictures.
    pub fn output(&self, shared: &Shared, geometry: &Geometry) -> Result<(u32, u32)> {
        geometry
            .output(self.shown, self.chroma_shift)
            .map_err(|what| Error::new(ErrorKind::InvalidArgument, what, shared.name()))
    }

    /// The pictures `wanted` (sorted) as runs of one group each.
    #[must_use]
    pub fn by_group<'w>(&self, wanted: &'w [usize]) -> Vec<&'w [usize]> {
        let group = |picture: usize| self.timeline.pictures.get(picture).map(|picture| picture.group);
        wanted.chunk_by(|a, b| group(*a) == group(*b)).collect()
    }

    /// Decode and draw the pictures of one group, handing each to `each` until it answers false.
    pub fn draw_group(
        &self,
        shared: &Shared,
        wanted: &[usize],
        geometry: &Geometry,
        stop: &dyn Stop,
        each: &mut dyn FnMut(Drawn) -> Result<bool>,
    ) -> Result<()> {
        let track = shared
            .index
            .track(self.timeline.stream)
            .ok_or_else(|| Error::new(ErrorKind::NoSuchTrack, "the video track is gone", shared.name()))?;
        let decoding = VideoDecoding::new(shared, track, &self.timeline)?;
        let size = self.output(shared, geometry)?;
        let bytes = size.0 as usize * size.1 as usize * 3;
        let mut scaler = Scaler::default();
        let shown = Shown { turn: self.turn, size: self.shown };
        decoding.group(wanted, stop, &mut |Decoded { picture, frame, damaged }| {
            let Some(frame) = frame else { return each(Drawn { picture, pixels: None, damaged }) };
            let pts = self.timeline.pts(picture);
            let mut pixels = vec![0; bytes];
            geometry
                .draw(&mut scaler, &frame, shown, pts, size, &mut pixels)
                .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
            shared.counters.pictures_delivered.fetch_add(1, Ordering::Relaxed);
            each(Drawn { picture, pixels: Some(pixels), damaged })
        })
    }
}
