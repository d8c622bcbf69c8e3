//! Times as integers in a common unit.

use emos_time::Rational;

/// The tick of a frame that is not there (`AV_NOPTS_VALUE` of FFmpeg).
pub const NO_TICK: i64 = i64::MIN;

/// The greatest unit of which both are integer multiples.
pub(crate) fn common_unit(a: Rational, b: Rational) -> Option<Rational> {
    let gcd = |mut a: i128, mut b: i128| {
        while b != 0 {
            (a, b) = (b, a.rem_euclid(b));
        }
        a.max(1)
    };
    let (x, y) = (a.denominator(), b.denominator());
    let denominator = (x / gcd(x, y)).checked_mul(y)?;
    let left = a.numerator().checked_mul(denominator / x)?;
    let right = b.numerator().checked_mul(denominator / y)?;
    Rational::new(gcd(left.abs(), right.abs()), denominator)
}

/// How many units a time is. `None` where it is no integer of them, or does not fit in 64 bits.
pub(crate) fn in_units(time: Rational, unit: Rational) -> Option<i64> {
    let count = time.checked_div(unit)?;
    let ticks = if count.denominator() == 1 { i64::try_from(count.numerator()).ok()? } else { return None };
    (ticks != NO_TICK).then_some(ticks)
}

/// Times as ticks of `unit`, [`NO_TICK`] where there is none. `None` where one of them does not fit in 64 bits.
#[must_use]
pub fn ticks_of(times: &[Option<Rational>], unit: Rational) -> Option<Vec<i64>> {
    times.iter().map(|time| time.map_or(Some(NO_TICK), |time| in_units(time, unit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(n: i128, d: i128) -> Rational {
        Rational::new(n, d).unwrap()
    }

    #[test]
    fn a_common_unit_has_both_as_integers() {
        let unit = common_unit(r(1, 30_000), r(-256, 11_025)).unwrap();
        assert_eq!(unit, r(1, 4_410_000));
        assert_eq!(in_units(r(1, 30_000), unit), Some(147));
        assert_eq!(common_unit(r(1, 25), Rational::ZERO), Some(r(1, 25)));
    }

    #[test]
    fn frames_that_are_not_there_have_no_tick() {
        let times = [Some(r(1, 25)), None, Some(r(-2, 25))];
        assert_eq!(ticks_of(&times, r(1, 50)), Some(vec![2, NO_TICK, -4]));
    }

    #[test]
    fn ticks_that_do_not_fit_are_refused_and_not_rounded() {
        // Two clocks of prime rates: their common unit fits in 64 bits, the ticks of 3 s do not.
        let (video, audio) = (2_147_483_647, 2_147_483_629);
        let unit = common_unit(r(1, video), r(1, audio)).unwrap();
        assert_eq!(unit, r(1, video * audio));
        assert!(unit.to_pair().is_some());
        assert_eq!(ticks_of(&[Some(r(1, 1))], unit), Some(vec![4_611_685_975_477_714_963]));
        assert_eq!(ticks_of(&[Some(r(1, 1)), Some(r(3, 1))], unit), None);
        assert_eq!(in_units(r(1, 3), r(1, 2)), None);
        assert_eq!(in_units(r(i128::from(NO_TICK), 1), r(1, 1)), None);
    }
}
