from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from doubles import ByteTokenizer, EchoSource, ScriptedGenerator
from palestra.agents import Episode, Rollout, RolloutDriver, Sampling, write_rollouts
from palestra.envs import EndReason, EpisodeState, KeyedRandom, Split, Task, TextEnv, Turn
from palestra.trainer.config.reader import parse_config
from palestra.trainer.errors import DemonstrationError
from palestra.trainer.run_folder.exchange import Recited
from palestra.trainer.supervised import Demonstration, ExpertSource, School
from palestra.trainer.supervised.expert_failures import ExpertFailures, kept_actions
from palestra.trainer.supervised.scripted_generator import ScriptedGenerator as Reciting
from palestra.verifiers import Verdict


class LockEnv(TextEnv):
    """A door that opens for whoever holds the key."""

    def __init__(self) -> None:
        super().__init__(EchoSource())

    def turn_limit(self, task: Task) -> int:
        return 6

    def oracle(self) -> str:
        return "open" if self.episode.world else "take"

    def guess(self, rng: KeyedRandom) -> str:
        return rng.choice(["take", "drop", "open", "leave"])

    def begin(self, task: Task) -> object:
        return False

    def respond(self, state: EpisodeState, text: str) -> Turn:
        holds = {"take": True, "drop": False}.get(text, bool(state.world))
        if text in ("open", "leave"):
            return Turn(reply="The end.", end=EndReason.SUBMITTED, world=holds and text == "open")
        return Turn(reply="Yes." if holds else "No.", world=holds)

    def judge(self, state: EpisodeState) -> Verdict:
        return Verdict.passed("through") if state.world else Verdict.failed("locked")


def _learned(*responses: str, every: int = 1) -> tuple[list[Demonstration], int]:
    """What is learned of an expert by a policy that can but open, and how often the policy was asked."""
    policy = ScriptedGenerator(lambda prompt, key: "open")
    driver = RolloutDriver(policy, ByteTokenizer(), Sampling(max_new_tokens=16))
    explore = ExpertFailures(every=every, branches=2)
    task = EchoSource().task("train", 0, 0)
    found = asyncio.run(explore(Recited(responses=responses), ("0/1", task), LockEnv, driver, policy))
    return found, len(policy.requests)


def _texts(demonstrations: list[Demonstration]) -> list[str]:
    tokens = [t if m else 32 for d in demonstrations for t, m in zip(d.token_ids, d.mask, strict=True)]
    return ByteTokenizer().text(tokens).split()


def test_actions_that_lead_to_success_are_kept() -> None:
    # METHODS 30.
    assert kept_actions([0.0, 0.5, 0.0, 0.5]) == (True, False, True)
    assert kept_actions([0.0, math.nan, 0.5, math.nan, 0.0]) == (True, True, False, False)
    assert kept_actions([0.0]) == () and kept_actions([0.0, math.nan]) == (False,)


def test_a_failed_expert_teaches_what_brought_the_policy_to_success() -> None:
    found, asked = _learned("look", "take", "drop", "take", "leave")
    assert _texts(found) == ["take", "take"]
    assert asked == 4 * 2, "from each state before the last"
    assert _texts(_learned("look", "take", "leave", every=2)[0]) == ["look", "take"]


def test_a_hopeless_expert_teaches_nothing_and_a_successful_one_all() -> None:
    assert _learned("look", "look", "leave")[0] == []
    found, asked = _learned("take", "open")
    assert _texts(found) == ["take", "open"] and asked == 0


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"every": 0}, {"branches": 0}, {"threshold": 1.0}):
        with pytest.raises(ValueError, match="must be"):
            ExpertFailures(**wrong)


def _played(split: Split, *responses: str) -> Rollout:
    """An expert's play, by another tokenizer's tokens for all that the source knows."""
    task = EchoSource().task(split, 0, 0)
    episode = Episode(key=f"{split}/{len(responses)}", env=LockEnv(), task=task)
    speaker = Reciting(Recited(responses=responses), ByteTokenizer(), [episode])
    [rollout] = asyncio.run(RolloutDriver(speaker, ByteTokenizer(), Sampling(max_new_tokens=16)).play([episode]))
    return rollout


def _school() -> School:
    return School(
        tokenizer=ByteTokenizer(),
        make_env=lambda task: LockEnv(),
        draw=lambda count: [],
        driver=lambda generator: RolloutDriver(generator, ByteTokenizer(), Sampling(max_new_tokens=16)),
        policy=ScriptedGenerator(lambda prompt, key: "open"),
    )


def test_recorded_rollouts_of_an_expert_are_a_source_of_demonstrations(tmp_path: Path) -> None:
    path = tmp_path / "expert.jsonl"
    write_rollouts(path, [_played("train", "look", "take", "drop", "leave"), _played("train", "take", "open")])
    found = asyncio.run(ExpertSource(path=str(path), branches=1)(_school()))
    assert _texts(found) == ["take", "take", "open"]
    write_rollouts(path, [_played("test", "take", "open")])
    with pytest.raises(DemonstrationError, match="split `test`"):
        asyncio.run(ExpertSource(path=str(path))(_school()))


def test_it_is_named_in_the_configuration() -> None:
    lines = 'supervised = { kind = "sft", source = { kind = "expert-failures", path = "e.jsonl", branches = 2 } }\n'
    config = parse_config('steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n' + lines)
    assert config.supervised is not None
    assert config.supervised.source == ExpertSource(path="e.jsonl", branches=2)
    with pytest.raises(ValueError, match="branches must be"):
        ExpertSource(path="e.jsonl", branches=0)
