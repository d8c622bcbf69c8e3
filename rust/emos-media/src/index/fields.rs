//! Which packets of H.264 hold one field of a frame, and which field is the second of its frame.
//!
//! A frame of two fields may be two packets in any container, and the decoder gives one frame for both. It takes a field
//! for the second one where it follows a field of the other parity with the same `frame_num` (H.264, 7.4.1.2.4). Streams
//! whose parameter sets allow no fields are not looked into.

use std::collections::BTreeMap;

use emos_ffmpeg::Parameters;

use super::bitstream::{has_no_frame, length_size, units};
use super::track::{Track, FIELD, HIDDEN};
use crate::error::Result;
use crate::source::Source;

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coded {
    /// A frame, or both fields of one.
    Frame,
    /// One field, which no packet before it begins.
    FirstField,
    SecondField,
    /// Parameters and messages, but no part of a frame.
    NoFrame,
}

impl Coded {
    /// The flags of the packet in the index.
    pub fn flags(self) -> u8 {
        match self {
            Coded::Frame => 0,
            Coded::FirstField => FIELD,
            Coded::SecondField => FIELD | HIDDEN,
            Coded::NoFrame => HIDDEN,
        }
    }
}

/// What is kept of a sequence parameter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sequence {
    allows_fields: bool,
    has_separate_planes: bool,
    frame_num_bits: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    is_bottom: bool,
    frame_num: u64,
}

/// Follows the packets of one stream, in decoding order.
#[derive(Debug)]
pub(super) struct Fields {
    length_size: Option<usize>,
    sequences: BTreeMap<u64, Sequence>,
    /// The sequence parameter set of each parameter set of frames.
    frame_sets: BTreeMap<u64, u64>,
    /// A field whose second one may follow.
    open: Option<Field>,
}

/// A slice of a frame begins with so few bytes that matter.
const SLICE_HEAD: usize = 32;
/// So many bytes of most packets say what the packet holds.
const HEAD: usize = 512;

impl Fields {
    /// `None` for codecs other than H.264.
    pub fn new(parameters: &Parameters) -> Option<Self> {
        let codec = parameters.codec_name();
        if codec != "h264" {
            return None;
        }
        let extradata = parameters.extradata();
        let length_size = length_size(&codec, extradata);
        let mut fields =
            Fields { length_size, sequences: BTreeMap::new(), frame_sets: BTreeMap::new(), open: None };
        if length_size.is_some() {
            for unit in record_units(extradata) {
                fields.keep(unit);
            }
        } else {
            for unit in units(extradata, None) {
                fields.keep(unit);
            }
        }
        Some(fields)
    }

    /// Whether a parameter set that is known allows fields.
    pub fn are_allowed(&self) -> bool {
        self.sequences.values().any(|sequence| sequence.allows_fields)
    }

