//! Two sample rates, and which samples of one belong to which of the other.

/// The ratio of two rates, in integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub from: i64,
    pub to: i64,
}

impl Ratio {
    pub fn new(from: u32, to: u32) -> Self {
        let divisor = gcd(from, to);
        Ratio { from: i64::from(from / divisor), to: i64::from(to / divisor) }
    }

    fn scaled(value: i64, by: i64, over: i64, up: bool) -> i64 {
        let product = i128::from(value) * i128::from(by);
        let over = i128::from(over.max(1));
        let quotient = product.div_euclid(over) + i128::from(up && product.rem_euclid(over) != 0);
        i64::try_from(quotient).unwrap_or(i64::MAX)
    }

    pub fn out_ceil(self, input: i64) -> i64 {
        Ratio::scaled(input, self.to, self.from, true)
    }

    /// For inputs divisible by [`Ratio::from`].
    pub fn out_exact(self, input: i64) -> i64 {
        Ratio::scaled(input, self.to, self.from, false)
    }

    /// The output sample nearest to the time of an input; halves go up.
    pub fn out_nearest(self, input: i64) -> i64 {
        Ratio::scaled(input.saturating_mul(2), self.to, self.from, false).saturating_add(1).div_euclid(2)
    }

    pub fn out_floor(self, input: i64) -> i64 {
        Ratio::scaled(input, self.to, self.from, false)
    }

    pub fn in_floor(self, output: i64) -> i64 {
        Ratio::scaled(output, self.from, self.to, false)
    }

    pub fn in_ceil(self, output: i64) -> i64 {
        Ratio::scaled(output, self.from, self.to, true)
    }

    pub fn aligned_before(self, input: i64) -> i64 {
        input - input.rem_euclid(self.from.max(1))
    }

    /// More input samples than an output sample can depend on, to each side. Compared with complete tracks, 0 of 60
    /// windows differ.
    pub fn margin(self) -> i64 {
        32 * Ratio::scaled(1, self.from, self.to, true).max(1) + 32
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 {
        a.max(1)
    } else {
        gcd(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_another_rate_start_on_a_sample_that_both_rates_share() {
        let ratio = Ratio::new(44_100, 16_000);
        assert_eq!((ratio.from, ratio.to), (441, 160));
        assert_eq!(ratio.aligned_before(1_000), 882);
        assert_eq!(ratio.out_exact(882), 320);
        assert_eq!(ratio.out_ceil(44_101), 16_001);
        assert_eq!((ratio.in_floor(1), ratio.in_ceil(1)), (2, 3));
        assert_eq!(Ratio::new(16_000, 48_000).margin(), 64);
    }
}
