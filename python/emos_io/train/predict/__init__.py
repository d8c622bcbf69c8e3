"""What a run says of a corpus: streams, windows and clips, into a file that `emos score` reads.

```text
 verb.py        one file of predictions, from a run and a corpus
 asked.py       the items that are asked, and whether the run can answer
 reading.py     windows that are read, and the rows that they give
 writing.py     items of one kind through the model into the file
 answering.py   the model over windows: all of it at once, or a step at a time
 ablation.py    a channel that is taken away, or another speaker's audio
```
"""

from importlib.util import find_spec

from ..._install import install

if find_spec("torch") is None:
    raise ImportError(f"torch is not installed; {install('train')}")
