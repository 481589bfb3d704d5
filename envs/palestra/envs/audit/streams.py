"""What streams of tasks promise: the same for ever, apart from one another, and no puzzle in two splits."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from palestra.envs.audit.finding import Evidence, Finding
from palestra.envs.audit.subject import SEED, Level, Subject
from palestra.envs.errors import EmptySplitError
from palestra.envs.family import Family
from palestra.envs.task import IID_SPLITS, SPLITS, Split, Task
from palestra.envs.text_env import TextEnv
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.statistics import wilson

_NEIGHBOURS = (42, 43)
_MOST_REPEATS = 0.1
_NUM_KEYS = 200
_SHIFTS = range(-3, 4)


def json_round_trip(subject: Subject) -> Finding:
    """Tasks through JSON text and back, and what the oracle's answer to them earns then."""
    wrong = []
    for level in subject.levels:
        for task in level.tasks(subject.num_tasks(0.5)):
            again = Task.from_json(json.loads(json.dumps(task.to_json())))
            if again != task or level.play_oracle(again).rewards[-1] != 1:
                wrong.append(Evidence.of(task.id, "is another task after JSON"))
    return Finding.judged(not wrong, evidence=tuple(wrong))


def replayability(subject: Subject) -> Finding:
    """Tasks made again from their ids by a new environment, and the oracle's responses given again."""
    env = subject.make(None)
    wrong = []
    for level in subject.ends:
        for task in level.tasks(subject.num_tasks(0.25)) + level.tasks(1, "validation"):
            episode = level.play_likely(task)
            prompt, info = env.reset(options={"task_id": str(task.id)})
            steps = [env.step(response) for response in episode.responses]
            again = (prompt, info["task_id"], env.task, tuple(step[1] for step in steps))
            if again != (task.prompt, str(task.id), task, episode.rewards):
                wrong.append(Evidence.of(task.id, "its id gives another episode"))
    return Finding.judged(not wrong, evidence=tuple(wrong))


def seed_control(subject: Subject) -> Finding:
    """`reset(seed)` and `reset(options)` choose the task, and nothing else does."""
    env, other = subject.make(None), subject.make(None)
    first = [_shown(env, seed=7), *(_shown(env) for _ in range(5))]
    other.reset(seed=99)
    second = [_shown(other, seed=7), *(_shown(other) for _ in range(5))]
    by_index = [_shown(other, seed=7, index=index) for index in (5, 0)]
    third = [_shown(env, seed=8), *(_shown(env) for _ in range(5))]
    wrong = [
        what
        for what, holds in (
            ("the same seed gives another stream", first == second),
            ("`index` gives another task", by_index == [first[5], first[0]]),
            ("another seed gives the same stream", first != third),
        )
        if not holds
    ]
    return Finding.judged(not wrong, evidence=tuple(Evidence.of(env.task.id, what) for what in wrong))


def global_state(subject: Subject) -> Finding:
    """The global generators of `random` and numpy: neither drawn from nor moved."""
    level = subject.middle
    place = subject.make(level.difficulty)
    kept = random.getstate(), np.random.get_state()
    outcomes = []
    try:
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)
            before = random.getstate(), repr(np.random.get_state())
            tasks = [place.source.task("train", SEED, index) for index in range(4)]
            played = [(level.play_likely(task), level.play_guess(task)) for task in tasks]
            outcomes.append((tasks, played))
            if before != (random.getstate(), repr(np.random.get_state())):
                return Finding.judged(False, "the global random state has moved")
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
    return Finding.judged(outcomes[0] == outcomes[1], "the same under two states of the global generators")


def thread_determinism(subject: Subject) -> Finding:
    """Tasks made by two threads at once."""
    source, size = subject.own.env.source, subject.num_tasks(0.5)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda index: source.task("train", SEED, index % size), range(2 * size)))
    return Finding.judged(made == subject.own.tasks(size) * 2)


def splits(subject: Subject) -> Finding:
    """Which splits hold tasks; families without compositions cannot have one that keeps some of them apart."""
    family = subject.family
    combines = family is not None and type(family).composition is not Family.composition
    missing = [split for split in SPLITS if not _holds_tasks(subject.own, split)]
    wrong = [split for split in missing if split != "unseen-composition"]
    if subject.is_dataset:
        wrong = [] if set(IID_SPLITS) - set(missing) else wrong
    if combines and not any(_holds_tasks(level, "unseen-composition") for level in subject.levels):
        return Finding.judged(False, "it declares compositions, but at no difficulty is one of them held out")
    return Finding.judged(not wrong, f"no task in {', '.join(missing)}" if missing else "every split holds tasks")


