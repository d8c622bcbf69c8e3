"""What is raised for coded data that cannot be used."""

from __future__ import annotations


class BitstreamError(ValueError):
    """Coded data is damaged, or in a form that is not handled; the text says which. Callers fall back to the CPU."""
