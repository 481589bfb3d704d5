"""`palestra envs list`, `palestra envs show` and `palestra envs export`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
    right_response,
    write,
    write_columns,
    write_json,
)

if TYPE_CHECKING:
    from palestra.envs import Row, Task, TaskSource

TrainerName = Literal["trl", "verl", "open-instruct", "nemo-gym"]
"""As `palestra.envs.bridges_out.Trainer`, which would load Gymnasium."""

_SAMPLES = 3
_MAX_SHOWN = 20
_FILE = tyro.conf.arg(metavar="FILE", help_behavior_hint="")


@dataclass(frozen=True, kw_only=True)
class EnvsList:
    """List the environments that are installed."""

    group: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """Only those of a group, e.g. calculus."""
    json: bool = False
    """Print one JSON object per environment."""

    def run(self) -> int:
        """Print the table."""
        from palestra.envs import ENVS

        groups = sorted({row.group for row in ENVS.values()})
        if self.group is not None and self.group not in groups:
            raise UsageError(f"no group `{self.group}`\n\nhint: one of {', '.join(groups)}")
        rows = [row for row in ENVS.values() if self.group in (None, row.group)]
        if self.json:
            for row in rows:
                write_json(_facts(row))
        else:
            write_columns([("ID", "TASK"), *((row.id, row.summary) for row in rows)])
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class EnvsShow:
    """Show one environment: what it asks, its options, and three sample tasks."""

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment, e.g. palestra/Countdown-v1."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. Bridges and data sets need some: `--set name=aiw`."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Print the card and the samples."""
        from palestra.envs import ENVS

        row = ENVS[self.id]
        env = ENVS.make(self.id, config=env_config(self.options, None))
        samples = [
            (env.task, right_response(env)) for index in range(_SAMPLES) if env.reset(seed=0, options={"index": index})
        ]
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
    """Write tasks to a file, each puzzle once: JSON lines, or a Parquet table; ours, or that of another trainer."""

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment."""
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")]
    """Where to write: a name that ends in .jsonl or .parquet."""
    to: Annotated[TrainerName | None, tyro.conf.arg(help_behavior_hint="")] = None
    """Write the rows that this trainer reads."""
    size: Annotated[int, tyro.conf.arg(name="size", aliases=["--n"], metavar="N")] = 1000
    """How many tasks."""
    split: SplitName = "train"
    """Which tasks."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Stream of the tasks."""
    difficulty: Difficulty = None
    """Difficulty in 0..1; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""
    decontaminate: Annotated[tyro.conf.UseAppendAction[tuple[Path, ...]], _FILE] = ()
    """Leave out tasks that share words with those of a file of evaluation tasks; may be repeated."""
    ngram: Annotated[int, tyro.conf.arg(metavar="N")] = 13
    """With `--decontaminate`: so many words in a row are too many."""

    def run(self) -> int:
        """Write the file."""
        from palestra.envs.datasets.decontamination import Dropped, EvaluationIndex, read_prompts, without_overlap
        from palestra.envs.export import dataset, write_jsonl, write_parquet

        writers = {".jsonl": write_jsonl, ".parquet": write_parquet}
        if self.file.suffix not in writers:
            raise UsageError(f"`{self.file}` ends in neither .jsonl nor .parquet")
        if self.size < 1:
            raise UsageError(f"`--size` must be 1 or more, got {self.size}")
        config = env_config(self.options, self.difficulty)
        tasks = dataset(self.id, self.split, self.size, self.seed, config=config)
        dropped: list[Dropped] = []
        if self.decontaminate:
            prompts = [prompt for file in self.decontaminate for prompt in read_prompts(str(file))]
            tasks = without_overlap(tasks, EvaluationIndex(prompts, self.ngram), dropped)
        if self.to is None:
            count = writers[self.file.suffix](tasks, self.file)
        else:
            from palestra.envs.bridges_out import Trainer, trainer_rows, write_rows

            count = write_rows(trainer_rows(tasks, Trainer(self.to), self.id, config), self.file)
        write(f"wrote {count} tasks to {self.file}")
        if self.decontaminate:
            write(f"left out {len(dropped)} tasks that are in {', '.join(map(str, self.decontaminate))}")
            for one in dropped[:_MAX_SHOWN]:
                write(f"  {printable(one.describe())}")
        return EXIT_OK


Envs = (
    Annotated[EnvsList, tyro.conf.subcommand("list")]
    | Annotated[EnvsShow, tyro.conf.subcommand("show")]
    | Annotated[EnvsExport, tyro.conf.subcommand("export")]
)


def _facts(row: Row) -> dict[str, object]:
    return dataclasses.asdict(row)


def _options(source: TaskSource) -> dict[str, dict[str, object]]:
    config = getattr(source, "config", None)  # families and data sets have one
    if config is None or not dataclasses.is_dataclass(config):
        return {}
    docs = field_docs(type(config))
    return {
        field.name: {"default": getattr(config, field.name), "help": docs.get(field.name, "").replace("\n", " ")}
        for field in dataclasses.fields(config)
    }


def _write_task(task: Task, oracle: str) -> None:
    write(f"\nsample {task.id}")
    write(indented(printable(task.prompt)))
    write(f"  a right response\n{indented(printable(oracle))}")
