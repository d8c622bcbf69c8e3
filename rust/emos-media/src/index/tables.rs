//! The index of an MP4 family file from its own tables. FFmpeg gives decoding times after edit lists; the boxes say how
//! long after decoding each frame is displayed. Only tables and the first packets are read.

use emos_ffmpeg::{Demuxer, IndexEntry, Kind, Packet, Stream};

use super::boxes::{self, Movie, TrackBoxes};
use super::fields;
use super::scan::count_by_codec;
use super::track::{is_presented, Entry, Track, CORRUPT, DISCARD, DISPOSABLE, KEY};
use crate::error::{Error, ErrorKind, Result};
use crate::numbers::{PacketId, Ticks};
use crate::source::{Source, Watched};

/// Packets of each track that are compared with the tables.
const CHECKED: usize = 8;
/// The most packets that are read to find the first of every track.
const MAX_READ: usize = 2_000;

/// Why the tables were not used.
pub(super) enum Refused {
    /// A scan of all packets works.
    Unsupported(String),
    Error(Error),
}

/// What the tables of a file say.
#[derive(Debug)]
pub(super) struct Tables {
    pub tracks: Vec<Track>,
    /// The streams that are encrypted.
    pub encrypted: Vec<usize>,
}

pub(super) fn read(
    source: &Source,
    mut demuxer: Demuxer,
    streams: &[Stream],
    warnings: &mut Vec<String>,
) -> std::result::Result<Tables, Refused> {
    let bytes = Watched::new(source);
    let movie = boxes::read(&bytes);
    bytes.finish().map_err(Refused::Error)?;
    let movie = movie.map_err(Refused::Unsupported)?;
    let presented: Vec<&Stream> = streams.iter().filter(|stream| is_presented(stream)).collect();
    let all_boxes: Option<Vec<&TrackBoxes>> =
        presented.iter().map(|stream| boxes_of(stream, streams, &movie)).collect();
    let Some(all_boxes) = all_boxes else {
        return Err(Refused::Unsupported("the streams differ from the trak boxes".to_owned()));
    };
    let firsts = first_packets(&mut demuxer, &presented, source).map_err(Refused::Error)?;
    if movie.fragmented {
        demuxer.complete_index().map_err(|error| {
            Refused::Error(Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()))
        })?;
    }
    let (mut tracks, mut encrypted) = (Vec::new(), Vec::new());
    for ((stream, first), boxes) in presented.into_iter().zip(&firsts).zip(all_boxes) {
        if boxes.descriptions > 1 {
            return Err(Refused::Unsupported(format!("track {} changes its codec settings", stream.index)));
        }
        let mut found = demuxer.index_entries(stream.index);
        // QuickTime writes an empty sample where the frame before it stays on screen: it is no packet and no frame.
        found.retain(|entry| entry.size > 0);
        let mut track = build_track(&found, boxes, stream, source, warnings)
            .and_then(|track| check(track, first))
            .map_err(|why| Refused::Unsupported(format!("track {}: {why}", stream.index)))?;
        fields::flag_fields(&mut track, &stream.parameters, source).map_err(Refused::Error)?;
        tracks.push(track);
        if boxes.encrypted {
            encrypted.push(stream.index);
        }
    }
    Ok(Tables { tracks, encrypted })
}

/// The trak box of a stream: the only one with its id. A cover is a stream without a box, and moves those after it.
fn boxes_of<'a>(stream: &Stream, streams: &[Stream], movie: &'a Movie) -> Option<&'a TrackBoxes> {
    let has_id = |track: &&TrackBoxes| i64::from(track.id) == stream.id;
    let mut same = movie.tracks.iter().filter(has_id);
    match (same.next(), same.next()) {
        (Some(only), None) => Some(only),
        // Ids that say nothing: the order does, as long as each stream has a box.
        _ => movie.tracks.get(stream.index).filter(|_| streams.len() == movie.tracks.len()),
    }
}

