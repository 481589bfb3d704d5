"""What prompts show and hide, what families declare, and how the difficulty grows."""

from __future__ import annotations

import json
import math
import re
import string
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean, variance

from palestra.envs.audit.bounds import LUCK
from palestra.envs.audit.finding import Evidence, Finding
from palestra.envs.audit.subject import Level, Subject
from palestra.envs.task import Task
from palestra.verifiers.statistics import wilson

_MIN_TEMPLATES = 3
_SLACK = 1.05  # of neighbouring difficulties, where parameters are whole numbers
_SECRET_CHARS = 4


def task_declaration(subject: Subject) -> Finding:
    """Names, templates and their slots."""
    family, wrong = subject.family, []
    env_id, _, _ = subject.id.partition("?")
    if subject.own.env.source.id != env_id:
        wrong.append(f"its source calls itself `{subject.own.env.source.id}`")
    if any(str(task.id).partition("?")[0].rsplit("/", 3)[0] != env_id for task in subject.own.tasks(2)):
        wrong.append("its tasks name another source")
    if family is not None:
        slots = [_slots(template) for template in family.templates]
        if len(family.templates) < _MIN_TEMPLATES:
            wrong.append(f"{len(family.templates)} templates, at least {_MIN_TEMPLATES} are wanted")
        if any(one != slots[0] for one in slots):
            wrong.append("its templates show different slots")
        if len(set(family.templates)) < len(family.templates):
            wrong.append("two templates are the same")
    return Finding.judged(not wrong, evidence=tuple(Evidence.of(subject.id, what) for what in wrong))


def held_out_template(subject: Subject) -> Finding:
    """The last template words the split `unseen-template`, and no other."""
    family = subject.family
    if family is None:
        return Finding.not_applicable("no task family, so no templates")
    *usual, held_out = [_pattern(f"{template}\n{family.answer_format}") for template in family.templates]
    wrong = [
        task
        for task in subject.own.tasks(subject.num_tasks()) + subject.own.tasks(subject.num_tasks(0.5), "test")
        if not any(pattern.fullmatch(task.prompt) for pattern in usual)
    ]
    wrong += [
        t for t in subject.own.tasks(subject.num_tasks(0.5), "unseen-template") if not held_out.fullmatch(t.prompt)
    ]
    return Finding.judged(not wrong, evidence=tuple(Evidence.of(task.id, task.prompt) for task in wrong))


def no_solution_leakage(subject: Subject) -> Finding:
    """References and answers in prompts, infos, metas and, before the end of a game, in replies."""
    found: list[Evidence] = []
    tasks = [(level, task) for level in subject.ends for task in level.tasks(subject.num_tasks())]
    for level, task in tasks:
        # A plain answer may stand in its prompt, e.g. among options: that is for `cheat.echo` to judge.
        if task.reference.startswith("{") and task.reference in task.prompt + json.dumps(dict(task.meta)):
            found.append(Evidence.of(task.id, "shows its whole reference"))
        if subject.is_game:
            found += _told_secrets(level, task)
    names = dict.fromkeys(name for _, task in tasks for name in task.meta if name != "effort")
    for name in names:
        told = [t for level, t in tasks if str(t.meta.get(name)) == level.oracle(t)]
        if wilson(len(told), len(tasks)).low > subject.floor + LUCK:
            found.append(Evidence.of(told[0].id, f"`meta` tells the answer as `{name}`"))
    return Finding.judged(not found, f"{len(tasks)} tasks", evidence=tuple(found))


def observation_keys(subject: Subject) -> Finding:
    """`reset` tells the id of the task and nothing else; `meta` holds scalars."""
    prompt, info = subject.own.env.reset(seed=3)
    meta = subject.own.env.task.meta.values()
    holds = info.keys() == {"task_id"} and all(isinstance(value, str | int | float | bool) for value in meta)
    return Finding.judged(holds and bool(prompt.strip()), f"info of `reset`: {', '.join(info)}")


def difficulty_separation(subject: Subject) -> Finding:
    """The mean effort at five difficulties: it grows from the first to the last, and never falls but by luck."""
    if len(subject.levels) == 1:
        return Finding.not_applicable("it has one difficulty")
    samples = _effort_samples(subject)
    if samples is None:
        return Finding.not_applicable("its tasks do not tell their effort")
    means = [mean(sample) for sample in samples]
    shown = ", ".join(f"{value:.4g}" for value in means)
    return Finding.judged(
        means[0] < means[-1] and not any(_falls(easier, harder) for easier, harder in pairwise(samples)),
        f"growth of the mean effort from the lowest difficulty to the highest: {shown}",
        figure=means[-1] / means[0] if means[0] > 0 else None,
    )


def efforts(subject: Subject) -> list[float] | None:
    """The mean effort by difficulty; None where tasks do not tell it."""
    samples = _effort_samples(subject)
    return None if samples is None else [mean(sample) for sample in samples]


def _effort_samples(subject: Subject) -> list[list[float]] | None:
    samples = []
    for level in subject.levels:
        found = [task.meta.get("effort") for task in level.tasks(subject.num_tasks(1.5))]
        numbers = [float(value) for value in found if isinstance(value, int | float)]
        if len(numbers) < len(found):
            return None
        samples.append(numbers)
    return samples


def _falls(easier: Sequence[float], harder: Sequence[float]) -> bool:
    """Whether the mean falls by more than two standard errors of the difference."""
    error = math.sqrt(variance(easier) / len(easier) + variance(harder) / len(harder))
    return mean(easier) > mean(harder) * _SLACK + 2 * error


def _told_secrets(level: Level, task: Task) -> Iterator[Evidence]:
    """Secret words of the reference in the replies of a game whose player says nothing, before its end."""
    replies = "\n".join(level.play(task, lambda env: "").replies[:-1])
    for secret in _secrets(task):
        if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", replies, re.IGNORECASE):
            yield Evidence.of(task.id, f"a reply tells `{secret}`")


def _secrets(task: Task) -> set[str]:
    """Texts in the reference that the prompt does not show."""
    try:
        leaves = list(_texts(json.loads(task.reference)))
    except ValueError:
        leaves = [task.reference]
    return {leaf for leaf in leaves if len(leaf) >= _SECRET_CHARS and leaf.casefold() not in task.prompt.casefold()}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _slots(template: str) -> set[str]:
    return {slot for _, slot, _, _ in string.Formatter().parse(template) if slot}


def _pattern(template: str) -> re.Pattern[str]:
    """What a template makes, whatever fills its slots."""
    parts = [
        "".join((re.escape(text), ".*" if slot is not None else ""))
        for text, slot, _, _ in string.Formatter().parse(template)
    ]
    return re.compile("".join(parts), re.DOTALL)
