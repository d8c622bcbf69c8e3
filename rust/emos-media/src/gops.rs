//! What a decoder outside of the core asks for: the packets of GOPs, and how the core would convert their frames.

use emos_ffmpeg::{Color, Orientation};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::media::Media;
use crate::slots::{frame_index, no_such_frame};
use crate::source::Stop;
use crate::video::geometry::{FrameLayout, Geometry};
pub use crate::video::gop_packets::{GopAmount, GopPackets};
use crate::video::VideoTrack;

/// What a decoder must know of a video track before its first packet.
#[derive(Clone, Debug)]
pub struct CodecData {
    pub codec: String,
    pub extradata: Vec<u8>,
    /// Stored pixels, before orientation.
    pub width: u32,
    pub height: u32,
    pub pixel_format: Option<String>,
    /// Bits of a component; zero where the pixel format is not known.
    pub bit_depth: u32,
    /// Log2 of the horizontal and vertical distance of chroma samples, as stored.
    pub chroma_shift: (u32, u32),
    pub has_alpha: bool,
    pub color: Color,
    /// `None` where the headers do not say it.
    pub is_interlaced: Option<bool>,
    /// Palettes come beside the packets.
    pub has_palette: bool,
    pub orientation: Orientation,
}

impl Media {
    /// # Errors
    /// There is no video track.
    pub fn codec_data(&self) -> Result<CodecData> {
        let (video, track) = self.video_track()?;
        let parameters = self.medium().shared.parameters(track.stream)?;
        let stream = self.medium().shared.streams.get(track.stream);
        Ok(CodecData {
            codec: parameters.codec_name(),
            extradata: parameters.extradata().to_vec(),
            width: parameters.width(),
            height: parameters.height(),
            pixel_format: parameters.pixel_format(),
            bit_depth: parameters.bit_depth(),
            chroma_shift: parameters.chroma_shift(),
            has_alpha: parameters.has_alpha() || stream.is_some_and(|stream| stream.has_alpha),
            color: parameters.color(),
            is_interlaced: parameters.is_interlaced(),
            has_palette: !track.palettes.is_empty(),
            orientation: video.orientation,
        })
    }

    /// The number of the GOP of each frame, in display order of the track.
    ///
    /// # Errors
    /// There is no such frame. Indices do not count from the end.
    pub fn gop_numbers(&self, indices: &[i64]) -> Result<Vec<u32>> {
        let timeline = &self.medium().video()?.timeline;
        let count = i64::try_from(timeline.len()).unwrap_or(i64::MAX);
        let number = |index: &i64| match frame_index(timeline, *index) {
            Some(found) => Ok(timeline[found].gop),
            None => Err(no_such_frame(self.medium(), *index, 0, count)),
        };
        indices.iter().map(number).collect()
    }

    /// How much each GOP of the video track has.
    ///
    /// # Errors
    /// There is no video track, or the caller stopped.
    pub fn gop_amounts(&self, stop: &dyn Stop) -> Result<Vec<GopAmount>> {
        let (video, track) = self.video_track()?;
        video.gop_ranges(track).amounts(track, &video.timeline, self.medium().name(), stop)
    }

    /// The packets of a GOP. They are marked as damaged where the track gives nothing.
    ///
    /// # Errors
    /// There is no such GOP, its packets are too large, or reading failed.
    pub fn gop_packets(&self, gop: usize, stop: &dyn Stop) -> Result<GopPackets> {
        let (video, track) = self.video_track()?;
        let nothing = self.medium().gives_nothing(track.stream)?;
        let count = video.timeline.gops.len();
        if gop >= count {
            let what = format!("gop must be below {count}, got {gop}; see gop_numbers");
            return Err(Error::new(ErrorKind::InvalidArgument, what, self.medium().name()));
        }
        let _scope = self.medium().begin_read()?;
        let ranges = video.gop_ranges(track);
        let mut found = ranges.read(self.medium().packets(), track, &video.timeline, gop, stop)?;
        found.is_damaged |= nothing;
        Ok(found)
    }

    /// Where the pixels of frames come from; `None` where boxes of the region of interest change over time.
    ///
    /// # Errors
    /// There is no video track, or the geometry does not suit it.
    pub fn frame_layout(&self, geometry: &Geometry) -> Result<Option<FrameLayout>> {
        let video = self.medium().video()?;
        let output = video.output(&self.medium().shared, geometry)?;
        Ok(geometry.layout(video.display_size, video.chroma_shift, output))
    }

    fn video_track(&self) -> Result<(&VideoTrack, &Track)> {
        let video = self.medium().video()?;
        Ok((video, video.track(&self.medium().shared)?))
    }
}
