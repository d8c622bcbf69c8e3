//! Whether the pre-roll of HE-AAC suffices for a track: how far apart its headers of spectral band replication (SBR) come.
//!
//! A header says in which bands the decoder makes the upper half of the spectrum, and a decoder that has none yet gives the
//! lower half alone, without error. Encoders repeat the header every 10 to 50 packets, by a setting. Only a decoder of all
//! other data of a packet finds it, so it is looked for by what decoding gives: a decoder that begins right after a header
//! sounds like one that began at the first packet from the next header on.

use emos_ffmpeg::Decoder;

use super::anchors::{has_sbr, Anchors};
use super::bands::Bands;
use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::numbers::PacketId;
use crate::packets::Packets;
use crate::source::Stop;

/// Packets with audible SBR which are enough to look at: two pre-rolls and [`SETTLED`], so that one complete pre-roll
/// follows the first header wherever that stands within a pre-roll.
const AUDIBLE: usize = 2 * Anchors::REPEATED_HEADERS.preroll + SETTLED;
/// The most packets that are decoded to find those.
const MOST: usize = 512;
/// After so many audible packets that sound alike, two decoders are in the same state.
const SETTLED: usize = 8;
/// So many packets that differ after the pre-roll are no accident of noise.
const LATE: usize = 2;

/// What to tell of an HE-AAC track for which the pre-roll is too short.
pub(crate) fn warning(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<Option<String>> {
    let parameters = packets.shared.parameters(track.stream)?;
    let Anchors { spacing, preroll } = Anchors::REPEATED_HEADERS;
    let is_aac = ["aac", "aac_latm"].contains(&parameters.codec_name().as_str());
    // Up to the first anchor one decoder decodes all.
    let is_long = track.entries.len() > spacing;
    if !is_aac || !is_long || !has_sbr(parameters.profile(), track) || suffices(packets, track, stop)? {
        return Ok(None);
    }
    Ok(Some(format!(
        "audio track {} repeats the headers of its upper band (SBR) less often than every {preroll} packets, so after every \
         {spacing} packets the upper band or stereo can be missing until the next header",
        track.stream
    )))
}

/// Whether decoders that begin somewhere in the track have all that they need after the pre-roll. The first packets with
/// audible SBR stand for the track, since the distance of headers is a setting of encoders.
fn suffices(packets: Packets<'_>, track: &Track, stop: &dyn Stop) -> Result<bool> {
    let (mut linear, mut audible) = (Vec::new(), 0);
    decode(packets, track, 0, MOST, stop, &mut |bands| {
        audible += usize::from(bands.is_audible());
        linear.push(bands);
        audible < AUDIBLE
    })?;
    let mut begin = 1;
    while begin < linear.len() {
        let limit = begin + Anchors::REPEATED_HEADERS.preroll;
        let end = (limit + SETTLED).min(linear.len());
        let (mut at, mut alike, mut settled, mut late) = (begin, 0, begin, 0);
        decode(packets, track, begin, end, stop, &mut |bands| {
            if !bands.is_like(&linear[at]) {
                (alike, settled) = (0, at + 1);
                late += usize::from(at >= limit);
            } else if bands.is_audible() {
                alike += 1;
            }
            at += 1;
            alike < SETTLED && late < LATE
        })?;
        if late >= LATE {
            return Ok(false);
        }
        // Go on after the packet where both came to agree, since that has a header; where nothing was heard, after all.
        begin = if alike < SETTLED { end } else { (settled + 1).max(begin + SETTLED) };
    }
    Ok(true)
}

/// Decode packets `first..end` with a new decoder and hand the bands of each to `each`, until it returns false. A packet
/// that fails or gives nothing is silent.
fn decode(
    packets: Packets<'_>,
    track: &Track,
    first: usize,
    end: usize,
    stop: &dyn Stop,
    each: &mut dyn FnMut(Bands) -> bool,
) -> Result<()> {
    let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, packets.shared.name());
    let mut decoder = Decoder::open(packets.shared.parameters(track.stream)?).map_err(fail)?;
    let mut failed = Ok(());
    let end = end.min(track.entries.len());
    packets.read(track, PacketId::at(first), PacketId::at(end), stop, &mut |number, mut packet| {
        packet.drop_side_data();
        let mut bands = Bands::default();
        // A packet that fails is told where its samples are read.
        let _ = decoder.send(&packet, number.into(), &mut |frame| match frame.planes(false) {
            Ok(planes) => bands = Bands::of(&planes),
            Err(error) => failed = Err(error),
        });
        each(bands) && failed.is_ok()
    })?;
    failed.map_err(fail)
}
