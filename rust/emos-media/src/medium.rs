//! What every read of one opened source uses: its packets, its chosen tracks, and how it is to be read.

use emos_ffmpeg::log::Scope;

use crate::audio::chunk::ChunkCache;
use crate::audio::track::AudioTrack;
use crate::audio::{Format, MAX_RATE};
use crate::error::{Error, ErrorKind, Result};
use crate::packets::{Packets, Pool};
use crate::shared::Shared;
use crate::undecodable::Undecodable;
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
    /// The tracks that give nothing.
    pub undecodable: Vec<Undecodable>,
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

    /// Whether a track gives nothing. Where damage is an error, that is one.
    pub fn gives_nothing(&self, stream: usize) -> Result<bool> {
        match self.undecodable.iter().find(|track| track.stream == stream) {
            None => Ok(false),
            Some(_) if self.on_error == OnError::Mask => Ok(true),
            Some(track) => Err(track.error(self.name())),
        }
    }

    /// The sample rate and channels of a result of the chosen audio track. One that gives nothing is never mixed.
    pub fn audio_format(&self, rate: Option<u32>, channels: Option<u32>) -> Result<Format> {
        let audio = self.audio()?;
        let format = Format {
            rate: rate.unwrap_or(audio.rate),
            channels: channels.unwrap_or_else(|| audio.layout.channels()),
        };
        match self.undecodable.iter().find(|track| track.stream == audio.stream) {
            Some(_) if (1..=MAX_RATE).contains(&format.rate) && format.channels > 0 => Ok(format),
            // Without a rate or channels there is no shape to be masked.
            Some(track) if rate.is_none() || channels.is_none() => Err(track.error(self.name())),
            None if rate.is_none() && audio.rate == 0 => {
                let what = "sample_rate must be a number where no packet says that of the track, got none; give it, or \
                            open with audio=False";
                Err(Error::new(ErrorKind::InvalidArgument, what, self.name()))
            }
            _ => audio.format(self.name(), rate, channels),
        }
    }

    /// The chosen audio track.
    pub fn audio(&self) -> Result<&AudioTrack> {
        self.audio.as_ref().ok_or_else(|| {
            let what = "no audio track is chosen, or there is none; see Media.metadata";
            Error::new(ErrorKind::NoSuchTrack, what, self.name())
        })
    }
}
