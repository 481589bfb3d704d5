"""The command that starts a vLLM server for rollouts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
"""The routes that control a server are open to whoever reaches it: it listens to this machine alone."""

_CPU_KV_CACHE_MB = 512
"""vLLM itself takes nearly all memory of the machine, the learner's too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerCommand:
    """A server of token ids with the routes that training needs, and without defaults of its own for sampling."""

    model: Path
    """A folder in the format of `transformers`."""
    python: str = sys.executable
    """An interpreter that has vLLM."""
    dtype: str = "auto"
    """What the weights are: `auto`, `float32`, `bfloat16` or `float16`."""
    max_model_len: int | None = None
    """Tokens of a prompt and its completion together; None: as many as the model takes."""
    kv_cache_mb: int | None = None
    """Memory for keys and values; None: on a CPU 512, on a GPU as vLLM finds fit."""
    threads: int = 1
    """On a CPU: for each server."""
    is_cpu: bool = False
    arguments: tuple[str, ...] = ()
    """Added at the end."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added; a `PYTHONPATH` comes before what is there."""

    def line(self, port: int) -> list[str]:
        """The command for a server at a port."""
        line = [self.python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(self.model)]
        line += ["--served-model-name", "policy", "--host", HOST, "--port", str(port), "--dtype", self.dtype]
        line += ["--generation-config", "vllm", "--logprobs-mode", "processed_logprobs", "--enable-scale-out"]
        line += ["--disable-uvicorn-access-log"]
        if self.max_model_len is not None:
            line += ["--max-model-len", str(self.max_model_len)]
        kv_cache_mb = self.kv_cache_mb or (_CPU_KV_CACHE_MB if self.is_cpu else None)
        if kv_cache_mb is not None:
            line += ["--kv-cache-memory-bytes", str(kv_cache_mb << 20)]
        if self.is_cpu:
            # Prompts are read whole: the CPU engine dies of a seeded request whose prompt is read in parts.
            line += ["--enforce-eager", "--no-enable-chunked-prefill"]
            line += ["--max-num-batched-tokens", str(max(self.max_model_len or 0, 8192))]
        return line + list(self.arguments)

    def variables(self) -> dict[str, str]:
        """The whole environment of a server."""
        own = {
            "VLLM_SERVER_DEV_MODE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1",
            **({"OMP_NUM_THREADS": str(self.threads), "VLLM_CPU_OMP_THREADS_BIND": "nobind"} if self.is_cpu else {}),
            **self.environment,
        }
        path = os.pathsep.join(filter(None, (self.environment.get("PYTHONPATH"), os.environ.get("PYTHONPATH"))))
        # The key of other servers: nobody would ask these with it.
        given = {name: value for name, value in os.environ.items() if name != "VLLM_API_KEY"}
        return given | own | ({"PYTHONPATH": path} if path else {})
