//! The door back: how the core calls Python, on whatever thread it works, until Python ends.
//!
//! Python kills a thread that comes for the GIL after its end, also in the midst of a call of ours, and that ends the
//! process. So before its end we let nobody in any more and wait for those who are in.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::gil::without_gil;

/// How long the end of Python waits for a read that is under way.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(1);

/// The thread on which Python ends, once it does.
static ENDING: OnceLock<ThreadId> = OnceLock::new();
/// How many threads are in Python on behalf of the core.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A thread that is in Python on behalf of the core.
struct Inside {
    process: u32,
}

impl Inside {
    fn enter() -> Self {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Inside { process: std::process::id() }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
        // A child that was forked in here has begun to count anew.
        if self.process == std::process::id() {
            INSIDE.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Call Python. What it raises is within the error, as it is.
pub fn attach<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    let _inside = Inside::enter();
    if ENDING.get().is_some_and(|main| *main != std::thread::current().id()) {
        return Err(io::Error::other("python is ending"));
    }
    Python::attach(work).map_err(io::Error::other)
}

/// Whether this thread is in Python on behalf of the core, and so may hold what other threads wait for.
pub fn is_inside() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Have Python say when it ends, and when it has forked.
pub fn register(py: Python<'_>) -> PyResult<()> {
    py.import("atexit")?.call_method1("register", (pyo3::wrap_pyfunction!(end, py)?,))?;
    let hooks = PyDict::new(py);
    hooks.set_item("after_in_child", pyo3::wrap_pyfunction!(forked, py)?)?;
    py.import("os")?.call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
}

#[pyfunction]
fn end(py: Python<'_>) {
    ENDING.get_or_init(|| std::thread::current().id());
    without_gil(py, || {
        let since = Instant::now();
        while INSIDE.load(Ordering::SeqCst) > 0 && since.elapsed() < PATIENCE {
            std::thread::sleep(POLL);
        }
    });
}

/// Threads that were inside are not in the child.
#[pyfunction]
fn forked() {
    INSIDE.store(0, Ordering::SeqCst);
}
