"""A judge behind any OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import json
import time
from types import TracebackType

import httpx

from palestra.agents.api_key import bearer
from palestra.agents.errors import GeneratorError
from palestra.agents.patience import Failure, Patience, failure_of

_MAX_REPLY_BYTES = 1 << 20


class OpenAIAsk:
    """From a prompt to the reply of a chat model: the `ask` of a judge, and `aask` for event loops.

    Safe in threads. `close` it, or use it in a `with` statement.

        Juror(ask=ask, aask=ask.aask)  # where ask = OpenAIAsk("http://127.0.0.1:8000/v1", "some-model")
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        max_tokens: int = 2048,
        temperature: float = 0.0,
        patience: Patience | None = None,
    ) -> None:
        """A client of one endpoint and model.

        Args:
            base_url: What comes before `/chat/completions`, usually with `/v1`.
            model: Its name at the endpoint.
            api_key: Sent as a bearer token, if given; never logged.
            max_tokens: Of a reply; enough for the thinking of a model that thinks.
            temperature: 0 for the most repeatable verdicts.
            patience: Time-outs and retries.
        """
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model, self._max_tokens, self._temperature = model, max_tokens, temperature
        self._patience = patience or Patience()
        self._headers = bearer(api_key)
        # A proxy of the environment is not used: prompts hold reference answers.
        self._client = httpx.Client(headers=self._headers, timeout=self._patience.timeout_s, trust_env=False)

    def __call__(self, prompt: str) -> str:
        """The reply to a prompt.

        Raises:
            GeneratorError: No reply after all attempts, or one that is no chat completion.
        """
        wait_s, attempts = self._patience.first_wait_s, self._patience.num_retries + 1
        for attempt in range(1, attempts + 1):
            outcome = self._attempt(prompt)
            if isinstance(outcome, str):
                return outcome
            if attempt == attempts or not outcome.may_pass:
                raise _error(outcome, self._url, attempt)
            time.sleep(outcome.wait_s(wait_s))
            wait_s *= 2
        raise AssertionError("the loop returns or raises")

    async def aask(self, prompt: str) -> str:
        """The reply to a prompt, for event loops; may be called from several loops.

        Raises:
            GeneratorError: No reply after all attempts, or one that is no chat completion.
        """
        wait_s, attempts = self._patience.first_wait_s, self._patience.num_retries + 1
        # Connections belong to a loop, so the client lives no longer than the call.
        async with httpx.AsyncClient(
            headers=self._headers, timeout=self._patience.timeout_s, trust_env=False
        ) as client:
            for attempt in range(1, attempts + 1):
                outcome = await self._aattempt(client, prompt)
                if isinstance(outcome, str):
                    return outcome
                if attempt == attempts or not outcome.may_pass:
                    raise _error(outcome, self._url, attempt)
                await asyncio.sleep(outcome.wait_s(wait_s))
                wait_s *= 2
        raise AssertionError("the loop returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> OpenAIAsk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _body(self, prompt: str) -> dict[str, object]:
        return {
            "model": self._model,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": self._max_tokens,
            "temperature": self._temperature,
        }

    def _attempt(self, prompt: str) -> str | Failure:
        deadline = time.monotonic() + self._patience.timeout_s
        try:
            with self._client.stream("POST", self._url, json=self._body(prompt)) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if problem := _overrun(body, deadline):
                        return problem
                return _read(response, bytes(body))
        except httpx.HTTPError as error:
            return Failure(what=f"{type(error).__name__}: {error}", may_pass=True)

    async def _aattempt(self, client: httpx.AsyncClient, prompt: str) -> str | Failure:
        try:
            async with (
                asyncio.timeout(self._patience.timeout_s),
                client.stream("POST", self._url, json=self._body(prompt)) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if problem := _overrun(body, float("inf")):
                        return problem
                return _read(response, bytes(body))
        except (httpx.HTTPError, TimeoutError) as error:
            return Failure(what=f"{type(error).__name__}: {error}", may_pass=True)


def _error(failure: Failure, url: str, attempts: int) -> GeneratorError:
    return GeneratorError(
        f"no reply from `{url}` in {attempts} attempts: {failure.what}\n\nhint: check the address, model and key"
    )


def _overrun(body: bytearray, deadline: float) -> Failure | None:
    if len(body) > _MAX_REPLY_BYTES:
        return Failure(what=f"a reply of more than {_MAX_REPLY_BYTES} bytes", may_pass=False)
    if time.monotonic() > deadline:
        return Failure(what="the reply came too slowly", may_pass=True)
    return None


def _read(response: httpx.Response, body: bytes) -> str | Failure:
    if failure := failure_of(response, body):
        return failure
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        return Failure(what=f"no chat completion ({type(error).__name__}): {body[:200]!r}", may_pass=False)
    if not isinstance(content, str):
        return Failure(what=f"a completion whose content is a {type(content).__name__}", may_pass=False)
    return content
