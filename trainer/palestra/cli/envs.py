"""`palestra envs list` and `palestra envs show`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK
from palestra.cli.field_docs import field_docs
from palestra.cli.text import indented, printable, write, write_columns, write_json

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


Envs = Annotated[EnvsList, tyro.conf.subcommand("list")] | Annotated[EnvsShow, tyro.conf.subcommand("show")]


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
