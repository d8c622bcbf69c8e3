"""Pages that show what was read: one window with its frames, sound, text and label, on one time axis."""

from .label_window import Cut, cut
from .page import make_page
from .page_name import page_name
from .resolve import Chosen, choose
from .save import save_page
from .window_page import Held, Look, read_held

__all__ = [
    "Chosen",
    "Cut",
    "Held",
    "Look",
    "choose",
    "cut",
    "make_page",
    "page_name",
    "read_held",
    "save_page",
]
