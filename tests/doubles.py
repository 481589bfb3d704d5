"""Deterministic stand-ins for a model and its tokenizer, and a small environment of two turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from palestra.agents import Completion, FinishReason, GenerationRequest, VersionSpan
from palestra.envs import EpisodeState, KeyedRandom, Message, Split, Task, TaskId, TextEnv, Turn
from palestra.verifiers import Verdict

_ROLES = {"system": 256, "user": 257, "assistant": 258, "tool": 259}
END = 260
"""The stop token of the byte tokenizer."""


class ByteTokenizer:
    """Bytes are tokens; each message is its role's token, its bytes and `END`."""

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        return (*(token for message in messages for token in self._message(message)), _ROLES["assistant"])

    def reply_ids(self, messages: Sequence[Message], *, closed: bool) -> tuple[int, ...]:
        return (() if closed else (END,)) + self.prompt_ids(messages)

    def response_ids(self, text: str) -> tuple[int, ...]:
        return (*text.encode("utf-8", "surrogatepass"), END)

    def text(self, token_ids: Sequence[int]) -> str:
        return bytes(token for token in token_ids if token < 256).decode("utf-8", "replace")

    @staticmethod
    def _message(message: Message) -> tuple[int, ...]:
        return (_ROLES[message.role], *message.content.encode("utf-8", "surrogatepass"), END)


class ScriptedGenerator:
    """Answers by a function of the request's text and key; log-probabilities follow from key and position.

    `failures` counts down: a request whose key is in it fails that many times. The version rises by one in the
    middle of each completion when `is_syncing`, as under an asynchronous weight push.
    """

    def __init__(
        self, answer: Callable[[str, str], str], *, failures: dict[str, int] | None = None, is_syncing: bool = False
    ) -> None:
        self._answer = answer
        self._failures = failures or {}
        self._is_syncing = is_syncing
        self.version = 3
        self.requests: list[GenerationRequest] = []
        self.completions: list[Completion] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        completions = [self._complete(request) for request in requests]
        self.requests += requests
        self.completions += completions
        return completions

    def _complete(self, request: GenerationRequest) -> Completion:
        if self._failures.get(request.key, 0) > 0:
            self._failures[request.key] -= 1
            return Completion.error("the worker went away")
        text = self._answer(ByteTokenizer().text(request.prompt_ids), request.key)
        token_ids = (*text.encode(), END)[: request.sampling.max_new_tokens]
        rng = KeyedRandom("logprob", request.key)
        middle = len(token_ids) // 2 if self._is_syncing else len(token_ids)
        spans = [VersionSpan(version=self.version, start=0, end=middle)]
        if self._is_syncing:
            self.version += 1
            spans.append(VersionSpan(version=self.version, start=middle, end=len(token_ids)))
        return Completion(
            token_ids=token_ids,
            logprobs=tuple(-rng.below(1000) / 100 for _ in token_ids),
            finish_reason=FinishReason.STOP if token_ids[-1] == END else FinishReason.LENGTH,
            versions=tuple(spans),
        )


class EchoSource:
    """Tasks that ask for a number to be said twice."""

    id = "test/Echo-v1"

    def task(self, split: Split, seed: int, index: int) -> Task:
        number = KeyedRandom(self.id, split, seed, index).below(1000)
        task_id = TaskId(source=self.id, split=split, seed=seed, index=index)
        return Task(id=task_id, prompt=f"Say {number}.", reference=str(number))

    def regenerate(self, task_id: TaskId) -> Task:
        return self.task(task_id.split, task_id.seed, task_id.index)

    def with_difficulty(self, difficulty: float) -> EchoSource:
        return self


class EchoEnv(TextEnv):
    """Two turns: the number, and the number again; half a point for each."""

    def __init__(self) -> None:
        super().__init__(EchoSource(), system_prompt="You echo.")

    def turn_limit(self, task: Task) -> int:
        return 2

    def oracle(self) -> str:
        return self.task.reference

    def guess(self, rng: KeyedRandom) -> str:
        return str(rng.below(1000))

    def respond(self, state: EpisodeState, text: str) -> Turn:
        said = [message.content for message in state.messages if message.role == "assistant"] + [text]
        if len(said) < 2:
            return Turn(reply="Once more.")
        return Turn(verdict=Verdict.partial(sum(word == state.task.reference for word in said) / 2, f"said {said}"))
