"""All checks, in the order of a card."""

from __future__ import annotations

from palestra.envs.audit import episodes, pay, speed, streams, tool_use, wording
from palestra.envs.audit.check import Check, Summary
from palestra.envs.audit.subject import Subject

VERSION = 1
"""Raised with every change of what the audit asks of an environment."""

STARTUP = Check("runtime.startup", "The environment can be made and has a task.", episodes.startup)
"""Comes first; where it fails, nothing else is looked at."""

CHECKS: tuple[Check, ...] = (
    Check("semantic.oracle_max", "The oracle earns 1 at every difficulty and in every split.", pay.oracle_max),
    Check("semantic.floor_gap", "Solving earns far more than silence.", pay.floor_gap),
    Check("semantic.canary_floor", "Silence and junk earn nothing above the floor.", pay.canary_floor),
    Check("cheat.injected", "A response that claims its own success earns nothing.", pay.injected),
    Check("cheat.hostile", "A megabyte of anything and control characters earn nothing.", pay.hostile),
    Check("cheat.echo", "The prompt or a line of it is no answer.", pay.echo),
    Check("cheat.other_gold", "The right answer to another task is not paid.", pay.other_gold),
    Check(
        "cheat.gold_in_prose",
        "Text that mentions the gold but settles on something else is not paid.",
        pay.gold_in_prose,
    ),
    Check("cheat.hedged_gold", "What one line that mentions the gold without a commitment earns.", pay.hedged_gold),
    Check("cheat.sprayed", "A list of candidates is not paid for one that is right.", pay.sprayed),
    Check("cheat.constant", "No constant answer earns more than the declared floor, but for luck.", pay.constant),
    Check("cheat.guess", "What well-formed responses without thought earn.", pay.guessing),
    Check("cheat.own", "The hacks that the family itself names are not paid.", pay.own_hacks),
    Check(
        "semantic.no_solution_leakage", "No observation and no `meta` tells the answer.", wording.no_solution_leakage
    ),
    Check(
        "runtime.oracle_containment",
        "`info` holds the id of the task and nothing of its solution.",
        wording.observation_keys,
    ),
    Check(
        "semantic.verifier_determinism",
        "The same response gets the same verdict, in threads too.",
        episodes.verifier_determinism,
    ),
    Check("semantic.replayability", "A task id and the responses give the same episode again.", streams.replayability),
    Check("runtime.seed_control", "Seed and index decide the task, and nothing else does.", streams.seed_control),
    Check(
        "runtime.episode_determinism",
        "The same responses give the same replies and rewards.",
        episodes.episode_determinism,
    ),
    Check("runtime.episode_isolation", "Episodes that run at the same time do not meet.", episodes.episode_isolation),
    Check(
        "runtime.reward_well_formed",
        "Rewards are finite, in 0..1, and paid with a valid verdict.",
        episodes.reward_well_formed,
    ),
    Check("runtime.observation_schema", "Gymnasium's checker is content.", episodes.observation_schema),
    Check(
        "runtime.state_contract", "A pickled snapshot goes on elsewhere; what is over is over.", episodes.state_contract
    ),
    Check("runtime.trajectory_record", "The record of an episode is what was said.", episodes.trajectory_record),
    Check("runtime.task_declaration_accuracy", "Ids, templates and their slots agree.", wording.task_declaration),
    Check("runtime.thread_determinism", "Threads make the same tasks.", streams.thread_determinism),
    Check("runtime.global_state", "No global random state is read or moved.", streams.global_state),
    Check("runtime.turn_limit", "A game ends with a verdict at its turn limit at the latest.", episodes.turn_limit),
    Check("runtime.resource_bounds", "A hostile response is judged in bounded time.", speed.resource_bounds),
    Check("tasks.json_round_trip", "A task that went through JSON is the same task.", streams.json_round_trip),
    Check("tasks.splits", "Every split holds tasks, or cannot by its nature.", streams.splits),
    Check("tasks.disjoint_splits", "No puzzle and no prompt is in two splits.", streams.disjoint_splits),
    Check("tasks.seeds_apart", "Neighbouring seeds share no more puzzles than chance.", streams.seeds_apart),
    Check("tasks.repeats", "Streams hardly repeat at the difficulty in the middle.", streams.repeats),
    Check(
        "tasks.held_out_template",
        "The last template is for the split `unseen-template` alone.",
        wording.held_out_template,
    ),
    Check("statistical.difficulty_separation", "The effort grows with the difficulty.", wording.difficulty_separation),
    Check("statistical.variance_bound", "Equal episodes earn equal rewards.", episodes.variance_bound),
    Check("speed.generation", "Tasks are made fast enough to train on.", speed.generation),
    Check("speed.scoring", "Verdicts are given fast enough to train on.", speed.scoring),
)

TOOL_CHECKS: tuple[Check, ...] = (
    Check("cheat.do_nothing", "One call without meaning, and then silence, earns nothing.", tool_use.do_nothing),
    Check("cheat.plain_text", "Messages that call no tool earn nothing.", tool_use.plain_text),
    Check("cheat.random_calls", "Random calls earn less than one task in a hundred.", tool_use.random_calls),
    Check(
        "cheat.last_call_dropped", "The oracle's work without its last change is not paid.", tool_use.last_call_dropped
    ),
    Check("cheat.stray_write", "The oracle's work with one stray change is not paid.", tool_use.stray_write),
    Check("cheat.malformed", "Malformed calls never raise and earn nothing.", tool_use.malformed),
    Check("speed.settling", "The world at the end is judged fast enough to train on.", tool_use.settling),
)
"""Of environments with tools, besides the others."""

TWIN_CHECKS: dict[str, str] = {
    "hub.cross_host_determinism": "Another process with another hash seed makes the same tasks.",
    "semantic.verifier_portability": "Another process with another hash seed gives the same verdicts.",
}

SUMMARIES: tuple[Summary, ...] = (
    Summary("statistical.adversarial_floor", "No kind of cheat is paid.", pay.adversarial_floor),
    Summary("statistical.gameability_gap", "Solving pays far more than the best cheat.", pay.gameability_gap),
)

MEANINGS: dict[str, str] = {
    **{check.id: check.proves for check in (STARTUP, *CHECKS, *TOOL_CHECKS)},
    **TWIN_CHECKS,
    **{summary.id: summary.proves for summary in SUMMARIES},
}
"""Every check's id, and what it proves."""


def checks_of(subject: Subject) -> tuple[Check, ...]:
    """The checks that an environment is asked, in the order of a card."""
    return (*CHECKS, *TOOL_CHECKS) if subject.has_tools else CHECKS
