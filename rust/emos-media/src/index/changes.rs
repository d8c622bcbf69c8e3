//! Where an audio track changes its sample rate or its channels, and what a decoder must be told about it.

use emos_ffmpeg::{Packet, Parameters};
use serde::{Deserialize, Serialize};

use super::audio_headers::{format_bits, is_header};
use crate::numbers::PacketId;

/// What samples a packet decodes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioFormat {
    pub rate: u32,
    pub channels: u32,
    /// FFmpeg's mask of the loudspeakers; zero where the decoder does not say.
    pub mask: u64,
}

/// What a container says to the decoder in mid-stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StatedChange {
    packet: PacketId,
    /// Decoder headers, and a sample rate or channel count; empty where the container said neither yet.
    headers: Vec<u8>,
    format: Vec<u8>,
}

/// The changes of one audio track. Nearly all tracks have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Headers change in mid-stream, so the format may change too: only decoding says whether it does.
    pub suspected: bool,
    stated: Vec<StatedChange>,
    /// Packets that hold headers and no audio.
    headers: Vec<PacketId>,
    /// From which packet on samples have which format, the first from packet 0 on. Empty where all samples have the format
    /// that the headers of the stream say.
    pub formats: Vec<(PacketId, AudioFormat)>,
}

impl Changes {
    /// Give a packet what the container said to the decoder with it, whichever packets were read before. A packet that is
    /// the first of its decoder gets what was said last.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn tell(
        &self,
        packet: &mut Packet,
        id: PacketId,
        is_first: bool,
    ) -> std::result::Result<(), emos_ffmpeg::Error> {
        if self.stated.is_empty() {
            return Ok(());
        }
        packet.drop_side_data();
        match self.stated.iter().rev().find(|change| change.packet <= id) {
            Some(change) if is_first || change.packet == id => {
                packet.set_changes(&change.headers, &change.format)
            }
            _ => Ok(()),
        }
    }

    /// The packets of headers that a decoder needs which begins at `first`.
    pub fn headers_before(&self, first: PacketId) -> &[PacketId] {
        // A link of a chained Vorbis file has three, one after another.
        let end = self.headers.partition_point(|packet| *packet < first);
        &self.headers[end.saturating_sub(3)..end]
    }
}

/// Looks for changes in the packets of a scan.
pub(super) struct Watch {
    codec: String,
    bits: Option<u32>,
    last: StatedChange,
}

impl Watch {
    pub fn new(parameters: &Parameters) -> Self {
        let headers = parameters.extradata().to_vec();
        Watch {
            codec: parameters.codec_name(),
            bits: None,
            last: StatedChange { packet: PacketId::FIRST, headers, format: Vec::new() },
        }
    }

    pub fn see(&mut self, packet: &Packet, id: PacketId, changes: &mut Changes) {
        if let Some(bits) = format_bits(&self.codec, packet.data()) {
            changes.suspected |= self.bits.replace(bits).is_some_and(|before| before != bits);
        }
        if is_header(&self.codec, packet.data()) {
            changes.suspected = true;
            changes.headers.push(id);
        }
        let (headers, format) = (packet.new_headers(), packet.new_format());
        let has_new_headers = !headers.is_empty() && headers != self.last.headers;
        // A container that says the format of each part says that of the first one too.
        let is_first_format = self.last.format.is_empty() && id == PacketId::FIRST;
        let has_new_format = !format.is_empty() && format != self.last.format;
        if has_new_headers {
            self.last.headers = headers.to_vec();
        }
        if has_new_format {
            self.last.format = format.to_vec();
        }
        if has_new_headers || (has_new_format && !is_first_format) {
            changes.suspected = true;
            changes.stated.push(StatedChange { packet: id, ..self.last.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_gets_the_headers_that_were_last_before_its_first_packet() {
        let headers = [4, 5, 6, 20, 21, 22].map(PacketId).to_vec();
        let changes = Changes { headers, ..Changes::default() };
        assert_eq!(changes.headers_before(PacketId(4)), []);
        assert_eq!(changes.headers_before(PacketId(7)), [4, 5, 6].map(PacketId));
        assert_eq!(changes.headers_before(PacketId(90)), [20, 21, 22].map(PacketId));
    }

    #[test]
    fn each_new_decoder_gets_what_the_container_stated() {
        let stated = StatedChange { packet: PacketId(3), headers: vec![1, 2], format: Vec::new() };
        let changes = Changes { stated: vec![stated], ..Changes::default() };
        let headers_of = |id: u32, is_first: bool| {
            let mut packet = Packet::with_size(1).unwrap();
            changes.tell(&mut packet, PacketId(id), is_first).unwrap();
            packet.new_headers().to_vec()
        };
        assert_eq!(headers_of(2, true), []);
        assert_eq!(headers_of(3, false), [1, 2]);
        assert_eq!(headers_of(4, false), []);
        assert_eq!(headers_of(9, true), [1, 2]);
    }
}
