//! Packets by their number in the index.
//!
//! Where the index comes from tables, a packet is read at its position. Otherwise a demuxer seeks near it and reads on.
//! The position after a seek is not trusted: packets are recognised by their checksums, and where none is recognised, or
//! a later one is not the next of the index, the file is read from its start. So a seek decides what a read costs, never
//! what it gives.

use std::sync::{Mutex, PoisonError};

use emos_ffmpeg::{Demuxer, Packet, Target};

use crate::error::{Error, ErrorKind, Result};
use crate::index::scan::{PacketReader, MAX_READ_ERRORS};
use crate::index::{checksum, Entry, Origin, Track, KEY};
use crate::numbers::{PacketId, Ticks};
use crate::shared::Shared;
use crate::source::Stop;

/// How many packets may be read after a seek before one must be recognised.
const MAX_UNKNOWN: usize = 64;
/// Where a packet is at most this many bytes further on, reading on is cheaper than a seek.
const READ_ON_BYTES: u64 = 1 << 20;

/// The most idle demuxers in a pool.
const MAX_IDLE: usize = 8;

/// Idle demuxers of one source. Whoever takes one uses it alone.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Cursor>>);

/// Reads the packets of one source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packets<'a> {
    pub shared: &'a Shared,
    pub pool: &'a Pool,
}

/// A demuxer that reads one stream, and the number of the next packet.
#[derive(Debug)]
pub(crate) struct Cursor {
    stream: usize,
    demuxer: Demuxer,
    reader: PacketReader,
    next: usize,
    /// It is not where reading from the start would have brought it.
    has_sought: bool,
    /// Packets that were split from one and not returned yet, in reverse.
    pending: Vec<Packet>,
}

impl Packets<'_> {
    /// Give packets `first..end` of a track to `each`, in order, until it returns false.
    pub fn read(
        self,
        track: &Track,
        first: PacketId,
        end: PacketId,
        stop: &dyn Stop,
        each: &mut dyn FnMut(PacketId, Packet) -> bool,
    ) -> Result<()> {
        let Packets { shared, pool } = self;
        match shared.index.origin {
            Origin::Tables => read_tables(shared, track, first, end, stop, each),
            Origin::Scan => {
                let mut cursor = pool.acquire(shared, track.stream)?;
                cursor.read(shared, track, first, end, stop, each)?;
                pool.release(cursor);
                Ok(())
            }
        }
    }
}

impl Pool {
    /// Take a demuxer that reads `stream`, or open one.
    fn acquire(&self, shared: &Shared, stream: usize) -> Result<Cursor> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match idle.iter().position(|cursor| cursor.stream == stream) {
            Some(at) => Ok(idle.swap_remove(at)),
            None => {
                drop(idle);
                Cursor::open(shared, stream)
            }
        }
    }

    fn release(&self, cursor: Cursor) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(cursor);
        }
    }
}

fn read_tables(
    shared: &Shared,
    track: &Track,
    first: PacketId,
    end: PacketId,
    stop: &dyn Stop,
    each: &mut dyn FnMut(PacketId, Packet) -> bool,
) -> Result<()> {
    let size = shared.source.stamp().size;
    for (number, entry) in track.entries.iter().enumerate().take(end.index()).skip(first.index()) {
        if stop.stop() {
            return Err(Error::interrupted(shared.name()));
        }
        // Where a table points past the end of the file, the packet is cut off.
        let available = size.saturating_sub(entry.position).min(u64::from(entry.size));
        let length = usize::try_from(available).unwrap_or(0);
        let mut packet = Packet::with_size(length)
            .map_err(|error| Error::ffmpeg(error, ErrorKind::TooLarge, shared.name()))?;
        let done = shared.source.read_full(entry.position, packet.data_mut())?;
        if done < length {
            return Err(changed(shared));
        }
        if !each(PacketId::at(number), packet) {
            break;
        }
    }
    Ok(())
}

impl Cursor {
    fn open(shared: &Shared, stream: usize) -> Result<Self> {
        let mut demuxer = shared.open_demuxer()?;
        demuxer.keep_only(&[stream]);
        let reader = PacketReader::new(shared.parameters(stream)?);
        Ok(Cursor { stream, demuxer, reader, next: 0, has_sought: false, pending: Vec::new() })
    }

    fn read(
        &mut self,
        shared: &Shared,
        track: &Track,
        first: PacketId,
        end: PacketId,
        stop: &dyn Stop,
        each: &mut dyn FnMut(PacketId, Packet) -> bool,
    ) -> Result<()> {
        self.go_to(shared, track, first.index(), stop)?;
        let mut wanted = first;
        while wanted < end {
            match self.next_packet(shared, track, stop)? {
                Some((number, _)) if number < wanted => {}
                Some((number, packet)) => {
                    wanted = number.next();
                    if !each(number, packet) {
                        break;
                    }
                }
                // A parser may divide data in another way where it begins elsewhere: only the start gives what was indexed.
                None if self.has_sought => *self = Cursor::open(shared, self.stream)?,
                None => return Err(changed(shared)),
            }
        }
        Ok(())
    }

    /// Move to a packet, or before it.
    fn go_to(&mut self, shared: &Shared, track: &Track, packet: usize, stop: &dyn Stop) -> Result<()> {
        if self.next <= packet && is_near(track, self.next, packet) {
            return Ok(());
        }
        for target in targets(&shared.index.container, track, packet) {
            self.has_sought = true;
            match self.demuxer.seek(target) {
                Ok(()) if self.recognise(shared, track, packet, stop)? => return Ok(()),
                // Another target may help where the container cannot seek, but not where the source fails.
                Err(error) if error.io.is_some() => {
                    return Err(Error::ffmpeg(error, ErrorKind::SourceUnreadable, shared.name()));
                }
                _ => {}
            }
        }
        *self = Cursor::open(shared, self.stream)?;
        Ok(())
    }

