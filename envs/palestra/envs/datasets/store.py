"""The examples of a data set by split and place: all in memory, or read as a stream."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from palestra.envs.datasets.columns import BadRowError, Row
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.datasets.decontamination import EvaluationIndex, read_prompts
from palestra.envs.datasets.example import Example, ExampleReader, Prepare, verifier_of
from palestra.envs.datasets.permutation import permuted
from palestra.envs.datasets.reading import read_parts
from palestra.envs.datasets.report import LoadReport, Tally
from palestra.envs.errors import DataError, EmptySplitError
from palestra.envs.task import IID_SPLITS, Split
from palestra.verifiers.keyed_random import KeyedRandom

_TRAIN_PERCENT, _VALIDATION_PERCENT = 80, 10  # the test split has the rest, as in the families
_NAMES: dict[str, Split] = {
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}

Parts = list[tuple[str, Iterable[Row]]]


class Store(ABC):
    """Examples, and what became of the other rows."""

    def __init__(self, source_id: str, config: DatasetConfig, prepare: Prepare | None) -> None:
        self.id = source_id
        self.config = config
        self._reader = ExampleReader(config, prepare)
        self._index = EvaluationIndex(read_prompts(config.against), config.ngram) if config.against else None

    @abstractmethod
    def at(self, split: Split, seed: int, index: int) -> Example:
        """The example number `index` of stream `seed`.

        Raises:
            EmptySplitError: The data has nothing in the split.
        """

    @abstractmethod
    def find(self, digest: str, split: Split, seed: int, index: int) -> Example | None:
        """The example of a digest, which stood at a place; None where it is gone."""

    @abstractmethod
    def other_answer(self, rng: KeyedRandom, split: Split) -> str | None:
        """The right answer to some question of the split; None where the data has no answers."""

    @abstractmethod
    def report(self, *, lint: bool = False) -> LoadReport:
        """What became of the rows."""

    def _read(self, rows: Iterable[Row], tally: Tally) -> Iterator[Example]:
        """The usable examples of rows."""
        for row in rows:
            tally.num_rows += 1
            try:
                found = self._reader.read(row)
            except BadRowError as error:
                if self.config.bad_rows == "refuse":
                    raise DataError(
                        f"row {tally.num_rows} of `{self.config.path}` makes no task: {error}\n\n"
                        'hint: mend it, or set bad_rows="skip"'
                    ) from None
                tally.leave_out("bad", str(error))
                continue
            if found is None:
                tally.leave_out("filtered")
                continue
            example, question = found
            if self._index is not None and (overlap := self._index.overlap(question)):
                tally.leave_out("contaminated", f"shares `{overlap.evidence}` with evaluation row {overlap.place + 1}")
                continue
            yield example

    def _split_of(self, example: Example, part: str, named: set[Split]) -> Split:
        """Our split of an example: by its part's name, else by the hash of its question."""
        if self.config.splits in IID_SPLITS:
            return self.config.splits
        if self.config.splits == "auto" and part in _NAMES:
            return _NAMES[part]
        percent = example.question % 100
        home: Split = "train" if percent < _TRAIN_PERCENT else "test"
        if _TRAIN_PERCENT <= percent < _TRAIN_PERCENT + _VALIDATION_PERCENT:
            home = "validation"
        return "train" if home in named else home

    def _named(self, parts: Parts) -> set[Split]:
        """The splits that the data names, besides training."""
        return {_NAMES[part] for part, _ in parts if part in _NAMES} if self.config.splits == "auto" else set()

    def _no_task(self, split: Split, there: list[Split]) -> EmptySplitError:
        known = f"it has {', '.join(there)}" if there else "it has no task at all"
        return EmptySplitError(
            f"`{self.id}` with `{self.config.path}` has no task in the split `{split}`\n\n"
            f'hint: {known}; `splits="{split}"` takes all rows as that, `splits="hash"` cuts them 80/10/10'
        )


