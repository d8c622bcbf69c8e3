//! The packets of GOPs, and what a decoder outside of the core must know, as Python objects.

use emos_media::{CodecData, FrameLayout, GopAmount, GopPackets};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::array::PyArray;

/// The packets of one GOP.
#[pyclass(name = "GopPackets", module = "emos_io._core", frozen)]
#[derive(Debug)]
pub struct PyGopPackets {
    #[pyo3(get)]
    packets: Py<PyTuple>,
    #[pyo3(get)]
    ranks: Py<PyArray>,
    #[pyo3(get)]
    keys: Py<PyArray>,
    #[pyo3(get)]
    frames: Py<PyArray>,
    #[pyo3(get)]
    starts_clean: bool,
    #[pyo3(get)]
    is_damaged: bool,
    #[pyo3(get)]
    has_fields: bool,
}

impl PyGopPackets {
    pub fn wrap(py: Python<'_>, gop: GopPackets) -> PyResult<Self> {
        let packets = gop.packets.iter().map(|packet| PyBytes::new(py, packet.data()));
        let keys: Vec<u8> = gop.keys.iter().map(|is_key| u8::from(*is_key)).collect();
        let shape = [keys.len()];
        Ok(PyGopPackets {
            packets: PyTuple::new(py, packets)?.unbind(),
            ranks: Py::new(py, PyArray::numbers(&gop.ranks))?,
            keys: Py::new(py, PyArray::u8(keys, &shape))?,
            frames: Py::new(py, PyArray::numbers(&gop.frames))?,
            starts_clean: gop.starts_clean,
            is_damaged: gop.is_damaged,
            has_fields: gop.has_fields,
        })
    }
}

/// Frames, packets and bytes of each GOP.
pub type Amounts = (PyArray, PyArray, PyArray);

pub fn amounts_of(amounts: &[GopAmount]) -> Amounts {
    let column = |of: &dyn Fn(&GopAmount) -> i64| PyArray::i64(amounts.iter().map(of).collect());
    (
        column(&|amount| amount.num_frames as i64),
        column(&|amount| amount.num_packets as i64),
        column(&|amount| i64::try_from(amount.num_bytes).unwrap_or(i64::MAX)),
    )
}

pub fn codec_of<'py>(py: Python<'py>, codec: &CodecData) -> PyResult<Bound<'py, PyDict>> {
    let answer = PyDict::new(py);
    answer.set_item("codec", &codec.codec)?;
    answer.set_item("extradata", PyBytes::new(py, &codec.extradata))?;
    answer.set_item("width", codec.width)?;
    answer.set_item("height", codec.height)?;
    answer.set_item("pixel_format", &codec.pixel_format)?;
    answer.set_item("bit_depth", codec.bit_depth)?;
    answer.set_item("chroma_shift", codec.chroma_shift)?;
    answer.set_item("has_alpha", codec.has_alpha)?;
    answer.set_item("color_range", &codec.color.range)?;
    answer.set_item("color_matrix", &codec.color.matrix)?;
    answer.set_item("is_interlaced", codec.is_interlaced)?;
    answer.set_item("has_palette", codec.has_palette)?;
    let orientation = codec.orientation;
    answer.set_item("orientation", (orientation.transpose, orientation.mirror_x, orientation.mirror_y))?;
    Ok(answer)
}

/// The area (left, top, right, bottom), its scaled height and width, top and left of the result, its height and width.
pub type Layout = ((u32, u32, u32, u32), (u32, u32), (i64, i64), (u32, u32));

pub fn layout_of(layout: FrameLayout) -> Layout {
    let area = layout.area;
    ((area.left, area.top, area.right, area.bottom), layout.scaled, layout.offset, layout.output)
}
