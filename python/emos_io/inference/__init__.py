"""What models say of a corpus: questions about windows, engines that answer them, and rows of predictions.

```text
 asked.py         which items are asked
 engine.py        questions about windows, and what answers them
 donors.py        whose audio an item gets instead of its own, step by step; donor_audio.py reads it
```
"""

from .asked import PREDICT_SIDES, Asked, Item, ItemKind, PredictSide, asked_of
from .donor_audio import DonorAudio
from .donors import STEP, Donors, DonorStep, num_steps
from .engine import Answer, Engine, Questions

__all__ = [
    "PREDICT_SIDES",
    "STEP",
    "Answer",
    "Asked",
    "DonorAudio",
    "DonorStep",
    "Donors",
    "Engine",
    "Item",
    "ItemKind",
    "PredictSide",
    "Questions",
    "asked_of",
    "num_steps",
]
