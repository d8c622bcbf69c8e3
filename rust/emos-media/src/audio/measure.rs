//! How many samples each packet decodes to, where headers do not tell.

use emos_ffmpeg::Decoder;

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Origin, Track};
use crate::packets;
use crate::shared::Shared;
use crate::source::Stop;

/// Packets decoded to see whether the headers tell the truth.
const SAMPLED: usize = 6;

/// What to change in a track.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    /// Samples of each packet.
    pub counts: Option<Vec<u32>>,
    /// Samples at the start of the track that are the encoder's delay, though only the decoder knows.
    pub delay: u32,
    /// Packets at the end that hold no sound.
    pub silent_tail: usize,
}

/// Learn what the packet headers of an audio track leave open.
///
/// Decodes the first and the last packets always; the whole track, once, where a codec varies as it likes or the first
/// packets do not hold what the headers say.
pub(crate) fn learn(shared: &Shared, track: &Track, stop: &dyn Stop) -> Result<Learnt> {
    let parameters = shared.parameters(track.stream)?;
    let total = track.entries.len();
    if track.is_video || total == 0 || !Decoder::exists(parameters) || parameters.sample_rate() == 0 {
        return Ok(Learnt::default());
    }
    let head = counts(shared, track, 0, total.min(SAMPLED), true, stop)?;
    let shown = counts(shared, track, 0, total.min(SAMPLED), false, stop)?;
    let delay = delay(&head, &shown);
    // A packet that gives nothing primes the decoder or is damaged, and tells nothing.
    let lies = head
        .iter()
        .zip(&track.entries)
        .any(|(found, entry)| found.is_some_and(|found| found != 0 && found != entry.samples));
    if track.counts_unknown || lies {
        let all = counts(shared, track, 0, total, true, stop)?;
        let counts = Some(all.into_iter().map(|count| count.unwrap_or(0)).collect());
        return Ok(Learnt { counts, delay, silent_tail: 0 });
    }
    let tail = counts(shared, track, total.saturating_sub(SAMPLED), total, true, stop)?;
    let silent = tail.iter().rev().take_while(|count| count.unwrap_or(0) == 0).count();
    let silent_tail = if silent == tail.len() { 0 } else { silent };
    let mut learnt = Learnt { counts: None, delay, silent_tail };
    let varies = ["flac", "alac", "opus"].contains(&parameters.codec_name().as_str());
    if shared.index.origin == Origin::Tables && varies && silent_tail == 0 {
        let mut all: Vec<u32> = track.entries.iter().map(|entry| entry.samples).collect();
        if let (Some(Some(found)), Some(target)) = (tail.last(), all.last_mut()) {
            *target = *found;
            learnt.counts = Some(all);
        }
    }
    Ok(learnt)
}

/// How many samples a decoder leaves out at the start, from what it gives with and without leaving out.
fn delay(whole: &[Option<u32>], shown: &[Option<u32>]) -> u32 {
    let mut delay = 0u32;
    for (whole, shown) in whole.iter().zip(shown) {
        let (Some(whole), Some(shown)) = (whole, shown) else { break };
        delay = delay.saturating_add(whole.saturating_sub(*shown));
        if *shown > 0 {
            break;
        }
    }
    delay
}

/// Decode packets `first..end` and count what each gives; `None` where one fails.
fn counts(
    shared: &Shared,
    track: &Track,
    first: usize,
    end: usize,
    everything: bool,
    stop: &dyn Stop,
) -> Result<Vec<Option<u32>>> {
    let parameters = shared.parameters(track.stream)?;
    let open = if everything { Decoder::open } else { Decoder::open_skipping };
    let mut decoder =
        open(parameters).map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, shared.name()))?;
    let mut found: Vec<Option<u32>> = vec![Some(0); end - first];
    let mut last = first;
    let mut add = |found: &mut Vec<Option<u32>>, mark: Option<i64>, samples: usize| {
        let packet = mark.and_then(|mark| usize::try_from(mark).ok()).unwrap_or(last);
        last = packet;
        if let Some(Some(count)) = packet.checked_sub(first).and_then(|at| found.get_mut(at)) {
            *count = count.saturating_add(u32::try_from(samples).unwrap_or(u32::MAX));
        }
    };
    packets::read(shared, track, first, end, stop, &mut |number, mut packet| {
        packet.drop_side_data();
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
