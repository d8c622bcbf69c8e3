//! The frames of a track in display order, with their times.
//!
//! ```text
//! decoding:  I0 P3 B1 B2 | I6 B4 B5 P8 B7      a GOP begins at each keyframe
//! display:   I0 B1 B2 P3 B4 B5 | I6 B7 P8      B4 and B5 are displayed before I6: they belong to the GOP of I0,
//!                                              which is decoded through I6 to get them
//! ```

use emos_time::Rational;

use crate::index::{Track, DISCARD, HIDDEN, KEY, NO_PTS};
use crate::numbers::{FrameIndex, PacketId, Ticks};

/// One frame of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineFrame {
    pub pts: Ticks,
    /// When the next frame replaces it.
    pub end: Ticks,
    pub packet: PacketId,
    pub gop: u32,
}

/// Every frame of a video track, in display order.
#[derive(Debug)]
pub struct VideoTimeline {
    pub stream: usize,
    pub time_base: (i32, i32),
    pub frames: Vec<TimelineFrame>,
    /// The packet at which each GOP begins.
    pub gops: Vec<PacketId>,
    /// The index in `frames` of each packet, or [`NO_FRAME`].
    frame_of: Vec<u32>,
    /// Media zero, in seconds: media time of tick 0 is minus this.
    zero: Rational,
    tick: Rational,
}

const NO_FRAME: u32 = u32::MAX;

impl VideoTimeline {
    #[must_use]
    pub fn new(track: &Track) -> Self {
        let entries = &track.entries;
        let is_displayed = |packet: &PacketId| {
            let entry = &track[*packet];
            !entry.is(DISCARD) && !entry.is(HIDDEN)
        };
        let all = (0..entries.len()).map(PacketId::at);
        let (order, times): (Vec<PacketId>, Vec<Ticks>) = match &track.display_order {
            Some(order) => {
                let order: Vec<PacketId> =
                    order.iter().copied().filter(|packet| packet.index() < entries.len()).collect();
                let times = measured_times(track, &order);
                (order, times)
            }
            None => {
                let mut order: Vec<PacketId> = all.filter(is_displayed).collect();
                order.sort_by_key(|packet| (track[*packet].pts, *packet));
                let times = order.iter().map(|packet| track[*packet].pts).collect();
                (order, times)
            }
        };
        let mut frame_of = vec![NO_FRAME; entries.len()];
        for (at, packet) in order.iter().enumerate() {
            frame_of[packet.index()] = u32::try_from(at).unwrap_or(NO_FRAME);
        }
        let mut timeline = VideoTimeline {
            stream: track.stream,
            time_base: track.time_base,
            frames: Vec::with_capacity(order.len()),
            gops: Vec::new(),
            frame_of,
            zero: Rational::ZERO,
            tick: Rational::new(track.time_base.0.into(), track.time_base.1.into()).unwrap_or(Rational::ZERO),
        };
        let last = last_duration(track, &order, &times);
        for (at, (packet, pts)) in order.iter().zip(&times).enumerate() {
            let end = times.get(at + 1).copied().unwrap_or_else(|| pts.saturating_add(last));
            timeline.frames.push(TimelineFrame { pts: *pts, end, packet: *packet, gop: 0 });
        }
        timeline.find_gops(track);
        timeline
    }

    /// Each frame belongs to the last keyframe that is before it both in decoding order and in display order.
    fn find_gops(&mut self, track: &Track) {
        let keyframes: Vec<PacketId> = (0..)
            .map(PacketId::at)
            .zip(&track.entries)
            .filter(|(_, entry)| entry.is(KEY) && !entry.is(HIDDEN))
            .map(|(packet, _)| packet)
            .collect();
        let begins_early = keyframes.first() != Some(&PacketId::FIRST);
        self.gops = if begins_early { vec![PacketId::FIRST] } else { Vec::new() };
        self.gops.extend(&keyframes);
        let by_order = track.display_order.is_some();
        let comes_before = |keyframe: PacketId, frame_of: &[u32], at: usize, pts: Ticks| {
            if by_order {
                frame_of[keyframe.index()] as usize <= at
            } else {
                track[keyframe].pts <= pts
            }
        };
        for at in 0..self.frames.len() {
            let TimelineFrame { pts, packet, .. } = self.frames[at];
            let mut found = keyframes.partition_point(|keyframe| *keyframe <= packet);
            while found > 0 && !comes_before(keyframes[found - 1], &self.frame_of, at, pts) {
                found -= 1;
            }
            let gop = if begins_early { found } else { found.saturating_sub(1) };
            self.frames[at].gop = u32::try_from(gop).unwrap_or(0);
        }
    }

