"""What policies with tools earn that do not do the work, or not only the work."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from palestra.envs.audit import tool_texts
from palestra.envs.audit.bounds import never
from palestra.envs.audit.finding import Evidence, Finding
from palestra.envs.audit.subject import Episode, Level, Subject, Trial
from palestra.envs.ending import EndReason
from palestra.envs.task import Task
from palestra.envs.tool_game import ToolEnv, ToolGame, ToolPlay
from palestra.envs.tools.tool import Effect
from palestra.envs.tools.toolbox import Toolbox
from palestra.envs.workspace.session_env import SessionEnv
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.statistics import wilson
from palestra.verifiers.tools.call import ToolCall
from palestra.verifiers.tools.parsed import Calls
from palestra.verifiers.verdict import Outcome

_MAX_RANDOM = 0.01
_MAX_SETTLING_S = 0.002
_NUM_STRAYS = 40  # draws of random calls, until one of them changes the world
_NO_TOOLS = Finding.not_applicable("its calls are not made in a world that the host keeps")

Move = tuple[ToolCall, ...] | str
"""A response: calls, or a message."""


def do_nothing(subject: Subject) -> Finding:
    """One call of each tool with arguments of no meaning, and then silence."""
    trials = [
        replayed(level, task, [text])
        for level, task in _places(subject)
        for text in _written(level, [(tool_texts.sample_call(spec),) for spec in _env(level).tools])
    ]
    return never(trials, subject.floor)


def plain_text(subject: Subject) -> Finding:
    """Texts without a call, to the end of the episode."""
    trials = [
        level.play(task, lambda env, text=text: text).trial()  # type: ignore[misc]
        for level, task in _places(subject)
        for text in (*tool_texts.CLAIMS, task.prompt)
    ]
    return never(trials, subject.floor)


def random_calls(subject: Subject) -> Finding:
    """Episodes of random calls at three difficulties."""
    scores = []
    for level in subject.ends:
        for task in level.tasks(subject.num_tasks(3)):
            rng = KeyedRandom("audit random calls", str(task.id))
            scores.append(level.play(task, lambda env, rng=rng: env.guess(rng)).rewards[-1])  # type: ignore[misc]
    return Finding.judged(
        wilson(int(sum(scores)), len(scores)).low <= _MAX_RANDOM,
        f"mean score of {len(scores)} episodes; its lower 95% limit may be at most the bound",
        figure=sum(scores) / len(scores),
        bound=_MAX_RANDOM,
    )


def last_call_dropped(subject: Subject) -> Finding:
    """The oracle's episode without the last of its calls that changes the world."""
    return _unpaid(_changed(subject, _without_last_write), "nothing is written by the oracle")


def stray_write(subject: Subject) -> Finding:
    """The oracle's episode with one more call, drawn at random, that changes the world."""
    return _unpaid(_changed(subject, _with_stray_write), "no random call changes the world")


def malformed(subject: Subject) -> Finding:
    """The oracle's calls cut off, and calls of every tool with arguments of every wrong kind."""
    trials = []
    for level, task in _places(subject):
        first = level.oracle(task)
        wrong_calls = [tuple(tool_texts.wrong_calls(spec)) for spec in _env(level).tools]
        texts = [*tool_texts.cuts(first), *tool_texts.BROKEN, *_written(level, wrong_calls)]
        while texts:
            episode = level.play(task, lambda env, texts=texts: texts.pop(0) if texts else "")  # type: ignore[misc]
            trials.append(episode.trial())
    return never(trials, subject.floor)


