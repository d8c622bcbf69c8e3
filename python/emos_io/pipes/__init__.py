"""Loading the windows of a plan: samples, batches, a loader that resumes; torchdata nodes are in `emos_io.pipes.nodes`."""

from ..media import media_duration
from .batch import WindowBatch
from .collate import Collate
from .dataset import SampleIndex, WindowDataset
from .device_frames import FrameArray, refuse_device_frames
from .durations import media_durations
from .issues import ReadIssue, ReadIssues
from .lane_batches import LaneBatches
from .lane_sampler import LaneSampler
from .loader import WindowLoader
from .normalize import Normalize
from .position import LoaderState
from .progress import Progress
from .ranks import data_parallel_rank
from .samples import DeviceSample, DeviceTransform, StepSamples, Transform, WindowSample, undecoded_sample
from .specs import AudioSpec, MissingAudio, PaddedSize, SampleSpec, VideoSpec

__all__ = [
    "AudioSpec",
    "Collate",
    "DeviceSample",
    "DeviceTransform",
    "FrameArray",
    "LaneBatches",
    "LaneSampler",
    "LoaderState",
    "MissingAudio",
    "Normalize",
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
    "refuse_device_frames",
    "undecoded_sample",
]
