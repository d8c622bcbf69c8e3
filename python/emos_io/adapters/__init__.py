"""Windows of a plan under the trainers and processors of others; each library is imported where it is first used.

```text
 conversation.py   what is asked of a window, and what the answer is
 turns.py          which tokens of a conversation are labels
 token_layout.py   the order of video and audio tokens, by formula
 sync_guard.py     what a model gets against what its windows hold; batch_checks.py and fingerprints.py
 arrays.py         frames and waveforms of samples, checked
 family.py         samples to the inputs of a model: what all families share
 qwen2_5_omni.py   one file a family of processors: Qwen2.5-Omni, Qwen3-Omni, Qwen2.5-VL
 families.py       the family of a class of processors
 saved_processor.py processors of a folder, or of the hub
 reading_back.py   what the inputs of a model hold
 language_tower.py the layers that LoRA adapts
 qwen_utils.py     qwen-omni-utils and qwen-vl-utils read files through this package
 evaluation.py     every window of a plan once, in batches that know their keys (evaluation_batch.py)
 lightning.py      a data module of plans; imports lightning, and is imported by its own name
 accelerate.py     a loader as accelerate's training loops want it; imported by its own name
 too_long.py       how many tokens windows have, which have too many, and what would make them fit
 hf_trainer.py     mixins for the Trainer of transformers: in lane order, or over a `WindowLoader`; imported by its own name
 checkpoint_weights.py all weights of a checkpoint, where Trainer leaves out those with other names
 trainer_base.py   what the mixins need of Trainer, and the order of a class's bases
 loader_steps.py   a `WindowLoader` as Trainer and accelerate look at a DataLoader
 checkpoints.py    checkpoints of Trainer that have the state of a loader
 trainer_options.py options of trainers that break windows, refused in one line
 rows.py           windows as rows of a `datasets.Dataset`, and the function that decodes them
 row_epochs.py     which epoch rows belong to: shared with workers, counted by a callback of transformers
 trl.py            what TRL must be told; imported by its own name
 versions.py       the versions of each library that were tested
```
"""

from .conversation import Conversation, Message, ask, class_name
from .evaluation import EvaluationLoader, EvaluationState
from .evaluation_batch import EvaluationBatch
from .families import FAMILIES, family_of
from .family import Family, ModelInputs
from .language_tower import language_modules
from .qwen2_5_omni import Qwen2_5Omni
from .qwen2_5_vl import Qwen2_5VL
from .qwen3_omni import Qwen3Omni
from .qwen_utils import Registration, register_backend
from .reading_back import ReadBack, TokenRun, read_back
from .saved_processor import load_processor
from .sync_guard import SyncGuard, check_inputs
from .token_layout import TokenGroup
from .too_long import FitOption, OverLong, TokenFit, fit_tokens, lengths, too_long

__all__ = [
    "FAMILIES",
    "Conversation",
    "EvaluationBatch",
    "EvaluationLoader",
    "EvaluationState",
    "Family",
    "FitOption",
    "Message",
    "ModelInputs",
    "OverLong",
    "Qwen2_5Omni",
    "Qwen2_5VL",
    "Qwen3Omni",
    "ReadBack",
    "Registration",
    "SyncGuard",
    "TokenFit",
    "TokenGroup",
    "TokenRun",
    "ask",
    "check_inputs",
    "class_name",
    "family_of",
    "fit_tokens",
    "language_modules",
    "lengths",
    "load_processor",
    "read_back",
    "register_backend",
    "too_long",
]