class MemoryStore(Store):
    """All examples, each question once; a seed is a permutation of a split, and each round through it a new one."""

    def __init__(self, source_id: str, config: DatasetConfig, prepare: Prepare | None) -> None:
        super().__init__(source_id, config, prepare)
        self._tally = Tally()
        parts = read_parts(config)
        named = self._named(parts)
        homes: dict[int, tuple[Split, Example]] = {}
        placed = [
            (self._split_of(example, part, named), example)
            for part, rows in parts
            for example in self._read(rows, self._tally)
        ]
        # Evaluation first: a question that a named training split has, too, stays out of training.
        for split, example in sorted(placed, key=lambda one: -IID_SPLITS.index(one[0])):
            self._place(homes, split, example)
        examples = sorted((example for _, example in homes.values()), key=lambda example: example.digest)
        self._splits: dict[Split, list[Example]] = {split: [] for split in IID_SPLITS}
        for example in examples:  # by digest: the order of the rows is no part of the data
            self._splits[homes[example.question][0]].append(example)
        self._by_digest = {example.digest: example for example in examples}

    def at(self, split: Split, seed: int, index: int) -> Example:
        """The example at a place of the seed's permutation."""
        examples = self._examples(split)
        round_number, place = divmod(index, len(examples))
        return examples[permuted(place, len(examples), self.id, split, seed, round_number)]

    def find(self, digest: str, split: Split, seed: int, index: int) -> Example | None:
        """The example of a digest, wherever it stands now."""
        return self._by_digest.get(digest)

    def other_answer(self, rng: KeyedRandom, split: Split) -> str | None:
        """The answer to any question of the split."""
        return rng.choice(self._examples(split)).answer

    def report(self, *, lint: bool = False) -> LoadReport:
        """What became of the rows."""
        doubtful = sum(
            bool(verifier_of(example.verifier).lint_reference(example.reference))
            for example in (self._by_digest.values() if lint else ())
        )
        return self._tally.report({split: len(found) for split, found in self._splits.items() if found}, doubtful)

    def _examples(self, split: Split) -> list[Example]:
        examples = self._splits.get(split, [])
        if not examples:
            raise self._no_task(split, [split for split, found in self._splits.items() if found])
        return examples

    def _place(self, homes: dict[int, tuple[Split, Example]], split: Split, example: Example) -> None:
        home, first = homes.setdefault(example.question, (split, example))
        if first is example:
            return
        self._tally.leave_out("duplicate" if home == split else "in-another-split")
        self._tally.conflicts += (first.reference, first.verifier) != (example.reference, example.verifier)


class StreamStore(Store):
    """Examples in the order of the data, for any seed; only the last one is kept.

    Going back reads the data again from its beginning. Duplicates are not looked for.
    """

    def __init__(self, source_id: str, config: DatasetConfig, prepare: Prepare | None) -> None:
        super().__init__(source_id, config, prepare)
        self._lock = threading.Lock()
        self._cursors: dict[Split, _Cursor] = {}

    def at(self, split: Split, seed: int, index: int) -> Example:
        """The example number `index` of the split; behind the last one comes the first."""
        with self._lock:
            return self._cursor(split).at(index)

    def find(self, digest: str, split: Split, seed: int, index: int) -> Example | None:
        """The example at the place, if it is still the same."""
        example = self.at(split, seed, index)
        return example if example.digest == digest else None

    def other_answer(self, rng: KeyedRandom, split: Split) -> str | None:
        """The answer to the question that was asked last: nothing else is at hand."""
        with self._lock:
            return self._cursor(split).last().answer

    def report(self, *, lint: bool = False) -> LoadReport:
        """What became of the rows that were read last; golds are not doubted, since none are kept."""
        with self._lock:
            counts: dict[str, int] = {split: cursor.num_seen for split, cursor in self._cursors.items()}
            tally = max((cursor.tally for cursor in self._cursors.values()), key=lambda t: t.num_rows, default=Tally())
        return tally.report(counts)

    def _cursor(self, split: Split) -> _Cursor:
        if split not in self._cursors:
            self._cursors[split] = _Cursor(self, split)
        return self._cursors[split]

    def examples(self, split: Split, tally: Tally) -> Iterator[Example]:
        """The examples of a split from the first one on; parts that are another split are not read."""
        parts = read_parts(self.config)
        named = self._named(parts)
        for part, rows in parts:
            if self.config.splits == "auto" and _NAMES.get(part, split) != split:
                continue
            for example in self._read(rows, tally):
                if self._split_of(example, part, named) == split:
                    yield example

    def no_task(self, split: Split) -> EmptySplitError:
        """The error of a split that turned out empty."""
        return self._no_task(split, [])


class _Cursor:
    """A place in the stream of a split."""

    def __init__(self, store: StreamStore, split: Split) -> None:
        self._store, self._split = store, split
        self._size: int | None = None
        self._last: Example | None = None
        self.num_seen = 0
        self.tally = Tally()
        self._examples = store.examples(split, self.tally)

    def at(self, index: int) -> Example:
        if self._size is not None:
            index %= self._size
        if index < self.num_seen - 1:
            self._restart()
        while self.num_seen <= index:
            example = next(self._examples, None)
            if example is None:
                if self.num_seen == 0:
                    raise self._store.no_task(self._split)
                self._size = self.num_seen
                return self.at(index)
            self._last, self.num_seen = example, self.num_seen + 1
        assert self._last is not None  # `index` lies behind nothing that was not seen
        return self._last

    def last(self) -> Example:
        return self._last or self.at(0)

    def _restart(self) -> None:
        self._last, self.num_seen, self.tally = None, 0, Tally()
        self._examples = self._store.examples(self._split, self.tally)
