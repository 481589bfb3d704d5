"""Looking at runs and rollouts: one page that needs nothing else, a page that follows a run, a summary in text."""

from palestra.trainer.view.exhibition import Exhibition, Exhibitor
from palestra.trainer.view.page import page_text, write_page
from palestra.trainer.view.server import serving
from palestra.trainer.view.terminal import print_summary

__all__ = ["Exhibition", "Exhibitor", "page_text", "print_summary", "serving", "write_page"]
