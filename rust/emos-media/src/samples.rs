//! The samples of one call.

use emos_time::{Span, Spans};

use crate::audio::{self, AudioReading};
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

/// Decode, mix and resample the samples of a span.
pub(crate) fn read(
    medium: &Medium,
    span: Span,
    rate: Option<u32>,
    channels: Option<u32>,
    out: Option<&mut [f32]>,
    stop: &dyn Stop,
) -> Result<Samples> {
    let name = medium.name();
    let audio = medium.audio()?;
    let format = audio.format(name, rate, channels)?;
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
    let total = shape[0] * shape[1];
    let has_out = out.is_some();
    let mut own = Vec::new();
    let out = match out {
        Some(out) if out.len() == total => {
            out.fill(0.0);
            out
        }
        Some(out) => {
            let what = format!(
                "out must have {total} samples and shape {shape:?}, got {} samples; make an array of that shape",
                out.len()
            );
            return Err(Error::new(ErrorKind::InvalidArgument, what, name));
        }
        None => {
            own = vec![0.0; total];
            own.as_mut_slice()
        }
    };
    let track = medium.shared.index.track(audio.stream).ok_or_else(|| {
        let what = "the audio track is not in the index; open the source again";
        Error::new(ErrorKind::NoSuchTrack, what, name)
    })?;
    let reading = AudioReading { packets: medium.packets(), track, audio, cache: &medium.cache };
    let (valid, damaged) = reading.read(first, end, format, out, stop)?;
    if damaged && medium.on_error == OnError::Raise {
        let what = format!(
            "audio in [{}, {}) s is damaged; open with on_error=\"mask\" to read past damage",
            span.start(),
            span.end()
        );
        return Err(Error::new(ErrorKind::DecodeError, what, name));
    }
    let data = (!has_out).then_some(own);
    Ok(Samples { data, shape, first_sample: first, sample_rate: format.rate, valid, damaged })
}
