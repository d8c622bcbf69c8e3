//! The Python module `emos_io._core`: extract, detach, wrap; nothing else.
#![deny(unsafe_code)]

mod array;
mod attach;
mod convert;
mod detach;
mod gil;
mod gops;
mod logging;
mod metadata;
mod module;
mod reader;
mod results;
mod source;
mod windows;

use pyo3::prelude::*;

/// The compiled core; see `_core.pyi`.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use crate::array::PyArray;
    #[pymodule_export]
    use crate::convert::{PyDimensionOrder, PyFit, PyGeometry, PyOnError, PySampling};
    #[pymodule_export]
    use crate::gops::PyGopPackets;
    #[pymodule_export]
    use crate::module::{cpu_flags, decoders, libraries};
    #[pymodule_export]
    use crate::reader::PyReader;
    #[pymodule_export]
    use crate::results::{PyFrameSlots, PyFrames, PySamples};
    #[pymodule_export]
    use crate::windows::PyWindowStream;

    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        crate::attach::register(module.py())
    }
}
