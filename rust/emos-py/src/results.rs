//! Results of the core as Python objects.

use emos_media::ticks::ticks_of;
use emos_media::{FrameSlots, Frames, Samples};
use emos_time::Rational;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::array::PyArray;
use crate::convert::{pair, WidePair};

type ExactTimes = Vec<Option<WidePair>>;
type Ticks = (Py<PyArray>, Py<PyArray>, WidePair);

/// When frames are on screen.
#[derive(Debug)]
struct Timing {
    unit: Option<Rational>,
    /// pts and duration in ticks of `unit`, where 64 bits suffice.
    ticks: Option<(Py<PyArray>, Py<PyArray>)>,
    pts: Vec<Option<Rational>>,
    duration: Vec<Option<Rational>>,
}

impl Timing {
    fn new(
        py: Python<'_>,
        pts: Vec<Option<Rational>>,
        duration: Vec<Option<Rational>>,
        unit: Option<Rational>,
    ) -> PyResult<Self> {
        let ticks = unit.and_then(|unit| Some((ticks_of(&pts, unit)?, ticks_of(&duration, unit)?)));
        let array = |ticks| Py::new(py, PyArray::i64(ticks));
        let ticks =
            ticks.map(|(pts, duration)| Ok::<_, PyErr>((array(pts)?, array(duration)?))).transpose()?;
        Ok(Timing { unit, ticks, pts, duration })
    }

    fn ticks(&self, py: Python<'_>) -> Option<Ticks> {
        let ((pts, duration), unit) = self.ticks.as_ref().zip(self.unit)?;
        Some((pts.clone_ref(py), duration.clone_ref(py), pair(unit)))
    }

    fn exact(&self) -> (ExactTimes, ExactTimes) {
        let pairs = |times: &[Option<Rational>]| times.iter().map(|time| time.map(pair)).collect();
        (pairs(&self.pts), pairs(&self.duration))
    }
}

/// Frames.
#[pyclass(name = "Frames", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyFrames {
    data: Option<Py<PyArray>>,
    shape: [usize; 4],
    timing: Timing,
    valid: Py<PyArray>,
    damaged: Py<PyArray>,
}

impl PyFrames {
    /// `unit` is that of the ticks of the track's timeline.
    pub fn wrap(py: Python<'_>, frames: Frames, unit: Option<Rational>) -> PyResult<Self> {
        let flags = |flags: &[bool]| {
            let bytes = flags.iter().map(|flag| u8::from(*flag)).collect();
            Py::new(py, PyArray::u8(bytes, &[flags.len()]))
        };
        Ok(PyFrames {
            data: frames.data.map(|data| Py::new(py, PyArray::u8(data, &frames.shape))).transpose()?,
            shape: frames.shape,
            timing: Timing::new(py, frames.pts, frames.duration, unit)?,
            valid: flags(&frames.valid)?,
            damaged: flags(&frames.damaged)?,
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
    fn ticks(&self, py: Python<'_>) -> Option<Ticks> {
        self.timing.ticks(py)
    }

    fn exact(&self) -> (ExactTimes, ExactTimes) {
        self.timing.exact()
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

/// Which frames a call reads, without their pixels.
#[pyclass(name = "FrameSlots", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyFrameSlots {
    indices: Py<PyArray>,
    timing: Timing,
}

impl PyFrameSlots {
    /// `unit` is that of the ticks of the track's timeline.
    pub fn wrap(py: Python<'_>, slots: FrameSlots, unit: Option<Rational>) -> PyResult<Self> {
        Ok(PyFrameSlots {
            indices: Py::new(py, PyArray::numbers(&slots.indices))?,
            timing: Timing::new(py, slots.pts, slots.duration, unit)?,
        })
    }
}

#[pymethods]
impl PyFrameSlots {
    #[getter]
    fn indices(&self, py: Python<'_>) -> Py<PyArray> {
        self.indices.clone_ref(py)
    }

    #[getter]
    fn ticks(&self, py: Python<'_>) -> Option<Ticks> {
        self.timing.ticks(py)
    }

    fn exact(&self) -> (ExactTimes, ExactTimes) {
        self.timing.exact()
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
