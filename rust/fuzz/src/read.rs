//! Everything that a caller can ask of a file, with arguments that its bytes decide: an input is its own record.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use emos_media::{
    ErrorKind, Fit, Geometry, Media, Moments, OnError, Opened, Options, PixelBox, ReadAt, Result, Sampling,
    Select, Size, Source, Stop, WindowFormat, WindowOut,
};
use emos_time::{Rational, Span};

use crate::mutate::mutate;
use crate::random::{hash, Random};

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

/// Stops when it has been asked so often.
struct After(AtomicU64);

impl Stop for After {
    fn stop(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// Open, index and read; `None` where the file could be indexed, else why not.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<ErrorKind> {
    let mut random = Random::new(hash(bytes));
    let stop = After(AtomicU64::new(if random.once_in(16) { random.below(64) as u64 } else { u64::MAX }));
    let source = Source::new(Arc::new(Bytes(bytes.to_vec())), "fuzz");
    let options = Options {
        video: select(&mut random),
        audio: select(&mut random),
        on_error: if random.once_in(2) { OnError::Raise } else { OnError::Mask },
        ..Options::default()
    };
    let media = match open(&source, &options, None, &stop) {
        Ok(media) => media,
        Err(error) => return Some(error.kind()),
    };
    ask(&mut random, &media, &stop);
    if let Ok(mut saved) = media.save_index() {
        if random.once_in(4) {
            saved = mutate(&mut random, &saved, &saved);
        }
        if let Ok(again) = open(&source, &options, Some(&saved), &stop) {
            ask(&mut random, &again, &stop);
        }
    }
    None
}

fn open(source: &Source, options: &Options, saved: Option<&[u8]>, stop: &dyn Stop) -> Result<Arc<Media>> {
    let mut opened = Opened::open(source.clone(), options, saved)?;
    opened.index(stop).map(Arc::new)
}

fn ask(random: &mut Random, media: &Arc<Media>, stop: &dyn Stop) {
    let end = media.metadata().duration.floor().unwrap_or(0).clamp(1, 1 << 40);
    let count = i64::try_from(media.timeline().map_or(0, |timeline| timeline.pts.len())).unwrap_or(0);
    let Ok(geometry) = geometry(random) else { return };
    let indices: Vec<i64> =
        (0..random.below(5)).map(|_| random.below(count as usize + 4) as i64 - 2).collect();
    let _ = media.frames_by_index(&indices, &geometry, None, stop);
    if random.once_in(8) {
        let _ = media.frames_by_index(&[0], &Geometry::default(), None, stop);
    }
    for _ in 0..2 {
        let span = span(random, end);
        let _ = media.frames_in(span, sampling(random), &geometry, None, stop);
        let (rate, channels) = audio_format(random);
        let _ = media.samples_in(span, rate, channels, None, stop);
    }
    let mut spans: Vec<Span> = (0..random.below(5)).map(|_| span(random, end)).collect();
    if !random.once_in(16) {
        spans.sort_by_key(|span| span.start());
    }
    let (rate, channels) = audio_format(random);
    let format = WindowFormat { sampling: sampling(random), geometry, rate, channels };
    if let Ok(mut windows) = media.windows(spans, format, random.below(2)) {
        while let Some(window) = windows.next(WindowOut::default(), stop) {
            // A window that was stopped would be given again.
            if window.is_err_and(|error| error.kind() == ErrorKind::Interrupted) {
                break;
            }
        }
    }
}

fn select(random: &mut Random) -> Select {
    match random.below(16) {
        0 => Select::Off,
        1 => Select::Stream(random.below(3)),
        2 => Select::Language("eng".to_owned()),
        _ => Select::Best,
    }
}

/// Small: the time is for decoding, not for making many pixels.
fn geometry(random: &mut Random) -> std::result::Result<Geometry, String> {
    let side = |random: &mut Random| 1 + random.below(64) as u32;
    let size = match random.below(3) {
        0 => Size::Short(side(random)),
        _ => Size::Exact { height: side(random), width: side(random) },
    };
    let fit = random.pick(&[Fit::Stretch, Fit::Pad, Fit::Crop], Fit::Stretch);
    let mut roi = Vec::new();
    for from in 0..random.below(3).saturating_sub(usize::from(!random.once_in(4))) {
        let (left, top) = (random.below(32) as u32, random.below(32) as u32);
        let area = PixelBox { left, top, right: left + side(random), bottom: top + side(random) };
        roi.push((Rational::from_int(from as i64), area));
    }
    Geometry::new(size, fit, roi, Default::default())
}

/// Up to 2 s long, mostly within the file; now and then at the end of what can be counted.
fn span(random: &mut Random, end: i64) -> Span {
    let far = [0, 1, -1, i64::MAX / 2, i64::MIN / 2];
    let second = if random.once_in(16) {
        random.pick(&far, 0)
    } else {
        random.below(usize::try_from(end).unwrap_or(1)) as i64
    };
    let parts = random.pick(&[1, 25, 1000, 30_000, 90_000, i64::MAX], 1);
    let part = Rational::new((random.next() % 1000).into(), parts.into()).unwrap_or(Rational::ZERO);
    let start = Rational::from_int(second).checked_add(part).unwrap_or(Rational::ZERO);
    let length = Rational::new(1 + i128::from(random.next() % 2000), 1000).unwrap_or(Rational::from_int(1));
    let fallback = || Span::new(Rational::ZERO, Rational::from_int(1));
    match start.checked_add(length).and_then(|end| Span::new(start, end)).or_else(fallback) {
        Some(span) => span,
        None => unreachable!("a second is a span"),
    }
}

fn sampling(random: &mut Random) -> Sampling {
    let moments = match (fps(random), random.below(8)) {
        (None, 0) => Moments::Centres(1 + random.below(64) as u32),
        (None, _) => Moments::All,
        (Some(fps), choice) => {
            Moments::Grid { fps, max_frames: (choice == 0).then(|| 1 + random.below(16) as u32) }
        }
    };
    Sampling { moments, hold_last: random.once_in(4) }
}

fn fps(random: &mut Random) -> Option<Rational> {
    match random.below(4) {
        0 => None,
        1 => Rational::new(30_000, 1001),
        2 => Rational::new(1, 1 + random.below(10) as i128),
        _ => Some(Rational::from_int(1 + random.below(120) as i64)),
    }
}

fn audio_format(random: &mut Random) -> (Option<u32>, Option<u32>) {
    let rate = random.pick(&[None, None, Some(16_000), Some(44_100), Some(1), Some(192_000)], None);
    (rate, random.pick(&[None, None, Some(1), Some(2), Some(6)], None))
}
