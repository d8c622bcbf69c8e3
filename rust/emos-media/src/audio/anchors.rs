//! Where audio chunks begin, and how much is decoded before them, for each codec.

use crate::index::Track;

/// The most samples of a chunk of packets that need no pre-roll: 11 s at 48 kHz.
const LONGEST_INDEPENDENT: usize = 1 << 19;

/// Every `spacing` packets a chunk begins. Its decoder is new and is fed from `preroll` packets before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchors {
    pub spacing: usize,
    pub preroll: usize,
}

impl Anchors {
    /// The pre-roll that each codec needs, by measurement (docs/preroll.md), with a spacing at which pre-rolls cost less
    /// than a tenth of decoding.
    pub(crate) fn of(codec: &str, profile: i32, rate: u32, track: &Track) -> Self {
        const AAC_MAIN: i32 = 0;
        let each = |preroll: usize| Anchors { spacing: (preroll * 16).max(64), preroll };
        let one_second = || {
            let mut counts: Vec<u32> =
                track.entries.iter().take(64).map(|entry| entry.samples).filter(|count| *count > 0).collect();
            counts.sort_unstable();
            let usual = counts.get(counts.len() / 2).copied().unwrap_or(1024);
            let preroll = rate.div_ceil(usual.max(1)).max(1) as usize;
            Anchors { spacing: preroll * 12, preroll }
        };
        // Without a pre-roll any spacing gives the same samples, so large packets need not make large chunks.
        let independent = || {
            let most = track.entries.iter().map(|entry| entry.samples).max().unwrap_or(0).max(1);
            Anchors { spacing: (LONGEST_INDEPENDENT / most as usize).clamp(1, 64), preroll: 0 }
        };
        match codec {
            _ if codec.starts_with("pcm_") => independent(),
            "flac" | "alac" | "adpcm_ima_wav" | "adpcm_ms" | "adpcm_ima_qt" => independent(),
            // The settings of LATM come with some packets only.
            "aac_latm" => Anchors::REPEATED_HEADERS,
            "aac" if has_sbr(profile, track) => Anchors::REPEATED_HEADERS,
            "aac" if profile == AAC_MAIN => each(64),
            "aac" | "vorbis" => each(4),
            "mp1" | "mp2" | "mp3" => each(16),
            "ac3" | "eac3" => each(8),
            "speex" => each(100),
            _ => one_second(),
        }
    }

    /// For decoders that wait for a header which only some packets carry.
    pub(crate) const REPEATED_HEADERS: Anchors = Anchors { spacing: 768, preroll: 64 };
}

/// Whether an AAC decoder adds spectral band replication (SBR), which makes HE-AAC of AAC-LC.
///
/// Only decoding says so: with implicit signalling the headers of the stream are those of AAC-LC. FFmpeg decodes first
/// packets for the profile, and [`super::measure`] counts the samples of packets: AAC itself codes at most 1,024.
pub(crate) fn has_sbr(profile: i32, track: &Track) -> bool {
    const HE_AAC: [i32; 3] = [4, 28, 131];
    const LONGEST_AAC: u32 = 1024;
    HE_AAC.contains(&profile) || track.entries.iter().any(|entry| entry.samples > LONGEST_AAC)
}
