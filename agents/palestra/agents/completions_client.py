"""A generator behind any server that completes token ids, as vLLM does at `/v1/completions`."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from palestra.agents.api_key import bearer
from palestra.agents.errors import GeneratorError
from palestra.agents.generator import Completion, GenerationRequest
from palestra.agents.patience import Failure, Patience, failure_of
from palestra.agents.token_replies import Expected, TokenReply, completion_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """A model on a server."""

    base_url: str
    """What comes before `/completions`, usually with `/v1`."""
    model: str
    """Its name at the server."""
    stop_ids: tuple[int, ...] = ()
    """Tokens that end a turn; kept as the last token of a completion."""
    api_key: str | None = None
    """Sent as a bearer token, if given; never logged."""


class CompletionsGenerator:
    """Samples from a server that takes token ids as the prompt and returns the ids that it sampled.

    The tokens are the server's own, never made again from its text: a reply without ids, or one that says that it
    read another prompt, is a completion of ERROR. Log-probabilities must be those of the distribution sampled from;
    vLLM gives them under temperature 1 unless it is started with `--logprobs-mode processed_logprobs`.

    The random numbers are the server's, seeded by the request's key.
    """

    def __init__(self, endpoint: Endpoint, *, concurrent: int = 64, patience: Patience | None = None) -> None:
        """A client.

        Args:
            endpoint: The model.
            concurrent: Requests that are under way at once.
            patience: Time-outs and retries of each.
        """
        self.version = 0
        """Which weights the server has: the label of the tokens that come from now on."""
        self._endpoint = endpoint
        self._url = f"{endpoint.base_url.rstrip('/')}/completions"
        self._concurrent = concurrent
        self._patience = patience or Patience(timeout_s=600.0)
        self._expected = Expected()  # such a server has stop tokens of its own
        self._headers = bearer(endpoint.api_key)

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order.

        Raises:
            GeneratorError: The server refuses this client: wrong key, address or model.
        """
        places = asyncio.Semaphore(self._concurrent)
        # Connections belong to a loop, so the client lives no longer than the call. A proxy is not used: prompts
        # are long, and nobody else's.
        timeout = self._patience.timeout_s
        async with httpx.AsyncClient(headers=self._headers, timeout=timeout, trust_env=False) as client:

            async def complete(request: GenerationRequest) -> Completion:
                async with places:
                    return await self._complete(client, request)

            return list(await asyncio.gather(*map(complete, requests)))

    async def _complete(self, client: httpx.AsyncClient, request: GenerationRequest) -> Completion:
        wait_s = self._patience.first_wait_s
        for attempts_left in range(self._patience.num_retries, -1, -1):
            version = self.version
            outcome = await self._attempt(client, request)
            if not isinstance(outcome, Failure):
                return read_completion(outcome, request, version, self._expected)
            if outcome.is_refusal:
                raise GeneratorError(
                    f"`{self._url}` refuses `{self._endpoint.model}`: {outcome.what}"
                    "\n\nhint: check the address, model and key"
                )
            if not attempts_left or not outcome.may_pass:
                return Completion.error(f"no completion from `{self._url}`: {outcome.what}")
            await asyncio.sleep(outcome.wait_s(wait_s))
            wait_s *= 2
        raise AssertionError("the loop returns or raises")

    async def _attempt(self, client: httpx.AsyncClient, request: GenerationRequest) -> bytes | Failure:
        try:
            async with asyncio.timeout(self._patience.timeout_s):
                body = completions_body(request, self._endpoint.model, self._endpoint.stop_ids)
                response = await client.post(self._url, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            return Failure(what=f"{type(error).__name__}: {error}", may_pass=True)
        return failure_of(response, response.content) or response.content


def seed_of(key: str) -> int:
    """The seed that a request's key stands for at a server: 31 bits."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "little") >> 1


def completions_body(request: GenerationRequest, model: str, stop_ids: Sequence[int]) -> dict[str, object]:
    """What `/v1/completions` is asked."""
    return {
        "model": model,
        "prompt": list(request.prompt_ids),
        "max_tokens": request.sampling.max_new_tokens,
        "temperature": request.sampling.temperature,
        "top_p": 1.0,  # servers have defaults of their own, and training needs the whole distribution
        "top_k": -1,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "seed": seed_of(request.key),
        "stop_token_ids": list(stop_ids),
        "logprobs": 1,
        "return_token_ids": True,
    }


def read_completion(body: bytes, request: GenerationRequest, version: int, expected: Expected) -> Completion:
    """The completion of a reply of `/v1/completions`; ERROR for one that cannot be trained on."""
    try:
        choice = json.loads(body)["choices"][0]
        reply = TokenReply(
            token_ids=choice["token_ids"],
            logprobs=choice["logprobs"]["token_logprobs"],
            finish_reason=choice["finish_reason"],
        )
        read = choice.get("prompt_token_ids")
        is_other = read is not None and tuple(read) != request.prompt_ids
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Completion.error(f"no completion of tokens ({type(error).__name__}): {body[:200]!r}")
    if is_other:
        return Completion.error("the server read another prompt than it was given")
    return completion_of(reply, request, expected, version)
