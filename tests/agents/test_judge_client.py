from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from openai_server import Answer, completion, serving
from palestra.agents.errors import GeneratorError
from palestra.agents.judge_client import OpenAIAsk
from palestra.agents.patience import Patience
from palestra.verifiers import Outcome
from palestra.verifiers.judge import Admission, JudgeVerifier, Juror, Jury, read_battery
from scripted_judges import honest

NO_WAIT = Patience(timeout_s=10.0, num_retries=2, first_wait_s=0.0)


def failing_first(times: int, failure: Answer) -> Callable[[str], Answer]:
    left = [failure] * times

    def answer(prompt: str) -> Answer:
        return left.pop() if left else completion("done")

    return answer


def both_ways(ask: OpenAIAsk, prompt: str) -> list[str]:
    return [ask(prompt), asyncio.run(ask.aask(prompt))]


def test_a_prompt_gets_its_reply_both_ways() -> None:
    with serving(completion) as endpoint, OpenAIAsk(endpoint.url, "m", api_key="k", max_tokens=7) as ask:
        assert both_ways(ask, "caf\u00e9 \u89e3") == ["caf\u00e9 \u89e3"] * 2
    request = endpoint.requests[0]
    assert (request["path"], request["model"], request["max_tokens"]) == ("/v1/chat/completions", "m", 7)
    assert request["temperature"] == 0.0
    assert endpoint.keys == ["Bearer k"] * 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_failures_that_may_pass_are_tried_again(status: int) -> None:
    failure = Answer(status=status, headers=(("retry-after", "0"),))
    uses: tuple[Callable[[OpenAIAsk], str], ...] = (lambda ask: ask("?"), lambda ask: asyncio.run(ask.aask("?")))
    for use in uses:
        with serving(failing_first(2, failure)) as endpoint, OpenAIAsk(endpoint.url, "m", patience=NO_WAIT) as ask:
            assert use(ask) == "done"
        assert len(endpoint.requests) == 3


def test_retries_are_bounded() -> None:
    with serving(lambda _: Answer(status=503, body=b"busy")) as endpoint:
        with (
            OpenAIAsk(endpoint.url, "m", patience=NO_WAIT) as ask,
            pytest.raises(GeneratorError, match=r"in 3 attempts: status 503: 'busy'\n\nhint: "),
        ):
            ask("?")
        assert len(endpoint.requests) == 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=401, body=b"no such key"),
        Answer(status=404),
        Answer(status=302, headers=(("location", "http://127.0.0.1:9/"),)),
        Answer(body=b"nope"),
        Answer(body=b"[" * 100_000),
        Answer(body=b"{}"),
        Answer(body=b'{"choices": []}'),
        Answer(body=b'{"choices": [{"message": {"content": null}}]}'),
        Answer(body=b" " * ((1 << 20) + 1)),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:12]!r}",
)
def test_failures_that_stay_are_not_tried_again(answer: Answer) -> None:
    with serving(lambda _: answer) as endpoint, OpenAIAsk(endpoint.url, "m", patience=NO_WAIT) as ask:
        with pytest.raises(GeneratorError, match="in 1 attempts"):
            ask("?")
        with pytest.raises(GeneratorError, match="in 1 attempts"):
            asyncio.run(ask.aask("?"))
        assert len(endpoint.requests) == 2


def test_a_server_that_is_gone_or_silent_is_an_error() -> None:
    with serving(completion) as endpoint:
        url = endpoint.url
    with OpenAIAsk(url, "m", patience=NO_WAIT) as ask, pytest.raises(GeneratorError, match="in 3 attempts: Connect"):
        ask("?")
    release = threading.Event()

    def wait(prompt: str) -> Answer:
        release.wait(30)
        return completion("late")

    patience = Patience(timeout_s=0.2, num_retries=0)
    with serving(wait) as endpoint:
        with OpenAIAsk(endpoint.url, "m", patience=patience) as ask:
            with pytest.raises(GeneratorError, match="ReadTimeout"):
                ask("?")
            with pytest.raises(GeneratorError, match="Timeout"):
                asyncio.run(ask.aask("?"))
        release.set()


def test_the_key_is_in_no_error() -> None:
    with (
        serving(lambda _: Answer(status=500)) as endpoint,
        OpenAIAsk(endpoint.url, "m", api_key="secret", patience=NO_WAIT) as ask,
        pytest.raises(GeneratorError) as caught,
    ):
        ask("?")
    assert "secret" not in str(caught.value)


def test_threads_share_a_client() -> None:
    with serving(completion) as endpoint, OpenAIAsk(endpoint.url, "m") as ask, ThreadPoolExecutor(8) as pool:
        prompts = [str(number) for number in range(100)]
        assert list(pool.map(ask, prompts)) == prompts


def test_a_judge_behind_an_endpoint_judges() -> None:
    with serving(lambda prompt: completion(honest(prompt))) as endpoint, OpenAIAsk(endpoint.url, "m") as ask:
        judge = JudgeVerifier.start(
            Juror(ask=ask, aask=ask.aask),
            cases=read_battery()[::8],
            admission=Admission(max_fpr=0.05),
            num_threads=8,
        )
        assert judge.verify("so \\boxed{24/2}", "12").outcome is Outcome.PASS
        assert asyncio.run(judge.averify("so \\boxed{13}", "12")).outcome is Outcome.FAIL
        url = endpoint.url
    with OpenAIAsk(url, "m", patience=Patience(num_retries=0)) as ask:
        gone = JudgeVerifier(Jury(ask), judge.report, admission=Admission(max_fpr=0.05))
        assert gone.verify("so \\boxed{13}", "12").outcome is Outcome.ERROR


def test_patience_is_checked() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        Patience(timeout_s=0)
