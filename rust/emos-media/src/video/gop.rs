//! Decoding one group of pictures, from a decoder that has seen nothing before.
//!
//! What comes out, and what is called damaged, depends only on the group and on the picture: never on what else was asked
//! for, in which order, or by how many threads.

use std::collections::BTreeSet;

use emos_ffmpeg::{Decoder, Frame, Parameters};

use super::timeline::VideoTimeline;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{bitstream, Track, CORRUPT, DISPOSABLE, HIDDEN};
use crate::packets;
use crate::shared::{count, Shared};
use crate::source::Stop;

/// No codec holds more pictures back than this; a packet without a picture after so many others has none.
const MAX_DELAY: usize = 40;
/// How many groups further back a picture is sought that does not come out (intra refresh needs one).
const MAX_STEPS_BACK: u32 = 3;

/// What became of a wanted picture.
#[derive(Debug)]
pub struct Decoded {
    /// Its number in display order.
    pub picture: usize,
    /// `None` where the decoder gave nothing for it.
    pub frame: Option<Frame>,
    pub damaged: bool,
}

/// Everything that decoding a video track needs.
#[derive(Debug)]
pub struct VideoDecoding<'a> {
    pub shared: &'a Shared,
    pub track: &'a Track,
    pub timeline: &'a VideoTimeline,
    parameters: &'a Parameters,
    codec: String,
    length_size: Option<usize>,
}

impl<'a> VideoDecoding<'a> {
    pub fn new(shared: &'a Shared, track: &'a Track, timeline: &'a VideoTimeline) -> Result<Self> {
        let parameters = shared.parameters(track.stream)?;
        let codec = parameters.codec_name();
        if !Decoder::exists(parameters) {
            let what = format!(
                "the video track is {codec}, for which this FFmpeg has no decoder; see `emos env` for those it has"
            );
            return Err(Error::new(ErrorKind::UnsupportedCodec, what, shared.name()));
        }
        let length_size = bitstream::length_size(&codec, parameters.extradata());
        Ok(VideoDecoding { shared, track, timeline, parameters, codec, length_size })
    }

    /// Decode the pictures `wanted` (sorted, all of one group) and hand each to `each`, once, until it answers false.
    pub fn group(
        &self,
        wanted: &[usize],
        stop: &dyn Stop,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<()> {
        let Some(first) = wanted.first().and_then(|picture| self.timeline.pictures.get(*picture)) else {
            return Ok(());
        };
        let mut left: BTreeSet<usize> = wanted.iter().copied().collect();
        let mut group = first.group;
        let mut run = Run::new(self, group, true);
        let mut going = run.decode(&mut left, stop, each)?;
        if going && !left.is_empty() && run.is_damaged() && run.skipped {
            // Concealment may have looked at pictures that were skipped: do it all, so that the answer never varies.
            run = Run::new(self, group, false);
            going = run.decode(&mut left, stop, each)?;
        }
        let damage = run.damage;
        for _ in 0..MAX_STEPS_BACK {
            let unexplained = left.iter().any(|picture| !self.is_behind(*picture, damage));
            if !going || !unexplained || group == 0 {
                break;
            }
            group -= 1;
            let mut missing: BTreeSet<usize> =
                left.iter().copied().filter(|picture| !self.is_behind(*picture, damage)).collect();
            let sought = missing.clone();
            going = Run::new(self, group, false).decode(&mut missing, stop, each)?;
            left.retain(|picture| !sought.contains(picture) || missing.contains(picture));
        }
        for picture in left {
            if !going {
                break;
            }
            going = each(Decoded { picture, frame: None, damaged: true })?;
        }
        Ok(())
    }

    fn is_behind(&self, picture: usize, damage: Option<usize>) -> bool {
        damage.is_some_and(|damage| self.timeline.pictures[picture].packet as usize >= damage)
    }
}

/// One pass over a group.
struct Run<'a> {
    of: &'a VideoDecoding<'a>,
    start: usize,
    /// Leave out pictures that nobody wants and nothing refers to.
    skip: bool,
    skipped: bool,
    /// The first packet after which nothing is to be trusted.
    damage: Option<usize>,
    /// Packets that nothing refers to.
    droppable: BTreeSet<usize>,
    /// Those of them that are damaged: they harm themselves alone.
    alone: BTreeSet<usize>,
    /// Sent, and expected to give a picture.
    expected: BTreeSet<usize>,
    /// Came out, but something decoded before may still turn out damaged.
    held: Vec<(usize, Frame)>,
}

impl<'a> Run<'a> {
    fn new(of: &'a VideoDecoding<'a>, group: u32, skip: bool) -> Self {
        Run {
            of,
            start: of.timeline.groups.get(group as usize).map_or(0, |packet| *packet as usize),
            skip,
            skipped: false,
            damage: None,
            droppable: BTreeSet::new(),
            alone: BTreeSet::new(),
            expected: BTreeSet::new(),
            held: Vec::new(),
        }
    }

