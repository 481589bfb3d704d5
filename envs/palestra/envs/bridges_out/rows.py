"""Tasks of an environment as rows of the data sets that other trainers read.

| trainer | columns |
|---|---|
| TRL | `prompt` (messages), `answer`, `task_id` |
| verl | `data_source`, `prompt` (messages), `ability`, `reward_model.ground_truth`, `extra_info` |
| open-instruct | `messages`, `ground_truth`, `dataset`, `task_id` |
| NeMo Gym | `responses_create_params.input`, `task_id`: judged by `palestra serve`, references stay here |

Source: https://huggingface.co/docs/trl/dataset_formats; `verl/utils/dataset/rl_dataset.py` of verl 0.9;
`open_instruct/dataset_transformation.py` of https://github.com/allenai/open-instruct; the example data of the resources
servers in nemo-gym 0.7.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from palestra.envs.bridges_out.task_verifier import questions
from palestra.envs.errors import ConfigError, MissingPackageError
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Task
from palestra.envs.text_env import TextEnv

Row = dict[str, object]
Messages = list[dict[str, str]]


class Trainer(StrEnum):
    """Who reads the rows."""

    TRL = "trl"
    VERL = "verl"
    OPEN_INSTRUCT = "open-instruct"
    NEMO_GYM = "nemo-gym"


def trainer_rows(
    tasks: Iterable[Task], trainer: Trainer, env_id: str, config: Mapping[str, Scalar] | None = None
) -> Iterator[Row]:
    """Rows of tasks, made while they are read.

        >>> from palestra.envs import dataset
        >>> tasks = dataset("palestra/ChainSum-v1", "test", 1)
        >>> next(trainer_rows(tasks, Trainer.TRL, "palestra/ChainSum-v1"))["answer"]
        '105'

    Args:
        tasks: Of the environment, e.g. from `palestra.envs.dataset`.
        trainer: Who reads the rows.
        env_id: Id of the environment.
        config: Its options.

    Raises:
        ConfigError: The environment plays several turns, and the rows of this trainer name a reference.
    """
    # NeMo Gym plays environments of several turns too: its rows only name the task.
    env: TextEnv = ENVS.make(env_id, config=config) if trainer is Trainer.NEMO_GYM else questions(env_id, config)
    for task in tasks:
        system = env.system(task)
        opening = [{"role": "system", "content": system}] if system else []
        yield _ROWS[trainer](task, [*opening, {"role": "user", "content": task.prompt}])


def write_rows(rows: Iterable[Row], path: Path) -> int:
    """Write rows as JSON lines or, where the name ends in .parquet, as a Parquet table.

    Returns:
        How many.

    Raises:
        ConfigError: The name ends in neither.
        MissingPackageError: pyarrow is not installed.
    """
    if path.suffix == ".jsonl":
        count = 0
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row) + "\n")
                count += 1
        return count
    if path.suffix != ".parquet":
        raise ConfigError(f"`{path}` ends in neither .jsonl nor .parquet")
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingPackageError(
            "Parquet files need the package `pyarrow`\n\nhint: pip install 'palestra[data]', or write `.jsonl`"
        ) from None
    listed = list(rows)
    pq.write_table(pa.Table.from_pylist(listed), path)
    return len(listed)


def _trl(task: Task, messages: Messages) -> Row:
    return {"prompt": messages, "answer": task.reference, "task_id": str(task.id)}


def _verl(task: Task, messages: Messages) -> Row:
    where = {"split": task.id.split, "index": task.id.index, "seed": task.id.seed, "task_id": str(task.id)}
    return {
        "data_source": task.id.source,
        "prompt": messages,
        "ability": ENVS[task.id.source].group,
        "reward_model": {"style": "rule", "ground_truth": task.reference},
        "extra_info": where,
    }


def _open_instruct(task: Task, messages: Messages) -> Row:
    return {
        "messages": messages,
        "ground_truth": task.reference,
        "dataset": task.id.source.lower(),  # as it looks the function up
        "task_id": str(task.id),
    }


def _nemo_gym(task: Task, messages: Messages) -> Row:
    return {"responses_create_params": {"input": messages}, "task_id": str(task.id)}


_ROWS: Final[Mapping[Trainer, Callable[[Task, Messages], Row]]] = {
    Trainer.TRL: _trl,
    Trainer.VERL: _verl,
    Trainer.OPEN_INSTRUCT: _open_instruct,
    Trainer.NEMO_GYM: _nemo_gym,
}
