"""What tasks and verdicts cost, in processor time. Figures of a machine: a card keeps them apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from palestra.envs.audit import responses
from palestra.envs.audit.finding import Finding
from palestra.envs.audit.subject import SEED, Subject
from palestra.envs.errors import EmptySplitError
from palestra.envs.single_turn import SingleTurnEnv

_NUM_TIMED = 24
_MIN_TASKS_PER_S = 100.0
_MIN_TOOL_TASKS_PER_S = 200.0
_MIN_VERDICTS_PER_S = 1000.0
_MIN_TURNS_PER_S = 200.0
_MAX_HOSTILE_S = 2.0


def generation(subject: Subject) -> Finding:
    """New tasks of the slowest difficulty, and of the test split, whose draws are mostly thrown away."""
    rates = []
    for level in subject.levels:
        source = level.env.source
        source.task("train", SEED + 1, 0)  # what is loaded once is no part of the rate
        rates.append(_rate(lambda i, source=source: source.task("train", SEED + 2, i), _NUM_TIMED))  # type: ignore[misc]
    source = subject.middle.env.source
    with suppress(EmptySplitError):
        rates.append(_rate(lambda i: source.task("test", SEED + 2, i), _NUM_TIMED))
    note = "tasks per second, slowest of the difficulties and the test split"
    if subject.is_costly:
        return replace(Finding.noted(note, min(rates)), is_of_machine=True)
    return _at_least(min(rates), _MIN_TOOL_TASKS_PER_S if subject.has_tools else _MIN_TASKS_PER_S, note)


def scoring(subject: Subject) -> Finding:
    """Verdicts on the oracle's answers and on guesses; turns of games."""
    level = subject.middle
    tasks = level.tasks(subject.num_tasks())
    if subject.is_game:
        episodes = [level.play_guess(task) for task in tasks]
        moves = [iter(episode.responses) for episode in episodes]
        start_s = time.process_time()
        for task, responses_ in zip(tasks, moves, strict=True):
            level.play(task, lambda env, responses_=responses_: next(responses_))  # type: ignore[misc]
        num_turns = sum(len(episode.responses) for episode in episodes)
        rate = num_turns / max(1e-9, time.process_time() - start_s)
        if subject.is_costly:
            return replace(Finding.noted("turns per second, in a sandbox", rate), is_of_machine=True)
        return _at_least(rate, _MIN_TURNS_PER_S, "turns per second")
    pairs = [(task, text) for task in tasks for text in (level.oracle(task), level.guess(task))]
    rate = _rate(lambda i: level.score(*pairs[i % len(pairs)]), 4 * len(pairs))
    env = level.env
    if isinstance(env, SingleTurnEnv) and env.verifier.traits.runs_code:
        return replace(Finding.noted("verdicts per second, each of which starts programs", rate), is_of_machine=True)
    return _at_least(rate, _MIN_VERDICTS_PER_S, "verdicts per second")


def resource_bounds(subject: Subject) -> Finding:
    """The slowest of the hostile responses, a megabyte each."""
    level = subject.middle
    task = level.tasks(1)[0]
    slowest = 0.0
    for text in responses.HOSTILE:
        level.env.enter(task)
        start_s = time.process_time()
        level.env.step(text)
        slowest = max(slowest, time.process_time() - start_s)
    finding = Finding.judged(
        slowest <= _MAX_HOSTILE_S, "most seconds for one response of a megabyte", figure=slowest, bound=_MAX_HOSTILE_S
    )
    return replace(finding, is_of_machine=True)


def _rate(make: Callable[[int], object], count: int) -> float:
    """Of two rounds the faster: what else runs on a core takes half of it away at times."""
    seconds = []
    for round_ in range(2):
        start_s = time.process_time()
        for i in range(round_ * count, (round_ + 1) * count):
            make(i)
        seconds.append(time.process_time() - start_s)
    return count / max(1e-6, min(seconds))


def _at_least(rate: float, bound: float, note: str) -> Finding:
    finding = Finding.judged(rate >= bound, f"{note}; at least", figure=rate, bound=bound)
    return replace(finding, is_of_machine=True)
