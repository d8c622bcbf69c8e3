//! Windows written into the caller's memory. Frames are black or white and samples are powers of two, so both are known.
#![allow(clippy::unwrap_used)]

use std::io;
use std::sync::Arc;

use emos_media::{
    ErrorKind, Geometry, KeepGoing, Media, OnError, Opened, Options, ReadAt, Sampling, Source, WindowFormat,
    WindowOut, WindowShape, WindowStream,
};
use emos_time::{Rational, Span};

const BLACK: u8 = 16;
const WHITE: u8 = 235;

struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.0.get(start..)).unwrap_or_default();
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn open(bytes: Vec<u8>) -> Media {
    let options = Options { on_error: OnError::Raise, threads: Some(2), ..Options::default() };
    let source = Source::new(Arc::new(Bytes(bytes)), "made");
    Opened::open(source, &options, None).unwrap().index(&KeepGoing).unwrap()
}

/// YUV4MPEG2 of 16 x 16 pixels, a frame a second.
fn video(frames: &[u8]) -> Media {
    let mut bytes = b"YUV4MPEG2 W16 H16 F1:1 Ip A1:1 C444\n".to_vec();
    for luma in frames {
        bytes.extend(b"FRAME\n");
        bytes.extend([*luma; 256]);
        bytes.extend([128; 512]);
    }
    open(bytes)
}

/// WAV of one channel of 16 bits at 8 samples a second.
fn audio(samples: &[i16]) -> Media {
    let size = u32::try_from(samples.len() * 2).unwrap();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x08\0\0\0\x10\0\0\0\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    open(bytes)
}

fn windows(media: &Media, spans: &[(i64, i64)]) -> WindowStream {
    let seconds = Rational::from_int;
    let spans = spans.iter().map(|(start, end)| Span::new(seconds(*start), seconds(*end)).unwrap()).collect();
    let sampling = Sampling::at_rate(Some(seconds(1)));
    let format = WindowFormat { sampling, geometry: Geometry::default(), rate: None, channels: None };
    media.windows(spans, format, 0).unwrap()
}

/// The pixels of frames that are all black or all white.
fn pixels(frames: &[u8]) -> Vec<u8> {
    frames.iter().flat_map(|value| [*value; 16 * 16 * 3]).collect()
}

#[test]
fn frames_are_written_over_all_of_the_memory() {
    let mut stream = windows(&video(&[WHITE, BLACK, WHITE]), &[(-1, 2), (1, 5)]);
    let mut memory = vec![77; 3 * 768];
    let out = WindowOut { frames: Some(&mut memory), samples: None };
    let (frames, samples) = stream.next(out, &KeepGoing).unwrap().unwrap();
    let frames = frames.unwrap();
    assert_eq!((frames.data, frames.shape), (None, [3, 16, 16, 3]));
    assert_eq!(frames.valid, [false, true, true]);
    assert!(samples.is_none());
    assert_eq!(memory, pixels(&[0, 255, 0]));

    let mut memory = vec![77; 4 * 768];
    let out = WindowOut { frames: Some(&mut memory), samples: None };
    let (frames, _) = stream.next(out, &KeepGoing).unwrap().unwrap();
    assert_eq!(frames.unwrap().valid, [true, true, false, false]);
    assert_eq!(memory, pixels(&[0, 255, 0, 0]));
    assert!(stream.next(WindowOut::default(), &KeepGoing).is_none());
}

#[test]
fn samples_are_written_over_all_of_the_memory() {
    let mut stream = windows(&audio(&[16_384, -16_384, 8_192, 4_096]), &[(-1, 2), (2, 3)]);
    for expected in
        [[[0.0; 8], [0.5, -0.5, 0.25, 0.125, 0.0, 0.0, 0.0, 0.0], [0.0; 8]].concat(), vec![0.0; 8]]
    {
        let mut memory = vec![f32::NAN; expected.len()];
        let out = WindowOut { frames: None, samples: Some(&mut memory) };
        let (frames, samples) = stream.next(out, &KeepGoing).unwrap().unwrap();
        assert!(frames.is_none());
        assert_eq!(samples.unwrap().data, None);
        assert_eq!(memory, expected);
    }
}

#[test]
fn without_memory_a_window_brings_its_own() {
    let mut stream = windows(&video(&[WHITE, BLACK]), &[(0, 3)]);
    let (frames, _) = stream.next(WindowOut::default(), &KeepGoing).unwrap().unwrap();
    assert_eq!(frames.unwrap().data, Some(pixels(&[255, 0, 0])));
    let mut stream = windows(&audio(&[16_384]), &[(0, 1)]);
    let (_, samples) = stream.next(WindowOut::default(), &KeepGoing).unwrap().unwrap();
    assert_eq!(samples.unwrap().data, Some([&[0.5][..], &[0.0; 7]].concat()));
}

#[test]
fn the_shape_of_the_next_window_is_known_before() {
    let mut stream = windows(&video(&[WHITE; 4]), &[(0, 2), (1, 4)]);
    let shape = |frames| Some(WindowShape { frames: Some([frames, 16, 16, 3]), samples: None });
    assert_eq!(stream.next_shape().unwrap(), shape(2));
    stream.next(WindowOut::default(), &KeepGoing).unwrap().unwrap();
    assert_eq!(stream.next_shape().unwrap(), shape(3));
    stream.next(WindowOut::default(), &KeepGoing).unwrap().unwrap();
    assert_eq!(stream.next_shape().unwrap(), None);
    let stream = windows(&audio(&[0; 8]), &[(0, 2)]);
    assert_eq!(stream.next_shape().unwrap(), Some(WindowShape { frames: None, samples: Some([1, 16]) }));
}

#[test]
fn memory_of_another_size_is_refused_and_the_window_can_be_read_again() {
    let mut stream = windows(&video(&[WHITE, BLACK]), &[(0, 2)]);
    let mut memory = vec![77; 768];
    let out = WindowOut { frames: Some(&mut memory), samples: None };
    let error = stream.next(out, &KeepGoing).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(
        error.to_string(),
        "out must have 1536 bytes and shape [2, 16, 16, 3], got 768 bytes; make an array of that shape: \"made\""
    );
    assert_eq!((memory, stream.index()), (vec![77; 768], 0));
    let (frames, _) = stream.next(WindowOut::default(), &KeepGoing).unwrap().unwrap();
    assert_eq!(frames.unwrap().data, Some(pixels(&[255, 0])));
}

#[test]
fn memory_for_a_track_that_is_absent_is_refused() {
    let mut stream = windows(&video(&[WHITE]), &[(0, 1)]);
    let out = WindowOut { frames: None, samples: Some(&mut [0.0; 8]) };
    assert_eq!(
        stream.next(out, &KeepGoing).unwrap().unwrap_err().to_string(),
        "out must have no samples, got 8; leave them out, since no audio track is chosen: \"made\""
    );
    let mut stream = windows(&audio(&[0]), &[(0, 1)]);
    let out = WindowOut { frames: Some(&mut [0; 768]), samples: None };
    assert_eq!(
        stream.next(out, &KeepGoing).unwrap().unwrap_err().to_string(),
        "out must have no bytes of frames, got 768; leave them out, since no video track is chosen: \"made\""
    );
}
