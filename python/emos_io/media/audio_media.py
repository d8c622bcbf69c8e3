"""Reading the samples of a file."""

from __future__ import annotations

import numpy as np

from ..spans import Span, check_span, num_samples
from . import arguments
from .arguments import Out, audio_format, pair
from .open_media import OpenMedia
from .samples import AudioSamples, wrap_samples
from .windows import name_span


class AudioMedia(OpenMedia):
    """What a `Media` is before frames are read of it."""

    def samples_in(
        self,
        span: Span,
        *,
        sample_rate: int | None = None,
        num_channels: int | None = None,
        out: Out | None = None,
    ) -> AudioSamples:
        """Return the samples of a span.

        Sample n of rate r has the time n / r. A span has the samples ``floor(start * r + 1/2) <= n <
        floor(end * r + 1/2)``. The result does not depend on earlier reads: it is always a slice of the same signal, the
        track decoded from fixed anchors, with gaps as zeros, resampled once.

        Args:
            span: What to read; outside of the track samples are zero and not valid.
            sample_rate: Samples a second; None keeps the track's.
            num_channels: At most the track's: 1 mixes to mono (stereo as half left, half right); None keeps them all.
            out: Memory to fill: a writable, C-contiguous float32 array or CPU tensor ``[C, N]``.

        Returns:
            ``data`` is float32 ``[C, N]``, full scale [-1, 1].

        Raises:
            DecodeError: Samples are damaged and `on_error` is ``"raise"``.
            TooLarge: The result would be over 8 GiB.
            NoSuchTrack: There is no audio track.
            UnsupportedCodec: FFmpeg has no decoder for the track, or it is encrypted.
            SourceChanged: The file is not the one that was opened.
            SourceUnreadable: The file can no longer be read.
            InvalidArgument: An argument is not allowed, or the Media is closed.

        Errors of reading have the span as `span`.

        Cost: each audio chunk that the span touches (1.5 to 12 s, by codec) is decoded once; the last 64 MiB of decoded
        audio stay in a cache.
        """
        rate, channels = audio_format(sample_rate, num_channels)
        start, end = pair(check_span(span, "span").start), pair(span.end)
        memory = None
        if out is not None and (track := self.metadata.audio) is not None:
            length = num_samples(span, rate or track.sample_rate)
            memory = arguments.output(out, (channels or track.num_channels, length), np.float32)
        reader = self._opened.reader()
        with name_span(span):
            samples = reader.samples_in(start, end, rate, channels, memory)
        return wrap_samples(samples, memory)
