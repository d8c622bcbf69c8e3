//! The one place that releases the GIL.

use pyo3::prelude::*;

/// Run work without the GIL; it uses no Python. What reads media goes through `detach`, which also answers Ctrl-C.
pub fn without_gil<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}
