"""What models say of a corpus: questions about windows, engines that answer them, and rows of predictions.

```text
 asked.py         which items are asked
 plans.py         their windows, and the time that the rows of each are about
 token_budget.py  whether windows fit into the tokens of a model; streams are refused, or cut by a stated rule
 conversation.py  what is asked of a window: a prompt, what is spoken, and in training the answer
 engine.py        questions about windows, and what answers them
 local.py         a model of transformers; saved_model.py reads it from a folder or the hub
 server/          a server that speaks OpenAI's chat completions
 rows.py          an answer as rows of predictions
 ablation.py      a channel that is taken away, or another speaker's audio
 donors.py        whose audio that is, step by step; donor_audio.py reads it
 layers.py        which layers are asked for
 verb.py          one file of predictions
```
"""

from .ablation import ABLATION_KINDS, AblationKind
from .asked import PREDICT_SIDES, Asked, Item, ItemKind, PredictSide, asked_of
from .conversation import LANGUAGE_CHOICES, LanguageChoice, PromptConversation
from .donor_audio import DonorAudio
from .donors import STEP, Donors, DonorStep, num_steps
from .engine import Answer, Engine, Questions
from .layers import chosen_layers
from .local import FrameOptions, TransformersEngine, folder_sha256, saved_engine
from .plans import PLAN_KINDS, PlanChoice, PlanKind, asked_plan, request_spans, stream_plan
from .rows import AnswerRows, answer_rows
from .saved_model import DTYPES, Dtype, SavedModel, read_saved_model
from .token_budget import TOO_LONG_RULES, FormulaCounter, ProcessorCounter, TooLongRule, fitted_plan
from .verb import DEFAULT_PROMPTS, AskCounts, AskOptions, predict_model

__all__ = [
    "ABLATION_KINDS",
    "DEFAULT_PROMPTS",
    "DTYPES",
    "LANGUAGE_CHOICES",
    "PLAN_KINDS",
    "PREDICT_SIDES",
    "STEP",
    "TOO_LONG_RULES",
    "AblationKind",
    "Answer",
    "AnswerRows",
    "AskCounts",
    "AskOptions",
    "Asked",
    "DonorAudio",
    "DonorStep",
    "Donors",
    "Dtype",
    "Engine",
    "FormulaCounter",
    "FrameOptions",
    "Item",
    "ItemKind",
    "LanguageChoice",
    "PlanChoice",
    "PlanKind",
    "PredictSide",
    "ProcessorCounter",
    "PromptConversation",
    "Questions",
    "SavedModel",
    "TooLongRule",
    "TransformersEngine",
    "answer_rows",
    "asked_of",
    "asked_plan",
    "chosen_layers",
    "fitted_plan",
    "folder_sha256",
    "num_steps",
    "predict_model",
    "read_saved_model",
    "request_spans",
    "saved_engine",
    "stream_plan",
]
