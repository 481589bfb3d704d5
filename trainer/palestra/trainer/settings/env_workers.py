"""Where environments, verifiers and sandboxes of a run live."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from palestra.agents.remote import HERE, EnvWorkers, PoolLimits
from palestra.trainer.require import require


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalWorkers:
    """In the learner's process, and in sandboxes that it starts."""

    kind: ClassVar[str] = "local"

    def start(self) -> EnvWorkers:
        """Nothing has to be started."""
        return HERE


@dataclass(frozen=True, kw_only=True, slots=True)
class RayWorkers:
    """In actors of a Ray cluster, on other machines too; needs the extra `ray`.

    Tasks travel by id: all nodes have the same versions of palestra, of packages with environments, and of the data
    sets that these read. References and verdicts are in the actors' processes, never in a sandbox.
    """

    kind: ClassVar[str] = "ray"
    short_form: ClassVar[tuple[str, str]] = ("ray://", "address")
    """A text that begins so, in place of the table, is the value of that key: `--env-workers ray://HOST:PORT`."""

    address: str = "auto"
    """`local`: a cluster on this machine, for this run alone; `auto`: the one that runs on this machine; `HOST:PORT` or
    `ray://HOST:PORT`: another one."""
    actors: int = 0
    """Processes that play; 0: one for each core of the cluster."""
    cpus_per_actor: float = 1.0
    """Cores that Ray sets aside for each."""
    episodes_per_actor: int = 16
    """Episodes that one of them holds at once."""
    connect_s: float = 120.0
    """How long the cluster and the first actor are waited for."""
    open_s: float = 120.0
    """Longest start of an episode."""
    play_s: float = 600.0
    """Longest turn of an episode, less the model's time."""
    grade_s: float = 600.0
    """Longest judgement."""
    ping_s: float = 10.0
    """An actor that does not answer for so long, after a call failed, is started anew."""
    patience_s: float = 120.0
    """The run stops when no actor has been up for so long."""

    def __post_init__(self) -> None:
        require(bool(self.address), "env_workers.address must be local, auto, HOST:PORT or ray://HOST:PORT")
        require(self.actors >= 0, f"env_workers.actors must not be negative, got {self.actors}")
        require(self.episodes_per_actor >= 1, f"episodes_per_actor must be at least 1, got {self.episodes_per_actor}")
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, float):
                require(0.0 < value < float("inf"), f"env_workers.{each.name} must be positive, got {value}")

    def start(self) -> EnvWorkers:
        """Connect to the cluster and start the actors.

        Raises:
            MissingPackageError: Ray is not installed.
            EnvWorkersError: There is no such cluster, or no actor starts.
        """
        from palestra.agents.remote.ray_hosts import RayPlan, start_ray  # Ray is an extra

        plan = RayPlan(
            address=self.address, actors=self.actors, cpus_per_actor=self.cpus_per_actor, connect_s=self.connect_s
        )
        limits = PoolLimits(
            episodes_per_host=self.episodes_per_actor,
            open_s=self.open_s,
            play_s=self.play_s,
            grade_s=self.grade_s,
            ping_s=self.ping_s,
            patience_s=self.patience_s,
        )
        return start_ray(plan, limits)


EnvWorkerChoice = LocalWorkers | RayWorkers
"""Where environments can live."""
