//! The samples of one call.

use emos_time::{Span, Spans};

use crate::audio::reading::{AudioReading, Marks};
use crate::audio::{self, Format};
use crate::buffer::Buffer;
use crate::error::{Error, ErrorKind, Result};
use crate::frames::{time_overflow, MAX_BYTES};
use crate::medium::{Medium, OnError};
use crate::source::Stop;

/// A waveform as a caller gets it: float32 `[C, N]`.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// `None` where the caller's own memory was filled.
    pub data: Option<Vec<f32>>,
    /// Channels and samples.
    pub shape: [usize; 2],
    /// The index of the first sample on the grid of the rate.
    pub first_sample: i64,
    pub sample_rate: u32,
    /// Which samples are data, counted from the first.
    pub valid: Spans,
    /// Which samples are lost to damage, or come from data that is marked as damaged; counted from the first.
    pub damaged: Spans,
}

/// The samples of a span in a format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    format: Format,
    /// Indices `[first, end)` on the grid of the rate.
    first: i64,
    end: i64,
    /// Channels and samples.
    pub shape: [usize; 2],
}

impl Wanted {
    /// Refuses a number of samples that cannot fit into memory.
    pub fn new(medium: &Medium, span: Span, rate: Option<u32>, channels: Option<u32>) -> Result<Self> {
        let name = medium.name();
        medium.gives_nothing(medium.audio()?.stream)?;
        let format = medium.audio_format(rate, channels)?;
        let (first, end) = audio::sample_range(span, format.rate).ok_or_else(|| time_overflow(name))?;
        let length = u64::try_from(end - first).unwrap_or(0);
        let bytes = length.saturating_mul(4).saturating_mul(u64::from(format.channels));
        if bytes > MAX_BYTES {
            let what = format!(
                "the samples must take at most {MAX_BYTES} bytes, got {bytes} for {length} of {} channels; ask for a \
                 shorter span",
                format.channels
            );
            return Err(Error::new(ErrorKind::TooLarge, what, name));
        }
        let shape = [format.channels as usize, usize::try_from(length).unwrap_or(0)];
        Ok(Wanted { format, first, end, shape })
    }

    /// Memory for the samples.
    pub fn buffer<'a>(&self, medium: &Medium, out: Option<&'a mut [f32]>) -> Result<Buffer<'a, f32>> {
        Buffer::new(out, &self.shape, "samples", medium.name())
    }

    /// Decode, mix and resample.
    pub fn read(&self, medium: &Medium, mut buffer: Buffer<'_, f32>, stop: &dyn Stop) -> Result<Samples> {
        let (audio, name) = (medium.audio()?, medium.name());
        let track = medium.shared.index.track(audio.stream).ok_or_else(|| {
            let what = "the audio track is not in the index; open the source again";
            Error::new(ErrorKind::NoSuchTrack, what, name)
        })?;
        if medium.gives_nothing(audio.stream)? {
            buffer.as_mut_slice().fill(0.0);
            let mut damaged = Spans::new();
            damaged.push(0, self.end - self.first);
            return Ok(self.samples(buffer, Spans::new(), damaged));
        }
        let reading = AudioReading { packets: medium.packets(), track, audio, cache: &medium.cache };
        let Marks { valid, damaged } =
            reading.read(self.first, self.end, self.format, buffer.as_mut_slice(), stop)?;
        if let (Some(first), OnError::Raise) = (damaged.as_slice().first(), medium.on_error) {
            let (start, end) = self.milliseconds(*first);
            let others = other_tracks(medium, audio.stream);
            let what = format!(
                "audio in [{start}, {end}) s is damaged; open with on_error=\"mask\" to read past damage{others}"
            );
            return Err(Error::new(ErrorKind::DecodeError, what, name));
        }
        Ok(self.samples(buffer, valid, damaged))
    }

    fn samples(&self, buffer: Buffer<'_, f32>, valid: Spans, damaged: Spans) -> Samples {
        Samples {
            data: buffer.into_own(),
            shape: self.shape,
            first_sample: self.first,
            sample_rate: self.format.rate,
            valid,
            damaged,
        }
    }

    /// The times of a range of the samples.
    fn milliseconds(&self, (first, end): (i64, i64)) -> (String, String) {
        milliseconds(self.first + first, self.first + end, self.format.rate)
    }
}

/// What can be read in the place of an audio track.
fn other_tracks(medium: &Medium, own: usize) -> String {
    let others = medium.shared.streams.iter().filter(|stream| {
        let is_read = medium.shared.index.track(stream.index).is_some_and(|track| !track.is_video);
        is_read && stream.index != own
    });
    let others: Vec<String> = others
        .map(|stream| match &stream.language {
            Some(language) => format!("{} ({language})", stream.index),
            None => stream.index.to_string(),
        })
        .collect();
    match others.as_slice() {
        [] => String::new(),
        others => format!(", or read another track with audio={}", others.join(" or ")),
    }
}

/// The times of two samples in seconds, to three decimals, which are not the same ones.
fn milliseconds(first: i64, end: i64, rate: u32) -> (String, String) {
    let nearest =
        |sample: i64| ((i128::from(sample) * 2_000).div_euclid(i128::from(rate.max(1))) + 1).div_euclid(2);
    let (start, end) = (nearest(first), nearest(end));
    let end = end.max(start + 1);
    let text = |time: i128| {
        let sign = if time < 0 { "-" } else { "" };
        format!("{sign}{}.{:03}", time.unsigned_abs() / 1_000, time.unsigned_abs() % 1_000)
    };
    (text(start), text(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_damage_has_three_decimals_and_a_length() {
        let text = |first, end, rate| {
            let (start, end) = milliseconds(first, end, rate);
            format!("[{start}, {end})")
        };
        assert_eq!(text(144_000, 145_152, 48_000), "[3.000, 3.024)");
        assert_eq!(text(1_152, 2_304, 44_100), "[0.026, 0.052)");
        assert_eq!(text(-24_000, 0, 48_000), "[-0.500, 0.000)");
        assert_eq!(text(48_000, 48_001, 48_000), "[1.000, 1.001)");
    }
}
