"""Which media file of a folder a name means, as people, annotation tools and tables write names."""

from .files import media_files
from .index import MediaFile, fold_name
from .match import MediaMatch
from .matching import MediaNames
from .spellings import spellings
from .suffixes import split_suffix

__all__ = ["MediaFile", "MediaMatch", "MediaNames", "fold_name", "media_files", "spellings", "split_suffix"]
