"""The options of a data set: where its rows are, and which columns make a task."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_type_hints

from palestra.envs.errors import ConfigError
from palestra.envs.task import IID_SPLITS, Scalar
from palestra.verifiers.nearest import did_you_mean

ROW = "row"
"""In a task's id: the digest of the row, which is no option."""
LOCATION = ("path", "name", "revision", "part", "streaming", "against", "ngram")
"""Options that say where the rows are and which are left out: a row that is there is the same with others."""
_CHOICES = {"splits": ("auto", "hash", *IID_SPLITS), "bad_rows": ("skip", "refuse"), "doubtful": ("keep", "bad")}


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetConfig:
    """Options of a data set. Columns are expressions: see `palestra.envs.datasets.columns`."""

    path: str = ""
    """A file (.jsonl, .json, .csv or .parquet), a folder of them, `package:NAME/FILE`, or a data set of the hub."""
    name: str = ""
    """Configuration of a data set of the hub."""
    revision: str = ""
    """Revision of a data set of the hub."""
    part: str = ""
    """Read this named split of the data alone (default: all of them)."""
    splits: str = "auto"
    """Our splits: `auto` goes by the data's named splits and cuts what is missing from `train` by a hash of the
    question; `hash` ignores names (80% train, 10% validation, 10% test); `train`, `validation` or `test` takes
    all rows as that."""
    prompt: str = "prompt"
    """Column of the question, or a text with `{column}` in it."""
    reference: str = "reference"
    """Column of what the verifier compares with, or a text with `{column}` in it."""
    verifier: str = "math"
    """Name of a verifier, or `{column}` for one that each row names."""
    answer: str = ""
    """Column of a right response, e.g. the canonical program (default: the reference, if it is no JSON object)."""
    meta: str = ""
    """Columns to show with a task, with commas between them."""
    where: str = ""
    """Which rows: `level=Level 5 & solve_rate<0.5`."""
    bad_rows: str = "skip"
    """What becomes of rows without a question or a gold that the verifier can read: `skip` (and count) or `refuse`."""
    doubtful: str = "keep"
    """What becomes of rows whose gold the verifier reads, but with a doubt: `keep`, or `bad` to take them for bad."""
    against: str = ""
    """File of evaluation tasks: questions that share words with one of them are left out."""
    ngram: int = 13
    """So many words in a row, shared with a task of `against`, are too many."""
    streaming: bool = False
    """Read the rows in their order and keep none."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(f"`{name}` must be one of {', '.join(choices)}, got `{getattr(self, name)}`")
        if self.ngram < 2:
            raise ConfigError(f"`ngram` must be 2 or more, got {self.ngram}")

    def read(self, options: Mapping[str, Scalar]) -> Self:
        """This configuration with some options changed; the `row` of a task id is let pass.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        types = get_type_hints(type(self))
        for name, value in options.items():
            if name != ROW and name not in types:
                guess = did_you_mean(name, types)
                raise ConfigError(f"no option `{name}`{guess}\n\nhint: the options are {', '.join(types)}")
            if name != ROW and type(value) is not types[name]:
                raise ConfigError(f"option `{name}` must be of type {types[name].__name__}, got {value!r:.80}")
        changes: dict[str, Any] = {name: value for name, value in options.items() if name != ROW}
        return dataclasses.replace(self, **changes)

    def chosen(self, defaults: DatasetConfig) -> dict[str, Scalar]:
        """The options that differ from the defaults."""
        names = [field.name for field in dataclasses.fields(self)]
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(defaults, name)}
