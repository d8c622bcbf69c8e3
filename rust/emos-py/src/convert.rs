//! Plain Python values as values of the core. Python has checked them: what is refused here came from a wrong caller.

use emos_media::{DimensionOrder, Fit, Geometry, Moments, OnError, PixelBox, Sampling, Select, Size};
use emos_time::{Rational, Span};
use pyo3::prelude::*;

use crate::detach::invalid;

/// An exact time from Python: numerator and denominator.
pub type Pair = (i64, i64);
/// An exact time for Python, of any size.
pub type WidePair = (i128, i128);

pub fn time(py: Python<'_>, (numerator, denominator): Pair) -> PyResult<Rational> {
    Rational::new(numerator.into(), denominator.into())
        .filter(|_| denominator > 0)
        .ok_or_else(|| invalid(py, &format!("denominator must be above 0, got {numerator}/{denominator}")))
}

pub fn times(py: Python<'_>, pairs: Vec<Pair>) -> PyResult<Vec<Rational>> {
    pairs.into_iter().map(|pair| time(py, pair)).collect()
}

pub fn span(py: Python<'_>, start: Pair, end: Pair) -> PyResult<Span> {
    let (start, end) = (time(py, start)?, time(py, end)?);
    Span::new(start, end)
        .ok_or_else(|| invalid(py, &format!("end must be above start, got [{start}, {end})")))
}

pub fn pair(time: Rational) -> WidePair {
    (time.numerator(), time.denominator())
}

/// Which track is read: a stream's index, its language, or False for none. A bool is an int too, so it comes first.
#[derive(FromPyObject)]
pub enum TrackChoice {
    Flag(bool),
    Stream(usize),
    Language(String),
}

/// The track of a choice; without one FFmpeg's best.
pub fn select(choice: Option<TrackChoice>) -> Select {
    match choice {
        None | Some(TrackChoice::Flag(true)) => Select::Best,
        Some(TrackChoice::Flag(false)) => Select::Off,
        Some(TrackChoice::Stream(index)) => Select::Stream(index),
        Some(TrackChoice::Language(language)) => Select::Language(language),
    }
}

/// What damage does.
#[pyclass(
    name = "OnError",
    module = "emos_io._core",
    eq,
    frozen,
    from_py_object,
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PyOnError {
    Raise,
    Mask,
}

impl From<PyOnError> for OnError {
    fn from(value: PyOnError) -> Self {
        match value {
            PyOnError::Raise => OnError::Raise,
            PyOnError::Mask => OnError::Mask,
        }
    }
}

/// What happens where a frame and its size have other proportions.
#[pyclass(
    name = "Fit",
    module = "emos_io._core",
    eq,
    frozen,
    from_py_object,
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PyFit {
    Stretch,
    Pad,
    Crop,
}

impl From<PyFit> for Fit {
    fn from(value: PyFit) -> Self {
        match value {
            PyFit::Stretch => Fit::Stretch,
            PyFit::Pad => Fit::Pad,
            PyFit::Crop => Fit::Crop,
        }
    }
}

/// The order of the axes of frames.
#[pyclass(
    name = "DimensionOrder",
    module = "emos_io._core",
    eq,
    frozen,
    from_py_object,
    rename_all = "UPPERCASE"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PyDimensionOrder {
    Thwc,
    Tchw,
}

impl From<PyDimensionOrder> for DimensionOrder {
    fn from(value: PyDimensionOrder) -> Self {
        match value {
            PyDimensionOrder::Thwc => DimensionOrder::Thwc,
            PyDimensionOrder::Tchw => DimensionOrder::Tchw,
        }
    }
}

/// How frames are cut and scaled.
#[pyclass(name = "Geometry", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyGeometry(pub Geometry);

/// The length of the short side, or both sides.
#[derive(FromPyObject)]
enum Sides {
    Short(u32),
    Exact(u32, u32),
}

type PyBox = (u32, u32, u32, u32);

#[pymethods]
impl PyGeometry {
    #[new]
    #[pyo3(signature = (size=None, fit=PyFit::Stretch, roi=None, dimension_order=PyDimensionOrder::Thwc))]
    fn new(
        py: Python<'_>,
        size: Option<Sides>,
        fit: PyFit,
        roi: Option<Vec<(Pair, PyBox)>>,
        dimension_order: PyDimensionOrder,
    ) -> PyResult<Self> {
        let size = match size {
            None => Size::Native,
            Some(Sides::Short(side)) => Size::Short(side),
            Some(Sides::Exact(height, width)) => Size::Exact { height, width },
        };
        let mut boxes = Vec::new();
        for (at, (left, top, right, bottom)) in roi.unwrap_or_default() {
            boxes.push((time(py, at)?, PixelBox { left, top, right, bottom }));
        }
        Geometry::new(size, fit.into(), boxes, dimension_order.into())
            .map(PyGeometry)
            .map_err(|what| invalid(py, &what))
    }
}

/// Which frames of a span are read.
#[pyclass(name = "Sampling", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PySampling(pub Sampling);

#[pymethods]
impl PySampling {
    #[new]
    #[pyo3(signature = (fps=None, max_frames=None, centres=None, hold_last=false))]
    fn new(
        py: Python<'_>,
        fps: Option<Pair>,
        max_frames: Option<u32>,
        centres: Option<u32>,
        hold_last: bool,
    ) -> PyResult<Self> {
        let moments = match (fps.map(|fps| time(py, fps)).transpose()?, max_frames, centres) {
            (Some(fps), _, None) if !fps.is_positive() => {
                return Err(invalid(
                    py,
                    &format!("fps must be above 0, got {fps}; leave it out for every frame"),
                ));
            }
            (Some(fps), max_frames, None) => Moments::Grid { fps, max_frames },
            (None, None, Some(count)) => Moments::Centres(count),
            (None, None, None) => Moments::All,
            _ => {
                let what = "sampling must be fps with or without max_frames, or centres, got others together; leave one out";
                return Err(invalid(py, what));
            }
        };
        Ok(PySampling(Sampling { moments, hold_last }))
    }
}
