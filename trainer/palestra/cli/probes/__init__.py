"""What `palestra doctor` asks of this machine; nothing here loads torch into this process."""

from palestra.cli.probes.asking import ask
from palestra.cli.probes.finding import Finding, Probe, State
from palestra.cli.probes.table import PROBES

__all__ = ["PROBES", "Finding", "Probe", "State", "ask"]
