"""Which environments an evaluation goes over: ids with options, files of mixtures, and several difficulties."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from palestra.agents.loops import LOOPS
from palestra.cli.errors import UsageError
from palestra.cli.text import SplitName, env_config
from palestra.envs import ENVS, Scalar, TextEnv

_DIFFICULTY = "difficulty"


@dataclass(frozen=True, kw_only=True)
class EvalMember:
    """An environment with its options; with several difficulties, once for each."""

    env: str
    configs: tuple[Mapping[str, Scalar], ...]
    system_prompt: str = ""
    loop: str | None = None
    is_mixed: bool = False
    """Whether a file of a mixture names it."""

    def make(self, split: SplitName, config: Mapping[str, Scalar], system_prompt: str) -> TextEnv:
        """An environment of this member.

        Raises:
            UnknownEnvError: There is no such environment.
            ConfigError: The options do not fit it.
        """
        env = ENVS.make(self.env, split=split, config=config, system_prompt=system_prompt)
        return env if self.loop is None else LOOPS[self.loop].fit(env)


def members_of(
    ids: Sequence[str],
    options: Sequence[str],
    difficulty: float | None,
    difficulties: Sequence[float],
    loop: str | None,
) -> list[EvalMember]:
    """The environments that arguments name.

    Options of `--set` and `--difficulty` go to all of them, below those that an id or a file gives to one.

    Raises:
        UsageError: An option or a file cannot be read, or an environment comes twice.
    """
    common = ({} if loop is None else dict(LOOPS[loop].options)) | env_config(options, difficulty)
    found: list[EvalMember] = []
    for named in ids:
        for member in _mixture(Path(named)) if named.endswith(".toml") else [_single(named)]:
            config: dict[str, Scalar] = {**common, **member.configs[0]}
            if not difficulties:
                configs: tuple[Mapping[str, Scalar], ...] = (config,)
            else:
                configs = tuple({**config, _DIFFICULTY: each} for each in difficulties)
            found.append(replace(member, configs=configs, loop=loop))
    names = [(member.env, str(member.configs)) for member in found]
    if len(set(names)) < len(names):
        twice = next(env for env, config in names if names.count((env, config)) > 1)
        raise UsageError(f"`{twice}` is named twice with the same options\n\nhint: name it once")
    for member in found:
        for options_of in member.configs:
            member.make("test", options_of, "")  # a wrong id or option is reported before anything is played
    return found


def _single(named: str) -> EvalMember:
    env_id, question, query = named.partition("?")
    try:
        pairs = [f"{name}={value}" for name, value in parse_qsl(query, strict_parsing=bool(question))]
    except ValueError:
        raise UsageError(f"`{named}` has no key and value behind its `?`\n\nhint: `ID?difficulty=0.3`") from None
    return EvalMember(env=env_id, configs=(env_config(pairs, None),))


def _mixture(path: Path) -> Iterator[EvalMember]:
    """The environments of a file as `palestra train` reads it; each counts alike, whatever its weight in training."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))["env"]
        rows: list[dict[str, Any]] = table.get("environments", [table])
        for row in rows:
            config = {_text(name): _scalar(value) for name, value in row.get("config", {}).items()}
            yield EvalMember(
                env=_text(row["id"]),
                configs=(config,),
                system_prompt=_text(table.get("system_prompt", "")),
                is_mixed=True,
            )
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}\n\nhint: check the path") from error
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        what = f"`{path}` names no environments: {type(error).__name__}: {error}"
        raise UsageError(f"{what}\n\nhint: it needs a table `[env]` as `palestra train` reads it") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be a text")
    return value


def _scalar(value: object) -> Scalar:
    if not isinstance(value, str | int | float | bool):
        raise TypeError(f"{value!r} should be a text, a number, true or false")
    return value
