"""Baselines that need no media: what a system must beat."""
