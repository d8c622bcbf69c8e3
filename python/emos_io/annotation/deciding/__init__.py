"""Votes become decisions."""

from .options import Batches, Mapped, Method, Prior, Recipe
from .verb import decide

__all__ = ["Batches", "Mapped", "Method", "Prior", "Recipe", "decide"]
