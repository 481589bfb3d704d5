"""Every environment of one response as one verifier whose reference is the id of a task."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from palestra.envs.errors import ConfigError, EnvError
from palestra.envs.row import Row
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, TaskId
from palestra.envs.task_options import check_options
from palestra.verifiers import Traits, Verdict, Verifier

_MAX_KEPT = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """A task with what judges it."""

    reference: str
    verifier: Verifier[Any]


class TaskVerifier(Verifier[_Judged]):
    """Makes the task of an id again and judges by the verifier of its environment.

        >>> from palestra.envs import ENVS
        >>> task = ENVS.make("palestra/ChainSum-v1").source.task("train", 0, 0)
        >>> TaskVerifier().verify("147", str(task.id)).outcome
        <Outcome.PASS: 'PASS'>

    So a data set for another trainer needs no references, one reward function serves a mixture of environments, and
    nothing that a trainer logs or a policy can find tells an answer. A task is made once and kept while it is in use.

    Covered: ids of environments outside of `allowed`, which may name files and packages as their options. Not
    covered: environments of several turns; serve them (`palestra serve`).
    """

    name = "task"
    traits = Traits(is_graded=True, can_abstain=True, runs_code=True)

    def __init__(self, allowed: Mapping[str, Mapping[str, Scalar]] | None = None) -> None:
        """Judges tasks of every generated environment, or of some.

        Args:
            allowed: Ids of environments, each with the options that its tasks have besides the difficulty; None for
                all whose tasks need nothing but this package, with any options.
        """
        self._allowed = allowed
        self._kept: OrderedDict[str, _Judged] = OrderedDict()
        self._lock = Lock()

    def parse_reference(self, reference: str) -> _Judged:
        """The task of an id.

        Raises:
            ValueError: It is no id of an allowed task of one response.
        """
        with self._lock:
            if (kept := self._kept.get(reference)) is not None:
                self._kept.move_to_end(reference)
                return kept
        made = self._made(reference)
        with self._lock:
            self._kept[reference] = made
            if len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        return made

    def judge(self, response: str, reference: _Judged) -> Verdict:
        """Judge by the verifier of the task's environment."""
        return reference.verifier.verify(response, reference.reference)

    async def ajudge(self, response: str, reference: _Judged) -> Verdict:
        """Judge by the verifier of the task's environment."""
        return await reference.verifier.averify(response, reference.reference)

    def _made(self, reference: str) -> _Judged:
        try:
            task_id = TaskId.parse(reference)
            self._check(task_id)
            source = ENVS[task_id.source].load().configured(task_id.config)
            env = source.env(split=task_id.split)
            if not isinstance(env, SingleTurnEnv):
                raise ConfigError(f"`{task_id.source}` plays several turns\n\nhint: serve it with `palestra serve`")
            return _Judged(reference=source.regenerate(task_id).reference, verifier=env.verifier)
        except EnvError as error:
            raise ValueError(str(error)) from error

    def _check(self, task_id: TaskId) -> None:
        row: Row = ENVS[task_id.source]
        if self._allowed is None:
            if not row.kind.is_generated:
                raise ConfigError(
                    f"tasks of `{row.id}` are read from this machine\n\nhint: allow it with its options by `allowed=`"
                )
        elif row.id in self._allowed:
            check_options(task_id, self._allowed[row.id])
        else:
            raise ConfigError(f"`{row.id}` is none of the environments that are judged here")


def verifier_of(env_id: str, config: Mapping[str, Scalar] | None = None) -> Verifier[Any]:
    """The verifier of an environment of one response, to be given references of its tasks.

        >>> verifier_of("palestra/Countdown-v1").verify("2 + 2", '{"numbers": [2, 2], "target": 4}').score
        1.0

    Raises:
        UnknownEnvError: There is no such id.
        ConfigError: The environment plays several turns.
    """
    return questions(env_id, config).verifier


def questions(env_id: str, config: Mapping[str, Scalar] | None = None) -> SingleTurnEnv:
    """An environment of one response.

    Raises:
        UnknownEnvError: There is no such id.
        ConfigError: The environment plays several turns.
    """
    env = ENVS.make(env_id, config=config)
    if not isinstance(env, SingleTurnEnv):
        raise ConfigError(
            f"`{env_id}` plays several turns, so no row with a reference says how it is judged\n\n"
            f"hint: serve it: `palestra serve {env_id}`"
        )
    return env
