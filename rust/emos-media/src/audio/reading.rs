//! Any samples of a track, at any rate: chunk after chunk, through one resampler, into the memory of the answer.

use std::ops::Range;

use emos_ffmpeg::{ChannelLayout, Planes, Resampler};
use emos_time::Spans;

use super::chunk::{self, ChunkCache};
use super::ratio::Ratio;
use super::track::AudioTrack;
use super::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::index::Track;
use crate::packets::Packets;
use crate::source::Stop;

/// Samples of silence that a resampler gets at once.
const SILENCE: usize = 16_384;

/// What is known of the samples of an answer, counted from its first.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The track has them.
    pub valid: Spans,
    /// They are lost to damage, or they were decoded from data that is marked as damaged.
    pub damaged: Spans,
}

/// Reads the samples of one track.
#[derive(Debug)]
pub(crate) struct AudioReading<'a> {
    pub packets: Packets<'a>,
    pub track: &'a Track,
    pub audio: &'a AudioTrack,
    pub cache: &'a ChunkCache,
}

/// Samples of the track at its own rate, in the order of time.
enum Part<'a> {
    Silence(usize),
    Decoded(&'a Planes, Range<usize>),
}

impl AudioReading<'_> {
    /// Write samples `[first, end)` of the grid of the format into all of `out`, channel after channel; those outside of
    /// the track, in a gap or lost to damage are zero.
    pub fn read(
        &self,
        first: i64,
        end: i64,
        format: Format,
        out: &mut [f32],
        stop: &dyn Stop,
    ) -> Result<Marks> {
        let ratio = Ratio::new(self.audio.rate, format.rate);
        let total = ratio.out_ceil(self.audio.len());
        let origin = self.audio.first_sample(format.rate).unwrap_or(first);
        let (from, to) = ((first - origin).clamp(0, total), (end - origin).clamp(0, total));
        if from >= to || out.is_empty() {
            out.fill(0.0);
            return Ok(Marks::default());
        }
        let native = format.rate == self.audio.rate;
        let margin = if native { 0 } else { ratio.margin() };
        let begin = ratio.aligned_before(ratio.in_floor(from).saturating_sub(margin).max(0));
        let until = ratio.in_ceil(to).saturating_add(margin).min(self.audio.len());
        let at = index(from + origin - first);
        let mut rows = Rows {
            length: index(end - first),
            out,
            // The first sample is the one at `begin`, which is aligned, so its index at the new rate is an integer.
            skip: index(from - ratio.out_exact(begin)),
            next: at,
            end: at + index(to - from),
        };
        let found = if native && format.channels == self.audio.layout.channels() {
            self.walk(begin, until, stop, &mut |part| {
                rows.push_part(part);
                Ok(())
            })?
        } else {
            self.resampled(begin, until, format, &mut rows, stop)?
        };
        rows.fill_rest(at);
        let mut marks = Marks::default();
        let clamped = |sample: i64| sample.clamp(from, to) + origin - first;
        for (a, b) in found.valid.as_slice() {
            marks.valid.push(clamped(ratio.out_ceil(a + begin)), clamped(ratio.out_ceil(b + begin)));
        }
        for (a, b) in found.damaged.as_slice() {
            // However few they are, the sample before or after them is marked.
            marks.damaged.push(clamped(ratio.out_floor(a + begin)), clamped(ratio.out_ceil(b + begin)));
        }
        Ok(marks)
    }

    /// Samples `[begin, end)` of the track, mixed and resampled.
    fn resampled(
        &self,
        begin: i64,
        end: i64,
        format: Format,
        rows: &mut Rows<'_>,
        stop: &dyn Stop,
    ) -> Result<Marks> {
        let fail = |error| Error::ffmpeg(error, ErrorKind::DecodeError, self.packets.shared.name());
        let (layout, wide) = (&self.audio.layout, self.audio.wide);
        let mixed =
            if format.channels == layout.channels() { None } else { ChannelLayout::usual(format.channels) };
        let target = mixed.as_ref().unwrap_or(layout);
        let mut resampler =
            Resampler::new(layout, self.audio.rate, wide, target, format.rate).map_err(fail)?;
        let silence = Planes::silent(wide, layout.channels() as usize, SILENCE);
        let found = self.walk(begin, end, stop, &mut |part| {
            let mut each = |planes: &[Vec<f32>]| rows.push(planes);
            let fed = match part {
                Part::Decoded(planes, range) => resampler.feed(planes, range, &mut each),
                Part::Silence(count) => (0..count)
                    .step_by(SILENCE)
                    .try_for_each(|at| resampler.feed(&silence, 0..SILENCE.min(count - at), &mut each)),
            };
            fed.map_err(fail)
        })?;
        if end == self.audio.len() {
            resampler.finish(&mut |planes| rows.push(planes)).map_err(fail)?;
        }
        Ok(found)
    }

    /// Hand samples `[begin, end)` of the track to `each`, in order and without a gap. Returns what is known of them.
    fn walk(
        &self,
        begin: i64,
        end: i64,
        stop: &dyn Stop,
        each: &mut dyn FnMut(Part<'_>) -> Result<()>,
    ) -> Result<Marks> {
        let (mut valid, mut marked) = (Spans::new(), Spans::new());
        // How far samples were handed out.
        let mut at = begin;
        let after = self.audio.placing.runs.partition_point(|run| run.start + run.len <= begin);
        for run in self.audio.placing.runs[after..].iter().take_while(|run| run.start < end) {
            let to_decoded = run.decoded - run.start;
            let last = (run.start + run.len).min(end) + to_decoded;
            let mut decoded = run.start.max(begin) + to_decoded;
            while decoded < last {
                if stop.stop() {
                    return Err(Error::interrupted(self.packets.shared.name()));
                }
                let number = self.audio.packet_of(decoded).index() / self.audio.anchors.spacing.max(1);
                let chunk = chunk::get(self.packets, self.track, self.audio, self.cache, number, stop)?;
                let available = chunk.start + i64::try_from(chunk.planes.samples()).unwrap_or(0);
                let until = last.min(available);
                if until <= decoded {
                    break;
                }
                let target = decoded - to_decoded;
                each(Part::Silence(index(target - at)))?;
                let (from, to) = (decoded - chunk.start, until - chunk.start);
                each(Part::Decoded(&chunk.planes, index(from)..index(to)))?;
                let note = |spans: &mut Spans, of: &Spans| {
                    for (a, b) in of.slice(from, to).as_slice() {
                        spans.push(target - begin + a, target - begin + b);
                    }
                };
                note(&mut valid, &chunk.valid);
                note(&mut marked, &chunk.damaged);
                at = until - to_decoded;
                decoded = until;
            }
        }
        each(Part::Silence(index(end - at)))?;
        let lost = self.audio.covered().slice(begin, end).without(&valid);
        Ok(Marks { valid, damaged: lost.with(&marked) })
    }
}

