//! The few header bits of coded frames and audio that the index and the decoding of GOPs need.

/// Whether no other frame of the stream needs the frame of a packet, by its own headers.
///
/// H.264: `nal_ref_idc` is 0 in all slices. HEVC: all slices are of a sub-layer non-reference type of the only temporal
/// layer. MPEG-1, MPEG-2 and MPEG-4 part 2: the frame is a B-frame. For any other codec the result is false.
#[must_use]
pub fn is_droppable(codec: &str, length_size: Option<usize>, data: &[u8]) -> bool {
    match codec {
        "h264" => all_slices(data, length_size, |nal| match nal.first() {
            Some(byte) if byte & 0x80 == 0 && matches!(byte & 0x1f, 1..=5) => Some(byte & 0x60 == 0),
            _ => None,
        }),
        "hevc" => all_slices(data, length_size, |nal| {
            let (first, second) = (*nal.first()?, *nal.get(1)?);
            let (kind, layer) = ((first >> 1) & 0x3f, second & 7);
            // Types 0 to 31 are slices; the even ones below 16 are never referred to within their sub-layer.
            (kind < 32 && first & 0x80 == 0).then_some(kind < 16 && kind % 2 == 0 && layer == 1)
        }),
        "mpeg1video" | "mpeg2video" => {
            let types: Vec<u8> = start_codes(data)
                .filter(|(code, _)| *code == 0x00)
                .map(|(_, body)| body.get(1).map_or(0, |byte| (byte >> 3) & 7))
                .collect();
            !types.is_empty() && types.iter().all(|kind| *kind == 3)
        }
        "mpeg4" => {
            let types: Vec<u8> = start_codes(data)
                .filter(|(code, _)| *code == 0xb6)
                .map(|(_, body)| body.first().map_or(0, |byte| byte >> 6))
                .collect();
            !types.is_empty() && types.iter().all(|kind| *kind == 2)
        }
        _ => false,
    }
}

/// Whether a packet holds no frame that is displayed: hidden frames of VP8 and VP9 in a packet of their own.
#[must_use]
pub(crate) fn is_hidden(codec: &str, data: &[u8]) -> bool {
    match codec {
        "vp8" => data.first().is_some_and(|byte| byte & 0x10 == 0),
        "vp9" => !data.is_empty() && !vp9_frames(data).into_iter().any(vp9_is_displayed),
        _ => false,
    }
}

/// Samples at 48 kHz in an Opus packet (RFC 6716, section 3.1).
#[must_use]
pub(crate) fn opus_samples(data: &[u8]) -> Option<u32> {
    let toc = *data.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(data.get(1)? & 0x3f),
    };
    (count > 0 && frame * count <= 5760).then_some(frame * count)
}

/// Samples in a FLAC frame, from its header; `None` where the data is not a frame.
#[must_use]
pub(crate) fn flac_samples(data: &[u8]) -> Option<u32> {
    let (&[first, second, third, ..], true) = (data.first_chunk::<4>()?, data.len() > 6) else { return None };
    if first != 0xff || second & 0xfc != 0xf8 {
        return None;
    }
    // The coded number is as long as the leading ones of its first byte say, as in UTF-8.
    let number = match data[4].leading_ones() {
        0 => 1,
        length @ 2..=7 => length as usize,
        _ => return None,
    };
    match third >> 4 {
        0 => None,
        1 => Some(192),
        code @ 2..=5 => Some(576 << (code - 2)),
        6 => data.get(4 + number).map(|byte| u32::from(*byte) + 1),
        7 => Some(u32::from(u16::from_be_bytes([*data.get(4 + number)?, *data.get(5 + number)?])) + 1),
        code => Some(256 << (code - 8)),
    }
}