    /// What the next packet holds. `data` may be the first bytes of `size`; the result is `None` where more are needed.
    pub fn next(&mut self, data: &[u8], size: usize) -> Option<Coded> {
        let is_complete = data.len() >= size;
        let mut first: Option<Option<Field>> = None;
        for unit in units(data, self.length_size) {
            match unit.first().map(|byte| byte & 0x1f) {
                Some(7 | 8) => self.keep(unit),
                Some(1 | 2 | 5) if !self.are_allowed() => return Some(Coded::Frame),
                Some(1 | 2 | 5) => {
                    let is_cut = !is_complete && unit.len() < SLICE_HEAD;
                    let field = if is_cut { return None } else { self.field(unit) };
                    match (first, field) {
                        (None, None) => {
                            self.open = None;
                            return Some(Coded::Frame);
                        }
                        (None, field) => first = Some(field),
                        // Both fields are in this packet.
                        (Some(Some(one)), Some(other)) if one.is_bottom != other.is_bottom => {
                            self.open = None;
                            return Some(Coded::Frame);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if !is_complete {
            return None;
        }
        let Some(field) = first.flatten() else {
            let is_empty = has_no_frame("h264", self.length_size, data);
            return Some(if is_empty { Coded::NoFrame } else { Coded::Frame });
        };
        let is_second = self
            .open
            .is_some_and(|open| open.is_bottom != field.is_bottom && open.frame_num == field.frame_num);
        self.open = if is_second { None } else { Some(field) };
        Some(if is_second { Coded::SecondField } else { Coded::FirstField })
    }

    /// Keep a parameter set; damaged ones are left out.
    fn keep(&mut self, unit: &[u8]) {
        match unit.first().map(|byte| byte & 0x1f) {
            Some(7) => {
                if let Some((id, sequence)) = sequence(unit) {
                    self.sequences.insert(id, sequence);
                }
            }
            Some(8) => {
                let mut bits = Bits::new(&unit[1..]);
                if let (Some(frame_set), Some(sequence)) = (bits.number(), bits.number()) {
                    self.frame_sets.insert(frame_set, sequence);
                }
            }
            _ => {}
        }
    }

    /// The field that a slice is of; `None` for a slice of a frame.
    fn field(&self, slice: &[u8]) -> Option<Field> {
        let mut bits = Bits::new(&slice[1..]);
        let (_first_block, _kind) = (bits.number()?, bits.number()?);
        let sequence = self.sequences.get(self.frame_sets.get(&bits.number()?)?)?;
        if !sequence.allows_fields {
            return None;
        }
        if sequence.has_separate_planes {
            bits.take(2)?;
        }
        let frame_num = bits.take(sequence.frame_num_bits)?;
        let is_field = bits.take(1)? == 1;
        if is_field {
            Some(Field { is_bottom: bits.take(1)? == 1, frame_num })
        } else {
            None
        }
    }
}

/// Mark the fields of a track whose packets are read where they stand. Where the parameter sets allow no fields, nothing
/// is read.
pub(super) fn flag_fields(track: &mut Track, parameters: &Parameters, source: &Source) -> Result<()> {
    let Some(mut fields) = Fields::new(parameters).filter(Fields::are_allowed) else { return Ok(()) };
    let size = source.stamp().size;
    for entry in &mut track.entries {
        let length = size.saturating_sub(entry.position).min(u64::from(entry.size));
        let length = usize::try_from(length).unwrap_or(0);
        let read = |length: usize| {
            let mut data = vec![0; length];
            let done = source.read_full(entry.position, &mut data)?;
            data.truncate(done);
            Ok(data)
        };
        let coded = match fields.next(&read(length.min(HEAD))?, length) {
            Some(coded) => Some(coded),
            None => fields.next(&read(length)?, length),
        };
        entry.flags |= coded.map_or(0, Coded::flags);
    }
    Ok(())
}

/// The parameter sets of an avcC record.
fn record_units(record: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = record.get(5..).unwrap_or_default();
    for mask in [0x1f, 0xff] {
        let Some((count, tail)) = rest.split_first() else { return found };
        rest = tail;
        for _ in 0..count & mask {
            let Some((length, tail)) = rest.split_first_chunk::<2>() else { return found };
            let length = usize::from(u16::from_be_bytes(*length));
            let Some((unit, tail)) = tail.split_at_checked(length) else { return found };
            found.push(unit);
            rest = tail;
        }
    }
    found
}

/// A sequence parameter set and its number (H.264, 7.3.2.1.1).
fn sequence(unit: &[u8]) -> Option<(u64, Sequence)> {
    let mut bits = Bits::new(&unit[1..]);
    let profile = bits.take(8)?;
    bits.take(16)?;
    let id = bits.number()?;
    let mut has_separate_planes = false;
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
        let chroma = bits.number()?;
        if chroma == 3 {
            has_separate_planes = bits.take(1)? == 1;
        }
        let (_luma_depth, _chroma_depth) = (bits.number()?, bits.number()?);
        bits.take(1)?;
        if bits.take(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.take(1)? == 1 {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    let frame_num_bits = u32::try_from(bits.number()?).ok()?.checked_add(4).filter(|bits| *bits <= 16)?;
    match bits.number()? {
        0 => {
            bits.number()?;
        }
        1 => {
            bits.take(1)?;
            let (_offset, _bottom) = (bits.number()?, bits.number()?);
            for _ in 0..bits.number()?.min(255) {
                bits.number()?;
            }
        }
        _ => {}
    }
    let (_references, _gaps) = (bits.number()?, bits.take(1)?);
    let (_width, _height) = (bits.number()?, bits.number()?);
    let allows_fields = bits.take(1)? == 0;
    Some((id, Sequence { allows_fields, has_separate_planes, frame_num_bits }))
}

fn skip_scaling_list(bits: &mut Bits, length: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.signed_number()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// The bits of a unit, without the bytes that only keep start codes out of it.
#[derive(Debug)]
struct Bits {
    data: Vec<u8>,
    at: usize,
}

impl Bits {
    /// Of a unit, so many bytes hold all that is read here.
    const LONGEST: usize = 1024;

    fn new(unit: &[u8]) -> Self {
        let mut data = Vec::with_capacity(unit.len().min(Self::LONGEST));
        let mut zeros = 0;
        for byte in unit.iter().take(Self::LONGEST) {
            if zeros >= 2 && *byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            data.push(*byte);
        }
        Bits { data, at: 0 }
    }

    fn take(&mut self, count: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.data.get(self.at / 8)?;
            value = value << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// An Exp-Golomb number (H.264, 9.1).
    fn number(&mut self) -> Option<u64> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 32 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }

    fn signed_number(&mut self) -> Option<i64> {
        let number = i64::try_from(self.number()?).ok()?;
        Some(if number % 2 == 1 { (number + 1) / 2 } else { -(number / 2) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes bits, for units that are small enough to need no other bytes.
    #[derive(Default)]
    struct Writer(Vec<u8>, u32);

    impl Writer {
        fn bits(mut self, count: u32, value: u64) -> Self {
            for at in (0..count).rev() {
                if self.1 % 8 == 0 {
                    self.0.push(0);
                }
                let last = self.0.len() - 1;
                self.0[last] |= u8::from(value >> at & 1 == 1) << (7 - self.1 % 8);
                self.1 += 1;
            }
            self
        }

        fn number(self, value: u64) -> Self {
            let length = u64::BITS - (value + 1).leading_zeros();
            self.bits(2 * length - 1, value + 1)
        }

        fn unit(self, kind: u8) -> Vec<u8> {
            [vec![0, 0, 1, kind], self.bits(1, 1).0].concat()
        }
    }

    fn parameters(allow_fields: bool) -> Vec<u8> {
        let main =
            Writer::default().bits(8, 77).bits(16, 30).number(0).number(0).number(2).number(1).bits(1, 0);
        let sequence = main.number(9).number(3).bits(1, u64::from(!allow_fields)).unit(0x67);
        [sequence, Writer::default().number(0).number(0).bits(8, 0).unit(0x68)].concat()
    }

    fn slice(frame_num: u64, field: Option<bool>) -> Vec<u8> {
        let head = Writer::default().number(0).number(7).number(0).bits(4, frame_num);
        let head = match field {
            Some(is_bottom) => head.bits(1, 1).bits(1, u64::from(is_bottom)),
            None => head.bits(1, 0),
        };
        [head.bits(32, 0xffff_ffff).unit(0x41), vec![0xff; 8]].concat()
    }

    fn follow(packets: &[Vec<u8>]) -> Vec<Coded> {
        let mut fields =
            Fields { length_size: None, sequences: BTreeMap::new(), frame_sets: BTreeMap::new(), open: None };
        packets.iter().map(|data| fields.next(data, data.len()).unwrap()).collect()
    }

    const TOP: Option<bool> = Some(false);
    const BOTTOM: Option<bool> = Some(true);

    #[test]
    fn two_fields_of_one_number_are_a_frame() {
        let packets = [
            parameters(true),
            slice(0, TOP),
            slice(0, BOTTOM),
            slice(1, None),
            slice(2, BOTTOM),
            slice(2, TOP),
        ];
        let expected = [
            Coded::NoFrame,
            Coded::FirstField,
            Coded::SecondField,
            Coded::Frame,
            Coded::FirstField,
            Coded::SecondField,
        ];
        assert_eq!(follow(&packets), expected);
    }

    #[test]
    fn a_field_without_its_other_one_begins_a_frame_of_its_own() {
        // The file begins with the second field of a frame that was cut off.
        let packets = [
            parameters(true),
            slice(0, BOTTOM),
            slice(1, TOP),
            slice(1, BOTTOM),
            slice(2, TOP),
            slice(3, TOP),
        ];
        let expected =
            [Coded::FirstField, Coded::FirstField, Coded::SecondField, Coded::FirstField, Coded::FirstField];
        assert_eq!(follow(&packets)[1..], expected);
    }

    #[test]
    fn both_fields_may_be_in_one_packet() {
        let both = [slice(0, TOP), slice(0, BOTTOM)].concat();
        assert_eq!(follow(&[parameters(true), both, slice(1, TOP)])[1..], [Coded::Frame, Coded::FirstField]);
    }

    #[test]
    fn streams_that_allow_no_fields_hold_frames() {
        assert_eq!(follow(&[parameters(false), slice(0, None)]), [Coded::NoFrame, Coded::Frame]);
    }

    #[test]
    fn a_head_that_is_too_short_is_not_decided() {
        let mut fields =
            Fields { length_size: None, sequences: BTreeMap::new(), frame_sets: BTreeMap::new(), open: None };
        let data = [parameters(true), slice(0, TOP)].concat();
        assert_eq!(fields.next(&data[..data.len() - 8], 1000), None);
        assert_eq!(fields.next(&data, data.len()), Some(Coded::FirstField));
    }
}
