"""Generation by vLLM servers: their clients, and a pool of them."""

from palestra.agents.vllm.breaker import BreakerLimits, BreakerState
from palestra.agents.vllm.client import Serving, TokenRules, VersionLabels
from palestra.agents.vllm.limits import PoolLimits
from palestra.agents.vllm.pool import VllmPool
from palestra.agents.vllm.probe import WrongSettingsError
from palestra.agents.vllm.stats import WorkerStats
from palestra.agents.vllm.worker import Worker

__all__ = [
    "BreakerLimits",
    "BreakerState",
    "PoolLimits",
    "Serving",
    "TokenRules",
    "VersionLabels",
    "VllmPool",
    "Worker",
    "WorkerStats",
    "WrongSettingsError",
]