/// How many bytes hold the length of each unit of H.264 and HEVC in this stream; `None` for start codes.
#[must_use]
pub(crate) fn length_size(codec: &str, extradata: &[u8]) -> Option<usize> {
    let at = match codec {
        "h264" => 4,
        "hevc" => 21,
        _ => return None,
    };
    let is_record = extradata.len() > 6 && extradata[0] == 1;
    is_record.then(|| extradata.get(at).map_or(4, |byte| usize::from(byte & 3) + 1))
}

/// Whether a packet of H.264 has parameters and messages only, and no part of a frame. For other codecs it is false.
#[must_use]
pub(crate) fn has_no_frame(codec: &str, length_size: Option<usize>, data: &[u8]) -> bool {
    let is_message =
        |unit: &[u8]| unit.first().is_some_and(|byte| byte & 0x80 == 0 && matches!(byte & 0x1f, 6..=13));
    let is_coded = codec == "h264" && (length_size.is_some() || data.starts_with(&[0, 0]));
    is_coded && units(data, length_size).next().is_some() && units(data, length_size).all(is_message)
}

/// The units of a packet of H.264 or HEVC, up to one whose length is wrong; the last one may be cut off.
pub(crate) fn units(data: &[u8], length_size: Option<usize>) -> impl Iterator<Item = &[u8]> {
    let (mut prefixed, start_coded) = match length_size {
        Some(size) => (Some((data, size)), None),
        None => (None, Some(start_code_units(data))),
    };
    let lengths = std::iter::from_fn(move || {
        let (rest, size) = prefixed.as_mut()?;
        let (head, tail) = rest.split_at_checked(*size)?;
        let length = head.iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
        let (unit, after) = tail.split_at(length.min(tail.len()));
        *rest = after;
        Some(unit)
    });
    lengths.chain(start_coded.into_iter().flatten())
}

fn all_slices(
    data: &[u8],
    length_size: Option<usize>,
    is_droppable_slice: impl Fn(&[u8]) -> Option<bool>,
) -> bool {
    let mut slices = 0;
    let mut count = |nal: &[u8]| match is_droppable_slice(nal) {
        Some(true) => {
            slices += 1;
            true
        }
        Some(false) => false,
        None => true,
    };
    let all = match length_size {
        Some(size) => {
            let mut rest = data;
            loop {
                if rest.len() <= size {
                    break true;
                }
                let (head, tail) = rest.split_at(size);
                let length = head.iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
                if length > tail.len() {
                    break false;
                }
                if !count(&tail[..length]) {
                    break false;
                }
                rest = &tail[length..];
            }
        }
        None => start_code_units(data).all(&mut count),
    };
    all && slices > 0
}

/// The data after each `00 00 01`, up to the end of the packet.
fn start_code_units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at + 3 < data.len() {
            if data[at + 2] > 1 {
                at += 3;
            } else if data[at..at + 3] == [0, 0, 1] {
                at += 3;
                return Some(&data[at..]);
            } else {
                at += 1;
            }
        }
        None
    })
}

fn start_codes(data: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    start_code_units(data).filter_map(|unit| unit.split_first().map(|(code, body)| (*code, body)))
}

/// The frames of a VP9 packet: those of its superframe index, or the packet itself.
fn vp9_frames(data: &[u8]) -> Vec<&[u8]> {
    let Some(&marker) = data.last() else { return Vec::new() };
    if marker & 0xe0 == 0xc0 {
        let (count, bytes) = (usize::from(marker & 7) + 1, usize::from((marker >> 3) & 3) + 1);
        let index = 2 + count * bytes;
        if data.len() >= index && data[data.len() - index] == marker {
            let sizes = data[data.len() - index + 1..data.len() - 1].chunks_exact(bytes);
            let mut rest = &data[..data.len() - index];
            let mut frames = Vec::new();
            for size in sizes {
                let size = size.iter().rev().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
                if size > rest.len() {
                    return vec![data];
                }
                let (frame, tail) = rest.split_at(size);
                frames.push(frame);
                rest = tail;
            }
            return frames;
        }
    }
    vec![data]
}

