"""Which samples of a task give the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palestra.agents.rollout import Rollout
from palestra.envs import TextEnv
from palestra.verifiers.audit.agreement import find_clusters
from palestra.verifiers.text.exact import ExactVerifier
from palestra.verifiers.verifier import Verifier


def answers_of(group: Sequence[Rollout], verifier: Verifier[Any]) -> tuple[int | None, ...]:
    """For each sample of a task the number of its answer; None for one without an answer.

    Two are the same if their texts are, or if the verifier takes one for the other: 1/2 and 0.5. The answer of a
    conversation is that of its last response. Beyond 32 different ones none is counted.
    """
    found: list[int | None] = [None] * len(group)
    responses = [rollout.responses[-1] if rollout.responses else "" for rollout in group]
    for number, cluster in enumerate(find_clusters(responses, verifier)):
        for member in cluster.members:
            found[member] = number
    return tuple(found)


def answer_verifier(env: TextEnv) -> Verifier[Any]:
    """What tells whether two answers to a task of the environment are the same.

    The environment's own verifier; where it has none, or one that runs programs, equal texts are equal answers.
    """
    own = getattr(env, "verifier", None)
    return own if isinstance(own, Verifier) and not own.traits.runs_code else ExactVerifier()
