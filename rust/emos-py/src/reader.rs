//! One opened media source.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use emos_media::{Media, Opened, Options, WindowFormat};
use emos_time::Span;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::array::{Out, PyArray};
use crate::convert::{
    pair, select, span, times, Pair, PyGeometry, PyOnError, PySampling, TrackChoice, WidePair,
};
use crate::detach::{detach, drop_detached, invalid};
use crate::gops::{amounts_of, codec_of, layout_of, Amounts, Layout, PyGopPackets};
use crate::metadata::metadata;
use crate::results::{PyFrameSlots, PyFrames, PySamples};
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
        metadata(py, self.media(py)?.metadata())
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

    #[pyo3(signature = (times, hold_last=false))]
    fn slots_played_at(&self, py: Python<'_>, times: Vec<Pair>, hold_last: bool) -> PyResult<PyFrameSlots> {
        let media = self.media(py)?;
        let times = self::times(py, times)?;
        let slots = detach(py, |_| media.slots_played_at(&times, hold_last))?;
        PyFrameSlots::wrap(py, slots, media.video_unit())
    }

    fn slots_by_index(&self, py: Python<'_>, indices: Vec<i64>) -> PyResult<PyFrameSlots> {
        let media = self.media(py)?;
        let slots = detach(py, |_| media.slots_by_index(&indices))?;
        PyFrameSlots::wrap(py, slots, media.video_unit())
    }

    fn slots_in(
        &self,
        py: Python<'_>,
        span: Option<(Pair, Pair)>,
        sampling: &PySampling,
    ) -> PyResult<PyFrameSlots> {
        let media = self.media(py)?;
        let span = self.span_or_all(py, span)?;
        let slots = detach(py, |_| media.slots_in(span, sampling.0))?;
        PyFrameSlots::wrap(py, slots, media.video_unit())
    }

    fn codec_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let media = self.media(py)?;
        codec_of(py, &detach(py, |_| media.codec_data())?)
    }

    fn gop_numbers(&self, py: Python<'_>, indices: Vec<i64>) -> PyResult<PyArray> {
        let media = self.media(py)?;
        let numbers = detach(py, |_| media.gop_numbers(&indices))?;
        Ok(PyArray::i64(numbers.into_iter().map(i64::from).collect()))
    }

    fn gop_amounts(&self, py: Python<'_>) -> PyResult<Amounts> {
        let media = self.media(py)?;
        detach(py, |stop| media.gop_amounts(stop)).map(|amounts| amounts_of(&amounts))
    }

    fn gop_packets(&self, py: Python<'_>, gop: usize) -> PyResult<PyGopPackets> {
        let media = self.media(py)?;
        let packets = detach(py, |stop| media.gop_packets(gop, stop))?;
        PyGopPackets::wrap(py, packets)
    }

    fn frame_layout(&self, py: Python<'_>, geometry: &PyGeometry) -> PyResult<Option<Layout>> {
        let media = self.media(py)?;
        detach(py, |_| media.frame_layout(&geometry.0)).map(|layout| layout.map(layout_of))
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
