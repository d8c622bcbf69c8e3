//! Sample descriptions: what a track is coded in, as far as its packets depend on that.

use super::boxes::{children, Bytes, Code};
use super::{refuse, Kind, Result};

/// What the packets of a track depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    pub format: Code,
    pub is_aac: bool,
    pub is_vorbis: bool,
    /// FFmpeg parses the packets and forgets which are disposable.
    pub is_parsed: bool,
    /// Sound whose samples are too short to be packets of their own.
    pub units: Units,
}

/// The units of uncompressed and simply compressed sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    /// Bytes of a sample of all channels; zero for anything but PCM.
    pub sample_size: u32,
    pub samples_per_frame: u32,
    pub bytes_per_frame: u32,
}

impl Description {
    /// Of a track that is neither sound nor picture.
    pub fn other(stsd: &[u8]) -> Self {
        let format = stsd.get(12..16).and_then(|code| code.try_into().ok()).unwrap_or_default();
        Description { format, ..Description::default() }
    }

    /// Parse an `stsd` box.
    pub fn parse(stsd: &[u8], kind: Kind, is_quicktime: bool) -> Result<Self> {
        let mut bytes = Bytes(stsd);
        let (version, _) = bytes.full()?;
        let count = bytes.u32()?;
        if count != 1 {
            return refuse(format!("a track has {count} sample descriptions"));
        }
        let size = bytes.u32()?;
        let format = bytes.code()?;
        if matches!(&format, b"encv" | b"enca" | b"drmi" | b"drms" | b"aavd") {
            return refuse("a track is encrypted");
        }
        bytes.take(6)?;
        if bytes.u16()? != 1 {
            return refuse("a track names a second source of data");
        }
        let length = usize::try_from(size).ok().and_then(|size| size.checked_sub(16));
        let Some(entry) = length.and_then(|length| bytes.0.get(..length)) else {
            return refuse("a sample description is longer than its box");
        };
        let mut description = Description { format, ..Description::default() };
        if kind == Kind::Video {
            description.video(entry)?;
        } else {
            description.audio(entry, version == 0, is_quicktime)?;
        }
        Ok(description)
    }

    fn video(&mut self, entry: &[u8]) -> Result<()> {
        let extra = entry.get(70..).unwrap_or_default();
        refuse_encrypted(extra)?;
        let object = object_type(extra);
        self.is_parsed = match &self.format {
            b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"H264" | b"h264" | b"dva1" | b"dvav" | b"AVin" | b"aivx" => {
                true
            }
            b"av01" | b"vp08" | b"vp09" | b"VP80" | b"VP90" => true,
            b"mp4v" if object == Some(0x21) => true,
            b"mp4v" if object == Some(0x6a) || object == Some(0xa3) => return self.refuse_resplit(),
            b"vc-1" | b"ovc1" | b"WVC1" | b"m1v " | b"m1v1" | b"mpg1" | b"MPEG" => return self.refuse_resplit(),
            b"AV1x" | b"dvh1" | b"dvhe" => return refuse("its codec depends on more than its name"),
            [b'a', b'i', ..] => true,
            _ => false,
        };
        Ok(())
    }

    fn audio(&mut self, entry: &[u8], is_stsd_0: bool, is_quicktime: bool) -> Result<()> {
        let mut bytes = Bytes(entry);
        let version = bytes.u16()?;
        bytes.take(6)?;
        let (mut channels, mut bits) = (u32::from(bytes.u16()?), u32::from(bytes.u16()?));
        let compression = bytes.u16()?;
        bytes.take(2 + 4)?;
        let mut flags = None;
        let extended = is_quicktime || (is_stsd_0 && version > 0);
        if extended && version == 1 {
            self.units.samples_per_frame = bytes.u32()?;
            bytes.u32()?;
            self.units.bytes_per_frame = bytes.u32()?;
            bytes.u32()?;
        } else if extended && version == 2 {
            bytes.take(4 + 8)?;
            channels = bytes.u32()?;
            bytes.u32()?;
            bits = bytes.u32()?;
            flags = Some(bytes.u32()?);
            self.units.bytes_per_frame = bytes.u32()?;
            self.units.samples_per_frame = bytes.u32()?;
        }
        let extra = bytes.0;
        refuse_encrypted(extra)?;
        let object = object_type(extra);
        let mut is_mp3 = matches!(&self.format, b".mp1" | b".mp2" | b".mp3" | [b'm', b's', 0, 0x50 | 0x55]);
        match &self.format {
            b"mp4a" => match object {
                None | Some(0x40 | 0x66..=0x68) => self.is_aac = true,
                Some(0xdd) => self.is_vorbis = true,
                Some(0x69 | 0x6b) => is_mp3 = true,
                Some(0xa5 | 0xa6) => return self.refuse_resplit(),
                Some(_) => {}
            },
            b"ac-3" | b"sac3" | b"ec-3" => return self.refuse_resplit(),
            b"dvca" | b"vdva" => return refuse("its sound is inside DV frames"),
            _ => {}
        }
        if is_mp3 && extended && (version == 0 || (version == 1 && compression != 0xfffe)) {
            return self.refuse_resplit();
        }
        self.set_units(channels, bits, flags)
    }

