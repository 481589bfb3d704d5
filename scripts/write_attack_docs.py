"""Writes the page of the attacks on sandboxes: `make docs`."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

from palestra.sandboxes import Property
from palestra.sandboxes.attacks import ATTACKS, Trial

_HEAD = f"""# Attacks on sandboxes

Written by `make docs` from what `palestra sandbox doctor` plays: {len(ATTACKS)} attacks, by the promise that they
attack. An attack is played only against a back end that promises what it attacks, and what keeps it from the host. It
counts as held if the program ended as it must, nothing of the host was read, reached or changed, and an honest job
after it runs as if nothing had been. [Which back end promises what](sandboxes.md), and what none of them covers."""


def page() -> str:
    """The page, one table for each property."""
    parts = [_HEAD]
    meanings = _meanings()
    for name in Property:
        trials = [trial for trial in ATTACKS if trial.proves is name]
        if trials:
            table = "\n".join(["| attack | how | played only if also promised |", "|---|---|---|", *map(_row, trials)])
            parts += [f"## `{name.value}`", meanings[name.name], table]
    return "\n\n".join(parts) + "\n"


def _row(trial: Trial) -> str:
    needs = ", ".join(f"`{need.value}`" for need in sorted(trial.needs))
    return f"| {trial.name} | {trial.how.replace('|', '/')} | {needs} |"


def _meanings() -> dict[str, str]:
    """The texts below the members of the enumeration."""
    body = ast.parse(inspect.getsource(Property)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for member, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            target = member.targets[0]
            assert isinstance(target, ast.Name)
            found[target.id] = str(text.value.value)
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
