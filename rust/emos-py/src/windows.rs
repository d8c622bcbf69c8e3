//! Windows one after another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use emos_media::{WindowOut, WindowStream};
use emos_time::Rational;
use pyo3::prelude::*;

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

impl PyWindowStream {
    pub fn new(stream: WindowStream, unit: Option<Rational>) -> Self {
        PyWindowStream { index: AtomicUsize::new(stream.index()), stream: Mutex::new(Some(stream)), unit }
    }
}

#[pymethods]
impl PyWindowStream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Window>> {
        let Ok(mut guard) = self.stream.try_lock() else {
            return Err(invalid(
                py,
                "a window stream must have one reader at a time, got two threads; give each thread a stream of its own",
            ));
        };
        let stream = &mut *guard;
        let window = detach(py, |stop| {
            let Some(stream) = stream else { return Ok(None) };
            let window = stream.next(WindowOut::default(), stop);
            self.index.store(stream.index(), Ordering::Relaxed);
            window.transpose()
        })?;
        let Some((frames, samples)) = window else { return Ok(None) };
        let frames = frames.map(|frames| PyFrames::wrap(py, frames, self.unit)).transpose()?;
        let samples = samples.map(|samples| PySamples::wrap(py, samples)).transpose()?;
        Ok(Some((frames, samples)))
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
