//! What a decoder must know about a stream.

use std::ptr::NonNull;

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Result};
use crate::texts::{layout_name, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Video,
    Audio,
    Subtitle,
    Data,
}

/// Owned AVCodecParameters.
#[derive(Debug)]
pub struct Parameters(NonNull<sys::AVCodecParameters>);

// SAFETY: one owner; nothing in it is shared.
unsafe impl Send for Parameters {}
// SAFETY: shared access only reads.
unsafe impl Sync for Parameters {}

/// Colour by the stream's headers, in FFmpeg's names; `None` where they do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Color {
    pub range: Option<String>,
    pub matrix: Option<String>,
    pub primaries: Option<String>,
    pub transfer: Option<String>,
}

impl Parameters {
    /// # Safety
    /// `from` must point to valid parameters.
    pub(crate) unsafe fn copy_of(from: *const sys::AVCodecParameters) -> Result<Self> {
        // SAFETY: fresh parameters; the caller vouches for `from`.
        unsafe {
            let copy = NonNull::new(sys::avcodec_parameters_alloc())
                .map(Parameters)
                .ok_or_else(|| out_of_memory("copying decoder parameters"))?;
            check("copying decoder parameters", sys::avcodec_parameters_copy(copy.0.as_ptr(), from))?;
            Ok(copy)
        }
    }

    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: our own pointer is valid.
        unsafe { Parameters::copy_of(self.0.as_ptr()) }
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::AVCodecParameters {
        self.0.as_ptr()
    }

    fn raw(&self) -> &sys::AVCodecParameters {
        // SAFETY: the pointer is valid as long as self.
        unsafe { self.0.as_ref() }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.raw().codec_type {
            sys::AVMediaType::VIDEO => Kind::Video,
            sys::AVMediaType::AUDIO => Kind::Audio,
            sys::AVMediaType::SUBTITLE => Kind::Subtitle,
            _ => Kind::Data,
        }
    }

    /// FFmpeg's name of the codec: `h264`, `aac`.
    #[must_use]
    pub fn codec_name(&self) -> String {
        // SAFETY: FFmpeg returns a static string.
        text(unsafe { sys::avcodec_get_name(self.raw().codec_id) }).unwrap_or_default()
    }

    /// The number by which the container names the codec.
    #[must_use]
    pub fn codec_tag_number(&self) -> u32 {
        self.raw().codec_tag
    }

    /// The four letters by which the container names the codec, where they are letters.
    #[must_use]
    pub fn codec_tag(&self) -> Option<String> {
        let bytes = self.codec_tag_number().to_le_bytes();
        let tag = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        tag.then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }

    #[must_use]
    pub fn extradata(&self) -> &[u8] {
        let raw = self.raw();
        match usize::try_from(raw.extradata_size) {
            // SAFETY: FFmpeg stores that many bytes there.
            Ok(size) if size > 0 && !raw.extradata.is_null() => unsafe {
                std::slice::from_raw_parts(raw.extradata, size)
            },
            _ => &[],
        }
    }

