"""Writes the pages of all environments into a folder: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from palestra.cli.catalogue import pages

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    written = dict(pages())
    for old in folder.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
