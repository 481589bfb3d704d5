from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from doubles import END, ByteTokenizer, EchoEnv, EchoSource, ScriptedGenerator
from palestra.agents import (
    Completion,
    Episode,
    FinishReason,
    GenerationRequest,
    GeneratorError,
    Rollout,
    RolloutDriver,
    RolloutError,
    Sampling,
    VersionSpan,
)
from palestra.envs import EpisodeState, Task, TaskIdError, TextEnv, Turn
from palestra.verifiers import Outcome


def the_number(prompt: str, key: str) -> str:
    return prompt.partition("Say ")[2].partition(".")[0]


def tasks(count: int) -> list[Task]:
    return [EchoSource().task("test", 0, index) for index in range(count)]


def play(
    generator: ScriptedGenerator, *, count: int = 3, max_new_tokens: int = 20, make_env: Callable[[], TextEnv] = EchoEnv
) -> list[Rollout]:
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(max_new_tokens=max_new_tokens))
    episodes = [Episode(key=f"k{i}", env=make_env(), task=task) for i, task in enumerate(tasks(count))]
    return asyncio.run(driver.play(episodes))


def test_both_turns_are_played_and_judged_in_the_order_of_the_episodes() -> None:
    rollouts = play(ScriptedGenerator(the_number), count=5)
    assert [rollout.task for rollout in rollouts] == tasks(5)
    assert [rollout.key for rollout in rollouts] == ["k0", "k1", "k2", "k3", "k4"]
    assert all(rollout.responses == (rollout.task.reference,) * 2 for rollout in rollouts)
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.PASS}


def test_what_was_sampled_and_read_is_a_prefix_of_the_next_turns_prompt() -> None:
    generator = ScriptedGenerator(the_number)
    [rollout] = play(generator, count=1)
    first, second = generator.requests
    sampled = [completion.token_ids for completion in generator.completions]
    read = first.prompt_ids + sampled[0]
    assert second.prompt_ids[: len(read)] == read
    assert ByteTokenizer().text(second.prompt_ids[len(read) :]) == "Once more."
    [segment] = rollout.segments
    assert segment.token_ids == second.prompt_ids + sampled[1]
    assert segment.token_ids[: segment.prompt_length] == first.prompt_ids


def test_observation_tokens_have_mask_zero_and_policy_tokens_their_own_logprobs() -> None:
    generator = ScriptedGenerator(the_number)
    [rollout] = play(generator, count=1)
    [segment] = rollout.segments
    one, two = (completion.logprobs for completion in generator.completions)
    observed = len(segment.mask) - len(one) - len(two)
    assert segment.mask == (1,) * len(one) + (0,) * observed + (1,) * len(two)
    assert segment.logprobs == one + (0.0,) * observed + two
    assert rollout.policy_tokens == len(one) + len(two)


def test_every_policy_token_knows_its_version_also_when_weights_arrive_mid_completion() -> None:
    generator = ScriptedGenerator(lambda prompt, key: "abcd", is_syncing=True)  # five tokens with the stop token
    [rollout] = play(generator, count=1)
    [segment] = rollout.segments
    observed = segment.mask.count(0)
    second = 5 + observed
    assert segment.versions == (
        VersionSpan(version=3, start=0, end=2),
        VersionSpan(version=4, start=2, end=5),
        VersionSpan(version=4, start=second, end=second + 2),
        VersionSpan(version=5, start=second + 2, end=second + 5),
    )


def test_the_first_turns_are_asked_for_in_one_call_and_each_turn_has_its_own_key() -> None:
    generator = ScriptedGenerator(the_number)
    play(generator, count=3)
    assert [request.key for request in generator.requests[:3]] == ["k0/0", "k1/0", "k2/0"]
    assert sorted(request.key for request in generator.requests[3:]) == ["k0/1", "k1/1", "k2/1"]


def test_a_response_cut_by_the_token_limit_is_closed_before_the_next_turn() -> None:
    generator = ScriptedGenerator(lambda prompt, key: "a long story")
    [rollout] = play(generator, count=1, max_new_tokens=3)
    [segment] = rollout.segments
    assert rollout.responses == ("a l", "a l")
    assert rollout.is_truncated
    assert segment.token_ids[segment.prompt_length + 3] == END
    assert segment.mask[3] == 0


def test_a_request_that_fails_once_gives_the_same_rollout_as_one_that_does_not() -> None:
    broken = ScriptedGenerator(the_number, failures={"k1/1": 1})
    with_failure, without = play(broken), play(ScriptedGenerator(the_number))
    assert [rollout.attempts for rollout in with_failure] == [1, 2, 1]
    assert [rollout.segments for rollout in with_failure] == [rollout.segments for rollout in without]


def test_a_request_that_fails_twice_is_masked_and_the_others_stay() -> None:
    rollouts = play(ScriptedGenerator(the_number, failures={"k1/0": 2}))
    assert [rollout.verdict.valid for rollout in rollouts] == [True, False, True]
    assert rollouts[1].verdict.outcome is Outcome.ERROR
    assert rollouts[1].verdict.detail == "infra_error: generator: the worker went away"
    assert rollouts[1].finish_reason is FinishReason.ERROR
    assert Rollout.from_json(rollouts[1].to_json()) == rollouts[1]


