"""`palestra rescore`: stored rollouts judged again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import indented, printable, write, write_columns, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from palestra.agents.evaluation import ChangedVerdict, Rescore
    from palestra.envs import Task
    from palestra.verifiers import Verifier

_Verifier = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the environment's)")]


@dataclass(frozen=True, kw_only=True)
class Rescoring:
    """Judge the rollouts of a run again, with another verifier or with today's version of the environment's own.

    A run is a folder of `palestra eval` or of `palestra train` (every step and every evaluation of it), or a file of
    rollouts. The last response of each is judged against the reference of its task. Nothing is written unless `--out`
    is given, and the run itself never.
    """

    path: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Whose rollouts."""
    verifier: _Verifier = None
    """Who judges now; it must read the references of the tasks."""
    diff: bool = False
    """List every changed verdict, with the end of the response and both reasons; --json always does."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None
    """Write the rollouts with their new verdicts here, JSON lines; must not exist."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Judge again and print what changed."""
        from palestra.agents import write_rollouts
        from palestra.agents.evaluation import rescore_rollouts
        from palestra.cli.stored_runs import read_all, rollout_paths

        if self.out is not None and self.out.exists():
            raise UsageError(f"`{self.out}` exists\n\nhint: choose another name; nothing is overwritten")
        named = _own if self.verifier is None else _named(self.verifier)
        found = rescore_rollouts(read_all(rollout_paths(self.path)), named)
        if self.out is not None:
            write_rollouts(self.out, found.rollouts)
        if self.json:
            write_json({"run": str(self.path), "verifier": self.verifier, **found.to_json()})
        else:
            self._show(found)
        return EXIT_OK

    def _show(self, found: Rescore) -> None:
        if self.diff:
            for change in found.changes:
                _show_change(change)
        agreement = found.agreement
        write(
            f"judged {found.judged}  changed {len(found.changes)}  "
            f"agreement {agreement.value:.4f} [{agreement.low:.4f}, {agreement.high:.4f}]"
        )
        for reason, count in found.skipped.items():
            write(printable(f"not judged {count}: {reason}"))
        if found.changes:
            rows = [(before, after, str(count)) for (before, after), count in found.transitions.items()]
            write_columns([("BEFORE", "AFTER", "ROLLOUTS"), *rows])


def _named(name: str) -> Callable[[Task], Verifier[Any] | None]:
    from palestra.verifiers import VERIFIERS

    verifier = VERIFIERS.make(name)
    return lambda task: verifier


_OWN: dict[tuple[str, str], Any] = {}


def _own(task: Task) -> Verifier[Any] | None:
    """The verifier of the task's environment, as it is installed; None for environments of several turns."""
    from palestra.envs import ENVS
    from palestra.verifiers import Verifier

    place = (task.id.source, str(sorted(task.id.config.items())))
    if place not in _OWN:
        _OWN[place] = getattr(ENVS.make(task.id.source, config=task.id.config), "verifier", None)
    verifier = _OWN[place]
    return verifier if isinstance(verifier, Verifier) else None


def _show_change(change: ChangedVerdict) -> None:
    before, after = change.rollout.verdict, change.verdict
    write(printable(change.rollout.key))
    write(printable(f"  {before.outcome} {before.score:g}: {before.detail}"))
    write(printable(f"  {after.outcome} {after.score:g}: {after.detail}"))
    write(printable(f"  reference {change.rollout.task.reference[:200]}"))
    write(printable(indented(change.excerpt)))
