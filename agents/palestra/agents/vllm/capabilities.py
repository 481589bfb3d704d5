"""What vLLM servers can do, and what turns it on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from palestra.agents.errors import GeneratorError

_DEV_MODE = "the environment variable VLLM_SERVER_DEV_MODE=1"


class ControlError(GeneratorError):
    """A control route of a worker is missing, refused, or did not answer in time."""


SEEN_ON = "0.32"
"""The version of vLLM on which every route below was seen to work; an older one may lack some."""

FEATURES: Mapping[str, tuple[str, str]] = {
    "tokens": ("/inference/v1/generate", "the argument --enable-scale-out"),
    "pause": ("/pause", _DEV_MODE),
    "transfer": ("/start_weight_update", _DEV_MODE),
    "label": ("/update_weight_version", _DEV_MODE),
    "checksum": ("/weight_checker", _DEV_MODE),
    "rpc": ("/collective_rpc", _DEV_MODE),
    "prefix_cache": ("/reset_prefix_cache", _DEV_MODE),
    "sleep": ("/sleep", f"{_DEV_MODE} and the argument --enable-sleep-mode"),
    "adapters": (
        "/v1/load_lora_adapter",
        "the argument --enable-lora and the environment variable VLLM_ALLOW_RUNTIME_LORA_UPDATING=1",
    ),
}
"""What a server can do: the route that does it, and what turns that on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a server can do, as it says itself."""

    worker: str
    version: str
    """Of vLLM; empty if it names none."""
    features: frozenset[str]
    """Names of `FEATURES` whose route it has."""

    def require(self, *names: str) -> None:
        """Make sure that the server can do something.

        Raises:
            ControlError: It cannot; the message says what turns it on.
        """
        for name in names:
            if name in self.features:
                continue
            route, flag = FEATURES[name]
            raise ControlError(f"the worker `{self.worker}` has no route {route}\n\nhint: {self._advice(flag)}")

    def _advice(self, flag: str) -> str:
        if self.version and _order(self.version) < _order(SEEN_ON):
            return f"it runs vLLM {self.version}, and the route was seen on {SEEN_ON}; there, {flag} turns it on"
        return f"start it with {flag}"


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
