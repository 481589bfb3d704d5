"""Collecting steps whose last episodes go on into the next: partial rollouts."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from palestra.agents import Curfew, Rollout
from palestra.envs.curriculum import GroupResult
from palestra.trainer.budgets import PlayedPrompt, Playground
from palestra.trainer.modes.ahead_sampler import AheadSampler, CarriedDraw
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.desk import Desk
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.objective.staleness import oldest_version


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """A task on its way."""

    drawn: CarriedDraw
    version: int
    """Of the generator's weights when its episodes began: no token of theirs is older."""
    desk: Desk
    curfew: Curfew | None
    """Under which its episodes are played."""
    play: asyncio.Task[list[PlayedPrompt]]

    @property
    def place(self) -> tuple[int, int]:
        """By which groups are ordered."""
        return self.drawn.step, self.drawn.number

    def rollouts(self) -> tuple[Rollout, ...]:
        return self.play.result()[0].rollouts


class CarryingSteps:
    """A step is over when enough of its groups are; the others go on under the next weights.

    More groups than a step needs are on their way, so that the generator has work while the last ones end. The last
    steps of a stage begin no more than they need, and the very last one takes all: nothing is left over.
    """

    def __init__(self, workshop: Workshop, *, spare: float, bound: int | None) -> None:
        """A collector.

        Args:
            workshop: The tools of the stage.
            spare: Groups on their way for each that a step needs, 1 or more.
            bound: Waits for groups that would be older than so many versions in the next step; None: for none.
        """
        self._workshop = workshop
        self._spare = spare
        self._bound = bound
        self._groups: list[_Group] = []
        sampler = workshop.parts.sampler
        assert isinstance(sampler, AheadSampler), "the mode puts it in its place"
        self._sampler = sampler

    async def collect(self, step: int, curfew: Curfew | None, version: int) -> Collected:
        """Fill up with new groups, and wait until the step has enough."""
        started = time.monotonic()
        rollout, log = self._workshop.span.config.rollout, self._workshop.log
        desk = self._workshop.desk(step, curfew)
        self._resume(desk, curfew, version)
        wanted = rollout.prompts_per_step
        later_steps = self._workshop.span.stop - step
        places = min(math.ceil(wanted * self._spare), wanted * (later_steps + 1))
        playground = self._workshop.playground(step, desk)
        fresh = playground.draw(max(0, places - len(self._groups)))
        for prompt in fresh:
            drawn = CarriedDraw(step=step, number=prompt.number, draw=prompt.draw)
            self._groups.append(self._begin(playground, drawn, desk, curfew, version))
        taken = await (self._enough(step, wanted, curfew) if later_steps else self._all(curfew))
        self._groups = [group for group in self._groups if group not in taken]
        for used in {id(group.desk): group.desk for group in taken}.values():
            if all(group.desk is not used for group in self._groups):
                used.close()
        self._sampler.carried = tuple(group.drawn for group in self._groups)
        rollouts = [rollout for group in taken for rollout in group.rollouts()]
        log.finish(step, rollouts)
        self._sampler.record([_result(group) for group in taken])
        collected = Collected.of(
            [group.rollouts() for group in taken],
            rollouts,
            num_drawn=len(fresh),
            seconds=(seconds := time.monotonic() - started),
            generating_s=seconds,  # there are always groups on their way
            replayed=frozenset(key for group in taken for key in group.desk.replayed),
        )
        return replace(collected, carried=sum(len(g.rollouts()) for g in taken if g.drawn.step < step))

    async def aclose(self) -> None:
        """Give up the groups on their way; whoever goes on later plays them again, but for what the log holds."""
        for group in self._groups:
            group.play.cancel()
        await asyncio.gather(*(group.play for group in self._groups), return_exceptions=True)
        for group in self._groups:
            group.desk.close()
        self._groups = []

    def _resume(self, desk: Desk, curfew: Curfew | None, version: int) -> None:
        """Begin again what was on its way when the run was ended."""
        known = {group.place for group in self._groups}
        for drawn in self._sampler.carried:
            if (drawn.step, drawn.number) not in known:
                playground = self._workshop.playground(drawn.step, desk)
                self._groups.append(self._begin(playground, drawn, desk, curfew, version))

    def _begin(
        self, playground: Playground, drawn: CarriedDraw, desk: Desk, curfew: Curfew | None, version: int
    ) -> _Group:
        samples = self._workshop.span.config.rollout.samples_per_prompt
        logged = [self._workshop.log.find(f"{playground.key}/{drawn.number}/{sample}") for sample in range(samples)]
        version = min([version, *(oldest_version(rollout, version) for rollout in logged if rollout is not None)])
        prompt = PlayedPrompt(number=drawn.number, draw=drawn.draw)
        play = asyncio.get_running_loop().create_task(playground.play([(prompt, samples)]))
        return _Group(drawn=drawn, version=version, desk=desk, curfew=curfew, play=play)

    async def _all(self, curfew: Curfew | None) -> list[_Group]:
        """The groups of the last step, in the order of their draws: all, since no later step could learn from them.

        When the curfew falls it cuts those of earlier steps too.
        """
        fall = asyncio.get_running_loop().create_task(self._fall_with(curfew)) if curfew is not None else None
        try:
            await asyncio.gather(*(group.play for group in self._groups))
        finally:
            if fall is not None:
                fall.cancel()
        return sorted(self._groups, key=lambda group: group.place)

    async def _fall_with(self, curfew: Curfew) -> None:
        """Groups that were begun earlier are played under curfews of their own, which nobody else lets fall."""
        await curfew.wait()
        for group in self._groups:
            if group.curfew is not None:
                group.curfew.fall()

    async def _enough(self, step: int, wanted: int, curfew: Curfew | None) -> list[_Group]:
        """The groups of the step, in the order of their draws, when there are enough."""
        planned = self._workshop.planned(step)
        done: list[_Group] = []
        fall = asyncio.get_running_loop().create_task(curfew.wait()) if curfew is not None else None
        try:
            while True:
                # In the order in which they ended: whoever has waited longest is taken first.
                done += sorted((g for g in self._groups if g.play.done() and g not in done), key=lambda g: g.place)
                for group in done:
                    group.play.result()  # a generator that cannot serve at all ends the run
                due = [group for group in self._groups if self._is_due(group, step)]
                if planned is not None:
                    due = [group for group in self._groups if _prefix(group, self._workshop) in _prefixes(planned)]
                is_over = curfew is not None and curfew.has_fallen
                if is_over or (all(g in done for g in due) and (planned is not None or len(done) >= wanted)):
                    break
                waiting = [group.play for group in self._groups if not group.play.done()]
                await asyncio.wait([*waiting, *([fall] if fall else [])], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if fall is not None:
                fall.cancel()
        first = [group for group in due if group in done]
        others = [] if planned is not None else [group for group in done if group not in first]
        return sorted([*first, *others[: max(0, wanted - len(first))]], key=lambda group: group.place)

    def _is_due(self, group: _Group, step: int) -> bool:
        """Whether the group could not be learned from in the next step, whose learner has the version `step`."""
        return self._bound is not None and step - group.version > self._bound


def _prefix(group: _Group, workshop: Workshop) -> str:
    return f"{workshop.span.config.seed}/{group.drawn.step}/{group.drawn.number}"


def _prefixes(keys: Iterable[str]) -> set[str]:
    return {key.rpartition("/")[0] for key in keys}


def _result(group: _Group) -> GroupResult:
    [prompt] = group.play.result()
    return GroupResult(
        draw=group.drawn.draw,
        scores=prompt.scores,
        tokens=sum(rollout.policy_tokens for rollout in prompt.rollouts),
    )
