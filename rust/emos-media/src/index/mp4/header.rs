//! The `moov` box: tracks, their tables and edit lists.

use super::boxes::{children, Bytes, Code, Table};
use super::description::Description;
use super::{refuse, Kind, Result, Unsupported};

/// What a `moov` box says.
#[derive(Debug)]
pub(super) struct Header<'a> {
    /// Ticks a second of the durations of edits.
    pub timescale: u32,
    pub traks: Vec<Trak<'a>>,
    /// Defaults for fragments.
    pub trex: Vec<Trex>,
}

/// One track.
#[derive(Debug)]
pub(super) struct Trak<'a> {
    pub id: u32,
    pub kind: Kind,
    pub handler: Code,
    pub timescale: u32,
    /// As the media header says, in ticks.
    pub duration: i64,
    pub description: Description,
    pub tables: Tables<'a>,
    pub edits: Vec<Edit>,
    /// Samples of encoder delay, from iTunes' gapless information.
    pub gapless_start: Option<u32>,
}

/// An entry of an edit list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Ticks of the movie.
    pub duration: i64,
    /// Ticks of the track; -1 for nothing at all.
    pub media_time: i64,
}

/// Defaults of the fragments of a track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trex {
    pub track_id: u32,
    pub description: u32,
    pub duration: u32,
    pub size: u32,
    pub flags: u32,
}

/// The tables of a sample table box, still as bytes.
#[derive(Debug, Default)]
pub(super) struct Tables<'a> {
    /// Count and duration.
    pub stts: Option<Table<'a, 8>>,
    /// Count and offset.
    pub ctts: Option<Table<'a, 8>>,
    pub sizes: Option<Sizes<'a>>,
    /// First chunk, samples a chunk, description.
    pub stsc: Option<Table<'a, 12>>,
    pub chunks: Option<Chunks<'a>>,
    pub stss: Option<Table<'a, 4>>,
    pub stps: Option<Table<'a, 4>>,
    /// Count and group of random access points.
    pub rap: Option<Table<'a, 8>>,
    /// A byte for each sample.
    pub sdtp: Option<&'a [u8]>,
}

/// Sizes of samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes<'a> {
    /// Zero where each sample has its own.
    pub fixed: u32,
    pub count: u32,
    bits: u8,
    each: &'a [u8],
}

impl Sizes<'_> {
    pub fn get(&self, sample: u32) -> Option<u32> {
        let sample = usize::try_from(sample).ok()?;
        match self.bits {
            4 => {
                let byte = *self.each.get(sample / 2)?;
                Some(u32::from(if sample % 2 == 0 { byte >> 4 } else { byte & 0x0f }))
            }
            bits => {
                let bytes = usize::from(bits / 8);
                let start = sample.checked_mul(bytes)?;
                let size = self.each.get(start..start.checked_add(bytes)?)?;
                Some(size.iter().fold(0, |size, byte| (size << 8) | u32::from(*byte)))
            }
        }
    }
}

/// Where chunks stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chunks<'a> {
    Short(Table<'a, 4>),
    Long(Table<'a, 8>),
}

impl Chunks<'_> {
    pub fn len(&self) -> usize {
        match self {
            Chunks::Short(table) => table.len(),
            Chunks::Long(table) => table.len(),
        }
    }

    pub fn get(&self, chunk: usize) -> Option<u64> {
        match self {
            Chunks::Short(table) => table.get(chunk)?.u32().ok().map(u64::from),
            Chunks::Long(table) => table.get(chunk)?.u64().ok().filter(|offset| i64::try_from(*offset).is_ok()),
        }
    }
}