    fn is_damaged(&self) -> bool {
        self.damage.is_some() || !self.alone.is_empty()
    }

    /// Take out of `left` what was handed on.
    fn decode(
        &mut self,
        left: &mut BTreeSet<usize>,
        stop: &dyn Stop,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<bool> {
        let (of, start) = (self.of, self.start);
        let packet_of = |picture: &usize| of.timeline.pictures[*picture].packet as usize;
        let Some(last) = left.iter().map(packet_of).max() else { return Ok(true) };
        let wanted: BTreeSet<usize> = left.iter().map(packet_of).collect();
        let mut decoder = Decoder::open(of.parameters)
            .map_err(|error| Error::ffmpeg(error, ErrorKind::DecodeError, of.shared.name()))?;
        let mut answer: Result<bool> = Ok(true);
        packets::read(of.shared, of.track, start, last + 1, stop, &mut |number, packet| {
            let entry = &of.track.entries[number];
            if entry.is(CORRUPT) && !self.is_leading(number) {
                // What was lost with it may have been more than this packet.
                self.damage = Some(self.damage.map_or(number, |first| first.min(number)));
            }
            let droppable =
                entry.is(DISPOSABLE) || bitstream::is_droppable(&of.codec, of.length_size, packet.data());
            if droppable {
                self.droppable.insert(number);
            }
            if droppable && self.skip && !wanted.contains(&number) {
                self.skipped = true;
                count(&of.shared.counters.packets_skipped, 1);
                return true;
            }
            if !entry.is(HIDDEN) && !self.is_leading(number) {
                self.expected.insert(number);
            }
            let mark = i64::try_from(number).unwrap_or(i64::MAX);
            let mut frames = Vec::new();
            if decoder.send(&packet, mark, &mut |frame| frames.push(frame)).is_err() {
                self.note(number);
            }
            self.take(frames);
            self.forget_overdue();
            answer = self.release(false, left, each);
            matches!(answer, Ok(true))
        })?;
        if !answer? {
            return Ok(false);
        }
        let mut frames = Vec::new();
        // What fails here was sent before and is missed below.
        let drained = decoder.drain(&mut |frame| frames.push(frame));
        if drained.is_err() && frames.is_empty() && !self.expected.is_empty() {
            self.note(*self.expected.first().unwrap_or(&last));
        }
        self.take(frames);
        self.release(true, left, each)
    }

    /// Pictures that precede their sync packet in display cannot be decoded from it, and nothing later needs them; the
    /// same holds for what stands before the first picture of a file that was cut.
    fn is_leading(&self, number: usize) -> bool {
        let entries = &self.of.track.entries;
        let before_sync = number != self.start && entries[number].pts < entries[self.start].pts;
        let first_shown = self.of.timeline.pictures.first().map_or(i64::MIN, |picture| picture.pts);
        let cut_off = entries[number].is(HIDDEN) && entries[number].pts < first_shown;
        (before_sync && self.start > 0) || cut_off
    }

    fn note(&mut self, number: usize) {
        if self.is_leading(number) {
            return;
        }
        if self.droppable.contains(&number) {
            self.alone.insert(number);
        } else {
            self.damage = Some(self.damage.map_or(number, |first| first.min(number)));
        }
    }

    fn take(&mut self, frames: Vec<Frame>) {
        count(&self.of.shared.counters.pictures_decoded, frames.len() as u64);
        for frame in frames {
            let Some(number) = frame.mark().and_then(|mark| usize::try_from(mark).ok()) else { continue };
            if frame.is_corrupt() {
                self.note(number);
            }
            self.expected.remove(&number);
            self.held.push((number, frame));
        }
    }

    fn forget_overdue(&mut self) {
        while self.expected.len() > MAX_DELAY {
            self.expected.pop_first();
        }
    }

    /// Hand on what nothing still in the decoder can call into question.
    fn release(
        &mut self,
        all: bool,
        left: &mut BTreeSet<usize>,
        each: &mut dyn FnMut(Decoded) -> Result<bool>,
    ) -> Result<bool> {
        let limit = if all { usize::MAX } else { self.expected.first().copied().unwrap_or(usize::MAX) };
        let (ready, held) =
            std::mem::take(&mut self.held).into_iter().partition(|(number, _)| *number < limit);
        self.held = held;
        for (number, frame) in ready {
            let Some(picture) = self.of.timeline.place_of(number) else { continue };
            let damaged = self.damage.is_some_and(|first| number >= first) || self.alone.contains(&number);
            if damaged && self.skip && self.skipped {
                // The pass without skipping will tell.
                continue;
            }
            if left.remove(&picture) && !each(Decoded { picture, frame: Some(frame), damaged })? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
