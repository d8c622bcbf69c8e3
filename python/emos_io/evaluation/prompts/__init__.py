"""Prompts: what a model is asked of a clip or a monologue, and the answer that it learns, in three forms and two languages."""

from .prompt import Prompt, PromptForm, Task
from .prompts import PROMPTS, prompt
from .segments import LabelledSegment, TimedText
from .texts import Language

__all__ = ["PROMPTS", "LabelledSegment", "Language", "Prompt", "PromptForm", "Task", "TimedText", "prompt"]
