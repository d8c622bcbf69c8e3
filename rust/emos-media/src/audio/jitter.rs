//! Packets that jitter: the audio stands at the centre of their times, not where one of them happens to be.

use super::clock::{Correction, Units, MOST_AT_ONCE};

/// How many packets to each side say where the centre is. Wobble of 16 packets is less than a quarter of them.
const REACH: usize = 32;
/// Fewer packets have no centre.
const FEWEST: usize = 17;
/// The centre is found at every so many packets.
const STRIDE: usize = 4;

/// Bring audio to the centre of the deviations of packets, before it stands a millisecond from it: their mean wanders a
/// little round it.
/// `corrections` are those of [`super::clock::follow`]. Between two steps whose packets are all near, nothing changes.
pub(super) fn centred(
    deviations: &[Option<i128>],
    corrections: Vec<(usize, Correction)>,
    units: Units,
) -> Vec<(usize, Correction)> {
    let most = units.second * MOST_AT_ONCE.0 / MOST_AT_ONCE.1;
    // The rounding of a container is no jitter.
    let near = most + 2 * (units.tick + units.sample);
    let mut all = Vec::with_capacity(corrections.len());
    let mut rest = corrections.as_slice();
    let (mut first, mut level) = (0, 0);
    loop {
        let is_step = |(_, correction): &(usize, Correction)| matches!(correction, Correction::Begin(_));
        let (shifts, after) = rest.split_at(rest.iter().position(is_step).unwrap_or(rest.len()));
        let end = after.first().map_or(deviations.len(), |(at, _)| *at);
        if is_near(&deviations[first..end], first, level, shifts, near, units.sample) {
            all.extend_from_slice(shifts);
        } else {
            all.extend(follow_centre(&deviations[first..end], first, level, most, units.sample));
        }
        let Some(((at, Correction::Begin(to)), remaining)) = after.split_first() else { return all };
        all.push((*at, Correction::Begin(*to)));
        (first, level, rest) = (*at, *to, remaining);
    }
}

fn is_near(
    deviations: &[Option<i128>],
    first: usize,
    mut level: i128,
    shifts: &[(usize, Correction)],
    near: i128,
    sample: i128,
) -> bool {
    let mut shifts = shifts.iter().peekable();
    deviations.iter().enumerate().all(|(at, deviation)| {
        if let Some((_, Correction::Shift(by))) = shifts.next_if(|(number, _)| *number == first + at) {
            level += i128::from(*by) * sample;
        }
        deviation.is_none_or(|deviation| (deviation - level).abs() <= near)
    })
}

fn follow_centre(
    deviations: &[Option<i128>],
    first: usize,
    mut level: i128,
    most: i128,
    sample: i128,
) -> Vec<(usize, Correction)> {
    let mut shifts = Vec::new();
    for at in (1..deviations.len()).step_by(STRIDE) {
        let around = &deviations[at.saturating_sub(REACH)..(at + REACH + 1).min(deviations.len())];
        let Some(centre) = centre(around) else { continue };
        let off = centre - level;
        if off.abs() * 4 <= most * 3 {
            continue;
        }
        // The first packet jitters too; what comes later is drift, which is followed in small steps.
        let by = if at == 1 { off } else { off.clamp(-most, most) };
        let by = (2 * by + sample).div_euclid(2 * sample);
        shifts.push((first + at, Correction::Shift(i64::try_from(by).unwrap_or(0))));
        level += by * sample;
    }
    shifts
}

/// The middle between the quartiles: a wobble of fewer than a quarter of the packets does not move it.
fn centre(deviations: &[Option<i128>]) -> Option<i128> {
    let mut known: Vec<i128> = deviations.iter().flatten().copied().collect();
    known.sort_unstable();
    let quarter = known.len() / 4;
    if known.len() < FEWEST {
        return None;
    }
    Some((known.get(quarter)? + known.get(known.len() - 1 - quarter)?).div_euclid(2))
}

#[cfg(test)]
mod tests {
    use super::super::clock::follow;
    use super::*;

    /// One unit is one sample is one tick, 48,000 a second.
    const FINE: Units = Units { tick: 1, sample: 1, second: 48_000 };
    const NEAR: f64 = 48.0;

    /// The mean distance of 17 packets from where they are put, at its greatest.
    fn furthest(deviations: &[i128], skip: usize) -> f64 {
        let some: Vec<Option<i128>> = deviations.iter().copied().map(Some).collect();
        let corrections = centred(&some, follow(&some, FINE), FINE);
        let mut level = 0;
        let off: Vec<f64> = (0..deviations.len())
            .map(|at| {
                match corrections.iter().find(|(number, _)| *number == at) {
                    Some((_, Correction::Begin(to))) => level = *to,
                    Some((_, Correction::Shift(by))) => level += i128::from(*by),
                    None => {}
                }
                (deviations[at] - level) as f64
            })
            .collect();
        let means = off[skip..].windows(17).map(|part| part.iter().sum::<f64>() / 17.0);
        means.fold(0.0, |most: f64, mean| most.max(mean.abs()))
    }

    fn jittering(amplitude: f64, slope: f64) -> Vec<i128> {
        let first = amplitude;
        (0..400).map(f64::from).map(|n| (amplitude * (n * 2.399).cos() + n * slope - first) as i128).collect()
    }

    #[test]
    fn audio_stands_at_the_centre_of_jitter() {
        assert!(furthest(&jittering(480.0, 0.0), 1) <= NEAR, "{}", furthest(&jittering(480.0, 0.0), 1));
        assert!(furthest(&jittering(190.0, 0.0), 1) <= NEAR);
        let alternating: Vec<i128> = (0..400).map(|n| (n % 2) * 384).collect();
        assert!(furthest(&alternating, 1) <= NEAR);
    }

    #[test]
    fn drift_under_jitter_is_followed() {
        for slope in [2.4, -2.4] {
            assert!(
                furthest(&jittering(240.0, slope), 1) <= 2.0 * NEAR,
                "{}",
                furthest(&jittering(240.0, slope), 1)
            );
        }
    }

    #[test]
    fn a_burst_and_rounding_move_nothing() {
        let burst: Vec<Option<i128>> =
            (0..200).map(|n| Some(if (90..106).contains(&n) { 1_440 } else { 0 })).collect();
        assert_eq!(centred(&burst, follow(&burst, FINE), FINE), []);
        let rounded = |n: i128| Some((n * 1_024 + 24).div_euclid(48) * 48 - n * 1_024);
        let coarse = Units { tick: 48, ..FINE };
        let all: Vec<Option<i128>> = (0..1_000).map(rounded).collect();
        for units in [FINE, coarse] {
            assert_eq!(centred(&all, follow(&all, units), units), []);
        }
    }

    #[test]
    fn steps_and_the_drift_between_them_stay() {
        let all: Vec<Option<i128>> =
            (0..300).map(|n| Some(n * 6 + if n > 150 { 9_600 } else { 0 })).collect();
        assert_eq!(centred(&all, follow(&all, FINE), FINE), follow(&all, FINE));
    }
}
