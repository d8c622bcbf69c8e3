//! Clocks that jump: in MPEG-TS, after a step backward or one of over ten seconds, time goes on without a gap.

/// The greatest step forward that is a pause, in seconds; a greater one is a jump of the clock.
const LONGEST_PAUSE: f64 = 10.0;
/// How far audio times may step back by rounding alone, in seconds.
const JITTER: f64 = 0.020;

/// Maps the times of all streams of a file onto one clock that never jumps.
#[derive(Debug, Default)]
pub(crate) struct Jumps {
    streams: Vec<Clock>,
    /// The shift of the last jump, in seconds: other streams have the same jump a little later.
    shift: f64,
    pub count: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    shift: f64,
    /// Ticks to add, an integer so that times stay exact.
    ticks: i64,
    last: Option<i64>,
    step: i64,
}

impl Jumps {
    /// The ticks to add to the times of a packet. `dts` is its decoding time as the demuxer gives it, `tick` the
    /// length of a tick in seconds.
    pub fn shift(&mut self, stream: usize, is_video: bool, dts: i64, duration: i64, tick: f64) -> i64 {
        if self.streams.len() <= stream {
            self.streams.resize(stream + 1, Clock::default());
        }
        let latest = self.shift;
        let clock = &mut self.streams[stream];
        let Some(last) = clock.last else {
            clock.shift = latest;
            clock.ticks = (latest / tick).round() as i64;
            clock.last = Some(dts.saturating_add(clock.ticks));
            clock.step = duration;
            return clock.ticks;
        };
        let tolerance = if is_video { 0.0 } else { JITTER };
        let fits = |ticks: i64| {
            let step = (dts.saturating_add(ticks).saturating_sub(last)) as f64 * tick;
            step >= -tolerance && step <= LONGEST_PAUSE
        };
        if !fits(clock.ticks) {
            let shared = (latest / tick).round() as i64;
            if latest != clock.shift && fits(shared) {
                clock.ticks = shared;
                clock.shift = latest;
            } else {
                let step = if clock.step > 0 { clock.step } else { 1 };
                clock.ticks = last.saturating_add(step).saturating_sub(dts);
                clock.shift = clock.ticks as f64 * tick;
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

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: f64 = 1.0 / 90_000.0;

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
}
