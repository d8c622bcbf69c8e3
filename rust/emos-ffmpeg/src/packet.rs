//! Coded data: one packet, freed on drop.

use std::ptr::{self, NonNull};

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Result};

/// Bytes of a palette of 256 colours.
const PALETTE_SIZE: usize = 1024;

/// An owned AVPacket.
#[derive(Debug)]
pub struct Packet(NonNull<sys::AVPacket>);

// SAFETY: a packet has one owner and its data is reference counted atomically.
unsafe impl Send for Packet {}
// SAFETY: shared access only reads.
unsafe impl Sync for Packet {}

/// Samples that a container asks a player to drop at the two ends of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    pub start: u32,
    pub end: u32,
}

impl Packet {
    /// # Errors
    /// Memory ran out.
    pub fn empty() -> Result<Self> {
        // SAFETY: a fresh packet or null.
        NonNull::new(unsafe { sys::av_packet_alloc() })
            .map(Packet)
            .ok_or_else(|| out_of_memory("allocating a packet"))
    }

    /// A packet of `size` bytes, to be filled through [`Packet::data_mut`].
    ///
    /// # Errors
    /// The size is over FFmpeg's limit or memory ran out.
    pub fn with_size(size: usize) -> Result<Self> {
        let packet = Packet::empty()?;
        let size = i32::try_from(size).map_err(|_| out_of_memory("allocating a packet"))?;
        // SAFETY: the packet is fresh; FFmpeg adds and zeroes the padding that its decoders read.
        check("allocating a packet", unsafe { sys::av_new_packet(packet.0.as_ptr(), size) })?;
        Ok(packet)
    }

    /// A second packet with the same data, which is not copied.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Self> {
        let copy = Packet::empty()?;
        // SAFETY: both packets are valid.
        check("copying a packet", unsafe { sys::av_packet_ref(copy.0.as_ptr(), self.0.as_ptr()) })?;
        Ok(copy)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::AVPacket {
        self.0.as_ptr()
    }

    fn raw(&self) -> &sys::AVPacket {
        // SAFETY: the pointer is valid as long as self.
        unsafe { self.0.as_ref() }
    }

    #[must_use]
    pub fn stream(&self) -> usize {
        usize::try_from(self.raw().stream_index).unwrap_or(usize::MAX)
    }

    #[must_use]
    pub fn pts(&self) -> Option<i64> {
        known(self.raw().pts)
    }

    #[must_use]
    pub fn dts(&self) -> Option<i64> {
        known(self.raw().dts)
    }

    /// Ticks; zero where the container does not say.
    #[must_use]
    pub fn duration(&self) -> i64 {
        self.raw().duration
    }

