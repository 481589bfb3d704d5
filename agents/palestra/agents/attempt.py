"""One attempt at one episode: a policy's conversation with an environment, stage by stage."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from palestra.agents.breakdown import breakdown
from palestra.agents.chat import ChatTokenizer
from palestra.agents.curfew import Curfew
from palestra.agents.errors import AgentError
from palestra.agents.generator import Completion, FinishReason, GenerationRequest, Sampling
from palestra.agents.history import History, Origin, Piece
from palestra.agents.lockstep import Lockstep
from palestra.agents.request_queue import Answer, RequestQueue
from palestra.agents.rollout import Rollout, TurnRow
from palestra.agents.stages import Stage, Stages
from palestra.agents.transcript import Transcript
from palestra.envs import EndReason, EnvError, Message, Task, TextEnv
from palestra.verifiers import Outcome, Verdict

log = logging.getLogger("palestra")

_CUT = "cut: the time was over"


def is_cut(rollout: Rollout) -> bool:
    """Whether the episode was ended from outside, by a curfew."""
    return rollout.verdict.outcome is Outcome.ERROR and rollout.verdict.detail.endswith(_CUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """An episode to play: a task in an environment of its own."""

    key: str
    """Unique in the run; decides the random numbers of its tokens."""
    env: TextEnv
    task: Task


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverCall:
    """One call of a driver: what its episodes share."""

    tokenizer: ChatTokenizer
    sampling: Sampling
    history: History
    max_tokens: int | None
    """Of an episode: everything that was read or written, each token once."""
    stages: Stages
    requests: RequestQueue
    lockstep: Lockstep | None = None
    """Counts the episodes that are on the move, if rounds of requests are made by it."""
    curfew: Curfew | None = None
    """Ends what is still played when it falls."""
    on_done: Callable[[Rollout], None] | None = None
    """Hears of each rollout as soon as it is there."""
    prompts: dict[tuple[Message, ...], tuple[int, ...]] = field(default_factory=dict)
    """Those of a group's other members."""


