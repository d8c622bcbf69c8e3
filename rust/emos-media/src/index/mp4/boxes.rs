//! Bytes, boxes, and the walk along the top level of a file.

use super::{refuse, ReadAt, Result, Unsupported};

/// Four characters that name a box or a format.
pub(super) type Code = [u8; 4];

/// The largest `moov` or `moof` that is read.
const MAX_BOX_BYTES: u64 = 1 << 30;
/// The most boxes at the top level; a file with a fragment for every picture has some 800,000 an hour.
const MAX_ROOT_BOXES: u32 = 1 << 22;

/// Takes numbers off the front of some bytes, most significant byte first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        match self.0.split_at_checked(count) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(taken)
            }
            None => refuse("a box ends before its fields do"),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.0.split_first_chunk() {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(*taken)
            }
            None => refuse("a box ends before its fields do"),
        }
    }

    pub fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn code(&mut self) -> Result<Code> {
        self.array()
    }

    /// The version and the flags of a full box.
    pub fn full(&mut self) -> Result<(u8, u32)> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// `count` entries of `N` bytes each.
    pub fn table<const N: usize>(&mut self, count: u32) -> Result<Table<'a, N>> {
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(N));
        match bytes.and_then(|bytes| self.0.split_at_checked(bytes)) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(Table(taken))
            }
            None => refuse(format!("a table claims {count} entries, more than its box holds")),
        }
    }
}

/// Entries of `N` bytes each, a whole number of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Table<'a, const N: usize>(&'a [u8]);

impl<'a, const N: usize> Table<'a, N> {
    pub fn len(self) -> usize {
        self.0.len() / N
    }

    pub fn get(self, entry: usize) -> Option<Bytes<'a>> {
        let start = entry.checked_mul(N)?;
        self.0.get(start..start.checked_add(N)?).map(Bytes)
    }

    pub fn iter(self) -> impl Iterator<Item = Bytes<'a>> {
        self.0.chunks_exact(N).map(Bytes)
    }
}

/// The boxes in the payload of another, in order. Ends at the first that makes no sense.
pub(super) fn children(payload: &[u8]) -> Children<'_> {
    Children { rest: payload }
}

#[derive(Clone, Debug)]
pub(super) struct Children<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Children<'a> {
    type Item = (Code, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Bytes(self.rest);
        let (size, code) = (bytes.u32().ok()?, bytes.code().ok()?);
        let payload = match size {
            0 => bytes.0.len() as u64,
            1 => bytes.u64().ok()?.checked_sub(16)?,
            size => u64::from(size).checked_sub(8)?,
        };
        let length = usize::try_from(payload).unwrap_or(usize::MAX).min(bytes.0.len());
        let (payload, rest) = bytes.0.split_at(length);
        self.rest = rest;
        Some((code, payload))
    }
}

/// A box at the top level of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct RootBox {
    pub code: Code,
    pub start: u64,
    /// Where its payload stands; within the file.
    pub payload: u64,
    /// Where it ends by its own account.
    pub end: u64,
}

/// Walks along the boxes at the top level.
pub(super) struct Root<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    count: u32,
    /// The file follows QuickTime rather than ISO, or does not say.
    pub is_quicktime: bool,
}

impl std::fmt::Debug for Root<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Root(at {})", self.at)
    }
}

impl<'a> Root<'a> {
    pub fn new(source: &'a dyn ReadAt) -> Self {
        Root { source, at: 0, count: 0, is_quicktime: true }
    }

    pub fn file_size(&self) -> u64 {
        self.source.len()
    }

    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let at = offset.saturating_add(done as u64);
            match self.source.read_at(at, &mut buf[done..]) {
                Ok(0) => break,
                Ok(count) => done = done.saturating_add(count).min(buf.len()),
                Err(error) => {
                    return Err(Unsupported { why: "the source cannot be read".to_owned(), error: Some(error) })
                }
            }
        }
        Ok(done)
    }

    /// The next box; `None` at the end of the file or of what makes sense.
    pub fn next(&mut self) -> Result<Option<RootBox>> {
        self.count += 1;
        if self.count > MAX_ROOT_BOXES {
            return refuse(format!("there are more than {MAX_ROOT_BOXES} boxes at the top level"));
        }
        let mut head = [0; 16];
        let got = self.read(self.at, &mut head)?;
        let mut bytes = Bytes(&head[..got]);
        let (Ok(size), Ok(code)) = (bytes.u32(), bytes.code()) else { return Ok(None) };
        let (header, size) = match size {
            0 => (8, self.file_size().saturating_sub(self.at)),
            1 => match bytes.u64() {
                Ok(size) => (16, size),
                Err(_) => return Ok(None),
            },
            size => (8, u64::from(size)),
        };
        if size < header {
            return Ok(None);
        }
        let start = self.at;
        self.at = start.saturating_add(size);
        Ok(Some(RootBox { code, start, payload: start + header, end: self.at }))
    }

    /// The payload of a box, all of it.
    pub fn payload(&self, found: &RootBox) -> Result<Vec<u8>> {
        let name = String::from_utf8_lossy(&found.code).into_owned();
        if found.end > self.file_size() {
            return refuse(format!("the file ends within its {name} box"));
        }
        let length = found.end.saturating_sub(found.payload);
        let too_large = || Unsupported::new(format!("its {name} box has {length} bytes, too many to read"));
        let size = usize::try_from(length).map_err(|_| too_large())?;
        if length > MAX_BOX_BYTES {
            return Err(too_large());
        }
        let mut payload = Vec::new();
        payload.try_reserve_exact(size).map_err(|_| too_large())?;
        payload.resize(size, 0);
        if self.read(found.payload, &mut payload)? < size {
            return refuse(format!("the file ends within its {name} box"));
        }
        Ok(payload)
    }

    /// The last four bytes of the file, where the size of an `mfra` box stands.
    pub fn last_word(&self) -> Result<u32> {
        let mut word = [0; 4];
        let offset = self.file_size().saturating_sub(4);
        self.read(offset, &mut word)?;
        Ok(u32::from_be_bytes(word))
    }

    /// Go to the first `moov` and read its payload.
    pub fn find_moov(&mut self) -> Result<Vec<u8>> {
        while let Some(found) = self.next()? {
            match &found.code {
                b"moov" => return self.payload(&found),
                b"ftyp" => self.is_quicktime = self.payload(&found)?.chunks(4).any(|brand| brand == b"qt  "),
                b"moof" => return refuse("a fragment comes before the moov box"),
                b"meta" => return refuse("a meta box at the top level may list pictures of its own"),
                _ => {}
            }
        }
        refuse("there is no moov box")
    }
}
