"""What a server is asked before it gets requests: whether it is there, what it serves, how it samples."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from palestra.agents.errors import GeneratorError
from palestra.agents.patience import Failure
from palestra.agents.vllm.client import COMPLETIONS_ROUTE, GENERATE_ROUTE, ServerFacts, VllmClient

_TEMPERATURE = 0.5
_CANDIDATES = 5
_FLAT = 1e-3
"""Log-probabilities that spread less tell nothing about temperature."""


class UnusableWorkerError(Exception):
    """A server that cannot be used now."""


class WrongSettingsError(GeneratorError):
    """A server samples in a way that cannot be trained on, and will not mend itself."""


async def facts_of(client: VllmClient, url: str, timeout_s: float) -> ServerFacts:
    """What the server at `url` serves.

    Raises:
        UnusableWorkerError: It does not answer as a server of models does.
    """
    await _asked(client, "GET", "/health", {}, timeout_s)
    listed = _json(await _asked(client, "GET", "/v1/models", {}, timeout_s))
    try:
        first = listed["data"][0]  # adapters follow
        return ServerFacts(model=str(first["id"]), max_model_len=int(first.get("max_model_len") or 1 << 30))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnusableWorkerError(f"`{url}` names no model ({type(error).__name__})") from None


async def probe_sampling(client: VllmClient, url: str, facts: ServerFacts, timeout_s: float) -> ServerFacts:
    """Make sure that log-probabilities are those of the distribution sampled from, by one token at two temperatures.

    Returns:
        The facts, with the route that the server takes tokens at.

    Raises:
        UnusableWorkerError: It does not answer, or not with log-probabilities.
        WrongSettingsError: They are not of the distribution sampled from.
    """
    plain = await _candidates(client, facts, 1.0, timeout_s, GENERATE_ROUTE)
    if plain is None:
        facts = replace(facts, has_generate=False)
        plain = await _candidates(client, facts, 1.0, timeout_s, COMPLETIONS_ROUTE)
    route = GENERATE_ROUTE if facts.has_generate else COMPLETIONS_ROUTE
    sharp = await _candidates(client, facts, _TEMPERATURE, timeout_s, route)
    if plain is None or sharp is None:
        raise UnusableWorkerError(
            f"`{url}` completes no tokens: neither {GENERATE_ROUTE} nor {COMPLETIONS_ROUTE} is there"
        )
    if not all(map(math.isfinite, (*plain, *sharp))):
        raise WrongSettingsError(
            f"`{url}` cuts the distribution that it samples from: candidates have no finite log-probability"
            "\n\nhint: start it with `--generation-config vllm`, and without defaults for top-p, top-k and min-p"
        )
    spread, seen = plain[0] - plain[-1], sharp[0] - sharp[-1]
    if spread > _FLAT and abs(seen * _TEMPERATURE - spread) > 0.1 * spread:
        raise WrongSettingsError(
            f"`{url}` gives log-probabilities that are not of the distribution sampled from: at temperature "
            f"{_TEMPERATURE} its candidates spread over {seen:.3g}, not {spread / _TEMPERATURE:.3g}"
            "\n\nhint: start it with `--logprobs-mode processed_logprobs --generation-config vllm`"
        )
    return facts


async def _candidates(
    client: VllmClient, facts: ServerFacts, temperature: float, timeout_s: float, route: str
) -> list[float] | None:
    """Log-probabilities of the likeliest first tokens, falling; None if the server has no such route."""
    sampling: dict[str, object] = {
        "temperature": temperature,
        "max_tokens": 1,
        "logprobs": _CANDIDATES,
        "top_p": 1.0,
        "min_p": 0.0,
    }
    if route == GENERATE_ROUTE:
        body: dict[str, object] = {
            "model": facts.model,
            "token_ids": [1, 2],
            "sampling_params": {**sampling, "detokenize": False},
        }
    else:
        body = {"model": facts.model, "prompt": [1, 2], **sampling, "return_tokens_as_token_ids": True}
    reply = await client.ask("POST", route, json.dumps(body).encode(), timeout_s)
    if isinstance(reply, Failure):
        if reply.is_missing:
            return None
        raise UnusableWorkerError(reply.what)
    try:
        [choice] = _json(reply)["choices"]
        values = _top(choice["logprobs"])
        return sorted(map(float, values), reverse=True)[:_CANDIDATES]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnusableWorkerError(
            f"no log-probabilities of candidates ({type(error).__name__}): {reply[:200]!r}"
        ) from None


def _top(logprobs: Any) -> Sequence[float]:
    if "content" in logprobs:
        return list({row["token_id"]: row["logprob"] for row in logprobs["content"][0]["top_logprobs"]}.values())
    return list(logprobs["top_logprobs"][0].values())


async def _asked(client: VllmClient, method: str, route: str, body: dict[str, object], timeout_s: float) -> bytes:
    reply = await client.ask(method, route, json.dumps(body).encode() if body else b"", timeout_s)
    if isinstance(reply, Failure):
        raise UnusableWorkerError(f"{method} {route}: {reply.what}")
    return reply


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnusableWorkerError(f"no JSON: {body[:200]!r}") from None
