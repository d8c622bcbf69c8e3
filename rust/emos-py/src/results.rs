//! Answers of the core as Python objects.

use emos_media::{Frames, Samples};
use emos_time::Rational;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::array::PyArray;
use crate::convert::{pair, Pair};

/// Frames.
#[pyclass(name = "Frames", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyFrames {
    data: Option<Py<PyArray>>,
    shape: [usize; 4],
    pts: Vec<Option<Pair>>,
    duration: Vec<Option<Pair>>,
    valid: Vec<u8>,
    damaged: Vec<u8>,
}

impl PyFrames {
    pub fn wrap(py: Python<'_>, frames: Frames) -> PyResult<Self> {
        let pairs = |times: &[Option<Rational>]| times.iter().map(|time| pair(*time)).collect();
        let bytes = |flags: &[bool]| flags.iter().map(|flag| u8::from(*flag)).collect();
        Ok(PyFrames {
            data: frames.data.map(|data| Py::new(py, PyArray::u8(data, &frames.shape))).transpose()?,
            shape: frames.shape,
            pts: pairs(&frames.pts),
            duration: pairs(&frames.duration),
            valid: bytes(&frames.valid),
            damaged: bytes(&frames.damaged),
        })
    }
}

#[pymethods]
impl PyFrames {
    #[getter]
    fn data(&self, py: Python<'_>) -> Option<Py<PyArray>> {
        self.data.as_ref().map(|data| data.clone_ref(py))
    }

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.shape)
    }

    #[getter]
    fn pts(&self) -> Vec<Option<Pair>> {
        self.pts.clone()
    }

    #[getter]
    fn duration(&self) -> Vec<Option<Pair>> {
        self.duration.clone()
    }

    #[getter]
    fn valid<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.valid)
    }

    #[getter]
    fn damaged<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.damaged)
    }
}

/// Sound.
#[pyclass(name = "Samples", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PySamples {
    data: Option<Py<PyArray>>,
    shape: [usize; 2],
    #[pyo3(get)]
    first_sample: i64,
    #[pyo3(get)]
    sample_rate: u32,
    valid: Vec<(i64, i64)>,
    #[pyo3(get)]
    damaged: bool,
}

impl PySamples {
    pub fn wrap(py: Python<'_>, samples: Samples) -> PyResult<Self> {
        Ok(PySamples {
            data: samples.data.map(|data| Py::new(py, PyArray::f32(data, &samples.shape))).transpose()?,
            shape: samples.shape,
            first_sample: samples.first_sample,
            sample_rate: samples.sample_rate,
            valid: samples.valid.as_slice().to_vec(),
            damaged: samples.damaged,
        })
    }
}

#[pymethods]
impl PySamples {
    #[getter]
    fn data(&self, py: Python<'_>) -> Option<Py<PyArray>> {
        self.data.as_ref().map(|data| data.clone_ref(py))
    }

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.shape)
    }

    #[getter]
    fn valid(&self) -> Vec<(i64, i64)> {
        self.valid.clone()
    }
}
