//! Errors: one line of text that says what to do, and a kind.

use std::fmt;

/// One variant for each thing that a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such file.
    SourceNotFound,
    /// The source cannot be read, or it is not a media file.
    SourceUnreadable,
    /// The source is not the one that was indexed.
    SourceChanged,
    /// This FFmpeg has no decoder for the track, or the track is encrypted.
    UnsupportedCodec,
    /// Coded data is damaged.
    DecodeError,
    /// The media has no such track.
    NoSuchTrack,
    /// A time is outside of the track.
    TimeOutOfRange,
    /// There is no frame with that index.
    FrameIndexError,
    /// An argument is not allowed.
    InvalidArgument,
    /// The result would not fit into memory.
    TooLarge,
    /// The caller asked to stop.
    Interrupted,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    name: String,
    index: Option<i64>,
    logged: Option<String>,
    io: Option<std::io::Error>,
}

/// An error: its text, and the error that caused it.
#[derive(Debug)]
pub struct Error(Box<Inner>);

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `what` is `<name> must be <allowed>, got <value>; <what to do>`, or a fact and what to do. The name of the source
    /// is put after it, in double quotes.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl fmt::Display, name: &str) -> Self {
        Error::build(kind, what, name, None, None)
    }

    fn build(
        kind: ErrorKind,
        what: impl fmt::Display,
        name: &str,
        logged: Option<String>,
        io: Option<std::io::Error>,
    ) -> Self {
        let message = format!("{what}: \"{name}\"");
        Error(Box::new(Inner { kind, message, name: name.to_owned(), index: None, logged, io }))
    }

    /// The same error, of one frame.
    pub(crate) fn of_frame(mut self, index: i64) -> Self {
        self.0.index = Some(index);
        self
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The name of the source.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The index of the frame that the error is about.
    #[must_use]
    pub fn index(&self) -> Option<i64> {
        self.0.index
    }

    /// The last line that FFmpeg logged before the error.
    #[must_use]
    pub fn logged(&self) -> Option<&str> {
        self.0.logged.as_deref()
    }

    /// The error of the byte source, if that caused this one.
    #[must_use]
    pub fn take_io(&mut self) -> Option<std::io::Error> {
        self.0.io.take()
    }

    pub(crate) fn interrupted(name: &str) -> Self {
        Error::new(ErrorKind::Interrupted, "reading was interrupted", name)
    }

    /// An error of FFmpeg, as `kind` unless its own kind says more.
    pub(crate) fn ffmpeg(mut error: emos_ffmpeg::Error, kind: ErrorKind, name: &str) -> Self {
        let io = error.io.take();
        let kind = match error.kind() {
            _ if io.is_some() => ErrorKind::SourceUnreadable,
            emos_ffmpeg::ErrorKind::TooLarge => ErrorKind::TooLarge,
            _ => kind,
        };
        let what = match &io {
            Some(io) => format!("{io}; check that the source can be read"),
            None => format!("{error}; {}", next_step(kind)),
        };
        let logged = error.logged.take();
        Error::build(kind, what, name, logged, io)
    }

    pub(crate) fn io(error: std::io::Error, name: &str) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::SourceNotFound,
            _ => ErrorKind::SourceUnreadable,
        };
        let what = match kind {
            ErrorKind::SourceNotFound => "there is no such file; check the path".to_owned(),
            _ => format!("{error}; check that the source can be read"),
        };
        Error::build(kind, what, name, None, Some(error))
    }
}

/// Times that went beyond what is computed with.
pub(crate) fn time_overflow(name: &str) -> Error {
    let what = "times must fit in 64-bit fractions; round them";
    Error::new(ErrorKind::InvalidArgument, what, name)
}

/// What to do about a failed call of FFmpeg.
fn next_step(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::SourceUnreadable => "check that the source is a media file",
        ErrorKind::UnsupportedCodec => "see `emos env` for the decoders of this FFmpeg",
        ErrorKind::TooLarge => "ask for less at once",
        _ => "check that the source is not damaged",
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
