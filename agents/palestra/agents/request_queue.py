"""Between episodes that ask one by one and a generator that wants to be asked for many at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from palestra.agents.errors import GeneratorError
from palestra.agents.generator import Completion, GenerationRequest, Generator, SingleGenerator


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion, and how long it took."""

    completion: Completion
    model_s: float


class RequestQueue:
    """Hands requests that are made at the same moment to the generator in one call, in their order.

    So an in-process generator reads the prompt that the first turns of a group share once. A generator of single
    completions is asked for each by itself: an episode goes on with its next turn while others are still answered.
    """

    def __init__(self, generator: Generator, *, by_prompt: bool = False) -> None:
        """A queue.

        Args:
            generator: Is asked.
            by_prompt: Make a call for each prompt, so that nobody waits for the responses to another; they overlap.
        """
        self._generator = generator
        self._by_prompt = by_prompt
        self._single = generator if isinstance(generator, SingleGenerator) else None
        self._waiting: list[tuple[GenerationRequest, asyncio.Future[Completion]]] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def ask(self, request: GenerationRequest) -> Answer:
        """The completion of one request.

        Raises:
            GeneratorError: The generator cannot serve at all.
        """
        started = time.monotonic()
        if self._single is not None:
            return Answer(await self._single.complete(request), time.monotonic() - started)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((request, future))
        completion = await future
        return Answer(completion, time.monotonic() - started)

    def close(self) -> None:
        """Give up calls that nobody waits for any more."""
        for call in self._calls:
            call.cancel()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        shares: dict[tuple[int, ...], list[tuple[GenerationRequest, asyncio.Future[Completion]]]] = {}
        for request, future in waiting:
            shares.setdefault(request.prompt_ids if self._by_prompt else (), []).append((request, future))
        for share in shares.values():
            call = asyncio.get_running_loop().create_task(self._call(share))
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
        except asyncio.CancelledError:
            for future in futures:
                future.cancel()  # whoever still waits would wait for ever
            raise
        for future, completion in zip(futures, completions, strict=True):
            if not future.done():
                future.set_result(completion)