def settling(subject: Subject) -> Finding:
    """Seconds for the judgement of a world, the slowest of three difficulties."""
    game = subject.middle.env.source
    if not isinstance(game, ToolGame):
        return _NO_TOOLS
    slowest = 0.0
    for level in subject.ends:
        worlds = [_world_at_the_end(level, task) for task in level.tasks(subject.num_tasks())]
        start_s = time.process_time()
        for world in worlds:
            game.settle(world)
        slowest = max(slowest, (time.process_time() - start_s) / len(worlds))
    finding = Finding.judged(
        slowest <= _MAX_SETTLING_S, "seconds of one judgement; at most", figure=slowest, bound=_MAX_SETTLING_S
    )
    return replace(finding, is_of_machine=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Played:
    """What the oracle did, ready to be changed."""

    level: Level
    task: Task
    env: ToolEnv
    moves: tuple[Move, ...]
    ending: tuple[int, int] | None
    """Which call of which response handed the work in."""

    def writes(self) -> list[tuple[int, int]]:
        """The calls that may have changed the world, without the one that handed the work in."""
        effects = self.env.effects
        return [
            (turn, place)
            for turn, move in enumerate(self.moves)
            if not isinstance(move, str)
            for place, call in enumerate(move)
            if effects.get(call.name) is Effect.WRITE and (turn, place) != self.ending
        ]


def _changed(subject: Subject, change: Any) -> list[Trial]:
    """What oracle's episodes earn after a change; tasks where none can be made are left out."""
    found: list[Trial] = []
    for level in subject.ends:
        env = level.env
        if not isinstance(env, ToolEnv):
            return []
        for task in level.tasks(subject.num_tasks(2)):
            moves = change(_played(level, env, task))
            if moves is not None:
                found.append(replayed(level, task, _written(level, moves)))
    return found


def _played(level: Level, env: ToolEnv, task: Task) -> _Played:
    episode = level.play_oracle(task)
    moves = tuple(_read(env, response) for response in episode.responses)
    submits = env.episode.end is EndReason.SUBMITTED and not isinstance(moves[-1], str)
    ending = (len(moves) - 1, len(moves[-1]) - 1) if submits else None
    return _Played(level=level, task=task, env=env, moves=moves, ending=ending)


def _without_last_write(played: _Played) -> list[Move] | None:
    writes = played.writes()
    if not writes:
        return None
    turn, place = writes[-1]
    move = played.moves[turn]
    assert not isinstance(move, str), "a call is in no message"
    kept = (*move[:place], *move[place + 1 :])
    return [*played.moves[:turn], *([kept] if kept else []), *played.moves[turn + 1 :]]


def _with_stray_write(played: _Played) -> list[Move] | None:
    *before, last = played.moves
    made = () if isinstance(last, str) else last[: played.ending[1]] if played.ending else last
    env, level = played.env, played.level
    env.enter(played.task)
    for text in _written(level, before):
        env.step(text)
    stray = _stray(env, made, KeyedRandom("audit stray write", str(played.task.id)))
    if stray is None:
        return None
    rest: Move = last if isinstance(last, str) else last[len(made) :]
    if isinstance(rest, str):
        return [*before, (stray,), rest]
    return [*before, (*made, stray, *rest)]


def _stray(env: ToolEnv, made: Sequence[ToolCall], rng: KeyedRandom) -> ToolCall | None:
    """A random call that changes the world behind the calls that were made, and does not end the episode."""
    game, play = env.source, env.episode.world
    assert isinstance(game, ToolGame) and isinstance(play, ToolPlay)
    desk = game.desk(play.world)
    for call in made:
        Toolbox.of(desk).call(call)
    world = desk.world()
    for _ in range(_NUM_STRAYS):
        for call in game.random_calls(world, rng):
            desk = game.desk(world)
            result = Toolbox.of(desk).call(call)
            if result.ok and result.effect is Effect.WRITE and desk.end is None and desk.world() != world:
                return call
    return None


def _unpaid(trials: Sequence[Trial], why_none: str) -> Finding:
    """No trial has full marks, nor any where no shares of the points are given."""
    if not trials:
        return Finding.not_applicable(why_none)
    paid = [t for t in trials if not t.is_valid or t.score == 1 or (t.score > 0 and t.outcome != Outcome.PARTIAL)]
    return Finding.judged(
        not paid,
        f"mean score of {len(trials)} episodes",
        figure=sum(trial.score for trial in trials) / len(trials),
        evidence=tuple(Evidence.of(trial.task.id, trial.response) for trial in paid),
    )


def replayed(level: Level, task: Task, texts: Sequence[str]) -> Trial:
    """The responses in their order, and then silence."""
    waiting = iter(texts)
    episode: Episode = level.play(task, lambda env: next(waiting, ""))
    return replace(episode.trial(), response="\n".join(texts))


def _written(level: Level, moves: Sequence[Move]) -> list[str]:
    """The moves as text; those that the format cannot write are left out."""
    return list(_texts(_env(level), moves))


def _texts(env: ToolEnv | SessionEnv, moves: Sequence[Move]) -> Iterator[str]:
    for move in moves:
        try:
            yield move if isinstance(move, str) else env.codec.render_calls(move)
        except ValueError:
            continue


def _read(env: ToolEnv, response: str) -> Move:
    parsed = env.codec.parse(response, env.tools)
    return parsed.calls if isinstance(parsed, Calls) else response


def _env(level: Level) -> ToolEnv | SessionEnv:
    assert isinstance(level.env, ToolEnv | SessionEnv), "these checks are for environments with tools"
    return level.env


def _places(subject: Subject) -> list[tuple[Level, Task]]:
    if subject.is_costly:
        return [(subject.middle, subject.middle.tasks(1)[0])]
    return [(level, task) for level in subject.ends for task in level.tasks(subject.num_tasks(0.25))]


def _world_at_the_end(level: Level, task: Task) -> Any:
    level.play_oracle(task)
    play = level.env.episode.world
    assert isinstance(play, ToolPlay)
    return play.world
