//! Python's sources as sources of the core.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use emos_media::{ReadAt, Source};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::array::HeldBytes;
use crate::attach::attach;
use crate::detach::{detach, invalid};

/// `("path", bytes)`, `("bytes", buffer)` or `("file", object)`.
pub fn extract(py: Python<'_>, source: &Bound<'_, PyAny>, name: &str) -> PyResult<Source> {
    let pair = source.cast::<PyTuple>()?;
    let (kind, object) = (pair.get_item(0)?.extract::<String>()?, pair.get_item(1)?);
    match kind.as_str() {
        "path" => {
            let bytes = object.cast::<PyBytes>()?.as_bytes().to_vec();
            let name = name.to_owned();
            detach(py, move |_| Source::open(Path::new(OsStr::from_bytes(&bytes)), &name))
        }
        "bytes" => Ok(Source::new(Arc::new(HeldBytes::new(py, &object)?), name)),
        "file" => Ok(Source::new(Arc::new(FileObject::new(&object)?), name)),
        other => {
            Err(invalid(py, &format!("a source of kind {other:?} was given; it is path, bytes or file")))
        }
    }
}

/// A Python object with `read` and `seek`. One thread at a time uses it, since it has one position.
struct FileObject {
    object: Py<PyAny>,
    size: u64,
    turn: Arc<Mutex<()>>,
}

/// Whose turn it is, by object: several readers of one object share its position.
static TURNS: Mutex<Vec<(usize, Weak<Mutex<()>>)>> = Mutex::new(Vec::new());

fn turn_of(object: &Bound<'_, PyAny>) -> Arc<Mutex<()>> {
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    // An entry lives as long as some reader, which keeps its object alive, so no address comes back meanwhile.
    turns.retain(|(_, turn)| turn.strong_count() > 0);
    let address = object.as_ptr() as usize;
    let found = turns.iter().find(|(other, _)| *other == address).and_then(|(_, turn)| turn.upgrade());
    found.unwrap_or_else(|| {
        let turn = Arc::new(Mutex::new(()));
        turns.push((address, Arc::downgrade(&turn)));
        turn
    })
}

impl FileObject {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = object.py().import("io")?.getattr("TextIOBase")?;
        if object.is_instance(&text)? {
            let what =
                format!("the file object {} reads text; open the file with mode \"rb\"", object.repr()?);
            return Err(PyTypeError::new_err(what));
        }
        let end = object.call_method1("seek", (0, 2))?;
        // Some objects answer nothing to seek; then tell must know.
        let size = match end.extract::<u64>() {
            Ok(size) => size,
            Err(_) => object.call_method0("tell")?.extract::<u64>()?,
        };
        Ok(FileObject { object: object.clone().unbind(), size, turn: turn_of(object) })
    }

    fn read(&self, py: Python<'_>, offset: u64, buf: &mut [u8]) -> PyResult<usize> {
        let object = self.object.bind(py);
        // Always, since others may move the position between two reads.
        object.call_method1("seek", (offset, 0))?;
        let data = object.call_method1("read", (buf.len(),))?;
        let Ok(data) = data.cast::<PyBytes>() else {
            let kind = data.get_type().name()?;
            let what =
                format!("read of the file object gave {kind}, not bytes; open the file with mode \"rb\"");
            return Err(PyTypeError::new_err(what));
        };
        let data = data.as_bytes();
        match buf.get_mut(..data.len()) {
            Some(target) => target.copy_from_slice(data),
            None => {
                let what =
                    format!("read of the file object gave {} bytes of {} asked for", data.len(), buf.len());
                return Err(PyValueError::new_err(what));
            }
        }
        Ok(data.len())
    }
}

impl ReadAt for FileObject {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        // The lock is taken without the GIL, so whoever holds it can get the GIL.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        attach(|py| self.read(py, offset, buf))
    }
}
