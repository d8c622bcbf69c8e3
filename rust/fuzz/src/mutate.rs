//! Damage of the kinds that disks, downloads and ill will do to files.

use crate::random::Random;

/// Bytes at the head and at the tail in which containers keep their tables: half of all damage is done there.
const TABLES: usize = 2048;

/// The numbers at which arithmetic goes wrong.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
];

/// Damage `seed` in one to six ways; `other` is what it may be spliced with.
#[must_use]
pub fn mutate(random: &mut Random, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        match random.below(12) {
            0..=2 => flip(random, &mut bytes),
            3..=6 => write_edge(random, &mut bytes),
            7 => copy_block(random, &mut bytes),
            8 => insert_block(random, &mut bytes),
            9 => remove_block(random, &mut bytes),
            10 => bytes.truncate(position(random, bytes.len())),
            _ => splice(random, &mut bytes, other),
        }
    }
    bytes
}

fn position(random: &mut Random, length: usize) -> usize {
    match random.below(4) {
        0 => random.below(length.min(TABLES)),
        1 => length - random.below(length.min(TABLES)) - usize::from(length > 0),
        _ => random.below(length),
    }
}

/// A block of the bytes, short ones more often than long ones.
fn block(random: &mut Random, length: usize) -> (usize, usize) {
    let start = position(random, length);
    let most = random.pick(&[4, 16, 64, 512, 8192], 4).min(length - start);
    (start, start + random.below(most + 1))
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    for _ in 0..=random.below(8) {
        let at = position(random, bytes.len());
        let bit = random.below(8);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }
}

/// Write a number of 1, 2, 4 or 8 bytes over what is there: an edge, or what was there and a little more or less.
fn write_edge(random: &mut Random, bytes: &mut [u8]) {
    let width = random.pick(&[1, 2, 4, 4, 4, 8], 4);
    let at = position(random, bytes.len());
    let Some(target) = bytes.get_mut(at..at.saturating_add(width)) else { return };
    let big_endian = !random.once_in(4);
    if !big_endian {
        target.reverse();
    }
    let before = target.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    let number = match random.below(4) {
        0 => before.wrapping_add(random.below(16) as u64),
        1 => before.wrapping_sub(random.below(16) as u64),
        _ => random.pick(&EDGES, 0),
    };
    for (byte, shift) in target.iter_mut().rev().zip((0..64).step_by(8)) {
        *byte = (number >> shift) as u8;
    }
    if !big_endian {
        target.reverse();
    }
}

/// Write a block over another place.
fn copy_block(random: &mut Random, bytes: &mut [u8]) {
    let (start, end) = block(random, bytes.len());
    let to = position(random, bytes.len() - (end - start) + 1);
    if to + (end - start) <= bytes.len() {
        bytes.copy_within(start..end, to);
    }
}

fn insert_block(random: &mut Random, bytes: &mut Vec<u8>) {
    let (start, end) = block(random, bytes.len());
    let inserted = match random.below(3) {
        0 => vec![0; end - start],
        _ => bytes[start..end].to_vec(),
    };
    let at = position(random, bytes.len());
    bytes.splice(at..at, inserted);
}

fn remove_block(random: &mut Random, bytes: &mut Vec<u8>) {
    let (start, end) = block(random, bytes.len());
    bytes.drain(start..end);
}

/// The head of one file and the tail of another.
fn splice(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    bytes.truncate(position(random, bytes.len()));
    bytes.extend_from_slice(&other[position(random, other.len())..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_do_the_same_damage_and_files_of_any_size_stand_it() {
        for length in [0, 1, 2, 7, 100, 10_000] {
            let seed = vec![0xAB; length];
            for number in 0..500 {
                let once = mutate(&mut Random::new(number), &seed, b"another");
                assert_eq!(once, mutate(&mut Random::new(number), &seed, b"another"));
            }
        }
    }
}
