"""Votes become decisions."""

from .options import Abstain, Batches, Mapped, Method, Prior, Recipe
from .verb import decide

__all__ = ["Abstain", "Batches", "Mapped", "Method", "Prior", "Recipe", "decide"]
