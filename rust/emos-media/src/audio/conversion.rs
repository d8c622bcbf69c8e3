//! Audio after a change of sample rate or channels in mid-stream, converted to the first format.
//!
//! ```text
//! packets      p0   p1   p2  |  p3  p4  p5  p6  |  p7        44.1 kHz mono | 48 kHz stereo | 44.1 kHz mono
//! conversion                 [-----------------]             one signal, resampled as a whole
//! chunk                 [---------------]                    gets its part, and what the resampler needs around it
//! ```

use std::ops::Range;

use emos_ffmpeg::{ChannelLayout, Planes, Resampler};
use emos_time::Spans;

use super::ratio::Ratio;
use crate::index::{AudioFormat, Track};

/// Consecutive packets of one format that is not the track's.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub packets: Range<usize>,
    pub format: AudioFormat,
    /// The first sample of each packet at its own rate, counted from the first of the conversion, and the end of the last.
    starts: Vec<i64>,
    /// The first sample at the rate of the track, counted over everything that the track decodes to.
    at: i64,
    ratio: Ratio,
}

/// The first sample of each packet at the rate of the track, counted over everything that it decodes to, and the end of the
/// last; and the packets that must be converted.
pub(crate) fn starts_of(track: &Track, rate: u32, channels: u32) -> (Vec<i64>, Vec<Conversion>) {
    let mut starts = Vec::with_capacity(track.entries.len() + 1);
    let mut conversions: Vec<Conversion> = Vec::new();
    let mut total = 0i64;
    let mut changes = track.changes.formats.iter().peekable();
    let mut is_converted = false;
    for (number, entry) in track.entries.iter().enumerate() {
        while let Some((_, format)) = changes.next_if(|(packet, _)| packet.index() <= number) {
            is_converted = (format.rate, format.channels) != (rate, channels);
            if is_converted {
                let ratio = Ratio::new(format.rate, rate);
                let packets = number..number;
                conversions.push(Conversion { packets, format: *format, starts: vec![0], at: total, ratio });
            }
        }
        starts.push(total);
        let samples = i64::from(entry.samples);
        match conversions.last_mut().filter(|_| is_converted) {
            Some(conversion) => total = conversion.add(samples),
            None => total = total.saturating_add(samples),
        }
    }
    starts.push(total);
    conversions.retain(|conversion| !conversion.packets.is_empty());
    (starts, conversions)
}

impl Conversion {
    /// Add a packet. Returns the end of the conversion at the rate of the track, where halves go up: rounding does not add up.
    fn add(&mut self, samples: i64) -> i64 {
        let end = self.starts.last().copied().unwrap_or(0).saturating_add(samples);
        self.starts.push(end);
        self.packets.end += 1;
        self.at.saturating_add(self.ratio.out_nearest(end))
    }

    /// The samples of a packet, at its own rate.
    pub fn samples_of(&self, packet: usize) -> Range<i64> {
        let at = packet.saturating_sub(self.packets.start).min(self.starts.len().saturating_sub(2));
        self.starts[at]..self.starts[at + 1]
    }

    /// What must be decoded to convert `packets`.
    pub fn need(&self, packets: Range<usize>) -> Need<'_> {
        let margin = self.ratio.margin();
        let end_of_all = self.starts.last().copied().unwrap_or(0);
        let begin = (self.samples_of(packets.start).start - margin).max(0);
        let begin = self.ratio.aligned_before(begin);
        let end = (self.samples_of(packets.end - 1).end + margin).min(end_of_all);
        let packet_of = |sample: i64| self.starts.partition_point(|start| *start <= sample).saturating_sub(1);
        let first = packet_of(begin).min(packets.start - self.packets.start);
        let last = packet_of((end - 1).max(begin)).max(packets.end - 1 - self.packets.start);
        let decode = self.packets.start + first..(self.packets.start + last + 1).min(self.packets.end);
        Need { conversion: self, decode, begin, end, is_end: end == end_of_all }
    }
}

/// A part of a conversion, at the rate of its packets.
#[derive(Debug)]
pub struct Need<'a> {
    pub conversion: &'a Conversion,
    /// The packets to decode.
    pub decode: Range<usize>,
    /// Samples of the conversion: the first is one that both rates share.
    pub begin: i64,
    pub end: i64,
    is_end: bool,
}

