//! The index of a container without tables: every packet is read once.

use emos_ffmpeg::{
    Demuxer, ErrorKind as FfmpegErrorKind, Kind, Packet, Parameters, Stream, Unpacker, VorbisCounter,
};

use super::bitstream;
use super::changes::Watch;
use super::fields::{Coded, Fields};
use super::jumps::Jumps;
use super::track::{
    checksum, is_presented, Entry, Track, CORRUPT, DISCARD, DISPOSABLE, FIELD, HIDDEN, KEY, NO_PTS,
};
use crate::error::{Error, ErrorKind, Result};
use crate::numbers::{PacketId, Ticks};
use crate::source::{Source, Stop};

/// Read errors after which a scan stops.
pub(crate) const MAX_READ_ERRORS: usize = 1_000;
/// Times beyond this many ticks are damage: no clock in use reaches them in a hundred years.
const MAX_TICKS: u64 = 1 << 60;
/// The time of a packet that has none, until it is filled in.
const MISSING: Ticks = Ticks::LEAST;

struct Open<'a> {
    track: Track,
    parameters: &'a Parameters,
    codec: String,
    reader: PacketReader,
    vorbis: Option<VorbisCounter>,
    /// Of an audio track.
    watch: Option<Watch>,
    fields: Option<Fields>,
}

/// Splits packets that hold several frames, in the scan and in every later read in the same way.
#[derive(Debug)]
pub(crate) struct PacketReader {
    unpacker: Option<Unpacker>,
}

impl PacketReader {
    pub fn new(parameters: &Parameters) -> Self {
        let packs = parameters.codec_name() == "mpeg4";
        PacketReader { unpacker: if packs { Unpacker::new(parameters).ok() } else { None } }
    }

    /// The packets made of one packet of the container, in order.
    pub fn split(&mut self, packet: Packet) -> Vec<Packet> {
        match &mut self.unpacker {
            None => vec![packet],
            Some(unpacker) => match packet.try_clone() {
                Ok(copy) => unpacker.pass(packet).unwrap_or_else(|_| vec![copy]),
                Err(_) => Vec::new(),
            },
        }
    }
}

pub(super) fn read(
    source: &Source,
    mut demuxer: Demuxer,
    streams: &[Stream],
    warnings: &mut Vec<String>,
    stop: &dyn Stop,
) -> Result<Vec<Track>> {
    let mut open: Vec<Open<'_>> =
        streams.iter().filter(|stream| is_presented(stream)).map(Open::new).collect();
    let wanted: Vec<usize> = open.iter().map(|open| open.track.stream).collect();
    demuxer.keep_only(&wanted);
    let mut jumps = demuxer.may_jump().then(Jumps::default);
    let mut errors = Errors::default();
    while !open.is_empty() {
        if stop.stop() {
            return Err(Error::interrupted(source.name()));
        }
        match demuxer.read() {
            Ok(None) => break,
            Ok(Some(packet)) => {
                errors.went_on();
                if let Some(open) = open.iter_mut().find(|open| open.track.stream == packet.stream()) {
                    for packet in open.reader.split(packet) {
                        open.add(&packet, jumps.as_mut());
                    }
                }
            }
            Err(error) if error.kind() == FfmpegErrorKind::Io => {
                return Err(Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()));
            }
            Err(error) => {
                errors.add(error);
                if errors.count >= MAX_READ_ERRORS {
                    break;
                }
            }
        }
    }
    let gives_nothing = open.iter().all(|open| open.track.entries.is_empty());
    if let Some(error) = errors.warn(warnings).filter(|_| gives_nothing && !open.is_empty()) {
        return Err(Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()));
    }
    if let Some(jumps) = jumps.filter(|jumps| jumps.count > 0) {
        warnings.push(format!(
            "the clock of the file jumps {} times, and time goes on after each jump",
            jumps.count
        ));
    }
    Ok(open.into_iter().map(Open::finish).collect())
}

