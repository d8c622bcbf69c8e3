//! Which tracks a container says are encrypted. FFmpeg gives their packets as if they were not.

use emos_ffmpeg::{Kind, Stream};

use super::boxes;
use super::track::{is_presented, Track};
use crate::error::Result;
use crate::source::{ReadAt, Source, Watched};

/// How many blocks of an MPEG-TS, evenly spread, are looked at for packets that are scrambled.
const SAMPLED: u64 = 8;
/// How much of an MPEG-TS is read to find packets of a track that gives nothing.
const MAX_BYTES: u64 = 8 << 20;
const STEP_BYTES: u64 = 1 << 18;
/// So many packets of a track say whether it is scrambled.
const ENOUGH: usize = 16;
/// Sizes of one packet: plain, with a time before it, with a checksum after it.
const PACKET_BYTES: [usize; 3] = [188, 192, 204];
const SYNC: u8 = 0x47;
/// Stream types of HLS sample encryption: AAC, AC-3, E-AC-3, H.264.
const SAMPLE_ENCRYPTION: [u8; 4] = [0xcf, 0xc1, 0xc2, 0xdb];

/// The streams that are encrypted. `in_tables` are those of which the tables of the container say it.
pub(super) fn find(
    source: &Source,
    container: &str,
    streams: &[Stream],
    tracks: &[Track],
    in_tables: Option<Vec<usize>>,
) -> Result<Vec<usize>> {
    let bytes = Watched::new(source);
    let by_boxes = || {
        let ids = boxes::encrypted_tracks(&bytes);
        let of = |stream: &&Stream| u32::try_from(stream.id).is_ok_and(|id| ids.contains(&id));
        streams.iter().filter(of).map(|stream| stream.index).collect()
    };
    let found = match (in_tables, container) {
        (Some(found), _) => found,
        (None, container) if container.contains("mp4") => by_boxes(),
        (None, "mpegts") => {
            let silent = |stream: &&Stream| is_presented(stream) && gives_no_format(stream, tracks);
            let scrambled = |stream: &&Stream| is_scrambled(&bytes, stream);
            streams.iter().filter(silent).filter(scrambled).map(|stream| stream.index).collect()
        }
        _ => Vec::new(),
    };
    bytes.finish()?;
    let is_encrypted = |stream: &&Stream| stream.is_encrypted || found.contains(&stream.index);
    Ok(streams.iter().filter(is_encrypted).map(|stream| stream.index).collect())
}

/// Whether nothing of a stream was understood: the same as for data that is missing.
fn gives_no_format(stream: &Stream, tracks: &[Track]) -> bool {
    let parameters = &stream.parameters;
    let empty = tracks.iter().any(|track| track.stream == stream.index && track.entries.is_empty());
    let unknown = match parameters.kind() {
        Kind::Audio => parameters.sample_rate() == 0 || parameters.num_channels() == 0,
        _ => parameters.width() == 0 || parameters.pixel_format().is_none(),
    };
    empty || unknown
}

/// Whether most packets of a stream of an MPEG-TS, or most PES packets in them, are scrambled.
fn is_scrambled(bytes: &dyn ReadAt, stream: &Stream) -> bool {
    if SAMPLE_ENCRYPTION.map(u32::from).contains(&stream.parameters.codec_tag_number()) {
        return true;
    }
    let Ok(pid) = u16::try_from(stream.id) else { return false };
    let mut counts = Counts::default();
    let mut at = 0;
    while at < bytes.size().min(MAX_BYTES) && counts.packets < ENOUGH {
        let mut block = vec![0; usize::try_from(STEP_BYTES).unwrap_or(0)];
        let length = read(bytes, at, &mut block);
        counts.add(&block[..length], pid);
        at += STEP_BYTES;
    }
    counts.scrambled * 2 > counts.packets || counts.scrambled_pes * 2 > counts.pes
}

