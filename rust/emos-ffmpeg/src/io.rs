//! Bytes for FFmpeg's demuxers, from anything that can be read at an offset.

use std::ffi::{c_int, c_void};
use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use ffmpeg_sys_the_third as sys;

use crate::error::{out_of_memory, Result};

const BUFFER_BYTES: usize = 64 * 1024;

/// Random access to bytes. Reads may be short; zero means the end.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Read the bytes from `offset` on into `buf`.
    ///
    /// # Errors
    /// The source failed.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
}

struct State {
    source: Arc<dyn ReadAt>,
    position: u64,
    error: Option<io::Error>,
}

/// An AVIOContext over a source, freed with it.
pub(crate) struct Input {
    context: NonNull<sys::AVIOContext>,
    state: NonNull<State>,
}

// SAFETY: the context and its state belong to this value alone, and the source is Send + Sync.
unsafe impl Send for Input {}

impl Input {
    pub(crate) fn new(source: Arc<dyn ReadAt>) -> Result<Self> {
        let state = Box::into_raw(Box::new(State { source, position: 0, error: None }));
        // SAFETY: the buffer comes from FFmpeg's allocator as avio_alloc_context asks, and `state` outlives the context.
        let context = unsafe {
            let buffer = sys::av_malloc(BUFFER_BYTES);
            let size = c_int::try_from(BUFFER_BYTES).unwrap_or(c_int::MAX);
            let context = if buffer.is_null() {
                ptr::null_mut()
            } else {
                sys::avio_alloc_context(buffer.cast(), size, 0, state.cast(), Some(read), None, Some(seek))
            };
            if context.is_null() {
                sys::av_free(buffer);
                drop(Box::from_raw(state));
            }
            context
        };
        match (NonNull::new(context), NonNull::new(state)) {
            (Some(context), Some(state)) => Ok(Input { context, state }),
            _ => Err(out_of_memory("opening a source")),
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::AVIOContext {
        self.context.as_ptr()
    }

    /// The error of the source, if a read failed since the last call.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        // SAFETY: FFmpeg touches the state only inside calls on the demuxer, which needs `&mut` as we do.
        unsafe { self.state.as_mut().error.take() }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: both were made in `new`; FFmpeg may have replaced the buffer, so it is freed through the context.
        unsafe {
            let mut context = self.context.as_ptr();
            sys::av_freep((&raw mut (*context).buffer).cast());
            sys::avio_context_free(&mut context);
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

unsafe extern "C" fn read(opaque: *mut c_void, buf: *mut u8, size: c_int) -> c_int {
    // SAFETY: `opaque` is the state of the Input whose context calls us, and `buf` has room for `size` bytes.
    let (state, out) = unsafe {
        let Ok(size) = usize::try_from(size) else { return sys::AVERROR(libc::EINVAL) };
        (&mut *opaque.cast::<State>(), std::slice::from_raw_parts_mut(buf, size))
    };
    let result = catch_unwind(AssertUnwindSafe(|| state.source.read_at(state.position, out)))
        .unwrap_or_else(|_| Err(io::Error::other("internal error: the source panicked; please report it")));
    match result {
        Ok(0) => sys::AVERROR_EOF,
        Ok(count) => {
            let count = count.min(out.len());
            state.position += count as u64;
            c_int::try_from(count).unwrap_or(sys::AVERROR_EOF)
        }
        Err(error) => {
            state.error.get_or_insert(error);
            sys::AVERROR(libc::EIO)
        }
    }
}

unsafe extern "C" fn seek(opaque: *mut c_void, offset: i64, whence: c_int) -> i64 {
    const SEEK_SET: c_int = 0;
    const SEEK_CUR: c_int = 1;
    const SEEK_END: c_int = 2;
    // SAFETY: `opaque` is the state of the Input whose context calls us.
    let state = unsafe { &mut *opaque.cast::<State>() };
    let size = i64::try_from(state.source.size()).unwrap_or(i64::MAX);
    let target = match whence & !sys::AVSEEK_FORCE {
        sys::AVSEEK_SIZE => return size,
        SEEK_SET => Some(offset),
        SEEK_CUR => i64::try_from(state.position).ok().and_then(|position| position.checked_add(offset)),
        SEEK_END => size.checked_add(offset),
        _ => None,
    };
    match target.and_then(|target| u64::try_from(target).ok()) {
        Some(position) => {
            state.position = position;
            target.unwrap_or(0)
        }
        None => i64::from(sys::AVERROR(libc::EINVAL)),
    }
}
