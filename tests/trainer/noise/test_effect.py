from __future__ import annotations

import pytest

from palestra.trainer.config_reader import parse_config
from palestra.trainer.config_writer import to_toml
from palestra.trainer.rewarding import noise_sentence
from palestra.verifiers.errors import IneffectiveCorrectionError

BASE = 'steps = 1\nmodel.path = "m"\n'
ONE = 'env.id = "palestra/ChainSum-v1"\n'
UNIFORM = 'noise.rates = { kind = "assumed", rates = [{ fpr = 0.1, fnr = 0.2 }] }\n'
BY_LENGTH = (
    'noise.strata = [{ kind = "length", edges = [64] }]\n'
    'noise.rates = { kind = "assumed", rates = [{ stratum = "0-63", fpr = 0.1 }, { stratum = "64+", fpr = 0.3 }] }\n'
)
BY_ENV = (
    'noise.strata = [{ kind = "environment" }]\n'
    'noise.rates = { kind = "assumed", rates = [{ stratum = "palestra.ChainSum-v1", fpr = 0.1 }] }\n'
)
AUDITED = 'noise.rates = { kind = "audited", auditor = { kind = "verdict" } }\nreward = "noisy"\n'


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (BY_LENGTH, "samples of one group have different rates"),
        (AUDITED, "samples of one group have different rates"),
        (BY_ENV, "groups have different rates"),
        (UNIFORM + 'overlong = { max_tokens = 8, buffer = 4 }\nadvantage = "grpo"\n', "mixed with others"),
        (UNIFORM + 'kl = "k3"\n', "other terms of a fixed scale"),
        (UNIFORM + 'noise.correction = "none"\nadvantage = "grpo"\n', "no correction; filters and alarms read assumed"),
        (UNIFORM + 'reward = { kind = "verdict", turns = "summed" }\nadvantage = "grpo"\n', "mixed with others"),
        (UNIFORM + 'rollout.budget = { kind = "dynamic" }\nadvantage = "grpo"\n', "a filter or a weight reads"),
    ],
)
def test_the_way_in_which_a_correction_acts_is_said(text: str, way: str) -> None:
    assert way in noise_sentence(parse_config(text + ONE + BASE))


@pytest.mark.parametrize(
    "text",
    [
        UNIFORM + 'advantage = "grpo"\n',
        UNIFORM,
        UNIFORM + 'noise.correction = "forward"\n',
        BY_ENV + 'advantage = "grpo"\n',
        'noise.rates = { kind = "card", verifier = "last-number" }\n',
        AUDITED.replace("} }", "}, flips = false }"),
        UNIFORM + 'noise.strata = [{ kind = "length", edges = [64] }]\nshaping = [{ kind = "affine", scale = 10.0 }]\n',
    ],
)
def test_a_correction_that_changes_nothing_is_refused(text: str) -> None:
    config = parse_config(text + ONE + BASE)
    with pytest.raises(IneffectiveCorrectionError, match=r"has no effect(.|\n)*hint: "):
        noise_sentence(config)
    declared = parse_config("noise.allow_no_effect = true\n" + text + ONE + BASE)
    assert "declared without effect" in noise_sentence(declared)
    assert parse_config(to_toml(declared)) == declared


def test_assumptions_are_called_so() -> None:
    card = 'noise.allow_no_effect = true\nnoise.rates = { kind = "card", verifier = "last-number" }\n'
    assert "an assumption about this policy" in noise_sentence(parse_config(card + ONE + BASE))
    assert "which nobody has measured here" in noise_sentence(parse_config(BY_LENGTH + ONE + BASE))
    assert noise_sentence(parse_config(ONE + BASE)) == ""
