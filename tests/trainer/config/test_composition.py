from __future__ import annotations

import dataclasses

import pytest

from palestra.trainer.config import TrainConfig
from palestra.trainer.config.composition import composition
from palestra.trainer.config.reader import parse_config

BASE = 'steps = 3\nname = "x"\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n'
OPTIONAL = """
kl = "k1"
loss = "reinforce"
selection = "d3s"
credit = "turn-returns"
supervised.batch = 3
reasoning.share = 0.1
evaluation.every = 1
resets.patience = 1
"""


def test_every_part_is_there_by_its_kind_with_what_is_not_as_by_default() -> None:
    text = composition(
        parse_config(
            BASE
            + 'advantage = "rloo"\nkl = { kind = "k3", coefficient = 0.5 }\nloss.clip_high = 0.4\noptim.lr = 1e-5\n'
        )
    )
    assert text.startswith(
        "3 steps -> palestra/ChainSum-v1 -> model (path m) -> rollout (prompts_per_step 12, samples_per_prompt 8) -> "
    )
    for part in ("advantage rloo", "kl k3 (coefficient 0.5)", "loss clipped (clip_high 0.4)", "optim (lr 1e-05)"):
        assert f" {part}" in text
    assert "\n" not in text and "clip_low" not in text and "run_dir" not in text and "credit" not in text


@pytest.mark.parametrize("part", [field.name for field in dataclasses.fields(TrainConfig)])
def test_the_order_names_no_part_twice_and_leaves_none_out(part: str) -> None:
    """A part that nobody put into the order comes behind the others."""
    changed = parse_config(BASE + OPTIONAL)
    kind = getattr(getattr(changed, part), "kind", None)
    words = composition(changed).split(" -> ")
    if part != "env" and kind is not None and getattr(changed, part) != getattr(parse_config(BASE), part):
        assert sum(word.startswith(f"{part} {kind}") for word in words) == 1


def test_stages_say_what_they_change() -> None:
    stages = '[[stages]]\nname = "a"\nsteps = 2\noptim.lr = 0.5\n[[stages]]\nname = "b"\n'
    text = composition(parse_config(BASE + stages))
    assert text.startswith("5 steps -> ")
    assert text.endswith("-> stage a (2 steps, optim (lr 0.5)) -> stage b (3 steps)")
