import pickle
from collections.abc import Callable

import pytest

from palestra.envs import ConfigError, KeyedRandom, TextEnv
from palestra.envs.bridges.bfcl_match import Answer, match, right_calls
from palestra.envs.bridges.bfcl_rows import CALLS, REFUSALS, TALKS, rows_of
from palestra.envs.bridges.bfcl_tasks import Bfcl
from palestra.envs.bridges.bfcl_world import BfclWorld, graded
from palestra.envs.ending import EndReason
from palestra.envs.task import TaskId
from palestra.verifiers.tools.call import ToolCall, ToolSpec

TOOL = ToolSpec(
    name="book",
    parameters={"type": "object", "properties": {"seats": {"type": "integer"}, "city": {"type": "string"}}},
)
ANSWER: Answer = {"book": {"seats": [2], "city": ["New York", "NYC"], "note": ["", "window"]}}


def book(**arguments: object) -> ToolCall:
    return ToolCall(name="book", arguments=arguments)  # type: ignore[arg-type]


def test_texts_are_compared_without_case_and_small_signs() -> None:
    assert match([book(seats=2, city="new-york")], [ANSWER], [TOOL]) == ""
    assert match([book(seats=2, city="NYC", note="Window")], [ANSWER], [TOOL]) == ""
    assert "city" in match([book(seats=2, city="Boston")], [ANSWER], [TOOL])


@pytest.mark.parametrize("seats", [2.0, "2", True, None, [2]])
def test_numbers_are_compared_by_their_type(seats: object) -> None:
    assert "seats" in match([book(seats=seats, city="NYC")], [ANSWER], [TOOL])


def test_what_is_too_much_or_missing_is_wrong() -> None:
    assert "missing" in match([book(seats=2)], [ANSWER], [TOOL])
    assert "not asked for" in match([book(seats=2, city="NYC", cabin=1)], [ANSWER], [TOOL])
    assert "2 calls" in match([book(seats=2, city="NYC")] * 2, [ANSWER], [TOOL])
    assert match([], [ANSWER], [TOOL])


def test_calls_are_paired_with_answers_in_any_order() -> None:
    wide: Answer = {"book": {"seats": [1, 2]}}
    narrow: Answer = {"book": {"seats": [1]}}
    assert match([book(seats=1), book(seats=2)], [wide, narrow], [TOOL]) == ""
    assert match([book(seats=2), book(seats=2)], [wide, narrow], [TOOL])


def test_records_are_compared_key_by_key() -> None:
    answer: Answer = {"book": {"trip": [{"to": ["Rome"], "via": ["", "Pisa"], "days": [3]}]}}
    assert match([book(trip={"to": "rome", "days": 3})], [answer], []) == ""
    assert match([book(trip={"to": "rome"})], [answer], [])
    assert match([book(trip={"to": "rome", "days": 3, "x": 1})], [answer], [])
    assert right_calls([answer])[0].arguments == {"trip": {"to": "Rome", "via": "Pisa", "days": 3}}


def play(env: TextEnv, policy: Callable[[TextEnv], str]) -> float:
    while True:
        _, reward, terminated, truncated, _ = env.step(policy(env))
        if terminated or truncated:
            return reward


@pytest.mark.parametrize("category", [*CALLS, *REFUSALS, *TALKS])
def test_the_right_answer_earns_all_and_silence_nothing(category: str) -> None:
    pytest.importorskip("bfcl_eval")
    source = Bfcl.configured({"name": category, "test_share": 100})
    env = source.env(split="test")
    for index in range(6):
        task = source.task("test", 0, index)
        assert source.regenerate(TaskId.parse(str(task.id))) == task
        assert Bfcl.configured(task.id.config).config == source.config
        env.enter(task)
        assert play(env, lambda env: env.oracle()) == 1.0
        env.enter(task)
        assert play(env, lambda env: "") == 0.0
        for name, texts in env.cheats(task).items():
            env.enter(task)
            waiting = iter(texts)
            assert play(env, lambda env, waiting=waiting: next(waiting, "")) == 0.0, name  # type: ignore[misc]


