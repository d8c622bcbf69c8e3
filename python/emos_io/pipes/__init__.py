"""Loading the windows of a plan: samples, batches, a loader that resumes; torchdata nodes are in `emos_io.pipes.nodes`."""

from .collate import Collate, WindowBatch
from .dataset import LaneBatches, Place, WindowDataset
from .durations import media_durations
from .issues import ReadIssue, ReadIssues
from .loader import WindowLoader
from .progress import Progress
from .samples import AudioSpec, StepSamples, VideoSpec, WindowSample

__all__ = [
    "AudioSpec",
    "Collate",
    "LaneBatches",
    "Place",
    "Progress",
    "ReadIssue",
    "ReadIssues",
    "StepSamples",
    "VideoSpec",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowSample",
    "media_durations",
]