impl<'a> Header<'a> {
    /// Parse the payload of a `moov` box.
    pub fn parse(moov: &'a [u8], is_quicktime: bool) -> Result<Self> {
        let mut timescale = None;
        let mut header = Header { timescale: 0, traks: Vec::new(), trex: Vec::new() };
        let mut chapters = Vec::new();
        let mut tracks_closed = false;
        for (code, payload) in children(moov) {
            match &code {
                b"mvhd" => set(&mut timescale, movie_timescale(payload)?, "mvhd")?,
                b"trak" => {
                    if timescale.is_none() {
                        return refuse("a track comes before the mvhd box");
                    }
                    if tracks_closed {
                        return refuse("a track comes after a cover picture");
                    }
                    header.traks.push(Trak::parse(payload, is_quicktime, &mut chapters)?);
                }
                b"mvex" => {
                    for (_, payload) in children(payload).filter(|(code, _)| code == b"trex") {
                        header.trex.push(Trex::parse(payload)?);
                    }
                }
                b"udta" | b"meta" => {
                    let found = Tags::find(&code, payload);
                    tracks_closed |= found.has_cover;
                    if let (Some(priming), Some(last)) = (found.priming, header.traks.last_mut()) {
                        last.gapless_start = Some(priming);
                    }
                }
                b"cmov" => return refuse("the moov box is compressed"),
                _ => {}
            }
        }
        header.timescale = timescale.ok_or_else(|| Unsupported::new("the moov box has no mvhd box"))?;
        for trak in &mut header.traks {
            // FFmpeg makes chapters of such a track, whatever it holds.
            if chapters.contains(&trak.id) && trak.kind == Kind::Audio {
                trak.kind = Kind::Other;
            }
        }
        Ok(header)
    }
}

impl Trex {
    fn parse(payload: &[u8]) -> Result<Self> {
        let mut bytes = Bytes(payload);
        bytes.full()?;
        Ok(Trex {
            track_id: bytes.u32()?,
            description: bytes.u32()?,
            duration: bytes.u32()?,
            size: bytes.u32()?,
            flags: bytes.u32()?,
        })
    }
}

impl<'a> Trak<'a> {
    fn parse(trak: &'a [u8], is_quicktime: bool, chapters: &mut Vec<u32>) -> Result<Self> {
        let (mut id, mut edits, mut mdia) = (None, None, None);
        for (code, payload) in children(trak) {
            match &code {
                b"tkhd" => set(&mut id, track_id(payload)?, "tkhd")?,
                b"edts" => {
                    for (_, payload) in children(payload).filter(|(code, _)| code == b"elst") {
                        set(&mut edits, edit_list(payload)?, "elst")?;
                    }
                }
                b"mdia" => set(&mut mdia, payload, "mdia")?,
                b"tref" => {
                    for (_, payload) in children(payload).filter(|(code, _)| code == b"chap") {
                        let mut bytes = Bytes(payload);
                        while let Ok(id) = bytes.u32() {
                            chapters.push(id);
                        }
                    }
                }
                b"udta" | b"meta" => {
                    let found = Tags::find(&code, payload);
                    if found.has_cover || found.priming.is_some() {
                        return refuse("a track has tags of its own");
                    }
                }
                _ => {}
            }
        }
        let (mut clock, mut handler, mut minf) = (None, None, None);
        for (code, payload) in children(mdia.unwrap_or_default()) {
            match &code {
                b"mdhd" => set(&mut clock, media_clock(payload)?, "mdhd")?,
                b"hdlr" => set(&mut handler, handler_type(payload)?, "hdlr")?,
                b"minf" => set(&mut minf, payload, "minf")?,
                _ => {}
            }
        }
        let handler = handler.unwrap_or_default();
        let kind = match &handler {
            b"vide" => Kind::Video,
            b"soun" | b"m1a " => Kind::Audio,
            _ => Kind::Other,
        };
        let mut stbl = None;
        for (code, payload) in children(minf.unwrap_or_default()) {
            match &code {
                b"stbl" => set(&mut stbl, payload, "stbl")?,
                b"dinf" if kind != Kind::Other => refuse_external_data(payload)?,
                _ => {}
            }
        }
        let stbl = stbl.unwrap_or_default();
        let stsd = children(stbl).find(|(code, _)| code == b"stsd").map(|(_, payload)| payload);
        let (description, tables) = if kind == Kind::Other {
            (Description::other(stsd.unwrap_or_default()), Tables::default())
        } else {
            let stsd = stsd.ok_or_else(|| Unsupported::new("a track has no sample description"))?;
            (Description::parse(stsd, kind, is_quicktime)?, Tables::parse(stbl)?)
        };
        let (timescale, duration) = match (clock, kind) {
            (Some(clock), _) => clock,
            (None, Kind::Other) => (1, 0),
            (None, _) => return refuse("a track has no media header"),
        };
        Ok(Trak {
            id: id.ok_or_else(|| Unsupported::new("a track has no header"))?,
            kind,
            handler,
            timescale,
            duration,
            description,
            tables,
            edits: edits.unwrap_or_default(),
            gapless_start: None,
        })
    }
}

