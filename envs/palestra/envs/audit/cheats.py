"""What the policies earn that an environment names as cheats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from palestra.envs.audit.subject import Level, Subject, Trial
from palestra.envs.audit.tool_use import replayed
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_COSTLY = 24  # episodes of cheats whose responses run in a sandbox; each cheat is played once in any case

Played = tuple[Level, Task, Sequence[str]]


def named_cheats(subject: Subject) -> Mapping[str, list[Trial]]:
    """What each cheat earns: on tasks of three difficulties, or on a few where responses run in a sandbox."""
    chosen = _spread(subject) if subject.is_costly else _all(subject, subject.ends)
    return {name: [replayed(*one) for one in played] for name, played in chosen.items()}


def _all(subject: Subject, levels: Sequence[Level]) -> dict[str, list[Played]]:
    found: dict[str, list[Played]] = {}
    for level, task, name, texts in _cheats(subject, levels):
        found.setdefault(name, []).append((level, task, texts))
    return found


def _spread(subject: Subject) -> dict[str, list[Played]]:
    """Every cheat on tasks of its own choice, so that each is played and each task has some of them."""
    found = _all(subject, [subject.middle])
    share = max(1, _MAX_COSTLY // max(1, len(found)))
    rng = KeyedRandom("audit cheats", subject.id, subject.size)
    return {name: rng.sample(played, min(share, len(played))) for name, played in found.items()}


def _cheats(subject: Subject, levels: Sequence[Level]) -> Iterator[tuple[Level, Task, str, Sequence[str]]]:
    for level in levels:
        for task in level.tasks(subject.num_tasks()):
            for name, texts in level.env.cheats(task).items():
                yield level, task, name, texts