    fn set_units(&mut self, channels: u32, bits: u32, flags: Option<u32>) -> Result<()> {
        let integer = |bits| if matches!(bits, 8 | 24 | 32) { bits } else { 16 };
        let sample_bits = match (&self.format, flags) {
            (b"lpcm", Some(flags)) if flags & 1 == 1 => match bits {
                32 | 64 => bits,
                _ => return refuse(format!("its sound has {bits} bits a sample")),
            },
            (b"lpcm", Some(_)) => match bits {
                1..=32 => bits.div_ceil(8) * 8,
                _ => return refuse(format!("its sound has {bits} bits a sample")),
            },
            (b"raw " | b"NONE", _) => if bits == 16 { 16 } else { 8 },
            (b"twos" | b"sowt" | b"lpcm", _) => integer(bits),
            (b"in24", _) => 24,
            (b"in32" | b"fl32", _) => 32,
            (b"fl64", _) => 64,
            (b"alaw" | b"ulaw", _) => 8,
            _ => 0,
        };
        self.units.sample_size = (sample_bits / 8).saturating_mul(channels);
        let frame = |per_frame: u32, bytes: u32| (per_frame, bytes.saturating_mul(channels));
        let forced = match &self.format {
            b"MAC3" => Some(frame(6, 2)),
            b"MAC6" => Some(frame(6, 1)),
            b"ima4" => Some(frame(64, 34)),
            b"agsm" => Some((160, 33)),
            b"Qclp" | b"Qclq" | b"sqcp" => {
                Some((160, if self.units.bytes_per_frame == 0 { 35 } else { self.units.bytes_per_frame }))
            }
            _ => None,
        };
        if let Some((samples, bytes)) = forced {
            (self.units.samples_per_frame, self.units.bytes_per_frame) = (samples, bytes);
        }
        Ok(())
    }

    fn refuse_resplit(&self) -> Result<()> {
        let name = String::from_utf8_lossy(&self.format);
        refuse(format!("samples of {:?} are not always the packets that a decoder gets", name.trim()))
    }
}

fn refuse_encrypted(extra: &[u8]) -> Result<()> {
    if children(extra).any(|(code, _)| &code == b"sinf") {
        return refuse("a track is encrypted");
    }
    Ok(())
}

/// The object type of an `esds` box, on its own or within a `wave` box.
fn object_type(extra: &[u8]) -> Option<u8> {
    children(extra).find_map(|(code, payload)| match &code {
        b"esds" => elementary_stream(payload).ok().flatten(),
        b"wave" => object_type(payload),
        _ => None,
    })
}

fn elementary_stream(esds: &[u8]) -> Result<Option<u8>> {
    let mut bytes = Bytes(esds);
    bytes.full()?;
    if bytes.u8()? == 3 {
        skip_length(&mut bytes)?;
        bytes.u16()?;
        let flags = bytes.u8()?;
        if flags & 0x80 != 0 {
            bytes.u16()?;
        }
        if flags & 0x40 != 0 {
            let length = bytes.u8()?;
            bytes.take(length.into())?;
        }
        if flags & 0x20 != 0 {
            bytes.u16()?;
        }
    } else {
        bytes.u16()?;
    }
    if bytes.u8()? != 4 {
        return Ok(None);
    }
    skip_length(&mut bytes)?;
    bytes.u8().map(Some)
}

/// The length of a descriptor takes up to four bytes, each but the last with its highest bit set.
fn skip_length(bytes: &mut Bytes<'_>) -> Result<()> {
    for _ in 0..4 {
        if bytes.u8()? & 0x80 == 0 {
            break;
        }
    }
    Ok(())
}
