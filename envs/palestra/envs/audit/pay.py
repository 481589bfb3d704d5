"""What right answers, no answers and cheats earn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from palestra.envs.audit import responses
from palestra.envs.audit.bounds import LUCK, TOLERANCE, never, seldom
from palestra.envs.audit.cheats import named_cheats
from palestra.envs.audit.finding import Evidence, Finding, Status
from palestra.envs.audit.subject import Episode, Level, Subject, Trial
from palestra.envs.errors import EmptySplitError
from palestra.envs.question import Question
from palestra.envs.task import SPLITS, Task

_NUM_OTHERS = 4
_SMALLEST_GAP = 0.5
_MAX_COSTLY = 4  # constant answers that are tried where each runs in a sandbox


def oracle_max(subject: Subject) -> Finding:
    """The oracle on tasks of every difficulty and of every split."""
    trials = [level.play_oracle(task).trial() for level in subject.levels for task in level.tasks(subject.num_tasks())]
    for split in SPLITS:
        try:
            tasks = subject.own.tasks(subject.num_tasks(0.5), split)
        except EmptySplitError:
            continue  # `tasks.splits` says whether it may be empty
        trials += [subject.own.play_oracle(task).trial() for task in tasks]
    wrong = [trial for trial in trials if trial.score != 1 or not trial.is_valid]
    return Finding.judged(
        not wrong,
        f"share of {len(trials)} tasks that the oracle solves; must be the bound",
        figure=1 - len(wrong) / len(trials),
        bound=1.0,
        evidence=tuple(Evidence.of(trial.task.id, trial.response) for trial in wrong),
    )


def floor_gap(subject: Subject) -> Finding:
    """The oracle's mean score above that of silence."""
    tasks = subject.middle.tasks(subject.num_tasks())
    best = sum(subject.middle.play_oracle(task).rewards[-1] for task in tasks)
    silent = sum(subject.middle.score(task, "").score for task in tasks)
    gap, bound = (best - silent) / len(tasks), 1 - subject.floor - TOLERANCE
    return Finding.judged(
        gap >= bound, "mean score of the oracle less that of silence; at least", figure=gap, bound=bound
    )


def canary_floor(subject: Subject) -> Finding:
    """Silence and junk."""
    pairs = _crossed(subject, responses.SILENCE + responses.JUNK)
    return never([level.score(task, text) for level, task, text in pairs], subject.floor)


def injected(subject: Subject) -> Finding:
    """Texts that claim their own success, where what they say is not the answer by chance."""
    trials = [
        level.score(task, text)
        for level, task, texts in _gathered(_crossed(subject, responses.INJECTED))
        if subject.is_costly or not any(level.score(task, word).score for word in responses.claimed())
        for text in texts
    ]
    return never(trials, subject.floor)


def hostile(subject: Subject) -> Finding:
    """Text of a megabyte, control characters and what else breaks readers; the first response of a game."""
    level = subject.middle
    trials = []
    for index, text in enumerate(responses.HOSTILE):
        task = level.tasks(4)[index % 4]
        level.env.enter(task)
        _, reward, _, _, info = level.env.step(text)
        trials.append(Trial(task, text[:40], reward, info.get("outcome", "FAIL")))
    return never(trials, subject.floor)


def echo(subject: Subject) -> Finding:
    """The prompt, or one line of it by its place, as the response: the place that pays best."""
    trials: dict[str, list[Trial]] = {}
    for task in subject.middle.tasks(2 if subject.is_costly else subject.num_tasks(2)):
        for place, text in _pieces(task.prompt):
            trials.setdefault(place, []).append(subject.middle.score(task, text))
    often = [found for found in trials.values() if len(found) > 1]
    return _worst([seldom(found, subject.floor + LUCK) for found in often])


def other_gold(subject: Subject) -> Finding:
    """The right answer to another task; in a game all of its moves."""
    level = subject.middle
    episodes = [level.play_oracle(task) for task in level.tasks(subject.num_tasks(2))]
    trials = [
        _replayed(level, episodes[i].task, other).trial()
        for step in (1, 2)
        for i in range(len(episodes))
        if (other := episodes[(i + step) % len(episodes)]).task.puzzle != episodes[i].task.puzzle
        or other.task.prompt != episodes[i].task.prompt
    ]
    return seldom(trials, subject.floor + LUCK)


def gold_in_prose(subject: Subject) -> Finding:
    """Sentences that mention the gold but commit to another answer, or to none."""
    trials = [
        level.score(task, text)
        for level, task, gold, others in _with_wrong_answers(subject)
        for text in responses.prose(gold, others[0])
    ]
    return never(trials, subject.floor)


def hedged_gold(subject: Subject) -> Finding:
    """A hedge on one line; some verifiers read the last number of any text, so this is not judged."""
    found = [level.score(task, responses.hedge(gold)).score for level, task, gold, _ in _with_wrong_answers(subject)]
    if not found:
        return Finding.not_applicable("no response of one line can be made of these tasks")
    return Finding.noted(
        "mean score of one line that mentions the gold and commits to nothing", sum(found) / len(found)
    )


def sprayed(subject: Subject) -> Finding:
    """Lists of candidates with the gold among them, but not at the end."""
    trials = [
        level.score(task, text)
        for level, task, gold, others in _with_wrong_answers(subject)
        for text in responses.sprays(gold, others)
    ]
    return never(trials, subject.floor)


def own_hacks(subject: Subject) -> Finding:
    """What the family itself names as a hack."""
    family = subject.family
    if isinstance(family, Question) and type(family).hacks is not Question.hacks:
        return never([level.score(t, text) for level, t in _tasks(subject) for text in family.hacks(t)], subject.floor)
    found = named_cheats(subject)
    if not found:
        return Finding.not_applicable("the family names no hacks of its own")
    return _worst([never(trials, subject.floor) for trials in found.values()])