impl<'a> Tables<'a> {
    fn parse(stbl: &'a [u8]) -> Result<Self> {
        let mut tables = Tables::default();
        let mut descriptions = None;
        for (code, payload) in children(stbl) {
            let mut bytes = Bytes(payload);
            match &code {
                b"stsd" => set(&mut descriptions, (), "stsd")?,
                b"stts" => set(&mut tables.stts, counted(payload)?, "stts")?,
                b"ctts" => set(&mut tables.ctts, counted(payload)?, "ctts")?,
                b"stsc" => set(&mut tables.stsc, counted(payload)?, "stsc")?,
                b"stss" => set(&mut tables.stss, counted(payload)?, "stss")?,
                b"stps" => set(&mut tables.stps, counted(payload)?, "stps")?,
                b"stco" => set(&mut tables.chunks, Chunks::Short(counted(payload)?), "stco")?,
                b"co64" => set(&mut tables.chunks, Chunks::Long(counted(payload)?), "co64")?,
                b"stsz" | b"stz2" => {
                    set(&mut tables.sizes, sizes(payload, &code == b"stz2")?, "stsz")?;
                }
                b"sdtp" => {
                    bytes.full()?;
                    set(&mut tables.sdtp, bytes.0, "sdtp")?;
                }
                b"sbgp" => {
                    let (version, _) = bytes.full()?;
                    if &bytes.code()? == b"rap " {
                        if version == 1 {
                            bytes.u32()?;
                        }
                        let count = bytes.u32()?;
                        set(&mut tables.rap, bytes.table(count)?, "sbgp")?;
                    }
                }
                b"senc" | b"saiz" | b"saio" => return refuse("a track is encrypted"),
                _ => {}
            }
        }
        Ok(tables)
    }
}

/// Keep what a box says; FFmpeg takes now the first, now the last of two such boxes.
fn set<T>(place: &mut Option<T>, value: T, name: &str) -> Result<()> {
    if place.replace(value).is_some() {
        return refuse(format!("there are two {name} boxes where one belongs"));
    }
    Ok(())
}

fn counted<const N: usize>(payload: &[u8]) -> Result<Table<'_, N>> {
    let mut bytes = Bytes(payload);
    bytes.full()?;
    let count = bytes.u32()?;
    bytes.table(count)
}

fn sizes(payload: &[u8], is_compact: bool) -> Result<Sizes<'_>> {
    let mut bytes = Bytes(payload);
    bytes.full()?;
    let word = bytes.u32()?;
    let count = bytes.u32()?;
    let (fixed, bits) = if is_compact { (0, (word & 0xff) as u8) } else { (word, 32) };
    if !matches!(bits, 4 | 8 | 16 | 32) {
        return refuse(format!("sample sizes have {bits} bits each"));
    }
    let needed = (u64::from(count) * u64::from(bits)).div_ceil(8);
    if fixed == 0 && needed > bytes.0.len() as u64 {
        return refuse(format!("the table of sample sizes claims {count} entries, more than its box holds"));
    }
    Ok(Sizes { fixed, count, bits, each: bytes.0 })
}

/// FFmpeg takes a clock that does not tick, or ticks beyond 31 bits, for one tick a second.
fn ticks(timescale: u32) -> u32 {
    if i32::try_from(timescale).is_ok() {
        timescale.max(1)
    } else {
        1
    }
}

fn movie_timescale(payload: &[u8]) -> Result<u32> {
    let mut bytes = Bytes(payload);
    let (version, _) = bytes.full()?;
    bytes.take(if version == 1 { 16 } else { 8 })?;
    bytes.u32().map(ticks)
}