    #[must_use]
    pub fn width(&self) -> u32 {
        u32::try_from(self.raw().width).unwrap_or(0)
    }

    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.raw().height).unwrap_or(0)
    }

    #[must_use]
    pub fn pixel_format(&self) -> Option<String> {
        (self.kind() == Kind::Video)
            // SAFETY: a static string or null.
            .then(|| text(unsafe { sys::av_get_pix_fmt_name(sys::AVPixelFormat(self.raw().format)) }))
            .flatten()
    }

    /// Log2 of the horizontal and vertical distance of chroma samples.
    #[must_use]
    pub fn chroma_shift(&self) -> (u32, u32) {
        self.pixel_descriptor().map_or((0, 0), |d| (d.log2_chroma_w.into(), d.log2_chroma_h.into()))
    }

    /// Bits of a component; zero where the pixel format is not known.
    #[must_use]
    pub fn bit_depth(&self) -> u32 {
        let described = self.pixel_descriptor();
        described.map_or(0, |d| {
            let parts = d.comp.iter().take(d.nb_components.into());
            parts.filter_map(|part| u32::try_from(part.depth).ok()).max().unwrap_or(0)
        })
    }

    /// Whether the pixel format has an alpha plane.
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        self.pixel_descriptor().is_some_and(|d| d.flags & (sys::AV_PIX_FMT_FLAG_ALPHA as u64) != 0)
    }

    /// Whether frames are interlaced, by the headers; `None` where they do not say.
    #[must_use]
    pub fn is_interlaced(&self) -> Option<bool> {
        match self.raw().field_order {
            sys::AVFieldOrder::UNKNOWN => None,
            order => Some(order != sys::AVFieldOrder::PROGRESSIVE),
        }
    }

    fn pixel_descriptor(&self) -> Option<&'static sys::AVPixFmtDescriptor> {
        (self.kind() == Kind::Video).then(|| crate::frame::descriptor(self.raw().format)).flatten()
    }

    #[must_use]
    pub fn sample_format(&self) -> Option<String> {
        (self.kind() == Kind::Audio)
            // SAFETY: a static string or null.
            .then(|| text(unsafe { sys::av_get_sample_fmt_name(sys::AVSampleFormat(self.raw().format)) }))
            .flatten()
    }

    #[must_use]
    pub fn color(&self) -> Color {
        let raw = self.raw();
        let stated = |name: Option<String>| name.filter(|name| name != "unknown" && name != "unspecified");
        // SAFETY: each call returns a static string or null.
        unsafe {
            Color {
                range: stated(text(sys::av_color_range_name(raw.color_range))),
                matrix: stated(text(sys::av_color_space_name(raw.color_space))),
                primaries: stated(text(sys::av_color_primaries_name(raw.color_primaries))),
                transfer: stated(text(sys::av_color_transfer_name(raw.color_trc))),
            }
        }
    }

    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        u32::try_from(self.raw().sample_rate).unwrap_or(0)
    }

    #[must_use]
    pub fn num_channels(&self) -> u32 {
        u32::try_from(self.raw().ch_layout.nb_channels).unwrap_or(0)
    }

    /// FFmpeg's name of the channel layout: `stereo`, `5.1`.
    #[must_use]
    pub fn channel_layout(&self) -> String {
        layout_name(&self.raw().ch_layout)
    }

    /// Samples in each packet where the codec fixes it, else zero.
    #[must_use]
    pub fn frame_size(&self) -> u32 {
        u32::try_from(self.raw().frame_size).unwrap_or(0)
    }

    /// Bytes of one block of a block codec (PCM, ADPCM), else zero.
    #[must_use]
    pub fn block_align(&self) -> u32 {
        u32::try_from(self.raw().block_align).unwrap_or(0)
    }

    /// Bits of one coded sample of PCM, else zero.
    #[must_use]
    pub fn bits_per_sample(&self) -> u32 {
        // SAFETY: a lookup by number.
        u32::try_from(unsafe { sys::av_get_bits_per_sample(self.raw().codec_id) }).unwrap_or(0)
    }

    /// By how many frames decoding precedes display, as far as the first packets say.
    #[must_use]
    pub fn video_delay(&self) -> u32 {
        u32::try_from(self.raw().video_delay).unwrap_or(0)
    }

    #[must_use]
    pub fn profile(&self) -> i32 {
        self.raw().profile
    }

    /// How many samples a packet of this size decodes to, where the size alone says so.
    #[must_use]
    pub fn packet_samples(&self, size: usize) -> Option<u32> {
        let size = i32::try_from(size).ok()?;
        // SAFETY: FFmpeg reads only the parameters.
        let samples = unsafe { sys::av_get_audio_frame_duration2(self.0.as_ptr(), size) };
        u32::try_from(samples).ok().filter(|samples| *samples > 0)
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        let mut parameters = self.0.as_ptr();
        // SAFETY: we own them.
        unsafe { sys::avcodec_parameters_free(&mut parameters) }
    }
}
