//! What this FFmpeg is and can do.

use std::ffi::c_uint;
use std::ptr;

use ffmpeg_sys_the_third as sys;

use crate::parameters::Kind;
use crate::texts::text;

/// Name and version of each library in use.
#[must_use]
pub fn libraries() -> Vec<(&'static str, String)> {
    let version = |number: c_uint| format!("{}.{}.{}", number >> 16, (number >> 8) & 0xff, number & 0xff);
    // SAFETY: these functions only read.
    unsafe {
        vec![
            ("ffmpeg", text(sys::av_version_info()).unwrap_or_default()),
            ("libavutil", version(sys::avutil_version())),
            ("libavcodec", version(sys::avcodec_version())),
            ("libavformat", version(sys::avformat_version())),
            ("libswscale", version(sys::swscale_version())),
            ("libswresample", version(sys::swresample_version())),
            ("license", text(sys::avcodec_license()).unwrap_or_default()),
        ]
    }
}

/// The names of all decoders of a kind, sorted.
#[must_use]
pub fn decoders(kind: Kind) -> Vec<String> {
    let wanted = match kind {
        Kind::Video => sys::AVMediaType::VIDEO,
        Kind::Audio => sys::AVMediaType::AUDIO,
        Kind::Subtitle => sys::AVMediaType::SUBTITLE,
        Kind::Data => sys::AVMediaType::DATA,
    };
    let mut names = Vec::new();
    let mut at = ptr::null_mut();
    // SAFETY: the iteration gives static entries, then null.
    unsafe {
        while let Some(codec) = sys::av_codec_iterate(&mut at).as_ref() {
            if sys::av_codec_is_decoder(codec) != 0 && codec.type_ == wanted {
                names.extend(text(codec.name));
            }
        }
    }
    names.sort();
    names
}

/// The processor features that FFmpeg uses here.
#[must_use]
pub fn cpu_flags() -> Vec<&'static str> {
    // SAFETY: it only reads.
    let flags = unsafe { sys::av_get_cpu_flags() } as u32;
    let known: &[(&str, u32)] = if cfg!(target_arch = "x86_64") {
        &[
            ("mmx", 0x1),
            ("sse", 0x8),
            ("sse2", 0x10),
            ("sse3", 0x40),
            ("ssse3", 0x80),
            ("sse4.1", 0x100),
            ("sse4.2", 0x200),
            ("avx", 0x4000),
            ("fma3", 0x10000),
            ("avx2", 0x8000),
            ("avx512", 0x10_0000),
        ]
    } else if cfg!(target_arch = "aarch64") {
        &[("neon", 0x20), ("armv8", 0x40)]
    } else {
        &[]
    };
    known.iter().filter(|(_, bit)| flags & bit != 0).map(|(name, _)| *name).collect()
}
