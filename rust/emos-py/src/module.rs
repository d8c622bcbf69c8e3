//! Functions that need no media.

use emos_ffmpeg::Kind;
use emos_time::Rational;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{time, Pair};
use crate::detach::invalid;

/// The greatest denominator of a time that came as a float.
const MAX_DENOMINATOR: i128 = 1_000_000;
/// Below half of the smallest such time, zero is the nearest.
const NEXT_TO_ZERO: f64 = 4e-7;

#[pyfunction]
pub fn libraries(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let names = PyDict::new(py);
    for (name, version) in emos_ffmpeg::libraries() {
        names.set_item(name, version)?;
    }
    Ok(names)
}

#[pyfunction]
pub fn decoders(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let names = PyDict::new(py);
    names.set_item("video", emos_ffmpeg::decoders(Kind::Video))?;
    names.set_item("audio", emos_ffmpeg::decoders(Kind::Audio))?;
    Ok(names)
}

#[pyfunction]
pub fn cpu_flags() -> Vec<&'static str> {
    emos_ffmpeg::cpu_flags()
}

#[pyfunction]
#[pyo3(signature = (time, rate))]
pub fn sample_at(py: Python<'_>, time: Pair, rate: u32) -> PyResult<i64> {
    let at = crate::convert::time(py, time)?;
    emos_time::sample_at(at, rate)
        .ok_or_else(|| invalid(py, &format!("time must have a sample number within 64 bits, got {at}")))
}

#[pyfunction]
pub fn float_time(py: Python<'_>, seconds: f64) -> PyResult<Pair> {
    let refuse = || invalid(py, &format!("time must be finite and fit in 64 bits, got {seconds}"));
    let (mantissa, exponent) = decompose(seconds).ok_or_else(refuse)?;
    if seconds.abs() < NEXT_TO_ZERO {
        return Ok((0, 1));
    }
    let exact = if exponent >= 0 {
        let factor = 1i128.checked_shl(exponent.unsigned_abs()).filter(|_| exponent < 64);
        factor.and_then(|factor| mantissa.checked_mul(factor)).and_then(|n| Rational::new(n, 1))
    } else {
        1i128.checked_shl(exponent.unsigned_abs()).and_then(|factor| Rational::new(mantissa, factor))
    };
    let near = exact.and_then(limit_denominator).and_then(Rational::to_pair).ok_or_else(refuse)?;
    time(py, near).map(|_| near)
}

/// A finite float as `mantissa * 2^exponent`.
fn decompose(value: f64) -> Option<(i128, i32)> {
    if !value.is_finite() {
        return None;
    }
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).ok()?;
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let mantissa = if exponent == 0 { fraction << 1 } else { fraction | (1 << 52) };
    let sign = if value < 0.0 { -1 } else { 1 };
    Some((sign * mantissa, exponent - 1075))
}

/// The nearest fraction whose denominator is at most [`MAX_DENOMINATOR`], by continued fractions.
fn limit_denominator(exact: Rational) -> Option<Rational> {
    if exact.denominator() <= MAX_DENOMINATOR {
        return Some(exact);
    }
    let (mut p0, mut q0, mut p1, mut q1) = (0i128, 1i128, 1i128, 0i128);
    let (mut n, mut d) = (exact.numerator(), exact.denominator());
    loop {
        let a = n.div_euclid(d);
        let q2 = q0.checked_add(a.checked_mul(q1)?)?;
        if q2 > MAX_DENOMINATOR {
            break;
        }
        (p0, q0, p1, q1) = (p1, q1, p0.checked_add(a.checked_mul(p1)?)?, q2);
        (n, d) = (d, n - a * d);
        if d == 0 {
            break;
        }
    }
    let k = (MAX_DENOMINATOR - q0) / q1.max(1);
    let first = Rational::new(p0.checked_add(k.checked_mul(p1)?)?, q0 + k * q1)?;
    let second = Rational::new(p1, q1)?;
    let distance = |candidate: Rational| {
        let difference = candidate.checked_sub(exact)?;
        Some(if difference < Rational::ZERO { Rational::ZERO.checked_sub(difference)? } else { difference })
    };
    Some(if distance(second)? <= distance(first)? { second } else { first })
}
