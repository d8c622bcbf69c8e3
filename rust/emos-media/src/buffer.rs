//! Memory of one result: the caller's, or our own.

use crate::error::{Error, ErrorKind, Result};

/// The most bytes of one result.
pub(crate) const MAX_BYTES: u64 = 8 << 30;

#[derive(Debug)]
pub(crate) enum Buffer<'a, T> {
    Own(Vec<T>),
    /// Holds anything until it is written.
    Caller(&'a mut [T]),
}

impl<'a, T: Copy + Default> Buffer<'a, T> {
    /// Memory of a shape. `unit` is what one element is called in the error of memory of another size.
    pub fn new(out: Option<&'a mut [T]>, shape: &[usize], unit: &str, name: &str) -> Result<Self> {
        let total = shape.iter().product();
        match out {
            None => Ok(Buffer::Own(vec![T::default(); total])),
            Some(out) if out.len() == total => Ok(Buffer::Caller(out)),
            Some(out) => {
                let what = format!(
                    "out must have {total} {unit} and shape {shape:?}, got {} {unit}; make an array of that shape",
                    out.len()
                );
                Err(Error::new(ErrorKind::InvalidArgument, what, name))
            }
        }
    }

    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Buffer::Own(own) => own,
            Buffer::Caller(out) => out,
        }
    }

    /// What was made for the caller; `None` where the caller's memory was filled.
    pub fn into_own(self) -> Option<Vec<T>> {
        match self {
            Buffer::Own(own) => Some(own),
            Buffer::Caller(_) => None,
        }
    }
}