def constant(subject: Subject) -> Finding:
    """The best of many constant answers, chosen on some tasks and measured on others, at three difficulties."""
    found = []
    for level in (subject.middle,) if subject.is_costly else subject.ends:
        tasks = level.tasks(subject.num_tasks(0.75))
        fresh = level.tasks(subject.num_tasks(3))[len(tasks) :]
        pool = _pool(level, tasks, subject.is_game)[: _MAX_COSTLY if subject.is_costly else None]
        best = max(pool, key=lambda text: _total(level, tasks, text))
        found.append(seldom([level.score(task, best) for task in fresh], subject.floor + LUCK))
    return _worst(found)


def _pool(level: Level, tasks: Sequence[Task], is_game: bool) -> list[str]:
    """Different answers to other tasks, and common ones; of games fewer, since each is a whole episode."""
    golds = [level.oracle(task) for task in tasks]
    if is_game:
        return list(dict.fromkeys([*golds[:4], *(level.guess(task) for task in tasks[:4])]))
    return list(dict.fromkeys([*golds, *responses.CONSTANTS]))


def _total(level: Level, tasks: Sequence[Task], text: str) -> float:
    return sum(level.score(task, text).score for task in tasks)


def guessing(subject: Subject) -> Finding:
    """Guesses without thought at the difficulty in the middle."""
    return Finding.noted("mean score of a random well-formed response", guess_rates(subject)[subject.middle.difficulty])


def guess_rates(subject: Subject) -> dict[float | None, float]:
    """The mean score of guesses at the lowest difficulty, the middle and the highest."""
    rates = {}
    for level in subject.ends:
        tasks = level.tasks(subject.num_tasks(2))
        rates[level.difficulty] = sum(level.play_guess(task).rewards[-1] for task in tasks) / len(tasks)
    return rates


def adversarial_floor(findings: Mapping[str, Finding]) -> Finding:
    """The best of all cheats."""
    cheats = _cheats(findings)
    failed = [name for name, finding in cheats.items() if finding.status is Status.FAILED]
    best = max(cheats, key=lambda name: cheats[name].figure or 0)
    note = (
        f"failed: {', '.join(failed)}" if failed else f"what `{best}` earns, the best of {len(cheats)} kinds of cheats"
    )
    return Finding.judged(not failed, note, figure=cheats[best].figure)


def gameability_gap(findings: Mapping[str, Finding]) -> Finding:
    """What solving earns above the best cheat."""
    gap = 1 - max([finding.figure or 0 for finding in _cheats(findings).values()], default=0)
    return Finding.judged(
        gap >= _SMALLEST_GAP,
        "full marks less what the best cheat or guess earns; at least",
        figure=gap,
        bound=_SMALLEST_GAP,
    )


def _cheats(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    names = [name for name in findings if name.startswith("cheat.") and name != "cheat.hedged_gold"]
    return {name: findings[name] for name in names if findings[name].status is not Status.NOT_APPLICABLE}


def _tasks(subject: Subject, share: float = 1.0) -> list[tuple[Level, Task]]:
    return [(level, task) for level in subject.ends for task in level.tasks(subject.num_tasks(share))]


def _crossed(subject: Subject, texts: Sequence[str]) -> list[tuple[Level, Task, str]]:
    """Each text with each task; each with one task where responses are costly."""
    tasks = _tasks(subject, 0.5)
    if subject.is_costly:
        return [(*tasks[i % len(tasks)], text) for i, text in enumerate(texts)]
    return [(level, task, text) for level, task in tasks for text in texts]


def _gathered(rows: Sequence[tuple[Level, Task, str]]) -> list[tuple[Level, Task, list[str]]]:
    """The texts of each task together."""
    found: dict[int, tuple[Level, Task, list[str]]] = {}
    for level, task, text in rows:
        found.setdefault(id(task), (level, task, []))[2].append(text)
    return list(found.values())


def _pieces(prompt: str) -> Iterator[tuple[str, str]]:
    """The prompt and its lines, with names of their places."""
    yield "whole", prompt
    lines = [line for line in prompt.splitlines() if line.strip()]
    for i, line in enumerate(lines[:12]):
        yield f"line {i}", line
        yield f"line -{len(lines) - i}", line


def _with_wrong_answers(subject: Subject) -> Iterator[tuple[Level, Task, str, list[str]]]:
    """Questions with their gold and answers to other questions that are wrong here."""
    if subject.is_game or subject.is_free_text:
        return
    for level in (subject.middle, subject.levels[-1]):
        tasks = level.tasks(subject.num_tasks())
        golds = [level.oracle(task) for task in tasks]
        for i, task in enumerate(tasks):
            candidates = list(dict.fromkeys(golds[i + 1 :] + golds[:i]))[: 2 * _NUM_OTHERS]
            others = [gold for gold in candidates if level.score(task, gold).score == 0][:_NUM_OTHERS]
            if len(others) > 1:
                yield level, task, golds[i], others


def _replayed(level: Level, task: Task, episode: Episode) -> Episode:
    """The responses of an episode given to another task; silence where they do not reach."""
    moves = iter(episode.responses)
    return level.play(task, lambda env: next(moves, ""))


def _worst(findings: list[Finding]) -> Finding:
    """A failed finding, or else that with the largest figure."""
    shown = [finding for finding in findings if finding.status is not Status.NOT_APPLICABLE]
    if not shown:
        return Finding.not_applicable("no such response can be made of these tasks")
    return max(shown, key=lambda finding: (finding.status is Status.FAILED, finding.figure or 0))
