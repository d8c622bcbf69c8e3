"""Independent authorities: the ffmpeg and ffprobe command lines, PyAV, and clips that say what they hold."""
