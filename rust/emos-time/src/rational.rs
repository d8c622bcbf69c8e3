//! Exact fractions of a second.

use std::cmp::Ordering;
use std::fmt;

/// A fraction in lowest terms with a positive denominator. Comparison is exact at any size. Arithmetic gives `None`
/// where 128 bits do not suffice; only damaged files reach that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Rational {
    num: i128,
    den: i128,
}

impl Rational {
    pub const ZERO: Rational = Rational { num: 0, den: 1 };

    /// `num / den` in lowest terms; `None` where `den` is zero or a negated number does not fit in 128 bits.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let (num, den) = if den < 0 { (num.checked_neg()?, den.checked_neg()?) } else { (num, den) };
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        Some(Rational { num: num / divisor, den: den / divisor })
    }

    #[must_use]
    pub const fn from_int(value: i64) -> Self {
        Rational { num: value as i128, den: 1 }
    }

    /// The time of `ticks`, each of which lasts `num / den` seconds.
    #[must_use]
    pub fn from_ticks(ticks: i64, num: i32, den: i32) -> Option<Self> {
        Rational::new(i128::from(ticks) * i128::from(num), i128::from(den))
    }

    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.num
    }

    /// Always positive.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.den
    }

    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.num > 0
    }

    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.den == other.den {
            return Rational::new(self.num.checked_add(other.num)?, self.den);
        }
        let left = self.num.checked_mul(other.den)?;
        let right = other.num.checked_mul(self.den)?;
        Rational::new(left.checked_add(right)?, self.den.checked_mul(other.den)?)
    }

    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Rational { num: other.num.checked_neg()?, den: other.den })
    }

    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let first = Rational::new(self.num, other.den)?;
        let second = Rational::new(other.num, self.den)?;
        Rational::new(first.num.checked_mul(second.num)?, first.den.checked_mul(second.den)?)
    }

    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.checked_mul(Rational::new(other.den, other.num)?)
    }

    /// The greatest integer that is not above the fraction; `None` where it does not fit in 64 bits.
    #[must_use]
    pub fn floor(self) -> Option<i64> {
        i64::try_from(self.num.div_euclid(self.den)).ok()
    }

    /// The least integer that is not below the fraction; `None` where it does not fit in 64 bits.
    #[must_use]
    pub fn ceil(self) -> Option<i64> {
        let (quotient, rest) = (self.num.div_euclid(self.den), self.num.rem_euclid(self.den));
        i64::try_from(quotient + i128::from(rest != 0)).ok()
    }

    /// Numerator and denominator, as they cross into Python; `None` where one does not fit in 64 bits.
    #[must_use]
    pub fn to_pair(self) -> Option<(i64, i64)> {
        Some((i64::try_from(self.num).ok()?, i64::try_from(self.den).ok()?))
    }
}

impl Ord for Rational {
    /// Exact without overflow: integer parts are compared first, then the reciprocals of the rests (Euclid's algorithm).
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(left), Some(right)) = (self.num.checked_mul(other.den), other.num.checked_mul(self.den))
        {
            return left.cmp(&right);
        }
        let (mut a, mut b) = (*self, *other);
        let mut flipped = false;
        loop {
            let (quotient_a, rest_a) = (a.num.div_euclid(a.den), a.num.rem_euclid(a.den));
            let (quotient_b, rest_b) = (b.num.div_euclid(b.den), b.num.rem_euclid(b.den));
            let order = match quotient_a.cmp(&quotient_b) {
                Ordering::Equal => match (rest_a, rest_b) {
                    (0, 0) => Ordering::Equal,
                    (0, _) => Ordering::Less,
                    (_, 0) => Ordering::Greater,
                    _ => {
                        a = Rational { num: a.den, den: rest_a };
                        b = Rational { num: b.den, den: rest_b };
                        flipped = !flipped;
                        continue;
                    }
                },
                unequal => unequal,
            };
            return if flipped { order.reverse() } else { order };
        }
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn r(n: i128, d: i128) -> Rational {
        Rational::new(n, d).unwrap()
    }

    #[test]
    fn fractions_are_kept_in_lowest_terms_with_a_positive_denominator() {
        assert_eq!(r(6, -4), r(-3, 2));
        assert_eq!(r(0, 7), Rational::ZERO);
        assert!(Rational::new(1, 0).is_none());
        assert_eq!(r(29_029, 30_000).to_string(), "29029/30000");
        assert_eq!(r(4, 2).to_string(), "2");
    }

    #[test]
    fn floor_and_ceil_are_right_below_zero() {
        assert_eq!((r(-1, 2).floor(), r(-1, 2).ceil()), (Some(-1), Some(0)));
        assert_eq!((r(7, 2).floor(), r(7, 2).ceil()), (Some(3), Some(4)));
        assert_eq!((r(-4, 2).floor(), r(-4, 2).ceil()), (Some(-2), Some(-2)));
    }

    #[test]
    fn comparison_is_exact_where_products_overflow() {
        let big = i128::MAX / 2;
        assert!(r(big, big - 1) > r(big + 1, big));
        assert!(r(-big, big - 1) < r(-big - 1, big));
        assert_eq!(r(big, big - 1).cmp(&r(big, big - 1)), Ordering::Equal);
    }

    #[test]
    fn overflow_gives_none_and_no_panic() {
        let big = r(i128::MAX, 1);
        assert_eq!(big.checked_add(big), None);
        assert_eq!(big.checked_mul(r(3, 1)), None);
        assert_eq!(big.floor(), None);
        assert_eq!(Rational::new(i128::MIN, -1), None);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_cross_multiplication(
            a in any::<i32>(), b in 1i32.., c in any::<i32>(), d in 1i32..,
        ) {
            let (x, y) = (r(a.into(), b.into()), r(c.into(), d.into()));
            prop_assert_eq!(x.checked_add(y).unwrap().checked_sub(y).unwrap(), x);
            if c != 0 {
                prop_assert_eq!(x.checked_mul(y).unwrap().checked_div(y).unwrap(), x);
            }
            let cross = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
            prop_assert_eq!(x.cmp(&y), cross);
        }
    }
}
