"""HTML pages that show one window: its frames, audio, text and label on one time axis; and images of how raters label."""

from .model_view import ModelAudio, ModelFrame, ModelView, TokenSpan
from .neighbours import Neighbour, Neighbours, spans_around
from .page import render_page
from .page_name import page_name
from .raters_image import raters_png, save_raters_png
from .resolve import ResolvedItem, resolve_item
from .save import is_page_of, page_path, save_page
from .window_page import RenderOptions, WindowPage, open_media, read_page

__all__ = [
    "ModelAudio",
    "ModelFrame",
    "ModelView",
    "Neighbour",
    "Neighbours",
    "RenderOptions",
    "ResolvedItem",
    "TokenSpan",
    "WindowPage",
    "is_page_of",
    "open_media",
    "page_name",
    "page_path",
    "raters_png",
    "read_page",
    "render_page",
    "resolve_item",
    "save_page",
    "save_raters_png",
    "spans_around",
]
