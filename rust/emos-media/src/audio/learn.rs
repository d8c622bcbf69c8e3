//! How many samples each packet decodes to, where headers do not tell.

use emos_ffmpeg::Decoder;

use crate::error::{Error, ErrorKind, Result};
use crate::index::{bitstream, Origin, Track};
use crate::packets;
use crate::shared::Shared;
use crate::source::Stop;

/// Packets decoded to see whether the headers tell the truth.
const SAMPLED: usize = 6;

/// Samples of each packet, or `None` where the index has them right already.
///
/// Checks the first packets always; decodes the whole track, once, where a codec varies as it likes or the check fails.
pub(crate) fn learn(shared: &Shared, track: &Track, stop: &dyn Stop) -> Result<Option<Vec<u32>>> {
    let parameters = shared.parameters(track.stream)?;
    let total = track.entries.len();
    if track.is_video || total == 0 || !Decoder::exists(parameters) || parameters.sample_rate() == 0 {
        return Ok(None);
    }
    if track.counts_unknown {
        return counts(shared, track, 0, total, stop)
            .map(|found| Some(found.into_iter().map(|n| n.unwrap_or(0)).collect()));
    }
    let codec = parameters.codec_name();
    let head = counts(shared, track, 0, total.min(SAMPLED), stop)?;
    // The first packet primes some decoders, and damaged ones tell nothing.
    let lies = head
        .iter()
        .zip(&track.entries)
        .skip(1)
        .any(|(found, entry)| found.is_some_and(|found| found != 0 && found != entry.samples));
    if lies {
        return counts(shared, track, 0, total, stop)
            .map(|found| Some(found.into_iter().map(|n| n.unwrap_or(0)).collect()));
    }
    if shared.index.origin == Origin::Tables && ["flac", "alac", "opus"].contains(&codec.as_str()) {
        let last = total - 1;
        let found = counts(shared, track, last, total, stop)?.pop().flatten();
        let mut all: Vec<u32> = track.entries.iter().map(|entry| entry.samples).collect();
        if let (Some(found), Some(target)) = (found, all.last_mut()) {
            *target = found;
            return Ok(Some(all));
        }
    }
    Ok(None)
}

/// Decode packets `first..end` and count what each gives; `None` where one fails.
fn counts(
    shared: &Shared,
    track: &Track,
    first: usize,
    end: usize,
    stop: &dyn Stop,
) -> Result<Vec<Option<u32>>> {
    let parameters = shared.parameters(track.stream)?;
    let mut decoder = Decoder::open(parameters)
        .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
    let mut found: Vec<Option<u32>> = vec![Some(0); end - first];
    let mut last = first;
    let mut add = |found: &mut Vec<Option<u32>>, mark: Option<i64>, samples: usize| {
        let packet = mark.and_then(|mark| usize::try_from(mark).ok()).unwrap_or(last);
        last = packet;
        if let Some(Some(count)) = packet.checked_sub(first).and_then(|at| found.get_mut(at)) {
            *count = count.saturating_add(u32::try_from(samples).unwrap_or(u32::MAX));
        }
    };
    packets::read(shared, track, first, end, stop, &mut |number, packet| {
        let mark = i64::try_from(number).unwrap_or(i64::MAX);
        let sent =
            decoder.send(&packet, mark, &mut |frame| add(&mut found, frame.mark(), frame.num_samples()));
        if sent.is_err() {
            found[number - first] = None;
        }
        true
    })?;
    let _ = decoder.drain(&mut |frame| add(&mut found, frame.mark(), frame.num_samples()));
    Ok(found)
}

/// Samples that a packet of a table's track stands for: fixed by its codec, or by its duration where that counts samples.
pub(crate) fn from_tables(
    codec: &str,
    fixed: Option<u32>,
    duration: i64,
    exact: bool,
    data: Option<&[u8]>,
) -> Option<u32> {
    match codec {
        "opus" if data.is_some() => data.and_then(bitstream::opus_samples),
        "flac" | "alac" | "opus" if exact => u32::try_from(duration).ok(),
        _ => fixed,
    }
}
