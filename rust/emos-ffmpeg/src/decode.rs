//! Decoders: one thread each, and a new one for every GOP and audio chunk.

use std::ptr::{self, NonNull};

use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Error, Result};
use crate::frame::Frame;
use crate::packet::Packet;
use crate::parameters::Parameters;

/// An open decoder. It is never flushed, since for several codecs a flushed decoder and a new one give other data.
#[derive(Debug)]
pub struct Decoder(NonNull<sys::AVCodecContext>);

// SAFETY: one owner, one thread inside.
unsafe impl Send for Decoder {}

impl Decoder {
    /// # Errors
    /// This FFmpeg has no decoder for the codec, or the headers are damaged.
    pub fn open(parameters: &Parameters) -> Result<Self> {
        Decoder::open_with(parameters, true)
    }

    /// A decoder that itself leaves out the encoder delay that coded data or headers state.
    ///
    /// # Errors
    /// As [`Decoder::open`].
    pub fn open_skipping(parameters: &Parameters) -> Result<Self> {
        Decoder::open_with(parameters, false)
    }

    fn open_with(parameters: &Parameters, keep_delay: bool) -> Result<Self> {
        crate::log::install();
        const DOING: &str = "opening the decoder";
        // SAFETY: the context is fresh, is freed by drop on any failure, and the parameters are valid.
        unsafe {
            let codec = find(parameters);
            if codec.is_null() {
                return Err(Error::new(DOING, sys::AVERROR_DECODER_NOT_FOUND));
            }
            let context =
                NonNull::new(sys::avcodec_alloc_context3(codec)).ok_or_else(|| out_of_memory(DOING))?;
            let decoder = Decoder(context);
            let raw = &mut *context.as_ptr();
            check(DOING, sys::avcodec_parameters_to_context(raw, parameters.as_ptr()))?;
            raw.thread_count = 1;
            if keep_delay {
                // The index says which samples are presented; packets carry ids and no times.
                raw.flags2 |= sys::AV_CODEC_FLAG2_SKIP_MANUAL;
            }
            raw.pkt_timebase = sys::AVRational { num: 1, den: 1 };
            check(DOING, sys::avcodec_open2(raw, codec, ptr::null_mut()))?;
            Ok(decoder)
        }
    }

    /// Whether this FFmpeg has a decoder for the stream.
    #[must_use]
    pub fn exists(parameters: &Parameters) -> bool {
        // SAFETY: a lookup by number and name.
        !unsafe { find(parameters) }.is_null()
    }

    /// By how many frames decoding precedes display, as far as the packets that were sent say.
    #[must_use]
    pub fn delay(&self) -> u32 {
        // SAFETY: the context is valid as long as self.
        u32::try_from(unsafe { self.0.as_ref() }.has_b_frames).unwrap_or(0)
    }

    /// Decode one packet and hand the frames that come out to `each`. Frames of this packet carry `packet_id`.
    ///
    /// # Errors
    /// The decoder refused the packet; later packets may still be sent.
    pub fn send(&mut self, packet: &Packet, packet_id: i64, each: &mut dyn FnMut(Frame)) -> Result<()> {
        let mut numbered = packet.try_clone()?;
        numbered.set_id(packet_id);
        // SAFETY: both are valid.
        let code = unsafe { sys::avcodec_send_packet(self.0.as_ptr(), numbered.as_ptr()) };
        numbered.clear();
        let received = self.receive(each);
        check("decoding a packet", code)?;
        received
    }

    /// Take out the frames that are still in the decoder. Nothing can be sent afterwards.
    ///
    /// # Errors
    /// The decoder failed on what was still in it.
    pub fn drain(mut self, each: &mut dyn FnMut(Frame)) -> Result<()> {
        // SAFETY: a null packet means the end.
        check("decoding the last packets", unsafe {
            sys::avcodec_send_packet(self.0.as_ptr(), ptr::null())
        })?;
        let mut first = Ok(());
        loop {
            match self.receive_one() {
                Ok(Some(frame)) => each(frame),
                Ok(None) => return first,
                Err(error) if first.is_ok() => first = Err(error),
                Err(_) => return first,
            }
        }
    }

    fn receive(&mut self, each: &mut dyn FnMut(Frame)) -> Result<()> {
        while let Some(frame) = self.receive_one()? {
            each(frame);
        }
        Ok(())
    }

    fn receive_one(&mut self) -> Result<Option<Frame>> {
        let frame = Frame::empty()?;
        // SAFETY: both are valid.
        let code = unsafe { sys::avcodec_receive_frame(self.0.as_ptr(), frame.as_ptr()) };
        if code == sys::AVERROR_EOF || code == sys::AVERROR(libc::EAGAIN) {
            return Ok(None);
        }
        check("decoding a packet", code).map(|_| Some(frame))
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: we own it.
        unsafe { sys::avcodec_free_context(&mut context) }
    }
}

/// MPEG audio goes to the float decoders: FFmpeg's fixed-point `mp2` depends on all earlier packets.
///
/// # Safety
/// None beyond valid parameters.
unsafe fn find(parameters: &Parameters) -> *const sys::AVCodec {
    let name = match parameters.codec_name().as_str() {
        "mp1" => Some(c"mp1float"),
        "mp2" => Some(c"mp2float"),
        "mp3" => Some(c"mp3float"),
        _ => None,
    };
    // SAFETY: the names are static and the parameters valid.
    unsafe {
        let named = name.map_or(ptr::null(), |name| sys::avcodec_find_decoder_by_name(name.as_ptr()));
        if named.is_null() {
            sys::avcodec_find_decoder((*parameters.as_ptr()).codec_id)
        } else {
            named
        }
    }
}
