"""The driver over several turns: stages, budgets, edited histories, forks, and tokens that are exact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from doubles import ByteTokenizer, EchoSource, ScriptedGenerator
from multi_turn_cases import CountingEnv, Lease, LeasedEnv, MergingTokenizer
from palestra.agents import (
    AppendOnly,
    Completion,
    Conduct,
    DropThinking,
    Episode,
    GenerationRequest,
    KeepLastObservations,
    Rollout,
    RolloutDriver,
    RolloutError,
    Sampling,
    StageLimits,
)
from palestra.agents.history import History
from palestra.agents.transcript import Transcript
from palestra.envs import EndReason, Message, TextEnv
from palestra.verifiers import Outcome

SAMPLING = Sampling(max_new_tokens=40)


def episodes(count: int, make: Callable[[], TextEnv]) -> list[Episode]:
    return [Episode(key=f"k{i}", env=make(), task=EchoSource().task("test", 0, i)) for i in range(count)]


def driver(generator: ScriptedGenerator, *, history: History | None = None, budget: int | None = None) -> RolloutDriver:
    conduct = Conduct(history=history or AppendOnly(), max_episode_tokens=budget)
    return RolloutDriver(generator, ByteTokenizer(), SAMPLING, conduct)


def done_at(turn: int) -> Callable[[str, str], str]:
    return lambda prompt, key: "done" if key.endswith(f"/{turn}") else "more"


def context_of(rollout: Rollout, turn: int) -> tuple[int, ...]:
    """What the policy had read and written at the end of a turn, from the rollout alone."""
    row = rollout.turns[turn]
    [segment] = [segment for segment in rollout.segments if segment.id == row.segment]
    return segment.token_ids[: segment.prompt_length + row.start + row.tokens_out]


def test_each_turn_leaves_a_row_with_its_tokens_components_and_costs() -> None:
    generator = ScriptedGenerator(done_at(2))
    [rollout] = asyncio.run(driver(generator).play(episodes(1, CountingEnv)))
    assert rollout.end is EndReason.SUBMITTED and rollout.verdict.detail == "resolved: after 3 turns"
    assert [turn.components for turn in rollout.turns] == [{"format": 1.0}] * 3
    assert [turn.cut_chars for turn in rollout.turns] == [4, 4, 4]
    assert [turn.tokens_out for turn in rollout.turns] == [5, 5, 5]
    assert [turn.tokens_in for turn in rollout.turns] == [len(request.prompt_ids) for request in generator.requests]
    assert rollout.turns[0].reply == "Turn 1 of a long observation."
    for number, request in enumerate(generator.requests):
        assert context_of(rollout, number) == request.prompt_ids + generator.completions[number].token_ids
    assert Rollout.from_json(rollout.to_json()) == rollout


def test_sampled_tokens_are_never_made_again_from_text() -> None:
    generator = ScriptedGenerator(lambda prompt, key: "abba ab" if key.endswith("/0") else "done ab")
    tokenizer = MergingTokenizer()
    [rollout] = asyncio.run(RolloutDriver(generator, tokenizer, SAMPLING).play(episodes(1, CountingEnv)))
    first, second = generator.requests
    sampled = generator.completions[0].token_ids
    assert sampled[:2] == (ord("a"), ord("b"))
    assert second.prompt_ids[: len(first.prompt_ids) + len(sampled)] == first.prompt_ids + sampled
    anew = tokenizer.prompt_ids([Message(role="assistant", content=rollout.responses[0])])
    assert MergingTokenizer.AB in anew and MergingTokenizer.AB not in sampled, "made again, the tokens would be others"
    assert rollout.responses == ("abba ab", "done ab")


def test_a_prompt_that_does_not_go_on_from_what_was_read_stops_the_run() -> None:
    from palestra.agents.history import Origin, Piece

    transcript = Transcript([Piece(origin=Origin.PROMPT, token_ids=(1, 2))])
    transcript.prompt()
    transcript._ids[0] = 9
    with pytest.raises(RolloutError, match="does not go on"):
        transcript.prompt()


@pytest.mark.parametrize("budget", [1, 60, 100, 101, 150])
def test_an_episode_whose_tokens_run_out_is_judged_as_it_stands(budget: int) -> None:
    generator = ScriptedGenerator(lambda prompt, key: "more")
    [rollout] = asyncio.run(driver(generator, budget=budget).play(episodes(1, CountingEnv)))
    assert rollout.end is EndReason.MAX_TOKENS
    assert rollout.verdict.outcome is Outcome.FAIL and "max_tokens" in rollout.verdict.detail
    written = [
        len(r.prompt_ids) + len(c.token_ids) for r, c in zip(generator.requests, generator.completions, strict=True)
    ]
    assert all(total <= budget for total in written)
    assert len(rollout.turns) == len(generator.requests) < 6
    if rollout.turns:
        [segment] = rollout.segments
        assert len(segment.token_ids) == written[-1], "the last observation, which nobody reads, is not kept"
        assert rollout.turns[-1].reply


def test_old_observations_give_way_to_a_note_in_a_new_segment() -> None:
    generator = ScriptedGenerator(lambda prompt, key: f"[{key}]")
    history = KeepLastObservations(count=1, slack=1, note="cut")
    [rollout] = asyncio.run(driver(generator, history=history).play(episodes(1, CountingEnv)))
    assert len(rollout.segments) > 1
    assert [segment.parent for segment in rollout.segments] == [None, *(s.id for s in rollout.segments[:-1])]
    last = ByteTokenizer().text(rollout.segments[-1].token_ids)
    assert all(f"[k0/{turn}]" in last for turn in range(6)), "what the policy wrote is copied"
    assert "Turn 1 of" not in last and "cut" in last and "Turn 5 of" in last
    assert sum(turn.tokens_out for turn in rollout.turns) == rollout.policy_tokens, "copied tokens have mask 0"
    for number, request in enumerate(generator.requests):
        assert context_of(rollout, number) == request.prompt_ids + generator.completions[number].token_ids


def test_the_thinking_of_earlier_turns_is_dropped_and_the_rest_copied() -> None:
    generator = ScriptedGenerator(lambda prompt, key: f"<think>deep {key}</think>say {key}")
    [rollout] = asyncio.run(driver(generator, history=DropThinking()).play(episodes(1, lambda: CountingEnv(3))))
    prompts = [ByteTokenizer().text(request.prompt_ids) for request in generator.requests]
    assert "deep" not in "".join(prompts)
    assert "say k0/0" in prompts[1] and "say k0/0" in prompts[2] and "say k0/1" in prompts[2]
    assert len(rollout.segments) == 3
    assert rollout.responses[0] == "<think>deep k0/0</think>say k0/0"


def play_leased(count: int, limits: StageLimits, **options: object) -> tuple[list[Rollout], Lease, RolloutDriver]:
    lease = Lease()
    playing = RolloutDriver(ScriptedGenerator(done_at(1)), ByteTokenizer(), SAMPLING, Conduct(stages=limits))
    made = episodes(count, lambda: LeasedEnv(lease, **options))  # type: ignore[arg-type]
    return asyncio.run(playing.play(made)), lease, playing


def test_stages_are_bounded_counted_and_give_everything_back() -> None:
    rollouts, lease, playing = play_leased(40, StageLimits(open=2, run=3, grade=2))
    assert [rollout.key for rollout in rollouts] == [f"k{i}" for i in range(40)]
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.PASS}
    assert lease.open == 0 and lease.opened == 40
    assert lease.peak <= 7
    totals = playing.totals
    assert (totals.open.peak, totals.run.peak, totals.grade.peak) == (2, 3, 2)
    assert totals.open.entered == totals.run.entered == totals.grade.entered == 40
    assert lease.graded_while_others_ran > 0, "graders lag behind rollouts"


@pytest.mark.parametrize("method", ["abegin", "arespond", "ajudge"])
def test_what_breaks_once_is_tried_again_in_a_fresh_session(method: str) -> None:
    rollouts, lease, playing = play_leased(5, StageLimits(), broken={method: 1})
    assert sorted(rollout.attempts for rollout in rollouts) == [1, 1, 1, 1, 2]
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.PASS}
    assert lease.open == 0
    stages = playing.totals
    assert stages.open.failed + stages.run.failed + stages.grade.failed == 1


@pytest.mark.parametrize("method", ["abegin", "arespond", "ajudge"])
def test_what_stays_broken_is_an_infra_error_and_never_a_reward(method: str) -> None:
    rollouts, lease, _ = play_leased(3, StageLimits(), broken={method: 99})
    for rollout in rollouts:
        assert rollout.verdict.outcome is Outcome.ERROR and not rollout.verdict.valid
        assert rollout.end is EndReason.INFRA_ERROR and rollout.attempts == 2
        assert "the machine is gone" in rollout.verdict.detail
        assert Rollout.from_json(rollout.to_json()) == rollout
    assert lease.open == 0


def test_a_session_that_cannot_be_closed_does_not_cost_its_rollout() -> None:
    rollouts, _, _ = play_leased(2, StageLimits(), broken={"aclose": 99})
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.PASS}


@pytest.mark.parametrize("make", [CountingEnv, lambda: LeasedEnv(Lease())])
def test_a_fork_goes_on_by_itself_from_what_the_trunk_had_read(make: Callable[[], TextEnv]) -> None:
    generator = ScriptedGenerator(lambda prompt, key: "done" if key in ("a/1", "trunk/2") else f"say {key}")
    [episode] = episodes(1, make)
    trunk = Episode(key="trunk", env=episode.env, task=episode.task)
    rollouts = asyncio.run(driver(generator).branch(trunk, after_turns=1, keys=["a", "b"]))
    assert [rollout.key for rollout in rollouts] == ["trunk", "a", "b"]
    assert [rollout.trunk for rollout in rollouts] == ["", "trunk", "trunk"]
    assert [rollout.end for rollout in rollouts][:2] == [EndReason.SUBMITTED] * 2
    own, twin = rollouts[0].segments[0], rollouts[1].segments[0]
    assert (own.id, own.parent, twin.parent) == (0, None, own.id)
    context = twin.token_ids[: twin.prompt_length]
    assert own.token_ids[: len(context)] == context
    assert "say trunk/0" in ByteTokenizer().text(context)
    assert rollouts[1].policy_tokens == len(b"done") + 1, "what the trunk wrote has mask 0 in a twin"
    assert len(rollouts[2].turns) == (5 if isinstance(episode.env, CountingEnv) else 2)


def test_a_trunk_that_ends_before_the_fork_comes_alone() -> None:
    [episode] = episodes(1, CountingEnv)
    rollouts = asyncio.run(driver(ScriptedGenerator(done_at(0))).branch(episode, after_turns=2, keys=["a"]))
    assert [rollout.verdict.outcome for rollout in rollouts] == [Outcome.PASS]


class Noting(ScriptedGenerator):
    """Remembers how many requests come in each call."""

    def __init__(self, answer: Callable[[str, str], str]) -> None:
        super().__init__(answer)
        self.sizes: list[int] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.sizes.append(len(requests))
        return await super().generate(requests)


def test_requests_of_the_same_moment_go_in_one_call() -> None:
    generator = Noting(done_at(0))
    asyncio.run(driver(generator).play(episodes(50, CountingEnv)))
    assert generator.sizes == [50]
