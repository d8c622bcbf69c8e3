//! Owning wrappers over FFmpeg: demuxers, decoders, swscale, swresample.
//!
//! All calls into FFmpeg are here, and with them nearly all `unsafe` code of the workspace; the rest is the buffer
//! protocol in `emos-py/src/array.rs`. Each wrapper owns one FFmpeg object and frees it on drop, and a `// SAFETY:` line
//! says why each call is sound. No wrapper knows windows, plans or Python.

mod channels;
mod decode;
mod demux;
mod error;
mod frame;
mod info;
mod io;
pub mod log;
mod orientation;
mod packet;
mod parameters;
mod planes;
mod resample;
mod scale;
mod texts;
mod unpack;
mod vorbis;

pub use channels::ChannelLayout;
pub use decode::Decoder;
pub use demux::{Demuxer, IndexEntry, Stream, Target};
pub use error::{Error, ErrorKind};
pub use frame::{Frame, Rect};
pub use info::{cpu_flags, decoders, libraries};
pub use io::ReadAt;
pub use orientation::{rotation_degrees, Orientation};
pub use packet::{Packet, Skip};
pub use parameters::{Color, Kind, Parameters};
pub use planes::Planes;
pub use resample::Resampler;
pub use scale::{Filter, Scaler};
pub use unpack::Unpacker;
pub use vorbis::VorbisCounter;
