"""Tasks and databases of tau2 (airline and retail), as the package `inspect-evals` carries them.

Nothing of the package is imported: its files are data.
Source: https://arxiv.org/abs/2506.07982, https://github.com/sierra-research/tau2-bench (MIT).
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from palestra.envs.bridges.peer import Peer
from palestra.envs.errors import DataError, MissingPackageError
from palestra.verifiers.tools.call import ToolCall

PEER = Peer(module="inspect_evals", package="inspect-evals")
DOMAINS: Final = ("airline", "retail")
Tables = Mapping[str, Mapping[str, Any]]
"""Records by table and key; nobody changes them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tau2Row:
    """One task."""

    name: str
    ticket: str
    """What the user wants, knows and insists on."""
    actions: tuple[ToolCall, ...]
    """The right calls."""
    told: tuple[str, ...]
    """What the user must have been told."""
    num_assertions: int
    """Statements about the talk that only a reader can judge; they are not judged here."""


@lru_cache(maxsize=4)
def tasks_of(domain: str) -> Mapping[str, Tau2Row]:
    """The tasks of a domain by name.

    Raises:
        MissingPackageError: inspect-evals is not installed.
        DataError: It holds something else than is expected.
    """
    try:
        rows = [_row(domain, row) for row in json.loads(_text(domain, "tasks.json"))]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the tasks of `{domain}` cannot be read: {error!r:.200}") from error
    return {row.name: row for row in rows}


@lru_cache(maxsize=4)
def tables_of(domain: str) -> Tables:
    """The database of a domain, read once."""
    tables: Tables = json.loads(_text(domain, "db.json.gz"))
    return tables


@lru_cache(maxsize=4)
def policy_of(domain: str) -> str:
    """The rules that the agent has to keep to."""
    return _text(domain, "policy.txt").strip()


def _row(domain: str, row: Mapping[str, Any]) -> Tau2Row:
    asked = row["user_scenario"]["instructions"]
    criteria = row["evaluation_criteria"]
    parts = (("Why the user writes", "reason_for_call"), ("What the user knows", "known_info"))
    more = (("What the user does not know", "unknown_info"), ("How the user decides", "task_instructions"))
    ticket = [f"{title}: {asked[key].strip()}" for title, key in (*parts, *more) if (asked.get(key) or "").strip(". ")]
    return Tau2Row(
        name=f"{domain}_{row['id']}",
        ticket="\n\n".join(ticket),
        actions=tuple(ToolCall(name=a["name"], arguments=a["arguments"]) for a in criteria["actions"] or ()),
        told=tuple(criteria["communicate_info"] or ()),
        num_assertions=len(criteria["nl_assertions"] or ()),
    )


def _text(domain: str, name: str) -> str:
    found = importlib.util.find_spec(PEER.module)
    if found is None or not found.submodule_search_locations:
        raise MissingPackageError(f"the package `{PEER.package}` is not installed\n\nhint: pip install {PEER.package}")
    path = Path(next(iter(found.submodule_search_locations)), "tau2", "data", "domains", domain, name)
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"`{path}` cannot be read: {error}") from error
