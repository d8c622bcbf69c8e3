//! Encoder delay of HE-AAC in MP4: in which samples it is counted.
//!
//! FFmpeg's demuxer hands on the number of an edit list or of iTunes' tag `iTunSMPB` as it stands, and its versions disagree
//! about what it counts. HE-AAC has two rates: that of its core, and twice as much after decoding. An edit list counts ticks
//! of the track. iTunes, qaac and fdkaac count samples of the core in the tag, some encoders decoded samples; since the tag
//! has the lengths of everything, their sum tells.

use emos_ffmpeg::Parameters;

use super::anchors::has_sbr;
use crate::index::Track;
use crate::numbers::{PacketId, Ticks};

/// The name of the tag.
pub(crate) const TAG: &std::ffi::CStr = c"iTunSMPB";

/// What the tag says: samples before, after and of the audio itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gapless {
    delay: u32,
    padding: u64,
    length: u64,
}

impl Gapless {
    /// Hexadecimal words: nothing, delay, padding, length, and more that nobody uses.
    fn parse(tag: &str) -> Option<Self> {
        let mut words = tag.split_whitespace().skip(1);
        let mut word = || u64::from_str_radix(words.next()?, 16).ok();
        let (delay, padding, length) = (word()?, word()?, word()?);
        Some(Gapless { delay: u32::try_from(delay).ok()?, padding, length })
    }

    /// Whether the numbers add up, within a quarter, to all samples that the track decodes to. Where they add up to nothing
    /// that there is, they are taken as iTunes counts.
    fn counts_decoded(self, decoded: u64) -> bool {
        let sum = u64::from(self.delay).saturating_add(self.padding).saturating_add(self.length);
        sum.abs_diff(decoded) <= decoded / 4
    }
}

/// Make the delay at the start of an MP4 track a number of decoded samples. `tag` is the text of [`TAG`].
pub(crate) fn count_decoded(track: &mut Track, parameters: &Parameters, tag: Option<&str>) {
    if parameters.codec_name() == "aac" && has_sbr(parameters.profile(), track) {
        if let Some(delay) = delay(track, parameters.sample_rate(), tag) {
            track.set_delay(delay);
        }
    }
}

/// The delay in decoded samples, where it is another than the demuxer's.
fn delay(track: &Track, rate: u32, tag: Option<&str>) -> Option<u32> {
    let stated = track.skip(PacketId::FIRST).start;
    let first = track.entries.first()?.pts;
    if stated == 0 {
        return None;
    }
    if first < Ticks::ZERO {
        // What lies before the edit list is not presented.
        let before = Ticks::ZERO.saturating_sub(first).seconds(track.time_base)?;
        return emos_time::sample_at(before, rate).and_then(|samples| u32::try_from(samples).ok());
    }
    let gapless = Gapless::parse(tag?).filter(|gapless| gapless.delay == stated)?;
    let decoded = track.entries.iter().map(|entry| u64::from(entry.samples)).sum();
    if gapless.counts_decoded(decoded) {
        None
    } else {
        stated.checked_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Entry;

    /// 141 packets of HE-AAC at 48 kHz after `edited` ticks that an edit list leaves out.
    fn track(tick: i32, edited: i64, stated: u32) -> Track {
        let length = 2_048 * i64::from(tick) / 48_000;
        let entry = |at: i64| Entry {
            pts: Ticks(at * length - edited),
            dts: Ticks(at * length - edited),
            duration: Ticks(length),
            position: 0,
            checksum: 0,
            size: 0,
            samples: 2_048,
            flags: 0,
        };
        Track {
            skips: vec![(PacketId::FIRST, stated, 0)],
            ..Track::of(false, (1, tick), (0..141).map(entry).collect())
        }
    }

    fn tag(delay: u32, padding: u32, length: u32) -> String {
        format!(" 00000000 {delay:08X} {padding:08X} {length:016X} 00000000 00000000")
    }

    #[test]
    fn an_edit_list_counts_ticks() {
        assert_eq!(delay(&track(24_000, 2_112, 2_112), 48_000, None), Some(4_224));
        assert_eq!(delay(&track(48_000, 4_224, 4_224), 48_000, None), Some(4_224));
        let both = tag(2_112, 0, 142_272);
        assert_eq!(delay(&track(24_000, 2_112, 2_112), 48_000, Some(&both)), Some(4_224));
    }

    #[test]
    fn the_sum_of_the_tag_tells_what_it_counts() {
        for tick in [24_000, 48_000] {
            let track = track(tick, 0, 2_112);
            assert_eq!(delay(&track, 48_000, Some(&tag(2_112, 272, 142_000))), Some(4_224));
            assert_eq!(delay(&track, 48_000, Some(&tag(2_112, 656, 286_000))), None);
        }
    }

    #[test]
    fn a_tag_that_adds_up_to_nothing_counts_as_itunes_does() {
        let track = track(24_000, 0, 2_112);
        assert_eq!(delay(&track, 48_000, Some(&tag(2_112, 0, 4_141_558))), Some(4_224));
        assert_eq!(delay(&track, 48_000, Some(&tag(2_112, 0, 0))), Some(4_224));
    }

    #[test]
    fn without_a_tag_that_states_the_delay_nothing_changes() {
        let track = track(24_000, 0, 2_112);
        for tag in [None, Some(""), Some(" 0 840"), Some(" 0 zz 0 0"), Some(" 0 841 0 22BC0")] {
            assert_eq!(delay(&track, 48_000, tag), None);
        }
    }
}
