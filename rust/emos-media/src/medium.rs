//! What every read of one opened source uses: its packets, its chosen tracks, and how it is to be read.

use emos_ffmpeg::log::Scope;

use crate::audio::chunk::ChunkCache;
use crate::audio::track::AudioTrack;
use crate::error::{Error, ErrorKind, Result};
use crate::packets::{Packets, Pool};
use crate::shared::Shared;
use crate::video::VideoTrack;

/// What happens where media is damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    #[default]
    Raise,
    Mask,
}

/// An opened source. Reading needs no `&mut`, so any number of threads may read at the same time.
#[derive(Debug)]
pub(crate) struct Medium {
    pub shared: Shared,
    pub pool: Pool,
    pub video: Option<VideoTrack>,
    pub audio: Option<AudioTrack>,
    pub cache: ChunkCache,
    pub on_error: OnError,
    /// The most decoders that work at the same time.
    pub threads: usize,
}

impl Medium {
    pub fn name(&self) -> &str {
        self.shared.name()
    }

    pub fn packets(&self) -> Packets<'_> {
        Packets { shared: &self.shared, pool: &self.pool }
    }

    /// Before a read: the source must be the one that was opened. Messages of FFmpeg carry its name while the scope exists.
    pub fn begin_read(&self) -> Result<Scope> {
        self.shared.source.check_unchanged()?;
        Ok(Scope::enter(self.shared.source.name()))
    }

    /// The chosen video track.
    pub fn video(&self) -> Result<&VideoTrack> {
        self.video.as_ref().ok_or_else(|| {
            let what = "no video track is chosen, or there is none; see Media.metadata";
            Error::new(ErrorKind::NoSuchTrack, what, self.name())
        })
    }

    /// The chosen audio track.
    pub fn audio(&self) -> Result<&AudioTrack> {
        self.audio.as_ref().ok_or_else(|| {
            let what = "no audio track is chosen, or there is none; see Media.metadata";
            Error::new(ErrorKind::NoSuchTrack, what, self.name())
        })
    }
}
