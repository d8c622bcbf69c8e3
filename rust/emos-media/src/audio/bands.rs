//! What decoded audio has in its upper half band and between its channels.
//!
//! Two decoders of spectral band replication that began at different packets never agree bit for bit, since each draws
//! noise from a generator of its own. They agree in what is compared here once both have what they need.

use emos_ffmpeg::Planes;

/// One packet in short. Energies are means; full scale is 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bands {
    /// The energy above a quarter of the sample rate.
    pub upper: f64,
    /// The energy of the differences between the first channel and the others.
    pub side: f64,
    /// The first channel below a sixteenth of the rate, roughly: means of [`LOWER_STEP`] samples. The noise of the decoder
    /// lies higher, so that this is nearly the same at all times, unless the decoder delays it.
    lower: Vec<f64>,
}

const LOWER_STEP: usize = 8;

/// Energies below this are silence: -80 dB.
const SILENCE: f64 = 1e-8;
/// Energies that differ by more than this factor, 12 dB, are not of the same sound. Noise of the same level rarely differs by
/// half of it over a packet; without a header there is nothing at all.
const UNLIKE: f64 = 16.0;
/// A difference of the lower bands with more than this share of their energy is more than the noise of a decoder.
const OTHER_LOWER: f64 = 0.125;

impl Bands {
    pub fn of(planes: &Planes) -> Self {
        let channels: Vec<Vec<f64>> = match planes {
            Planes::F32(planes) => {
                planes.iter().map(|p| p.iter().map(|value| f64::from(*value)).collect()).collect()
            }
            Planes::F64(planes) => planes.clone(),
        };
        let Some((first, others)) = channels.split_first() else { return Bands::default() };
        let upper = channels.iter().map(|channel| upper(channel)).sum();
        let side = others.iter().map(|other| mean(first.iter().zip(other).map(|(a, b)| a - b))).sum();
        let lower =
            first.chunks_exact(LOWER_STEP).map(|few| few.iter().sum::<f64>() / LOWER_STEP as f64).collect();
        Bands { upper, side, lower }
    }

    /// Whether there is anything in the upper half band or between channels.
    pub fn is_audible(&self) -> bool {
        self.upper > SILENCE || self.side > SILENCE
    }

    /// Whether both hold the same audio but for the noise that decoders make.
    pub fn is_like(&self, other: &Bands) -> bool {
        let like = |a: f64, b: f64| a.max(b) <= SILENCE || a.max(b) <= UNLIKE * a.min(b);
        let energy = mean(self.lower.iter().copied()).max(mean(other.lower.iter().copied()));
        let change = mean(self.lower.iter().zip(&other.lower).map(|(a, b)| a - b));
        let same_lower =
            self.lower.len() == other.lower.len() && (energy <= SILENCE || change <= OTHER_LOWER * energy);
        same_lower && like(self.upper, other.upper) && like(self.side, other.side)
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.map(|value| value * value).sum::<f64>() / count
}

/// The mean energy above a quarter of the rate, by a half-band filter that damps what is below by 50 dB.
fn upper(channel: &[f64]) -> f64 {
    /// Taps to each side of the middle.
    const REACH: usize = 31;
    let tap = |at: usize| {
        let distance = at as f64;
        let window = 0.5 + 0.5 * (std::f64::consts::PI * distance / (REACH as f64 + 1.0)).cos();
        -(std::f64::consts::FRAC_PI_2 * distance).sin() / (std::f64::consts::PI * distance) * window
    };
    // Every second tap of a half-band filter is zero.
    let taps: Vec<(usize, f64)> = (1..=REACH).step_by(2).map(|at| (at, tap(at))).collect();
    let inner = channel.len().saturating_sub(2 * REACH);
    mean((REACH..REACH + inner).map(|at| {
        let sum: f64 = taps.iter().map(|(far, tap)| tap * (channel[at - far] + channel[at + far])).sum();
        0.5 * channel[at] + sum
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of amplitude 1 at a fraction of the sample rate.
    fn tone(fraction: f64) -> Vec<f32> {
        (0..2_048).map(|at| (std::f64::consts::TAU * fraction * f64::from(at)).sin() as f32).collect()
    }

    #[test]
    fn tones_above_a_quarter_of_the_rate_are_upper() {
        let high = Bands::of(&Planes::F32(vec![tone(0.3)]));
        assert!((high.upper - 0.5).abs() < 0.01, "{high:?}");
        let low = Bands::of(&Planes::F32(vec![tone(0.2)]));
        assert!(low.upper < 0.5e-5, "{low:?}");
        assert!(!high.is_like(&low) && !low.is_like(&high) && high.is_like(&high));
    }

    #[test]
    fn what_differs_between_channels_is_side() {
        let same = Bands::of(&Planes::F32(vec![tone(0.1), tone(0.1)]));
        assert_eq!(same.side, 0.0);
        let other = Bands::of(&Planes::F32(vec![tone(0.1), vec![0.0; 2_048]]));
        assert!((other.side - 0.5).abs() < 0.01, "{other:?}");
        assert!(other.is_audible() && !same.is_like(&other));
    }

    #[test]
    fn a_delay_is_heard_in_the_lower_band() {
        let long: Vec<f32> = (0..4_096).map(|at| (0.041 * at as f32).sin()).collect();
        let of = |from: usize| Bands::of(&Planes::F32(vec![long[from..from + 2_048].to_vec()]));
        assert!(!of(0).is_like(&of(384)) && of(0).is_like(&of(0)));
    }

    #[test]
    fn silence_is_like_silence_and_too_short_audio_is_silent() {
        let (none, faint) = (Bands::default(), Bands { upper: 1e-9, side: 1e-12, lower: vec![] });
        assert!(none.is_like(&faint) && !faint.is_audible());
        assert_eq!(Bands::of(&Planes::F32(vec![vec![1.0; 62]])).upper, 0.0);
        assert_eq!(Bands::of(&Planes::F32(vec![])), none);
    }
}
