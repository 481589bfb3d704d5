"""Who and what the stories are about."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

_TABLE: Final = json.loads((files(__package__) / "people.json").read_text("ascii"))

NAMES: Final[tuple[str, ...]] = tuple(_TABLE["names"])
ITEMS: Final[tuple[str, ...]] = tuple(_TABLE["items"])
