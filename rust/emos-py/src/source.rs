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

use crate::array::SourceBytes;
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
        "bytes" => Ok(Source::new(Arc::new(SourceBytes::new(py, &object)?), name)),
        "file" => Ok(Source::new(Arc::new(FileObject::new(&object)?), name)),
        other => Err(invalid(py, &format!("source kind must be path, bytes or file, got {other:?}"))),
    }
}

/// A Python object with `read` and `seek`. One thread at a time uses it, since it has one position.
struct FileObject {
    object: Py<PyAny>,
    size: u64,
    lock: Arc<Mutex<()>>,
}

/// One lock for each object, by its address: several readers of one object share its position.
static LOCKS: Mutex<Vec<(usize, Weak<Mutex<()>>)>> = Mutex::new(Vec::new());

fn lock_of(object: &Bound<'_, PyAny>) -> Arc<Mutex<()>> {
    let mut locks = LOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    // An entry lives as long as some reader, which keeps its object alive, so no address comes back meanwhile.
    locks.retain(|(_, lock)| lock.strong_count() > 0);
    let address = object.as_ptr() as usize;
    let found = locks.iter().find(|(other, _)| *other == address).and_then(|(_, lock)| lock.upgrade());
    found.unwrap_or_else(|| {
        let lock = Arc::new(Mutex::new(()));
        locks.push((address, Arc::downgrade(&lock)));
        lock
    })
}

impl FileObject {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let end = object.call_method1("seek", (0, 2))?;
        // The seek of some objects returns nothing; tell returns the size then.
        let size = match end.extract::<u64>() {
            Ok(size) => size,
            Err(_) => object.call_method0("tell")?.extract::<u64>()?,
        };
        Ok(FileObject { object: object.clone().unbind(), size, lock: lock_of(object) })
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
                let what = format!(
                    "read of the file object must give at most {} bytes, got {}; mend its read method",
                    buf.len(),
                    data.len()
                );
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
        // Waiting for the lock without the GIL: the thread that has the lock needs the GIL.
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        attach(|py| self.read(py, offset, buf))
    }
}
