//! Plain Python values as values of the core.

use emos_media::{DimensionOrder, Fit, Geometry, OnError, PixelBox, Select, Size};
use emos_time::{Rational, Span};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString, PyTuple};

use crate::detach::invalid;

/// An exact time from Python: numerator and denominator.
pub type Pair = (i64, i64);
/// An exact time for Python, of any size.
pub type WidePair = (i128, i128);

pub fn time(py: Python<'_>, (numerator, denominator): Pair) -> PyResult<Rational> {
    match Rational::new(numerator.into(), denominator.into()) {
        Some(time) if denominator > 0 => Ok(time),
        _ => Err(invalid(py, &format!("denominator must be above 0, got {numerator}/{denominator}"))),
    }
}

pub fn times(py: Python<'_>, pairs: Vec<Pair>) -> PyResult<Vec<Rational>> {
    pairs.into_iter().map(|pair| time(py, pair)).collect()
}

pub fn span(py: Python<'_>, start: Pair, end: Pair) -> PyResult<Span> {
    let (start, end) = (time(py, start)?, time(py, end)?);
    Span::new(start, end)
        .ok_or_else(|| invalid(py, &format!("end must be above start, got [{start}, {end})")))
}

pub fn rate(py: Python<'_>, pair: Option<Pair>) -> PyResult<Option<Rational>> {
    let Some(pair) = pair else { return Ok(None) };
    let rate = time(py, pair)?;
    if rate.is_positive() {
        Ok(Some(rate))
    } else {
        Err(invalid(py, &format!("fps must be above 0, got {rate}")))
    }
}

pub fn pair(time: Rational) -> WidePair {
    (time.numerator(), time.denominator())
}

pub fn select(py: Python<'_>, value: &Bound<'_, PyAny>, what: &str) -> PyResult<Select> {
    let refuse = || Err(invalid(py, &format!("{what} must be a stream index, a language, False or None")));
    if value.is_none() {
        return Ok(Select::Best);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return if flag.is_true() { refuse() } else { Ok(Select::Off) };
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract::<usize>().map(Select::Stream).or_else(|_| refuse());
    }
    match value.cast::<PyString>() {
        Ok(language) => Ok(Select::Language(language.extract()?)),
        Err(_) => refuse(),
    }
}

pub fn on_error(py: Python<'_>, value: &str) -> PyResult<OnError> {
    match value {
        "raise" => Ok(OnError::Raise),
        "mask" => Ok(OnError::Mask),
        other => Err(invalid(py, &format!("on_error must be raise or mask, got {other:?}"))),
    }
}

/// How frames are cut and scaled.
#[pyclass(name = "Geometry", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyGeometry(pub Geometry);

type PyBox = (u32, u32, u32, u32);

#[pymethods]
impl PyGeometry {
    #[new]
    #[pyo3(signature = (size=None, fit="stretch", roi=None, dimension_order="THWC"))]
    fn new(
        py: Python<'_>,
        size: Option<&Bound<'_, PyAny>>,
        fit: &str,
        roi: Option<Vec<(Pair, PyBox)>>,
        dimension_order: &str,
    ) -> PyResult<Self> {
        let size = match size {
            None => Size::Native,
            Some(size) if size.is_instance_of::<PyTuple>() => {
                let (height, width) = size.extract()?;
                Size::Exact { height, width }
            }
            Some(size) => Size::Short(size.extract()?),
        };
        let fit = match fit {
            "stretch" => Fit::Stretch,
            "pad" => Fit::Pad,
            "crop" => Fit::Crop,
            other => return Err(invalid(py, &format!("fit must be stretch, pad or crop, got {other:?}"))),
        };
        let order = match dimension_order {
            "THWC" => DimensionOrder::Thwc,
            "TCHW" => DimensionOrder::Tchw,
            other => {
                return Err(invalid(py, &format!("dimension_order must be THWC or TCHW, got {other:?}")))
            }
        };
        let mut boxes = Vec::new();
        for (at, (left, top, right, bottom)) in roi.unwrap_or_default() {
            boxes.push((time(py, at)?, PixelBox { left, top, right, bottom }));
        }
        Geometry::new(size, fit, boxes, order).map(PyGeometry).map_err(|what| invalid(py, &what))
    }
}
