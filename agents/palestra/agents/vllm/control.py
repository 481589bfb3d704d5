"""The control routes of one vLLM server: what it can do, its pauses, its weights, its sleep.

All of them are vLLM's own. Most exist only with `VLLM_SERVER_DEV_MODE=1`, which opens the server to everyone who
reaches it: it must listen on a loopback or otherwise closed address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import httpx

from palestra.agents.api_key import bearer
from palestra.agents.vllm.capabilities import FEATURES, Capabilities, ControlError

_EXCERPT = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlDeadlines:
    """How long each kind of call may take; every one ends, with its cause named."""

    probe_s: float = 10.0
    """Questions: version, routes, state."""
    pause_s: float = 60.0
    """Until the step under way is done and caches are cleared; also resuming and sleeping."""
    update_s: float = 300.0
    """For the weights themselves: each of init, start, update and finish."""

    def __post_init__(self) -> None:
        for each in fields(self):
            if not getattr(self, each.name) > 0:
                raise ValueError(f"{each.name} must be positive, got {getattr(self, each.name)}")


@dataclass(slots=True)
class VllmControl:
    """A client of one server's control routes. Each call has a deadline, and its error names worker and route."""

    url: str
    """Without a path."""
    deadlines: ControlDeadlines = field(default_factory=ControlDeadlines)
    api_key: str | None = field(default=None, repr=False)
    """Sent as a bearer token, if given; never logged."""
    _http: httpx.AsyncClient | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    async def capabilities(self) -> Capabilities:
        """Version and routes of the server.

        Raises:
            ControlError: It does not answer.
        """
        version = await self._ask("GET", "/version", self.deadlines.probe_s, is_optional=True)
        names = list(FEATURES)
        found = await asyncio.gather(*(self._has(FEATURES[name][0]) for name in names))
        return Capabilities(
            worker=self.url,
            version=str(version.get("version", "")),
            features=frozenset(name for name, there in zip(names, found, strict=True) if there),
        )

    async def transfer_backend(self) -> str:
        """The weight transfer engine that the server was started with; empty: none, or it does not say.

        It takes seconds the first time: the server then looks through all of its environment.
        """
        path = "/server_info?config_format=json"
        info = await self._ask("GET", path, self.deadlines.pause_s, is_optional=True)
        config = info.get("vllm_config")
        transfer = config.get("weight_transfer_config") if isinstance(config, dict) else None
        return str(transfer.get("backend", "")) if isinstance(transfer, dict) else ""

    async def world_size(self) -> int:
        """Processes that hold the server's model."""
        return _whole(await self._ask("GET", "/get_world_size", self.deadlines.probe_s), "world_size", self.url)

    async def init_transfer(self, init_info: Mapping[str, object]) -> None:
        """Connect the server's weight transfer engine."""
        await self._ask("POST", "/init_weight_transfer_engine", self.deadlines.update_s, {"init_info": dict(init_info)})

    async def pause(self) -> None:
        """Freeze generation with its requests kept, and forget all keys and values of the old weights.

        A request that was under way is read again when generation goes on: its next token is the new weights'
        alone. (With the cache kept it would be of neither policy.)
        """
        await self._ask("POST", "/pause?mode=keep&clear_cache=true", self.deadlines.pause_s)

    async def is_paused(self) -> bool:
        """Whether generation is frozen; a server that does not say is taken to go on."""
        answer = await self._ask("GET", "/is_paused", self.deadlines.probe_s, is_optional=True)
        return answer.get("is_paused") is True

    async def start_update(self) -> None:
        """Open the model for new weights."""
        await self._ask("POST", "/start_weight_update", self.deadlines.update_s)

    async def update(self, update_info: Mapping[str, object]) -> None:
        """Give new weights, or a part of them."""
        await self._ask("POST", "/update_weights", self.deadlines.update_s, {"update_info": dict(update_info)})

    async def finish(self, version: int) -> None:
        """Close the model; tokens sampled from now on are labelled `version`."""
        await self._ask("POST", "/finish_weight_update", self.deadlines.update_s, {"weight_version": str(version)})

    async def label(self, version: int) -> None:
        """Label the tokens sampled from now on, whatever the weights are."""
        await self._ask("POST", "/update_weight_version", self.deadlines.probe_s, {"new_version": str(version)})

    async def resume(self) -> None:
        """Let generation go on."""
        await self._ask("POST", "/resume", self.deadlines.pause_s)

    async def abort(self) -> None:
        """End all requests that are under way."""
        await self._ask("POST", "/abort_requests", self.deadlines.pause_s, {})

    async def weight_info(self) -> int | None:
        """The version that tokens are labelled with; None before the first."""
        label = str((await self._ask("GET", "/weight_info", self.deadlines.probe_s)).get("weight_version", ""))
        return int(label) if label.isdecimal() else None

    async def checksums(self) -> dict[str, str]:
        """SHA-256 of each parameter as the server holds it, under names of its own."""
        path, action = "/weight_checker", {"action": "checksum"}
        found = (await self._ask("POST", path, self.deadlines.update_s, action)).get("checksums")
        if not isinstance(found, dict):
            raise self._failed(path, "no checksums in its answer")
        return {str(name): str(digest) for name, digest in found.items()}

    async def reset_prefix_cache(self) -> None:
        """Forget the keys and values of prompts.

        Raises:
            ControlError: Some are in use.
        """
        path = "/reset_prefix_cache"
        if (await self._ask("POST", path, self.deadlines.pause_s)).get("success") is not True:
            raise self._failed(path, "the cache is in use")

    async def sleep(self, level: int = 2) -> None:
        """Give memory back: 1 keeps the weights in main memory, 2 drops them."""
        await self._ask("POST", f"/sleep?level={level}&mode=keep", self.deadlines.pause_s)

    async def wake(self, *tags: str) -> None:
        """Take memory again: `weights`, `kv_cache`, or all without a tag."""
        query = "&".join(f"tags={tag}" for tag in tags)
        await self._ask("POST", f"/wake_up?{query}" if query else "/wake_up", self.deadlines.pause_s)

    async def call(self, method: str, args: Sequence[str] = ()) -> list[dict[str, object]]:
        """What each process of the server answers to a method of its worker extension."""
        path, body = "/collective_rpc", {"method": method, "args": list(args)}
        results = (await self._ask("POST", path, self.deadlines.update_s, body)).get("results")
        if not isinstance(results, list) or not results or not all(isinstance(each, dict) for each in results):
            raise self._failed(path, f"no results of `{method}` in its answer")
        return results

    async def load_adapter(self, name: str, path: str) -> None:
        """Take a LoRA adapter from a folder that the server sees."""
        body = {"lora_name": name, "lora_path": path}
        await self._ask("POST", "/v1/load_lora_adapter", self.deadlines.update_s, body, is_json=False)

    async def unload_adapter(self, name: str) -> None:
        """Forget an adapter."""
        body = {"lora_name": name}
        await self._ask("POST", "/v1/unload_lora_adapter", self.deadlines.pause_s, body, is_json=False)

    async def models(self) -> dict[str, str]:
        """Names of what is served, adapters too, and where each was read from."""
        rows = (await self._ask("GET", "/v1/models", self.deadlines.probe_s)).get("data")
        return {str(row.get("id")): str(row.get("root")) for row in rows} if isinstance(rows, list) else {}

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None and self._loop is asyncio.get_running_loop():
            await self._http.aclose()
        self._http = None

    async def _has(self, route: str) -> bool:
        # No route answers OPTIONS: one that is there says that the method is wrong, and does nothing.
        try:
            async with asyncio.timeout(self.deadlines.probe_s):
                return (await self._client().request("OPTIONS", self.url + route)).status_code != httpx.codes.NOT_FOUND
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._failed(route, f"{type(error).__name__}: {error}") from error

    async def _ask(
        self,
        method: str,
        path: str,
        deadline_s: float,
        body: Mapping[str, object] | None = None,
        *,
        is_json: bool = True,
        is_optional: bool = False,
    ) -> dict[str, object]:
        """The object that a route answers; empty if it is `is_optional` and there is none."""
        try:
            async with asyncio.timeout(deadline_s):
                response = await self._client().request(method, self.url + path, json=body)
        except TimeoutError:
            raise self._failed(path, f"no answer within {deadline_s:g} s") from None
        except httpx.HTTPError as error:
            raise self._failed(path, f"{type(error).__name__}: {error}".rstrip(": ")) from error
        if response.status_code != httpx.codes.OK:
            if is_optional:
                return {}
            raise self._failed(path, self._refusal(path, response))
        if not is_json or not response.content:
            return {}
        try:
            answer = response.json()
        except ValueError:
            raise self._failed(path, f"no JSON: {response.text[:_EXCERPT]!r}") from None
        if not isinstance(answer, dict):
            raise self._failed(path, f"no object: {response.text[:_EXCERPT]!r}")
        return answer

    def _refusal(self, path: str, response: httpx.Response) -> str:
        if response.status_code == httpx.codes.NOT_FOUND:
            bare = path.partition("?")[0]
            for route, flag in FEATURES.values():
                if route == bare:
                    return f"it has no such route\n\nhint: start it with {flag}"
        return f"status {response.status_code}: {response.text[:_EXCERPT]!r}"

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._http is None or self._loop is not loop:  # connections belong to a loop
            # A server closes the connection after an answer of 500: none is used twice.
            limits = httpx.Limits(max_keepalive_connections=0)
            # Where nothing is encrypted no certificates are read: that takes longer than a call.
            is_tls = self.url.startswith("https:")
            headers = bearer(self.api_key)
            self._http = httpx.AsyncClient(timeout=None, trust_env=False, limits=limits, verify=is_tls, headers=headers)
            self._loop = loop
        return self._http

    def _failed(self, path: str, what: str) -> ControlError:
        return ControlError(f"the worker `{self.url}`, {path.partition('?')[0]}: {what}")


def _whole(answer: Mapping[str, object], key: str, worker: str) -> int:
    value = answer.get(key)
    if not isinstance(value, int) or value < 1:
        raise ControlError(f"the worker `{worker}` gives {key} as {value!r}")
    return value
