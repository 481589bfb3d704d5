"""Environments as one resources server of NeMo Gym.

Two shapes of its protocol: `verify` judges a finished response, for its `simple_agent`; `reset`, `step` and `close`
play, for its `gymnasium_agent`. Both are given rows whose `task_id` says which environment and which task is meant
(`palestra envs export ID FILE --to nemo-gym`); references stay here.

Source: `nemo_gym/base_resources_server.py`, `resources_servers/gymnasium/base.py` and
`responses_api_agents/gymnasium_agent/app.py` of nemo-gym 0.7, whose agents it was tried with by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from palestra.envs.bridges_out.task_verifier import TaskVerifier
from palestra.envs.serving.desk import answering_json, body_of
from palestra.envs.serving.errors import BadMessageError, ServingError
from palestra.envs.serving.messages import Json, read_reset, read_session, written
from palestra.envs.task import TaskId
from palestra.verifiers import Verdict

if TYPE_CHECKING:
    from palestra.envs.serving.offer import Offer
    from palestra.envs.serving.sessions import Sessions

_COOKIE = "palestra_session"
_KIND = "palestra:no_verdict"


class MaskedEpisodeError(ServingError):
    """An episode without a verdict about the policy, in a shape that has no mask: the rollout must fail."""


class NemoGymDesk:
    """Serves offers to agents of NeMo Gym; the task of a row says which one."""

    def __init__(self, offers: Sequence[Offer], sessions: Sessions) -> None:
        self._offers = {offer.id: offer for offer in offers}
        self._sessions = sessions
        self._verifier = TaskVerifier(allowed={offer.id: offer.options for offer in offers})

    def routes(self) -> list[BaseRoute]:
        """The routes; its agents look for them at the root of a server."""
        return [
            Route("/seed_session", answering_json(self._seed), methods=["POST"]),
            Route("/close_session", answering_json(self._seed), methods=["POST"]),
            Route("/verify", answering_json(self._verify), methods=["POST"]),
            Route("/aggregate_metrics", answering_json(self._aggregate), methods=["POST"]),
            Route("/reverify_mode", _reverify_mode, methods=["GET"]),
            Route("/reset", self._reset, methods=["POST"]),
            Route("/step", answering_json(self._step), methods=["POST"]),
            Route("/close", answering_json(self._close), methods=["POST"]),
        ]

    async def _seed(self, request: Request) -> Json:
        """Nothing is kept between `seed_session` and `verify`: the row names the task."""
        body = await body_of(request)
        session_id = body.get("resources_session_id")
        return {} if session_id is None else {"resources_session_id": session_id}

    async def _verify(self, request: Request) -> Json:
        body = await body_of(request)
        text, task_id = response_text(body.get("response")), _task_id(body)
        limit_s = self._sessions.limits.request_s
        try:
            verdict = await asyncio.wait_for(self._verifier.averify(text, task_id), limit_s)
        except ValueError as error:
            raise BadMessageError(str(error)) from None
        except TimeoutError:
            verdict = Verdict.error(f"no verdict within {limit_s:g} s")
        return {**body, **_judged(verdict)}

    async def _aggregate(self, request: Request) -> Json:
        rows = (await body_of(request)).get("verify_responses")
        rewards = [_number(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        valid = [reward for reward in rewards if reward is not None]
        metrics = {"mean/reward": sum(valid) / len(valid)} if valid else {}
        facts = {**metrics, "samples": len(rewards), "masked": len(rewards) - len(valid)}
        return {"group_level_metrics": [], "agent_metrics": facts, "key_metrics": metrics}

    async def _reset(self, request: Request) -> Response:
        opened: list[str] = []

        async def answer(request: Request) -> Json:
            task_id = _task_id(await body_of(request))
            order = read_reset({"task_id": task_id})
            session = await self._sessions.open(self._offer_of(task_id))
            try:
                await session.reset(order)
            except BaseException:
                await self._sessions.close(session)
                raise
            opened.append(session.id)
            # The row's input holds the prompt already, so there is nothing more to show.
            return {"observation": None, "info": {"supports_explicit_close": True}}

        response = await answering_json(answer)(request)
        if opened:
            response.set_cookie(_COOKIE, opened[0], httponly=True, samesite="strict")
        return response

    async def _step(self, request: Request) -> Json:
        body = await body_of(request)
        session = self._sessions.find(read_session(request.cookies.get(_COOKIE)))
        shown = await session.step(response_text(body.get("response")))
        facts, observation = shown["metadata"], shown["observation"]
        assert isinstance(facts, Mapping) and isinstance(observation, Mapping)
        if shown["done"] and shown["reward"] is None:
            raise MaskedEpisodeError(f"no verdict about the policy: {facts.get('outcome')}")
        ended = {"terminated": facts["terminated"], "truncated": facts["truncated"]}
        return {"observation": observation["text"], "reward": shown["reward"] or 0.0, **ended, "info": facts}

    async def _close(self, request: Request) -> Json:
        await self._sessions.close(self._sessions.find(read_session(request.cookies.get(_COOKIE))))
        return {}

    def _offer_of(self, task_id: str) -> Offer:
        source = TaskId.parse(task_id).source
        if source not in self._offers:
            raise BadMessageError(f"`{source[:200]}` is not served here\n\nhint: this is {', '.join(self._offers)}")
        return self._offers[source]


def response_text(response: object) -> str:
    """The text that a model wrote, of a response of OpenAI's Responses interface; reasoning is no part of it.

        >>> response_text({"output": [{"type": "message", "content": [{"type": "output_text", "text": "22"}]}]})
        '22'

    Raises:
        BadMessageError: It is no such response.
    """
    output = response.get("output") if isinstance(response, Mapping) else None
    if not isinstance(output, list):
        raise BadMessageError("`response` must be a response of the Responses interface, with a list `output`")
    messages = [item for item in output if isinstance(item, Mapping) and item.get("type") == "message"]
    return "".join(_content_text(message.get("content")) for message in messages)


def _content_text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, Mapping) and part.get("type") == "output_text"]
    return "".join(text for text in texts if isinstance(text, str))


def _task_id(body: Json) -> str:
    task_id = body.get("task_id")
    if not isinstance(task_id, str):
        raise BadMessageError("a row needs the text `task_id`\n\nhint: `palestra envs export ID FILE --to nemo-gym`")
    return task_id


def _judged(verdict: Verdict) -> Json:
    facts: dict[str, object] = {"outcome": str(verdict.outcome), "reward_components": dict(verdict.parts)}
    if verdict.valid:
        return {"reward": verdict.score, **facts}
    why = f"{verdict.outcome}: {verdict.detail}"
    # The protocol wants a number; `mask_sample` is what leaves it out of every statistic.
    return {"reward": 0.0, "mask_sample": True, "failure_kind": _KIND, "failure_reason": why, **facts}


def _number(row: Mapping[str, object]) -> float | None:
    reward = row.get("reward")
    return float(reward) if isinstance(reward, int | float) and not row.get("mask_sample") else None


async def _reverify_mode(request: Request) -> Response:
    return Response(written("stateless"), media_type="application/json")
