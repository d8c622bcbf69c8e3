//! The few header bits of coded audio that say its sample rate and its channels.

/// Bits that change where the sample rate or the channels of a packet do; they mean nothing else. `None` where the codec
/// has no such headers in its packets, or the data is none.
#[must_use]
pub fn format_bits(codec: &str, data: &[u8]) -> Option<u32> {
    let bits = |at: usize, mask: u8| data.get(at).map(|byte| u32::from(byte & mask));
    match codec {
        "mp1" | "mp2" | "mp3" => {
            mpeg_rate(data)?;
            let is_mono = u32::from(data.get(3)? >> 6 == 3);
            Some(bits(1, 0x1e)? << 16 | bits(2, 0x0c)? << 8 | is_mono)
        }
        // ADTS: twelve ones and layer 0; then rate (4 bits) and channels (3 bits).
        "aac" if data.first() == Some(&0xff) && bits(1, 0xf6) == Some(0xf0) => {
            Some(bits(2, 0x3d)? << 8 | bits(3, 0xc0)?)
        }
        "ac3" | "eac3" if data.starts_with(&[0x0b, 0x77]) => {
            if bits(5, 0xf8)? >> 3 > 10 {
                // E-AC-3: rate (2 bits), its second part or blocks (2), channels (3), low frequencies (1).
                let rates = bits(4, 0xc0)?;
                let second = if rates == 0xc0 { bits(4, 0x30)? } else { 0 };
                return Some(rates | second | bits(4, 0x0f)?);
            }
            let channels = bits(6, 0xe0)? >> 5;
            // Mixing levels stand between the channels and the bit of low frequencies, where they are needed.
            let has_centre = channels & 1 != 0 && channels != 1;
            let levels = [has_centre, channels & 4 != 0, channels == 2].iter().filter(|has| **has).count();
            let low = (bits(6, 0xff)? << 8 | bits(7, 0xff)?) >> (12 - 2 * levels) & 1;
            Some(bits(4, 0xc0)? << 8 | bits(5, 0xf8)? << 1 | channels << 1 | low)
        }
        "flac" if bits(0, 0xff) == Some(0xff) && bits(1, 0xfc) == Some(0xf8) => {
            let stored = bits(3, 0xf0)? >> 4;
            // Three ways to code two channels by their difference.
            let channels = if stored > 7 { 1 } else { stored };
            Some(bits(2, 0x0f)? << 8 | channels)
        }
        "dts" if data.starts_with(&[0x7f, 0xfe, 0x80, 0x01]) => {
            // Channels are bits 60 to 65, the rate bits 66 to 69.
            Some(bits(7, 0x0f)? << 16 | bits(8, 0xfc)?)
        }
        // Two bits of channels, after 16 of the size.
        "s302m" => Some(bits(2, 0xc0)?),
        "pcm_bluray" => Some(bits(2, 0xff)?),
        _ => None,
    }
}

/// Samples a second, by the header of an MPEG audio frame.
#[must_use]
pub fn mpeg_rate(data: &[u8]) -> Option<u32> {
    let &[first, second, third, _] = data.first_chunk::<4>()?;
    if first != 0xff || second & 0xe0 != 0xe0 || second & 0x06 == 0 {
        return None;
    }
    let of_mpeg_1 = [44_100u32, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
    match second >> 3 & 3 {
        3 => Some(*of_mpeg_1),
        2 => Some(of_mpeg_1 / 2),
        0 => Some(of_mpeg_1 / 4),
        _ => None,
    }
}

/// Whether a packet holds headers and no audio: Vorbis after a link of a chained file.
#[must_use]
pub fn is_header(codec: &str, data: &[u8]) -> bool {
    codec == "vorbis" && data.get(1..7) == Some(b"vorbis") && matches!(data.first(), Some(1 | 3 | 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mpeg_headers_give_rate_and_mono() {
        assert_eq!(mpeg_rate(&[0xff, 0xfb, 0x90, 0x00]), Some(44_100));
        assert_eq!(mpeg_rate(&[0xff, 0xf3, 0x94, 0x00]), Some(24_000));
        assert_eq!(mpeg_rate(&[0xff, 0xe3, 0x98, 0x00]), Some(8_000));
        assert_eq!(mpeg_rate(&[0xff, 0xfb, 0x9c, 0x00]), None, "a reserved rate");
        assert_eq!(mpeg_rate(&[0x49, 0x44, 0x33, 0x04]), None);
        let bits = |third: u8, fourth: u8| format_bits("mp3", &[0xff, 0xfb, third, fourth]);
        assert_eq!(bits(0x90, 0x00), bits(0x52, 0x40), "bit rate, padding and stereo mode are no format");
        assert_ne!(bits(0x90, 0x00), bits(0x94, 0x00));
        assert_ne!(bits(0x90, 0x00), bits(0x90, 0xc0));
    }

    #[test]
    fn ac3_headers_give_rate_channels_and_low_frequencies() {
        let bits = |rate: u8, sixth: u8, seventh: u8| {
            format_bits("ac3", &[0x0b, 0x77, 0, 0, rate, 0x40, sixth, seventh])
        };
        // 3/2 channels: two mixing levels of two bits, then the bit of low frequencies.
        assert_ne!(bits(0, 0b1110_0001, 0), bits(0, 0b1110_0000, 0));
        assert_eq!(bits(0, 0b1110_1001, 0), bits(0, 0b1110_0001, 0), "a mixing level is no format");
        // 2/0 channels have one level; mono has none.
        assert_ne!(bits(0, 0b0100_0100, 0), bits(0, 0b0100_0000, 0));
        assert_ne!(bits(0, 0b0011_0000, 0), bits(0, 0b0010_0000, 0));
        assert_ne!(bits(0, 0b0010_0000, 0), bits(0x40, 0b0010_0000, 0));
    }

    #[test]
    fn packets_without_such_headers_have_no_bits() {
        assert_eq!(format_bits("aac", &[0x21, 0x10, 0x04, 0x60]), None);
        assert_eq!(format_bits("pcm_s16le", &[0xff, 0xfb, 0x90, 0x00]), None);
        assert_eq!(format_bits("mp3", &[0xff]), None);
        assert!(
            format_bits("aac", &[0xff, 0xf1, 0x50, 0x80]) != format_bits("aac", &[0xff, 0xf1, 0x4c, 0x80])
        );
        assert!(
            format_bits("aac", &[0xff, 0xf1, 0x50, 0x80]) != format_bits("aac", &[0xff, 0xf1, 0x50, 0x40])
        );
    }

    #[test]
    fn headers_of_a_chained_vorbis_file_are_seen() {
        assert!(is_header("vorbis", b"\x01vorbis\0\0"));
        assert!(!is_header("vorbis", b"\x00vorbis") && !is_header("opus", b"\x01vorbis"));
    }
}
