use super::super::placing::AudioRun;
use super::*;
use crate::index::{Entry, DISCARD};

fn track(packets: &[(i64, u8)], skips: Vec<(u32, u32, u32)>) -> Track {
    let entries = packets
        .iter()
        .map(|(pts, flags)| Entry {
            pts: Ticks(*pts),
            dts: Ticks(*pts),
            duration: Ticks(1_000),
            position: 0,
            checksum: 0,
            size: 0,
            samples: 1_000,
            flags: *flags,
        })
        .collect();
    Track {
        skips: skips.into_iter().map(|(packet, start, end)| (PacketId(packet), start, end)).collect(),
        ..Track::of(false, (1, 10_000), entries)
    }
}

fn aligned(track: &Track) -> AudioTrack {
    let count = track.entries.len() as i64;
    let mut audio = AudioTrack {
        stream: 0,
        rate: 10_000,
        layout: ChannelLayout::usual(1).unwrap(),
        wide: false,
        anchors: Anchors { spacing: 64, preroll: 4 },
        starts: (0..=count).map(|n| n * 1_000).collect(),
        conversions: Vec::new(),
        placing: Placing::default(),
        is_timed: true,
        container_start: None,
        zero: Rational::ZERO,
    };
    audio.container_start = audio.find_start(track);
    audio.align(audio.container_start.unwrap(), track);
    audio
}

#[test]
fn encoder_delay_and_padding_are_cut_and_the_rest_is_one_run() {
    let audio =
        aligned(&track(&[(-1_500, 0), (-500, 0), (500, 0), (1_500, 0)], vec![(0, 1_500, 0), (3, 0, 400)]));
    assert_eq!(audio.placing.runs, [AudioRun { start: 0, decoded: 1_500, len: 2_100 }]);
    assert_eq!(audio.start(), Some(Rational::ZERO));
}

#[test]
fn jitter_is_no_gap_but_a_pause_is() {
    // 115 ms late and 100 ms early are jitter: it goes to both sides, or comes back. What stays late is a pause.
    let audio = aligned(&track(&[(0, 0), (1_150, 0), (1_900, 0), (5_000, 0), (6_000, 0)], vec![]));
    assert_eq!(
        audio.placing.runs,
        [
            AudioRun { start: 0, decoded: 0, len: 3_000 },
            AudioRun { start: 5_000, decoded: 3_000, len: 2_000 }
        ]
    );
    assert_eq!(audio.covered().as_slice(), [(0, 3_000), (5_000, 7_000)]);
    assert_eq!(
        (audio.placing.gaps, audio.placing.overlaps),
        (Tally { count: 1, samples: 2_000 }, Tally::default())
    );
}

#[test]
fn a_step_shorter_than_a_pause_is_a_gap_too() {
    let packets: Vec<(i64, u8)> = (0..40).map(|n| (n * 1_000 + if n < 20 { 0 } else { 120 }, 0)).collect();
    let audio = aligned(&track(&packets, vec![]));
    assert_eq!(
        audio.placing.runs,
        [
            AudioRun { start: 0, decoded: 0, len: 20_000 },
            AudioRun { start: 20_120, decoded: 20_000, len: 20_000 }
        ]
    );
    let expected =
        "audio track 0 has 1 gap between its packets: 120 samples at 10000 Hz in total are missing, and not valid";
    assert_eq!(audio.warnings(), [expected]);
}

#[test]
fn drift_drops_a_few_samples_at_packets_and_tells_how_many() {
    let packets: Vec<(i64, u8)> = (0..200).map(|n| (n * 994, 0)).collect();
    let audio = aligned(&track(&packets, vec![]));
    assert!(!audio.placing.counted_only);
    assert_eq!(audio.placing.overlaps, Tally { count: 199, samples: 199 * 6 - 2 });
    assert_eq!(audio.len(), 199 * 994 + 2 + 1_000);
    assert!(audio.placing.runs.iter().all(|run| (run.decoded * 994 / 1_000 - run.start).abs() < 10));
}

#[test]
fn rounding_to_a_coarse_tick_moves_no_start() {
    let mut rounded = track(&[(-7, 0), (93, 0), (193, 0)], vec![(0, 65, 0)]);
    rounded.time_base = (1, 1_000);
    let audio = aligned(&rounded);
    assert_eq!(audio.container_start(), Some(Rational::ZERO));
    assert_eq!(audio.placing.runs, [AudioRun { start: 0, decoded: 65, len: 2_935 }]);
}

#[test]
fn of_two_packets_for_the_same_time_the_first_is_kept() {
    let audio = aligned(&track(&[(0, 0), (1_000, 0), (1_400, 0), (2_400, 0)], vec![]));
    assert_eq!(
        audio.placing.runs,
        [
            AudioRun { start: 0, decoded: 0, len: 2_000 },
            AudioRun { start: 2_000, decoded: 2_600, len: 1_400 }
        ]
    );
}

#[test]
fn after_an_overlap_packets_keep_their_own_times() {
    let packets = [(0, 0), (1_000, 0), (700, 0), (1_700, 0), (2_700, 0), (3_700, 0)];
    let audio = aligned(&track(&packets, vec![]));
    assert_eq!(
        audio.placing.runs,
        [
            AudioRun { start: 0, decoded: 0, len: 2_000 },
            AudioRun { start: 2_000, decoded: 3_300, len: 2_700 }
        ]
    );
}

#[test]
fn times_without_room_for_most_packets_are_not_used() {
    let audio = aligned(&track(&[(0, 0), (100, 0), (400, 0), (600, 0)], vec![]));
    assert!(audio.placing.counted_only);
    assert_eq!(audio.placing.runs, [AudioRun { start: 0, decoded: 0, len: 4_000 }]);
}

#[test]
fn discarded_packets_take_the_delay_with_them() {
    let audio = aligned(&track(&[(-1_000, DISCARD), (0, 0), (1_000, 0)], vec![(0, 1_000, 0)]));
    assert_eq!(audio.placing.runs, [AudioRun { start: 0, decoded: 1_000, len: 2_000 }]);
    assert_eq!(audio.packet_of(999), PacketId(0));
    assert_eq!(audio.packet_of(1_000), PacketId(1));
}

#[test]
fn raw_streams_have_no_clock_and_joined_flac_has_none() {
    let steady = track(&[(0, 0), (999, 0), (1_998, 0)], vec![]);
    let joined = track(&[(0, 0), (1_000, 0), (0, 0), (1_000, 0)], vec![]);
    assert!(placing::is_timed("mp4", &joined) && placing::is_timed("flac", &steady));
    assert!(!placing::is_timed("ac3", &steady) && !placing::is_timed("flac", &joined));
    let placing =
        placing::placing_of(&[0, 1_000, 2_000, 3_000, 4_000], &joined, 10_000, Rational::ZERO, false);
    assert_eq!(
        placing,
        Placing { runs: vec![AudioRun { start: 0, decoded: 0, len: 4_000 }], ..Placing::default() }
    );
}