class BreaksOnce(EchoEnv):
    """Fails in its first `respond`, as a lost sandbox does."""

    has_failed = False

    def respond(self, state: EpisodeState, text: str) -> Turn:
        if not self.has_failed:
            self.has_failed = True
            raise OSError("sandbox lost")
        return super().respond(state, text)


class NeverStarts(EchoEnv):
    """Cannot be entered."""

    def begin(self, task: Task) -> object:
        raise OSError("no container")


class NeverJudges(EchoEnv):
    """Ends without a verdict."""

    def respond(self, state: EpisodeState, text: str) -> Turn:
        return Turn(reply="Go on.")


def test_a_broken_environment_gets_a_fresh_session() -> None:
    [rollout] = play(ScriptedGenerator(the_number), count=1, make_env=BreaksOnce)
    assert rollout.verdict.outcome is Outcome.PASS
    assert rollout.attempts == 2


def test_an_environment_that_never_starts_is_a_masked_rollout_without_tokens() -> None:
    generator = ScriptedGenerator(the_number)
    [rollout] = play(generator, count=1, make_env=NeverStarts)
    assert rollout.verdict.detail == "infra_error: OSError in `test/Echo-v1`: no container"
    assert rollout.verdict.outcome is Outcome.ERROR
    assert rollout.segments == ()
    assert generator.requests == []


def test_running_out_of_turns_is_a_failure_of_the_policy() -> None:
    [rollout] = play(ScriptedGenerator(the_number), count=1, make_env=NeverJudges)
    assert rollout.verdict.outcome is Outcome.FAIL
    assert rollout.verdict.valid


def test_no_episodes_give_no_rollouts() -> None:
    assert play(ScriptedGenerator(the_number), count=0) == []


class Forgetful(ScriptedGenerator):
    """Loses a completion."""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        return (await super().generate(requests))[1:]


class Dead(ScriptedGenerator):
    """Serves the first turns and then nothing."""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        if self.requests:
            raise GeneratorError("out of memory")
        return await super().generate(requests)


def test_a_generator_that_loses_completions_stops_the_run() -> None:
    with pytest.raises(GeneratorError, match="asked for 3 completions, got 2"):
        play(Forgetful(the_number))


def test_a_generator_that_cannot_serve_stops_the_run_with_its_own_error() -> None:
    with pytest.raises(GeneratorError, match="out of memory"):
        play(Dead(the_number))


def test_equal_keys_and_shared_environments_are_refused() -> None:
    driver = RolloutDriver(ScriptedGenerator(the_number), ByteTokenizer(), Sampling())
    env, [task] = EchoEnv(), tasks(1)
    with pytest.raises(RolloutError, match="share an environment"):
        asyncio.run(driver.play([Episode(key=key, env=env, task=task) for key in "ab"]))
    with pytest.raises(RolloutError, match="same key"):
        asyncio.run(driver.play([Episode(key="a", env=EchoEnv(), task=task) for _ in range(2)]))


def test_the_task_at_hand_is_played_without_making_it_again() -> None:
    [task] = tasks(1)
    edited = Task(id=task.id, prompt="Say 5000.", reference="5000")
    driver = RolloutDriver(ScriptedGenerator(the_number), ByteTokenizer(), Sampling())
    [rollout] = asyncio.run(driver.play([Episode(key="a", env=EchoEnv(), task=edited)]))
    assert rollout.responses == ("5000", "5000")
    assert rollout.task == edited and rollout.verdict.outcome is Outcome.PASS


def test_a_task_of_another_environment_is_no_masked_sample_but_an_error() -> None:
    from palestra.envs import ENVS

    [task] = tasks(1)
    driver = RolloutDriver(ScriptedGenerator(the_number), ByteTokenizer(), Sampling())
    with pytest.raises(TaskIdError, match="test/Echo-v1"):
        asyncio.run(driver.play([Episode(key="a", env=ENVS.make("palestra/Countdown-v1"), task=task)]))


@pytest.mark.parametrize(
    "versions",
    [(), (VersionSpan(version=0, start=0, end=1),), (VersionSpan(version=0, start=1, end=2),)],
)
def test_a_completion_must_say_which_version_sampled_each_token(versions: tuple[VersionSpan, ...]) -> None:
    with pytest.raises(RolloutError, match="version spans"):
        Completion(token_ids=(1, 2), logprobs=(0.0, 0.0), finish_reason=FinishReason.STOP, versions=versions)


def test_a_generator_that_is_cancelled_leaves_nobody_waiting() -> None:
    class Cancelled:
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            raise asyncio.CancelledError

    async def scene() -> None:
        env = EchoEnv()
        episode = Episode(key="a", env=env, task=env.source.task("train", 0, 0))
        async with asyncio.timeout(5):
            await RolloutDriver(Cancelled(), ByteTokenizer(), Sampling()).play([episode])

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())
