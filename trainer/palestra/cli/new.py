"""`palestra new env`: a package of your own with a working environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import write

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{1,60}")
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "init.py.txt": "src/@module@/__init__.py",
    "family.py.txt": "src/@module@/family.py",
    "test_family.py.txt": "tests/test_family.py",
}


@dataclass(frozen=True, kw_only=True)
class New:
    """Write a package with one environment that works, with tests; `palestra audit` passes on it as it is."""

    kind: tyro.conf.Positional[Literal["env"]]
    """What to write."""
    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """Name of the environment, in capitals and small letters, e.g. DigitSum."""
    namespace: Annotated[str, tyro.conf.arg(metavar="NAMESPACE")] = "mine"
    """First part of its id, e.g. the name of your team."""
    folder: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="(default: the name)")] = None
    """Where to write; must not exist."""

    def run(self) -> int:
        """Write the files and say how to go on."""
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"`{self.name}` is no name\n\nhint: start with a capital letter, e.g. DigitSum")
        if not _NAMESPACE.fullmatch(self.namespace) or self.namespace == "palestra":
            raise UsageError(f"`{self.namespace}` cannot be a namespace\n\nhint: take letters, e.g. `--namespace acme`")
        module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()
        folder = self.folder or Path(module)
        if folder.exists():
            raise UsageError(f"`{folder}` exists\n\nhint: give another place with `--folder`")
        env_id = f"{self.namespace}/{self.name}-v1"
        words = {"name": self.name, "module": module, "distribution": module.replace("_", "-"), "id": env_id}
        for source, target in _FILES.items():
            path = folder / _filled(target, words)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (files("palestra.cli") / "skeleton" / source).read_text(encoding="utf-8")
            path.write_text(_filled(text, words), encoding="utf-8")
        write(f"wrote {folder}: the environment {env_id}\n\n    pip install -e {folder}\n    palestra audit {env_id}")
        return EXIT_OK


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"@([a-z]+)@", lambda match: words[match[1]], text)
