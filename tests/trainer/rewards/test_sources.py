from __future__ import annotations

from collections.abc import Sequence

import pytest

from noise_cases import judged, played_step
from palestra.agents import Rollout
from palestra.envs import EndReason
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import ConfigError, NoiseError
from palestra.trainer.rewards import (
    NoisyReward,
    PerGroup,
    PerItem,
    PerSample,
    RewardPipeline,
    SubstringReward,
    VerdictReward,
    VerifierReward,
    WithLength,
    observe,
    rewards_of,
)
from palestra.trainer.rewards.strata import ByDifficulty, ByEnvironment, ByLength, ByVerifier, StratumRate, stratum_of
from palestra.verifiers import Outcome, Verdict

BASE = 'steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n'


def _rates(source: NoisyReward, rollouts: Sequence[Rollout]) -> tuple[float, float]:
    """The observed fpr and fnr."""
    wrong = [source(rollout).score for rollout in rollouts if rollout.verdict.score == 0.0]
    right = [source(rollout).score for rollout in rollouts if rollout.verdict.score == 1.0]
    return sum(wrong) / len(wrong), 1.0 - sum(right) / len(right)


ROLLOUTS = [rollout for step in range(40) for group in played_step(step, 12, 8) for rollout in group]


@pytest.mark.parametrize("dependence", [PerSample(), PerItem(), PerGroup(share=0.7)])
def test_injected_errors_have_the_declared_rates(dependence: PerSample | PerItem | PerGroup) -> None:
    fpr, fnr = _rates(NoisyReward(fpr=0.1, fnr=0.25, dependence=dependence), ROLLOUTS)
    assert fpr == pytest.approx(0.1, abs=0.04) and fnr == pytest.approx(0.25, abs=0.05)


def test_errors_per_item_are_alike_in_all_answers_of_a_kind() -> None:
    source = NoisyReward(fpr=0.3, fnr=0.3, dependence=PerItem())
    for group in played_step(1, 30, 8):
        for score in (0.0, 1.0):
            assert len({source(rollout).score for rollout in group if rollout.verdict.score == score}) <= 1


def test_errors_of_a_group_are_correlated_and_those_of_samples_are_not() -> None:
    def alike(dependence: PerSample | PerGroup) -> float:
        source = NoisyReward(fpr=0.3, fnr=0.3, dependence=dependence)
        pairs = [
            (source(one).score != one.verdict.score, source(other).score != other.verdict.score)
            for step in range(40)
            for one, other, *_ in played_step(step, 20, 8)
            if one.verdict.score == other.verdict.score
        ]
        both = sum(a and b for a, b in pairs) / len(pairs)
        return both - (sum(a for a, _ in pairs) / len(pairs)) * (sum(b for _, b in pairs) / len(pairs))

    assert alike(PerGroup(share=1.0)) > 0.15 > 0.04 > abs(alike(PerSample()))


def test_longer_responses_are_misjudged_more_often() -> None:
    source = NoisyReward(fpr=0.2, fnr=0.0, dependence=WithLength(tokens=100))
    short = [rollout for rollout in ROLLOUTS if rollout.policy_tokens < 50]
    long = [rollout for rollout in ROLLOUTS if rollout.policy_tokens > 150]
    assert _rates(source, short)[0] < 0.08 < 0.3 < _rates(source, long)[0] <= 0.49


def test_strata_have_rates_of_their_own() -> None:
    source = NoisyReward(
        fpr=0.0, fnr=0.0, strata=(ByLength(edges=(100,)),), rates=(StratumRate(stratum="100+", fpr=0.4, fnr=0.1),)
    )
    short = [rollout for rollout in ROLLOUTS if rollout.policy_tokens < 100]
    long = [rollout for rollout in ROLLOUTS if rollout.policy_tokens >= 100]
    assert _rates(source, short) == (0.0, 0.0)
    assert _rates(source, long) == pytest.approx((0.4, 0.1), abs=0.05)


def test_another_verifier_pays_while_the_environments_own_is_measured() -> None:
    guessed = judged("0/1/0/0", Verdict.failed(), response="the answer is 7, or was it 12")
    wrong = judged("0/1/0/1", Verdict.failed(), response="7")
    for source in (VerifierReward(name="last-number"), SubstringReward()):
        scored = rewards_of([guessed, wrong], source)
        assert [each.reward.value for each in scored] == [1.0, 0.0]
        assert [each.observed for each in scored] == [1.0, 0.0] and [each.outcome for each in scored] == [0.0, 0.0]


def test_a_reference_that_the_verifier_cannot_read_is_named() -> None:
    with pytest.raises(NoiseError, match=r"`countdown` cannot read the reference of `test/Hand-v1/(.|\n)*hint: "):
        VerifierReward(name="countdown")(judged("0/1/0/0", Verdict.failed()))


def test_only_the_ends_that_the_source_names_are_left_out() -> None:
    source = SubstringReward(masked_ends=(EndReason.MAX_TURNS,))
    seen = observe(judged("0/1/0/0", Verdict.unknown(0.5)), source)
    assert seen.mask == "UNKNOWN" and seen.verdict.outcome is Outcome.UNKNOWN
    [scored] = RewardPipeline(source=source)([seen])
    assert not scored.reward.valid


def test_strata_join_what_the_rules_say() -> None:
    rollout = judged("0/1/0/0", Verdict.passed(parts={"appeal_yes": 1.0}), tokens=300)
    rules = (ByEnvironment(), ByVerifier(), ByLength(edges=(256, 512)), ByDifficulty())
    assert stratum_of(rollout, rules) == "test.Hand-v1/judge/256-511/unknown"
    assert stratum_of(rollout, ()) == ""
    with pytest.raises(ValueError, match="must be positive and rise"):
        ByLength(edges=(5, 5))


def test_configurations_name_sources_and_read_back() -> None:
    text = BASE + (
        '[reward]\nkind = "noisy"\nfpr = 0.1\nstrata = [{ kind = "length", edges = [8] }]\n'
        'rates = [{ stratum = "8+", fpr = 0.3, fnr = 0.1 }]\ndependence = { kind = "group", share = 0.25 }\n'
    )
    config = parse_config(text)
    assert config.reward == NoisyReward(
        fpr=0.1,
        strata=(ByLength(edges=(8,)),),
        rates=(StratumRate(stratum="8+", fpr=0.3, fnr=0.1),),
        dependence=PerGroup(share=0.25),
    )
    assert parse_config(to_toml(config)) == config
    weak = parse_config(BASE, ["--reward.kind", "verifier", "--reward.name", "last-number"])
    assert weak.reward == VerifierReward(name="last-number")
    assert parse_config(BASE).reward == VerdictReward()
    with pytest.raises(ConfigError, match="no verifier `last-numbr`"):
        parse_config(BASE, ["--reward.kind", "verifier", "--reward.name", "last-numbr"])
