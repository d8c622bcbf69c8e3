//! One opened media source.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use emos_ffmpeg::Kind;
use emos_media::{Media, Opened, Options, TrackInfo, WindowFormat};
use emos_time::Span;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::array::{Out, PyArray};
use crate::convert::{
    pair, select, span, times, Pair, PyGeometry, PyOnError, PySampling, TrackChoice, WidePair,
};
use crate::detach::{detach, drop_detached, invalid};
use crate::results::{PyFrames, PySamples};
use crate::source;
use crate::windows::PyWindowStream;

/// Reads one source, which is indexed when something is first asked of it, or at once where that is quick.
#[pyclass(name = "Reader", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyReader {
    opened: Mutex<Option<Opened>>,
    media: OnceLock<Arc<Media>>,
}

impl PyReader {
    fn media(&self, py: Python<'_>) -> PyResult<&Arc<Media>> {
        if let Some(media) = self.media.get() {
            return Ok(media);
        }
        detach(py, |stop| {
            // Threads that come meanwhile wait for the one that indexes; whoever fails leaves it to the next.
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(source) = opened.as_mut().filter(|_| self.media.get().is_none()) {
                let media = source.index(stop)?;
                let _ = self.media.set(Arc::new(media));
                *opened = None;
            }
            Ok(())
        })?;
        self.media.get().ok_or_else(|| invalid(py, "the reader must be open; open the source again"))
    }

    /// A span, or without one that of the video track.
    fn span_or_all(&self, py: Python<'_>, given: Option<(Pair, Pair)>) -> PyResult<Span> {
        let media = self.media(py)?;
        match given {
            Some((start, end)) => span(py, start, end),
            None => detach(py, |_| media.video_span()),
        }
    }
}

// Keyword arguments of Python are arguments of Rust.
#[allow(clippy::too_many_arguments)]
#[pymethods]
impl PyReader {
    #[new]
    #[pyo3(signature = (source, *, name, video=None, audio=None, on_error=PyOnError::Raise, num_threads=None, index=None))]
    fn new(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        name: &str,
        video: Option<TrackChoice>,
        audio: Option<TrackChoice>,
        on_error: PyOnError,
        num_threads: Option<usize>,
        index: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let options = Options {
            video: select(video),
            audio: select(audio),
            on_error: on_error.into(),
            threads: num_threads,
        };
        let source = source::extract(py, source, name)?;
        let opened = detach(py, |_| Opened::open(source, &options, index.as_deref()))?;
        let soon = opened.is_indexed_soon();
        let reader = PyReader { opened: Mutex::new(Some(opened)), media: OnceLock::new() };
        if soon {
            reader.media(py)?;
        }
        Ok(reader)
    }

    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let metadata = self.media(py)?.metadata();
        let answer = PyDict::new(py);
        answer.set_item("container", &metadata.container)?;
        answer.set_item("duration", pair(metadata.duration))?;
        answer.set_item("start_offset", pair(metadata.start_offset))?;
        let tracks = metadata.tracks.iter().map(|track| describe(py, track)).collect::<PyResult<Vec<_>>>()?;
        answer.set_item("tracks", tracks)?;
        answer.set_item("video", metadata.video)?;
        answer.set_item("audio", metadata.audio)?;
        let index = PyDict::new(py);
        index.set_item("source", metadata.index_source)?;
        answer.set_item("index", index)?;
        answer.set_item("warnings", &metadata.warnings)?;
        Ok(answer)
    }

    fn timeline(&self, py: Python<'_>) -> PyResult<(PyArray, PyArray, PyArray, Option<WidePair>)> {
        let media = self.media(py)?;
        let timeline = detach(py, |_| media.timeline())?;
        let length = timeline.key.len();
        Ok((
            PyArray::i64(timeline.pts),
            PyArray::i64(timeline.duration),
            PyArray::u8(timeline.key, &[length]),
            timeline.time_base.map(pair),
        ))
    }

    #[pyo3(signature = (times, geometry, out=None, hold_last=false))]
    fn frames_played_at(
        &self,
        py: Python<'_>,
        times: Vec<Pair>,
        geometry: &PyGeometry,
        out: Option<&Bound<'_, PyAny>>,
        hold_last: bool,
    ) -> PyResult<PyFrames> {
        let media = self.media(py)?;
        let times = self::times(py, times)?;
        let mut out = out.map(|out| Out::<u8>::new(py, out)).transpose()?;
        let frames = detach(py, |stop| {
            media.frames_played_at(&times, hold_last, &geometry.0, out.as_mut().map(Out::as_mut_slice), stop)
        })?;
        PyFrames::wrap(py, frames, media.video_unit())
    }

    #[pyo3(signature = (indices, geometry, out=None))]
    fn frames_by_index(
        &self,
        py: Python<'_>,
        indices: Vec<i64>,
        geometry: &PyGeometry,
        out: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyFrames> {
        let media = self.media(py)?;
        let mut out = out.map(|out| Out::<u8>::new(py, out)).transpose()?;
        let frames = detach(py, |stop| {
            media.frames_by_index(&indices, &geometry.0, out.as_mut().map(Out::as_mut_slice), stop)
        })?;
        PyFrames::wrap(py, frames, media.video_unit())
    }

    #[pyo3(signature = (span, sampling, geometry, out=None))]
    fn frames_in(
        &self,
        py: Python<'_>,
        span: Option<(Pair, Pair)>,
        sampling: &PySampling,
        geometry: &PyGeometry,
        out: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyFrames> {
        let media = self.media(py)?;
        let span = self.span_or_all(py, span)?;
        let mut out = out.map(|out| Out::<u8>::new(py, out)).transpose()?;
        let frames = detach(py, |stop| {
            media.frames_in(span, sampling.0, &geometry.0, out.as_mut().map(Out::as_mut_slice), stop)
        })?;
        PyFrames::wrap(py, frames, media.video_unit())
    }

    #[pyo3(signature = (start, end, sample_rate, num_channels, out=None))]
    fn samples_in(
        &self,
        py: Python<'_>,
        start: Pair,
        end: Pair,
        sample_rate: Option<u32>,
        num_channels: Option<u32>,
        out: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PySamples> {
        let media = self.media(py)?;
        let span = span(py, start, end)?;
        let mut out = out.map(|out| Out::<f32>::new(py, out)).transpose()?;
        let samples = detach(py, |stop| {
            media.samples_in(span, sample_rate, num_channels, out.as_mut().map(Out::as_mut_slice), stop)
        })?;
        PySamples::wrap(py, samples)
    }

    #[pyo3(signature = (spans, sampling, geometry, sample_rate, num_channels, skip=0))]
    fn windows(
        &self,
        py: Python<'_>,
        spans: Vec<(Pair, Pair)>,
        sampling: &PySampling,
        geometry: &PyGeometry,
        sample_rate: Option<u32>,
        num_channels: Option<u32>,
        skip: usize,
    ) -> PyResult<PyWindowStream> {
        let media = self.media(py)?;
        let spans = spans.into_iter().map(|(start, end)| span(py, start, end)).collect::<PyResult<_>>()?;
        let format = WindowFormat {
            sampling: sampling.0,
            geometry: geometry.0.clone(),
            rate: sample_rate,
            channels: num_channels,
        };
        let stream = detach(py, |_| media.windows(spans, format, skip))?;
        Ok(PyWindowStream::new(stream, media.video_unit()))
    }

    fn frames_shape(
        &self,
        py: Python<'_>,
        span: Option<(Pair, Pair)>,
        sampling: &PySampling,
        geometry: &PyGeometry,
    ) -> PyResult<Option<(usize, usize, usize, usize)>> {
        let media = self.media(py)?;
        let span = self.span_or_all(py, span)?;
        let shape = detach(py, |_| media.frames_shape(span, sampling.0, &geometry.0))?;
        Ok(shape.map(|[a, b, c, d]| (a, b, c, d)))
    }

    fn save_index<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
        let media = self.media(py)?;
        detach(py, |_| media.save_index()).map(|bytes| pyo3::types::PyBytes::new(py, &bytes))
    }

    fn packet_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
        let media = self.media(py)?;
        detach(py, |_| Ok(media.packet_bytes())).map(|bytes| pyo3::types::PyBytes::new(py, &bytes))
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counters = self.media(py)?.counters();
        let answer = PyDict::new(py);
        answer.set_item("frames_decoded", counters.frames_decoded)?;
        answer.set_item("frames_delivered", counters.frames_delivered)?;
        answer.set_item("packets_skipped", counters.packets_skipped)?;
        answer.set_item("audio_packets_decoded", counters.audio_packets_decoded)?;
        Ok(answer)
    }
}

