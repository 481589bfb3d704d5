"""What a generator is built for, and what is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from palestra.agents import Generator, WeightSync
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import EarlyRejection


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The learner's side, as a generator needs it."""

    policy: Policy
    tokenizer: HfChatTokenizer
    max_concurrent: int
    """Sequences that are decoded at once in this process."""
    rejection: EarlyRejection | None = None
    model_path: str = ""
    """Where the policy was loaded from: a folder, or `package:NAME`."""
    folder: Path | None = None
    """Of the run: logs of servers go there. None: nothing is started."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """A generator, and what brings it the learner's weights."""

    generator: Generator
    weight_sync: WeightSync
