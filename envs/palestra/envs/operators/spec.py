"""Sources of questions as one line of text, so that a table, a configuration or a task id can name them.

A spec is the id of an environment, with options as in a task id: `palestra/ChainSum-v1?num_terms=3`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, quote, urlencode

from palestra.envs.errors import ConfigError
from palestra.envs.question import Question
from palestra.envs.source import QuestionSource
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar

if TYPE_CHECKING:
    from palestra.envs.operators.operator import Operator


def read_spec(text: str) -> QuestionSource:
    """The source that a spec names.

    Raises:
        UnknownEnvError: There is no such environment.
        ConfigError: Its options are wrong, or it is a game.
    """
    env_id, _, query = text.partition("?")
    try:
        options = {name: json.loads(value) for name, value in parse_qsl(query, strict_parsing=bool(query))}
    except ValueError:
        raise ConfigError(
            f"`{text[:200]}` names no source of questions\n\n"
            "hint: write `palestra/ChainSum-v1` or `palestra/ChainSum-v1?num_terms=3`"
        ) from None
    source = ENVS[env_id].load().configured(options)
    if not hasattr(source, "verifier"):
        raise ConfigError(f"`{env_id}` has several turns\n\nhint: operators take environments of one response")
    return cast(QuestionSource, source)


def write_spec(source: QuestionSource, *, with_difficulty: bool = True) -> str:
    """The text from which `read_spec` makes the source again."""
    options = {n: v for n, v in options_of(source).items() if with_difficulty or n != "difficulty"}
    query = urlencode([(name, json.dumps(options[name])) for name in sorted(options)], quote_via=quote)
    return f"{source.id}?{query}" if query else source.id


def options_of(source: QuestionSource) -> Mapping[str, Scalar]:
    """The options that make the source again, as the ids of its tasks have them."""
    if isinstance(source, Question):
        return cast(Mapping[str, Scalar], source.config.chosen())
    if _is_operator(source):
        return cast("Operator", source).chosen()
    return source.task("train", 0, 0).id.config


def difficulty_of(source: QuestionSource) -> float | None:
    """The difficulty of the source; None where it has none of its own."""
    found = options_of(source).get("difficulty")
    return found if isinstance(found, float) else None


def harder_or_easier(source: QuestionSource, difficulty: float) -> QuestionSource:
    """The source at another difficulty.

    Raises:
        ConfigError: It has no such difficulty.
    """
    return cast(QuestionSource, source.with_difficulty(difficulty))


def floor_of(source: QuestionSource) -> float:
    """What the best constant answer earns, as far as the source says."""
    if isinstance(source, Question):
        return source.floor
    return cast("Operator", source).floor if _is_operator(source) else 0.0


def _is_operator(source: QuestionSource) -> bool:
    from palestra.envs.operators.operator import Operator  # here, since operators read specs

    return isinstance(source, Operator)