    /// Set media zero, in seconds on the clock of the container.
    pub fn set_zero(&mut self, zero: Rational) {
        self.zero = zero;
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    #[must_use]
    pub fn frame(&self, frame_index: FrameIndex) -> Option<&TimelineFrame> {
        self.frames.get(frame_index.0)
    }

    /// The index of the frame that a packet holds.
    #[must_use]
    pub fn frame_of(&self, packet: PacketId) -> Option<FrameIndex> {
        let index = self.frame_of.get(packet.index()).copied().filter(|index| *index != NO_FRAME)?;
        Some(FrameIndex(index as usize))
    }

    /// Whether a frame is displayed before the keyframe that it is decoded from, which begins a GOP at `start`. It cannot be
    /// decoded from there, and no later frame needs it. The same is true of frames before the first one that can be decoded
    /// in a file that was cut.
    #[must_use]
    pub fn is_leading(&self, track: &Track, start: PacketId, packet: PacketId) -> bool {
        let before_keyframe = match (self.frame_of(packet), self.frame_of(start)) {
            // Where display order was measured, the packets may have no presentation times.
            (Some(frame_index), Some(keyframe)) => frame_index < keyframe,
            _ => packet != start && track[packet].pts < track[start].pts,
        };
        let first_pts = self.frames.first().map_or(Ticks::LEAST, |frame| frame.pts);
        let cut_off = track[packet].is(HIDDEN) && track[packet].pts < first_pts;
        (before_keyframe && start > PacketId::FIRST) || cut_off
    }

    /// Media time of a tick.
    #[must_use]
    pub fn time_of(&self, ticks: Ticks) -> Option<Rational> {
        ticks.seconds(self.time_base)?.checked_sub(self.zero)
    }

    /// The time of the first frame, in seconds on the clock of the container.
    #[must_use]
    pub fn container_start(&self) -> Option<Rational> {
        self.frames.first()?.pts.seconds(self.time_base)
    }

    #[must_use]
    pub fn start(&self) -> Option<Rational> {
        self.time_of(self.frames.first()?.pts)
    }

    #[must_use]
    pub fn end(&self) -> Option<Rational> {
        self.time_of(self.frames.last()?.end)
    }

    #[must_use]
    pub fn pts(&self, frame_index: FrameIndex) -> Option<Rational> {
        self.time_of(self.frame(frame_index)?.pts)
    }

    #[must_use]
    pub fn duration(&self, frame_index: FrameIndex) -> Option<Rational> {
        let frame = self.frame(frame_index)?;
        frame.end.checked_sub(frame.pts)?.seconds(self.time_base)
    }

    /// The frame on screen at a time: `pts[i] <= t < pts[i + 1]`.
    #[must_use]
    pub fn on_screen(&self, t: Rational) -> Option<FrameIndex> {
        // pts * tick - zero <= t is the same as pts <= floor((t + zero) / tick).
        let tick = Ticks(t.checked_add(self.zero)?.checked_div(self.tick)?.floor()?);
        let after = self.frames.partition_point(|frame| frame.pts <= tick);
        let found = after.checked_sub(1)?;
        (after < self.frames.len() || tick < self.frames[found].end).then_some(FrameIndex(found))
    }

    /// The frames `[first, end)` that are on screen at some moment of a span.
    #[must_use]
    pub fn on_screen_in(&self, span: emos_time::Span) -> Option<(usize, usize)> {
        let at = |t: Rational| t.checked_add(self.zero)?.checked_div(self.tick);
        let (start, end) = (Ticks(at(span.start())?.floor()?), Ticks(at(span.end())?.ceil()?));
        let first = self.frames.partition_point(|frame| frame.end <= start);
        let last = self.frames.partition_point(|frame| frame.pts < end);
        Some((first, last.max(first)))
    }
}

impl std::ops::Index<FrameIndex> for VideoTimeline {
    type Output = TimelineFrame;

