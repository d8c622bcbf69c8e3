//! How much a new decoder must be fed before it gives what a decoder of the complete track gives.
//!
//! `preroll FILE PREROLL` prints one line of JSON for the first audio track: at 12 random packets, for `PREROLL` and each
//! pre-roll of a ladder, at how many of them the next 16 packets are not bit-equal, how many packets differ by more than the
//! noise of decoders, and the largest difference of a sample.

use std::error::Error;
use std::io;
use std::sync::Arc;

use emos_ffmpeg::{Decoder, Demuxer, Kind, Packet, Parameters, Planes, ReadAt};

#[path = "../src/audio/bands.rs"]
#[allow(dead_code)]
mod bands;

const LADDER: [usize; 13] = [0, 1, 2, 4, 8, 16, 24, 32, 64, 128, 256, 512, 1_024];
const STARTS: usize = 12;
const FOLLOWING: usize = 16;

#[derive(Debug)]
struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).map_or(self.0.len(), |from| from.min(self.0.len()));
        let count = buf.len().min(self.0.len() - from);
        buf[..count].copy_from_slice(&self.0[from..from + count]);
        Ok(count)
    }
}

/// What each packet decodes to, from `first` to before `end`.
fn decode(
    parameters: &Parameters,
    packets: &[Packet],
    first: usize,
    end: usize,
) -> Result<Vec<Vec<Planes>>, Box<dyn Error>> {
    let mut decoder = Decoder::open(parameters)?;
    let mut decoded = vec![Vec::new(); end - first];
    for (at, packet) in packets[first..end].iter().enumerate() {
        let _ = decoder.send(packet, (first + at).try_into()?, &mut |frame| {
            let of = frame.packet_id().and_then(|id| usize::try_from(id).ok()).unwrap_or(first + at);
            if let (Some(found), Ok(planes)) = (decoded.get_mut(of - first), frame.planes(false)) {
                found.push(planes);
            }
        });
    }
    Ok(decoded)
}

fn difference(one: &[Planes], other: &[Planes]) -> f32 {
    if one.len() != other.len() {
        return f32::INFINITY;
    }
    let mut most = 0.0f32;
    for pair in one.iter().zip(other) {
        let (Planes::F32(one), Planes::F32(other)) = pair else { return f32::INFINITY };
        if one.len() != other.len() || one.first().map(Vec::len) != other.first().map(Vec::len) {
            return f32::INFINITY;
        }
        for (a, b) in one.iter().flatten().zip(other.iter().flatten()) {
            most = most.max((a - b).abs());
        }
    }
    most
}

fn is_like(one: &[Planes], other: &[Planes]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(a, b)| bands::Bands::of(a).is_like(&bands::Bands::of(b)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, preroll] = arguments.as_slice() else {
        return Err("preroll FILE PREROLL".into());
    };
    let mut ladder = LADDER.to_vec();
    ladder.push(preroll.parse()?);
    ladder.sort_unstable();
    ladder.dedup();
    let mut demuxer = Demuxer::open(Arc::new(Bytes(std::fs::read(file)?)))?;
    let streams = demuxer.streams()?;
    let stream = streams
        .iter()
        .find(|stream| stream.parameters.kind() == Kind::Audio)
        .ok_or("the file has no audio track")?;
    demuxer.keep_only(&[stream.index]);
    let mut packets = Vec::new();
    while let Some(mut packet) = demuxer.read()? {
        if packet.stream() == stream.index {
            packet.drop_side_data();
            packets.push(packet);
        }
    }
    let linear = decode(&stream.parameters, &packets, 0, packets.len())?;
    let most = packets.len().saturating_sub(FOLLOWING).max(1);
    // Starts that the same file always has.
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let starts: Vec<usize> = (0..STARTS)
        .map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % most
        })
        .collect();
    let mut steps = Vec::new();
    for preroll in ladder {
        let (mut tried, mut unequal, mut unlike, mut largest) = (0, 0, 0, 0.0f32);
        // A decoder that begins at the first packet is the linear one.
        for start in starts.iter().copied().filter(|start| *start > preroll) {
            let end = (start + FOLLOWING).min(packets.len());
            let found = decode(&stream.parameters, &packets, start - preroll, end)?;
            tried += 1;
            let pairs: Vec<_> = found[preroll..].iter().zip(&linear[start..end]).collect();
            let error = pairs.iter().map(|(a, b)| difference(a, b)).fold(0.0, f32::max);
            unequal += usize::from(error > 0.0);
            unlike += pairs.iter().filter(|(a, b)| !is_like(a, b)).count();
            largest = largest.max(error);
        }
        if tried > 0 {
            let error = if largest.is_finite() { largest.to_string() } else { "null".to_owned() };
            steps.push(format!(
                "{{\"preroll\":{preroll},\"starts\":{tried},\"unequal\":{unequal},\"unlike\":{unlike},\"error\":{error}}}"
            ));
        }
    }
    println!("{{\"packets\":{},\"steps\":[{}]}}", packets.len(), steps.join(","));
    Ok(())
}
