"""Windows of a plan under the trainers and processors of others; each library is imported where it is first used.

```text
 conversation.py   what is asked of a window, and what the answer is
 turns.py          which tokens of a conversation are labels
 token_layout.py   the order of video and audio tokens, by formula
 sync_guard.py     what a model gets against what its windows hold; batch_checks.py and fingerprints.py
 arrays.py         frames and waveforms of samples, checked
 family.py         samples to the inputs of a model: what all families share
 qwen2_5_omni.py   one file a family of processors: Qwen2.5-Omni, Qwen3-Omni, Qwen2.5-VL
 language_tower.py the layers that LoRA adapts
 versions.py       the versions of each library that were tested
```
"""

from .conversation import Conversation, Message, ask, class_name
from .family import Family, ModelInputs
from .language_tower import language_modules
from .qwen2_5_omni import Qwen2_5Omni
from .qwen2_5_vl import Qwen2_5VL
from .qwen3_omni import Qwen3Omni
from .sync_guard import SyncGuard, check_inputs
from .token_layout import TokenGroup

__all__ = [
    "Conversation",
    "Family",
    "Message",
    "ModelInputs",
    "Qwen2_5Omni",
    "Qwen2_5VL",
    "Qwen3Omni",
    "SyncGuard",
    "TokenGroup",
    "ask",
    "check_inputs",
    "class_name",
    "language_modules",
]