/// The rows of an answer, one a channel, written from left to right.
struct Rows<'a> {
    out: &'a mut [f32],
    /// Samples of a row.
    length: usize,
    /// How many samples are still to be dropped before the first that was asked for.
    skip: usize,
    /// The next sample to write, and the end of those that the track has.
    next: usize,
    end: usize,
}

impl Rows<'_> {
    /// Append samples: one vector a channel, of one length.
    fn push(&mut self, planes: &[Vec<f32>]) {
        let count = planes.first().map_or(0, Vec::len);
        self.append(count, |row, channel, from| {
            if let Some(source) = planes.get(channel).and_then(|plane| plane.get(from..from + row.len())) {
                row.copy_from_slice(source);
            }
        });
    }

    fn push_part(&mut self, part: Part<'_>) {
        match part {
            Part::Silence(count) => self.append(count, |row, _, _| row.fill(0.0)),
            Part::Decoded(planes, range) => self.append(range.len(), |row, channel, from| {
                planes.write_to(row, channel, range.start + from);
            }),
        }
    }

    /// Append `count` samples; `write` gets the part of each row, its channel, and the first of the samples that is kept.
    fn append(&mut self, count: usize, write: impl Fn(&mut [f32], usize, usize)) {
        let dropped = self.skip.min(count);
        self.skip -= dropped;
        let kept = (count - dropped).min(self.end - self.next);
        if kept == 0 {
            return;
        }
        let target = self.next..self.next + kept;
        for (channel, row) in self.out.chunks_exact_mut(self.length).enumerate() {
            write(&mut row[target.clone()], channel, dropped);
        }
        self.next = target.end;
    }

    /// Zeros before `at`, the first sample of the track, and after the last that was written.
    fn fill_rest(&mut self, at: usize) {
        for row in self.out.chunks_exact_mut(self.length) {
            row[..at].fill(0.0);
            row[self.next..].fill(0.0);
        }
    }
}

fn index(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}
