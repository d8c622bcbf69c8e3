//! The boxes of an MP4 family file that say how long after decoding each sample is displayed.
//!
//! ISO/IEC 14496-12: `moov/trak/mdia/minf/stbl` has `stsz`, `stsc`, `stco` (the position of each sample), `stts` (its
//! duration) and `ctts` (how long after decoding it is displayed). In a fragmented file `trun` in each `moof/traf` has all
//! of these.

mod tree;

use std::collections::{HashMap, HashSet};

use crate::source::ReadAt;
use tree::{child, children, header, Numbers, Parsed};

/// The most boxes that are read at the top level of a file.
const MAX_BOXES: usize = 1_000_000;
/// The most samples of a track: a day at 120 frames a second has ten million.
const MAX_SAMPLES: u64 = 1 << 24;

/// The tables of one track.
#[derive(Debug, Default)]
pub(super) struct TrackBoxes {
    pub id: u32,
    /// How many ticks after decoding a sample is displayed, by its position.
    pub offsets: HashMap<u64, i64>,
    pub has_offsets: bool,
    /// The positions of samples that no other needs (`sdtp`).
    pub disposable: HashSet<u64>,
    /// What FFmpeg adds to all times so that no sample is displayed before it is decoded.
    pub shift: i64,
    /// The duration of the last sample, in ticks.
    pub last_duration: i64,
    pub descriptions: u32,
    /// Every description says that its samples are encrypted.
    pub encrypted: bool,
    fragment_defaults: Defaults,
    /// The shift after the first fragment of the track.
    first_shift: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Defaults {
    duration: u32,
    size: u32,
}

/// All tracks in file order, and whether there are fragments.
#[derive(Debug, Default)]
pub(super) struct Movie {
    pub tracks: Vec<TrackBoxes>,
    pub fragmented: bool,
}

/// Sample entries of encrypted audio and video: Common Encryption, and the older ones of iTunes and Audible.
const ENCRYPTED: [&[u8; 4]; 6] = [b"enca", b"encv", b"drms", b"drmi", b"drmt", b"aavd"];

/// Read the tables of a source; the text says why they cannot be used.
pub(super) fn read(source: &dyn ReadAt) -> Parsed<Movie> {
    let mut movie = Movie::default();
    // A sample has at least one byte, so a table with more samples than the file has bytes is damaged.
    let limit = source.size().min(MAX_SAMPLES);
    let mut has_segment_index = false;
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Some(found) = header(source, at)? else { break };
        match &found.kind {
            b"moov" if movie.tracks.is_empty() => {
                let body = found.body(source)?;
                read_moov(&body, &mut movie, limit)?;
            }
            b"moof" => {
                movie.fragmented = true;
                let body = found.body(source)?;
                read_moof(&body, at, &mut movie, limit)?;
            }
            b"sidx" => has_segment_index = true,
            _ => {}
        }
        let Some(next) = at.checked_add(found.size).filter(|next| *next > at) else { break };
        at = next;
    }
    if movie.tracks.is_empty() {
        return Err("there is no moov box with tracks".to_owned());
    }
    // FFmpeg may then return the first fragment before it reads the next, with the shift known so far.
    let grew = |track: &TrackBoxes| track.first_shift.is_some_and(|first| first != track.shift);
    if has_segment_index && movie.tracks.iter().any(grew) {
        return Err("composition offsets decrease in the course of the file".to_owned());
    }
    Ok(movie)
}

/// The ids of tracks that are encrypted, also where the tables cannot be used.
pub(super) fn encrypted_tracks(source: &dyn ReadAt) -> Vec<u32> {
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Ok(Some(top)) = header(source, at) else { break };
        if &top.kind == b"moov" {
            let body = top.body(source).unwrap_or_default();
            for (_, _, trak) in children(&body).into_iter().filter(|(kind, _, _)| kind == b"trak") {
                let tables = child(trak, b"mdia").and_then(|mdia| child(mdia, b"minf"));
                if tables.and_then(|minf| child(minf, b"stbl")).is_some_and(is_encrypted) {
                    found.push(track_id(trak));
                }
            }
            break;
        }
        let Some(next) = at.checked_add(top.size).filter(|next| *next > at) else { break };
        at = next;
    }
    found
}

fn is_encrypted(stbl: &[u8]) -> bool {
    let entries = child(stbl, b"stsd").and_then(|stsd| stsd.get(8..)).map(children).unwrap_or_default();
    !entries.is_empty() && entries.iter().all(|(kind, _, _)| ENCRYPTED.contains(&kind))
}

fn track_id(trak: &[u8]) -> u32 {
    let Some(tkhd) = child(trak, b"tkhd") else { return 0 };
    let at = if tkhd.first() == Some(&1) { 20 } else { 12 };
    tkhd.get(at..at + 4).map_or(0, |id| u32::from_be_bytes([id[0], id[1], id[2], id[3]]))
}