    /// After a seek: read until a packet is recognised without doubt, at or before `limit`.
    fn recognise(&mut self, shared: &Shared, track: &Track, limit: usize, stop: &dyn Stop) -> Result<bool> {
        self.pending.clear();
        self.reader = PacketReader::new(shared.parameters(self.stream)?);
        // The numbers that the last packet may have in the index, while there are several.
        let mut candidates: Option<Vec<usize>> = None;
        for _ in 0..MAX_UNKNOWN {
            let Some(packet) = self.pull(shared, stop)? else { return Ok(false) };
            let (sum, position) = (checksum(packet.data()), packet.position());
            let matches = |entry: &Entry| {
                entry.checksum == sum
                    && position.is_none_or(|p| p == entry.position || entry.position == u64::MAX)
            };
            let found: Vec<usize> = match candidates.take() {
                Some(before) => before
                    .into_iter()
                    .map(|number| number + 1)
                    .filter(|number| track.entries.get(*number).is_some_and(matches))
                    .collect(),
                None => (0..track.entries.len()).filter(|number| matches(&track.entries[*number])).collect(),
            };
            match found.as_slice() {
                [number] if *number <= limit => {
                    self.next = *number;
                    self.pending.push(packet);
                    return Ok(true);
                }
                [number] if *number > limit => return Ok(false),
                [] => {}
                _ => candidates = Some(found),
            }
        }
        Ok(false)
    }

    /// The next packet of the index; `None` where the demuxer gives another one, or none.
    fn next_packet(
        &mut self,
        shared: &Shared,
        track: &Track,
        stop: &dyn Stop,
    ) -> Result<Option<(PacketId, Packet)>> {
        let Some(packet) = self.pull(shared, stop)? else { return Ok(None) };
        let number = self.next;
        let same = track.entries.get(number).is_some_and(|entry| entry.checksum == checksum(packet.data()));
        if !same {
            return Ok(None);
        }
        self.next = number + 1;
        Ok(Some((PacketId::at(number), packet)))
    }

    fn pull(&mut self, shared: &Shared, stop: &dyn Stop) -> Result<Option<Packet>> {
        let mut damaged = 0;
        loop {
            if let Some(packet) = self.pending.pop() {
                return Ok(Some(packet));
            }
            if stop.stop() {
                return Err(Error::interrupted(shared.name()));
            }
            match self.demuxer.read() {
                Ok(None) => return Ok(None),
                Ok(Some(packet)) if packet.stream() == self.stream => {
                    self.pending = self.reader.split(packet);
                    self.pending.reverse();
                }
                Ok(Some(_)) => {}
                Err(error) if error.kind() == emos_ffmpeg::ErrorKind::Io => {
                    return Err(Error::ffmpeg(error, ErrorKind::SourceUnreadable, shared.name()));
                }
                // The scan had the same errors and read on.
                Err(_) => {
                    damaged += 1;
                    if damaged >= MAX_READ_ERRORS {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

fn is_near(track: &Track, from: usize, to: usize) -> bool {
    let position = |number: usize| track.entries.get(number).map(|entry| entry.position);
    match (position(from), position(to)) {
        (Some(a), Some(b)) if a != u64::MAX && b != u64::MAX => b.saturating_sub(a) <= READ_ON_BYTES,
        _ => to - from <= 256,
    }
}

/// Where to seek for a packet, best first.
fn targets(container: &str, track: &Track, packet: usize) -> Vec<Target> {
    let entries = &track.entries;
    let key_before = |from: usize| (0..=from).rev().find(|number| entries[*number].is(KEY)).unwrap_or(0);
    let Some(last) = entries.len().checked_sub(1) else { return Vec::new() };
    // After a seek a parser may lose the first packets.
    let before = packet.min(last).saturating_sub(if track.is_video { 0 } else { 3 });
    let (near, far) =
        (key_before(before), key_before(before.saturating_sub(if track.is_video { 1 } else { 40 })));
    let byte = |number: usize| {
        let position = entries[number].position;
        (position != u64::MAX).then_some(Target::Byte(position))
    };
    let time = |ticks: Ticks| Some(Target::Time { stream: track.stream, ticks: ticks.0 });
    let displayed = |number: usize| time(entries[number].pts.max(entries[number].dts));
    let decoded = |number: usize| time(entries[number].dts);
    let is = |names: &[&str]| names.iter().any(|name| container.contains(name));
    let all = if is(&["wtv"]) {
        // Its positions count in the file that it holds, and a seek by bytes would move the one around it.
        [displayed(near), displayed(far), None, None]
    } else if is(&["avi", "asf"]) {
        // They know decoding times only.
        [decoded(near), decoded(far), byte(near), byte(far)]
    } else if is(&["matroska", "flv", "mov", "wav", "ogg"]) {
        [displayed(near), displayed(far), byte(near), byte(far)]
    } else {
        [byte(near), byte(far), decoded(near), decoded(far)]
    };
    all.into_iter().flatten().collect()
}

fn changed(shared: &Shared) -> Error {
    let what = "the source is not the one that was indexed; open it again";
    Error::new(ErrorKind::SourceChanged, what, shared.name())
}
