"""Measures of clips: labels, sets, soft labels, calibration, intensity. Arrays in, sums out; no records, no files."""
