"""What an episode comes to whose machinery broke."""

from __future__ import annotations

from palestra.envs import EndReason
from palestra.verifiers import Verdict


def breakdown(what: str) -> Verdict:
    """A masked verdict with the status `infra_error`, as graders that have statuses write it too."""
    return Verdict.error(f"{EndReason.INFRA_ERROR}: {what}")
