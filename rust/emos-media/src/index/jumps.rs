//! Clocks that jump: in MPEG-TS, after a step backward or one of over ten seconds, time goes on without a gap.

use emos_time::Rational;

/// The greatest step forward that is a pause, in seconds; a greater one is a jump of the clock.
const LONGEST_PAUSE: i128 = 10;
/// How far audio times may step back by rounding alone: a fiftieth of a second.
const JITTER: (i128, i128) = (1, 50);

/// Maps the times of all streams of a file onto one clock that never jumps.
#[derive(Debug, Default)]
pub(crate) struct Jumps {
    streams: Vec<Clock>,
    /// The shift after the last jump, in seconds: other streams have the same jump a little later.
    shift: Option<Rational>,
    pub count: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    shift: Option<Rational>,
    /// The same in ticks, which are added.
    ticks: i64,
    last: Option<i64>,
    step: i64,
}

impl Jumps {
    /// The ticks to add to the times of a packet. `dts` is its decoding time as the demuxer gives it, `time_base` the
    /// numerator and denominator of the seconds of a tick.
    pub fn shift(
        &mut self,
        stream: usize,
        is_video: bool,
        dts: i64,
        duration: i64,
        time_base: (i32, i32),
    ) -> i64 {
        if self.streams.len() <= stream {
            self.streams.resize(stream + 1, Clock::default());
        }
        let latest = self.shift;
        let clock = &mut self.streams[stream];
        let Some(last) = clock.last else {
            clock.shift = latest;
            clock.ticks = nearest_ticks(latest, time_base);
            clock.last = Some(dts.saturating_add(clock.ticks));
            clock.step = duration;
            return clock.ticks;
        };
        let (tick, second) = (i128::from(time_base.0), i128::from(time_base.1));
        let fits = |ticks: i64| {
            // A step, in units of one second divided by the denominator of the time base.
            let step = i128::from(dts.saturating_add(ticks).saturating_sub(last)) * tick;
            let back = if is_video { 0 } else { JITTER.0 * second };
            step * JITTER.1 >= -back && step <= LONGEST_PAUSE * second
        };
        if !fits(clock.ticks) {
            let shared = nearest_ticks(latest, time_base);
            if latest != clock.shift && fits(shared) {
                clock.ticks = shared;
                clock.shift = latest;
            } else {
                let step = if clock.step > 0 { clock.step } else { 1 };
                clock.ticks = last.saturating_add(step).saturating_sub(dts);
                clock.shift = Rational::from_ticks(clock.ticks, time_base.0, time_base.1);
                self.shift = clock.shift;
                self.count += 1;
            }
        }
        let now = dts.saturating_add(clock.ticks);
        clock.step = if duration > 0 { duration } else { now.saturating_sub(last) };
        clock.last = Some(now);
        clock.ticks
    }
}

/// The integer number of ticks nearest to a shift, which is exact where the stream that jumped has the same time base.
fn nearest_ticks(shift: Option<Rational>, (numerator, denominator): (i32, i32)) -> i64 {
    let tick = Rational::from_ticks(1, numerator, denominator);
    let ticks = shift.zip(tick).and_then(|(shift, tick)| shift.checked_div(tick));
    ticks.zip(Rational::new(1, 2)).and_then(|(ticks, half)| ticks.checked_add(half)?.floor()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: (i32, i32) = (1, 90_000);

    #[test]
    fn a_step_back_goes_on_after_the_last_packet_in_every_stream() {
        let mut jumps = Jumps::default();
        for n in 0..10 {
            assert_eq!(jumps.shift(0, true, 900_000 + n * 3_600, 3_600, TICK), 0);
            assert_eq!(jumps.shift(1, false, 900_000 + n * 3_600, 3_600, TICK), 0);
        }
        let shift = jumps.shift(0, true, 0, 3_600, TICK);
        assert_eq!(shift, 900_000 + 36_000);
        assert_eq!(jumps.shift(1, false, 0, 3_600, TICK), shift);
        assert_eq!(jumps.count, 1);
    }

    #[test]
    fn a_pause_of_ten_seconds_stays_and_a_longer_one_is_removed() {
        let mut jumps = Jumps::default();
        assert_eq!(jumps.shift(0, true, 0, 3_600, TICK), 0);
        assert_eq!(jumps.shift(0, true, 900_000, 3_600, TICK), 0);
        assert_eq!(jumps.shift(0, true, 900_000 + 900_001, 3_600, TICK), 3_600 - 900_001);
    }

    #[test]
    fn audio_may_step_back_by_rounding() {
        let mut jumps = Jumps::default();
        assert_eq!(jumps.shift(0, false, 9_000, 0, TICK), 0);
        assert_eq!(jumps.shift(0, false, 8_000, 0, TICK), 0);
        assert_eq!(jumps.count, 0);
    }

    #[test]
    fn a_stream_of_another_clock_gets_the_jump_in_ticks_of_its_own() {
        let mut jumps = Jumps::default();
        let (audio, video) = ((1, 48_000), (1, 90_000));
        assert_eq!(jumps.shift(0, true, 900_000, 3_600, video), 0);
        assert_eq!(jumps.shift(1, false, 480_000, 1_024, audio), 0);
        // The video goes on 1/25 s after 10 s; so does the audio, which jumps to 0 as well.
        assert_eq!(jumps.shift(0, true, 0, 3_600, video), 903_600);
        assert_eq!(jumps.shift(1, false, 0, 1_024, audio), 481_920);
        assert_eq!(jumps.count, 1);
    }
}
