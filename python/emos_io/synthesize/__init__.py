"""Media for people without the originals: frames and audio that spell what they are, at the published times.

```text
 Monologue ──┬── frames.py   each frame spells its number, the utterance and its label
             ├── audio.py    speech of each sentence in its span, or tones that spell its index
             └── encoder.py  both through the ffmpeg command line to H.264 and AAC
 synthesis.py: which files are made, which are kept; folder.py: manifest.json beside them
```
"""

from .audio import read_tone
from .encoder import find_ffmpeg
from .folder import MANIFEST
from .frames import FrameContent, UnreadableFrame, frame_times, read_frame
from .synthesis import Speech, SynthesizedFile, synthesize

__all__ = [
    "MANIFEST",
    "FrameContent",
    "Speech",
    "SynthesizedFile",
    "UnreadableFrame",
    "find_ffmpeg",
    "frame_times",
    "read_frame",
    "read_tone",
    "synthesize",
]
