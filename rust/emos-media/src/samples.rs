//! The samples of one call.

use emos_time::{Span, Spans};

use crate::audio::{self, AudioReading, Format};
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
    /// Whether some samples are missing because of damage.
    pub damaged: bool,
}

/// The samples of a span in a format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    span: Span,
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
        Ok(Wanted { span, format, first, end, shape })
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
            return Ok(self.samples(buffer, Spans::new(), true));
        }
        let reading = AudioReading { packets: medium.packets(), track, audio, cache: &medium.cache };
        let (valid, damaged) =
            reading.read(self.first, self.end, self.format, buffer.as_mut_slice(), stop)?;
        if damaged && medium.on_error == OnError::Raise {
            let what = format!(
                "audio in [{}, {}) s is damaged; open with on_error=\"mask\" to read past damage",
                self.span.start(),
                self.span.end()
            );
            return Err(Error::new(ErrorKind::DecodeError, what, name));
        }
        Ok(self.samples(buffer, valid, damaged))
    }

    fn samples(&self, buffer: Buffer<'_, f32>, valid: Spans, damaged: bool) -> Samples {
        Samples {
            data: buffer.into_own(),
            shape: self.shape,
            first_sample: self.first,
            sample_rate: self.format.rate,
            valid,
            damaged,
        }
    }
}