fn read_moov(moov: &[u8], movie: &mut Movie, limit: u64) -> Parsed<()> {
    let mut extends = HashMap::new();
    for (kind, _, content) in children(moov) {
        match &kind {
            b"trak" => movie.tracks.push(read_trak(content, limit)?),
            b"mvex" => {
                for (_, _, trex) in children(content).into_iter().filter(|(kind, _, _)| kind == b"trex") {
                    let mut numbers = Numbers(trex);
                    let _flags = numbers.u32();
                    if let (Some(id), Some(_), Some(duration), Some(size)) =
                        (numbers.u32(), numbers.u32(), numbers.u32(), numbers.u32())
                    {
                        extends.insert(id, Defaults { duration, size });
                    }
                }
            }
            b"cmov" => return Err("the moov box is compressed".to_owned()),
            _ => {}
        }
    }
    for track in &mut movie.tracks {
        track.fragment_defaults = extends.get(&track.id).copied().unwrap_or_default();
    }
    Ok(())
}

fn read_trak(trak: &[u8], limit: u64) -> Parsed<TrackBoxes> {
    let mut track = TrackBoxes { id: track_id(trak), ..TrackBoxes::default() };
    let inner = child(trak, b"mdia").and_then(|mdia| child(mdia, b"minf"));
    let Some(stbl) = inner.and_then(|minf| child(minf, b"stbl")) else { return Ok(track) };
    let table = |kind: &[u8; 4]| child(stbl, kind).and_then(|content| content.get(4..)).map(Numbers);
    track.descriptions = table(b"stsd").and_then(|mut numbers| numbers.u32()).unwrap_or(0);
    track.encrypted = is_encrypted(stbl);
    if let Some(mut stts) = table(b"stts") {
        let runs = stts.u32().unwrap_or(0);
        for _ in 0..runs {
            let (Some(_), Some(duration)) = (stts.u32(), stts.u32()) else { break };
            track.last_duration = i64::from(duration);
        }
    }
    let (sdtp, ctts) = (table(b"sdtp"), table(b"ctts"));
    if sdtp.is_none() && ctts.is_none() {
        return Ok(track);
    }
    let positions = sample_positions(&table, track.descriptions, limit)?;
    for (position, flags) in positions.iter().zip(sdtp.map_or(&[][..], |sdtp| sdtp.0)) {
        // sample_is_depended_on: 2 says that no sample depends on this one.
        if (flags >> 2) & 3 == 2 {
            track.disposable.insert(*position);
        }
    }
    let Some(mut ctts) = ctts else { return Ok(track) };
    let runs = ctts.u32().unwrap_or(0);
    let mut rest = positions.iter();
    for run in 0..runs {
        let (Some(count), Some(offset)) = (ctts.u32(), ctts.u32()) else { break };
        // Version 0 says unsigned and version 1 signed, but all readers take it as signed.
        let offset = i64::from(offset as i32);
        // FFmpeg ignores the last two runs here.
        if u64::from(run) + 2 < u64::from(runs) && offset < 0 {
            track.shift = track.shift.max(-offset);
        }
        for _ in 0..count {
            let Some(position) = rest.next() else { break };
            track.offsets.insert(*position, offset);
        }
    }
    for position in rest {
        track.offsets.insert(*position, 0);
    }
    track.has_offsets = !track.offsets.is_empty();
    Ok(track)
}

/// The position of each sample of a track.
fn sample_positions<'a>(
    table: &impl Fn(&[u8; 4]) -> Option<Numbers<'a>>,
    descriptions: u32,
    limit: u64,
) -> Parsed<Vec<u64>> {
    let damaged = || "the sample tables contradict each other".to_owned();
    let (fixed, mut sizes, count, bits) = match (table(b"stsz"), table(b"stz2")) {
        (Some(mut stsz), _) => {
            let (fixed, count) = (stsz.u32().ok_or_else(damaged)?, stsz.u32().ok_or_else(damaged)?);
            (fixed, stsz, count, 32)
        }
        (None, Some(mut stz2)) => {
            let (bits, count) = (stz2.u32().ok_or_else(damaged)? & 0xff, stz2.u32().ok_or_else(damaged)?);
            (0, stz2, count, bits)
        }
        _ => return Err(damaged()),
    };
    let claimed = if fixed == 0 { (u64::from(count) * u64::from(bits)).div_ceil(8) } else { 0 };
    if !matches!(bits, 4 | 8 | 16 | 32) || (sizes.0.len() as u64) < claimed {
        return Err(damaged());
    }
    let mut half = None;
    let mut next_size = || match bits {
        _ if fixed > 0 => Some(fixed),
        4 => half.take().or_else(|| {
            let byte = sizes.u8()?;
            half = Some(u32::from(byte & 0x0f));
            Some(u32::from(byte >> 4))
        }),
        8 => sizes.u8().map(u32::from),
        16 => Some(u32::from(sizes.u8()?) << 8 | u32::from(sizes.u8()?)),
        _ => sizes.u32(),
    };
    let mut runs = Vec::new();
    let mut stsc = table(b"stsc").ok_or_else(damaged)?;
    for _ in 0..stsc.u32().unwrap_or(0) {
        let (Some(first), Some(samples), Some(description)) = (stsc.u32(), stsc.u32(), stsc.u32()) else {
            break;
        };
        if description != 1 && descriptions == 1 {
            return Err("samples use a description that is missing".to_owned());
        }
        runs.push((first, samples));
    }
    let (mut chunks, wide) = match (table(b"stco"), table(b"co64")) {
        (Some(stco), _) => (stco, false),
        (None, Some(co64)) => (co64, true),
        _ => return Err(damaged()),
    };
    let chunk_count = chunks.u32().unwrap_or(0);
    let mut positions = Vec::new();
    let mut run = 0;
    for chunk in 1..=chunk_count {
        let start = if wide { chunks.u64() } else { chunks.u32().map(u64::from) };
        let Some(mut position) = start else { break };
        while runs.get(run + 1).is_some_and(|(first, _)| *first <= chunk) {
            run += 1;
        }
        let samples = runs.get(run).map_or(0, |(_, samples)| *samples);
        for _ in 0..samples {
            if positions.len() as u64 >= u64::from(count) {
                break;
            }
            if positions.len() as u64 >= limit {
                return Err("a track claims more samples than the file has bytes".to_owned());
            }
            positions.push(position);
            let size = next_size().ok_or_else(damaged)?;
            position = position.checked_add(u64::from(size)).ok_or_else(damaged)?;
        }
    }
    Ok(positions)
}

