"""Demonstrations are the very tokens that a driver would have made, and only the policy's are learned."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from palestra.agents import AGENTS, Generator, Rollout, RolloutDriver, Sampling, read_rollouts, write_rollouts
from palestra.envs import ENVS, Message, Task, TextEnv
from palestra.trainer.errors import DemonstrationError
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.supervised import ChatSource, Demonstration, OracleSource, RolloutSource, School, Source
from palestra.trainer.supervised.demonstration import of_messages, of_rollout
from palestra.trainer.supervised.scripted_generator import ScriptedGenerator
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown
from tiny_model import byte_tokenizer

TOKENIZER = HfChatTokenizer(byte_tokenizer())
ONE_TURN, TOOLS, DIALOGUE = "palestra/ChainSum-v1", "palestra/BankDesk-v1", "palestra/BattleshipSolo-v1"


def _school(name: str, *, tokens: int = 4000) -> School:
    source = ENVS.make(name).source

    def make(task: Task) -> TextEnv:
        return ENVS.make(name, system_prompt="Be right.", config=task.id.config)

    def driver(generator: Generator) -> RolloutDriver:
        return RolloutDriver(generator, TOKENIZER, Sampling(max_new_tokens=tokens))

    return School(
        tokenizer=TOKENIZER,
        make_env=make,
        draw=lambda count: [source.task("train", 0, index) for index in range(count)],
        driver=driver,
        policy=ScriptedGenerator(AGENTS["noop"], TOKENIZER, []),
    )


def _gather(source: Source, school: School) -> list[Demonstration]:
    return asyncio.run(source(school))


def _learned(demonstration: Demonstration) -> str:
    ids = [token for token, m in zip(demonstration.token_ids, demonstration.mask, strict=True) if m]
    return TOKENIZER.text(ids)


@pytest.mark.parametrize("name", [ONE_TURN, DIALOGUE, TOOLS])
def test_an_oracle_shows_what_the_environment_pays_for(name: str) -> None:
    school = _school(name)
    shown = _gather(OracleSource(demonstrations=3), school)
    assert len(shown) == 3
    for each, task in zip(shown, school.draw(3), strict=True):
        env = school.make_env(task)
        env.enter(task)
        said = ""
        while not env.episode.is_over:
            response = env.oracle()
            said += response
            env.play(response)
        if env.episode.verdict is None:
            env.grade()
        assert env.episode.verdict is not None and env.episode.verdict.score == 1.0
        assert _learned(each) == said
        assert each.prompt_ids == TOKENIZER.prompt_ids(env.messages()[:2])
        assert sum(each.mask) < len(each.mask) or name == ONE_TURN, "replies are read and not learned"


@pytest.mark.parametrize("name", [ONE_TURN, DIALOGUE, TOOLS])
def test_a_conversation_gives_the_tokens_of_the_driver(name: str, tmp_path: Path) -> None:
    """The same play as messages and as a rollout: token by token equal."""
    school = _school(name)
    task = school.draw(1)[0]
    env = school.make_env(task)
    env.enter(task)
    while not env.episode.is_over:
        env.play(env.oracle())
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps({"messages": [message.to_json() for message in env.messages()]}) + "\n")
    assert _gather(ChatSource(path=str(path)), school) == _gather(OracleSource(demonstrations=1), school)


def test_plays_that_are_cut_or_wrong_are_no_demonstrations() -> None:
    with pytest.raises(DemonstrationError, match=r"none of the 3 plays of `oracle` scores 1(.|\n)*hint: "):
        _gather(OracleSource(demonstrations=3), _school(TOOLS, tokens=2))
    with pytest.raises(DemonstrationError, match="none of the 4 plays of `noop`"):
        _gather(OracleSource(demonstrations=4, agent="noop"), _school(ONE_TURN))


def _played(key: str, text: str, verdict: Verdict) -> Rollout:
    made = rollout(key, verdict, segment([1, 2], list(TOKENIZER.response_ids(text))))
    return replace(made, responses=(text,))


def test_rollouts_are_filtered_by_their_verdicts(tmp_path: Path) -> None:
    verdicts = [Verdict.passed(), Verdict.partial(0.4), unknown(), Verdict.failed("no"), Verdict.partial(0.7)]
    made = [_played(f"{i}", f"text {i}", verdict) for i, verdict in enumerate(verdicts)]
    folder = tmp_path / "rollouts"
    folder.mkdir()
    write_rollouts(folder / "step-00001.jsonl", made[:2])
    write_rollouts(folder / "step-00002.jsonl", made[2:])

    def found(source: RolloutSource) -> list[tuple[str, bool]]:
        return [(_learned(each), each.is_right) for each in _gather(source, _school(ONE_TURN))]

    wrong = [("text 1", False), ("text 3", False)]
    assert found(RolloutSource(path=str(folder))) == [("text 0", True), *wrong, ("text 4", False)]
    best = found(RolloutSource(path=str(folder), min_score=0.5, best=1))
    assert best == [("text 0", True), *wrong], "best of K: the task's best one alone"
    assert [each for each in read_rollouts(folder / "step-00001.jsonl")] == made[:2]


def test_rollouts_of_an_evaluation_are_refused(tmp_path: Path) -> None:
    played = _played("a", "text", Verdict.passed())
    tested = replace(played.task, id=replace(played.task.id, split="test"))
    write_rollouts(tmp_path / "heldout.jsonl", [replace(played, task=tested)])
    with pytest.raises(DemonstrationError, match=r"split `test`(.|\n)*hint: "):
        _gather(RolloutSource(path=str(tmp_path / "heldout.jsonl")), _school(ONE_TURN))
    with pytest.raises(ValueError, match="min_score"):
        RolloutSource(path="x", min_score=0.0)


def test_rollouts_of_another_tokenizer_are_refused(tmp_path: Path) -> None:
    from palestra.agents import TurnRow

    played = _played("a", "text", Verdict.passed())
    turn = TurnRow(segment=0, start=0, tokens_in=2, tokens_out=5)
    path = tmp_path / "rollouts.jsonl"
    write_rollouts(path, [replace(played, turns=(turn,))])
    assert len(_gather(RolloutSource(path=str(path)), _school(ONE_TURN))) == 1
    path.unlink()
    write_rollouts(path, [replace(played, turns=(turn,), responses=("other",))])
    with pytest.raises(DemonstrationError, match=r"`a` was made with another tokenizer(.|\n)*hint: "):
        _gather(RolloutSource(path=str(path)), _school(ONE_TURN))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1 of `.*` is no conversation"),
        ('{"messages": [{"role": "user"}]}', "line 1 of `.*` is no conversation"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "no message of the assistant"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "the assistant speaks first"),
    ],
)
def test_lines_that_are_no_conversation_are_named(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "chats.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DemonstrationError, match=message):
        _gather(ChatSource(path=str(path)), _school(ONE_TURN))
    with pytest.raises(DemonstrationError, match="cannot read the"):
        _gather(ChatSource(path=str(tmp_path / "absent")), _school(ONE_TURN))
    with pytest.raises(DemonstrationError, match="cannot read the rollouts"):
        _gather(RolloutSource(path=str(tmp_path / "absent")), _school(ONE_TURN))


def test_two_answers_in_a_row_are_no_conversation() -> None:
    messages = [Message(role="user", content="?"), *[Message(role="assistant", content="a")] * 2]
    with pytest.raises(DemonstrationError, match="twice in a row"):
        of_messages(messages, TOKENIZER)


def test_a_segment_without_policy_tokens_is_left_out() -> None:
    made = rollout("a", Verdict.passed(), segment([1], [2, 3], [0, 0]), segment([1], [4, 5], [0, 1], id=1))
    [only] = of_rollout(made)
    assert (only.token_ids, only.mask) == ((4, 5), (0, 1))
