"""Which suffixes are those of media, by what the files hold."""

from __future__ import annotations

VIDEO_SUFFIXES = frozenset((
    ".mp4", ".m4v", ".mov", ".qt", ".mj2", ".ismv", ".f4v", ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".mpg",
    ".mpeg", ".mpe", ".m1v", ".m2v", ".mpv", ".m2p", ".vob", ".ts", ".m2t", ".m2ts", ".mts", ".trp", ".flv", ".wmv",
    ".asf", ".3gp", ".3gpp", ".3g2", ".ogv", ".ogm", ".ogx", ".mxf", ".dv", ".rm", ".rmvb", ".amv", ".wtv", ".nut",
    ".y4m", ".ivf", ".mjpg", ".mjpeg", ".h264", ".264", ".hevc", ".h265", ".265", ".obu", ".gif",
))  # fmt: skip
"""Of files that have frames, as a rule."""

AUDIO_SUFFIXES = frozenset((
    ".wav", ".wave", ".w64", ".rf64", ".bwf", ".mp3", ".mp2", ".m2a", ".mpa", ".m4a", ".m4b", ".m4r", ".isma",
    ".aac", ".adts", ".flac", ".ogg", ".oga", ".opus", ".spx", ".wma", ".aiff", ".aif", ".aifc", ".au", ".snd",
    ".caf", ".mka", ".weba", ".ac3", ".eac3", ".ec3", ".dts", ".dtshd", ".thd", ".mlp", ".amr", ".awb", ".ape",
    ".wv", ".tta", ".tak", ".mpc", ".shn", ".ra", ".voc", ".oma", ".aa3", ".sph", ".nist", ".gsm", ".latm", ".loas",
    ".8svx", ".dsf",
))  # fmt: skip
"""Of files that have audio alone, as a rule."""

MEDIA_SUFFIXES = VIDEO_SUFFIXES | AUDIO_SUFFIXES
"""Of the files that are taken for media, in small letters; what they hold is not looked at."""


def split_suffix(name: str) -> tuple[str, str]:
    """Return a name without its suffix, and the suffix; only a suffix of media is one.

    Example:
        >>> split_suffix("talk.final.MP4"), split_suffix("dr.smith")
        (('talk.final', '.MP4'), ('dr.smith', ''))
    """
    dot = name.rfind(".")
    is_suffix = dot > 0 and name[dot - 1] != "/" and name[dot:].lower() in MEDIA_SUFFIXES
    return (name[:dot], name[dot:]) if is_suffix else (name, "")
