"""Media for people who lack the originals: pictures and sound that say what they are, at the published times.

```text
 Monologue ──┬── pictures.py   each picture spells its number, the utterance and its label
             ├── sound.py      speech of each sentence in its span, or tones that spell its index
             └── encoder.py    both through the ffmpeg command line to H.264 and AAC
 making.py: which are made, which are kept; folder.py: manifest.json beside them
```
"""

from .folder import MANIFEST
from .making import Made, Speech, synthesize
from .pictures import NotAPicture, Shown, picture_times, read_picture
from .sound import read_tone

__all__ = [
    "MANIFEST",
    "Made",
    "NotAPicture",
    "Shown",
    "Speech",
    "picture_times",
    "read_picture",
    "read_tone",
    "synthesize",
]
