"""Rollouts as rows of a Parquet file, whole: `datasets.load_dataset("parquet", data_files=...)` reads it.

`messages` are those of a chat (`role`, `content`), `segments` have the tokens, and the facts are columns of plain
values. What UTF-8 cannot hold is spelled out as `lone_surrogates` does, in rows that are `escaped`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from palestra.agents.errors import ExportError, RolloutError
from palestra.agents.exports.conversation import Conversation, conversation_of, facts_of, read_conversation, row_of
from palestra.agents.exports.lone_surrogates import has_lone_surrogates, spelled, unspelled
from palestra.agents.exports.stored import StoredRollout
from palestra.agents.rollout import Rollout

_BATCH = 256
"""Rollouts that are in memory at once, and in one group of rows."""


def to_parquet_row(stored: StoredRollout) -> dict[str, Any]:
    """A rollout as one row."""
    conversation = conversation_of(stored.rollout)
    row = stored.rollout.to_row()
    found: dict[str, Any] = {
        "key": row["key"],
        "messages": [{"role": role, "content": text} for role, text in conversation.messages],
        "last_reply": conversation.last_reply,
        **facts_of(stored),
        "turns": [{**turn, "components": json.dumps(turn["components"])} for turn in row["turns"]],
        "segments": [
            {
                **segment,
                "versions": [
                    {"version": version, "start": start, "end": end} for version, start, end in segment["versions"]
                ],
            }
            for segment in row["segments"]
        ],
        "timings": json.dumps(row["timings"]),
    }
    for turn in found["turns"]:
        del turn["reply"]  # it is a message
    is_hostile = has_lone_surrogates(found)
    return {**(spelled(found) if is_hostile else found), "escaped": is_hostile}


def from_parquet_row(row: Mapping[str, Any]) -> Rollout:
    """Read a row back.

    Raises:
        RolloutError: It is no row of such a file.
    """
    try:
        row = unspelled(row) if row["escaped"] else row
        messages = tuple((each["role"], each["content"]) for each in row["messages"])
        told = read_conversation(Conversation(messages=messages, last_reply=row["last_reply"]))
        found = row_of(row["key"], row, told)
        replies = told["replies"]
        turns = [
            {**turn, "reply": replies[number], "components": json.loads(turn["components"])}
            for number, turn in enumerate(row["turns"])
        ]
        segments = [
            {**segment, "versions": [tuple(span[name] for name in _SPAN) for span in segment["versions"]]}
            for segment in row["segments"]
        ]
        found |= {"turns": turns, "segments": segments, "timings": json.loads(row["timings"])}
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise RolloutError(f"not a row of rollouts: {str(row)[:80]} ({type(error).__name__}: {error})") from error
    return Rollout.from_row(found)


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of `to_parquet_row`.

    Raises:
        ExportError: pyarrow is not installed.
    """
    pa, pq = _pyarrow()
    schema = _schema(pa)
    remaining = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, _BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def read_parquet(path: Path) -> Iterator[Rollout]:
    """The rollouts of a file.

    Raises:
        ExportError: pyarrow is not installed, or the file is none.
        RolloutError: A row is no rollout.
    """
    pa, pq = _pyarrow()
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in _schema(pa).names if name not in file.schema_arrow.names]
            if missing:
                raise ExportError(
                    f"`{path}` has no column `{missing[0]}`: it is no file of rollouts"
                    "\n\nhint: tables of tasks are read by palestra.envs.datasets"
                )
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    yield from_parquet_row(row)
    except pa.ArrowException as error:
        raise ExportError(f"`{path}` cannot be read: {error}\n\nhint: is it a whole Parquet file?") from error


_SPAN = ("version", "start", "end")


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow\n\nhint: pip install 'palestra[parquet]'") from error
    return pa, pq


def _schema(pa: Any) -> Any:
    """Columns and their types; the offsets of texts are wide, as one response may be huge."""
    text, whole, number = pa.large_string(), pa.int64(), pa.float64()
    plain = {
        **dict.fromkeys(("key", "last_reply", "source", "env", "task_id", "reference", "meta", "puzzle"), text),
        **dict.fromkeys(("outcome", "detail", "parts", "finish_reason", "end", "trunk", "timings"), text),
        **dict.fromkeys(("step", "attempts"), whole),
        **dict.fromkeys(("score", "p_correct", "weight"), number),
        **dict.fromkeys(("masked", "escaped"), pa.bool_()),
    }
    turn = {
        **dict.fromkeys(("segment", "start", "tokens_in", "tokens_out", "cut_chars"), whole),
        **dict.fromkeys(("cpu_s", "model_s", "tool_s", "queue_s"), number),
        "components": text,
    }
    segment = {
        **dict.fromkeys(("id", "parent", "prompt_length"), whole),
        **dict.fromkeys(("token_ids", "mask"), pa.list_(whole)),
        "logprobs": pa.list_(number),
        "versions": pa.list_(pa.struct(dict.fromkeys(_SPAN, whole))),
    }
    return pa.schema(
        {
            **plain,
            "messages": pa.list_(pa.struct({"role": text, "content": text})),
            "turns": pa.list_(pa.struct(turn)),
            "segments": pa.list_(pa.struct(segment)),
        }
    )
