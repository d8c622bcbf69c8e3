"""Pages that show what was read: one window with its frames, sound, text and label, on one time axis."""

from .choose import Chosen, choose
from .cut import Cut, cut
from .held import Held, Look, read_held
from .names import page_name
from .page import make_page
from .save import save_page

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
