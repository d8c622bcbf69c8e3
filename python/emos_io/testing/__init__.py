"""What tests of adapters and of training code need; nothing in the package imports it.

```text
 clips.py       media whose frames and samples spell their numbers; counting.py: how; uncompressed.py: without ffmpeg
 items.py       clips and monologues of plain values, in one line
 corpora.py     a corpus of a few items with votes, decisions and text, with or without media
 tiny_models.py models and processors of a few weights, made from configurations or saved to a folder; imported by its own name
 strategies.py  Hypothesis strategies; needs 'emos-io[testing]', and is imported by its own name
 rows.py        the rows of batches, and digests of all that they hold
 resume.py      whether a loader that is stopped and resumed gives every window once
```
"""

from .clips import clip_arguments, counting_clip, frame_numbers, sample_numbers
from .corpora import tiny_corpus
from .items import make_clip, make_monologue
from .resume import Resumable, ResumableNode, check_resume
from .rows import Row, batch_rows

__all__ = [
    "Resumable",
    "ResumableNode",
    "Row",
    "batch_rows",
    "check_resume",
    "clip_arguments",
    "counting_clip",
    "frame_numbers",
    "make_clip",
    "make_monologue",
    "sample_numbers",
    "tiny_corpus",
]