def disjoint_splits(subject: Subject) -> Finding:
    """Puzzles and prompts of many tasks, also of different difficulties; and the splits of many keys."""
    homes: dict[str, tuple[str, Task]] = {}
    wrong = []
    for level in (subject.levels[0], subject.middle):
        for split in (split for split in IID_SPLITS if _holds_tasks(level, split)):
            for task in level.tasks(subject.num_tasks(3 if split == "train" else 1), split):
                # A game may hide all of its puzzle: then all prompts are alike.
                for mark in filter(None, (task.puzzle, "" if subject.is_game else task.prompt)):
                    home, _ = homes.setdefault(mark, (split, task))
                    if home != split:
                        wrong.append(Evidence.of(task.id, f"is also in the split {home}"))
    wrong += _keys_in_two_splits(subject.family)
    return Finding.judged(not wrong, f"{len(homes)} puzzles and prompts", evidence=tuple(wrong))


def seeds_apart(subject: Subject) -> Finding:
    """How often two neighbouring seeds show the same puzzle, by pairs of places and by shifted places."""
    if subject.is_dataset:
        return Finding.not_applicable("a seed is an order of the same rows")
    level, count = subject.middle, subject.num_tasks(4)
    one, other = ([_mark(task) for task in level.tasks(count, seed=seed)] for seed in _NEIGHBOURS)
    within = _pairs_within(one) + _pairs_within(other)
    chance = (within + 1) / (count * (count - 1))
    across = sum((Counter(one) & Counter(other)).values())
    pairs = sum(Counter(other)[mark] for mark in one)
    shifted = max(sum(one[i] == other[i + by] for i in range(count) if 0 <= i + by < count) for by in _SHIFTS)
    expected = chance * count * count
    holds = pairs <= _most(expected) and shifted <= _most(chance * count)
    return Finding.judged(
        holds,
        f"share of {count} puzzles of seed {_NEIGHBOURS[1]} that seed {_NEIGHBOURS[0]} has too; at most chance",
        figure=across / count,
        evidence=(
            Evidence.of(level.task("train", _NEIGHBOURS[1], 0).id, "its stream overlaps that of the seed before"),
        ),
    )


def repeats(subject: Subject) -> Finding:
    """The share of a stream's tasks whose puzzle came before."""
    if subject.is_dataset:
        return Finding.not_applicable("rows come again when all were shown")
    level, count = subject.middle, subject.num_tasks(4)
    marks = [_mark(task) for task in level.tasks(count, seed=_NEIGHBOURS[0])]
    found = count - len(set(marks))
    return Finding.judged(
        wilson(found, count).low <= _MOST_REPEATS,
        f"share of {count} tasks that repeat a puzzle; its lower 95% limit may be at most the bound",
        figure=found / count,
        bound=_MOST_REPEATS,
    )


def _shown(env: TextEnv, seed: int | None = None, index: int | None = None) -> tuple[str, str, str]:
    """What `reset` shows, and what it keeps to itself; games of one prompt differ only in the latter."""
    prompt, _ = env.reset(seed=seed, options=None if index is None else {"index": index})
    return prompt, env.task.prompt, env.task.reference


def _mark(task: Task) -> str:
    return task.puzzle or task.prompt


def _pairs_within(marks: Sequence[str]) -> int:
    return sum(times * (times - 1) // 2 for times in Counter(marks).values())


def _most(expected: float) -> float:
    """More than so many are no chance: frequent puzzles spread counts of pairs wider than Poisson's law."""
    return 2 * expected + 5 * math.sqrt(expected) + 5


def _holds_tasks(level: Level, split: Split) -> bool:
    try:
        level.task(split, SEED, 0)
    except EmptySplitError:
        return False
    return True


def _keys_in_two_splits(family: Family[Any, Any] | None) -> list[Evidence]:
    if family is None:
        return []
    homes: dict[str, str] = {}
    rng = KeyedRandom("audit keys", family.id)
    wrong = []
    for _ in range(_NUM_KEYS):
        key = family.draw(rng)
        split, puzzle = family.split_of(key), family.canonical(key)
        if homes.setdefault(puzzle, split) != split:
            wrong.append(Evidence.of(family.id, f"the puzzle `{puzzle[:60]}` is in {split} and {homes[puzzle]}"))
    return wrong
