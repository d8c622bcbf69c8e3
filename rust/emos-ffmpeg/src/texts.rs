//! Texts that FFmpeg gives.

use std::ffi::{c_char, CStr};

use ffmpeg_sys_the_third as sys;

pub(crate) fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: callers pass null or a string that FFmpeg ended with a zero byte.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// FFmpeg's name of a channel layout: `stereo`, `5.1`.
pub(crate) fn layout_name(layout: &sys::AVChannelLayout) -> String {
    let mut name = [0 as c_char; 128];
    // SAFETY: the layout is valid, and the length is that of the buffer.
    let length = unsafe { sys::av_channel_layout_describe(layout, name.as_mut_ptr(), name.len()) };
    if length > 0 {
        text(name.as_ptr()).unwrap_or_default()
    } else {
        String::new()
    }
}