fn read_moof(moof: &[u8], moof_start: u64, movie: &mut Movie, limit: u64) -> Parsed<()> {
    let mut implied_base = moof_start;
    for (_, _, traf) in children(moof).into_iter().filter(|(kind, _, _)| kind == b"traf") {
        let parts = children(traf);
        let Some((_, _, tfhd)) = parts.iter().find(|(kind, _, _)| kind == b"tfhd") else { continue };
        let mut numbers = Numbers(tfhd);
        let (flags, id) = (numbers.u32().unwrap_or(0) & 0xff_ffff, numbers.u32().unwrap_or(0));
        let Some(track) = movie.tracks.iter_mut().find(|track| track.id == id) else { continue };
        let mut defaults = track.fragment_defaults;
        let base = if flags & 0x1 != 0 { numbers.u64() } else { None };
        if flags & 0x2 != 0 {
            let _ = numbers.skip(4);
        }
        if flags & 0x8 != 0 {
            defaults.duration = numbers.u32().unwrap_or(0);
        }
        if flags & 0x10 != 0 {
            defaults.size = numbers.u32().unwrap_or(0);
        }
        let base = base.unwrap_or(if flags & 0x2_0000 != 0 { moof_start } else { implied_base });
        let mut position = base;
        for (_, _, trun) in parts.iter().filter(|(kind, _, _)| kind == b"trun") {
            position = read_trun(trun, base, position, defaults, track, limit)?;
        }
        track.first_shift.get_or_insert(track.shift);
        implied_base = position;
    }
    Ok(())
}

/// Read one run of samples. Returns the position of its end.
fn read_trun(
    trun: &[u8],
    base: u64,
    follows: u64,
    defaults: Defaults,
    track: &mut TrackBoxes,
    limit: u64,
) -> Parsed<u64> {
    let damaged = || "a fragment's table is damaged".to_owned();
    let mut numbers = Numbers(trun);
    let (flags, count) = (numbers.u32().ok_or_else(damaged)? & 0xff_ffff, numbers.u32().ok_or_else(damaged)?);
    let mut position = follows;
    if flags & 0x1 != 0 {
        let offset = numbers.u32().ok_or_else(damaged)? as i32;
        position = base.checked_add_signed(i64::from(offset)).ok_or_else(damaged)?;
    }
    if flags & 0x4 != 0 {
        numbers.skip(4).ok_or_else(damaged)?;
    }
    let fields = [0x100, 0x200, 0x400, 0x800].iter().filter(|field| flags & **field != 0).count() as u64;
    if (numbers.0.len() as u64) < u64::from(count) * fields * 4 {
        return Err(damaged());
    }
    for _ in 0..count {
        let duration =
            if flags & 0x100 != 0 { numbers.u32().ok_or_else(damaged)? } else { defaults.duration };
        let size = if flags & 0x200 != 0 { numbers.u32().ok_or_else(damaged)? } else { defaults.size };
        if flags & 0x400 != 0 {
            numbers.skip(4).ok_or_else(damaged)?;
        }
        let offset =
            if flags & 0x800 != 0 { i64::from(numbers.u32().ok_or_else(damaged)? as i32) } else { 0 };
        track.shift = track.shift.max(-offset);
        if track.offsets.len() as u64 >= limit {
            return Err("a track claims more samples than the file has bytes".to_owned());
        }
        track.offsets.insert(position, offset);
        track.has_offsets |= offset != 0;
        track.last_duration = i64::from(duration);
        position = position.checked_add(u64::from(size)).ok_or_else(damaged)?;
        if fields == 0 && size == 0 {
            // All these samples are the same, so their number means nothing.
            break;
        }
    }
    Ok(position)
}

#[cfg(test)]
mod tests;
