"""Environments with one defect each, that an audit must find; and honest ones beside them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from palestra.envs import (
    ConfigError,
    Content,
    Family,
    FamilyConfig,
    Game,
    GameEnv,
    KeyedRandom,
    Move,
    Question,
    Split,
    Task,
    TaskId,
    TaskIdError,
    TextEnv,
    ramp,
)
from palestra.envs.audit import Subject
from palestra.envs.single_turn import SingleTurnEnv
from palestra.verifiers import NumberVerifier, Verdict, Verifier
from palestra.verifiers.errors import NoAnswerError


@dataclass(frozen=True, kw_only=True, slots=True)
class SumConfig(FamilyConfig):
    """Sums of two numbers."""

    digits: int = ramp(3, 12, low=1, high=20)
    """Digits of each number."""


class Sum(Question[SumConfig, tuple[int, int]]):
    """Nothing is wrong with it."""

    id: ClassVar[str] = "tests/Sum-v1"
    Config: ClassVar[type[SumConfig]] = SumConfig
    templates = ("What is {a} + {b}?", "Add {a} and {b}.", "{a} + {b} = ?")
    answer_format = "Reply with the number only."
    verifier: ClassVar[Verifier[Any]] = NumberVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        high = 10**self.config.digits - 1
        return rng.between(1, high), rng.between(1, high)

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        a, b = key
        return Content(slots={"a": str(a), "b": str(b)}, reference=str(a + b), effort=self.config.digits)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        return str(rng.below(10**self.config.digits))


class _Judge(Verifier[str]):
    name: ClassVar[str] = "broken"

    def parse_reference(self, reference: str) -> str:
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        return Verdict.passed() if self.pays(response, reference) else Verdict.failed("wrong")

    def pays(self, response: str, reference: str) -> bool:
        return response.strip() == reference


class PaysSilence(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return not response or super().pays(response, reference)

    verifier = _Verifier()


class PaysMentions(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return reference in response

    verifier = _Verifier()


class PaysFirstOfMany(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return response.split(",")[0].strip() == reference

    verifier = _Verifier()


class PaysClaims(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return '"score": 1' in response or super().pays(response, reference)

    verifier = _Verifier()


class PaysAnyNumber(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return response.strip().isdecimal() and len(response.strip()) > 2

    verifier = _Verifier()


class PaysThePrompt(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return "Reply with" in response or super().pays(response, reference)

    verifier = _Verifier()


class BreaksOnJunk(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return int(response) == int(reference)

    verifier = _Verifier()


class PaysNowAndThen(Sum):
    class _Verifier(_Judge):
        def __init__(self) -> None:
            self.calls = 0

        def pays(self, response: str, reference: str) -> bool:
            self.calls += 1
            return super().pays(response, reference) and self.calls % 7 != 0

    verifier = _Verifier()


class PaysItsOwnHack(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return response.strip().lstrip("~") == reference

    verifier = _Verifier()

    def hacks(self, task: Task) -> tuple[str, ...]:
        return (f"~{task.reference}",)


class WrongOracle(Sum):
    def oracle(self, task: Task) -> str:
        return str(int(task.reference) + (int(task.reference) % 9 == 0))


class FewAnswers(Sum):
    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        return replace(_content(super().build(key, rng)), reference=str(777 + sum(key) % 2))


class TellsInMeta(Sum):
    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        content = _content(super().build(key, rng))
        return replace(content, meta={"hint": int(content.reference)})


class TellsInPrompt(Sum):
    class _Verifier(_Judge):
        def pays(self, response: str, reference: str) -> bool:
            return response.strip() == str(json.loads(reference)["sum"])

    verifier = _Verifier()

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        content = _content(super().build(key, rng))
        reference = json.dumps({"sum": sum(key)})
        return replace(content, reference=reference, slots={"a": content.slots["a"], "b": f"{key[1]} {reference}"})

    def oracle(self, task: Task) -> str:
        return str(json.loads(task.reference)["sum"])


class CannotBeMade(Sum):
    def __init__(self, config: SumConfig | None = None) -> None:
        raise OSError("no such file")


class GrowsEasier(Sum):
    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        return replace(_content(super().build(key, rng)), effort=20 - self.config.digits)


class TinyWorld(Sum):
    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        return rng.between(100, 108), rng.between(100, 108)


class ShiftedSeeds(Sum):
    def task(self, split: Split, seed: int, index: int) -> Task:
        task = super().task(split, 0, seed + index)
        return replace(task, id=replace(task.id, seed=seed, index=index))


class OneSplit(Sum):
    def task(self, split: Split, seed: int, index: int) -> Task:
        task = super().task("train", seed, index)
        return replace(task, id=replace(task.id, split=split))


class FineCanonical(Sum):
    """Puzzles of one prompt that count as different ones."""

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        return rng.between(100, 130), rng.between(100, 130)

    def canonical(self, key: tuple[int, int]) -> str:
        return f"{key} {id(key)}"


class GlobalRandom(Sum):
    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        return random.randint(100, 10**6), super().draw(rng)[1]


class HashOrder(Sum):
    id: ClassVar[str] = "tests/HashOrder-v1"

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        return abs(hash(f"{rng.word()}")) % 10**6, super().draw(rng)[1]


class ListInMeta(Sum):
    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        return replace(_content(super().build(key, rng)), meta={"terms": (1, 2)})  # type: ignore[dict-item]


class OtherSlots(Sum):
    templates = ("What is {a} + {b}?", "Add {a} and the rest.", "{a} + {b} = ?")


class HeldOutTemplateShown(Sum):
    def _template(self, split: Split, rng: KeyedRandom) -> str:
        return rng.choice(self.templates)


class IgnoresSeed(Sum):
    def task(self, split: Split, seed: int, index: int) -> Task:
        task = super().task(split, 0, index)
        return replace(task, id=replace(task.id, seed=seed))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The world of the game: the code, and how many of its digits are known."""

    code: str
    known: int


