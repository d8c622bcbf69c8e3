"""Measures of monologues: labels over media time, turning points, segments, times to be right, curves."""
