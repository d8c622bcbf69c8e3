//! Memory that came from the core, seen by Python through the buffer protocol.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void, CStr};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

#[derive(Debug)]
enum Memory {
    U8(Vec<u8>),
    F32(Vec<f32>),
    I64(Vec<i64>),
}

/// A flat, writable, C-contiguous buffer that lives as long as any view of it.
#[pyclass(name = "Array", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyArray {
    memory: Memory,
    /// Where the items lie, taken while the memory could be written: Python may write there.
    pointer: AtomicPtr<c_void>,
    shape: Vec<usize>,
    /// Items, and bytes of one, as the buffer protocol wants them.
    layout: [ffi::Py_ssize_t; 2],
}

impl PyArray {
    pub fn u8(data: Vec<u8>, shape: &[usize]) -> Self {
        PyArray::new(Memory::U8(data), shape)
    }

    pub fn f32(data: Vec<f32>, shape: &[usize]) -> Self {
        PyArray::new(Memory::F32(data), shape)
    }

    pub fn i64(data: Vec<i64>) -> Self {
        let shape = [data.len()];
        PyArray::new(Memory::I64(data), &shape)
    }

    /// Numbers from 0, and -1 for none.
    pub fn numbers(numbers: &[Option<usize>]) -> Self {
        PyArray::i64(numbers.iter().map(|number| number.map_or(-1, |number| number as i64)).collect())
    }

    fn new(mut memory: Memory, shape: &[usize]) -> Self {
        let (pointer, items, size): (*mut c_void, _, _) = match &mut memory {
            Memory::U8(data) => (data.as_mut_ptr().cast(), data.len(), 1),
            Memory::F32(data) => (data.as_mut_ptr().cast(), data.len(), 4),
            Memory::I64(data) => (data.as_mut_ptr().cast(), data.len(), 8),
        };
        // A vector never has more items than isize::MAX.
        let layout = [items as ffi::Py_ssize_t, size];
        PyArray { memory, pointer: AtomicPtr::new(pointer), shape: shape.to_vec(), layout }
    }

    fn format(&self) -> &'static CStr {
        match self.memory {
            Memory::U8(_) => c"B",
            Memory::F32(_) => c"f",
            Memory::I64(_) => c"q",
        }
    }
}

#[pymethods]
impl PyArray {
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        pyo3::types::PyTuple::new(py, &self.shape)
    }

    #[getter]
    fn dtype(&self) -> &'static str {
        match self.memory {
            Memory::U8(_) => "uint8",
            Memory::F32(_) => "float32",
            Memory::I64(_) => "int64",
        }
    }

    /// # Safety
    /// Called by Python with a view to fill.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("a view is needed"));
        }
        let this = slf.get();
        // SAFETY: the memory is never moved or resized after construction (the class is frozen and hands out no
        // reference to it), and the view holds the object alive. Python alone writes to it, under its own rules.
        unsafe {
            (*view).buf = this.pointer.load(Ordering::Relaxed);
            (*view).len = this.layout[0] * this.layout[1];
            (*view).readonly = 0;
            (*view).itemsize = this.layout[1];
            (*view).format = if flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT {
                this.format().as_ptr().cast_mut()
            } else {
                ptr::null_mut()
            };
            (*view).ndim = 1;
            (*view).shape = if flags & ffi::PyBUF_ND == ffi::PyBUF_ND {
                (&raw const this.layout[0]).cast_mut()
            } else {
                ptr::null_mut()
            };
            (*view).strides = if flags & ffi::PyBUF_STRIDES == ffi::PyBUF_STRIDES {
                (&raw const this.layout[1]).cast_mut()
            } else {
                ptr::null_mut()
            };
            (*view).suboffsets = ptr::null_mut();
            (*view).internal = ptr::null_mut();
            (*view).obj = slf.into_ptr();
        }
        Ok(())
    }

    /// # Safety
    /// Called by Python with a view that `__getbuffer__` filled.
    unsafe fn __releasebuffer__(&self, _view: *mut ffi::Py_buffer) {}
}

/// A caller's own memory, locked while the core fills it.
pub struct Out<T: pyo3::buffer::Element>(pyo3::buffer::PyBuffer<T>);

impl<T: pyo3::buffer::Element> Out<T> {
    pub fn new(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = pyo3::buffer::PyBuffer::<T>::get(object)?;
        if buffer.readonly() || !buffer.is_c_contiguous() {
            return Err(crate::detach::invalid(
                py,
                "out must be writable and C-contiguous; make it with numpy.empty",
            ));
        }
        Ok(Out(buffer))
    }

    pub fn as_mut_slice(&mut self) -> &mut [T] {
        if self.0.item_count() == 0 {
            return &mut [];
        }
        // SAFETY: the buffer is writable, contiguous, of items of type T, and held as long as self. Writing to it from
        // elsewhere meanwhile is a race that the caller of `out=` must avoid, as with any numpy `out`.
        unsafe { std::slice::from_raw_parts_mut(self.0.buf_ptr().cast(), self.0.item_count()) }
    }
}

/// Bytes of an object that supports the buffer protocol; its memory is locked as long as they are read.
pub struct SourceBytes(pyo3::buffer::PyUntypedBuffer);

impl SourceBytes {
    pub fn new(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = pyo3::buffer::PyUntypedBuffer::get(object)?;
        if !buffer.is_c_contiguous() {
            return Err(crate::detach::invalid(py, "source must be contiguous memory; pass bytes(source)"));
        }
        Ok(SourceBytes(buffer))
    }
}

impl emos_media::ReadAt for SourceBytes {
    fn size(&self) -> u64 {
        self.0.len_bytes() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let count = buf.len().min(self.0.len_bytes().saturating_sub(offset));
        if count > 0 {
            // SAFETY: the range lies within the locked memory. Where its owner may write to it meanwhile (a bytearray),
            // what is read is unspecified bytes, as from a file that changes; nothing refers to them afterwards.
            unsafe {
                ptr::copy_nonoverlapping(self.0.buf_ptr().cast::<u8>().add(offset), buf.as_mut_ptr(), count)
            }
        }
        Ok(count)
    }
}
