//! Errors of FFmpeg calls.

use std::fmt;

use ffmpeg_sys_the_third as sys;

/// A failed call: what was being done, and FFmpeg's text for the code.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    doing: &'static str,
    code: i32,
    /// The last line that FFmpeg logged on this thread, if any.
    pub logged: Option<String>,
    /// The error of the byte source, where that caused the failure.
    pub io: Option<std::io::Error>,
}

/// What a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are damaged, or of another format.
    InvalidData,
    /// This FFmpeg has no such demuxer, decoder or conversion.
    Unsupported,
    /// The byte source failed; see [`Error::io`].
    Io,
    /// The source ended where there should be more bytes.
    CutOff,
    /// Memory ran out or a size is over FFmpeg's limits.
    TooLarge,
}

impl Error {
    pub(crate) fn new(doing: &'static str, code: i32) -> Self {
        let kind = match code {
            sys::AVERROR_DEMUXER_NOT_FOUND
            | sys::AVERROR_DECODER_NOT_FOUND
            | sys::AVERROR_PATCHWELCOME
            | sys::AVERROR_BSF_NOT_FOUND
            | sys::AVERROR_PROTOCOL_NOT_FOUND => ErrorKind::Unsupported,
            _ if code == sys::AVERROR(libc::ENOSYS) => ErrorKind::Unsupported,
            _ if code == sys::AVERROR(libc::ENOMEM) => ErrorKind::TooLarge,
            // A demuxer calls it an input error where bytes are missing. A source that fails says so itself.
            _ if code == sys::AVERROR(libc::EIO) => ErrorKind::CutOff,
            _ => ErrorKind::InvalidData,
        };
        Error { kind, doing, code, logged: crate::log::last_line(), io: None }
    }

    pub(crate) fn with_io(mut self, io: Option<std::io::Error>) -> Self {
        if io.is_some() {
            self.kind = ErrorKind::Io;
            self.io = io;
        }
        self
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.io {
            Some(io) => write!(f, "{} failed: {io}", self.doing),
            None => write!(f, "{} failed: {}", self.doing, describe(self.code)),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io.as_ref().map(|e| e as _)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Make an error of a negative return code.
pub(crate) fn check(doing: &'static str, code: i32) -> Result<i32> {
    if code < 0 {
        Err(Error::new(doing, code))
    } else {
        Ok(code)
    }
}

/// The error of an allocation that returned null.
pub(crate) fn out_of_memory(doing: &'static str) -> Error {
    Error::new(doing, sys::AVERROR(libc::ENOMEM))
}

fn describe(code: i32) -> String {
    let mut text = [0 as std::ffi::c_char; 128];
    // SAFETY: the length is that of the buffer, and FFmpeg ends the text with a zero byte.
    unsafe {
        sys::av_strerror(code, text.as_mut_ptr(), text.len());
        std::ffi::CStr::from_ptr(text.as_ptr()).to_string_lossy().to_lowercase()
    }
}
