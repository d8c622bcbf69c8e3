//! Sources, indexes, read plans and windows. Two calls that ask for the same moment get the same bytes, whichever calls
//! they are. Knows nothing of Python.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audio;
mod buffer;
mod choice;
mod engine;
mod error;
mod frames;
mod gops;
mod index;
mod media;
mod medium;
mod metadata;
mod numbers;
mod opened;
mod packets;
mod samples;
mod sampling;
mod shared;
mod slots;
mod source;
mod stream;
pub mod ticks;
mod undecodable;
mod video;

pub use choice::Select;
pub use error::{Error, ErrorKind, Result};
pub use frames::Frames;
pub use gops::{CodecData, GopAmount, GopPackets};
pub use media::{Media, Timeline};
pub use medium::OnError;
pub use metadata::{AudioInfo, Metadata, TrackInfo, VideoInfo};
pub use opened::{Opened, Options};
pub use samples::Samples;
pub use sampling::{Moments, Sampling};
pub use shared::Counters;
pub use slots::FrameSlots;
pub use source::{KeepGoing, ReadAt, Source, Stamp, Stop};
pub use stream::{WindowFormat, WindowOut, WindowShape, WindowStream};
pub use video::geometry::{DimensionOrder, Fit, FrameLayout, Geometry, PixelBox, Size};
