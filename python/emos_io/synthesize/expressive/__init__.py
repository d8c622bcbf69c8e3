"""A drawn face and a voice that act Basic-7 labels: synthetic, says nothing about real emotion.

```text
 emotions.py ──> speakers.py ──> performance.py ──┬── face.py    frames at any times
 which labels    who acts: own                    └── voice.py   waveform of any rate
 look alike,     looks, voice                 what is acted, and when the face follows
 sound alike

 draws.py ──> schedule.py   when which label, when which sentence
              texts.py      what is spoken, whatever the label
              raters.py     votes on clips
                 └── corpus.py   a corpus that is made up

 item ──> casting.py   who acts what when ──> media.py   files, and the corpus that has them
                                              recipe.py  what the manifest says of them
```
"""

from .corpus import expressive_corpus
from .emotions import bayes_accuracy
from .media import ExpressiveCodec, ExpressiveMedia, synthesize_expressive

__all__ = ["ExpressiveCodec", "ExpressiveMedia", "bayes_accuracy", "expressive_corpus", "synthesize_expressive"]
