"""The same environments in another process with another hash seed: their tasks and verdicts must be the same."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.envs.audit.finding import Finding
from palestra.envs.audit.lifeline import end_with
from palestra.envs.audit.subject import SEED, Level, Subject
from palestra.envs.errors import EmptySplitError
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.task import Split, Task

_HASH_SEEDS = ("4711", "1")
_PLACES: tuple[tuple[Split, int], ...] = (("train", 0), ("train", 1), ("test", 0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Digests:
    """What an environment does, in two short texts."""

    tasks: str
    """SHA-256 of tasks of three difficulties."""
    verdicts: str
    """SHA-256 of the verdicts on right answers and guesses, or of the episodes of games."""
    error: str = ""
    """Why there are none."""


NO_DIGESTS = Digests(tasks="", verdicts="")
"""Of what has not been looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """How to make a subject in any process."""

    origin: str
    id: str
    size: int

    def load(self) -> Subject:
        """The subject."""
        module, _, name = self.origin.partition(":")
        subject: Subject = getattr(importlib.import_module(module), name)(self.id, self.size)
        return subject


def spec_of(subject: Subject) -> Spec:
    """How to make the subject again."""
    return Spec(origin=subject.origin, id=subject.id, size=subject.size)


def digests(subject: Subject) -> Digests:
    """What the environment does here and now."""
    tasks, verdicts = hashlib.sha256(), hashlib.sha256()
    for level in subject.ends:
        for split, index in _PLACES:
            try:
                task = level.task(split, SEED, index)
            except EmptySplitError:
                continue
            tasks.update(json.dumps(task.to_json(), sort_keys=True).encode())
            verdicts.update(repr(_judgements(level, task)).encode())
    return Digests(tasks=tasks.hexdigest(), verdicts=verdicts.hexdigest())


class Twin:
    """A process that takes the digests of many environments while this one does other work."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        hash_seed = next(seed for seed in _HASH_SEEDS if seed != os.environ.get("PYTHONHASHSEED"))
        code = f"import sys; sys.path[:] = {sys.path!r}; from palestra.envs.audit.twin import serve; serve()"
        rows = json.dumps([[spec.origin, spec.id, spec.size] for spec in specs])
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(os.getpid()), rows],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
        )
        self._found: dict[str, Digests] | None = None

    def found(self, env_id: str) -> Digests:
        """The digests of an environment over there; waits for them."""
        if self._found is None:
            text, _ = self._process.communicate()
            lines = [json.loads(line) for line in text.splitlines()] if self._process.returncode == 0 else []
            self._found = {row["id"]: Digests(**row["digests"]) for row in lines}
        missing = Digests(tasks="", verdicts="", error=f"the process ended with {self._process.returncode}")
        return self._found.get(env_id, missing)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        if self._found is None:
            self._process.communicate()


def serve() -> None:
    """Be the other process: print the digests of the environments that the arguments name, behind the parent's id."""
    end_with(int(sys.argv[1]))
    for origin, env_id, size in json.loads(sys.argv[2]):
        try:
            found = digests(Spec(origin=origin, id=env_id, size=size).load())
        except Exception as error:  # noqa: BLE001  one broken environment must not hide the others
            found = Digests(tasks="", verdicts="", error=f"{type(error).__name__}: {error}"[:200])
        row = {"id": env_id, "digests": {name: getattr(found, name) for name in Digests.__slots__}}
        sys.stdout.write(json.dumps(row) + "\n")


def compared(here: Digests, there: Digests) -> Mapping[str, Finding]:
    """The findings of both kinds of digests."""
    if here.error or there.error:
        failed = Finding.judged(False, here.error or there.error)
        return {"hub.cross_host_determinism": failed, "semantic.verifier_portability": failed}
    return {
        "hub.cross_host_determinism": Finding.judged(here.tasks == there.tasks, "in another process and hash seed"),
        "semantic.verifier_portability": Finding.judged(
            here.verdicts == there.verdicts, "in another process and hash seed"
        ),
    }


def _judgements(level: Level, task: Task) -> object:
    env = level.env
    if not isinstance(env, SingleTurnEnv):
        return [(e.responses, e.replies, e.infos) for e in (level.play_likely(task), level.play_guess(task))]
    texts = (level.likely(task), level.guess(task), task.prompt)
    verdicts = [env.verifier.verify(text, task.reference) for text in texts]
    return texts[:2], [(v.score, str(v.outcome), v.detail, sorted(v.parts.items())) for v in verdicts]