/// The streams of an MPEG-TS of which some packets are scrambled, as far as a few blocks of the file show it.
pub(super) fn partly_scrambled(
    source: &Source,
    container: &str,
    tracks: &[Track],
    streams: &[Stream],
) -> Result<Vec<usize>> {
    if container != "mpegts" {
        return Ok(Vec::new());
    }
    let bytes = Watched::new(source);
    let mut block = vec![0; usize::try_from(STEP_BYTES / 4).unwrap_or(0)];
    let mut counts: Vec<Counts> = tracks.iter().map(|_| Counts::default()).collect();
    for at in 0..SAMPLED {
        let length = read(&bytes, bytes.size() / SAMPLED * at, &mut block);
        for (track, counts) in tracks.iter().zip(&mut counts) {
            let pid = streams.get(track.stream).and_then(|stream| u16::try_from(stream.id).ok());
            pid.into_iter().for_each(|pid| counts.add(&block[..length], pid));
        }
    }
    let found = tracks.iter().zip(counts).filter(|(_, counts)| counts.scrambled + counts.scrambled_pes > 0);
    let found = found.map(|(track, _)| track.stream).collect();
    bytes.finish()?;
    Ok(found)
}

fn read(bytes: &dyn ReadAt, at: u64, block: &mut [u8]) -> usize {
    let mut done = 0;
    while done < block.len() {
        match bytes.read_at(at + done as u64, &mut block[done..]) {
            Ok(count) if count > 0 => done += count,
            _ => break,
        }
    }
    done
}

/// Packets of one stream.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    packets: usize,
    scrambled: usize,
    pes: usize,
    scrambled_pes: usize,
}

impl Counts {
    fn add(&mut self, block: &[u8], pid: u16) {
        let Some((first, size)) = packets(block) else { return };
        for packet in block[first..].chunks_exact(size).filter(|packet| packet[0] == SYNC) {
            let control = packet[3];
            let has_payload = control & 0x10 != 0;
            if u16::from_be_bytes([packet[1] & 0x1f, packet[2]]) != pid || !has_payload {
                continue;
            }
            self.packets += 1;
            if control & 0xc0 != 0 {
                self.scrambled += 1;
                continue;
            }
            let adaptation = if control & 0x20 != 0 { 1 + usize::from(packet[4]) } else { 0 };
            let starts = packet[1] & 0x40 != 0;
            if let Some(&[0, 0, 1, _, _, _, flags]) = packet.get(4 + adaptation..4 + adaptation + 7) {
                self.pes += usize::from(starts);
                self.scrambled_pes += usize::from(starts && flags & 0x30 != 0);
            }
        }
    }
}

/// The first packet in a block and the size of packets.
fn packets(block: &[u8]) -> Option<(usize, usize)> {
    const CHECKED: usize = 5;
    PACKET_BYTES.into_iter().find_map(|size| {
        let fits = |first: &usize| (0..CHECKED).all(|at| block.get(first + at * size) == Some(&SYNC));
        (0..size).find(fits).map(|first| (first, size))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(pid: u8, scrambled: bool, pes_flags: u8) -> Vec<u8> {
        let control = if scrambled { 0x90 } else { 0x10 };
        let mut packet = vec![SYNC, 0x40, pid, control, 0, 0, 1, 0xe0, 0, 0, pes_flags];
        packet.resize(188, 0xff);
        packet
    }

    #[test]
    fn packets_are_found_with_a_time_before_each_and_after_bytes_of_something_else() {
        let timed: Vec<u8> = (0..6).flat_map(|_| [vec![0; 4], packet(33, false, 0x80)].concat()).collect();
        assert_eq!(packets(&timed), Some((4, 192)));
        let late = [vec![1, 2, 3], packet(33, false, 0x80).repeat(6)].concat();
        assert_eq!(packets(&late), Some((3, 188)));
        assert_eq!(packets(&[0; 2_000]), None);
    }

    #[test]
    fn scrambled_packets_of_one_stream_are_counted() {
        let block = [
            packet(33, true, 0x80),
            packet(33, false, 0x80),
            packet(34, true, 0x80),
            packet(33, false, 0xb0),
            packet(33, true, 0x80),
        ]
        .concat();
        let mut counts = Counts::default();
        counts.add(&block, 33);
        assert_eq!(counts, Counts { packets: 4, scrambled: 2, pes: 2, scrambled_pes: 1 });
    }
}
