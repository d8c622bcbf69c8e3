//! Containers: streams and their packets.

use std::ffi::{c_int, CStr};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use emos_time::Rational;
use ffmpeg_sys_the_third as sys;

use crate::error::{check, out_of_memory, Error, ErrorKind, Result};
use crate::io::{Input, ReadAt};
use crate::packet::{known, Packet};
use crate::parameters::{Kind, Parameters};
use crate::texts::text;

/// An opened container.
pub struct Demuxer {
    context: NonNull<sys::AVFormatContext>,
    input: Input,
}

// SAFETY: one owner; FFmpeg keeps nothing of a context elsewhere.
unsafe impl Send for Demuxer {}

impl std::fmt::Debug for Demuxer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Demuxer({})", self.container())
    }
}

/// What a container says about one stream.
#[derive(Debug)]
pub struct Stream {
    pub index: usize,
    /// The container's own number of it: the track id of mp4, the PID of MPEG-TS.
    pub id: i64,
    pub parameters: Parameters,
    /// Numerator and denominator of the seconds of one tick.
    pub time_base: (i32, i32),
    pub duration: Option<i64>,
    pub num_frames: Option<u64>,
    pub average_rate: Option<Rational>,
    pub sample_aspect_ratio: Option<Rational>,
    pub language: Option<String>,
    /// A still image that belongs to the file and not to its time.
    pub is_cover_art: bool,
    /// The demuxer says that its packets are encrypted.
    pub is_encrypted: bool,
    /// The container says that packets have alpha beside the frame.
    pub has_alpha: bool,
    pub display_matrix: Option<[i32; 9]>,
}

/// One packet of a container's own index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    pub dts: i64,
    pub position: u64,
    pub size: u32,
    pub key: bool,
    /// Other packets need it, but it is not presented.
    pub discard: bool,
}

/// Where to read next.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The last entry of the container's own index at or before a decoding time of a stream.
    Time { stream: usize, ticks: i64 },
    /// A position in the source, in bytes.
    Byte(u64),
}

impl Demuxer {
    /// Open a container and read its headers and first packets.
    ///
    /// # Errors
    /// This FFmpeg does not know the container, it is damaged too much, or the source failed.
    pub fn open(source: Arc<dyn ReadAt>) -> Result<Self> {
        crate::log::install();
        const DOING: &str = "opening the container";
        let mut input = Input::new(source)?;
        // SAFETY: a fresh context; avformat_open_input frees it on failure, and the custom input stays ours.
        unsafe {
            let mut context = sys::avformat_alloc_context();
            if context.is_null() {
                return Err(out_of_memory(DOING));
            }
            (*context).pb = input.as_ptr();
            (*context).flags |= sys::AVFMT_FLAG_CUSTOM_IO;
            // A hostile file may name other files or hosts; none is opened.
            (*context).io_open = Some(refuse);
            let mut options = ptr::null_mut();
            sys::av_dict_set(&mut options, c"protocol_whitelist".as_ptr(), c"none".as_ptr(), 0);
            let code = sys::avformat_open_input(&mut context, ptr::null(), ptr::null(), &mut options);
            sys::av_dict_free(&mut options);
            if code < 0 {
                return Err(Error::new(DOING, code).with_io(input.take_error()));
            }
            let Some(context) = NonNull::new(context) else { return Err(out_of_memory(DOING)) };
            let mut demuxer = Demuxer { context, input };
            let code = sys::avformat_find_stream_info(context.as_ptr(), ptr::null_mut());
            if let Some(error) = demuxer.input.take_error() {
                return Err(Error::new(DOING, code.min(-1)).with_io(Some(error)));
            }
            check(DOING, code)?;
            Ok(demuxer)
        }
    }

    fn raw(&self) -> &sys::AVFormatContext {
        // SAFETY: valid as long as self.
        unsafe { self.context.as_ref() }
    }

    fn stream_pointers(&self) -> &[*mut sys::AVStream] {
        let raw = self.raw();
        // SAFETY: FFmpeg stores `nb_streams` pointers there.
        unsafe {
            if raw.streams.is_null() {
                &[]
            } else {
                std::slice::from_raw_parts(raw.streams.cast_const(), raw.nb_streams as usize)
            }
        }
    }

    /// FFmpeg's short name: `mov,mp4,m4a,3gp,3g2,mj2`.
    #[must_use]
    pub fn container(&self) -> String {
        // SAFETY: an opened context has its format.
        text(unsafe { (*self.raw().iformat).name }).unwrap_or_default()
    }

    /// What the container says under a name, as text.
    #[must_use]
    pub fn tag(&self, name: &CStr) -> Option<String> {
        // SAFETY: the dictionary belongs to the context.
        unsafe { tag(self.raw().metadata, name) }
    }

