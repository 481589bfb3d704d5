"""Between episodes that ask one by one and a generator that wants to be asked for many at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from palestra.agents.errors import GeneratorError
from palestra.agents.generator import Completion, GenerationRequest, Generator


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion, and how long it took."""

    completion: Completion
    model_s: float


class RequestQueue:
    """Hands requests that are made at the same moment to the generator in one call, in their order.

    So an in-process generator reads the prompt that the first turns of a group share once.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._waiting: list[tuple[GenerationRequest, asyncio.Future[Completion]]] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def ask(self, request: GenerationRequest) -> Answer:
        """The completion of one request.

        Raises:
            GeneratorError: The generator cannot serve at all.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((request, future))
        started = time.monotonic()
        completion = await future
        return Answer(completion, time.monotonic() - started)

    def close(self) -> None:
        """Give up calls that nobody waits for any more."""
        for call in self._calls:
            call.cancel()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        call = asyncio.get_running_loop().create_task(self._call(waiting))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, waiting: list[tuple[GenerationRequest, asyncio.Future[Completion]]]) -> None:
        futures = [future for _, future in waiting]
        try:
            completions = await self._generator.generate([request for request, _ in waiting])
            if len(completions) != len(waiting):
                raise GeneratorError(f"asked for {len(waiting)} completions, got {len(completions)}")
        except Exception as error:  # noqa: BLE001  handed on as it is to everybody who asked
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            return
        for future, completion in zip(futures, completions, strict=True):
            if not future.done():
                future.set_result(completion)
