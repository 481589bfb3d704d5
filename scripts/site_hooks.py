"""What mkdocs does for the site beside its plugins: files outside of docs/ that pages link to become part of it.

A page links to code, figures and reports by their place in the repository, so that links also work where the repository
is read. Here the Markdown files among them become pages, pictures are copied, and all others are copied as plain text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
SHOWN_AS_THEY_ARE = (".svg", ".png", ".md", ".html")
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#|/)([^)#\s]+)")

_origins: dict[str, str] = {}
"""Place in the site to place in the repository, of what comes from outside of docs/."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The site's files, with those that pages link to outside of docs/, and those that these link to."""
    _origins.clear()
    pages = [file.src_uri for file in files.documentation_pages()]
    while pages:
        page = pages.pop()
        for target in _targets(page):
            place = _place(target)
            if target.startswith("docs/") or place in _origins or not (ROOT / target).is_file():
                continue
            _origins[place] = target
            files.append(File.generated(config, place, abs_src_path=str(ROOT / target)))
            if place.endswith(".md"):
                pages.append(place)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page, its links leading to where things are in the site."""
    here = page.file.src_uri

    def moved(match: re.Match[str]) -> str:
        target = normpath(join(dirname(_origin(here)), match[1]))
        if not (ROOT / target).exists() or (ROOT / target).is_dir():
            return match[1]  # mkdocs itself says that it leads nowhere
        return relpath(_place(target), dirname(here) or ".")

    return _LINK.sub(moved, markdown)


def _targets(page: str) -> Iterator[str]:
    origin = _origin(page)
    for link in _LINK.findall((ROOT / origin).read_text(encoding="utf-8")):
        target = normpath(join(dirname(origin), link))
        if not target.startswith(os.pardir):
            yield target


def _origin(place: str) -> str:
    return _origins.get(place, f"docs/{place}")


def _place(target: str) -> str:
    """Where in the site a file of the repository is."""
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    if target == "benchmarks/README.md":
        return "benchmarks.md"
    return f"repository/{target}" + ("" if target.endswith(SHOWN_AS_THEY_ARE) else ".txt")
