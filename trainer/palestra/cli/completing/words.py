"""All that can be completed, read from the declarations of the commands and from the tables."""

from __future__ import annotations

import argparse
import importlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import tyro

FILES = "@files"
"""In place of words: names of files and folders."""

_PLACES = ("FILE", "FILE|-", "FOLDER", "PATH", "PATH|-", "RUN", "RUN|FILE", "RUN_DIR", "AUDIT", "BEFORE", "NOW", "OUT")
"""Metavariables that stand for files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One option of a command."""

    flags: tuple[str, ...]
    """E.g. `("-n", "--n")`."""
    about: str
    """What it is for: the first sentence."""
    values: tuple[str, ...] | None = None
    """What may follow it: words, `(FILES,)`, or nothing known (empty); None: it takes no value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One command, or one of a command's own, e.g. `envs show`."""

    path: tuple[str, ...]
    about: str
    options: tuple[Option, ...]
    places: tuple[str, ...] = ()
    """Words that may stand without an option; `FILES` among them stands for names of files."""
    below: Mapping[str, str] = field(default_factory=dict)
    """Its own commands, and what they do."""


def known_words() -> list[Call]:
    """All commands, the empty path first.

    Imports the declarations of all commands and the tables of environments, verifiers and sandboxes, but no torch.
    """
    from palestra.cli.app import COMMANDS

    general = (
        Option(flags=("-h", "--help"), about="Show what there is"),
        Option(flags=("--version",), about="Show the version"),
    )
    below = {name: _sentence(about) for name, (_, about) in COMMANDS.items()}
    calls = [Call(path=(), about="", options=general, below=below)]
    words = _positional_words()
    for name, (place, about) in COMMANDS.items():
        calls.extend(_calls(_parser(place, name), (name,), about, words))
    return calls


def _parser(place: str, name: str) -> Any:
    """As of argparse; tyro has a copy of it, with types of its own."""
    module, _, attribute = place.partition(":")
    declaration = getattr(importlib.import_module(module), attribute)
    config = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
    with warnings.catch_warnings():
        # It is to go once tyro parses without argparse; nothing else of its public interface tells the options.
        warnings.simplefilter("ignore", DeprecationWarning)
        return tyro.extras.get_parser(declaration, prog=f"palestra {name}", config=config)


def _calls(parser: Any, path: tuple[str, ...], about: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[Call]:
    nested: dict[str, Any] = {}
    options: list[Option] = []
    places: list[str] = list(words.get(" ".join(path), ()))
    for action in parser._actions:
        if isinstance(action.choices, Mapping):  # commands of its own
            nested = dict(action.choices)
        elif action.option_strings:
            options.append(_option(action))
        else:
            places.extend(_values(action))
    yield Call(
        path=path,
        about=_sentence(about),
        options=tuple(options),
        places=tuple(dict.fromkeys(places)),
        below={name: _sentence(each.description or "") for name, each in nested.items()},
    )
    for name, each in nested.items():
        yield from _calls(each, (*path, name), each.description or "", words)


def _option(action: argparse.Action) -> Option:
    takes_value = action.nargs != 0
    return Option(
        flags=tuple(action.option_strings),
        about=_sentence(action.help or ""),
        values=_values(action) if takes_value else None,
    )


def _values(action: argparse.Action) -> tuple[str, ...]:
    if action.choices:
        return tuple(str(choice) for choice in action.choices if str(choice) != "None")
    from palestra.sandboxes import SANDBOXES

    if "--backend" in action.option_strings:
        return tuple(SANDBOXES)
    if "--agent" in action.option_strings:
        return ("oracle", "noop", "random", "cheater:*")
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    return (FILES,) if metavar.split(" ")[0].strip("[]") in _PLACES else ()


def _positional_words() -> dict[str, tuple[str, ...]]:
    """What may follow a command without an option, where a table knows it."""
    from palestra.cli.probes import PROBES
    from palestra.envs import ENVS
    from palestra.verifiers import VERIFIERS

    envs, verifiers = tuple(ENVS), tuple(VERIFIERS)
    folder = files("palestra.trainer") / "recipes"
    recipes = sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))
    of_envs = ("envs show", "envs export", "play", "audit", "serve", "eval", "bench envs")
    of_verifiers = ("verifiers show", "verifiers measure", "verifiers compare", "verify", "rates sample")
    return {
        **dict.fromkeys(of_envs, envs),
        **dict.fromkeys(of_verifiers, verifiers),
        "train": (*recipes, FILES),
        "doctor": tuple(probe.name for probe in PROBES),
        "workers": ("status",),
    }


def _sentence(text: str) -> str:
    """The first sentence, on one line."""
    return " ".join(text.replace("`", "").split()).partition(". ")[0].rstrip(".")[:100]
