//! The one door between Python and the core: it drops the GIL, answers Ctrl-C, turns errors into exceptions and hands
//! FFmpeg's messages to Python's logging.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use emos_media::{Error, ErrorKind, Stop};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::gil::without_gil;

/// How often the main thread looks for Ctrl-C.
const POLL: Duration = Duration::from_millis(50);

/// Asks Python, now and then and only on the calling thread, whether a signal came.
struct Signals {
    thread: ThreadId,
    asked: Mutex<Instant>,
    stopped: AtomicBool,
    raised: Mutex<Option<PyErr>>,
}

impl Stop for Signals {
    fn stop(&self) -> bool {
        if self.stopped.load(Ordering::Relaxed) {
            return true;
        }
        if std::thread::current().id() != self.thread {
            return false;
        }
        let Ok(mut asked) = self.asked.lock() else { return false };
        if asked.elapsed() < POLL {
            return false;
        }
        *asked = Instant::now();
        // Python runs signal handlers on its main thread alone; elsewhere this finds nothing.
        if let Err(error) = Python::attach(|py| py.check_signals()) {
            if let Ok(mut raised) = self.raised.lock() {
                *raised = Some(error);
            }
            self.stopped.store(true, Ordering::Relaxed);
            return true;
        }
        false
    }
}

/// Run `work` without the GIL.
pub fn detach<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&dyn Stop) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let signals = Signals {
        thread: std::thread::current().id(),
        asked: Mutex::new(Instant::now()),
        stopped: AtomicBool::new(false),
        raised: Mutex::new(None),
    };
    let answer = without_gil(py, || catch_unwind(AssertUnwindSafe(|| work(&signals))));
    let logging = crate::logging::publish(py);
    let raised = signals.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(error) = raised.or(logging) {
        return Err(error);
    }
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(exception(py, error)),
        Err(panic) => Err(defect(&panic)),
    }
}

/// Drop a value whose end may have to wait for threads that want the GIL.
pub fn drop_detached<T: Send + 'static>(value: T) {
    if crate::attach::is_inside() {
        // Garbage that was found during a read: those threads may wait for this very read, so another thread waits for
        // them.
        let _ = std::thread::Builder::new().name("emos-drop".to_owned()).spawn(move || drop(value));
    } else {
        Python::attach(|py| without_gil(py, || drop(value)));
    }
}

fn defect(panic: &Box<dyn std::any::Any + Send>) -> PyErr {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    PyRuntimeError::new_err(format!("internal error of emos-io; please report it: {text}"))
}

/// The exception of `emos_io.errors` for an error of the core.
fn exception(py: Python<'_>, mut error: Error) -> PyErr {
    if let Some(raised) = error.take_io().and_then(std::io::Error::into_inner) {
        if let Ok(raised) = raised.downcast::<PyErr>() {
            return *raised;
        }
    }
    let name = match error.kind() {
        ErrorKind::SourceNotFound => "SourceNotFound",
        ErrorKind::SourceUnreadable => "SourceUnreadable",
        ErrorKind::SourceChanged => "SourceChanged",
        ErrorKind::UnsupportedCodec => "UnsupportedCodec",
        ErrorKind::NoSuchTrack => "NoSuchTrack",
        ErrorKind::TimeOutOfRange => "TimeOutOfRange",
        ErrorKind::FrameIndexError => "FrameIndexError",
        ErrorKind::InvalidArgument => "InvalidArgument",
        ErrorKind::TooLarge => "TooLarge",
        ErrorKind::Interrupted => return PyKeyboardInterrupt::new_err(()),
        _ => "DecodeError",
    };
    build(py, name, &error.to_string(), Some(&error)).unwrap_or_else(|failure| failure)
}

/// An argument that the core cannot take.
pub fn invalid(py: Python<'_>, what: &str) -> PyErr {
    build(py, "InvalidArgument", what, None).unwrap_or_else(|failure| failure)
}

fn build(py: Python<'_>, class: &str, message: &str, error: Option<&Error>) -> PyResult<PyErr> {
    let errors = py.import("emos_io.errors")?;
    let class = errors.getattr(class)?.cast_into::<PyType>()?;
    let attributes = PyDict::new(py);
    if let Some(error) = error {
        attributes.set_item("path", errors.call_method1("unescaped", (error.name(),))?)?;
        attributes.set_item("index", error.index())?;
    }
    let instance = class.call((message,), Some(&attributes))?;
    instance.setattr("ffmpeg_message", error.and_then(Error::logged))?;
    Ok(PyErr::from_value(instance))
}