/// Data that is no VP9 frame counts as displayed: the decoder will report that it is damaged.
fn vp9_is_displayed(frame: &[u8]) -> bool {
    let Some(&first) = frame.first() else { return true };
    if first >> 6 != 0b10 {
        return true;
    }
    // frame_marker(2) profile(2) [reserved(1) in profile 3] show_existing_frame(1) frame_type(1) show_frame(1)
    let profile = ((first >> 5) & 1) | ((first >> 3) & 2);
    let shift = if profile == 3 { 1 } else { 0 };
    let bit = |number: u32| first & (0x80 >> (number + shift)) != 0;
    bit(4) || bit(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_headers_give_the_number_of_samples() {
        assert_eq!(opus_samples(&[0b0000_1000, 0]), Some(960));
        assert_eq!(opus_samples(&[0b1111_1001, 0]), Some(1920));
        assert_eq!(opus_samples(&[0b1111_1011, 3]), Some(2880));
        assert_eq!(opus_samples(&[0b0001_1011, 63]), None);
        assert_eq!(opus_samples(&[]), None);
    }

    #[test]
    fn h264_frames_that_nothing_refers_to_can_be_dropped() {
        assert!(is_droppable("h264", Some(4), &[0, 0, 0, 2, 0x01, 0xaa]));
        assert!(!is_droppable("h264", Some(4), &[0, 0, 0, 2, 0x41, 0xaa]));
        assert!(!is_droppable("h264", Some(4), &[0, 0, 0, 2, 0x06, 0xaa]), "no slice at all");
        assert!(is_droppable("h264", None, &[0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, 0x01, 0xaa, 0xbb]));
        assert!(!is_droppable("h264", Some(4), &[0, 0, 0, 9, 0x01]), "a length beyond the packet");
    }

    #[test]
    fn hevc_frames_of_lower_layers_are_kept() {
        assert!(is_droppable("hevc", Some(4), &[0, 0, 0, 3, 0x00, 0x01, 0xaa]));
        assert!(!is_droppable("hevc", Some(4), &[0, 0, 0, 3, 0x02, 0x01, 0xaa]));
        assert!(!is_droppable("hevc", Some(4), &[0, 0, 0, 3, 0x00, 0x02, 0xaa]));
    }

    #[test]
    fn mpeg_b_frames_can_be_dropped() {
        assert!(is_droppable("mpeg2video", None, &[0, 0, 1, 0x00, 0x00, 0x18, 0xff, 0xf8]));
        assert!(!is_droppable("mpeg2video", None, &[0, 0, 1, 0x00, 0x00, 0x10, 0xff, 0xf8]));
        assert!(is_droppable("mpeg4", None, &[0, 0, 1, 0xb6, 0x90, 0x00]));
        assert!(!is_droppable("mpeg4", None, &[0, 0, 1, 0xb6, 0x50, 0x00]));
    }

    #[test]
    fn hidden_frames_of_vp9_and_vp8_are_seen() {
        assert!(is_hidden("vp9", &[0b1000_0100, 0]));
        assert!(!is_hidden("vp9", &[0b1000_0110, 0]));
        assert!(!is_hidden("vp9", &[0b1000_1000]));
        let superframe = [0b1000_0100, 0b1000_0110, 0xc1, 1, 1, 0xc1];
        assert!(!is_hidden("vp9", &superframe));
        assert!(!is_hidden("vp9", &[0b0100_0100, 0]), "no VP9 frame");
        assert!(is_hidden("vp8", &[0b0000_0000]) && !is_hidden("vp8", &[0b0001_0000]));
        assert!(!is_hidden("h264", &[0]));
    }

    #[test]
    fn flac_headers_give_the_block_size() {
        assert_eq!(flac_samples(&[0xff, 0xf8, 0xc9, 0x18, 0, 0, 0, 0]), Some(4096));
        assert_eq!(flac_samples(&[0xff, 0xf8, 0x79, 0x18, 0, 0x03, 0xff, 0]), Some(1024));
        assert_eq!(flac_samples(&[0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
