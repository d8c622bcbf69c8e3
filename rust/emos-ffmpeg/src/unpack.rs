//! One frame a packet for MPEG-4, where one packet may hold a frame and a B-frame that is displayed before it.

use std::ptr::{self, NonNull};

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Error, Result};
use crate::packet::Packet;
use crate::parameters::Parameters;

/// FFmpeg's `mpeg4_unpack_bframes`.
#[derive(Debug)]
pub struct Unpacker(NonNull<sys::AVBSFContext>);

// SAFETY: one owner, no threads inside.
unsafe impl Send for Unpacker {}

impl Unpacker {
    /// # Errors
    /// This FFmpeg was built without the filter.
    pub fn new(parameters: &Parameters) -> Result<Self> {
        const DOING: &str = "unpacking frames";
        let mut context = ptr::null_mut();
        // SAFETY: the filter is static, the context fresh, freed by drop.
        unsafe {
            let filter = sys::av_bsf_get_by_name(c"mpeg4_unpack_bframes".as_ptr());
            if filter.is_null() {
                return Err(Error::new(DOING, sys::AVERROR_BSF_NOT_FOUND));
            }
            check(DOING, sys::av_bsf_alloc(filter, &mut context))?;
            let unpacker = Unpacker(NonNull::new(context).ok_or_else(|| out_of_memory(DOING))?);
            check(DOING, sys::avcodec_parameters_copy((*context).par_in, parameters.as_ptr()))?;
            check(DOING, sys::av_bsf_init(context))?;
            Ok(unpacker)
        }
    }

    /// Send a packet through the filter. Returns the packets that are ready, in order; there may be none.
    ///
    /// # Errors
    /// Memory ran out or the packet is damaged.
    pub fn pass(&mut self, packet: Packet) -> Result<Vec<Packet>> {
        const DOING: &str = "unpacking frames";
        // SAFETY: both are valid; the filter takes the packet's data.
        check(DOING, unsafe { sys::av_bsf_send_packet(self.0.as_ptr(), packet.as_ptr()) })?;
        let mut out = Vec::new();
        loop {
            let next = Packet::empty()?;
            // SAFETY: both are valid.
            match unsafe { sys::av_bsf_receive_packet(self.0.as_ptr(), next.as_ptr()) } {
                code if code == sys::AVERROR(libc::EAGAIN) || code == sys::AVERROR_EOF => return Ok(out),
                code => {
                    check(DOING, code)?;
                    out.push(next);
                }
            }
        }
    }
}

impl Drop for Unpacker {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::av_bsf_free(&mut context) }
    }
}
