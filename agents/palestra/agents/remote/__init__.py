"""Environments in other processes and on other machines, behind the contract that the driver plays."""

from palestra.agents.remote.env import RemoteEnv
from palestra.agents.remote.errors import EpisodeLostError
from palestra.agents.remote.host import EnvHost
from palestra.agents.remote.pool import EnvPool, HostLink, PoolLimits, PoolTotals
from palestra.agents.remote.spec import EnvSpec
from palestra.agents.remote.workers import HERE, EnvWorkers, EnvWorkersHere

__all__ = [
    "HERE",
    "EnvHost",
    "EnvPool",
    "EnvSpec",
    "EnvWorkers",
    "EnvWorkersHere",
    "EpisodeLostError",
    "HostLink",
    "PoolLimits",
    "PoolTotals",
    "RemoteEnv",
]
