//! Functions that need no media.

use emos_ffmpeg::Kind;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pyfunction]
pub fn libraries(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let names = PyDict::new(py);
    for (name, version) in emos_ffmpeg::libraries() {
        names.set_item(name, version)?;
    }
    Ok(names)
}

#[pyfunction]
pub fn decoders(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let names = PyDict::new(py);
    names.set_item("video", emos_ffmpeg::decoders(Kind::Video))?;
    names.set_item("audio", emos_ffmpeg::decoders(Kind::Audio))?;
    Ok(names)
}

#[pyfunction]
pub fn cpu_flags() -> Vec<&'static str> {
    emos_ffmpeg::cpu_flags()
}
