//! Results of the core as Python objects.

use emos_media::ticks::ticks_of;
use emos_media::{Frames, Samples};
use emos_time::Rational;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::array::PyArray;
use crate::convert::{pair, WidePair};

/// Frames.
#[pyclass(name = "Frames", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyFrames {
    data: Option<Py<PyArray>>,
    shape: [usize; 4],
    unit: Option<Rational>,
    /// pts and duration in ticks of `unit`, where 64 bits suffice.
    ticks: Option<(Py<PyArray>, Py<PyArray>)>,
    times: Vec<Option<Rational>>,
    durations: Vec<Option<Rational>>,
    valid: Py<PyArray>,
    damaged: Py<PyArray>,
}

impl PyFrames {
    /// `unit` is that of the ticks of the track's timeline.
    pub fn wrap(py: Python<'_>, frames: Frames, unit: Option<Rational>) -> PyResult<Self> {
        let ticks =
            unit.and_then(|unit| Some((ticks_of(&frames.pts, unit)?, ticks_of(&frames.duration, unit)?)));
        let array = |ticks| Py::new(py, PyArray::i64(ticks));
        let flags = |flags: &[bool]| {
            let bytes = flags.iter().map(|flag| u8::from(*flag)).collect();
            Py::new(py, PyArray::u8(bytes, &[flags.len()]))
        };
        Ok(PyFrames {
            data: frames.data.map(|data| Py::new(py, PyArray::u8(data, &frames.shape))).transpose()?,
            shape: frames.shape,
            unit,
            ticks: ticks
                .map(|(pts, duration)| Ok::<_, PyErr>((array(pts)?, array(duration)?)))
                .transpose()?,
            valid: flags(&frames.valid)?,
            damaged: flags(&frames.damaged)?,
            times: frames.pts,
            durations: frames.duration,
        })
    }
}

type ExactTimes = Vec<Option<WidePair>>;

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
    fn ticks(&self, py: Python<'_>) -> Option<(Py<PyArray>, Py<PyArray>, WidePair)> {
        let ((pts, duration), unit) = self.ticks.as_ref().zip(self.unit)?;
        Some((pts.clone_ref(py), duration.clone_ref(py), pair(unit)))
    }

    fn exact(&self) -> (ExactTimes, ExactTimes) {
        let pairs = |times: &[Option<Rational>]| times.iter().map(|time| time.map(pair)).collect();
        (pairs(&self.times), pairs(&self.durations))
    }

    #[getter]
    fn valid(&self, py: Python<'_>) -> Py<PyArray> {
        self.valid.clone_ref(py)
    }

    #[getter]
    fn damaged(&self, py: Python<'_>) -> Py<PyArray> {
        self.damaged.clone_ref(py)
    }
}

/// Audio.
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
    damaged: Vec<(i64, i64)>,
}

impl PySamples {
    pub fn wrap(py: Python<'_>, samples: Samples) -> PyResult<Self> {
        Ok(PySamples {
            data: samples.data.map(|data| Py::new(py, PyArray::f32(data, &samples.shape))).transpose()?,
            shape: samples.shape,
            first_sample: samples.first_sample,
            sample_rate: samples.sample_rate,
            valid: samples.valid.as_slice().to_vec(),
            damaged: samples.damaged.as_slice().to_vec(),
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

    #[getter]
    fn damaged(&self) -> Vec<(i64, i64)> {
        self.damaged.clone()
    }
}
