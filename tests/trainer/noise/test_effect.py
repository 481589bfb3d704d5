from __future__ import annotations

import pytest

from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import NoiseError
from palestra.trainer.run.rewarding import noise_sentence
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


SWARM = 'rollout.budget = { kind = "swarm", folder = "f", node = "n", '
APART = 'overlong = { max_tokens = 8, buffer = 4 }\ncomponents = ["outcome", "overlong"]\n'
TOOLS = 'env.id = "palestra/FactSearch-v1"\n'
FORWARD = UNIFORM + 'noise.correction = "forward"\n'


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (BY_LENGTH, "samples of one group have different rates"),
        (AUDITED, "samples of one group have different rates"),
        (BY_ENV, "groups have different rates"),
        (UNIFORM + 'overlong = { max_tokens = 8, buffer = 4 }\nadvantage = "grpo"\n', "mixed with others"),
        (UNIFORM + 'kl = "k3"\n', "other terms of a fixed scale"),
        (UNIFORM + 'noise.correction = "none"\nadvantage = "grpo"\n', "no correction; filters and alarms read assumed"),
        (UNIFORM + 'overlong = { max_tokens = 8, buffer = 4 }\nadvantage = "reinforce++"\n', "mixed with others"),
        (UNIFORM + 'shaping = ["truncated-factor"]\nadvantage = "grpo"\n', "a filter or a weight reads"),
        (UNIFORM + 'noise.correction = "forward"\nshaping = ["missing-end"]\n', "a filter or a weight reads"),
        (UNIFORM + 'entropy = "bonus"\n', "other terms of a fixed scale"),
        (UNIFORM + 'loss = { kind = "rec", regulariser = "k2" }\n', "other terms of a fixed scale"),
        (UNIFORM + SWARM + 'own = "dynamic" }\nadvantage = "grpo"\n', "a filter or a weight reads"),
        (UNIFORM + APART + 'advantage = { kind = "decomposed", of = "dr-grpo" }\n', "sees the scale"),
        (UNIFORM + 'critic = { whiten = false }\nkl = "k3"\n', "other terms of a fixed scale"),
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
        UNIFORM + 'reward = { kind = "verdict", turns = "summed" }\nadvantage = "grpo"\n',  # no turn has a reward
        UNIFORM + 'advantage = "gdpo"\n' + APART,
        FORWARD + "overlong = { max_tokens = 8, buffer = 4 }\n",  # a constant less, beside whatever else
        FORWARD + 'overlong = { max_tokens = 8, buffer = 4 }\nadvantage = "grpo"\n',
        FORWARD + 'advantage = { kind = "decomposed", of = "dr-grpo" }\n' + APART,
        UNIFORM + 'kl = "k3"\ncritic = {}\n',  # whose values are whitened, whatever the estimator
        FORWARD + 'advantage = "coefficients"\ncritic = {}\n',
        UNIFORM + 'kl = "k3"\nloss = "raft"\n',  # which reads signs
        UNIFORM + 'entropy = { kind = "bonus", coefficient = 0.0 }\n',
        BY_LENGTH + 'advantage = "gdpo"\noverlong = { max_tokens = 8, buffer = 4 }\ncomponents = ["overlong"]\n',
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


@pytest.mark.parametrize(
    ("reward", "way"),
    [("", "gated bundles"), ('reward.turns = "summed"\n', "mixed with others"), ('reward.turns = "off"\n', "")],
)
def test_rewards_of_turns_count_where_the_environment_gives_them_and_the_run_pays_them(reward: str, way: str) -> None:
    text = UNIFORM + 'advantage = "grpo"\n' + (reward and 'reward.kind = "verdict"\n' + reward) + TOOLS + BASE
    if way:
        assert way in noise_sentence(parse_config(text))
    else:
        with pytest.raises(IneffectiveCorrectionError):
            noise_sentence(parse_config(text))
    with pytest.raises(IneffectiveCorrectionError):
        noise_sentence(parse_config(text.replace(TOOLS, ONE)))


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ('advantage = "w-reinforce"\nrollout.budget = { kind = "dynamic" }\n', "w-reinforce"),
        ('advantage = "psr"\n', "psr"),
        ('advantage = "coefficients"\nreweighting = ["stcr"]\n', "stcr"),
        ('advantage = "coefficients"\nkl = { kind = "k3", weighting = "dads" }\n', "dads"),
        ('advantage = "coefficients"\ncredit = { kind = "dense-turns", max_total = 1.0 }\n', "dense-turns"),
    ],
)
def test_forward_coefficients_are_kept_from_parts_to_which_all_of_them_are_wrong(part: str, name: str) -> None:
    with pytest.raises(NoiseError, match=rf"`{name}`(.|\n)*hint: "):
        noise_sentence(parse_config("noise.allow_no_effect = true\n" + FORWARD + part + ONE + BASE))


@pytest.mark.parametrize(
    "judge", ['{ kind = "verdict" }', '{ kind = "verifier", name = "math" }'], ids=["verdict", "verifier"]
)
def test_what_pays_does_not_audit_itself(judge: str) -> None:
    text, paid = f'noise.rates = {{ kind = "audited", auditor = {judge} }}\n', f"reward = {judge}"
    with pytest.raises(NoiseError, match=r"never finds an error(.|\n)*hint: "):
        noise_sentence(parse_config(f"{text}{paid}\n{ONE}{BASE}"))
    noise_sentence(parse_config(f'{text}reward = "noisy"\n{ONE}{BASE}'))


@pytest.mark.parametrize(
    ("rules", "stratum", "hint"),
    [
        ('["environment"]', "palestra/ChainSum-v1", "palestra.ChainSum-v1"),
        ('["environment"]', "palestra.Countdown-v1", "palestra.ChainSum-v1"),
        ('["verifier"]', "rules", "rule"),
        ('[{ kind = "length", edges = [64] }]', "64-128", "0-63"),
        ("[]", "math", "set noise.strata"),
    ],
)
def test_rates_of_a_stratum_that_nobody_is_in_are_refused(rules: str, stratum: str, hint: str) -> None:
    rates = f'rates = [{{ fpr = 0.1 }}, {{ stratum = "{stratum}", fpr = 0.3 }}]'
    text = f'noise.strata = {rules}\nnoise.rates = {{ kind = "assumed", {rates} }}\nkl = "k3"\n'
    with pytest.raises(NoiseError, match=rf"`{stratum}`(.|\n)*hint: .*{hint}"):
        noise_sentence(parse_config(text + ONE + BASE))
