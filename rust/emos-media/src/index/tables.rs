//! The index of an MP4 family file from its own tables.

use emos_ffmpeg::Stream;

use super::Track;
use crate::error::Error;
use crate::source::{Source, Stop};

/// Why the tables were not used.
pub(super) enum Refused {
    /// A packet scan can do it.
    Unsupported(String),
    Error(Error),
}

pub(super) fn read(_source: &Source, _streams: &[Stream], _stop: &dyn Stop) -> Result<Vec<Track>, Refused> {
    Err(Refused::Unsupported("not yet".to_owned()))
}