fn media_clock(payload: &[u8]) -> Result<(u32, i64)> {
    let mut bytes = Bytes(payload);
    let (version, _) = bytes.full()?;
    bytes.take(if version == 1 { 16 } else { 8 })?;
    let timescale = ticks(bytes.u32()?);
    let duration = if version == 1 { bytes.u64()? } else { bytes.u32()?.into() };
    match i64::try_from(duration) {
        Ok(duration) => Ok((timescale, duration)),
        // All bits set: unknown, so the tables alone tell.
        Err(_) => refuse("a media header has no duration"),
    }
}

fn track_id(payload: &[u8]) -> Result<u32> {
    let mut bytes = Bytes(payload);
    let (version, _) = bytes.full()?;
    bytes.take(if version == 1 { 16 } else { 8 })?;
    bytes.u32()
}

fn handler_type(payload: &[u8]) -> Result<Code> {
    let mut bytes = Bytes(payload);
    bytes.full()?;
    bytes.u32()?;
    bytes.code()
}

fn edit_list(payload: &[u8]) -> Result<Vec<Edit>> {
    let mut bytes = Bytes(payload);
    let (version, _) = bytes.full()?;
    bytes.u32()?;
    let mut edits = Vec::new();
    // The size of the box counts, not what it says of itself.
    loop {
        let edit = if version == 1 {
            let (Ok(duration), Ok(time), Ok(_rate)) = (bytes.u64(), bytes.u64(), bytes.u32()) else { break };
            Edit { duration: duration as i64, media_time: time as i64 }
        } else {
            let (Ok(duration), Ok(time), Ok(_rate)) = (bytes.u32(), bytes.i32(), bytes.u32()) else { break };
            Edit { duration: duration.into(), media_time: time.into() }
        };
        if edit.duration < 0 {
            return refuse("an edit has a negative duration");
        }
        edits.push(edit);
    }
    Ok(edits)
}

fn refuse_external_data(dinf: &[u8]) -> Result<()> {
    for (_, dref) in children(dinf).filter(|(code, _)| code == b"dref") {
        let entries = dref.get(8..).unwrap_or_default();
        for (_, entry) in children(entries) {
            let (_, flags) = Bytes(entry).full()?;
            if flags & 1 == 0 {
                return refuse("a track keeps its data in another file");
            }
        }
    }
    Ok(())
}

/// What iTunes' tags say that bears on packets and on the numbers of streams.
#[derive(Clone, Copy, Debug, Default)]
struct Tags {
    has_cover: bool,
    priming: Option<u32>,
}

impl Tags {
    /// Look into a `udta` or a `meta` box.
    fn find(code: &Code, payload: &[u8]) -> Self {
        let mut tags = Tags::default();
        if code == b"meta" {
            tags.look_into(payload);
        } else {
            for (_, payload) in children(payload).filter(|(code, _)| code == b"meta") {
                tags.look_into(payload);
            }
        }
        tags
    }

    fn look_into(&mut self, meta: &[u8]) {
        // QuickTime's meta box begins with its children, ISO's with a version.
        let words = meta.chunks_exact(4);
        let Some(at) = words.skip(1).position(|word| word == b"hdlr") else { return };
        let boxes = meta.get(at * 4..).unwrap_or_default();
        for (_, list) in children(boxes).filter(|(code, _)| code == b"ilst") {
            for (code, payload) in children(list) {
                // Where the keys of the tags stand elsewhere, pictures may hide behind a number.
                self.has_cover |= &code == b"covr" || code[0] == 0;
                if &code == b"----" && !self.has_cover {
                    self.priming = gapless(payload).or(self.priming);
                }
            }
        }
    }
}

/// The encoder delay in an `iTunSMPB` tag: hexadecimal numbers, of which the second is the delay.
fn gapless(payload: &[u8]) -> Option<u32> {
    let (mut name, mut data) = (None, None);
    for (code, payload) in children(payload) {
        match &code {
            b"name" => name = payload.get(4..),
            b"data" => data = payload.get(8..),
            _ => {}
        }
    }
    if name? != b"iTunSMPB" {
        return None;
    }
    let text = std::str::from_utf8(data?).ok()?;
    let mut words = text.split_ascii_whitespace().map(|word| u32::from_str_radix(word, 16).ok());
    words.next()??;
    let priming = words.next()??;
    let (_remainder, _samples) = (words.next()??, words.next()?);
    (1..16_384).contains(&priming).then_some(priming)
}