/// Errors of the container, of which a scan goes on.
#[derive(Debug, Default)]
struct Errors {
    count: usize,
    /// The first that is damage.
    damage: Option<emos_ffmpeg::Error>,
    /// The first after the last packet that says that bytes are missing.
    cut_off: Option<emos_ffmpeg::Error>,
}

impl Errors {
    fn add(&mut self, error: emos_ffmpeg::Error) {
        self.count += 1;
        let first =
            if error.kind() == FfmpegErrorKind::CutOff { &mut self.cut_off } else { &mut self.damage };
        first.get_or_insert(error);
    }

    /// A packet came: what was missing was in the middle.
    fn went_on(&mut self) {
        if let Some(error) = self.cut_off.take() {
            self.damage.get_or_insert(error);
        }
    }

    /// Returns the error at which the file ends.
    fn warn(self, warnings: &mut Vec<String>) -> Option<emos_ffmpeg::Error> {
        if let Some(error) = self.damage {
            warnings.push(format!("the container is damaged, and reading went on after the damage: {error}"));
        }
        if let Some(error) = &self.cut_off {
            warnings.push(format!(
                "the file ends where more should come, so it may be cut off, and what comes before is read: {error}"
            ));
        }
        self.cut_off
    }
}

impl<'a> Open<'a> {
    fn new(stream: &'a Stream) -> Self {
        let parameters = &stream.parameters;
        let codec = parameters.codec_name();
        let vorbis = if codec == "vorbis" { VorbisCounter::new(parameters).ok() } else { None };
        let watch = (parameters.kind() == Kind::Audio).then(|| Watch::new(parameters));
        let (reader, fields) = (PacketReader::new(parameters), Fields::new(parameters));
        Open { track: Track::new(stream), parameters, reader, codec, vorbis, fields, watch }
    }

    fn add(&mut self, packet: &Packet, jumps: Option<&mut Jumps>) {
        let sane = |ticks: Option<i64>| ticks.filter(|ticks| ticks.unsigned_abs() < MAX_TICKS);
        let (mut pts, mut dts) = (sane(packet.pts()), sane(packet.dts()));
        let duration = packet.duration().clamp(0, MAX_TICKS as i64);
        if let (Some(jumps), Some(time)) = (jumps, dts.or(pts)) {
            let shift =
                jumps.shift(self.track.stream, self.track.is_video, time, duration, self.track.time_base);
            pts = pts.map(|pts| pts.saturating_add(shift));
            dts = dts.map(|dts| dts.saturating_add(shift));
        }
        let number = self.track.entries.len();
        self.track.note_palette(PacketId::at(number), packet);
        let skip = packet.skip();
        if skip != emos_ffmpeg::Skip::default() {
            self.track.skips.push((PacketId::at(number), skip.start, skip.end));
        }
        if let Some(watch) = &mut self.watch {
            watch.see(packet, PacketId::at(number), &mut self.track.changes);
        }
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let is_video = self.parameters.kind() == Kind::Video;
        let samples = if is_video { Some(0) } else { self.samples(packet.data(), number) };
        self.track.counts_unknown |= samples.is_none();
        let fields = self.field_flags(packet);
        self.track.entries.push(Entry {
            pts: pts.or(dts).map_or(MISSING, Ticks),
            dts: dts.or(pts).map_or(MISSING, Ticks),
            duration: Ticks(duration),
            position: packet.position().unwrap_or(u64::MAX),
            checksum: checksum(packet.data()),
            size: u32::try_from(packet.data().len()).unwrap_or(u32::MAX),
            samples: samples.unwrap_or(0),
            flags: flag(packet.is_key(), KEY)
                | flag(packet.is_discarded(), DISCARD)
                | flag(packet.is_disposable(), DISPOSABLE)
                | flag(packet.is_corrupt() || packet.is_encrypted(), CORRUPT)
                | flag(
                    is_video && !packet.is_key() && bitstream::is_hidden(&self.codec, packet.data()),
                    HIDDEN,
                )
                | fields
                | flag(pts.is_none(), NO_PTS),
        });
    }

