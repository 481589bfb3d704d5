"""The page: one file that loads nothing. All that a model wrote is hostile: it is shown, never interpreted."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from palestra.trainer.view.entries import Json
from palestra.trainer.view.exhibition import Exhibition
from palestra.trainer.view.volume import TEXT_CHUNK, TOKEN_CHUNK, Volume

_SCRIPTS = (
    *("dom", "data", "query", "chart", "overview", "table", "tokens", "chain", "rollout", "compare", "keys", "app"),
)
"""Parts of the page's script, in the order in which they build on each other."""


def write_page(exhibition: Exhibition, path: Path) -> None:
    """Write a page that needs no other file and no server.

    Raises:
        OSError: The file cannot be written; what was there before is untouched.
    """
    partial = path.with_name(f".partial-{path.name}")
    # A run from elsewhere may hold a link of this name: "x" follows none, and replacing follows none either.
    partial.unlink(missing_ok=True)
    with partial.open("x", encoding="ascii") as file:
        file.write(page_text(exhibition))
    partial.replace(path)


def page_text(exhibition: Exhibition) -> str:
    """The page with all its data, in ASCII."""
    volume = Volume.of("0", exhibition.contents)
    blocks = {"manifest": exhibition.manifest([volume], is_live=False), **dict(_blocks(exhibition, volume))}
    return _fill(exhibition.name, {name: packed(block) for name, block in blocks.items()}, connects="'none'")


def live_page_text(name: str) -> str:
    """The page without data, which it asks its server for."""
    return _fill(name, {}, connects="'self'")


def packed(block: Json) -> bytes:
    """A block as compressed JSON; equal blocks give equal bytes."""
    # Lone surrogates pass as the escapes that JSON has for them.
    return gzip.compress(json.dumps(block, separators=(",", ":"), allow_nan=False).encode("ascii"), 6, mtime=0)


def used_pieces(exhibition: Exhibition, volume: Volume) -> Json:
    """The pieces of the tokens that are shown, by id; null where they are not known."""
    pieces = exhibition.pieces
    if pieces is None:
        return None
    used: dict[str, Json] = {}
    for token in sorted(volume.token_ids()):
        if 0 <= token < len(pieces):
            piece = pieces[token]
            used[str(token)] = piece if isinstance(piece, str) else list(piece)
    return used


def _blocks(exhibition: Exhibition, volume: Volume) -> Iterator[tuple[str, Json]]:
    count = len(volume.entries)
    yield "index/0", volume.index()
    for chunk in range(-(-count // TEXT_CHUNK)):
        yield f"texts/0/{chunk}", volume.texts(chunk)
    for chunk in range(-(-count // TOKEN_CHUNK)):
        yield f"tokens/0/{chunk}", volume.tokens(chunk)
    yield "pieces", used_pieces(exhibition, volume)


def _fill(name: str, blocks: dict[str, bytes], *, connects: str) -> str:
    folder = files("palestra.trainer.view") / "page"
    style = (folder / "page.css").read_text(encoding="ascii")
    parts = [(folder / f"{part}.js").read_text(encoding="ascii") for part in _SCRIPTS]
    script = "\n".join(['(() => { "use strict";', *parts, "})();"])
    data = "\n".join(
        f'<script type="application/gzip" id="block-{block}">{base64.b64encode(content).decode()}</script>'
        for block, content in blocks.items()
    )
    # Only this script and this style may run, whatever else a mistake of ours might let into the page.
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; connect-src {connects}; "
        "base-uri 'none'; form-action 'none'"
    )
    shell = Template((folder / "page.html").read_text(encoding="ascii"))
    title = html.escape(name).encode("ascii", "xmlcharrefreplace").decode()
    return shell.substitute(policy=policy, title=title, style=style, script=script, data=data)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