    /// Whether times in this kind of container may jump.
    #[must_use]
    pub fn may_jump(&self) -> bool {
        // SAFETY: an opened context has its format.
        unsafe { (*self.raw().iformat).flags & sys::AVFMT_TS_DISCONT != 0 }
    }

    /// # Errors
    /// Memory ran out.
    pub fn streams(&self) -> Result<Vec<Stream>> {
        // SAFETY: the pointers are valid as long as the context.
        self.stream_pointers()
            .iter()
            .enumerate()
            .map(|(index, stream)| unsafe { describe(index, *stream, self.has_rights_management()) })
            .collect()
    }

    /// Whether an ASF file says that its contents are encrypted.
    fn has_rights_management(&self) -> bool {
        let metadata = self.raw().metadata;
        let keys = [c"ASF_Protection_Type", c"ASF_Key_ID", c"encryption"];
        // SAFETY: a lookup in the dictionary of a living context.
        self.container().starts_with("asf") && keys.into_iter().any(|key| unsafe { has_entry(metadata, key) })
    }

    /// The streams of a kind that FFmpeg would choose, in the order in which it prefers them.
    #[must_use]
    pub fn best_streams(&mut self, kind: Kind) -> Vec<usize> {
        let kind = match kind {
            Kind::Video => sys::AVMediaType::VIDEO,
            Kind::Audio => sys::AVMediaType::AUDIO,
            Kind::Subtitle => sys::AVMediaType::SUBTITLE,
            Kind::Data => sys::AVMediaType::DATA,
        };
        let mut found: Vec<usize> = Vec::new();
        // SAFETY: the context is valid and only we use it, and no decoder is asked for. A stream that was found is of no
        // kind until the search is over, so that the next best is found; then it is what it was.
        unsafe {
            loop {
                let index = sys::av_find_best_stream(self.context.as_ptr(), kind, -1, -1, ptr::null_mut(), 0);
                let stream = usize::try_from(index).ok().and_then(|at| self.stream_pointers().get(at));
                let Some(stream) = stream.filter(|stream| (*(***stream).codecpar).codec_type == kind) else {
                    break;
                };
                (*(**stream).codecpar).codec_type = sys::AVMediaType::UNKNOWN;
                found.extend(usize::try_from(index));
            }
            for at in &found {
                (*(*self.stream_pointers()[*at]).codecpar).codec_type = kind;
            }
        }
        found
    }

    /// Read packets of these streams only.
    pub fn keep_only(&mut self, wanted: &[usize]) {
        for (index, stream) in self.stream_pointers().iter().enumerate() {
            let discard = if wanted.contains(&index) { sys::AVDiscard::DEFAULT } else { sys::AVDiscard::ALL };
            // SAFETY: valid as long as the context, which only we use.
            unsafe { (**stream).discard = discard }
        }
    }

    /// The next packet, or `None` at the end.
    ///
    /// # Errors
    /// The source failed, or the container is damaged; after damage reading may go on.
    pub fn read(&mut self) -> Result<Option<Packet>> {
        let packet = Packet::empty()?;
        // SAFETY: both are valid.
        let code = unsafe { sys::av_read_frame(self.context.as_ptr(), packet.as_ptr()) };
        if let Some(error) = self.input.take_error() {
            return Err(Error::new("reading a packet", code.min(-1)).with_io(Some(error)));
        }
        match code {
            sys::AVERROR_EOF => Ok(None),
            code => check("reading a packet", code).map(|_| Some(packet)),
        }
    }

    /// The container's own index of a stream, in decoding order.
    #[must_use]
    pub fn index_entries(&self, stream: usize) -> Vec<IndexEntry> {
        let Some(stream) = self.stream_pointers().get(stream).copied() else { return Vec::new() };
        // SAFETY: the stream is valid as long as the context, and entries are only read.
        unsafe {
            let count = sys::avformat_index_get_entries_count(stream);
            (0..count)
                .filter_map(|at| sys::avformat_index_get_entry(stream, at).as_ref())
                .map(|entry| IndexEntry {
                    dts: entry.timestamp,
                    position: u64::try_from(entry.pos).unwrap_or(u64::MAX),
                    size: u32::try_from(entry.size()).unwrap_or(0),
                    key: entry.flags() & sys::AVINDEX_KEYFRAME != 0,
                    discard: entry.flags() & sys::AVINDEX_DISCARD_FRAME != 0,
                })
                .collect()
        }
    }