    /// The position at which the demuxer found it, in bytes from the start of the source.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        u64::try_from(self.raw().pos).ok()
    }

    #[must_use]
    pub fn is_key(&self) -> bool {
        self.raw().flags & sys::AV_PKT_FLAG_KEY != 0
    }

    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        self.raw().flags & sys::AV_PKT_FLAG_CORRUPT != 0
    }

    /// Other packets need it, but it is not presented.
    #[must_use]
    pub fn is_discarded(&self) -> bool {
        self.raw().flags & sys::AV_PKT_FLAG_DISCARD != 0
    }

    /// The container says that no other packet needs this one.
    #[must_use]
    pub fn is_disposable(&self) -> bool {
        self.raw().flags & sys::AV_PKT_FLAG_DISPOSABLE != 0
    }

    #[must_use]
    pub fn data(&self) -> &[u8] {
        let raw = self.raw();
        match usize::try_from(raw.size) {
            // SAFETY: FFmpeg stores `size` readable bytes at `data`.
            Ok(size) if size > 0 && !raw.data.is_null() => unsafe {
                std::slice::from_raw_parts(raw.data, size)
            },
            _ => &[],
        }
    }

    /// The bytes of a packet made by [`Packet::with_size`].
    pub fn data_mut(&mut self) -> &mut [u8] {
        let raw = self.raw();
        match usize::try_from(raw.size) {
            // SAFETY: the packet was made here, so nobody else refers to its data.
            Ok(size) if size > 0 && !raw.data.is_null() => unsafe {
                std::slice::from_raw_parts_mut(raw.data, size)
            },
            _ => &mut [],
        }
    }

    #[must_use]
    pub fn skip(&self) -> Skip {
        let data = self.side_data(sys::AVPacketSideDataType::SKIP_SAMPLES);
        let word = |at: usize| {
            data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
        };
        Skip { start: word(0), end: word(4) }
    }

    /// New decoder headers that come with the packet; empty without any.
    #[must_use]
    pub fn new_headers(&self) -> &[u8] {
        self.side_data(sys::AVPacketSideDataType::NEW_EXTRADATA)
    }

    /// A new sample rate or channel count that the container says from the packet on, in FFmpeg's own bytes; empty
    /// without any.
    #[must_use]
    pub fn new_format(&self) -> &[u8] {
        self.side_data(sys::AVPacketSideDataType::PARAM_CHANGE)
    }

    /// Give the packet decoder headers and a format, as [`Packet::new_headers`] and [`Packet::new_format`] return them.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn set_changes(&mut self, headers: &[u8], format: &[u8]) -> Result<()> {
        const DOING: &str = "giving a packet new headers";
        let kinds = [
            (sys::AVPacketSideDataType::NEW_EXTRADATA, headers),
            (sys::AVPacketSideDataType::PARAM_CHANGE, format),
        ];
        for (kind, data) in kinds.into_iter().filter(|(_, data)| !data.is_empty()) {
            // SAFETY: the packet is valid; FFmpeg allocates as many bytes as are written to them, or returns null.
            unsafe {
                let target = sys::av_packet_new_side_data(self.0.as_ptr(), kind, data.len());
                if target.is_null() {
                    return Err(out_of_memory(DOING));
                }
                ptr::copy_nonoverlapping(data.as_ptr(), target, data.len());
            }
        }
        Ok(())
    }

    /// The container says how it is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        !self.side_data(sys::AVPacketSideDataType::ENCRYPTION_INFO).is_empty()
    }

    /// The palette that comes with the packet and is in force from it on: 256 colours as `0xAARRGGBB`.
    #[must_use]
    pub fn palette(&self) -> Option<Vec<u32>> {
        let data = self.side_data(sys::AVPacketSideDataType::PALETTE);
        let color = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_ne_bytes);
        (data.len() == PALETTE_SIZE).then(|| data.chunks_exact(4).map(color).collect())
    }

    /// Replace all side data of the container by a palette, or by nothing.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn set_palette(&mut self, palette: Option<&[u32]>) -> Result<()> {
        self.drop_side_data();
        let Some(palette) = palette else { return Ok(()) };
        let kind = sys::AVPacketSideDataType::PALETTE;
        // SAFETY: the packet is valid; FFmpeg returns that many bytes or null.
        let data = unsafe {
            let data = sys::av_packet_new_side_data(self.0.as_ptr(), kind, PALETTE_SIZE);
            if data.is_null() {
                return Err(out_of_memory("setting a palette"));
            }
            std::slice::from_raw_parts_mut(data, PALETTE_SIZE)
        };
        data.fill(0);
        for (bytes, color) in data.chunks_exact_mut(4).zip(palette) {
            bytes.copy_from_slice(&color.to_ne_bytes());
        }
        Ok(())
    }

    /// Remove all side data of the container.
    pub fn drop_side_data(&mut self) {
        // SAFETY: the packet is valid.
        unsafe { sys::av_packet_free_side_data(self.0.as_ptr()) }
    }

    fn side_data(&self, kind: sys::AVPacketSideDataType) -> &[u8] {
        let mut size = 0;
        // SAFETY: the packet is valid; the data lives as long as it does.
        unsafe {
            let data = sys::av_packet_get_side_data(self.0.as_ptr(), kind, &mut size);
            if data.is_null() {
                &[]
            } else {
                std::slice::from_raw_parts(data, size)
            }
        }
    }

    /// Set the id that decoded frames of this packet will carry. Times and flags that a decoder might use are cleared.
    pub(crate) fn set_id(&mut self, packet_id: i64) {
        // SAFETY: the pointer is valid as long as self.
        let raw = unsafe { self.0.as_mut() };
        (raw.pts, raw.dts, raw.duration) = (packet_id, packet_id, 0);
        raw.flags &= !sys::AV_PKT_FLAG_DISCARD;
    }

    pub(crate) fn clear(&mut self) {
        // SAFETY: the packet is valid.
        unsafe { sys::av_packet_unref(self.0.as_ptr()) }
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        let mut packet = self.0.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::av_packet_free(&mut packet) }
        debug_assert!(ptr::eq(packet, ptr::null()));
    }
}

pub(crate) fn known(ticks: i64) -> Option<i64> {
    (ticks != sys::AV_NOPTS_VALUE).then_some(ticks)
}
