"""What stands for each step of a channel: a frame, or 25 log-mel frames. A step is read by itself, so nothing looks on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .options import STEP_MELS, AVSmallOptions

GREY = (0.299, 0.587, 0.114)
"""Luma of RGB after ITU-R BT.601."""
CONTRAST_FLOOR = 4.0
"""What is added to a frame's standard deviation (of 255), so that a frame of one colour does not become noise."""


class VideoEncoder(nn.Module):
    """A grey frame, standardised by its own mean and deviation, through three convolutions of stride 2."""

    def __init__(self, options: AVSmallOptions) -> None:
        super().__init__()
        self.grey: Tensor
        self.register_buffer("grey", torch.tensor(GREY), persistent=False)
        first, second, third = options.filters
        height, width = options.size
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, first, 5, stride=2, padding=2),
            nn.GroupNorm(4, first),
            nn.ReLU(),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
            nn.GroupNorm(4, second),
            nn.ReLU(),
            nn.Conv2d(second, third, 3, stride=2, padding=1),
            nn.GroupNorm(4, third),
            nn.ReLU(),
        )
        self.embed = nn.Sequential(
            nn.Linear(third * (height // 8) * (width // 8), options.embedding),
            nn.LayerNorm(options.embedding),
            nn.ReLU(),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Return ``[B, T, embedding]`` of uint8 frames ``[B, T, H, W, 3]``."""
        rows, steps, height, width, _ = frames.shape
        with torch.no_grad():
            grey = (frames.to(self.grey.dtype) @ self.grey).view(rows * steps, 1, height, width)
            mean = grey.mean(dim=(2, 3), keepdim=True)
            deviation = grey.std(dim=(2, 3), keepdim=True, correction=0)
            grey = (grey - mean) / (deviation + CONTRAST_FLOOR)
        embedded: Tensor = self.embed(self.convolutions(grey).flatten(1))
        return embedded.view(rows, steps, -1)


class AudioEncoder(nn.Module):
    """The 25 log-mel frames of a step through two layers."""

    def __init__(self, options: AVSmallOptions) -> None:
        super().__init__()
        between = options.embedding + options.embedding // 2
        self.embed = nn.Sequential(
            nn.Linear(STEP_MELS * options.bands, between),
            nn.LayerNorm(between),
            nn.ReLU(),
            nn.Linear(between, options.embedding),
            nn.LayerNorm(options.embedding),
            nn.ReLU(),
        )

    def forward(self, mels: Tensor) -> Tensor:
        """Return ``[B, T, embedding]`` of log-mel frames ``[B, 25 T, bands]``."""
        rows, frames, bands = mels.shape
        embedded: Tensor = self.embed(mels.reshape(rows, frames // STEP_MELS, STEP_MELS * bands))
        return embedded


class ChannelMemory(nn.Module):
    """A channel's steps over time. Where a step is missing, a learned vector stands for it, in the share that is missing."""

    def __init__(self, options: AVSmallOptions) -> None:
        super().__init__()
        self.missing = nn.Parameter(torch.randn(options.embedding) * 0.1)
        self.dropout = nn.Dropout(options.dropout)
        self.gru = nn.GRU(options.embedding, options.hidden, batch_first=True)

    def forward(self, embedded: Tensor, missing: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the memory after each step, ``[B, T, hidden]``, and after the last, ``[B, hidden]``.

        Args:
            embedded: ``[B, T, embedding]``.
            missing: ``[B, T]``: the share of each step that is missing, 0 to 1; at 1, `embedded` changes nothing.
            state: The memory before the first step, ``[B, hidden]``.
        """
        share = missing[..., None]
        steps = torch.where(share < 1, self.dropout(embedded) * (1 - share) + self.missing * share, self.missing)
        memory, last = self.gru(steps, state[None].contiguous())
        return memory, last[0]
