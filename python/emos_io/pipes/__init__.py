"""Loading the windows of a plan: samples, batches, a loader that resumes; torchdata nodes are in `emos_io.pipes.nodes`."""

from ..media import media_duration
from .batch import WindowBatch
from .collate import Collate
from .dataset import SampleIndex, WindowDataset
from .durations import media_durations
from .issues import ReadIssue, ReadIssues
from .lane_batches import LaneBatches
from .lane_sampler import LaneSampler
from .loader import WindowLoader
from .position import LoaderState
from .progress import Progress
from .ranks import data_parallel_rank
from .samples import StepSamples, Transform, WindowSample, undecoded_sample
from .specs import AudioSpec, MissingAudio, PaddedSize, SampleSpec, VideoSpec

__all__ = [
    "AudioSpec",
    "Collate",
    "LaneBatches",
    "LaneSampler",
    "LoaderState",
    "MissingAudio",
    "PaddedSize",
    "Progress",
    "ReadIssue",
    "ReadIssues",
    "SampleIndex",
    "SampleSpec",
    "StepSamples",
    "Transform",
    "VideoSpec",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowSample",
    "data_parallel_rank",
    "media_duration",
    "media_durations",
    "undecoded_sample",
]