    fn field_flags(&mut self, packet: &Packet) -> u8 {
        let (data, fields) = (packet.data(), self.fields.as_mut());
        match fields.and_then(|fields| fields.next(data, data.len())) {
            // What is left of a frame that was lost is not hidden: the frame is missing.
            Some(Coded::NoFrame) if packet.is_corrupt() => 0,
            coded => coded.map_or(0, Coded::flags),
        }
    }

    fn samples(&mut self, data: &[u8], number: usize) -> Option<u32> {
        match self.codec.as_str() {
            "opus" => bitstream::opus_samples(data),
            "flac" => bitstream::flac_samples(data),
            "vorbis" => {
                let count = self.vorbis.as_mut()?.count(data)?;
                // The first packet gives no samples: the second one needs it for the overlap.
                Some(if number == 0 { 0 } else { count })
            }
            codec => count_by_codec(codec, self.parameters, data.len()),
        }
    }

    fn finish(mut self) -> Track {
        fill_missing_times(&mut self.track.entries);
        self.track
    }
}

/// Codecs of which all packets of a track have the same number of samples.
pub(crate) const FIXED: [&str; 11] =
    ["aac", "mp1", "mp2", "mp3", "ac3", "eac3", "speex", "amr_nb", "amr_wb", "gsm", "gsm_ms"];

/// The samples of a packet, for codecs where headers and sizes say it; `None` where only decoding does.
pub(super) fn count_by_codec(codec: &str, parameters: &Parameters, size: usize) -> Option<u32> {
    let bits = u64::from(parameters.bits_per_sample()) * u64::from(parameters.num_channels());
    if codec.starts_with("pcm_") && bits >= 8 {
        return u32::try_from(size as u64 * 8 / bits).ok();
    }
    let blocks = codec.starts_with("adpcm_");
    if FIXED.contains(&codec) || blocks {
        parameters.packet_samples(size)
    } else {
        None
    }
}

/// Give times to packets without one: counted back from the first packet with a time, or on from the packet before.
fn fill_missing_times(entries: &mut [Entry]) {
    let missing = |entry: &Entry| entry.dts == MISSING;
    let usual = entries.iter().map(|entry| entry.duration).find(|duration| *duration > Ticks::ZERO);
    let usual = usual.unwrap_or(Ticks::ONE);
    let step = |entry: &Entry| if entry.duration > Ticks::ZERO { entry.duration } else { usual };
    let first = entries.iter().position(|entry| !missing(entry));
    let (begin, mut time) = match first {
        Some(first) => (first, entries[first].dts),
        None => (0, Ticks::ZERO),
    };
    for entry in entries[..begin].iter_mut().rev() {
        time = time.saturating_sub(step(entry));
        (entry.dts, entry.pts) = (time, time);
    }
    let mut next =
        entries.get(begin).map_or(Ticks::ZERO, |entry| if missing(entry) { Ticks::ZERO } else { entry.dts });
    for entry in &mut entries[begin..] {
        if missing(entry) {
            (entry.dts, entry.pts) = (next, next);
        }
        // A packet without a frame is of the frame that follows, and takes no time.
        let takes_none = entry.is(HIDDEN) && !entry.is(FIELD);
        next = if takes_none { entry.dts } else { entry.dts.saturating_add(step(entry)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(time: Option<i64>, duration: i64) -> Entry {
        let (time, duration) = (time.map_or(MISSING, Ticks), Ticks(duration));
        Entry { pts: time, dts: time, duration, position: 0, checksum: 0, size: 0, samples: 0, flags: 0 }
    }

    #[test]
    fn packets_without_times_are_counted_back_from_the_first_that_has_one() {
        let mut entries =
            [entry(None, 0), entry(None, 3), entry(Some(10), 3), entry(None, 3), entry(Some(16), 3)];
        fill_missing_times(&mut entries);
        assert_eq!(entries.map(|entry| entry.dts.0), [4, 7, 10, 13, 16]);
    }

    #[test]
    fn without_any_time_counting_begins_at_zero() {
        let mut entries = [entry(None, 2), entry(None, 2)];
        fill_missing_times(&mut entries);
        assert_eq!(entries.map(|entry| entry.pts.0), [0, 2]);
    }
}
