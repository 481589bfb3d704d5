"""What a learner computes, counted as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.trainer.packing.packs import Group, Pack
from palestra.trainer.packing.token_tree import tree_tokens


@dataclass(kw_only=True, slots=True)
class Work:
    """What a learner computed in a step; summed up as it goes."""

    tokens: int = 0
    """Of the tree that all samples of an update make together: what had to be read."""
    tokens_read: int = 0
    """By the layers, with a gradient."""
    padding: int = 0
    """Of them, those that fill up rows."""
    positions: int = 0
    """At which the head made logits, with a gradient."""
    pairs: int = 0
    """Of a query and a key that it sees, in one layer."""
    extra_tokens: int = 0
    """Read without a gradient: by scans, and by a reference."""
    extra_positions: int = 0
    updates: int = 0

    def begin_update(self, groups: Sequence[Group]) -> None:
        """Take what an update has to read."""
        self.updates += bool(groups)
        self.tokens += tree_tokens(
            [group.prompt_ids + sample.token_ids[:-1] for group in groups for sample in group.samples]
        )

    def add(self, pack: Pack, *, in_rows: bool) -> None:
        """Take a micro-batch that was run with a gradient.

        Args:
            pack: The micro-batch.
            in_rows: Whether every sample had a padded row of its own.
        """
        tokens = len(pack.token_ids_N)
        if in_rows:
            lengths = [len(row) for row in pack.plan.unpacked(pack.token_ids_N)[0]]
            tokens = len(lengths) * max(lengths)
            self.padding += tokens - sum(lengths)
        self.tokens_read += tokens
        self.positions += len(pack.predicting_U)
        self.pairs += pack.plan.visible_pairs

    def add_extra(self, pack: Pack) -> None:
        """Take a micro-batch that was run without a gradient."""
        self.extra_tokens += len(pack.token_ids_N)
        self.extra_positions += len(pack.predicting_U)
