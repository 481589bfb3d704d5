"""What an episode promises: the contract of Gymnasium, snapshots, and rewards that mean something."""

from __future__ import annotations

import json
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import gymnasium
from gymnasium.utils.env_checker import check_env

from palestra.envs.audit.finding import Evidence, Finding
from palestra.envs.audit.subject import Episode, Level, Subject
from palestra.envs.errors import EnvError
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.task import Task
from palestra.envs.text_env import TextEnv
from palestra.verifiers.verdict import Outcome

_NUM_REPLAYS = 5


def startup(subject: Subject) -> Finding:
    """The environment at each of its difficulties, and a task of it."""
    for level in subject.levels:
        level.tasks(1)
    return Finding.judged(bool(subject.own.tasks(1)[0].prompt))


def observation_schema(subject: Subject) -> Finding:
    """Gymnasium's own checker, and observations that lie in the observation space."""
    env = subject.make(None)
    env.render_mode = "ansi"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            check_env(env)
        except Exception as error:  # noqa: BLE001  the checker asserts and lets anything through
            return Finding.judged(False, f"{type(error).__name__}: {error}"[:200])
    episodes = [subject.own.play_guess(task) for task in subject.own.tasks(2)]
    strange = [text for episode in episodes for text in episode.replies if text not in env.observation_space]
    texts = [str(one.message) for one in caught if "spec" not in str(one.message)]
    return Finding.judged(not strange and not texts, "; ".join(texts)[:200])


def reward_well_formed(subject: Subject) -> Finding:
    """Rewards are finite, in 0..1, paid once and at the end, and come with a valid verdict."""
    wrong = []
    for episode in _episodes(subject):
        *before, last = episode.rewards
        info = json.loads(episode.infos[-1])
        holds = (
            not any(before)
            and math.isfinite(last)
            and 0 <= last <= 1
            and type(last) is float
            and episode.is_judged
            and info.get("valid") is True
            and info.get("outcome") in set(Outcome)
            and isinstance(info.get("detail"), str)
        )
        if not holds:
            wrong.append(Evidence.of(episode.task.id, f"{episode.rewards[-3:]} {episode.infos[-1]}"))
    return Finding.judged(not wrong, evidence=tuple(wrong))


def turn_limit(subject: Subject) -> Finding:
    """A game ends with a verdict at the latest at its turn limit, whoever plays."""
    if not subject.is_game:
        return Finding.not_applicable("one response, one verdict")
    policies: tuple[Callable[[Level, Task], Episode], ...] = (
        lambda level, task: level.play(task, lambda env: ""),
        lambda level, task: level.play_guess(task),
        lambda level, task: level.play_likely(task),
    )
    longest, wrong = 0, []
    for level in subject.ends:
        for task in level.tasks(2):
            for play in policies:
                episode = play(level, task)
                limit = level.env.turn_limit(task)
                longest = max(longest, len(episode.responses))
                if len(episode.responses) > limit or not episode.is_judged:
                    wrong.append(Evidence.of(task.id, f"{len(episode.responses)} turns, the limit is {limit}"))
    return Finding.judged(not wrong, "most turns of a game", figure=float(longest), evidence=tuple(wrong))


def episode_determinism(subject: Subject) -> Finding:
    """The same responses to the same task give the same replies, rewards and infos."""
    other = Level(subject.make(subject.middle.difficulty), subject.middle.difficulty)
    wrong = []
    for task in subject.middle.tasks(subject.num_tasks(0.5)):
        for play in (Level.play_likely, Level.play_guess):
            if play(subject.middle, task) != play(other, task):
                wrong.append(Evidence.of(task.id, "another episode with the same responses"))
    return Finding.judged(not wrong, evidence=tuple(wrong))


def variance_bound(subject: Subject) -> Finding:
    """The variance of the reward over equal episodes."""
    task = subject.middle.tasks(1)[0]
    rewards = [subject.middle.play_guess(task).rewards[-1] for _ in range(_NUM_REPLAYS)]
    mean = sum(rewards) / len(rewards)
    variance = sum((reward - mean) ** 2 for reward in rewards) / len(rewards)
    is_constant = len(set(rewards)) == 1  # the variance of equal fractions is not always 0 in floats
    return Finding.judged(is_constant, f"variance of {_NUM_REPLAYS} equal episodes", figure=variance, bound=0.0)


