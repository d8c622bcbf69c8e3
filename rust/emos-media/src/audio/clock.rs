//! The smoothed clock of an audio track: where packets stand off the running count of samples.
//!
//! ```text
//! deviation of a packet: its time less the samples decoded before it
//!
//! joined   ______________      within a tick and a sample of those before: the rounding of the container
//! wobble   ____/\__/\____      beyond, and back within 16 packets: removed, packets stay end to end
//! step     ______|-------      beyond, and constant for 17 packets: the packet begins at its own time
//! drift    _____.-'-'''''      beyond, and neither: followed in the smallest number of samples
//! ```

/// So many packets after the first may pass until a wobble is back.
const LONGEST_WOBBLE: usize = 16;
/// The most that is inserted or dropped at once to follow a drift: a thousandth of a second.
pub(super) const MOST_AT_ONCE: (i128, i128) = (1, 1_000);
/// So many packets that agree on a new time are a step, where the track ends with them.
const AGREEING: usize = 3;

/// The units of deviations: all lengths are integers in a unit that both clocks share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// One tick of the container.
    pub tick: i128,
    /// One sample.
    pub sample: i128,
    /// One second.
    pub second: i128,
}

/// What happens at a packet that does not simply follow the samples before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Correction {
    /// It begins where its deviation is this.
    Begin(i128),
    /// It moves by so many samples against those before it.
    Shift(i64),
}

/// The deviations that are joined now.
#[derive(Clone, Copy, Debug)]
struct Joined {
    low: i128,
    high: i128,
    tolerance: i128,
}

impl Joined {
    fn fits(self, value: i128) -> bool {
        self.high.max(value) - self.low.min(value) <= self.tolerance
    }

    fn add(&mut self, value: i128) {
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
    }

    /// The smallest number of samples by which all must move so that a value fits.
    fn shift_to(self, value: i128, sample: i128) -> i128 {
        let samples = |distance: i128| (distance + sample - 1).div_euclid(sample);
        if self.fits(value) {
            0
        } else if value > self.high {
            samples(value - self.tolerance - self.low)
        } else {
            -samples(self.high - self.tolerance - value)
        }
    }

    /// Move so that a value which was `shift` away is the last that fits on its side.
    fn move_by(&mut self, shift: i128) {
        if shift > 0 {
            self.low += shift;
            self.high = self.low + self.tolerance;
        } else {
            self.high += shift;
            self.low = self.high - self.tolerance;
        }
    }
}

/// Follow the deviations of packets, relative to the first; `None` for a packet without a time of its own. Returns the
/// packets that do not follow those before them.
pub(super) fn follow(deviations: &[Option<i128>], units: Units) -> Vec<(usize, Correction)> {
    let tolerance = units.tick + units.sample;
    let most = units.second * MOST_AT_ONCE.0 / MOST_AT_ONCE.1;
    let mut corrections = Vec::new();
    let mut joined = Joined { low: 0, high: 0, tolerance };
    for (at, deviation) in deviations.iter().enumerate() {
        let Some(deviation) = *deviation else { continue };
        if joined.fits(deviation) {
            joined.add(deviation);
            continue;
        }
        let is_later = deviation > joined.high;
        let is_back = |value: i128| joined.fits(value) || (value > joined.high) != is_later;
        let following: Vec<i128> =
            deviations[at..].iter().take(1 + LONGEST_WOBBLE).flatten().copied().collect();
        if following[1..].iter().any(|value| is_back(*value)) {
            continue;
        }
        let distance = |value: i128| (value - joined.low).abs();
        if following.len() <= LONGEST_WOBBLE && distance(deviation) > 2 * tolerance {
            // The track ends. What went as far and came back a moment ago may be wobble here too.
            let before = deviations[at.saturating_sub(LONGEST_WOBBLE)..at].iter().flatten();
            let is_far = |value: i128| 2 * distance(value) >= distance(deviation);
            let mut wobbles = before.skip_while(|value| is_back(**value) || !is_far(**value));
            if wobbles.any(|value| is_back(*value)) {
                continue;
            }
        }
        let constant = constant_prefix(&following, tolerance);
        let line = line_at_first(&following);
        let shift = joined.shift_to(line, units.sample);
        if constant == following.len() && constant >= AGREEING {
            corrections.push((at, Correction::Begin(deviation)));
            joined = Joined { low: deviation, high: deviation, tolerance };
        } else if (shift * units.sample).abs() <= most {
            if shift != 0 {
                corrections.push((at, Correction::Shift(i64::try_from(shift).unwrap_or(0))));
                joined.move_by(shift * units.sample);
            }
        } else {
            // A packet that is itself wobble against those after it begins with most of them.
            let goes_on = |value: &i128| {
                if is_later {
                    *value >= deviation - tolerance
                } else {
                    *value <= deviation + tolerance
                }
            };
            let to = if following.iter().all(goes_on) { deviation } else { line };
            corrections.push((at, Correction::Begin(to)));
            joined = Joined { low: to, high: to, tolerance };
        }
    }
    corrections
}

