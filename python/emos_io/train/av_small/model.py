"""Both channels, the heads, and which channels are dropped in training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...errors import InvalidArgument
from .encoders import AudioEncoder, ChannelMemory, VideoEncoder
from .log_mel import LogMel
from .options import KEPT_SAMPLES, STEP_MELS, STEP_SAMPLES, AVSmallOptions
from .state import AVState


@dataclass(frozen=True, slots=True, eq=False)
class AVOutputs:
    """Logits of B rows at T steps; step k may be said at ``start + (k + 1) / 4``.

    Attributes:
        logits: float32 ``[B, T, K]``, from all channels.
        video_logits: The same from the frames alone; None in a model of one channel.
        audio_logits: The same from the waveform alone; None in a model of one channel.
    """

    logits: Tensor
    video_logits: Tensor | None
    audio_logits: Tensor | None


class AVSmall(nn.Module):
    """A causal model of a talking head: a decision at the end of every step of 250 ms.

    Step k sees the frame on screen at ``start + k / 4``, the samples of ``[start + k / 4, start + (k + 1) / 4)`` and the state;
    nothing after it changes its logits. What is missing is replaced by what the model learned to stand for it.

    In training, each row of a call loses its video, its audio or neither, drawn by torch's generator: see
    `AVSmallOptions.video_dropout`.

    Args:
        options: What it is made of.

    Cost: with the defaults 1.13 M parameters; a window of 8 s forward and backward takes some 50 ms on one core.

    Example:
        >>> import torch
        >>> model = AVSmall(AVSmallOptions(classes=("Joy", "Anger"))).eval()
        >>> frames = torch.zeros(1, 8, 64, 64, 3, dtype=torch.uint8)
        >>> outputs, state = model(
        ...     frames, torch.ones(1, 8, dtype=torch.bool), torch.zeros(1, 32_000), torch.ones(1, 32_000, dtype=torch.bool),
        ...     model.initial_state(1),
        ... )
        >>> outputs.logits.shape
        torch.Size([1, 8, 2])
    """

    def __init__(self, options: AVSmallOptions) -> None:
        super().__init__()
        self.options = options
        count = len(options.classes)
        self.video_encoder = VideoEncoder(options) if "video" in options.channels else None
        self.video_memory = ChannelMemory(options) if "video" in options.channels else None
        self.log_mel = LogMel(options.bands) if "audio" in options.channels else None
        self.audio_encoder = AudioEncoder(options) if "audio" in options.channels else None
        self.audio_memory = ChannelMemory(options) if "audio" in options.channels else None
        has_both = len(options.channels) == 2
        self.video_head = nn.Linear(options.hidden, count) if has_both else None
        self.audio_head = nn.Linear(options.hidden, count) if has_both else None
        self.head = nn.Sequential(
            nn.Dropout(options.dropout),
            nn.Linear(options.hidden * len(options.channels), options.fusion),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.fusion, count),
        )

    def initial_state(self, batch_size: int) -> AVState:
        """Return the state of rows at the start of an item: no memory, and no samples before it."""
        device = next(self.parameters()).device
        memory = torch.zeros(batch_size, self.options.hidden, device=device)
        has_video, has_audio = self.video_encoder is not None, self.audio_encoder is not None
        return AVState(
            video=memory if has_video else None,
            audio=memory.clone() if has_audio else None,
            waveform=torch.zeros(batch_size, KEPT_SAMPLES, device=device) if has_audio else None,
            waveform_valid=torch.zeros(batch_size, KEPT_SAMPLES, dtype=torch.bool, device=device)
            if has_audio
            else None,
        )

    def forward(
        self,
        frames: Tensor | None,
        frame_valid: Tensor,
        waveform: Tensor | None,
        waveform_valid: Tensor,
        state: AVState,
    ) -> tuple[AVOutputs, AVState]:
        """Return the logits of a window's steps, and the state after it.

        Args:
            frames: uint8 ``[B, T, H, W, 3]``, RGB; None where there is no video.
            frame_valid: bool ``[B, T]``; T is the number of steps, with or without video.
            waveform: float32 ``[B, 4000 T]`` at 16 kHz; None where there is no audio.
            waveform_valid: bool ``[B, 4000 T]``; not looked at without a waveform.
            state: What the window before gave, or `initial_state`.

        Raises:
            InvalidArgument: Shapes do not fit each other or the options.
        """
        self._check_shapes(frames, frame_valid, waveform, waveform_valid)
        drops_video, drops_audio = self._dropped(frame_valid)
        memories: list[Tensor] = []
        video = audio = kept = kept_valid = None
        if self.video_encoder is not None and self.video_memory is not None:
            assert state.video is not None, "the state is of this model"
            missing = drops_video[:, None] | ~frame_valid
            embedded = self._no_steps(frame_valid) if frames is None else self.video_encoder(frames)
            missing = torch.ones_like(missing) if frames is None else missing
            memory, video = self.video_memory(embedded, missing.to(embedded.dtype), state.video)
            memories.append(memory)
        if self.audio_encoder is not None and self.audio_memory is not None:
            assert state.audio is not None, "the state is of this model"
            embedded, absent, kept, kept_valid = self._heard(frame_valid, waveform, waveform_valid, state)
            absent = torch.where(drops_audio[:, None], torch.ones_like(absent), absent)
            memory, audio = self.audio_memory(embedded, absent, state.audio)
            memories.append(memory)
        outputs = AVOutputs(
            logits=self.head(torch.cat(memories, dim=2)),
            video_logits=None if self.video_head is None else self.video_head(memories[0]),
            audio_logits=None if self.audio_head is None else self.audio_head(memories[-1]),
        )
        return outputs, AVState(video=video, audio=audio, waveform=kept, waveform_valid=kept_valid)

    def _heard(
        self, frame_valid: Tensor, waveform: Tensor | None, waveform_valid: Tensor, state: AVState
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return embedded steps, the share of each that is missing, and the samples to keep with their validity."""
        assert self.log_mel is not None and self.audio_encoder is not None, "called with audio alone"
        assert state.waveform is not None and state.waveform_valid is not None, "the state is of this model"
        if waveform is None:
            steps = self._no_steps(frame_valid)
            return (
                steps,
                torch.ones_like(steps[..., 0]),
                torch.zeros_like(state.waveform),
                torch.zeros_like(state.waveform_valid),
            )
        samples = torch.cat([state.waveform, waveform], dim=1)
        valid = torch.cat([state.waveform_valid, waveform_valid], dim=1)
        mels, mel_valid = self.log_mel(samples, valid)
        shares = 1 - mel_valid.to(mels.dtype).view(len(mels), -1, STEP_MELS).mean(dim=2)
        return self.audio_encoder(mels), shares, samples[:, -KEPT_SAMPLES:], valid[:, -KEPT_SAMPLES:]

    def _no_steps(self, frame_valid: Tensor) -> Tensor:
        return torch.zeros(*frame_valid.shape, self.options.embedding, device=frame_valid.device)

    def _dropped(self, frame_valid: Tensor) -> tuple[Tensor, Tensor]:
        """Return which rows lose their video and which their audio, bool ``[B]`` each."""
        options, count = self.options, len(frame_valid)
        if not self.training or len(options.channels) < 2 or options.video_dropout + options.audio_dropout == 0:
            none = torch.zeros(count, dtype=torch.bool, device=frame_valid.device)
            return none, none
        # Drawn on the CPU, so that rows lose the same channels on every device.
        draws = torch.rand(count).to(frame_valid.device)
        drops_video = draws < options.video_dropout
        return drops_video, ~drops_video & (draws < options.video_dropout + options.audio_dropout)

    def _check_shapes(
        self, frames: Tensor | None, frame_valid: Tensor, waveform: Tensor | None, waveform_valid: Tensor
    ) -> None:
        if frame_valid.ndim != 2 or frame_valid.shape[1] == 0:
            raise InvalidArgument(
                f"frame_valid must be [B, T] with a step or more, got {list(frame_valid.shape)}; see AVSmall.forward"
            )
        rows, steps = frame_valid.shape
        height, width = self.options.size
        expected = [("frames", frames, [rows, steps, height, width, 3])] if self.video_encoder is not None else []
        if self.audio_encoder is not None and waveform is not None:
            expected += [("waveform", waveform, [rows, steps * STEP_SAMPLES])]
            expected += [("waveform_valid", waveform_valid, [rows, steps * STEP_SAMPLES])]
        for name, values, shape in expected:
            if values is not None and list(values.shape) != shape:
                raise InvalidArgument(
                    f"{name} must be {shape} for {rows} rows of {steps} steps, got {list(values.shape)}; "
                    "see emos_io.train.av_small.inputs"
                )
