"""The probes of `palestra doctor`, in the order in which they are shown."""

from __future__ import annotations

from palestra.cli.probes import extras, machine, software
from palestra.cli.probes.finding import Probe

PROBES: tuple[Probe, ...] = (
    Probe(name="python", look=machine.python),
    Probe(name="cpu", look=machine.cpu),
    Probe(name="memory", look=machine.memory),
    Probe(name="shm", look=machine.shared_memory),
    Probe(name="disk", look=machine.disk),
    Probe(name="sandbox", look=software.sandbox, deadline_s=90.0),
    Probe(name="docker", look=software.docker, deadline_s=30.0),
    Probe(name="torch", look=software.torch, deadline_s=60.0),
    Probe(name="gpu", look=software.gpu, deadline_s=70.0),
    Probe(name="vllm", look=software.vllm, deadline_s=40.0, earnest_deadline_s=180.0),
    Probe(name="model", look=software.model),
    Probe(name="extras", look=extras.extras),
)