def episode_isolation(subject: Subject) -> Finding:
    """Two episodes played turn by turn in turn, by two environments of one source, do not meet."""
    level = subject.middle
    tasks = level.tasks(2)
    alone = [level.play_likely(task) for task in tasks]
    envs = [subject.make(level.difficulty) for _ in tasks]
    for env, task in zip(envs, tasks, strict=True):
        env.enter(task)
    rewards: list[list[float]] = [[], []]
    for turn in range(max(len(episode.responses) for episode in alone)):
        for env, episode, earned in zip(envs, alone, rewards, strict=True):
            if turn < len(episode.responses):
                earned.append(env.step(episode.responses[turn])[1])
    again = [level.play_likely(task) for task in tasks]
    holds = [tuple(earned) for earned in rewards] == [episode.rewards for episode in alone] and again == alone
    return Finding.judged(holds)


def state_contract(subject: Subject) -> Finding:
    """A pickled snapshot goes on elsewhere as here; a finished episode takes no response."""
    level = subject.middle
    task = level.tasks(1)[0]
    full = level.play_likely(task)
    half = len(full.responses) // 2
    env = subject.make(level.difficulty)
    env.enter(task)
    for response in full.responses[:half]:
        env.step(response)
    snapshot = pickle.dumps(env.state())
    ends = []
    for _ in range(2):
        other = subject.make(level.difficulty)
        other.restore(pickle.loads(snapshot))
        steps = [other.step(response) for response in full.responses[half:]]
        ends.append(([step[0] for step in steps], [step[1] for step in steps], other.messages()))
    expected = (list(full.replies[half:]), list(full.rewards[half:]))
    holds = ends[0] == ends[1] and ends[0][:2] == expected
    return Finding.judged(holds and _is_over(other) and _refuses_nonsense(subject), f"from turn {half}")


def trajectory_record(subject: Subject) -> Finding:
    """The record of an episode holds every prompt, response and reply, in order."""
    wrong = []
    for task in subject.middle.tasks(2):
        for play in (Level.play_likely, Level.play_guess):
            episode = play(subject.middle, task)
            said = [message.content for message in subject.middle.env.messages() if message.role != "system"]
            turns = [text for pair in zip(episode.responses, episode.replies, strict=True) for text in pair]
            if said != [task.prompt, *turns][: len(said)] or len(said) < 2 * len(episode.responses):
                wrong.append(Evidence.of(task.id, "what was said is not what is recorded"))
    return Finding.judged(not wrong, evidence=tuple(wrong))


def verifier_determinism(subject: Subject) -> Finding:
    """Verdicts with all details, given twice and by two threads."""
    env = subject.middle.env
    if not isinstance(env, SingleTurnEnv):
        return Finding.not_applicable("a game judges by its rules; see runtime.episode_determinism")
    tasks = subject.middle.tasks(subject.num_tasks())
    pairs = [
        (text, task.reference)
        for task in tasks
        for text in (subject.middle.oracle(task), subject.middle.guess(task), subject.middle.oracle(tasks[0]), "banana")
    ]
    first = env.verifier.verify_many(pairs)
    with ThreadPoolExecutor(2) as pool:
        second = list(pool.map(lambda pair: env.verifier.verify(*pair), pairs))
    return Finding.judged(first == second, f"{len(pairs)} verdicts")


def _episodes(subject: Subject) -> Iterator[Episode]:
    """Of the oracle, of a guesser and of two who do not try."""
    for level in subject.ends:
        for task in level.tasks(subject.num_tasks(0.5)):
            yield level.play_likely(task)
            yield level.play_guess(task)
            yield level.play(task, lambda env: "")
            yield level.play(task, lambda env: "1")


def _is_over(env: TextEnv) -> bool:
    try:
        env.step("once more")
    except gymnasium.error.ResetNeeded:
        return True
    return False


def _refuses_nonsense(subject: Subject) -> bool:
    env = subject.make(None)
    for options in ({"task_id": "nonsense"}, {"index": -1}, {"inedx": 1}):
        try:
            env.reset(seed=0, options=options)
        except EnvError:
            continue
        return False
    return True