    fn index(&self, frame_index: FrameIndex) -> &TimelineFrame {
        &self.frames[frame_index.0]
    }
}

/// The times of frames whose display order was measured. A frame that has a time of its own keeps it. Those before the
/// first such frame are counted back from it, and those after it are counted on. Where no frame has a time of its own, the
/// times are the sorted decoding times.
fn measured_times(track: &Track, order: &[PacketId]) -> Vec<Ticks> {
    let entries = || order.iter().map(|packet| &track[*packet]);
    let mut decoding: Vec<Ticks> = entries().map(|entry| entry.dts).collect();
    decoding.sort_unstable();
    let Some(known) = entries().position(|entry| !entry.is(NO_PTS)) else { return decoding };
    let usual = usual_step(&decoding);
    let step = |duration: Ticks| if duration > Ticks::ZERO { duration } else { usual };
    let mut times: Vec<Ticks> = entries().map(|entry| entry.pts).collect();
    for at in (0..known).rev() {
        times[at] = times[at + 1].saturating_sub(step(track.frame_duration(order[at])));
    }
    for at in known + 1..times.len() {
        if track[order[at]].is(NO_PTS) {
            times[at] = times[at - 1].saturating_add(step(track.frame_duration(order[at - 1])));
        }
        // Frames come out in display order, so times never go back.
        times[at] = times[at].max(times[at - 1]);
    }
    times
}

/// The duration of the last frame: its own, or the median one where it has none.
fn last_duration(track: &Track, order: &[PacketId], times: &[Ticks]) -> Ticks {
    let own = order.last().map_or(Ticks::ZERO, |packet| track.frame_duration(*packet));
    if own > Ticks::ZERO {
        return own;
    }
    usual_step(times)
}

/// The median distance between times that are not the same.
pub(super) fn usual_step(times: &[Ticks]) -> Ticks {
    let mut steps: Vec<Ticks> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .filter(|step| *step > Ticks::ZERO)
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(Ticks::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Entry;
    use emos_time::Span;

    /// Packets as (pts, flags) in decoding order, one tick a second.
    fn track(packets: &[(i64, u8)]) -> Track {
        let entries = packets
            .iter()
            .enumerate()
            .map(|(n, (pts, flags))| Entry {
                pts: Ticks(*pts),
                dts: Ticks(n as i64),
                duration: Ticks(1),
                position: 0,
                checksum: 0,
                size: 0,
                samples: 0,
                flags: *flags,
            })
            .collect();
        Track::of(true, (1, 1), entries)
    }

    fn t(seconds: i64) -> Rational {
        Rational::from_int(seconds)
    }

    #[test]
    fn leading_frames_belong_to_the_gop_before_their_keyframe() {
        let open_gop = track(&[(0, KEY), (3, 0), (1, 0), (2, 0), (6, KEY), (4, 0), (5, 0), (8, 0), (7, 0)]);
        let timeline = VideoTimeline::new(&open_gop);
        let gops: Vec<u32> = timeline.frames.iter().map(|frame| frame.gop).collect();
        assert_eq!(gops, [0, 0, 0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(timeline.gops, [PacketId(0), PacketId(4)]);
    }

    #[test]
    fn frames_before_the_first_keyframe_are_read_from_the_start() {
        let timeline = VideoTimeline::new(&track(&[(0, 0), (1, 0), (2, KEY), (3, 0)]));
        assert_eq!(timeline.gops, [PacketId(0), PacketId(2)]);
        assert_eq!(timeline.frames.iter().map(|frame| frame.gop).collect::<Vec<_>>(), [0, 0, 1, 1]);
    }

    #[test]
    fn discarded_and_hidden_packets_are_no_frames_but_may_begin_a_gop() {
        let timeline =
            VideoTimeline::new(&track(&[(-2, KEY | DISCARD), (-1, DISCARD), (0, 0), (0, HIDDEN), (1, 0)]));
        assert_eq!(timeline.frames.iter().map(|frame| frame.packet.0).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(timeline.gops, [PacketId(0)]);
        assert_eq!(
            (timeline.frame_of(PacketId(4)), timeline.frame_of(PacketId(1))),
            (Some(FrameIndex(1)), None)
        );
    }

    #[test]
    fn a_frame_is_on_screen_until_the_next_one() {
        let timeline = VideoTimeline::new(&track(&[(0, KEY), (5, 0), (6, 0)]));
        assert_eq!(timeline.on_screen(t(4)), Some(FrameIndex(0)));
        assert_eq!(timeline.on_screen(t(5)), Some(FrameIndex(1)));
        assert_eq!(timeline.on_screen(Rational::new(-1, 2).unwrap()), None);
        assert_eq!(timeline.on_screen(Rational::new(13, 2).unwrap()), Some(FrameIndex(2)));
        assert_eq!(timeline.on_screen(t(7)), None);
        assert_eq!(timeline.on_screen_in(Span::new(t(1), t(5)).unwrap()), Some((0, 1)));
        assert_eq!(timeline.on_screen_in(Span::new(t(5), t(9)).unwrap()), Some((1, 3)));
        assert_eq!(timeline.on_screen_in(Span::new(t(7), t(9)).unwrap()), Some((3, 3)));
    }

    #[test]
    fn media_time_counts_from_zero_wherever_the_container_starts() {
        let mut timeline = VideoTimeline::new(&track(&[(10, KEY), (11, 0)]));
        timeline.set_zero(Rational::new(19, 2).unwrap());
        assert_eq!(timeline.start(), Rational::new(1, 2));
        assert_eq!(timeline.on_screen(Rational::new(3, 2).unwrap()), Some(FrameIndex(1)));
        assert_eq!(timeline.on_screen(t(1)), Some(FrameIndex(0)));
    }

    #[test]
    fn frames_without_times_are_counted_back_from_the_first_that_has_one() {
        let mut measured = track(&[(9, KEY | NO_PTS), (9, NO_PTS), (9, NO_PTS), (0, 0), (4, 0)]);
        measured.display_order = Some([0, 2, 1, 3, 4].map(PacketId).to_vec());
        let timeline = VideoTimeline::new(&measured);
        assert_eq!(timeline.frames.iter().map(|frame| frame.pts.0).collect::<Vec<_>>(), [-3, -2, -1, 0, 4]);
    }

    #[test]
    fn a_measured_display_order_takes_its_times_from_decoding_times() {
        let mut measured = track(&[(0, KEY | NO_PTS), (1, NO_PTS), (2, NO_PTS)]);
        measured.display_order = Some([0, 2, 1].map(PacketId).to_vec());
        let timeline = VideoTimeline::new(&measured);
        let frames: Vec<(i64, u32)> =
            timeline.frames.iter().map(|frame| (frame.pts.0, frame.packet.0)).collect();
        assert_eq!(frames, [(0, 0), (1, 2), (2, 1)]);
    }
}