/// How many values from the first on lie within `tolerance` of each other.
fn constant_prefix(values: &[i128], tolerance: i128) -> usize {
    let (mut low, mut high) = (values[0], values[0]);
    values
        .iter()
        .take_while(|value| {
            (low, high) = (low.min(**value), high.max(**value));
            high - low <= tolerance
        })
        .count()
}

/// The value at the first of a line through all values (Theil and Sen: the median slope, then the median offset), which a
/// few values that are far off do not move.
fn line_at_first(values: &[i128]) -> i128 {
    let mut slopes: Vec<i128> = Vec::with_capacity(values.len() * values.len() / 2);
    for (from, first) in values.iter().enumerate() {
        for (to, second) in values.iter().enumerate().skip(from + 1) {
            slopes.push((second - first).div_euclid((to - from) as i128));
        }
    }
    let slope = median(&mut slopes).unwrap_or(0);
    let mut offsets: Vec<i128> =
        values.iter().enumerate().map(|(at, value)| value - slope * at as i128).collect();
    median(&mut offsets).unwrap_or(0)
}

fn median(values: &mut [i128]) -> Option<i128> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit is one sample is one tick, 48,000 a second.
    const FINE: Units = Units { tick: 1, sample: 1, second: 48_000 };
    /// Ticks of a thousandth of a second.
    const COARSE: Units = Units { tick: 48, sample: 1, second: 48_000 };

    fn corrections(deviations: impl IntoIterator<Item = i128>, units: Units) -> Vec<(usize, Correction)> {
        follow(&deviations.into_iter().map(Some).collect::<Vec<_>>(), units)
    }

    /// The deviation at which each packet is put, in samples.
    fn positions(deviations: &[i128], units: Units) -> Vec<i128> {
        let corrections = corrections(deviations.iter().copied(), units);
        let mut now = 0;
        (0..deviations.len())
            .map(|at| {
                match corrections.iter().find(|(number, _)| *number == at) {
                    Some((_, Correction::Begin(to))) => now = *to,
                    Some((_, Correction::Shift(by))) => now += i128::from(*by) * units.sample,
                    None => {}
                }
                now
            })
            .collect()
    }

    #[test]
    fn rounding_of_the_container_is_joined() {
        // Packets of 1,024 samples in ticks of 1/1000 s: 0, 21.333 and 42.667 ms.
        let rounded = |n: i128| (n * 1_024 + 24).div_euclid(48) * 48 - n * 1_024;
        assert_eq!(corrections((0..1_000).map(rounded), COARSE), []);
        // Packets of 44.1 kHz round down.
        let units = Units { tick: 44_100, sample: 1_000, second: 44_100_000 };
        let rounded = |n: i128| (n * 1_024_000).div_euclid(44_100) * 44_100 - n * 1_024_000;
        assert_eq!(corrections((0..1_000).map(rounded), units), []);
    }

    #[test]
    fn wobble_that_comes_back_within_16_packets_is_removed() {
        let wobble =
            |length: usize| (0..100).map(move |n| if (20..20 + length).contains(&n) { 500 } else { 0 });
        assert_eq!(corrections(wobble(16), FINE), []);
        assert_eq!(corrections(wobble(17), FINE), [(20, Correction::Begin(500)), (37, Correction::Begin(0))]);
        // Alternating lateness is wobble as well, as is one to both sides.
        assert_eq!(corrections((0..100).map(|n| n % 2 * 480), FINE), []);
        assert_eq!(corrections((0..100).map(|n| [0, 90, -70, 150, -20][n % 5]), FINE), []);
    }

    #[test]
    fn a_step_begins_at_its_first_packet() {
        assert_eq!(
            corrections((0..150).map(|n| if n > 100 { 576 } else { 0 }), FINE),
            [(101, Correction::Begin(576))]
        );
        assert_eq!(
            corrections((0..150).map(|n| if n > 0 { 896 } else { 0 }), FINE),
            [(1, Correction::Begin(896))]
        );
        assert_eq!(
            corrections((0..150).map(|n| if n > 100 { -3 } else { 0 }), FINE),
            [(101, Correction::Begin(-3))]
        );
        // At the end of a track the packets that there are decide.
        assert_eq!(
            corrections((0..103).map(|n| if n > 100 { 576 } else { 0 }), FINE),
            [(101, Correction::Begin(576))]
        );
    }

    #[test]
    fn steps_close_to_each_other_each_begin_at_their_first_packet() {
        let steps = (0..40).map(|n| {
            if n >= 15 {
                96_000
            } else if n >= 10 {
                48_000
            } else {
                0
            }
        });
        let expected = [(10, Correction::Begin(48_000)), (15, Correction::Begin(96_000))];
        assert_eq!(corrections(steps, FINE), expected);
        // Silence that is not sent: a packet, and a pause, again and again.
        let pauses: Vec<i128> = (0..40).map(|n| n * 18_240).collect();
        assert_eq!(positions(&pauses, FINE), pauses);
        let pauses: Vec<i128> = (0..40).map(|n| (n * 3 / 5) * 1_024).collect();
        assert_eq!(positions(&pauses, FINE), pauses);
    }

    #[test]
    fn drift_is_followed_at_packets_in_few_samples() {
        for slope in [6, -6, 47, -47] {
            let drift: Vec<i128> = (0..300).map(|n| n * slope).collect();
            for (position, deviation) in positions(&drift, FINE).iter().zip(&drift) {
                assert!((position - deviation).abs() <= 2, "{position} {deviation}");
            }
            let all = corrections(drift.iter().copied(), FINE);
            assert!(all
                .iter()
                .all(|(_, correction)| matches!(correction, Correction::Shift(by) if by.abs() <= 48)));
        }
    }

    #[test]
    fn drift_of_a_coarse_clock_is_followed_within_its_rounding() {
        let times = |n: i128| (n * 1_030 + 24).div_euclid(48) * 48 - n * 1_024;
        let drift: Vec<i128> = (0..500).map(times).collect();
        for (at, position) in positions(&drift, COARSE).iter().enumerate() {
            let clock = at as i128 * 6;
            assert!((position - clock).abs() <= 48 + 24 + 1, "{at}: {position} {clock}");
        }
    }

    #[test]
    fn a_first_packet_that_is_off_does_not_shift_the_others() {
        // Jitter of up to 2 ms to both sides, and a first packet at its edge.
        let jitter = |n: i128| (n * n * 31).rem_euclid(193) - 96;
        let all: Vec<i128> = (0..400).map(|n| if n == 0 { 0 } else { jitter(n) - 96 }).collect();
        let positions = positions(&all, FINE);
        assert!(positions[40..].iter().all(|position| (position + 96).abs() <= 48), "{:?}", &positions[..60]);
    }

    #[test]
    fn packets_without_a_time_follow_those_before_them() {
        let mut some: Vec<Option<i128>> = (0..60).map(|_| Some(0)).collect();
        some[10..30].fill(None);
        assert_eq!(follow(&some, FINE), []);
        some[30..].fill(Some(500));
        assert_eq!(follow(&some, FINE), [(30, Correction::Begin(500))]);
    }
}