/// The first packets of each stream, as the demuxer gives them.
fn first_packets(demuxer: &mut Demuxer, streams: &[&Stream], source: &Source) -> Result<Vec<Vec<Packet>>> {
    let wanted: Vec<usize> = streams.iter().map(|stream| stream.index).collect();
    demuxer.keep_only(&wanted);
    let mut firsts: Vec<Vec<Packet>> = wanted.iter().map(|_| Vec::new()).collect();
    for _ in 0..MAX_READ {
        let packet = match demuxer.read() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(error) if error.kind() == emos_ffmpeg::ErrorKind::Io => {
                return Err(Error::ffmpeg(error, ErrorKind::SourceUnreadable, source.name()));
            }
            Err(_) => break,
        };
        if let Some(at) = wanted.iter().position(|stream| *stream == packet.stream()) {
            if firsts[at].len() < CHECKED {
                firsts[at].push(packet);
            }
        }
        if firsts.iter().all(|packets| !packets.is_empty()) {
            break;
        }
    }
    Ok(firsts)
}

fn build_track(
    found: &[IndexEntry],
    boxes: &TrackBoxes,
    stream: &Stream,
    source: &Source,
    warnings: &mut Vec<String>,
) -> std::result::Result<Track, String> {
    let mut track = Track::new(stream);
    let size = source.stamp().size;
    let codec = stream.parameters.codec_name();
    let is_audio = stream.parameters.kind() == Kind::Audio;
    // Durations are sample counts where the time base of the track is one sample.
    let duration_is_count =
        is_audio && stream.time_base == (1, i32::try_from(stream.parameters.sample_rate()).unwrap_or(0));
    let mut missing = 0usize;
    let mut follows_missing = false;
    for (at, entry) in found.iter().enumerate() {
        if entry.position >= size {
            missing += 1;
            follows_missing = true;
            continue;
        }
        let duration = match found.get(at + 1) {
            Some(next) => next.dts.saturating_sub(entry.dts).max(0),
            None => boxes.last_duration,
        };
        let offset = match boxes.offsets.get(&entry.position) {
            Some(offset) => *offset,
            None if !boxes.has_offsets => 0,
            None => return Err("a sample has a position that is in no table".to_owned()),
        };
        let samples = match codec.as_str() {
            _ if !is_audio => Some(0),
            "flac" | "alac" | "opus" => duration_is_count.then(|| u32::try_from(duration).ok()).flatten(),
            _ => count_by_codec(&codec, &stream.parameters, entry.size as usize),
        };
        track.counts_unknown |= samples.is_none();
        let cut_off = entry.position.saturating_add(u64::from(entry.size)) > size;
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        track.entries.push(Entry {
            pts: Ticks(entry.dts.saturating_add(boxes.shift).saturating_add(offset)),
            dts: Ticks(entry.dts),
            duration: Ticks(duration),
            position: entry.position,
            checksum: 0,
            size: entry.size,
            samples: samples.unwrap_or(0),
            flags: flag(entry.key, KEY)
                | flag(entry.discard, DISCARD)
                | flag(cut_off || follows_missing, CORRUPT)
                | flag(boxes.disposable.contains(&entry.position), DISPOSABLE),
        });
        follows_missing = false;
    }
    if missing > 0 {
        warnings.push(format!(
            "the file is cut off, and {missing} packets of track {} are missing",
            stream.index
        ));
    }
    Ok(track)
}

/// Compare the tables with the packets of the demuxer, and take from those what tables do not say.
fn check(mut track: Track, packets: &[Packet]) -> std::result::Result<Track, String> {
    for (number, packet) in packets.iter().enumerate() {
        let Some(entry) = track.entries.get_mut(number) else {
            return Err("the demuxer gives more packets than the tables list".to_owned());
        };
        let same = packet.pts() == Some(entry.pts.0)
            && packet.position().is_none_or(|position| position == entry.position)
            && packet.is_key() == entry.is(KEY)
            && packet.is_discarded() == entry.is(DISCARD)
            && (packet.data().len() == entry.size as usize || packet.is_corrupt() || entry.is(CORRUPT));
        if !same {
            return Err(format!("packet {number} differs from the tables"));
        }
        track.note_palette(PacketId::at(number), packet);
        let skip = packet.skip();
        if skip != emos_ffmpeg::Skip::default() {
            track.skips.push((PacketId::at(number), skip.start, skip.end));
        }
    }
    Ok(track)
}
