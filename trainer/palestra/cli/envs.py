"""`palestra envs list`, `palestra envs show` and `palestra envs export`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.field_docs import field_docs
from palestra.cli.text import (
    Difficulty,
    EnvOptions,
    SplitName,
    env_config,
    indented,
    printable,
    write,
    write_columns,
    write_json,
)

if TYPE_CHECKING:
    from palestra.envs import Row, Task, TaskSource

_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class EnvsList:
    """List the environments that are installed."""

    json: bool = False
    """Print one JSON object per environment."""

    def run(self) -> int:
        """Print the table."""
        from palestra.envs import ENVS

        if self.json:
            for row in ENVS.values():
                write_json(_facts(row))
        else:
            write_columns([("ID", "TASK"), *((row.id, row.summary) for row in ENVS.values())])
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class EnvsShow:
    """Show one environment: what it asks, its options, and three sample tasks."""

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment, e.g. palestra/Countdown-v1."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Print the card and the samples."""
        from palestra.envs import ENVS

        row = ENVS[self.id]
        env = ENVS.make(self.id)
        samples = [(env.task, env.oracle()) for index in range(_SAMPLES) if env.reset(seed=0, options={"index": index})]
        options = _options(env.source)
        if self.json:
            rows = [{**task.to_json(), "oracle": oracle} for task, oracle in samples]
            write_json({**_facts(row), "options": options, "samples": rows})
            return EXIT_OK
        write(f"{row.id}\n{row.summary}\n")
        write_columns((name, str(value)) for name, value in _facts(row).items() if name not in ("id", "summary"))
        write("\noptions (`--set NAME=VALUE`, or keywords of `gymnasium.make`)")
        write_columns((f"    {name}", f"{facts['default']!r}", f"{facts['help']}") for name, facts in options.items())
        for task, oracle in samples:
            _write_task(task, oracle)
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class EnvsExport:
    """Write tasks to a file, each puzzle once: JSON lines, or a Parquet table."""

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment."""
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")]
    """Where to write: a name that ends in .jsonl or .parquet."""
    size: Annotated[int, tyro.conf.arg(metavar="N")] = 1000
    """How many tasks."""
    split: SplitName = "train"
    """Which tasks."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Stream of the tasks."""
    difficulty: Difficulty = None
    """Difficulty in 0..1; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""

    def run(self) -> int:
        """Write the file."""
        from palestra.envs.export import dataset, write_jsonl, write_parquet

        writers = {".jsonl": write_jsonl, ".parquet": write_parquet}
        if self.file.suffix not in writers:
            raise UsageError(f"`{self.file}` ends in neither .jsonl nor .parquet")
        if self.size < 1:
            raise UsageError(f"`--size` must be 1 or more, got {self.size}")
        config = env_config(self.options, self.difficulty)
        tasks = dataset(self.id, self.split, self.size, self.seed, config=config)
        count = writers[self.file.suffix](tasks, self.file)
        write(f"wrote {count} tasks to {self.file}")
        return EXIT_OK


Envs = (
    Annotated[EnvsList, tyro.conf.subcommand("list")]
    | Annotated[EnvsShow, tyro.conf.subcommand("show")]
    | Annotated[EnvsExport, tyro.conf.subcommand("export")]
)


def _facts(row: Row) -> dict[str, object]:
    return dataclasses.asdict(row)


def _options(source: TaskSource) -> dict[str, dict[str, object]]:
    from palestra.envs import Family

    if not isinstance(source, Family):
        return {}
    config = source.config
    docs = field_docs(type(config))
    return {
        field.name: {"default": getattr(config, field.name), "help": docs.get(field.name, "").replace("\n", " ")}
        for field in dataclasses.fields(config)
    }


def _write_task(task: Task, oracle: str) -> None:
    write(f"\nsample {task.id}")
    write(indented(printable(task.prompt)))
    write(f"  a right response\n{indented(printable(oracle))}")
