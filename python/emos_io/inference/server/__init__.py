"""Questions to a server that speaks OpenAI's chat completions: vLLM, or another one; neither torch nor transformers is needed.

```text
 options.py       where the server is, and the limits that hold
 key.py           its key, which no text gets to hold
 leaving.py       what media leave this machine, counted before a file is opened
 encoding.py      frames as JPEG, waveforms as WAV
 bodies.py        a window and its messages as the body of a request, in two forms
 replies.py       what a reply means: an answer, once more, never, or the end
 pace.py          requests a minute, and at most
 client.py        one question: a request, and more where it pays
 engine.py        all questions, several at a time
```
"""

from ...errors import RequestsSpent
from .engine import ServerEngine
from .options import JPEG_QUALITY, MAX_CONCURRENCY, ServerForm, ServerOptions

__all__ = ["JPEG_QUALITY", "MAX_CONCURRENCY", "RequestsSpent", "ServerEngine", "ServerForm", "ServerOptions"]
