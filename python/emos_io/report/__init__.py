"""HTML pages that show one window: its frames, audio, text and label on one time axis."""

from .page import render_page
from .page_name import page_name
from .resolve import ResolvedItem, resolve_item
from .save import save_page
from .window_page import RenderOptions, WindowPage, read_page

__all__ = [
    "RenderOptions",
    "ResolvedItem",
    "WindowPage",
    "page_name",
    "read_page",
    "render_page",
    "resolve_item",
    "save_page",
]
