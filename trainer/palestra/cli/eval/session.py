"""How an evaluation is carried out: which environments, who answers, where the rollouts go."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from palestra.agents import AGENTS, Cheater, Evaluation, evaluate_cheaters
from palestra.agents.evaluation import EvalFolder, Insight, InsightOptions, Ledger, Prices, gain_insight, summarise
from palestra.agents.evaluation.answers import answer_verifier
from palestra.agents.evaluation.cache import RolloutCache, cache_folder
from palestra.agents.evaluation.folder import read_config, unused
from palestra.agents.evaluation.playing import tasks_of
from palestra.agents.evaluation.probe import Contamination
from palestra.agents.scripted import CHEATER
from palestra.cli.errors import UsageError
from palestra.cli.eval.answerers import Answerer, ScriptedAnswerer, Unit, answerer_of, fitting
from palestra.cli.eval.command import Evaluate, canonical
from palestra.cli.eval.members import EvalMember, members_of
from palestra.cli.eval.progress import ProgressLedger
from palestra.cli.eval.text import write_result
from palestra.cli.text import printable, write_json
from palestra.envs import Task, TextEnv

MODES: Mapping[str, tuple[str, ...]] = {
    "as-is": ("",),
    "on": ("thinking",),
    "off": ("direct",),
    "both": ("thinking", "direct"),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is evaluated, as the command says it."""

    command: Evaluate
    samples: int
    ks: tuple[int, ...]
    difficulties: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the output."""

    evaluation: Evaluation
    insight: Insight
    mode: str = ""
    """`thinking` or `direct` where the system prompt said so."""
    obeyed: float | None = None
    """Share of the responses that thought, or did not, as they were told."""
    contamination: Contamination | None = None


def evaluate(question: Question, *, is_json: bool) -> list[Evaluation]:
    """Carry out an evaluation and print it; the results, line by line."""
    command = question.command
    members = members_of(command.ids, command.options, command.difficulty, question.difficulties, command.loop)
    if str(command.agent) == f"{CHEATER}*":
        return _cheaters(command, members, is_json)
    answerer = _answerer(command)
    with ExitStack() as stack:
        folder = _folder(command, answerer)
        if folder is not None:
            stack.enter_context(folder)
            sys.stderr.write(f"evaluation in {folder.path}\n")
        results = [
            _evaluated(question, _unit(command, member, mode), answerer, folder)
            for member in members
            for mode in MODES[command.thinking]
        ]
        if len(members) > 1 and any(member.is_mixed for member in members):
            results += [_together(question, [each for each in results if each.mode == m]) for m in _modes(results)]
        rows = [_row(command, members, each) for each in results]
        if folder is not None:
            folder.finish(rows)
    for row, result in zip(rows, results, strict=True):
        if is_json:
            write_json(row)
        else:
            write_result(result, is_brief=command.agent is not None)
        _explain_invalid(result.evaluation)
    return [result.evaluation for result in results]


def _evaluated(question: Question, unit: Unit, answerer: Answerer, folder: EvalFolder | None) -> Result:
    command = question.command
    ledgers: list[Ledger] = [] if folder is None else [folder]
    cache = _cache(command, unit, answerer)
    if cache is not None:
        ledgers.append(cache)
    with ProgressLedger(unit, question.samples) as progress:
        rollouts = answerer.play(unit, question.samples, [*ledgers, progress])
    if cache is not None and cache.num_found:
        sys.stderr.write(f"{unit.env.source.id}: {cache.num_found} of {len(rollouts)} rollouts from the cache\n")
    contamination = answerer.probe(unit) if command.probe else None
    result = _result(question, summarise(rollouts, answerer.name, question.ks), unit.mode)
    return replace(result, contamination=contamination, obeyed=_obeyed(result))


def _result(question: Question, evaluation: Evaluation, mode: str) -> Result:
    command = question.command
    prices = None
    if command.prompt_price is not None or command.completion_price is not None:
        prices = Prices(prompt=command.prompt_price or 0.0, completion=command.completion_price or 0.0)
    verifiers: dict[tuple[str, str], TextEnv] = {}

    def env_of(task: Task) -> TextEnv:
        place = (task.id.source, canonical(dict(task.id.config)))
        if place not in verifiers:
            verifiers[place] = fitting(command.loop, task)
        return verifiers[place]

    options = InsightOptions(
        verifier_of=lambda task: answer_verifier(env_of(task)), alpha=command.alpha, by=command.by, prices=prices
    )
    return Result(evaluation=evaluation, insight=gain_insight(evaluation, options), mode=mode)


def _together(question: Question, results: Sequence[Result]) -> Result:
    """The environments of a mixture as one line; each counts alike."""
    rollouts = [rollout for each in results for rollout in each.evaluation.rollouts]
    first = results[0]
    found = _result(question, summarise(rollouts, first.evaluation.agent, question.ks), first.mode)
    return replace(found, evaluation=replace(found.evaluation, env="mixture"), obeyed=_obeyed(found))


def _modes(results: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(result.mode for result in results))


def _obeyed(result: Result) -> float | None:
    if not result.mode:
        return None
    from palestra.trainer.practice.reasoning import Reasoning

    reasoning = Reasoning()
    told = [reasoning.obeys(rollout) for rollout in result.evaluation.rollouts if rollout.responses]
    return sum(told) / len(told) if told else None


def _unit(command: Evaluate, member: EvalMember, mode: str) -> Unit:
    """The tasks of an environment, at each difficulty, with the system prompt of the mode."""
    system = command.system if command.system is not None else member.system_prompt
    if mode:
        from palestra.trainer.practice.reasoning import Reasoning

        system = Reasoning().system_prompt(system, thinks=mode == "thinking")
    envs = [member.make(command.split, config, system) for config in member.configs]
    tasks = [task for env in envs for task in tasks_of(env, command.n, command.split, command.seed)]
    return Unit(env=envs[0], tasks=tasks, system=system, mode=mode, loop=command.loop, split=command.split)


def _answerer(command: Evaluate) -> Answerer:
    if command.model is not None:
        return answerer_of(command)
    name = str(command.agent)
    if command.probe:
        raise UsageError("an agent without a model knows nothing by heart\n\nhint: `--probe` goes with `--model`")
    cheat = name.removeprefix(CHEATER)
    agent = AGENTS[name] if cheat == name else Cheater(cheat=cheat)
    return ScriptedAnswerer(agent=agent, concurrent=command.concurrent)


def _folder(command: Evaluate, answerer: Answerer) -> EvalFolder | None:
    """Where rollouts go; an existing folder goes on if it was asked the same of the same model."""
    if command.out is None and command.model is None:
        return None
    config: dict[str, object] = {
        "palestra": version("palestra"),
        "model": answerer.fingerprint,
        "command": command.to_json(),
    }
    if command.out is None:
        parts = [Path(str(command.model)).name, Path(command.ids[0].partition("?")[0]).stem]
        slug = "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", part).strip("-") for part in parts)
        return EvalFolder.create(unused(Path("runs") / f"eval-{slug}"), config)
    if not (command.out / "config.json").is_file():
        return EvalFolder.create(command.out, config)
    stored = read_config(command.out)
    if canonical(_asked(stored)) != canonical(command.to_json()):
        raise UsageError(f"`{command.out}` was asked something else\n\nhint: choose another folder with `--out`")
    if stored.get("model") != answerer.fingerprint:
        raise UsageError(f"the model of `{command.out}` has changed since\n\nhint: evaluate anew, into another folder")
    return EvalFolder(command.out)


def _asked(stored: Mapping[str, object]) -> dict[str, object]:
    asked = stored.get("command")
    return dict(asked) if isinstance(asked, dict) else {}


def _cache(command: Evaluate, unit: Unit, answerer: Answerer) -> RolloutCache | None:
    wanted = command.cache == "on" or (command.cache == "auto" and answerer.has_known_weights)
    if command.model is None or not wanted:
        return None
    verifier = getattr(unit.env, "verifier", None)
    settings: dict[str, object] = {
        "palestra": version("palestra"),
        "model": answerer.fingerprint,
        "temperature": command.temperature,
        "max_new_tokens": command.max_new_tokens,
        "loop": command.loop,
        "system": unit.system,
        "verifier": [type(verifier).__qualname__, getattr(verifier, "version", 0)],
    }
    return RolloutCache(cache_folder(), settings)


def _cheaters(command: Evaluate, members: Sequence[EvalMember], is_json: bool) -> list[Evaluation]:
    """Each cheat of each environment."""
    found: list[Evaluation] = []
    for member in members:
        for config in member.configs:
            env = member.make(command.split, config, command.system or "")
            evaluations = evaluate_cheaters(
                env, command.n, split=command.split, seed=command.seed, concurrent=command.concurrent
            )
            if not evaluations:
                raise UsageError(f"`{env.source.id}` names no cheats on these tasks\n\nhint: try more with `--n`")
            found += evaluations
    question = Question(command=command, samples=1, ks=(), difficulties=())
    for evaluation in found:
        result = _result(question, evaluation, "")
        if is_json:
            write_json(_row(command, members, result))
        else:
            write_result(result, is_brief=True)
    return found


def _row(command: Evaluate, members: Sequence[EvalMember], result: Result) -> dict[str, object]:
    sources = {task.task.id.source for task in result.evaluation.rollouts}
    configs = [dict(config) for member in members if member.env in sources for config in member.configs]
    return {
        **result.evaluation.to_json(),
        **result.insight.to_json(),
        "mode": result.mode or None,
        "obeyed": result.obeyed,
        "contamination": None if result.contamination is None else result.contamination.to_json(),
        "split": command.split,
        "seed": command.seed,
        "config": configs[0],
        "configs": configs,
    }


def _explain_invalid(evaluation: Evaluation) -> None:
    """Why samples were lost, once for each line."""
    lost = [rollout for rollout in evaluation.rollouts if not rollout.verdict.valid]
    if lost:
        why = printable(lost[0].verdict.detail)[:300]
        sys.stderr.write(f"{evaluation.env}: {len(lost)} samples have no valid verdict, first: {why}\n")
