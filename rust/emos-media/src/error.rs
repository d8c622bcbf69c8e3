//! What can go wrong, as a value with a next step.

use std::fmt;

/// One variant for each different thing that a caller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is there.
    SourceNotFound,
    /// The source cannot be read, or holds nothing that can be understood.
    SourceUnreadable,
    /// The source is no longer what was indexed.
    SourceChanged,
    /// This FFmpeg has no decoder for the track.
    UnsupportedCodec,
    /// Coded data is damaged.
    DecodeError,
    /// The media has no such track.
    NoSuchTrack,
    /// A time lies outside of the track.
    TimeOutOfRange,
    /// There is no picture of that number.
    FrameIndexError,
    /// An argument is not allowed.
    InvalidArgument,
    /// The answer would not fit.
    TooLarge,
    /// The caller asked to stop.
    Interrupted,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    logged: Option<String>,
    io: Option<std::io::Error>,
}

/// An error: one line, and where it came from.
#[derive(Debug)]
pub struct Error(Box<Inner>);

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `what` says what was asked, what is allowed and what to do; the name of the source follows it.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl fmt::Display, name: &str) -> Self {
        Error(Box::new(Inner { kind, message: format!("{what}: {name:?}"), logged: None, io: None }))
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The last line that FFmpeg logged about it.
    #[must_use]
    pub fn logged(&self) -> Option<&str> {
        self.0.logged.as_deref()
    }

    /// What the byte source itself answered, if that is where it began.
    #[must_use]
    pub fn take_io(&mut self) -> Option<std::io::Error> {
        self.0.io.take()
    }

    pub(crate) fn interrupted(name: &str) -> Self {
        Error::new(ErrorKind::Interrupted, "reading was interrupted", name)
    }

    /// An answer of FFmpeg while we did something, as `kind` unless its own kind says better.
    pub(crate) fn ffmpeg(mut error: emos_ffmpeg::Error, kind: ErrorKind, name: &str) -> Self {
        let io = error.io.take();
        let kind = match error.kind() {
            _ if io.is_some() => ErrorKind::SourceUnreadable,
            emos_ffmpeg::ErrorKind::TooLarge => ErrorKind::TooLarge,
            _ => kind,
        };
        let what = match &io {
            Some(io) => format!("{io}; see that the source can be read"),
            None => error.to_string(),
        };
        let logged = error.logged.take();
        Error(Box::new(Inner { kind, message: format!("{what}: {name:?}"), logged, io }))
    }

    pub(crate) fn io(error: std::io::Error, name: &str) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::SourceNotFound,
            _ => ErrorKind::SourceUnreadable,
        };
        let what = match kind {
            ErrorKind::SourceNotFound => "there is no such file; check the path".to_owned(),
            _ => format!("{error}; see that the source can be read"),
        };
        Error(Box::new(Inner { kind, message: format!("{what}: {name:?}"), logged: None, io: Some(error) }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.io.as_ref().map(|io| io as _)
    }
}
