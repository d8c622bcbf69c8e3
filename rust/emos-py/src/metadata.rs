//! Metadata as plain Python data.

use emos_ffmpeg::Kind;
use emos_media::{Metadata, TrackInfo};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::pair;

pub fn metadata<'py>(py: Python<'py>, metadata: &Metadata) -> PyResult<Bound<'py, PyDict>> {
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
