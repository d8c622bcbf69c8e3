//! Windows one after another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use emos_media::{WindowOut, WindowStream};
use emos_time::Rational;
use pyo3::prelude::*;

use crate::array::Out;
use crate::detach::{detach, drop_detached, invalid};
use crate::results::{PyFrames, PySamples};

/// Windows in order.
#[pyclass(name = "WindowStream", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyWindowStream {
    stream: Mutex<Option<WindowStream>>,
    /// What `index` answers, also while another thread waits for a window.
    index: AtomicUsize,
    /// Of the ticks of frames; none without video.
    unit: Option<Rational>,
}

type Window = (Option<PyFrames>, Option<PySamples>);
/// Of frames and of samples; none for a track that is absent.
type Shapes = (Option<(usize, usize, usize, usize)>, Option<(usize, usize)>);

impl PyWindowStream {
    pub fn new(stream: WindowStream, unit: Option<Rational>) -> Self {
        PyWindowStream { index: AtomicUsize::new(stream.index()), stream: Mutex::new(Some(stream)), unit }
    }

    fn lock(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, Option<WindowStream>>> {
        self.stream.try_lock().map_err(|_| {
            invalid(
                py,
                "a window stream must have one reader at a time, got two threads; give each thread a stream of its own",
            )
        })
    }
}

#[pymethods]
impl PyWindowStream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Window>> {
        self.read(py, None, None)
    }

    #[pyo3(signature = (frames=None, samples=None))]
    fn read(
        &self,
        py: Python<'_>,
        frames: Option<&Bound<'_, PyAny>>,
        samples: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Window>> {
        let mut guard = self.lock(py)?;
        let stream = &mut *guard;
        let mut frames = frames.map(|out| Out::<u8>::new(py, out)).transpose()?;
        let mut samples = samples.map(|out| Out::<f32>::new(py, out)).transpose()?;
        let window = detach(py, |stop| {
            let Some(stream) = stream else { return Ok(None) };
            let out = WindowOut {
                frames: frames.as_mut().map(Out::as_mut_slice),
                samples: samples.as_mut().map(Out::as_mut_slice),
            };
            let window = stream.next(out, stop);
            self.index.store(stream.index(), Ordering::Relaxed);
            window.transpose()
        })?;
        let Some((frames, samples)) = window else { return Ok(None) };
        let frames = frames.map(|frames| PyFrames::wrap(py, frames, self.unit)).transpose()?;
        let samples = samples.map(|samples| PySamples::wrap(py, samples)).transpose()?;
        Ok(Some((frames, samples)))
    }

    fn next_shapes(&self, py: Python<'_>) -> PyResult<Option<Shapes>> {
        let guard = self.lock(py)?;
        let shape = detach(py, |_| guard.as_ref().map_or(Ok(None), WindowStream::next_shape))?;
        Ok(shape
            .map(|shape| (shape.frames.map(|[t, a, b, c]| (t, a, b, c)), shape.samples.map(|[c, n]| (c, n)))))
    }

    #[getter]
    fn index(&self) -> usize {
        self.index.load(Ordering::Relaxed)
    }
}

impl Drop for PyWindowStream {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.get_mut().ok().and_then(Option::take) {
            drop_detached(stream);
        }
    }
}
