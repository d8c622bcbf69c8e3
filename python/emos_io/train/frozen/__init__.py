"""The baseline `frozen`: features of small packaged networks, and a logistic regression on them.

```text
 networks.py   files of installed distributions, checked by sha256, run by LiteRT on one thread
 faces.py      faces of a frame, and the seven outputs for one
 speech.py     speech, level, crossings and pitch of a waveform
 features.py   their statistics over a window, named
 windows.py    the windows of items
 table.py      features in a file that a later start goes on with
 fit.py        the logistic regression, as arrays and JSON
 recipe.py     the recipe
 training.py   both sides read, and train fitted; run.py is the kind for `emos train`, summary.py its card
 predict.py    what a run says of a corpus
```
"""

from .predict import FrozenAblation, FrozenCounts, predict_frozen
from .recipe import FrozenRecipe

__all__ = ["FrozenAblation", "FrozenCounts", "FrozenRecipe", "predict_frozen"]
