"""Loading the windows of a plan: samples, batches, a loader that resumes; torchdata nodes are in `emos_io.pipes.nodes`."""

from .collate import Collate, LengthBuckets, WindowBatch, length_buckets
from .dataset import LaneBatches, Place, WindowDataset
from .loader import Progress, WindowLoader
from .samples import Audio, Video, WindowSample
from .trouble import ReadTimeout, Report, Trouble

__all__ = [
    "Audio",
    "Collate",
    "LaneBatches",
    "LengthBuckets",
    "Place",
    "Progress",
    "ReadTimeout",
    "Report",
    "Trouble",
    "Video",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowSample",
    "length_buckets",
]
