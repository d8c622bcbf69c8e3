//! Owning wrappers over FFmpeg: demuxers, decoders, swscale, swresample.
//!
//! This is the one crate of the workspace that contains `unsafe`. Each wrapper owns one FFmpeg object, frees it on drop,
//! and says in a `// SAFETY:` line why a call is sound. No wrapper knows what a window, a plan or Python is.

mod decode;
mod demux;
mod error;
mod frame;
mod info;
mod io;
pub mod log;
mod packet;
mod parameters;
mod resample;
mod scale;
mod turn;
mod unpack;
mod vorbis;

pub use decode::Decoder;
pub use demux::{Demuxer, IndexEntry, Stream, Target};
pub use error::{Error, ErrorKind};
pub use frame::{Frame, Rect};
pub use info::{cpu_flags, decoders, libraries};
pub use io::ReadAt;
pub use packet::{Packet, Skip};
pub use parameters::{Color, Kind, Parameters};
pub use resample::{Layout, Planes, Resampler};
pub use scale::{Filter, Scaler};
pub use turn::{rotation_degrees, Turn};
pub use unpack::Unpacker;
pub use vorbis::VorbisCounter;
