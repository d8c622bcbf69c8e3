//! Which loudspeaker each channel of audio is for.

use std::ffi::c_int;

use ffmpeg_sys_the_third as sys;

use crate::error::{check, Error, Result};
use crate::frame::Frame;
use crate::parameters::Parameters;
use crate::texts::layout_name;

/// Which loudspeaker each channel is for.
pub struct ChannelLayout(pub(crate) sys::AVChannelLayout);

// SAFETY: the layout is owned and not changed after it is made.
unsafe impl Send for ChannelLayout {}
// SAFETY: shared access only reads.
unsafe impl Sync for ChannelLayout {}

impl std::fmt::Debug for ChannelLayout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChannelLayout({} channels)", self.0.nb_channels)
    }
}

impl ChannelLayout {
    /// The usual layout of that many channels; `None` where FFmpeg has none.
    #[must_use]
    pub fn usual(channels: u32) -> Option<Self> {
        let mut layout = blank();
        // SAFETY: the layout is ours.
        unsafe { sys::av_channel_layout_default(&mut layout, c_int::try_from(channels).ok()?) };
        let known = layout.order == sys::AVChannelOrder::NATIVE;
        known.then_some(ChannelLayout(layout))
    }

    /// The layout of a stream, or the usual one for its channel count where the stream does not say.
    ///
    /// # Errors
    /// The channel count is zero or memory ran out.
    pub fn of(parameters: &Parameters) -> Result<Self> {
        // SAFETY: the parameters are valid.
        let raw = unsafe { &(*parameters.as_ptr()).ch_layout };
        if raw.order == sys::AVChannelOrder::UNSPEC {
            if let Some(layout) = ChannelLayout::usual(parameters.num_channels()) {
                return Ok(layout);
            }
        }
        let mut copy = blank();
        // SAFETY: `copy` is blank and ours.
        check("copying a channel layout", unsafe { sys::av_channel_layout_copy(&mut copy, raw) })?;
        Ok(ChannelLayout(copy))
    }

    /// The layout of decoded samples by [`Frame::channel_mask`], or the usual one where that does not say.
    ///
    /// # Errors
    /// FFmpeg has no usual layout of that many channels.
    pub fn from_mask(mask: u64, channels: u32) -> Result<Self> {
        let mut layout = blank();
        // SAFETY: the layout is ours; FFmpeg refuses a mask of zero.
        let code = unsafe { sys::av_channel_layout_from_mask(&mut layout, mask) };
        if code >= 0 && u32::try_from(layout.nb_channels) == Ok(channels) {
            return Ok(ChannelLayout(layout));
        }
        const DOING: &str = "finding a channel layout";
        ChannelLayout::usual(channels).ok_or_else(|| Error::new(DOING, sys::AVERROR(libc::ENOSYS)))
    }

    /// FFmpeg's name: `stereo`, `5.1`.
    #[must_use]
    pub fn name(&self) -> String {
        layout_name(&self.0)
    }

    #[must_use]
    pub fn channels(&self) -> u32 {
        u32::try_from(self.0.nb_channels).unwrap_or(0)
    }

    /// Whether the loudspeaker of each channel is known, as swresample must know to mix them.
    #[must_use]
    pub fn is_mixable(&self) -> bool {
        self.0.order == sys::AVChannelOrder::NATIVE
    }
}

impl Drop for ChannelLayout {
    fn drop(&mut self) {
        // SAFETY: we own it.
        unsafe { sys::av_channel_layout_uninit(&mut self.0) }
    }
}

pub(crate) fn blank() -> sys::AVChannelLayout {
    // SAFETY: all zeroes is FFmpeg's own initial value.
    unsafe { std::mem::zeroed() }
}

impl Frame {
    /// FFmpeg's mask of the loudspeakers of the channels; zero where the decoder does not say.
    #[must_use]
    pub fn channel_mask(&self) -> u64 {
        let layout = &self.raw().ch_layout;
        if layout.order == sys::AVChannelOrder::NATIVE {
            // SAFETY: a layout of this order has a mask.
            unsafe { layout.u.mask }
        } else {
            0
        }
    }
}
