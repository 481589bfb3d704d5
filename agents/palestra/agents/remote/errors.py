"""What breaks between a driver and an environment elsewhere.

EpisodeLostError is no AgentError: the driver turns it into data (tried once more, then masked), as it does with
whatever else breaks in an environment. EnvWorkersError, which ends a run, is in `palestra.agents.errors`.
"""

from __future__ import annotations


class EpisodeLostError(ConnectionError):
    """The process that held an episode has gone, hangs, or failed in it."""


class HostLostError(EpisodeLostError):
    """The process has gone or hangs; another one may hold the episode."""
