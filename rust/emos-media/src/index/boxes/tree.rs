//! The tree of boxes: headers, children, and the numbers of a table.

use crate::source::ReadAt;

/// Boxes larger than this are no tables of a file that could be read.
const MAX_TABLE_BYTES: u64 = 1 << 30;

/// The error is the text that says why the tables cannot be used.
pub(super) type Parsed<T> = Result<T, String>;

/// The header of a box at the top level of a file.
pub(super) struct Header {
    pub kind: [u8; 4],
    pub size: u64,
    start: u64,
    head: u64,
}

impl Header {
    pub fn body(&self, source: &dyn ReadAt) -> Parsed<Vec<u8>> {
        let length = self.size.saturating_sub(self.head);
        if length > MAX_TABLE_BYTES || self.start.saturating_add(self.size) > source.size() {
            return Err("a box of tables reaches past the end of the file".to_owned());
        }
        let mut body = vec![0; usize::try_from(length).unwrap_or(0)];
        fill(source, self.start + self.head, &mut body)?;
        Ok(body)
    }
}

/// The header at an offset of a source; `None` at the end, or where there is no box.
pub(super) fn header(source: &dyn ReadAt, at: u64) -> Parsed<Option<Header>> {
    let left = source.size().saturating_sub(at);
    if left < 8 {
        return Ok(None);
    }
    let mut bytes = [0; 16];
    let length = if left < 16 { 8 } else { 16 };
    fill(source, at, &mut bytes[..length])?;
    let small = u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let kind = [bytes[4], bytes[5], bytes[6], bytes[7]];
    let (size, head) = match small {
        0 => (left, 8),
        1 if length == 16 => {
            let mut long = [0; 8];
            long.copy_from_slice(&bytes[8..]);
            (u64::from_be_bytes(long), 16)
        }
        small => (small, 8),
    };
    Ok((size >= head).then_some(Header { kind, size, start: at, head }))
}

fn fill(source: &dyn ReadAt, at: u64, buf: &mut [u8]) -> Parsed<()> {
    let mut done = 0;
    while done < buf.len() {
        match source.read_at(at + done as u64, &mut buf[done..]) {
            Ok(0) => return Err("the file ends inside a box".to_owned()),
            Ok(count) => done += count,
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

/// The boxes within a box: kind, offset within `body`, content.
pub(super) fn children(body: &[u8]) -> Vec<([u8; 4], usize, &[u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(head) = body.get(at..at + 8) {
        let small = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (size, skip) = match small {
            0 => (body.len() - at, 8),
            1 => {
                match body.get(at + 8..at + 16).and_then(|long| long.try_into().ok()).map(u64::from_be_bytes)
                {
                    Some(long) => (usize::try_from(long).unwrap_or(usize::MAX), 16),
                    None => break,
                }
            }
            small => (small, 8),
        };
        let Some(content) = at.checked_add(size).and_then(|end| body.get(at + skip..end)) else { break };
        found.push(([head[4], head[5], head[6], head[7]], at, content));
        at += size;
    }
    found
}

/// The content of the first box of a kind within a box.
pub(super) fn child<'a>(body: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    children(body).into_iter().find(|(found, _, _)| found == kind).map(|(_, _, content)| content)
}

/// The numbers of a table, in order; `None` at the end.
pub(super) struct Numbers<'a>(pub &'a [u8]);

impl Numbers<'_> {
    pub fn u32(&mut self) -> Option<u32> {
        let (head, tail) = self.0.split_first_chunk::<4>()?;
        self.0 = tail;
        Some(u32::from_be_bytes(*head))
    }

    pub fn u8(&mut self) -> Option<u8> {
        let (head, tail) = self.0.split_first()?;
        self.0 = tail;
        Some(*head)
    }

    pub fn u64(&mut self) -> Option<u64> {
        let (head, tail) = self.0.split_first_chunk::<8>()?;
        self.0 = tail;
        Some(u64::from_be_bytes(*head))
    }

    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }
}
