"""Loading the windows of a plan: samples, batches, a loader that resumes; torchdata nodes are in `emos_io.pipes.nodes`."""

from .collate import Collate, WindowBatch
from .dataset import LaneBatches, Place, WindowDataset
from .lengths import media_lengths
from .loader import WindowLoader
from .progress import Progress
from .samples import AudioSpec, StepSamples, VideoSpec, WindowSample
from .trouble import Report, Trouble

__all__ = [
    "AudioSpec",
    "Collate",
    "LaneBatches",
    "Place",
    "Progress",
    "Report",
    "StepSamples",
    "Trouble",
    "VideoSpec",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowSample",
    "media_lengths",
]
