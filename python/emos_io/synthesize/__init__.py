"""Media for people without the originals: frames and audio that spell what they are, at the published times.

```text
 Monologue ──┬── frames.py   each frame spells its number, the utterance and its label
             ├── audio.py    speech of each sentence in its span, or tones that spell its index
             ├── encoder.py       both through the ffmpeg program to H.264 and AAC; program.py finds it
             └── uncompressed.py  or both as they are, without that program; mov.py writes the file
 synthesis.py: which files are made, which are kept; folder.py: manifest.json beside them
 expressive/: another kind, in which an emotion is acted
```
"""

from ..corpus.synthetic import MANIFEST
from .audio import read_tone
from .engine import Codec, SynthesizedFile
from .expressive import ExpressiveCodec, ExpressiveMedia, bayes_accuracy, expressive_corpus, synthesize_expressive
from .frames import FrameContent, UnreadableFrame, frame_times, read_frame
from .mov import RawAudio, RawVideo, frame_ticks, write_mov
from .program import ffmpeg_failure, find_ffmpeg
from .synthesis import Speech, synthesize

__all__ = [
    "MANIFEST",
    "Codec",
    "ExpressiveCodec",
    "ExpressiveMedia",
    "FrameContent",
    "RawAudio",
    "RawVideo",
    "Speech",
    "SynthesizedFile",
    "UnreadableFrame",
    "bayes_accuracy",
    "expressive_corpus",
    "ffmpeg_failure",
    "find_ffmpeg",
    "frame_ticks",
    "frame_times",
    "read_frame",
    "read_tone",
    "synthesize",
    "synthesize_expressive",
    "write_mov",
]
