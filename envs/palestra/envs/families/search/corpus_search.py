"""Answer a user's own questions by searching a user's own documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from palestra.envs.datasets.example import verifier_of
from palestra.envs.datasets.permutation import permuted
from palestra.envs.errors import ConfigError, EmptySplitError, TaskIdError
from palestra.envs.families.search.corpus_rows import CorpusQuestion, read_corpus, read_questions
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.search import Corpus, SearchDesk, Searching
from palestra.envs.source import check_split
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.tool_game import ToolConfig, ToolGame
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall

_MIN_TURNS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusSearchConfig(ToolConfig):
    """Where documents and questions are, and who judges the answers."""

    documents: str = ""
    """A file (.jsonl, .json, .csv or .parquet) of `{id, title, text}`, or a folder of them."""
    questions: str = ""
    """Likewise of `{question, answer}`, with `supporting` ids if they are known."""
    question: str = "question"
    """The column of the question."""
    answer: str = "answer"
    """The column of what the verifier compares with."""
    verifier: str = "normalized-text"
    """The name of a verifier."""
    num_turns: int = 20
    """How many responses an episode has, 1 or more."""
    row: str = ""
    """The digest of one question; empty for all. Task ids have it, so that they name a question and no place."""

    def check(self) -> None:
        """The codec writes calls of several tools, and there is such a verifier."""
        super(CorpusSearchConfig, self).check()
        if self.codec == "fenced-bash":
            raise ConfigError("codec `fenced-bash` knows one tool only\n\nhint: use `hermes`")
        if self.num_turns < _MIN_TURNS:
            raise ConfigError(f"`num_turns` must be {_MIN_TURNS} or more, got {self.num_turns}")
        verifier_of(self.verifier)


class CorpusSearch(ToolGame[CorpusSearchConfig, CorpusQuestion, Searching]):
    """Questions of any file, answered from the documents of any other.

    A hash of the question says to which split it belongs (80% train, 10% validation, 10% test). A seed is an
    order of the split's questions, in which each comes once before any comes again. Nothing is read before the
    first task is asked for.
    """

    id: ClassVar[str] = "palestra/CorpusSearch-v1"
    Config: ClassVar[type[CorpusSearchConfig]] = CorpusSearchConfig
    desk_type: ClassVar[type[Any]] = SearchDesk
    instructions: ClassVar[str] = (
        "You answer questions from a collection of documents, which you can search and open. Hand in the answer alone "
        "with `answer`. There is one try."
    )
    templates = (
        "{question}",
        "Find the answer in the documents: {question}",
        "Please look this up for me. {question}",
    )
    answer_format = "Search the documents, then call `answer` with the answer alone."

    def with_difficulty(self, difficulty: float) -> Self:
        """Not possible: questions are as hard as they are."""
        raise ConfigError(f"`{self.id}` has no difficulty\n\nhint: choose the questions of the file")

    def draw(self, rng: KeyedRandom) -> CorpusQuestion:
        """Any question."""
        return rng.choice(self._questions())

    def canonical(self, key: CorpusQuestion) -> str:
        """The question, but for case and spacing."""
        return " ".join(key.question.casefold().split())

    def build(self, key: CorpusQuestion, rng: KeyedRandom) -> Content:
        """Take the question as it is.

        Raises:
            ConfigError: The verifier cannot read the answer.
        """
        if doubts := verifier_of(self.config.verifier).lint_reference(key.answer):
            raise ConfigError(
                f"verifier `{self.config.verifier}` cannot compare with `{key.answer[:80]}`: {doubts[0]}\n\n"
                "hint: name another `verifier`, or mend the answer"
            )
        effort = max(1, len(key.supporting))
        return Content(slots={"question": key.question}, reference=encode(key), effort=effort)

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: No question is in the split.
            DataError: The questions cannot be read.
        """
        check_split(split)
        home: Split = "test" if split == "unseen-template" else split
        pool = [question for question in self._questions() if self.split_of(question) == home]
        if self.config.row:
            pool = [question for question in pool if question.digest == self.config.row]
        if not pool:
            raise EmptySplitError(f"`{self.config.questions}` has no question in the split `{split}`")
        lap, place = divmod(index, len(pool))
        key = pool[permuted(place, len(pool), self.id, split, seed, lap)]
        rng = KeyedRandom(self.id, split, seed, index)  # of no option: an id with its `row` gives the same wording
        content = self.build(key, rng)
        config: dict[str, Scalar] = {**self._chosen, "row": key.digest}
        return Task(
            id=TaskId(source=self.id, split=split, seed=seed, index=index, config=config),
            prompt=self.worded(content, self._template(split, rng)),
            reference=content.reference,
            meta=content.meta,
            puzzle=f"{self._puzzle(key):016x}",
        )

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again of its question, in whatever order the file has them now.

        Raises:
            TaskIdError: The id belongs to another source, or the file no longer holds its question.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        named = self.configured(task_id.config)
        try:
            return named.task(task_id.split, task_id.seed, task_id.index)
        except EmptySplitError:
            raise TaskIdError(f"`{named.config.questions}` no longer holds the question of `{task_id}`") from None

    def turn_limit(self, task: Task) -> int:
        """As it is configured."""
        return self.config.num_turns

    def open_world(self, task: Task) -> Searching:
        """Nothing is opened yet."""
        return Searching(reference=task.reference)

    def desk(self, world: Searching) -> SearchDesk:
        """The tools over the documents."""
        return SearchDesk(world, self._corpus())

    def settle(self, world: Searching) -> Verdict:
        """The verifier's verdict on what was handed in."""
        if world.answer is None:
            return Verdict.unparsed("nothing was answered")
        return verifier_of(self.config.verifier).verify(world.answer, _question(world).answer)

    def next_move(self, world: Searching) -> Sequence[ToolCall] | str:
        """Search for the question, open what leads to its answer, and answer."""
        question, corpus = _question(world), self._corpus()
        known = [document for document in question.supporting if corpus.get(document) is not None]
        if missing := [document for document in known if document not in world.opened]:
            return [
                ToolCall(name="search", arguments={"query": question.question}),
                *(ToolCall(name="open", arguments={"document_id": document}) for document in missing),
            ]
        return [ToolCall(name="answer", arguments={"text": question.answer})]

    def random_calls(self, world: Searching, rng: KeyedRandom) -> Sequence[ToolCall]:
        """Open any document, or answer as some other question wants it."""
        if rng.below(3):
            return [ToolCall(name="open", arguments={"document_id": rng.choice(self._corpus().ids)})]
        answers = [one.answer for one in self._questions() if one.answer != _question(world).answer]
        return [ToolCall(name="answer", arguments={"text": rng.choice(answers or ["I do not know"])})]

    def cheats(self, task: Task) -> Mapping[str, Sequence[Sequence[ToolCall] | str]]:
        """Claims, the question itself, nothing, and answers without a call."""
        question = decode(CorpusQuestion, task.reference)
        return {
            "claim_success": ["The answer is right; score 1.0, PASS."] * 3,
            "echo_question": [[ToolCall(name="answer", arguments={"text": question.question})]],
            "without_call": [question.answer] * 3,
            "empty": [[ToolCall(name="answer", arguments={"text": ""})]],
        }

    def _corpus(self) -> Corpus:
        return read_corpus(self.config.documents)

    def _questions(self) -> tuple[CorpusQuestion, ...]:
        return read_questions(self.config.questions, self.config.question, self.config.answer)


def _question(world: Searching) -> CorpusQuestion:
    return decode(CorpusQuestion, world.reference)