impl Need<'_> {
    /// Convert samples `begin..end` and hand them to `each`: the first of them, counted over everything that the track
    /// decodes to, and one vector a channel.
    ///
    /// # Errors
    /// swresample cannot mix these channels.
    pub fn convert(
        &self,
        planes: &Planes,
        layout: &ChannelLayout,
        rate: u32,
        each: &mut dyn FnMut(i64, &[Vec<f32>]),
    ) -> std::result::Result<(), emos_ffmpeg::Error> {
        let AudioFormat { rate: own_rate, channels, mask } = self.conversion.format;
        let own = ChannelLayout::from_mask(mask, channels)?;
        let mut resampler = Resampler::new(&own, own_rate, planes.is_wide(), layout, rate)?;
        let mut at = self.conversion.at + self.conversion.ratio.out_exact(self.begin);
        let mut hand_out = |out: &[Vec<f32>]| {
            each(at, out);
            at += i64::try_from(out.first().map_or(0, Vec::len)).unwrap_or(0);
        };
        resampler.feed(planes, 0..planes.samples(), &mut hand_out)?;
        if self.is_end {
            resampler.finish(&mut hand_out)?;
        }
        Ok(())
    }

    /// Ranges of samples counted from `begin`, at the rate of the track and counted over everything that it decodes to.
    pub fn converted(&self, ranges: &Spans) -> Vec<(i64, i64)> {
        let time = |sample: i64| self.conversion.at + self.conversion.ratio.out_ceil(sample + self.begin);
        ranges.as_slice().iter().map(|(a, b)| (time(*a), time(*b))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::changes::Changes;
    use crate::index::Entry;
    use crate::numbers::{PacketId, Ticks};

    /// Packets of 1,152 samples.
    fn track(count: usize, formats: &[(u32, u32, u32)]) -> Track {
        let entry = Entry {
            pts: Ticks::ZERO,
            dts: Ticks::ZERO,
            duration: Ticks::ZERO,
            position: 0,
            checksum: 0,
            size: 0,
            samples: 1_152,
            flags: 0,
        };
        let format = |(packet, rate, channels): &(u32, u32, u32)| {
            (PacketId(*packet), AudioFormat { rate: *rate, channels: *channels, mask: 0 })
        };
        let mut changes = Changes::default();
        changes.formats = formats.iter().map(format).collect();
        Track { changes, ..Track::of(false, (1, 44_100), vec![entry; count]) }
    }

    #[test]
    fn without_a_change_packets_have_their_own_samples() {
        let (starts, conversions) = starts_of(&track(3, &[]), 44_100, 2);
        assert_eq!(starts, [0, 1_152, 2_304, 3_456]);
        assert!(conversions.is_empty());
    }

    #[test]
    fn rounding_of_converted_packets_does_not_add_up() {
        let (starts, conversions) =
            starts_of(&track(1_002, &[(0, 44_100, 2), (1, 48_000, 2), (1_001, 44_100, 2)]), 44_100, 2);
        assert_eq!(starts[..3], [0, 1_152, 2_210]);
        // 1,152,000 samples at 48 kHz are 1,058,400 at 44.1 kHz.
        assert_eq!(starts[1_001..], [1_152 + 1_058_400, 2 * 1_152 + 1_058_400]);
        assert_eq!((conversions.len(), conversions[0].packets.clone()), (1, 1..1_001));
        assert_eq!(conversions[0].samples_of(2), 1_152..2_304);
    }

    #[test]
    fn a_part_begins_at_a_sample_that_both_rates_share_and_reaches_further_than_the_resampler() {
        let (_, conversions) = starts_of(&track(1_000, &[(0, 44_100, 1), (100, 48_000, 1)]), 44_100, 1);
        let need = conversions[0].need(200..300);
        assert_eq!(need.begin % 160, 0);
        assert!(need.begin <= 100 * 1_152 - 96 && need.end == 200 * 1_152 + 96);
        assert_eq!(need.decode, 199..301);
        let all = conversions[0].need(100..1_000);
        assert_eq!((all.begin, all.end, all.decode.clone()), (0, 900 * 1_152, 100..1_000));
    }

    #[test]
    fn formats_of_an_index_in_any_order_give_every_packet_a_start() {
        for formats in [[(2, 8_000, 1), (1, 48_000, 1)], [(9, 48_000, 1), (9, 8_000, 1)]] {
            let (starts, _) = starts_of(&track(3, &formats), 44_100, 1);
            assert_eq!(starts.len(), 4);
            assert!(starts.is_sorted());
        }
    }
}
