"""What a running vLLM server says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.agents.errors import GeneratorError
from palestra.agents.vllm.client import TokenRules, VllmClient
from palestra.agents.vllm.connections import Connections
from palestra.agents.vllm.control import VllmControl
from palestra.agents.vllm.probe import UnusableWorkerError, facts_of, probe_sampling


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerStatus:
    """A server's health and abilities."""

    url: str
    is_healthy: bool
    vllm_version: str = ""
    model: str = ""
    max_model_len: int = 0
    weight_version: str = ""
    """The number of those that were pushed last; empty if it does not say."""
    features: tuple[str, ...] = ()
    """What it can do; `palestra.agents.vllm.capabilities.FEATURES` has the routes."""
    failure: str = ""
    """Why it cannot be used, or not for training."""


async def status_of(url: str, *, api_key: str | None = None, timeout_s: float = 20.0) -> WorkerStatus:
    """What the server at an address says; every question has a deadline.

    Raises:
        ValueError: The address is none of a server.
    """
    url = url.rstrip("/")
    client = VllmClient(Connections(url, api_key=api_key), TokenRules())
    control = VllmControl(url=url, api_key=api_key)
    try:
        facts = await facts_of(client, url, timeout_s)
    except UnusableWorkerError as error:
        return WorkerStatus(url=url, is_healthy=False, failure=str(error))
    failure, version, abilities = "", "", None
    try:
        await probe_sampling(client, url, facts, timeout_s)
        abilities = await control.capabilities()
        number = await control.weight_info()
        version = "its own" if number is None else str(number)
    except (UnusableWorkerError, GeneratorError) as error:
        failure = str(error).partition("\n")[0]
    finally:
        client.close()
        await control.aclose()
    return WorkerStatus(
        url=url,
        is_healthy=True,
        vllm_version="" if abilities is None else abilities.version,
        model=facts.model,
        max_model_len=facts.max_model_len,
        weight_version=version,
        features=() if abilities is None else tuple(sorted(abilities.features)),
        failure=failure,
    )
