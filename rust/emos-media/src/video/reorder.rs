//! Display times where a container gives each packet one time, in decoding order.
//!
//! ```text
//! decoding:  I0 P3 B1 B2 P6 B4 B5      times 0 1 2 3 4 5 6
//! display:   I0 B1 B2 P3 B4 B5 P6            1 2 3 4 5 6 7      with a delay of one frame
//! ```
//!
//! A coder that delays frames by `d` writes for frame `k` in display order the decoding time of position `k + d`, so the
//! times of the source are in the file, but for the last `d`.

use crate::index::{Track, DISCARD, HIDDEN, NO_PTS};
use crate::numbers::{PacketId, Ticks};

use super::timeline::usual_step;

/// A frame that came out of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub packet: PacketId,
    /// The packet after which it came out; `None` for the frames that came out after the last one.
    pub after: Option<PacketId>,
}

/// Whether the packets of a track have one time each, which is the decoding time.
pub(super) fn has_one_time(track: &Track) -> bool {
    track.entries.iter().filter(|entry| !entry.is(DISCARD)).all(|entry| entry.pts == entry.dts)
}

/// Whether frames come out in another order than that of their packets.
pub(super) fn is_reordered(outputs: &[Output]) -> bool {
    outputs.windows(2).any(|pair| pair[0].packet > pair[1].packet)
}

/// Whether the display times must be made of decoding times, and no frame has one of its own.
pub(super) fn lacks_own_times(track: &Track, outputs: &[Output], delay: u32) -> bool {
    let all_missing = || track.entries.iter().all(|entry| entry.is(NO_PTS) || entry.is(DISCARD));
    delay > 0 && has_one_time(track) && (is_reordered(outputs) || all_missing())
}

/// The display time of each packet of a track that [`lacks_own_times`]. Where the container has a clock, a frame is displayed
/// when it has been through the decoder; a raw stream begins with its first frame.
pub(super) fn display_times(track: &Track, outputs: &[Output], delay: u32, has_clock: bool) -> Vec<Ticks> {
    let frames = Frames::of(track);
    let positions = frames.positions(outputs, delay);
    let mut decoding: Vec<Ticks> = frames.packets.iter().map(|packet| track[*packet].dts).collect();
    decoding.sort_unstable();
    let (delay, step) = (delay as usize, usual_step(&decoding));
    let at = |position: usize| match decoding.get(position) {
        Some(time) => *time,
        None => {
            let last = decoding.last().copied().unwrap_or(Ticks::ZERO);
            let more = i64::try_from(position + 1 - decoding.len()).unwrap_or(0);
            last.saturating_add(Ticks(step.0.saturating_mul(more)))
        }
    };
    let early = if has_clock { Ticks::ZERO } else { at(delay).saturating_sub(at(0)) };
    let time = |position: usize| at(position + delay).saturating_sub(early);
    frames.of_packet.iter().map(|frame| time(positions.get(*frame).copied().unwrap_or(0))).collect()
}

/// The frames of a track in decoding order.
struct Frames {
    /// The packet that stands for each.
    packets: Vec<PacketId>,
    /// Which of them each packet is of; packets without a frame go with the one before.
    of_packet: Vec<usize>,
}

impl Frames {
    fn of(track: &Track) -> Self {
        let (mut packets, mut of_packet) = (Vec::new(), Vec::new());
        for (number, entry) in track.entries.iter().enumerate() {
            if !entry.is(HIDDEN) {
                packets.push(PacketId::at(number));
            }
            of_packet.push(packets.len().saturating_sub(1));
        }
        Frames { packets, of_packet }
    }

    fn frame(&self, packet: PacketId) -> usize {
        self.of_packet.get(packet.index()).copied().unwrap_or(0)
    }

    /// The position of each frame in display order. Frames that do not come out keep a position of their own, so that what comes
    /// after them is not early.
    fn positions(&self, outputs: &[Output], delay: u32) -> Vec<usize> {
        let delay = delay as usize;
        let is_complete = outputs.len() == self.packets.len();
        let mut positions: Vec<Option<usize>> = vec![None; self.packets.len()];
        let mut next = 0;
        for output in outputs {
            let frame = self.frame(output.packet);
            if !is_complete {
                // No frame is displayed before it is decoded, nor comes out later than the delay demands.
                let sent = output.after.map_or(0, |packet| self.frame(packet)).max(frame);
                next = next.max(sent.saturating_sub(delay));
            }
            if let Some(position) = positions.get_mut(frame) {
                *position = Some(next);
            }
            next += 1;
        }
        let missing = |frame: usize| frame.saturating_sub(delay);
        positions
            .into_iter()
            .enumerate()
            .map(|(frame, position)| position.unwrap_or(missing(frame)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames in display order, each with the packet after which it came out.
    fn outputs(frames: &[(u32, Option<u32>)]) -> Vec<Output> {
        let output = |(packet, after): &(u32, Option<u32>)| Output {
            packet: PacketId(*packet),
            after: after.map(PacketId),
        };
        frames.iter().map(output).collect()
    }

    fn positions(packets: u32, outputs: &[Output], delay: u32) -> Vec<usize> {
        let packets = (0..packets).map(PacketId).collect::<Vec<_>>();
        Frames { of_packet: (0..packets.len()).collect(), packets }.positions(outputs, delay)
    }

    #[test]
    fn frames_take_their_positions_in_display_order() {
        // I0 P3 B1 B2
        let all = outputs(&[(0, Some(1)), (2, Some(2)), (3, Some(3)), (1, None)]);
        assert_eq!(positions(4, &all, 1), [0, 3, 1, 2]);
        assert!(is_reordered(&all) && !is_reordered(&all[..3]));
    }

    #[test]
    fn a_decoder_that_finds_its_delay_late_changes_no_position() {
        let all = outputs(&[(0, Some(0)), (2, Some(2)), (3, Some(3)), (1, None)]);
        assert_eq!(positions(4, &all, 1), [0, 3, 1, 2]);
    }

    #[test]
    fn frames_cut_off_before_the_first_one_keep_their_positions() {
        // I2 [B0] [B1] P5 B3 B4: the frames in brackets do not come out.
        let cut = outputs(&[(0, Some(3)), (4, Some(4)), (5, Some(5)), (3, None)]);
        assert_eq!(positions(6, &cut, 1), [2, 0, 1, 5, 3, 4]);
    }
}