def test_every_gold_of_single_turns_but_two_can_be_reached() -> None:
    pytest.importorskip("bfcl_eval")
    failed = [
        row.name
        for category in CALLS
        for row in rows_of(category).values()
        if match(right_calls(row.answers), row.answers, row.tools)
    ]
    assert failed == ["live_simple_106-63-0", "live_simple_112-68-0"]


def test_text_never_becomes_code() -> None:
    pytest.importorskip("bfcl_eval")
    row = rows_of("multi_turn_base")["multi_turn_base_0"]
    world, untouched = BfclWorld(row), BfclWorld(row)
    assert "no tool" in world.call("__import__('os').system", (), {})
    assert "no tool" in world.call("_load_scenario", (), {"scenario": {}})
    assert "no tool" in world.call("__init__", (), {})
    assert "Error" in world.call("ls", (), {"x": "__import__('os')"})
    assert world.is_same(untouched)


def test_huge_numbers_and_texts_are_refused() -> None:
    pytest.importorskip("bfcl_eval")
    name = next(n for n, row in rows_of("multi_turn_base").items() if "MathAPI" in row.classes)
    world = BfclWorld(rows_of("multi_turn_base")[name])
    assert "too large" in world.call("power", (), {"base": 10, "exponent": 10**9})
    assert "too large" in world.call("logarithm", (), {"value": 2, "base": 10, "precision": 10**9})
    assert "too large" in world.call("add", (), {"a": float("inf"), "b": 1})
    assert "too long" in world.call("add", (), {"a": "1" * 10**6, "b": 1})


def test_worlds_share_nothing() -> None:
    pytest.importorskip("bfcl_eval")
    row = rows_of("multi_turn_base")["multi_turn_base_0"]
    one, other = BfclWorld(row), BfclWorld(row)
    one.call("mkdir", (), {"dir_name": "new"})
    assert not one.is_same(other)
    assert BfclWorld(row).is_same(other)


def test_every_request_is_graded_by_itself() -> None:
    pytest.importorskip("bfcl_eval")
    row = rows_of("multi_turn_base")["multi_turn_base_0"]
    world = BfclWorld(row)
    turns = [[world.named(*call) for call in gold] for gold in row.gold]
    assert [grade.is_passed for grade in graded(row, turns) if grade] == [True] * 4
    without_last = [*turns[:2], []]
    grades = [grade for grade in graded(row, without_last) if grade]
    assert [grade.is_passed for grade in grades] == [True, True, False]
    assert grades[2].has_state  # to sort changes nothing that is kept, but nothing was told


def test_a_talk_goes_on_from_a_snapshot_and_forks_apart() -> None:
    pytest.importorskip("bfcl_eval")
    source = Bfcl.configured({"name": "multi_turn_miss_func"})
    env, twin = source.env(), source.env()
    env.reset(seed=0)
    env.step(env.oracle())
    state = pickle.loads(pickle.dumps(env.state()))
    twin.restore(state)
    for _ in range(2):  # a stray call of one leaves the other as it is
        twin.step(twin.guess(KeyedRandom("stray")))
    assert play(env, lambda env: env.oracle()) == 1.0
    env.restore(state)
    assert play(env, lambda env: env.oracle()) == 1.0


def test_closed_requests_are_components_behind_the_gate() -> None:
    pytest.importorskip("bfcl_eval")
    env = Bfcl.configured({"name": "multi_turn_base"}).env()
    env.reset(seed=0)
    play(env, lambda env: env.oracle())
    closed = [r.components["request"] for r in env.episode.records if "request" in r.components]
    assert closed and set(closed) == {1.0}
    assert env.episode.end is EndReason.SUBMITTED


def test_unknown_categories_and_options_are_refused() -> None:
    pytest.importorskip("bfcl_eval")
    with pytest.raises(ConfigError, match="did you mean `parallel`"):
        Bfcl.configured({"name": "paralel"})
    with pytest.raises(ConfigError, match="no option"):
        Bfcl.configured({"name": "parallel", "color": "red"})
    with pytest.raises(ConfigError, match="codec"):
        Bfcl.configured({"name": "parallel", "codec": "morse"})
