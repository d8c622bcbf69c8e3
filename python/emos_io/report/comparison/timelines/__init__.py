"""Timelines of monologues: frames, waveform, sentences, labels of people, runs on both clocks, and turning points."""

from .section import TimelinesSection, timeline_anchors, timelines_section

__all__ = ["TimelinesSection", "timeline_anchors", "timelines_section"]
