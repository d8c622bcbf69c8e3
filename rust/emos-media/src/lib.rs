//! Sources, indexes, read plans and windows. Two calls that ask for the same moment get the same bytes, whichever calls
//! they are. Knows nothing of Python.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod audio;
mod engine;
mod error;
pub mod frames;
pub mod index;
mod media;
mod metadata;
mod opened;
mod packets;
mod shared;
mod source;
mod stream;
pub mod ticks;
pub mod video;

pub use audio::Samples;
pub use error::{Error, ErrorKind, Result};
pub use frames::Frames;
pub use media::{Media, OnError, Timeline};
pub use metadata::{AudioInfo, Metadata, TrackInfo, VideoInfo};
pub use opened::{Opened, Options, Select};
pub use shared::{Counters, Shared};
pub use source::{KeepGoing, ReadAt, Source, Stamp, Stop};
pub use stream::{WindowFormat, WindowStream};
pub use video::geometry::{DimensionOrder, Fit, Geometry, PixelBox, Size};