    /// Read through the container, without the data of any stream, so that its index is complete.
    ///
    /// # Errors
    /// The source failed.
    pub fn complete_index(&mut self) -> Result<()> {
        self.keep_only(&[]);
        loop {
            match self.read() {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) if error.kind() == ErrorKind::Io => return Err(error),
                // Damage ends the index, as it ends reading.
                Err(_) => return Ok(()),
            }
        }
    }

    /// Move to a target. Which packet comes next is not known; the caller must recognise it.
    ///
    /// # Errors
    /// The container cannot do it, or the source failed.
    pub fn seek(&mut self, target: Target) -> Result<()> {
        let (stream, at, flags) = match target {
            Target::Time { stream, ticks } => {
                (c_int::try_from(stream).unwrap_or(-1), ticks, sys::AVSEEK_FLAG_BACKWARD)
            }
            Target::Byte(at) => (-1, i64::try_from(at).unwrap_or(i64::MAX), sys::AVSEEK_FLAG_BYTE),
        };
        // SAFETY: the context is valid.
        let code = unsafe { sys::av_seek_frame(self.context.as_ptr(), stream, at, flags) };
        if let Some(error) = self.input.take_error() {
            return Err(Error::new("seeking", code.min(-1)).with_io(Some(error)));
        }
        check("seeking", code).map(|_| ())
    }
}

impl Drop for Demuxer {
    fn drop(&mut self) {
        let mut context = self.context.as_ptr();
        // SAFETY: we own it; the custom input is freed after it, by its own drop.
        unsafe { sys::avformat_close_input(&mut context) }
    }
}

unsafe extern "C" fn refuse(
    _: *mut sys::AVFormatContext,
    _: *mut *mut sys::AVIOContext,
    _: *const std::ffi::c_char,
    _: c_int,
    _: *mut *mut sys::AVDictionary,
) -> c_int {
    sys::AVERROR(libc::EPERM)
}

/// # Safety
/// `stream` must be a stream of a living context.
unsafe fn describe(index: usize, stream: *mut sys::AVStream, encrypted: bool) -> Result<Stream> {
    // SAFETY: the caller vouches for the stream, and its parameters live with it.
    unsafe {
        let raw = &*stream;
        let ratio = |value: sys::AVRational| {
            Rational::new(value.num.into(), value.den.into()).filter(|ratio| ratio.is_positive())
        };
        let aspect = ratio(raw.sample_aspect_ratio).or_else(|| ratio((*raw.codecpar).sample_aspect_ratio));
        Ok(Stream {
            index,
            id: raw.id.into(),
            parameters: Parameters::copy_of(raw.codecpar)?,
            time_base: (raw.time_base.num.max(1), raw.time_base.den.max(1)),
            duration: known(raw.duration).filter(|duration| *duration > 0),
            num_frames: u64::try_from(raw.nb_frames).ok().filter(|count| *count > 0),
            average_rate: ratio(raw.avg_frame_rate),
            sample_aspect_ratio: aspect,
            language: tag(raw.metadata, c"language"),
            is_cover_art: raw.disposition & sys::AV_DISPOSITION_ATTACHED_PIC != 0,
            // Matroska: the key of ContentEncryption.
            is_encrypted: encrypted || has_entry(raw.metadata, c"enc_key_id"),
            has_alpha: tag(raw.metadata, c"alpha_mode").is_some_and(|mode| mode != "0"),
            display_matrix: display_matrix(raw),
        })
    }
}

/// # Safety
/// `metadata` must be a dictionary or null.
unsafe fn tag(metadata: *const sys::AVDictionary, name: &CStr) -> Option<String> {
    // SAFETY: the caller vouches for the dictionary, the name ends with a zero byte; the entry is null or valid.
    unsafe {
        let entry = sys::av_dict_get(metadata, name.as_ptr(), ptr::null(), 0).as_ref()?;
        text(entry.value)
    }
}

/// # Safety
/// `metadata` must be a dictionary or null.
unsafe fn has_entry(metadata: *const sys::AVDictionary, key: &std::ffi::CStr) -> bool {
    // SAFETY: the caller vouches for the dictionary.
    unsafe { !sys::av_dict_get(metadata, key.as_ptr(), ptr::null(), 0).is_null() }
}

unsafe fn display_matrix(stream: &sys::AVStream) -> Option<[i32; 9]> {
    let kind = sys::AVPacketSideDataType::DISPLAYMATRIX;
    // SAFETY: the stream is valid; FFmpeg says how many bytes there are.
    unsafe {
        #[cfg(ffmpeg_6_1)]
        let (data, size) = {
            let parameters = &*stream.codecpar;
            let found =
                sys::av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data, kind);
            if found.is_null() {
                (ptr::null(), 0)
            } else {
                ((*found).data.cast_const(), (*found).size)
            }
        };
        #[cfg(not(ffmpeg_6_1))]
        let (data, size) = {
            let mut size = 0;
            let data = sys::av_stream_get_side_data(stream, kind, &mut size);
            (data.cast_const(), size)
        };
        (!data.is_null() && size >= 36).then(|| data.cast::<[i32; 9]>().read_unaligned())
    }
}
