//! How many samples each Vorbis packet completes, without decoding it.

use std::ffi::c_int;
use std::ptr::NonNull;

use ffmpeg_sys_the_third as sys;

use crate::error::{Error, Result};
use crate::parameters::Parameters;

/// Reads block sizes from packet headers. A count depends on the packet before.
#[derive(Debug)]
pub struct VorbisCounter(NonNull<sys::AVVorbisParseContext>);

// SAFETY: one owner.
unsafe impl Send for VorbisCounter {}

impl VorbisCounter {
    /// # Errors
    /// The stream's headers are damaged.
    pub fn new(parameters: &Parameters) -> Result<Self> {
        let extradata = parameters.extradata();
        let size = c_int::try_from(extradata.len()).unwrap_or(0);
        // SAFETY: FFmpeg reads `size` bytes.
        NonNull::new(unsafe { sys::av_vorbis_parse_init(extradata.as_ptr(), size) })
            .map(VorbisCounter)
            .ok_or_else(|| Error::new("reading Vorbis headers", sys::AVERROR(libc::EINVAL)))
    }

    /// Samples that the packet completes after the one before it.
    pub fn count(&mut self, data: &[u8]) -> Option<u32> {
        let size = c_int::try_from(data.len()).ok()?;
        // SAFETY: FFmpeg reads at most `size` bytes.
        u32::try_from(unsafe { sys::av_vorbis_parse_frame(self.0.as_ptr(), data.as_ptr(), size) }).ok()
    }
}

impl Drop for VorbisCounter {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::av_vorbis_parse_free(&mut context) }
    }
}