class Attempt:
    """One attempt at an episode: `open`, `run` and `grade` in this order, and `close` in any case.

    What breaks outside of the policy's doing becomes a verdict of ERROR, after which nothing more happens.
    """

    def __init__(self, episode: Episode, call: DriverCall, rank: int = 0) -> None:
        self.episode = episode
        self._rank = rank
        self.env = episode.env
        self._call = call
        self._transcript = Transcript(())
        self._trunk = ""
        self._responses: list[str] = []
        self._turns: list[TurnRow] = []
        self._tokens = 0
        self._finish_reason = FinishReason.ERROR
        self._weight = 1.0
        self._broken: Verdict | None = None
        self._queue_s = 0.0
        self._timings = dict.fromkeys(("open_s", "queue_s", "generate_s", "env_s", "grade_s"), 0.0)

    @property
    def is_bounded(self) -> bool:
        """Whether the environment holds something outside of the process."""
        return self.env.is_bounded

    @property
    def is_broken(self) -> bool:
        """Whether the machinery failed."""
        return self._broken is not None

    def note_wait(self, seconds: float) -> None:
        """Time that the episode waited for the leave to go on; the next turn's record has it."""
        self._queue_s += seconds
        self._timings["queue_s"] += seconds

    async def open(self) -> None:
        """Start the environment's episode and read the prompt."""
        async with self._stage(self._call.stages.open, "open_s") as stage:
            try:
                await self.env.aenter(self.episode.task)
            except EnvError:
                raise  # a wrong configuration or a missing package: nothing that a retry or a mask should hide
            except Exception as error:  # noqa: BLE001  the boundary: an environment that cannot start is data
                self._break(error, stage)
                return
            messages, prompts = self.env.messages(), self._call.prompts
            if messages not in prompts:
                prompts[messages] = self._call.tokenizer.prompt_ids(messages)
            self._transcript = Transcript((Piece(origin=Origin.PROMPT, token_ids=prompts[messages]),))
            self._tokens = len(prompts[messages])

    async def run(self, until: int | None = None) -> None:
        """Let the policy answer until the episode is over, or until there are so many turns."""
        if self.is_broken:
            return
        async with self._stage(self._call.stages.run) as stage:
            while not (self.is_broken or self.env.episode.is_over or self.env.episode.turns == until):
                room = self._room()
                if room < 1:
                    self.env.stop(EndReason.MAX_TOKENS)
                    return
                answer = await self._ask(room)
                if answer.completion.finish_reason is FinishReason.ERROR:
                    self._finish_reason = FinishReason.ERROR
                    self._broken = breakdown(f"generator: {answer.completion.detail}")
                    stage.note_failure()
                else:
                    await self._turn(answer, stage)

    async def grade(self) -> None:
        """Judge an episode that ended without a verdict."""
        if self.is_broken or self.env.episode.verdict is not None:
            return
        async with self._stage(self._call.stages.grade, "grade_s") as stage:
            try:
                await self.env.agrade()
            except Exception as error:  # noqa: BLE001  the boundary: a broken grader is data, never a reward
                self._break(error, stage)

    async def close(self) -> None:
        """Give back what the environment holds."""
        try:
            await self.env.aclose()
        except Exception as error:  # noqa: BLE001  the verdict stands; what could not be given back is the host's concern
            log.warning("`%s` could not be closed: %s: %s", self.episode.task.id, type(error).__name__, error)

    async def fork(self, key: str, *, rank: int) -> Attempt:
        """An attempt in the same state that goes on by itself, with a rollout of its own."""
        twin = Attempt(replace(self.episode, key=key), self._call, rank)
        twin._transcript = self._transcript.fork()
        twin._trunk, twin._tokens, twin._weight = self.episode.key, self._tokens, self._weight
        try:
            twin.env = await self.env.fork()
        except Exception as error:  # noqa: BLE001  the boundary: a state that cannot be copied is data
            twin._break(error, self._call.stages.open)
        return twin

    def cut(self) -> Rollout:
        """What there is of an attempt that was ended from outside; masked."""
        self._broken = breakdown(_CUT)
        return self.rollout()

    def rollout(self) -> Rollout:
        """What became of the attempt."""
        verdict, end = self._broken, EndReason.INFRA_ERROR
        if verdict is None:
            state = self.env.episode
            assert state.verdict is not None and state.end is not None, "an attempt is graded before it is read"
            verdict = state.verdict
            end = EndReason.REJECTED if self._finish_reason is FinishReason.REJECTED else state.end
            end = end if verdict.outcome is not Outcome.ERROR else EndReason.INFRA_ERROR
        return Rollout(
            key=self.episode.key,
            task=self.episode.task,
            segments=self._transcript.segments(),
            responses=tuple(self._responses),
            verdict=verdict,
            finish_reason=self._finish_reason,
            turns=tuple(self._turns),
            end=end,
            system="" if self.is_broken else self.env.system(self.episode.task),
            weight=self._weight,
            trunk=self._trunk,
            timings=self._timings,
        )

    def _room(self) -> int:
        """How many tokens the policy may write now."""
        limit, most = self._call.max_tokens, self._call.sampling.max_new_tokens
        return most if limit is None else min(most, limit - self._tokens)

    async def _ask(self, room: int) -> Answer:
        sampling = self._call.sampling
        request = GenerationRequest(
            prompt_ids=self._transcript.prompt(),
            sampling=sampling if room == sampling.max_new_tokens else replace(sampling, max_new_tokens=room),
            key=f"{self.episode.key}/{self.env.episode.turns}",
        )
        answer = await self._call.requests.ask(request, rank=self._rank)
        self._timings["generate_s"] += answer.model_s
        return answer

    async def _turn(self, answer: Answer, stage: Stage) -> None:
        """Hand a completion to the environment, and read what it says."""
        completion = answer.completion
        self._finish_reason = completion.finish_reason
        self._weight *= completion.weight
        tokens_in = len(self._transcript.prompt())
        place = self._transcript.append_policy(completion)
        text = self._call.tokenizer.text(completion.token_ids)
        self._responses.append(text)
        row = TurnRow(
            segment=place.segment,
            start=place.start,
            tokens_in=tokens_in,
            tokens_out=len(completion.token_ids),
            model_s=answer.model_s,
            queue_s=self._queue_s,
        )
        self._turns.append(row)  # it stands if the episode is cut while the environment thinks
        started = time.monotonic()
        reply = ""
        try:
            reply = await self.env.aplay(text)
        except Exception as error:  # noqa: BLE001  the boundary: a broken environment is data, not a crash
            self._break(error, stage)
        tool_s = time.monotonic() - started
        if completion.finish_reason is FinishReason.REJECTED and not (self.is_broken or self.env.episode.is_over):
            self.env.stop(EndReason.REJECTED)
        self._timings["env_s"] += tool_s
        row = replace(row, tool_s=tool_s)
        self._queue_s = 0.0
        self._tokens += len(completion.token_ids)
        if not self.is_broken:
            record = self.env.episode.records[-1]
            row = replace(
                row,
                reply=reply,
                components=dict(record.components),
                cut_chars=record.cut_chars,
                cpu_s=record.cpu_s,
            )
            if not self.env.episode.is_over:
                self._read(reply, completion)
        self._turns[-1] = row

    def _read(self, reply: str, completion: Completion) -> None:
        """Add the reply to what the policy reads; edit the history if it is time."""
        call = self._call
        is_closed = completion.finish_reason is FinishReason.STOP
        reply_ids = call.tokenizer.reply_ids([Message(role="user", content=reply)], closed=is_closed)
        self._tokens += len(reply_ids)
        if self._room() < 1:
            return  # nobody reads it any more, and a long one would leave the model's window
        self._transcript.append_observation(reply_ids, is_closed=is_closed)
        edited = call.history.edited(self._transcript.pieces, call.tokenizer)
        if edited is not None:
            self._transcript.rewrite(edited)

    @asynccontextmanager
    async def _stage(self, stage: Stage, timing: str = "") -> AsyncIterator[Stage]:
        async with stage.visit(is_bounded=self.is_bounded) as waited_s:
            self.note_wait(waited_s)
            started = time.monotonic()
            try:
                yield stage
            finally:
                if timing:
                    self._timings[timing] += time.monotonic() - started

    def _break(self, error: Exception, stage: Stage) -> None:
        if isinstance(error, AgentError):
            raise error  # a bug of ours, or no generator: it must not be hidden as a masked sample
        self._broken = breakdown(f"{type(error).__name__} in `{self.episode.task.id.source}`: {error}")
        stage.note_failure()
