"""Worlds that nobody has seen before, compiled of random schemas."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from palestra.envs.families.tool_domains.compiled.blueprint import Blueprint
from palestra.envs.families.tool_domains.compiled.desk import CompiledDesk, compiled_desk, seed_in
from palestra.envs.families.tool_domains.compiled.goals import REFUSALS, WISHES, scatter
from palestra.envs.families.tool_domains.compiled.records import CompiledDraft
from palestra.envs.game import Move
from palestra.envs.stateful import Domain, DomainDesk, Goal, Sitting
from palestra.envs.task import Split, Task
from palestra.envs.tool_game import ToolEnv, ToolPlay
from palestra.envs.tools import Effect
from palestra.envs.tools.tool import marked_specs
from palestra.envs.tools.toolbox import kit_specs
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolSpec


class CompiledWorld(Domain[CompiledDraft]):
    """Kinds of things with fields, links and rules that are drawn anew for each task, and the tools for them.

    A blueprint is compiled to the tools, the policy text and the goals; all names are made up, so that a policy
    must read what it is told. A world knows its blueprint by a seed that it holds.
    """

    id: ClassVar[str] = "palestra/CompiledWorld-v1"
    desk_type: ClassVar[type[Any]] = CompiledDesk
    role: ClassVar[str] = "You keep a register. What is in it, and what its rules are, you are told here."
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "A customer writes:\n\n{request}",
        "Somebody asks this of you:\n\n{request}",
        "A message for the register:\n\n{request}",
        "The next case, in the customer's words:\n\n{request}",
    )
    answer_format = "Work with the tools of the register, and call `done` when everything is settled."
    _compiled: type[CompiledDesk] = CompiledDesk

    def compiled(self, snapshot: bytes) -> Self:
        """The family as it is for one world: with its tools and its policy text."""
        twin = copy.copy(self)
        twin._compiled = compiled_desk(seed_in(snapshot))
        return twin

    def compiled_for(self, task: Task) -> Self:
        """The family as it is for a task."""
        return self.compiled(self.scenario(task).snapshot)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the policy is told of the tools; those of no world where none is chosen."""
        return kit_specs(self._compiled)

    @property
    def effects(self) -> Mapping[str, Effect]:
        """What each tool can do to the world."""
        return {name: effect for name, (_, effect) in marked_specs(self._compiled).items()}

    @property
    def instructions(self) -> str:  # type: ignore[override]
        """The role, what there is, the rules, and how the work is done."""
        blueprint: Blueprint | None = getattr(self._compiled, "blueprint", None)
        if blueprint is None:
            return super().instructions
        rules = "\n".join(f"- {rule.text}" for rule in blueprint.rules)
        role, *rest = super().instructions.split("\n\n")
        return "\n\n".join([role, f"There are:\n{blueprint.overview()}", f"Rules:\n{rules}", *rest])

    def draft(self, rng: KeyedRandom) -> CompiledDraft:
        """An empty world of a new blueprint."""
        return CompiledDraft(rng=rng)

    def opening(self, draft: CompiledDraft) -> Goal | None:
        """Nobody says who they are."""
        return None

    def distract(self, draft: CompiledDraft, count: int) -> None:
        """Things of all kinds."""
        scatter(draft, count)

    def desk(self, world: Sitting) -> DomainDesk:
        """The desk of the world's blueprint."""
        return compiled_desk(seed_in(world.scenario.snapshot))(world)

    def play(self, world: ToolPlay[Sitting], text: str) -> Move[ToolPlay[Sitting]]:
        """Make the calls of a response with the tools of this world."""
        return super(CompiledWorld, self.compiled(world.world.scenario.snapshot)).play(world, text)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> ToolEnv:
        """An environment of these tasks."""
        return CompiledEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class CompiledEnv(ToolEnv):
    """Plays episodes in compiled worlds; each system prompt lists the tools of its world."""

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """What the policy of this episode is told of the tools."""
        return self._world_family(self.task).specs

    @property
    def effects(self) -> Mapping[str, Effect]:
        """What each tool of this episode can do to the world."""
        return self._world_family(self.task).effects

    def system(self, task: Task) -> str:
        """The caller's own system prompt, the instructions and the tools of the task's world."""
        family = self._world_family(task)
        parts = (self.system_prompt, family.instructions, family.codec.render_tools(family.specs))
        return "\n\n".join(part for part in parts if part)

    def _world_family(self, task: Task) -> CompiledWorld:
        return cast(CompiledWorld, self._domain).compiled_for(task)