class OpenTheLock(Game[SumConfig, str, Lock]):
    """A game with which nothing is wrong: the lock says which digit comes next, one at a time."""

    id: ClassVar[str] = "tests/OpenTheLock-v1"
    Config: ClassVar[type[SumConfig]] = SumConfig
    templates = ("Open a lock of {n} digits.", "A lock has {n} digits. Open it.", "Find {n} digits that open the lock.")
    answer_format = "Reply with `read`, or with the whole code."

    def draw(self, rng: KeyedRandom) -> str:
        return "".join(str(rng.below(10)) for _ in range(self.config.digits + 3))

    def build(self, key: str, rng: KeyedRandom) -> Content:
        return Content(slots={"n": str(len(key))}, reference=json.dumps({"code": key}), effort=len(key))

    def turn_limit(self, task: Task) -> int:
        return len(json.loads(task.reference)["code"]) + 1

    def start(self, task: Task) -> Lock:
        return Lock(code=json.loads(task.reference)["code"], known=0)

    def play(self, world: Lock, text: str) -> Move[Lock]:
        if text == "read":
            known = min(world.known + 1, len(world.code))
            return Move(world=replace(world, known=known), reply=f"The next digit is {world.code[known - 1]}.")
        if not (text.isascii() and text.isdecimal() and len(text) == len(world.code)):
            raise NoAnswerError("neither `read` nor a code")
        verdict = Verdict.passed() if text == world.code else Verdict.failed("the lock stays closed")
        return Move(world=world, verdict=verdict)

    def best(self, world: Lock) -> str:
        return world.code if world.known == len(world.code) else "read"

    def random_move(self, world: Lock, rng: KeyedRandom) -> str:
        return rng.choice(("read", "".join(str(rng.below(10)) for _ in world.code)))


class TellsTheCode(OpenTheLock):
    def play(self, world: Lock, text: str) -> Move[Lock]:
        try:
            return super().play(world, text)
        except NoAnswerError:
            return Move(world=world, reply=f"No. By the way, the code is {world.code}.")


class OpensForAnything(OpenTheLock):
    def play(self, world: Lock, text: str) -> Move[Lock]:
        return Move(world=world, verdict=Verdict.passed())


class ForgetsTheWorld(OpenTheLock):
    """It keeps in the game what belongs into the world."""

    _known: ClassVar[dict[str, int]] = {}

    def play(self, world: Lock, text: str) -> Move[Lock]:
        if text == "read":
            self._known[world.code] = self._known.get(world.code, 0) + 1
            return Move(world=replace(world, known=world.known + 1), reply=f"Reading number {self._known[world.code]}.")
        return super().play(world, text)


class PaysTwice(OpenTheLock):
    """Each reading is paid, and then the lock."""

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> GameEnv:
        return _PaysTwiceEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class _PaysTwiceEnv(GameEnv):
    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        reply, reward, terminated, truncated, info = super().step(action)
        return reply, reward + 0.5 * (action == "read"), terminated, truncated, info


class PlainSource:
    """Tasks of another package: no family, no difficulty, no marks of puzzles."""

    id = "tests/Plain-v1"
    verifier = NumberVerifier()

    def __init__(self) -> None:
        self._inner = Sum()

    def task(self, split: Split, seed: int, index: int) -> Task:
        task = self._inner.task(split, seed, index)
        return replace(task, id=replace(task.id, source=self.id, config={}), meta={}, puzzle="")

    def regenerate(self, task_id: TaskId) -> Task:
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        return self.task(task_id.split, task_id.seed, task_id.index)

    def with_difficulty(self, difficulty: float) -> PlainSource:
        raise ConfigError(f"`{self.id}` has no difficulty")

    def oracle(self, task: Task) -> str:
        return task.reference

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        return str(rng.below(2000))


def subject_of_family(family: type[Family[Any, Any]], size: int, origin: str = "") -> Subject:
    """The subject of a family that stands in no table."""

    def make(difficulty: float | None) -> TextEnv:
        options: Mapping[str, float] = {} if difficulty is None else {"difficulty": difficulty}
        return family.configured(options).env()

    return Subject(family.id, make, size=size, origin=origin)


def plain_subject(size: int) -> Subject:
    """The subject of a source that is no family."""

    def make(difficulty: float | None) -> TextEnv:
        source = PlainSource()
        return SingleTurnEnv(source if difficulty is None else source.with_difficulty(difficulty))

    return Subject(PlainSource.id, make, size=size)


def hash_order_subject(env_id: str, size: int) -> Subject:
    """For other processes."""
    return subject_of_family(HashOrder, size, origin=f"{__name__}:hash_order_subject")


def sum_subject(env_id: str, size: int) -> Subject:
    """For other processes."""
    return subject_of_family(Sum, size, origin=f"{__name__}:sum_subject")


def _content(content: Content | None) -> Content:
    assert content is not None
    return content
