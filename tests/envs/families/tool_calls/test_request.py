from __future__ import annotations

import json

import jsonschema
import pytest

from palestra.envs import ConfigError, KeyedRandom
from palestra.envs.families.tool_calls.blueprints import BLUEPRINTS
from palestra.envs.families.tool_calls.function_calling import FunctionCalling
from palestra.envs.families.tool_calls.request import DECLINE, tools_of
from palestra.envs.families.tool_calls.toolrl import ToolRL
from palestra.envs.families.tool_calls.values import Amount, Clock, Day
from palestra.verifiers.tools.call import ToolCall

CODECS = ("hermes", "function-xml", "openai", "python-calls")


@pytest.mark.parametrize("codec", CODECS)
def test_the_right_calls_fit_the_tools_that_are_shown(codec: str) -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = FunctionCalling.configured({"difficulty": difficulty, "codec": codec})
        for index in range(20):
            task = family.task("train", 3, index)
            shown = {spec.name: spec for spec in tools_of(task.prompt)}
            wanted = family.verifier.parse_reference(task.reference)
            assert 1 <= len(wanted.calls) <= 4
            for call in wanted.calls:
                jsonschema.validate(dict(call.arguments), json.loads(json.dumps(shown[call.name].parameters)))
            assert len(shown) == len(tools_of(task.prompt)) == task.meta["num_tools"]
            assert family.verifier.verify(family.oracle(task), task.reference).score == 1
            assert all(family.verifier.verify(text, task.reference).score == 0 for text in family.hacks(task))


def test_a_part_that_no_tool_can_do_is_declined_by_its_number() -> None:
    family = FunctionCalling.configured({"num_parts": 4, "impossible": 1.0, "level": 2})
    task = family.task("train", 1, 0)
    wanted = family.verifier.parse_reference(task.reference)
    assert wanted.calls == (ToolCall(name=DECLINE.name, arguments={"parts": [1, 2, 3, 4]}, id="call_0"),)
    assert family.verifier.verify("I cannot do this.", task.reference).score == 0


def test_the_nearest_tool_is_among_the_others() -> None:
    family = FunctionCalling.configured({"num_parts": 1, "level": 2})
    for index in range(20):
        key = family.drawn("train", 1, index).key
        near = BLUEPRINTS[key.parts[0].blueprint].near
        assert near in key.others
        assert len(set(key.others)) == len(key.others) == 4 + round(10 * 0.2) - 1
    assert all(BLUEPRINTS[blueprint.near].near == name for name, blueprint in BLUEPRINTS.items())


def test_names_of_tools_are_their_own() -> None:
    names = [name for blueprint in BLUEPRINTS.values() for name in blueprint.names]
    assert len(set(names)) == len(names)
    assert all(len(blueprint.names) == 3 for blueprint in BLUEPRINTS.values())
    assert all(len(argument.names) == 3 for b in BLUEPRINTS.values() for argument in b.arguments)


def test_values_are_said_in_other_units_than_they_are_wanted() -> None:
    assert Amount((("minutes", 60), ("hours", 3600)), 1, 9).said(7200) == "2 hours"
    assert Amount((("minutes", 60), ("hours", 3600)), 1, 9).said(5400) == "90 minutes"
    assert [Clock().said(time) for time in ("07:15", "12:00", "15:30")] == ["7:15 am", "12:00 pm", "3:30 pm"]
    assert Day().said("2027-03-05") == "5 March 2027"


def test_both_families_split_the_same_requests_alike() -> None:
    assert FunctionCalling.puzzle_set() == ToolRL.puzzle_set()


def test_the_graded_twin_tells_the_published_parts() -> None:
    family = ToolRL.configured({"difficulty": 1.0})
    task = family.task("train", 1, 0)
    verdict = family.verifier.verify(family.oracle(task), task.reference)
    assert (verdict.parts["format"], verdict.parts["correctness"], verdict.score) == (1.0, 3.0, 1.0)
    assert family.verifier.verify("No.", task.reference).score == 0


def test_guesses_call_tools_of_the_prompt() -> None:
    family = FunctionCalling.configured({"difficulty": 1.0})
    task = family.task("train", 1, 0)
    texts = {family.guess(task, KeyedRandom("guess", draw)) for draw in range(20)}
    assert len(texts) > 10
    assert all(family.codec.parse(text) for text in texts)


def test_a_format_that_cannot_write_these_calls_is_refused() -> None:
    with pytest.raises(ConfigError, match="fenced-bash"):
        FunctionCalling.configured({"codec": "fenced-bash"})
