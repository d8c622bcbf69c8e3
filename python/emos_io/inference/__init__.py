"""What models say of a corpus: questions about windows, engines that answer them, and rows of predictions.

```text
 engine.py        questions about windows, and what answers them
```
"""

from .engine import Answer, Engine, Questions

__all__ = ["Answer", "Engine", "Questions"]