impl Drop for PyReader {
    fn drop(&mut self) {
        let opened = self.opened.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let media = self.media.take();
        if opened.is_some() || media.is_some() {
            drop_detached((opened, media));
        }
    }
}

fn describe<'py>(py: Python<'py>, track: &TrackInfo) -> PyResult<Bound<'py, PyDict>> {
    let answer = PyDict::new(py);
    answer.set_item("index", track.index)?;
    let kind = match track.kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Subtitle => "subtitle",
        Kind::Data => "data",
    };
    answer.set_item("kind", kind)?;
    answer.set_item("codec", &track.codec)?;
    answer.set_item("language", &track.language)?;
    answer.set_item("time_base", pair(track.time_base))?;
    answer.set_item("start", track.start.map(pair))?;
    answer.set_item("end", track.end.map(pair))?;
    answer.set_item("duration_from_header", track.duration_from_header.map(pair))?;
    answer.set_item("num_frames_from_header", track.num_frames_from_header)?;
    if let Some(video) = &track.video {
        answer.set_item("width", video.width)?;
        answer.set_item("height", video.height)?;
        answer.set_item("rotation", video.rotation)?;
        answer.set_item("sample_aspect_ratio", video.sample_aspect_ratio.map(pair))?;
        answer.set_item("num_frames", video.num_frames)?;
        answer.set_item("num_frames_source", video.num_frames_source)?;
        answer.set_item("average_rate", video.average_rate.map(pair))?;
        answer.set_item("pixel_format", &video.pixel_format)?;
        let color = PyDict::new(py);
        color.set_item("range", &video.color.range)?;
        color.set_item("matrix", &video.color.matrix)?;
        color.set_item("primaries", &video.color.primaries)?;
        color.set_item("transfer", &video.color.transfer)?;
        answer.set_item("color", color)?;
    }
    if let Some(audio) = &track.audio {
        answer.set_item("sample_rate", audio.sample_rate)?;
        answer.set_item("num_channels", audio.num_channels)?;
        answer.set_item("channel_layout", &audio.channel_layout)?;
        answer.set_item("sample_format", &audio.sample_format)?;
    }
    Ok(answer)
}
