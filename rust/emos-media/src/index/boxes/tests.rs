//! Small files built by hand, complete and damaged.

use std::io;

use super::*;

struct Memory(Vec<u8>);

impl ReadAt for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.0.get(from..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn parse(file: &[u8]) -> Parsed<Movie> {
    read(&Memory(file.to_vec()))
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn pack(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&words(&[u32::try_from(content.len() + 8).unwrap()]), &kind[..], content].concat()
}

fn table(kind: &[u8; 4], numbers: &[u32]) -> Vec<u8> {
    pack(kind, &[words(&[0]), words(numbers)].concat())
}

fn moov(tables: &[Vec<u8>]) -> Vec<u8> {
    let stbl = pack(b"stbl", &tables.concat());
    let mdia = pack(b"mdia", &pack(b"minf", &stbl));
    let tkhd = table(b"tkhd", &[0, 0, 1]);
    let trex = table(b"trex", &[1, 1, 10, 0, 0]);
    pack(b"moov", &[pack(b"trak", &[tkhd, mdia].concat()), pack(b"mvex", &trex)].concat())
}

/// Four samples of 3, 5, 7 and 9 bytes in chunks at 100 (two), 200 and 300 (one each).
fn tables() -> Vec<Vec<u8>> {
    vec![
        table(b"stsd", &[1]),
        table(b"stts", &[2, 3, 10, 1, 4]),
        table(b"ctts", &[2, 1, 20, 3, 5]),
        table(b"stsz", &[0, 4, 3, 5, 7, 9]),
        table(b"stsc", &[2, 1, 2, 1, 2, 1, 1]),
        table(b"stco", &[3, 100, 200, 300]),
    ]
}

fn moof(runs: &[&[u32]]) -> Vec<u8> {
    // default-base-is-moof; each run has an offset of data, sizes and composition offsets.
    let tfhd = pack(b"tfhd", &words(&[0x2_0000, 1]));
    let runs = runs.iter().map(|run| pack(b"trun", &[words(&[0xa01]), words(run)].concat()));
    pack(b"moof", &pack(b"traf", &[vec![tfhd], runs.collect()].concat().concat()))
}

/// Room for media, so that a file has more bytes than samples.
fn media() -> Vec<u8> {
    pack(b"mdat", &[0; 64])
}

fn offsets(track: &TrackBoxes) -> Vec<(u64, i64)> {
    let mut offsets: Vec<_> = track.offsets.iter().map(|(position, offset)| (*position, *offset)).collect();
    offsets.sort_unstable();
    offsets
}

#[test]
fn each_sample_has_the_offset_of_its_run() {
    let movie = parse(&moov(&tables())).unwrap();
    assert_eq!(offsets(&movie.tracks[0]), [(100, 20), (103, 5), (200, 5), (300, 5)]);
    assert_eq!((movie.tracks[0].last_duration, movie.tracks[0].shift, movie.fragmented), (4, 0, false));
}

#[test]
fn compact_sizes_have_four_eight_or_sixteen_bits() {
    for (bits, sizes) in
        [(4, vec![0x3579_0000]), (8, vec![0x0305_0709]), (16, vec![0x0003_0005, 0x0007_0009])]
    {
        let mut tables = tables();
        tables[3] = table(b"stz2", &[vec![bits, 4], sizes].concat());
        let movie = parse(&moov(&tables)).unwrap();
        assert_eq!(offsets(&movie.tracks[0]), [(100, 20), (103, 5), (200, 5), (300, 5)], "{bits} bits");
    }
    let mut tables = tables();
    tables[3] = table(b"stz2", &[5, 4, 0, 0, 0]);
    assert!(parse(&moov(&tables)).is_err());
}

#[test]
fn long_chunk_offsets_are_read() {
    let mut tables = tables();
    tables[5] = table(b"co64", &[3, 1, 0, 0, 200, 0, 300]);
    let movie = parse(&moov(&tables)).unwrap();
    assert_eq!(offsets(&movie.tracks[0])[2..], [(1 << 32, 20), ((1 << 32) + 3, 5)]);
}

#[test]
fn the_last_two_runs_of_offsets_do_not_move_the_rest() {
    let mut tables = tables();
    tables[2] = table(b"ctts", &[4, 1, -7i32 as u32, 1, 0, 1, -30i32 as u32, 1, -40i32 as u32]);
    assert_eq!(parse(&moov(&tables)).unwrap().tracks[0].shift, 7);
}

#[test]
fn samples_of_an_unknown_description_are_refused() {
    let mut tables = tables();
    tables[4] = table(b"stsc", &[2, 1, 2, 1, 2, 1, 2]);
    assert!(parse(&moov(&tables)).is_err());
}

#[test]
fn tables_that_claim_more_than_they_have_are_refused_or_cut() {
    for (index, damaged) in [
        (3, table(b"stsz", &[0, u32::MAX, 3, 5, 7, 9])),
        (3, table(b"stz2", &[4, u32::MAX, 0x3579_0000])),
        (3, table(b"stsz", &[0])),
    ] {
        let mut tables = tables();
        tables[index] = damaged;
        assert!(parse(&moov(&tables)).is_err());
    }
    let mut tables = tables();
    tables[2] = table(b"ctts", &[u32::MAX, u32::MAX, 20]);
    tables[1] = table(b"stts", &[u32::MAX, u32::MAX, u32::MAX]);
    assert_eq!(offsets(&parse(&moov(&tables)).unwrap().tracks[0]).len(), 4);
}

#[test]
fn no_table_makes_more_samples_than_the_file_has_bytes() {
    let mut tables = tables();
    tables[3] = table(b"stsz", &[1, u32::MAX]);
    tables[4] = table(b"stsc", &[1, 1, u32::MAX, 1]);
    assert!(parse(&moov(&tables)).is_err());
    // A run without fields says in 20 bytes that it has four billion samples.
    let tfhd = pack(b"tfhd", &words(&[0x10, 1, 1]));
    let trun = pack(b"trun", &words(&[0, u32::MAX]));
    let moof = pack(b"moof", &pack(b"traf", &[tfhd, trun].concat()));
    assert!(parse(&[moov(&[]), moof].concat()).is_err());
}

#[test]
fn runs_of_a_fragment_follow_each_other() {
    let start = moov(&[]).len() as u64;
    let first = moof(&[&[2, 80, 3, 10, 4, 0], &[1, 90, 5, 20]]);
    let movie = parse(&[moov(&[]), first, media()].concat()).unwrap();
    assert!(movie.fragmented);
    let expected = [(start + 80, 10), (start + 83, 0), (start + 90, 20)];
    assert_eq!(offsets(&movie.tracks[0]), expected);
    assert_eq!(movie.tracks[0].last_duration, 10);
}

#[test]
fn a_fragment_may_display_frames_before_they_are_decoded() {
    let (first, second) = (moof(&[&[1, 80, 3, -5i32 as u32]]), moof(&[&[1, 80, 3, -9i32 as u32]]));
    let complete = [moov(&[]), first.clone(), media(), second.clone(), media()].concat();
    assert_eq!(parse(&complete).unwrap().tracks[0].shift, 9);
    // With a segment index the first fragment may have been returned before the second was read.
    let index = table(b"sidx", &[1]);
    let stepwise = [moov(&[]), index.clone(), first.clone(), media(), second, media()].concat();
    assert!(parse(&stepwise).is_err());
    let same = [moov(&[]), index, first.clone(), media(), first, media()].concat();
    assert_eq!(parse(&same).unwrap().tracks[0].shift, 5);
}

#[test]
fn sizes_of_zero_and_one_and_nonsense_end_quickly() {
    let complete = [moov(&tables()), media()].concat();
    for size in [0, 1, 2, 7, 8, u32::MAX] {
        for at in [0, 8, 16] {
            let mut file = complete.clone();
            file[at..at + 4].copy_from_slice(&u32::to_be_bytes(size));
            let _ = parse(&file);
        }
    }
    assert!(parse(&[]).is_err());
    assert!(parse(&pack(b"moov", &pack(b"cmov", &[]))).is_err());
    assert!(parse(&complete[..complete.len() - 200]).is_err());
}

#[test]
fn damaged_bytes_never_panic() {
    let complete = [moov(&tables()), moof(&[&[2, 80, 3, 10, 4, 0], &[1, 90, 5, 20]]), media()].concat();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let mut file = complete.clone();
        for _ in 0..=random(3) {
            let at = random(file.len());
            file[at] = [0, 1, 0x7f, 0x80, 0xff, u8::try_from(random(256)).unwrap()][random(6)];
        }
        file.truncate(complete.len() - if random(4) == 0 { random(complete.len()) } else { 0 });
        let _ = parse(&file);
    }
}

#[test]
fn a_track_is_encrypted_where_all_its_sample_entries_say_so() {
    let entries = |kinds: &[&[u8; 4]]| {
        let count = u32::try_from(kinds.len()).unwrap();
        let entries: Vec<u8> = kinds.iter().flat_map(|kind| pack(kind, &[0; 8])).collect();
        let mut tables = tables();
        tables[0] = pack(b"stsd", &[words(&[0, count]), entries].concat());
        moov(&tables)
    };
    for (kinds, expected) in [
        (&[b"enca"][..], true),
        (&[b"encv", b"encv"], true),
        (&[b"drms"], true),
        (&[b"mp4a"], false),
        (&[b"encv", b"avc1"], false),
        (&[], false),
    ] {
        let file = entries(kinds);
        let ids: &[u32] = if expected { &[1] } else { &[] };
        assert_eq!(encrypted_tracks(&Memory(file.clone())), ids);
        // Tables that cannot be used say it too.
        assert_eq!(parse(&file).map_or(expected, |movie| movie.tracks[0].encrypted), expected);
    }
}
